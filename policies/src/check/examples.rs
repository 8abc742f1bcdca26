//! From `举例` to checked examples.

use std::sync::Arc;

use crate::check::constants::constant;
use crate::check::expression::read_of;
use crate::check::scope::Scope;
use crate::check::types;
use crate::fault::{Code, Fault};
use crate::measure::example::{
    Example, ExampleFact, ExamplePaid, ExampleValue, Expected, ExpectedMissing, ExpectedSettlement,
};
use crate::measure::expression::{FactRead, PeriodRead, Value};
use crate::measure::{Measure, Validity};
use crate::span::Span;
use crate::syntax::ast::{
    ExampleItem, ExampleResult, ExampleSyntax, ExampleTarget, ExprSyntax, ExprSyntaxKind, Literal,
    Name, PaidPeriodSyntax, PeriodSyntax, Reference, YearSyntax,
};
use crate::values::{Date, Money};
use crate::vocabulary::{FactId, FactType, Field, Tree};

impl Scope<'_> {
    /// Checks one example of a measure.
    pub(crate) fn check_example(
        &mut self,
        syntax: &ExampleSyntax,
        span: Span,
        measure: &Measure,
    ) -> Option<Example> {
        let before = self.faults.len();
        self.check_settings(syntax);
        let year = self
            .number_setting(syntax, 0)
            .unwrap_or_else(|| first_year(measure.validity));
        let as_of = self
            .date_setting(syntax)
            .or_else(|| Date::new(i16::try_from(year).ok()?, 12, 31).ok());
        let mut facts = Vec::new();
        let mut paid = Vec::new();
        for item in &syntax.items {
            match &item.target {
                ExampleTarget::Fact { name, .. } if is_setting(&name.text) => {}
                ExampleTarget::Fact { name, period } => {
                    if let Some(fact) = self.example_fact(name, period.as_ref(), item) {
                        self.report_double(&fact, &facts, year, item.span);
                        facts.push(fact);
                    }
                }
                ExampleTarget::Paid { measure, period } => {
                    paid.extend(self.example_paid(measure.as_ref(), *period, item));
                }
            }
        }
        let expected = self.expected(&syntax.result)?;
        let settled = self.settlement(&syntax.settled, &expected, measure);
        if settled != ExpectedSettlement::default() {
            self.check_paid_years(&syntax.items);
        }
        (self.faults.len() == before).then_some(Example {
            year,
            as_of: as_of?,
            facts,
            paid,
            expected,
            expected_span: syntax.result_span,
            settled,
            span,
        })
    }

    /// A fact that is given twice for one period, however the period is written.
    pub(crate) fn report_double(
        &mut self,
        fact: &ExampleFact,
        earlier: &[ExampleFact],
        year: i32,
        at: Span,
    ) {
        let same = |other: &ExampleFact| {
            other.read.fact == fact.read.fact
                && in_year(other.read.period, year) == in_year(fact.read.period, year)
        };
        if earlier.iter().any(same) {
            let name = &self.globals.vocabulary.fact(fact.read.fact).name;
            self.report(
                Fault::new(Code::Z05, at, format!("举例里“{name}”给了两次"))
                    .with_help("一个期间只给一次"),
            );
        }
    }

    /// Settings that say nothing, or twice, or for a period.
    fn check_settings(&mut self, syntax: &ExampleSyntax) {
        let mut seen: Vec<&str> = Vec::new();
        for item in &syntax.items {
            let ExampleTarget::Fact { name, period } = &item.target else {
                continue;
            };
            if !is_setting(&name.text) {
                continue;
            }
            if item.value.is_none() || period.is_some() {
                self.report(Fault::new(
                    Code::Z03,
                    item.span,
                    format!("“{}”要写一个值,不带期间", name.text),
                ));
            }
            if seen.contains(&name.text.as_str()) {
                self.report(Fault::new(
                    Code::Z05,
                    item.span,
                    format!("举例里“{}”给了两次", name.text),
                ));
            }
            seen.push(&name.text);
        }
    }

    fn number_setting(&mut self, syntax: &ExampleSyntax, index: usize) -> Option<i32> {
        let item = setting(syntax, index)?;
        let value = item.value.as_ref()?;
        let lowered = self.lower(value);
        let found = match constant(&lowered.expr) {
            Some(Value::Number(number)) => number
                .to_i64()
                .and_then(|year| i32::try_from(year).ok())
                .filter(|year| (1900..=2200).contains(year)),
            _other => None,
        };
        if found.is_none() {
            self.report(Fault::new(
                Code::Z03,
                value.span,
                "年度应当是一个年份,例如 2025",
            ));
        }
        found
    }

    fn date_setting(&mut self, syntax: &ExampleSyntax) -> Option<Date> {
        let item = setting(syntax, 1)?;
        let value = item.value.as_ref()?;
        match constant(&self.lower(value).expr) {
            Some(Value::Date(date)) => Some(date),
            _other => {
                self.report(Fault::new(
                    Code::Z03,
                    value.span,
                    "基准日应当是日期,例如 2026-06-30",
                ));
                None
            }
        }
    }

    pub(crate) fn example_fact(
        &mut self,
        name: &Name,
        period: Option<&PeriodSyntax>,
        item: &ExampleItem,
    ) -> Option<ExampleFact> {
        let fact = self.example_name(name)?;
        let declared = self.globals.vocabulary.fact(fact);
        let read = match read_of(declared, period) {
            Ok(period) => FactRead { fact, period },
            Err(misfit) => {
                let at = period.map_or(name.span, |period| period.span);
                self.report(Fault::new(Code::Z07, at, misfit.text).with_help(misfit.help));
                return None;
            }
        };
        let Some(value) = &item.value else {
            return Some(ExampleFact {
                read,
                value: ExampleValue::Missing,
            });
        };
        let value = match (&declared.fact_type, &value.kind) {
            (FactType::List(fields), ExprSyntaxKind::Sequence(records)) => {
                ExampleValue::Records(self.records(fact, fields, records)?)
            }
            (FactType::List(_), _) => {
                self.report(
                    Fault::new(Code::Z03, value.span, format!("“{}”是明细", declared.name))
                        .with_help("写成“[ { 字段 = 值, … }, … ]”,没有明细写“[]”"),
                );
                return None;
            }
            (fact_type, _) => ExampleValue::Value(self.fact_value(fact, fact_type, value)?),
        };
        Some(ExampleFact { read, value })
    }

    /// An earlier payment; no reference is `本事项`.
    pub(crate) fn example_paid(
        &mut self,
        reference: Option<&Reference>,
        period: Option<PaidPeriodSyntax>,
        item: &ExampleItem,
    ) -> Option<ExamplePaid> {
        let measure = match reference {
            None => self.measure.clone(),
            Some(reference) => match self.globals.measure_ref(self.policy, reference) {
                Ok(measure) => Some(measure),
                Err(fault) => {
                    self.report(fault);
                    None
                }
            },
        };
        let Some(value) = &item.value else {
            self.report(
                Fault::new(Code::Z03, item.span, "已付的金额不会缺失")
                    .with_help("没有付过就不写这一项"),
            );
            return None;
        };
        let amount = self.constant_money(value, "已付")?;
        Some(ExamplePaid {
            measure: measure?,
            period,
            amount,
        })
    }

    fn example_name(&mut self, name: &Name) -> Option<FactId> {
        let fact = self.globals.vocabulary.find(&name.text);
        if fact.is_none() {
            let near = super::nearest::nearest(&name.text, self.globals.fact_names());
            let fault = Fault::new(Code::Z02, name.span, format!("没有叫“{}”的事实", name.text));
            self.report(match near {
                Some(near) => fault.with_help(format!("想写的是“{near}”吗?")),
                None => fault.with_help("举例里只能给词汇表里的事实"),
            });
        }
        fact
    }

    fn records(
        &mut self,
        fact: FactId,
        fields: &[Field],
        records: &[ExprSyntax],
    ) -> Option<Vec<Vec<Option<Value>>>> {
        let mut rows = Vec::with_capacity(records.len());
        for record in records {
            let ExprSyntaxKind::Record(given) = &record.kind else {
                self.report(Fault::new(
                    Code::Z03,
                    record.span,
                    "这里应当是一条记录“{ 字段 = 值, … }”",
                ));
                return None;
            };
            let mut row: Vec<Option<Value>> = vec![None; fields.len()];
            for (name, value) in given {
                let found = fields
                    .iter()
                    .position(|field| field.name == name.text || field.id == name.text);
                let Some((index, field)) =
                    found.and_then(|index| fields.get(index).map(|field| (index, field)))
                else {
                    let near = super::nearest::nearest(
                        &name.text,
                        fields.iter().map(|field| field.name.as_str()),
                    );
                    let fault = Fault::new(
                        Code::Z02,
                        name.span,
                        format!("这项明细没有叫“{}”的字段", name.text),
                    );
                    self.report(match near {
                        Some(near) => fault.with_help(format!("想写的是“{near}”吗?")),
                        None => fault,
                    });
                    return None;
                };
                let value = self.fact_value(fact, &field.field_type, value)?;
                if let Some(cell) = row.get_mut(index)
                    && cell.replace(value).is_some()
                {
                    self.report(Fault::new(
                        Code::Z05,
                        name.span,
                        format!("这条记录里“{}”给了两次", name.text),
                    ));
                }
            }
            rows.push(row);
        }
        Some(rows)
    }

    /// A constant value of the type that a fact or field declares.
    fn fact_value(
        &mut self,
        fact: FactId,
        fact_type: &FactType,
        syntax: &ExprSyntax,
    ) -> Option<Value> {
        if let FactType::Set(members) = fact_type {
            return self.set_value(members, syntax);
        }
        let wanted = types::of_fact(fact_type, fact);
        let expr = self.lower_as(syntax, &wanted, "举例的值");
        if expr.kind == crate::measure::expression::ExprKind::Invalid {
            return None;
        }
        let Some(value) = constant(&expr) else {
            self.report(Fault::new(Code::Z03, syntax.span, "举例的值应当是字面值"));
            return None;
        };
        match (fact_type, &value) {
            (FactType::Money, Value::Money(fen)) if Money::from_exact_fen(fen).is_err() => {
                self.report(Fault::new(
                    Code::Z03,
                    syntax.span,
                    "金额事实精确到分,这个值不是整分",
                ));
                None
            }
            (FactType::Code(tree), Value::Text(text)) => self.code_value(*tree, text, syntax.span),
            (FactType::Enum(members), Value::Text(text)) => {
                self.member_value(members, text, syntax.span)
            }
            _fits => Some(value),
        }
    }

    fn code_value(&mut self, tree: Tree, text: &str, at: Span) -> Option<Value> {
        match super::members::known_code(self.globals.codes, tree, text) {
            Ok(code) => Some(Value::Text(code)),
            Err(foreign) => {
                self.report(foreign.at(at));
                None
            }
        }
    }

    fn member_value(&mut self, members: &[String], text: &Arc<str>, at: Span) -> Option<Value> {
        match super::members::unlisted_member(members, text) {
            None => Some(Value::Text(Arc::clone(text))),
            Some(foreign) => {
                self.report(foreign.at(at));
                None
            }
        }
    }

    fn set_value(&mut self, members: &[String], syntax: &ExprSyntax) -> Option<Value> {
        let items: Vec<&ExprSyntax> = if let ExprSyntaxKind::Sequence(items) = &syntax.kind {
            items.iter().collect()
        } else {
            vec![syntax]
        };
        let mut found: Vec<Arc<str>> = Vec::with_capacity(items.len());
        for item in items {
            let ExprSyntaxKind::Literal(Literal::Text(text)) = &item.kind else {
                self.report(
                    Fault::new(Code::Z03, item.span, "集合的成员应当是文本")
                        .with_help("写成“[\"高新技术企业\", …]”,没有成员写“[]”"),
                );
                return None;
            };
            let text = Arc::from(text.as_str());
            self.member_value(members, &text, item.span)?;
            found.push(text);
        }
        found.sort();
        found.dedup();
        Some(Value::Set(found.into()))
    }

    fn expected(&mut self, result: &ExampleResult) -> Option<Expected> {
        match result {
            ExampleResult::Award(amount) => self
                .constant_money(amount, "举例的结果")
                .map(Expected::Award),
            ExampleResult::Ineligible => Some(Expected::Ineligible),
            ExampleResult::NotApplicable => Some(Expected::NotApplicable),
            ExampleResult::Error => Some(Expected::Error),
            ExampleResult::Undetermined(names) => {
                let mut expected = Vec::with_capacity(names.len());
                for (name, period) in names {
                    let fact = self.example_name(name)?;
                    let declared = self.globals.vocabulary.fact(fact);
                    let read = match period {
                        None => None,
                        Some(period) => match read_of(declared, Some(period)) {
                            Ok(read) => Some(FactRead { fact, period: read }),
                            Err(misfit) => {
                                self.report(
                                    Fault::new(Code::Z07, period.span, misfit.text)
                                        .with_help(misfit.help),
                                );
                                return None;
                            }
                        },
                    };
                    expected.push(ExpectedMissing { fact, read });
                }
                Some(Expected::Undetermined(expected))
            }
        }
    }
}

