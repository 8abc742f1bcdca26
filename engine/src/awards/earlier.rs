//! Step 6: less what the ledger already paid.

use rayon::prelude::*;
use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::ExprKind;
use zhida_policies::syntax::words::Cadence;
use zhida_policies::values::Money;

use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::change::{Cause, Step};
use crate::awards::line::{Line, Rule, Sums};
use crate::awards::payments::Window;
use crate::awards::readings::place;

/// What was paid for the assessment year is taken off; what was paid for other years excludes
/// another award where the cadence says so.
///
/// A measure whose award reads what it has itself been paid (`已付(本事项)`) says how, and is left
/// alone.
///
/// `own` says so by measure; it is empty where nothing was paid.
pub(super) fn apply(
    settlement: &Settlement<'_>,
    own: &[bool],
    lines: &mut [Line],
    book: &mut Book,
) {
    if settlement.payments.all().is_empty() {
        return;
    }
    let pieces = book.split_lines(lines).into_par_iter();
    let books: Vec<(usize, Book)> = pieces
        .map(|(first, piece)| {
            let mut book = Book::default();
            for (at, line) in piece.iter_mut().enumerate() {
                let measure = &settlement.library.measures[place(line.measure)];
                let says_how = own[place(line.measure)];
                settle(settlement, measure, says_how, at, line, &mut book);
            }
            (first, book)
        })
        .collect();
    for (first, other) in books {
        book.absorb(other, first);
    }
}

fn settle(
    settlement: &Settlement<'_>,
    measure: &Measure,
    says_how: bool,
    at: usize,
    line: &mut Line,
    book: &mut Book,
) {
    let year = settlement.context.year;
    let payments = settlement.payments;
    line.paid = payments.paid(line.row, line.measure, Window::year(year));
    if says_how {
        return;
    }
    let rule = Rule {
        step: Step::EarlierPayments,
        rule: line.measure,
    };
    // The other award years of the same award period exclude another award.
    let period = period(measure.cadence, year);
    let is_other = |other: i32| other != year && period.holds(other);
    let earlier = payments.paid_in(line.row, line.measure, is_other);
    if earlier > 0 {
        let cause = Cause::PaidOtherYears(Money::from_fen(earlier));
        book.set(at, line, Sums::ZERO, rule, cause);
        line.exclude();
        return;
    }
    let cause = Cause::PaidThisPeriod(Money::from_fen(line.paid));
    let rest = line.sums.less(line.paid);
    book.set(at, line, rest, rule, cause);
}

/// The award years that belong to the same award period as an assessment year.
pub(super) fn period(cadence: Cadence, year: i32) -> Window {
    match cadence {
        Cadence::Yearly | Cadence::Quarterly | Cadence::Monthly => Window::year(year),
        Cadence::Once => Window::Always,
        Cadence::EveryYears(years) => Window::Years(
            year.saturating_sub(i32::from(years)).saturating_add(1),
            year,
        ),
    }
}

/// By measure, whether its award reads what it was paid itself; empty where nothing was paid.
pub(super) fn own_payments(settlement: &Settlement<'_>) -> Vec<bool> {
    if settlement.payments.all().is_empty() {
        return Vec::new();
    }
    let measures = settlement.library.measures.iter();
    measures.map(reads_own_payments).collect()
}

/// Whether the award, or a binding that it reads, reads what the measure itself was paid.
fn reads_own_payments(measure: &Measure) -> bool {
    let mut found = false;
    let award = &measure.award.expression;
    award.visit_through(&measure.bindings, &mut |node| {
        found |= matches!(&node.kind, ExprKind::Paid(paid, _) if *paid == measure.id);
    });
    found
}
