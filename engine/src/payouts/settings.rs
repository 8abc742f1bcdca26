//! What a bureau has decided for all its payouts.

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Money, Uscc};

use super::actor::Role;
use super::ids::{BureauId, UserId};

/// What one bureau has decided, and up to when its books are closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Whose.
    pub bureau: BureauId,
    /// Its rules; nothing that needs one is done before it has said them.
    pub rules: Option<Rules>,
    /// The last day of the last closed period.
    pub closed_until: Option<Date>,
}

/// The rules of one bureau. None of them has a value of its own: a number that nobody decided on
/// would bind enterprises all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// From which amount a second approver must sign; nothing where one is enough for every
    /// amount.
    pub second_approver_from: Option<Money>,
    /// How often an enterprise is reminded before its time is over.
    pub reminders: u16,
    /// How many days it has to confirm.
    pub confirm_days: u16,
    /// After how many working days without a last answer nobody knows what became of a payment.
    pub answer_days: u16,
}

impl Settings {
    /// A bureau that has decided nothing.
    #[must_use]
    pub fn new(bureau: BureauId) -> Self {
        Self {
            bureau,
            rules: None,
            closed_until: None,
        }
    }
}

/// A role that one user lends to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Delegation {
    /// Whose role.
    pub of: UserId,
    /// To whom.
    pub to: UserId,
    /// Which one.
    pub role: Role,
    /// From when.
    pub from: Date,
    /// Until when.
    pub until: Date,
}

/// An enterprise that may not be awarded anything for a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bar {
    /// The enterprise.
    pub uscc: Uscc,
    /// Until when.
    pub until: Date,
    /// The decision.
    pub document: String,
}
