//! Reads the answers that are ISO 20022 messages: pain.002, camt.053, camt.054 and pacs.004.

mod camt;
mod pacs004;
mod pain002;

use zhida_policies::values::Date;
use zhida_policies::values::date::parse_date;

use super::amount::parse_yuan;
use super::answer::{AnswerFact, AnswerFile, Findings};
use super::fault::{AnswerError, AnswerFault};
use super::refusal::shown;
use super::xml::{self, Document, Element};

/// The beginning of every namespace of ISO 20022.
const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// A message that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    Pain002,
    Camt053,
    Camt054,
    Pacs004,
}

/// Reads an answer, whatever message it is.
///
/// # Errors
/// [`AnswerError`] for hostile or broken XML, another message, amounts that are not exact, another
/// currency, and counts or sums that do not agree; then nothing of the file is used.
/// # Source
/// PAYOUTS.md e2 (answers), S5.
pub(crate) fn read(bytes: &[u8]) -> Result<AnswerFile, AnswerError> {
    let mut findings = Findings::default();
    let form = read_into(&mut findings, bytes).unwrap_or_else(|fault| {
        findings.fault(fault);
        String::new()
    });
    findings.finish(form, bytes)
}

fn read_into(findings: &mut Findings, bytes: &[u8]) -> Result<String, AnswerFault> {
    let document = xml::read(bytes)?;
    let (message, name) = message(&document)?;
    let inside = |element: &str| {
        document.root.child(element).ok_or_else(|| {
            let reason = format!("{name} 缺少 {element} 元素");
            AnswerFault::at(document.root.line, reason, "请向银行索取完整的原始文件")
        })
    };
    match message {
        Message::Pain002 => pain002::read(inside("CstmrPmtStsRpt")?, findings),
        Message::Camt053 => camt::read(inside("BkToCstmrStmt")?, "Stmt", findings),
        Message::Camt054 => camt::read(inside("BkToCstmrDbtCdtNtfctn")?, "Ntfctn", findings),
        Message::Pacs004 => pacs004::read(inside("PmtRtr")?, findings),
    }
    Ok(name)
}

/// Which message a document is, and its full name.
fn message(document: &Document) -> Result<(Message, String), AnswerFault> {
    let name = document
        .namespace
        .strip_prefix(NAMESPACE)
        .unwrap_or_default();
    let read = name.rsplit_once('.').and_then(|(base, version)| {
        let version: u32 = version.parse().ok().filter(|_| version.len() == 2)?;
        let (message, known) = match base {
            "pain.002.001" => (Message::Pain002, 3..=14),
            "camt.053.001" => (Message::Camt053, 2..=13),
            "camt.054.001" => (Message::Camt054, 2..=13),
            "pacs.004.001" => (Message::Pacs004, 2..=14),
            _ => return None,
        };
        known.contains(&version).then_some(message)
    });
    match read {
        Some(message) if document.root.name == "Document" => Ok((message, name.to_owned())),
        _ => {
            let found = shown(&document.namespace);
            let reason = format!("不是可以读取的回单报文(命名空间“{found}”)");
            let advice = "可以读取 pain.002、camt.053、camt.054 和 pacs.004";
            Err(AnswerFault::at(document.root.line, reason, advice))
        }
    }
}

/// The amount of an element in fen; the currency must be stated and be CNY.
fn amount(element: &Element) -> Result<i64, AnswerFault> {
    let text = element.text.trim();
    match element.currency.as_deref() {
        Some("CNY") => {}
        Some(other) => {
            let reason = format!("币种 {} 不是人民币", shown(other));
            return Err(AnswerFault::at(
                element.line,
                reason,
                "请核对是否选错了账户的回单",
            ));
        }
        None => {
            let reason = format!("{} 没有币种", element.name);
            return Err(AnswerFault::at(
                element.line,
                reason,
                "请向银行索取完整的原始文件",
            ));
        }
    }
    sum(element, text)
}

/// A sum without a currency of its own.
fn sum(element: &Element, text: &str) -> Result<i64, AnswerFault> {
    parse_yuan(text).map_err(|error| {
        let reason = format!("{}“{}”{error}", element.name, shown(text));
        AnswerFault::at(element.line, reason, "请向银行核对")
    })
}

/// A date, or the Chinese date of an instant.
fn date(element: &Element) -> Result<Date, AnswerFault> {
    let text = element.text.trim();
    let read = parse_date(text).ok().or_else(|| {
        let (day, _) = text.split_once('T')?;
        let instant = text.parse::<jiff::Timestamp>().ok();
        match instant {
            // All banks of the country count days by one clock.
            Some(instant) => {
                let offset = jiff::tz::Offset::from_hours(8).ok()?;
                Some(offset.to_datetime(instant).date())
            }
            None => text
                .parse::<jiff::civil::DateTime>()
                .ok()
                .and_then(|_| parse_date(day).ok()),
        }
    });
    read.ok_or_else(|| {
        let reason = format!("{}“{}”不是日期", element.name, shown(text));
        AnswerFault::at(element.line, reason, "请向银行核对")
    })
}

/// A date that is an element with a choice of `Dt` and `DtTm`, or a bare one.
fn date_choice(element: &Element) -> Result<Date, AnswerFault> {
    let inside = element.child("Dt").or_else(|| element.child("DtTm"));
    date(inside.unwrap_or(element))
}

/// An identity; `NOTPROVIDED` is what banks write where there is none.
fn identity(element: &Element, path: &str) -> Option<String> {
    let text = element.text_at(path)?;
    (text != "NOTPROVIDED").then(|| text.to_owned())
}

/// The name of a party, which later versions wrap.
fn party_name(party: &Element) -> Option<String> {
    let name = party.text_at("Nm").or_else(|| party.text_at("Pty/Nm"));
    name.map(str::to_owned)
}

/// The number of an account.
fn account(account: &Element) -> Option<String> {
    let number = account
        .text_at("Id/Othr/Id")
        .or_else(|| account.text_at("Id/IBAN"));
    number.map(str::to_owned)
}

/// Sets the reason of a fact from a list of `StsRsnInf` or `RtrRsnInf`: the first code, all words.
fn reasons<'a>(fact: &mut AnswerFact, all: impl Iterator<Item = &'a Element>) {
    let mut words: Vec<&str> = Vec::new();
    for information in all {
        let code = information
            .text_at("Rsn/Cd")
            .or_else(|| information.text_at("Rsn/Prtry"));
        if fact.reason_code.is_none() {
            fact.reason_code = code.map(str::to_owned);
        } else {
            words.extend(code);
        }
        words.extend(information.all("AddtlInf").map(|inside| inside.text.trim()));
    }
    words.retain(|word| !word.is_empty());
    if !words.is_empty() {
        fact.reason = Some(words.join(" "));
    }
}

/// Compares a count that the message states.
fn compare_count(findings: &mut Findings, element: Option<&Element>, what: &str, read: usize) {
    if let Some(element) = element {
        let says = element.text.trim();
        findings.compare(Some(element.line), what, says, &read.to_string());
    }
}
