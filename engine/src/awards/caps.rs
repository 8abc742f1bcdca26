//! Step 9: caps over several measures.
//!
//! The room of a cap is its limit less what the ledger paid in its window. Awards that do not fit
//! share it in the order named, or pro rata; awards of one measure of several enterprises have no
//! order and share pro rata.

mod limits;

use std::borrow::Cow;

use zhida_policies::measure::Cap;
use zhida_policies::measure::library::Library;
use zhida_policies::syntax::ast::{CapSplit, CapWindow};
use zhida_policies::values::Money;

use crate::awards::Settlement;
use crate::awards::book::Book;
pub(crate) use crate::awards::caps::limits::CapLimits;
use crate::awards::caps::limits::Limits;
use crate::awards::change::{Cause, Split, Step};
use crate::awards::fill::{Entry, Filled, Rival, fill};
use crate::awards::line::{Line, Rule, Sums};
use crate::awards::payments::{Window, number};
use crate::awards::readings::{Figure, whole};
use crate::awards::settled::{Problem, ProblemKind};
use crate::awards::together::{self, Member, Over, Overs, Rules, Tally, Together};
use crate::interpreter::UndefinedReason;

/// The caps of a library, in its order.
pub(super) fn overs(library: &Library, year: i32) -> Overs {
    let over = |cap: &Cap| {
        let window = match cap.window {
            CapWindow::PerYear => Window::year(year),
            CapWindow::Cumulative => Window::Always,
        };
        Over::new(library, &cap.over, cap.by, |_| window)
    };
    Overs::new(library, library.caps.iter().map(over).collect())
}

/// Every cap of the library, in its order.
pub(super) fn apply(
    settlement: &Settlement<'_>,
    caps: &Overs,
    limits: &CapLimits,
    lines: &mut [Line],
    book: &mut Book,
) {
    let rules = CapRules {
        caps: &settlement.library.caps,
        limits,
    };
    together::apply(settlement, caps, lines, book, &rules);
}

struct CapRules<'a> {
    caps: &'a [Cap],
    limits: &'a CapLimits,
}

impl Rules for CapRules<'_> {
    fn spares(&self, all: &Tally) -> bool {
        all.greatest <= i128::from(self.limits.least(all.row))
    }

    /// What fits a known limit whatever arrives stays as it is.
    fn concerns(&self, rule: usize, tally: &Tally) -> bool {
        if tally.greatest == 0 {
            return false;
        }
        let limit = self.limits.of(rule).known_fen(tally.row);
        limit.is_none_or(|limit| tally.greatest > i128::from(room(limit, tally.paid)))
    }

    fn apply(&self, rule: usize, lines: &mut [Line], together: &Together<'_>, book: &mut Book) {
        reduce(
            rule,
            &self.caps[rule],
            self.limits.of(rule),
            lines,
            together,
            book,
        );
    }
}

/// What is left of a limit.
fn room(limit: i64, paid: i64) -> i64 {
    limit.saturating_sub(paid).max(0)
}

/// The one limit of those that a cap takes together.
enum Limit {
    Fen(Sums),
    Undefined(UndefinedReason),
    Differ,
}

impl Limit {
    /// A limit below zero leaves no room; a part below one fen is cut, so that no award is above
    /// the cap. Where the limit of one enterprise is unknown, that of its group lies between the
    /// ends of all; as things stand it is the least.
    fn of<'a>(figures: impl Iterator<Item = Cow<'a, Figure>>) -> Self {
        let mut known: Option<i64> = None;
        let mut ends: Option<(i64, i64)> = None;
        let mut previous: Option<Cow<'a, Figure>> = None;
        let mut count = 0u32;
        for figure in figures {
            count += 1;
            match &*figure {
                Figure::Undefined(reason) => return Self::Undefined(*reason),
                Figure::Unknown(bounds) => {
                    let least = bounds.least.as_ref().map_or(0, whole);
                    let greatest = bounds.greatest.as_ref().map_or(i64::MAX, whole);
                    let (low, high) = ends.unwrap_or((least, greatest));
                    ends = Some((low.min(least), high.max(greatest)));
                }
                Figure::Whole(_) | Figure::Ratio(..) | Figure::Exact(_) => {
                    if previous.is_some_and(|other| other.compare(&figure).is_ne()) {
                        return Self::Differ;
                    }
                    known = figure.whole();
                    previous = Some(figure);
                }
            }
        }
        match (known, ends) {
            (known, Some((least, greatest))) => {
                let least = known.map_or(least, |known| known.min(least));
                let greatest = known.map_or(greatest, |known| known.max(greatest));
                // Several enterprises may yet differ, and then nobody is paid for now.
                let sure = if count > 1 { 0 } else { least };
                Self::Fen(Sums::of(least, sure, greatest))
            }
            (Some(known), None) => Self::Fen(Sums::point(known)),
            (None, None) => Self::Fen(Sums::point(i64::MAX)),
        }
    }
}

