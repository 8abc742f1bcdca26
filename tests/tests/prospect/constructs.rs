//! What follows from each construct of the notation, row by row; every row is also decided by the
//! interpreter for all combinations of what its facts may be.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::Config;
use zhida_engine::facts::Reading;
use zhida_indexer::prospect::{Prospects, necessary};
use zhida_policies::check::{CheckOptions, PolicyText, check as check_policies};
use zhida_policies::measure::expression::Value;
use zhida_policies::measure::library::Library;
use zhida_policies::syntax::keywords::ends_expression;
use zhida_policies::values::{Codes, Number, Period, PeriodKind};
use zhida_policies::vocabulary::{FactId, Vocabulary};

use crate::enterprise::{Enterprise, compare, status};

const VOCABULARY: &str = r#"
[[fact]]
id = "large"
name = "规上企业"
type = "boolean"
period = "none"
source = "统计局"

[[fact]]
id = "dishonest"
name = "失信"
type = "boolean"
period = "none"
source = "信用办"

[[fact]]
id = "listed"
name = "在库"
type = "boolean"
period = "year"
source = "统计局"

[[fact]]
id = "industry"
name = "行业"
type = "code"
tree = "industry"
period = "none"
source = "统计局"

[[fact]]
id = "region"
name = "地区"
type = "code"
tree = "region"
period = "none"
source = "市场监管局"

[[fact]]
id = "zones"
name = "功能区"
type = "set"
period = "none"
source = "管委会"
members = ["4206-gx", "341171"]

[[fact]]
id = "titles"
name = "资质"
type = "set"
period = "none"
source = "科技局"
members = ["高新技术企业", "专精特新", "小巨人"]

[[fact]]
id = "kind"
name = "类型"
type = "enum"
period = "none"
source = "市场监管局"
members = ["国有", "私营", "外资"]

[[fact]]
id = "revenue"
name = "营业收入"
type = "money"
unit = "元"
period = "year"
source = "税务局"

[[fact]]
id = "loans"
name = "贷款"
type = "list"
period = "year"
source = "银行"
fields = [ { id = "use", name = "用途", type = "text" } ]
"#;

fn codes() -> Codes {
    let industries = "code,level,name\nC,section,制造业\nC13,division,农副食品加工业\n\
        C131,group,谷物磨制\nF,section,批发和零售业\nF51,division,批发业\n";
    let regions = "code,level,name\n42,province,湖北省\n4206,city,襄阳市\n420602,county,襄城区\n\
        34,province,安徽省\n3411,city,滁州市\n";
    let zones = "code,name,parent,overlaps\n4206-gx,襄阳高新区,4206,420602\n";
    Codes::from_texts(industries, regions, zones).unwrap()
}

/// A library of one measure in a region.
#[track_caller]
fn measure(region: &str, statements: &str) -> Library {
    let vocabulary = Vocabulary::read(VOCABULARY, &ends_expression).unwrap();
    let text = format!(
        "---\nid: p\ntitle: 试行办法\nregion: \"{region}\"\neffective: 2025-01-01\n\
         expires: 2025-12-31\n---\n\n# 试行办法\n\n## 第一条 奖励\n\n符合条件的,奖励1万元。\n\n\
         ```zhida\n事项 m \"奖励\"\n  方式 免申即享\n  周期 每年\n{statements}\n  \
         金额 1万元 取整 元 四舍五入\n```\n"
    );
    let text = PolicyText {
        path: "p.md".into(),
        bytes: text.into_bytes(),
    };
    let options = CheckOptions::default();
    let library = check_policies(vec![text], Arc::new(vocabulary), Arc::new(codes()), options);
    let faults = library
        .faults
        .iter()
        .filter(|fault| !fault.code.is_warning());
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<&_>::new(), "{statements}");
    library
}

/// What a fact may be: missing, and some values.
fn options(name: &str) -> Vec<Reading> {
    let text = |text: &str| Value::Text(text.into());
    let set = |members: &[&str]| {
        let members: Vec<Arc<str>> = members.iter().map(|member| (*member).into()).collect();
        Value::Set(members.into())
    };
    let values = match name {
        "行业" => ["C", "C13", "C131", "F51", "F", "Z9"].map(text).to_vec(),
        "地区" => ["4206", "420602", "42", "3411", "9999"].map(text).to_vec(),
        "功能区" => vec![set(&[]), set(&["4206-gx"])],
        "资质" => vec![
            set(&[]),
            set(&["专精特新"]),
            set(&["专精特新", "高新技术企业"]),
        ],
        "类型" => ["国有", "私营"].map(text).to_vec(),
        _ => vec![Value::Boolean(true), Value::Boolean(false)],
    };
    let known = values.into_iter().map(Reading::Known);
    [Reading::Missing].into_iter().chain(known).collect()
}

