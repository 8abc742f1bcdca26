//! Reads the answer of a bank that answers with a text file.

use std::collections::BTreeMap;

use zhida_policies::values::Date;
use zhida_policies::values::bank_account::{BankAccount, BankAccountError};
use zhida_policies::values::date::parse_date;

use super::rows::{self, Row};
use super::{AmountForm, AnswerLayout, AnswerSource, DateForm, Profile, template};
use crate::payment_files::amount::{AmountError, parse_fen, parse_yuan, yuan};
use crate::payment_files::answer::{AnswerFact, AnswerFile, AnswerStatus, Findings};
use crate::payment_files::fault::{AnswerError, AnswerFault};
use crate::payment_files::refusal::shown;
use crate::payment_files::xml;

/// What a file says about its own size.
#[derive(Default)]
struct Stated {
    counts: Vec<(Option<usize>, String)>,
    sums: Vec<(Option<usize>, String)>,
    message_id: Option<String>,
}

/// Reads an answer.
///
/// # Shape
/// One fact for each row; a status word that the profile does not know is unknown and an alarm.
/// # Units
/// Yuan or fen in the text as the profile says, fen out.
/// # Errors
/// [`AnswerError`] with everything that is wrong, counts and sums that do not agree included; then
/// nothing of the file is used.
/// # Source
/// PAYOUTS.md e3 rules 8 and 9.
pub(crate) fn read(
    profile: &Profile,
    file_name: &str,
    bytes: &[u8],
) -> Result<AnswerFile, AnswerError> {
    let mut findings = Findings::default();
    if let Err(fault) = read_into(&mut findings, profile, file_name, bytes) {
        findings.fault(fault);
    }
    findings.finish(profile.id.clone(), bytes)
}

fn read_into(
    findings: &mut Findings,
    profile: &Profile,
    file_name: &str,
    bytes: &[u8],
) -> Result<(), AnswerFault> {
    let layout = profile.answer.as_ref().ok_or_else(|| {
        let reason = format!("格式“{}”没有约定回单文件", profile.name);
        AnswerFault::file(reason, "请选择带回单的格式,或导入对账单")
    })?;
    if bytes.len() > xml::BYTES_MAX {
        let reason = format!("文件超过 {} MB", xml::BYTES_MAX >> 20);
        return Err(AnswerFault::file(reason, "请让银行分成几个文件"));
    }
    let text = layout.encoding.decode(bytes).map_err(|error| {
        AnswerFault::file(
            error.to_string(),
            "请下载银行原始文件,不要用表格软件打开另存",
        )
    })?;
    if text.trim().is_empty() {
        return Err(AnswerFault::file(
            "文件是空的".to_owned(),
            "请重新下载回单文件",
        ));
    }
    let rows = rows::split(&text, layout.separator, layout.quoting)?;
    let mut stated = Stated::default();
    name_totals(layout, file_name, &mut stated)?;
    let mut rest = rows.as_slice();
    if !layout.first_row.is_empty() {
        let (row, behind) = rest.split_first().ok_or_else(|| missing("首行合计"))?;
        row_totals(&layout.first_row, row, &mut stated)?;
        rest = behind;
    }
    if !layout.last_row.is_empty() {
        let (row, before) = rest.split_last().ok_or_else(|| missing("末行合计"))?;
        row_totals(&layout.last_row, row, &mut stated)?;
        rest = before;
    }
    let places = if layout.header {
        let (row, behind) = rest.split_first().ok_or_else(|| missing("标题行"))?;
        rest = behind;
        titled(layout, row)?
    } else {
        by_order(layout)
    };
    let width = if layout.header {
        None
    } else {
        Some(layout.columns.len())
    };
    let mut sum = Some(0i64);
    for row in rest {
        let cells = Cells {
            row,
            places: &places,
            layout,
        };
        if width.is_some_and(|width| width != row.cells.len()) {
            let reason = format!("有 {} 列,应为 {} 列", row.cells.len(), layout.columns.len());
            findings.fault(AnswerFault::at(row.line, reason, "请重新下载银行原始文件"));
            continue;
        }
        let fact = cells.fact(findings, stated.message_id.as_deref());
        let amount = fact.as_ref().and_then(|fact| fact.amount_fen);
        sum = sum.zip(amount).and_then(|(sum, fen)| sum.checked_add(fen));
        if let Some(fact) = fact {
            findings.answer(fact, row.line, format!("第 {} 行", row.line));
        }
    }
    totals(findings, layout, &stated, rest.len(), sum);
    Ok(())
}

