//! Writes the text files of a profile: strict encoding, widths in bytes, nothing cut, nothing
//! replaced, no quotes against formulas.

use zhida_policies::values::Date;
use zhida_policies::values::bank_account::mask;

use super::{
    Allowed, AmountForm, Column, DateForm, LineEnd, Profile, Source, Split, rows, template,
};
use crate::payment_files::amount::yuan;
use crate::payment_files::file::{PaymentFile, WrittenFile, sum_fen};
use crate::payment_files::refusal::{Refusals, Refused};
use crate::payment_files::rules::{self, CheckedBlock, CheckedFile, CheckedLine};
use crate::payment_files::wording;

/// The payments of one file.
struct Part<'a> {
    number: usize,
    block: &'a CheckedBlock<'a>,
    lines: &'a [&'a CheckedLine<'a>],
    total_fen: i64,
}

/// Writes the files of a batch.
///
/// # Shape
/// One file per payer account and date; inside those, payments inside the bank before those to
/// others where the profile splits them; inside those, at most `lines_max` payments each.
/// # Units
/// Fen in; yuan with two decimals or fen in the text.
/// # Errors
/// [`Refused`] with everything that is wrong; then nothing is written.
/// # Source
/// PAYOUTS.md e3.
pub(crate) fn write(file: &PaymentFile, profile: &Profile) -> Result<Vec<WrittenFile>, Refused> {
    let checked = rules::check(file, usize::MAX)?;
    let mut refusals = Refusals::default();
    let mut files = Vec::new();
    for block in &checked.blocks {
        for group in groups(block, profile) {
            for lines in group.chunks(profile.lines_max.max(1)) {
                let number = files.len().saturating_add(1);
                let sum = sum_fen(lines.iter().map(|checked| checked.line));
                let part = Part {
                    number,
                    block,
                    lines,
                    // A part of a sum that fits.
                    total_fen: sum.unwrap_or(checked.total_fen),
                };
                files.push(one_file(&checked, &part, profile, &mut refusals));
            }
        }
    }
    refusals.finish()?;
    Ok(files)
}

/// The payments of a block in the groups that the profile wants.
fn groups<'a>(block: &'a CheckedBlock<'a>, profile: &Profile) -> Vec<Vec<&'a CheckedLine<'a>>> {
    let all = block.lines.iter();
    match profile.split {
        Split::None => vec![all.collect()],
        Split::InBankFirst => {
            let (inside, across): (Vec<_>, Vec<_>) =
                all.partition(|line| is_in_bank(line, profile));
            let groups = [inside, across].into_iter();
            groups.filter(|group| !group.is_empty()).collect()
        }
    }
}

fn is_in_bank(line: &CheckedLine<'_>, profile: &Profile) -> bool {
    let code = line.cnaps.as_str();
    profile
        .own_bank_codes
        .iter()
        .any(|own| code.starts_with(own.as_str()))
}

fn one_file(
    checked: &CheckedFile<'_>,
    part: &Part<'_>,
    profile: &Profile,
    refusals: &mut Refusals,
) -> WrittenFile {
    refusals.at_file();
    if part.lines.len() < profile.lines_min {
        let reason = format!("少于每个文件 {} 笔的下限", profile.lines_min);
        let count = part.lines.len().to_string();
        refusals.add("笔数", &count, reason, "请与其他批次合并,或改用单笔付款");
    }
    let value = |place: &str| place_value(place, checked, part, profile);
    let mut file = Lines::new(profile);
    if !profile.first_row.is_empty() {
        file.totals(
            profile
                .first_row
                .iter()
                .map(|cell| template::filled(cell, value)),
            refusals,
        );
    }
    if profile.header {
        file.totals(
            profile.columns.iter().map(|column| column.title.clone()),
            refusals,
        );
    }
    for (number, line) in (1..).zip(part.lines) {
        refusals.at(line.place, &line.line.end_to_end_id);
        refuse_unnamed_banks(profile, part.block, line, refusals);
        let cells = profile.columns.iter().map(|column| {
            let text = cell_text(column, number, checked, part, line, profile);
            (column, text)
        });
        file.payment(cells, refusals);
    }
    refusals.at_file();
    if !profile.last_row.is_empty() {
        file.totals(
            profile
                .last_row
                .iter()
                .map(|cell| template::filled(cell, value)),
            refusals,
        );
    }
    let name = template::filled(&profile.file_name, value);
    let lines: Vec<_> = part.lines.iter().map(|checked| checked.line).collect();
    WrittenFile::new(name, file.bytes, &lines, part.total_fen)
}