/// Compares with the interpreter for every combination of what the measure reads and of what else
/// is named, in force and not.
fn exhaust(library: &Library, also: &[&str]) {
    let prospects = Prospects::build(library).unwrap();
    let vocabulary = &library.vocabulary;
    let mut reads: Vec<_> = prospects.reads().collect();
    for name in also {
        let read = status(vocabulary.find(name).unwrap());
        if !reads.contains(&read) {
            reads.push(read);
        }
    }
    let cells: Vec<(FactId, Period)> = reads
        .iter()
        .flat_map(|read| {
            let fact = vocabulary.fact(read.fact);
            match fact.period {
                PeriodKind::None => vec![(read.fact, Period::Status)],
                PeriodKind::Year | PeriodKind::Quarter | PeriodKind::Month => vec![
                    (read.fact, Period::Year(2024)),
                    (read.fact, Period::Year(2025)),
                ],
            }
        })
        .collect();
    let mut combinations = vec![Vec::new()];
    for (fact, period) in &cells {
        let options = options(&vocabulary.fact(*fact).name);
        combinations = combinations
            .into_iter()
            .flat_map(|begun: Vec<(FactId, Period, Reading)>| {
                options.iter().map(move |reading| {
                    let mut begun = begun.clone();
                    begun.push((*fact, *period, reading.clone()));
                    begun
                })
            })
            .collect();
    }
    for combination in combinations {
        compare(
            library,
            &prospects,
            &Enterprise::new(combination.clone()),
            2025,
        );
        compare(library, &prospects, &Enterprise::new(combination), 2026);
    }
}

/// Compares what follows with what must follow by the meaning of the words.
#[track_caller]
fn check(statements: &str, lines: &[&str]) {
    let library = measure("4206", statements);
    let found = necessary(&library.measures[0], &library.vocabulary);
    assert_eq!(found, lines, "{statements}");
    exhaust(&library, &[]);
}

#[test]
fn truths() {
    check("资格 规上企业", &["规上企业"]);
    check("除外 失信\n资格 规上企业", &["规上企业", "非 失信"]);
    check("资格 非 失信", &["非 失信"]);
    check("资格 规上企业 = 是", &["规上企业"]);
    check("资格 规上企业 != 是", &["非 规上企业"]);
    check("资格 在库", &["在库"]);
    check("资格 在库@上年\n资格 非 在库", &["在库@上年", "非 在库"]);
}

#[test]
fn codes_and_members() {
    check("资格 行业 属于 [\"C\"]", &["行业 属于 [\"C\"]"]);
    check(
        "资格 行业 属于 [\"C13\", \"F\"]",
        &["行业 属于 [\"C13\"] 或 行业 属于 [\"F\"]"],
    );
    check(
        "资格 是\n除外 行业 属于 [\"C13\"]",
        &["行业 不属于 [\"C13\"]"],
    );
    check("资格 地区 属于 [\"420602\"]", &["地区 属于 [\"420602\"]"]);
    check("资格 资质 包含 \"专精特新\"", &["资质 包含 \"专精特新\""]);
    check(
        "资格 是\n除外 资质 包含 \"专精特新\"",
        &["非 资质 包含 \"专精特新\""],
    );
    check("资格 类型 = \"国有\"", &["类型 = \"国有\""]);
    check(
        "资格 类型 属于 [\"国有\", \"外资\"]",
        &["类型 = \"国有\" 或 类型 = \"外资\""],
    );
    check(
        "资格 类型 不属于 [\"国有\", \"外资\"]",
        &["类型 != \"国有\"", "类型 != \"外资\""],
    );
}

#[test]
fn and_or_not() {
    check(
        "资格 规上企业 且 行业 属于 [\"C\"]",
        &["规上企业", "行业 属于 [\"C\"]"],
    );
    check(
        "资格 规上企业 或 行业 属于 [\"C\"]",
        &["规上企业 或 行业 属于 [\"C\"]"],
    );
    check("资格 非 (规上企业 或 失信)", &["非 规上企业", "非 失信"]);
    check(
        "资格 是\n除外 规上企业 且 失信",
        &["非 规上企业 或 非 失信"],
    );
    check(
        "资格 (规上企业 且 行业 属于 [\"C\"]) 或 资质 包含 \"专精特新\"",
        &[
            "规上企业 或 资质 包含 \"专精特新\"",
            "行业 属于 [\"C\"] 或 资质 包含 \"专精特新\"",
        ],
    );
    check("资格 规上企业 或 非 规上企业", &[]);
}

