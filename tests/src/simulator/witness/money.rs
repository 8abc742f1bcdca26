//! P1 and P9: which instructions may have moved money, and what the bank really said of them.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{
    Action, Attempt, AttemptPhase, AttemptState, Award, BankFact, BatchState, Books, Command,
    EndToEndId, FactKind, LedgerAccount, MotionState, Outcome, Payout, PayoutId, PayoutState,
    Question, Thing,
};

use zhida_policies::values::Uscc;

use super::super::storage::Done;
use super::{Breach, Promise, ensure};

/// What is known of one instruction from outside the books.
#[derive(Default)]
struct Known {
    amount: i64,
    account: Option<String>,
    /// Its file may have left the house.
    has_left: bool,
    /// What the bank told.
    told: BTreeSet<BankFact>,
    /// What of it was kept in the books.
    kept: BTreeSet<BankFact>,
    /// What two reconcilers found.
    ruled: Option<bool>,
    /// Two reconcilers found that a late debit does not count.
    is_set_aside: bool,
}

/// What an instruction may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    /// Money may move.
    Alive,
    /// This much moved and has not come back.
    Moved(i64),
}

impl Known {
    fn agrees(&self, fact: &BankFact) -> bool {
        let fen = fact.amount.map(|amount| amount.fen());
        let amount = match fact.kind {
            FactKind::Booked => fen == Some(self.amount),
            FactKind::Returned => fen.is_some_and(|fen| 0 < fen && fen <= self.amount),
            FactKind::Accepted | FactKind::Rejected | FactKind::Unclear | FactKind::Duplicate => {
                fen.is_none_or(|fen| fen == self.amount)
            }
        };
        let account = match (&fact.account, &self.account) {
            (Some(said), Some(known)) => said == known,
            _ => true,
        };
        amount && account
    }

    fn says(&self, facts: &BTreeSet<BankFact>, kind: FactKind) -> bool {
        let mut facts = facts.iter();
        facts.any(|fact| fact.kind == kind && self.agrees(fact))
    }

    fn is_paid(&self) -> bool {
        self.ruled == Some(true) || self.says(&self.told, FactKind::Booked)
    }

    fn is_refused(&self) -> bool {
        self.ruled == Some(false) || self.says(&self.told, FactKind::Rejected)
    }

    /// What was paid by these facts and has not come back.
    fn moved(&self, facts: &BTreeSet<BankFact>) -> i64 {
        if self.ruled != Some(true) && !self.says(facts, FactKind::Booked) {
            return 0;
        }
        // What the bank calls by one name is one movement.
        let mut back: BTreeMap<&str, i64> = BTreeMap::new();
        for fact in facts {
            if fact.kind == FactKind::Returned && self.agrees(fact) {
                let told = fact.amount.map_or(0, |amount| amount.fen());
                let known = back.entry(&fact.reference).or_default();
                *known = told.max(*known);
            }
        }
        self.amount - back.values().sum::<i64>().min(self.amount)
    }

    fn hold(&self, phase: AttemptPhase) -> Hold {
        if self.is_paid() {
            let moved = if self.is_set_aside {
                0
            } else {
                self.moved(&self.told)
            };
            return Hold::Moved(moved);
        }
        let never_left = phase == AttemptPhase::Voided && !self.has_left;
        if self.is_refused() || never_left {
            Hold::Moved(0)
        } else {
            Hold::Alive
        }
    }
}

/// All instructions, and what each payout is owed.
#[derive(Default)]
pub(crate) struct Money {
    instructions: BTreeMap<EndToEndId, Known>,
    attempts: BTreeMap<PayoutId, Vec<EndToEndId>>,
    owed: BTreeMap<PayoutId, i64>,
    /// The payouts of which one may be paid.
    groups: BTreeMap<String, BTreeSet<PayoutId>>,
    strays: BTreeMap<String, i64>,
    /// What each enterprise has kept of each payout of each measure.
    kept: BTreeMap<(Uscc, String), BTreeMap<PayoutId, i64>>,
    /// How many instructions were ever made.
    pub(crate) made: usize,
}

impl Money {
    /// What a payout is owed, without what was given up or set against a claim.
    pub(crate) fn owed(&self, payout: &PayoutId) -> i64 {
        self.owed.get(payout).copied().unwrap_or(0)
    }

    /// The bank has said something.
    pub(crate) fn told(&mut self, name: &EndToEndId, fact: &BankFact) {
        if let Some(known) = self.instructions.get_mut(name) {
            known.told.insert(fact.clone());
        }
    }

