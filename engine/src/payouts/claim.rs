//! Money that was paid and must come back.

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Money};

/// What is claimed, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimTerms {
    /// How much.
    pub amount: Money,
    /// The decision.
    pub document: String,
    /// Until when.
    pub due: Date,
    /// Whether the year of the expense is closed, so that it goes to 以前年度.
    pub is_prior_year: bool,
    /// Whether what comes back may be granted again.
    pub returns_to_budget: bool,
}

/// One claim on what was paid for a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// 1, 2, … within its payout.
    pub number: u32,
    /// What is claimed.
    pub terms: ClaimTerms,
    /// What came back.
    pub recovered: Money,
    /// How much of it may be granted again: what came back in the year of the grant.
    pub back_in_budget: Money,
    /// Interest that came with it.
    pub interest: Money,
    /// What was set against another entitlement.
    pub offset: Money,
    /// What was given up.
    pub written_off: Money,
    /// What was taken back because the bank had returned the money.
    pub withdrawn: Money,
}

impl Claim {
    /// What is claimed, without what was taken back.
    #[must_use]
    pub fn claimed(&self) -> Money {
        let claimed = self.terms.amount.fen();
        Money::from_fen(claimed.saturating_sub(self.withdrawn.fen()))
    }

    /// What is still to come back.
    #[must_use]
    pub fn open(&self) -> Money {
        let gone = [self.recovered, self.offset, self.written_off];
        let open = gone.iter().fold(self.claimed().fen(), |open, part| {
            open.saturating_sub(part.fen())
        });
        Money::from_fen(open.max(0))
    }
}
