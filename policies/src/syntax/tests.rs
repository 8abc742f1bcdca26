//! Tests of the notation as text: both spellings, faults, limits and the printer.

mod faults;
mod feel;
mod limits;
mod literals;
mod notation;
mod printing;
mod samples;
mod words;

use crate::fault::Fault;
use crate::span::FileId;
use crate::syntax::ast::BlockSyntax;
use crate::syntax::{BlockSource, parse_block};

/// Parses a block that stands at the start of its file.
pub(super) fn parse(text: &str) -> (BlockSyntax, Vec<Fault>) {
    parse_block(&BlockSource::contiguous(FileId(0), text, 0))
}

/// Parses a block that must have no faults.
#[track_caller]
pub(super) fn parse_clean(text: &str) -> BlockSyntax {
    let (block, faults) = parse(text);
    assert!(faults.is_empty(), "{text}\n{}", shown(text, &faults));
    block
}

/// The faults as text: the piece they point at and what they say.
pub(super) fn shown(text: &str, faults: &[Fault]) -> String {
    faults
        .iter()
        .map(|fault| {
            let place = text.get(fault.span.range()).unwrap_or("?");
            let help = fault.help.as_deref().unwrap_or("");
            format!("{} ‹{place}› {} | {help}\n", fault.code, fault.message)
        })
        .collect()
}
