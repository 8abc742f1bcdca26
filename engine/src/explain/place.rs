//! The text behind a span.

use serde::Serialize;
use zhida_policies::document::LinePosition;
use zhida_policies::measure::library::{Library, SourceFile};
use zhida_policies::span::Span;

/// Where something stands in the policy files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, below the folder of policies.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// The most characters of a rule that an explanation repeats; a table of sixty rows is read in
/// its file.
const TEXT_CHARACTERS_MAX: usize = 120;

/// The text at a span, on one line; the end of a long one is left out.
#[must_use]
pub(crate) fn short_text_at(library: &Library, span: Span) -> String {
    let line = text_at(library, span);
    match line.char_indices().nth(TEXT_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// The text at a span, on one line.
#[must_use]
pub fn text_at(library: &Library, span: Span) -> String {
    let text = file_of(library, span)
        .and_then(|file| file.text.get(span.range()))
        .unwrap_or_default();
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// The place of a span.
#[must_use]
pub fn place_of(library: &Library, span: Span) -> Option<Place> {
    let file = file_of(library, span)?;
    let start = span.range().start;
    file.text.get(..start)?;
    let position = LinePosition::of(&file.text, start);
    Some(Place {
        path: file.path.clone(),
        line: position.line,
        column: position.column,
    })
}

/// The file of a span; files are numbered in their order.
fn file_of(library: &Library, span: Span) -> Option<&SourceFile> {
    let place = usize::try_from(span.file.0).ok()?;
    let there = library.files.get(place);
    there
        .filter(|file| file.id == span.file)
        .or_else(|| library.files.iter().find(|file| file.id == span.file))
}
