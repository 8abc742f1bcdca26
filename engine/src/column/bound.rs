//! A plan bound to the columns of one snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use zhida_policies::values::Period;

use crate::column::candidates::Candidates;
use crate::column::dictionary;
use crate::column::kernel::compare::{closed, narrow};
use crate::column::region::RegionScopes;
use crate::column::source::Source;
use crate::interpreter::{Interpreter, paid_when};
use crate::plan::{Kind, NodeId, Op, Plan};
use crate::snapshot::{ColumnKey, Snapshot};

/// What a node needs besides its operands.
pub(super) enum Prepared {
    /// Nothing.
    Plain,
    /// A text column or field and the number of each of its words.
    Texts(Vec<u32>),
    /// The closed intervals of 64-bit values that hold.
    Intervals(Vec<(i64, i64)>),
    /// What each word of a dictionary comes to, and last the missing one.
    Words(Vec<u8>),
    /// Money of the ledger by row.
    Ledger(Vec<(u32, i64)>),
}

/// A plan and what it reads.
pub(super) struct Bound<'s> {
    pub(super) plan: &'s Plan<'s>,
    pub(super) snapshot: &'s Snapshot,
    pub(super) interpreter: Interpreter<'s>,
    pub(super) sources: Vec<Source<'s>>,
    places: BTreeMap<ColumnKey, usize>,
    pub(super) prepared: Vec<Prepared>,
    /// The place among the domains of each node: 0 for the enterprises, then one for each list.
    pub(super) domains: Vec<usize>,
    /// The list of each domain but the first.
    pub(super) lists: Vec<usize>,
    /// Whether the values of a node are kept for the morsel.
    pub(super) kept: Vec<bool>,
    pub(super) scopes: RegionScopes,
    /// The rows that a measure paid once has paid, by measure.
    pub(super) paid_before: BTreeMap<usize, Vec<u32>>,
    /// What the prospective index excludes, where it is asked.
    pub(super) candidates: Option<Candidates>,
}

impl<'s> Bound<'s> {
    pub(super) fn new(plan: &'s Plan<'s>, snapshot: &'s Snapshot) -> Self {
        let mut keys: Vec<ColumnKey> = Vec::new();
        for node in plan.graph().nodes() {
            match &node.op {
                Op::Column(key) | Op::Field(key, _) | Op::Aggregate { list: key, .. } => {
                    keys.push(*key);
                }
                _ => {}
            }
        }
        keys.sort();
        keys.dedup();
        let sources: Vec<Source<'_>> = keys
            .par_iter()
            .map(|key| Source::of_fact(snapshot, *key))
            .collect();
        let places: BTreeMap<ColumnKey, usize> = keys.into_iter().zip(0..).collect();
        let mut bound = Self {
            plan,
            snapshot,
            interpreter: Interpreter::new(plan.library()),
            sources,
            places,
            prepared: Vec::new(),
            domains: Vec::new(),
            lists: Vec::new(),
            kept: Vec::new(),
            scopes: RegionScopes::new(plan, snapshot),
            paid_before: paid_before(plan, snapshot),
            candidates: None,
        };
        bound.set_domains();
        let compared = bound.compared_texts();
        let texts = bound.number_words(&compared);
        let nodes = plan.graph().nodes();
        let prepared: Vec<Prepared> = (0..nodes.len())
            .into_par_iter()
            .map(|place| bound.prepare(place, &texts, &compared))
            .collect();
        bound.prepared = prepared;
        bound.kept = nodes
            .iter()
            .map(|node| {
                node.uses > 1
                    && !matches!(node.kind, Kind::Truth | Kind::Nothing)
                    && matches!(
                        node.op,
                        Op::First(_)
                            | Op::Unique(_)
                            | Op::Table(_)
                            | Op::If(..)
                            | Op::Marginal(..)
                            | Op::Aggregate { .. }
                            | Op::Reference(_)
                    )
            })
            .collect();
        bound
    }

