//! The payment return (pacs.004): money that came back through the payment system.

use super::super::amount::yuan;
use super::super::answer::{AnswerFact, AnswerStatus, Findings};
use super::super::fault::AnswerFault;
use super::super::xml::Element;
use super::{account, amount, compare_count, date, identity, party_name, reasons};

/// Reads a return into facts.
pub(super) fn read(returned: &Element, findings: &mut Findings) {
    let header = returned.child("GrpHdr");
    let settled = header.and_then(|header| header.child("IntrBkSttlmDt"));
    let settled = settled.map(date).and_then(|read| findings.take(read));
    let group = returned.child("OrgnlGrpInf");
    let (mut count, mut sum) = (0usize, Some(0i64));
    for (place, item) in (1..).zip(returned.all("TxInf")) {
        count = place;
        let mut fact = AnswerFact::new(AnswerStatus::Returned, "pacs.004");
        fact.end_to_end_id = identity(item, "OrgnlEndToEndId");
        let own = item.child("OrgnlGrpInf");
        fact.message_id = own
            .or(group)
            .and_then(|group| identity(group, "OrgnlMsgId"));
        fact.bank_reference = identity(item, "RtrId");
        let Some(told) = item
            .child("RtrdIntrBkSttlmAmt")
            .or_else(|| item.child("RtrdInstdAmt"))
        else {
            let reason = "退回没有金额".to_owned();
            findings.fault(AnswerFault::at(
                item.line,
                reason,
                "请向银行索取完整的原始文件",
            ));
            continue;
        };
        fact.amount_fen = findings.take(amount(told));
        sum = sum
            .zip(fact.amount_fen)
            .and_then(|(sum, fen)| sum.checked_add(fen));
        let day = item.child("IntrBkSttlmDt").map(date);
        fact.date = day.and_then(|read| findings.take(read)).or(settled);
        if let Some(original) = item.child("OrgnlTxRef") {
            fact.name = original.child("Cdtr").and_then(party_name);
            fact.account = original.child("CdtrAcct").and_then(account);
        }
        reasons(&mut fact, item.all("RtrRsnInf"));
        findings.answer(fact, item.line, format!("TxInf[{place}]"));
    }
    let Some(header) = header else {
        return;
    };
    let is_group = matches!(header.text_at("GrpRtr"), Some("true" | "1"));
    if count == 0 && is_group {
        let mut fact = AnswerFact::new(AnswerStatus::Unknown, "GrpRtr");
        fact.message_id = group.and_then(|group| identity(group, "OrgnlMsgId"));
        fact.date = settled;
        let reason = "整批退回却没有明细,按状态未知处理".to_owned();
        findings.alarm(header.line, reason, "请向银行索取逐笔的退回明细");
        findings.answer(fact, header.line, "GrpHdr".to_owned());
        return;
    }
    compare_count(findings, header.child("NbOfTxs"), "笔数", count);
    if let (Some(total), Some(read)) = (header.child("TtlRtrdIntrBkSttlmAmt"), sum)
        && let Some(says) = findings.take(amount(total))
    {
        findings.compare(Some(total.line), "合计", &yuan(says), &yuan(read));
    }
}
