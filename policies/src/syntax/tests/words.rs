//! The table of keywords.

use crate::syntax::keywords::{TABLE, entry, is_reserved, means};

/// The text of the grammar.
const GRAMMAR: &str = include_str!("../../../../docs/grammar.md");

/// The first word of each column of the statements in the grammar's text.
fn openers() -> Vec<String> {
    let mut words = Vec::new();
    let fences = GRAMMAR.split("```text").skip(1).take(2);
    for fence in fences {
        let body = fence.split("```").next().unwrap();
        for line in body.lines().filter(|line| !line.is_empty()) {
            for column in line.split("   ").filter(|column| !column.trim().is_empty()) {
                words.extend(column.split_whitespace().next().map(str::to_owned));
            }
        }
    }
    words
}

#[test]
fn every_keyword_of_the_grammar_is_in_the_table() {
    let words = openers();
    assert!(words.len() > 50, "{words:?}");
    for word in words {
        assert!(is_reserved(&word), "{word}");
    }
}

#[test]
fn a_printed_keyword_is_read_back() {
    for row in TABLE {
        let printed = entry(row.meaning).unwrap();
        assert!(means(printed.chinese, row.meaning), "{row:?}");
        assert!(means(printed.english, row.meaning), "{row:?}");
    }
}
