//! What is odd about accounts, for people to look at before money goes there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zhida_policies::values::bank_account::mask;
use zhida_policies::values::date::days_between;
use zhida_policies::values::{Date, Uscc};

use super::books::Books;

/// Something odd about an account. It stops nothing by itself.
///
/// # Source
/// PAYOUTS.md test R18.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PayeeAlarm {
    /// Several enterprises have the same account in force.
    Shared {
        /// The number, without spaces and dashes.
        account: String,
        /// Whose.
        enterprises: BTreeSet<Uscc>,
    },
    /// The account was changed a short time ago; the first one of an enterprise is no change.
    Recent {
        /// Whose.
        enterprise: Uscc,
        /// The version in force.
        version: u32,
        /// The business day of the change.
        changed: Date,
    },
}

// What is printed for debugging ends in logs, and those show no account in full.
impl fmt::Debug for PayeeAlarm {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared {
                account,
                enterprises,
            } => form
                .debug_struct("Shared")
                .field("account", &mask(account))
                .field("enterprises", enterprises)
                .finish(),
            Self::Recent {
                enterprise,
                version,
                changed,
            } => form
                .debug_struct("Recent")
                .field("enterprise", enterprise)
                .field("version", version)
                .field("changed", changed)
                .finish(),
        }
    }
}

/// The number of an account by which it is compared: without spaces and dashes.
#[must_use]
pub fn account_number(account: &str) -> String {
    let number = account.chars();
    number
        .filter(|character| !matches!(character, ' ' | '-'))
        .collect()
}

impl Books {
    /// All alarms about accounts in force, in a fixed order.
    ///
    /// # Shape
    /// A change is recent for fewer than `days` days after it, on the day `today`; one that lies
    /// ahead, because a clock went back, is recent as well. Accounts are compared by their number
    /// alone: the same number with two banks is rare enough to be looked at.
    #[must_use]
    pub fn payee_alarms(&self, today: Date, days: u16) -> Vec<PayeeAlarm> {
        let mut owners: BTreeMap<String, BTreeSet<Uscc>> = BTreeMap::new();
        let mut alarms = BTreeSet::new();
        for payee in self.payees.values() {
            let Some(current) = payee.current() else {
                continue;
            };
            let number = account_number(&current.details.account);
            let owners = owners.entry(number).or_default();
            owners.insert(payee.uscc);
            let signed = current
                .signatures
                .iter()
                .map(|signature| signature.at)
                .max();
            if let (Some(signed), true) = (signed, current.number > 1) {
                let changed = signed.business_date();
                if days_between(changed, today) < i64::from(days) {
                    alarms.insert(PayeeAlarm::Recent {
                        enterprise: payee.uscc,
                        version: current.number,
                        changed,
                    });
                }
            }
        }
        let shared = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
        alarms.extend(shared.map(|(account, enterprises)| PayeeAlarm::Shared {
            account,
            enterprises,
        }));
        alarms.into_iter().collect()
    }
}
