//! How far people have brought a payout, and where it stands with what the bank says.

use serde::{Deserialize, Serialize};

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
