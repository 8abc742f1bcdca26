//! Movements on a paying account that no instruction of ours explains.

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Money};

use super::ids::{Digest, EndToEndId, PayerId, PayoutId};

/// One movement that nobody ordered (edge 32): never attached by name or amount alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankLine {
    /// What makes it the same one: the digest of the account and the bank's reference.
    pub id: Digest,
    /// The account.
    pub payer: PayerId,
    /// What the bank calls it.
    pub reference: String,
    /// In (above zero) or out.
    pub amount: Money,
    /// The day.
    pub on: Date,
    /// Who, and for what, in the bank's words.
    pub text: String,
    /// The instruction that the bank names, where the books did not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<EndToEndId>,
    /// What two reconcilers found it to be.
    pub matched: Option<LineMatch>,
}

/// What a movement was found to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineMatch {
    /// Money that came back for a claim, the rest of it interest.
    Claim {
        /// The payout.
        payout: PayoutId,
        /// The number of the claim.
        claim: u32,
    },
    /// What the bank said later of the instruction that it names: told twice, moved once.
    Instruction {
        /// The payout.
        payout: PayoutId,
        /// The number of the attempt.
        attempt: u32,
    },
    /// The other half of another movement: the two cancel out.
    Reversal(Digest),
}

impl BankLine {
    /// What makes a movement the same one.
    #[must_use]
    pub fn id_of(payer: &PayerId, reference: &str) -> Digest {
        Digest::of(format!("zhida bank line\n{payer}\n{reference}").as_bytes())
    }
}
