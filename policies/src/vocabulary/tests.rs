//! Vocabularies that are right, and everything that can be wrong in one.

use proptest::prelude::*;

use super::*;

/// A fact with these keys after its names.
fn fact(id: &str, name: &str, keys: &str) -> String {
    format!("[[fact]]\nid = \"{id}\"\nname = \"{name}\"\n{keys}\nsource = \"统计局\"\n")
}

fn read(text: &str) -> Result<Vocabulary, Vec<VocabularyFault>> {
    Vocabulary::read(text, &|word| word == "且" || word == "and")
}

#[track_caller]
fn refused(text: &str, expected: &[(usize, usize, VocabularyFaultKind)]) {
    let faults = read(text).unwrap_err();
    let found: Vec<_> = faults
        .into_iter()
        .map(|fault| (fault.position.line, fault.position.column, fault.kind))
        .collect();
    assert_eq!(found, expected);
}

fn sample() -> String {
    [
        fact("industry", "行业", "type = \"code\"\nperiod = \"none\""),
        fact("division", "区划", "type = \"code\"\nperiod = \"none\""),
        fact(
            "trade",
            "主业",
            "type = \"code\"\ntree = \"region\"\nperiod = \"year\"",
        ),
        fact(
            "revenue",
            "营业收入",
            "type = \"money\"\nunit = \"元\"\nperiod = \"year\"",
        ),
        fact(
            "zones",
            "功能区",
            r#"type = "set"
period = "none"
absent = "false"
why = "名册完整"
members = ["4206-gx"]"#,
        ),
        fact(
            "hires",
            "新增员工",
            r#"type = "list"
period = "year"
fields = [
  { id = "months", name = "月数", type = "number", unit = "月" },
  { id = "kind", name = "类型", type = "enum", members = ["甲", "乙"] },
]"#,
        ),
    ]
    .concat()
}

#[test]
fn facts_are_read() {
    let vocabulary = read(&sample()).unwrap();
    assert_eq!(vocabulary.len(), 6);
    let get = |name: &str| vocabulary.fact(vocabulary.find(name).unwrap());
    assert_eq!(get("行业").fact_type, FactType::Code(Tree::Industry));
    assert_eq!(get("区划").fact_type, FactType::Code(Tree::Region));
    assert_eq!(get("主业").fact_type, FactType::Code(Tree::Region));
    assert_eq!(get("revenue").unit.as_deref(), Some("元"));
    assert_eq!(get("revenue").absent, Absent::Unknown);
    assert_eq!(get("zones").absent, Absent::False);
    assert_eq!(get("zones").fact_type.members(), ["4206-gx"]);
    let hires = get("新增员工");
    assert_eq!(hires.field("月数").unwrap().1.field_type, FactType::Number);
    assert_eq!(hires.field("kind").unwrap().0, 1);
    assert_eq!(hires.field("none"), None);
    assert_eq!(vocabulary.industry_fact(), vocabulary.find("行业"));
    assert_eq!(vocabulary.region_fact(), vocabulary.find("区划"));
    assert_eq!(vocabulary.zones_fact(), vocabulary.find("功能区"));
    assert_eq!(vocabulary.nearest("revenu"), Some("revenue"));
}

#[test]
fn a_byte_order_mark_and_carriage_returns_change_nothing() {
    let text = format!("\u{feff}{}", sample().replace('\n', "\r\n"));
    assert_eq!(read(&text), read(&sample()));
}

#[test]
fn the_canonical_text_ignores_order_and_explanations_only() {
    let parts = [
        fact(
            "a",
            "甲",
            "type = \"number\"\nperiod = \"year\"\nabout = \"x\"",
        ),
        fact("b", "乙", "type = \"number\"\nperiod = \"year\""),
    ];
    let text = |text: &str| read(text).unwrap().canonical_text();
    let first = text(&parts.concat());
    assert_eq!(
        first,
        text(&format!(
            "{}{}",
            parts[1],
            parts[0].replace("\"x\"", "\"y\"")
        ))
    );
    assert_ne!(first, text(&parts.concat().replacen("year", "month", 1)));
    assert_ne!(first, text(&parts.concat().replacen("number", "money", 1)));
    assert_eq!(first.lines().count(), 2);
}

