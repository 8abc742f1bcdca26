//! From a block back to text, in one spelling and one layout; nothing that a person wrote is lost.
//!
//! The printer works on tokens, not on the tree: comments, order and line breaks stay as written.
//! It changes the spelling of keywords, periods and known names, punctuation to ASCII, spaces,
//! indentation, and the columns of tables.

mod layout;
mod piece;

use crate::fault::Fault;
use crate::span::FileId;
use crate::syntax::keywords::Language;
use crate::syntax::parser::annotate_block;
use crate::syntax::source::{BlockRange, BlockSource};

/// How the name of a fact or field is spelled in a language; `None` leaves it as it is.
pub type Translate<'a> = &'a dyn Fn(&str, Language) -> Option<String>;

/// Leaves every name as it is.
#[must_use]
pub fn keep_names(_name: &str, _language: Language) -> Option<String> {
    None
}

/// Prints a block.
///
/// # Shape
/// Formatting what was formatted changes nothing, and the text means what it meant: its tree is
/// the same but for positions and translated names.
/// # Errors
/// All faults of the block, if it has any; such a block is not printed.
/// # Example
/// ```
/// # use zhida_policies::span::FileId;
/// # use zhida_policies::syntax::BlockSource;
/// # use zhida_policies::syntax::keywords::Language;
/// # use zhida_policies::syntax::printer::{format_block, keep_names};
/// let source = BlockSource::contiguous(FileId(0), "定义 大企业=营业收入≥４亿元 且 规上企业", 0);
/// let chinese = format_block(&source, Language::Chinese, &keep_names);
/// assert_eq!(chinese, Ok("定义 大企业 = 营业收入 >= 4亿元 且 规上企业\n".to_owned()));
/// let english = format_block(&source, Language::English, &keep_names);
/// assert_eq!(english, Ok("define 大企业 = 营业收入 >= 4亿元 and 规上企业\n".to_owned()));
/// ```
pub fn format_block(
    source: &BlockSource<'_>,
    language: Language,
    names: Translate<'_>,
) -> Result<String, Vec<Fault>> {
    let (_, faults, annotated) = annotate_block(source);
    if !faults.is_empty() {
        return Err(faults);
    }
    let pieces = piece::pieces(source.text(), &annotated, language, names);
    let text = layout::print(&pieces);
    if source.text().contains("\r\n") {
        return Ok(text.replace("\r\n", "\n").replace('\n', "\r\n"));
    }
    Ok(text)
}

/// A policy file with its blocks printed anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormattedFile {
    /// The whole file.
    pub text: String,
    /// The faults of the blocks that were left as they are.
    pub faults: Vec<Fault>,
}

/// Prints every block of a file and leaves all bytes outside the blocks as they are.
///
/// # Shape
/// `blocks` in any order; ranges that overlap or do not lie in the text are left as they are. A
/// block with faults is left as it is, and its faults are given back.
#[must_use]
pub fn format_file(
    file: FileId,
    text: &str,
    blocks: &[BlockRange],
    language: Language,
    names: Translate<'_>,
) -> FormattedFile {
    let mut ordered: Vec<&BlockRange> = blocks.iter().collect();
    ordered.sort_unstable_by_key(|block| (block.range.start, block.range.end));
    let mut formatted = FormattedFile {
        text: String::with_capacity(text.len()),
        faults: Vec::new(),
    };
    let mut copied = 0;
    for block in ordered {
        let Some(before) = text.get(copied..block.range.start) else {
            continue;
        };
        if text.get(block.range.clone()).is_none() {
            continue;
        }
        let source = BlockSource::of_range(file, text, block);
        match format_block(&source, language, names) {
            Ok(printed) => {
                formatted.text.push_str(before);
                push_indented(&mut formatted.text, &printed, &block.indent);
                copied = block.range.end;
            }
            Err(faults) => formatted.faults.extend(faults),
        }
    }
    formatted
        .text
        .push_str(text.get(copied..).unwrap_or_default());
    formatted
}

/// Adds lines with an indentation before each that is not empty.
fn push_indented(out: &mut String, printed: &str, indent: &str) {
    for line in printed.split_inclusive('\n') {
        if !line.trim().is_empty() {
            out.push_str(indent);
        }
        out.push_str(line);
    }
}
