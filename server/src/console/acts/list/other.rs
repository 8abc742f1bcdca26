//! Signatures, accounts, enterprises and funds.

use zhida_engine::payouts::Role;

use super::super::{Act, Goes, Input, Names, Weight, Word};
use super::{DOCUMENT, REASON, USUAL};

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