    pub(crate) fn carried(&mut self, done: &Done) -> Result<(), Breach> {
        for thing in &done.effects.things {
            match thing {
                Thing::Motion(motion) if motion.state == MotionState::Carried => {
                    self.decided(&motion.action);
                }
                Thing::Batch(batch) => {
                    if matches!(batch.state, BatchState::Sending | BatchState::Sent) {
                        for (payout, number) in &batch.items {
                            self.leaves(payout, *number);
                        }
                    }
                }
                _ => {}
            }
        }
        match &done.order.command {
            Command::Entitle(award) => self.informed(award)?,
            Command::Answer {
                instruction, fact, ..
            } => self.answered(instruction, fact, done)?,
            Command::StrayLine {
                payer,
                reference,
                amount,
                ..
            } => {
                let name = format!("{payer} {reference}");
                self.strays.entry(name).or_insert(amount.fen());
            }
            _ => {}
        }
        for thing in &done.effects.things {
            if let Thing::Payout(payout) = thing {
                self.touched(payout)?;
            }
        }
        Ok(())
    }

    /// An award under a limit over several measures knew of all that was paid under it.
    fn informed(&self, award: &Award) -> Result<(), Breach> {
        for known in &award.knows {
            let of = (award.key.uscc, known.measure.clone());
            let kept = self.kept.get(&of).into_iter().flat_map(BTreeMap::values);
            let kept: i64 = kept.sum();
            ensure(kept <= known.paid.fen(), Promise::P1, || {
                let (measure, paid) = (&known.measure, known.paid.fen());
                format!("an award was taken up that knew of {paid} fen for {measure}, not {kept}")
            })?;
        }
        Ok(())
    }

    fn decided(&mut self, action: &Action) {
        let (payout, number) = match action {
            Action::RuleUnknown {
                payout, attempt, ..
            }
            | Action::CloseQuestion {
                payout, attempt, ..
            } => (payout, *attempt),
            _ => return,
        };
        let Some(known) = self.instruction(payout, number) else {
            return;
        };
        match action {
            Action::RuleUnknown { outcome, .. } => {
                known.ruled = Some(*outcome == Outcome::Paid);
            }
            Action::CloseQuestion {
                question: Question::PaidAfterReplacement,
                counts,
                ..
            } => known.is_set_aside = !counts,
            _ => {}
        }
    }

    fn instruction(&mut self, payout: &PayoutId, number: u32) -> Option<&mut Known> {
        let at = usize::try_from(number).unwrap().checked_sub(1)?;
        let name = self.attempts.get(payout)?.get(at)?;
        self.instructions.get_mut(name)
    }

    fn leaves(&mut self, payout: &PayoutId, number: u32) {
        if let Some(known) = self.instruction(payout, number) {
            known.has_left = true;
        }
    }

    /// Both sides of a contradiction are kept.
    fn answered(&mut self, name: &EndToEndId, fact: &BankFact, done: &Done) -> Result<(), Breach> {
        let known = self.instructions.get_mut(name);
        let is_new = known.is_some_and(|known| known.kept.insert(fact.clone()));
        let known = self.instructions.get(name);
        let attempts = done.effects.things.iter().filter_map(|thing| match thing {
            Thing::Payout(payout) => Some(&payout.attempts),
            _ => None,
        });
        let mut attempts = attempts.flatten();
        let attempt = attempts.find(|attempt| attempt.end_to_end_id == *name);
        let is_kept = match (known, attempt) {
            (Some(known), Some(attempt)) => known.kept.is_subset(&attempt.facts),
            // What was told before changes nothing.
            (Some(_), None) => !is_new,
            (None, _) => false,
        };
        ensure(is_kept, Promise::P9, || {
            format!("the answer {fact:?} to {name} was not kept beside the others")
        })
    }

    fn touched(&mut self, payout: &Payout) -> Result<(), Breach> {
        let owed = payout.amount.fen() - payout.given_up.fen() - payout.offset.fen();
        self.owed.insert(payout.id.clone(), owed);
        let before = self.attempts.get(&payout.id).map_or(0, Vec::len);
        ensure(payout.attempts.len() >= before, Promise::P1, || {
            format!("an attempt of {} is forgotten", payout.id)
        })?;
        for attempt in payout.attempts.iter().take(before) {
            self.agrees(payout, attempt)?;
        }
        for (at, attempt) in payout.attempts.iter().enumerate().skip(before) {
            self.begins(payout, attempt, at, owed)?;
        }
        self.within_award(payout, owed)?;
        if matches!(
            payout.state(),
            PayoutState::Confirmed | PayoutState::Reissue
        ) {
            self.is_payable(payout)?;
        }
        Ok(())
    }

    /// What moved is at most what is owed; the rest lies apart, as a question.
    fn within_award(&mut self, payout: &Payout, owed: i64) -> Result<(), Breach> {
        let counted = payout.attempts.iter();
        let counted = counted.filter(|attempt| !attempt.is_disputed());
        let known = counted.filter_map(|attempt| self.instructions.get(&attempt.end_to_end_id));
        let moved: i64 = known.map(|known| known.moved(&known.kept)).sum();
        let back = payout.claims.iter();
        let back: i64 = back
            .map(|claim| claim.recovered.fen() + claim.offset.fen())
            .sum();
        let kept = (moved + payout.offset.fen() - back).max(0);
        let of = (payout.key.uscc, payout.key.measure.clone());
        let of_measure = self.kept.entry(of).or_default();
        of_measure.insert(payout.id.clone(), kept);
        ensure(moved <= owed, Promise::P1, || {
            let id = &payout.id;
            format!("{moved} fen count as paid for {id}, which is owed {owed}, and nobody is asked")
        })
    }

