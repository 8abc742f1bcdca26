//! What is said about a block that is not right, and where.

use super::{parse, shown};
use crate::syntax::ast::{Declaration, MeasureSyntax};

/// Each fault as `place: message` with `place` the text it points at, one a line.
#[track_caller]
fn check(text: &str, expected: &[(&str, &str)]) {
    let (_, faults) = parse(text);
    let found: Vec<(&str, &str)> = faults
        .iter()
        .map(|fault| {
            let place = text.get(fault.span.range()).unwrap();
            (place, fault.message.as_str())
        })
        .collect();
    assert_eq!(found, expected, "{text}\n{}", shown(text, &faults));
}

/// One fault whose help holds a piece of text.
#[track_caller]
fn check_help(text: &str, place: &str, help: &str) {
    let (_, faults) = parse(text);
    let shown = shown(text, &faults);
    let [fault] = faults.as_slice() else {
        panic!("{text}\n{shown}");
    };
    assert_eq!(text.get(fault.span.range()), Some(place), "{shown}");
    let given = fault.help.as_deref().unwrap_or_default();
    assert!(given.contains(help), "{shown}");
}

#[track_caller]
fn measure(text: &str) -> MeasureSyntax {
    match parse(text).0.declarations.pop() {
        Some(Declaration::Measure(measure)) => measure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_likely_cause_is_named() {
    check_help(
        "定义 a = 规上企业 且营业收入 >= 1",
        "且营业收入",
        "“且”前后各空一格",
    );
    check_help(
        "定义 a = 营业收入 >= 1亿元且规上企业",
        "1亿元且规上企业",
        "“且”前后各空一格",
    );
    check_help("定义 a = b == c", "==", "相等写一个等号");
    check_help("定义 a = b < c < d", "<", "a < b 且 b < c");
    check_help("定义 a = b => c", "=>", "大于等于写 >=");
    check_help("定义 a = 如果 b 则 c", "", "如果 条件 则 甲 否则 乙");
    check_help("定义 a = 如果 b 否则 c", "否则", "三个词都要有");
    check_help("定义 a = 从业人数 > 50人", "50人", "单位有 元 角 分");
    check_help("定义 a = b > 3月", "3月", "3个月");
    check_help("定义 a = b > 2024年3月1日", "2024年3月1日", "2024-03-01");
    check_help("定义 a = b > 2024-3-1", "2024-3-1", "2024-03-01");
    check_help("定义 a = b > 2024/03/01", "2024/03/01", "2024-03-01");
    check_help("定义 a = b > 1,00元", "1,00", "1,000元");
    check_help("定义 a = b 属于 1..5", "..", "[1..10)");
    check_help("定义 a = b > 1.5年", "1.5年", "18个月");
    check_help("定义 a = 缺失", "缺失", "缺失(事实)");
    check_help("定义 a = b && c", "&&", "写 且");
    check_help("事项 m\n方式 免申即享 周期 每年", "周期", "要另起一行");
    check_help("事项 m\n资格 a\n资挌 b", "资挌", "想写“资金”或“资格”吗");
    check_help("事项 m\n周期 每1年", "每1年", "一年一次写“每年”");
    check_help("资格 a\n资格 b", "资格", "事项 编号");
    check_help("定义 a = 最小(1,000, b)", "1,000", "1000");
}

#[test]
fn an_open_bracket_is_pointed_at() {
    let message = "这个括号没有闭合，缺“)”";
    check("定义 a = (b + 1", &[("(", message)]);
    check("定义 a = 最小(b, 1\n定义 c = 1", &[("(", message)]);
    check(
        "事项 m\n金额 分档(x) {\n1 : 2元\n资格 a",
        &[("{", "这个括号没有闭合，缺“}”")],
    );
    check(
        "定义 a = 按表 首个 {\n| x | 结果 |",
        &[("{", "这个括号没有闭合，缺“}”")],
    );
    check("定义 a = [1, 2", &[("[", "这个括号没有闭合，缺“]”")]);
    check("定义 a = (b + (1) +\n事项 m", &[("(", "这个括号没有闭合")]);
    check("定义 a = \"b", &[("\"b", "这个引号没有闭合")]);
    check("定义 a = 1 /* b", &[("/*", "这个注释没有结束")]);
}

#[test]
fn all_faults_of_a_block_are_reported() {
    check(
        "事项 m\n方式 网上\n资格 a +\n资格 b\n金额 1元 取正 元 舍去\n有效 2025-02-30..\n举例 a = 1 => ",
        &[
            ("网上", "这里应为免申即享、即申即享或申报，却是“网上”"),
            ("", "这里应为一个值，却是语句的末尾"),
            ("取正", "这里应为“取整”，却是“取正”"),
            ("2025-02-30", "2025 年 2 月没有 30 日"),
            (
                "",
                "这里应为金额、不符合、不适用、待核或出错，却是语句的末尾",
            ),
        ],
    );
    check(
        "定义 a = 分档(y) {\n[1..2) : 3\n[2..3 : 4\n4..5 : 6\n}",
        &[
            (":", "这里应为“)”或“]”，却是“:”"),
            ("..", "区间两边要有括号"),
        ],
    );
    check(
        "定义 a = 按表 首个 {\n| a | 结果 |\n| 1 | 2 | 3 |\n| + | 2 |\n}",
        &[
            ("| 1 | 2 | 3 |", "这一行有 3 格，表头有 2 格"),
            ("+", "这里应为一个值，却是“+”"),
        ],
    );
}

#[test]
fn a_broken_statement_leaves_the_others() {
    let read = measure("事项 m\n资格 a +\n资格 b\n方式 网上\n金额 + 取整 元 舍去");
    assert_eq!(read.statements.len(), 3);
}

#[test]
fn numbers_have_limits() {
    let digits = "9".repeat(201);
    check(
        &format!("定义 a = {digits}"),
        &[(&digits, "这个数有 201 位，最多 200 位")],
    );
    check(
        "定义 a = 1e401",
        &[("1e401", "指数 401 超出范围，最多到 400")],
    );
    check(
        "定义 a = 1e400",
        &[("1e400", "这个数太大或太长，无法精确计算")],
    );
    check("定义 a = 2025-13-01", &[("2025-13-01", "没有 13 月")]);
}

#[test]
fn escapes_are_checked() {
    check("定义 a = \"b\\d\"", &[("\\d", "文本里的“\\d”读不懂")]);
    check(
        "定义 a = \"\\uD83D\"",
        &[("\\uD83D", "文本里的“\\uD83D”读不懂")],
    );
}
