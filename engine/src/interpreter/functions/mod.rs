//! The functions of the notation, as FEEL defines them.

mod dates;
mod lists;
mod numbers;
mod texts;

use zhida_policies::measure::expression::{Comparison, Expr, ExprKind, Value};
use zhida_policies::span::Span;
use zhida_policies::syntax::words::Function;

use crate::interpreter::arithmetic::Unit;
use crate::interpreter::bounds::Bounds;
use crate::interpreter::comparing::compare_evaluated;
use crate::interpreter::evaluation::{Evaluation, Lack, UndefinedReason};
use crate::interpreter::evaluator::Evaluator;
use crate::interpreter::shape;
use crate::interpreter::truth::{Junction, Truth};

/// What a function gives for known arguments: a value, `None` for FEEL's `null`, or nothing.
type Outcome = Result<Option<Value>, UndefinedReason>;

impl Evaluator<'_> {
    /// A function call.
    pub(super) fn call(&mut self, function: Function, arguments: &[Expr], span: Span) -> Evaluation {
        match function {
            Function::Min
            | Function::Max
            | Function::Sum
            | Function::Count
            | Function::Mean
            | Function::Median
            | Function::Mode
            | Function::Product => {
                let items = self.items(arguments);
                lists::of_items(function, &items, span)
            }
            Function::Any => self.quantified(Junction::any(), arguments, span),
            Function::All => self.quantified(Junction::all(), arguments, span),
            Function::StringJoin => self.string_join(arguments, span),
            Function::Number => {
                let arguments: Vec<Evaluation> =
                    arguments.iter().map(|argument| self.evaluate(argument)).collect();
                texts::number(&arguments, span)
            }
            Function::Missing => match arguments {
                [operand] => match self.evaluate(operand) {
                    Evaluation::Known(_) => Evaluation::boolean(false),
                    Evaluation::Unknown(_) => Evaluation::boolean(true),
                    undefined @ Evaluation::Undefined(_) => undefined,
                },
                _ => Evaluation::undefined(UndefinedReason::InvalidRule, span),
            },
            Function::Is => match arguments {
                [left, right] => {
                    let (left, right) = (self.evaluate(left), self.evaluate(right));
                    compare_evaluated(Comparison::Equal, &left, &right, span).into()
                }
                _ => Evaluation::undefined(UndefinedReason::InvalidRule, span),
            },
            _ => self.plain_call(function, arguments, span),
        }
    }

    /// A function that needs all its arguments.
    fn plain_call(&mut self, function: Function, written: &[Expr], span: Span) -> Evaluation {
        let arguments: Vec<Evaluation> =
            written.iter().map(|argument| self.evaluate(argument)).collect();
        let values: Option<Vec<&Value>> = arguments.iter().map(Evaluation::known).collect();
        let Some(values) = values else {
            let mut lack = Lack::default();
            for argument in &arguments {
                lack.note(argument);
            }
            let unit = written.first().map_or(Unit::One, |first| shape::unit_of(self.scope(), first));
            let bounds = || numbers::bounds(function, unit, &arguments).unwrap_or(Bounds::NONE);
            return lack.result(bounds).unwrap_or_else(Evaluation::nothing);
        };
        finish(apply(function, &values), span)
    }

    /// The items that a function over a list looks at: its arguments, or those of the one list
    /// given. The items of a written list are looked at one by one, so that an unknown among
    /// them leaves the others known.
    fn items(&mut self, arguments: &[Expr]) -> Vec<Evaluation> {
        let [only] = arguments else {
            return arguments.iter().map(|argument| self.evaluate(argument)).collect();
        };
        if let ExprKind::Sequence(items) = &only.kind {
            return items.iter().map(|item| self.evaluate(item)).collect();
        }
        match self.evaluate(only) {
            Evaluation::Known(Value::Sequence(items)) => {
                items.iter().cloned().map(Evaluation::Known).collect()
            }
            Evaluation::Known(Value::Set(members)) => {
                members.iter().cloned().map(|text| Evaluation::Known(Value::Text(text))).collect()
            }
            other => vec![other],
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
        finish(texts::join(&items, separator.as_ref().and_then(Evaluation::known)), span)
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

/// A function of known arguments.
fn apply(function: Function, arguments: &[&Value]) -> Outcome {
    match function {
        Function::Absolute
        | Function::Modulo
        | Function::Floor
        | Function::Ceiling
        | Function::Decimal
        | Function::RoundHalfUp
        | Function::RoundHalfDown
        | Function::RoundUp
        | Function::RoundDown
        | Function::Even
        | Function::Odd
        | Function::CompoundGrowthAtLeast => numbers::apply(function, arguments),
        Function::Date
        | Function::Year
        | Function::Month
        | Function::Day
        | Function::DayOfYear
        | Function::WeekOfYear => dates::apply(function, arguments),
        Function::EndsWith
        | Function::Contains
        | Function::StartsWith
        | Function::StringLength
        | Function::Substring
        | Function::SubstringBefore
        | Function::SubstringAfter
        | Function::UpperCase
        | Function::LowerCase
        | Function::String => texts::apply(function, arguments),
        Function::Min
        | Function::Max
        | Function::Sum
        | Function::Count
        | Function::Mean
        | Function::Median
        | Function::Mode
        | Function::Product
        | Function::Any
        | Function::All
        | Function::Missing
        | Function::StringJoin
        | Function::Number
        | Function::Is => Err(UndefinedReason::InvalidRule),
    }
}
