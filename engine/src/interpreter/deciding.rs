//! From the nodes of a measure to its decision, in the order of precedence.

use std::collections::BTreeSet;

use zhida_policies::measure::expression::{FactRead, PeriodRead, Value};
use zhida_policies::measure::{Award, Condition, Measure};
use zhida_policies::span::Span;
use zhida_policies::syntax::words::RoundingWord;
use zhida_policies::values::money::MoneyError;
use zhida_policies::values::{DivisionError, Money, Number, RoundingMode};
use zhida_policies::vocabulary::FactId;

use crate::decision::{
    AwardError, AwardErrorKind, DecidedCondition, Decision, Ineligible, MissingFacts, NotApplicable,
};
use crate::facts::PaidWhen;
use crate::interpreter::applicability::{self, Whereabouts};
use crate::interpreter::bounds::Bounds;
use crate::interpreter::evaluation::{Evaluation, Lack, Undefined, UndefinedReason};
use crate::interpreter::evaluator::Evaluator;
use crate::interpreter::trace::Step;
use crate::interpreter::truth::Truth;
use crate::interpreter::{Interpreter, MissingFact};

/// Decides a measure: applicability, conditions, award, rounding.
pub(super) fn decide(
    interpreter: &Interpreter<'_>,
    measure: &Measure,
    whereabouts: &Whereabouts,
    evaluator: &mut Evaluator<'_>,
) -> Decision {
    let mut lack = Lack::default();
    let applicable = not_applicable(interpreter, measure, whereabouts, evaluator, &mut lack);
    if let Some(reason) = applicable {
        return Decision::NotApplicable(reason);
    }
    let reasons = ineligible(measure, evaluator, &mut lack);
    if !reasons.is_empty() {
        return Decision::Ineligible(reasons);
    }
    if let (Some(undefined), None) = (&lack.undefined, &lack.missing) {
        return error(AwardErrorKind::Undefined(undefined.reason), undefined.span);
    }
    let award = evaluate_award(&measure.award, evaluator);
    let may_pay_nothing = lack.missing.is_some();
    match (lack.missing, award) {
        (None, Evaluation::Known(value)) => known_award(measure, &value, evaluator),
        (None, Evaluation::Undefined(undefined)) => {
            error(AwardErrorKind::Undefined(undefined.reason), undefined.span)
        }
        (missing, award) => undetermined(
            &measure.award,
            missing.unwrap_or_default(),
            &award,
            may_pay_nothing,
        ),
    }
}

fn error(kind: AwardErrorKind, span: Span) -> Decision {
    Decision::Error(AwardError { kind, span })
}

/// Region, validity and exceptions. What they lack is noted.
fn not_applicable(
    interpreter: &Interpreter<'_>,
    measure: &Measure,
    whereabouts: &Whereabouts,
    evaluator: &mut Evaluator<'_>,
    lack: &mut Lack,
) -> Option<NotApplicable> {
    evaluator.open();
    if !measure.region.is_nation() {
        let facts = [interpreter.region_fact, interpreter.zones_fact];
        facts
            .into_iter()
            .flatten()
            .for_each(|fact| evaluator.trace_status(fact, measure.span));
    }
    evaluator.close_with(Step::Region, measure.span, || {
        whereabouts.inside.clone().into()
    });
    if whereabouts.inside == Truth::False {
        return Some(NotApplicable::Region {
            have: whereabouts.division,
            want: measure.region,
        });
    }
    note(lack, whereabouts.inside.clone());

    let (validity, year) = (measure.validity, evaluator.context.year);
    let valid = applicability::is_valid(validity, measure.cadence, year);
    evaluator.open();
    evaluator.close_with(Step::Validity, measure.span, || Evaluation::boolean(valid));
    if !valid {
        return Some(NotApplicable::Validity { year, validity });
    }

    let mut holding = Vec::new();
    for (index, exception) in measure.exceptions.iter().enumerate() {
        match judge(evaluator, exception, Step::Exception(index)) {
            Truth::True => {
                let values = evaluator.values_read(&exception.expression);
                holding.push(DecidedCondition { index, values });
            }
            other @ (Truth::False | Truth::Unknown(_) | Truth::Undefined(_)) => note(lack, other),
        }
    }
    (!holding.is_empty()).then_some(NotApplicable::Exceptions(holding))
}

/// All conditions that are false. What the others lack is noted.
fn ineligible(
    measure: &Measure,
    evaluator: &mut Evaluator<'_>,
    lack: &mut Lack,
) -> Vec<Ineligible> {
    let mut reasons = Vec::new();
    if measure.first_time_only {
        let paid = evaluator.facts.paid(&measure.id, PaidWhen::Always);
        let first_time = paid <= Money::ZERO;
        evaluator.open();
        evaluator.close_with(Step::FirstTime, measure.span, || {
            Evaluation::boolean(first_time)
        });
        if !first_time {
            reasons.push(Ineligible::AlreadyPaid { paid });
        }
    }
    for (index, condition) in measure.conditions.iter().enumerate() {
        match judge(evaluator, condition, Step::Condition(index)) {
            Truth::False => {
                let values = evaluator.values_read(&condition.expression);
                reasons.push(Ineligible::Condition(DecidedCondition { index, values }));
            }
            other @ (Truth::True | Truth::Unknown(_) | Truth::Undefined(_)) => note(lack, other),
        }
    }
    reasons
}