fn reduce(
    rule: usize,
    cap: &Cap,
    limits: &Limits,
    lines: &mut [Line],
    together: &Together<'_>,
    book: &mut Book,
) {
    let members = together.members;
    let note = Rule {
        step: Step::Caps,
        rule: number(rule),
    };
    if members
        .iter()
        .all(|member| lines[member.at].sums.greatest == 0)
    {
        return;
    }
    let mut rows = members.iter().map(|member| lines[member.at].row);
    // The limit of a rule over one enterprise is looked up once, however many awards there are.
    let single = rows.clone().next().and_then(|row| limits.known_fen(row));
    let limit = match single {
        Some(fen) => Limit::Fen(Sums::point(fen)),
        None => Limit::of(rows.by_ref().filter_map(|row| limits.of(row))),
    };
    let limit = match limit {
        Limit::Fen(limit) => limit,
        Limit::Undefined(reason) => {
            return refuse(members, lines, note, ProblemKind::Undefined(reason), book);
        }
        Limit::Differ => return refuse(members, lines, note, ProblemKind::LimitsDiffer, book),
    };
    let paid_at_most = together.paid.saturating_add(together.perhaps_paid);
    // A rival could bring another limit into the group, and then nobody is paid for now.
    let may_differ = !together.rivals.is_empty() && limits.is_by_row();
    let room = Sums {
        amount: room(limit.amount, together.paid),
        least: if may_differ {
            0
        } else {
            room(limit.least, paid_at_most)
        },
        greatest: room(limit.greatest, together.paid),
    };
    let claimants = members.iter().chain(together.rivals);
    let at_most: i128 = claimants
        .map(|member| i128::from(lines[member.at].sums.greatest))
        .sum();
    if at_most <= i128::from(room.least) && !together.astray {
        // Everything fits whatever arrives.
        return;
    }
    let (entries, rivals) = claims(cap, lines, together);
    let filled = fill(&entries, &rivals, room);
    let split = filled.edge.map(|edge| {
        book.split(Split {
            step: Step::Caps,
            rule: note.rule,
            limit: Money::from_fen(limit.amount),
            paid: Money::from_fen(together.paid),
            room: Money::from_fen(edge.room),
            claimed: edge.claimed,
            scale: 1,
            awards: edge.awards,
        })
    });
    write(members, &entries, &filled, split, note, lines, book);
    if together.astray {
        for member in members {
            let line = &mut lines[member.at];
            let sums = Sums {
                least: 0,
                ..line.sums
            };
            book.set(member.at, line, sums, note, Cause::Part(0));
        }
    }
}

/// The claims on a cap, and those that may be claims on it.
fn claims(cap: &Cap, lines: &[Line], together: &Together<'_>) -> (Vec<Entry>, Vec<Rival>) {
    let level = |order: u32| match cap.split {
        Some(CapSplit::ProRata) => 0,
        Some(CapSplit::FirstCome) | None => order,
    };
    let entry = |member: &Member| Entry {
        level: level(member.order),
        sums: lines[member.at].sums,
    };
    let rival = |rival: &Member| Rival {
        level: level(rival.order),
        greatest: lines[rival.at].sums.greatest.into(),
    };
    (
        together.members.iter().map(entry).collect(),
        together.rivals.iter().map(rival).collect(),
    )
}

/// Gives awards what a sharing came to.
fn write(
    members: &[Member],
    entries: &[Entry],
    filled: &Filled,
    split: Option<u32>,
    rule: Rule,
    lines: &mut [Line],
    book: &mut Book,
) {
    for ((member, entry), sums) in members.iter().zip(entries).zip(&filled.sums) {
        let split = split.unwrap_or_default();
        let cause = if filled.edge.is_some_and(|edge| edge.level < entry.level) {
            Cause::UsedUp(split)
        } else {
            Cause::Part(split)
        };
        book.set(member.at, &mut lines[member.at], *sums, rule, cause);
    }
}

/// Pays nothing where the limit has no value, until someone has looked at it.
fn refuse(members: &[Member], lines: &mut [Line], rule: Rule, kind: ProblemKind, book: &mut Book) {
    let cause = match kind {
        ProblemKind::Undefined(reason) => Cause::NoLimit(reason),
        ProblemKind::LimitsDiffer => Cause::LimitsDiffer,
    };
    for member in members {
        let line = &mut lines[member.at];
        if line.sums.greatest == 0 {
            continue;
        }
        book.problems.push(Problem {
            at: rule,
            row: line.row,
            kind,
        });
        let sums = Sums::of(0, 0, line.sums.greatest);
        book.set(member.at, line, sums, rule, cause);
    }
}
