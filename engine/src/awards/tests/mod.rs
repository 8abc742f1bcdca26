//! Settlements of made-up claims: the laws that hold for all of them, and the same results by an
//! obvious computation.
#![allow(
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "small machine integers; a test stops at a surprise"
)]

mod laws;
mod made_up;
mod parts;
mod reference;
mod steps;

use std::sync::{Arc, LazyLock};

use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::fault::Code;
use zhida_policies::measure::expression::{Expr, ExprKind};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date, Money};
use zhida_policies::vocabulary::{FactId, Vocabulary};

use crate::awards::*;

const CONTEXT: Context = Context {
    year: 2025,
    as_of: Date::constant(2025, 12, 31),
};

static CODES: LazyLock<Arc<Codes>> = LazyLock::new(|| Arc::new(Codes::built_in().unwrap()));

static VOCABULARY: LazyLock<Arc<Vocabulary>> = LazyLock::new(|| {
    let text = include_str!("vocabulary.toml");
    Arc::new(Vocabulary::read(text, &|_| false).unwrap())
});

/// A library of one policy.
fn library_of(block: &str) -> Library {
    let text = format!(
        "---\nid: p\ntitle: 试行办法\nissuer: 试验市人民政府\nregion: \"4206\"\n\
         published: 2020-01-01\neffective: 2020-01-01\n---\n\n# 试行办法\n\n## 第一条\n\n\
         ```zhida\n{block}\n```\n"
    );
    let texts = vec![PolicyText {
        path: "p.md".to_owned(),
        bytes: text.into_bytes(),
    }];
    let (vocabulary, codes) = (Arc::clone(&VOCABULARY), Arc::clone(&CODES));
    let library = check(texts, vocabulary, codes, CheckOptions::default());
    let faults: Vec<_> = library
        .faults
        .iter()
        // A settlement must also hold for rules that contradict each other.
        .filter(|fault| !fault.code.is_warning() && fault.code != Code::Z08)
        .collect();
    assert!(faults.is_empty(), "{block}\n{faults:#?}");
    library
}

/// What is known of one enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    score: Figure,
    tax: Figure,
    area: Figure,
    group: Option<u32>,
}

/// Readings of expressions that are the name of a fact or an amount.
#[derive(Clone, Debug, Default)]
struct Table {
    facts: Vec<FactId>,
    rows: Vec<Known>,
}

impl Table {
    fn new(library: &Library, rows: Vec<Known>) -> Self {
        let fact = |name| library.vocabulary.find(name).unwrap();
        Self {
            facts: ["score", "tax", "area"].map(fact).to_vec(),
            rows,
        }
    }

    fn figure(&self, expression: &Expr, row: u32) -> Figure {
        let known = &self.rows[row as usize];
        match &expression.kind {
            ExprKind::Fact(read) if read.fact == self.facts[0] => known.score.clone(),
            ExprKind::Fact(read) if read.fact == self.facts[1] => known.tax.clone(),
            ExprKind::Fact(read) if read.fact == self.facts[2] => known.area.clone(),
            ExprKind::Literal(value) => Evaluation::Known(value.clone()).into(),
            other => panic!("{other:?}"),
        }
    }
}

use crate::interpreter::Evaluation;

impl Readings for Table {
    fn figures(&self, question: Question<'_>, rows: &[u32]) -> Vec<Figure> {
        let figure = |row: &u32| self.figure(question.expression, *row);
        rows.iter().map(figure).collect()
    }

    fn shared(&self, _: FactId, rows: &[u32]) -> Vec<Option<u32>> {
        rows.iter()
            .map(|row| self.rows[*row as usize].group)
            .collect()
    }
}

fn settled(library: &Library, payments: &Payments, table: &Table, claims: &[Claim]) -> Settled {
    let settlement = Settlement {
        library,
        context: CONTEXT,
        payments,
        readings: table,
    };
    settle(&settlement, claims).unwrap()
}

fn eligible(row: u32, measure: u32, fen: i64) -> Claim {
    Claim {
        row,
        measure,
        state: ClaimState::Eligible,
        least: Money::from_fen(fen),
        greatest: Money::from_fen(fen),
    }
}
