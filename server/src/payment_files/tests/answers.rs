//! What answers mean: each rule with a message that a bank could send.

use zhida_policies::values::Date;

use super::bank::{entry, notification, report};
use super::bank_texts::profile;
use super::schema;
use crate::payment_files::encoding::TextEncoding;
use crate::payment_files::{
    AnswerError, AnswerFact, AnswerFile, AnswerStatus, BankAnswer, Completeness, read_answer,
};

fn read(text: &str) -> AnswerFile {
    read_answer(text.as_bytes(), "a.xml", None).unwrap()
}

fn refused(text: &str) -> AnswerError {
    read_answer(text.as_bytes(), "a.xml", None).unwrap_err()
}

#[track_caller]
fn one(file: &AnswerFile) -> &AnswerFact {
    let [BankAnswer { fact, .. }] = file.answers.as_slice() else {
        panic!("{:?}", file.answers);
    };
    fact
}

fn reason(code: &str) -> String {
    format!("<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>")
}

/// A block with one payment.
fn block(status: &str, item: &str) -> String {
    format!(
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>B1-P01</OrgnlPmtInfId>{status}\
         <TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId>{item}</TxInfAndSts></OrgnlPmtInfAndSts>"
    )
}

#[test]
fn a_rejected_message_without_lines_rejects_all() {
    let group = format!("<GrpSts>RJCT</GrpSts>{}", reason("AM02"));
    for version in ["03", "12"] {
        let text = report(version, "B1", &group, "");
        schema::is_valid(text.as_bytes(), &format!("pain.002.001.{version}"));
        let file = read(&text);
        let fact = one(&file);
        assert_eq!(fact.status, AnswerStatus::Rejected);
        assert_eq!(fact.message_id.as_deref(), Some("B1"));
        assert_eq!(fact.reason_code.as_deref(), Some("AM02"));
        assert_eq!((&fact.end_to_end_id, &fact.block_id), (&None, &None));
        assert_eq!(file.form, format!("pain.002.001.{version}"));
        assert_eq!(file.completeness, Completeness::NotStated);
        assert!(file.alarms.is_empty());
    }
}

#[test]
fn a_part_needs_lines() {
    let file = read(&report("12", "B1", "<GrpSts>PART</GrpSts>", ""));
    assert_eq!(one(&file).status, AnswerStatus::Unknown);
    assert!(file.alarms[0].reason.contains("PART"));
    // A block without lines speaks for its payments.
    let blocks = format!(
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>B1-P01</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>{}\
         </OrgnlPmtInfAndSts>",
        reason("AC04")
    );
    let text = report("12", "B1", "<GrpSts>PART</GrpSts>", &blocks);
    schema::is_valid(text.as_bytes(), "pain.002.001.12");
    let file = read(&text);
    assert_eq!(one(&file).status, AnswerStatus::Rejected);
    assert_eq!(one(&file).block_id.as_deref(), Some("B1-P01"));
    assert_eq!(file.answers[0].path, "OrgnlPmtInfAndSts[1]");
}

#[test]
fn no_status_of_a_report_is_a_payment() {
    for code in ["ACCP", "ACTC", "ACSP", "ACWC", "ACSC", "ACCC"] {
        let item = format!("<TxSts>{code}</TxSts>");
        let file = read(&report("12", "B1", "", &block("", &item)));
        assert_eq!(one(&file).status, AnswerStatus::Accepted, "{code}");
        assert_eq!(one(&file).status_word, code);
        let group = format!("<GrpSts>{code}</GrpSts>");
        assert_eq!(
            one(&read(&report("12", "B1", &group, ""))).status,
            AnswerStatus::Accepted
        );
    }
    for code in ["PDNG", "RCVD"] {
        let group = format!("<GrpSts>{code}</GrpSts>");
        assert_eq!(
            one(&read(&report("03", "B1", &group, ""))).status,
            AnswerStatus::Pending
        );
    }
    for code in ["CANC", "XXXX"] {
        let item = format!("<TxSts>{code}</TxSts>");
        let file = read(&report("12", "B1", "", &block("", &item)));
        assert_eq!(one(&file).status, AnswerStatus::Unknown, "{code}");
        assert_eq!(file.alarms.len(), 1);
    }
}

