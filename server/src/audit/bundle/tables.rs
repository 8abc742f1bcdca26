//! The tables that auditors load into their own tools: CSV, XML and xlsx of the same rows.

use std::fmt::Write as _;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use zhida_engine::payouts::{Books, Moment, Payout};
use zhida_policies::values::Money;
use zhida_policies::values::bank_account::mask;

use crate::audit::bundle::Edition;
use crate::masking::{self, Audience};
use crate::payment_files::safe;

/// The most rows of a sheet, the heading included.
const SHEET_ROWS_MAX: usize = 1_048_576;

/// One table.
pub(super) struct Sheet {
    /// Its name among the entries.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) title: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

/// All tables of an archive.
pub(super) fn sheets(books: &Books, edition: Edition) -> Vec<Sheet> {
    vec![
        payouts(books, edition),
        attempts(books, edition),
        approvals(books, edition),
        batches(books),
        lines(books),
    ]
}

fn payouts(books: &Books, edition: Edition) -> Sheet {
    let row = |payout: &Payout| {
        let key = &payout.key;
        let origin = &payout.origin;
        let (name, uscc) = match edition {
            Edition::Full => (payout.enterprise.clone(), key.uscc.to_string()),
            Edition::Masked => (
                masking::enterprise_name(&payout.enterprise, Audience::Public),
                masking::uscc(key.uscc, Audience::Public),
            ),
        };
        vec![
            payout.id.to_string(),
            name,
            uscc,
            key.measure.clone(),
            payout.terms.title.clone(),
            payout.terms.document.clone(),
            key.period.clone(),
            key.supplement.to_string(),
            payout.line.to_string(),
            yuan(payout.amount),
            payout.state().chinese().to_owned(),
            origin.sweep.to_string(),
            origin
                .seal
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            origin.award.to_string(),
            origin.policies.to_string(),
            origin.snapshot.to_string(),
        ]
    };
    Sheet {
        name: "payouts",
        title: "兑付事项",
        columns: &[
            "编号",
            "企业名称",
            "统一社会信用代码",
            "事项",
            "事项名称",
            "文号",
            "期间",
            "补付次数",
            "指标",
            "金额(元)",
            "状态",
            "清算结果摘要",
            "封存摘要",
            "清单叶",
            "政策摘要",
            "快照摘要",
        ],
        rows: books.payouts().map(row).collect(),
    }
}

fn attempts(books: &Books, edition: Edition) -> Sheet {
    let mut rows = Vec::new();
    for payout in books.payouts() {
        for attempt in &payout.attempts {
            let payee = attempt.payee.as_ref().map(|payee| payee.account.clone());
            let payee = payee.unwrap_or_default();
            let said = attempt.facts.iter().map(|fact| {
                let amount = fact.amount.map(yuan).unwrap_or_default();
                let on = fact.on.map_or_else(String::new, |on| on.to_string());
                format!("{:?} {amount} {on} {}", fact.kind, fact.reference)
            });
            let said: Vec<String> = said.collect();
            rows.push(vec![
                payout.id.to_string(),
                attempt.number.to_string(),
                attempt.end_to_end_id.to_string(),
                attempt.batch.to_string(),
                yuan(attempt.amount),
                format!("{:?}", attempt.state()),
                match edition {
                    Edition::Full => payee,
                    Edition::Masked => mask(&payee),
                },
                said.join("; "),
            ]);
        }
    }
    Sheet {
        name: "attempts",
        title: "支付指令",
        columns: &[
            "兑付编号",
            "次数",
            "指令号",
            "批次",
            "金额(元)",
            "状态",
            "收款账号",
            "银行所说",
        ],
        rows,
    }
}

fn approvals(books: &Books, edition: Edition) -> Sheet {
    let person = |name: &str| match edition {
        Edition::Full => name.to_owned(),
        Edition::Masked => masking::person_name(name, Audience::Public),
    };
    let mut rows = Vec::new();
    for payout in books.payouts() {
        for signature in &payout.signatures {
            let place_of = signature.in_place_of.as_ref();
            rows.push(vec![
                payout.id.to_string(),
                signature.role.chinese().to_owned(),
                person(signature.person.as_str()),
                person(signature.user.as_str()),
                place_of.map_or_else(String::new, |other| person(other.as_str())),
                time(signature.at),
            ]);
        }
    }
    Sheet {
        name: "approvals",
        title: "审批",
        columns: &["兑付编号", "职责", "人员", "账号", "代替", "时刻(北京)"],
        rows,
    }
}

fn batches(books: &Books) -> Sheet {
    let mut rows = Vec::new();
    for batch in books.batches() {
        let files = batch.files.iter();
        let files = files.map(|file| format!("{} {}", file.name, file.digest));
        let files: Vec<String> = files.collect();
        rows.push(vec![
            batch.id.to_string(),
            batch.message_id.to_string(),
            batch.payer.to_string(),
            batch.execution.to_string(),
            batch.state.chinese().to_owned(),
            batch.items.len().to_string(),
            batch.total.map(yuan).unwrap_or_default(),
            files.join("; "),
        ]);
    }
    Sheet {
        name: "batches",
        title: "支付批次",
        columns: &[
            "批次",
            "报文号",
            "付款账户",
            "付款日",
            "状态",
            "笔数",
            "金额(元)",
            "文件和摘要",
        ],
        rows,
    }
}

fn lines(books: &Books) -> Sheet {
    let mut rows = Vec::new();
    for line in books.lines() {
        for (account, fen) in &line.balances {
            rows.push(vec![
                line.id.to_string(),
                line.fiscal_year.to_string(),
                account.name().to_owned(),
                account.chinese().to_owned(),
                yuan(Money::from_fen(*fen)),
            ]);
        }
    }
    Sheet {
        name: "balances",
        title: "账户余额",
        columns: &["指标", "年度", "科目代码", "科目", "余额(元)"],
        rows,
    }
}

fn yuan(amount: Money) -> String {
    amount.to_string()
}

/// The moment as people in Beijing read it.
fn time(at: Moment) -> String {
    let beijing = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let stamp = jiff::Timestamp::from_microsecond(at.0);
    stamp.map_or_else(
        |_| at.0.to_string(),
        |stamp| {
            let local = stamp.to_zoned(beijing).datetime();
            local.strftime("%Y-%m-%d %H:%M:%S").to_string()
        },
    )
}

impl Sheet {
    /// For spreadsheets and databases: UTF-8 with a byte-order mark, RFC 4180.
    pub(super) fn csv(&self) -> Result<Vec<u8>, String> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        let told = |error: csv::Error| error.to_string();
        writer.write_record(self.columns).map_err(told)?;
        for row in &self.rows {
            writer
                .write_record(row.iter().cloned().map(safe))
                .map_err(told)?;
        }
        writer.into_inner().map_err(|error| error.to_string())
    }

