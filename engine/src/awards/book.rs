//! The book of what the steps change, while they run.

use rayon::prelude::*;
use zhida_policies::values::Money;

use crate::awards::change::{Cause, Change, Changes, Split};
use crate::awards::line::{Line, Rule, Sums};
use crate::awards::payments::number;
use crate::awards::pieces::Pieces;
use crate::awards::readings::place;
use crate::awards::settled::{Problem, ProblemKind};
use crate::interpreter::UndefinedReason;

/// What the steps changed, while they run.
///
/// The changes stand by pieces of the lines, so that they come into the order of awards piece by
/// piece, in the caches and without a second copy of all of them.
#[derive(Debug, Default)]
pub(super) struct Book {
    pieces: Pieces,
    /// The changes of each piece, in the order of the steps; of one piece where there is none.
    changes: Vec<Vec<Change>>,
    pub(super) splits: Vec<Split>,
    pub(super) problems: Vec<Problem>,
}

/// What a book comes to.
pub(super) struct Closed {
    /// By award, then in the order of the steps.
    pub(super) changes: Changes,
    pub(super) splits: Vec<Split>,
    /// By step, rule and row.
    pub(super) problems: Vec<Problem>,
}

impl Book {
    /// A book of these lines.
    pub(super) fn of(lines: &[Line]) -> Self {
        let pieces = Pieces::of(lines);
        Self {
            changes: vec![Vec::new(); pieces.len()],
            pieces,
            ..Self::default()
        }
    }

    /// The pieces of the lines, each with the place where it starts.
    pub(super) fn split_lines<'l>(&self, lines: &'l mut [Line]) -> Vec<(usize, &'l mut [Line])> {
        self.pieces.split(lines)
    }

    /// Gives an award new sums and notes the change.
    pub(super) fn set(&mut self, at: usize, line: &mut Line, sums: Sums, rule: Rule, cause: Cause) {
        if sums.amount != line.sums.amount {
            let change = Change {
                award: number(at),
                step: rule.step,
                rule: rule.rule,
                before: Money::from_fen(line.sums.amount),
                after: Money::from_fen(sums.amount),
                cause,
            };
            self.changes_at(at).push(change);
        }
        if line.doubt.is_none() && line.sums.is_point() && !sums.is_point() {
            line.doubt = Some(rule);
        }
        line.sums = sums;
    }

    /// The changes of the piece that holds a line.
    fn changes_at(&mut self, at: usize) -> &mut Vec<Change> {
        if self.changes.is_empty() {
            self.changes.push(Vec::new());
        }
        let piece = self.pieces.find(at);
        &mut self.changes[piece]
    }

    /// Notes what fell short; its place.
    pub(super) fn split(&mut self, split: Split) -> u32 {
        self.splits.push(split);
        number(self.splits.len()) - 1
    }

    /// Notes a rule without value.
    pub(super) fn undefined(&mut self, at: Rule, row: u32, reason: UndefinedReason) {
        self.problems.push(Problem {
            at,
            row,
            kind: ProblemKind::Undefined(reason),
        });
    }

    /// Takes over what another book notes of one piece, of lines that start at a place.
    pub(super) fn absorb(&mut self, other: Self, first: usize) {
        let splits = number(self.splits.len());
        self.splits.extend(other.splits);
        self.problems.extend(other.problems);
        self.add(other.changes, first, splits);
    }

    /// The same of a book that notes changes alone, by splits of this one.
    pub(super) fn absorb_changes(&mut self, other: Self, first: usize) {
        self.add(other.changes, first, 0);
    }

    fn add(&mut self, changes: Vec<Vec<Change>>, first: usize, splits: u32) {
        let lines = number(first);
        let moved = changes.into_iter().flatten().map(|change| Change {
            award: change.award + lines,
            cause: change.cause.moved(lines, splits),
            ..change
        });
        self.changes_at(first).extend(moved);
    }

    /// Puts the notes in order, and tells each line where its changes stand and why it has no
    /// amount.
    pub(super) fn close(self, lines: &mut [Line]) -> Closed {
        let Self {
            pieces,
            mut changes,
            splits,
            mut problems,
        } = self;
        let before = changes.iter().scan(0, |sum, piece: &Vec<Change>| {
            let before = *sum;
            *sum += piece.len();
            Some(before)
        });
        let before: Vec<usize> = before.collect();
        let lines = pieces.split(lines).into_par_iter();
        let closed = lines.zip(&mut changes).zip(before);
        closed.for_each(|(((first, lines), changes), before)| {
            // The steps ran in order, and a stable sort keeps that order within each award.
            changes.sort_by_key(|change| change.award);
            tell(first, lines, changes, before);
        });
        problems.sort_by_key(|problem| (problem.at.step, problem.at.rule, problem.row));
        problems.dedup();
        Closed {
            changes: Changes::new(changes),
            splits,
            problems,
        }
    }
}

/// Tells the lines of a piece what changed them; so many changes stand before those of the piece.
fn tell(first: usize, lines: &mut [Line], changes: &[Change], before: usize) {
    let mut next = 0;
    for (at, line) in (first..).zip(lines) {
        let start = next;
        while changes
            .get(next)
            .is_some_and(|change| place(change.award) == at)
        {
            next += 1;
        }
        line.changes = number(before + start)..number(before + next);
        let last = changes[start..next].last();
        let reason = last.map(|change| change.cause.reason(change.step));
        line.reason = reason.filter(|_| line.sums.amount == 0);
    }
}
