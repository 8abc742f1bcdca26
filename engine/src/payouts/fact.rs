//! What a bank says of one instruction, and what people must ask about it.

use std::fmt;

use serde::{Deserialize, Serialize};
use zhida_policies::values::bank_account::mask;
use zhida_policies::values::{Date, Money};

/// What one line of a bank's answer says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BankFact {
    /// What happened.
    pub kind: FactKind,
    /// How much, where the line says so.
    pub amount: Option<Money>,
    /// The account of the payee, where the line says so.
    pub account: Option<String>,
    /// What the bank calls the movement: two of them are two movements.
    pub reference: String,
    /// Why, in the bank's words or code.
    pub reason: Option<String>,
    /// The day that the bank gives.
    pub on: Option<Date>,
}

// What is printed for debugging ends in logs, and those show no account in full.
impl fmt::Debug for BankFact {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.debug_struct("BankFact")
            .field("kind", &self.kind)
            .field("amount", &self.amount)
            .field("account", &self.account.as_deref().map(mask))
            .field("reference", &self.reference)
            .field("reason", &self.reason)
            .field("on", &self.on)
            .finish()
    }
}

/// What a bank can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FactKind {
    /// Taken on: not paid yet.
    Accepted,
    /// Under way, or in words that nobody has explained to us.
    Unclear,
    /// Refused.
    Rejected,
    /// Debited: paid.
    Booked,
    /// Came back.
    Returned,
    /// Already received; says nothing of the payment.
    Duplicate,
}

/// Something about an attempt that people must look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Question {
    /// Paid and refused at once.
    Contradiction,
    /// Came back without having been paid.
    ReturnedUnpaid,
    /// Debited more than once.
    BookedTwice,
    /// More came back than was paid.
    ReturnedTooMuch,
    /// The bank says that it has had it before.
    Duplicate,
    /// Words that nobody has explained to us.
    Unclear,
    /// The line does not agree with the instruction.
    Mismatch(BankFact),
    /// Paid although it was given up, and another attempt stands in its place.
    PaidAfterReplacement,
    /// The bank speaks of an instruction that never left.
    NeverSent,
}

impl Question {
    /// Whether a fact of this kind bears on it.
    #[must_use]
    pub(super) const fn is_about(&self, kind: FactKind) -> bool {
        match (self, kind) {
            (Self::Contradiction, FactKind::Booked | FactKind::Rejected | FactKind::Returned)
            | (Self::ReturnedUnpaid | Self::ReturnedTooMuch, FactKind::Returned)
            | (Self::BookedTwice | Self::PaidAfterReplacement, FactKind::Booked)
            | (Self::Duplicate, FactKind::Duplicate)
            | (Self::Unclear, FactKind::Unclear)
            | (Self::NeverSent, _) => true,
            (
                Self::Contradiction
                | Self::ReturnedUnpaid
                | Self::BookedTwice
                | Self::ReturnedTooMuch
                | Self::Duplicate
                | Self::Unclear
                | Self::Mismatch(_)
                | Self::PaidAfterReplacement,
                _,
            ) => false,
        }
    }
}
