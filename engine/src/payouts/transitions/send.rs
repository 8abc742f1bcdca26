//! Edges 15 to 18 and 20: void, leaving, sent, silent.

use super::approve::approvers;
use super::batch::{refuse_confirmer, refuse_told};
use super::{has_reason, stands_at};
use crate::payouts::actor::{Actor, Role, Signature};
use crate::payouts::attempt::AttemptPhase;
use crate::payouts::batch::{Batch, BatchState};
use crate::payouts::draft::Draft;
use crate::payouts::ids::{BatchId, Digest, PayoutId};
use crate::payouts::payee::PayeeVersion;
use crate::payouts::payout::Payout;
use crate::payouts::refusal::Refusal;
use crate::payouts::signing::{refuse_same_person, refuse_same_person_as};
use crate::payouts::stage::{PayoutState, Stage};

impl Draft<'_> {
    /// The intent (16): only what nobody doubts may leave.
    pub(in crate::payouts) fn begin_sending(&mut self, id: &BatchId) -> Result<(), Refusal> {
        let batch = self.batch_at(id, &[BatchState::Sealed], "发送")?;
        let signature = match self.order.actor {
            Actor::System => None,
            Actor::User(_) | Actor::Delegate { .. } | Actor::Assisted { .. } => {
                Some(self.sign(Role::PaymentMaker, &batch.bureau)?)
            }
        };
        if let Some(signature) = &signature {
            self.refuse_other_half(signature, &batch)?;
        }
        for (payout, number) in &batch.items {
            let payout = self.see(payout)?;
            stands_at(payout, &[PayoutState::Sealed], "发送")?;
            refuse_told(payout, *number)?;
            self.refuse_blocked_by_bureaus(payout)?;
            self.refuse_moved_unknown(payout, *number)?;
            if payout.has_questions() {
                return Err(Refusal::OpenQuestion(payout.id.clone()));
            }
            if let Some(signature) = &signature {
                let account = self.confirmed_account(payout);
                let changed = account.iter().flat_map(|account| &account.signatures);
                refuse_same_person(signature, changed, "收款账户变更")?;
                refuse_confirmer(signature, payout)?;
            }
        }
        self.move_items(&batch, AttemptPhase::Sending)?;
        let batch = self.batch(id)?;
        batch.state = BatchState::Sending;
        batch.signatures.extend(signature);
        Ok(())
    }

    /// Refuses what a bank has moved for an instruction that these books do not know: they were
    /// restored from a time before it, and would send it a second time in another file.
    fn refuse_moved_unknown(&self, payout: &Payout, number: u32) -> Result<(), Refusal> {
        for name in payout.id.instructions(number) {
            let lines = self.books.strays.get(&name).into_iter().flatten();
            let mut lines = lines.filter_map(|line| self.books.bank_lines.get(line));
            if let Some(line) = lines.find(|line| line.matched.is_none()) {
                return Err(Refusal::MovedUnknown {
                    payout: payout.id.clone(),
                    line: line.id.clone(),
                });
            }
        }
        Ok(())
    }

    /// Whoever acts as payment maker has not checked this batch, and whoever acts as payment
    /// checker has neither made it nor approved what is in it (PAYOUTS.md, actors).
    pub(in crate::payouts) fn refuse_other_half(
        &self,
        signature: &Signature,
        batch: &Batch,
    ) -> Result<(), Refusal> {
        if signature.role == Role::PaymentMaker {
            let checkers = [Role::PaymentChecker];
            return refuse_same_person_as(&checkers, signature, &batch.signatures, "批次");
        }
        let makers = [Role::PaymentMaker];
        refuse_same_person_as(&makers, signature, &batch.signatures, "批次")?;
        for (payout, _) in &batch.items {
            refuse_same_person(signature, approvers(self.see(payout)?), "审批")?;
        }
        Ok(())
    }

    /// The account that the enterprise confirmed, in force or not.
    fn confirmed_account(&self, payout: &Payout) -> Option<&PayeeVersion> {
        let payee = self.books.payees.get(&payout.key.uscc)?;
        let mut versions = payee.versions.iter();
        versions.find(|version| Some(version.number) == payout.payee_version)
    }

    /// Two people say that they handed the files over (17). A bank that speaks of a file which
    /// nobody has sent shows that it left: then they may say so of a sealed one.
    pub(in crate::payouts) fn hand_over(
        &mut self,
        id: &BatchId,
        statement: &Digest,
    ) -> Result<(), Refusal> {
        let states = [BatchState::Sending, BatchState::Sealed];
        let batch = self.batch_at(id, &states, "确认送交")?;
        let mut is_told = batch.state == BatchState::Sending;
        for (payout, number) in &batch.items {
            is_told |= refuse_told(self.see(payout)?, *number).is_err();
        }
        if !is_told {
            self.batch_at(id, &[BatchState::Sending], "确认送交")?;
        }
        self.mark_sent(&batch, statement)
    }

    pub(in crate::payouts) fn sent(
        &mut self,
        id: &BatchId,
        receipt: &Digest,
    ) -> Result<(), Refusal> {
        let batch = self.batch_at(id, &[BatchState::Sending], "登记已发送")?;
        self.by_system()?;
        self.mark_sent(&batch, receipt)
    }

    /// Edge 17, by a receipt or by the statement of two people.
    pub(in crate::payouts) fn mark_sent(
        &mut self,
        batch: &Batch,
        receipt: &Digest,
    ) -> Result<(), Refusal> {
        self.move_items(batch, AttemptPhase::Sent)?;
        let at = self.order.at;
        let batch = self.batch(&batch.id)?;
        batch.state = BatchState::Sent;
        batch.receipt = Some(receipt.clone());
        batch.sent_at = Some(at);
        Ok(())
    }

    /// Edge 15.
    pub(in crate::payouts) fn void_batch(
        &mut self,
        id: &BatchId,
        reason: &str,
    ) -> Result<(), Refusal> {
        has_reason(reason)?;
        let batch = self.batch_at(id, &[BatchState::Open, BatchState::Sealed], "作废")?;
        for (payout, number) in &batch.items {
            let states = [PayoutState::Batched, PayoutState::Sealed];
            let payout = self.see(payout)?;
            stands_at(payout, &states, "作废")?;
            // A bank that speaks of it may have it. What is asked about an earlier attempt is
            // rather a reason to stop this one.
            let attempts = payout.attempts.iter();
            let mut attempts = attempts.filter(|attempt| attempt.number == *number);
            if attempts.any(|attempt| !attempt.questions().is_empty()) {
                return Err(Refusal::OpenQuestion(payout.id.clone()));
            }
        }
        self.move_items(&batch, AttemptPhase::Voided)?;
        for (payout, _) in &batch.items {
            // An account that changed while the file was sealed must be confirmed again.
            if self.account_of(self.see(payout)?).is_err() {
                self.enter(payout, Stage::AwaitPayee)?;
            }
        }
        self.batch(id)?.state = BatchState::Voided;
        Ok(())
    }

    pub(in crate::payouts) fn mark_unknown(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        self.by_system_or(Role::Reconciler, &payout.key.bureau)?;
        let states = [
            PayoutState::Sending,
            PayoutState::Sent,
            PayoutState::Accepted,
        ];
        stands_at(payout, &states, "标为状态未知")?;
        let at = self.order.at;
        let payout = self.payout(id)?;
        let alive = payout.attempts.iter_mut();
        for attempt in alive.filter(|attempt| attempt.state().is_alive()) {
            attempt.is_overdue = true;
        }
        payout.since = at;
        Ok(())
    }
}
