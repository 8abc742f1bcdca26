//! Sheets on paper.

use super::{Block, Section, Sheet, SheetStep, page, pdf};

fn sheet() -> Sheet {
    let row = |name: &str| vec![name.to_owned(), "1,200.00 元".to_owned()];
    let step = |depth, label: &str| SheetStep {
        depth,
        label: label.to_owned(),
        written: "营业收入 >= 100000000".to_owned(),
        result: "是".to_owned(),
    };
    Sheet {
        title: "奖补资金计算单".to_owned(),
        amount: "1,200.00 元".to_owned(),
        about: "示例企业 · 增长奖励".to_owned(),
        warning: String::new(),
        number: "PILOGLAQZNWKPTT7UJ5VMTSH4W".to_owned(),
        sections: vec![Section {
            title: "条文",
            blocks: vec![
                Block::Words("第五条 对企业给予奖励。".to_owned()),
                Block::Pairs(vec![("封存摘要".to_owned(), "0f".repeat(32))]),
                Block::Table {
                    head: vec![("数据".to_owned(), 50), ("值".to_owned(), 50)],
                    rows: (0..200).map(|_| row("营业收入(2025年)")).collect(),
                },
                Block::Steps(vec![step(0, "资格"), step(3, "大于等于")]),
                Block::Exact("a\nb".to_owned()),
            ],
        }],
    }
}

/// The number of pages that the file says it has.
fn pages(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    let count = text.split("/Count ").nth(1).unwrap();
    let digits: String = count.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn a_sheet_is_the_same_bytes_whenever_it_is_made() {
    let first = pdf(&sheet()).unwrap();
    assert!(first.starts_with(b"%PDF-"));
    assert_eq!(first, pdf(&sheet()).unwrap());
    // 200 rows of about 17 points do not fit on fewer than four pages of 720 points.
    assert!(pages(&first) >= 4, "{}", pages(&first));
    // Only the letters that are used are in it, not the whole font.
    assert!(first.len() < 200_000, "{}", first.len());
    let mut other = sheet();
    other.amount = "1,200.01 元".to_owned();
    assert_ne!(first, pdf(&other).unwrap());
}

#[test]
fn what_a_sheet_says_is_never_markup() {
    let mut sheet = sheet();
    sheet.about = "<script>alert(1)</script>".to_owned();
    let text = page(&sheet).unwrap();
    assert!(!text.contains("<script>"), "{text}");
    assert!(text.contains("1,200.00 元") && text.contains("营业收入(2025年)"));
}

#[test]
fn a_letter_that_the_font_does_not_have_is_named() {
    let mut sheet = sheet();
    let without = pdf(&sheet).unwrap();
    // 𫗎 stands in no set of GB 2312.
    sheet.about = "\u{2b5ce}".to_owned();
    let with = pdf(&sheet).unwrap();
    // What names it stands on the paper besides.
    assert!(with.len() > without.len());
    assert!(pages(&with) >= pages(&without));
}
