//! Edges 6 to 9: shown in public, objected to, over.

use super::entitle::refuse_amount;
use super::stands_at;
use crate::payouts::actor::Role;
use crate::payouts::command::{Award, NewNotice};
use crate::payouts::draft::Draft;
use crate::payouts::ids::{Digest, PayoutId};
use crate::payouts::motion::Finding;
use crate::payouts::notice::{Notice, Objection};
use crate::payouts::refusal::Refusal;
use crate::payouts::stage::{PayoutState, Stage};

use zhida_policies::values::Duration;
use zhida_policies::values::date::days_between;

impl Draft<'_> {
    pub(in crate::payouts) fn publish(&mut self, new: &NewNotice) -> Result<(), Refusal> {
        let Some(first) = new.payouts.first() else {
            return Err(Refusal::NoSuchThing("要公示的兑付事项".to_owned()));
        };
        let bureau = self.see(first)?.key.bureau.clone();
        self.by_system_or(Role::Maker, &bureau)?;
        if self.books.notices.contains_key(&new.id) {
            return Err(Refusal::AlreadyThere(format!("公示{}", new.id)));
        }
        if new.until <= new.from || new.from < self.today() {
            return Err(Refusal::DatesDisagree(format!(
                "公示自{}至{}",
                new.from, new.until
            )));
        }
        let given = working_days(new)?;
        for id in &new.payouts {
            let payout = self.see(id)?;
            if payout.key.bureau != bureau {
                return Err(Refusal::NoSuchPayout(id.clone()));
            }
            stands_at(payout, &[PayoutState::Approved], "公示")?;
            let asked = payout.terms.notice_days;
            if given < asked {
                return Err(Refusal::NoticeTooShort { asked, given });
            }
            // What was said against an earlier award of the same period is answered first.
            let stage = if payout.has_open_objection() {
                Stage::Objected
            } else {
                Stage::OnNotice
            };
            let payout = self.payout(id)?;
            payout.notice = Some(new.id.clone());
            payout.notice_until = Some(new.until);
            self.enter(id, stage)?;
        }
        let notice = Notice {
            id: new.id.clone(),
            bureau,
            payouts: new.payouts.clone(),
            from: new.from,
            until: new.until,
            sheet: new.sheet.clone(),
            files: new.files.clone(),
        };
        self.notices.insert(new.id.clone(), notice);
        Ok(())
    }

    pub(in crate::payouts) fn object(
        &mut self,
        id: &PayoutId,
        by: &str,
        text: &Digest,
    ) -> Result<(), Refusal> {
        let (today, at) = (self.today(), self.order.at);
        let payout = self.see(id)?;
        self.by_system_or(Role::Maker, &payout.key.bureau)?;
        stands_at(
            payout,
            &[PayoutState::OnNotice, PayoutState::Objected],
            "提出异议",
        )?;
        if let Some(until) = payout.notice_until
            && today > until
        {
            return Err(Refusal::NoticeOver(until));
        }
        let payout = self.payout(id)?;
        let number = u32::try_from(payout.objections.len()).unwrap_or(u32::MAX);
        payout.objections.push(Objection {
            number: number.saturating_add(1),
            by: by.to_owned(),
            text: text.clone(),
            at,
            finding: None,
        });
        self.enter(id, Stage::Objected)
    }

    /// Edge 8: unfounded, the notice goes on; founded, the award is given up; with another amount
    /// it begins anew, and what was promised is free again at once.
    pub(in crate::payouts) fn resolve(
        &mut self,
        id: &PayoutId,
        objection: u32,
        finding: &Finding,
        text: &Digest,
    ) -> Result<(), Refusal> {
        stands_at(self.see(id)?, &[PayoutState::Objected], "处理异议")?;
        let payout = self.payout(id)?;
        let open = payout.objections.iter_mut();
        let mut open = open.filter(|other| other.number == objection && other.is_open());
        let Some(found) = open.next() else {
            return Err(Refusal::NoSuchThing(format!("未处理的第{objection}号异议")));
        };
        found.finding = Some(text.clone());
        match finding {
            Finding::Founded => self.enter(id, Stage::Cancelled),
            Finding::Changed(award) => self.amend(id, award),
            Finding::Unfounded if payout.has_open_objection() => Ok(()),
            Finding::Unfounded => self.enter(id, Stage::OnNotice),
        }
    }

    /// The same entitlement with what another sweep found: back to edge 2.
    fn amend(&mut self, id: &PayoutId, award: &Award) -> Result<(), Refusal> {
        let before = self.see(id)?.clone();
        let is_same = award.key == before.key
            && award.line == before.line
            && award.exclusive == before.exclusive;
        if !is_same {
            return Err(Refusal::NoSuchPayout(award.key.payout_id()));
        }
        refuse_amount(award.amount)?;
        self.refuse_early_supplement(award)?;
        self.refuse_blind(award, id)?;
        let mut fresh = self.new_payout(award, id.clone());
        fresh.objections = before.objections;
        self.payouts.insert(id.clone(), fresh);
        Ok(())
    }

    pub(in crate::payouts) fn end_notice(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let today = self.today();
        let payout = self.see(id)?;
        let bureau = payout.key.bureau.clone();
        self.by_system_or(Role::Maker, &bureau)?;
        if payout.has_open_objection() {
            return Err(Refusal::OpenObjection);
        }
        stands_at(payout, &[PayoutState::OnNotice], "结束公示")?;
        if let Some(until) = payout.notice_until
            && today <= until
        {
            return Err(Refusal::NoticeRuns(until));
        }
        let rules = self.rules(&bureau, "确认期限")?;
        let days = Duration::from_days(rules.confirm_days.into());
        let payout = self.payout(id)?;
        payout.confirm_until = days.after(today).ok();
        self.enter(id, Stage::AwaitPayee)
    }
}

/// How many working days a notice is shown, from the day after it appears to its last one.
///
/// # Source
/// PAYOUTS.md edge 6. Which days are working days is data of the installation: who publishes
/// counts them from `from` and `until`. Here is refused what no calendar could say.
fn working_days(new: &NewNotice) -> Result<u16, Refusal> {
    let days = days_between(new.from, new.until);
    if i64::from(new.working_days) > days {
        return Err(Refusal::DatesDisagree(format!(
            "公示自{}至{}没有{}个工作日",
            new.from, new.until, new.working_days
        )));
    }
    Ok(new.working_days)
}
