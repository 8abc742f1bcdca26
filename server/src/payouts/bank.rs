//! Batches as payment files, and what banks answer as orders.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{
    BankFact, Batch, Books, Command, Digest, EndToEndId, FactKind, Payer, PayerId, Payout, PayoutId,
};
use zhida_policies::values::Money;

use crate::failure::{Failure, Status};
use crate::payment_files::{
    self, AnswerFact, AnswerFile, AnswerStatus, Initiator, PaymentBlock, PaymentFile,
    PaymentFormat, PaymentLine, Profile, WrittenFile,
};

/// The most characters of a measure's name in a remittance text; the rest of the line is the
/// identity and the document number.
const TITLE_MAX: usize = 60;

/// The form in which a bank takes files.
pub(crate) fn format_of(payer: &Payer) -> Result<PaymentFormat, Failure> {
    let mut formats = payment_files::formats().map_err(|error| {
        Failure::said(Status::BadData, format!("自带的文件格式有误:{error}"), "")
    })?;
    let known: Vec<String> = formats.keys().cloned().collect();
    formats.remove(&payer.profile).ok_or_else(|| {
        Failure::usage(
            format!("付款账户“{}”的文件格式“{}”不认识", payer.id, payer.profile),
            format!("可用的格式:{}", known.join("、")),
        )
    })
}

/// The most payments of one batch that the bank's form takes, where it cannot be split.
pub(crate) fn lines_max(payer: &Payer) -> Result<Option<usize>, Failure> {
    Ok(format_of(payer)?.lines_max())
}

/// The profile by which the answers of a bank are read.
pub(crate) fn profile_of(payer: &Payer) -> Result<Option<Profile>, Failure> {
    Ok(format_of(payer)?.profile().cloned())
}

/// A batch as a bank is to read it.
pub(crate) fn payment_file(
    books: &Books,
    batch: &Batch,
    payer: &Payer,
    sealed_at: &str,
) -> Result<PaymentFile, Failure> {
    let uscc = payer.uscc.ok_or_else(|| {
        Failure::usage(
            format!("付款账户“{}”没有写单位的统一社会信用代码", payer.id),
            "请在单位设置的 [[payer]] 里写上 uscc",
        )
    })?;
    let mut lines = Vec::with_capacity(batch.items.len());
    for (id, number) in &batch.items {
        let payout = books.payout(id).ok_or_else(|| missing(id))?;
        lines.push(line(books, payout, *number)?);
    }
    Ok(PaymentFile {
        message_id: batch.message_id.to_string(),
        sealed_at: sealed_at.to_owned(),
        initiator: Initiator {
            name: payer.bureau.to_string(),
            uscc: uscc.to_string(),
        },
        blocks: vec![PaymentBlock {
            payer: payment_files::Payer {
                name: payer.name.clone(),
                account: payer.account.clone(),
                cnaps: payer.cnaps.clone(),
                bank_name: None,
            },
            execution_date: batch.execution,
            lines,
        }],
    })
}

/// Writes the files of a batch: the same batch and moment give the same bytes.
pub(crate) fn write(file: &PaymentFile, payer: &Payer) -> Result<Vec<WrittenFile>, Failure> {
    let format = format_of(payer)?;
    payment_files::write(file, &format).map_err(|refused| {
        Failure::refused(
            format!("付款文件不能生成:{refused}"),
            "请把这些笔移出批次(zhida payout unbatch),改正账户后再组批",
        )
    })
}

fn missing(id: &PayoutId) -> Failure {
    Failure::said(
        Status::Integrity,
        format!("批次里的兑付事项 {id} 找不到"),
        "请运行 zhida verify",
    )
}

fn line(books: &Books, payout: &Payout, number: u32) -> Result<PaymentLine, Failure> {
    let attempt = payout
        .attempts
        .iter()
        .find(|attempt| attempt.number == number);
    let attempt = attempt.ok_or_else(|| missing(&payout.id))?;
    let frozen = attempt.payee.as_ref();
    let current = books
        .payee(&payout.key.uscc)
        .and_then(|payee| payee.current());
    let details = frozen.or(current.map(|version| &version.details));
    let details = details.ok_or_else(|| missing(&payout.id))?;
    let title: String = payout.terms.title.chars().take(TITLE_MAX).collect();
    Ok(PaymentLine {
        end_to_end_id: attempt.end_to_end_id.to_string(),
        instruction_id: None,
        amount_fen: attempt.amount.fen(),
        payee_name: details.name.clone(),
        payee_account: details.account.clone(),
        payee_cnaps: details.cnaps.clone(),
        payee_bank_name: Some(details.bank.clone()).filter(|name| !name.trim().is_empty()),
        payee_uscc: Some(payout.key.uscc.to_string()),
        payee_resident_id: None,
        purpose_code: Some("SUBS".to_owned()),
        remittance: format!("{} {title}", payout.terms.document),
    })
}

/// What an answer file asks to be done, and what in it belongs to nothing of ours.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// The orders.
    pub(crate) commands: Vec<Command>,
    /// What must be looked at by people.
    pub(crate) alarms: Vec<String>,
}

/// Which of our instructions an answer can speak of.
pub(crate) struct Instructions {
    /// By the bank's name of the message.
    pub(crate) by_message: BTreeMap<String, OfMessage>,
    /// All that exist.
    pub(crate) known: BTreeSet<EndToEndId>,
}

