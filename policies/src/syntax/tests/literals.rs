//! The values of literals.

use super::parse_clean;
use crate::syntax::ast::{Declaration, ExprSyntaxKind, Literal};
use crate::values::{Duration, Number};

#[track_caller]
fn value(text: &str) -> ExprSyntaxKind {
    match parse_clean(&format!("定义 a = {text}")).declarations.pop() {
        Some(Declaration::Definition(definition)) => definition.value.kind,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn number(text: &str, expected: &str) {
    let expected = Literal::Number(Number::parse_decimal(expected).unwrap());
    assert_eq!(value(text), ExprSyntaxKind::Literal(expected), "{text}");
}

#[track_caller]
fn money(text: &str, fen: &str) {
    let expected = Literal::Money(Number::parse_decimal(fen).unwrap());
    assert_eq!(value(text), ExprSyntaxKind::Literal(expected), "{text}");
}

#[test]
fn money_is_exact_in_fen() {
    money("1分", "1");
    money("3角", "30");
    money("5元", "500");
    money("0.05元", "5");
    money("0.001元", "0.1");
    money("2百元", "20000");
    money("2千元", "200000");
    money("500万元", "500000000");
    money("3十万元", "30000000");
    money("3百万元", "300000000");
    money("3千万元", "3000000000");
    money("1.5亿元", "15000000000");
    money("1.2万亿元", "120000000000000");
    money("1,000元", "100000");
    money("1,234,567.89元", "123456789");
    money("１，０００元", "100000");
    money("500 万元", "500000000");
    money("1_000元", "100000");
}

#[test]
fn numbers_are_exact() {
    number("20%", "0.2");
    number("6‰", "0.006");
    number("3.10％", "0.031");
    number("12", "12");
    number("1.5", "1.5");
    number(".872", "0.872");
    number("1.23e4", "12300");
    number("5E-3", "0.005");
    number("100万", "1000000");
    number("1.4亿", "140000000");
    number("1,200", "1200");
}

#[test]
fn durations_are_months_and_days() {
    let duration = |text: &str, expected: Duration| {
        let expected = ExprSyntaxKind::Literal(Literal::Duration(expected));
        assert_eq!(value(text), expected, "{text}");
    };
    duration("3年", Duration::from_months(36));
    duration("6个月", Duration::from_months(6));
    duration("30天", Duration::from_days(30));
    duration("30日", Duration::from_days(30));
    duration("3 years", Duration::from_months(36));
    duration("1 month", Duration::from_months(1));
}

#[test]
fn a_comma_in_brackets_separates_bare_numbers() {
    let count = |text: &str| {
        let ExprSyntaxKind::Sequence(items) = value(text) else {
            panic!("{text}");
        };
        items.len()
    };
    assert_eq!(count("[100,200]"), 2);
    assert_eq!(count("[1,200元]"), 1);
    assert_eq!(count("[1元,200元]"), 2);
    assert_eq!(count("[1,200.5元, 3元]"), 2);
}

#[test]
fn texts_resolve_their_escapes() {
    let text = |written: &str, expected: &str| {
        let expected = ExprSyntaxKind::Literal(Literal::Text(expected.to_owned()));
        assert_eq!(value(written), expected, "{written}");
    };
    text(r#""a\"b\\c\n\t""#, "a\"b\\c\n\t");
    text(r#""\u6587""#, "文");
    text(r#""\uD83D\uDCA9""#, "\u{1f4a9}");
    text(r#""\U01F40E""#, "\u{1f40e}");
    text("“全角”", "全角");
    text("\"说“好”\"", "说“好”");
}
