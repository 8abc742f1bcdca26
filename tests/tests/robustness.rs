//! No text breaks the checker: whatever it is given, it answers with faults, and soon.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a test that overflows or reads beyond an end fails, as it should"
)]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use zhida_policies::check::PolicyText;
use zhida_policies::load::read_policies;
use zhida_policies::measure::library::Library;
use zhida_policies::render::{Colours, record, render};
use zhida_tests::cases::{Ground, golden, project};

static GROUND: LazyLock<Ground> =
    LazyLock::new(|| Ground::library().expect("the library's vocabulary is read"));

/// Every policy of the library and every golden case.
static TEXTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folders = [project().join("policies/library"), golden()];
    folders
        .iter()
        .flat_map(|folder| read_policies(folder).expect("the folder is read"))
        .map(|text| text.bytes)
        .collect()
});

/// Far above what any of these takes, even on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// Checks a text and renders what is wrong with it.
fn survive(bytes: Vec<u8>) -> Library {
    let started = Instant::now();
    let library = GROUND.check(vec![PolicyText {
        path: "any.md".to_owned(),
        bytes,
    }]);
    for fault in library.faults.iter().take(50) {
        assert!(!render(&library, fault, Colours::Plain).is_empty());
        let place = record(&library, fault).place;
        assert!(place.line >= 1 && place.column >= 1);
    }
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    library
}

/// A policy with one block.
fn policy(block: &str) -> Vec<u8> {
    format!(
        "---\nid: any\ntitle: t\nissuer: i\nregion: \"4206\"\npublished: 2025-01-01\n\
         effective: 2025-01-01\nsource: s\n---\n\n# t\n\n## 第一条\n\n文\n\n```zhida\n{block}\n```\n"
    )
    .into_bytes()
}

/// One change of a text: where, how long, and what comes instead.
#[derive(Clone, Debug)]
enum Change {
    Delete(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Insert(prop::sample::Index, String),
    Move(prop::sample::Index, usize, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (place(), 1..40_usize).prop_map(|(at, length)| Change::Delete(at, length)),
        (place(), 1..200_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        (place(), "[ -~]{0,8}|[{}()\\[\\]|.,:@=<>%]{1,6}|(且|或|非|设|金额|分档|按表|定义|举例|=>|\n){1,4}")
            .prop_map(|(at, text)| Change::Insert(at, text)),
        (place(), 1..80_usize, place()).prop_map(|(at, length, to)| Change::Move(at, length, to)),
    ]
}

fn changed(mut bytes: Vec<u8>, change: &Change) -> Vec<u8> {
    let cut = |bytes: &[u8], at: &prop::sample::Index, length: usize| {
        let start = at.index(bytes.len().max(1)).min(bytes.len());
        start..(start + length).min(bytes.len())
    };
    match change {
        Change::Delete(at, length) => {
            bytes.drain(cut(&bytes, at, *length));
        }
        Change::Repeat(at, length) => {
            let range = cut(&bytes, at, *length);
            let copy = bytes[range.clone()].to_vec();
            bytes.splice(range.end..range.end, copy);
        }
        Change::Insert(at, text) => {
            let start = cut(&bytes, at, 0).start;
            bytes.splice(start..start, text.bytes());
        }
        Change::Move(at, length, to) => {
            let moved: Vec<u8> = bytes.drain(cut(&bytes, at, *length)).collect();
            let start = cut(&bytes, to, 0).start;
            bytes.splice(start..start, moved);
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survive(bytes);
    }

    #[test]
    fn any_block_is_survived(block in "\\PC{0,300}") {
        survive(policy(&block));
    }

    #[test]
    fn changed_policies_are_survived(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let text = TEXTS[which.index(TEXTS.len())].clone();
        survive(changes.iter().fold(text, changed));
    }
}

#[test]
fn chains_of_definitions_end() {
    for count in [10, 25, 3_000] {
        let mut block = String::from("定义 d0 = 营业收入\n");
        for index in 1..count {
            block.push_str(&format!(
                "定义 d{index} = d{} + d{}@上年\n",
                index - 1,
                index - 1
            ));
        }
        let library = survive(policy(&block));
        assert_eq!(library.has_faults(), count > 25, "{count}");
    }
}

#[test]
fn high_expressions_in_chains_of_definitions_end() {
    let sum = " + 1元".repeat(200);
    let mut block = String::from("定义 d0 = 营业收入\n");
    for index in 1..20 {
        block.push_str(&format!("定义 d{index} = d{}{sum}\n", index - 1));
    }
    assert!(survive(policy(&block)).has_faults());
}

#[test]
fn results_of_many_branches_end() {
    let mut block = String::from("定义 d0 = \"甲\"\n");
    for index in 1..60 {
        let before = index - 1;
        block.push_str(&format!(
            "定义 d{index} = 如果 规上企业 则 d{before} 否则 d{before}\n"
        ));
    }
    block.push_str("事项 m \"m\"\n资格 d59 = \"乙\"\n金额 1元 取整 元 舍去\n");
    let library = survive(policy(&block));
    assert!(
        library
            .faults
            .iter()
            .any(|fault| fault.message.contains('乙'))
    );
}

#[test]
fn nested_tests_and_tables_end() {
    let tests = format!(
        "事项 m \"m\"\n资格 {}1{}\n金额 1元 取整 元 舍去",
        "(< ".repeat(40),
        ")".repeat(40)
    );
    survive(policy(&tests));
    let mut table = "1元".to_owned();
    for _ in 0..20 {
        table = format!("按表 优先 (1元) {{\n| 规上企业 | 结果 |\n| 是 | {table} |\n}}");
    }
    survive(policy(&format!(
        "事项 m \"m\"\n资格 是\n金额 {table} 取整 元 舍去"
    )));
}

#[test]
fn long_texts_of_figures_end() {
    let figures = "奖励 7 8 9 10 11 12 ".repeat(20_000);
    let text = String::from_utf8(policy("事项 m \"m\"\n资格 是\n金额 7元 取整 元 舍去"));
    let text = text.expect("the policy is UTF-8").replace("文", &figures);
    survive(text.into_bytes());
}

#[test]
fn many_rows_end() {
    let rows: String = (0..3_000)
        .map(|index| format!("[{index}..{}) : 1元\n", index + 1))
        .collect();
    survive(policy(&format!(
        "事项 m \"m\"\n资格 是\n金额 分档(从业人员) {{\n{rows}}} 取整 元 舍去"
    )));
    let same = "[1..2) : 1元\n".repeat(3_000);
    survive(policy(&format!(
        "事项 m \"m\"\n资格 是\n金额 分档(从业人员) {{\n{same}}} 取整 元 舍去"
    )));
}