#[test]
fn seen_before_is_not_rejected() {
    for code in ["DUPL", "AM05", "DU01", "DU03", "DU04"] {
        let item = format!("<TxSts>RJCT</TxSts>{}", reason(code));
        let file = read(&report("12", "B1", "", &block("", &item)));
        assert_eq!(one(&file).status, AnswerStatus::Duplicate, "{code}");
        assert_eq!(file.alarms.len(), 1);
        let group = format!("<GrpSts>RJCT</GrpSts>{}", reason(code));
        assert_eq!(
            one(&read(&report("12", "B1", &group, ""))).status,
            AnswerStatus::Duplicate
        );
    }
    let own = "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Prtry>dupl</Prtry></Rsn></StsRsnInf>";
    assert_eq!(
        one(&read(&report("12", "B1", "", &block("", own)))).status,
        AnswerStatus::Duplicate
    );
    let none = read(&report("12", "B1", "", &block("", "<TxSts>RJCT</TxSts>")));
    assert_eq!(one(&none).status, AnswerStatus::Rejected);
    assert!(none.alarms[0].reason.contains("没有写原因"));
}

#[test]
fn lines_and_the_whole_of_a_report() {
    // A line without a status has that of its block, or of the message.
    let rejected = "<PmtInfSts>RJCT</PmtInfSts>";
    let file = read(&report(
        "12",
        "B1",
        "<GrpSts>PART</GrpSts>",
        &block(rejected, &reason("AC01")),
    ));
    assert_eq!(one(&file).status, AnswerStatus::Rejected);
    let file = read(&report("12", "B1", "<GrpSts>PART</GrpSts>", &block("", "")));
    assert_eq!(one(&file).status, AnswerStatus::Unknown);
    // The whole is rejected and the line is not: nobody knows.
    let item = "<TxSts>ACSP</TxSts>";
    let file = read(&report(
        "12",
        "B1",
        "<GrpSts>RJCT</GrpSts>",
        &block("", item),
    ));
    assert_eq!(one(&file).status, AnswerStatus::Unknown);
    assert_eq!(file.alarms.len(), 1);
    // Counts for each status.
    let counts = |rejected: usize| {
        format!(
            "<GrpSts>PART</GrpSts>\
             <NbOfTxsPerSts><DtldNbOfTxs>9</DtldNbOfTxs><DtldSts>ACSP</DtldSts></NbOfTxsPerSts>\
             <NbOfTxsPerSts><DtldNbOfTxs>{rejected}</DtldNbOfTxs><DtldSts>RJCT</DtldSts></NbOfTxsPerSts>"
        )
    };
    let rejection = block("", &format!("<TxSts>RJCT</TxSts>{}", reason("AC01")));
    let text = report("12", "B1", &counts(1), &rejection);
    schema::is_valid(text.as_bytes(), "pain.002.001.12");
    assert_eq!(read(&text).completeness, Completeness::Agreed);
    let error = refused(&report("12", "B1", &counts(2), &rejection));
    assert!(error.faults[0].reason.contains("RJCT 笔数为 2,实际读到 1"));
}

#[test]
fn booked_and_not_yet_booked_debits() {
    let references = "<Refs><EndToEndId>E1</EndToEndId></Refs>";
    for (direction, status, expected) in [
        ("DBIT", "BOOK", AnswerStatus::Booked),
        ("DBIT", "PDNG", AnswerStatus::Pending),
        ("CRDT", "PDNG", AnswerStatus::Pending),
        ("CRDT", "BOOK", AnswerStatus::Credited),
        ("DBIT", "INFO", AnswerStatus::Unknown),
    ] {
        let text = notification("", &entry(direction, status, 100, references));
        let file = read(&text);
        let fact = one(&file);
        assert_eq!(fact.status, expected, "{direction} {status}");
        assert_eq!(fact.amount_fen, Some(100));
        assert_eq!(fact.end_to_end_id.as_deref(), Some("E1"));
        assert_eq!(fact.date, Some(Date::constant(2026, 3, 17)));
        assert_eq!(file.answers[0].path, "Ntfctn[1]/Ntry[1]/TxDtls[1]");
    }
}

