//! Every construct in both spellings, read and printed.

use super::samples::{DESCRIBED, PAIRS};
use super::{parse_clean, shown};
use crate::span::FileId;
use crate::syntax::BlockSource;
use crate::syntax::keywords::Language;
use crate::syntax::printer::{format_block, keep_names};
use crate::syntax::shape::shape;

#[track_caller]
pub(super) fn format(text: &str, language: Language) -> String {
    let source = BlockSource::contiguous(FileId(0), text, 0);
    format_block(&source, language, &keep_names)
        .unwrap_or_else(|faults| panic!("{text}\n{}", shown(text, &faults)))
}

/// Printing keeps the meaning, is settled after once, and comes back from the other spelling.
#[track_caller]
pub(super) fn check_printed(text: &str) {
    let meaning = shape(&parse_clean(text));
    let chinese = format(text, Language::Chinese);
    let english = format(text, Language::English);
    assert_eq!(shape(&parse_clean(&chinese)), meaning, "{text}\n{chinese}");
    assert_eq!(shape(&parse_clean(&english)), meaning, "{text}\n{english}");
    assert_eq!(format(&chinese, Language::Chinese), chinese);
    assert_eq!(format(&english, Language::English), english);
    assert_eq!(format(&english, Language::Chinese), chinese, "{english}");
}

#[test]
fn both_spellings_say_the_same() {
    for (chinese, english) in PAIRS {
        let left = shape(&parse_clean(chinese));
        let right = shape(&parse_clean(english));
        assert_eq!(left, right, "{chinese}\n{english}");
    }
}

#[test]
fn both_spellings_print_alike() {
    for (chinese, english) in PAIRS {
        check_printed(chinese);
        check_printed(english);
    }
}

#[test]
fn the_blocks_of_the_description_are_read_and_printed() {
    for text in DESCRIBED {
        check_printed(text);
    }
}
