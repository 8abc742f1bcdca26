//! A small bank: it answers a batch in the forms that banks use.

use crate::payment_files::amount::yuan;
use crate::payment_files::encoding::TextEncoding;
use crate::payment_files::{AnswerStatus, PaymentFile, PaymentLine};

/// What the bank does with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Accepted,
    Pending,
    Rejected,
    Booked,
    Returned,
}

impl Outcome {
    pub(super) const ALL: [Outcome; 5] = [
        Outcome::Accepted,
        Outcome::Pending,
        Outcome::Rejected,
        Outcome::Booked,
        Outcome::Returned,
    ];

    /// What a reader must make of it.
    pub(super) fn status(self) -> AnswerStatus {
        match self {
            Outcome::Accepted => AnswerStatus::Accepted,
            Outcome::Pending => AnswerStatus::Pending,
            Outcome::Rejected => AnswerStatus::Rejected,
            Outcome::Booked => AnswerStatus::Booked,
            Outcome::Returned => AnswerStatus::Returned,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Outcome::Accepted => "已受理",
            Outcome::Pending => "处理中",
            Outcome::Rejected => "失败",
            Outcome::Booked => "成功",
            Outcome::Returned => "退票",
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A status report; booked and returned payments are only accepted in it.
pub(super) fn pain002(version: &str, file: &PaymentFile, answers: &[(usize, Outcome)]) -> String {
    let lines: Vec<&PaymentLine> = file.lines().map(|(_, _, line)| line).collect();
    let mut items = String::new();
    for (place, outcome) in answers {
        let line = lines[*place];
        let (code, reason) = match outcome {
            Outcome::Rejected => (
                "RJCT",
                "<StsRsnInf><Rsn><Cd>AC01</Cd></Rsn><AddtlInf>账号户名不符</AddtlInf></StsRsnInf>",
            ),
            Outcome::Pending => ("PDNG", ""),
            Outcome::Accepted | Outcome::Booked | Outcome::Returned => ("ACSP", ""),
        };
        let name = escaped(&line.payee_name);
        let name = match version {
            "03" => format!("<Nm>{name}</Nm>"),
            _ => format!("<Pty><Nm>{name}</Nm></Pty>"),
        };
        items.push_str(&format!(
            "<TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>{code}</TxSts>{reason}\
             <OrgnlTxRef><Amt><InstdAmt Ccy=\"CNY\">{}</InstdAmt></Amt><Cdtr>{name}</Cdtr>\
             <CdtrAcct><Id><Othr><Id>{}</Id></Othr></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>\n",
            line.end_to_end_id,
            yuan(line.amount_fen),
            line.payee_account,
        ));
    }
    report(
        version,
        &file.message_id,
        "<GrpSts>PART</GrpSts>",
        &format!(
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>{}-P01</OrgnlPmtInfId>\n{items}</OrgnlPmtInfAndSts>",
            file.message_id,
        ),
    )
}

/// A status report around what is given.
pub(super) fn report(version: &str, message_id: &str, group: &str, blocks: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}\"><CstmrPmtStsRpt>\n\
         <GrpHdr><MsgId>R1</MsgId><CreDtTm>2026-03-16T10:00:00+08:00</CreDtTm></GrpHdr>\n\
         <OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>\
         <OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>\n\
         {blocks}</CstmrPmtStsRpt></Document>\n"
    )
}

/// One entry of a statement of version 08.
pub(super) fn entry(direction: &str, status: &str, fen: i64, inside: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>\
         <BookgDt><Dt>2026-03-17</Dt></BookgDt><BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd>\
         <NtryDtls><TxDtls>{inside}</TxDtls></NtryDtls></Ntry>\n",
        yuan(fen),
    )
}

/// A notification of version 08 around entries and, before them, a summary.
pub(super) fn notification(summary: &str, entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.08\"><BkToCstmrDbtCdtNtfctn>\n\
         <GrpHdr><MsgId>N1</MsgId><CreDtTm>2026-03-17T18:00:00+08:00</CreDtTm></GrpHdr>\n\
         <Ntfctn><Id>N1</Id><Acct><Id><Othr><Id>3500000000000001</Id></Othr></Id></Acct>\n\
         {summary}{entries}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
    )
}

/// A notification of what was booked and what came back.
pub(super) fn camt054(file: &PaymentFile, answers: &[(usize, Outcome)]) -> String {
    let lines: Vec<&PaymentLine> = file.lines().map(|(_, _, line)| line).collect();
    let mut entries = String::new();
    let (mut count, mut sum) = (0, 0);
    for (place, outcome) in answers {
        let line = lines[*place];
        let (direction, returned) = match outcome {
            Outcome::Booked => ("DBIT", ""),
            Outcome::Returned => (
                "CRDT",
                "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>账户已销户</AddtlInf></RtrInf>",
            ),
            Outcome::Accepted | Outcome::Pending | Outcome::Rejected => continue,
        };
        count += 1;
        sum += line.amount_fen;
        let inside = format!(
            "<Refs><MsgId>{}</MsgId><EndToEndId>{}</EndToEndId></Refs>\
             <Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
             <RltdPties><Cdtr><Pty><Nm>{}</Nm></Pty></Cdtr>\
             <CdtrAcct><Id><Othr><Id>{}</Id></Othr></Id></CdtrAcct></RltdPties>{returned}",
            file.message_id,
            line.end_to_end_id,
            yuan(line.amount_fen),
            escaped(&line.payee_name),
            line.payee_account,
        );
        entries.push_str(&entry(direction, "BOOK", line.amount_fen, &inside));
    }
    let summary = format!(
        "<TxsSummry><TtlNtries><NbOfNtries>{count}</NbOfNtries><Sum>{}</Sum></TtlNtries></TxsSummry>",
        yuan(sum)
    );
    notification(&summary, &entries)
}

/// An answer in the form of the profile `gbk-csv`.
pub(super) fn csv(file: &PaymentFile, answers: &[(usize, Outcome)]) -> Vec<u8> {
    let lines: Vec<&PaymentLine> = file.lines().map(|(_, _, line)| line).collect();
    let mut text = "企业流水号,收款账号,收款户名,金额,状态,原因,交易日期,银行流水号\r\n".to_owned();
    let mut sum = 0;
    for (place, outcome) in answers {
        let line = lines[*place];
        sum += line.amount_fen;
        text.push_str(&format!(
            "{},{},{},{},{},,2026-03-17,T{place}\r\n",
            line.end_to_end_id,
            line.payee_account,
            line.payee_name,
            yuan(line.amount_fen),
            outcome.word(),
        ));
    }
    text.push_str(&format!("合计,{},{}\r\n", answers.len(), yuan(sum)));
    TextEncoding::Gbk.encode(&text).unwrap()
}
