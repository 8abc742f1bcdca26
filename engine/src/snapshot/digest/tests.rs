//! Digests beside the same, cell by cell.

use std::sync::Arc;

use arrow::array::{
    BooleanArray, Date32Array, Decimal64Array, Decimal128Array, Int32Array, Int64Array, StringArray,
};
use arrow::buffer::OffsetBuffer;

use super::*;
use crate::snapshot::cell::Cell;

/// The same digest cell by cell, as the table of its shape says.
#[derive(Default)]
struct ByCell(Vec<u8>);

impl ByCell {
    fn count(&mut self, count: usize) {
        self.0.extend((count as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    fn bits(&mut self, bits: &[bool]) {
        let mut bytes = vec![0u8; bits.len().div_ceil(8)];
        for (at, bit) in bits.iter().enumerate() {
            bytes[at / 8] |= u8::from(*bit) << (at % 8);
        }
        self.0.extend(bytes);
    }

    fn column(&mut self, column: &Column) {
        let cells: Vec<Cell> = (0..column.len()).map(|row| column.cell(row)).collect();
        self.text(word(column));
        self.count(cells.len());
        let known: Vec<bool> = cells.iter().map(|cell| *cell != Cell::Missing).collect();
        self.bits(&known);
        match column {
            Column::Boolean(_) => {
                let yes: Vec<bool> = cells
                    .iter()
                    .map(|cell| *cell == Cell::Boolean(true))
                    .collect();
                self.bits(&yes);
            }
            Column::Set(sets) => {
                let mut members: Vec<(usize, &Arc<str>)> = sets
                    .members()
                    .iter()
                    .map(|(member, _)| member)
                    .enumerate()
                    .collect();
                members.sort_by_key(|(_, member)| *member);
                let holds = |cell: &Cell, place| {
                    let Cell::Set(places) = cell else {
                        return false;
                    };
                    places.contains(&place)
                };
                members.retain(|(place, _)| cells.iter().any(|cell| holds(cell, *place)));
                self.count(members.len());
                for (place, member) in members {
                    self.text(member);
                    let held: Vec<bool> = cells.iter().map(|cell| holds(cell, place)).collect();
                    self.bits(&held);
                }
            }
            Column::Text(texts) => {
                self.count(texts.words().len());
                texts.words().iter().for_each(|text| self.text(text));
                for cell in &cells {
                    let place = |word: &Arc<str>| texts.words().iter().position(|it| it == word);
                    let key = if let Cell::Text(word) = cell {
                        place(word).unwrap() as u32 + 1
                    } else {
                        0
                    };
                    self.0.extend(key.to_le_bytes());
                }
            }
            Column::Records(lists) => {
                (0..cells.len()).for_each(|row| self.count(lists.range(row).len()));
                self.count(lists.fields().len());
                for (name, field) in lists.fields() {
                    self.text(name);
                    self.column(field);
                }
            }
            Column::Money(_) | Column::Number(_) | Column::NumberText(_) | Column::Date(_) => {
                cells.iter().for_each(|cell| self.value(column, cell));
            }
        }
    }

    fn value(&mut self, column: &Column, cell: &Cell) {
        match (column, cell) {
            (Column::Money(_), Cell::Money(money)) => self.0.extend(money.fen().to_le_bytes()),
            (Column::Money(_), _) => self.0.extend([0; 8]),
            (Column::Date(_), Cell::Date(date)) => {
                let days = crate::snapshot::pending::days_since_epoch(*date);
                self.0.extend(days.to_le_bytes());
            }
            (Column::Date(_), _) => self.0.extend([0; 4]),
            (_, Cell::Number(number)) => {
                self.0.extend(number.digits().to_le_bytes());
                self.0.push(number.scale());
            }
            _ => self.0.extend([0; 17]),
        }
    }
}

/// Columns of every kind and so many rows, of which some are missing; cut out of longer ones.
fn columns(rows: usize, cut: usize) -> Vec<Column> {
    let all = rows + cut + 3;
    let numbers: Vec<i64> = (0..all as i64).map(|n| n * 7_919 % 1_009 - 90).collect();
    let nulls = NullBuffer::from_iter((0..all).map(|at| at % 11 != 3));
    let some = Some(nulls.clone());
    let bits = BooleanBuffer::from_iter((0..all).map(|at| at % 3 == 1));
    let short = Decimal64Array::new(numbers.clone().into(), some.clone());
    let short = short.with_precision_and_scale(18, 0).unwrap();
    let wide: Vec<i128> = numbers
        .iter()
        .map(|n| i128::from(*n) * 10i128.pow(20))
        .collect();
    let long = Decimal128Array::new(wide.into(), some.clone());
    let long = long.with_precision_and_scale(38, 0).unwrap();
    let long_scaled = long.clone().with_precision_and_scale(38, 2).unwrap();
    let scaled = short.clone().with_precision_and_scale(18, 2).unwrap();
    let texts = numbers
        .iter()
        .map(|n| Some(format!("{n}")).filter(|_| n % 5 != 0));
    let days: Vec<i32> = numbers.iter().map(|n| *n as i32).collect();
    let keys = numbers
        .iter()
        .map(|n| (n % 7 != 0).then_some((n.rem_euclid(4)) as i32));
    let words = StringArray::from_iter_values(["d", "b", "规上", "a"]);
    let keys = Int32Array::from_iter(keys).slice(cut, rows);
    let is_known = |at| nulls.is_valid(at);
    let held = BooleanBuffer::from_iter((0..all).map(|at| at % 4 == 1 && is_known(at)));
    let never = BooleanBuffer::new_unset(all);
    let members = [("b", held), ("a", never.clone()), ("c", never)];
    let members = members.map(|(name, bits)| (Arc::from(name), bits.slice(cut, rows)));
    let lengths: Vec<usize> = (0..rows).map(|row| row % 3).collect();
    let records = lengths.iter().sum::<usize>();
    let fen: Int64Array = (0..records as i64)
        .map(|n| (n % 2 == 0).then_some(n))
        .collect();
    let fields = vec![("本金".to_owned(), Column::Money(fen))];
    let known = nulls.slice(cut, rows);
    // A list that is missing holds nothing.
    let some_lists = (0..rows).map(|row| if known.is_valid(row) { row % 3 } else { 0 });
    let some_lists = OffsetBuffer::from_lengths(some_lists);
    let held_fen = Int64Array::from_iter_values(0..i64::from(some_lists[rows]));
    let some_fields = vec![("本金".to_owned(), Column::Money(held_fen))];
    vec![
        Column::Money(Int64Array::new(numbers.clone().into(), some.clone()).slice(cut, rows)),
        Column::Money(Int64Array::new(numbers.clone().into(), None).slice(cut, rows)),
        Column::Number(NumberColumn::Short(short.slice(cut, rows))),
        Column::Number(NumberColumn::Short(scaled.slice(cut, rows))),
        Column::Number(NumberColumn::Long(long.slice(cut, rows))),
        Column::Number(NumberColumn::Long(long_scaled.slice(cut, rows))),
        Column::NumberText(texts.collect::<StringArray>().slice(cut, rows)),
        Column::Boolean(BooleanArray::new(bits.clone(), some.clone()).slice(cut, rows)),
        Column::Boolean(BooleanArray::new(bits, None).slice(cut, rows)),
        Column::Date(Date32Array::new(days.into(), some).slice(cut, rows)),
        Column::Text(TextColumn::from_keys("x", &keys, &words).unwrap()),
        Column::Set(SetColumn::new(rows, Some(known.clone()), members.to_vec())),
        Column::Records(ListColumn::new(
            OffsetBuffer::from_lengths(lengths),
            None,
            fields,
        )),
        Column::Records(ListColumn::new(some_lists, Some(known), some_fields)),
    ]
}

#[test]
fn columns_are_hashed_cell_by_cell() {
    for rows in [0, 1, 7, 8, 63, 64, 65, 2_047, 2_048, 2_049, 4_097] {
        for cut in [0, 1, 8, 13] {
            for column in columns(rows, cut) {
                let mut expected = ByCell::default();
                expected.text("营业收入@2025");
                expected.column(&column);
                let expected = hex(&Sha256::digest(&expected.0));
                let found = column_digest("营业收入@2025", &column);
                assert_eq!(found, expected, "{rows} rows from {cut}: {}", word(&column));
            }
        }
    }
}
