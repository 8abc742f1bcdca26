//! The ledger of a snapshot in numbers.

use zhida_policies::measure::library::Library;

use crate::snapshot::{LedgerEntry, Snapshot};

/// What was paid − returned − recovered to one enterprise for one measure and award year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Payment {
    /// The row of the enterprise, [`Payment::NOBODY`] for one that the snapshot does not hold.
    pub row: u32,
    /// The measure, by its place in the library.
    pub measure: u32,
    /// The award year.
    pub year: i32,
    /// The amount in fen.
    pub fen: i64,
}

impl Payment {
    /// The row of an enterprise that the snapshot does not hold.
    pub const NOBODY: u32 = u32::MAX;
}

/// Which award years count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    /// All of them.
    Always,
    /// From the first to the last, both included.
    Years(i32, i32),
}

impl Window {
    pub(super) fn year(year: i32) -> Self {
        Self::Years(year, year)
    }

    pub(super) fn holds(self, year: i32) -> bool {
        match self {
            Self::Always => true,
            Self::Years(first, last) => first <= year && year <= last,
        }
    }
}

/// The payments known to a snapshot, by row, measure and award year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payments {
    payments: Vec<Payment>,
}

impl Payments {
    /// The ledger of a snapshot. Payments for measures that the library does not hold are left
    /// out: no rule of the library can name them.
    #[must_use]
    pub fn of(snapshot: &Snapshot, library: &Library) -> Self {
        let entries = snapshot.ledger().entries();
        let mut payments = Vec::with_capacity(entries.len());
        for same in entries.chunk_by(|left, right| left.uscc == right.uscc) {
            let row = same.first().and_then(|entry| snapshot.find(&entry.uscc));
            let payment = |entry: &LedgerEntry| {
                Some(Payment {
                    row: row.map_or(Payment::NOBODY, number),
                    measure: number(*library.measure_index.get(&entry.measure)?),
                    year: entry.award_year,
                    fen: entry.amount.fen(),
                })
            };
            let own = same.iter().filter_map(payment);
            match row {
                Some(_) => payments.extend(own),
                None => payments.extend(of_one_beyond(own)),
            }
        }
        Self::new(payments)
    }

    /// These payments, in any order.
    #[must_use]
    pub fn new(mut payments: Vec<Payment>) -> Self {
        payments.sort_unstable();
        payments.dedup_by(|next, kept| {
            let same = (next.row, next.measure, next.year) == (kept.row, kept.measure, kept.year);
            if same {
                kept.fen = kept.fen.saturating_add(next.fen);
            }
            same
        });
        Self { payments }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Payment] {
        &self.payments
    }

    /// Whether there is any of an enterprise.
    pub(super) fn has(&self, row: u32) -> bool {
        let found = self
            .payments
            .binary_search_by_key(&row, |payment| payment.row);
        found.is_ok()
    }

    /// What one enterprise was paid for one measure; never below zero, because money given back
    /// cannot raise what is due.
    pub(super) fn paid(&self, row: u32, measure: u32, window: Window) -> i64 {
        self.paid_in(row, measure, |year| window.holds(year))
    }

    /// The same in the award years that count.
    pub(super) fn paid_in(&self, row: u32, measure: u32, counts: impl Fn(i32) -> bool) -> i64 {
        if self.payments.is_empty() {
            return 0;
        }
        let start = self
            .payments
            .partition_point(|payment| (payment.row, payment.measure) < (row, measure));
        let mine = self.payments[start..]
            .iter()
            .take_while(|payment| (payment.row, payment.measure) == (row, measure));
        sum(mine.filter(|payment| counts(payment.year)))
    }
}

/// What one enterprise that the snapshot does not hold was paid, as it counts beside what others
/// of them were paid: what it gave back does not lower that.
pub(super) fn of_one_beyond(payments: impl Iterator<Item = Payment>) -> Vec<Payment> {
    let Payments { mut payments } = Payments::new(payments.collect());
    payments.retain(|payment| payment.fen > 0);
    payments
}

/// The sum of payments that stand by row, then by measure.
///
/// What one enterprise gave back for one measure beyond what it was paid counts as nothing: it
/// leaves no more room in a limit or a budget than there was.
pub(super) fn sum<'a>(payments: impl Iterator<Item = &'a Payment>) -> i64 {
    let (mut sum, mut own, mut owner) = (0i128, 0i128, None);
    for payment in payments {
        let next = Some((payment.row, payment.measure));
        if owner != next {
            sum += own.max(0);
            (own, owner) = (0, next);
        }
        own += i128::from(payment.fen);
    }
    i64::try_from(sum + own.max(0)).unwrap_or(i64::MAX)
}

/// A place as 32 bits; no snapshot and no library comes near the end of them.
pub(super) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
