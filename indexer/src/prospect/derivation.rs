//! From the conditions and exceptions of a measure to what must be shown.
//!
//! Every step keeps one promise: when all literals of a clause are refuted by known values, the
//! reference interpreter finds the condition false, or the exception true, whatever else is
//! known or missing. What is not understood gives no clause.

use std::collections::BTreeMap;
use std::sync::Arc;

use zhida_policies::measure::expression::{
    Comparison, Expr, ExprKind, FactRead, PeriodRead, Test, Value,
};
use zhida_policies::measure::{Binding, BindingId, Measure};
use zhida_policies::syntax::words::Function;
use zhida_policies::values::Region;
use zhida_policies::vocabulary::Tree;

use crate::prospect::clause::{Atom, Form, Shows, Want};

/// Nodes that are looked at in one measure; beyond, nothing is necessary.
const NODES_MAX: usize = 20_000;

/// What an enterprise must show for a measure; the region is not among it.
pub(super) fn necessary(measure: &Measure) -> Form {
    let mut derivation = Derivation {
        bindings: &measure.bindings,
        done: BTreeMap::new(),
        nodes_left: NODES_MAX,
    };
    let mut forms = vec![Form::literal(Atom::InForce(measure.validity), Want::True)];
    for condition in &measure.conditions {
        forms.push(derivation.form(&condition.expression, Want::True));
    }
    for exception in &measure.exceptions {
        forms.push(derivation.form(&exception.expression, Want::False));
    }
    Form::all(forms)
}

struct Derivation<'m> {
    bindings: &'m [Binding],
    /// What each binding needs; nothing while it is being looked at, so that a circle ends.
    done: BTreeMap<(BindingId, Want), Form>,
    nodes_left: usize,
}

impl<'m> Derivation<'m> {
    /// What is necessary for a condition to have the wanted truth.
    fn form(&mut self, expr: &'m Expr, want: Want) -> Form {
        let Some(left) = self.nodes_left.checked_sub(1) else {
            return Form::always();
        };
        self.nodes_left = left;
        match &expr.kind {
            ExprKind::Literal(Value::Boolean(value)) => {
                if *value == (want == Want::True) {
                    Form::always()
                } else {
                    Form::never()
                }
            }
            ExprKind::Fact(read) => shows(*read, Shows::True, want),
            ExprKind::Binding(binding) => self.binding(*binding, want),
            ExprKind::Not(operand) => self.form(operand, want.flipped()),
            ExprKind::And(operands) => self.junction(operands, want, want),
            ExprKind::Or(operands) => self.junction(operands, want, want.flipped()),
            ExprKind::If(condition, then, otherwise) => {
                self.choice(condition, then, otherwise, want)
            }
            ExprKind::In(subject, tests) => self.any_test(subject, tests, want),
            ExprKind::Contains(whole, part) => self.holds(whole, part, want),
            ExprKind::Compare(comparison, left, right) => {
                self.compare(*comparison, left, right, want)
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments, want),
            ExprKind::Literal(_)
            | ExprKind::Unknown
            | ExprKind::Field(_, _)
            | ExprKind::Parameter(_, _)
            | ExprKind::AssessmentYear
            | ExprKind::AsOf
            | ExprKind::Negate(_)
            | ExprKind::Arithmetic(_, _, _)
            | ExprKind::Missing(_)
            | ExprKind::Item(_, _)
            | ExprKind::Sequence(_)
            | ExprKind::Step(_, _)
            | ExprKind::Marginal(_, _)
            | ExprKind::Table(_)
            | ExprKind::Aggregate(_)
            | ExprKind::Paid(_, _)
            | ExprKind::Invalid => Form::always(),
        }
    }

    fn binding(&mut self, binding: BindingId, want: Want) -> Form {
        if let Some(form) = self.done.get(&(binding, want)) {
            return form.clone();
        }
        self.done.insert((binding, want), Form::always());
        let form = match self.bindings.get(binding.0) {
            Some(binding) => self.form(&binding.expression, want),
            None => Form::always(),
        };
        self.done.insert((binding, want), form.clone());
        form
    }

    /// Operands that each need the wanted truth (`together` true), or of which one does.
    fn junction(&mut self, operands: &'m [Expr], want: Want, together: Want) -> Form {
        let forms = operands.iter().map(|operand| self.form(operand, want));
        let forms: Vec<Form> = forms.collect();
        joined(forms, together)
    }

    /// `如果`: the branch that is taken must have the wanted truth. Where it is not known which
    /// one is taken, a truth that both branches share is still sure.
    fn choice(
        &mut self,
        condition: &'m Expr,
        then: &'m Expr,
        otherwise: &'m Expr,
        want: Want,
    ) -> Form {
        let holds = self.form(condition, Want::True);
        let fails = self.form(condition, Want::False);
        let then = self.form(then, want);
        let otherwise = self.form(otherwise, want);
        Form::all([
            Form::any([fails, then.clone()]),
            Form::any([holds, otherwise.clone()]),
            Form::any([then, otherwise]),
        ])
    }

    fn any_test(&mut self, subject: &'m Expr, tests: &'m [Test], want: Want) -> Form {
        let forms = tests.iter().map(|test| self.test(subject, test, want));
        let forms: Vec<Form> = forms.collect();
        joined(forms, want.flipped())
    }

