//! "What would I get if …": a form of the facts that a measure reads, decided by the interpreter.
//!
//! What is typed is read as a file of one enterprise would be, by the same importer: nothing is
//! guessed, and a field that is left empty stays unknown.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use zhida_engine::explain::{Explanation, words};
use zhida_engine::import::{EncodingChoice, ImportOptions, import_reader};
use zhida_engine::interpreter::{Context, Interpreter, PeriodRange};
use zhida_engine::snapshot::{ColumnKey, Ledger, LedgerEntry, Snapshot};
use zhida_policies::measure::expression::ExprKind;
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Measure, MeasureRef};
use zhida_policies::syntax::ast::PaidPeriodSyntax;
use zhida_policies::values::{Date, Money, Period, Uscc};
use zhida_policies::vocabulary::{Absent, Fact, FactType, Tree};

use super::rules::reads;
use crate::failure::Failure;

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A line of text.
    Line,
    /// A number or an amount.
    Figure,
    /// A day.
    Day,
    /// Yes, no, or not known.
    YesNo,
    /// One of these.
    Choice(Vec<String>),
    /// Any of these.
    Several(Vec<String>),
    /// Records, as JSON.
    Records,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CalculatorField {
    /// Its name in the form.
    pub(crate) key: String,
    /// What people read.
    pub(crate) label: String,
    /// The unit.
    pub(crate) unit: String,
    /// The department that owns it.
    pub(crate) owner: String,
    /// What exactly is asked, and how it is written.
    pub(crate) hint: String,
    /// How it is filled in.
    pub(crate) entry: Entry,
    /// What was filled in.
    pub(crate) value: String,
    /// What is wrong with it.
    pub(crate) fault: Option<String>,
}

impl CalculatorField {
    /// Whether several choices may be taken.
    pub(crate) fn is_several(&self) -> bool {
        matches!(self.entry, Entry::Several(_))
    }

    /// Whether it is yes, no or not known.
    pub(crate) fn is_yes_no(&self) -> bool {
        self.entry == Entry::YesNo
    }

    /// Whether it holds records.
    pub(crate) fn is_records(&self) -> bool {
        self.entry == Entry::Records
    }

    /// Whether it is a number or an amount.
    pub(crate) fn is_figure(&self) -> bool {
        self.entry == Entry::Figure
    }

    /// The choices; none where there are no fixed ones.
    pub(crate) fn choices(&self) -> &[String] {
        match &self.entry {
            Entry::Choice(members) | Entry::Several(members) => members,
            Entry::Line | Entry::Figure | Entry::Day | Entry::YesNo | Entry::Records => &[],
        }
    }

    /// Whether a choice was taken.
    pub(crate) fn has(&self, choice: &str) -> bool {
        self.value.split('|').any(|taken| taken == choice)
    }
}

/// What was typed, field by field; a field may come several times.
pub(crate) type Typed = BTreeMap<String, Vec<String>>;

/// The field of what was paid before.
const PAID: &str = "paid";
/// The field of the assessment year.
pub(crate) const YEAR: &str = "year";
/// The most periods of one read that get a field each.
const PERIODS_MAX: usize = 12;

/// The form and its outcome.
pub(crate) struct Calculation {
    /// The assessment year.
    pub(crate) year: i32,
    /// What is wrong with the year.
    pub(crate) year_fault: Option<String>,
    /// The fields.
    pub(crate) fields: Vec<CalculatorField>,
    /// The explanation, where something was filled in and nothing is wrong.
    pub(crate) explanation: Option<Explanation>,
}

