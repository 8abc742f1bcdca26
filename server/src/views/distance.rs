//! How far a condition is from being met: what is there, what is asked, and what lies between.

use zhida_engine::explain::words;
use zhida_engine::facts::Facts;
use zhida_engine::interpreter::{Context, Evaluation, Interpreter};
use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::{Comparison, Expr, ExprKind, Test, Value};
use zhida_policies::values::{Number, RoundingMode};

use super::sentences::Speaker;

/// One comparison that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// What must hold.
    pub(crate) need: String,
    /// What is there.
    pub(crate) have: String,
    /// What lies between, where both are figures.
    pub(crate) short: Option<String>,
}

/// Finds the comparisons that make a condition false.
pub(crate) struct Surveyor<'a> {
    /// Who decides.
    pub(crate) interpreter: &'a Interpreter<'a>,
    /// The measure.
    pub(crate) measure: &'a Measure,
    /// The enterprise.
    pub(crate) facts: &'a dyn Facts,
    /// When.
    pub(crate) context: Context,
}

impl Surveyor<'_> {
    /// Why an expression is false; nothing where it is not known to be.
    pub(crate) fn gaps(&self, expression: &Expr) -> Vec<Gap> {
        let mut found = Vec::new();
        self.survey(expression, &mut found);
        found
    }

    fn evaluate(&self, expression: &Expr) -> Evaluation {
        let bindings = &self.measure.bindings;
        self.interpreter
            .evaluate_expression(expression, bindings, self.facts, self.context)
    }

    fn is_false(&self, expression: &Expr) -> bool {
        self.evaluate(expression).known() == Some(&Value::Boolean(false))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other kind is told as a whole"
    )]
    fn survey(&self, expression: &Expr, found: &mut Vec<Gap>) {
        if !self.is_false(expression) {
            return;
        }
        match &expression.kind {
            // Of an alternative every way is shown: any one of them would do.
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                parts.iter().for_each(|part| self.survey(part, found));
            }
            ExprKind::Compare(comparison, left, right) => {
                found.push(self.compared(expression, *comparison, left, right));
            }
            ExprKind::In(subject, tests) => found.push(self.tested(expression, subject, tests)),
            ExprKind::Binding(binding) => {
                let named = self.measure.bindings.get(binding.0);
                match named.map(|named| &named.expression) {
                    Some(inner) if self.is_false(inner) => self.survey(inner, found),
                    Some(_) | None => found.push(self.plain(expression, "现在不满足".to_owned())),
                }
            }
            ExprKind::Contains(whole, _) => {
                let have = self.shown(whole);
                found.push(self.plain(expression, have));
            }
            _ => found.push(self.plain(expression, "现在不满足".to_owned())),
        }
    }

    fn speaker(&self) -> Speaker<'_> {
        Speaker::new(self.interpreter.library(), self.measure)
    }

    fn plain(&self, expression: &Expr, have: String) -> Gap {
        Gap {
            need: self.speaker().truth(expression),
            have,
            short: None,
        }
    }

    /// What an expression comes to, in words.
    fn shown(&self, expression: &Expr) -> String {
        let library = self.interpreter.library();
        match (&expression.kind, self.evaluate(expression)) {
            (ExprKind::Fact(read), Evaluation::Known(value)) => {
                let text = words::fact_value(library, read.fact, &value);
                match (&value, &library.vocabulary.fact(read.fact).unit) {
                    (Value::Number(_), Some(unit)) => format!("{text} {unit}"),
                    _ => text,
                }
            }
            (_, Evaluation::Known(Value::Number(number))) => {
                figure(&number, is_rate(expression), RoundingMode::Down)
            }
            (_, evaluation) => words::evaluation(&evaluation),
        }
    }

    fn compared(&self, whole: &Expr, comparison: Comparison, left: &Expr, right: &Expr) -> Gap {
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let short = is_order.then(|| self.between(left, right)).flatten();
        let name = self.speaker().value(left);
        let mut have = format!("{name}:{}", self.shown(left));
        if !matches!(right.kind, ExprKind::Literal(_)) {
            let other = self.speaker().value(right);
            have.push_str(&format!(";{other}:{}", self.shown(right)));
        }
        Gap {
            need: self.speaker().truth(whole),
            have,
            short,
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other kind is told as a whole"
    )]
    fn tested(&self, whole: &Expr, subject: &Expr, tests: &[Test]) -> Gap {
        let ends = tests.iter().flat_map(|test| match test {
            Test::Range { low, high, .. } => [low.as_deref(), high.as_deref()],
            Test::Compare(_, bound) => [Some(&**bound), None],
            _ => [None, None],
        });
        let distances = ends.flatten().filter_map(|end| {
            let (distance, _) = self.distance(subject, end)?;
            Some((distance, end))
        });
        // The nearest end is the one to reach.
        let nearest = distances.min_by(|(one, _), (other, _)| one.cmp(other));
        let short = nearest.and_then(|(_, end)| self.between(subject, end));
        let name = self.speaker().value(subject);
        Gap {
            need: self.speaker().truth(whole),
            have: format!("{name}:{}", self.shown(subject)),
            short,
        }
    }

    /// The distance of two figures, and whether they are money.
    fn distance(&self, left: &Expr, right: &Expr) -> Option<(Number, bool)> {
        let (left, right) = (self.evaluate(left), self.evaluate(right));
        let (left, right, is_money) = match (left.known()?, right.known()?) {
            (Value::Money(left), Value::Money(right)) => (left, right, true),
            (Value::Number(left), Value::Number(right)) => (left, right, false),
            _ => return None,
        };
        Some((right.checked_sub(left).ok()?.abs(), is_money))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are all told alike"
    )]
    fn between(&self, left: &Expr, right: &Expr) -> Option<String> {
        let (distance, is_money) = self.distance(left, right)?;
        if is_money {
            return Some(words::value(&Value::Money(distance)));
        }
        let is_rate = is_rate(right) || self.written(right).ends_with(['%', '‰']);
        let text = figure(&distance, is_rate, RoundingMode::Up);
        let unit = match &left.kind {
            ExprKind::Fact(read) => {
                let library = self.interpreter.library();
                library.vocabulary.fact(read.fact).unit.clone()
            }
            _ => None,
        };
        Some(match unit {
            Some(unit) if !is_rate => format!("{text} {unit}"),
            Some(_) | None => text,
        })
    }

    fn written(&self, expression: &Expr) -> String {
        zhida_engine::explain::text_at(self.interpreter.library(), expression.span)
    }
}

/// Whether an expression is a ratio by its form.
fn is_rate(expression: &Expr) -> bool {
    use zhida_policies::measure::expression::Arithmetic;
    matches!(
        &expression.kind,
        ExprKind::Arithmetic(Arithmetic::Divide, _, _) | ExprKind::Binding(_)
    )
}

/// A figure with at most two decimals; a rate as a percentage. What is there is cut off and what is
/// short is rounded up, so that nobody seems to reach what he does not.
fn figure(number: &Number, is_rate: bool, mode: RoundingMode) -> String {
    let rounded = |number: &Number| {
        let rounded = number.round_to(2, mode);
        rounded.map_or_else(|_| number.to_string(), |number| number.to_string())
    };
    let is_small = number.abs() < Number::from_i64(10);
    if is_rate && is_small && !number.is_integer() {
        let hundredfold = number.checked_mul(&Number::from_i64(100));
        let about = hundredfold
            .as_ref()
            .map_or_else(|_| number.to_string(), rounded);
        return format!("{about}%");
    }
    rounded(number)
}