fn judge(evaluator: &mut Evaluator<'_>, condition: &Condition, step: Step) -> Truth {
    evaluator.open();
    let truth = evaluator.truth(&condition.expression);
    evaluator.close_with(step, condition.span, || truth.clone().into());
    truth
}

fn note(lack: &mut Lack, truth: Truth) {
    match truth {
        Truth::True | Truth::False => {}
        Truth::Unknown(missing) => lack.note_missing(&missing),
        Truth::Undefined(undefined) => lack.note_undefined(*undefined),
    }
}

fn evaluate_award(award: &Award, evaluator: &mut Evaluator<'_>) -> Evaluation {
    evaluator.open();
    let evaluation = evaluator.evaluate(&award.expression);
    evaluator.close_with(Step::Award, award.span, || evaluation.clone());
    match evaluation {
        Evaluation::Known(Value::Money(_)) | Evaluation::Unknown(_) | Evaluation::Undefined(_) => {
            evaluation
        }
        Evaluation::Known(_) => {
            Evaluation::undefined(UndefinedReason::WrongType, award.expression.span)
        }
    }
}

/// The exact money rounded as the measure declares.
fn round(award: &Award, fen: &Number) -> Result<Number, DivisionError> {
    let mode = match award.rounding {
        RoundingWord::HalfUp => RoundingMode::HalfUp,
        RoundingWord::Down => RoundingMode::Down,
        RoundingWord::Up => RoundingMode::Up,
    };
    fen.round_to_multiple(&Number::from_i64(award.unit.fen()), mode)
}

fn known_award(measure: &Measure, value: &Value, evaluator: &mut Evaluator<'_>) -> Decision {
    let (award, span) = (&measure.award, measure.award.span);
    let Value::Money(exact) = value else {
        return error(AwardErrorKind::Undefined(UndefinedReason::WrongType), span);
    };
    // The sign is judged before rounding: a negative award that rounds to nothing is an error.
    if exact.is_negative() {
        return error(AwardErrorKind::NegativeAward, span);
    }
    let rounded = match round(award, exact) {
        Ok(rounded) => rounded,
        Err(overflow) => return error(AwardErrorKind::Undefined(overflow.into()), span),
    };
    evaluator.open();
    evaluator.close_with(Step::Rounding, span, || {
        Evaluation::Known(Value::Money(rounded.clone()))
    });
    match Money::from_exact_fen(&rounded) {
        Ok(money) if money.is_zero() => Decision::Ineligible(vec![Ineligible::AwardIsZero]),
        Ok(money) => Decision::Eligible {
            award: money,
            kind: award.kind,
        },
        Err(MoneyError::NotAnAmount | MoneyError::NotWholeFen | MoneyError::Overflow) => {
            error(AwardErrorKind::AwardTooLarge, span)
        }
    }
}

/// What is missing, and between what the money must lie. Nothing is paid where a condition or an
/// exception may still fail it.
fn undetermined(
    award: &Award,
    mut missing: BTreeSet<MissingFact>,
    evaluation: &Evaluation,
    may_pay_nothing: bool,
) -> Decision {
    if let Evaluation::Unknown(unknown) = evaluation {
        missing.extend(unknown.missing.iter().copied());
    }
    let (least, greatest) = payable_bounds(award, evaluation, may_pay_nothing);
    Decision::Undetermined(MissingFacts {
        missing,
        least,
        greatest,
    })
}

/// Between which ends the money of an award lies that is not known, or may not be paid at all.
pub(crate) fn payable_bounds(
    award: &Award,
    evaluation: &Evaluation,
    may_pay_nothing: bool,
) -> (Money, Option<Money>) {
    let bounds = Bounds::of(evaluation).unwrap_or(Bounds::NONE);
    let money = |end: &Number| {
        let rounded = round(award, end).ok()?;
        let payable = rounded.max(Number::zero());
        Money::from_exact_fen(&payable).ok()
    };
    let least = match &bounds.least {
        Some(least) if !may_pay_nothing => money(least).unwrap_or(Money::ZERO),
        Some(_) | None => Money::ZERO,
    };
    (least, bounds.greatest.as_ref().and_then(money))
}

impl Evaluator<'_> {
    /// Records a status fact that was read outside any expression.
    fn trace_status(&mut self, fact: FactId, span: Span) {
        if self.trace.is_some() {
            let read = FactRead {
                fact,
                period: PeriodRead::Status,
            };
            self.open();
            let result = self.read_fact(read, span);
            self.close(Step::Fact(read), span, &result);
        }
    }

    /// Ends a step of the trace whose result is made only when there is a trace.
    fn close_with(&mut self, step: Step, span: Span, result: impl FnOnce() -> Evaluation) {
        if let Some(trace) = &mut self.trace {
            trace.close(step, span, result());
        }
    }
}

impl From<Undefined> for AwardError {
    fn from(undefined: Undefined) -> Self {
        Self {
            kind: AwardErrorKind::Undefined(undefined.reason),
            span: undefined.span,
        }
    }
}
