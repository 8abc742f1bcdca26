//! Warnings: W01 to W05.

use super::{condition, faults, library};

/// A measure below a text must give these faults, W02 and W05 apart.
#[track_caller]
fn below(law: &str, statements: &str, expected: &[&str]) {
    let library = library(
        law,
        &format!("事项 m \"m\"\n{statements}\n金额 1元 取整 元 舍去"),
    );
    assert_eq!(
        faults(&library),
        expected,
        "{law}\n{statements}\n{:#?}",
        library.faults
    );
}

/// The W02 and W05 warnings of a measure below a text, by what they point at.
fn pointed(law: &str, block: &str, code: &str) -> Vec<String> {
    let library = library(law, block);
    let text = &library.files[0].text;
    library
        .faults
        .iter()
        .filter(|fault| fault.code.to_string() == code)
        .map(|fault| text[fault.span.range()].to_owned())
        .collect()
}

#[test]
fn the_words_of_the_text_fit_the_comparison() {
    for (law, good, bad) in [
        ("5元以上", "营业收入 >= 5元", "营业收入 > 5元"),
        ("5元以下", "营业收入 <= 5元", "营业收入 < 5元"),
        ("超过5元", "营业收入 > 5元", "营业收入 >= 5元"),
        ("不满5元", "营业收入 < 5元", "营业收入 <= 5元"),
        ("5元(不含)以上", "营业收入 > 5元", "营业收入 >= 5元"),
        ("不低于5元", "5元 <= 营业收入", "5元 < 营业收入"),
        ("不超过5元", "营业收入 属于 <= 5元", "营业收入 属于 < 5元"),
        (
            "5元以上",
            "营业收入 属于 [5元..6元]",
            "营业收入 属于 (5元..6元]",
        ),
    ] {
        below(law, &format!("资格 {good}"), &[]);
        below(law, &format!("资格 {bad}"), &["W01 5元"]);
    }
    below("5元以上的", "除外 营业收入 < 5元\n资格 规上企业", &[]);
}

#[test]
fn figures_of_text_and_rules_are_the_same() {
    let measure = |award: &str| format!("事项 m \"m\"\n资格 规上企业\n金额 {award} 取整 元 舍去");
    assert!(pointed("奖励20万元", &measure("200000元"), "W02").is_empty());
    assert!(pointed("奖励二十万元", &measure("20万元"), "W02").is_empty());
    assert_eq!(
        pointed("奖励20万元", &measure("30万元"), "W02"),
        ["20万元", "30万元"]
    );
    assert_eq!(
        pointed("奖励20%", &measure("营业收入 * 2%"), "W02"),
        ["20%", "2%"]
    );
    assert_eq!(
        pointed("奖励20元", &measure("20万元"), "W02"),
        ["20元", "20万元"]
    );
    // Of a block with a syntax fault some figures were not read.
    assert!(pointed("奖励20万元", &measure("20万元 +"), "W02").is_empty());
}

#[test]
fn examples_are_enough() {
    let measure =
        |examples: &str| format!("事项 m \"m\"\n资格 规上企业\n金额 1元 取整 元 舍去\n{examples}");
    let (pays, refuses, lacks) = (
        "举例 规上企业 = 是 => 1元\n",
        "举例 规上企业 = 否 => 不符合\n",
        "举例 年度 = 2025 => 待核 规上企业\n",
    );
    assert!(pointed("文", &measure(&[pays, refuses, lacks].concat()), "W05").is_empty());
    for few in [
        "".to_owned(),
        [pays, refuses].concat(),
        [pays, pays, lacks].concat(),
        [refuses, refuses, lacks].concat(),
        [pays, refuses, refuses].concat(),
    ] {
        assert_eq!(pointed("文", &measure(&few), "W05"), ["m"], "{few}");
    }
}

#[test]
fn awards_linked_to_local_tax_are_seen_through_names() {
    let award = |award: &str| {
        let block = format!(
            "事项 m \"m\"\n设 甲 = 地方贡献\n资格 地方贡献 > 0元\n金额 {award} 取整 元 舍去"
        );
        pointed("文", &block, "W03").len()
    };
    assert_eq!(award("地方贡献 * 2"), 1);
    assert_eq!(award("甲 * 2"), 1);
    assert_eq!(award("如果 甲 > 5元 则 1元 否则 2元"), 1);
    assert_eq!(award("营业收入 * 2"), 0);
}

#[test]
fn conditions_can_hold_and_can_fail() {
    for never in [
        "1 > 2",
        "营业收入 属于 [5元..1元]",
        "营业收入 < 营业收入",
        "规上企业 且 非 规上企业",
        "营业收入 > 5元 且 营业收入 < 1元",
        "企业规模 = \"大型\" 且 企业规模 = \"中型\"",
        "行业 属于 \"C\" 且 行业 属于 \"F51\"",
        "行业 属于 \"C13\" 且 行业 不属于 \"C\"",
    ] {
        condition(never, &[&format!("W04 资格 {never}")]);
    }
    for always in ["2 > 1", "营业收入 > 5元 或 营业收入 <= 5元", "非 否"] {
        condition(always, &[&format!("W04 资格 {always}")]);
    }
    for fine in [
        "是",
        "营业收入 > 5元 或 营业收入 < 5元",
        "营业收入 >= 5元 且 营业收入 <= 5元",
        "行业 属于 \"C\" 且 行业 不属于 \"C13\"",
        "资质 包含 \"高新技术企业\" 且 资质 包含 \"瞪羚企业\"",
    ] {
        condition(fine, &[]);
    }
    below("文", "除外 是\n资格 规上企业", &["W04 除外 是"]);
    below("文", "除外 规上企业\n资格 规上企业", &["W04 除外 规上企业"]);
    below(
        "文",
        "资格 规上企业\n资格 非 规上企业",
        &["W04 资格 非 规上企业"],
    );
}

#[test]
fn divisions_by_a_figure_are_guarded() {
    let rate = "营业收入 / 营业收入@上年 >= 2";
    below("文", &format!("资格 {rate}"), &["W04 营业收入@上年"]);
    for guard in [
        "除外 营业收入@上年 <= 0元",
        "除外 营业收入@上年 = 0元",
        "除外 0元 >= 营业收入@上年",
        "除外 规上企业 或 营业收入@上年 <= 0元",
        "设 甲 = 营业收入@上年\n除外 甲 <= 0元",
        "资格 营业收入@上年 > 0元",
        "资格 营业收入@上年 属于 (0元..9元]",
    ] {
        below("文", &format!("{guard}\n资格 {rate}"), &[]);
    }
    for useless in [
        "除外 营业收入@上年 < 0元",
        "除外 营业收入 <= 0元",
        "除外 规上企业 且 营业收入@上年 <= 0元",
        "资格 营业收入@上年 >= 0元",
    ] {
        below(
            "文",
            &format!("{useless}\n资格 {rate}"),
            &["W04 营业收入@上年"],
        );
    }
    below("文", &format!("资格 营业收入@上年 > 0元 且 {rate}"), &[]);
    below(
        "文",
        &format!("资格 如果 营业收入@上年 > 0元 则 {rate} 否则 否"),
        &[],
    );
    below(
        "文",
        "设 甲 = 营业收入@上年\n除外 营业收入@上年 <= 0元\n资格 营业收入 / 甲 > 2",
        &[],
    );
    below("文", "设 甲 = 5\n资格 从业人员 / 甲 > 2", &[]);
}
