//! The status report (pain.002): what the bank says about a message, its blocks and its payments.
//! Nothing in it is a payment: even the best status is only `Accepted`.

use std::collections::BTreeMap;

use super::super::answer::{AnswerFact, AnswerStatus, Findings};
use super::super::refusal::shown;
use super::super::xml::Element;
use super::{account, amount, date, date_choice, identity, party_name, reasons};

/// The reasons that say "seen before" in the ISO list of status reasons.
const DUPLICATE: [&str; 7] = ["DUPL", "AM05", "DU01", "DU02", "DU03", "DU04", "DU05"];

/// The advice for everything that cannot be acted on.
const ASK: &str = "请向银行核对,核对清楚之前不要重付";

/// Reads a report into facts.
pub(super) fn read(report: &Element, findings: &mut Findings) {
    let group = report.child("OrgnlGrpInfAndSts");
    let reported = report.at("GrpHdr/CreDtTm").map(date);
    let reported = reported.and_then(|read| findings.take(read));
    let message_id = group.and_then(|group| identity(group, "OrgnlMsgId"));
    let mut counts = BTreeMap::new();
    let mut items = 0usize;
    let group_status = group.and_then(|group| group.text_at("GrpSts"));
    let (mut blocks, mut told) = (0usize, 0usize);
    for (number, block) in (1..).zip(report.all("OrgnlPmtInfAndSts")) {
        blocks = number;
        let block_status = block.text_at("PmtInfSts");
        let mut inside = 0usize;
        for (place, item) in (1..).zip(block.all("TxInfAndSts")) {
            inside = place;
            let mut fact = item_fact(item, [block_status, group_status], findings);
            reasons(&mut fact, item.all("StsRsnInf"));
            finish_item(&mut fact, item.line, findings);
            fact.message_id.clone_from(&message_id);
            fact.block_id = identity(block, "OrgnlPmtInfId");
            fact.date = fact.date.or(reported);
            let word = counts.entry(fact.status_word.clone()).or_insert(0usize);
            *word = word.saturating_add(1);
            let path = format!("OrgnlPmtInfAndSts[{number}]/TxInfAndSts[{place}]");
            findings.answer(fact, item.line, path);
        }
        items = items.saturating_add(inside);
        if inside == 0 && block_status.is_some() {
            told = told.saturating_add(1);
            let mut fact = whole(block, block_status, findings);
            fact.message_id.clone_from(&message_id);
            fact.block_id = identity(block, "OrgnlPmtInfId");
            fact.date = reported;
            findings.answer(fact, block.line, format!("OrgnlPmtInfAndSts[{number}]"));
        }
    }
    let Some(group) = group else {
        return;
    };
    if items == 0 && told == 0 && group_status.is_some() {
        let mut fact = whole(group, group_status, findings);
        fact.message_id = message_id;
        fact.date = reported;
        findings.answer(fact, group.line, "OrgnlGrpInfAndSts".to_owned());
    } else if items == 0 && told == 0 {
        let reason = format!("没有整批状态,{blocks} 个批次也没有明细");
        findings.alarm(group.line, reason, ASK);
    }
    if items > 0 {
        compare_counts(group, &counts, findings);
    }
}

/// The status of a code, whether of a message, a block or a payment; absent for other codes.
fn status(code: &str) -> Option<AnswerStatus> {
    match code {
        // Even "settled" in a report is not a line in the account: only that is a payment.
        "ACCP" | "ACTC" | "ACSP" | "ACWC" | "ACSC" | "ACCC" | "ACFC" | "ACWP" | "ACPD" => {
            Some(AnswerStatus::Accepted)
        }
        "PDNG" | "RCVD" | "PATC" | "PRES" => Some(AnswerStatus::Pending),
        "RJCT" => Some(AnswerStatus::Rejected),
        "DUPL" => Some(AnswerStatus::Duplicate),
        _ => None,
    }
}

