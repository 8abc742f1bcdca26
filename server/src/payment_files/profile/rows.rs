//! Rows and cells of a text file: written by one rule, read back by the same.

use super::Quoting;
use crate::payment_files::fault::AnswerFault;

/// The most rows of an answer.
const ROWS_MAX: usize = 200_000;
/// The most cells of a row.
const CELLS_MAX: usize = 256;

/// A row of an answer.
#[derive(Debug)]
pub(super) struct Row {
    /// The line on which it begins, counted from 1.
    pub(super) line: usize,
    /// Its cells, without spaces around them.
    pub(super) cells: Vec<String>,
}

/// A cell as it is written; absent when the rule has no way to write it.
pub(super) fn cell(text: &str, separator: char, quoting: Quoting) -> Option<String> {
    let is_special = |c: char| c == separator || matches!(c, '"' | '\r' | '\n');
    match quoting {
        _ if !text.contains(is_special) => Some(text.to_owned()),
        Quoting::Never => None,
        // A line end inside a cell breaks the readers of most banks, in quotes or not.
        Quoting::WhenNeeded if text.contains(['\r', '\n']) => None,
        Quoting::WhenNeeded => Some(format!("\"{}\"", text.replace('"', "\"\""))),
    }
}

/// Cuts a text into rows; both kinds of line end are taken, empty lines at the end are dropped.
///
/// # Errors
/// [`AnswerFault`] for control characters, an empty line in the middle, quotes that do not match,
/// and too many rows or cells.
pub(super) fn split(
    text: &str,
    separator: char,
    quoting: Quoting,
) -> Result<Vec<Row>, AnswerFault> {
    let mut rows = Vec::new();
    let body = text.trim_end_matches(['\r', '\n', '\u{1a}']);
    for (line, source) in (1..).zip(body.split('\n')) {
        let source = source.strip_suffix('\r').unwrap_or(source);
        if rows.len() >= ROWS_MAX {
            return Err(fault(line, &format!("超过 {ROWS_MAX} 行")));
        }
        if source.trim().is_empty() {
            return Err(fault(line, "是空行"));
        }
        if source.chars().any(|c| c.is_control() && c != separator) {
            return Err(fault(line, "含有控制字符"));
        }
        let cells = match quoting {
            Quoting::Never => source.split(separator).map(str::to_owned).collect(),
            Quoting::WhenNeeded => {
                quoted_cells(source, separator).ok_or_else(|| fault(line, "引号没有成对"))?
            }
        };
        if cells.len() > CELLS_MAX {
            return Err(fault(line, &format!("超过 {CELLS_MAX} 列")));
        }
        let cells = cells.iter().map(|cell| cell.trim().to_owned()).collect();
        rows.push(Row { line, cells });
    }
    Ok(rows)
}

fn fault(line: usize, reason: &str) -> AnswerFault {
    AnswerFault::at(
        line,
        reason.to_owned(),
        "请重新下载银行原始文件,不要用表格软件打开另存",
    )
}

/// The cells of a line in which cells may stand in quotes; absent when a quote has no partner or
/// something follows a closing quote.
fn quoted_cells(line: &str, separator: char) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, behind) = match rest.strip_prefix('"') {
            Some(inside) => closed(inside)?,
            None => {
                let end = rest.find(separator).unwrap_or(rest.len());
                let (cell, behind) = rest.split_at_checked(end)?;
                if cell.contains('"') {
                    return None;
                }
                (cell.to_owned(), behind)
            }
        };
        cells.push(cell);
        if behind.is_empty() {
            return Some(cells);
        }
        rest = behind.strip_prefix(separator)?;
    }
}

/// The text up to the closing quote, with doubled quotes made single, and what follows.
fn closed(inside: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    let mut rest = inside;
    loop {
        let (before, behind) = rest.split_once('"')?;
        cell.push_str(before);
        match behind.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return Some((cell, behind)),
        }
    }
}
