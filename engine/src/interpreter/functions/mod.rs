//! The functions of the notation, as FEEL defines them.

mod dates;
mod lists;
mod numbers;
mod texts;

use zhida_policies::measure::expression::{Comparison, Expr, ExprKind, Value};
use zhida_policies::span::Span;
use zhida_policies::syntax::words::Function;
use zhida_policies::values::RoundingMode;

use crate::interpreter::arithmetic::Unit;
use crate::interpreter::bounds::Bounds;
use crate::interpreter::comparing::compare_evaluated;
use crate::interpreter::evaluation::{Evaluation, Lack, UndefinedReason};
use crate::interpreter::evaluator::Evaluator;
use crate::interpreter::shape;
use crate::interpreter::truth::{Junction, Truth};

/// What a function gives for known arguments: a value, `None` for FEEL's `null`, or nothing.
type Outcome = Result<Option<Value>, UndefinedReason>;

/// The functions by what they look at.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// The items of a list.
    Items(ItemsFunction),
    /// `存在`
    Any,
    /// `全部`
    All,
    /// A number and its decimal places.
    Rounding(RoundingMode),
    /// `绝对值`
    Absolute,
    /// Other functions of numbers.
    Number,
    /// Dates, or the parts of one.
    Date,
    /// Texts.
    Text,
    /// `string join`, which leaves out what is `null`.
    StringJoin,
    /// `number`, whose separators may be `null`.
    ToNumber,
    /// `缺失`
    Missing,
    /// `同为`
    Is,
}

/// The functions over the items of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemsFunction {
    Min,
    Max,
    Sum,
    Count,
    Mean,
    Median,
    Mode,
    Product,
}

/// The functions of one number whose bounds follow from those of the number.
#[derive(Clone, Copy)]
enum Bounded {
    Rounding(RoundingMode),
    Absolute,
}

impl Kind {
    /// What a function looks at.
    pub(super) fn of(function: Function) -> Self {
        match function {
            Function::Min => Self::Items(ItemsFunction::Min),
            Function::Max => Self::Items(ItemsFunction::Max),
            Function::Sum => Self::Items(ItemsFunction::Sum),
            Function::Count => Self::Items(ItemsFunction::Count),
            Function::Mean => Self::Items(ItemsFunction::Mean),
            Function::Median => Self::Items(ItemsFunction::Median),
            Function::Mode => Self::Items(ItemsFunction::Mode),
            Function::Product => Self::Items(ItemsFunction::Product),
            Function::Any => Self::Any,
            Function::All => Self::All,
            Function::Floor => Self::Rounding(RoundingMode::Floor),
            Function::Ceiling => Self::Rounding(RoundingMode::Ceiling),
            Function::Decimal => Self::Rounding(RoundingMode::HalfEven),
            Function::RoundHalfUp => Self::Rounding(RoundingMode::HalfUp),
            Function::RoundHalfDown => Self::Rounding(RoundingMode::HalfDown),
            Function::RoundUp => Self::Rounding(RoundingMode::Up),
            Function::RoundDown => Self::Rounding(RoundingMode::Down),
            Function::Absolute => Self::Absolute,
            Function::Modulo | Function::Even | Function::Odd | Function::CompoundGrowthAtLeast => {
                Self::Number
            }
            Function::Date
            | Function::Year
            | Function::Month
            | Function::Day
            | Function::DayOfYear
            | Function::WeekOfYear => Self::Date,
            Function::EndsWith
            | Function::Contains
            | Function::StartsWith
            | Function::StringLength
            | Function::Substring
            | Function::SubstringBefore
            | Function::SubstringAfter
            | Function::UpperCase
            | Function::LowerCase
            | Function::String => Self::Text,
            Function::StringJoin => Self::StringJoin,
            Function::Number => Self::ToNumber,
            Function::Missing => Self::Missing,
            Function::Is => Self::Is,
        }
    }
}

