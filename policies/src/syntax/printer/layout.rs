//! Lines, indentation and columns.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::piece::{Piece, PieceKind};

/// One line of a printed block.
struct Line<'p> {
    indent: usize,
    blank_before: bool,
    pieces: &'p [Piece],
}

/// Prints the pieces of a block.
pub(super) fn print(pieces: &[Piece]) -> String {
    let lines = lines(pieces);
    let colons = colon_columns(&lines);
    let columns = table_columns(&lines);
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        if line.blank_before && index > 0 {
            out.push('\n');
        }
        out.push_str(&" ".repeat(line.indent));
        let text = match first_mark(line.pieces) {
            Some(Mark::Bar(table)) => {
                row(line.pieces, columns.get(&table).map_or(&[], Vec::as_slice))
            }
            Some(Mark::Colon(table, at)) => {
                let before = joined(line.pieces.get(..at).unwrap_or_default());
                let after = joined(line.pieces.get(at..).unwrap_or_default());
                let column = colons.get(&table).copied().unwrap_or(0);
                let width = column.saturating_sub(line.indent);
                format!("{} {after}", padded(&before, width))
            }
            None => joined(line.pieces),
        };
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// Cuts the pieces into lines where they stood on new lines, and indents them.
fn lines(pieces: &[Piece]) -> Vec<Line<'_>> {
    let starts: Vec<usize> = (0..pieces.len())
        .filter(|index| starts_line(pieces, *index))
        .collect();
    let mut lines = Vec::with_capacity(starts.len());
    let mut statement: usize = 0;
    let mut open: Vec<usize> = Vec::new();
    for (number, start) in starts.iter().enumerate() {
        let end = starts
            .get(number.saturating_add(1))
            .copied()
            .unwrap_or(pieces.len());
        let line = pieces.get(*start..end).unwrap_or_default();
        let rest = pieces.get(*start..).unwrap_or_default();
        let indent = match statement_indent(rest) {
            Some(indent) => {
                if !line.iter().all(is_comment) {
                    statement = indent;
                    open.clear();
                }
                indent
            }
            None => continued_indent(line, statement, &open),
        };
        for piece in line {
            match piece.kind {
                PieceKind::Open => open.push(indent),
                PieceKind::Close => {
                    open.pop();
                }
                PieceKind::Declaration
                | PieceKind::Statement
                | PieceKind::RowColon(_)
                | PieceKind::Bar(_)
                | PieceKind::LineComment
                | PieceKind::BlockComment
                | PieceKind::Plain => {}
            }
        }
        lines.push(Line {
            indent,
            blank_before: line.first().is_some_and(|piece| piece.blank),
            pieces: line,
        });
    }
    lines
}

fn starts_line(pieces: &[Piece], index: usize) -> bool {
    let Some(piece) = pieces.get(index) else {
        return false;
    };
    let after_comment = index
        .checked_sub(1)
        .and_then(|before| pieces.get(before))
        .is_none_or(|before| before.kind == PieceKind::LineComment);
    let statement = matches!(piece.kind, PieceKind::Declaration | PieceKind::Statement);
    piece.breaks || after_comment || statement
}

fn is_comment(piece: &Piece) -> bool {
    matches!(piece.kind, PieceKind::LineComment | PieceKind::BlockComment)
}

/// The indentation of a line that begins with a statement, or of a comment before one.
fn statement_indent(rest: &[Piece]) -> Option<usize> {
    match rest.iter().find(|piece| !is_comment(piece)) {
        None => Some(0),
        Some(piece) => match piece.kind {
            PieceKind::Declaration => Some(0),
            PieceKind::Statement => Some(2),
            PieceKind::Open
            | PieceKind::Close
            | PieceKind::RowColon(_)
            | PieceKind::Bar(_)
            | PieceKind::LineComment
            | PieceKind::BlockComment
            | PieceKind::Plain => None,
        },
    }
}

/// The indentation of a line that goes on with a statement.
fn continued_indent(line: &[Piece], statement: usize, open: &[usize]) -> usize {
    let closers = line
        .iter()
        .take_while(|piece| piece.kind == PieceKind::Close)
        .count();
    if closers > 0 {
        let index = open.len().checked_sub(closers);
        return index
            .and_then(|index| open.get(index))
            .copied()
            .unwrap_or(statement);
    }
    match open.last() {
        Some(indent) => indent.saturating_add(2),
        None => statement.saturating_add(4),
    }
}

