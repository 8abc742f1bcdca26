//! The size classes of 2017 worked out a second time, from the limits of the standard alone.
//!
//! The standard is 国统字〔2017〕213号. A class is reached when every listed figure is at least
//! its limit; what reaches no class is micro. The result is written as a policy whose examples
//! the definitions of the library must answer.

use std::fmt::Write as _;

/// The least figures of one class, of those that the standard looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Persons employed.
    pub persons: Option<i64>,
    /// Revenue in units of 万元.
    pub revenue: Option<i64>,
    /// Total assets in units of 万元.
    pub assets: Option<i64>,
}

/// One row of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeRow {
    /// Industries that belong to it, by GB/T 4754.
    pub industries: &'static [&'static str],
    /// Large, medium, small.
    pub limits: [Limits; 3],
}

/// One enterprise and its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeCase {
    /// Its industry.
    pub industry: &'static str,
    /// Persons employed.
    pub persons: i64,
    /// Revenue in fen.
    pub revenue: i64,
    /// Total assets in fen.
    pub assets: i64,
    /// Its class.
    pub class: &'static str,
}

/// Fen in 万元.
const TEN_THOUSAND_YUAN: i64 = 1_000_000;
/// More than any limit: persons, and fen.
const AMPLE: i64 = 1_000_000_000_000;

/// Large, medium, small and micro.
pub const CLASSES: [&str; 4] = ["大型", "中型", "小型", "微型"];

const fn persons_and_revenue(limits: [(i64, i64); 3]) -> [Limits; 3] {
    let [large, medium, small] = limits;
    [pair(large), pair(medium), pair(small)]
}

const fn pair((persons, revenue): (i64, i64)) -> Limits {
    Limits {
        persons: Some(persons),
        revenue: Some(revenue),
        assets: None,
    }
}

const fn revenue_and_assets((revenue, assets): (i64, i64)) -> Limits {
    Limits {
        persons: None,
        revenue: Some(revenue),
        assets: Some(assets),
    }
}

const fn persons_and_assets((persons, assets): (i64, i64)) -> Limits {
    Limits {
        persons: Some(persons),
        revenue: None,
        assets: Some(assets),
    }
}

const fn persons(persons: i64) -> Limits {
    Limits {
        persons: Some(persons),
        revenue: None,
        assets: None,
    }
}

const fn revenue(revenue: i64) -> Limits {
    Limits {
        persons: None,
        revenue: Some(revenue),
        assets: None,
    }
}

const fn row(industries: &'static [&'static str], limits: [Limits; 3]) -> SizeRow {
    SizeRow { industries, limits }
}

/// The rows of the standard; the industries stand for all of their row.
pub const ROWS: [SizeRow; 16] = [
    row(
        &["A01", "A0111", "A05"],
        [revenue(20_000), revenue(500), revenue(50)],
    ),
    row(
        &["C1311", "B06", "D46"],
        persons_and_revenue([(1000, 40_000), (300, 2000), (20, 300)]),
    ),
    row(
        &["E4710", "E50"],
        [
            revenue_and_assets((80_000, 80_000)),
            revenue_and_assets((6000, 5000)),
            revenue_and_assets((300, 300)),
        ],
    ),
    row(
        &["F5111", "F51"],
        persons_and_revenue([(200, 40_000), (20, 5000), (5, 1000)]),
    ),
    row(
        &["F5211", "F52"],
        persons_and_revenue([(300, 20_000), (50, 500), (10, 100)]),
    ),
    row(
        &["G5431", "G55", "G56", "G57", "G58", "G591"],
        persons_and_revenue([(1000, 30_000), (300, 3000), (20, 200)]),
    ),
    row(
        &["G5920", "G593", "G594", "G595", "G596", "G599"],
        persons_and_revenue([(200, 30_000), (100, 1000), (20, 100)]),
    ),
    row(
        &["G6020", "G60"],
        persons_and_revenue([(1000, 30_000), (300, 2000), (20, 100)]),
    ),
    row(
        &["H6110", "H61"],
        persons_and_revenue([(300, 10_000), (100, 2000), (10, 100)]),
    ),
    row(
        &["H6210", "H62"],
        persons_and_revenue([(300, 10_000), (100, 2000), (10, 100)]),
    ),
    row(
        &["I6311", "I64"],
        persons_and_revenue([(2000, 100_000), (100, 1000), (10, 100)]),
    ),
    row(
        &["I6511", "I65"],
        persons_and_revenue([(300, 10_000), (100, 1000), (10, 50)]),
    ),
    row(
        &["K7010"],
        [
            revenue_and_assets((200_000, 10_000)),
            revenue_and_assets((1000, 5000)),
            revenue_and_assets((100, 2000)),
        ],
    ),
    row(
        &["K7020"],
        persons_and_revenue([(1000, 5000), (300, 1000), (100, 500)]),
    ),
    row(
        &["L7263", "L71"],
        [
            persons_and_assets((300, 120_000)),
            persons_and_assets((100, 8000)),
            persons_and_assets((10, 100)),
        ],
    ),
    row(
        &["M7310", "K703", "K709", "N77", "O80", "Q85", "R86"],
        [persons(300), persons(100), persons(10)],
    ),
];

/// Industries outside the standard.
pub const UNCLASSIFIED: [&str; 8] = ["G53", "J66", "J69", "K704", "P83", "Q84", "S91", "T97"];

