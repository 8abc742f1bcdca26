//! What a motion does once everybody has signed. The guards hold at that moment, not when it was
//! asked for.

use zhida_policies::values::{Date, Money, Uscc};

use super::has_reason;
use crate::payouts::actor::Signature;
use crate::payouts::attempt::Ruling;
use crate::payouts::budget::Grant;
use crate::payouts::draft::Draft;
use crate::payouts::ids::{BudgetLineId, BureauId};
use crate::payouts::motion::Action;
use crate::payouts::refusal::Refusal;
use crate::payouts::settings::Bar;

impl Draft<'_> {
    /// Refuses what could not be carried out now, on a copy that is thrown away.
    pub(in crate::payouts) fn could_carry(
        &self,
        action: &Action,
        signature: &Signature,
    ) -> Result<(), Refusal> {
        let mut trial = Draft::new(self.books, self.order);
        trial.carry(action, std::slice::from_ref(signature))?;
        trial.finish().map(drop)
    }

    /// Does it, for those who signed.
    pub(in crate::payouts) fn carry(
        &mut self,
        action: &Action,
        signatures: &[Signature],
    ) -> Result<(), Refusal> {
        match action {
            Action::GrantBudget {
                line,
                document,
                amount,
            } => self.grant(line, document, *amount),
            Action::ResolveObjection {
                payout,
                objection,
                finding,
                text,
            } => self.resolve(payout, *objection, finding, text),
            Action::ChangePayee { uscc, details } => self.change_payee(uscc, details, signatures),
            Action::VoidBatch { batch, reason } => self.void_batch(batch, reason),
            Action::HandOver { batch, statement } => self.hand_over(batch, statement),
            Action::RuleUnknown {
                payout,
                attempt,
                outcome,
                on,
                evidence,
            } => self.rule_unknown(payout, *attempt, Ruling::of(*outcome, *on, evidence)),
            Action::CloseQuestion {
                payout,
                attempt,
                question,
                counts,
                ..
            } => self.close_question(payout, *attempt, question, *counts),
            Action::Reissue { payout, cause } => self.reissue(payout, cause),
            Action::Cancel { payout, reason } => self.cancel(payout, reason),
            Action::Clawback { payout, terms } => self.claw_back(payout, terms),
            Action::WithdrawClaim {
                payout,
                claim,
                amount,
                document,
            } => self.withdraw_claim(payout, *claim, *amount, document),
            Action::Offset {
                payout,
                claim,
                against,
                amount,
                law,
            } => has_reason(law).and_then(|()| self.offset(payout, *claim, against, *amount)),
            Action::WriteOff {
                payout,
                claim,
                amount,
                document,
            } => self.write_off(payout, *claim, *amount, document),
            Action::Bar {
                uscc,
                until,
                document,
            } => self.bar(*uscc, *until, document),
            Action::UnblockPayee { uscc, reason, of } => {
                self.unblock_payee(uscc, reason, of.as_ref())
            }
            Action::MatchClaim {
                line,
                payout,
                claim,
            } => self.match_claim(line, payout, *claim),
            Action::MatchReversal { line, other } => self.match_reversal(line, other),
            Action::SetUser { user } => self.set_user(user),
            Action::ClosePeriod { bureau, until } => self.close_period(bureau, *until),
            // Carried out by the last signature, which says what was checked.
            Action::PublishPolicy(publication) => self.check_publication(publication).map(drop),
        }
    }

    /// Edge 0.
    fn grant(&mut self, line: &BudgetLineId, document: &str, amount: Money) -> Result<(), Refusal> {
        has_reason(document)?;
        if amount <= Money::default() {
            return Err(Refusal::NotAnAmount(amount));
        }
        let line = self.line(line)?;
        if line.grants.iter().any(|grant| grant.document == document) {
            return Err(Refusal::AlreadyThere(format!("文号“{document}”的指标")));
        }
        let document = document.to_owned();
        line.grants.insert(Grant { document, amount });
        Ok(())
    }

    /// A later decision may reach further than an earlier one; it does not end it before its time.
    fn bar(&mut self, uscc: Uscc, until: Date, document: &str) -> Result<(), Refusal> {
        has_reason(document)?;
        if let Some(known) = self.books.bars.get(&uscc)
            && until <= known.until
        {
            return Err(Refusal::BarredLonger {
                uscc,
                until: known.until,
                document: known.document.clone(),
            });
        }
        let document = document.to_owned();
        let bar = Bar {
            uscc,
            until,
            document,
        };
        self.bars.insert(uscc, bar);
        Ok(())
    }

    /// A period that has passed takes no more postings (33).
    fn close_period(&mut self, bureau: &BureauId, until: Date) -> Result<(), Refusal> {
        if until >= self.today() {
            return Err(Refusal::DatesDisagree(format!(
                "账期到{until}为止还没有过完"
            )));
        }
        let settings = self.setting(bureau);
        if settings.closed_until.is_some_and(|closed| until <= closed) {
            return Err(Refusal::AlreadyThere(format!("到{until}为止的结账")));
        }
        settings.closed_until = Some(until);
        Ok(())
    }
}