#[test]
fn choices_and_names() {
    check(
        "设 制造 = 行业 属于 [\"C\"]\n设 可 = 制造 且 非 失信\n资格 可",
        &["非 失信", "行业 属于 [\"C\"]"],
    );
    check(
        "资格 如果 规上企业 则 行业 属于 [\"C\"] 否则 资质 包含 \"专精特新\"",
        &[
            "规上企业 或 资质 包含 \"专精特新\"",
            "非 规上企业 或 行业 属于 [\"C\"]",
            "行业 属于 [\"C\"] 或 资质 包含 \"专精特新\"",
        ],
    );
    check(
        "资格 如果 营业收入 > 1万元 则 规上企业 否则 行业 属于 [\"C\"]",
        &["规上企业 或 行业 属于 [\"C\"]"],
    );
    check("设 种类 = 类型\n资格 种类 = \"国有\"", &["类型 = \"国有\""]);
}

#[test]
fn what_is_not_understood_excludes_nothing() {
    check("资格 营业收入 >= 1万元", &[]);
    check("资格 规上企业 或 营业收入 >= 1万元", &[]);
    check("资格 规上企业 且 营业收入 >= 1万元", &["规上企业"]);
    check("资格 缺失(规上企业)", &[]);
    check("资格 存在(贷款 其中 用途 = \"技改\")", &[]);
    check(
        "资格 如果 规上企业 则 营业收入 > 0元 否则 失信",
        &["规上企业 或 失信"],
    );
    check("资格 类型 开头是 \"国\"", &[]);
}

#[test]
fn what_can_never_hold_has_no_candidates() {
    check("资格 规上企业 且 否", &["否", "规上企业"]);
}

#[test]
fn regions_and_zones() {
    for region in ["", "42", "4206", "420602", "3411", "4206-gx"] {
        exhaust(&measure(region, "资格 规上企业"), &["地区", "功能区"]);
    }
}

/// A condition written at random over the facts of the small vocabulary.
fn condition() -> impl Strategy<Value = String> {
    let leaves = [
        "规上企业",
        "失信",
        "在库",
        "在库@上年",
        "行业 属于 [\"C\"]",
        "行业 不属于 [\"C13\", \"F\"]",
        "资质 包含 \"专精特新\"",
        "类型 = \"国有\"",
        "类型 != \"私营\"",
        "类型 不属于 [\"国有\", \"外资\"]",
        "营业收入 > 1万元",
        "缺失(规上企业)",
        "1元 / (营业收入 - 营业收入) > 1",
        "是",
        "否",
    ];
    let leaf = prop::sample::select(leaves.to_vec()).prop_map(str::to_owned);
    leaf.prop_recursive(5, 24, 3, |inner| {
        let many = || prop::collection::vec(inner.clone(), 2..4);
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            many().prop_map(|all| format!("({})", all.join(" 且 "))),
            many().prop_map(|all| format!("({})", all.join(" 或 "))),
            many().prop_map(|all| format!("存在([{}])", all.join(", "))),
            many().prop_map(|all| format!("全部([{}])", all.join(", "))),
            inner.clone().prop_map(|one| format!("(非 {one})")),
            inner.clone().prop_map(|one| format!("(({one}) = 否)")),
            three.prop_map(|(a, b, c)| format!("(如果 {a} 则 {b} 否则 {c})")),
        ]
    })
}

/// Picks an option for each fact and period that the small vocabulary has.
fn enterprise(library: &Library, drawn: &[usize]) -> Enterprise {
    let facts = ["规上企业", "失信", "行业", "资质", "类型", "地区", "功能区"];
    let statuses = facts.map(|name| (name, Period::Status));
    let years = [2024, 2025].map(|year| ("在库", Period::Year(year)));
    let cells = statuses.into_iter().chain(years).zip(drawn);
    let mut readings: Vec<_> = cells
        .map(|((name, period), drawn)| {
            let options = options(name);
            let reading = options[drawn % options.len()].clone();
            (library.vocabulary.find(name).unwrap(), period, reading)
        })
        .collect();
    if drawn[0].is_multiple_of(2) {
        let revenue = Value::Money(Number::from_i64(i64::try_from(drawn[1]).unwrap() * 100));
        let fact = library.vocabulary.find("营业收入").unwrap();
        readings.push((fact, Period::Year(2025), Reading::Known(revenue)));
    }
    Enterprise::new(readings)
}

proptest! {
    #![proptest_config(Config::with_cases(64))]

    #[test]
    fn any_condition_and_any_exception(
        condition in condition(),
        exception in condition(),
        drawn in prop::collection::vec(prop::collection::vec(0..20_000_usize, 9), 48),
    ) {
        let named = format!("设 甲 = {condition}\n设 乙 = 甲 或 {exception}\n资格 乙");
        for statements in [format!("资格 {condition}\n除外 {exception}"), named] {
            let library = measure("4206", &statements);
            let prospects = Prospects::build(&library).unwrap();
            for drawn in &drawn {
                compare(&library, &prospects, &enterprise(&library, drawn), 2025);
            }
        }
    }
}
