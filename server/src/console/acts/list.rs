//! All acts, by the page that they belong to.

use zhida_engine::payouts::{PayoutState, Role};

use super::{Act, Goes, Input, Names, Weight, Word};

/// All of them.
pub(in crate::console) fn all() -> impl Iterator<Item = &'static Act> {
    let lists = [PAYOUT, AFTER, BULK, BATCH, BANK, OTHER];
    lists.into_iter().flatten()
}

/// The act of a name.
pub(in crate::console) fn named(name: &str) -> Option<&'static Act> {
    all().find(|act| act.name == name)
}

const ID: Word = Word::of_path("id", Names::Payout);
const REASON: Word = Word::new("reason", Goes::Option("--reason"), "理由", Input::Line);
const EVIDENCE: Word = Word::new(
    "evidence",
    Goes::Paper("--evidence"),
    "查证材料",
    Input::File,
);
const CLAIM: Word = Word::new("claim", Goes::Itself, "第几号追回", Input::Number);
const DOCUMENT: Word = Word::new(
    "document",
    Goes::Option("--document"),
    "决定文号",
    Input::Line,
);
const ONE: &str = "/console/payouts/{id}";

/// What one payout leaves room for.
const USUAL: Act = Act {
    name: "",
    path: "",
    back: ONE,
    title: "",
    hint: "",
    roles: &[],
    weight: Weight::Usual,
    states: &[],
    verb: "",
    words: &[],
};

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

const BATCH_ID: Word = Word::of_path("id", Names::Batch);
const ONE_BATCH: Act = Act {
    back: "/console/batches/{id}",
    ..USUAL
};

/// What a batch leaves room for.
pub(in crate::console) const BATCH: &[Act] = &[
    Act {
        name: "unbatch",
        path: "/console/batches/{id}/unbatch",
        title: "移出批次",
        roles: &[Role::PaymentMaker, Role::PaymentChecker],
        verb: "unbatch",
        words: &[
            BATCH_ID,
            Word::new("payout", Goes::Itself, "兑付事项", Input::Unseen).naming(Names::Payout),
        ],
        ..ONE_BATCH
    },
    Act {
        name: "seal",
        path: "/console/batches/{id}/seal",
        title: "封批",
        hint: "笔数和金额由您自己清点后填写,与批次不一致就不能封;封好的文件一个字节也不能再改",
        roles: &[Role::PaymentChecker],
        weight: Weight::Money,
        verb: "seal",
        words: &[
            BATCH_ID,
            Word::new(
                "count",
                Goes::Option("--count"),
                "清点的笔数",
                Input::Number,
            ),
            Word::new(
                "total",
                Goes::Option("--total"),
                "清点的金额(元)",
                Input::Yuan,
            ),
        ],
        ..ONE_BATCH
    },
    Act {
        name: "send",
        path: "/console/batches/{id}/send",
        title: "发送",
        hint: "把封好的文件放到交换文件夹,银行或预算系统来取",
        roles: &[Role::PaymentMaker],
        weight: Weight::Money,
        verb: "send",
        words: &[BATCH_ID, Word::added(Goes::Folder("--to", "bank"))],
        ..ONE_BATCH
    },
    Act {
        name: "hand-over",
        path: "/console/batches/{id}/hand-over",
        title: "确认已送交银行",
        hint: "人工送交的;由支付复核会签后生效",
        roles: &[Role::PaymentMaker],
        weight: Weight::Money,
        verb: "hand-over",
        words: &[
            BATCH_ID,
            Word::new(
                "statement",
                Goes::Paper("--statement"),
                "签字的交接单",
                Input::File,
            ),
        ],
        ..ONE_BATCH
    },
    Act {
        name: "void",
        path: "/console/batches/{id}/void",
        title: "作废批次",
        hint: "只用于确实没有送出的;由支付复核会签后生效",
        roles: &[Role::PaymentMaker],
        weight: Weight::Grave,
        verb: "void",
        words: &[
            BATCH_ID,
            Word::new(
                "reason",
                Goes::Option("--reason"),
                "为什么能确定没有送出",
                Input::Line,
            ),
        ],
        ..ONE_BATCH
    },
];

/// What comes from a bank, and closing what it settled.
pub(in crate::console) const BANK: &[Act] = &[
    Act {
        name: "answer",
        path: "/console/answers/read",
        back: "/console/answers",
        title: "登记银行答复",
        hint: "pain.002、camt.053、camt.054、pacs.004 或银行文本;同一内容读几遍都一样",
        roles: &[Role::Reconciler, Role::PaymentMaker],
        verb: "answer",
        words: &[
            Word::new("file", Goes::File, "答复文件", Input::File),
            Word::new("payer", Goes::Option("--payer"), "付款账户", Input::Offered)
                .naming(Names::Payer),
        ],
        ..USUAL
    },
    Act {
        name: "close",
        path: "/console/reconciliation/close",
        back: "/console/reconciliation",
        title: "结账",
        hint: "此日及以前不再记账;由审批人员会签后生效",
        roles: &[Role::Reconciler],
        verb: "close",
        words: &[
            Word::added(Goes::OwnBureau("--bureau")),
            Word::new("until", Goes::Itself, "账期最后一天", Input::Day),
        ],
        ..USUAL
    },
    Act {
        name: "tick",
        path: "/console/notices/tick",
        back: "/console/notices",
        title: "办理到点的事",
        hint: "公示期满、逾期未确认、久无银行答复",
        roles: &[Role::Maker, Role::Reconciler],
        verb: "tick",
        words: &[],
        ..USUAL
    },
];

