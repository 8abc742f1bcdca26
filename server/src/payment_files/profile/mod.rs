//! The text files of a bank as data: every bank's form is a profile in TOML, none is code.

mod answer;
mod rows;
mod template;
mod writer;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::answer::AnswerStatus;
use super::encoding::TextEncoding;

pub(crate) use answer::read as read_answer;
pub(crate) use writer::write;

/// How a bank's payment file and its answer are written.
///
/// # Source
/// PAYOUTS.md e3.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Its identity: small letters, digits and dashes.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// The character set.
    pub(crate) encoding: TextEncoding,
    /// Whether the file begins with a byte order mark; only for UTF-8.
    #[serde(default)]
    pub(crate) byte_order_mark: bool,
    /// What ends a line.
    pub(crate) line_end: LineEnd,
    /// What stands between two cells.
    pub(crate) separator: char,
    /// Whether cells may stand in quotes.
    pub(crate) quoting: Quoting,
    /// Whether a row of titles stands before the payments.
    pub(crate) header: bool,
    /// A row before everything else; its cells may hold `{count}`, `{sum}` and others.
    #[serde(default)]
    pub(crate) first_row: Vec<String>,
    /// A row after everything else.
    #[serde(default)]
    pub(crate) last_row: Vec<String>,
    /// The fewest payments of one file.
    #[serde(default = "one")]
    pub(crate) lines_min: usize,
    /// The most payments of one file; a longer batch becomes several files.
    pub(crate) lines_max: usize,
    /// How amounts are written.
    pub(crate) amount: AmountForm,
    /// How dates are written.
    pub(crate) date: DateForm,
    /// The name of a file: `{message_id}`, `{part}` and others.
    pub(crate) file_name: String,
    /// Whether payments inside the bank and to other banks go into files of their own.
    #[serde(default)]
    pub(crate) split: Split,
    /// How the bank codes of the paying bank begin. A class of bank is not enough where many banks
    /// share it (313, 402).
    #[serde(default)]
    pub(crate) own_bank_codes: Vec<String>,
    /// The word for a payment inside the bank.
    #[serde(default)]
    pub(crate) in_bank_word: String,
    /// The word for a payment to another bank.
    #[serde(default)]
    pub(crate) cross_bank_word: String,
    /// The columns, in the order of the file.
    pub(crate) columns: Vec<Column>,
    /// How the bank answers, where it answers with a text file.
    pub(crate) answer: Option<AnswerLayout>,
    /// The SHA-256 of the text of the profile, to be kept with the batch.
    #[serde(skip)]
    pub(crate) sha256: String,
}

/// A column of a payment file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    /// Its title.
    pub(crate) title: String,
    /// Where its cells come from.
    pub(crate) source: Source,
    /// The cell of [`Source::Constant`].
    #[serde(default)]
    pub(crate) text: String,
    /// The most bytes of a cell in the character set of the file.
    pub(crate) bytes_max: usize,
    /// The characters that may stand in a cell.
    #[serde(default)]
    pub(crate) allowed: Allowed,
    /// Whether a cell may be empty.
    #[serde(default)]
    pub(crate) optional: bool,
}

/// How a bank answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerLayout {
    /// The character set.
    pub(crate) encoding: TextEncoding,
    /// What stands between two cells.
    pub(crate) separator: char,
    /// Whether cells may stand in quotes.
    pub(crate) quoting: Quoting,
    /// Whether a row of titles stands before the answers; it then finds the columns.
    pub(crate) header: bool,
    /// A row before everything else; its `{count}` and `{sum}` must agree.
    #[serde(default)]
    pub(crate) first_row: Vec<String>,
    /// A row after everything else.
    #[serde(default)]
    pub(crate) last_row: Vec<String>,
    /// The name of the file, where its `{count}` or `{sum}` must agree.
    pub(crate) file_name: Option<String>,
    /// How amounts are written.
    pub(crate) amount: AmountForm,
    /// How dates are written.
    pub(crate) date: DateForm,
    /// The columns.
    pub(crate) columns: Vec<AnswerColumn>,
    /// What the bank's status words mean; any other word is unknown and an alarm.
    pub(crate) status: BTreeMap<String, AnswerStatus>,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerColumn {
    /// Its title.
    pub(crate) title: String,
    /// What it says.
    pub(crate) source: AnswerSource,
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum LineEnd {
    /// Carriage return and line feed.
    #[serde(rename = "CRLF")]
    CrLf,
    /// Line feed.
    #[serde(rename = "LF")]
    Lf,
}

/// Whether cells may stand in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Quoting {
    /// Never: a separator or a quote inside a cell is refused.
    Never,
    /// Where a separator or a quote is inside; quotes are doubled.
    WhenNeeded,
}

