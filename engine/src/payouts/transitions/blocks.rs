//! Payments to an enterprise that a bureau stops, and lets go on.

use zhida_policies::values::{Date, Duration, Uscc};

use super::has_reason;
use crate::payouts::actor::Role;
use crate::payouts::draft::Draft;
use crate::payouts::ids::{BureauId, PayoutId};
use crate::payouts::payee::{Block, Payee};
use crate::payouts::payout::Payout;
use crate::payouts::refusal::Refusal;
use crate::payouts::stage::PayoutState;

impl Draft<'_> {
    pub(in crate::payouts) fn block_payee(
        &mut self,
        uscc: &Uscc,
        reason: &str,
        of: Option<&BureauId>,
    ) -> Result<(), Refusal> {
        has_reason(reason)?;
        let bureau = self.bureau_of_block(of)?;
        self.sign(Role::Checker, &bureau)?;
        self.refuse_stranger(uscc, &bureau)?;
        let payee = self.payee(uscc);
        match of {
            Some(_) => {
                payee.blocks.insert(bureau, reason.to_owned());
            }
            None => payee.blocked = Some(reason.to_owned()),
        }
        Ok(())
    }

    /// Whose block it is: that of the actor's bureau, which orders name since blocks belong to
    /// somebody.
    pub(in crate::payouts) fn bureau_of_block(
        &self,
        of: Option<&BureauId>,
    ) -> Result<BureauId, Refusal> {
        match of {
            Some(bureau) => Ok(bureau.clone()),
            None => self.bureau_of_actor(),
        }
    }

    /// What one person stopped goes on by two.
    pub(in crate::payouts) fn unblock_payee(
        &mut self,
        uscc: &Uscc,
        reason: &str,
        of: Option<&BureauId>,
    ) -> Result<(), Refusal> {
        has_reason(reason)?;
        let bureau = self.bureau_of_block(of)?;
        self.refuse_stranger(uscc, &bureau)?;
        let payee = self.payee(uscc);
        let lifted = match of {
            Some(_) => payee.blocks.remove(&bureau),
            None => payee.blocked.take(),
        };
        if lifted.is_none() {
            return Err(Refusal::NoSuchThing(format!("企业{uscc}的暂停付款")));
        }
        if of.is_some() && !payee.is_blocked() {
            return self.begin_confirmations_anew(uscc);
        }
        Ok(())
    }

    /// Who could not confirm has the whole time again, and is reminded as at first.
    fn begin_confirmations_anew(&mut self, uscc: &Uscc) -> Result<(), Refusal> {
        let (today, at) = (self.today(), self.order.at);
        let of_enterprise = self.books.by_enterprise.get(uscc).into_iter().flatten();
        let payouts = of_enterprise.filter_map(|id| self.books.payouts.get(id));
        let waiting = payouts.filter(|payout| payout.state() == PayoutState::AwaitPayee);
        let anew: Vec<(PayoutId, Date)> = waiting
            .filter_map(|payout| {
                // Whose bureau has no rules, or no last day, has no time that could begin.
                let rules = self.rules(&payout.key.bureau, "确认期限").ok()?;
                let days = Duration::from_days(rules.confirm_days.into());
                Some((payout.id.clone(), days.after(today).ok()?))
            })
            .collect();
        for (id, until) in anew {
            let payout = self.payout(&id)?;
            payout.since = at;
            payout.confirm_until = Some(until);
            payout.reminders = 0;
        }
        Ok(())
    }

    /// A bureau speaks of the enterprises that it has something to do with.
    fn refuse_stranger(&self, uscc: &Uscc, bureau: &BureauId) -> Result<(), Refusal> {
        let of_enterprise = self.books.by_enterprise.get(uscc).into_iter().flatten();
        let mut payouts = of_enterprise.filter_map(|id| self.books.payouts.get(id));
        if payouts.any(|payout| payout.key.bureau == *bureau) {
            return Ok(());
        }
        Err(Refusal::NoSuchThing(format!("企业{uscc}的兑付事项")))
    }

    /// Nothing is paid to whom any bureau has blocked; why is for its own people.
    pub(in crate::payouts) fn refuse_blocked(&self, payout: &Payout) -> Result<(), Refusal> {
        self.refuse_block(payout, |payee| match payee.block_of(&payout.key.bureau) {
            Some(Block::Own(reason) | Block::Nobodys(reason)) => reason,
            None => "其他单位已暂停付款，由该单位恢复",
        })
    }

    /// As the enterprise, or a clerk of any bureau, is told: why is for officials. What belongs to
    /// nobody is told as it always was, since the log holds what was answered.
    pub(in crate::payouts) fn refuse_blocked_enterprise(
        &self,
        payout: &Payout,
    ) -> Result<(), Refusal> {
        self.refuse_block(payout, |payee| {
            payee.blocked.as_deref().unwrap_or("请联系办理单位")
        })
    }

    /// Only for blocks that belong to bureaus: logs of before them have steps that the blocks of
    /// then did not stop.
    pub(in crate::payouts) fn refuse_blocked_by_bureaus(
        &self,
        payout: &Payout,
    ) -> Result<(), Refusal> {
        let payee = self.books.payees.get(&payout.key.uscc);
        match payee.is_some_and(|payee| !payee.blocks.is_empty()) {
            true => self.refuse_blocked(payout),
            false => Ok(()),
        }
    }

    fn refuse_block(
        &self,
        payout: &Payout,
        reason: impl FnOnce(&Payee) -> &str,
    ) -> Result<(), Refusal> {
        let payee = self.books.payees.get(&payout.key.uscc);
        match payee.filter(|payee| payee.is_blocked()) {
            Some(payee) => Err(Refusal::PayeeBlocked {
                uscc: payout.key.uscc,
                reason: reason(payee).to_owned(),
            }),
            None => Ok(()),
        }
    }
}
