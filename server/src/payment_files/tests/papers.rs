//! What people get: the workbook and the sheet that goes to the bank.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::batch::three;
use crate::payment_files::human_copy::safe;
use crate::payment_files::{
    AccountView, ChargeBearer, Pain001Options, Pain001Version, PaymentFormat, hand_over_sheet,
    human_copy, write,
};

#[test]
fn the_sheet_says_what_the_bank_must_compare() {
    let file = three();
    let format =
        PaymentFormat::Pain001(Pain001Options::new(Pain001Version::V09, ChargeBearer::Slev));
    let files = write(&file, &format).unwrap();
    let sheet = hand_over_sheet(&file, &files);
    assert!(sheet.contains(&files[0].sha256));
    insta::assert_snapshot!("hand_over", sheet);
    // The digest is that of `sha256sum`.
    let mut child = Command::new("sha256sum")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&files[0].bytes)
        .unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(said.starts_with(&files[0].sha256));
}

#[test]
fn the_copy_has_text_cells_and_the_same_bytes_each_time() {
    let file = three();
    let first = human_copy(&file, AccountView::Masked).unwrap();
    assert!(first.starts_with(b"PK"));
    assert!(first == human_copy(&file, AccountView::Masked).unwrap());
    assert!(first != human_copy(&file, AccountView::Full).unwrap());
}

#[test]
fn a_text_like_a_formula_gets_a_quote_in_copies() {
    for start in ["=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠"] {
        assert_eq!(safe(format!("{start}1")), format!("'{start}1"));
    }
    for text in ["", "示例", "1=1", "'=1"] {
        assert_eq!(safe(text.to_owned()), text);
    }
}