fn missing(what: &str) -> AnswerFault {
    AnswerFault::file(format!("缺少{what}"), "文件可能不完整,请重新下载")
}

fn totals(
    findings: &mut Findings,
    layout: &AnswerLayout,
    stated: &Stated,
    count: usize,
    sum: Option<i64>,
) {
    for (line, says) in &stated.counts {
        let says = says.trim_start_matches('0');
        let says = if says.is_empty() { "0" } else { says };
        findings.compare(*line, "笔数", says, &count.to_string());
    }
    for (line, says) in &stated.sums {
        let Some(sum) = sum else {
            let reason = "有合计金额,而明细没有金额".to_owned();
            findings.fault(AnswerFault {
                line: *line,
                ..AnswerFault::file(reason, "请向银行核对")
            });
            continue;
        };
        match amount(says, layout.amount) {
            Ok(says) => findings.compare(*line, "合计", &yuan(says), &yuan(sum)),
            Err(error) => {
                let reason = format!("合计“{}”{error}", shown(says));
                findings.fault(AnswerFault {
                    line: *line,
                    ..AnswerFault::file(reason, "请向银行核对")
                });
            }
        }
    }
}

/// Count and sum in the name of the file.
fn name_totals(
    layout: &AnswerLayout,
    file_name: &str,
    stated: &mut Stated,
) -> Result<(), AnswerFault> {
    let Some(template) = &layout.file_name else {
        return Ok(());
    };
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let values = template::matched(template, name).ok_or_else(|| {
        let reason = format!("文件名“{}”不是约定的形式 {template}", shown(name));
        AnswerFault::file(reason, "请保留银行给出的文件名")
    })?;
    stated.note(None, &values);
    Ok(())
}

/// Count and sum in a row.
fn row_totals(template: &[String], row: &Row, stated: &mut Stated) -> Result<(), AnswerFault> {
    let wrong = || {
        let form = template.join(" ");
        let reason = format!("合计行不是约定的形式“{form}”");
        AnswerFault::at(row.line, reason, "文件可能不完整,请重新下载")
    };
    if template.len() != row.cells.len() {
        return Err(wrong());
    }
    for (template, cell) in template.iter().zip(&row.cells) {
        let values = template::matched(template, cell).ok_or_else(wrong)?;
        stated.note(Some(row.line), &values);
    }
    Ok(())
}

impl Stated {
    fn note(&mut self, line: Option<usize>, values: &[(&str, &str)]) {
        for (place, value) in values {
            let value = (*value).to_owned();
            match *place {
                "count" => self.counts.push((line, value)),
                "sum" => self.sums.push((line, value)),
                "message_id" => self.message_id = Some(value),
                _ => {}
            }
        }
    }
}

/// Where each source stands, by the titles.
fn titled(layout: &AnswerLayout, row: &Row) -> Result<BTreeMap<AnswerSource, usize>, AnswerFault> {
    let mut places = BTreeMap::new();
    for column in &layout.columns {
        let mut found = row
            .cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| **cell == column.title);
        match (found.next(), found.next()) {
            (Some((place, _)), None) => {
                places.insert(column.source, place);
            }
            (first, _) => {
                let what = if first.is_some() {
                    "有两个"
                } else {
                    "没有"
                };
                let reason = format!("标题行{what}“{}”列", column.title);
                return Err(AnswerFault::at(
                    row.line,
                    reason,
                    "请核对银行、格式和文件编码",
                ));
            }
        }
    }
    Ok(places)
}

/// Where each source stands, in files without titles.
fn by_order(layout: &AnswerLayout) -> BTreeMap<AnswerSource, usize> {
    let columns = layout.columns.iter().enumerate();
    columns
        .map(|(place, column)| (column.source, place))
        .collect()
}

/// The cells of one row by what they say.
struct Cells<'a> {
    row: &'a Row,
    places: &'a BTreeMap<AnswerSource, usize>,
    layout: &'a AnswerLayout,
}

