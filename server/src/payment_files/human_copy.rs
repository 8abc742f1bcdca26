//! A copy of a batch for people: a workbook of text cells. It is never sent to a bank.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, XlsxError};
use zhida_policies::values::account_name::is_formula_start;
use zhida_policies::values::bank_account::mask;

use super::amount::yuan;
use super::file::PaymentFile;

/// How account numbers are shown in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountView {
    /// The last four digits.
    Masked,
    /// In full, for the two people who seal a batch.
    Full,
}

const TITLES: [&str; 12] = [
    "序号",
    "付款账号",
    "付款户名",
    "付款日期",
    "收款户名",
    "收款账号",
    "收款行名",
    "收款行联行号",
    "金额(元)",
    "用途代码",
    "附言",
    "企业流水号",
];
const WIDTHS: [f64; 12] = [6., 22., 28., 12., 36., 24., 32., 16., 16., 10., 40., 38.];

/// Writes the copy.
///
/// # Shape
/// One row for each payment and a last row with count and sum; every cell is text, so that
/// nothing is rounded, shortened or computed, and a text that begins like a formula has a quote
/// before it.
/// # Errors
/// [`XlsxError`] when the workbook cannot be made.
/// # Source
/// PAYOUTS.md e3 rule 4, S9.
pub(crate) fn write(file: &PaymentFile, view: AccountView) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The time of the seal and not of the copy: the same batch gives the same bytes.
    let sealed = file.sealed_at.get(..19).unwrap_or_default();
    let created = ExcelDateTime::parse_from_str(sealed)?;
    let properties = DocProperties::new()
        .set_title(format!("付款清单 {}", file.message_id))
        .set_creation_datetime(&created);
    workbook.set_properties(&properties);
    let text = Format::new()
        .set_num_format("@")
        .set_border(FormatBorder::Thin);
    let bold = text.clone().set_bold();
    let sheet = workbook.add_worksheet().set_name("付款清单")?;
    for ((column, title), width) in (0..).zip(TITLES).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, title, &bold)?;
    }
    let mut row = 0;
    for (place, block, line) in file.lines() {
        row = u32::try_from(place).unwrap_or(u32::MAX);
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let account = |number: &str| match view {
            AccountView::Full => number.to_owned(),
            AccountView::Masked => mask(number),
        };
        let cells = [
            place.to_string(),
            account(&block.payer.account),
            block.payer.name.clone(),
            block.execution_date.to_string(),
            line.payee_name.clone(),
            account(&line.payee_account),
            optional(&line.payee_bank_name),
            line.payee_cnaps.clone(),
            yuan(line.amount_fen),
            optional(&line.purpose_code),
            line.remittance.clone(),
            line.end_to_end_id.clone(),
        ];
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string_with_format(row, column, safe(cell), &text)?;
        }
    }
    let last = row.saturating_add(1);
    let total = file.total_fen().map(yuan).unwrap_or_default();
    let count = format!("共 {} 笔", file.count());
    sheet.write_string_with_format(last, 0, "合计", &bold)?;
    sheet.write_string_with_format(last, 4, count, &bold)?;
    sheet.write_string_with_format(last, 8, total, &bold)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_repeat_rows(0, 0)?;
    workbook.save_to_buffer()
}

/// A text that a spreadsheet would take for a formula has a quote before it.
pub(crate) fn safe(text: String) -> String {
    if text.starts_with(is_formula_start) {
        format!("'{text}")
    } else {
        text
    }
}
