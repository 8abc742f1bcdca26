//! Tiers and decision tables.

use super::check_expression as check;

const STEP: &str = "分档(评分) { [10..20) : 20, [20..30) : 50, >= 30 : 100 }";

#[test]
fn step_takes_one_value_for_the_whole() {
    for (score, expected) in [
        ("10", "20"),
        ("19.999", "20"),
        ("20", "50"),
        ("30", "100"),
        ("9.999", "! NoTierMatches"),
    ] {
        check(&format!("评分 = {score}"), STEP, expected);
    }
    check("", STEP, "? 评分(2025年) [20..100]");
    check(
        "",
        "分档(评分) { < 10 : 5, >= 10 : 5 }",
        "? 评分(2025年) [5..5]",
    );
    check(
        "人数 = 0",
        "分档(1 / 人数) { < 10 : 5, >= 10 : 6 }",
        "! DivisionByZero",
    );
}

/// DOMAIN.md M44: 50/55/60/70/80 % of the parts up to 500, 1000, 2000, 5000万 and beyond.
const MARGINAL: &str = "累进(营业收入) { [0元..500万元) : 50%, [500万元..1000万元) : 55%, \
     [1000万元..2000万元) : 60%, [2000万元..5000万元) : 70%, >= 5000万元 : 80% }";

#[test]
fn marginal_takes_each_part_at_its_own_rate() {
    for (base, expected) in [
        ("0元", "0.00 元"),
        ("500万元", "2,500,000.00 元"),
        // 250万 + 0.55 × 500万 = 525万
        ("1000万元", "5,250,000.00 元"),
        // 525万 + 0.6 × 1000万 + 0.7 × 3000万 + 0.8 × 1000万 = 4025万
        ("6000万元", "40,250,000.00 元"),
        ("-1元", "! NegativeMarginal"),
    ] {
        check(&format!("营业收入 = {base}"), MARGINAL, expected);
    }
    check("", MARGINAL, "? 营业收入(2025年) [0..]");
    // DOMAIN.md M56: up to 3 hires 2000元 each, each above 3000元.
    let heads = "累进(人数) { [0..3) : 2000元, >= 3 : 3000元 }";
    check("人数 = 3", heads, "6,000.00 元");
    check("人数 = 5", heads, "12,000.00 元");
    check("人数 = 0", heads, "0.00 元");
    check(
        "",
        "累进(最小(最大(人数, 2), 5)) { [0..3) : 2000元, >= 3 : 3000元 }",
        "? 人数(2025年) [400000..1200000]",
    );
    // A part of the subject without a rate is never guessed to be nothing.
    check(
        "人数 = 5",
        "累进(人数) { [0..3) : 2000元, [3..4) : 3000元 }",
        "! NoTierMatches",
    );
}

/// The industry rows of the 2017 size classes, as NOTATION.md part 6 writes them.
const SIZE: &str = "按表 首个 {\n\
     | 行业 | 人数 | 营业收入 | 结果 |\n\
     | 属于 [\"B\",\"C\",\"D\"] | >= 1000 | >= 4亿元 | \"大型\" |\n\
     | 属于 [\"B\",\"C\",\"D\"] | >= 300 | >= 2000万元 | \"中型\" |\n\
     | 属于 [\"B\",\"C\",\"D\"] | >= 20 | >= 300万元 | \"小型\" |\n\
     | 属于 [\"B\",\"C\",\"D\"] | - | - | \"微型\" |\n\
     }";

#[test]
fn first_row_that_matches() {
    for (staff, revenue, expected) in [
        ("1000", "4亿元", "大型"),
        ("999", "4亿元", "中型"),
        ("300", "2000万元", "中型"),
        ("300", "19999999元", "小型"),
        ("20", "300万元", "小型"),
        ("19", "300万元", "微型"),
        // The trap of DOMAIN.md 5.1: many people, little revenue.
        ("500", "250万元", "微型"),
    ] {
        let facts = format!("行业 = \"C13\", 人数 = {staff}, 营业收入 = {revenue}");
        check(&facts, SIZE, expected);
    }
    check(
        "行业 = \"F51\", 人数 = 5, 营业收入 = 1元",
        SIZE,
        "! NoRowMatches",
    );
    // Too few people for anything but 微型, whatever the revenue is.
    check("行业 = \"C13\", 人数 = 5", SIZE, "微型");
    check("行业 = \"C13\", 人数 = 500", SIZE, "? 营业收入(2025年)");
    check("人数 = 5", SIZE, "? 行业");
}

fn table(policy: &str, rows: &str) -> String {
    format!("按表 {policy} {{\n| 评分 | 红旗 | 结果 |\n{rows}\n}}")
}

#[test]
fn unique_rows() {
    let rows = table(
        "唯一",
        "| < 10 | - | 1 |\n| [10..20] | 是 | 2 |\n| [10..20] | 否 | 3 |",
    );
    check("评分 = 5", &rows, "1");
    check("评分 = 15, 红旗 = 否", &rows, "3");
    check("评分 = 15", &rows, "? 红旗(2025年) [2..3]");
    check("红旗 = 是", &rows, "? 评分(2025年) [1..2]");
    check("评分 = 21, 红旗 = 是", &rows, "! NoRowMatches");
}

