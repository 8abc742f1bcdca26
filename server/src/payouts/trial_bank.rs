//! A bank for demonstrations and training: it pays everything and sends some of it back.

use zhida_policies::values::{Date, Money};

use crate::payment_files::{PaymentFile, PaymentLine};

/// A debit and credit notification (camt.054.001.08) for a batch: every line debited, the first
/// `returns` of them returned.
///
/// # Units
/// Yuan with two decimals in the text.
/// # Source
/// ISO 20022 camt.054.001.08.
pub(crate) fn notification(file: &PaymentFile, on: Date, returns: usize) -> String {
    let mut entries = String::new();
    for (place, _, line) in file.lines() {
        entries.push_str(&entry(file, line, on, Movement::Paid));
        if place <= returns {
            entries.push_str(&entry(file, line, on, Movement::Returned));
        }
    }
    let account = file.blocks.first().map_or("", |block| &block.payer.account);
    let id = format!("TRIAL-{}", file.message_id);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.054.001.08\">\
         <BkToCstmrDbtCdtNtfctn>\n\
         <GrpHdr><MsgId>{id}</MsgId><CreDtTm>{on}T18:00:00+08:00</CreDtTm></GrpHdr>\n\
         <Ntfctn><Id>{id}</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>\n\
         {entries}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
    )
}

/// What happened to a payment.
#[derive(Clone, Copy)]
enum Movement {
    Paid,
    Returned,
}

fn entry(file: &PaymentFile, line: &PaymentLine, on: Date, movement: Movement) -> String {
    let (direction, prefix, returned) = match movement {
        Movement::Paid => ("DBIT", "D", ""),
        Movement::Returned => (
            "CRDT",
            "C",
            "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>账户已销户</AddtlInf></RtrInf>",
        ),
    };
    let amount = Money::from_fen(line.amount_fen);
    // What the bank calls the movement is at most 35 characters.
    let short: String = line.end_to_end_id.chars().take(30).collect();
    format!(
        "<Ntry><Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{on}</Dt></BookgDt>\
         <AcctSvcrRef>{prefix}{short}</AcctSvcrRef>\
         <BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd><NtryDtls><TxDtls>\
         <Refs><MsgId>{message}</MsgId><EndToEndId>{id}</EndToEndId></Refs>\
         <Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>\
         <RltdPties><Cdtr><Pty><Nm>{name}</Nm></Pty></Cdtr>\
         <CdtrAcct><Id><Othr><Id>{account}</Id></Othr></Id></CdtrAcct></RltdPties>\
         {returned}</TxDtls></NtryDtls></Ntry>\n",
        message = file.message_id,
        id = line.end_to_end_id,
        name = escaped(&line.payee_name),
        account = line.payee_account,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