/// How amounts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AmountForm {
    /// `300000.00`.
    Yuan,
    /// `30000000`.
    Fen,
}

/// How dates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum DateForm {
    /// `2026-03-16`.
    #[serde(rename = "2026-03-16")]
    Dashed,
    /// `20260316`.
    #[serde(rename = "20260316")]
    Plain,
    /// `2026/03/16`.
    #[serde(rename = "2026/03/16")]
    Slashed,
}

/// Whether payments inside the bank have files of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Split {
    /// All together.
    #[default]
    None,
    /// Payments inside the bank first, then those to other banks, in files of their own.
    InBankFirst,
}

/// The characters of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Allowed {
    /// Any that can be seen.
    #[default]
    Text,
    /// Any that can be seen, without blanks.
    TextWithoutBlanks,
    /// Digits.
    Digits,
    /// Digits and dashes.
    Account,
    /// Digits and one point.
    Amount,
    /// Letters, digits and dashes.
    Identity,
}

/// Where a cell comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    /// The place of the payment in the file, from 1.
    Number,
    /// Always the same text.
    Constant,
    /// The words for payments inside the bank and to other banks.
    Route,
    /// The number of the paying account.
    PayerAccount,
    /// Its name.
    PayerName,
    /// The code of its bank.
    PayerCnaps,
    /// The name of its bank.
    PayerBankName,
    /// The number of the payee's account.
    PayeeAccount,
    /// Its name.
    PayeeName,
    /// The code of its bank.
    PayeeCnaps,
    /// The name of its bank.
    PayeeBankName,
    /// The payee's unified social credit code.
    PayeeUscc,
    /// The payee's resident number.
    PayeeResidentId,
    /// The amount.
    Amount,
    /// `CNY`.
    Currency,
    /// The ISO code of the purpose.
    PurposeCode,
    /// The remittance text.
    Remittance,
    /// The identity and the remittance text.
    Reference,
    /// The identity of the attempt.
    EndToEndId,
    /// The serial of the instruction.
    InstructionId,
    /// The identity of the message.
    MessageId,
    /// The date on which to pay.
    ExecutionDate,
    /// The date of the seal.
    SealedDate,
    /// The name of the bureau.
    InitiatorName,
    /// The code of the bureau.
    InitiatorUscc,
}

/// What a column of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AnswerSource {
    /// The identity of the attempt.
    EndToEndId,
    /// The place of the payment in the file that was sent, from 1.
    Number,
    /// The identity of the message.
    MessageId,
    /// The payee's account.
    Account,
    /// The payee's name.
    Name,
    /// The amount.
    Amount,
    /// The currency, which must be CNY or 人民币.
    Currency,
    /// The status word.
    Status,
    /// The code of the reason.
    ReasonCode,
    /// The reason.
    Reason,
    /// The date.
    Date,
    /// The bank's own reference.
    BankReference,
    /// Not needed.
    Ignored,
}

/// Why a profile cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("银行文件格式{name}有误:{}", faults.join(";"))]
pub(crate) struct ProfileError {
    /// The profile, or the beginning of its text.
    pub(crate) name: String,
    /// Everything that is wrong.
    pub(crate) faults: Vec<String>,
}

