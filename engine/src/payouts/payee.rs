//! The account of an enterprise.

use std::fmt;

use serde::{Deserialize, Serialize};
use zhida_policies::values::Uscc;
use zhida_policies::values::bank_account::mask;

use super::actor::Signature;

/// Where money goes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PayeeDetails {
    /// The name of the account, to the letter as the bank has it.
    pub name: String,
    /// The number.
    pub account: String,
    /// The bank's code of twelve digits (联行号).
    pub cnaps: String,
    /// The name of the branch.
    pub bank: String,
}

// What is printed for debugging ends in logs, and those show no account in full.
impl fmt::Debug for PayeeDetails {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.debug_struct("PayeeDetails")
            .field("name", &self.name)
            .field("account", &mask(&self.account))
            .field("cnaps", &self.cnaps)
            .field("bank", &self.bank)
            .finish()
    }
}

/// One account that an enterprise had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeVersion {
    /// 1, 2, ….
    pub number: u32,
    /// The account.
    pub details: PayeeDetails,
    /// Who asked for it and who agreed.
    pub signatures: Vec<Signature>,
}

/// The accounts of one enterprise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// The enterprise.
    pub uscc: Uscc,
    /// Its accounts, the last one in force.
    pub versions: Vec<PayeeVersion>,
    /// Why nothing may be paid to it.
    pub blocked: Option<String>,
}

impl Payee {
    /// An enterprise without an account.
    #[must_use]
    pub fn new(uscc: Uscc) -> Self {
        Self {
            uscc,
            versions: Vec::new(),
            blocked: None,
        }
    }

    /// The account in force.
    #[must_use]
    pub fn current(&self) -> Option<&PayeeVersion> {
        self.versions.last()
    }
}
