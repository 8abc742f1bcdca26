//! The values of one expression for chosen enterprises.

use rayon::prelude::*;

use crate::column::MORSEL_ROWS;
use crate::column::bound::Bound;
use crate::column::evaluator::{CHUNK, Evaluator};
use crate::column::lane::KNOWN;
use crate::plan::{Kind, NodeId, Plan, power_of_ten};
use crate::snapshot::Snapshot;

/// The values of a node as ratios of two whole numbers, the second above zero; nothing where the
/// reference interpreter has to be asked.
///
/// # Shape
/// `rows` ascending and each once; one answer for each.
pub(crate) fn values(
    plan: &Plan<'_>,
    node: NodeId,
    snapshot: &Snapshot,
    rows: &[u32],
) -> Vec<Option<(i128, i128)>> {
    let bound = Bound::new(plan, snapshot);
    let morsels: Vec<&[u32]> = rows
        .chunk_by(|left, right| *left as usize / MORSEL_ROWS == *right as usize / MORSEL_ROWS)
        .collect();
    let found: Vec<Vec<Option<(i128, i128)>>> = morsels
        .into_par_iter()
        .map_init(
            || Evaluator::new(&bound),
            |evaluator, rows| in_morsel(evaluator, node, snapshot.len(), rows),
        )
        .collect();
    found.into_iter().flatten().collect()
}

/// The values for rows of one morsel.
fn in_morsel(
    evaluator: &mut Evaluator<'_, '_>,
    node: NodeId,
    all: usize,
    rows: &[u32],
) -> Vec<Option<(i128, i128)>> {
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
            let value = under.map(|under| (lane.values.get(at), under));
            found.push(value.filter(|_| *state == KNOWN));
        }
        evaluator.free_lane(lane);
    }
    found
}
