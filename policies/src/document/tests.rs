//! Policy files that are right, and everything that can be wrong around their rules.

use proptest::prelude::*;

use super::*;

const FRONT: &str = "---
id: sample-2025
title: 样例若干措施
document_number: 样政发〔2025〕1号
issuer: 样例市人民政府
region: \"4206\"            # a city
published: 2025-03-01
effective: 2025-01-01
expires: 2025-12-31
supersedes: [sample-2024]
source: https://example.org/1
topics: [工业, 稳增长]
---
";

const BODY: &str = r#"
# 样例若干措施

总的要求。

## 第八条 增长奖励

奖励20万元。

```zhida
事项 a "甲"
```

再奖励。

### (一)标准

细则。

~~~zhida x
事项 b "乙"
~~~
## 附则
```text
不是规则
```
"#;

#[track_caller]
fn refused(text: &str, expected: &[(&str, DocumentFaultKind)]) {
    let faults = Document::read(text).faults;
    let found: Vec<_> = faults
        .into_iter()
        .map(|fault| (text[fault.span].to_owned(), fault.kind))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(span, kind)| ((*span).to_owned(), kind.clone()))
        .collect();
    assert_eq!(found, expected);
}

/// Checks that every byte of every block leads to the same byte of the file.
#[track_caller]
fn maps_back(document: &Document) {
    for block in document.blocks() {
        let mut last = 0;
        for (offset, byte) in block.text().bytes().enumerate() {
            let file = block.to_file_offset(offset);
            assert!(file >= last && block.content_span().contains(&file) || byte == b'\n');
            let there = document.text().as_bytes().get(file).copied();
            assert!(
                there == Some(byte) || byte == b'\n' && there == Some(b'\r'),
                "{offset}"
            );
            last = file;
        }
    }
}

#[test]
fn the_front_matter_is_read_with_its_places() {
    let reading = Document::read(FRONT);
    assert_eq!(reading.faults, []);
    let front = reading.document.front_matter().unwrap();
    assert_eq!(front.id.value, "sample-2025");
    assert_eq!(
        front.document_number.as_ref().unwrap().value,
        "样政发〔2025〕1号"
    );
    assert_eq!(front.region.value.as_str(), "4206");
    assert_eq!(front.effective.value.to_string(), "2025-01-01");
    assert_eq!(
        front.expires.as_ref().unwrap().value.to_string(),
        "2025-12-31"
    );
    assert_eq!(front.supersedes[0].value, "sample-2024");
    assert_eq!(front.status, PolicyStatus::Published);
    for (located, text) in [
        (&front.title, "样例若干措施"),
        (&front.topics[1], "稳增长"),
        (front.source.as_ref().unwrap(), "https://example.org/1"),
    ] {
        assert_eq!(
            (located.value.as_str(), &FRONT[located.span.clone()]),
            (text, text)
        );
    }
    assert_eq!(&FRONT[front.region.span.clone()], "\"4206\"");
}

#[test]
fn values_stay_as_they_are_written() {
    let text = "---\nid: no\ntitle: 012\nregion: \"\"\neffective: 2025-01-01\nstatus: draft\n---\n";
    let reading = Document::read(text);
    let front = reading.document.front_matter().unwrap();
    assert_eq!(
        (front.id.value.as_str(), front.title.value.as_str()),
        ("no", "012")
    );
    assert!(front.region.value.is_nation());
    assert_eq!(front.status, PolicyStatus::Draft);
    let kinds: Vec<_> = reading.faults.into_iter().map(|fault| fault.kind).collect();
    let unstated = ["issuer", "published", "source"];
    assert_eq!(kinds, unstated.map(DocumentFaultKind::UnstatedKey));
}