#[test]
fn credits_that_are_returns_and_credits_that_are_not() {
    let reason = "<Refs><EndToEndId>E1</EndToEndId></Refs>\
                  <RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>账户已销户</AddtlInf></RtrInf>";
    let text = notification("", &entry("CRDT", "BOOK", 100, reason));
    schema::is_valid(text.as_bytes(), "camt.054.001.08");
    let file = read(&text);
    assert_eq!(one(&file).status, AnswerStatus::Returned);
    assert_eq!(one(&file).reason_code.as_deref(), Some("AC04"));
    assert_eq!(one(&file).reason.as_deref(), Some("账户已销户"));
    // A reversal of our debit.
    let text = text.replace("<Sts>", "<RvslInd>true</RvslInd><Sts>");
    assert_eq!(one(&read(&text)).status, AnswerStatus::Returned);
    let debit = notification("", &entry("DBIT", "BOOK", 100, ""))
        .replace("<Sts>", "<RvslInd>true</RvslInd><Sts>");
    assert_eq!(one(&read(&debit)).status, AnswerStatus::Unknown);
    // No reference: a credit that people must match.
    for inside in ["", "<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"] {
        let file = read(&notification("", &entry("CRDT", "BOOK", 100, inside)));
        assert_eq!(one(&file).status, AnswerStatus::Credited);
        assert_eq!(one(&file).end_to_end_id, None);
    }
}

#[test]
fn a_booking_of_many_payments_has_its_sum() {
    let detail = |id: &str, fen: &str| {
        format!(
            "<Refs><EndToEndId>{id}</EndToEndId></Refs><Amt Ccy=\"CNY\">{fen}</Amt>\
             <CdtDbtInd>DBIT</CdtDbtInd>"
        )
    };
    let two = |second: &str| {
        format!(
            "{}</TxDtls><TxDtls>{}",
            detail("E1", "1.00"),
            detail("E2", second)
        )
    };
    let text = notification("", &entry("DBIT", "BOOK", 350, &two("2.50")));
    schema::is_valid(text.as_bytes(), "camt.054.001.08");
    let file = read(&text);
    let statuses: Vec<_> = file
        .answers
        .iter()
        .map(|answer| answer.fact.status)
        .collect();
    assert_eq!(statuses, [AnswerStatus::Booked; 2]);
    let file = read(&notification("", &entry("DBIT", "BOOK", 351, &two("2.50"))));
    let statuses: Vec<_> = file
        .answers
        .iter()
        .map(|answer| answer.fact.status)
        .collect();
    assert_eq!(statuses, [AnswerStatus::Unknown; 2]);
    assert_eq!(file.alarms.len(), 1);
}

#[test]
fn a_statement_of_the_version_of_2009() {
    // In .02 the status is a bare word and the amount of a detail lies deeper.
    let text = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt>\
        <GrpHdr><MsgId>S1</MsgId><CreDtTm>2026-03-17T18:00:00</CreDtTm></GrpHdr><Stmt>\
        <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">1000.00</Amt>\
        <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-17</Dt></Dt></Bal>\
        <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">997.00</Amt>\
        <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-17</Dt></Dt></Bal>\
        <Ntry><Amt Ccy=\"CNY\">3</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>\
        <BookgDt><DtTm>2026-03-16T23:30:00Z</DtTm></BookgDt><NtryDtls><TxDtls>\
        <Refs><EndToEndId>E1</EndToEndId></Refs>\
        <AmtDtls><TxAmt><Amt Ccy=\"CNY\">3.00</Amt></TxAmt></AmtDtls>\
        <RltdPties><Cdtr><Nm>示例公司</Nm></Cdtr>\
        <CdtrAcct><Id><Othr><Id>6222000000000017</Id></Othr></Id></CdtrAcct></RltdPties>\
        </TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>";
    let file = read(text);
    let fact = one(&file);
    assert_eq!(fact.status, AnswerStatus::Booked);
    assert_eq!(fact.amount_fen, Some(300));
    assert_eq!(fact.name.as_deref(), Some("示例公司"));
    // Half past eleven in the evening at Greenwich is the next day in China.
    assert_eq!(fact.date, Some(Date::constant(2026, 3, 17)));
    // The balances prove that no line is missing.
    assert_eq!(file.completeness, Completeness::Agreed);
    let error = refused(&text.replace("997.00", "996.00"));
    assert!(error.faults[0].reason.contains("期末余额"));
    // A day without movements is an answer too.
    let (before, rest) = text.split_once("<Ntry>").unwrap();
    let (_, after) = rest.split_once("</Ntry>").unwrap();
    let empty = read(&format!("{before}{after}").replace("997.00", "1000.00"));
    assert!(empty.answers.is_empty());
}

