//! One entitlement on its way to the account.

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Money};

use super::actor::Signature;
use super::attempt::{Attempt, AttemptState};
use super::claim::Claim;
use super::command::{Origin, Terms, award_digest};
use super::ids::{BudgetLineId, Digest, EntitlementKey, NoticeId, PayoutId};
use super::moment::Moment;
use super::notice::Objection;
use super::stage::{PayoutState, Stage};

/// One entitlement, from award to settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// Its name.
    pub id: PayoutId,
    /// What makes it the same one.
    pub key: EntitlementKey,
    /// The registered name of the enterprise.
    pub enterprise: String,
    /// What pays.
    pub line: BudgetLineId,
    /// The award.
    pub amount: Money,
    /// Of which one of several entitlements only one may be paid.
    pub exclusive: Option<String>,
    /// Where the amount comes from.
    pub origin: Origin,
    /// What the policy asks for on the way.
    pub terms: Terms,
    /// How far people have brought it.
    pub stage: Stage,
    /// Who signed for the present amount.
    pub signatures: Vec<Signature>,
    /// The notice that shows or showed it.
    pub notice: Option<NoticeId>,
    /// The last day of that notice.
    pub notice_until: Option<Date>,
    /// What was said against it.
    pub objections: Vec<Objection>,
    /// Until when the enterprise may confirm.
    pub confirm_until: Option<Date>,
    /// How often it was reminded.
    pub reminders: u16,
    /// The version of its account that the enterprise confirmed.
    pub payee_version: Option<u32>,
    /// Whether the expense has been booked; it is booked once.
    pub is_expensed: bool,
    /// What was given up of the award after it had been booked.
    pub given_up: Money,
    /// What of it was set against a claim on the same enterprise.
    pub offset: Money,
    /// The instructions, in their order.
    pub attempts: Vec<Attempt>,
    /// What is claimed back.
    pub claims: Vec<Claim>,
    /// When it came to where it stands.
    pub since: Moment,
}

impl Payout {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> PayoutState {
        match self.stage {
            Stage::Computed => PayoutState::Computed,
            Stage::Proposed => PayoutState::Proposed,
            Stage::Checked => PayoutState::Checked,
            Stage::Approved => PayoutState::Approved,
            Stage::OnNotice => PayoutState::OnNotice,
            Stage::Objected => PayoutState::Objected,
            Stage::Declined => PayoutState::Declined,
            Stage::Expired => PayoutState::Expired,
            Stage::Cancelled => PayoutState::Cancelled,
            Stage::Settled if self.open_return().is_zero() => PayoutState::Settled,
            Stage::Settled => self.told().unwrap_or(PayoutState::Settled),
            Stage::AwaitPayee => self.told().unwrap_or(PayoutState::AwaitPayee),
            Stage::Confirmed => self.told().unwrap_or(PayoutState::Confirmed),
            Stage::Reissue => self.told().unwrap_or(PayoutState::Reissue),
        }
    }

    /// Where its attempts put it; nothing where none of them holds it.
    fn told(&self) -> Option<PayoutState> {
        if self.is_expensed && self.unpaid().is_zero() && self.open_return().is_zero() {
            return Some(PayoutState::Paid);
        }
        let last = self.attempts.last()?;
        Some(match last.state() {
            AttemptState::Batched => PayoutState::Batched,
            AttemptState::Sealed => PayoutState::Sealed,
            AttemptState::Sending => PayoutState::Sending,
            AttemptState::Sent => PayoutState::Sent,
            AttemptState::Accepted => PayoutState::Accepted,
            AttemptState::Unknown => PayoutState::Unknown,
            AttemptState::Voided | AttemptState::Disputed => return None,
            // What came back in part leaves the rest paid; see the notes to edge 24.
            AttemptState::Paid | AttemptState::PartReturned | AttemptState::Returned
                if self.open_return().is_zero() =>
            {
                return None;
            }
            AttemptState::Paid | AttemptState::PartReturned => PayoutState::Paid,
            AttemptState::Returned if self.moved().is_zero() => PayoutState::Returned,
            AttemptState::Returned => PayoutState::Paid,
            // Once people have decided what follows, they hold it.
            AttemptState::Rejected if self.stage != Stage::Confirmed => return None,
            AttemptState::Rejected => PayoutState::Rejected,
        })
    }

