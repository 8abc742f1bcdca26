//! 分档 and 累进.

use zhida_policies::measure::expression::{Arithmetic, Band, Expr, TierRow, Value};
use zhida_policies::span::Span;
use zhida_policies::values::Number;

use crate::interpreter::arithmetic::{self, Unit, quantity};
use crate::interpreter::bounds::Bounds;
use crate::interpreter::choice;
use crate::interpreter::evaluation::{Evaluation, Lack, UndefinedReason};
use crate::interpreter::evaluator::Evaluator;
use crate::interpreter::trace::Step;
use crate::interpreter::truth::Truth;

impl Evaluator<'_> {
    /// `分档`: the value of the first row whose test holds.
    pub(super) fn step(&mut self, subject: &Expr, rows: &[TierRow], span: Span) -> Evaluation {
        let subject_span = subject.span;
        let subject = self.evaluate(subject);
        self.first_row(
            rows,
            |evaluator, row| evaluator.matches(&subject, &row.test, subject_span),
            |row| (&row.value, row.span),
            UndefinedReason::NoTierMatches,
            span,
        )
    }

    /// The value of the first row whose test holds. Rows before it that may hold too make the
    /// result a choice; without a row that surely holds, there may be none at all.
    pub(super) fn first_row<Row>(
        &mut self,
        rows: &[Row],
        test: impl Fn(&mut Self, &Row) -> Truth,
        value: impl Fn(&Row) -> (&Expr, Span),
        none: UndefinedReason,
        span: Span,
    ) -> Evaluation {
        let mut possible = Vec::new();
        let mut lack = Lack::default();
        for (index, row) in rows.iter().enumerate() {
            self.open();
            let truth = test(self, row);
            let (expr, row_span) = value(row);
            let outcome = match &truth {
                Truth::False => None,
                Truth::True | Truth::Unknown(_) | Truth::Undefined(_) => Some(self.evaluate(expr)),
            };
            let nothing = Evaluation::nothing();
            self.close(
                Step::Row(index.saturating_add(1)),
                row_span,
                outcome.as_ref().unwrap_or(&nothing),
            );
            let Some(outcome) = outcome else { continue };
            let is_first = possible.is_empty();
            if truth == Truth::True && is_first {
                return outcome;
            }
            possible.push(outcome);
            match truth {
                Truth::True => return choice::among(possible, lack),
                Truth::False => {}
                Truth::Unknown(missing) => lack.note_missing(&missing),
                Truth::Undefined(undefined) => lack.note_undefined(*undefined),
            }
        }
        if possible.is_empty() {
            return Evaluation::undefined(none, span);
        }
        choice::not_sure(&possible, lack)
    }

    /// `累进`: each part of the subject at the rate of its band.
    pub(super) fn marginal(&mut self, subject: &Expr, bands: &[Band], span: Span) -> Evaluation {
        let subject = self.evaluate(subject);
        match &subject {
            Evaluation::Known(value) => match quantity(value) {
                Some((unit, number)) => self.marginal_of(unit, number, bands, span),
                None => Evaluation::undefined(UndefinedReason::WrongType, span),
            },
            Evaluation::Unknown(unknown) => {
                let bounds = self.marginal_bounds(&unknown.bounds, bands);
                let mut lack = Lack::default();
                lack.note(&subject);
                lack.result(|| bounds).unwrap_or_else(Evaluation::nothing)
            }
            Evaluation::Undefined(_) => subject,
        }
    }

    /// The sum over the bands that a known subject reaches; the others do not matter.
    fn marginal_of(
        &mut self,
        unit: Unit,
        subject: &Number,
        bands: &[Band],
        span: Span,
    ) -> Evaluation {
        let (Some(first), Some(last)) = (bands.first(), bands.last()) else {
            return Evaluation::undefined(UndefinedReason::NoTierMatches, span);
        };
        if *subject < first.low {
            return Evaluation::undefined(UndefinedReason::NegativeMarginal, span);
        }
        if last.high.as_ref().is_some_and(|high| subject > high) {
            return Evaluation::undefined(UndefinedReason::NoTierMatches, span);
        }
        let mut total: Option<Evaluation> = None;
        for (index, band) in bands.iter().enumerate() {
            // The first band is always taken, so that an empty subject gives a zero of its kind.
            if index > 0 && *subject <= band.low {
                break;
            }
            self.open();
            let part = self.band_part(unit, subject, band);
            self.close(Step::Row(index.saturating_add(1)), band.span, &part);
            total = Some(match total {
                None => part,
                Some(total) => arithmetic::combine(Arithmetic::Add, &total, &part, span),
            });
        }
        total.unwrap_or_else(Evaluation::nothing)
    }

    /// The part of a subject inside one band, at its rate.
    fn band_part(&mut self, unit: Unit, subject: &Number, band: &Band) -> Evaluation {
        let end = match &band.high {
            Some(high) if high < subject => high,
            Some(_) | None => subject,
        };
        let rate = self.evaluate(&band.rate);
        match end.checked_sub(&band.low) {
            Ok(width) => arithmetic::combine(
                Arithmetic::Multiply,
                &Evaluation::Known(unit.value(width)),
                &rate,
                band.span,
            ),
            Err(overflow) => Evaluation::undefined(overflow.into(), band.span),
        }
    }

    /// The bounds for an unknown subject: where no rate is negative, more never gives less.
    fn marginal_bounds(&mut self, subject: &Bounds, bands: &[Band]) -> Bounds {
        for band in bands {
            let rate = self.evaluate(&band.rate);
            let number = rate.known().and_then(quantity).map(|(_, number)| number);
            if number.is_none_or(Number::is_negative) {
                return Bounds::NONE;
            }
        }
        let (Some(first), Some(last)) = (bands.first(), bands.last()) else {
            return Bounds::NONE;
        };
        let least = subject
            .least
            .as_ref()
            .filter(|least| **least > first.low)
            .unwrap_or(&first.low);
        // Beyond the last band there is no value at all.
        let greatest = match (&subject.greatest, &last.high) {
            (Some(greatest), Some(high)) => Some(greatest.min(high)),
            (Some(end), None) | (None, Some(end)) => Some(end),
            (None, None) => None,
        };
        let (least, greatest) = (least.clone(), greatest.cloned());
        Bounds {
            least: self.marginal_number(&least, bands),
            greatest: greatest.and_then(|greatest| self.marginal_number(&greatest, bands)),
        }
    }

    fn marginal_number(&mut self, subject: &Number, bands: &[Band]) -> Option<Number> {
        let span = bands.first()?.span;
        // The kind of the subject changes only the kind of the result, not its number; a plain
        // subject fits a rate of either kind.
        match self.marginal_of(Unit::One, subject, bands, span) {
            Evaluation::Known(Value::Money(number) | Value::Number(number)) => Some(number),
            Evaluation::Known(_) | Evaluation::Unknown(_) | Evaluation::Undefined(_) => None,
        }
    }
}
