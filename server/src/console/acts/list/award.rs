//! From award to notice, for one payout.

use zhida_engine::payouts::{PayoutState, Role};

use super::super::{Act, Goes, Input, Names, Weight, Word};
use super::{ID, REASON, USUAL};

/// From award to notice, for one payout.
pub(in crate::console) const PAYOUT: &[Act] = &[
    Act {
        name: "propose",
        path: "/console/payouts/{id}/propose",
        title: "提出",
        roles: &[Role::Maker],
        states: &[PayoutState::Computed],
        verb: "propose",
        words: &[ID],
        ..USUAL
    },
    Act {
        name: "approve",
        path: "/console/payouts/{id}/approve",
        title: "审批通过",
        roles: &[Role::Approver],
        states: &[PayoutState::Checked],
        verb: "approve",
        words: &[ID],
        ..USUAL
    },
    Act {
        name: "send-back",
        path: "/console/payouts/{id}/send-back",
        title: "退回经办",
        hint: "释放占用的指标,由经办重新提出",
        roles: &[Role::Checker, Role::Approver],
        states: &[PayoutState::Proposed, PayoutState::Checked],
        verb: "send-back",
        words: &[ID, REASON],
        ..USUAL
    },
    Act {
        name: "drop",
        path: "/console/payouts/{id}/drop",
        title: "不予兑付",
        hint: "这一笔就此终结,不能恢复",
        roles: &[Role::Checker, Role::Approver],
        weight: Weight::Grave,
        states: &[PayoutState::Proposed, PayoutState::Checked],
        verb: "drop",
        words: &[ID, REASON],
        ..USUAL
    },
    Act {
        name: "object",
        path: "/console/payouts/{id}/object",
        title: "登记异议",
        hint: "只停这一笔,同一份公示的其他各笔照常",
        roles: &[Role::Maker],
        states: &[PayoutState::OnNotice],
        verb: "object",
        words: &[
            ID,
            Word::new("by", Goes::Option("--by"), "提出人", Input::Maybe)
                .hint("可以匿名:不填写就是匿名"),
            Word::new("text", Goes::Paper("--text"), "异议书", Input::File),
        ],
        ..USUAL
    },
    Act {
        name: "resolve",
        path: "/console/payouts/{id}/resolve",
        title: "处理异议",
        hint: "由审批人员会签后生效",
        roles: &[Role::Checker],
        states: &[PayoutState::Objected],
        verb: "resolve",
        words: &[
            ID,
            Word::new("objection", Goes::Itself, "第几号异议", Input::Number),
            Word::new(
                "finding",
                Goes::OneOf(FINDINGS),
                "处理意见",
                Input::Pick(&[
                    ("unfounded", "异议不成立,公示继续"),
                    ("founded", "异议成立,不予兑付"),
                ]),
            ),
            Word::new("text", Goes::Paper("--text"), "处理意见书", Input::File),
        ],
        ..USUAL
    },
    Act {
        name: "amend",
        path: "/console/payouts/{id}/amend",
        title: "更正金额",
        hint: "异议成立而金额有变:按最近一次清算的金额从头再走,由审批人员会签后生效",
        roles: &[Role::Checker],
        states: &[PayoutState::Objected],
        verb: "amend",
        words: &[
            Word::added(Goes::Sweep),
            Word::added(Goes::Settings),
            Word::new("id", Goes::Option("--payout"), "", Input::Unseen).naming(Names::Payout),
            Word::new(
                "objection",
                Goes::Option("--objection"),
                "第几号异议",
                Input::Number,
            ),
            Word::new("text", Goes::Paper("--text"), "处理意见书", Input::File),
        ],
        ..USUAL
    },
];

const FINDINGS: &[(&str, &str)] = &[("unfounded", "--unfounded"), ("founded", "--founded")];
