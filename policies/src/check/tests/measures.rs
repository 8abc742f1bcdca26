//! Statements of measures, declarations, caps, funds and groups.

use super::block;

/// A measure with more statements must give these faults.
#[track_caller]
fn statement(more: &str, expected: &[&str]) {
    block(
        &format!("事项 m \"m\"\n资格 规上企业\n金额 1元 取整 元 舍去\n{more}"),
        expected,
    );
}

#[test]
fn a_measure_is_whole() {
    statement("", &[]);
    block("事项 m \"m\"\n资格 规上企业", &["Z05 m"]);
    block("事项 m \"m\"\n金额 1元 取整 元 舍去", &["Z05 m"]);
    block("事项 m \"m\"\n资格 规上企业\n金额 1元", &["Z05 金额 1元"]);
    statement("金额 2元 取整 元 舍去", &["Z05 金额"]);
    statement("上限金额 2元 取整 元 舍去", &["Z05 上限金额"]);
    statement("周期 每年\n周期 每月", &["Z05 周期"]);
}

#[test]
fn parts_make_a_whole() {
    statement("分期 60%, 40% 若 规上企业", &[]);
    statement("分期 60%, 30%", &["Z05 60%, 30%"]);
    statement("分期 营业收入, 40%", &["Z03 营业收入"]);
    statement("分担 省 50%, 市 50%", &[]);
    statement("分担 省 50%, 省 50%", &["Z05 省"]);
    statement("分担 省 50%, 市 51%", &["Z05 省 50%, 市 51%"]);
    statement("起付 -1元", &["Z03 -1元"]);
    statement("起付 营业收入", &["Z03 营业收入"]);
    statement("名额 5 按 企业规模", &["Z03 企业规模"]);
    statement("收款方 贷款银行", &[]);
    statement("收款方 营业收入", &["Z03 营业收入"]);
}

#[test]
fn intermediate_values_have_names_of_their_own() {
    statement("设 甲 = 营业收入", &[]);
    statement("设 甲 = 营业收入\n设 甲 = 研发费用", &["Z05 甲"]);
    statement("设 研发费用 = 营业收入", &["Z05 研发费用"]);
    statement("设 年度 = 营业收入", &["Z05 年度"]);
    statement("设 甲 : 数 = 营业收入", &["Z03 营业收入"]);
    statement("设 甲 = 乙\n设 乙 = 营业收入", &["Z02 乙"]);
}

#[test]
fn declarations_have_names_of_their_own() {
    block("定义 甲 = 1\n定义 甲 = 2", &["Z05 甲"]);
    block("定义 营业收入 = 1元", &["Z05 营业收入"]);
    block("定义 年度 = 2025", &["Z05 年度"]);
    block("定义 甲 = 1\n参数 甲 { 2025-01-01 : 1 }", &["Z05 甲"]);
    block("参数 甲 { 2025-01-01 : 1, 2026-01-01 : 2 }", &[]);
    block(
        "参数 甲 { 2025-01-01 : 1, 2025-01-01 : 2 }",
        &["Z05 2025-01-01"],
    );
    block("参数 甲 { 2025-01-01 : 1, 2026-01-01 : 2元 }", &["Z03 2元"]);
    block("参数 甲 { 2025-01-01 : 从业人员 }", &["Z03 从业人员"]);
}

#[test]
fn groups_name_measures_that_exist() {
    statement("限额 c = 5元 适用 m 每 年", &[]);
    statement("限额 c = 5元 适用 p/m 每 年 按 贷款银行", &[]);
    statement("限额 c = 5 适用 m", &["Z03 5"]);
    statement("限额 c = 5元 适用 n", &["Z02 n"]);
    statement("限额 c = 5元 适用 m, m", &["Z05 m"]);
    statement("限额 c = 5元 适用 m 按 营业收入", &["Z03 营业收入"]);
    statement("限额 c = 5元 适用 m 按 银行", &["Z02 银行"]);
    statement("限额 m = 5元 适用 m", &["Z05 m"]);
    statement("就高 h 适用 m", &["Z05 h"]);
    statement("资金 f \"f\" 预算 5万元 不足时 停发", &[]);
    statement("资金 f \"f\" 预算 -5元 不足时 停发", &["Z03 -5元"]);
    statement(
        "资金 f \"f\" 预算 5元 不足时 按排名 规上企业",
        &["Z03 规上企业"],
    );
}
