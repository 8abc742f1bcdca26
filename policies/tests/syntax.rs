//! The parser and printer over the texts of the library and the corpus of the fuzz target.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zhida_policies::check::{CheckOptions, check as check_policies};
use zhida_policies::document::Document;
use zhida_policies::fault::Fault;
use zhida_policies::load::{read_policies, read_vocabulary};
use zhida_policies::span::FileId;
use zhida_policies::syntax::keywords::Language;
use zhida_policies::syntax::printer::{Translate, format_block, format_file, keep_names};
use zhida_policies::syntax::shape::shape;
use zhida_policies::syntax::{BlockRange, BlockSource, parse_block, parse_cell, parse_expression};
use zhida_policies::values::Codes;

/// All files with an ending below a folder, in the order of their paths.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path
            .extension()
            .is_some_and(|extension| extension == ending)
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn format(text: &str, language: Language) -> Result<String, Vec<Fault>> {
    let source = BlockSource::contiguous(FileId(0), text, 0);
    format_block(&source, language, &keep_names)
}

/// What the fuzz target asserts: no panic, and what has no faults prints to the same meaning.
#[track_caller]
fn check(text: &str) -> bool {
    let (block, faults) = parse_block(&BlockSource::contiguous(FileId(0), text, 0));
    let _ = parse_expression(text, FileId(0), &[]);
    let _ = parse_cell(text, FileId(0), &[]);
    if !faults.is_empty() {
        return false;
    }
    for language in [Language::Chinese, Language::English] {
        let printed = format(text, language).unwrap();
        let (again, _) = parse_block(&BlockSource::contiguous(FileId(0), &printed, 0));
        assert_eq!(shape(&again), shape(&block), "{printed}");
        assert_eq!(format(&printed, language).unwrap(), printed);
    }
    true
}

/// Prints all blocks of a policy file.
fn format_document(text: &str, language: Language, names: Translate<'_>) -> String {
    let document = Document::read(text).document;
    let ranges: Vec<BlockRange> = document
        .blocks()
        .iter()
        .map(|block| {
            let range = block.content_span();
            let first = block.to_file_offset(0);
            let indent = text.get(range.start..first).unwrap().to_owned();
            BlockRange { range, indent }
        })
        .collect();
    let formatted = format_file(FileId(0), text, &ranges, language, names);
    assert_eq!(formatted.faults, []);
    formatted.text
}

#[test]
fn the_corpus_of_the_fuzz_target_passes() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/block");
    let paths = files(&corpus, "zhida");
    assert!(paths.len() >= 8, "{paths:?}");
    for path in paths {
        check(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
    }
}

#[test]
fn the_blocks_of_the_library_keep_their_meaning() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("library");
    let mut count: usize = 0;
    for path in files(&library, "md") {
        let text = fs::read_to_string(&path).unwrap();
        let once = format_document(&text, Language::Chinese, &keep_names);
        let twice = format_document(&once, Language::Chinese, &keep_names);
        assert_eq!(twice, once, "{}", path.display());
        let (before, after) = (
            Document::read(&text).document,
            Document::read(&once).document,
        );
        assert_eq!(before.articles().len(), after.articles().len());
        for (block, printed) in before.blocks().iter().zip(after.blocks()) {
            assert!(check(block.text()), "{}", path.display());
            let tree = |text| shape(&parse_block(&BlockSource::contiguous(FileId(0), text, 0)).0);
            assert_eq!(
                tree(block.text()),
                tree(printed.text()),
                "{}",
                path.display()
            );
            count = count.saturating_add(1);
        }
    }
    assert!(count > 50, "{count}");
}

/// The library in English, names and all, is as free of faults as in Chinese: every example of
/// every measure still gives what it gave.
#[test]
fn the_library_in_english_has_the_same_faults() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("library");
    let vocabulary = read_vocabulary(&root.join("vocabulary.toml")).unwrap();
    let names = |name: &str, language: Language| {
        let fact = vocabulary.fact(vocabulary.find(name)?);
        Some(match language {
            Language::Chinese => fact.name.clone(),
            Language::English => fact.id.clone(),
        })
    };
    let chinese = read_policies(&root).unwrap();
    let mut english = chinese.clone();
    for policy in &mut english {
        let text = std::str::from_utf8(&policy.bytes).unwrap();
        let printed = format_document(text, Language::English, &names);
        let back = format_document(&printed, Language::Chinese, &names);
        let settled = format_document(text, Language::Chinese, &names);
        assert_eq!(back, settled, "{}", policy.path);
        policy.bytes = printed.into_bytes();
    }
    let codes = Arc::new(Codes::built_in().unwrap());
    let faults = |texts| {
        let options = CheckOptions { today: None };
        let library = check_policies(texts, vocabulary.clone(), codes.clone(), options);
        library
            .faults
            .iter()
            .map(|fault| (fault.code, fault.message.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(faults(english), faults(chinese));
}
