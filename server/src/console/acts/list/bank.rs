//! Batches, and what banks say.

use zhida_engine::payouts::Role;

use super::super::{Act, Goes, Input, Names, Weight, Word};
use super::USUAL;

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