fn one() -> usize {
    1
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// [`ProfileError`] with everything that is wrong, so that no file is ever written by a profile
    /// that contradicts itself.
    pub(crate) fn parse(text: &str) -> Result<Profile, ProfileError> {
        let mut profile: Profile = toml::from_str(text).map_err(|error| ProfileError {
            name: String::new(),
            faults: vec![error.to_string()],
        })?;
        profile.sha256 = super::sha256(text.as_bytes());
        let faults = profile.faults();
        if faults.is_empty() {
            Ok(profile)
        } else {
            let name = profile.id;
            Err(ProfileError { name, faults })
        }
    }

    /// The profiles that are part of the binary, by identity.
    ///
    /// # Errors
    /// [`ProfileError`] of the first that is wrong; a test reads them all.
    pub(crate) fn built_in() -> Result<BTreeMap<String, Profile>, ProfileError> {
        crate::embedded::PROFILES
            .iter()
            .map(|(_, text)| Profile::parse(text).map(|profile| (profile.id.clone(), profile)))
            .collect()
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut require = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        require(
            !self.id.is_empty() && self.id.bytes().all(is_id),
            "id 只能是小写字母、数字和连字符",
        );
        require(
            is_separator(self.separator),
            "separator 只能是逗号、竖线、分号、^ 或 TAB",
        );
        require(
            !self.byte_order_mark || self.encoding == TextEncoding::Utf8,
            "只有 UTF-8 才能有 byte_order_mark",
        );
        require(
            (1..=self.lines_max).contains(&self.lines_min),
            "lines_min 应在 1 与 lines_max 之间",
        );
        require(!self.columns.is_empty(), "没有 columns");
        let has = |source| self.columns.iter().any(|column| column.source == source);
        require(has(Source::PayeeAccount), "缺少收款账号列 payee-account");
        require(has(Source::PayeeName), "缺少收款户名列 payee-name");
        require(has(Source::Amount), "缺少金额列 amount");
        require(
            has(Source::EndToEndId) || has(Source::Number),
            "缺少流水号列 end-to-end-id 或序号列 number",
        );
        let needs_own = self.split == Split::InBankFirst || has(Source::Route);
        require(
            !needs_own || !self.own_bank_codes.is_empty(),
            "区分行内跨行需要 own_bank_codes(本行行号的开头)",
        );
        require(
            !has(Source::Route)
                || !(self.in_bank_word.is_empty() || self.cross_bank_word.is_empty()),
            "route 列需要 in_bank_word 和 cross_bank_word",
        );
        let is_prefix = |code: &String| {
            (3..=12).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
        };
        require(
            self.own_bank_codes.iter().all(is_prefix),
            "own_bank_codes 应为 3 至 12 位数字",
        );
        let constant =
            |column: &Column| (column.source == Source::Constant) != column.text.is_empty();
        require(
            self.columns.iter().all(constant),
            "text 只用于 source = \"constant\" 的列,且不能为空",
        );
        faults.extend(template::faults(self));
        faults.extend(self.answer.iter().flat_map(AnswerLayout::faults));
        faults
    }
}

impl AnswerLayout {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let count = |source| {
            self.columns
                .iter()
                .filter(|column| column.source == source)
                .count()
        };
        let identities = [
            AnswerSource::EndToEndId,
            AnswerSource::Number,
            AnswerSource::Account,
        ];
        if !is_separator(self.separator) {
            faults.push("answer.separator 只能是逗号、竖线、分号、^ 或 TAB".to_owned());
        }
        if count(AnswerSource::Status) != 1 {
            faults.push("answer.columns 应有且只有一个 status 列".to_owned());
        }
        if identities.into_iter().all(|source| count(source) == 0) {
            faults.push("answer.columns 没有可以认出付款的列".to_owned());
        }
        let mut sources: Vec<_> = self.columns.iter().map(|column| column.source).collect();
        sources.retain(|source| *source != AnswerSource::Ignored);
        let all = sources.len();
        sources.sort();
        sources.dedup();
        if sources.len() != all {
            faults.push("answer.columns 有两列来源相同".to_owned());
        }
        if self.status.is_empty() {
            faults.push("answer.status 没有状态词".to_owned());
        }
        faults
    }
}

/// A separator that no number and no identity has.
fn is_separator(character: char) -> bool {
    matches!(character, ',' | '|' | ';' | '^' | '\t')
}
