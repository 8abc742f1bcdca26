//! Files that are cut short, changed or made up: an error each, never a panic, and no memory for
//! what a file only promises.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "an overflow in a test is a failure of the test"
)]

use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

use crate::import::typed::tests::{FORMATS, Facts, batch_of, file_of, import_bytes, table, usccs};
use crate::import::{FileFormat, ImportError};

/// A file with all types, in two batches.
fn valid(format: FileFormat) -> Vec<u8> {
    let row = |number: i64| Facts {
        name: Some("甲公司".to_owned()),
        revenue: Some(number * 1_234_567),
        electricity: Some(number * 1_001),
        above_scale: Some(number % 2 == 0),
        established: Some(19_782),
        qualifications: Some(vec![0, 1]),
        loans: Some(vec![(Some(number), Some(0)), (None, Some(1))]),
    };
    let rows: Vec<Facts> = (0..40).map(row).collect();
    let batch = batch_of(&rows);
    file_of(format, &[batch.slice(0, 20), batch.slice(20, 20)])
}

#[test]
fn files_that_are_cut_short_are_refused() {
    for format in FORMATS {
        let whole = valid(format);
        assert_eq!(import_bytes(&whole).unwrap().0.len(), 40);
        for length in (6..whole.len()).rev() {
            // Every place near the ends, and some between.
            if length > 400 && length + 400 < whole.len() && length % 17 != 0 {
                continue;
            }
            let error = import_bytes(&whole[..length]).unwrap_err();
            let damaged =
                matches!(error, ImportError::Damaged { format: found, .. } if found == format);
            assert!(damaged, "{format} cut at {length}: {error}");
        }
        let mut longer = whole.clone();
        longer.extend(&whole);
        if format != FileFormat::Parquet {
            assert!(import_bytes(&longer).is_err(), "two files in one, {format}");
        }
    }
}

#[test]
fn absurd_lengths_are_refused() {
    let mut parquet = b"PAR1".to_vec();
    // A footer whose list of row groups has 2^31 - 1 members, after a schema of one root.
    let footer = [
        0x15, 0x02, 0x19, 0x1C, 0x48, 0x01, b'r', 0x15, 0x00, 0x00, 0x16, 0x00, 0x19, 0xFC, 0xFF,
        0xFF, 0xFF, 0xFF, 0x07, 0x00,
    ];
    parquet.extend(footer);
    parquet.extend(u32::try_from(footer.len()).unwrap().to_le_bytes());
    parquet.extend(b"PAR1");
    let mut longer = parquet.clone();
    let place = longer.len() - 8;
    longer[place..place + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut stream = vec![0xFF; 4];
    stream.extend(u32::MAX.to_le_bytes());
    let file = [&b"ARROW1\0\0"[..], &stream].concat();
    for bytes in [
        parquet,
        longer,
        stream,
        file,
        b"PAR1".to_vec(),
        b"ARROW1".to_vec(),
        vec![0xFF; 8],
    ] {
        let error = import_bytes(&bytes).unwrap_err();
        assert!(matches!(error, ImportError::Damaged { .. }), "{error}");
    }
}

#[test]
fn other_ways_of_writing_are_named() {
    let batch = table(vec![("uscc", usccs(1))]);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let place = bytes.len() - 4;
    bytes[place..].copy_from_slice(b"PARE");
    let error = import_bytes(&bytes).unwrap_err();
    assert!(error.to_string().contains("加密"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_change_makes_it_panic(
        which in 0usize..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        from_end: bool,
    ) {
        let mut bytes = valid(FORMATS[which]);
        for (place, byte) in changes {
            // Half of the changes fall on the footer, where the structure is.
            let near = if from_end {
                bytes.len() - 1 - place.index(bytes.len().min(1_500))
            } else {
                place.index(bytes.len())
            };
            bytes[near] = byte;
        }
        let _result = import_bytes(&bytes);
    }

    #[test]
    fn no_bytes_after_the_magic_make_it_panic(
        which in 0usize..3,
        tail in proptest::collection::vec(any::<u8>(), 0..300),
        closed: bool,
    ) {
        let magic = [&b"PAR1"[..], b"ARROW1\0\0", &[0xFF; 4]][which];
        let mut bytes = magic.to_vec();
        bytes.extend(&tail);
        if closed {
            bytes.extend(u32::try_from(tail.len()).unwrap().to_le_bytes());
            bytes.extend(&magic[..magic.len().min(6)]);
        }
        prop_assert!(import_bytes(&bytes).is_err());
    }
}