    pub(super) fn op(&self, node: NodeId) -> &'s Op {
        &self.plan.graph().get(node).op
    }

    pub(super) fn kind(&self, node: NodeId) -> Kind {
        self.plan.graph().get(node).kind
    }

    /// The place of a column.
    pub(super) fn place(&self, key: ColumnKey) -> usize {
        self.places.get(&key).copied().unwrap_or(usize::MAX)
    }

    /// The column or field that a leaf reads.
    pub(super) fn source(&self, node: NodeId) -> Option<&Source<'s>> {
        match self.op(node) {
            Op::Column(key) => self.sources.get(self.place(*key)),
            Op::Field(key, field) => match self.sources.get(self.place(*key))? {
                Source::Records { fields, .. } => fields.get(*field),
                _ => Some(&Source::Nothing),
            },
            _ => None,
        }
    }

    fn set_domains(&mut self) {
        let mut domains = Vec::new();
        for node in self.plan.graph().nodes() {
            let domain = node.records.map_or(0, |key| {
                let list = self.place(key);
                let known = self.lists.iter().position(|other| *other == list);
                1 + known.unwrap_or_else(|| {
                    self.lists.push(list);
                    self.lists.len() - 1
                })
            });
            domains.push(domain);
        }
        // An aggregate without inner nodes needs its list too.
        for node in self.plan.graph().nodes() {
            if let Op::Aggregate { list, .. } = &node.op {
                let list = self.place(*list);
                if !self.lists.contains(&list) {
                    self.lists.push(list);
                }
            }
        }
        self.domains = domains;
    }

    /// The place of the domain of a list.
    pub(super) fn domain_of(&self, list: ColumnKey) -> usize {
        let list = self.place(list);
        1 + self
            .lists
            .iter()
            .position(|other| *other == list)
            .unwrap_or(0)
    }

    /// A number for each text of the rules and of the columns that are compared with them.
    fn number_words(&self, compared: &BTreeSet<NodeId>) -> BTreeMap<Arc<str>, u32> {
        let rules = self.plan.texts().iter().cloned();
        let mut numbers: BTreeMap<Arc<str>, u32> = rules.zip(0..).collect();
        for node in compared {
            if let Some(Source::Words { words, .. }) = self.source(*node) {
                for word in *words {
                    if !numbers.contains_key(word) {
                        let next = numbers.len() as u32;
                        numbers.insert(Arc::clone(word), next);
                    }
                }
            }
        }
        numbers
    }

    /// The texts that something besides dictionaries names.
    fn compared_texts(&self) -> BTreeSet<NodeId> {
        let nodes = self.plan.graph().nodes().iter();
        let readers = nodes.filter(|node| !matches!(node.op, Op::Dictionary(..) | Op::Missing(_)));
        let named = readers.flat_map(|reader| reader.op.operands());
        named
            .filter(|node| self.kind(*node) == Kind::Text)
            .collect()
    }

    fn prepare(
        &self,
        place: usize,
        texts: &BTreeMap<Arc<str>, u32>,
        compared: &BTreeSet<NodeId>,
    ) -> Prepared {
        let id = NodeId(place as u32);
        let node = &self.plan.graph().nodes()[place];
        match &node.op {
            Op::Column(_) | Op::Field(..) if node.kind == Kind::Text => match self.source(id) {
                Some(Source::Words { words, .. }) if compared.contains(&id) => Prepared::Texts(
                    words
                        .iter()
                        .map(|word| texts.get(word).copied().unwrap_or(u32::MAX))
                        .collect(),
                ),
                _ => Prepared::Plain,
            },
            Op::Within(subject, intervals) => {
                let scale = match self.kind(*subject) {
                    Kind::Decimal(scale) => scale,
                    Kind::Date => 0,
                    _ => return Prepared::Plain,
                };
                match self.source(*subject) {
                    Some(Source::Narrow { .. }) => Prepared::Intervals(
                        intervals
                            .iter()
                            .filter_map(|interval| closed(interval, scale).and_then(narrow))
                            .collect(),
                    ),
                    _ => Prepared::Plain,
                }
            }
            Op::Dictionary(subject, written) => {
                let words: &[Arc<str>] = match self.source(*subject) {
                    Some(Source::Words { words, .. }) => words,
                    _ => &[],
                };
                Prepared::Words(dictionary::decide(self, *subject, written, words))
            }
            Op::Paid(measure, period) => {
                let when = paid_when(*period, self.plan.context().year);
                let mut rows = Vec::new();
                for entry in self.snapshot.ledger().entries() {
                    if entry.measure == *measure
                        && let Some(row) = self.snapshot.find(&entry.uscc)
                    {
                        let fen = self
                            .snapshot
                            .ledger()
                            .paid(&entry.uscc, measure, when)
                            .fen();
                        rows.push((row as u32, fen));
                    }
                }
                rows.sort_unstable();
                rows.dedup();
                Prepared::Ledger(rows)
            }
            _ => Prepared::Plain,
        }
    }
}

/// Where a measure is paid only once: the rows that it has paid. The plan of a question decides no
/// measure.
fn paid_before(plan: &Plan<'_>, snapshot: &Snapshot) -> BTreeMap<usize, Vec<u32>> {
    let mut paid: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    if plan.measures().is_empty() {
        return paid;
    }
    for entry in snapshot.ledger().entries() {
        let place = plan.library().measure_index.get(&entry.measure);
        let is_once = |place: &&usize| {
            let measure = plan.measures().get(**place);
            measure.is_some_and(|measure| measure.first_time_only)
        };
        let Some(place) = place.filter(is_once) else {
            continue;
        };
        let total =
            snapshot
                .ledger()
                .paid(&entry.uscc, &entry.measure, crate::facts::PaidWhen::Always);
        if let (false, Some(row)) = (
            total <= zhida_policies::values::Money::ZERO,
            snapshot.find(&entry.uscc),
        ) {
            paid.entry(*place).or_default().push(row as u32);
        }
    }
    for rows in paid.values_mut() {
        rows.sort_unstable();
        rows.dedup();
    }
    paid
}

/// A status fact's key.
pub(super) fn status(fact: zhida_policies::vocabulary::FactId) -> ColumnKey {
    ColumnKey {
        fact,
        period: Period::Status,
    }
}