const OFFICIALS: &[Role] = &[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
];

/// Signatures, accounts, enterprises and funds.
pub(in crate::console) const OTHER: &[Act] = &[
    Act {
        name: "sign",
        path: "/console/motions/{id}/sign",
        back: "/console/motions",
        title: "会签",
        roles: OFFICIALS,
        weight: Weight::Money,
        verb: "sign",
        words: &[Word::of_path("id", Names::Motion)],
        ..USUAL
    },
    Act {
        name: "withdraw",
        path: "/console/motions/{id}/withdraw",
        back: "/console/motions",
        title: "撤回或否决",
        roles: OFFICIALS,
        weight: Weight::Grave,
        verb: "withdraw",
        words: &[Word::of_path("id", Names::Motion), REASON],
        ..USUAL
    },
    Act {
        name: "payee",
        path: "/console/payees/import",
        back: "/console/payees",
        title: "登记收款账户",
        hint: "UTF-8 的 CSV,第一行是 uscc,name,account,cnaps,bank;一行有错就都不登记;由复核人员会签后生效",
        roles: &[Role::Maker],
        verb: "payee",
        words: &[Word::new("file", Goes::File, "账户清单", Input::File)],
        ..USUAL
    },
    Act {
        name: "bar",
        path: "/console/enterprises/{uscc}/bar",
        back: "/console/enterprises/{uscc}",
        title: "限制申享",
        hint: "到期以前不得享受;由复核人员会签后生效",
        roles: &[Role::Maker],
        weight: Weight::Grave,
        verb: "bar",
        words: &[
            Word::of_path("uscc", Names::Enterprise),
            Word::new("until", Goes::Option("--until"), "到哪一天", Input::Day),
            DOCUMENT,
        ],
        ..USUAL
    },
    Act {
        name: "block",
        path: "/console/enterprises/{uscc}/block",
        back: "/console/enterprises/{uscc}",
        title: "暂停付款",
        roles: &[Role::Checker],
        weight: Weight::Grave,
        verb: "block",
        words: &[Word::of_path("uscc", Names::Enterprise), REASON],
        ..USUAL
    },
    Act {
        name: "unblock",
        path: "/console/enterprises/{uscc}/unblock",
        back: "/console/enterprises/{uscc}",
        title: "恢复付款",
        hint: "由复核人员会签后生效",
        roles: &[Role::Maker],
        verb: "unblock",
        words: &[Word::of_path("uscc", Names::Enterprise), REASON],
        ..USUAL
    },
    Act {
        name: "grant",
        path: "/console/settings/grant",
        back: "/console/settings",
        title: "下达指标",
        hint: "由复核人员会签后生效",
        roles: &[Role::Maker],
        verb: "grant",
        words: &[
            Word::new("line", Goes::Itself, "指标", Input::Offered).naming(Names::Line),
            Word::new("amount", Goes::Itself, "金额(元)", Input::Yuan),
            Word::new("document", Goes::Option("--document"), "文号", Input::Line),
        ],
        ..USUAL
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::web::{Language, translated};

    #[test]
    fn no_two_acts_share_a_name_or_a_path() {
        let names: BTreeSet<&str> = all().map(|act| act.name).collect();
        let paths: BTreeSet<&str> = all().map(|act| act.path).collect();
        assert_eq!((names.len(), paths.len()), (all().count(), all().count()));
    }

    #[test]
    fn money_needs_a_second_factor() {
        for name in [
            "seal",
            "send",
            "hand-over",
            "clawback",
            "recover",
            "write-off",
            "sign",
        ] {
            let act = named(name).unwrap();
            assert_eq!(act.weight, Weight::Money, "{name}");
        }
    }

    #[test]
    fn every_act_can_be_said_in_english() {
        let mut missing = BTreeSet::new();
        let mut say = |text: &'static str| {
            if !text.is_empty() && translated(text, Language::English) == text {
                missing.insert(text);
            }
        };
        for act in all() {
            say(act.title);
            say(act.hint);
            for word in act.words {
                say(word.label);
                say(word.hint);
                if let Input::Pick(picks) = word.input {
                    picks.iter().for_each(|(_, label)| say(label));
                }
            }
        }
        assert!(missing.is_empty(), "no English for {missing:?}");
    }
}
