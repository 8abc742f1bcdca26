//! Where the underlines of a rendered fault stand, read back from the text that people see.

use unicode_width::UnicodeWidthStr;

/// One underline of a rendered fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Underline {
    /// The number of the source line above it.
    pub line: usize,
    /// The text that stands over the `^` marks.
    pub text: String,
}

/// The `^` underlines of a rendered fault: for each, the line number in the margin and the
/// characters of the source line that stand exactly above the marks, by their display width.
///
/// # Shape
/// An underline whose ends cut a wide character in two gives the text `?`.
#[must_use]
pub fn underlines(rendered: &str) -> Vec<Underline> {
    let mut found = Vec::new();
    let mut above: Option<(usize, &str)> = None;
    for row in rendered.lines() {
        let Some((margin, content)) = row.split_once('|') else {
            continue;
        };
        if let Ok(line) = margin.trim().parse::<usize>() {
            above = Some((line, content));
            continue;
        }
        let Some((line, source)) = above else {
            continue;
        };
        let Some((before, marks)) = run_of_marks(content) else {
            continue;
        };
        found.push(Underline {
            line,
            text: columns(source, before, before.saturating_add(marks)),
        });
    }
    found
}

/// The run of marks that holds a `^`: how many columns stand before it, and how many it has.
/// Parts of the span that have a label of their own are drawn with `-` inside the run.
fn run_of_marks(content: &str) -> Option<(usize, usize)> {
    let primary = content.find('^')?;
    let is_mark = |character: char| matches!(character, '^' | '-');
    let before = content.get(..primary)?.trim_end_matches(is_mark);
    let rest = content.get(before.len()..)?;
    let marks = rest.chars().take_while(|mark| is_mark(*mark)).count();
    Some((before.width(), marks))
}

/// The characters of a line between two display columns.
fn columns(source: &str, from: usize, to: usize) -> String {
    let mut text = String::new();
    let mut column: usize = 0;
    for character in source.chars() {
        let next = column.saturating_add(character.to_string().as_str().width());
        let inside = column >= from && next <= to;
        let outside = next <= from || column >= to;
        if inside {
            text.push(character);
        } else if !outside {
            return "?".to_owned();
        }
        column = next;
    }
    text
}
