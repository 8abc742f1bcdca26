//! Which values an expression reads: what people need beside a condition that fails.

use zhida_policies::measure::BindingId;
use zhida_policies::measure::expression::{Expr, ExprKind, Test};

use crate::decision::{ReadName, ReadValue};
use crate::interpreter::evaluator::Evaluator;
use crate::interpreter::trace::Step;

impl Evaluator<'_> {
    /// The values that a condition reads, each once, in the order of the text. A binding counts
    /// as one value; what it rests on stands in the explanation.
    pub(super) fn values_read(&mut self, expr: &Expr) -> Vec<ReadValue> {
        let mut names = Vec::new();
        self.names_read(expr, &mut names);
        // The values have been traced where they were evaluated first.
        let trace = self.trace.take();
        let mut values: Vec<ReadValue> = Vec::with_capacity(names.len());
        for (name, expr) in names {
            if values.iter().all(|read| read.name != name) {
                let value = self.evaluate(expr).known().cloned();
                values.push(ReadValue { name, value });
            }
        }
        self.trace = trace;
        values
    }

    fn names_read<'e>(&self, expr: &'e Expr, names: &mut Vec<(ReadName, &'e Expr)>) {
        let name = match &expr.kind {
            ExprKind::Fact(read) => ReadName::Fact(read.fact, self.range(*read)),
            ExprKind::Binding(binding) => ReadName::Binding(*binding),
            ExprKind::Parameter(..) | ExprKind::Aggregate(_) => ReadName::Written(expr.span),
            ExprKind::Paid(measure, _) => ReadName::Paid(measure.clone(), expr.span),
            ExprKind::Negate(inner) | ExprKind::Not(inner) | ExprKind::Missing(inner) => {
                return self.names_read(inner, names);
            }
            ExprKind::And(items)
            | ExprKind::Or(items)
            | ExprKind::Call(_, items)
            | ExprKind::Sequence(items) => {
                return items.iter().for_each(|item| self.names_read(item, names));
            }
            ExprKind::Compare(_, left, right)
            | ExprKind::Arithmetic(_, left, right)
            | ExprKind::Contains(left, right)
            | ExprKind::Item(left, right) => {
                self.names_read(left, names);
                return self.names_read(right, names);
            }
            ExprKind::If(condition, then, otherwise) => {
                self.names_read(condition, names);
                self.names_read(then, names);
                return self.names_read(otherwise, names);
            }
            ExprKind::In(subject, tests) => {
                self.names_read(subject, names);
                return tests.iter().for_each(|test| self.names_tested(test, names));
            }
            ExprKind::Step(subject, _) | ExprKind::Marginal(subject, _) => {
                return self.names_read(subject, names);
            }
            ExprKind::Table(table) => {
                return table
                    .columns
                    .iter()
                    .for_each(|column| self.names_read(column, names));
            }
            ExprKind::Literal(_)
            | ExprKind::Unknown
            | ExprKind::Field(..)
            | ExprKind::AssessmentYear
            | ExprKind::AsOf
            | ExprKind::Invalid => return,
        };
        names.push((name, expr));
    }

    fn names_tested<'e>(&self, test: &'e Test, names: &mut Vec<(ReadName, &'e Expr)>) {
        match test {
            Test::Range { low, high, .. } => {
                for end in [low, high].into_iter().flatten() {
                    self.names_read(end, names);
                }
            }
            Test::Compare(_, bound)
            | Test::Equal(bound)
            | Test::Member(bound)
            | Test::Holds(bound) => self.names_read(bound, names),
            Test::Any(tests) => tests.iter().for_each(|test| self.names_tested(test, names)),
            Test::Not(test) => self.names_tested(test, names),
            Test::Below(..) | Test::Anything => {}
        }
    }

    /// What an expression does, for the trace.
    pub(super) fn step_of(&self, expr: &Expr) -> Step {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Unknown | ExprKind::Invalid => Step::Literal,
            ExprKind::Fact(read) => Step::Fact(*read),
            ExprKind::Field(list, field) => Step::Field(*list, *field),
            ExprKind::Binding(BindingId(place)) => Step::Binding(BindingId(*place)),
            ExprKind::Parameter(parameter, day) => {
                Step::Parameter(*parameter, day.unwrap_or(self.context.as_of))
            }
            ExprKind::Paid(measure, _) => Step::Paid(measure.clone()),
            ExprKind::AssessmentYear => Step::Operation("年度"),
            ExprKind::AsOf => Step::Operation("基准日"),
            ExprKind::Negate(_) => Step::Operation("取负"),
            ExprKind::Not(_) => Step::Operation("非"),
            ExprKind::And(_) => Step::Operation("且"),
            ExprKind::Or(_) => Step::Operation("或"),
            ExprKind::Compare(..) => Step::Operation("比较"),
            ExprKind::Arithmetic(..) => Step::Operation("计算"),
            ExprKind::If(..) => Step::Operation("如果"),
            ExprKind::In(..) => Step::Operation("属于"),
            ExprKind::Contains(..) => Step::Operation("包含"),
            ExprKind::Call(..) => Step::Operation("函数"),
            ExprKind::Missing(_) => Step::Operation("缺失"),
            ExprKind::Item(..) => Step::Operation("取项"),
            ExprKind::Sequence(_) => Step::Operation("列表"),
            ExprKind::Step(..) => Step::Operation("分档"),
            ExprKind::Marginal(..) => Step::Operation("累进"),
            ExprKind::Table(_) => Step::Operation("按表"),
            ExprKind::Aggregate(_) => Step::Operation("汇总"),
        }
    }
}