#[test]
fn summaries_that_do_not_agree_refuse_the_file() {
    let entries = entry("DBIT", "BOOK", 100, "") + &entry("CRDT", "BOOK", 20, "");
    let summary = |name: &str, count: usize, sum: &str| {
        let inside = format!("<NbOfNtries>{count}</NbOfNtries><Sum>{sum}</Sum>");
        let summary = format!("<TxsSummry><{name}>{inside}</{name}></TxsSummry>");
        read_answer(notification(&summary, &entries).as_bytes(), "a.xml", None)
    };
    for (name, count, sum) in [
        ("TtlNtries", 2, "1.20"),
        ("TtlDbtNtries", 1, "1"),
        ("TtlCdtNtries", 1, "0.2"),
    ] {
        assert_eq!(
            summary(name, count, sum).unwrap().completeness,
            Completeness::Agreed
        );
        assert_eq!(summary(name, count + 1, sum).unwrap_err().faults.len(), 1);
        assert_eq!(summary(name, count, "9.99").unwrap_err().faults.len(), 1);
        assert_eq!(summary(name, count, "1e2").unwrap_err().faults.len(), 1);
    }
}

#[test]
fn returns_through_the_payment_system() {
    let text = |count: usize, total: &str| {
        format!(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.004.001.09\"><PmtRtr><GrpHdr>\
             <MsgId>P1</MsgId><CreDtTm>2026-03-18T09:00:00+08:00</CreDtTm>\
             <NbOfTxs>{count}</NbOfTxs>\
             <TtlRtrdIntrBkSttlmAmt Ccy=\"CNY\">{total}</TtlRtrdIntrBkSttlmAmt>\
             <IntrBkSttlmDt>2026-03-18</IntrBkSttlmDt></GrpHdr>\
             <TxInf><RtrId>R1</RtrId><OrgnlGrpInf><OrgnlMsgId>B1</OrgnlMsgId></OrgnlGrpInf>\
             <OrgnlEndToEndId>E1</OrgnlEndToEndId>\
             <RtrdIntrBkSttlmAmt Ccy=\"CNY\">3000.00</RtrdIntrBkSttlmAmt>\
             <RtrRsnInf><Rsn><Cd>AC03</Cd></Rsn><AddtlInf>户名不符</AddtlInf></RtrRsnInf>\
             </TxInf></PmtRtr></Document>"
        )
    };
    let file = read(&text(1, "3000.00"));
    let fact = one(&file);
    assert_eq!(fact.status, AnswerStatus::Returned);
    assert_eq!(fact.end_to_end_id.as_deref(), Some("E1"));
    assert_eq!(fact.message_id.as_deref(), Some("B1"));
    assert_eq!(fact.amount_fen, Some(300_000));
    assert_eq!(fact.reason_code.as_deref(), Some("AC03"));
    assert_eq!(fact.date, Some(Date::constant(2026, 3, 18)));
    assert_eq!(file.completeness, Completeness::Agreed);
    assert_eq!(refused(&text(2, "3000.00")).faults.len(), 1);
    assert_eq!(refused(&text(1, "3000.01")).faults.len(), 1);
}

/// An answer in the default form.
fn csv(rows: &str, last: &str) -> Result<AnswerFile, AnswerError> {
    let titles = "企业流水号,收款账号,收款户名,金额,状态,原因,交易日期,银行流水号";
    let text = format!("{titles}\r\n{rows}{last}\r\n");
    let bytes = TextEncoding::Gbk.encode(&text).unwrap();
    read_answer(&bytes, "a.csv", Some(&profile("gbk-csv")))
}

#[test]
fn words_of_a_bank() {
    let row = |word: &str| format!("E1,6222000000000017,示例公司,1.00,{word},,2026-03-17,T1\r\n");
    for (word, expected) in [
        ("成功", AnswerStatus::Booked),
        ("失败", AnswerStatus::Rejected),
        ("处理中", AnswerStatus::Pending),
        ("已受理", AnswerStatus::Accepted),
        ("退票", AnswerStatus::Returned),
        ("重复", AnswerStatus::Duplicate),
        ("状态未知", AnswerStatus::Unknown),
        ("交易未确认", AnswerStatus::Unknown),
    ] {
        let file = csv(&row(word), "合计,1,1.00").unwrap();
        assert_eq!(one(&file).status, expected);
        assert!(file.alarms.is_empty());
        assert_eq!(one(&file).bank_reference.as_deref(), Some("T1"));
    }
    // A word that was not agreed upon is neither a failure nor a payment.
    for word in ["交易成功", "FAIL", "成功了"] {
        let file = csv(&row(word), "合计,1,1.00").unwrap();
        assert_eq!(one(&file).status, AnswerStatus::Unknown);
        assert!(file.alarms[0].reason.contains(word));
        assert_eq!(file.alarms[0].line, Some(2));
    }
}