/// The value of a place in a file name or a row of totals.
fn place_value(
    place: &str,
    checked: &CheckedFile<'_>,
    part: &Part<'_>,
    profile: &Profile,
) -> Option<String> {
    match place {
        "message_id" => Some(checked.file.message_id.clone()),
        "part" => Some(format!("{:02}", part.number)),
        "count" => Some(part.lines.len().to_string()),
        "sum" => Some(amount_text(part.total_fen, profile.amount)),
        "payer_account" => Some(part.block.payer_account.as_str().to_owned()),
        "payer_name" => Some(part.block.block.payer.name.clone()),
        "date" => Some(date_text(part.block.block.execution_date, profile.date)),
        "sealed_date" => Some(date_text(checked.sealed_on, profile.date)),
        "initiator_name" => Some(checked.file.initiator.name.clone()),
        _ => None,
    }
}

/// A form with a column for the name of a bank wants it of every payment.
fn refuse_unnamed_banks(
    profile: &Profile,
    block: &CheckedBlock<'_>,
    line: &CheckedLine<'_>,
    refusals: &mut Refusals,
) {
    for column in &profile.columns {
        let (name, help) = match column.source {
            Source::PayeeBankName => (
                &line.line.payee_bank_name,
                "请补登开户行名(zhida payout payee)并由企业重新确认",
            ),
            Source::PayerBankName => (
                &block.block.payer.bank_name,
                "请换用不需要付款行名的文件格式",
            ),
            _ => continue,
        };
        if name.as_ref().is_none_or(|name| name.trim().is_empty()) {
            let reason = "为空,而这一文件格式要求填写".to_owned();
            refusals.add(&column.title, "", reason, help);
        }
    }
}

fn cell_text(
    column: &Column,
    number: usize,
    checked: &CheckedFile<'_>,
    part: &Part<'_>,
    payment: &CheckedLine<'_>,
    profile: &Profile,
) -> String {
    let (line, block) = (payment.line, part.block);
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    match column.source {
        Source::Number => number.to_string(),
        Source::Constant => column.text.clone(),
        Source::Route if is_in_bank(payment, profile) => profile.in_bank_word.clone(),
        Source::Route => profile.cross_bank_word.clone(),
        Source::PayerAccount => block.payer_account.as_str().to_owned(),
        Source::PayerName => block.block.payer.name.clone(),
        Source::PayerCnaps => block.payer_cnaps.as_str().to_owned(),
        Source::PayerBankName => optional(&block.block.payer.bank_name),
        Source::PayeeAccount => payment.account.as_str().to_owned(),
        Source::PayeeName => line.payee_name.clone(),
        Source::PayeeCnaps => payment.cnaps.as_str().to_owned(),
        Source::PayeeBankName => optional(&line.payee_bank_name),
        Source::PayeeUscc => payment
            .uscc
            .map(|uscc| uscc.to_string())
            .unwrap_or_default(),
        Source::PayeeResidentId => {
            let id = payment.resident_id.as_ref();
            id.map(|id| id.as_str().to_owned()).unwrap_or_default()
        }
        Source::Amount => amount_text(line.amount_fen, profile.amount),
        Source::Currency => "CNY".to_owned(),
        Source::PurposeCode => optional(&line.purpose_code),
        Source::Remittance => line.remittance.clone(),
        Source::Reference => payment.reference.clone(),
        Source::EndToEndId => line.end_to_end_id.clone(),
        Source::InstructionId => optional(&line.instruction_id),
        Source::MessageId => checked.file.message_id.clone(),
        Source::ExecutionDate => date_text(block.block.execution_date, profile.date),
        Source::SealedDate => date_text(checked.sealed_on, profile.date),
        Source::InitiatorName => checked.file.initiator.name.clone(),
        Source::InitiatorUscc => checked.initiator_uscc.to_string(),
    }
}

fn amount_text(fen: i64, form: AmountForm) -> String {
    match form {
        AmountForm::Yuan => yuan(fen),
        AmountForm::Fen => fen.to_string(),
    }
}

fn date_text(date: Date, form: DateForm) -> String {
    let dashed = date.to_string();
    match form {
        DateForm::Dashed => dashed,
        DateForm::Plain => dashed.replace('-', ""),
        DateForm::Slashed => dashed.replace('-', "/"),
    }
}

