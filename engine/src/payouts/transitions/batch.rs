//! Edges 12 to 14: batched, taken out, sealed.

use std::collections::BTreeSet;

use zhida_policies::values::{Date, Money};

use super::approve::approvers;
use super::stands_at;
use crate::payouts::actor::{Role, Signature};
use crate::payouts::attempt::{Attempt, AttemptPhase, AttemptState};
use crate::payouts::batch::{Batch, BatchState, FileSeal, Payer};
use crate::payouts::command::{NewBatch, SealTotals};
use crate::payouts::draft::Draft;
use crate::payouts::ids::{BatchId, PayoutId};
use crate::payouts::payee::PayeeVersion;
use crate::payouts::payout::Payout;
use crate::payouts::refusal::Refusal;
use crate::payouts::signing::{refuse_same_person, refuse_same_person_as};
use crate::payouts::stage::{PayoutState, Stage};

impl Draft<'_> {
    pub(in crate::payouts) fn make_batch(&mut self, new: &NewBatch) -> Result<(), Refusal> {
        let payer = self.books.payers.get(&new.payer);
        let payer = payer.ok_or_else(|| Refusal::NoSuchPayer(new.payer.clone()))?;
        let signature = self.sign(Role::PaymentMaker, &payer.bureau)?;
        if self.books.batches.contains_key(&new.id) {
            return Err(Refusal::AlreadyThere(format!("批次{}", new.id)));
        }
        let different: BTreeSet<&PayoutId> = new.payouts.iter().collect();
        let most = usize::try_from(payer.lines_max).unwrap_or(usize::MAX);
        if new.payouts.is_empty()
            || different.len() != new.payouts.len()
            || new.payouts.len() > most
        {
            return Err(Refusal::BatchSize(payer.lines_max));
        }
        let mut items = Vec::with_capacity(new.payouts.len());
        for id in &new.payouts {
            let number = self.put_in(id, new, payer, &signature)?;
            items.push((id.clone(), number));
        }
        let batch = Batch {
            id: new.id.clone(),
            bureau: payer.bureau.clone(),
            payer: payer.id.clone(),
            execution: new.execution,
            items,
            state: BatchState::Open,
            signatures: vec![signature],
            message_id: new.id.message_id(),
            sealed_at: None,
            total: None,
            files: Vec::new(),
            receipt: None,
            sent_at: None,
        };
        self.batches.insert(batch.id.clone(), batch);
        Ok(())
    }

    /// Makes the next attempt of a payout.
    fn put_in(
        &mut self,
        id: &PayoutId,
        new: &NewBatch,
        payer: &Payer,
        signature: &Signature,
    ) -> Result<u32, Refusal> {
        let payout = self.see(id)?;
        if payout.key.bureau != payer.bureau {
            return Err(Refusal::NoSuchPayout(id.clone()));
        }
        if let Some(alive) = payout.alive() {
            return Err(Refusal::AttemptAlive {
                payout: id.clone(),
                attempt: alive.number,
            });
        }
        stands_at(
            payout,
            &[PayoutState::Confirmed, PayoutState::Reissue],
            "组批",
        )?;
        if payout.has_questions() {
            return Err(Refusal::OpenQuestion(id.clone()));
        }
        self.refuse_blocked(payout)?;
        let account = self.account_of(payout)?;
        refuse_same_person(signature, &account.signatures, "收款账户变更")?;
        refuse_confirmer(signature, payout)?;
        self.refuse_wrong_day(payout, new.execution)?;
        let amount = payout.unpaid();
        if amount.is_zero() {
            return Err(Refusal::NothingToPay(id.clone()));
        }
        let number = u32::try_from(payout.attempts.len()).map_err(|_| Refusal::Overflow)?;
        let number = number.saturating_add(1);
        let name = id.end_to_end_id(number);
        let payout = self.payout(id)?;
        payout.replace_attempts();
        let attempt = Attempt::new(number, name, new.id.clone(), amount);
        payout.attempts.push(attempt);
        self.enter(id, Stage::Confirmed)?;
        Ok(number)
    }

    /// The day lies in the year of the budget, and not behind us.
    fn refuse_wrong_day(&self, payout: &Payout, execution: Date) -> Result<(), Refusal> {
        let line = self.books.lines.get(&payout.line);
        let line = line.ok_or_else(|| Refusal::NoSuchLine(payout.line.clone()))?;
        if execution.year() != line.fiscal_year || execution < self.today() {
            return Err(Refusal::WrongExecution {
                execution,
                year: line.fiscal_year,
            });
        }
        Ok(())
    }

    /// The account that the enterprise confirmed, while it is the one in force.
    pub(super) fn account_of(&self, payout: &Payout) -> Result<PayeeVersion, Refusal> {
        let payee = self.books.payees.get(&payout.key.uscc);
        let current = payee.and_then(|payee| payee.current());
        match current {
            Some(current) if Some(current.number) == payout.payee_version => Ok(current.clone()),
            Some(_) | None => Err(Refusal::PayeeNotUsable(format!(
                "企业{}确认后账户有变更，须重新确认",
                payout.key.uscc
            ))),
        }
    }

    pub(in crate::payouts) fn unbatch(
        &mut self,
        id: &BatchId,
        payouts: &[PayoutId],
    ) -> Result<(), Refusal> {
        let batch = self.batch_at(id, &[BatchState::Open], "移出")?;
        let as_maker = self.sign(Role::PaymentMaker, &batch.bureau);
        as_maker.or_else(|_| self.sign(Role::PaymentChecker, &batch.bureau))?;
        for payout in payouts {
            if !batch.items.iter().any(|(item, _)| item == payout) {
                return Err(Refusal::NoSuchPayout(payout.clone()));
            }
            self.take_out(payout)?;
        }
        Ok(())
    }

    /// Takes a payout out of its open batch. The attempt stays on record, and its number with it.
    pub(in crate::payouts) fn take_out(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let payout = self.payout(id)?;
        let alive = payout.attempts.iter_mut();
        let mut alive = alive.filter(|attempt| attempt.state() == AttemptState::Batched);
        let Some(attempt) = alive.next() else {
            return Err(Refusal::NothingToPay(id.clone()));
        };
        attempt.phase = AttemptPhase::Voided;
        let batch = attempt.batch.clone();
        self.batch(&batch)?.items.retain(|(item, _)| item != id);
        self.enter(id, Stage::Confirmed)
    }

    pub(in crate::payouts) fn seal(
        &mut self,
        id: &BatchId,
        totals: SealTotals,
        files: &[FileSeal],
    ) -> Result<(), Refusal> {
        let batch = self.batch_at(id, &[BatchState::Open], "封批")?;
        let signature = self.sign(Role::PaymentChecker, &batch.bureau)?;
        refuse_same_person(&signature, &batch.signatures, "组批")?;
        if files.is_empty() {
            return Err(Refusal::NoFile);
        }
        let mut total = 0i64;
        for (payout, number) in &batch.items {
            let payout = self.see(payout)?;
            refuse_same_person(&signature, approvers(payout), "审批")?;
            refuse_confirmer(&signature, payout)?;
            refuse_told(payout, *number)?;
            self.refuse_blocked(payout)?;
            // The file asks for a day that has not passed when it is frozen (PAYOUTS.md e2).
            self.refuse_wrong_day(payout, batch.execution)?;
            let account = self.account_of(payout)?;
            refuse_same_person(&signature, &account.signatures, "收款账户变更")?;
            let amount = payout.alive().map_or(0, |attempt| attempt.amount.fen());
            total = total.checked_add(amount).ok_or(Refusal::Overflow)?;
        }
        let count = u32::try_from(batch.items.len()).map_err(|_| Refusal::Overflow)?;
        let total = Money::from_fen(total);
        if (totals.count, totals.total) != (count, total) || count == 0 {
            return Err(Refusal::TotalsDiffer { count, total });
        }
        self.move_items(&batch, AttemptPhase::Sealed)?;
        let at = self.order.at;
        let batch = self.batch(id)?;
        batch.state = BatchState::Sealed;
        batch.signatures.push(signature);
        batch.sealed_at = Some(at);
        batch.total = Some(total);
        batch.files = files.to_vec();
        Ok(())
    }

    /// A batch that stands where a step begins.
    pub(in crate::payouts) fn batch_at(
        &self,
        id: &BatchId,
        states: &[BatchState],
        step: &'static str,
    ) -> Result<Batch, Refusal> {
        let batch = self.books.batches.get(id);
        let batch = batch.ok_or_else(|| Refusal::NoSuchBatch(id.clone()))?;
        if states.contains(&batch.state) {
            return Ok(batch.clone());
        }
        Err(Refusal::WrongBatch {
            batch: id.clone(),
            state: batch.state,
            step,
        })
    }

    /// Brings every attempt of a batch to a phase; sealing freezes the accounts.
    pub(super) fn move_items(&mut self, batch: &Batch, phase: AttemptPhase) -> Result<(), Refusal> {
        let at = self.order.at;
        for (id, number) in &batch.items {
            let payee = match phase {
                AttemptPhase::Sealed => Some(self.account_of(self.see(id)?)?.details),
                AttemptPhase::Batched
                | AttemptPhase::Sending
                | AttemptPhase::Sent
                | AttemptPhase::Voided => None,
            };
            let payout = self.payout(id)?;
            let attempts = payout.attempts.iter_mut();
            for attempt in attempts.filter(|attempt| attempt.number == *number) {
                attempt.phase = phase;
                if payee.is_some() {
                    attempt.payee = payee.clone();
                }
            }
            payout.since = at;
        }
        Ok(())
    }
}

/// Who confirmed the account for the enterprise does not pay to it.
pub(super) fn refuse_confirmer(signature: &Signature, payout: &Payout) -> Result<(), Refusal> {
    let confirmers = [Role::Enterprise, Role::Clerk];
    refuse_same_person_as(&confirmers, signature, &payout.signatures, "确认账户")
}

/// What a bank has spoken of before it was sent must not be sent: its answer is there already.
pub(super) fn refuse_told(payout: &Payout, number: u32) -> Result<(), Refusal> {
    let attempts = payout.attempts.iter();
    let mut attempts = attempts.filter(|attempt| attempt.number == number);
    if attempts.all(|attempt| attempt.facts.is_empty()) {
        return Ok(());
    }
    Err(Refusal::OpenQuestion(payout.id.clone()))
}