/// The class of figures in persons and fen: the first whose limits are all met, else micro.
#[must_use]
pub fn class_of(limits: &[Limits; 3], persons: i64, revenue: i64, assets: i64) -> &'static str {
    let meets = |figure: i64, limit: Option<i64>, unit: i64| {
        limit.is_none_or(|limit| figure >= limit.saturating_mul(unit))
    };
    let reached = limits.iter().position(|limit| {
        meets(persons, limit.persons, 1)
            && meets(revenue, limit.revenue, TEN_THOUSAND_YUAN)
            && meets(assets, limit.assets, TEN_THOUSAND_YUAN)
    });
    reached
        .and_then(|at| CLASSES.get(at))
        .copied()
        .unwrap_or("微型")
}

/// A figure at each limit, one unit below and one above; for a figure that does not count,
/// nothing and plenty.
fn figures(limits: [Option<i64>; 3], unit: i64) -> Vec<i64> {
    let around = |limit: i64| {
        let limit = limit.saturating_mul(unit);
        [limit.saturating_sub(1), limit, limit.saturating_add(1)]
    };
    let figures: Vec<i64> = limits.into_iter().flatten().flat_map(around).collect();
    if figures.is_empty() {
        vec![0, AMPLE]
    } else {
        figures
    }
}

/// Every combination of the figures around the limits of a row.
fn cases_of(row: &SizeRow, industry: &'static str) -> Vec<SizeCase> {
    let mut cases = Vec::new();
    for persons in figures(row.limits.map(|limit| limit.persons), 1) {
        for revenue in figures(row.limits.map(|limit| limit.revenue), TEN_THOUSAND_YUAN) {
            for assets in figures(row.limits.map(|limit| limit.assets), TEN_THOUSAND_YUAN) {
                cases.push(SizeCase {
                    industry,
                    persons,
                    revenue,
                    assets,
                    class: class_of(&row.limits, persons, revenue, assets),
                });
            }
        }
    }
    cases
}

/// Every combination around the limits for the first industry of each row, and a few for the
/// others and for the industries outside the standard.
#[must_use]
pub fn all_cases() -> Vec<SizeCase> {
    let mut cases = Vec::new();
    for row in &ROWS {
        for (place, industry) in row.industries.iter().enumerate() {
            let every = cases_of(row, industry);
            let stride = if place == 0 { 1 } else { 7 };
            cases.extend(every.into_iter().step_by(stride));
        }
    }
    cases.extend(UNCLASSIFIED.map(|industry| SizeCase {
        industry,
        persons: 5000,
        revenue: AMPLE,
        assets: AMPLE,
        class: "不划型",
    }));
    cases
}

/// For each limit two enterprises with plenty of everything else: at it and one unit below.
#[must_use]
pub fn limit_cases() -> Vec<SizeCase> {
    let mut cases = Vec::new();
    for row in &ROWS {
        let Some(industry) = row.industries.first() else {
            continue;
        };
        for limit in &row.limits {
            let at = |limit: Option<i64>, unit: i64| limit.map(|limit| limit.saturating_mul(unit));
            let (persons, revenue, assets) = (
                at(limit.persons, 1),
                at(limit.revenue, TEN_THOUSAND_YUAN),
                at(limit.assets, TEN_THOUSAND_YUAN),
            );
            for below in [0, 1] {
                let tight = |limit: Option<i64>| limit.map(|limit| limit.saturating_sub(below));
                for figures in [
                    (tight(persons), None, None),
                    (None, tight(revenue), None),
                    (None, None, tight(assets)),
                ] {
                    let (persons, revenue, assets) = (
                        figures.0.unwrap_or(AMPLE),
                        figures.1.unwrap_or(AMPLE),
                        figures.2.unwrap_or(AMPLE),
                    );
                    let class = class_of(&row.limits, persons, revenue, assets);
                    cases.push(SizeCase {
                        industry,
                        persons,
                        revenue,
                        assets,
                        class,
                    });
                }
            }
        }
    }
    cases
}

/// A policy whose examples say which class each case has: 大型 pays 4元, 不划型 nothing.
#[must_use]
pub fn probe(id: &str, cases: &[SizeCase]) -> String {
    let mut text = format!(
        "---\nid: {id}\ntitle: 划型核对\nregion: \"\"\neffective: 2018-01-01\n---\n\n\
         ## 第一条\n\n划型。\n\n```zhida\n事项 class \"划型\"\n  方式 免申即享\n  周期 每年\n  \
         资格 企业规模 != \"不划型\"\n  金额 按表 首个 {{\n    | 企业规模 | 结果 |\n    \
         | \"大型\" | 4元 |\n    | \"中型\" | 3元 |\n    | \"小型\" | 2元 |\n    \
         | \"微型\" | 1元 |\n  }} 取整 元 四舍五入\n"
    );
    for case in cases {
        let result = match case.class {
            "大型" => "4元",
            "中型" => "3元",
            "小型" => "2元",
            "微型" => "1元",
            _unclassified => "不符合",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  举例 行业 = \"{}\", 从业人员 = {}, 营业收入 = {}元, 资产总额 = {}元 => {result}",
            case.industry,
            case.persons,
            yuan(case.revenue),
            yuan(case.assets),
        );
    }
    text.push_str("```\n");
    text
}

/// Fen as yuan with two decimals.
fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen.div_euclid(100), fen.rem_euclid(100))
}
