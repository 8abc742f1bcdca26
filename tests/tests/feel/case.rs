//! The cases as the files have them, and which of them are gated.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// The topics whose core cases must come out.
pub(crate) const TOPICS: [&str; 11] = [
    "arithmetic",
    "numeric functions",
    "decimal and rounding functions",
    "comparison and equality",
    "ranges: between",
    "ranges: in / unary tests",
    "ternary logic",
    "if/else",
    "constants and literals",
    "dates and times",
    "strings",
];

/// One expression with its inputs and its value.
#[derive(Debug, Deserialize)]
pub(crate) struct ExpressionCase {
    /// Its id in the kit.
    pub(crate) id: String,
    /// The folder of the kit.
    pub(crate) folder: String,
    /// What it is about.
    pub(crate) topic: String,
    /// The expression.
    pub(crate) feel: String,
    /// Named expressions that come first; no gated case has any.
    pub(crate) lets: Vec<Json>,
    /// The values of its free names.
    pub(crate) inputs: Map<String, Json>,
    /// The value.
    pub(crate) expected: Json,
    /// Whether the kit expects an error.
    pub(crate) error: bool,
    /// Whether it stays within numbers, texts, truth values, dates and lists.
    pub(crate) core: bool,
}

/// One decision table with its inputs and its answer.
#[derive(Debug, Deserialize)]
pub(crate) struct TableCase {
    /// Its id in the kit.
    pub(crate) id: String,
    /// The folder of the kit.
    pub(crate) folder: String,
    /// The table.
    pub(crate) table: TableText,
    /// Named expressions that come first; no case has any.
    pub(crate) lets: Vec<Json>,
    /// The values of its free names.
    pub(crate) given: Map<String, Json>,
    /// The answer.
    pub(crate) expected: Json,
}

/// A decision table as text.
#[derive(Debug, Deserialize)]
pub(crate) struct TableText {
    /// The hit policy.
    pub(crate) hit_policy: String,
    /// The aggregation of `COLLECT`.
    pub(crate) aggregation: Option<String>,
    /// The columns that are looked at.
    pub(crate) inputs: Vec<Input>,
    /// The columns that are answered.
    pub(crate) outputs: Vec<Output>,
    /// The rows.
    pub(crate) rules: Vec<Rule>,
}

/// A column that is looked at.
#[derive(Debug, Deserialize)]
pub(crate) struct Input {
    /// What it looks at.
    pub(crate) expr: String,
}

/// A column that is answered.
#[derive(Debug, Deserialize)]
pub(crate) struct Output {
    /// Its name, where there are several.
    pub(crate) name: Option<String>,
    /// The values it can take, the most important first.
    pub(crate) allowed: Option<String>,
}

/// A row.
#[derive(Debug, Deserialize)]
pub(crate) struct Rule {
    /// One test a column.
    #[serde(rename = "if")]
    pub(crate) tests: Vec<String>,
    /// One expression an output.
    #[serde(rename = "then")]
    pub(crate) results: Vec<String>,
}

impl TableText {
    /// The hit policy with its aggregation.
    pub(crate) fn hit_policy_name(&self) -> String {
        match &self.aggregation {
            Some(aggregation) => format!("table {} {aggregation}", self.hit_policy),
            None => format!("table {}", self.hit_policy),
        }
    }
}

/// The gated cases.
pub(crate) struct Cases {
    /// Expressions.
    pub(crate) expressions: Vec<ExpressionCase>,
    /// Decision tables.
    pub(crate) tables: Vec<TableCase>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/feel")
}

/// Reads the gated cases; without their folder, CI fails and everybody else is told.
pub(crate) fn read_cases() -> Option<Cases> {
    let folder = folder();
    if !folder.is_dir() {
        let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!in_ci, "no FEEL cases in {}", folder.display());
        println!("skipped: no FEEL cases in {}", folder.display());
        return None;
    }
    let mut expressions: Vec<ExpressionCase> = read_lines(&folder.join("feel-cases.jsonl"));
    expressions.retain(|case| case.core && !case.error && TOPICS.contains(&case.topic.as_str()));
    let tables: Vec<TableCase> = read_lines(&folder.join("table-cases.jsonl"));
    let lets = expressions.iter().map(|case| &case.lets);
    let lets = lets.chain(tables.iter().map(|case| &case.lets));
    assert!(
        lets.into_iter().all(Vec::is_empty),
        "a gated case has named expressions"
    );
    Some(Cases {
        expressions,
        tables,
    })
}

fn read_lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
