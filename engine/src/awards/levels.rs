//! Ranks of keys.

use crate::awards::book::Book;
use crate::awards::change::Step;
use crate::awards::line::Rule;
use crate::awards::readings::Figure;

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

/// The level of each key from 0, equal keys on one level; [`UNKNOWN`] for an unknown one.
pub(super) fn levels(figures: &[Figure], order: Order) -> Vec<u32> {
    if let Some(levels) = levels_of_whole(figures, order) {
        return levels;
    }
    let known = |place: &usize| figures[*place].is_known();
    let mut places: Vec<usize> = (0..figures.len()).filter(known).collect();
    let compare = |left: &usize, right: &usize| {
        let ordering = figures[*left].compare(&figures[*right]);
        match order {
            Order::Ascending => ordering,
            Order::Descending => ordering.reverse(),
        }
    };
    places.sort_unstable_by(|left, right| compare(left, right).then(left.cmp(right)));
    let mut levels = vec![UNKNOWN; figures.len()];
    for (level, same) in (0..).zip(places.chunk_by(|a, b| compare(a, b).is_eq())) {
        for place in same {
            levels[*place] = level;
        }
    }
    levels
}

/// The same where all known keys are whole numbers, as money and counts are.
fn levels_of_whole(figures: &[Figure], order: Order) -> Option<Vec<u32>> {
    let mut keys: Vec<(i64, usize)> = Vec::with_capacity(figures.len());
    for (place, figure) in figures.iter().enumerate() {
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
    let mut levels = vec![UNKNOWN; figures.len()];
    for (level, same) in (0..).zip(keys.chunk_by(|one, other| one.0 == other.0)) {
        for (_, place) in same {
            levels[*place] = level;
        }
    }
    Some(levels)
}

/// Notes the keys, limits or weights that have no value.
pub(super) fn note_undefined(book: &mut Book, step: Step, rule: u32, rows: &[u32], all: &[Figure]) {
    for (row, figure) in rows.iter().zip(all) {
        if let Figure::Undefined(reason) = figure {
            book.undefined(Rule { step, rule }, *row, *reason);
        }
    }
}
