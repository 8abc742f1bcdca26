//! XML that wants more than to be read.

use super::bank::{entry, notification, report};
use crate::payment_files::{AnswerError, AnswerFault, read_answer, xml};

fn refused(bytes: &[u8]) -> AnswerError {
    read_answer(bytes, "a.xml", None).unwrap_err()
}

#[track_caller]
fn check(text: &str, fault: &str) {
    let error = refused(text.as_bytes());
    assert!(error.to_string().contains(fault), "{error}");
}

#[test]
fn any_doctype_is_refused() {
    let laughs = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\">\
        <!ENTITY lol2 \"&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;\">]>\n<Document>&lol2;</Document>";
    check(laughs, "第 2 行:含有 DOCTYPE");
    check(
        "<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/a.dtd\"><a/>",
        "DOCTYPE",
    );
    check(
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "DOCTYPE",
    );
    check("<!doctype a><a/>", "DOCTYPE");
}

#[test]
fn references_instructions_and_broken_nesting_are_refused() {
    let group = |inside: &str| report("12", inside, "<GrpSts>RJCT</GrpSts>", "");
    check(&group("&x;"), "未定义的实体引用");
    check(&group("&#0;"), "未定义的实体引用");
    check(&group("&#xFFFF;"), "未定义的实体引用");
    check(&group("<?php x?>"), "处理指令");
    check(&group("B1</OrgnlMsgId><x:y/><OrgnlMsgId>"), "命名空间前缀");
    check(&group("\u{1}"), "控制字符");
    check(&group("</Document>"), "XML 写法有误");
    check(&(group("B1") + "<Document/>"), "两个根元素");
    check(&(group("B1") + "x"), "根元素之外");
    let whole = group("B1");
    check(
        whole.trim_end().strip_suffix("</Document>").unwrap(),
        "没有结束",
    );
    check(
        &whole.replace("<GrpHdr>", "<GrpHdr a=\"1\" a=\"2\">"),
        "属性写法有误",
    );
    // The five names and numbers that XML knows are text.
    let read = read_answer(group("&#66;1&amp;<![CDATA[<]]>").as_bytes(), "a", None).unwrap();
    assert_eq!(read.answers[0].fact.message_id.as_deref(), Some("B1&<"));
}

#[test]
fn depth_size_and_length_have_limits() {
    let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
    check(&deep, "层数或元素过多");
    let long = report("12", &"x".repeat(10 << 20), "<GrpSts>RJCT</GrpSts>", "");
    check(&long, "文字过长");
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}=\"\"")).collect();
    check(&format!("<a{attributes}/>"), "属性过多");
    let huge = vec![b' '; xml::BYTES_MAX + 1];
    assert!(refused(&huge).to_string().contains("超过 32 MB"));
    let many = format!("<a>{}</a>", "<b/>".repeat(1_000_001));
    check(&many, "层数或元素过多");
}

#[test]
fn encodings_are_utf8_or_what_the_file_declares() {
    let text = report("12", "B1", "<GrpSts>RJCT</GrpSts>", "").replace("R1", "回单");
    assert!(read_answer(text.as_bytes(), "a", None).is_ok());
    assert!(read_answer(format!("\u{feff}{text}").as_bytes(), "a", None).is_ok());
    let gbk = encoding_rs::GBK.encode(&text).0.into_owned();
    assert!(refused(&gbk).to_string().contains("UTF-8"));
    let declared = encoding_rs::GBK
        .encode(&text.replace("UTF-8", "gb2312"))
        .0
        .into_owned();
    assert!(read_answer(&declared, "a", None).is_ok());
    for name in ["UTF-7", "UTF-16", "ISO-8859-1", "x"] {
        check(&text.replace("UTF-8", name), "不支持的编码");
    }
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert!(refused(&wide).to_string().contains("不支持的编码 UTF-16"));
}

#[test]
fn other_messages_are_named() {
    check("<a/>", "不是可以读取的回单报文");
    let text = report("12", "B1", "", "");
    check(
        &text.replace("pain.002.001.12", "pain.001.001.09"),
        "pain.001.001.09",
    );
    check(
        &text.replace("pain.002.001.12", "pain.002.001.99"),
        "pain.002.001.99",
    );
    check(
        &text.replace("CstmrPmtStsRpt", "Other"),
        "缺少 CstmrPmtStsRpt",
    );
    check(
        &text
            .replace("<Document", "<Doc")
            .replace("</Document", "</Doc"),
        "不是可以读取",
    );
    let AnswerFault { line, reason, .. } = refused(b"").faults.remove(0);
    assert_eq!((line, reason.as_str()), (None, "文件是空的"));
}

#[test]
fn foreign_namespaces_inside_are_left_out() {
    let extra = "</OrgnlMsgId><OrgnlMsgId>B2</OrgnlMsgId>";
    let text = report("12", "B1", "<GrpSts>RJCT</GrpSts>", "");
    let inside = format!("<x xmlns=\"urn:bank\"><GrpSts>ACSP</GrpSts></x><GrpHdr>{extra}");
    let inside = inside.replace(extra, "");
    let read = read_answer(text.replace("<GrpHdr>", &inside).as_bytes(), "a", None).unwrap();
    assert_eq!(read.answers[0].fact.status_word, "RJCT");
    // A prefix for everything is as good as none.
    let prefixed = text
        .replace("<Document xmlns=", "<Document xmlns:p=")
        .replace("</", "</p:")
        .replace('<', "<p:")
        .replace("<p:/p:", "</p:")
        .replace("<p:?", "<?");
    assert_eq!(
        read_answer(prefixed.as_bytes(), "a", None).unwrap().answers,
        read_answer(text.as_bytes(), "a", None).unwrap().answers
    );
}

#[test]
fn amounts_and_currencies_are_exact_or_refused() {
    let text = notification("", &entry("DBIT", "BOOK", 100_000, ""));
    for amount in [
        "1,000.00", "1e5", "NaN", "-1.00", "+1.00", "１", "", "1.001",
    ] {
        let error = refused(text.replace("1000.00", amount).as_bytes());
        assert_eq!(error.faults[0].line, Some(5), "{error}");
    }
    assert!(read_answer(text.replace("1000.00", "1000.00000").as_bytes(), "a", None).is_ok());
    check(&text.replace("\"CNY\"", "\"USD\""), "币种 USD 不是人民币");
    check(&text.replace(" Ccy=\"CNY\"", ""), "没有币种");
    check(&text.replace("DBIT", "XXXX"), "借贷标志");
    check(&text.replace("2026-03-17<", "2026-02-30<"), "不是日期");
}
