//! The printer beyond keywords: names, files, comments.

use super::notation::format;
use crate::span::FileId;
use crate::syntax::keywords::Language;
use crate::syntax::printer::{format_block, format_file, keep_names};
use crate::syntax::{BlockRange, BlockSource, parse_block};

/// A vocabulary of one fact.
fn revenue(name: &str, language: Language) -> Option<String> {
    match (name, language) {
        ("revenue" | "营业收入", Language::Chinese) => Some("营业收入".to_owned()),
        ("revenue" | "营业收入", Language::English) => Some("revenue".to_owned()),
        _ => None,
    }
}

#[test]
fn names_are_translated_and_ids_are_not() {
    let text = "事项 revenue \"营业收入\"\n  资格 营业收入@上年 > 其他\n";
    let source = BlockSource::contiguous(FileId(0), text, 0);
    let english = format_block(&source, Language::English, &revenue).unwrap();
    assert_eq!(
        english,
        "measure revenue \"营业收入\"\n  where revenue@last_year > 其他\n"
    );
    let source = BlockSource::contiguous(FileId(0), &english, 0);
    assert_eq!(
        format_block(&source, Language::Chinese, &revenue).unwrap(),
        text
    );
}

#[test]
fn rows_are_aligned_by_display_width() {
    let text = "定义 a = 按表 首个 {\n|行业|x|结果|\n|\"工业\"|>=1000|1|\n|-|-|2|\n}\n定义 b = 分档(x) {\n[0..5) : 1\n>= 10000 : 2 # 注\n}";
    let expected = "定义 a = 按表 首个 {\n  | 行业   | x       | 结果 |\n  | \"工业\" | >= 1000 | 1    |\n  | -      | -       | 2    |\n}\n定义 b = 分档(x) {\n  [0..5)   : 1\n  >= 10000 : 2  # 注\n}\n";
    assert_eq!(format(text, Language::Chinese), expected);
}

#[test]
fn files_keep_everything_outside_their_blocks() {
    let text = "# 题\n\n* 一\n  ```zhida\n  定义  a=1\n\n  定义 b  = 2\n  ```\n尾 \r\n```zhida\n定义 c = (\n```\n";
    let first = text.find("  定义  a").unwrap()..text.find("  ```\n尾").unwrap();
    let second = text.find("定义 c").unwrap()..text.rfind("```").unwrap();
    let blocks = [
        BlockRange {
            range: second,
            indent: String::new(),
        },
        BlockRange {
            range: first,
            indent: "  ".to_owned(),
        },
    ];
    let formatted = format_file(FileId(3), text, &blocks, Language::Chinese, &keep_names);
    assert_eq!(
        formatted.text,
        text.replace("定义  a=1", "定义 a = 1")
            .replace("定义 b  = 2", "定义 b = 2")
    );
    let [fault] = formatted.faults.as_slice() else {
        panic!("{:?}", formatted.faults);
    };
    assert_eq!(text.get(fault.span.range()), Some("("));
}

#[test]
fn spans_of_an_indented_block_lead_to_the_file() {
    let text = "* 一\n  定义 a = (1 +\n    + 2)\n";
    let block = BlockRange {
        range: 6..text.len(),
        indent: "  ".to_owned(),
    };
    let source = BlockSource::of_range(FileId(0), text, &block);
    let (_, faults) = parse_block(&source);
    let place = faults
        .first()
        .and_then(|fault| text.get(fault.span.range()));
    assert_eq!(place, Some("+"));
    assert_eq!(
        faults.first().map(|fault| fault.span.range().start),
        text.rfind('+')
    );
}

#[test]
fn line_ends_of_a_block_are_kept() {
    assert_eq!(
        format("定义 a=1\r\n定义 b=2\r\n", Language::Chinese),
        "定义 a = 1\r\n定义 b = 2\r\n"
    );
}
