//! The rows of a file, one enterprise each.

use zhida_policies::values::{Codes, Uscc};

use crate::import::ImportError;
use crate::import::cell::CellFault;
use crate::import::header::{FactRole, Header, Role};
use crate::import::records::Record;
use crate::import::report::{Consequence, Finding, ImportReport, Reason};
use crate::import::text::{half_width, invisible, looks_like_formula};
use crate::snapshot::{Cell, EnterpriseRow, SnapshotBuilder, SnapshotError, SourceRow};

/// Takes rows over into a snapshot in the making.
pub(crate) struct RowReader<'a> {
    header: &'a Header,
    codes: &'a Codes,
    row: EnterpriseRow,
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(header: &'a Header, codes: &'a Codes) -> Self {
        Self {
            header,
            codes,
            row: EnterpriseRow::default(),
        }
    }

    /// Takes one row over, or reports why not.
    pub(crate) fn read(
        &mut self,
        record: &Record,
        builder: &mut SnapshotBuilder,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        report.rows_read = report.rows_read.saturating_add(1);
        if let Err((column, value, fault)) = self.formed(record) {
            report.add(finding(
                record,
                &column,
                &value,
                fault,
                Consequence::RowRefused,
            ));
            return Ok(());
        }
        if let Err((column, value, fault)) = self.identify(record, builder, report)? {
            report.add(finding(
                record,
                &column,
                &value,
                fault,
                Consequence::RowRefused,
            ));
            return Ok(());
        }
        self.facts(record, report)?;
        match builder.push(&self.row) {
            Ok(()) => {
                report.rows_accepted = report.rows_accepted.saturating_add(1);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the row has the cells that the heading promises.
    fn formed(&self, record: &Record) -> Result<(), Refusal> {
        let (expected, found) = (self.header.titles.len(), record.len());
        let refusal = |reason, message| {
            (
                String::new(),
                String::new(),
                CellFault::new(reason, message),
            )
        };
        if record.broken_quote {
            let message = "收尾引号后面还有文字,无法确定各格的内容;引号本身请写成两个".to_owned();
            return Err(refusal(Reason::BrokenQuote, message));
        }
        let surplus_is_empty = || {
            record
                .cells()
                .skip(expected)
                .all(|cell| cell.is_some_and(|cell| cell.trim().is_empty()))
        };
        if found < expected || (found > expected && !surplus_is_empty()) {
            let message =
                format!("表头有 {expected} 列,这一行有 {found} 格,可能错位;请检查逗号、引号和换行");
            return Err(refusal(Reason::FieldCount, message));
        }
        Ok(())
    }

    /// Finds out which enterprise the row is about.
    fn identify(
        &mut self,
        record: &Record,
        builder: &SnapshotBuilder,
        report: &mut ImportReport,
    ) -> Result<Result<(), Refusal>, ImportError> {
        self.row.uscc.clear();
        self.row.name.clear();
        let file_row =
            u32::try_from(record.row).map_err(|_| SnapshotError::TooMany { what: "行" })?;
        self.row.source = Some(SourceRow {
            file: 0,
            row: file_row,
        });
        for ((title, role), cell) in self.columns().zip(record.cells()) {
            let cell = cell.ok_or(ImportError::Changed { line: record.line })?;
            match role {
                Role::Uscc => match uscc(cell) {
                    Ok((code, None)) => self.row.uscc = code,
                    Ok((code, Some(warning))) => {
                        report.add(finding(record, title, cell, warning, Consequence::Warning));
                        self.row.uscc = code;
                    }
                    Err(fault) => return Ok(Err((title.to_owned(), cell.to_owned(), fault))),
                },
                Role::Name => {
                    self.row.name = cell.trim().to_owned();
                    if let Some(fault) = name_fault(&self.row.name) {
                        report.add(finding(record, title, cell, fault, Consequence::Warning));
                    }
                }
                Role::Fact(_) | Role::Ignored => {}
            }
        }
        if builder.contains(&self.row.uscc) {
            let message = format!("{} 前面已有一行;只用前一行,请删去重复的行", self.row.uscc);
            let fault = CellFault::new(Reason::DuplicateEnterprise, message);
            return Ok(Err((String::new(), self.row.uscc.clone(), fault)));
        }
        Ok(Ok(()))
    }

    /// Reads the facts; a wrong cell is reported and missing.
    fn facts(&mut self, record: &Record, report: &mut ImportReport) -> Result<(), ImportError> {
        self.row.cells.clear();
        self.row.cells.resize(self.header.keys.len(), Cell::Missing);
        let columns = self.header.titles.iter().zip(&self.header.roles);
        for ((title, role), cell) in columns.zip(record.cells()) {
            let Role::Fact(fact) = role else { continue };
            let FactRole { reader, place, .. } = &**fact;
            let cell = cell.ok_or(ImportError::Changed { line: record.line })?;
            match (
                reader.read(cell, self.codes),
                self.row.cells.get_mut(*place),
            ) {
                (Ok(value), Some(slot)) => *slot = value,
                (Ok(_), None) => {}
                (Err(fault), _) => {
                    report.add(finding(
                        record,
                        title,
                        cell,
                        fault,
                        Consequence::CellMissing,
                    ));
                }
            }
        }
        Ok(())
    }

    fn columns(&self) -> impl Iterator<Item = (&'a str, &'a Role)> + use<'a> {
        let header = self.header;
        header.titles.iter().map(String::as_str).zip(&header.roles)
    }
}

/// A row that is left out: the column and value that are to blame, and why.
type Refusal = (String, String, CellFault);

fn finding(
    record: &Record,
    column: &str,
    value: &str,
    fault: CellFault,
    consequence: Consequence,
) -> Finding {
    Finding {
        row: record.row,
        line: record.line,
        column: column.to_owned(),
        value: value.to_owned(),
        reason: fault.reason,
        consequence,
        message: fault.message,
    }
}

/// The code in its plain form, with a warning where a check character differs.
fn uscc(cell: &str) -> Result<(String, Option<CellFault>), CellFault> {
    let plain = half_width(cell.trim());
    let shown = if plain.is_empty() {
        "空"
    } else {
        plain.as_str()
    };
    match Uscc::parse(&plain) {
        Ok((code, None)) => Ok((code.as_str().to_owned(), None)),
        Ok((code, Some(_))) => {
            let message =
                format!("{code} 的校验位与 GB 32100 算法不符;早期代码允许,请核对是否录错");
            Ok((
                code.as_str().to_owned(),
                Some(CellFault::new(Reason::UsccCheck, message)),
            ))
        }
        Err(_) => {
            let message = format!(
                "“{shown}”不是统一社会信用代码;应为 18 位数字和大写字母(没有 I、O、S、V、Z)"
            );
            Err(CellFault::new(Reason::WrongUscc, message))
        }
    }
}

/// What a person should look at in a name. The name itself stays as it was registered.
fn name_fault(name: &str) -> Option<CellFault> {
    if name.is_empty() {
        let message = "没有企业名称;不影响计算,付款前必须补上".to_owned();
        return Some(CellFault::new(Reason::NoName, message));
    }
    if let Some(character) = invisible(name) {
        let code = u32::from(character);
        let message = format!("名称含不可见字符 U+{code:04X};请与登记名称核对");
        return Some(CellFault::new(Reason::Invisible, message));
    }
    looks_like_formula(name).then(|| {
        let message = "名称以 = + - @ 开头,会被表格软件当作公式;请与登记名称核对".to_owned();
        CellFault::new(Reason::Formula, message)
    })
}
