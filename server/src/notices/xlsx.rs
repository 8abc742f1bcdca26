//! A notice list as a workbook for Excel.
//!
//! Every cell is typed as text, amounts too: a spreadsheet neither computes with them nor rounds
//! them, and no text can become a formula.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::sheet::{self, COLUMNS, begins_formula, loses_digits};
use super::{NoticeError, NoticeList};

/// The widths of the columns in characters.
const WIDTHS: [u8; COLUMNS.len()] = [8, 34, 22, 18, 10, 60];
/// The column of the amounts, which stand to the right.
const AMOUNT: u16 = 3;
/// A4.
const PAPER: u8 = 9;

/// Writes the list; the times inside are the day of publication.
pub(super) fn write(list: &NoticeList) -> Result<Vec<u8>, NoticeError> {
    let mut book = Workbook::new();
    let properties = DocProperties::new()
        .set_title(list.title.as_str())
        .set_author(list.bureau.as_str())
        .set_creation_datetime(&day_of(list)?);
    book.set_properties(&properties);
    let page = book.add_worksheet();
    page.set_name("公示名单")?;
    page.set_landscape().set_paper_size(PAPER);
    page.set_print_fit_to_pages(1, 0);
    for (column, width) in (0u16..).zip(WIDTHS) {
        page.set_column_width(column, width)?;
    }
    let mut page = Page { page, row: 0 };
    page.fill(list)?;
    Ok(book.save_to_buffer()?)
}

/// A sheet that is written from the top.
struct Page<'a> {
    page: &'a mut Worksheet,
    row: u32,
}

impl Page<'_> {
    fn fill(&mut self, list: &NoticeList) -> Result<(), XlsxError> {
        let title = text_format().set_bold().set_font_size(16);
        self.cell(0, list.title.as_str(), &title)?;
        self.next();
        self.pairs(sheet::about(list))?;
        let heading = text_format().set_bold().set_border(FormatBorder::Thin);
        let heading = heading.set_align(FormatAlign::Center);
        for (column, word) in (0u16..).zip(COLUMNS) {
            self.cell(column, word, &heading)?;
        }
        self.page.set_repeat_rows(self.row, self.row)?;
        self.page.set_freeze_panes(self.row.saturating_add(1), 0)?;
        self.next();
        let bordered = text_format().set_border(FormatBorder::Thin);
        let bordered = bordered.set_text_wrap();
        for cells in sheet::rows(list) {
            self.cells(&cells, &bordered)?;
        }
        self.cells(&sheet::total(list), &bordered.clone().set_bold())?;
        self.pairs(sheet::evidence(list))
    }

    fn pairs(&mut self, pairs: Vec<(&'static str, String)>) -> Result<(), XlsxError> {
        let format = text_format();
        for (word, value) in pairs {
            self.cell(0, word, &format)?;
            self.cell(1, &value, &format)?;
            self.next();
        }
        Ok(())
    }

    fn cells(&mut self, cells: &sheet::Cells, format: &Format) -> Result<(), XlsxError> {
        for (column, cell) in (0u16..).zip(cells) {
            if column == AMOUNT {
                let right = format.clone().set_align(FormatAlign::Right);
                self.cell(column, cell, &right)?;
            } else {
                self.cell(column, cell, format)?;
            }
        }
        self.next();
        Ok(())
    }

    /// A cell of text; one that would be something else if it were typed in keeps its quotation
    /// mark, so that editing it does not turn it.
    fn cell(&mut self, column: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
        if begins_formula(text) || loses_digits(text) {
            let kept = format.clone().set_quote_prefix();
            self.page
                .write_string_with_format(self.row, column, text, &kept)?;
        } else {
            self.page
                .write_string_with_format(self.row, column, text, format)?;
        }
        Ok(())
    }

    fn next(&mut self) {
        self.row = self.row.saturating_add(1);
    }
}

/// The day of publication as the workbook keeps it.
fn day_of(list: &NoticeList) -> Result<ExcelDateTime, XlsxError> {
    let day = list.published;
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    let year = u16::try_from(day.year()).unwrap_or_default();
    ExcelDateTime::from_ymd(year, part(day.month()), part(day.day()))
}

/// The format of text.
fn text_format() -> Format {
    Format::new().set_num_format("@")
}