    /// A new instruction beside the earlier ones.
    fn begins(
        &mut self,
        payout: &Payout,
        attempt: &Attempt,
        at: usize,
        owed: i64,
    ) -> Result<(), Breach> {
        let id = &payout.id;
        let mut moved = 0;
        for earlier in payout.attempts.iter().take(at) {
            let name = &earlier.end_to_end_id;
            let known = self.instructions.get(name);
            match known.map(|known| known.hold(earlier.phase)) {
                Some(Hold::Moved(fen)) => moved += fen,
                Some(Hold::Alive) | None => {
                    return ensure(false, Promise::P1, || {
                        format!("{id} gets an attempt beside {name}, which may still be paid")
                    });
                }
            }
        }
        let amount = attempt.amount.fen();
        ensure(moved + amount <= owed, Promise::P1, || {
            format!("{id} is owed {owed}, has had {moved}, and is to get {amount}")
        })?;
        self.alone_in_group(payout)?;
        let name = attempt.end_to_end_id.clone();
        let known = Known {
            amount,
            ..Known::default()
        };
        let is_new = self.instructions.insert(name.clone(), known).is_none();
        let is_next = usize::try_from(attempt.number) == Ok(at + 1);
        ensure(is_new && is_next, Promise::P1, || {
            format!("{name} of {id} is used again")
        })?;
        self.attempts.entry(id.clone()).or_default().push(name);
        self.made += 1;
        Ok(())
    }

    /// Of an exclusive group nothing else may have been paid.
    fn alone_in_group(&mut self, payout: &Payout) -> Result<(), Breach> {
        let Some(group) = &payout.exclusive else {
            return Ok(());
        };
        let members = self.groups.entry(group.clone()).or_default();
        members.insert(payout.id.clone());
        for other in members.iter().filter(|other| **other != payout.id) {
            let names = self.attempts.get(other).into_iter().flatten();
            let paid = names.filter_map(|name| self.instructions.get(name));
            let paid: i64 = paid.map(|known| known.moved(&known.told)).sum();
            ensure(paid == 0, Promise::P1, || {
                format!("{} is to be paid beside {other} of its group", payout.id)
            })?;
        }
        Ok(())
    }

    /// Whether the books believe of an instruction only what somebody said of it.
    fn agrees(&mut self, payout: &Payout, attempt: &Attempt) -> Result<(), Breach> {
        let name = &attempt.end_to_end_id;
        let known = self.instructions.get_mut(name).ok_or_else(|| Breach {
            promise: Promise::P1,
            what: format!("{name} of {} was never made", payout.id),
        })?;
        if known.account.is_none() {
            known.account = attempt.payee.as_ref().map(|payee| payee.account.clone());
        }
        let state = attempt.state();
        let (promise, holds) = match state {
            AttemptState::Rejected => (Promise::P9, known.is_refused() && !known.is_paid()),
            AttemptState::Paid
            | AttemptState::PartReturned
            | AttemptState::Returned
            | AttemptState::Disputed => (Promise::P9, known.is_paid()),
            AttemptState::Voided => (Promise::P1, !known.has_left),
            AttemptState::Batched | AttemptState::Sealed => (Promise::P1, !known.has_left),
            AttemptState::Sending
            | AttemptState::Sent
            | AttemptState::Accepted
            | AttemptState::Unknown => (Promise::P1, known.has_left),
        };
        ensure(holds, promise, || {
            let told = &known.told;
            format!(
                "{name} of {} stands as {state:?}; the bank said {told:?}, people {:?}",
                payout.id, known.ruled
            )
        })
    }

    /// What may be paid again is not held by any instruction.
    fn is_payable(&self, payout: &Payout) -> Result<(), Breach> {
        for attempt in &payout.attempts {
            let known = self.instructions.get(&attempt.end_to_end_id);
            let hold = known.map(|known| known.hold(attempt.phase));
            ensure(hold != Some(Hold::Alive), Promise::P9, || {
                let name = &attempt.end_to_end_id;
                format!("{} is payable while {name} may still be paid", payout.id)
            })?;
        }
        Ok(())
    }

    /// What the books say to have left the bank accounts is what the bank's lines come to.
    pub(crate) fn audit(&self, books: &Books) -> Result<(), Breach> {
        let known = self.instructions.values();
        let left: i64 = known.map(|known| known.moved(&known.kept)).sum();
        let strays: i64 = self.strays.values().sum();
        let cash: i64 = books
            .lines()
            .map(|line| line.balance(LedgerAccount::Cash))
            .sum();
        ensure(cash == strays - left, Promise::P2, || {
            format!("cash stands at {cash}; {left} left by order and {strays} came unordered")
        })
    }
}
