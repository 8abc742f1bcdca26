//! Character sets against tables made by another program, and amounts as texts.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::payment_files::amount::{AmountError, parse_fen, parse_yuan, yuan};
use crate::payment_files::encoding::{DecodeError, TextEncoding, Unencodable};

use TextEncoding::{Gb18030, Gbk, Utf8};

/// A character, its bytes in GBK if it has any, and those in GB18030.
type Row = (&'static str, Option<&'static [u8]>, &'static [u8]);

#[test]
fn gbk_is_the_set_that_banks_know() {
    // CPython 3.11 counts 21,791 characters outside ASCII in its codec `gbk` (code page 936
    // without the euro sign); the digest is over each with its bytes.
    let mut digest = Sha256::new();
    let mut count = 0;
    for character in '\u{80}'..=char::MAX {
        if let Ok(bytes) = Gbk.encode(character.encode_utf8(&mut [0; 4])) {
            assert_eq!(bytes.len(), 2, "{character}");
            digest.update(u32::from(character).to_be_bytes());
            digest.update(&bytes);
            count += 1;
        }
    }
    let hex: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(count, 21_791);
    assert_eq!(
        hex,
        "3978af00c4348cae4a0c8ca7bbab896ec64cdbcbb8f1bed3376792a2f9190b96"
    );
}

#[test]
fn characters_that_go_wrong_in_banks() {
    // The bytes are those of CPython's codecs; `None` is refused.
    let rows: [Row; 9] = [
        ("㛃", None, b"\x82\x30\xb7\x31"),
        ("𬭎", None, b"\x99\x33\xa9\x32"),
        ("𠮷", None, b"\x95\x34\xb2\x35"),
        ("·", Some(b"\xa1\xa4"), b"\xa1\xa4"),
        ("—", Some(b"\xa1\xaa"), b"\xa1\xaa"),
        ("～", Some(b"\xa1\xab"), b"\xa1\xab"),
        ("€", None, b"\xa2\xe3"),
        ("\u{3000}", Some(b"\xa1\xa1"), b"\xa1\xa1"),
        ("•", None, b"\x81\x36\xa6\x31"),
    ];
    for (text, gbk, gb18030) in rows {
        let missing = Unencodable(text.chars().next().unwrap());
        assert_eq!(
            Gbk.encode(text),
            gbk.map(<[u8]>::to_vec).ok_or(missing),
            "{text}"
        );
        assert_eq!(Gb18030.encode(text).unwrap(), gb18030, "{text}");
        assert_eq!(Gb18030.decode(gb18030).unwrap(), text);
        assert_eq!(Utf8.encode(text).unwrap(), text.as_bytes());
    }
    // Nothing is dropped or replaced inside a longer text.
    assert_eq!(Gbk.encode("王𬭎公司"), Err(Unencodable('𬭎')));
    // What every system reads in its own way.
    for encoding in [Gbk, Gb18030] {
        assert_eq!(encoding.encode("\u{e000}"), Err(Unencodable('\u{e000}')));
    }
}

#[test]
fn bytes_of_another_set_are_refused_with_their_line() {
    let malformed = |line, encoding| Err(DecodeError::Malformed { line, encoding });
    assert_eq!(Gbk.decode(b"ok\nok\n\xff\xff\n"), malformed(3, "GBK"));
    assert_eq!(Utf8.decode(b"\xb3\xc9\xb9\xa6"), malformed(1, "UTF-8"));
    assert_eq!(Gbk.decode(b"\xb3\xc9\xb9\xa6").unwrap(), "成功");
    let other = |found, encoding| Err(DecodeError::OtherMark { found, encoding });
    assert_eq!(Gbk.decode(b"\xef\xbb\xbfok"), other("UTF-8", "GBK"));
    assert_eq!(Utf8.decode(b"\xff\xfeo\0k\0"), other("UTF-16", "UTF-8"));
    assert_eq!(Utf8.decode(b"\xef\xbb\xbfok").unwrap(), "ok");
}

#[test]
fn amounts_are_read_exactly_or_not_at_all() {
    for (text, fen) in [
        ("300000.00", 30_000_000),
        ("5000", 500_000),
        ("0.01", 1),
        ("0.5", 50),
        ("12.340000", 1_234),
        ("0", 0),
        ("9999999999999999.99", 999_999_999_999_999_999),
    ] {
        assert_eq!(parse_yuan(text), Ok(fen), "{text}");
    }
    for text in [
        "",
        " ",
        "1,000.00",
        "1e5",
        "NaN",
        "Infinity",
        "-5",
        "+5",
        "¥5",
        "5.",
        ".5",
        "1 000",
        "5元",
        "１２３",
        "−5",
        "0x10",
        "1.2.3",
        "5.0 ",
    ] {
        assert_eq!(parse_yuan(text), Err(AmountError::Form), "{text}");
    }
    assert_eq!(parse_yuan("0.005"), Err(AmountError::BelowOneFen));
    assert_eq!(
        parse_yuan("10000000000000000.00"),
        Err(AmountError::TooLarge)
    );
    assert_eq!(parse_yuan(&"9".repeat(60)), Err(AmountError::TooLarge));
    assert_eq!(parse_fen("100"), Ok(100));
    assert_eq!(parse_fen("100.00"), Err(AmountError::Form));
    for (fen, text) in [
        (0, "0.00"),
        (1, "0.01"),
        (10, "0.10"),
        (123_456, "1234.56"),
        (-5, "-0.05"),
    ] {
        assert_eq!(yuan(fen), text);
    }
}

proptest! {
    #[test]
    fn amounts_come_back(fen in 0i64..=999_999_999_999_999_999) {
        prop_assert_eq!(parse_yuan(&yuan(fen)), Ok(fen));
        prop_assert_eq!(parse_fen(&fen.to_string()), Ok(fen));
    }

    #[test]
    fn texts_come_back_or_are_refused(text in any::<String>()) {
        for encoding in [Gbk, Gb18030, Utf8] {
            if let Ok(bytes) = encoding.encode(&text)
                && !text.starts_with('\u{feff}')
            {
                prop_assert_eq!(encoding.decode(&bytes).unwrap(), text.clone());
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for encoding in [Gbk, Gb18030, Utf8] {
            let _ = encoding.decode(&bytes);
        }
    }
}
