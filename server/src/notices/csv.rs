//! A notice list as CSV that people open in a spreadsheet.

use super::sheet::{self, COLUMNS, Cells};
use super::{NoticeList, sheet::begins_formula, sheet::loses_digits};

/// So that a spreadsheet reads the file as UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Writes the list.
///
/// # Shape
/// RFC 4180: CRLF, the same number of fields in every line, quotation marks where needed. The
/// heading, one line an award, the sum, then what the list is about and its digest as pairs. A
/// field that a spreadsheet would take for a formula, or for a number with too many digits,
/// begins with a single quotation mark.
pub(super) fn write(list: &NoticeList) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    line(&mut text, &COLUMNS.map(str::to_owned));
    for cells in sheet::rows(list) {
        line(&mut text, &cells);
    }
    line(&mut text, &sheet::total(list));
    line(&mut text, &pair("公示标题", list.title.as_str().to_owned()));
    let pairs = sheet::about(list).into_iter().chain(sheet::evidence(list));
    for (word, value) in pairs {
        line(&mut text, &pair(word, value));
    }
    text
}

/// A word and what it says in a line of as many fields as the others.
fn pair(word: &str, value: String) -> Cells {
    let mut cells: Cells = Default::default();
    let [first, second, ..] = &mut cells;
    *first = word.to_owned();
    *second = value;
    cells
}

fn line(text: &mut String, cells: &Cells) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&field(cell));
    }
    text.push_str("\r\n");
}

/// A field that no spreadsheet misreads.
fn field(cell: &str) -> String {
    let quoted = if begins_formula(cell) || loses_digits(cell) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if quoted.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", quoted.replace('"', "\"\""))
    } else {
        quoted
    }
}