impl Evaluator<'_> {
    /// A function call.
    pub(super) fn call(
        &mut self,
        function: Function,
        arguments: &[Expr],
        span: Span,
    ) -> Evaluation {
        match Kind::of(function) {
            Kind::Items(items_function) => {
                let items = self.items(arguments);
                lists::of_items(items_function, &items, span)
            }
            Kind::Any => self.quantified(Junction::any(), arguments, span),
            Kind::All => self.quantified(Junction::all(), arguments, span),
            Kind::StringJoin => self.string_join(arguments, span),
            Kind::ToNumber => {
                let arguments: Vec<Evaluation> = arguments
                    .iter()
                    .map(|argument| self.evaluate(argument))
                    .collect();
                texts::number(&arguments, span)
            }
            Kind::Missing => match arguments {
                [operand] => self.is_missing(operand),
                _ => Evaluation::undefined(UndefinedReason::InvalidRule, span),
            },
            Kind::Is => match arguments {
                [left, right] => {
                    let (left, right) = (self.evaluate(left), self.evaluate(right));
                    compare_evaluated(Comparison::Equal, &left, &right, span).into()
                }
                _ => Evaluation::undefined(UndefinedReason::InvalidRule, span),
            },
            Kind::Rounding(mode) => {
                self.plain_call(arguments, span, Some(Bounded::Rounding(mode)), |values| {
                    numbers::round(mode, values).map(Some)
                })
            }
            Kind::Absolute => self.plain_call(arguments, span, Some(Bounded::Absolute), |values| {
                numbers::apply(function, values)
            }),
            Kind::Number => self.plain_call(arguments, span, None, |values| {
                numbers::apply(function, values)
            }),
            Kind::Date => self.plain_call(arguments, span, None, |values| {
                dates::apply(function, values)
            }),
            Kind::Text => self.plain_call(arguments, span, None, |values| {
                texts::apply(function, values)
            }),
        }
    }

    /// A function that needs all its arguments.
    fn plain_call(
        &mut self,
        written: &[Expr],
        span: Span,
        bounded: Option<Bounded>,
        apply: impl FnOnce(&[&Value]) -> Outcome,
    ) -> Evaluation {
        let arguments: Vec<Evaluation> = written
            .iter()
            .map(|argument| self.evaluate(argument))
            .collect();
        let values: Option<Vec<&Value>> = arguments.iter().map(Evaluation::known).collect();
        if let Some(values) = values {
            return finish(apply(&values), span);
        }
        let mut lack = Lack::default();
        for argument in &arguments {
            lack.note(argument);
        }
        let unit = written
            .first()
            .map_or(Unit::One, |first| shape::unit_of(self.scope(), first));
        let bounds = || {
            let bounds = bounded.and_then(|bounded| numbers::bounds(bounded, unit, &arguments));
            bounds.unwrap_or(Bounds::NONE)
        };
        lack.result(bounds).unwrap_or_else(Evaluation::nothing)
    }

    /// The items that a function over a list looks at: its arguments, or those of the one list
    /// given. The items of a written list are looked at one by one, so that an unknown among
    /// them leaves the others known.
    fn items(&mut self, arguments: &[Expr]) -> Vec<Evaluation> {
        let [only] = arguments else {
            return arguments
                .iter()
                .map(|argument| self.evaluate(argument))
                .collect();
        };
        if let ExprKind::Sequence(items) = &only.kind {
            return items.iter().map(|item| self.evaluate(item)).collect();
        }
        match self.evaluate(only) {
            Evaluation::Known(Value::Sequence(items)) => {
                items.iter().cloned().map(Evaluation::Known).collect()
            }
            Evaluation::Known(Value::Set(members)) => members
                .iter()
                .cloned()
                .map(|text| Evaluation::Known(Value::Text(text)))
                .collect(),
            other @ (Evaluation::Known(_) | Evaluation::Unknown(_) | Evaluation::Undefined(_)) => {
                vec![other]
            }
        }
    }

    fn quantified(&mut self, mut junction: Junction, arguments: &[Expr], span: Span) -> Evaluation {
        for item in self.items(arguments) {
            junction.add(Truth::of(item, span));
        }
        junction.finish().into()
    }

    /// `string join`: FEEL leaves a `null` item out. An item that is unknown for want of a fact
    /// is not left out: the text would be a guess.
    fn string_join(&mut self, arguments: &[Expr], span: Span) -> Evaluation {
        let Some((list, rest)) = arguments.split_first() else {
            return Evaluation::undefined(UndefinedReason::InvalidRule, span);
        };
        let is_null = |item: &Evaluation| match item {
            Evaluation::Unknown(unknown) => unknown.missing.is_empty(),
            Evaluation::Known(_) | Evaluation::Undefined(_) => false,
        };
        let mut items = self.items(std::slice::from_ref(list));
        items.retain(|item| !is_null(item));
        let mut separator = rest.first().map(|separator| self.evaluate(separator));
        separator = separator.filter(|separator| !is_null(separator));
        let mut lack = Lack::default();
        for item in items.iter().chain(&separator) {
            lack.note(item);
        }
        if let Some(lacking) = lack.result(Bounds::default) {
            return lacking;
        }
        let items: Vec<&Value> = items.iter().filter_map(Evaluation::known).collect();
        finish(
            texts::join(&items, separator.as_ref().and_then(Evaluation::known)),
            span,
        )
    }
}

/// The node of a function's outcome.
fn finish(outcome: Outcome, span: Span) -> Evaluation {
    match outcome {
        Ok(Some(value)) => Evaluation::Known(value),
        Ok(None) => Evaluation::nothing(),
        Err(reason) => Evaluation::undefined(reason, span),
    }
}
