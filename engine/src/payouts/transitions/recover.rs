//! Edges 25 and 27 to 33: paid again, given up, claimed back, settled.

use zhida_policies::values::Money;

use super::answer::refuse_above;
use super::{has_reason, stands_at};
use crate::payouts::actor::Role;
use crate::payouts::bank_line::LineMatch;
use crate::payouts::claim::{Claim, ClaimTerms};
use crate::payouts::draft::Draft;
use crate::payouts::ids::{Digest, PayoutId};
use crate::payouts::payout::Payout;
use crate::payouts::refusal::Refusal;
use crate::payouts::stage::{PayoutState, Stage};

impl Draft<'_> {
    /// Edge 25: what was refused or came back may be paid again, after a new confirmation where
    /// the account has changed.
    pub(in crate::payouts) fn reissue(
        &mut self,
        id: &PayoutId,
        cause: &str,
    ) -> Result<(), Refusal> {
        has_reason(cause)?;
        let payout = self.see(id)?;
        refuse_unfinished(payout, "重新支付")?;
        if payout.has_questions() {
            return Err(Refusal::OpenQuestion(id.clone()));
        }
        let payee = self.books.payees.get(&payout.key.uscc);
        let current = payee
            .and_then(|payee| payee.current())
            .map(|version| version.number);
        let is_confirmed = current.is_some() && current == payout.payee_version;
        let payout = self.payout(id)?;
        release_returns(payout);
        let stage = if is_confirmed {
            Stage::Reissue
        } else {
            Stage::AwaitPayee
        };
        self.enter(id, stage)
    }

    /// Edge 27, and 5 for what was approved and never paid.
    pub(in crate::payouts) fn cancel(
        &mut self,
        id: &PayoutId,
        reason: &str,
    ) -> Result<(), Refusal> {
        has_reason(reason)?;
        let payout = self.see(id)?;
        if let Some(alive) = payout.alive() {
            return Err(Refusal::AttemptAlive {
                payout: id.clone(),
                attempt: alive.number,
            });
        }
        if payout.has_questions() {
            return Err(Refusal::OpenQuestion(id.clone()));
        }
        let rest = payout
            .unpaid()
            .fen()
            .saturating_add(payout.open_return().fen());
        let has_moved = !payout.moved().is_zero() || !payout.offset.is_zero();
        if rest == 0 {
            return Err(Refusal::NothingToPay(id.clone()));
        }
        let states = [
            PayoutState::Approved,
            PayoutState::OnNotice,
            PayoutState::Objected,
            PayoutState::AwaitPayee,
            PayoutState::Confirmed,
            PayoutState::Rejected,
            PayoutState::Returned,
            PayoutState::Reissue,
            PayoutState::Paid,
        ];
        stands_at(payout, &states, "取消")?;
        let payout = self.payout(id)?;
        if payout.is_expensed {
            release_returns(payout);
            let given_up = payout.given_up.fen().saturating_add(rest);
            payout.given_up = Money::from_fen(given_up);
            payout.replace_attempts();
        }
        // What was paid of it stays paid.
        let stage = if has_moved {
            Stage::Confirmed
        } else {
            Stage::Cancelled
        };
        self.enter(id, stage)
    }

    /// Edge 28.
    pub(in crate::payouts) fn claw_back(
        &mut self,
        id: &PayoutId,
        terms: &ClaimTerms,
    ) -> Result<(), Refusal> {
        has_reason(&terms.document)?;
        let payout = self.see(id)?;
        stands_at(payout, &[PayoutState::Paid, PayoutState::Settled], "追回")?;
        let is_prior_year = self.fiscal_year(payout)? < self.today().year();
        if terms.is_prior_year != is_prior_year || (is_prior_year && terms.returns_to_budget) {
            return Err(Refusal::DatesDisagree(format!(
                "原支出{}年度，今天{}：跨年度的追回记入以前年度，不退回指标",
                self.fiscal_year(payout)?,
                self.today()
            )));
        }
        let claimed = payout.claims.iter().fold(0i64, |claimed, claim| {
            claimed.saturating_add(claim.claimed().fen())
        });
        let had = payout.moved().fen().saturating_add(payout.offset.fen());
        refuse_above(terms.amount, Money::from_fen(had.saturating_sub(claimed)))?;
        let payout = self.payout(id)?;
        let number = u32::try_from(payout.claims.len()).unwrap_or(u32::MAX);
        payout.claims.push(Claim {
            number: number.saturating_add(1),
            terms: terms.clone(),
            recovered: Money::default(),
            back_in_budget: Money::default(),
            interest: Money::default(),
            offset: Money::default(),
            written_off: Money::default(),
            withdrawn: Money::default(),
        });
        Ok(())
    }

    /// Edge 29, by a line that names the claim.
    pub(in crate::payouts) fn recover(
        &mut self,
        id: &PayoutId,
        claim: u32,
        line: &Digest,
    ) -> Result<(), Refusal> {
        self.by_system_or(Role::Reconciler, &self.see(id)?.key.bureau.clone())?;
        self.match_claim(line, id, claim)
    }

    /// A movement pays a claim; what is above it is interest.
    pub(in crate::payouts) fn match_claim(
        &mut self,
        line: &Digest,
        id: &PayoutId,
        number: u32,
    ) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        let is_same_year = self.fiscal_year(payout)? == self.today().year();
        let (bureau, kept) = (payout.key.bureau.clone(), payout.kept());
        let moved = self.bank_line(line)?;
        let payer = moved.payer.clone();
        if moved.matched.is_some() || moved.amount <= Money::default() {
            return Err(Refusal::NotAnAmount(moved.amount));
        }
        let amount = moved.amount;
        moved.matched = Some(LineMatch::Claim {
            payout: id.clone(),
            claim: number,
        });
        // The money of one bureau settles no claim of another.
        if self.books.payers.get(&payer).map(|payer| &payer.bureau) != Some(&bureau) {
            return Err(Refusal::NoSuchThing(format!("未达款{line}")));
        }
        let claim = self.claim(id, number)?;
        let back = amount.min(claim.open());
        // What the bank has returned in the meantime is not there to be given back again.
        refuse_more(back, kept)?;
        let interest = amount.fen().saturating_sub(back.fen());
        claim.recovered = add(claim.recovered, back)?;
        if claim.terms.returns_to_budget && is_same_year {
            claim.back_in_budget = add(claim.back_in_budget, back)?;
        }
        claim.interest = add(claim.interest, Money::from_fen(interest))?;
        Ok(())
    }

    /// Two movements that cancel out.
    pub(in crate::payouts) fn match_reversal(
        &mut self,
        line: &Digest,
        other: &Digest,
    ) -> Result<(), Refusal> {
        let (one, two) = (
            self.bank_line(line)?.clone(),
            self.bank_line(other)?.clone(),
        );
        let cancels = one.amount.fen().checked_neg() == Some(two.amount.fen());
        let are_free = one.matched.is_none() && two.matched.is_none();
        if !cancels || !are_free || one.payer != two.payer {
            return Err(Refusal::NotAnAmount(one.amount));
        }
        self.bank_line(line)?.matched = Some(LineMatch::Reversal(other.clone()));
        self.bank_line(other)?.matched = Some(LineMatch::Reversal(line.clone()));
        Ok(())
    }

    /// Edge 30: a claim is set against what the same enterprise is still to get.
    pub(in crate::payouts) fn offset(
        &mut self,
        id: &PayoutId,
        number: u32,
        against: &PayoutId,
        amount: Money,
    ) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        let (uscc, bureau, kept) = (payout.key.uscc, &payout.key.bureau, payout.kept());
        let other = self.see(against)?;
        if other.key.uscc != uscc || other.key.bureau != *bureau || against == id {
            return Err(Refusal::NoSuchPayout(against.clone()));
        }
        stands_at(
            other,
            &[PayoutState::Confirmed, PayoutState::Reissue],
            "抵扣",
        )?;
        if other.has_questions() {
            return Err(Refusal::OpenQuestion(against.clone()));
        }
        refuse_above(amount, other.unpaid().min(kept))?;
        let other = self.payout(against)?;
        other.offset = add(other.offset, amount)?;
        other.replace_attempts();
        let claim = self.claim(id, number)?;
        refuse_above(amount, claim.open())?;
        claim.offset = add(claim.offset, amount)?;
        Ok(())
    }

    /// Edge 31.
    pub(in crate::payouts) fn write_off(
        &mut self,
        id: &PayoutId,
        number: u32,
        amount: Money,
        document: &str,
    ) -> Result<(), Refusal> {
        has_reason(document)?;
        let claim = self.claim(id, number)?;
        refuse_above(amount, claim.open())?;
        claim.written_off = add(claim.written_off, amount)?;
        Ok(())
    }

    /// Edge 28, undone as far as the bank has returned the money: what the enterprise no longer
    /// has it cannot give back, and it is no loss either.
    pub(in crate::payouts) fn withdraw_claim(
        &mut self,
        id: &PayoutId,
        number: u32,
        amount: Money,
        document: &str,
    ) -> Result<(), Refusal> {
        has_reason(document)?;
        let payout = self.see(id)?;
        let open = payout
            .claims
            .iter()
            .fold(0i64, |open, claim| open.saturating_add(claim.open().fen()));
        let uncovered = open.saturating_sub(payout.kept().fen()).max(0);
        let claim = self.claim(id, number)?;
        refuse_above(amount, claim.open().min(Money::from_fen(uncovered)))?;
        claim.withdrawn = add(claim.withdrawn, amount)?;
        Ok(())
    }

    /// Edge 33: instruction, bank line and ledger agree, and the period is closed.
    pub(in crate::payouts) fn settle(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        self.by_system_or(Role::Reconciler, &payout.key.bureau)?;
        stands_at(payout, &[PayoutState::Paid], "办结")?;
        if payout.has_questions() || !payout.open_return().is_zero() {
            return Err(Refusal::OpenQuestion(id.clone()));
        }
        let closed = self.books.settings(&payout.key.bureau).closed_until;
        let moved = payout.attempts.iter().filter(|attempt| attempt.is_booked());
        let mut days = moved.map(|attempt| attempt.moved_by());
        let is_closed = days.all(|day| day.is_some_and(|day| Some(day) <= closed));
        if !is_closed || closed.is_none() {
            return Err(Refusal::PeriodOpen);
        }
        self.enter(id, Stage::Settled)
    }

    /// The year of the money that pays.
    fn fiscal_year(&self, payout: &Payout) -> Result<i16, Refusal> {
        let line = self.books.lines.get(&payout.line);
        let line = line.ok_or_else(|| Refusal::NoSuchLine(payout.line.clone()))?;
        Ok(line.fiscal_year)
    }

    fn claim(&mut self, id: &PayoutId, number: u32) -> Result<&mut Claim, Refusal> {
        let payout = self.payout(id)?;
        let mut claims = payout.claims.iter_mut();
        let found = claims.find(|claim| claim.number == number);
        found.ok_or_else(|| Refusal::NoSuchClaim {
            payout: id.clone(),
            claim: number,
        })
    }
}

/// Only what a bank refused, or what came back, may be paid again.
fn refuse_unfinished(payout: &Payout, step: &'static str) -> Result<(), Refusal> {
    if let Some(alive) = payout.alive() {
        return Err(Refusal::AttemptAlive {
            payout: payout.id.clone(),
            attempt: alive.number,
        });
    }
    if payout.state() == PayoutState::Paid && !payout.open_return().is_zero() {
        return Ok(());
    }
    stands_at(
        payout,
        &[PayoutState::Rejected, PayoutState::Returned],
        step,
    )
}

/// What came back is no longer waiting.
fn release_returns(payout: &mut Payout) {
    for attempt in payout
        .attempts
        .iter_mut()
        .filter(|other| !other.is_disputed())
    {
        let released = attempt
            .released
            .fen()
            .saturating_add(attempt.open_return().fen());
        attempt.released = Money::from_fen(released);
    }
}

fn refuse_more(asked: Money, left: Money) -> Result<(), Refusal> {
    if asked > left {
        return Err(Refusal::MoreThanLeft { asked, left });
    }
    Ok(())
}

fn add(sum: Money, more: Money) -> Result<Money, Refusal> {
    sum.checked_add(more).map_err(|_| Refusal::Overflow)
}