impl Calculation {
    /// The form of a measure with what was typed, and what it comes to.
    ///
    /// # Errors
    /// What the importer says of the line as a whole.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are all told alike"
    )]
    pub(crate) fn of(
        library: &Library,
        measure: &Measure,
        (usual_year, as_of): (i32, Date),
        typed: Option<&Typed>,
    ) -> Result<Self, Failure> {
        let usual = usual_year_of(measure, usual_year);
        let (year, year_fault) = match typed.and_then(|typed| first(typed, YEAR)) {
            None | Some("") => (usual, None),
            Some(text) => match text.trim().parse::<i32>() {
                Ok(year) if (1990..=2999).contains(&year) => (year, None),
                Ok(_) | Err(_) => (usual, Some("年度写成四位数字,如 2025".to_owned())),
            },
        };
        let mut found = Self {
            year,
            year_fault,
            fields: fields(library, measure, year),
            explanation: None,
        };
        // A year alone opens the form of that year.
        let is_filled = |typed: &&Typed| typed.keys().any(|key| key != YEAR);
        let Some(typed) = typed.filter(is_filled) else {
            return Ok(found);
        };
        for field in &mut found.fields {
            field.value = match field.entry {
                Entry::Several(_) => typed.get(&field.key).map_or_else(String::new, |all| {
                    let taken = all.iter().filter(|one| !one.is_empty());
                    taken.map(String::as_str).collect::<Vec<&str>>().join("|")
                }),
                _ => first(typed, &field.key).unwrap_or_default().to_owned(),
            };
        }
        let context = Context { year, as_of };
        found.decide(library, measure, context)?;
        Ok(found)
    }

    fn decide(
        &mut self,
        library: &Library,
        measure: &Measure,
        context: Context,
    ) -> Result<(), Failure> {
        let paid = self.paid();
        let Some(snapshot) = self.snapshot(library, measure, context, paid)? else {
            return Ok(());
        };
        let is_sound = self.fields.iter().all(|field| field.fault.is_none());
        if is_sound && self.year_fault.is_none() {
            let interpreter = Interpreter::new(library);
            let row = snapshot.row(0);
            self.explanation = Some(interpreter.explain(measure, &row, context));
        }
        Ok(())
    }

    /// What was paid before, as typed.
    fn paid(&mut self) -> Money {
        let field = self.fields.iter_mut().find(|field| field.key == PAID);
        let Some(field) = field else {
            return Money::ZERO;
        };
        let text = field.value.trim().replace([',', ','], "");
        if text.is_empty() {
            return Money::ZERO;
        }
        match text.parse::<Money>() {
            Ok(paid) if paid >= Money::ZERO => paid,
            Ok(_) | Err(_) => {
                field.fault = Some("金额写成元,最多两位小数,如 100000.00".to_owned());
                Money::ZERO
            }
        }
    }

    /// A snapshot of the one enterprise of the form.
    fn snapshot(
        &mut self,
        library: &Library,
        measure: &Measure,
        context: Context,
        paid: Money,
    ) -> Result<Option<Snapshot>, Failure> {
        let uscc = Uscc::generate("91", "110000", "MA000000")
            .map_err(|error| Failure::bad_data(error.to_string(), ""))?;
        let text = self.line(library, measure, uscc);
        let text = text.map_err(|error| Failure::bad_data(error.to_string(), "请重新填写"))?;
        let options = ImportOptions {
            year: context.year,
            as_of: Some(context.as_of),
            encoding: EncodingChoice::Utf8,
        };
        let read = import_reader(
            &mut Cursor::new(text),
            Path::new("您填写的数据"),
            &library.vocabulary,
            &library.codes,
            &options,
            &mut |_| ControlFlow::Continue(()),
        );
        let refused = |error: &dyn std::fmt::Display| {
            Failure::bad_data(format!("填写的内容读不出来:{error}"), "请核对后重新填写")
        };
        let (mut builder, report) = read.map_err(|error| refused(&error))?;
        for finding in &report.findings {
            let mut fields = self.fields.iter_mut();
            if let Some(field) = fields.find(|field| field.key == finding.column) {
                field.fault = Some(finding.message.clone());
            }
        }
        if builder.is_empty() {
            return Ok(None);
        }
        if paid > Money::ZERO {
            builder.set_ledger(ledger(measure, uscc, context, paid).map_err(|e| refused(&e))?);
        }
        builder.finish().map(Some).map_err(|error| refused(&error))
    }

    /// The file of the one enterprise.
    fn line(
        &self,
        library: &Library,
        measure: &Measure,
        uscc: Uscc,
    ) -> Result<Vec<u8>, csv::Error> {
        let mut heads = vec!["uscc".to_owned()];
        let mut cells = vec![uscc.as_str().to_owned()];
        for field in self.fields.iter().filter(|field| field.key != PAID) {
            heads.push(field.key.clone());
            // A line break is no part of any value, and would end the line.
            cells.push(field.value.replace(['\r', '\n'], " "));
        }
        let region = library.vocabulary.region_fact().map(|fact| ColumnKey {
            fact,
            period: Period::Status,
        });
        let region = region.map(|key| key.name(&library.vocabulary));
        if let Some(region) = region.filter(|region| !heads.contains(region))
            && !measure.region.is_nation()
        {
            heads.push(region);
            cells.push(measure.region.as_str().to_owned());
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&heads)?;
        writer.write_record(&cells)?;
        writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))
    }
}

fn first<'a>(typed: &'a Typed, key: &str) -> Option<&'a str> {
    typed.get(key)?.first().map(String::as_str)
}

