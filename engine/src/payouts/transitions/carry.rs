//! What a motion does once everybody has signed. The guards hold at that moment, not when it was
//! asked for.

use zhida_policies::values::{Money, Uscc};

use super::has_reason;
use crate::payouts::actor::Actor;
use crate::payouts::attempt::Ruling;
use crate::payouts::batch::BatchState;
use crate::payouts::budget::Grant;
use crate::payouts::draft::Draft;
use crate::payouts::ids::BureauId;
use crate::payouts::motion::Action;
use crate::payouts::refusal::Refusal;
use crate::payouts::settings::Bar;

impl Draft<'_> {
    /// Refuses what could not be carried out now, on a copy that is thrown away.
    pub(in crate::payouts) fn could_carry(&self, action: &Action) -> Result<(), Refusal> {
        let mut trial = Draft::new(self.books, self.order);
        trial.carry(action)?;
        trial.finish().map(drop)
    }

    pub(in crate::payouts) fn carry(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::GrantBudget {
                line,
                document,
                amount,
            } => {
                has_reason(document)?;
                if *amount <= Money::default() {
                    return Err(Refusal::NotAnAmount(*amount));
                }
                let line = self.line(line)?;
                if line.grants.iter().any(|grant| grant.document == *document) {
                    return Err(Refusal::AlreadyThere(format!("文号“{document}”的指标")));
                }
                line.grants.insert(Grant {
                    document: document.clone(),
                    amount: *amount,
                });
                Ok(())
            }
            Action::ResolveObjection {
                payout,
                objection,
                finding,
                text,
            } => self.resolve(payout, *objection, finding, text),
            Action::ChangePayee { uscc, details } => self.change_payee(uscc, details, action),
            Action::VoidBatch { batch, reason } => {
                has_reason(reason)?;
                self.void_batch(batch)
            }
            Action::HandOver { batch, statement } => {
                let batch = self.batch_at(batch, &[BatchState::Sending], "确认送交")?;
                self.mark_sent(&batch, statement)
            }
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
            Action::Offset {
                payout,
                claim,
                against,
                amount,
                law,
            } => {
                has_reason(law)?;
                self.offset(payout, *claim, against, *amount)
            }
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
            } => {
                has_reason(document)?;
                let bar = Bar {
                    uscc: *uscc,
                    until: *until,
                    document: document.clone(),
                };
                self.bars.insert(*uscc, bar);
                Ok(())
            }
            Action::MatchClaim {
                line,
                payout,
                claim,
            } => self.match_claim(line, payout, *claim),
            Action::MatchReversal { line, other } => self.match_reversal(line, other),
            Action::SetUser { user } => self.set_user(user),
            Action::ClosePeriod { bureau, until } => {
                if *until >= self.today() {
                    return Err(Refusal::DatesDisagree(format!(
                        "账期到{until}为止还没有过完"
                    )));
                }
                let settings = self.setting(bureau);
                if settings.closed_until.is_some_and(|closed| *until <= closed) {
                    return Err(Refusal::AlreadyThere(format!("到{until}为止的结账")));
                }
                settings.closed_until = Some(*until);
                Ok(())
            }
        }
    }

    /// The bureau that pays an enterprise: the one of its payouts, else that of who asks.
    pub(in crate::payouts) fn bureau_of_enterprise(
        &self,
        uscc: &Uscc,
    ) -> Result<BureauId, Refusal> {
        let asks = match &self.order.actor {
            Actor::User(user) | Actor::Delegate { user, .. } => Some(user),
            Actor::Assisted { clerk, .. } => Some(clerk),
            Actor::System => None,
        };
        let user = asks.map(|id| self.active(id)).transpose()?;
        let is_official = user.is_some_and(|user| user.enterprise.is_none());
        if let (Some(user), true) = (user, is_official) {
            return Ok(user.bureau.clone());
        }
        let of_enterprise = self.books.by_enterprise.get(uscc).into_iter().flatten();
        let mut payouts = of_enterprise.filter_map(|id| self.books.payouts.get(id));
        let bureau = payouts.next().map(|payout| payout.key.bureau.clone());
        bureau.ok_or_else(|| Refusal::NoSuchThing(format!("企业{uscc}的兑付事项")))
    }
}
