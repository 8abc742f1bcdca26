//! The part of the schemas of pain.001 that we use, as data, and a check of written bytes against
//! it: the program carries its own proof, because the schemas are not at hand where it runs.

use crate::payment_files::amount::{parse_yuan, yuan};
use crate::payment_files::rules::CheckedFile;
use crate::payment_files::xml::{self, Element};

use super::Pain001Version;

/// What may stand inside an element.
enum Shape {
    /// Elements in this order.
    Parts(&'static [Part]),
    /// A text of 1 to so many characters.
    Text(usize),
    /// One of these words.
    Words(&'static [&'static str]),
    /// One to fifteen digits.
    Count,
    /// Yuan with two decimals, at most eighteen digits.
    Sum,
    /// The same, with the currency CNY.
    Amount,
    /// `2026-03-16`.
    Date,
    /// `2026-03-15T09:30:00+08:00`.
    Instant,
    /// A UUID of version 4 in small letters.
    Uuid4,
}

/// An element inside another: name, least and most times, shape.
struct Part(&'static str, usize, usize, &'static Shape);

const MANY: usize = usize::MAX;
const MAX_34: Shape = Shape::Text(34);
const MAX_35: Shape = Shape::Text(35);
const MAX_140: Shape = Shape::Text(140);
const CODE_4: Shape = Shape::Text(4);

const SCHEME_CODE: Shape = Shape::Parts(&[Part("Cd", 1, 1, &CODE_4)]);
const SCHEME_WORD: Shape = Shape::Parts(&[Part("Prtry", 1, 1, &MAX_35)]);
const ORGANISATION_OTHER: Shape = Shape::Parts(&[
    Part("Id", 1, 1, &MAX_35),
    Part("SchmeNm", 0, 1, &SCHEME_WORD),
]);
const ORGANISATION: Shape = Shape::Parts(&[Part("Othr", 0, MANY, &ORGANISATION_OTHER)]);
const PARTY_ID: Shape = Shape::Parts(&[Part("OrgId", 1, 1, &ORGANISATION)]);
const PARTY: Shape = Shape::Parts(&[Part("Nm", 0, 1, &MAX_140), Part("Id", 0, 1, &PARTY_ID)]);
const ACCOUNT_OTHER: Shape = Shape::Parts(&[
    Part("Id", 1, 1, &MAX_34),
    Part("SchmeNm", 0, 1, &SCHEME_CODE),
]);
const ACCOUNT_ID: Shape = Shape::Parts(&[Part("Othr", 1, 1, &ACCOUNT_OTHER)]);
const ACCOUNT: Shape = Shape::Parts(&[
    Part("Id", 1, 1, &ACCOUNT_ID),
    Part("Ccy", 0, 1, &Shape::Words(&["CNY"])),
]);
const SYSTEM: Shape = Shape::Parts(&[Part("Cd", 1, 1, &Shape::Words(&["CNAPS"]))]);
const MEMBER: Shape = Shape::Parts(&[
    Part("ClrSysId", 0, 1, &SYSTEM),
    Part("MmbId", 1, 1, &MAX_35),
]);
const INSTITUTION: Shape = Shape::Parts(&[
    Part("ClrSysMmbId", 0, 1, &MEMBER),
    Part("Nm", 0, 1, &MAX_140),
]);
const BANK: Shape = Shape::Parts(&[Part("FinInstnId", 1, 1, &INSTITUTION)]);
const PURPOSE: Shape = Shape::Parts(&[Part("Cd", 1, 1, &CODE_4)]);
const PAYMENT_TYPE: Shape = Shape::Parts(&[Part("CtgyPurp", 0, 1, &PURPOSE)]);
const PAYMENT_ID: Shape = Shape::Parts(&[
    Part("InstrId", 0, 1, &MAX_35),
    Part("EndToEndId", 1, 1, &MAX_35),
]);
const PAYMENT_ID_09: Shape = Shape::Parts(&[
    Part("InstrId", 0, 1, &MAX_35),
    Part("EndToEndId", 1, 1, &MAX_35),
    Part("UETR", 0, 1, &Shape::Uuid4),
]);
const AMOUNT: Shape = Shape::Parts(&[Part("InstdAmt", 1, 1, &Shape::Amount)]);
const REMITTANCE: Shape = Shape::Parts(&[Part("Ustrd", 0, MANY, &MAX_140)]);
/// The shape of a payment, which differs between the versions in its identities.
macro_rules! payment {
    ($identities:expr) => {
        Shape::Parts(&[
            Part("PmtId", 1, 1, $identities),
            Part("Amt", 1, 1, &AMOUNT),
            Part("CdtrAgt", 1, 1, &BANK),
            Part("Cdtr", 1, 1, &PARTY),
            Part("CdtrAcct", 1, 1, &ACCOUNT),
            Part("Purp", 0, 1, &PURPOSE),
            Part("RmtInf", 1, 1, &REMITTANCE),
        ])
    };
}

