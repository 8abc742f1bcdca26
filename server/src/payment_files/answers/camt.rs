//! Statements and notifications of an account (camt.053, camt.054): what was booked, and what came
//! back.

use super::super::amount::yuan;
use super::super::answer::{AnswerFact, AnswerStatus, Findings};
use super::super::fault::AnswerFault;
use super::super::refusal::shown;
use super::super::xml::Element;
use super::{account, amount, compare_count, date_choice, identity, party_name, reasons, sum};

/// The direction of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Debit,
    Credit,
}

/// A line of a statement as far as totals need it.
struct Line {
    direction: Direction,
    is_booked: bool,
    fen: i64,
}

/// The advice for what people must match.
const MATCH: &str = "请在对账工作台核对";

/// Reads all statements of a message; `name` is that of the element of one.
pub(super) fn read(message: &Element, name: &str, findings: &mut Findings) {
    for (number, statement) in (1..).zip(message.all(name)) {
        let mut lines = Vec::new();
        for (place, entry) in (1..).zip(statement.all("Ntry")) {
            let path = format!("{name}[{number}]/Ntry[{place}]");
            match read_entry(entry, &path, findings) {
                Ok(line) => lines.push(line),
                Err(fault) => findings.fault(fault),
            }
        }
        compare_totals(statement, &lines, findings);
        compare_balances(statement, &lines, findings);
    }
}

fn fault(element: &Element, reason: String) -> AnswerFault {
    AnswerFault::at(element.line, reason, "请向银行索取完整的原始文件")
}

fn needed<'a>(element: &'a Element, name: &str) -> Result<&'a Element, AnswerFault> {
    let missing = || fault(element, format!("{} 缺少 {name}", element.name));
    element.child(name).ok_or_else(missing)
}

fn direction(element: &Element) -> Result<Direction, AnswerFault> {
    let word = needed(element, "CdtDbtInd")?;
    match word.text.trim() {
        "DBIT" => Ok(Direction::Debit),
        "CRDT" => Ok(Direction::Credit),
        other => Err(fault(word, format!("借贷标志“{}”不对", shown(other)))),
    }
}

fn read_entry(entry: &Element, path: &str, findings: &mut Findings) -> Result<Line, AnswerFault> {
    let direction = direction(entry)?;
    let fen = amount(needed(entry, "Amt")?)?;
    let status = needed(entry, "Sts")?;
    let word = status.text_at("Cd").or_else(|| status.text_at("Prtry"));
    let word = word.unwrap_or_else(|| status.text.trim()).to_owned();
    let booked = entry.child("BookgDt").map(date_choice).transpose()?;
    let details: Vec<&Element> = entry
        .all("NtryDtls")
        .flat_map(|details| details.all("TxDtls"))
        .collect();
    let amounts = detail_amounts(&details, fen)?;
    let told = amounts
        .iter()
        .try_fold(0i64, |sum, fen| sum.checked_add(*fen));
    let is_whole = details.is_empty() || told == Some(fen);
    if !is_whole {
        let reason = format!("明细合计与本条金额 {} 不一致,按状态未知处理", yuan(fen));
        findings.alarm(entry.line, reason, MATCH);
    }
    let mut base = AnswerFact::new(AnswerStatus::Unknown, &word);
    base.date = booked;
    base.bank_reference = identity(entry, "AcctSvcrRef").or_else(|| identity(entry, "NtryRef"));
    let line = Line {
        direction,
        is_booked: word == "BOOK",
        fen,
    };
    if details.is_empty() {
        base.amount_fen = Some(fen);
        base.reason = entry.text_at("AddtlNtryInf").map(str::to_owned);
        base.status = judged(&line, entry, None, &base, findings);
        findings.answer(base, entry.line, path.to_owned());
        return Ok(line);
    }
    for ((place, detail), fen) in (1..).zip(details).zip(amounts) {
        let mut fact = base.clone();
        fact.amount_fen = Some(fen);
        fill(&mut fact, detail, direction);
        if is_whole {
            fact.status = judged(&line, entry, Some(detail), &fact, findings);
        }
        findings.answer(fact, detail.line, format!("{path}/TxDtls[{place}]"));
    }
    Ok(line)
}

/// The amount of each detail; a single one without its own has that of the line.
fn detail_amounts(details: &[&Element], whole: i64) -> Result<Vec<i64>, AnswerFault> {
    details
        .iter()
        .map(|detail| {
            let own = detail
                .child("Amt")
                .or_else(|| detail.at("AmtDtls/TxAmt/Amt"));
            match own {
                Some(own) => amount(own),
                None if details.len() == 1 => Ok(whole),
                None => Err(fault(detail, "一条多笔的明细没有各自的金额".to_owned())),
            }
        })
        .collect()
}