impl Cells<'_> {
    /// The cell; absent where it is empty or the row is short.
    fn get(&self, source: AnswerSource) -> Option<&str> {
        let cell = self.row.cells.get(*self.places.get(&source)?)?;
        (!cell.is_empty()).then_some(cell.as_str())
    }

    fn owned(&self, source: AnswerSource) -> Option<String> {
        self.get(source).map(str::to_owned)
    }

    fn fault(&self, what: &str, cell: &str, reason: &str, advice: &str) -> AnswerFault {
        let reason = format!("{what}“{}”{reason}", shown(cell));
        AnswerFault::at(self.row.line, reason, advice)
    }

    fn fact(&self, findings: &mut Findings, message_id: Option<&str>) -> Option<AnswerFact> {
        let Some(word) = self.get(AnswerSource::Status) else {
            findings.fault(self.fault("状态", "", "为空", "请重新下载银行原始文件"));
            return None;
        };
        let status = self.status(word, findings);
        let mut fact = AnswerFact::new(status, word);
        fact.end_to_end_id = self.owned(AnswerSource::EndToEndId);
        let own = self.owned(AnswerSource::MessageId);
        fact.message_id = own.or_else(|| message_id.map(str::to_owned));
        fact.name = self.owned(AnswerSource::Name);
        fact.reason_code = self.owned(AnswerSource::ReasonCode);
        fact.reason = self.owned(AnswerSource::Reason);
        fact.bank_reference = self.owned(AnswerSource::BankReference);
        if let Some(cell) = self.get(AnswerSource::Currency)
            && !matches!(cell, "CNY" | "人民币")
        {
            findings.fault(self.fault("币种", cell, "不是人民币", "请核对是否选错了回单"));
        }
        fact.account = self.read(AnswerSource::Account, findings, |cell| self.account(cell))?;
        fact.file_line = self.read(AnswerSource::Number, findings, |cell| {
            let number = cell.parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| self.fault("序号", cell, "不是序号", "请重新下载银行原始文件"))
        })?;
        fact.amount_fen = self.read(AnswerSource::Amount, findings, |cell| {
            let wrong =
                |error: AmountError| self.fault("金额", cell, &error.to_string(), "请向银行核对");
            amount(cell, self.layout.amount).map_err(wrong)
        })?;
        fact.date = self.read(AnswerSource::Date, findings, |cell| {
            let read = date(cell, self.layout.date);
            read.ok_or_else(|| self.fault("日期", cell, "不是约定形式的日期", "请向银行核对"))
        })?;
        Some(fact)
    }

    /// A cell read into a value: present and right, absent, or wrong (then there is no fact).
    fn read<T>(
        &self,
        source: AnswerSource,
        findings: &mut Findings,
        read: impl FnOnce(&str) -> Result<T, AnswerFault>,
    ) -> Option<Option<T>> {
        match self.get(source).map(read) {
            Some(read) => findings.take(read).map(Some),
            None => Some(None),
        }
    }

    fn status(&self, word: &str, findings: &mut Findings) -> AnswerStatus {
        self.layout.status.get(word).copied().unwrap_or_else(|| {
            let reason = format!("状态词“{}”没有约定含义,按状态未知处理", shown(word));
            findings.alarm(self.row.line, reason, "请向银行核对,并在格式里补上这个词");
            AnswerStatus::Unknown
        })
    }

    /// The account as the bank wrote it, perhaps with stars; a number that a spreadsheet has spoilt
    /// is no account.
    fn account(&self, cell: &str) -> Result<String, AnswerFault> {
        match BankAccount::parse(cell) {
            Ok(account) => Ok(account.as_str().to_owned()),
            Err(BankAccountError::Exponent) => {
                let advice = "请下载银行原始文件,不要用表格软件打开另存";
                Err(self.fault("账号", cell, "是科学计数,末尾数字已经丢失", advice))
            }
            Err(_) => Ok(cell.to_owned()),
        }
    }
}

fn amount(text: &str, form: AmountForm) -> Result<i64, AmountError> {
    match form {
        AmountForm::Yuan => parse_yuan(text),
        AmountForm::Fen => parse_fen(text),
    }
}

fn date(text: &str, form: DateForm) -> Option<Date> {
    let dashed = match form {
        DateForm::Dashed => text.to_owned(),
        DateForm::Slashed if text.contains('-') => return None,
        DateForm::Slashed => text.replace('/', "-"),
        DateForm::Plain if text.len() == 8 && text.is_ascii() => {
            let (year, rest) = text.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            format!("{year}-{month}-{day}")
        }
        DateForm::Plain => return None,
    };
    parse_date(&dashed).ok()
}