const PAYMENT_03: Shape = payment!(&PAYMENT_ID);
const PAYMENT_09: Shape = payment!(&PAYMENT_ID_09);
const CHARGES: Shape = Shape::Words(&["SLEV", "SHAR", "DEBT"]);
const DATE_CHOICE: Shape = Shape::Parts(&[Part("Dt", 1, 1, &Shape::Date)]);
const HEADER: Shape = Shape::Parts(&[
    Part("MsgId", 1, 1, &MAX_35),
    Part("CreDtTm", 1, 1, &Shape::Instant),
    Part("NbOfTxs", 1, 1, &Shape::Count),
    Part("CtrlSum", 1, 1, &Shape::Sum),
    Part("InitgPty", 1, 1, &PARTY),
]);

/// The shape of a block, which differs between the versions in its date and its payments.
macro_rules! block {
    ($date:expr, $payment:expr) => {
        Shape::Parts(&[
            Part("PmtInfId", 1, 1, &MAX_35),
            Part("PmtMtd", 1, 1, &Shape::Words(&["TRF"])),
            Part("BtchBookg", 0, 1, &Shape::Words(&["false"])),
            Part("NbOfTxs", 1, 1, &Shape::Count),
            Part("CtrlSum", 1, 1, &Shape::Sum),
            Part("PmtTpInf", 0, 1, &PAYMENT_TYPE),
            Part("ReqdExctnDt", 1, 1, $date),
            Part("Dbtr", 1, 1, &PARTY),
            Part("DbtrAcct", 1, 1, &ACCOUNT),
            Part("DbtrAgt", 1, 1, &BANK),
            Part("ChrgBr", 0, 1, &CHARGES),
            Part("CdtTrfTxInf", 1, MANY, $payment),
        ])
    };
}

const BLOCK_03: Shape = block!(&Shape::Date, &PAYMENT_03);
const BLOCK_09: Shape = block!(&DATE_CHOICE, &PAYMENT_09);
const MESSAGE_03: Shape = Shape::Parts(&[
    Part("GrpHdr", 1, 1, &HEADER),
    Part("PmtInf", 1, MANY, &BLOCK_03),
]);
const MESSAGE_09: Shape = Shape::Parts(&[
    Part("GrpHdr", 1, 1, &HEADER),
    Part("PmtInf", 1, MANY, &BLOCK_09),
]);
const DOCUMENT_03: Shape = Shape::Parts(&[Part("CstmrCdtTrfInitn", 1, 1, &MESSAGE_03)]);
const DOCUMENT_09: Shape = Shape::Parts(&[Part("CstmrCdtTrfInitn", 1, 1, &MESSAGE_09)]);

/// Reads the bytes back and compares them with the shape of the version and with the counts and
/// sums of what was to be written.
///
/// # Errors
/// The first element that is not as it must be.
pub(crate) fn check(
    bytes: &[u8],
    version: Pain001Version,
    checked: &CheckedFile<'_>,
) -> Result<(), String> {
    let document = xml::read(bytes).map_err(|fault| fault.to_string())?;
    if document.namespace != version.namespace() || document.root.name != "Document" {
        return Err("根元素不对".to_owned());
    }
    let shape = match version {
        Pain001Version::V03 => &DOCUMENT_03,
        Pain001Version::V09 => &DOCUMENT_09,
    };
    fits(&document.root, shape)?;
    totals(&document.root, checked)
}