/// References, the other side and the reason of a return.
fn fill(fact: &mut AnswerFact, detail: &Element, direction: Direction) {
    if let Some(references) = detail.child("Refs") {
        fact.end_to_end_id = identity(references, "EndToEndId");
        fact.message_id = identity(references, "MsgId");
        fact.block_id = identity(references, "PmtInfId");
        let own = identity(references, "AcctSvcrRef").or_else(|| identity(references, "TxId"));
        fact.bank_reference = own.or_else(|| fact.bank_reference.take());
    }
    if let Some(parties) = detail.child("RltdPties") {
        let is_return = detail.child("RtrInf").is_some();
        let (party, number) = match direction {
            // A return keeps the parties of the payment that comes back.
            Direction::Credit if !is_return => ("Dbtr", "DbtrAcct"),
            Direction::Credit | Direction::Debit => ("Cdtr", "CdtrAcct"),
        };
        fact.name = parties.child(party).and_then(party_name);
        fact.account = parties.child(number).and_then(account);
    }
    reasons(fact, detail.all("RtrInf"));
    let words = detail.text_at("AddtlTxInf").map(str::to_owned);
    fact.reason = fact.reason.take().or(words);
}

/// What a line means for us.
fn judged(
    line: &Line,
    entry: &Element,
    detail: Option<&Element>,
    fact: &AnswerFact,
    findings: &mut Findings,
) -> AnswerStatus {
    let is_reversal = matches!(entry.text_at("RvslInd"), Some("true" | "1"));
    let inner = detail.and_then(|detail| detail.text_at("CdtDbtInd"));
    let agrees = match (inner, line.direction) {
        (None, _) | (Some("DBIT"), Direction::Debit) | (Some("CRDT"), Direction::Credit) => true,
        (Some(_), _) => false,
    };
    if !agrees {
        let reason = "明细的借贷方向与本条不同,按状态未知处理".to_owned();
        findings.alarm(entry.line, reason, MATCH);
        return AnswerStatus::Unknown;
    }
    match fact.status_word.as_str() {
        "BOOK" => {}
        "PDNG" | "FUTR" => return AnswerStatus::Pending,
        other => {
            let reason = format!("状态“{}”没有约定含义,按状态未知处理", shown(other));
            findings.alarm(entry.line, reason, MATCH);
            return AnswerStatus::Unknown;
        }
    }
    match line.direction {
        Direction::Debit if is_reversal => {
            let reason = "是冲回来款的借方,不是付款,按状态未知处理".to_owned();
            findings.alarm(entry.line, reason, MATCH);
            AnswerStatus::Unknown
        }
        Direction::Debit => AnswerStatus::Booked,
        Direction::Credit if is_return(entry, detail) || is_reversal => AnswerStatus::Returned,
        Direction::Credit => AnswerStatus::Credited,
    }
}

/// Whether a credit says that it is a return: a return reason, or the ISO family of returns.
fn is_return(entry: &Element, detail: Option<&Element>) -> bool {
    let has_reason = detail.is_some_and(|detail| detail.child("RtrInf").is_some());
    let is_family = |element: &Element| {
        let family = element.text_at("BkTxCd/Domn/Fmly/SubFmlyCd");
        matches!(family, Some("RRTN" | "RPCR"))
    };
    has_reason || is_family(entry) || detail.is_some_and(is_family)
}

/// The counts and sums that a statement states of its lines.
fn compare_totals(statement: &Element, lines: &[Line], findings: &mut Findings) {
    let Some(summary) = statement.child("TxsSummry") else {
        return;
    };
    let both = [Direction::Debit, Direction::Credit];
    for (name, directions) in [
        ("TtlNtries", &both[..]),
        ("TtlDbtNtries", &both[..1]),
        ("TtlCdtNtries", &both[1..]),
    ] {
        let Some(stated) = summary.child(name) else {
            continue;
        };
        let chosen = || {
            lines
                .iter()
                .filter(|line| directions.contains(&line.direction))
        };
        compare_count(
            findings,
            stated.child("NbOfNtries"),
            "笔数",
            chosen().count(),
        );
        if let Some(element) = stated.child("Sum") {
            let read = chosen().try_fold(0i64, |sum, line| sum.checked_add(line.fen));
            if let (Some(says), Some(read)) =
                (findings.take(sum(element, element.text.trim())), read)
            {
                findings.compare(Some(element.line), "合计", &yuan(says), &yuan(read));
            }
        }
    }
}

/// Opening balance and booked lines give the closing balance, where a statement has both.
fn compare_balances(statement: &Element, lines: &[Line], findings: &mut Findings) {
    let one = |code: &str| {
        let is_it = |balance: &&Element| {
            balance.text_at("Tp/CdOrPrtry/Cd") == Some(code) && balance.at("Tp/SubTp").is_none()
        };
        let mut found = statement.all("Bal").filter(is_it);
        found.next().filter(|_| found.next().is_none())
    };
    let (Some(opening), Some(closing)) = (one("OPBD"), one("CLBD")) else {
        return;
    };
    let (Some(before), Some(after)) = (
        findings.take(signed(opening)),
        findings.take(signed(closing)),
    ) else {
        return;
    };
    let mut booked = lines.iter().filter(|line| line.is_booked);
    let computed = booked.try_fold(before, |balance, line| match line.direction {
        Direction::Credit => balance.checked_add(line.fen),
        Direction::Debit => balance.checked_sub(line.fen),
    });
    if let Some(computed) = computed {
        findings.compare(
            Some(closing.line),
            "期末余额",
            &yuan(after),
            &yuan(computed),
        );
    }
}

fn signed(balance: &Element) -> Result<i64, AnswerFault> {
    let fen = amount(needed(balance, "Amt")?)?;
    Ok(match direction(balance)? {
        Direction::Credit => fen,
        Direction::Debit => fen.saturating_neg(),
    })
}
