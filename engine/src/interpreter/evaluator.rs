//! The recursion over checked expressions.

use std::sync::Arc;

use zhida_policies::measure::Binding;
use zhida_policies::measure::BindingId;
use zhida_policies::measure::expression::{Comparison, Expr, ExprKind, Test, Value};
use zhida_policies::measure::library::Library;
use zhida_policies::span::Span;
use zhida_policies::values::{Number, Period};
use zhida_policies::vocabulary::FactId;

use crate::facts::{Facts, Reading, Record};
use crate::interpreter::Context;
use crate::interpreter::arithmetic;
use crate::interpreter::comparing::compare_evaluated;
use crate::interpreter::evaluation::{Evaluation, Lack, UndefinedReason};
use crate::interpreter::trace::{Step, TraceBuilder};
use crate::interpreter::truth::{Junction, Truth};

/// The evaluation of one measure for one enterprise.
pub(super) struct Evaluator<'a> {
    pub(super) library: &'a Library,
    pub(super) facts: &'a dyn Facts,
    pub(super) context: Context,
    /// The bindings of the measure.
    pub(super) bindings: &'a [Binding],
    /// What each binding came to, once it has been asked for.
    memo: Vec<Memo>,
    /// The records at hand, the innermost aggregate last.
    pub(super) records: Vec<CurrentRecord>,
    /// Present when every step is to be recorded.
    pub(super) trace: Option<TraceBuilder>,
}

/// What is known of one binding so far.
#[derive(Clone)]
enum Memo {
    NotAsked,
    /// It is being evaluated; asking again would never end.
    Running,
    Done(Evaluation),
}

/// The record that field names refer to.
pub(super) struct CurrentRecord {
    pub(super) list: FactId,
    pub(super) period: Period,
    pub(super) index: usize,
    pub(super) records: Arc<[Record]>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(
        library: &'a Library,
        facts: &'a dyn Facts,
        context: Context,
        bindings: &'a [Binding],
    ) -> Self {
        let memo = vec![Memo::NotAsked; bindings.len()];
        Self {
            library,
            facts,
            context,
            bindings,
            memo,
            records: Vec::new(),
            trace: None,
        }
    }

    /// Whether operands that cannot change the result may be left out.
    pub(super) fn may_stop_early(&self) -> bool {
        self.trace.is_none()
    }

    /// What an expression comes to.
    pub(super) fn evaluate(&mut self, expr: &Expr) -> Evaluation {
        if self.trace.is_none() {
            return self.evaluate_kind(expr);
        }
        self.open();
        let result = self.evaluate_kind(expr);
        let step = self.step_of(expr);
        self.close(step, expr.span, &result);
        result
    }

    /// Begins a step of the trace, if there is one.
    pub(super) fn open(&mut self) {
        if let Some(trace) = &mut self.trace {
            trace.open();
        }
    }

    /// Ends a step of the trace, if there is one.
    pub(super) fn close(&mut self, step: Step, span: Span, result: &Evaluation) {
        if let Some(trace) = &mut self.trace {
            trace.close(step, span, result.clone());
        }
    }

