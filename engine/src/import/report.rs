//! What an import could not take over, with place, value and reason.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use serde::Serialize;

use crate::import::limits::{FINDING_VALUE_CHARS_MAX, FINDINGS_MAX};
use crate::import::text::{looks_like_formula, shortened};
use crate::snapshot::{Quality, Source};

/// Why something was not taken over as it stands. The codes are published; none is reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// D01: no fact has this name.
    UnknownColumn,
    /// D02: two columns say the same.
    DuplicateColumn,
    /// D03: the period is missing, unreadable, or of another kind than the fact's.
    WrongPeriod,
    /// D04: the unit in the heading is not one of the fact's.
    UnknownUnit,
    /// D05: the row has more or fewer cells than the heading.
    FieldCount,
    /// D06: text follows a closing quotation mark.
    BrokenQuote,
    /// D07: the unified social credit code is missing or malformed.
    WrongUscc,
    /// D08: the check character of the code differs.
    UsccCheck,
    /// D09: the enterprise has a row already.
    DuplicateEnterprise,
    /// D10: the cell is not a number.
    NotANumber,
    /// D11: the number is in scientific notation.
    Scientific,
    /// D12: the cell says that it is not a number, or infinite.
    NotFinite,
    /// D13: the sign is not a plain minus.
    WrongSign,
    /// D14: the thousands separators do not stand every three digits.
    WrongGrouping,
    /// D15: the amount has parts of a fen.
    PartFen,
    /// D16: the value does not fit.
    TooLarge,
    /// D17: the cell is neither yes nor no.
    NotBoolean,
    /// D18: there is no such day.
    NotADate,
    /// D19: there is no such region or industry.
    UnknownCode,
    /// D20: the word is not in the closed list.
    UnknownMember,
    /// D21: the cell is no list of records.
    WrongList,
    /// D22: the cell holds characters that no one can see.
    Invisible,
    /// D23: the text is too long.
    TooLong,
    /// D24: a spreadsheet would run the name as a formula.
    Formula,
    /// D25: the row has no name.
    NoName,
    /// D26: the cell holds an error of a spreadsheet.
    SheetError,
    /// D27: the heading and the cell give different units.
    UnitConflict,
}

/// What became of the place that a finding names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// Taken over; a person should look at it.
    Warning,
    /// The cell is missing; the rest of the row is taken over.
    CellMissing,
    /// The whole row is left out.
    RowRefused,
    /// The whole column is left out.
    ColumnIgnored,
}

impl Reason {
    /// All reasons, in the order of their codes.
    pub const ALL: [Self; 27] = [
        Self::UnknownColumn,
        Self::DuplicateColumn,
        Self::WrongPeriod,
        Self::UnknownUnit,
        Self::FieldCount,
        Self::BrokenQuote,
        Self::WrongUscc,
        Self::UsccCheck,
        Self::DuplicateEnterprise,
        Self::NotANumber,
        Self::Scientific,
        Self::NotFinite,
        Self::WrongSign,
        Self::WrongGrouping,
        Self::PartFen,
        Self::TooLarge,
        Self::NotBoolean,
        Self::NotADate,
        Self::UnknownCode,
        Self::UnknownMember,
        Self::WrongList,
        Self::Invisible,
        Self::TooLong,
        Self::Formula,
        Self::NoName,
        Self::SheetError,
        Self::UnitConflict,
    ];

    /// The published code.
    #[must_use]
    pub fn code(self) -> String {
        let place = Self::ALL
            .iter()
            .position(|reason| *reason == self)
            .unwrap_or(0);
        format!("D{:02}", place.saturating_add(1))
    }

    /// What it means, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::UnknownColumn => "列名不在词汇表",
            Self::DuplicateColumn => "列重复",
            Self::WrongPeriod => "期间不对",
            Self::UnknownUnit => "表头单位不认识",
            Self::FieldCount => "字段数与表头不同",
            Self::BrokenQuote => "引号后有多余文字",
            Self::WrongUscc => "统一社会信用代码无效",
            Self::UsccCheck => "统一社会信用代码校验位不符",
            Self::DuplicateEnterprise => "企业重复",
            Self::NotANumber => "不是数字",
            Self::Scientific => "科学计数法",
            Self::NotFinite => "不是有限数",
            Self::WrongSign => "负号写法不对",
            Self::WrongGrouping => "千分位写法不对",
            Self::PartFen => "金额小于一分",
            Self::TooLarge => "数值过大",
            Self::NotBoolean => "不是“是/否”",
            Self::NotADate => "不是日期",
            Self::UnknownCode => "代码不存在",
            Self::UnknownMember => "不在取值清单",
            Self::WrongList => "明细格式不对",
            Self::Invisible => "含不可见字符",
            Self::TooLong => "文本过长",
            Self::Formula => "名称像公式",
            Self::NoName => "没有企业名称",
            Self::SheetError => "表格错误值",
            Self::UnitConflict => "单位写了两次",
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.code())
    }
}