    /// The award that it was made of, as [`Award::digest`](super::Award::digest) has it.
    #[must_use]
    pub fn award_digest(&self) -> Digest {
        award_digest(
            &self.key,
            (&self.enterprise, &self.line, self.amount),
            self.exclusive.as_ref(),
            (&self.origin, &self.terms),
        )
    }

    /// The attempt that may be moving money.
    #[must_use]
    pub fn alive(&self) -> Option<&Attempt> {
        let mut attempts = self.attempts.iter();
        attempts.find(|attempt| attempt.state().is_alive())
    }

    /// What left the account for it and has not come back; disputed money apart.
    #[must_use]
    pub fn moved(&self) -> Money {
        let moved = self.sum(Attempt::moved).fen();
        Money::from_fen(moved.saturating_add(self.back_twice().fen()))
    }

    /// What the bank returned although the enterprise had given it back for a claim: it lies in
    /// 未达 until people have found whose it is, and nothing is paid again before.
    #[must_use]
    pub fn back_twice(&self) -> Money {
        let had = self.sum(Attempt::moved).fen();
        let had = had.saturating_add(self.offset.fen());
        let twice = self.given_back().saturating_sub(had).max(0);
        Money::from_fen(twice).min(self.sum(Attempt::open_return))
    }

    /// What came back for claims.
    fn given_back(&self) -> i64 {
        self.claims.iter().fold(0i64, |back, claim| {
            let settled = claim.recovered.fen().saturating_add(claim.offset.fen());
            back.saturating_add(settled)
        })
    }

    /// What the enterprise has had of it and has not given back.
    #[must_use]
    pub fn kept(&self) -> Money {
        let had = self.moved().fen().saturating_add(self.offset.fen());
        Money::from_fen(had.saturating_sub(self.given_back()).max(0))
    }

    /// What came back and nobody has decided on.
    #[must_use]
    pub fn open_return(&self) -> Money {
        let open = self.sum(Attempt::open_return).fen();
        Money::from_fen(open.saturating_sub(self.back_twice().fen()))
    }

    /// The award without what was given up.
    #[must_use]
    pub fn owed(&self) -> Money {
        Money::from_fen(self.amount.fen().saturating_sub(self.given_up.fen()))
    }

    /// What is still to be paid: the amount of the next attempt. What came back counts once it
    /// may be paid again.
    #[must_use]
    pub fn unpaid(&self) -> Money {
        let settled = [self.moved(), self.open_return(), self.offset];
        let rest = settled.iter().fold(self.owed().fen(), |rest, part| {
            rest.saturating_sub(part.fen())
        });
        Money::from_fen(rest.max(0))
    }

    /// Whether a file with it may ever have left the house.
    #[must_use]
    pub fn was_attempted(&self) -> bool {
        let mut attempts = self.attempts.iter();
        attempts.any(|attempt| attempt.state() != AttemptState::Voided)
    }

    /// Whether people must look at something before money may move again.
    #[must_use]
    pub fn has_questions(&self) -> bool {
        let mut attempts = self.attempts.iter();
        attempts.any(|attempt| !attempt.questions().is_empty()) || !self.back_twice().is_zero()
    }

    /// Whether an objection has no finding yet.
    #[must_use]
    pub fn has_open_objection(&self) -> bool {
        self.objections.iter().any(Objection::is_open)
    }

    fn sum(&self, part: impl Fn(&Attempt) -> Money) -> Money {
        let counted = self.attempts.iter().filter(|other| !other.is_disputed());
        let fen = counted.fold(0i64, |sum, attempt| sum.saturating_add(part(attempt).fen()));
        Money::from_fen(fen)
    }

    /// What failed is given up for good: money that moves for it nevertheless is disputed.
    pub(super) fn replace_attempts(&mut self) {
        for attempt in &mut self.attempts {
            attempt.is_replaced |= !attempt.is_booked();
        }
    }
}
