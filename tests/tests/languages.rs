//! The library in English spelling says the same, decides the same, and leaves the law alone.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect, and prints its shares"
)]

use zhida_engine::example::run_examples;
use zhida_policies::check::PolicyText;
use zhida_policies::document::Document;
use zhida_policies::span::FileId;
use zhida_policies::syntax::ast::BlockSyntax;
use zhida_policies::syntax::keywords::Language;
use zhida_policies::syntax::printer::{Translate, format_file, keep_names};
use zhida_policies::syntax::shape::shape;
use zhida_policies::syntax::{BlockRange, BlockSource, parse_block};
use zhida_policies::vocabulary::Vocabulary;
use zhida_tests::library::{checked, library, texts};

/// Prints all blocks of a file.
#[track_caller]
fn print(text: &str, language: Language, names: Translate<'_>) -> String {
    let document = Document::read(text).document;
    let ranges: Vec<BlockRange> = document
        .blocks()
        .iter()
        .map(|block| {
            let range = block.content_span();
            let first = block.to_file_offset(0);
            let indent = text[range.start..first].to_owned();
            BlockRange { range, indent }
        })
        .collect();
    let formatted = format_file(FileId(0), text, &ranges, language, names);
    assert_eq!(formatted.faults, []);
    formatted.text
}

/// The trees of all blocks of a file, without their places.
fn trees(text: &str) -> Vec<String> {
    let document = Document::read(text).document;
    let tree = |text: &str| -> BlockSyntax {
        let (tree, faults) = parse_block(&BlockSource::contiguous(FileId(0), text, 0));
        assert_eq!(faults, []);
        tree
    };
    document
        .blocks()
        .iter()
        .map(|block| shape(&tree(block.text())))
        .collect()
}

/// The bytes outside the blocks.
fn law(text: &str) -> String {
    let document = Document::read(text).document;
    let mut outside = String::new();
    let mut from = 0;
    for block in document.blocks() {
        let span = block.content_span();
        outside.push_str(&text[from..span.start]);
        outside.push('\u{0}');
        from = span.end;
    }
    outside.push_str(&text[from..]);
    outside
}

/// A name of the vocabulary in the other language: a fact, or a field of a list fact.
fn translated(vocabulary: &Vocabulary, name: &str, language: Language) -> Option<String> {
    let fact = vocabulary.fact(vocabulary.find(name)?);
    Some(match language {
        Language::Chinese => fact.name.clone(),
        Language::English => fact.id.clone(),
    })
}

fn library_files() -> Vec<(String, String)> {
    let as_text = |text: PolicyText| (text.path, String::from_utf8(text.bytes).unwrap());
    texts().into_iter().map(as_text).collect()
}

#[test]
fn a_block_keeps_its_meaning_in_either_spelling() {
    let mut blocks = 0;
    for (path, text) in library_files() {
        let english = print(&text, Language::English, &keep_names);
        let back = print(&english, Language::Chinese, &keep_names);
        assert_eq!(trees(&english), trees(&text), "{path}");
        assert_eq!(trees(&back), trees(&text), "{path}");
        blocks += trees(&text).len();
    }
    assert!(blocks >= 100, "{blocks}");
}

#[test]
fn printing_again_changes_nothing() {
    for (path, text) in library_files() {
        let chinese = print(&text, Language::Chinese, &keep_names);
        assert_eq!(
            print(&chinese, Language::Chinese, &keep_names),
            chinese,
            "{path}"
        );
        let english = print(&text, Language::English, &keep_names);
        assert_eq!(
            print(&english, Language::English, &keep_names),
            english,
            "{path}"
        );
        // And the way over English loses no layout.
        assert_eq!(
            print(&english, Language::Chinese, &keep_names),
            chinese,
            "{path}"
        );
    }
}

#[test]
fn the_law_is_untouched_byte_for_byte() {
    for (path, text) in library_files() {
        for language in [Language::Chinese, Language::English] {
            let printed = print(&text, language, &keep_names);
            assert_eq!(law(&printed), law(&text), "{path}");
        }
    }
}

#[test]
fn the_english_library_decides_the_same() {
    let chinese = library();
    let vocabulary = chinese.vocabulary.clone();
    let names = |name: &str, language: Language| translated(&vocabulary, name, language);
    let english = texts().into_iter().map(|file| {
        let text = String::from_utf8(file.bytes).unwrap();
        PolicyText {
            path: file.path,
            bytes: print(&text, Language::English, &names).into_bytes(),
        }
    });
    let english = checked(english.collect());
    let (expected, found) = (run_examples(&chinese), run_examples(&english));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.measure, expected.measure);
        assert!(found.fault.is_none(), "{} {}", found.measure, found.index);
        // Decisions hold places in the text, which differ; the outcome may not.
        let outcome = std::mem::discriminant(&expected.decision);
        assert_eq!(
            std::mem::discriminant(&found.decision),
            outcome,
            "{}",
            found.measure
        );
        if let (Some(found), Some(expected)) = (award(&found.decision), award(&expected.decision)) {
            assert_eq!(found, expected);
        }
    }
}

fn award(decision: &zhida_engine::decision::Decision) -> Option<zhida_policies::values::Money> {
    match decision {
        zhida_engine::decision::Decision::Eligible { award, .. } => Some(*award),
        zhida_engine::decision::Decision::NotApplicable(_)
        | zhida_engine::decision::Decision::Ineligible(_)
        | zhida_engine::decision::Decision::Undetermined(_)
        | zhida_engine::decision::Decision::Error(_) => None,
    }
}
