//! A sheet as one file that needs no other: readable on paper and on a screen.

use askama::Template;

use super::{Block, Sheet};
use crate::failure::Failure;

/// The style of the file.
const STYLE: &str = include_str!("../../notices/style.css");

#[derive(Template)]
#[template(path = "audit/sheet_file.html")]
struct SheetFile<'a> {
    sheet: &'a Sheet,
    style: &'static str,
}

/// The sheet as a page by itself.
///
/// # Errors
/// What the template says.
pub(crate) fn page(sheet: &Sheet) -> Result<String, Failure> {
    let style = STYLE;
    let file = SheetFile { sheet, style };
    file.render()
        .map_err(|error| Failure::bad_data(format!("计算单写不出来:{error}"), ""))
}
