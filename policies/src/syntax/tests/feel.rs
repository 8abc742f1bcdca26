//! Expressions of plain FEEL.

use super::shown;
use crate::span::FileId;
use crate::syntax::parse_expression;

#[track_caller]
fn check(text: &str, names: &[&str]) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let (_, faults) = parse_expression(text, FileId(0), &names);
    assert!(faults.is_empty(), "{text}\n{}", shown(text, &faults));
}

#[test]
fn expressions_of_feel_are_read() {
    check("\"Hello \" + Full Name", &["Full Name"]);
    check("Complex.aDate + 1", &["Complex.aDate"]);
    check("(10..null)", &[]);
    check("(> 10) = (10..null)", &[]);
    check("(1..10] = ]1..10]", &[]);
    check("[1..10) = [1..10[", &[]);
    check("]1..10[ = (1..10)", &[]);
    check("10 in !=11", &[]);
    check("10 in (1, 5, 9)", &[]);
    check("\"b\" in [[\"f\"..\"h\"], [\"a\"..\"c\"]]", &[]);
    check("[1,2,3] in ([[1,2,3,4]], [[1,2,3,5]])", &[]);
    check("5 between 1 and 10", &[]);
    check("[1,2,3][-1]", &[]);
    check("[ 1, 2, 3, 4 ][ item > 2 ]", &[]);
    check("if bool then num+10 else num-10", &[]);
    check("round half up(5.5, 0) + string length(\"a\")", &[]);
    check("/* a */ 1 + // b\n 1", &[]);
    check("not(null) and all([a>b,a>c])", &[]);
    check("-.872", &[]);
    check("date(2017,01,01)", &[]);
}
