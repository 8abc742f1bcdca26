//! Faults as people read them: the line, the span underlined, the help.
//!
//! Columns are counted in characters and underlines are right under wide characters; the
//! library that draws them is the one of the Rust compiler.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::document::{LineIndex, LinePosition};
use crate::fault::Fault;
use crate::measure::library::{Library, SourceFile};
use crate::span::Span;

/// Whether the text goes to a terminal that shows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Plain text.
    Plain,
    /// With terminal colours.
    Terminal,
}

/// Where a fault stands, as people say it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FaultPlace {
    /// The path of the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// One past the last character.
    pub end_column: usize,
    /// The clause, such as 第八条; empty before the first.
    pub article: String,
}

/// A fault as data, for pages and for `--json`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FaultRecord {
    /// The published code.
    pub code: String,
    /// `fault` or `warning`.
    pub level: &'static str,
    /// Where it stands.
    #[serde(flatten)]
    pub place: FaultPlace,
    /// What is wrong.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// The place of a span.
#[must_use]
pub fn place(library: &Library, span: Span) -> FaultPlace {
    let file = file_of(library, span);
    let text: &str = file.map_or("", |file| &file.text);
    let lines = LineIndex::new(text);
    let range = span.range();
    let start: LinePosition = lines.position(text, range.start);
    let end = lines.position(text, range.end);
    FaultPlace {
        file: file.map_or_else(String::new, |file| file.path.clone()),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        article: article_at(library, span),
    }
}

fn file_of(library: &Library, span: Span) -> Option<&SourceFile> {
    usize::try_from(span.file.0)
        .ok()
        .and_then(|index| library.files.get(index))
}

/// The clause above a place.
fn article_at(library: &Library, span: Span) -> String {
    let start = span.range().start;
    library
        .policies
        .iter()
        .find(|policy| policy.file == span.file)
        .and_then(|policy| {
            policy
                .articles
                .iter()
                .rev()
                .find(|article| article.span.start <= start)
        })
        .map(|article| article.label.clone())
        .unwrap_or_default()
}

/// A fault as data.
#[must_use]
pub fn record(library: &Library, fault: &Fault) -> FaultRecord {
    FaultRecord {
        code: fault.code.to_string(),
        level: if fault.code.is_warning() {
            "warning"
        } else {
            "fault"
        },
        place: place(library, fault.span),
        message: fault.message.clone(),
        help: fault.help.clone(),
    }
}

/// A fault as text.
#[must_use]
pub fn render(library: &Library, fault: &Fault, colours: Colours) -> String {
    let renderer = match colours {
        Colours::Plain => Renderer::plain(),
        Colours::Terminal => Renderer::styled(),
    };
    let level = if fault.code.is_warning() {
        Level::WARNING.with_name("警告")
    } else {
        Level::ERROR.with_name("错误")
    };
    let code = fault.code.to_string();
    let article = article_at(library, fault.span);
    let path = file_of(library, fault.span).map_or("", |file| &file.path);
    let title = if article.is_empty() {
        fault.message.clone()
    } else {
        format!("{}({article})", fault.message)
    };
    let text = file_of(library, fault.span).map_or("", |file| &*file.text);
    let mut snippet = Snippet::source(text)
        .path(path)
        .annotation(AnnotationKind::Primary.span(on_characters(text, fault.span)));
    let mut elsewhere: Vec<(&SourceFile, &Span, &String)> = Vec::new();
    for (span, label) in &fault.related {
        if span.file == fault.span.file {
            snippet = snippet.annotation(
                AnnotationKind::Context
                    .span(on_characters(text, *span))
                    .label(label.as_str()),
            );
        } else if let Some(file) = file_of(library, *span) {
            elsewhere.push((file, span, label));
        }
    }
    let mut group = level
        .primary_title(title.as_str())
        .id(code.as_str())
        .element(snippet);
    for (file, span, label) in elsewhere {
        group = group.element(
            Snippet::source(&*file.text)
                .path(file.path.as_str())
                .annotation(
                    AnnotationKind::Context
                        .span(on_characters(&file.text, *span))
                        .label(label.as_str()),
                ),
        );
    }
    let mut report: Vec<Group<'_>> = vec![group];
    if let Some(help) = &fault.help
        && let Some(last) = report.pop()
    {
        report.push(last.element(Level::HELP.with_name("帮助").message(help.as_str())));
    }
    renderer.render(&report)
}

/// The byte range of a span, moved to the borders of characters.
fn on_characters(text: &str, span: Span) -> std::ops::Range<usize> {
    let range = span.range();
    let start = text.floor_char_boundary(range.start.min(text.len()));
    let end = text.ceil_char_boundary(range.end.min(text.len()));
    start..end.max(start)
}
