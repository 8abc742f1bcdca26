//! Every statement of the notation is used by a policy of the library.
//!
//! The table of keywords is gone through row by row: a keyword that no policy uses fails, unless
//! it is listed here as one that only the cases of FEEL need. The forms that differ in more than
//! a keyword are counted in the checked library.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read the library has failed"
)]

use std::collections::BTreeSet;

use zhida_policies::document::Document;
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{AwardKind, FundRule};
use zhida_policies::span::FileId;
use zhida_policies::syntax::BlockSource;
use zhida_policies::syntax::ast::{CapSplit, CapWindow};
use zhida_policies::syntax::keywords::{Meaning, TABLE};
use zhida_policies::syntax::used::meanings;
use zhida_policies::syntax::words::{Cadence, Ties};
use zhida_tests::library::{library, texts};

/// Keywords that no policy of the library uses: each stands in a conformance case of FEEL, or
/// names another value of a statement that is used.
const NOT_USED: &[&str] = &[
    // No policy of the library may end in an error.
    "Particle(Failed)",
    "Function(Absolute)",
    "Function(Ceiling)",
    "Function(Contains)",
    "Function(Day)",
    "Function(DayOfYear)",
    "Function(Decimal)",
    "Function(EndsWith)",
    "Function(Even)",
    "Function(Is)",
    "Function(LowerCase)",
    "Function(Mean)",
    "Function(Median)",
    "Function(Missing)",
    "Function(Mode)",
    "Function(Modulo)",
    "Function(Number)",
    "Function(Odd)",
    "Function(Product)",
    "Function(RoundDown)",
    "Function(RoundHalfDown)",
    "Function(RoundHalfUp)",
    "Function(RoundUp)",
    "Function(StartsWith)",
    "Function(String)",
    "Function(StringJoin)",
    "Function(StringLength)",
    "Function(Substring)",
    "Function(SubstringAfter)",
    "Function(SubstringBefore)",
    "Function(UpperCase)",
    "Function(WeekOfYear)",
    "Hit(Any)",
    "Hit(Collect)",
    "Hit(Count)",
    "Hit(Min)",
    "Hit(OutputOrder)",
    "Hit(Priority)",
    "Null",
    "Operator(StartsWith)",
    // Other periods, units and roundings than those seen in the texts.
    "Period(Half(2))",
    "Period(Quarter(4))",
    "Rounding(Up)",
    "Time(Day)",
    "Time(Month)",
    "Type(Date)",
    "Type(Number)",
    "Unit(HundredYuan)",
    "Unit(Jiao)",
    "Unit(TenThousandYuan)",
    "Unit(TenYuan)",
    "Unit(ThousandYuan)",
];

#[test]
fn every_keyword_is_used() {
    let mut used: Vec<Meaning> = Vec::new();
    for text in texts() {
        let document = Document::read_bytes(&text.bytes).document;
        for block in document.blocks() {
            let source = BlockSource::contiguous(FileId(0), block.text(), 0);
            for meaning in meanings(&source) {
                if !used.contains(&meaning) {
                    used.push(meaning);
                }
            }
        }
    }
    let unused: BTreeSet<String> = TABLE
        .iter()
        .filter(|row| !used.contains(&row.meaning))
        .map(|row| format!("{:?}", row.meaning))
        .collect();
    let listed: BTreeSet<String> = NOT_USED.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(unused, listed);
}

/// Whether something of the library is so.
#[track_caller]
fn check<T>(what: &str, of: impl IntoIterator<Item = T>, is_so: impl Fn(T) -> bool) {
    assert!(of.into_iter().any(is_so), "nowhere in the library: {what}");
}

#[test]
fn every_form_of_a_measure_is_used() {
    let library = library();
    let cadences = library.measures.iter().map(|measure| measure.cadence);
    check("周期 每N年", cadences, |cadence| {
        matches!(cadence, Cadence::EveryYears(_))
    });
    let places = || {
        let measures = library.measures.iter();
        measures.filter_map(|measure| measure.places.as_ref())
    };
    check("名额 并列同享", places(), |places| {
        places.ties == Ties::Share
    });
    check("名额 并列从严", places(), |places| {
        places.ties == Ties::Miss
    });
    let instalments = || {
        let measures = library.measures.iter();
        measures.map(|measure| &measure.instalments)
    };
    check("分期 若", instalments(), |parts| {
        parts.iter().any(|part| part.condition.is_some())
    });
    check("分期 不带条件", instalments(), |parts| {
        parts.len() > 1 && parts.iter().all(|part| part.condition.is_none())
    });
    let measures = || library.measures.iter();
    check("起付", measures(), |measure| {
        measure.payable_from.is_some()
    });
    check("分担", measures(), |measure| measure.shares.len() > 1);
    check("收款方", measures(), |measure| measure.payee.is_some());
    check("更正", measures(), |measure| !measure.errata.is_empty());
    check("上限金额", measures(), |measure| {
        measure.award.kind == AwardKind::Ceiling
    });
}

#[test]
fn every_form_of_a_limit_is_used() {
    let library = library();
    let rules = |is_so: fn(&FundRule) -> bool, what: &str| {
        check(what, &library.funds, |fund| is_so(&fund.rule));
    };
    rules(|rule| *rule == FundRule::ProRata, "不足时 按比例");
    rules(|rule| *rule == FundRule::FirstCome(None), "不足时 按先后");
    rules(
        |rule| matches!(rule, FundRule::FirstCome(Some(_))),
        "不足时 按先后 式子",
    );
    rules(|rule| matches!(rule, FundRule::Ranked(_)), "不足时 按排名");
    rules(|rule| *rule == FundRule::Stop, "不足时 停发");
    rules(|rule| matches!(rule, FundRule::ByWeight(_)), "分配 按权重");
    check_caps(&library);
    check("就高", &library.highest_of, |group| group.by.is_none());
    check("就高 按", &library.highest_of, |group| {
        group.by.is_some()
    });
    check("就高 跨文件", &library.highest_of, |group| {
        let own = |id: &str| {
            let policy = library.policies.get(group.policy.0).unwrap();
            id.split_once('/').is_some_and(|(id, _)| *id == *policy.id)
        };
        group.over.iter().any(|id| !own(&id.0))
    });
}

fn check_caps(library: &Library) {
    let caps = || library.caps.iter();
    check("限额 每 年", caps(), |cap| {
        cap.window == CapWindow::PerYear
    });
    check("限额 累计", caps(), |cap| {
        cap.window == CapWindow::Cumulative
    });
    check("限额 按", caps(), |cap| cap.by.is_some());
    check("限额 不带按", caps(), |cap| cap.by.is_none());
    check("限额 按比例", caps(), |cap| {
        cap.split == Some(CapSplit::ProRata)
    });
    check("限额 按先后", caps(), |cap| {
        cap.split == Some(CapSplit::FirstCome)
    });
    check("限额 不带分法", caps(), |cap| cap.split.is_none());
}
