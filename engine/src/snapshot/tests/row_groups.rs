//! Files of several row groups, whatever their columns hold.

use parquet::basic::Encoding;

use super::*;

#[test]
fn several_row_groups_are_joined_in_order() {
    let vocabulary = vocabulary();
    let mut builder = SnapshotBuilder::new(Arc::clone(&vocabulary), 2025, None);
    builder
        .add_column(key(&vocabulary, "地区", Period::Status))
        .unwrap();
    builder
        .add_column(key(&vocabulary, "贷款", Period::Year(2025)))
        .unwrap();
    let count = ROW_GROUP_ROWS + 3;
    for number in 0..count {
        let fen = i64::try_from(number).unwrap();
        let loan = vec![
            Cell::Money(Money::from_fen(fen)),
            Cell::Missing,
            text("其他"),
        ];
        let region = text(if number % 2 == 0 { "42" } else { "11" });
        let cells = vec![region, Cell::Records(vec![loan; number % 3])];
        let uscc = format!("{number:018}");
        builder
            .push(&EnterpriseRow {
                uscc,
                cells,
                ..EnterpriseRow::default()
            })
            .unwrap();
    }
    let snapshot = builder.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    snapshot.write(folder.path()).unwrap();
    // Opening compares every column with its digest.
    assert_eq!(
        Snapshot::open(folder.path(), vocabulary).unwrap().len(),
        count
    );
}

#[test]
fn columns_are_read_back_however_they_are_encoded() {
    let vocabulary = vocabulary();
    let mut builder = SnapshotBuilder::new(Arc::clone(&vocabulary), 2025, None);
    let years = [2023, 2024, 2025].map(|year| key(&vocabulary, "营业收入", Period::Year(year)));
    for year in years {
        builder.add_column(year).unwrap();
    }
    // The same few amounts, the same many, and none twice, as far apart as they can be.
    let amounts = |number: i64| {
        let far = if number % 2 == 0 { i64::MIN } else { i64::MAX };
        [number % 7, number % 40_000 * 100, far ^ number]
    };
    let count = i64::try_from(ROW_GROUP_ROWS).unwrap() + 3;
    for number in 0..count {
        let cell = |fen| {
            let is_known = number % 11 != 0;
            is_known.then_some(Cell::Money(Money::from_fen(fen)))
        };
        let cells = amounts(number).map(|fen| cell(fen).unwrap_or(Cell::Missing));
        let row = EnterpriseRow {
            uscc: format!("{number:018}"),
            cells: cells.into(),
            ..EnterpriseRow::default()
        };
        builder.push(&row).unwrap();
    }
    let snapshot = builder.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    snapshot.write(folder.path()).unwrap();
    let file = format!("facts-{}.parquet", snapshot.digest());
    let file = fs::File::open(folder.path().join(file)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let columns = reader.metadata().row_group(0).columns().iter();
    let encoded: Vec<_> = columns
        .map(|column| {
            let name = column.column_path().string();
            (name, column.encodings().collect::<Vec<_>>())
        })
        .collect();
    for (column, encoding) in [
        ("uscc", Encoding::DELTA_LENGTH_BYTE_ARRAY),
        ("revenue@2023", Encoding::RLE_DICTIONARY),
        ("revenue@2024", Encoding::PLAIN),
        ("revenue@2025", Encoding::DELTA_BINARY_PACKED),
    ] {
        let has = |(name, encodings): &(String, Vec<Encoding>)| {
            name == column && encodings.contains(&encoding)
        };
        assert!(encoded.iter().any(has), "{column}: {encoded:?}");
    }
    let opened = Snapshot::open(folder.path(), vocabulary).unwrap();
    for number in 0..count {
        let row = opened.find(&format!("{number:018}")).unwrap();
        for (year, fen) in years.into_iter().zip(amounts(number)) {
            let cell = opened.column(year).unwrap().cell(row);
            let is_right = if number % 11 == 0 {
                matches!(cell, Cell::Missing)
            } else {
                matches!(cell, Cell::Money(money) if money.fen() == fen)
            };
            assert!(is_right, "{number}: {cell:?}");
        }
    }
}
