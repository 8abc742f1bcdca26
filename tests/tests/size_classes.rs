//! The statutory definitions of the library against figures worked out from the standards alone.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect, and prints its shares"
)]

use zhida_engine::example::run_measure;
use zhida_policies::measure::library::Library;
use zhida_policies::render::{Colours, render};
use zhida_tests::library::library_with;
use zhida_tests::size_classes::{ROWS, all_cases, class_of, probe};

/// Runs the examples of a probe and gives back how many there were.
#[track_caller]
fn check(library: &Library, measure: &str) -> usize {
    let outcomes = run_measure(library, library.measure(measure).unwrap());
    let faults: Vec<_> = outcomes.iter().filter_map(|o| o.fault.as_ref()).collect();
    for fault in faults.iter().take(5) {
        println!("{}\n", render(library, fault, Colours::Plain));
    }
    assert_eq!(faults.len(), 0, "of {}", outcomes.len());
    outcomes.len()
}

/// A national policy with one measure, from the statements of the measure.
fn national(id: &str, statements: &str) -> String {
    format!(
        "---\nid: {id}\ntitle: 核对\nregion: \"\"\neffective: 2011-01-01\n---\n\n## 第一条\n\n核对。\n\n\
         ```zhida\n事项 probe \"核对\"\n  方式 免申即享\n  周期 每年\n{statements}\n```\n"
    )
}

#[test]
fn enterprises_around_every_limit_have_the_class_of_the_standard() {
    let cases = all_cases();
    for class in ["大型", "中型", "小型", "微型", "不划型"] {
        assert!(cases.iter().any(|case| case.class == class), "{class}");
    }
    let library = library_with(&[("probe.md", probe("size-probe", &cases))]);
    let count = check(&library, "size-probe/class");
    println!("{count} enterprises");
    assert!(count > 1500, "{count}");
}

/// One figure below the limit of small is enough to be micro, however large the other is, and
/// even where the other is not known.
#[test]
fn one_low_figure_makes_an_enterprise_micro() {
    let industrial = &ROWS[1].limits;
    // 500 persons, revenue 250万元; and 19 persons, revenue 50亿元.
    assert_eq!(class_of(industrial, 500, 250_000_000, 0), "微型");
    assert_eq!(class_of(industrial, 19, 500_000_000_000, 0), "微型");
    let statements = "  资格 企业规模 = \"微型\"\n  金额 1元 取整 元 舍去
  举例 行业 = \"C13\", 从业人员 = 500, 营业收入 = 250万元 => 1元
  举例 行业 = \"C13\", 从业人员 = 500, 营业收入 = 300万元 => 不符合
  举例 行业 = \"C13\", 从业人员 = 19, 营业收入 = 50亿元 => 1元
  举例 行业 = \"C13\", 从业人员 = 20, 营业收入 = 50亿元 => 不符合
  举例 行业 = \"C13\", 从业人员 = 5000 => 待核 营业收入
  举例 行业 = \"C13\", 从业人员 = 19 => 1元";
    let library = library_with(&[("probe.md", national("trap", statements))]);
    check(&library, "trap/probe");
}

#[test]
fn definitions_over_the_class_follow_it() {
    let rows = [
        (1000, "4亿元", "大型", [false, false]),
        (999, "4亿元", "中型", [true, false]),
        (300, "1999万元", "小型", [true, true]),
        (20, "299万元", "微型", [true, true]),
    ];
    for (place, name) in ["中小微企业", "小微企业"].into_iter().enumerate() {
        let mut statements = format!("  资格 {name}\n  金额 1元 取整 元 舍去\n");
        for (persons, revenue, _, holds) in &rows {
            let result = if holds[place] { "1元" } else { "不符合" };
            statements.push_str(&format!(
                "  举例 行业 = \"C13\", 从业人员 = {persons}, 营业收入 = {revenue} => {result}\n"
            ));
        }
        // What the standard does not classify is not small either.
        statements.push_str("  举例 行业 = \"J66\", 从业人员 = 5, 营业收入 = 1万元 => 不符合");
        let library = library_with(&[("probe.md", national("group", &statements))]);
        check(&library, "group/probe");
    }
}

