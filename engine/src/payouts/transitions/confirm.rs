//! Edges 10 and 11: the enterprise confirms its account, declines, or never answers.

use super::stands_at;
use crate::payouts::actor::Role;
use crate::payouts::draft::Draft;
use crate::payouts::ids::PayoutId;
use crate::payouts::motion::Action;
use crate::payouts::payee::{PayeeDetails, PayeeVersion};
use crate::payouts::payout::{PayoutState, Stage};
use crate::payouts::refusal::Refusal;
use zhida_policies::values::Uscc;

impl Draft<'_> {
    pub(in crate::payouts) fn confirm(
        &mut self,
        id: &PayoutId,
        payee_version: u32,
    ) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        self.sign_for(&payout.key.uscc)?;
        stands_at(payout, &[PayoutState::AwaitPayee], "确认")?;
        self.refuse_blocked(payout)?;
        let payee = self.books.payees.get(&payout.key.uscc);
        let Some(current) = payee.and_then(|payee| payee.current()) else {
            return Err(Refusal::PayeeNotUsable("还没有登记收款账户".to_owned()));
        };
        if current.number != payee_version {
            return Err(Refusal::PayeeNotUsable(format!(
                "确认的是第{payee_version}版账户，现用第{}版",
                current.number
            )));
        }
        if current.details.name != payout.enterprise {
            return Err(Refusal::PayeeNotUsable(format!(
                "账户名称“{}”与企业名称“{}”不一致",
                current.details.name, payout.enterprise
            )));
        }
        let payout = self.payout(id)?;
        payout.payee_version = Some(payee_version);
        payout.is_expensed = true;
        // A confirmation after edge 25 leads back to where it was asked for.
        let stage = if payout.was_attempted() {
            Stage::Reissue
        } else {
            Stage::Confirmed
        };
        self.enter(id, stage)
    }

    pub(in crate::payouts) fn decline(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        self.sign_for(&payout.key.uscc)?;
        stands_at(payout, &[PayoutState::AwaitPayee], "放弃")?;
        if payout.is_expensed {
            // What was booked as owed is given up by edge 27, with three people.
            return Err(Refusal::WrongState {
                payout: id.clone(),
                state: PayoutState::AwaitPayee,
                step: "放弃（已列支，须由财政部门取消）",
            });
        }
        self.enter(id, Stage::Declined)
    }

    pub(in crate::payouts) fn remind(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        self.by_system_or(Role::Maker, &payout.key.bureau)?;
        stands_at(payout, &[PayoutState::AwaitPayee], "提醒")?;
        let payout = self.payout(id)?;
        payout.reminders = payout.reminders.saturating_add(1);
        Ok(())
    }

    pub(in crate::payouts) fn expire(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let today = self.today();
        let payout = self.see(id)?;
        self.by_system()?;
        stands_at(payout, &[PayoutState::AwaitPayee], "作逾期处理")?;
        let asked = self.books.settings(&payout.key.bureau).reminders;
        let is_over = payout.confirm_until.is_some_and(|until| today > until);
        if !is_over || payout.reminders < asked || payout.is_expensed {
            return Err(Refusal::NotExpired {
                until: payout.confirm_until.unwrap_or(today),
                sent: payout.reminders,
                asked,
            });
        }
        self.enter(id, Stage::Expired)
    }

    pub(in crate::payouts) fn block_payee(
        &mut self,
        uscc: &Uscc,
        reason: Option<&String>,
    ) -> Result<(), Refusal> {
        let of_enterprise = self.books.by_enterprise.get(uscc).into_iter().flatten();
        let mut payouts = of_enterprise.filter_map(|id| self.books.payouts.get(id));
        let bureau = payouts.next().map(|payout| payout.key.bureau.clone());
        let bureau = bureau.ok_or_else(|| Refusal::NoSuchThing(format!("企业{uscc}的兑付事项")))?;
        self.sign(Role::Checker, &bureau)?;
        self.payee(uscc).blocked = reason.cloned();
        Ok(())
    }

    /// A new account: what had confirmed the old one, and has not been sealed, confirms again.
    pub(in crate::payouts) fn change_payee(
        &mut self,
        uscc: &Uscc,
        details: &PayeeDetails,
        action: &Action,
    ) -> Result<(), Refusal> {
        let signatures = self.signatures_of(action);
        let payee = self.payee(uscc);
        let last = payee.current().map_or(0, |version| version.number);
        payee.versions.push(PayeeVersion {
            number: last.saturating_add(1),
            details: details.clone(),
            signatures,
        });
        let of_enterprise = self.books.by_enterprise.get(uscc).into_iter().flatten();
        for id in of_enterprise.cloned().collect::<Vec<PayoutId>>() {
            match self.see(&id)?.state() {
                PayoutState::Confirmed | PayoutState::Reissue => {
                    self.enter(&id, Stage::AwaitPayee)?;
                }
                PayoutState::Batched => {
                    self.take_out(&id)?;
                    self.enter(&id, Stage::AwaitPayee)?;
                }
                PayoutState::Computed
                | PayoutState::Proposed
                | PayoutState::Checked
                | PayoutState::Approved
                | PayoutState::OnNotice
                | PayoutState::Objected
                | PayoutState::AwaitPayee
                | PayoutState::Sealed
                | PayoutState::Sending
                | PayoutState::Sent
                | PayoutState::Accepted
                | PayoutState::Unknown
                | PayoutState::Paid
                | PayoutState::Rejected
                | PayoutState::Returned
                | PayoutState::Settled
                | PayoutState::Declined
                | PayoutState::Expired
                | PayoutState::Cancelled => {}
            }
        }
        Ok(())
    }
}