fn fits(element: &Element, shape: &Shape) -> Result<(), String> {
    let text = element.text.as_str();
    let length = text.chars().count();
    let holds = match shape {
        Shape::Parts(parts) => return parts_fit(element, parts),
        Shape::Text(max) => (1..=*max).contains(&length),
        Shape::Words(words) => words.contains(&text),
        Shape::Count => length <= 15 && text.parse::<u32>().is_ok_and(|count| count > 0),
        Shape::Sum => is_yuan(text),
        Shape::Amount => is_yuan(text) && element.currency.as_deref() == Some("CNY"),
        Shape::Date => zhida_policies::values::date::parse_date(text).is_ok(),
        Shape::Uuid4 => is_uuid4(text),
        Shape::Instant => text.len() == 25 && text.parse::<jiff::Timestamp>().is_ok(),
    };
    let is_leaf = element.children.is_empty();
    if holds && is_leaf {
        Ok(())
    } else {
        Err(format!("第 {} 行 {}", element.line, element.name))
    }
}

/// The pattern of the schema:
/// `[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}`.
fn is_uuid4(text: &str) -> bool {
    let fits = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        14 => byte == b'4',
        19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

/// Each part as often as it may stand, in the order of the schema, and nothing else.
fn parts_fit(element: &Element, parts: &[Part]) -> Result<(), String> {
    let wrong = |name: &str| format!("第 {} 行 {}/{name}", element.line, element.name);
    if !element.text.trim().is_empty() {
        return Err(wrong("text()"));
    }
    let mut rest = element.children.as_slice();
    for Part(name, least, most, shape) in parts {
        let count = rest.iter().take_while(|child| child.name == *name).count();
        if count < *least || count > *most {
            return Err(wrong(name));
        }
        let (these, others) = rest.split_at(count);
        for child in these {
            fits(child, shape)?;
        }
        rest = others;
    }
    match rest.first() {
        Some(child) => Err(wrong(&child.name)),
        None => Ok(()),
    }
}

fn is_yuan(text: &str) -> bool {
    parse_yuan(text).is_ok_and(|fen| fen > 0 && yuan(fen) == text)
}

/// Count and sum of the header and of each block agree with the payments that were written.
fn totals(root: &Element, checked: &CheckedFile<'_>) -> Result<(), String> {
    let message = root.child("CstmrCdtTrfInitn").ok_or("CstmrCdtTrfInitn")?;
    let mut count = 0usize;
    let mut sum = 0i64;
    for block in message.all("PmtInf") {
        let mut of_block = 0i64;
        let mut lines = 0usize;
        for line in block.all("CdtTrfTxInf") {
            let amount = line.text_at("Amt/InstdAmt").map(parse_yuan);
            let fen = amount.and_then(Result::ok).ok_or("InstdAmt")?;
            of_block = of_block.checked_add(fen).ok_or("CtrlSum")?;
            lines = lines.saturating_add(1);
        }
        agrees(block, lines, of_block)?;
        count = count.saturating_add(lines);
        sum = sum.checked_add(of_block).ok_or("CtrlSum")?;
    }
    let header = message.child("GrpHdr").ok_or("GrpHdr")?;
    agrees(header, count, sum)?;
    if count != checked.file.count() || sum != checked.total_fen {
        return Err("笔数或合计与批次不一致".to_owned());
    }
    Ok(())
}

fn agrees(element: &Element, count: usize, sum: i64) -> Result<(), String> {
    let says_count = element.text_at("NbOfTxs") == Some(count.to_string().as_str());
    let says_sum = element.text_at("CtrlSum") == Some(yuan(sum).as_str());
    if says_count && says_sum {
        Ok(())
    } else {
        Err(format!("{} 的笔数或合计与明细不一致", element.name))
    }
}