/// What is said about all payments of a message or block that has no lines of its own.
fn whole(element: &Element, code: Option<&str>, findings: &mut Findings) -> AnswerFact {
    let code = code.unwrap_or_default();
    let status = status(code).unwrap_or_else(|| {
        let reason = match code {
            "PART" => "部分受理(PART)却没有明细".to_owned(),
            code => format!("状态码 {} 没有约定含义", shown(code)),
        };
        findings.alarm(element.line, format!("{reason},按状态未知处理"), ASK);
        AnswerStatus::Unknown
    });
    let mut fact = AnswerFact::new(status, code);
    reasons(&mut fact, element.all("StsRsnInf"));
    finish_item(&mut fact, element.line, findings);
    fact
}

/// What is said about one payment; without a status of its own it has that of what it stands in.
fn item_fact(item: &Element, outer: [Option<&str>; 2], findings: &mut Findings) -> AnswerFact {
    let own = item.text_at("TxSts");
    let is_telling = |code: &&str| *code != "PART";
    let inherited = outer.into_iter().flatten().find(is_telling);
    let code = own.or(inherited).unwrap_or_default();
    let mut known = status(code).unwrap_or_else(|| {
        let reason = format!("状态码“{}”没有约定含义,按状态未知处理", shown(code));
        findings.alarm(item.line, reason, ASK);
        AnswerStatus::Unknown
    });
    // The bank says that the whole was rejected and that this one was not.
    let whole_rejected = outer.contains(&Some("RJCT"));
    if whole_rejected && matches!(known, AnswerStatus::Accepted | AnswerStatus::Pending) {
        let reason = format!("整批被拒绝,本笔却是 {},按状态未知处理", shown(code));
        findings.alarm(item.line, reason, ASK);
        known = AnswerStatus::Unknown;
    }
    let mut fact = AnswerFact::new(known, code);
    fact.end_to_end_id = identity(item, "OrgnlEndToEndId");
    fact.bank_reference = identity(item, "AcctSvcrRef").or_else(|| identity(item, "StsId"));
    if let Some(original) = item.child("OrgnlTxRef") {
        let told = original
            .at("Amt/InstdAmt")
            .or_else(|| original.child("IntrBkSttlmAmt"));
        fact.amount_fen = told.map(amount).and_then(|read| findings.take(read));
        fact.name = original.child("Cdtr").and_then(party_name);
        fact.account = original.child("CdtrAcct").and_then(account);
    }
    let accepted = item.child("AccptncDtTm").map(date_choice);
    fact.date = accepted.and_then(|read| findings.take(read));
    fact
}

/// "Seen before" is not "rejected": the first message may have been paid.
fn finish_item(fact: &mut AnswerFact, line: usize, findings: &mut Findings) {
    if fact.status != AnswerStatus::Rejected {
        return;
    }
    let code = fact.reason_code.as_deref().map(str::to_ascii_uppercase);
    match code {
        Some(code) if DUPLICATE.contains(&code.as_str()) => {
            fact.status = AnswerStatus::Duplicate;
            let reason = format!("银行说是重复({code}),不等于拒绝,可能已经付过");
            findings.alarm(line, reason, ASK);
        }
        Some(_) => {}
        None if fact.reason.is_some() => {}
        None => findings.alarm(line, "拒绝没有写原因".to_owned(), ASK),
    }
}

/// The counts for each status that the report states; banks may leave out the lines of those that
/// are well, so only a status with lines, and that of rejected ones, must agree.
fn compare_counts(group: &Element, read: &BTreeMap<String, usize>, findings: &mut Findings) {
    for stated in group.all("NbOfTxsPerSts") {
        let Some(code) = stated.text_at("DtldSts") else {
            continue;
        };
        let count = read.get(code).copied().unwrap_or_default();
        if count > 0 || code == "RJCT" {
            let element = stated.child("DtldNbOfTxs");
            super::compare_count(findings, element, &format!(" {code} 笔数"), count);
        }
    }
}
