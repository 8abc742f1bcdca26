//! What waits, for whom and since when.

use super::actor::Role;
use super::moment::Moment;
use super::payout::Payout;
use super::stage::PayoutState;

/// Who must act next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitsFor {
    /// Somebody in this role.
    Role(Role),
    /// The clock: a notice must run out.
    Time,
    /// The bank.
    Bank,
    /// The channel to the bank.
    Channel,
    /// Nobody: it has ended.
    Nobody,
}

/// What is to be done next, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// What a bank said must be looked into.
    Clear,
    /// It must be proposed.
    Propose,
    /// It must be checked.
    Check,
    /// It must be approved.
    Approve,
    /// It must be shown in public.
    Publish,
    /// The notice must run out.
    EndNotice,
    /// An objection must be dealt with.
    DealWithObjection,
    /// The enterprise must confirm its account.
    Confirm,
    /// It must be put into a batch.
    Batch,
    /// The batch must be sealed.
    Seal,
    /// The batch must be sent.
    Send,
    /// It must be known whether the batch was sent.
    MarkSent,
    /// The bank must answer.
    Answer,
    /// It must be found out what the bank did.
    Investigate,
    /// It must be paid again or given up.
    PayAgain,
    /// What came back of it must be paid again or given up.
    PayRestAgain,
    /// It must be settled.
    Settle,
    /// It has ended.
    Ended,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Clear,
        Self::Propose,
        Self::Check,
        Self::Approve,
        Self::Publish,
        Self::EndNotice,
        Self::DealWithObjection,
        Self::Confirm,
        Self::Batch,
        Self::Seal,
        Self::Send,
        Self::MarkSent,
        Self::Answer,
        Self::Investigate,
        Self::PayAgain,
        Self::PayRestAgain,
        Self::Settle,
        Self::Ended,
    ];

    /// What it is called in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clear => "CLEAR",
            Self::Propose => "PROPOSE",
            Self::Check => "CHECK",
            Self::Approve => "APPROVE",
            Self::Publish => "PUBLISH",
            Self::EndNotice => "END_NOTICE",
            Self::DealWithObjection => "DEAL_WITH_OBJECTION",
            Self::Confirm => "CONFIRM",
            Self::Batch => "BATCH",
            Self::Seal => "SEAL",
            Self::Send => "SEND",
            Self::MarkSent => "MARK_SENT",
            Self::Answer => "ANSWER",
            Self::Investigate => "INVESTIGATE",
            Self::PayAgain => "PAY_AGAIN",
            Self::PayRestAgain => "PAY_REST_AGAIN",
            Self::Settle => "SETTLE",
            Self::Ended => "ENDED",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Clear => "核销疑问",
            Self::Propose => "提出",
            Self::Check => "复核",
            Self::Approve => "审批",
            Self::Publish => "公示",
            Self::EndNotice => "公示期满",
            Self::DealWithObjection => "处理异议",
            Self::Confirm => "确认账户",
            Self::Batch => "组批",
            Self::Seal => "封批",
            Self::Send => "发送",
            Self::MarkSent => "确认已发送",
            Self::Answer => "银行答复",
            Self::Investigate => "查证",
            Self::PayAgain => "重新支付或取消",
            Self::PayRestAgain => "退回部分重新支付或取消",
            Self::Settle => "办结",
            Self::Ended => "已终结",
        }
    }

    /// Who must do it.
    #[must_use]
    pub const fn on(self) -> WaitsFor {
        match self {
            Self::Clear | Self::Investigate | Self::Settle => WaitsFor::Role(Role::Reconciler),
            Self::Propose | Self::Publish | Self::PayAgain | Self::PayRestAgain => {
                WaitsFor::Role(Role::Maker)
            }
            Self::Check | Self::DealWithObjection => WaitsFor::Role(Role::Checker),
            Self::Approve => WaitsFor::Role(Role::Approver),
            Self::EndNotice => WaitsFor::Time,
            Self::Confirm => WaitsFor::Role(Role::Enterprise),
            Self::Batch => WaitsFor::Role(Role::PaymentMaker),
            Self::Seal => WaitsFor::Role(Role::PaymentChecker),
            Self::Send | Self::MarkSent => WaitsFor::Channel,
            Self::Answer => WaitsFor::Bank,
            Self::Ended => WaitsFor::Nobody,
        }
    }
}

/// One line of a work list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who must act.
    pub on: WaitsFor,
    /// What is to be done.
    pub step: &'static str,
    /// Since when it waits.
    pub since: Moment,
}

impl Payout {
    /// What is to be done next.
    #[must_use]
    pub fn next_step(&self) -> Step {
        if self.has_questions() {
            return Step::Clear;
        }
        match self.state() {
            PayoutState::Computed => Step::Propose,
            PayoutState::Proposed => Step::Check,
            PayoutState::Checked => Step::Approve,
            PayoutState::Approved => Step::Publish,
            PayoutState::OnNotice => Step::EndNotice,
            PayoutState::Objected => Step::DealWithObjection,
            PayoutState::AwaitPayee => Step::Confirm,
            PayoutState::Confirmed | PayoutState::Reissue => Step::Batch,
            PayoutState::Batched => Step::Seal,
            PayoutState::Sealed => Step::Send,
            PayoutState::Sending => Step::MarkSent,
            PayoutState::Sent | PayoutState::Accepted => Step::Answer,
            PayoutState::Unknown => Step::Investigate,
            PayoutState::Rejected | PayoutState::Returned => Step::PayAgain,
            PayoutState::Paid if !self.open_return().is_zero() => Step::PayRestAgain,
            PayoutState::Paid => Step::Settle,
            PayoutState::Settled
            | PayoutState::Declined
            | PayoutState::Expired
            | PayoutState::Cancelled => Step::Ended,
        }
    }

    /// Who must act next, and since when it waits for him.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        let step = self.next_step();
        Waiting {
            on: step.on(),
            step: step.chinese(),
            since: self.since,
        }
    }
}
