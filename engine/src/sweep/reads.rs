//! What the parts of a measure read, and how what is missing of it shows.
//!
//! A part that is unknown is unknown for want of the facts it reads. Where only one of them is
//! missing it must be that one; where every operation of the part needs all its operands it is
//! all that are missing; and where nothing that the part reads is known, the part comes to the
//! same for every enterprise. Anything else the reference interpreter is asked.

use std::collections::BTreeMap;

use arrow::buffer::NullBuffer;
use zhida_policies::measure::expression::{Expr, ExprKind};
use zhida_policies::measure::{BindingId, Measure, ParameterId};
use zhida_policies::vocabulary::Absent;

use crate::plan::{NodeId, Op, Plan};
use crate::snapshot::{Column, ColumnKey, Snapshot};

/// The facts of a measure are numbered; bit for bit they make up a set.
pub(crate) type Bits = u64;

/// How many facts of a measure have a number; one bit is left.
pub(crate) const FACTS_MAX: usize = 63;

/// One part of a measure: its award, an exception or a condition.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PartReads {
    /// The facts it reads.
    pub(crate) reads: Bits,
    /// Whether it reads what has no number here: the ledger, records, what is never known.
    pub(crate) is_opaque: bool,
    /// Whether it looks into records, of which single fields may be missing.
    pub(crate) has_records: bool,
    /// Whether every operation needs all its operands.
    pub(crate) is_strict: bool,
}

/// What a measure reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeasureReads {
    /// The facts by number, as places in [`Presences`].
    pub(crate) facts: Vec<usize>,
    /// The award, then the exceptions and conditions in the order of the text.
    pub(crate) parts: Vec<PartReads>,
}

/// Which rows of a column are known.
enum Presence<'s> {
    Always,
    Never,
    Where(&'s NullBuffer),
}

/// The columns that the measures of a plan read.
pub(crate) struct Presences<'s> {
    keys: Vec<ColumnKey>,
    presences: Vec<Presence<'s>>,
}

impl<'s> Presences<'s> {
    /// What each measure of a plan reads; `extra` facts have the first numbers in every measure.
    pub(crate) fn new(
        plan: &Plan<'_>,
        snapshot: &'s Snapshot,
        extra: &[ColumnKey],
    ) -> (Self, Vec<MeasureReads>) {
        let mut places: BTreeMap<ColumnKey, usize> = BTreeMap::new();
        let mut place = |key: ColumnKey| {
            let next = places.len();
            *places.entry(key).or_insert(next)
        };
        let extra: Vec<usize> = extra.iter().map(|key| place(*key)).collect();
        let mut reads = Vec::with_capacity(plan.measures().len());
        for measure in plan.measures() {
            let mut found = MeasureReads {
                facts: extra.clone(),
                parts: Vec::new(),
            };
            let roots = measure.award.iter();
            let roots = roots.chain(&measure.exceptions).chain(&measure.conditions);
            let checked = plan.library().measures.get(reads.len());
            let written = checked.into_iter().flat_map(parts_of);
            for (root, written) in roots.zip(written) {
                let mut part = found.part(plan, snapshot, *root, &mut place);
                part.is_opaque |= checked.is_none_or(|measure| lacks(plan, measure, written));
                found.parts.push(part);
            }
            reads.push(found);
        }
        let mut keys: Vec<(usize, ColumnKey)> = places
            .into_iter()
            .map(|(key, place)| (place, key))
            .collect();
        keys.sort_unstable();
        let keys: Vec<ColumnKey> = keys.into_iter().map(|(_, key)| key).collect();
        let presences = keys.iter().map(|key| presence(snapshot, *key)).collect();
        (Self { keys, presences }, reads)
    }

    /// The column at a place.
    pub(crate) fn key(&self, place: usize) -> Option<ColumnKey> {
        self.keys.get(place).copied()
    }

    /// Which of some facts are missing in a row.
    pub(crate) fn missing(&self, facts: &[usize], row: usize) -> Bits {
        let mut missing = 0;
        for (number, place) in facts.iter().enumerate().take(FACTS_MAX) {
            let is_known = match self.presences.get(*place) {
                Some(Presence::Always) => true,
                Some(Presence::Where(nulls)) => nulls.is_valid(row),
                Some(Presence::Never) | None => false,
            };
            missing |= Bits::from(!is_known) << number;
        }
        missing
    }
}

/// The award, the exceptions and the conditions as they are written.
fn parts_of(measure: &Measure) -> impl Iterator<Item = &Expr> {
    let conditions = measure.exceptions.iter().chain(&measure.conditions);
    let conditions = conditions.map(|condition| &condition.expression);
    std::iter::once(&measure.award.expression).chain(conditions)
}