/// One thing that was not taken over as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The row as a spreadsheet numbers it; the heading is row 1.
    pub row: u64,
    /// The line of the file in which the row begins.
    pub line: u64,
    /// The heading of the column; empty for a whole row.
    pub column: String,
    /// The cell, shortened.
    pub value: String,
    /// Why.
    pub reason: Reason,
    /// What became of it.
    pub consequence: Consequence,
    /// What is wrong and what to do, for people.
    pub message: String,
}

/// The account of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// The file.
    pub source: Source,
    /// The columns taken over, by their heading, with the name they have in the snapshot.
    pub columns: BTreeMap<String, String>,
    /// Data rows read.
    pub rows_read: u64,
    /// Rows taken over.
    pub rows_accepted: u64,
    /// The findings in the order of the file, up to [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// Findings beyond that number, which are only counted.
    pub findings_omitted: u64,
    /// All findings by reason.
    pub counts: BTreeMap<Reason, u64>,
    /// All findings by what became of them.
    pub consequences: BTreeMap<Consequence, u64>,
}

impl ImportReport {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            columns: BTreeMap::new(),
            rows_read: 0,
            rows_accepted: 0,
            findings: Vec::new(),
            findings_omitted: 0,
            counts: BTreeMap::new(),
            consequences: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, mut finding: Finding) {
        let count = self.counts.entry(finding.reason).or_default();
        *count = count.saturating_add(1);
        let count = self.consequences.entry(finding.consequence).or_default();
        *count = count.saturating_add(1);
        if self.findings.len() < FINDINGS_MAX {
            finding.value = shortened(&finding.value, FINDING_VALUE_CHARS_MAX);
            finding.column = shortened(&finding.column, FINDING_VALUE_CHARS_MAX);
            self.findings.push(finding);
        } else {
            self.findings_omitted = self.findings_omitted.saturating_add(1);
        }
    }

    /// How many findings have this consequence.
    #[must_use]
    pub fn count(&self, consequence: Consequence) -> u64 {
        self.consequences.get(&consequence).copied().unwrap_or(0)
    }

    /// Whether everything was taken over without a remark.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty()
    }

    /// The summary that goes into the manifest of the snapshot.
    #[must_use]
    pub fn quality(&self) -> Quality {
        Quality {
            rows_read: self.rows_read,
            rows_refused: self.rows_read.saturating_sub(self.rows_accepted),
            cells_refused: self.count(Consequence::CellMissing),
            findings: self
                .counts
                .iter()
                .map(|(reason, count)| (reason.code(), *count))
                .collect(),
        }
    }

    /// Writes the findings as CSV for a spreadsheet: UTF-8 with a mark, and no cell that it would
    /// run as a formula.
    ///
    /// # Errors
    /// What the writer says.
    pub fn to_csv(&self, writer: &mut impl io::Write) -> io::Result<()> {
        writer.write_all("\u{FEFF}".as_bytes())?;
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(["行", "列", "值", "编号", "原因", "处理", "说明"])?;
        for finding in &self.findings {
            csv.write_record([
                finding.row.to_string(),
                harmless(&finding.column),
                harmless(&finding.value),
                finding.reason.code(),
                finding.reason.title().to_owned(),
                finding.consequence.title().to_owned(),
                harmless(&finding.message),
            ])?;
        }
        csv.flush()
    }

    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The report in a few lines, for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let refused = self.rows_read.saturating_sub(self.rows_accepted);
        let mut text = format!(
            "{}({}):读入 {} 行,导入 {} 家企业,未导入 {refused} 行;使用 {} 列。\n",
            self.source.name,
            self.source.encoding,
            self.rows_read,
            self.rows_accepted,
            self.columns.len(),
        );
        if self.is_clean() {
            text.push_str("没有发现问题。\n");
        }
        for (reason, count) in &self.counts {
            let example = self
                .findings
                .iter()
                .find(|finding| finding.reason == *reason);
            let example = example.map_or_else(String::new, |finding| {
                format!(",如第 {} 行:{}", finding.row, finding.message)
            });
            let _written = writeln!(
                text,
                "  {} {} {count} 处{example}",
                reason.code(),
                reason.title()
            );
        }
        if self.findings_omitted > 0 {
            let _written = writeln!(
                text,
                "  另有 {} 处只计数,未逐条列出。",
                self.findings_omitted
            );
        }
        text
    }
}

impl Consequence {
    /// What it means, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Warning => "照常导入,请核对",
            Self::CellMissing => "此格按缺失处理",
            Self::RowRefused => "此行未导入",
            Self::ColumnIgnored => "此列未导入",
        }
    }
}

/// A cell that no spreadsheet runs.
fn harmless(text: &str) -> String {
    if looks_like_formula(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