#[test]
fn every_fault_of_the_front_matter_is_told() {
    use DocumentFaultKind::*;
    let wrong = FRONT
        .replace("sample-2025", "a/b")
        .replace("\"4206\"", "襄阳")
        .replace("2025-03-01", "2025年3月")
        .replace("expires: 2025-12-31", "expires: 2024-12-31")
        .replace("topics:", "topic:");
    refused(
        &wrong,
        &[
            ("a/b", InvalidId("a/b".to_owned())),
            ("襄阳", InvalidRegion("襄阳".to_owned())),
            (
                "2025年3月",
                InvalidDate {
                    key: "published",
                    text: "2025年3月".to_owned(),
                },
            ),
            ("2024-12-31", ExpiresBeforeEffective),
            (
                "topic",
                UnknownKey {
                    key: "topic".to_owned(),
                    nearest: Some("topics".to_owned()),
                },
            ),
        ],
    );
    assert_eq!(Document::read(&wrong).document.front_matter(), None);
    let close = "---\n";
    refused(
        "---\nissuer: a\npublished: 2025-01-01\nsource: b\ndocument_number: c\n---\n",
        &[
            (close, MissingKey("id")),
            (close, MissingKey("title")),
            (close, MissingKey("region")),
            (close, MissingKey("effective")),
        ],
    );
    refused("# 标题\n", &[("", NoFrontMatter)]);
    refused("", &[("", NoFrontMatter)]);
    refused("---\nid: a\n", &[("---", UnclosedFrontMatter)]);
    refused(
        &FRONT.replace("---\nid", "---\nstatus: live\nid"),
        &[("live", UnknownStatus("live".to_owned()))],
    );
}

#[test]
fn broken_yaml_is_told_where_it_breaks() {
    for broken in [
        "contact: [",
        "contact: *x",
        "contact: {a: b}",
        "contact: [a]",
        "- x",
    ] {
        let text = FRONT.replace("issuer: 样例市人民政府", broken);
        let faults = Document::read(&text).faults;
        assert_eq!(faults.len(), 1, "{broken}");
        assert!(matches!(faults[0].kind, DocumentFaultKind::Yaml(_)));
        let line = LineIndex::new(&text)
            .position(&text, faults[0].span.start)
            .line;
        // The parser sees an open bracket only where the next line goes on.
        assert!((5..=6).contains(&line), "{broken}: line {line}");
    }
    let blank = FRONT.replace("expires: 2025-12-31", "expires:");
    assert_eq!(
        Document::read(&blank).faults[0].kind,
        DocumentFaultKind::NullValue
    );
    let twice = FRONT.replace("issuer: 样例市人民政府", "id: again");
    refused(
        &twice,
        &[("id", DocumentFaultKind::DuplicateKey("id".to_owned()))],
    );
}

