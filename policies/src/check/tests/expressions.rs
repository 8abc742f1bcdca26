//! Names, operators, tests of values, calls and aggregates.

use super::{award, block, condition};

#[test]
fn arithmetic_keeps_money_and_numbers_apart() {
    for fine in [
        "营业收入 + 研发费用",
        "营业收入 - 研发费用",
        "营业收入 * 20%",
        "20% * 营业收入",
        "营业收入 / 3",
        "1元 * (营业收入 / 研发费用)",
        "-营业收入",
    ] {
        let faults: &[&str] = if fine.contains("/ 研发") {
            &["W04 研发费用"]
        } else {
            &[]
        };
        award(fine, faults);
    }
    for wrong in [
        "营业收入 + 20%",
        "20% + 营业收入",
        "营业收入 - 5",
        "营业收入 * 研发费用",
        "5 / 营业收入",
        "营业收入 + 规上企业",
        "营业收入 + 成立日期",
    ] {
        award(wrong, &[&format!("Z03 {wrong}")]);
    }
    award("营业收入 / 研发费用", &["Z03 营业收入 / 研发费用"]);
    award("-规上企业", &["Z03 规上企业"]);
}

#[test]
fn one_mistake_is_reported_once() {
    award("(营业收人 + 1元) * 20% + 营业收入", &["Z02 营业收人"]);
    award(
        "合计(新增员工, 参保月数, 参保月数) * 1元",
        &["Z03 参保月数"],
    );
    award(
        "计数(新增员工@一季度 其中 参保月数 > 0) * 1元",
        &["Z07 一季度"],
    );
}

#[test]
fn only_what_has_an_order_is_ranked() {
    condition(
        "营业收入 >= 1元 且 从业人员 < 3 且 成立日期 > 2020-01-01",
        &[],
    );
    for wrong in [
        "企业规模 >= \"中型\"",
        "行业 > \"C\"",
        "贷款银行 < \"甲\"",
        "规上企业 > 否",
        "营业收入 >= 5",
        "资质 = \"瞪羚企业\"",
        "新增员工 = 新增员工",
    ] {
        condition(wrong, &[&format!("Z03 {wrong}")]);
    }
    condition(
        "企业规模 属于 [\"大型\"..\"小型\"]",
        &["Z03 \"大型\"", "Z03 \"小型\""],
    );
    condition("最大(企业规模, \"大型\") = \"大型\"", &["Z03 企业规模"]);
}

#[test]
fn lists_of_members_are_closed() {
    condition(
        "企业规模 = \"大型\" 且 资质 包含 \"瞪羚企业\" 且 行业 属于 \"C13\"",
        &[],
    );
    condition("企业规模 = \"特大\"", &["Z07 \"特大\""]);
    condition("企业规模 属于 [\"大型\", \"大形\"]", &["Z07 \"大形\""]);
    condition("资质 包含 \"瞪羚\"", &["Z07 \"瞪羚\""]);
    condition("行业 属于 [\"C13\", \"C99\"]", &["Z07 \"C99\""]);
    condition("行业 = \"C99\"", &["Z07 \"C99\""]);
}

#[test]
fn periods_fit_their_facts() {
    condition(
        "营业收入@上年 > 0元 且 营业收入@2023 > 0元 且 用电量@1月..9月 > 0",
        &[],
    );
    condition("产值@上半年 > 0元 且 产值@上年一季度 > 0元", &[]);
    condition("营业收入@一季度 > 0元", &["Z07 一季度"]);
    condition("规上企业@上年", &["Z07 上年"]);
    condition("产值@2月 > 0元", &["Z07 2月"]);
    condition("营业收入@2024-01-01 > 0元", &["Z07 2024-01-01"]);
}

#[test]
fn aggregates_know_their_fields() {
    award("计数(新增员工 其中 参保月数 >= 6) * 1元", &[]);
    award("合计(新增员工, 参保月数 其中 登记失业) * 1元", &[]);
    condition(
        "存在(新增员工 其中 登记失业) 且 全部(新增员工, 参保月数 > 0)",
        &[],
    );
    award(
        "合计(新增员工, 登记失业) * 1元",
        &["Z03 合计(新增员工, 登记失业)"],
    );
    award("合计(新增员工) * 1元", &["Z03 合计(新增员工)"]);
    condition(
        "计数(新增员工, 参保月数) > 0",
        &["Z03 计数(新增员工, 参保月数)"],
    );
    condition(
        "计数(从业人员 其中 从业人员 > 0) > 0",
        &["Z03 从业人员 > 0"],
    );
    condition("参保月数 > 0", &["Z02 参保月数"]);
}

#[test]
fn calls_take_what_they_need() {
    award("最小(营业收入, 5元)", &[]);
    award("最小(营业收入, 5)", &["Z03 5"]);
    condition("复合增速不低于(营业收入, 2, 20%)", &[]);
    condition(
        "复合增速不低于(营业收入, 1.5, 20%)",
        &["Z03 复合增速不低于(营业收入, 1.5, 20%)"],
    );
    condition("复合增速不低于(规上企业, 2, 20%)", &["Z03 规上企业"]);
    condition("缺失(营业收入)", &[]);
    condition("取余(从业人员) = 0", &["Z03 取余"]);
}

#[test]
fn circles_are_reported_once_whatever_their_length() {
    block("定义 甲 = 甲 + 1", &["Z07 甲"]);
    block("定义 甲 = 乙 + 1\n定义 乙 = 甲 + 1", &["Z07 甲"]);
    block("定义 甲 = 乙\n定义 乙 = 丙\n定义 丙 = 甲 + 1", &["Z07 甲"]);
    block("定义 丁 = 甲\n定义 甲 = 乙\n定义 乙 = 甲 + 1", &["Z07 甲"]);
    block(
        "定义 甲 = 营业收入\n定义 乙 = 甲 + 甲@上年\n定义 丙 = 乙 + 甲",
        &[],
    );
}

#[test]
fn branches_agree() {
    award("如果 规上企业 则 1元 否则 2元", &[]);
    award("如果 规上企业 则 1元 否则 2", &["Z03 2"]);
    award("如果 营业收入 则 1元 否则 2元", &["Z03 营业收入"]);
}
