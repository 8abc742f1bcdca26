//! How far a payout is, in six steps that an enterprise understands.

use zhida_engine::payouts::{FactKind, Moment, Payout, PayoutState, Role};
use zhida_policies::values::Date;

/// Where one step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepStanding {
    /// It lies behind.
    Done,
    /// It is being done.
    Now,
    /// It ended here.
    Stopped,
    /// It is to come.
    Later,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PayoutStep {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Where it stands.
    pub(crate) standing: StepStanding,
    /// When, as far as it is known.
    pub(crate) when: String,
}

impl PayoutStep {
    /// Its class in the progress line.
    pub(crate) const fn class(&self) -> &'static str {
        match self.standing {
            StepStanding::Done => "done",
            StepStanding::Now => "now",
            StepStanding::Stopped => "stopped",
            StepStanding::Later => "",
        }
    }

    /// Where it stands, for those who do not see colours.
    pub(crate) const fn word(&self) -> &'static str {
        match self.standing {
            StepStanding::Done => "已完成",
            StepStanding::Now => "进行中",
            StepStanding::Stopped => "已停止",
            StepStanding::Later => "未开始",
        }
    }
}

/// The names of the steps.
const NAMES: [&str; 6] = ["核算", "审核", "公示", "确认账户", "支付", "到账"];

/// The progress line of a payout.
pub(crate) fn steps(payout: &Payout) -> Vec<PayoutStep> {
    let (place, has_stopped) = place(payout);
    let step = |(number, name): (usize, &'static str)| {
        let standing = match number.cmp(&place) {
            std::cmp::Ordering::Less => StepStanding::Done,
            std::cmp::Ordering::Equal if has_stopped => StepStanding::Stopped,
            std::cmp::Ordering::Equal => StepStanding::Now,
            std::cmp::Ordering::Greater => StepStanding::Later,
        };
        PayoutStep {
            name,
            standing,
            when: when(payout, number),
        }
    };
    NAMES.into_iter().enumerate().map(step).collect()
}

/// The step at which a payout stands, and whether it ended there.
fn place(payout: &Payout) -> (usize, bool) {
    match payout.state() {
        PayoutState::Computed | PayoutState::Proposed | PayoutState::Checked => (1, false),
        PayoutState::Approved | PayoutState::OnNotice | PayoutState::Objected => (2, false),
        PayoutState::AwaitPayee => (3, false),
        PayoutState::Confirmed
        | PayoutState::Batched
        | PayoutState::Sealed
        | PayoutState::Sending
        | PayoutState::Sent
        | PayoutState::Accepted
        | PayoutState::Unknown
        | PayoutState::Rejected
        | PayoutState::Returned
        | PayoutState::Reissue => (4, false),
        PayoutState::Paid | PayoutState::Settled => (NAMES.len(), false),
        PayoutState::Declined | PayoutState::Expired => (3, true),
        PayoutState::Cancelled if payout.was_attempted() => (4, true),
        PayoutState::Cancelled if payout.notice.is_some() => (2, true),
        PayoutState::Cancelled => (1, true),
    }
}

fn when(payout: &Payout, step: usize) -> String {
    let signed = |roles: &[Role]| {
        let signatures = payout.signatures.iter();
        let signed = signatures.filter(|signature| signature.is_as(roles));
        signed.map(|signature| signature.at).max().map(day)
    };
    let found = match step {
        1 => signed(&[Role::Approver]),
        2 => payout.notice_until.map(|until| format!("至 {until}")),
        3 => signed(&[Role::Enterprise, Role::Clerk])
            .or_else(|| payout.confirm_until.map(|until| format!("请在 {until} 前"))),
        4 => payout.alive().map(|_| day(payout.since)),
        5 => paid_on(payout).map(|day| day.to_string()),
        _ => None,
    };
    found.unwrap_or_default()
}

/// The award period in words: 2025 年度, 2025 年度第 2 期, 一次性.
pub(crate) fn period(payout: &Payout) -> String {
    let (year, part) = match payout.key.period.split_once('#') {
        Some((year, part)) => (year, Some(part)),
        None => (payout.key.period.as_str(), None),
    };
    let year = match year {
        "once" => "一次性".to_owned(),
        year => format!("{year} 年度"),
    };
    let part = part.map_or_else(String::new, |part| format!("第 {part} 期"));
    let more = match payout.key.supplement {
        0 => String::new(),
        number => format!("(第 {number} 次补付)"),
    };
    format!("{year}{part}{more}")
}

/// The day on which the bank booked the payment.
pub(crate) fn paid_on(payout: &Payout) -> Option<Date> {
    let attempts = payout.attempts.iter();
    let facts = attempts.flat_map(|attempt| &attempt.facts);
    let booked = facts.filter(|fact| fact.kind == FactKind::Booked);
    booked.filter_map(|fact| fact.on).max()
}

/// The day of a moment in Beijing.
pub(crate) fn day(at: Moment) -> String {
    at.business_date().to_string()
}

/// Where a payout stands and what comes next, in words for its enterprise.
pub(crate) fn told(payout: &Payout) -> &'static str {
    if payout.has_questions() {
        return "银行的记录有待核对,工作人员正在处理";
    }
    match payout.state() {
        PayoutState::Computed => "金额已核算,等待审核",
        PayoutState::Proposed | PayoutState::Checked => "正在审核",
        PayoutState::Approved => "已审批,即将公示",
        PayoutState::OnNotice => "正在公示",
        PayoutState::Objected => "公示期间有人提出异议,正在核查",
        PayoutState::AwaitPayee => "请确认收款账户,确认后付款",
        PayoutState::Confirmed | PayoutState::Reissue => "账户已确认,等待付款",
        PayoutState::Batched | PayoutState::Sealed => "正在准备付款",
        PayoutState::Sending | PayoutState::Sent | PayoutState::Accepted => "已交银行办理",
        PayoutState::Unknown => "银行还没有答复,正在查证",
        PayoutState::Rejected => "银行没有付成,正在处理",
        PayoutState::Returned => "款项被退回,请核对收款账户",
        PayoutState::Paid | PayoutState::Settled => "款项已经付出",
        PayoutState::Declined => "您已放弃这笔兑付",
        PayoutState::Expired => "逾期没有确认账户,已终结",
        PayoutState::Cancelled => "已取消",
    }
}

/// The badge of a state.
pub(crate) const fn badge(state: PayoutState) -> &'static str {
    match state {
        PayoutState::Paid | PayoutState::Settled => "good",
        PayoutState::AwaitPayee | PayoutState::Objected | PayoutState::Unknown => "wait",
        PayoutState::Rejected
        | PayoutState::Returned
        | PayoutState::Expired
        | PayoutState::Cancelled => "bad",
        PayoutState::Declined => "none",
        PayoutState::Computed
        | PayoutState::Proposed
        | PayoutState::Checked
        | PayoutState::Approved
        | PayoutState::OnNotice
        | PayoutState::Confirmed
        | PayoutState::Batched
        | PayoutState::Sealed
        | PayoutState::Sending
        | PayoutState::Sent
        | PayoutState::Accepted
        | PayoutState::Reissue => "",
    }
}
