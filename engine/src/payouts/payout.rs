//! One entitlement on its way to the account.

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Money};

use super::actor::Signature;
use super::attempt::{Attempt, AttemptState};
use super::claim::Claim;
use super::command::{Origin, Terms};
use super::ids::{BudgetLineId, EntitlementKey, NoticeId, PayoutId};
use super::moment::Moment;
use super::notice::Objection;

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

/// How far people have brought a payout; what banks say is in its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// The award is known.
    Computed,
    /// Proposed by a maker.
    Proposed,
    /// Checked by a second person.
    Checked,
    /// Approved.
    Approved,
    /// Shown in public.
    OnNotice,
    /// Objected to.
    Objected,
    /// Waiting for the enterprise.
    AwaitPayee,
    /// The enterprise has confirmed its account: attempts may be made.
    Confirmed,
    /// A refused or returned payment may be made again.
    Reissue,
    /// The enterprise does not want it.
    Declined,
    /// The enterprise never answered.
    Expired,
    /// Given up.
    Cancelled,
    /// Paid, matched three ways, period closed.
    Settled,
}

/// Where a payout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PayoutState {
    /// The award is known.
    Computed,
    /// Proposed by a maker.
    Proposed,
    /// Checked by a second person.
    Checked,
    /// Approved.
    Approved,
    /// Shown in public.
    OnNotice,
    /// Objected to.
    Objected,
    /// Waiting for the enterprise.
    AwaitPayee,
    /// The enterprise has confirmed its account.
    Confirmed,
    /// In a batch that can still change.
    Batched,
    /// In a sealed file.
    Sealed,
    /// The file may be leaving.
    Sending,
    /// The channel has it.
    Sent,
    /// The bank has taken it on.
    Accepted,
    /// Nobody knows.
    Unknown,
    /// The money moved.
    Paid,
    /// The bank refused it.
    Rejected,
    /// All of it came back.
    Returned,
    /// It may be paid again.
    Reissue,
    /// Paid, matched, period closed.
    Settled,
    /// The enterprise does not want it.
    Declined,
    /// The enterprise never answered.
    Expired,
    /// Given up.
    Cancelled,
}

impl PayoutState {
    /// All of them, in the order of a payout's life.
    pub const ALL: [Self; 22] = [
        Self::Computed,
        Self::Proposed,
        Self::Checked,
        Self::Approved,
        Self::OnNotice,
        Self::Objected,
        Self::AwaitPayee,
        Self::Confirmed,
        Self::Batched,
        Self::Sealed,
        Self::Sending,
        Self::Sent,
        Self::Accepted,
        Self::Unknown,
        Self::Paid,
        Self::Rejected,
        Self::Returned,
        Self::Reissue,
        Self::Settled,
        Self::Declined,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The name in exports and lists.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Computed => "COMPUTED",
            Self::Proposed => "PROPOSED",
            Self::Checked => "CHECKED",
            Self::Approved => "APPROVED",
            Self::OnNotice => "ON_NOTICE",
            Self::Objected => "OBJECTED",
            Self::AwaitPayee => "AWAIT_PAYEE",
            Self::Confirmed => "CONFIRMED",
            Self::Batched => "BATCHED",
            Self::Sealed => "SEALED",
            Self::Sending => "SENDING",
            Self::Sent => "SENT",
            Self::Accepted => "ACCEPTED",
            Self::Unknown => "UNKNOWN",
            Self::Paid => "PAID",
            Self::Rejected => "REJECTED",
            Self::Returned => "RETURNED",
            Self::Reissue => "REISSUE",
            Self::Settled => "SETTLED",
            Self::Declined => "DECLINED",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The Chinese name.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Computed => "已核算",
            Self::Proposed => "已提出",
            Self::Checked => "已复核",
            Self::Approved => "已审批",
            Self::OnNotice => "公示中",
            Self::Objected => "有异议",
            Self::AwaitPayee => "待企业确认",
            Self::Confirmed => "已确认",
            Self::Batched => "已组批",
            Self::Sealed => "已封批",
            Self::Sending => "发送中",
            Self::Sent => "已发送",
            Self::Accepted => "银行已受理",
            Self::Unknown => "状态未知",
            Self::Paid => "已支付",
            Self::Rejected => "银行拒付",
            Self::Returned => "已退票",
            Self::Reissue => "待重发",
            Self::Settled => "已办结",
            Self::Declined => "企业放弃",
            Self::Expired => "逾期未确认",
            Self::Cancelled => "已取消",
        }
    }
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

    /// The attempt that may be moving money.
    #[must_use]
    pub fn alive(&self) -> Option<&Attempt> {
        let mut attempts = self.attempts.iter();
        attempts.find(|attempt| attempt.state().is_alive())
    }

    /// What left the account for it and has not come back; disputed money apart.
    #[must_use]
    pub fn moved(&self) -> Money {
        self.sum(|attempt| match attempt.state() {
            AttemptState::Disputed => Money::default(),
            AttemptState::Batched
            | AttemptState::Sealed
            | AttemptState::Sending
            | AttemptState::Sent
            | AttemptState::Accepted
            | AttemptState::Unknown
            | AttemptState::Paid
            | AttemptState::PartReturned
            | AttemptState::Returned
            | AttemptState::Rejected
            | AttemptState::Voided => attempt.moved(),
        })
    }

    /// What the enterprise has had of it and has not given back.
    #[must_use]
    pub fn kept(&self) -> Money {
        let had = self.moved().fen().saturating_add(self.offset.fen());
        let back = self.claims.iter().fold(0i64, |back, claim| {
            let settled = claim.recovered.fen().saturating_add(claim.offset.fen());
            back.saturating_add(settled)
        });
        Money::from_fen(had.saturating_sub(back).max(0))
    }

    /// What came back and nobody has decided on.
    #[must_use]
    pub fn open_return(&self) -> Money {
        self.sum(|attempt| match attempt.state() {
            AttemptState::Disputed => Money::default(),
            AttemptState::Batched
            | AttemptState::Sealed
            | AttemptState::Sending
            | AttemptState::Sent
            | AttemptState::Accepted
            | AttemptState::Unknown
            | AttemptState::Paid
            | AttemptState::PartReturned
            | AttemptState::Returned
            | AttemptState::Rejected
            | AttemptState::Voided => attempt.open_return(),
        })
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
        self.attempts
            .iter()
            .any(|attempt| !attempt.questions().is_empty())
    }

    /// Whether an objection has no finding yet.
    #[must_use]
    pub fn has_open_objection(&self) -> bool {
        self.objections.iter().any(Objection::is_open)
    }

    fn sum(&self, part: impl Fn(&Attempt) -> Money) -> Money {
        let fen = self
            .attempts
            .iter()
            .fold(0i64, |sum, attempt| sum.saturating_add(part(attempt).fen()));
        Money::from_fen(fen)
    }
}
