//! Tables for people: wide characters take two columns, numbers stand to the right.

use std::fmt::Display;

use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use zhida_engine::sweep::TotalFen;
use zhida_policies::values::Money;

/// On which side of its column a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// One line below the headings, and nothing else.
const PLAIN: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with these headings, no wider than the terminal.
pub(crate) fn table(headings: &[(&str, Side)]) -> Table {
    let mut table = Table::new();
    table.load_style(PLAIN);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(headings.iter().map(|(name, _)| Cell::new(name)));
    for (index, (_, side)) in headings.iter().enumerate() {
        let alignment = match side {
            Side::Left => CellAlignment::Left,
            Side::Right => CellAlignment::Right,
        };
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(alignment);
        }
    }
    table
}

/// Money as people read it: yuan with two decimals, grouped.
pub(crate) fn money(money: Money) -> String {
    money.grouped().to_string()
}

/// A sum of money, however large, as people read it.
pub(crate) fn total(total: TotalFen) -> String {
    let text = total.to_string();
    let (yuan, fen) = text.split_once('.').unwrap_or((&text, "00"));
    match yuan.strip_prefix('-') {
        Some(yuan) => format!("-{}.{fen}", count(yuan)),
        None => format!("{}.{fen}", count(yuan)),
    }
}

/// A count with its digits grouped.
pub(crate) fn count(count: impl Display) -> String {
    let digits = count.to_string();
    let length = digits.len();
    let mut text = String::with_capacity(length.saturating_add(length / 3));
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && length.saturating_sub(index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A difference with its sign: what is more has a plus.
pub(crate) fn signed(difference: TotalFen) -> String {
    let text = total(difference);
    if difference > TotalFen::default() {
        format!("+{text}")
    } else {
        text
    }
}

/// The longest bar.
const BAR_CELLS: i128 = 12;

/// An amount as a bar beside the greatest; what is there at all shows.
pub(crate) fn bar(amount: TotalFen, greatest: TotalFen) -> String {
    let (amount, greatest) = (amount.fen().max(0), greatest.fen());
    if amount == 0 || greatest <= 0 {
        return String::new();
    }
    let cells = amount.saturating_mul(BAR_CELLS).checked_div(greatest);
    match usize::try_from(cells.unwrap_or(0).min(BAR_CELLS)) {
        Ok(0) | Err(_) => "▏".to_owned(),
        Ok(cells) => "█".repeat(cells),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three_digits() {
        for (number, text) in [
            (0_u64, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (20_000, "20,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn columns_are_right_under_wide_characters() {
        let mut table = table(&[("事项", Side::Left), ("金额(元)", Side::Right)]);
        table.set_width(60);
        table.add_row([
            "规上企业增长奖励".to_owned(),
            money(Money::from_fen(123_456_789)),
        ]);
        table.add_row(["a".to_owned(), money(Money::from_fen(5))]);
        let lines: Vec<String> = table.lines().collect();
        let ends = |text: &str| lines.iter().any(|line| line.trim_end().ends_with(text));
        assert!(ends("1,234,567.89") && ends("         0.05"), "{lines:#?}");
    }
}
