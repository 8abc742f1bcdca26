//! Payouts that go to a bank in one file.

use std::fmt;

use serde::{Deserialize, Serialize};
use zhida_policies::values::bank_account::mask;
use zhida_policies::values::{Date, Money, Uscc};

use super::actor::Signature;
use super::ids::{BatchId, BudgetLineId, BureauId, Digest, MessageId, PayerId, PayoutId};
use super::moment::Moment;

/// An account that pays.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// Its name here.
    pub id: PayerId,
    /// Whose.
    pub bureau: BureauId,
    /// The name of the account.
    pub name: String,
    /// The USCC of the bureau.
    pub uscc: Option<Uscc>,
    /// The number.
    pub account: String,
    /// The bank's code of twelve digits.
    pub cnaps: String,
    /// Which files the bank takes, by the name of the profile.
    pub profile: String,
    /// How many lines a batch may have.
    pub lines_max: u32,
    /// The set of accounts for movements that nobody ordered.
    pub suspense: BudgetLineId,
}

// What is printed for debugging ends in logs, and those show no account in full.
impl fmt::Debug for Payer {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.debug_struct("Payer")
            .field("id", &self.id)
            .field("bureau", &self.bureau)
            .field("name", &self.name)
            .field("uscc", &self.uscc)
            .field("account", &mask(&self.account))
            .field("cnaps", &self.cnaps)
            .field("profile", &self.profile)
            .field("lines_max", &self.lines_max)
            .field("suspense", &self.suspense)
            .finish()
    }
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BatchState {
    /// Can still change.
    Open,
    /// Its files are frozen.
    Sealed,
    /// The files may be leaving.
    Sending,
    /// The channel has them.
    Sent,
    /// The files never left.
    Voided,
}

impl BatchState {
    /// The Chinese name.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Open => "组批中",
            Self::Sealed => "已封批",
            Self::Sending => "发送中",
            Self::Sent => "已发送",
            Self::Voided => "已作废",
        }
    }
}

/// One frozen file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileSeal {
    /// The name that the bank sees.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub digest: Digest,
}

/// One batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its name.
    pub id: BatchId,
    /// Whose.
    pub bureau: BureauId,
    /// The account that pays.
    pub payer: PayerId,
    /// The day on which the bank is asked to pay.
    pub execution: Date,
    /// What it holds: payout and number of the attempt.
    pub items: Vec<(PayoutId, u32)>,
    /// Where it stands.
    pub state: BatchState,
    /// Who made it, sealed it, and ordered it to be sent.
    pub signatures: Vec<Signature>,
    /// What the bank calls it.
    pub message_id: MessageId,
    /// When it was sealed: the time inside its files.
    pub sealed_at: Option<Moment>,
    /// The sum when sealed.
    pub total: Option<Money>,
    /// Its files.
    pub files: Vec<FileSeal>,
    /// The channel's receipt, or the statement of two people.
    pub receipt: Option<Digest>,
    /// When the channel had it.
    pub sent_at: Option<Moment>,
}