/// The thresholds of the statistics bureau for its register, by industry: 2000万, 1000万, 500万,
/// 200万元; trade and manufacturing look at the revenue of the main business.
#[test]
fn statistical_thresholds_include_their_figure() {
    let main = [
        ("B06", 2000),
        ("C13", 2000),
        ("D44", 2000),
        ("F51", 2000),
        ("F52", 500),
        ("H61", 200),
        ("H62", 200),
    ];
    let all = [
        ("G54", 2000),
        ("I65", 2000),
        ("N77", 2000),
        ("Q84", 2000),
        ("K702", 1000),
        ("K703", 1000),
        ("K709", 1000),
        ("L72", 1000),
        ("M73", 1000),
        ("P83", 1000),
        ("O80", 500),
        ("R86", 500),
        ("Q85", 500),
    ];
    let mut statements = String::from("  资格 达到四上标准\n  金额 1元 取整 元 舍去\n");
    for (fact, other, rows) in [
        ("主营业务收入", "营业收入", main.as_slice()),
        ("营业收入", "主营业务收入", all.as_slice()),
    ] {
        for (industry, limit) in rows {
            let below = limit * 10_000 - 1;
            statements.push_str(&format!(
                "  举例 行业 = \"{industry}\", {fact} = {limit}万元, {other} = 1元 => 1元
  举例 行业 = \"{industry}\", {fact} = {below}.99元, {other} = 99亿元 => 不符合
  举例 行业 = \"{industry}\", {other} = 99亿元 => 待核 {fact}\n"
            ));
        }
    }
    statements.push_str(
        "  举例 行业 = \"E47\", 有建筑业资质 = 是 => 1元
  举例 行业 = \"E47\", 有建筑业资质 = 否, 营业收入 = 99亿元 => 不符合
  举例 行业 = \"K7010\", 正常生产经营 = 是 => 1元
  举例 行业 = \"K7010\", 正常生产经营 = 否, 营业收入 = 99亿元 => 不符合
  举例 行业 = \"A01\", 营业收入 = 99亿元, 主营业务收入 = 99亿元 => 不符合
  举例 行业 = \"J66\", 营业收入 = 99亿元, 主营业务收入 = 99亿元 => 不符合",
    );
    let library = library_with(&[("probe.md", national("register", &statements))]);
    check(&library, "register/probe");
}

/// The announced rates of the one-year and the five-year loan prime rate, in basis points.
#[test]
fn loan_prime_rates_hold_from_their_day() {
    // Day, its eve, rate on the eve, rate from the day.
    let one_year = [
        ("2019-09-20", "2019-09-19", 425, 420),
        ("2019-11-20", "2019-11-19", 420, 415),
        ("2020-02-20", "2020-02-19", 415, 405),
        ("2020-04-20", "2020-04-19", 405, 385),
        ("2021-12-20", "2021-12-19", 385, 380),
        ("2022-01-20", "2022-01-19", 380, 370),
        ("2022-08-22", "2022-08-21", 370, 365),
        ("2023-06-20", "2023-06-19", 365, 355),
        ("2023-08-21", "2023-08-20", 355, 345),
        ("2024-07-22", "2024-07-21", 345, 335),
        ("2024-10-21", "2024-10-20", 335, 310),
        ("2025-05-20", "2025-05-19", 310, 300),
    ];
    let five_years = [
        ("2019-11-20", "2019-11-19", 485, 480),
        ("2020-02-20", "2020-02-19", 480, 475),
        ("2020-04-20", "2020-04-19", 475, 465),
        ("2022-01-20", "2022-01-19", 465, 460),
        ("2022-05-20", "2022-05-19", 460, 445),
        ("2022-08-22", "2022-08-21", 445, 430),
        ("2023-06-20", "2023-06-19", 430, 420),
        ("2024-02-20", "2024-02-19", 420, 395),
        ("2024-07-22", "2024-07-21", 395, 385),
        ("2024-10-21", "2024-10-20", 385, 360),
        ("2025-05-20", "2025-05-19", 360, 350),
    ];
    for (name, rows) in [
        ("一年期LPR", one_year.as_slice()),
        ("五年期LPR", &five_years),
    ] {
        // One yuan for each basis point.
        let mut statements = format!("  资格 在库\n  金额 1万元 * {name} 取整 元 舍去\n");
        for (day, eve, before, from) in rows {
            for (date, rate) in [(eve, before), (day, from)] {
                let year = &date[..4];
                statements.push_str(&format!(
                    "  举例 年度 = {year}, 基准日 = {date}, 在库 = 是 => {rate}元\n"
                ));
            }
        }
        statements.push_str("  举例 年度 = 2019, 基准日 = 2019-08-19, 在库 = 是 => 待核");
        let library = library_with(&[("probe.md", national("rate", &statements))]);
        check(&library, "rate/probe");
    }
}
