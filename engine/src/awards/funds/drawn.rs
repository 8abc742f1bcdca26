//! What awards ask of the funds that they draw on.

use std::collections::BTreeMap;

use rayon::prelude::*;
use zhida_policies::measure::library::Library;

use crate::awards::line::{Line, Sums};
use crate::awards::payments::number;
use crate::awards::readings::place;

/// An award that draws on a fund, as it comes to it: funds look at them again and again, in the
/// order of keys, and among millions of lines they lie far apart.
pub(in crate::awards) struct Drawn {
    /// Its place among the lines that it was taken from.
    pub(super) at: u32,
    pub(super) row: u32,
    pub(super) stands: bool,
    pub(super) sure: bool,
    pub(super) paid: i64,
    pub(super) sums: Sums,
}

impl Drawn {
    fn of(at: u32, line: &Line) -> Self {
        Self {
            at,
            row: line.row,
            stands: line.stands,
            sure: line.sure,
            paid: line.paid,
            sums: line.sums,
        }
    }
}

/// Which fund each measure of a library draws on, by their places.
pub(in crate::awards) struct FundOf {
    of: Vec<Option<usize>>,
    funds: usize,
}

impl FundOf {
    pub(in crate::awards) fn new(library: &Library) -> Self {
        // The first of a name stays.
        let funds = library.funds.iter().enumerate().rev();
        let funds: BTreeMap<_, usize> = funds.map(|(at, fund)| (&fund.id, at)).collect();
        let measures = library.measures.iter();
        let fund_of = measures.map(|measure| funds.get(measure.fund.as_ref()?).copied());
        Self {
            of: fund_of.collect(),
            funds: library.funds.len(),
        }
    }

    /// The fund of a measure.
    pub(super) fn of(&self, measure: u32) -> Option<usize> {
        self.of[place(measure)]
    }

    /// The funds that a measure draws on, in the order of the library.
    pub(in crate::awards) fn drawn(&self) -> Vec<usize> {
        let mut is_drawn = vec![false; self.funds];
        self.of
            .iter()
            .flatten()
            .for_each(|fund| is_drawn[*fund] = true);
        (0..self.funds).filter(|fund| is_drawn[*fund]).collect()
    }

    /// By fund the awards that may draw on it, in their order; of the funds asked for.
    pub(in crate::awards) fn draws(
        &self,
        is_asked: impl Fn(usize) -> bool,
        first: usize,
        lines: &[Line],
    ) -> Vec<Vec<Drawn>> {
        let drawn = |line: &Line| {
            let fund = self.of(line.measure)?;
            (line.may && is_asked(fund)).then_some(fund)
        };
        // Counted first, because they wait for each other, and take no more room than they need.
        let mut counts = vec![0; self.funds];
        lines
            .iter()
            .filter_map(&drawn)
            .for_each(|fund| counts[fund] += 1);
        let mut draws: Vec<Vec<Drawn>> = counts.into_iter().map(Vec::with_capacity).collect();
        for (at, line) in (number(first)..).zip(lines) {
            if let Some(fund) = drawn(line) {
                draws[fund].push(Drawn::of(at, line));
            }
        }
        draws
    }

    /// The same of all lines, chunk by chunk.
    pub(super) fn draws_of_chunks(&self, funds: &[usize], lines: &[Line]) -> Vec<Vec<Vec<Drawn>>> {
        let mut is_asked = vec![false; self.funds];
        funds.iter().for_each(|fund| is_asked[*fund] = true);
        let chunks = lines.par_chunks(CHUNK).enumerate();
        let draws = |(number, chunk): (usize, &[Line])| {
            self.draws(|fund| is_asked[fund], number * CHUNK, chunk)
        };
        chunks.map(draws).collect()
    }
}

/// Lines that one thread looks at in one go.
const CHUNK: usize = if cfg!(test) { 3 } else { 1 << 16 };