pub(crate) fn is_setting(name: &str) -> bool {
    super::expression::is_builtin(name)
}

/// The item that sets the assessment year (0) or the as-of date (1).
fn setting(syntax: &ExampleSyntax, index: usize) -> Option<&ExampleItem> {
    let (zh, en) = super::expression::builtin(index)?;
    syntax.items.iter().find(|item| match &item.target {
        ExampleTarget::Fact { name, .. } => name.text == zh || name.text == en,
        ExampleTarget::Paid { .. } => false,
    })
}

/// A period with its year fixed.
fn in_year(period: PeriodRead, year: i32) -> PeriodRead {
    let fixed = |written: YearSyntax| match written {
        YearSyntax::Offset(offset) => YearSyntax::Fixed(year.saturating_add(offset)),
        YearSyntax::Fixed(_) => written,
    };
    match period {
        PeriodRead::Status => PeriodRead::Status,
        PeriodRead::Year(year) => PeriodRead::Year(fixed(year)),
        PeriodRead::Quarters(year, first, last) => PeriodRead::Quarters(fixed(year), first, last),
        PeriodRead::Months(year, first, last) => PeriodRead::Months(fixed(year), first, last),
    }
}

/// The first year that lies wholly inside the validity, else the one in which it begins.
pub(crate) fn first_year(validity: Validity) -> i32 {
    let from = validity.from;
    let begins = i32::from(from.year());
    let whole = if from.month() == 1 && from.day() == 1 {
        begins
    } else {
        begins.saturating_add(1)
    };
    let ends = i16::try_from(whole)
        .ok()
        .and_then(|year| Date::new(year, 12, 31).ok());
    match (validity.to, ends) {
        (Some(to), Some(end)) if end > to => begins,
        _inside => whole,
    }
}
