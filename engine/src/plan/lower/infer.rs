//! The kind of an expression that has no node, told from its form.

use zhida_policies::measure::expression::{Arithmetic, Expr, ExprKind, Type};
use zhida_policies::syntax::words::{Function, HitPolicy};
use zhida_policies::vocabulary::FactType;

use crate::plan::lower::MeasureLowering;
use crate::plan::op::Kind;

impl<'a> MeasureLowering<'_, 'a> {
    /// The kind, with numbers as ratios; `None` where the form does not say.
    pub(super) fn inferred(&self, expr: &'a Expr) -> Option<Kind> {
        match &expr.kind {
            ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::In(..)
            | ExprKind::Contains(..)
            | ExprKind::Missing(_) => Some(Kind::Truth),
            ExprKind::Negate(operand) => self.inferred(operand).filter(|kind| *kind == Kind::Ratio),
            ExprKind::AssessmentYear | ExprKind::Paid(..) | ExprKind::Marginal(..) => {
                Some(Kind::Ratio)
            }
            ExprKind::AsOf => Some(Kind::Date),
            ExprKind::Arithmetic(Arithmetic::Multiply | Arithmetic::Divide, ..) => {
                Some(Kind::Ratio)
            }
            ExprKind::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, left, right) => {
                match (self.inferred(left)?, self.inferred(right)?) {
                    (Kind::Ratio, Kind::Ratio) => Some(Kind::Ratio),
                    _ => None,
                }
            }
            ExprKind::If(_, then, otherwise) => {
                self.inferred(then).or_else(|| self.inferred(otherwise))
            }
            ExprKind::Step(_, rows) => rows.iter().find_map(|row| self.inferred(&row.value)),
            ExprKind::Table(table) => match table.policy {
                HitPolicy::Collect | HitPolicy::OutputOrder => None,
                HitPolicy::Count => Some(Kind::Ratio),
                HitPolicy::Unique
                | HitPolicy::First
                | HitPolicy::Any
                | HitPolicy::Priority
                | HitPolicy::Sum
                | HitPolicy::Max
                | HitPolicy::Min => table.rows.iter().find_map(|row| self.inferred(&row.result)),
            },
            ExprKind::Aggregate(aggregate) => {
                of_function(aggregate.function).or_else(|| self.inferred(aggregate.value.as_ref()?))
            }
            ExprKind::Call(function, arguments) => {
                of_function(*function).or_else(|| match function {
                    Function::Min | Function::Max => self.inferred(arguments.first()?),
                    _ => None,
                })
            }
            ExprKind::Literal(value) => of_value(value),
            ExprKind::Fact(read) => {
                of_fact_type(&self.plan.library.vocabulary.fact(read.fact).fact_type)
            }
            ExprKind::Field(list, field) => {
                match &self.plan.library.vocabulary.fact(*list).fact_type {
                    FactType::List(fields) => of_fact_type(&fields.get(*field)?.field_type),
                    _ => None,
                }
            }
            ExprKind::Binding(binding) => of_type(&self.bindings.get(binding.0)?.value_type),
            ExprKind::Parameter(parameter, _) => {
                of_type(&self.plan.library.parameters.get(parameter.0)?.value_type)
            }
            ExprKind::Unknown | ExprKind::Item(..) | ExprKind::Sequence(_) | ExprKind::Invalid => {
                None
            }
        }
    }
}

fn of_value(value: &zhida_policies::measure::expression::Value) -> Option<Kind> {
    use zhida_policies::measure::expression::Value;
    match value {
        Value::Money(_) | Value::Number(_) => Some(Kind::Ratio),
        Value::Boolean(_) => Some(Kind::Truth),
        Value::Date(_) => Some(Kind::Date),
        Value::Text(_) => Some(Kind::Text),
        Value::Duration(_) | Value::Set(_) | Value::Sequence(_) | Value::Test(_) => None,
    }
}

fn of_type(value_type: &Type) -> Option<Kind> {
    match value_type {
        Type::Money | Type::Number => Some(Kind::Ratio),
        Type::Boolean => Some(Kind::Truth),
        Type::Date => Some(Kind::Date),
        Type::Text | Type::Code(_) => Some(Kind::Text),
        Type::Duration
        | Type::Set
        | Type::List(_)
        | Type::Sequence(_)
        | Type::Range(_)
        | Type::Unknown
        | Type::Invalid => None,
    }
}

fn of_fact_type(fact_type: &FactType) -> Option<Kind> {
    match fact_type {
        FactType::Money | FactType::Number => Some(Kind::Ratio),
        FactType::Boolean => Some(Kind::Truth),
        FactType::Date => Some(Kind::Date),
        FactType::Text | FactType::Code(_) | FactType::Enum(_) => Some(Kind::Text),
        FactType::Set(_) | FactType::List(_) => None,
    }
}

/// What a function gives; `None` where it depends on its arguments.
fn of_function(function: Function) -> Option<Kind> {
    match function {
        Function::Any
        | Function::All
        | Function::Even
        | Function::Odd
        | Function::Missing
        | Function::EndsWith
        | Function::Contains
        | Function::StartsWith
        | Function::Is
        | Function::CompoundGrowthAtLeast => Some(Kind::Truth),
        // A span of time among them is no number: such a row is decided by the reference.
        Function::Sum
        | Function::Mean
        | Function::Median
        | Function::Count
        | Function::Product
        | Function::Absolute
        | Function::Modulo
        | Function::Floor
        | Function::Ceiling
        | Function::Decimal
        | Function::RoundHalfUp
        | Function::RoundHalfDown
        | Function::RoundUp
        | Function::RoundDown
        | Function::StringLength
        | Function::Number
        | Function::Year
        | Function::Month
        | Function::Day
        | Function::DayOfYear
        | Function::WeekOfYear => Some(Kind::Ratio),
        Function::Date => Some(Kind::Date),
        Function::Substring
        | Function::SubstringBefore
        | Function::SubstringAfter
        | Function::UpperCase
        | Function::LowerCase
        | Function::StringJoin
        | Function::String => Some(Kind::Text),
        Function::Min | Function::Max | Function::Mode => None,
    }
}