/// Whether an expression names something that is unknown for everybody, or whose own value may
/// be: a plan leaves such a part out where it decides nothing, and yet it is missing.
fn lacks(plan: &Plan<'_>, measure: &Measure, expr: &Expr) -> bool {
    let mut found = false;
    expr.visit_through(&measure.bindings, &mut |node| match &node.kind {
        ExprKind::Unknown | ExprKind::Item(..) | ExprKind::Sequence(_) | ExprKind::Invalid => {
            found = true;
        }
        ExprKind::Parameter(ParameterId(place), day) => {
            let day = day.unwrap_or(plan.context().as_of);
            let parameter = plan.library().parameters.get(*place);
            found |= parameter.is_none_or(|parameter| parameter.on(day).is_none());
        }
        ExprKind::Binding(BindingId(place)) => found |= measure.bindings.get(*place).is_none(),
        ExprKind::Literal(_)
        | ExprKind::Fact(_)
        | ExprKind::Field(..)
        | ExprKind::AssessmentYear
        | ExprKind::AsOf
        | ExprKind::Negate(_)
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Compare(..)
        | ExprKind::Arithmetic(..)
        | ExprKind::If(..)
        | ExprKind::In(..)
        | ExprKind::Contains(..)
        | ExprKind::Call(..)
        | ExprKind::Missing(_)
        | ExprKind::Step(..)
        | ExprKind::Marginal(..)
        | ExprKind::Table(_)
        | ExprKind::Aggregate(_)
        | ExprKind::Paid(..) => {}
    });
    found
}

fn presence(snapshot: &Snapshot, key: ColumnKey) -> Presence<'_> {
    if snapshot.vocabulary().fact(key.fact).absent != Absent::Unknown {
        return Presence::Always;
    }
    match snapshot.column(key) {
        None => Presence::Never,
        Some(column) => match column.nulls() {
            Some(nulls) if nulls.null_count() > 0 => Presence::Where(nulls),
            Some(_) | None => Presence::Always,
        },
    }
}

impl MeasureReads {
    /// What one part reads.
    fn part(
        &mut self,
        plan: &Plan<'_>,
        snapshot: &Snapshot,
        root: NodeId,
        place: &mut impl FnMut(ColumnKey) -> usize,
    ) -> PartReads {
        let mut part = PartReads {
            is_strict: true,
            ..PartReads::default()
        };
        let mut open = vec![root];
        let mut seen = Vec::new();
        while let Some(node) = open.pop() {
            if seen.contains(&node) {
                continue;
            }
            seen.push(node);
            let op = &plan.graph().get(node).op;
            if let Op::Column(key) | Op::Aggregate { list: key, .. } = op {
                self.read(&mut part, snapshot, *key, place);
            }
            part.has_records |= matches!(op, Op::Aggregate { .. } | Op::Field(..) | Op::Lift(..));
            part.is_opaque |= matches!(op, Op::Unknown | Op::Paid(..) | Op::Reference(_));
            part.is_strict &= needs_all(op);
            open.extend(op.operands());
        }
        part
    }

    fn read(
        &mut self,
        part: &mut PartReads,
        snapshot: &Snapshot,
        key: ColumnKey,
        place: &mut impl FnMut(ColumnKey) -> usize,
    ) {
        // A number that is kept as text may be no number at all.
        let is_text = matches!(snapshot.column(key), Some(Column::NumberText(_)));
        let place = place(key);
        let number = self.facts.iter().position(|fact| *fact == place);
        let number = number.unwrap_or_else(|| {
            self.facts.push(place);
            self.facts.len().saturating_sub(1)
        });
        if is_text || number >= FACTS_MAX {
            part.is_opaque = true;
        } else {
            part.reads |= 1 << number;
        }
    }
}

/// Whether a node is unknown as soon as any of its operands is.
fn needs_all(op: &Op) -> bool {
    matches!(
        op,
        Op::Truth(_)
            | Op::Exact(_)
            | Op::Ratio(..)
            | Op::Day(_)
            | Op::Text(_)
            | Op::Column(_)
            | Op::Not(_)
            | Op::Within(..)
            | Op::Compare(..)
            | Op::Among(..)
            | Op::Holds(..)
            | Op::Negate(_)
            | Op::Absolute(_)
            | Op::Add(..)
            | Op::Subtract(..)
            | Op::Multiply(..)
            | Op::Divide(..)
            | Op::Days(..)
            | Op::Shift(..)
            | Op::Part(..)
            | Op::Round(..)
    )
}