    fn test(&mut self, subject: &'m Expr, test: &'m Test, want: Want) -> Form {
        match test {
            Test::Anything => match want {
                Want::True => Form::always(),
                Want::False => Form::never(),
            },
            Test::Any(tests) => self.any_test(subject, tests, want),
            Test::Not(test) => self.test(subject, test, want.flipped()),
            Test::Equal(bound) => self.compare(Comparison::Equal, subject, bound, want),
            Test::Compare(comparison, bound) => self.compare(*comparison, subject, bound, want),
            Test::Below(tree, code) => match (self.fact(subject), canonical(*tree, code)) {
                (Some(read), Some(code)) => shows(read, Shows::Below(*tree, code), want),
                (Some(_) | None, Some(_) | None) => Form::always(),
            },
            Test::Holds(member) => self.holds(subject, member, want),
            Test::Member(sequence) => self.member(subject, sequence, want),
            Test::Range { .. } => Form::always(),
        }
    }

    /// A text among written ones. Of an empty sequence nothing is said: what is missing is not
    /// known to be outside it.
    fn member(&mut self, subject: &'m Expr, sequence: &'m Expr, want: Want) -> Form {
        match (self.fact(subject), texts(self.resolved(sequence))) {
            (Some(read), Some(texts)) if !texts.is_empty() => {
                let forms = texts
                    .into_iter()
                    .map(|text| shows(read, Shows::Text(text), want));
                joined(forms.collect(), want.flipped())
            }
            (Some(_) | None, Some(_) | None) => Form::always(),
        }
    }

    fn holds(&mut self, whole: &'m Expr, part: &'m Expr, want: Want) -> Form {
        match (self.fact(whole), text(self.resolved(part))) {
            (Some(read), Some(member)) => shows(read, Shows::Holds(member), want),
            (Some(_) | None, Some(_) | None) => Form::always(),
        }
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &'m Expr,
        right: &'m Expr,
        want: Want,
    ) -> Form {
        match comparison {
            Comparison::Equal => self.equal(left, right, want),
            Comparison::NotEqual => self.equal(left, right, want.flipped()),
            Comparison::Less
            | Comparison::LessOrEqual
            | Comparison::Greater
            | Comparison::GreaterOrEqual => Form::always(),
        }
    }

    /// Equality with a written truth or text.
    fn equal(&mut self, left: &'m Expr, right: &'m Expr, want: Want) -> Form {
        let (left, right) = (self.resolved(left), self.resolved(right));
        for (written, other) in [(left, right), (right, left)] {
            if let ExprKind::Literal(Value::Boolean(value)) = &written.kind {
                let same = if *value { want } else { want.flipped() };
                return self.form(other, same);
            }
            if let (Some(text), Some(read)) = (text(written), self.fact(other)) {
                return shows(read, Shows::Text(text), want);
            }
        }
        Form::always()
    }

    fn call(&mut self, function: Function, arguments: &'m [Expr], want: Want) -> Form {
        let items = match arguments {
            [
                Expr {
                    kind: ExprKind::Sequence(items),
                    ..
                },
            ] => items,
            [_] => return Form::always(),
            _ => arguments,
        };
        match (function, arguments) {
            (Function::Any, _) => self.junction(items, want, want.flipped()),
            (Function::All, _) => self.junction(items, want, want),
            (Function::Contains, [whole, part]) => self.holds(whole, part, want),
            (Function::Is, [left, right]) => self.equal(left, right, want),
            _ => Form::always(),
        }
    }

    /// What a name stands for, followed to what is written there.
    fn resolved(&self, expr: &'m Expr) -> &'m Expr {
        let step = |expr: &&'m Expr| {
            let ExprKind::Binding(BindingId(place)) = &expr.kind else {
                return None;
            };
            let binding = self.bindings.get(*place)?;
            Some(&binding.expression)
        };
        let steps = self.bindings.len().saturating_add(1);
        std::iter::successors(Some(expr), step)
            .take(steps)
            .last()
            .unwrap_or(expr)
    }

    fn fact(&self, expr: &'m Expr) -> Option<FactRead> {
        let ExprKind::Fact(read) = &self.resolved(expr).kind else {
            return None;
        };
        Some(*read)
    }
}

/// All forms, or any of them.
fn joined(forms: Vec<Form>, together: Want) -> Form {
    match together {
        Want::True => Form::all(forms),
        Want::False => Form::any(forms),
    }
}

/// A fact of one period must show something, or must not.
fn shows(read: FactRead, shows: Shows, want: Want) -> Form {
    let single = match read.period {
        PeriodRead::Status | PeriodRead::Year(_) => true,
        PeriodRead::Quarters(_, first, last) | PeriodRead::Months(_, first, last) => first == last,
    };
    if single {
        Form::literal(Atom::Fact(read, shows), want)
    } else {
        Form::always()
    }
}

fn text(expr: &Expr) -> Option<Arc<str>> {
    let ExprKind::Literal(value) = &expr.kind else {
        return None;
    };
    text_of(value)
}

fn text_of(value: &Value) -> Option<Arc<str>> {
    let Value::Text(text) = value else {
        return None;
    };
    Some(text.clone())
}

/// The texts of a written sequence; nothing where one item is something else.
fn texts(expr: &Expr) -> Option<Vec<Arc<str>>> {
    if let ExprKind::Sequence(items) = &expr.kind {
        return items.iter().map(text).collect();
    }
    if let ExprKind::Literal(Value::Sequence(items)) = &expr.kind {
        return items.iter().map(text_of).collect();
    }
    text(expr).map(|only| vec![only])
}

/// The one spelling of a code; nothing for a text that is none.
fn canonical(tree: Tree, code: &Arc<str>) -> Option<Arc<str>> {
    match tree {
        Tree::Industry => Some(code.clone()),
        Tree::Region => code.parse::<Region>().ok().map(|code| code.as_str().into()),
    }
}
