//! Any bytes are read without a panic, and what has no faults prints to a text that means the
//! same. `cargo +nightly fuzz run block` in this folder's parent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhida_policies::span::FileId;
use zhida_policies::syntax::keywords::Language;
use zhida_policies::syntax::printer::{format_block, keep_names};
use zhida_policies::syntax::shape::shape;
use zhida_policies::syntax::{BlockSource, parse_block, parse_cell, parse_expression};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let source = BlockSource::contiguous(FileId(0), &text, 0);
    let (block, faults) = parse_block(&source);
    let _ = parse_expression(&text, FileId(0), &[]);
    let _ = parse_cell(&text, FileId(0), &[]);
    if !faults.is_empty() {
        return;
    }
    for language in [Language::Chinese, Language::English] {
        let printed = format_block(&source, language, &keep_names).expect("no faults");
        let again = BlockSource::contiguous(FileId(0), &printed, 0);
        let (reread, faults) = parse_block(&again);
        assert!(faults.is_empty(), "{printed}");
        assert_eq!(shape(&reread), shape(&block), "{printed}");
        assert_eq!(
            format_block(&again, language, &keep_names).as_ref(),
            Ok(&printed)
        );
    }
});
