//! P2 and P5: what the postings come to.

use std::collections::BTreeMap;

use zhida_engine::payouts::{
    AttemptPhase, AttemptState, Books, BudgetLineId, Effects, Ledger, LedgerAccount, Payout, Stage,
    Thing,
};

use super::{Breach, Promise, ensure};

type Balances = [i64; LedgerAccount::ALL.len()];

/// Own sums of all postings.
#[derive(Default)]
pub(crate) struct Ledgers {
    lines: BTreeMap<BudgetLineId, Balances>,
    pub(crate) postings: usize,
}

fn place(account: LedgerAccount) -> usize {
    let mut all = LedgerAccount::ALL.iter();
    all.position(|other| *other == account).unwrap()
}

impl Ledgers {
    pub(crate) fn carried(&mut self, effects: &Effects) -> Result<(), Breach> {
        self.postings += effects.postings.len();
        for posting in &effects.postings {
            let line = self.lines.entry(posting.line.clone()).or_default();
            line[place(posting.account)] += posting.fen;
            ensure(posting.fen != 0, Promise::P2, || {
                format!("a posting of nothing on {}", posting.line)
            })?;
        }
        for posting in &effects.postings {
            self.sums_to_zero(effects, &posting.line, posting.account.ledger())?;
        }
        for thing in &effects.things {
            if let Thing::Line(line) = thing {
                let empty = Balances::default();
                let own = self.lines.get(&line.id).unwrap_or(&empty);
                for account in LedgerAccount::ALL {
                    let (booked, found) = (line.balance(account), own[place(account)]);
                    ensure(booked == found, Promise::P2, || {
                        format!(
                            "{account:?} of {} stands at {booked}, its postings sum to {found}",
                            line.id
                        )
                    })?;
                }
                let granted: i64 = line.grants.iter().map(|grant| grant.amount.fen()).sum();
                covered(&line.id, own, granted)?;
            }
        }
        Ok(())
    }

    fn sums_to_zero(
        &self,
        effects: &Effects,
        line: &BudgetLineId,
        ledger: Ledger,
    ) -> Result<(), Breach> {
        let postings = effects.postings.iter();
        let same = postings
            .filter(|other| other.line == *line && other.account.ledger() == ledger)
            .map(|posting| i128::from(posting.fen));
        let sum: i128 = same.sum();
        ensure(sum == 0, Promise::P2, || {
            format!("the postings of one order on {line} in {ledger:?} sum to {sum}")
        })
    }

    /// Compares with the books, and these with what every payout contributes by PAYOUTS.md.
    pub(crate) fn audit(&self, books: &Books) -> Result<(), Breach> {
        let wrong = books.imbalances();
        ensure(wrong.is_empty(), Promise::P2, || format!("{wrong:?}"))?;
        let empty = Balances::default();
        let mut held: BTreeMap<&BudgetLineId, [i64; 3]> = BTreeMap::new();
        for payout in books.payouts() {
            let sums = held.entry(&payout.line).or_default();
            for (sum, part) in sums.iter_mut().zip(contributions(payout)) {
                *sum += part;
            }
        }
        for line in books.lines() {
            let own = self.lines.get(&line.id).unwrap_or(&empty);
            let [reserved, promised, transit] = held.get(&line.id).copied().unwrap_or_default();
            let booked = [
                own[place(LedgerAccount::Reserved)],
                own[place(LedgerAccount::Committed)] + own[place(LedgerAccount::Spent)],
                -own[place(LedgerAccount::Transit)],
            ];
            let found = [reserved, promised, transit];
            ensure(booked == found, Promise::P2, || {
                let id = &line.id;
                format!("{id}: reserved, promised and in transit {booked:?}, by payout {found:?}")
            })?;
        }
        Ok(())
    }
}

/// P5: everything granted is somewhere, and nothing is below zero.
fn covered(id: &BudgetLineId, own: &Balances, granted: i64) -> Result<(), Breach> {
    let parts = [
        LedgerAccount::Available,
        LedgerAccount::Reserved,
        LedgerAccount::Committed,
        LedgerAccount::Spent,
    ];
    for account in parts {
        let balance = own[place(account)];
        ensure(balance >= 0, Promise::P5, || {
            format!("{account:?} of {id} is {balance}")
        })?;
    }
    let sum: i64 = parts.iter().map(|account| own[place(*account)]).sum();
    let is_whole = sum == granted && own[place(LedgerAccount::Granted)] == -granted;
    ensure(is_whole, Promise::P5, || {
        format!("{id} was granted {granted}, its parts sum to {sum}")
    })
}

/// Reserved; committed and spent together; in transit.
fn contributions(payout: &Payout) -> [i64; 3] {
    let amount = payout.amount.fen();
    let (reserved, promised) = match payout.stage {
        Stage::Proposed | Stage::Checked => (amount, 0),
        Stage::Computed | Stage::Declined | Stage::Expired => (0, 0),
        Stage::Cancelled if !payout.is_expensed => (0, 0),
        _ => (0, amount - payout.given_up.fen()),
    };
    let told = |state| match state {
        AttemptState::Sealed
        | AttemptState::Sending
        | AttemptState::Sent
        | AttemptState::Accepted
        | AttemptState::Unknown => true,
        AttemptState::Batched
        | AttemptState::Paid
        | AttemptState::PartReturned
        | AttemptState::Returned
        | AttemptState::Rejected
        | AttemptState::Voided
        | AttemptState::Disputed => false,
    };
    let attempts = payout.attempts.iter();
    let moving =
        attempts.filter(|other| told(other.state()) && other.phase != AttemptPhase::Batched);
    let transit = moving.map(|attempt| attempt.amount.fen()).sum();
    let claims = payout.claims.iter();
    let back: i64 = claims.map(|claim| claim.back_in_budget.fen()).sum();
    [reserved, promised - back, transit]
}
