//! Rules over one enterprise each: all of them at once, enterprise by enterprise.

use std::ops::Range;

use rayon::prelude::*;

use super::{Member, Over, Overs, Rules, Run, Together};
use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::line::Line;
use crate::awards::readings::place;

/// The awards of one enterprise under one rule, as they come to the first rule of its run. Later
/// rules find the same or less.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::awards) struct Tally {
    pub(in crate::awards) row: u32,
    /// How many there are.
    awards: u32,
    /// How many may take part with something, what was paid to them included.
    pub(in crate::awards) claimants: u32,
    /// The most that they may come to.
    pub(in crate::awards) greatest: i128,
    /// What the ledger paid.
    pub(in crate::awards) paid: i64,
}

impl Tally {
    fn add(&mut self, line: &Line) {
        self.row = line.row;
        self.awards += 1;
        let is_claimant = line.may && line.sums.greatest.saturating_add(line.paid) > 0;
        self.claimants += u32::from(is_claimant);
        self.greatest += i128::from(line.sums.greatest);
    }
}

/// Applies a run of rules to all enterprises.
pub(super) fn each_enterprise(
    settlement: &Settlement<'_>,
    overs: &Overs,
    run: &Run,
    lines: &mut [Line],
    book: &mut Book,
    work: &impl Rules,
) {
    let pieces = book.split_lines(lines).into_par_iter();
    let books: Vec<(usize, Book)> = pieces
        .map(|(first, piece)| {
            let mut book = Book::default();
            let mut each = OverEach::new(settlement, overs, run);
            let mut start = 0;
            while let Some(line) = piece.get(start) {
                let row = line.row;
                // An enterprise has a few lines, a piece thousands.
                let own_lines = piece[start..].iter().take_while(|line| line.row == row);
                let own = start..start + own_lines.count();
                start = own.end;
                each.look_at(piece, own, work, &mut book);
            }
            (first, book)
        })
        .collect();
    for (first, other) in books {
        book.absorb(other, first);
    }
}

/// A run of rules over one enterprise each, while it looks at enterprises one after the other.
struct OverEach<'r> {
    settlement: &'r Settlement<'r>,
    overs: &'r [Over],
    run: &'r Run,
    /// By rule, of the enterprise at hand.
    tallies: Vec<Tally>,
    /// The rules that name one of its measures.
    found: Vec<usize>,
    /// By rule, whether it may change one of its awards.
    concerned: Vec<bool>,
    /// Its awards under those rules.
    members: Vec<(usize, Member)>,
    own: Vec<Member>,
}

impl<'r> OverEach<'r> {
    fn new(settlement: &'r Settlement<'r>, overs: &'r Overs, run: &'r Run) -> Self {
        let overs = overs.all.as_slice();
        Self {
            settlement,
            overs,
            run,
            tallies: vec![Tally::default(); overs.len()],
            found: Vec::new(),
            concerned: vec![false; overs.len()],
            members: Vec::new(),
            own: Vec::new(),
        }
    }

    /// Applies the rules to an enterprise, of which these are the lines.
    fn look_at(
        &mut self,
        lines: &mut [Line],
        own: Range<usize>,
        work: &impl Rules,
        book: &mut Book,
    ) {
        let row = lines[own.start].row;
        let was_paid = self.settlement.payments.has(row);
        if !was_paid && !self.run.names_twice {
            let mut all = Tally::default();
            lines[own.clone()].iter().for_each(|line| all.add(line));
            if work.spares(&all) {
                return;
            }
        }
        if !self.find(&lines[own.clone()], was_paid, work) {
            return;
        }
        self.members.clear();
        for at in own {
            for (rule, order) in &self.run.named[place(lines[at].measure)] {
                if self.concerned[*rule] {
                    let order = *order;
                    self.members.push((*rule, Member { order, at }));
                }
            }
        }
        self.members.sort_unstable();
        for same in self.members.chunk_by(|one, other| one.0 == other.0) {
            let rule = same.first().map_or(0, |(rule, _)| *rule);
            self.own.clear();
            self.own.extend(same.iter().map(|(_, member)| *member));
            self.concerned[rule] = false;
            let paid = if was_paid {
                self.overs[rule].paid(self.settlement, row)
            } else {
                0
            };
            let together = Together {
                members: &self.own,
                paid,
                perhaps_paid: 0,
                rivals: &[],
                astray: false,
            };
            work.apply(rule, lines, &together, book);
        }
    }

    /// Marks the rules that may change one of these awards of an enterprise; whether there is any.
    fn find(&mut self, lines: &[Line], was_paid: bool, work: &impl Rules) -> bool {
        self.found.clear();
        for line in lines {
            for (rule, _) in &self.run.named[place(line.measure)] {
                let tally = &mut self.tallies[*rule];
                if tally.awards == 0 {
                    self.found.push(*rule);
                }
                tally.add(line);
            }
        }
        let mut any = false;
        for rule in &self.found {
            let mut tally = std::mem::take(&mut self.tallies[*rule]);
            if was_paid {
                tally.paid = self.overs[*rule].paid(self.settlement, tally.row);
            }
            let concerned = work.concerns(*rule, &tally);
            self.concerned[*rule] = concerned;
            any |= concerned;
        }
        any
    }
}
