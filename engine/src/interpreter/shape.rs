//! Whether an expression gives money or a plain number, told from its form alone.
//!
//! Needed where nothing is summed: a sum over nothing is a zero, and a zero has a kind.

use zhida_policies::measure::Binding;
use zhida_policies::measure::expression::{
    Aggregate, Arithmetic, Expr, ExprKind, FactRead, Table, Type, Value,
};
use zhida_policies::measure::library::Library;
use zhida_policies::syntax::words::{Function, HitPolicy};
use zhida_policies::vocabulary::{FactId, FactType};

use crate::interpreter::arithmetic::Unit;
use crate::interpreter::evaluator::Evaluator;

/// What the names of an expression stand for.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    library: &'a Library,
    bindings: &'a [Binding],
}

impl<'a> Scope<'a> {
    pub(super) fn new(library: &'a Library, bindings: &'a [Binding]) -> Self {
        Self { library, bindings }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn scope(&self) -> Scope<'a> {
        Scope::new(self.library, self.bindings)
    }
}

/// The kind of quantity that an expression gives; a plain number for what is no quantity.
pub(super) fn unit_of(scope: Scope<'_>, expr: &Expr) -> Unit {
    if is_money(scope, expr) {
        Unit::Fen
    } else {
        Unit::One
    }
}

fn is_money(scope: Scope<'_>, expr: &Expr) -> bool {
    let operand = |expr: &Expr| is_money(scope, expr);
    let first = |exprs: &[Expr]| exprs.iter().any(operand);
    match &expr.kind {
        ExprKind::Literal(value) => match value {
            Value::Money(_) => true,
            Value::Sequence(items) => items.iter().any(|item| matches!(item, Value::Money(_))),
            Value::Number(_)
            | Value::Boolean(_)
            | Value::Date(_)
            | Value::Duration(_)
            | Value::Text(_)
            | Value::Set(_)
            | Value::Test(_) => false,
        },
        ExprKind::Fact(read) => fact_is_money(scope, *read),
        ExprKind::Field(list, field) => field_is_money(scope, *list, *field),
        ExprKind::Binding(binding) => scope
            .bindings
            .get(binding.0)
            .is_some_and(|binding| type_is_money(&binding.value_type)),
        ExprKind::Parameter(parameter, _) => {
            let parameter = scope.library.parameters.get(parameter.0);
            parameter.is_some_and(|parameter| type_is_money(&parameter.value_type))
        }
        ExprKind::Negate(inner) | ExprKind::Item(inner, _) => operand(inner),
        ExprKind::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, left, right)
        | ExprKind::Arithmetic(Arithmetic::Multiply, left, right)
        | ExprKind::If(_, left, right) => operand(left) || operand(right),
        ExprKind::Arithmetic(Arithmetic::Divide, left, right) => operand(left) && !operand(right),
        ExprKind::Call(function, arguments) => keeps_unit(*function) && first(arguments),
        ExprKind::Sequence(items) => first(items),
        ExprKind::Step(_, rows) => rows.iter().any(|row| operand(&row.value)),
        ExprKind::Marginal(subject, bands) => {
            operand(subject) || bands.iter().any(|band| operand(&band.rate))
        }
        ExprKind::Table(table) => table_is_money(scope, table),
        ExprKind::Aggregate(aggregate) => aggregate_is_money(scope, aggregate),
        ExprKind::Paid(..) => true,
        ExprKind::Unknown
        | ExprKind::AssessmentYear
        | ExprKind::AsOf
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Compare(..)
        | ExprKind::In(..)
        | ExprKind::Contains(..)
        | ExprKind::Missing(_)
        | ExprKind::Invalid => false,
    }
}

fn type_is_money(value_type: &Type) -> bool {
    match value_type {
        Type::Money => true,
        Type::Sequence(item) => type_is_money(item),
        Type::Number
        | Type::Boolean
        | Type::Date
        | Type::Duration
        | Type::Text
        | Type::Code(_)
        | Type::Set
        | Type::List(_)
        | Type::Range(_)
        | Type::Unknown
        | Type::Invalid => false,
    }
}

fn table_is_money(scope: Scope<'_>, table: &Table) -> bool {
    table.policy != HitPolicy::Count && table.rows.iter().any(|row| is_money(scope, &row.result))
}

fn aggregate_is_money(scope: Scope<'_>, aggregate: &Aggregate) -> bool {
    keeps_unit(aggregate.function)
        && aggregate
            .value
            .as_ref()
            .is_some_and(|value| is_money(scope, value))
}

fn fact_is_money(scope: Scope<'_>, read: FactRead) -> bool {
    scope.library.vocabulary.fact(read.fact).fact_type == FactType::Money
}

fn field_is_money(scope: Scope<'_>, list: FactId, field: usize) -> bool {
    match &scope.library.vocabulary.fact(list).fact_type {
        FactType::List(fields) => fields
            .get(field)
            .is_some_and(|field| field.field_type == FactType::Money),
        FactType::Money
        | FactType::Number
        | FactType::Boolean
        | FactType::Date
        | FactType::Text
        | FactType::Code(_)
        | FactType::Set(_)
        | FactType::Enum(_) => false,
    }
}

/// Whether a function of money gives money.
fn keeps_unit(function: Function) -> bool {
    match function {
        Function::Min
        | Function::Max
        | Function::Sum
        | Function::Mean
        | Function::Median
        | Function::Mode
        | Function::Absolute
        | Function::Modulo
        | Function::Floor
        | Function::Ceiling
        | Function::Decimal
        | Function::RoundHalfUp
        | Function::RoundHalfDown
        | Function::RoundUp
        | Function::RoundDown => true,
        Function::Count
        | Function::Product
        | Function::Any
        | Function::All
        | Function::Even
        | Function::Odd
        | Function::Missing
        | Function::EndsWith
        | Function::Contains
        | Function::StartsWith
        | Function::StringLength
        | Function::Substring
        | Function::SubstringBefore
        | Function::SubstringAfter
        | Function::UpperCase
        | Function::LowerCase
        | Function::StringJoin
        | Function::String
        | Function::Number
        | Function::Date
        | Function::Year
        | Function::Month
        | Function::Day
        | Function::DayOfYear
        | Function::WeekOfYear
        | Function::Is
        | Function::CompoundGrowthAtLeast => false,
    }
}