#[test]
fn every_fault_is_told_at_its_place() {
    use VocabularyFaultKind::*;
    refused(
        &fact(
            "Revenue",
            "营业 收入",
            "type = \"mony\"\nperiod = \"yearly\"\nunits = \"元\"",
        ),
        &[
            (2, 6, InvalidId("Revenue".to_owned())),
            (3, 8, InvalidName("营业 收入".to_owned())),
            (
                4,
                8,
                UnknownWord {
                    key: "type",
                    word: "mony".to_owned(),
                    nearest: Some("money".to_owned()),
                },
            ),
            (
                5,
                10,
                UnknownWord {
                    key: "period",
                    word: "yearly".to_owned(),
                    nearest: Some("year".to_owned()),
                },
            ),
            (
                6,
                1,
                UnknownKey {
                    key: "units".to_owned(),
                    nearest: Some("unit".to_owned()),
                },
            ),
        ],
    );
}

#[test]
fn names_are_taken_once() {
    use VocabularyFaultKind::*;
    let money = "type = \"money\"\nperiod = \"year\"";
    refused(
        &[
            fact("a", "甲", money),
            fact("a", "乙", money),
            fact("b", "甲", money),
        ]
        .concat(),
        &[
            (8, 6, Duplicate("a".to_owned())),
            (15, 8, Duplicate("甲".to_owned())),
        ],
    );
    refused(
        &fact("and", "且", money),
        &[
            (2, 6, Keyword("and".to_owned())),
            (3, 8, Keyword("且".to_owned())),
        ],
    );
    refused(
        "[[fact]]\nid = \"a\"\n",
        &[
            (1, 1, MissingKey("name")),
            (1, 1, MissingKey("type")),
            (1, 1, MissingKey("period")),
            (1, 1, MissingKey("source")),
        ],
    );
    refused(
        "facts = 1\n",
        &[(
            1,
            1,
            UnknownKey {
                key: "facts".to_owned(),
                nearest: Some("fact".to_owned()),
            },
        )],
    );
}

#[test]
fn types_have_their_own_keys() {
    use VocabularyFaultKind::*;
    let one = |keys: &str| fact("a", "甲", &format!("period = \"none\"\n{keys}"));
    refused(&one("type = \"set\""), &[(1, 1, MissingKey("members"))]);
    refused(
        &one("type = \"enum\"\nmembers = []"),
        &[(6, 11, Empty("members"))],
    );
    refused(
        &one("type = \"set\"\nmembers = [\"a\", \"b、c\", \"a\", 1]"),
        &[
            (6, 17, MemberSeparator("b、c".to_owned())),
            (6, 24, Duplicate("a".to_owned())),
            (
                6,
                29,
                WrongValue {
                    key: "members".to_owned(),
                    expected: "不空的文本",
                },
            ),
        ],
    );
    refused(
        &one("type = \"text\"\ntree = \"region\""),
        &[(
            6,
            8,
            UselessKey {
                key: "tree",
                fact_type: "text",
            },
        )],
    );
    refused(
        &one("type = \"list\"\nfields = [{ id = \"x\", name = \"子\", type = \"list\" }]"),
        &[(6, 42, NestedList)],
    );
    refused(
        &one("type = \"boolean\"\nabsent = \"false\""),
        &[(6, 10, AbsentWithoutWhy)],
    );
    refused(
        &one("type = \"boolean\"\nabsent = \"zero\"\nwhy = \"约定\""),
        &[(
            6,
            10,
            AbsentDoesNotFit {
                absent: "zero",
                fact_type: "boolean",
            },
        )],
    );
    refused(
        &one("type = 5"),
        &[(
            5,
            8,
            WrongValue {
                key: "type".to_owned(),
                expected: "文本",
            },
        )],
    );
}

#[test]
fn broken_toml_is_told() {
    let faults = read("[[fact]]\nid = \"a\nname = 5 5\n").unwrap_err();
    assert!(
        faults
            .iter()
            .all(|fault| matches!(fault.kind, VocabularyFaultKind::Toml(_)))
    );
    assert_eq!(faults[0].position.line, 2);
}

/// What vocabularies are made of, right and wrong.
const PARTS: [&str; 12] = [
    "[[fact]]\n",
    "[fact]\n",
    "id = \"a\"\n",
    "name = \"甲\"\n",
    "type = \"set\"\n",
    "type = \"list\"\n",
    "period = \"year\"\n",
    "members = [",
    "fields = [{",
    "\"x\", ",
    "]\n",
    "absent = 5\n",
];

proptest! {
    #[test]
    fn any_text_is_survived(
        parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..12),
        other in "\\PC{0,12}",
    ) {
        let _ = read(&format!("{}{other}", parts.concat()));
        let _ = read(&format!("{other}{}", parts.concat()));
    }
}