#[test]
fn rows_that_must_agree() {
    let rows = table(
        "任一",
        "| < 10 | - | 1 |\n| < 20 | 是 | 1 |\n| >= 15 | 否 | 2 |",
    );
    check("评分 = 5, 红旗 = 是", &rows, "1");
    check("评分 = 5", &rows, "1");
    check("评分 = 16", &rows, "? 红旗(2025年) [1..2]");
    let rows = table("任一", "| < 10 | - | 1 |\n| < 20 | 是 | 人数 |");
    check("评分 = 5, 红旗 = 是, 人数 = 2", &rows, "! RowsDisagree");
    check("评分 = 5, 红旗 = 是, 人数 = 1", &rows, "1");
    check("评分 = 5, 红旗 = 否", &rows, "1");
    check("评分 = 5, 人数 = 2", &rows, "? 红旗(2025年) [1..2]");
    check("评分 = 5, 人数 = 1", &rows, "1");
    check("评分 = 5, 红旗 = 是", &rows, "? 人数(2025年)");
}

#[test]
fn the_most_important_row() {
    let rows = "按表 优先 (\"优\", \"良\", \"中\") {\n| 评分 | 红旗 | 结果 |\n\
         | > 0 | - | \"中\" |\n| > 10 | - | \"良\" |\n| > 20 | 是 | \"优\" |\n}";
    check("评分 = 5, 红旗 = 是", rows, "中");
    check("评分 = 15", rows, "良");
    check("评分 = 25, 红旗 = 是", rows, "优");
    check("评分 = 25", rows, "? 红旗(2025年)");
    check("评分 = 25, 红旗 = 否", rows, "良");
    check("评分 = 0, 红旗 = 是", rows, "! NoRowMatches");
    check("红旗 = 是", rows, "? 评分(2025年)");
}

#[test]
fn rows_that_are_collected() {
    let rows = |policy: &str| {
        table(
            policy,
            "| > 0 | - | 2元 |\n| > 10 | - | 3元 |\n| > 10 | 是 | 1元 |",
        )
    };
    check("评分 = 15, 红旗 = 是", &rows("合计"), "6.00 元");
    check("评分 = 15", &rows("合计"), "? 红旗(2025年) [500..600]");
    check("评分 = 0, 红旗 = 是", &rows("合计"), "0.00 元");
    check("评分 = 15, 红旗 = 是", &rows("计数"), "3");
    check("评分 = 0, 红旗 = 是", &rows("计数"), "0");
    check("评分 = 15", &rows("计数"), "? 红旗(2025年) [2..3]");
    check("评分 = 15", &rows("最大"), "3.00 元");
    check("评分 = 15", &rows("最小"), "? 红旗(2025年) [100..200]");
    check("评分 = 15, 红旗 = 是", &rows("最小"), "1.00 元");
    check("评分 = 0, 红旗 = 是", &rows("最大"), "! NoRowMatches");
    check("红旗 = 否", &rows("最大"), "? 评分(2025年) [200..300]");
}

/// A row that matches, and rows of which nobody can say whether they do: 1 / 0 has no value.
fn divided(policy: &str, certain: &str, possible: &[&str]) -> String {
    let rows = possible
        .iter()
        .map(|result| format!("| > 0 | {result} |\n"));
    let rows: String = rows.collect();
    format!("按表 {policy} {{\n| 1 / 人数 | 结果 |\n| - | {certain} |\n{rows}}}")
}

#[track_caller]
fn check_all(rows: &str, cases: &[(&str, &str)]) {
    for (facts, expected) in cases {
        check(&format!("人数 = 0{facts}"), rows, expected);
    }
}

const NEVER: &str = "! DivisionByZero";

/// The result waits as long as what is missing can show that such a row makes no difference, and
/// no longer.
#[test]
fn rows_without_an_answer_that_may_agree() {
    for (certain, possible) in [("1", "评分"), ("评分", "1")] {
        check_all(
            &divided("任一", certain, &[possible]),
            &[
                ("", "? 评分(2025年)"),
                (", 评分 = 1", "1"),
                (", 评分 = 2", NEVER),
            ],
        );
    }
    check_all(&divided("任一", "1", &["人数 + 2", "评分"]), &[("", NEVER)]);
    check_all(&divided("任一", "1", &["1 / 人数", "评分"]), &[("", NEVER)]);
    let rank = "优先 (\"优\", \"良\")";
    let either = "如果 红旗 则 \"优\" 否则 \"良\"";
    check_all(
        &divided(rank, "\"良\"", &[either]),
        &[
            ("", "? 红旗(2025年)"),
            (", 红旗 = 否", "良"),
            (", 红旗 = 是", NEVER),
        ],
    );
    check_all(
        &divided(rank, "\"良\"", &["\"优\"", either]),
        &[("", NEVER)],
    );
}

#[test]
fn rows_without_an_answer_that_may_add_nothing() {
    check_all(
        &divided("合计", "2元", &["营业收入"]),
        &[
            ("", "? 营业收入(2025年)"),
            (", 营业收入 = 0元", "2.00 元"),
            (", 营业收入 = 1元", NEVER),
        ],
    );
    check_all(
        &divided("合计", "营业收入", &["0元"]),
        &[("", "? 营业收入(2025年)"), (", 营业收入 = 1元", "1.00 元")],
    );
    check_all(
        &divided("合计", "2元", &["1元", "营业收入"]),
        &[("", NEVER)],
    );
    check_all(
        &divided("最大", "3元", &["营业收入"]),
        &[
            ("", "? 营业收入(2025年) [300..]"),
            (", 营业收入 = 2元", "3.00 元"),
            (", 营业收入 = 4元", NEVER),
        ],
    );
    check_all(
        &divided("最小", "营业收入", &["3元"]),
        &[
            ("", "? 营业收入(2025年)"),
            (", 营业收入 = 2元", "2.00 元"),
            (", 营业收入 = 4元", NEVER),
        ],
    );
    check_all(
        &divided("最大", "3元", &["4元", "营业收入"]),
        &[("", NEVER)],
    );
    check_all(&divided("计数", "1", &["2"]), &[("", NEVER)]);
}
