//! What follows once a bank has been told, for one payout.

use zhida_engine::payouts::{PayoutState, Role};

use super::super::{Act, Goes, Input, Names, Weight, Word};
use super::{CLAIM, DOCUMENT, EVIDENCE, ID, REASON, USUAL};

const PAID_OR_NOT: &[(&str, &str)] = &[("paid", "--paid"), ("unpaid", "--unpaid")];

/// What follows once a bank has been told, for one payout.
pub(in crate::console) const AFTER: &[Act] = &[
    Act {
        name: "unknown",
        path: "/console/payouts/{id}/unknown",
        title: "标为状态未知",
        hint: "过了时限没有最终答复;标注以后不会自动再付",
        roles: &[Role::Reconciler],
        states: &[
            PayoutState::Sending,
            PayoutState::Sent,
            PayoutState::Accepted,
        ],
        verb: "unknown",
        words: &[ID],
        ..USUAL
    },
    Act {
        name: "rule",
        path: "/console/payouts/{id}/rule",
        title: "凭证认定",
        hint: "由另一位对账人员会签后生效",
        roles: &[Role::Reconciler],
        states: &[PayoutState::Unknown],
        verb: "rule",
        words: &[
            ID,
            Word::new(
                "outcome",
                Goes::OneOf(PAID_OR_NOT),
                "凭证表明",
                Input::Pick(&[("paid", "已经付出"), ("unpaid", "没有付出")]),
            ),
            Word::new("on", Goes::Option("--on"), "凭证上的日期", Input::Day),
            Word::new(
                "evidence",
                Goes::Paper("--evidence"),
                "对账单或银行盖章的回函",
                Input::File,
            ),
        ],
        ..USUAL
    },
    Act {
        name: "question",
        path: "/console/payouts/{id}/question",
        title: "核销疑问",
        hint: "由另一位对账人员会签后生效",
        roles: &[Role::Reconciler],
        verb: "question",
        words: &[
            ID,
            Word::new("place", Goes::Itself, "第几个疑问", Input::Number),
            Word::new(
                "counts",
                Goes::Flag("--counts"),
                "有争议的那笔付款就是这项兑付",
                Input::Tick,
            ),
            EVIDENCE,
        ],
        ..USUAL
    },
    Act {
        name: "settle",
        path: "/console/payouts/{id}/settle",
        title: "办结",
        roles: &[Role::Reconciler],
        states: &[PayoutState::Paid],
        verb: "settle",
        words: &[ID],
        ..USUAL
    },
    Act {
        name: "reissue",
        path: "/console/payouts/{id}/reissue",
        title: "重新支付",
        hint: "银行拒付或退票的;由复核人员会签后重新组批",
        roles: &[Role::Maker],
        states: &[
            PayoutState::Rejected,
            PayoutState::Returned,
            PayoutState::Paid,
        ],
        verb: "reissue",
        words: &[
            ID,
            Word::new(
                "cause",
                Goes::Option("--cause"),
                "原因已怎样处理",
                Input::Line,
            ),
        ],
        ..USUAL
    },
    Act {
        name: "cancel",
        path: "/console/payouts/{id}/cancel",
        title: "取消兑付",
        hint: "还没有付出的部分不再付;由复核、审批人员会签后生效",
        roles: &[Role::Maker],
        weight: Weight::Grave,
        states: &[
            PayoutState::Approved,
            PayoutState::OnNotice,
            PayoutState::Objected,
            PayoutState::AwaitPayee,
            PayoutState::Confirmed,
            PayoutState::Rejected,
            PayoutState::Returned,
            PayoutState::Reissue,
        ],
        verb: "cancel",
        words: &[ID, REASON],
        ..USUAL
    },
    Act {
        name: "clawback",
        path: "/console/payouts/{id}/clawback",
        title: "追回",
        hint: "由复核、审批人员会签后生效",
        roles: &[Role::Maker],
        weight: Weight::Money,
        states: &[PayoutState::Paid, PayoutState::Settled],
        verb: "clawback",
        words: &[
            ID,
            Word::new("amount", Goes::Itself, "金额(元)", Input::Yuan),
            DOCUMENT,
            Word::new("due", Goes::Option("--due"), "限期", Input::Day),
            Word::new(
                "prior-year",
                Goes::Flag("--prior-year"),
                "列支年度已结,记入以前年度",
                Input::Tick,
            ),
            Word::new(
                "to-budget",
                Goes::Flag("--to-budget"),
                "收回后恢复指标",
                Input::Tick,
            ),
        ],
        ..USUAL
    },
    Act {
        name: "recover",
        path: "/console/payouts/{id}/recover",
        title: "认领追回款",
        hint: "一笔未达款是某项追回,多出的是利息;由另一位对账人员会签后生效",
        roles: &[Role::Reconciler],
        weight: Weight::Money,
        verb: "recover",
        words: &[
            ID,
            CLAIM,
            Word::new("line", Goes::Option("--line"), "未达款", Input::Offered)
                .naming(Names::BankLine),
        ],
        ..USUAL
    },
    Act {
        name: "offset",
        path: "/console/payouts/{id}/offset",
        title: "抵扣",
        hint: "用同一企业的另一项兑付抵追回;由复核、审批人员会签后生效",
        roles: &[Role::Maker],
        weight: Weight::Money,
        verb: "offset",
        words: &[
            ID,
            CLAIM,
            Word::new(
                "against",
                Goes::Option("--against"),
                "用来抵扣的兑付事项",
                Input::Offered,
            )
            .naming(Names::Payout),
            Word::new("amount", Goes::Option("--amount"), "金额(元)", Input::Yuan),
            Word::new("law", Goes::Option("--law"), "依据的条款", Input::Line),
        ],
        ..USUAL
    },
    Act {
        name: "withdraw-claim",
        path: "/console/payouts/{id}/withdraw-claim",
        title: "撤回追回",
        hint: "银行已退回的款,企业无从再还;由复核、审批人员会签后生效",
        roles: &[Role::Maker],
        weight: Weight::Money,
        verb: "withdraw-claim",
        words: &[
            ID,
            CLAIM,
            Word::new("amount", Goes::Itself, "金额(元)", Input::Yuan),
            DOCUMENT,
        ],
        ..USUAL
    },
    Act {
        name: "write-off",
        path: "/console/payouts/{id}/write-off",
        title: "核销追回",
        hint: "由另一位审批人员会签后生效",
        roles: &[Role::Approver],
        weight: Weight::Money,
        verb: "write-off",
        words: &[
            ID,
            CLAIM,
            Word::new("amount", Goes::Itself, "金额(元)", Input::Yuan),
            DOCUMENT,
        ],
        ..USUAL
    },
];
