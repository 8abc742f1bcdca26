//! "What would I get if …": the examples of all policies typed into their forms, and what is typed
//! wrongly.

use axum::http::StatusCode;
use zhida_engine::explain::OutcomeKind;
use zhida_engine::interpreter::PeriodRange;
use zhida_engine::snapshot::ColumnKey;
use zhida_policies::measure::Measure;
use zhida_policies::measure::example::{Example, ExampleValue, Expected};
use zhida_policies::measure::expression::Value;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;
use zhida_policies::vocabulary::Absent;

use super::{form, site};
use crate::views::calculator::{Calculation, Typed, YEAR};

const GROWTH: &str = "/calculator/xiangyang-industry-2025/growth-award";

/// A value as somebody types it.
fn text(value: &Value) -> Option<Vec<String>> {
    Some(vec![match value {
        Value::Money(fen) => Money::from_exact_fen(fen).ok()?.to_string(),
        Value::Number(number) => number.to_decimal()?.to_string(),
        Value::Boolean(true) => "是".to_owned(),
        Value::Boolean(false) => "否".to_owned(),
        Value::Date(day) => day.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Set(members) if members.is_empty() => "无".to_owned(),
        Value::Set(members) => return Some(members.iter().map(ToString::to_string).collect()),
        Value::Duration(_) | Value::Sequence(_) | Value::Test(_) => return None,
    }])
}

/// What an example gives, as somebody types it; nothing where a form cannot say it.
fn typed(library: &Library, measure: &Measure, example: &Example) -> Option<Typed> {
    let mut typed = Typed::new();
    typed.insert(YEAR.to_owned(), vec![example.year.to_string()]);
    // Also an example without any fact is a form that was sent.
    typed.insert("calculate".to_owned(), Vec::new());
    let known: Vec<_> = crate::views::rules::reads(measure);
    for given in &example.facts {
        let range = PeriodRange::of(given.read.period, example.year);
        let fact = library.vocabulary.fact(given.read.fact);
        if !range.is_single() || !known.contains(&given.read) {
            return None;
        }
        let key = ColumnKey {
            fact: given.read.fact,
            period: range.first,
        };
        let value = match &given.value {
            ExampleValue::Value(value) => text(value)?,
            ExampleValue::Missing if fact.absent == Absent::Unknown => Vec::new(),
            ExampleValue::Records(_) | ExampleValue::Missing => return None,
        };
        typed.insert(key.name(&library.vocabulary), value);
    }
    example.paid.is_empty().then_some(typed)
}

#[test]
fn the_examples_of_all_policies_come_out_of_their_forms() {
    let common = crate::arguments::Common::with(None, None);
    let library = crate::library::sound(&common, &mut crate::output::Output::kept()).unwrap();
    let (mut tried, mut left) = (0u32, 0u32);
    for measure in &library.measures {
        for example in &measure.examples {
            let Some(typed) = typed(&library, measure, example) else {
                left += 1;
                continue;
            };
            tried += 1;
            let usual = (example.year, example.as_of);
            let found = Calculation::of(&library, measure, usual, Some(&typed)).unwrap();
            let faults: Vec<_> = found
                .fields
                .iter()
                .filter_map(|one| one.fault.as_ref())
                .collect();
            let told = format!("{} {typed:?} {faults:?}", measure.id);
            let outcome = found.explanation.expect(&told).outcome;
            let expected = match &example.expected {
                Expected::Award(award) => {
                    assert_eq!(outcome.award, Some(*award), "{told}");
                    OutcomeKind::Eligible
                }
                Expected::Ineligible => OutcomeKind::Ineligible,
                Expected::NotApplicable => OutcomeKind::NotApplicable,
                Expected::Undetermined(_) => OutcomeKind::Undetermined,
                Expected::Error => OutcomeKind::Error,
            };
            assert_eq!(outcome.kind, expected, "{told}: {}", outcome.summary);
        }
    }
    // Records, payments and sums of several months are typed in another way.
    assert!(
        tried > 600 && tried > left,
        "{tried} tried, {left} left out"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_stands_before_the_explanation() {
    let site = site(None).await;
    // 第五条: 1.1亿 after 1亿 is 10 % and earns 20万元.
    let filled = form(&[
        ("year", "2025"),
        ("is_above_scale@status", "是"),
        ("revenue@2025", "1.1亿元"),
        ("revenue@2024", "100,000,000"),
    ]);
    let keys = site.get("", GROWTH).await.text;
    let scale = name_of(&keys, "规上企业");
    let dishonest = name_of(&keys, "失信");
    let filled = filled.replace("is_above_scale%40status", &scale.replace('@', "%40"));
    let filled = format!("{filled}&{}=%E5%90%A6", dishonest.replace('@', "%40"));
    let page = site.get("", &format!("{GROWTH}?{filled}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for part in [
        "<h2 id=\"outcome\" class=\"number\">200,000.00 元",
        "还没有经过已付扣减",
        "增速",
    ] {
        assert!(page.text.contains(part), "{part}");
    }
    // Without the year before nothing is guessed.
    let missing = filled.replace("100%2C000%2C000", "");
    let page = site.get("", &format!("{GROWTH}?{missing}")).await.text;
    for part in ["还缺数据,不能确定", "营业收入(2024年)"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// The name of the field with a label.
fn name_of(page: &str, label: &str) -> String {
    let after = page
        .split("class=\"field\"")
        .find(|field| field.contains(&format!(">{label}")));
    let name = after.unwrap().split(" name=\"").nth(1).unwrap();
    name.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_beside_its_field_and_decides_nothing() {
    let site = site(None).await;
    let wrong = [
        "很多",
        "1e9",
        "-",
        "<script>alert(1)</script>",
        &"9".repeat(10_000),
    ];
    for typed in wrong {
        let filled = form(&[("year", "2025"), ("revenue@2025", typed)]);
        let page = site.get("", &format!("{GROWTH}?{filled}")).await;
        assert!(!page.text.contains("<script>alert"));
        if typed == "-" {
            // A dash is how nothing is written.
            assert_eq!(page.status, StatusCode::OK);
            continue;
        }
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed:.20}");
        assert!(page.text.contains("aria-invalid=\"true\""), "{typed:.20}");
        assert!(!page.text.contains("id=\"outcome\""), "{typed:.20}");
    }
    let page = site.get("", &format!("{GROWTH}?year=25")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("年度写成四位数字"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paid_before_counts_where_it_is_only_once() {
    let site = site(None).await;
    let path = "/calculator/xiangyang-industry-2025/first-entry";
    let page = site.get("", &format!("{path}?year=2025")).await.text;
    // A year alone decides nothing, and names the fields of that year.
    assert!(
        !page.contains("id=\"outcome\"") && page.contains("@2025"),
        "{page}"
    );
    let mut filled = vec![("year".to_owned(), "2025".to_owned())];
    for (label, value) in [
        ("入统专业", "规上工业"),
        ("首次月度入统", "是"),
        ("首次年度入统", "否"),
        ("重新入统", "否"),
    ] {
        filled.push((name_of(&page, label), value.to_owned()));
    }
    let typed = |paid: &str| {
        let pairs = filled
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let pairs: Vec<(&str, &str)> = pairs.chain([("paid", paid)]).collect();
        format!("{path}?{}", form(&pairs))
    };
    let page = site.get("", &typed("")).await.text;
    assert!(page.contains("class=\"number\">200,000.00 元"), "{page}");
    let page = site.get("", &typed("100000")).await.text;
    assert!(page.contains("仅限首次,此前已享受"), "{page}");
    let page = site.get("", &typed("一些")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
}
