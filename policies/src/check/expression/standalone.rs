//! Expressions outside any policy, as conformance suites have them.

use crate::check::globals::Globals;
use crate::check::scope::{Environment, Scope, Typed};
use crate::fault::Fault;
use crate::measure::PolicyId;
use crate::measure::expression::{Expr, ExprKind, Test, Type};
use crate::span::{FileId, Span};
use crate::syntax::ast::{CellSyntax, ExprSyntax};
use crate::values::Codes;
use crate::vocabulary::Vocabulary;

/// Checks an expression that stands alone, its free names given.
///
/// # Shape
/// The checked expression, its type and all faults. A part with a fault is
/// [`ExprKind::Invalid`], whose value is undefined.
#[must_use]
pub fn check_expression(
    syntax: &ExprSyntax,
    environment: &Environment,
    vocabulary: &Vocabulary,
    codes: &Codes,
) -> (Expr, Type, Vec<Fault>) {
    let globals = Globals::new(vocabulary, codes, &[], &[]);
    let mut scope = Scope::new(&globals, PolicyId(0));
    scope.environment = Some(environment);
    let value = scope.lower(syntax);
    (value.expr, value.value_type, scope.faults)
}

/// A cell of a table that stands alone, checked against its column.
#[derive(Clone, Debug)]
pub struct CheckedCell {
    /// The test.
    pub test: Test,
    /// All faults.
    pub faults: Vec<Fault>,
}

/// Checks the cell of a decision table for a column of a known type.
#[must_use]
pub fn check_cell(
    syntax: &CellSyntax,
    column: &Type,
    environment: &Environment,
    vocabulary: &Vocabulary,
    codes: &Codes,
) -> CheckedCell {
    let globals = Globals::new(vocabulary, codes, &[], &[]);
    let mut scope = Scope::new(&globals, PolicyId(0));
    scope.environment = Some(environment);
    let nowhere = Span::new(FileId(0), 0, 0);
    let column = Typed::new(ExprKind::Unknown, column.clone(), nowhere);
    let test = scope.lower_cell(syntax, &column);
    CheckedCell {
        test,
        faults: scope.faults,
    }
}
