//! Strange and hostile texts: always an answer, never a panic, never a deep recursion.

use proptest::prelude::*;

use super::notation::check_printed;
use super::parse;
use super::samples::{DESCRIBED, PAIRS};
use crate::span::FileId;
use crate::syntax::limits::{BLOCK_BYTES_MAX, TOKENS_MAX};
use crate::syntax::{parse_cell, parse_expression};

/// Reads a text in every way; what has no faults must also print.
fn survive(text: &str) {
    let (_, faults) = parse(text);
    for fault in &faults {
        assert!(text.get(fault.span.range()).is_some(), "{fault:?}");
    }
    if faults.is_empty() {
        check_printed(text);
    }
    let names = ["Full Name".to_owned()];
    let _ = parse_expression(text, FileId(0), &names);
    let _ = parse_cell(text, FileId(0), &names);
}

#[test]
fn nesting_is_limited() {
    let deep = |open: &str, close: &str, count: usize| {
        format!("定义 a = {}1{}", open.repeat(count), close.repeat(count))
    };
    assert!(parse(&deep("(", ")", 60)).1.is_empty());
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("-", ""),
        ("非 ", ""),
        ("最小(", ")"),
        ("分档(", ") {1:1}"),
        ("如果 1 则 1 否则 ", ""),
        ("x[", "]"),
        ("1 + (", ")"),
        ("1 属于 (", ")"),
        ("按表 首个 {\n|1|结果|\n|1|", "|\n}"),
    ] {
        let text = deep(open, close, 5000);
        assert!(!parse(&text).1.is_empty(), "{open}");
        let _ = parse_expression(&text, FileId(0), &[]);
    }
}

#[test]
fn chains_are_limited() {
    let chain = |count: usize| format!("定义 a = 1{}", " + 1".repeat(count));
    assert!(parse(&chain(200)).1.is_empty());
    assert!(!parse(&chain(300)).1.is_empty());
    assert!(!parse(&chain(100_000)).1.is_empty());
    assert!(
        !parse(&format!("定义 a = x{}", "[1]".repeat(10_000)))
            .1
            .is_empty()
    );
}

#[test]
fn size_is_limited() {
    let large = format!("定义 a = \"{}\"", "a".repeat(BLOCK_BYTES_MAX));
    assert_eq!(parse(&large).1.len(), 1);
    let many = format!("定义 a = [{}1]", "1,".repeat(TOKENS_MAX));
    assert!(!parse(&many).1.is_empty());
}

#[test]
fn cut_blocks_are_survived() {
    for (chinese, english) in PAIRS {
        for text in [chinese, english] {
            for (end, _) in text.char_indices() {
                survive(text.get(..end).unwrap());
            }
        }
    }
}

/// Pieces that mean something, to be put together at random.
const PIECES: &[&str] = &[
    "事项",
    "m",
    "\n",
    "资格",
    "金额",
    "举例",
    "=>",
    "=",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    ",",
    ":",
    ";",
    "..",
    "1",
    "2元",
    "3%",
    "\"a\"",
    "“b”",
    "且",
    "或",
    "非",
    "属于",
    "介于",
    "与",
    "如果",
    "则",
    "否则",
    "分档",
    "按表",
    "首个",
    "结果",
    "最小",
    "已付",
    "本事项",
    "@上年",
    "@1月..9月",
    "-",
    "+",
    "/",
    "*",
    "<",
    ">=",
    "#",
    "/*",
    "*/",
    "依据",
    "取整",
    "元",
    "舍去",
    "参数",
    "2024-01-01",
    "x",
    "缺失",
    "定义",
    "限额",
    "适用",
    "按",
    "3年",
    "if",
    "round half up",
];

fn sample() -> impl Strategy<Value = String> {
    let texts: Vec<&'static str> = PAIRS
        .iter()
        .flat_map(|(chinese, english)| [*chinese, *english])
        .chain(DESCRIBED.iter().copied())
        .collect();
    proptest::sample::select(texts).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in "\\PC*") {
        survive(&text);
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survive(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn pieces_in_any_order_are_survived(
        pieces in proptest::collection::vec(
            (proptest::sample::select(PIECES), proptest::sample::select(&["", " ", "\n"][..])),
            0..40,
        )
    ) {
        let text: String = pieces.iter().flat_map(|(piece, gap)| [*piece, *gap]).collect();
        survive(&text);
    }

    #[test]
    fn changed_blocks_are_survived(
        text in sample(),
        changes in proptest::collection::vec(
            (any::<proptest::sample::Index>(), proptest::sample::select(PIECES), 0_usize..3),
            1..5,
        ),
    ) {
        let mut letters: Vec<char> = text.chars().collect();
        for (place, piece, removed) in changes {
            let at = place.index(letters.len().max(1)).min(letters.len());
            let end = at.saturating_add(removed).min(letters.len());
            letters.splice(at..end, piece.chars());
        }
        survive(&letters.into_iter().collect::<String>());
    }
}