#[test]
fn articles_have_labels_texts_and_blocks() {
    let text = format!("{FRONT}{BODY}");
    let Reading { document, faults } = Document::read(&text);
    assert_eq!(faults, []);
    maps_back(&document);
    let found: Vec<_> = document
        .articles()
        .iter()
        .map(|article| {
            (
                article.label.as_str(),
                article.level,
                article.parent,
                article.text.as_str(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("样例若干措施", 1, None, "总的要求。"),
            ("第八条", 2, Some(0), "奖励20万元。\n\n\n\n再奖励。"),
            ("第八条 (一)标准", 3, Some(1), "细则。"),
            ("附则", 2, Some(0), "```text\n不是规则\n```"),
        ]
    );
    let blocks: Vec<_> = document
        .blocks()
        .iter()
        .map(|b| (b.article(), b.text()))
        .collect();
    assert_eq!(blocks, [(1, "事项 a \"甲\"\n"), (2, "事项 b \"乙\"\n")]);
    let block = &document.blocks()[0];
    assert_eq!(&text[block.content_span()], "事项 a \"甲\"\n");
    assert_eq!(&text[block.span()], "```zhida\n事项 a \"甲\"\n```");
    assert_eq!(
        &text[document.articles()[1].span.clone()],
        "## 第八条 增长奖励\n"
    );
}

#[test]
fn an_indented_or_quoted_block_leads_back_to_the_file() {
    // How the lines of the block begin, and what stands before its fence.
    for (before, begin) in [
        ("1. 款\n\n", "   "),
        ("", "> "),
        ("- 款\n  - 目\n\n", "    "),
    ] {
        let lines = ["```zhida", "事项 a \"甲\"", "  资格 是", "", "```"];
        let lines = lines.map(|line| format!("{begin}{line}\n")).concat();
        for line_break in ["\n", "\r\n"] {
            let text = format!("{FRONT}## 第一条\n\n{before}{lines}").replace('\n', line_break);
            let Reading { document, faults } = Document::read(&text);
            assert_eq!(faults, [], "{text}");
            maps_back(&document);
            let block = &document.blocks()[0];
            assert_eq!(block.text(), "事项 a \"甲\"\n  资格 是\n\n");
            let at = block.text().find("资格").unwrap();
            let span = block.to_file_span(at..at + "资格".len());
            assert_eq!(&text[span], "资格");
            let line = block.text().find('\n').unwrap();
            assert_eq!(&text[block.to_file_span(0..line)], "事项 a \"甲\"");
        }
    }
}

#[test]
fn byte_order_mark_and_carriage_returns_are_no_fault() {
    let text = format!("\u{feff}{FRONT}## 第一条\n文。\n```zhida\n事项 a \"甲\"\n```\n");
    let text = text.replace('\n', "\r\n");
    let Reading { document, faults } = Document::read(&text);
    assert_eq!(faults, []);
    maps_back(&document);
    assert_eq!(document.blocks()[0].text(), "事项 a \"甲\"\n");
    let title = &document.front_matter().unwrap().title;
    assert_eq!(&text[title.span.clone()], "样例若干措施");
    assert_eq!(
        document.line_index().position(&text, title.span.start).line,
        3
    );
}

#[test]
fn a_block_that_is_not_closed_or_not_named_right_is_a_fault() {
    use DocumentFaultKind::*;
    refused(
        &format!("{FRONT}## 第一条\n```zhida\n事项 a \"甲\"\n"),
        &[("```zhida", UnclosedBlock)],
    );
    refused(&format!("{FRONT}```zhida"), &[("```zhida", UnclosedBlock)]);
    refused(
        &format!("{FRONT}- 款\n  ```zhida\n  事项\n\n下一段\n"),
        &[("```zhida", UnclosedBlock)],
    );
    refused(
        &format!("{FRONT}````zhida\n事项\n```\n"),
        &[("````zhida", UnclosedBlock)],
    );
    refused(
        &format!("{FRONT}```Zhida\n事项\n```\n"),
        &[("```Zhida", MisspelledBlock("Zhida".to_owned()))],
    );
    refused(&format!("{FRONT}```zhida\n```\n"), &[]);
}

#[test]
fn text_before_the_first_heading_is_an_article_of_its_own() {
    let Reading { document, faults } =
        Document::read(&format!("{FRONT}前言。\n```zhida\n事项\n```\n# 一\n"));
    assert_eq!(faults, []);
    assert_eq!(document.articles().len(), 2);
    assert_eq!(
        (
            document.articles()[0].level,
            document.articles()[0].text.as_str()
        ),
        (0, "前言。")
    );
    assert_eq!(
        document.article_of(&document.blocks()[0]),
        Some(&document.articles()[0])
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let reading = Document::read_bytes(b"---\nid: \xff\n");
    assert_eq!(
        reading.faults,
        [DocumentFault {
            span: 8..9,
            kind: DocumentFaultKind::InvalidUtf8
        }]
    );
    let large = " ".repeat(DOCUMENT_BYTES_MAX + 1);
    assert_eq!(
        Document::read(&large).faults[0].kind,
        DocumentFaultKind::TooLarge
    );
}

/// What documents are made of, right and wrong.
const PARTS: [&str; 22] = [
    "---\n",
    "id: a\n",
    "title: ",
    "region: \"4206\"\n",
    "effective: 2025-01-01\n",
    "# 第一条\n",
    "```zhida\n",
    "```\n",
    "~~~",
    "  ",
    "- ",
    "> ",
    "\t",
    "[",
    "{",
    "&a",
    "*a",
    "\r",
    "\n",
    "<!--",
    "第",
    "| a |\n|---|\n",
];

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Document::read_bytes(&bytes);
    }

    #[test]
    fn any_document_is_survived(
        parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..24),
        other in "\\PC{0,12}",
        place in 0usize..24,
        valid_front in any::<bool>(),
    ) {
        let mut parts = parts;
        parts.insert(place.min(parts.len()), &other);
        let front = if valid_front { FRONT } else { "---\n" };
        let text = format!("{front}{}", parts.concat());
        let Reading { document, faults } = Document::read(&text);
        for fault in faults {
            prop_assert!(text.get(fault.span.clone()).is_some(), "{fault:?}");
            let _ = document.line_index().position(&text, fault.span.start);
        }
        for block in document.blocks() {
            prop_assert!(text.get(block.span()).is_some());
            prop_assert!(text.get(block.content_span()).is_some());
            for (offset, character) in block.text().char_indices() {
                let file = block.to_file_offset(offset);
                let there = text.get(file..).unwrap().chars().next();
                // Line breaks and tabs around a block are read as `\n` and blanks.
                let changed = matches!(character, '\n' | ' ');
                prop_assert!(changed || there == Some(character), "{offset}");
                let span = block.to_file_span(offset..offset.saturating_add(character.len_utf8()));
                prop_assert!(text.get(span).is_some());
            }
        }
        for article in document.articles() {
            prop_assert!(text.get(article.span.clone()).is_some());
        }
    }
}
