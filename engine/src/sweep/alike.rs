//! Measures whose parts say the same, wherever they apply and whatever they are called.
//!
//! Counties adopt the measures of their city word by word. What is missing for one of them, and
//! between what the money then lies, is so for all, and is worked out once.

use std::collections::BTreeMap;

use zhida_policies::measure::expression::{Expr, Type};
use zhida_policies::measure::library::Library;
use zhida_policies::syntax::words::RoundingWord;

use crate::plan::{NodeId, Plan};
use crate::sweep::reads::parts_of;

/// All that the detail of an undetermined decision depends on besides the enterprise.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Said<'a> {
    /// The nodes tell most measures apart without a look at what is written.
    nodes: Vec<NodeId>,
    is_zone: bool,
    unit_fen: i64,
    rounding: RoundingWord,
    exceptions: usize,
    parts: Vec<&'a Expr>,
    bindings: Vec<(&'a Type, &'a Expr)>,
}

/// For each measure the first of the library that says the same in all its parts.
pub(crate) fn first_alike(plan: &Plan<'_>, library: &Library) -> Vec<usize> {
    let mut firsts: BTreeMap<Said<'_>, usize> = BTreeMap::new();
    let measures = plan.measures().iter().zip(&library.measures).enumerate();
    let alike = measures.map(|(place, (planned, measure))| {
        let bindings = measure.bindings.iter();
        let bindings = bindings.map(|binding| (&binding.value_type, &binding.expression));
        let said = Said {
            nodes: planned.roots().collect(),
            is_zone: library.codes.is_zone(measure.region),
            unit_fen: planned.unit_fen,
            rounding: planned.rounding,
            exceptions: measure.exceptions.len(),
            parts: parts_of(measure).collect(),
            bindings: bindings.collect(),
        };
        *firsts.entry(said).or_insert(place)
    });
    alike.collect()
}
