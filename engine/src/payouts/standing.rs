//! What one thing contributes to the ledgers.
//!
//! Postings are never written down by hand: those of an order are the differences between what
//! the things that it touched contribute before and after. So every balance is, at every moment,
//! the sum over all things, and no order of events can make it another one.

use std::collections::BTreeMap;

use zhida_policies::values::Money;

use super::attempt::AttemptState;
use super::bank_line::{BankLine, LineMatch};
use super::budget::BudgetLine;
use super::claim::Claim;
use super::ids::BudgetLineId;
use super::ledger::LedgerAccount;
use super::payout::Payout;
use super::stage::Stage;

/// Fen by account of one budget line; in 128 bits, so that no sum of amounts overflows.
pub(super) type Standing = BTreeMap<(BudgetLineId, LedgerAccount), i128>;

/// Adds up what one thing contributes to the accounts of one line.
struct Sums<'a> {
    line: &'a BudgetLineId,
    standing: Standing,
}

impl<'a> Sums<'a> {
    fn new(line: &'a BudgetLineId) -> Self {
        Self {
            line,
            standing: Standing::new(),
        }
    }

    /// An amount that goes to one account and comes from another.
    fn book(&mut self, amount: i128, to: LedgerAccount, from: LedgerAccount) {
        if amount == 0 {
            return;
        }
        for (account, fen) in [(to, amount), (from, amount.saturating_neg())] {
            let sum = self
                .standing
                .entry((self.line.clone(), account))
                .or_default();
            *sum = sum.saturating_add(fen);
        }
    }
}

fn wide(amount: Money) -> i128 {
    i128::from(amount.fen())
}

impl BudgetLine {
    /// Edge 0.
    pub(super) fn standing(&self) -> Standing {
        let mut sums = Sums::new(&self.id);
        for grant in &self.grants {
            sums.book(
                wide(grant.amount),
                LedgerAccount::Available,
                LedgerAccount::Granted,
            );
        }
        sums.standing
    }
}

impl BankLine {
    /// Edge 32; what it was matched to takes it up.
    pub(super) fn standing(&self, line: &BudgetLineId) -> Standing {
        let mut sums = Sums::new(line);
        let amount = wide(self.amount);
        match &self.matched {
            None => sums.book(amount, LedgerAccount::Cash, LedgerAccount::Unmatched),
            Some(LineMatch::Claim { .. } | LineMatch::Instruction { .. }) => {}
            Some(LineMatch::Reversal(_)) => {
                sums.book(amount, LedgerAccount::Cash, LedgerAccount::Clearing);
            }
        }
        sums.standing
    }
}

impl Payout {
    /// What it stands at in the accounts of its budget line now: the sum of all its postings.
    ///
    /// # Units
    /// Fen; the amounts of each ledger sum to zero.
    #[must_use]
    pub fn booked(&self) -> BTreeMap<LedgerAccount, i128> {
        let standing = self.standing().into_iter();
        let by_account = standing.map(|((_, account), fen)| (account, fen));
        by_account.filter(|(_, fen)| *fen != 0).collect()
    }

    /// What it contributes, from its award to its last claim.
    pub(super) fn standing(&self) -> Standing {
        let mut sums = Sums::new(&self.line);
        self.promised(&mut sums);
        if self.is_expensed {
            self.owed_and_paid(&mut sums);
        }
        for claim in &self.claims {
            claim.book(&mut sums);
        }
        sums.standing
    }

    fn promised(&self, sums: &mut Sums<'_>) {
        match self.stage {
            Stage::Computed | Stage::Declined | Stage::Expired => {}
            Stage::Cancelled if !self.is_expensed => {}
            Stage::Proposed | Stage::Checked => {
                let amount = wide(self.amount);
                sums.book(amount, LedgerAccount::Reserved, LedgerAccount::Available);
            }
            Stage::Approved
            | Stage::OnNotice
            | Stage::Objected
            | Stage::AwaitPayee
            | Stage::Confirmed
            | Stage::Reissue
            | Stage::Cancelled
            | Stage::Settled => {
                let spent = wide(self.moved()).saturating_add(wide(self.offset));
                let open = wide(self.owed()).saturating_sub(spent);
                sums.book(open, LedgerAccount::Committed, LedgerAccount::Available);
                sums.book(spent, LedgerAccount::Spent, LedgerAccount::Available);
            }
        }
    }

    fn owed_and_paid(&self, sums: &mut Sums<'_>) {
        sums.book(
            wide(self.owed()),
            LedgerAccount::Expense,
            LedgerAccount::Payable,
        );
        sums.book(
            wide(self.offset),
            LedgerAccount::Payable,
            LedgerAccount::Clearing,
        );
        let twice = wide(self.back_twice());
        sums.book(twice, LedgerAccount::Returned, LedgerAccount::Unmatched);
        for attempt in &self.attempts {
            let moved = wide(attempt.moved());
            if attempt.is_disputed() {
                sums.book(moved, LedgerAccount::Unmatched, LedgerAccount::Cash);
                continue;
            }
            match attempt.state() {
                AttemptState::Paid | AttemptState::PartReturned | AttemptState::Returned => {
                    sums.book(moved, LedgerAccount::Payable, LedgerAccount::Cash);
                    let open = wide(attempt.open_return());
                    sums.book(open, LedgerAccount::Payable, LedgerAccount::Returned);
                }
                AttemptState::Sealed
                | AttemptState::Sending
                | AttemptState::Sent
                | AttemptState::Accepted
                | AttemptState::Unknown => {
                    let amount = wide(attempt.amount);
                    sums.book(amount, LedgerAccount::Payable, LedgerAccount::Transit);
                }
                AttemptState::Batched
                | AttemptState::Rejected
                | AttemptState::Voided
                | AttemptState::Disputed => {}
            }
        }
    }
}

impl Claim {
    /// Edges 28 to 31.
    fn book(&self, sums: &mut Sums<'_>) {
        let against = if self.terms.is_prior_year {
            LedgerAccount::Prior
        } else {
            LedgerAccount::Expense
        };
        sums.book(wide(self.claimed()), LedgerAccount::Clawback, against);
        sums.book(
            wide(self.recovered),
            LedgerAccount::Cash,
            LedgerAccount::Clawback,
        );
        sums.book(
            wide(self.interest),
            LedgerAccount::Cash,
            LedgerAccount::Interest,
        );
        sums.book(
            wide(self.offset),
            LedgerAccount::Clearing,
            LedgerAccount::Clawback,
        );
        sums.book(
            wide(self.written_off),
            LedgerAccount::Loss,
            LedgerAccount::Clawback,
        );
        sums.book(
            wide(self.back_in_budget),
            LedgerAccount::Available,
            LedgerAccount::Spent,
        );
    }
}