#[test]
fn half_a_file_changes_nothing() {
    let rows = "E1,6222000000000017,示例公司,1.00,成功,,2026-03-17,T1\r\n\
                E2,6222000000000017,示例公司,2.00,成功,,2026-03-17,T2\r\n";
    assert_eq!(
        csv(rows, "合计,2,3.00").unwrap().completeness,
        Completeness::Agreed
    );
    for (last, fault) in [
        ("合计,3,3.00", "笔数为 3,实际读到 2"),
        ("合计,2,3.01", "合计为 3.01,实际读到 3.00"),
        ("合计,2", "合计行"),
        ("总计,2,3.00", "合计行"),
        ("合计,二,3.00", "笔数为 二"),
        ("合计,2,NaN", "不是金额"),
    ] {
        let error = csv(rows, last).unwrap_err();
        assert!(error.to_string().contains(fault), "{last}: {error}");
    }
}

#[test]
fn cells_that_cannot_be_read_refuse_the_file_with_their_lines() {
    let good = "E1,6222000000000017,示例公司,1.00,成功,,2026-03-17,T1\r\n";
    for (from, to, fault) in [
        ("1.00", "\"1,000.00\"", "不是金额"),
        ("1.00", "1e5", "不是金额"),
        ("1.00", "NaN", "不是金额"),
        ("1.00", "1.001", "小数超过两位"),
        ("6222000000000017", "6.222E+15", "科学计数"),
        ("2026-03-17", "2026-02-30", "日期"),
        ("成功", "", "状态"),
        ("示例公司", "\"示例公司", "引号没有成对"),
        ("示例公司", "示例\u{1}公司", "控制字符"),
    ] {
        let error = csv(&good.replace(from, to), "合计,1,1.00").unwrap_err();
        assert!(error.to_string().contains(fault), "{to}: {error}");
        assert_eq!(error.faults[0].line, Some(2), "{error}");
    }
    assert!(csv(&good.replace("1.00", "1.000"), "合计,1,1.00").is_ok());
}

#[test]
fn other_titles_encodings_and_empty_files() {
    let form = profile("gbk-csv");
    let error = |bytes: &[u8]| {
        read_answer(bytes, "a.csv", Some(&form))
            .unwrap_err()
            .to_string()
    };
    assert!(error(b"").contains("文件是空的"));
    assert!(error(b"\r\n \r\n").contains("文件是空的"));
    assert!(error("\u{feff}企业流水号".as_bytes()).contains("UTF-8"));
    // UTF-8 without a mark is no GBK text that makes sense.
    let utf8 = "企业流水号,状态\n合计,0,0\n";
    assert!(read_answer(utf8.as_bytes(), "a.csv", Some(&form)).is_err());
    assert!(error(&TextEncoding::Gbk.encode(utf8).unwrap()).contains("没有“收款账号”列"));
    assert!(error(b"\xff\xfe,\r\n").contains("UTF-16"));
    assert!(error(b"a,b\r\nc,\x81").contains("第 2 行含有不属于GBK编码的字节"));
    let pain = profile("payroll-pipe");
    let bytes = TextEncoding::Gb18030
        .encode("1|张三|6200000000000005|1.00|成功|\r\n")
        .unwrap();
    let read = |name: &str| read_answer(&bytes, name, Some(&pain));
    let file = read("B1-01_1_1.00.txt").unwrap();
    assert_eq!(one(&file).file_line, Some(1));
    assert_eq!(one(&file).message_id.as_deref(), Some("B1"));
    assert_eq!(file.completeness, Completeness::Agreed);
    assert!(
        read("B1-01_2_1.00.txt")
            .unwrap_err()
            .to_string()
            .contains("笔数为 2")
    );
    assert!(
        read("B1-01_1_1.01.txt")
            .unwrap_err()
            .to_string()
            .contains("合计")
    );
    assert!(read("改名.txt").unwrap_err().to_string().contains("文件名"));
}
