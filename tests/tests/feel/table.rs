//! Running decision tables: cells and results are parsed as FEEL, put together to the syntax
//! tree of a `按表`, checked and evaluated as that.

use serde_json::{Map, Value as Json};
use zhida_engine::interpreter::Evaluation;
use zhida_policies::check::Environment;
use zhida_policies::fault::Fault;
use zhida_policies::measure::expression::Value;
use zhida_policies::span::FileId;
use zhida_policies::syntax::ast::{
    ExprSyntax, ExprSyntaxKind, Literal, TableRowSyntax, TableSyntax,
};
use zhida_policies::syntax::words::HitPolicy;
use zhida_policies::syntax::{parse_cell, parse_expression};
use zhida_policies::values::Number;

use crate::case::{Output, Rule, TableCase, TableText};
use crate::expression::evaluate;
use crate::given::{NOWHERE, environment, long_names};
use crate::judge::{Outcome, agrees, judge};

/// Between the texts of one row, where a table has several outputs.
const JOINT: char = '\u{1f}';

/// Runs one case against an answer.
pub(crate) fn run(case: &TableCase, expected: &Json) -> Outcome {
    let environment = environment(&case.folder, &case.given);
    let mut reader = Reader::new(&environment);
    let syntax = reader.table(&case.table);
    let answer = evaluate(&syntax, &environment, reader.faults);
    let outputs = &case.table.outputs;
    judge(answer, |evaluation| {
        if outputs.len() > 1 {
            agrees_split(evaluation, outputs, expected)
        } else {
            agrees(evaluation, expected, &Number::zero())
        }
    })
}

fn hit_policy(table: &TableText) -> HitPolicy {
    match (table.hit_policy.as_str(), table.aggregation.as_deref()) {
        ("UNIQUE", None) => HitPolicy::Unique,
        ("FIRST", None) => HitPolicy::First,
        ("ANY", None) => HitPolicy::Any,
        ("PRIORITY", None) => HitPolicy::Priority,
        ("RULE ORDER" | "COLLECT", None) => HitPolicy::Collect,
        ("OUTPUT ORDER", None) => HitPolicy::OutputOrder,
        ("COLLECT", Some("SUM")) => HitPolicy::Sum,
        ("COLLECT", Some("MIN")) => HitPolicy::Min,
        ("COLLECT", Some("MAX")) => HitPolicy::Max,
        ("COLLECT", Some("COUNT")) => HitPolicy::Count,
        other => panic!("another hit policy: {other:?}"),
    }
}

/// Reads the texts of a table and gathers their faults.
struct Reader {
    names: Vec<String>,
    faults: Vec<Fault>,
}

impl Reader {
    fn new(environment: &Environment) -> Self {
        Self {
            names: long_names(environment),
            faults: Vec::new(),
        }
    }

    fn table(&mut self, table: &TableText) -> ExprSyntax {
        let policy = hit_policy(table);
        let columns = table
            .inputs
            .iter()
            .map(|input| self.expression(&input.expr))
            .collect();
        let rows = table.rules.iter().map(|rule| self.row(rule)).collect();
        let ordered = matches!(policy, HitPolicy::Priority | HitPolicy::OutputOrder);
        let order = if ordered {
            self.order(table)
        } else {
            Vec::new()
        };
        written(ExprSyntaxKind::Table(TableSyntax {
            policy,
            policy_span: NOWHERE,
            order,
            columns,
            rows,
        }))
    }

    fn row(&mut self, rule: &Rule) -> TableRowSyntax {
        let cells = rule
            .tests
            .iter()
            .map(|test| {
                let (cell, faults) = parse_cell(test, FileId(0), &self.names);
                self.faults.extend(faults);
                cell
            })
            .collect();
        let result = match &rule.results[..] {
            [only] => self.expression(only),
            several => {
                let texts: Vec<String> = several.iter().map(|text| self.text(text)).collect();
                literal(texts.join(&JOINT.to_string()))
            }
        };
        TableRowSyntax {
            cells,
            result,
            span: NOWHERE,
        }
    }

    /// The results from the most to the least important.
    fn order(&mut self, table: &TableText) -> Vec<ExprSyntax> {
        if let [Output { allowed, .. }] = &table.outputs[..] {
            return allowed
                .as_deref()
                .map_or_else(Vec::new, |allowed| self.list(allowed));
        }
        let ranks: Vec<Vec<String>> = table
            .outputs
            .iter()
            .map(|output| self.list(output.allowed.as_deref().unwrap_or_default()))
            .map(|values| values.iter().map(text_of).collect())
            .collect();
        let mut rows: Vec<Vec<String>> = table
            .rules
            .iter()
            .map(|rule| rule.results.iter().map(|text| self.text(text)).collect())
            .collect();
        rows.sort_by_key(|row: &Vec<String>| {
            let place = |(value, rank): (&String, &Vec<String>)| {
                rank.iter().position(|other| other == value)
            };
            row.iter().zip(&ranks).map(place).collect::<Vec<_>>()
        });
        rows.iter()
            .map(|row| literal(row.join(&JOINT.to_string())))
            .collect()
    }

    fn expression(&mut self, text: &str) -> ExprSyntax {
        let (syntax, faults) = parse_expression(text, FileId(0), &self.names);
        self.faults.extend(faults);
        syntax
    }

    /// The items of `"a", "b"`.
    fn list(&mut self, items: &str) -> Vec<ExprSyntax> {
        let list = self.expression(&format!("[{items}]"));
        let ExprSyntaxKind::Sequence(items) = list.kind else {
            panic!("not a list of values: {list:?}");
        };
        items
    }

    /// The text that a literal says.
    fn text(&mut self, literal: &str) -> String {
        text_of(&self.expression(literal))
    }
}

fn text_of(syntax: &ExprSyntax) -> String {
    let ExprSyntaxKind::Literal(Literal::Text(text)) = &syntax.kind else {
        panic!("not a text: {syntax:?}");
    };
    text.clone()
}

fn written(kind: ExprSyntaxKind) -> ExprSyntax {
    ExprSyntax {
        kind,
        span: NOWHERE,
    }
}

fn literal(text: String) -> ExprSyntax {
    written(ExprSyntaxKind::Literal(Literal::Text(text)))
}

/// Compares the answer of a table with several outputs.
fn agrees_split(evaluation: &Evaluation, outputs: &[Output], expected: &Json) -> bool {
    match evaluation.known() {
        Some(Value::Sequence(rows)) => {
            let rows: Vec<Json> = rows.iter().map(|row| split(row, outputs)).collect();
            Json::Array(rows) == *expected
        }
        Some(row) => split(row, outputs) == *expected,
        None => expected.is_null(),
    }
}

/// The outputs of one row.
fn split(row: &Value, outputs: &[Output]) -> Json {
    let Value::Text(texts) = row else {
        panic!("not the texts of a row: {row:?}");
    };
    let names = outputs
        .iter()
        .map(|output| output.name.clone().unwrap_or_default());
    let parts = texts.split(JOINT).map(Json::from);
    Json::Object(names.zip(parts).collect::<Map<String, Json>>())
}
