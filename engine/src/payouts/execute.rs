//! The one door: every order goes through here.

use super::books::Books;
use super::command::{Command, Order};
use super::draft::{Draft, Effects};
use super::refusal::Refusal;

impl Books {
    /// Carries out one order.
    ///
    /// # Shape
    /// The postings sum to zero in each ledger of each budget line; the things are those that
    /// changed, as they are now.
    /// # Errors
    /// [`Refusal`]; the books are then as they were.
    /// # Source
    /// PAYOUTS.md part 2.
    pub fn execute(&mut self, order: &Order) -> Result<Effects, Refusal> {
        let effects = self.decide(order)?;
        self.apply(&effects);
        Ok(effects)
    }

    /// What an order would do.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn decide(&self, order: &Order) -> Result<Effects, Refusal> {
        let mut draft = Draft::new(self, order);
        draft.carry_out(&order.command)?;
        draft.finish()
    }

    /// Puts in what an order did.
    pub fn apply(&mut self, effects: &Effects) {
        for delegation in &effects.ended {
            self.drop_delegation(delegation);
        }
        for thing in &effects.things {
            self.put(thing.clone());
        }
    }
}

impl Draft<'_> {
    fn carry_out(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Entitle(award) => self.entitle(award),
            Command::Propose { payout } => self.propose(payout),
            Command::Check { payout, recomputed } => self.check(payout, recomputed),
            Command::Approve { payout } => self.approve(payout),
            Command::SendBack { payout, reason } => self.send_back(payout, reason),
            Command::Drop { payout, reason } => self.give_up(payout, reason),
            Command::Publish(notice) => self.publish(notice),
            Command::Object { payout, by, text } => self.object(payout, by, text),
            Command::EndNotice { payout } => self.end_notice(payout),
            Command::Confirm {
                payout,
                payee_version,
            } => self.confirm(payout, *payee_version),
            Command::Decline { payout } => self.decline(payout),
            Command::Remind { payout } => self.remind(payout),
            Command::Expire { payout } => self.expire(payout),
            Command::MakeBatch(batch) => self.make_batch(batch),
            Command::Unbatch { batch, payouts } => self.unbatch(batch, payouts),
            Command::Seal {
                batch,
                totals,
                files,
            } => self.seal(batch, *totals, files),
            Command::BeginSending { batch } => self.begin_sending(batch),
            Command::Sent { batch, receipt } => self.sent(batch, receipt),
            Command::MarkUnknown { payout } => self.mark_unknown(payout),
            Command::Answer {
                instruction, fact, ..
            } => self.answer(instruction, fact),
            Command::StrayLine { .. } => self.stray_line(command),
            Command::Settle { payout } => self.settle(payout),
            Command::Recover {
                payout,
                claim,
                line,
            } => self.recover(payout, *claim, line),
            Command::OpenMotion { motion, action } => self.open_motion(motion, action),
            Command::SignMotion { motion } => self.sign_motion(motion),
            Command::Enact {
                motion,
                edition,
                library,
            } => self.enact(motion, *edition, library),
            Command::WithdrawMotion { motion, reason } => self.withdraw_motion(motion, reason),
            Command::BlockPayee { uscc, reason, of } => self.block_payee(uscc, reason, of.as_ref()),
            Command::Delegate(delegation) => self.delegate(delegation),
            Command::EndDelegation(delegation) => self.end_delegation(delegation),
            Command::SetUp { user } => self.set_up_user(user),
            Command::SetPayer(payer) => self.set_payer(payer),
            Command::SetLine {
                line,
                bureau,
                fiscal_year,
            } => self.set_line(line, bureau, *fiscal_year),
            Command::Configure { bureau, rules } => self.configure(bureau, rules),
            Command::Suspend { user } => self.suspend(user),
        }
    }
}