/// The instructions of one message.
pub(crate) struct OfMessage {
    /// Those of the batch in their order.
    pub(crate) names: Vec<EndToEndId>,
    /// Whether they went in one file, so that a line of it is a place among them.
    pub(crate) is_one_file: bool,
}

impl Answers {
    /// Turns the lines of a file into orders.
    pub(crate) fn of(file: &AnswerFile, payer: &PayerId, instructions: &Instructions) -> Self {
        let mut found = Self::default();
        let source = Digest::new(&file.sha256);
        for fact in file.facts() {
            found.take(fact, payer, instructions, &source);
        }
        for alarm in &file.alarms {
            found.alarms.push(alarm.to_string());
        }
        found
    }

    fn take(
        &mut self,
        fact: &AnswerFact,
        payer: &PayerId,
        instructions: &Instructions,
        source: &Digest,
    ) {
        let Some(kind) = kind(fact) else {
            return self.stray(fact, payer, source);
        };
        let named = instructions_of(fact, instructions);
        if named.is_empty() {
            return self.stray(fact, payer, source);
        }
        for instruction in named {
            self.commands.push(Command::Answer {
                instruction,
                fact: BankFact {
                    kind,
                    amount: fact.amount_fen.map(Money::from_fen),
                    account: fact.account.clone(),
                    reference: fact.bank_reference.clone().unwrap_or_default(),
                    reason: reason(fact),
                    on: fact.date,
                },
                source: source.clone(),
            });
        }
    }

    /// A movement that no instruction of ours explains; other lines are for people alone.
    fn stray(&mut self, fact: &AnswerFact, payer: &PayerId, source: &Digest) {
        let sign = match fact.status {
            AnswerStatus::Booked => -1i64,
            AnswerStatus::Returned | AnswerStatus::Credited => 1,
            AnswerStatus::Accepted
            | AnswerStatus::Pending
            | AnswerStatus::Rejected
            | AnswerStatus::Duplicate
            | AnswerStatus::Unknown => {
                self.alarms.push(format!(
                    "流水号 {} 不是本系统的支付指令:银行答复“{}”",
                    fact.end_to_end_id.as_deref().unwrap_or("(无)"),
                    fact.status_word
                ));
                return;
            }
        };
        let (Some(fen), Some(on)) = (fact.amount_fen, fact.date) else {
            let word = &fact.status_word;
            self.alarms
                .push(format!("一笔“{word}”没有金额或日期,未登记"));
            return;
        };
        self.commands.push(Command::StrayLine {
            payer: payer.clone(),
            reference: reference(fact),
            amount: Money::from_fen(fen.saturating_mul(sign)),
            on,
            text: fact.name.clone().unwrap_or_default(),
            instruction: fact.end_to_end_id.as_ref().map(EndToEndId::new),
            source: source.clone(),
        });
        if let Some(name) = &fact.end_to_end_id {
            self.alarms.push(format!(
                "流水号 {name} 不是本系统现有的支付指令,银行却有这笔收支:已记未达款;\
                 数据如是从旧备份恢复的,涉及的兑付不会再送出,请先查证"
            ));
        }
    }
}

/// What a line says of an instruction; nothing where it can only be a movement of its own.
fn kind(fact: &AnswerFact) -> Option<FactKind> {
    match fact.status {
        // A refusal must say why (edge 22): without it nothing becomes payable again.
        AnswerStatus::Rejected if reason(fact).is_none() => Some(FactKind::Unclear),
        AnswerStatus::Accepted => Some(FactKind::Accepted),
        AnswerStatus::Pending | AnswerStatus::Unknown => Some(FactKind::Unclear),
        AnswerStatus::Rejected => Some(FactKind::Rejected),
        AnswerStatus::Booked => Some(FactKind::Booked),
        AnswerStatus::Returned => Some(FactKind::Returned),
        AnswerStatus::Duplicate => Some(FactKind::Duplicate),
        AnswerStatus::Credited => None,
    }
}

/// The instructions that a line speaks of: one by its name, or all of a message; never by amount
/// or name of the payee.
fn instructions_of(fact: &AnswerFact, instructions: &Instructions) -> Vec<EndToEndId> {
    if let Some(name) = &fact.end_to_end_id {
        let name = EndToEndId::new(name);
        let is_ours = instructions.known.contains(&name);
        return is_ours.then_some(name).into_iter().collect();
    }
    let message = fact.message_id.as_ref();
    let of_message = message.and_then(|message| instructions.by_message.get(message));
    match (of_message, fact.file_line) {
        (Some(message), None) => message.names.clone(),
        (Some(message), Some(line)) if message.is_one_file => {
            let place = line.checked_sub(1);
            let name = place.and_then(|place| message.names.get(place));
            name.cloned().into_iter().collect()
        }
        (Some(_), Some(_)) | (None, _) => Vec::new(),
    }
}

fn reason(fact: &AnswerFact) -> Option<String> {
    let parts = [fact.reason_code.as_deref(), fact.reason.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What tells one movement from another: the bank's own reference, or all that it says of it.
fn reference(fact: &AnswerFact) -> String {
    match &fact.bank_reference {
        Some(reference) => reference.clone(),
        None => {
            let all = format!(
                "{:?}|{:?}|{:?}|{:?}|{:?}|{:?}",
                fact.status,
                fact.end_to_end_id,
                fact.amount_fen,
                fact.account,
                fact.date,
                fact.reason_code
            );
            Digest::of(all.as_bytes()).to_string()
        }
    }
}