    /// One element a row, one a cell, with the name of the column.
    pub(super) fn xml(&self) -> String {
        let title = self.title;
        let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<表 名=\"{title}\">\n");
        for row in &self.rows {
            text.push_str("<行>");
            for (column, cell) in self.columns.iter().zip(row) {
                // Writing into a text cannot fail.
                let _ = write!(
                    text,
                    "<列 名=\"{}\">{}</列>",
                    escaped(column),
                    escaped(cell)
                );
            }
            text.push_str("</行>\n");
        }
        text.push_str("</表>\n");
        text
    }

    /// A workbook of text cells; what does not fit a sheet goes on in the next.
    pub(super) fn xlsx(&self) -> Result<Vec<u8>, String> {
        self.workbook().map_err(|error| error.to_string())
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        // The time of no clock: the same rows give the same bytes.
        let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
        let properties = DocProperties::new().set_title(self.title);
        workbook.set_properties(&properties.set_creation_datetime(&created));
        let text = Format::new().set_num_format("@");
        let bold = text.clone().set_bold();
        let mut parts: Vec<&[Vec<String>]> =
            self.rows.chunks(SHEET_ROWS_MAX.saturating_sub(1)).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        for (number, part) in (1u32..).zip(parts) {
            let name = match number {
                1 => self.title.to_owned(),
                _ => format!("{}{number}", self.title),
            };
            let sheet = workbook.add_worksheet().set_name(name)?;
            for (place, column) in (0u16..).zip(self.columns) {
                sheet.write_string_with_format(0, place, *column, &bold)?;
            }
            for (row, cells) in (1u32..).zip(part) {
                for (place, cell) in (0u16..).zip(cells) {
                    sheet.write_string_with_format(row, place, safe(cell.clone()), &text)?;
                }
            }
            sheet.set_freeze_panes(1, 0)?;
        }
        workbook.save_to_buffer()
    }
}

/// A text inside XML; what no XML may hold is shown as a mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(letter),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
