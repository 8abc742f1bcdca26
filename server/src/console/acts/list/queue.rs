//! One step for many payouts at once.

use zhida_engine::payouts::{PayoutState, Role};

use super::super::{Act, Goes, Input, Names, Word};
use super::{REASON, USUAL};

const QUEUE: Act = Act {
    back: "/console/review?step={step}",
    ..USUAL
};

/// The same step for all that a filter leaves.
pub(in crate::console) const BULK: &[Act] = &[
    Act {
        name: "propose-all",
        path: "/console/review/propose",
        title: "全部提出",
        roles: &[Role::Maker],
        states: &[PayoutState::Computed],
        verb: "propose",
        words: &[Word::added(Goes::Filtered(&[PayoutState::Computed]))],
        ..QUEUE
    },
    Act {
        name: "check-all",
        path: "/console/review/check",
        title: "重算并全部复核",
        hint: "先把清算重算一遍,逐笔对上才通过;企业多时要等一会儿",
        roles: &[Role::Checker],
        states: &[PayoutState::Proposed],
        verb: "check",
        words: &[
            Word::added(Goes::Sweep),
            Word::added(Goes::Settings),
            Word::added(Goes::Counted(&[PayoutState::Proposed])),
        ],
        ..QUEUE
    },
    Act {
        name: "approve-all",
        path: "/console/review/approve",
        title: "全部审批通过",
        roles: &[Role::Approver],
        states: &[PayoutState::Checked],
        verb: "approve",
        words: &[Word::added(Goes::Filtered(&[PayoutState::Checked]))],
        ..QUEUE
    },
    Act {
        name: "take",
        path: "/console/sweeps/take",
        back: "/console/review?step=propose",
        title: "生成兑付事项",
        hint: "先把清算重算一遍,与封存的结果一致才生成;已经生成过的不会重复",
        roles: &[Role::Maker],
        verb: "take",
        words: &[
            Word::added(Goes::Sweep),
            Word::added(Goes::Settings),
            Word::new(
                "measure",
                Goes::Option("--measure"),
                "只取这一事项",
                Input::Maybe,
            )
            .hint("不填写就是全部事项"),
            Word::new(
                "limit",
                Goes::Option("--limit"),
                "最多取多少笔",
                Input::Maybe,
            ),
        ],
        ..USUAL
    },
    Act {
        name: "send-back-proposed",
        path: "/console/review/send-back-proposed",
        title: "全部退回经办",
        hint: "释放占用的指标,由经办重新提出",
        roles: &[Role::Checker],
        states: &[PayoutState::Proposed],
        verb: "send-back",
        words: &[
            Word::added(Goes::Filtered(&[PayoutState::Proposed])),
            REASON,
        ],
        ..QUEUE
    },
    Act {
        name: "send-back-checked",
        path: "/console/review/send-back-checked",
        title: "全部退回经办",
        hint: "释放占用的指标,由经办重新提出",
        roles: &[Role::Approver],
        states: &[PayoutState::Checked],
        verb: "send-back",
        words: &[Word::added(Goes::Filtered(&[PayoutState::Checked])), REASON],
        ..QUEUE
    },
    Act {
        name: "notice",
        path: "/console/notices/publish",
        back: "/console/notices",
        title: "公示",
        hint: "每个事项一份名单,脱敏后公开;公示天数见单位设置",
        roles: &[Role::Maker],
        states: &[PayoutState::Approved],
        verb: "notice",
        words: &[
            Word::added(Goes::Filtered(&[PayoutState::Approved])),
            Word::added(Goes::Settings),
            Word::added(Goes::Folder("--out", "notices")),
        ],
        ..USUAL
    },
    Act {
        name: "batch",
        path: "/console/batches/make",
        back: "/console/batches",
        title: "组批",
        roles: &[Role::PaymentMaker],
        states: &[PayoutState::Confirmed, PayoutState::Reissue],
        verb: "batch",
        words: &[
            Word::added(Goes::Filtered(&[
                PayoutState::Confirmed,
                PayoutState::Reissue,
            ])),
            Word::new("payer", Goes::Option("--payer"), "付款账户", Input::Offered)
                .naming(Names::Payer),
            Word::new("date", Goes::Option("--date"), "付款日", Input::Day).hint("须是工作日"),
        ],
        ..USUAL
    },
    Act {
        name: "settle-all",
        path: "/console/reconciliation/settle",
        back: "/console/reconciliation",
        title: "全部办结",
        hint: "账期已结、三方对账一致的才会办结",
        roles: &[Role::Reconciler],
        states: &[PayoutState::Paid],
        verb: "settle",
        words: &[Word::added(Goes::Filtered(&[PayoutState::Paid]))],
        ..USUAL
    },
];
