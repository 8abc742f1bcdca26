//! Ranks of keys.

use crate::awards::book::Book;
use crate::awards::change::Step;
use crate::awards::line::Rule;
use crate::awards::payments::number;
use crate::awards::readings::{Figure, place};

/// The level of an award whose key is not known.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// Which keys come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The smallest.
    Ascending,
    /// The greatest.
    Descending,
}

/// Places in their order, each behind its level: by level, then by place. Levels begin at 0, equal
/// keys have one level, and unknown ones stand last with [`UNKNOWN`].
pub(super) struct Ranked(pub(super) Vec<(u32, u32)>);

impl Ranked {
    /// So many places on one level.
    pub(super) fn equal(count: usize) -> Self {
        Self((0..number(count)).map(|place| (0, place)).collect())
    }

    /// Known places of equal keys at a time, then the unknown ones, ascending.
    fn of<'k, K: 'k>(
        known: impl Iterator<Item = &'k [K]>,
        place: impl Fn(&K) -> u32,
        figures: &[Figure],
    ) -> Self {
        let mut ranked = Vec::with_capacity(figures.len());
        for (level, same) in (0..).zip(known) {
            ranked.extend(same.iter().map(|key| (level, place(key))));
        }
        let unknown = (0..).zip(figures).filter(|(_, figure)| !figure.is_known());
        ranked.extend(unknown.map(|(place, _)| (UNKNOWN, place)));
        Self(ranked)
    }
}

/// The places of keys in their order.
pub(super) fn ranked(figures: &[Figure], order: Order) -> Ranked {
    if let Some(ranked) = ranked_whole(figures, order) {
        return ranked;
    }
    let known = |(_, figure): &(u32, &Figure)| figure.is_known();
    let mut keys: Vec<(u32, &Figure)> = (0..).zip(figures).filter(known).collect();
    let compare = |left: &(u32, &Figure), right: &(u32, &Figure)| {
        let ordering = left.1.compare(right.1);
        match order {
            Order::Ascending => ordering,
            Order::Descending => ordering.reverse(),
        }
    };
    keys.sort_unstable_by(|left, right| compare(left, right).then(left.0.cmp(&right.0)));
    let known = keys.chunk_by(|left, right| compare(left, right).is_eq());
    Ranked::of(known, |(place, _)| *place, figures)
}

/// The same where all known keys are whole numbers, as money and counts are.
fn ranked_whole(figures: &[Figure], order: Order) -> Option<Ranked> {
    let mut keys: Vec<(i64, u32)> = Vec::with_capacity(figures.len());
    for (place, figure) in (0..).zip(figures) {
        match figure {
            // The complement turns the order around.
            Figure::Whole(whole) => match order {
                Order::Ascending => keys.push((*whole, place)),
                Order::Descending => keys.push((!*whole, place)),
            },
            Figure::Unknown(_) | Figure::Undefined(_) => {}
            Figure::Ratio(..) | Figure::Exact(_) => return None,
        }
    }
    keys.sort_unstable();
    let known = keys.chunk_by(|left, right| left.0 == right.0);
    Some(Ranked::of(known, |(_, place)| *place, figures))
}

/// The level of each key from 0, equal keys on one level; [`UNKNOWN`] for an unknown one.
pub(super) fn levels(figures: &[Figure], order: Order) -> Vec<u32> {
    let mut levels = vec![UNKNOWN; figures.len()];
    for (level, at) in ranked(figures, order).0 {
        levels[place(at)] = level;
    }
    levels
}

/// Notes the keys, limits or weights that have no value.
pub(super) fn note_undefined(book: &mut Book, step: Step, rule: u32, rows: &[u32], all: &[Figure]) {
    for (row, figure) in rows.iter().zip(all) {
        if let Figure::Undefined(reason) = figure {
            book.undefined(Rule { step, rule }, *row, *reason);
        }
    }
}