/// Pieces in one line with the spaces between them.
fn joined(pieces: &[Piece]) -> String {
    let mut out = String::new();
    let mut before: Option<&Piece> = None;
    for piece in pieces {
        out.push_str(before.map_or("", |before| gap(before, piece)));
        out.push_str(&piece.text);
        before = Some(piece);
    }
    out
}

/// What stands between two pieces of a line.
fn gap(before: &Piece, piece: &Piece) -> &'static str {
    if piece.kind == PieceKind::LineComment {
        return "  ";
    }
    if is_comment(before) || is_comment(piece) {
        return " ";
    }
    let call = before.callee && piece.text == "(";
    if before.tight_after || piece.tight_before || call {
        ""
    } else {
        " "
    }
}

/// What a line is aligned by.
enum Mark {
    /// The bars of a decision table.
    Bar(usize),
    /// The colon of a tier table, and its place among the pieces.
    Colon(usize, usize),
}

fn first_mark(pieces: &[Piece]) -> Option<Mark> {
    pieces
        .iter()
        .enumerate()
        .find_map(|(at, piece)| match piece.kind {
            PieceKind::Bar(table) => Some(Mark::Bar(table)),
            PieceKind::RowColon(table) => Some(Mark::Colon(table, at)),
            PieceKind::Declaration
            | PieceKind::Statement
            | PieceKind::Open
            | PieceKind::Close
            | PieceKind::LineComment
            | PieceKind::BlockComment
            | PieceKind::Plain => None,
        })
}

/// The column behind the longest test of each tier table.
fn colon_columns(lines: &[Line<'_>]) -> BTreeMap<usize, usize> {
    let mut columns: BTreeMap<usize, usize> = BTreeMap::new();
    for line in lines {
        if let Some(Mark::Colon(table, at)) = first_mark(line.pieces) {
            let before = joined(line.pieces.get(..at).unwrap_or_default());
            let column = line.indent.saturating_add(before.width());
            let widest = columns.entry(table).or_default();
            *widest = column.max(*widest);
        }
    }
    columns
}

/// The widths of the columns of each decision table.
fn table_columns(lines: &[Line<'_>]) -> BTreeMap<usize, Vec<usize>> {
    let mut columns: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for line in lines {
        let Some(Mark::Bar(table)) = first_mark(line.pieces) else {
            continue;
        };
        let widths = columns.entry(table).or_default();
        for (index, cell) in cells(line.pieces).iter().enumerate() {
            let width = joined(cell).width();
            match widths.get_mut(index) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    columns
}

/// The cells between the bars of a line.
fn cells(pieces: &[Piece]) -> Vec<&[Piece]> {
    let parts: Vec<&[Piece]> = pieces
        .split(|piece| matches!(piece.kind, PieceKind::Bar(_)))
        .collect();
    let inner = parts.get(1..parts.len().saturating_sub(1));
    inner.unwrap_or_default().to_vec()
}

/// A row of a decision table.
fn row(pieces: &[Piece], widths: &[usize]) -> String {
    let is_bar = |piece: &Piece| matches!(piece.kind, PieceKind::Bar(_));
    let first = pieces.iter().position(is_bar).unwrap_or(0);
    let last = pieces.iter().rposition(is_bar).unwrap_or(0);
    let mut out = joined(pieces.get(..first).unwrap_or_default());
    if !out.is_empty() {
        out.push(' ');
    }
    out.push('|');
    for (index, cell) in cells(pieces).iter().enumerate() {
        let width = widths.get(index).copied().unwrap_or(0);
        out.push(' ');
        out.push_str(&padded(&joined(cell), width));
        out.push_str(" |");
    }
    let after = pieces.get(last.saturating_add(1)..).unwrap_or_default();
    if let Some(piece) = after.first() {
        let gap = if piece.kind == PieceKind::LineComment {
            "  "
        } else {
            " "
        };
        out.push_str(gap);
        out.push_str(&joined(after));
    }
    out
}

/// A text with spaces up to a display width.
fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}
