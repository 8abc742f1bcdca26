//! What a bank's answer says, whatever its form: facts about payments, and where each was read.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use zhida_policies::values::Date;
use zhida_policies::values::bank_account::mask;

use super::fault::{AnswerError, AnswerFault};

/// The most faults that are told of one file.
const FAULTS_MAX: usize = 100;

/// What an answer says about a payment. Only [`AnswerStatus::Booked`] is money that has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AnswerStatus {
    /// Taken by the bank; not yet paid.
    Accepted,
    /// Still being worked on.
    Pending,
    /// Not paid and will not be.
    Rejected,
    /// Debited from the paying account.
    Booked,
    /// Paid and come back.
    Returned,
    /// Money that came in without being named a return; to be matched by people.
    Credited,
    /// The bank has seen the same identity before: a question, not a rejection.
    Duplicate,
    /// Says nothing that may be acted on.
    Unknown,
}

/// One statement of a bank, without the place where it was read: the same statement read twice is
/// one fact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AnswerFact {
    /// What it says.
    pub(crate) status: AnswerStatus,
    /// The word or code that the bank wrote.
    pub(crate) status_word: String,
    /// The identity of the attempt; absent in statements about a whole message or block, and on
    /// statement lines without a reference.
    pub(crate) end_to_end_id: Option<String>,
    /// The identity of the message that it answers.
    pub(crate) message_id: Option<String>,
    /// The identity of the block inside the message.
    pub(crate) block_id: Option<String>,
    /// The place of the payment in the file that was sent, from 1, where an answer has only that.
    pub(crate) file_line: Option<usize>,
    /// The amount in fen.
    pub(crate) amount_fen: Option<i64>,
    /// The account on the other side.
    pub(crate) account: Option<String>,
    /// Its name.
    pub(crate) name: Option<String>,
    /// The code of the reason.
    pub(crate) reason_code: Option<String>,
    /// The reason in words.
    pub(crate) reason: Option<String>,
    /// The date of the booking, or of the answer.
    pub(crate) date: Option<Date>,
    /// The bank's own reference; it tells two equal lines of a statement apart.
    pub(crate) bank_reference: Option<String>,
}

/// A fact and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BankAnswer {
    /// What the bank says.
    pub(crate) fact: AnswerFact,
    /// The line of the file, counted from 1.
    pub(crate) line: usize,
    /// The element or row, such as `OrgnlPmtInfAndSts[1]/TxInfAndSts[3]`.
    pub(crate) path: String,
}

/// Whether the file itself says how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completeness {
    /// Its counts or sums agree with what was read.
    Agreed,
    /// It says nothing about its size; half a file cannot be seen.
    NotStated,
}

/// An answer file that was read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerFile {
    /// Its form: the name of the message (`camt.054.001.08`) or the identity of the profile.
    pub(crate) form: String,
    /// The SHA-256 of its bytes.
    pub(crate) sha256: String,
    /// What it says, in the order of the file.
    pub(crate) answers: Vec<BankAnswer>,
    /// What people should look at: unknown words, contradictions inside the file.
    pub(crate) alarms: Vec<AnswerFault>,
    /// Whether the file itself says how much it holds.
    pub(crate) completeness: Completeness,
}

impl AnswerFact {
    /// A fact that has a status and nothing else yet.
    pub(crate) fn new(status: AnswerStatus, status_word: &str) -> Self {
        Self {
            status,
            status_word: status_word.to_owned(),
            end_to_end_id: None,
            message_id: None,
            block_id: None,
            file_line: None,
            amount_fen: None,
            account: None,
            name: None,
            reason_code: None,
            reason: None,
            date: None,
            bank_reference: None,
        }
    }
}

impl fmt::Debug for AnswerFact {
    // A log line or a failed assertion must not show an account number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerFact")
            .field("status", &self.status)
            .field("status_word", &self.status_word)
            .field("end_to_end_id", &self.end_to_end_id)
            .field("message_id", &self.message_id)
            .field("block_id", &self.block_id)
            .field("file_line", &self.file_line)
            .field("amount_fen", &self.amount_fen)
            .field("account", &self.account.as_deref().map(mask))
            .field("name", &self.name)
            .field("reason_code", &self.reason_code)
            .field("reason", &self.reason)
            .field("date", &self.date)
            .field("bank_reference", &self.bank_reference)
            .finish()
    }
}

impl AnswerFile {
    /// The facts as a set: order and repetition do not count.
    pub(crate) fn facts(&self) -> BTreeSet<&AnswerFact> {
        self.answers.iter().map(|answer| &answer.fact).collect()
    }
}

/// Collects what a reader finds; one fault and nothing of the file is used.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    answers: Vec<BankAnswer>,
    alarms: Vec<AnswerFault>,
    faults: Vec<AnswerFault>,
    totals_agreed: bool,
}

impl Findings {
    /// Adds a fact.
    pub(crate) fn answer(&mut self, fact: AnswerFact, line: usize, path: String) {
        self.answers.push(BankAnswer { fact, line, path });
    }

    /// Adds something that people should look at.
    pub(crate) fn alarm(&mut self, line: usize, reason: String, advice: &str) {
        self.alarms.push(AnswerFault::at(line, reason, advice));
    }

    /// Adds a fault.
    pub(crate) fn fault(&mut self, fault: AnswerFault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    /// Compares a count or sum that the file states with what was read.
    pub(crate) fn compare(&mut self, line: Option<usize>, what: &str, says: &str, read: &str) {
        if says == read {
            self.totals_agreed = true;
        } else {
            self.fault(AnswerFault {
                line,
                reason: format!("文件写明{what}为 {says},实际读到 {read}"),
                advice: "文件可能不完整,请重新下载".to_owned(),
            });
        }
    }

    /// Takes a value or notes its fault.
    pub(crate) fn take<T>(&mut self, read: Result<T, AnswerFault>) -> Option<T> {
        read.map_err(|fault| self.fault(fault)).ok()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`AnswerError`] if there was any fault, or if the file says nothing at all.
    pub(crate) fn finish(mut self, form: String, bytes: &[u8]) -> Result<AnswerFile, AnswerError> {
        let sha256 = super::sha256(bytes);
        if self.answers.is_empty() && self.faults.is_empty() && !self.totals_agreed {
            let reason = "文件里没有任何回单明细".to_owned();
            self.fault(AnswerFault::file(reason, "请核对是否下载了正确的文件"));
        }
        if !self.faults.is_empty() {
            let faults = self.faults;
            return Err(AnswerError { sha256, faults });
        }
        let completeness = match self.totals_agreed {
            true => Completeness::Agreed,
            false => Completeness::NotStated,
        };
        Ok(AnswerFile {
            form,
            sha256,
            answers: self.answers,
            alarms: self.alarms,
            completeness,
        })
    }
}
