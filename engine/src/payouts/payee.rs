//! The account of an enterprise.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use zhida_policies::values::Uscc;
use zhida_policies::values::bank_account::mask;

use super::actor::Signature;
use super::ids::BureauId;

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

/// A block as one bureau sees it: why nothing may be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// The bureau's own.
    Own(&'a str),
    /// One that belongs to nobody.
    Nobodys(&'a str),
}

/// The accounts of one enterprise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// The enterprise.
    pub uscc: Uscc,
    /// Its accounts, the last one in force.
    pub versions: Vec<PayeeVersion>,
    /// Why nothing may be paid to it, of a block that belongs to nobody: as all did in logs of
    /// earlier programs. Whoever pays the enterprise reads it and may lift it.
    pub blocked: Option<String>,
    /// Why nothing may be paid to it, for each bureau that says so. The account is the same for
    /// all, so each block stops all payments; its reason is for its bureau, which alone lifts it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blocks: BTreeMap<BureauId, String>,
}

impl Payee {
    /// An enterprise without an account.
    #[must_use]
    pub fn new(uscc: Uscc) -> Self {
        Self {
            uscc,
            versions: Vec::new(),
            blocked: None,
            blocks: BTreeMap::new(),
        }
    }

    /// Whether nothing may be paid to it.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked.is_some() || !self.blocks.is_empty()
    }

    /// The block that people of a bureau may lift.
    #[must_use]
    pub fn block_of(&self, bureau: &BureauId) -> Option<Block<'_>> {
        let own = self.blocks.get(bureau).map(|reason| Block::Own(reason));
        own.or_else(|| self.blocked.as_deref().map(Block::Nobodys))
    }

    /// The account in force.
    #[must_use]
    pub fn current(&self) -> Option<&PayeeVersion> {
        self.versions.last()
    }
}
