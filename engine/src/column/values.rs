//! The values of one expression for chosen enterprises.

use rayon::prelude::*;

use crate::column::MORSEL_ROWS;
use crate::column::bound::Bound;
use crate::column::evaluator::{CHUNK, Evaluator};
use crate::column::lane::KNOWN;
use crate::plan::{Kind, NodeId, Plan, power_of_ten};
use crate::snapshot::Snapshot;

/// What is made of the values of a node, which are ratios of two whole numbers, the second above
/// zero; nothing where the reference interpreter has to be asked.
///
/// # Shape
/// `rows` ascending and each once; one answer for each.
pub(crate) fn values<T: Send>(
    plan: &Plan<'_>,
    node: NodeId,
    snapshot: &Snapshot,
    rows: &[u32],
    of: impl Fn(i128, i128) -> Option<T> + Sync,
) -> Vec<Option<T>> {
    let bound = Bound::new(plan, snapshot);
    let morsels: Vec<&[u32]> = rows
        .chunk_by(|left, right| *left as usize / MORSEL_ROWS == *right as usize / MORSEL_ROWS)
        .collect();
    let found: Vec<Vec<Option<T>>> = morsels
        .into_par_iter()
        .map_init(
            || Evaluator::new(&bound),
            |evaluator, rows| in_morsel(evaluator, node, snapshot.len(), rows, &of),
        )
        .collect();
    let mut all = Vec::with_capacity(rows.len());
    found.into_iter().for_each(|found| all.extend(found));
    all
}

/// The values for rows of one morsel.
fn in_morsel<T>(
    evaluator: &mut Evaluator<'_, '_>,
    node: NodeId,
    all: usize,
    rows: &[u32],
    of: impl Fn(i128, i128) -> Option<T>,
) -> Vec<Option<T>> {
    let start = rows
        .first()
        .map_or(0, |row| *row as usize / MORSEL_ROWS * MORSEL_ROWS);
    evaluator.begin(start, MORSEL_ROWS.min(all.saturating_sub(start)));
    let scale = match evaluator.kind(node) {
        Kind::Decimal(scale) => power_of_ten(scale),
        _ => Some(1),
    };
    let places: Vec<u32> = rows.iter().map(|row| row - start as u32).collect();
    let mut found = Vec::with_capacity(rows.len());
    for chunk in places.chunks(CHUNK) {
        let lane = evaluator.lane(node, chunk);
        for (at, state) in lane.states.iter().enumerate() {
            let under = if lane.under.is_empty() {
                scale
            } else {
                Some(lane.under.get(at))
            };
            let under = under.filter(|_| *state == KNOWN);
            found.push(under.and_then(|under| of(lane.values.get(at), under)));
        }
        evaluator.free_lane(lane);
    }
    found
}