/// The year that is usual, or the nearest one in which the measure applies.
fn usual_year_of(measure: &Measure, usual: i32) -> i32 {
    let from = i32::from(measure.validity.from.year());
    let to = measure.validity.to.map(|to| i32::from(to.year()));
    usual.max(from).min(to.unwrap_or(i32::MAX))
}

fn ledger(
    measure: &Measure,
    uscc: Uscc,
    context: Context,
    paid: Money,
) -> Result<Ledger, zhida_engine::snapshot::SnapshotError> {
    // Whatever was paid for it before: what was paid for this year is no earlier award.
    let award_year = context.year.saturating_sub(1);
    let year = i16::try_from(award_year).unwrap_or(i16::MAX);
    let entry = LedgerEntry {
        uscc: uscc.as_str().into(),
        measure: measure.id.clone(),
        award_year,
        paid_on: Date::new(year, 12, 31).unwrap_or(context.as_of),
        amount: paid,
    };
    Ledger::new(vec![entry], "试算".to_owned())
}

/// The fields of a measure in a year.
fn fields(library: &Library, measure: &Measure, year: i32) -> Vec<CalculatorField> {
    let mut found: Vec<CalculatorField> = Vec::new();
    for read in reads(measure) {
        let fact = library.vocabulary.fact(read.fact);
        let range = PeriodRange::of(read.period, year);
        for period in range.periods().take(PERIODS_MAX) {
            let key = ColumnKey {
                fact: read.fact,
                period,
            };
            let key = key.name(&library.vocabulary);
            if found.iter().all(|field| field.key != key) {
                found.push(field(key, fact, period));
            }
        }
    }
    if reads_own_payments(measure) {
        found.push(CalculatorField {
            key: PAID.to_owned(),
            label: "此前已享受本事项的金额".to_owned(),
            unit: "元".to_owned(),
            owner: "财政局".to_owned(),
            hint: "没有享受过请留空".to_owned(),
            entry: Entry::Figure,
            value: String::new(),
            fault: None,
        });
    }
    found
}

/// Whether it matters what was paid for the measure before.
fn reads_own_payments(measure: &Measure) -> bool {
    let mut is_read = measure.first_time_only;
    let conditions = measure.exceptions.iter().chain(&measure.conditions);
    let expressions = conditions.map(|condition| &condition.expression);
    for expression in expressions.chain([&measure.award.expression]) {
        expression.visit_through(&measure.bindings, &mut |node| {
            if let ExprKind::Paid(MeasureRef(id), period) = &node.kind {
                let is_always = !matches!(period, Some(PaidPeriodSyntax::Dates(..)));
                is_read |= *id == measure.id.0 && is_always;
            }
        });
    }
    is_read
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are all told alike"
)]
fn field(key: String, fact: &Fact, period: Period) -> CalculatorField {
    let label = match period {
        Period::Status => fact.name.clone(),
        Period::Year(_) | Period::Quarter(..) | Period::Month(..) => {
            format!("{}({})", fact.name, words::period(period))
        }
    };
    let (entry, how) = match &fact.fact_type {
        FactType::Money => (Entry::Figure, "写成元,可带单位,如 1.2亿元"),
        FactType::Number => (Entry::Figure, "写成数字"),
        FactType::Boolean => (Entry::YesNo, ""),
        FactType::Date => (Entry::Day, "写成 2025-03-01"),
        FactType::Text => (Entry::Line, ""),
        FactType::Code(Tree::Industry) => (Entry::Line, "写国民经济行业代码,如 C3823"),
        FactType::Code(Tree::Region) => (Entry::Line, "写区划代码,如 420606"),
        FactType::Enum(members) => (Entry::Choice(members.clone()), ""),
        FactType::Set(members) => (Entry::Several(members.clone()), ""),
        FactType::List(_) => (
            Entry::Records,
            "每条写成 {\"字段\": 值},放在 [ ] 里,用逗号隔开",
        ),
    };
    let absent = match fact.absent {
        Absent::Unknown => "不知道请留空,结果会说明缺什么",
        Absent::False => "留空即为没有",
        Absent::Zero => "留空即为零",
    };
    let parts = [fact.about.as_deref().unwrap_or_default(), how, absent];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    CalculatorField {
        key,
        label,
        unit: match fact.fact_type {
            FactType::Money => "元".to_owned(),
            _ => fact.unit.clone().unwrap_or_default(),
        },
        owner: fact.source.clone(),
        hint: parts.join(";"),
        entry,
        value: String::new(),
        fault: None,
    }
}
