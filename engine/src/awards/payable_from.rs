//! Step 11: an award below the least payable amount pays nothing.

use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::change::{Cause, Step};
use crate::awards::line::{Line, Rule};
use crate::awards::readings::place;

/// The award of the whole period is measured, what was already paid included: a top-up is not
/// lost for being small.
pub(super) fn apply(settlement: &Settlement<'_>, lines: &mut [Line], book: &mut Book) {
    let measures = &settlement.library.measures;
    if measures
        .iter()
        .all(|measure| measure.payable_from.is_none())
    {
        return;
    }
    for (at, line) in lines.iter_mut().enumerate() {
        let Some(threshold) = measures[place(line.measure)].payable_from else {
            continue;
        };
        let paid = line.paid;
        let enough = |fen: i64| fen.saturating_add(paid) >= threshold.fen();
        let sums = line.sums.map(|fen| if enough(fen) { fen } else { 0 });
        let rule = Rule {
            step: Step::PayableFrom,
            rule: line.measure,
        };
        book.set(at, line, sums, rule, Cause::BelowPayableFrom { threshold });
    }
}