    fn evaluate_kind(&mut self, expr: &Expr) -> Evaluation {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Literal(value) => Evaluation::Known(value.clone()),
            ExprKind::Unknown => Evaluation::nothing(),
            ExprKind::Fact(read) => self.read_fact(*read, span),
            ExprKind::Field(list, field) => self.read_field(*list, *field, span),
            ExprKind::Binding(binding) => self.binding(*binding, span),
            ExprKind::Parameter(parameter, day) => self.parameter(*parameter, *day, span),
            ExprKind::AssessmentYear => Evaluation::Known(Value::Number(Number::from_i64(
                i64::from(self.context.year),
            ))),
            ExprKind::AsOf => Evaluation::Known(Value::Date(self.context.as_of)),
            ExprKind::Negate(operand) => self.negate(operand, span),
            ExprKind::Not(operand) => self.truth(operand).negate().into(),
            ExprKind::And(operands) => self.junction(Junction::all(), operands),
            ExprKind::Or(operands) => self.junction(Junction::any(), operands),
            ExprKind::Compare(comparison, left, right) => {
                self.compare(*comparison, left, right, span)
            }
            ExprKind::Arithmetic(operation, left, right) => {
                let (left, right) = (self.evaluate(left), self.evaluate(right));
                arithmetic::combine(*operation, &left, &right, span)
            }
            ExprKind::If(condition, then, otherwise) => self.choose(condition, then, otherwise),
            ExprKind::In(subject, tests) => self.is_in(subject, tests),
            ExprKind::Contains(whole, part) => self.contains(whole, part, span),
            ExprKind::Call(function, arguments) => self.call(*function, arguments, span),
            ExprKind::Missing(operand) => self.is_missing(operand),
            ExprKind::Item(sequence, place) => self.item(sequence, place, span),
            ExprKind::Sequence(items) => self.sequence(items),
            ExprKind::Step(subject, rows) => self.step(subject, rows, span),
            ExprKind::Marginal(subject, bands) => self.marginal(subject, bands, span),
            ExprKind::Table(table) => self.table(table, span),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, span),
            ExprKind::Paid(measure, period) => self.paid(measure, *period),
            ExprKind::Invalid => Evaluation::undefined(UndefinedReason::InvalidRule, span),
        }
    }

    /// What a condition comes to.
    pub(super) fn truth(&mut self, expr: &Expr) -> Truth {
        Truth::of(self.evaluate(expr), expr.span)
    }

    /// `且` or `或`.
    fn junction(&mut self, mut junction: Junction, operands: &[Expr]) -> Evaluation {
        for operand in operands {
            let truth = self.truth(operand);
            junction.add(truth);
            if junction.is_decided() && self.may_stop_early() {
                break;
            }
        }
        junction.finish().into()
    }

    /// A binding, evaluated once for each decision.
    pub(super) fn binding(&mut self, BindingId(place): BindingId, span: Span) -> Evaluation {
        let invalid = Evaluation::undefined(UndefinedReason::InvalidRule, span);
        let bindings = self.bindings;
        let (Some(binding), Some(memo)) = (bindings.get(place), self.memo.get_mut(place)) else {
            return invalid;
        };
        match memo {
            Memo::Done(evaluation) => return evaluation.clone(),
            Memo::Running => return invalid,
            Memo::NotAsked => *memo = Memo::Running,
        }
        // A binding never sees the record of the aggregate that happens to ask for it first.
        let records = std::mem::take(&mut self.records);
        let evaluation = self.evaluate(&binding.expression);
        self.records = records;
        if let Some(memo) = self.memo.get_mut(place) {
            *memo = Memo::Done(evaluation.clone());
        }
        evaluation
    }

    fn negate(&mut self, operand: &Expr, span: Span) -> Evaluation {
        let operand = self.evaluate(operand);
        arithmetic::negate(operand, span)
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Evaluation {
        let left = self.evaluate(left);
        let right = self.evaluate(right);
        compare_evaluated(comparison, &left, &right, span).into()
    }

    /// `如果`: the branch that the condition names. Where the condition does not name one, both
    /// branches are possible, and only a value that both have is sure.
    fn choose(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Evaluation {
        let lack = match self.truth(condition) {
            Truth::True => return self.evaluate(then),
            Truth::False => return self.evaluate(otherwise),
            Truth::Unknown(missing) => Lack {
                missing: Some(missing),
                undefined: None,
            },
            Truth::Undefined(undefined) => Lack {
                missing: None,
                undefined: Some(undefined),
            },
        };
        let outcomes = vec![self.evaluate(then), self.evaluate(otherwise)];
        super::choice::among(outcomes, lack)
    }

    /// `属于`, `介于`
    fn is_in(&mut self, subject: &Expr, tests: &[Test]) -> Evaluation {
        let span = subject.span;
        let subject = self.evaluate(subject);
        self.any_test(&subject, tests, span).into()
    }

    fn contains(&mut self, whole: &Expr, part: &Expr, span: Span) -> Evaluation {
        let whole = self.evaluate(whole);
        let part = self.evaluate(part);
        self.holds(&whole, &part, span).into()
    }

    /// `缺失`: what can never be told is not missing, it stays without value.
    pub(super) fn is_missing(&mut self, operand: &Expr) -> Evaluation {
        // The records of a list fact are no value, and yet they are there.
        if let ExprKind::Fact(read) = &operand.kind {
            let first = self.range(*read).first;
            if matches!(self.facts.read(read.fact, first), Reading::Records(_)) {
                return Evaluation::boolean(false);
            }
        }
        match self.evaluate(operand) {
            Evaluation::Known(_) => Evaluation::boolean(false),
            Evaluation::Unknown(_) => Evaluation::boolean(true),
            undefined @ Evaluation::Undefined(_) => undefined,
        }
    }

    /// The item of a sequence at a place from 1, or from −1 at the end; none there is `null`.
    fn item(&mut self, sequence: &Expr, place: &Expr, span: Span) -> Evaluation {
        let sequence = self.evaluate(sequence);
        let place = self.evaluate(place);
        let mut lack = Lack::default();
        lack.note(&sequence);
        lack.note(&place);
        let (Some(sequence), Some(place)) = (sequence.known(), place.known()) else {
            return lack
                .result(Default::default)
                .unwrap_or_else(Evaluation::nothing);
        };
        let Value::Number(place) = place else {
            return Evaluation::undefined(UndefinedReason::WrongType, span);
        };
        let items = match sequence {
            Value::Sequence(items) => &items[..],
            Value::Money(_)
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Date(_)
            | Value::Duration(_)
            | Value::Text(_)
            | Value::Set(_)
            | Value::Test(_) => std::slice::from_ref(sequence),
        };
        let place = place
            .to_i64()
            .and_then(|place| isize::try_from(place).ok())
            .unwrap_or(0);
        let index = if place < 0 {
            items.len().checked_sub(place.unsigned_abs())
        } else {
            place.unsigned_abs().checked_sub(1)
        };
        let item = index.and_then(|index| items.get(index));
        item.map_or_else(Evaluation::nothing, |item| Evaluation::Known(item.clone()))
    }

    fn sequence(&mut self, items: &[Expr]) -> Evaluation {
        let mut lack = Lack::default();
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match self.evaluate(item) {
                Evaluation::Known(value) => values.push(value),
                other @ (Evaluation::Unknown(_) | Evaluation::Undefined(_)) => lack.note(&other),
            }
        }
        let known = || Evaluation::Known(Value::Sequence(values.into()));
        lack.result(Default::default).unwrap_or_else(known)
    }
}