/// The bytes of a file as they grow.
struct Lines<'a> {
    profile: &'a Profile,
    bytes: Vec<u8>,
}

impl<'a> Lines<'a> {
    fn new(profile: &'a Profile) -> Self {
        let mark: &[u8] = if profile.byte_order_mark {
            b"\xEF\xBB\xBF"
        } else {
            b""
        };
        Self {
            profile,
            bytes: mark.to_vec(),
        }
    }

    /// A row that is not a payment.
    fn totals(&mut self, cells: impl Iterator<Item = String>, refusals: &mut Refusals) {
        let row: Vec<Vec<u8>> = cells
            .map(|text| self.encoded("标题或合计行", &text, &text, refusals))
            .collect();
        self.row(&row);
    }

    fn payment<'c>(
        &mut self,
        cells: impl Iterator<Item = (&'c Column, String)>,
        refusals: &mut Refusals,
    ) {
        let row: Vec<Vec<u8>> = cells
            .map(|(column, text)| self.checked_cell(column, &text, refusals))
            .collect();
        self.row(&row);
    }

    fn checked_cell(&self, column: &Column, text: &str, refusals: &mut Refusals) -> Vec<u8> {
        let secret = [
            Source::PayeeAccount,
            Source::PayerAccount,
            Source::PayeeResidentId,
        ];
        let shown = match secret.contains(&column.source) {
            true => mask(text),
            false => text.to_owned(),
        };
        if text.is_empty() {
            if !column.optional {
                refusals.add(&column.title, "", "为空".to_owned(), "请补齐收款资料");
            }
            return Vec::new();
        }
        if let Some(found) = text.chars().find(|found| !column.allowed.has(*found)) {
            let reason = format!("含有本列不允许的字符{}", wording::character(found));
            refusals.add(
                &column.title,
                &shown,
                reason,
                "请核对后更正,或换用其他付款格式",
            );
        }
        let bytes = self.encoded(&column.title, text, &shown, refusals);
        let width = self
            .profile
            .encoding
            .encode(text)
            .map_or(0, |bytes| bytes.len());
        if width > column.bytes_max {
            let reason = format!("占 {width} 字节,超过银行规定的 {} 字节", column.bytes_max);
            refusals.add(
                &column.title,
                &shown,
                reason,
                "程序不会截断;请缩短或换用其他付款格式",
            );
        }
        bytes
    }

    /// The bytes of a cell; what cannot be written is refused.
    fn encoded(&self, title: &str, text: &str, shown: &str, refusals: &mut Refusals) -> Vec<u8> {
        let Profile {
            separator,
            quoting,
            encoding,
            ..
        } = self.profile;
        let Some(written) = rows::cell(text, *separator, *quoting) else {
            let reason = "含有分隔符、引号或换行,会使整行错位".to_owned();
            refusals.add(title, shown, reason, "请核对后更正,或换用其他付款格式");
            return Vec::new();
        };
        encoding.encode(&written).unwrap_or_else(|missing| {
            let name = encoding.name();
            let found = wording::character(missing.0);
            let reason = format!("含有 {name} 没有的字符{found}");
            let advice = "请改用 GB18030 或 UTF-8 的付款格式;程序不会替换或删字";
            refusals.add(title, shown, reason, advice);
            Vec::new()
        })
    }

    fn row(&mut self, cells: &[Vec<u8>]) {
        let mut separator = [0; 4];
        // Separators are ASCII, one and the same byte in every set.
        let separator = self
            .profile
            .separator
            .encode_utf8(&mut separator)
            .as_bytes();
        self.bytes.extend_from_slice(&cells.join(separator));
        self.bytes.extend_from_slice(match self.profile.line_end {
            LineEnd::CrLf => b"\r\n",
            LineEnd::Lf => b"\n",
        });
    }
}

impl Allowed {
    fn has(self, character: char) -> bool {
        let digit = character.is_ascii_digit();
        match self {
            Allowed::Text => true,
            Allowed::TextWithoutBlanks => !character.is_whitespace(),
            Allowed::Digits => digit,
            Allowed::Account => digit || character == '-',
            Allowed::Amount => digit || character == '.',
            Allowed::Identity => character.is_ascii_alphanumeric() || character == '-',
        }
    }
}
