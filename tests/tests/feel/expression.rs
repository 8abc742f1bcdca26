//! Running expressions: text, parser, checker, interpreter.

use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;
use zhida_engine::facts::{Facts, PaidWhen, Reading};
use zhida_engine::interpreter::{Context, Evaluation, Interpreter};
use zhida_policies::check::{Environment, check_expression};
use zhida_policies::fault::Fault;
use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::library::Library;
use zhida_policies::span::FileId;
use zhida_policies::syntax::ast::ExprSyntax;
use zhida_policies::syntax::parse_expression;
use zhida_policies::values::{Codes, Date, Money, Number, Period};
use zhida_policies::vocabulary::{FactId, Vocabulary};

use crate::case::ExpressionCase;
use crate::given::{environment, long_names};
use crate::judge::{Answer, Outcome, agrees, judge};

/// A library without policies: the cases have neither facts nor measures.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library {
    vocabulary: Arc::new(Vocabulary::default()),
    codes: Arc::new(Codes::built_in().unwrap()),
    files: Vec::new(),
    policies: Vec::new(),
    measures: Vec::new(),
    parameters: Vec::new(),
    funds: Vec::new(),
    caps: Vec::new(),
    highest_of: Vec::new(),
    cases: Vec::new(),
    faults: Vec::new(),
    measure_index: Default::default(),
});

/// An enterprise of which nothing is known.
struct Nobody;

impl Facts for Nobody {
    fn enterprise(&self) -> &str {
        ""
    }

    fn read(&self, _fact: FactId, _period: Period) -> Reading {
        Reading::Missing
    }

    fn source(&self, _fact: FactId, _period: Period) -> String {
        String::new()
    }

    fn paid(&self, _measure: &MeasureRef, _when: PaidWhen) -> Money {
        Money::from_fen(0)
    }
}

/// Runs one case against a value.
pub(crate) fn run(case: &ExpressionCase, expected: &Json) -> Outcome {
    let environment = environment(&case.folder, &case.inputs);
    let (syntax, faults) = parse_expression(&case.feel, FileId(0), &long_names(&environment));
    let answer = evaluate(&syntax, &environment, faults);
    let tolerance = tolerance(case);
    judge(answer, |evaluation| {
        agrees(evaluation, expected, &tolerance)
    })
}

/// Checks and evaluates what was parsed; `faults` are those of the parser.
pub(crate) fn evaluate(
    syntax: &ExprSyntax,
    environment: &Environment,
    mut faults: Vec<Fault>,
) -> Answer {
    let library = &*LIBRARY;
    let (expr, _, found) =
        check_expression(syntax, environment, &library.vocabulary, &library.codes);
    faults.extend(found);
    Answer {
        evaluation: evaluate_checked(library, &expr),
        faults,
    }
}

fn evaluate_checked(
    library: &Library,
    expr: &zhida_policies::measure::expression::Expr,
) -> Evaluation {
    let context = Context {
        year: 2025,
        as_of: Date::new(2026, 6, 30).unwrap(),
    };
    Interpreter::new(library).evaluate_expression(expr, &[], &Nobody, context)
}

/// How far a number may lie from the expected one: nothing, but where the kit has cut off
/// digits.
fn tolerance(case: &ExpressionCase) -> Number {
    let cut_off = ["0052", "0053", "0063"]
        .iter()
        .any(|folder| case.folder.starts_with(folder))
        || case.folder.starts_with("0012") && case.feel.contains("mean");
    if cut_off {
        Number::from_ratio(1, 100_000_000).unwrap()
    } else {
        Number::zero()
    }
}
