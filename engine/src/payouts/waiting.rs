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
    /// Who must act next, and since when it waits for him.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        let (on, step) = if self.has_questions() {
            (WaitsFor::Role(Role::Reconciler), "核销疑问")
        } else {
            match self.state() {
                PayoutState::Computed => (WaitsFor::Role(Role::Maker), "提出"),
                PayoutState::Proposed => (WaitsFor::Role(Role::Checker), "复核"),
                PayoutState::Checked => (WaitsFor::Role(Role::Approver), "审批"),
                PayoutState::Approved => (WaitsFor::Role(Role::Maker), "公示"),
                PayoutState::OnNotice => (WaitsFor::Time, "公示期满"),
                PayoutState::Objected => (WaitsFor::Role(Role::Checker), "处理异议"),
                PayoutState::AwaitPayee => (WaitsFor::Role(Role::Enterprise), "确认账户"),
                PayoutState::Confirmed | PayoutState::Reissue => {
                    (WaitsFor::Role(Role::PaymentMaker), "组批")
                }
                PayoutState::Batched => (WaitsFor::Role(Role::PaymentChecker), "封批"),
                PayoutState::Sealed => (WaitsFor::Channel, "发送"),
                PayoutState::Sending => (WaitsFor::Channel, "确认已发送"),
                PayoutState::Sent | PayoutState::Accepted => (WaitsFor::Bank, "银行答复"),
                PayoutState::Unknown => (WaitsFor::Role(Role::Reconciler), "查证"),
                PayoutState::Rejected | PayoutState::Returned => {
                    (WaitsFor::Role(Role::Maker), "重新支付或取消")
                }
                PayoutState::Paid if !self.open_return().is_zero() => {
                    (WaitsFor::Role(Role::Maker), "退回部分重新支付或取消")
                }
                PayoutState::Paid => (WaitsFor::Role(Role::Reconciler), "办结"),
                PayoutState::Settled
                | PayoutState::Declined
                | PayoutState::Expired
                | PayoutState::Cancelled => (WaitsFor::Nobody, "已终结"),
            }
        };
        Waiting {
            on,
            step,
            since: self.since,
        }
    }
}
