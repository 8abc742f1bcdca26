//! Step 9: caps over several measures.
//!
//! The room of a cap is its limit less what the ledger paid in its window. Awards that do not fit
//! share it in the order named, or pro rata; awards of one measure of several enterprises have no
//! order and share pro rata.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;
use zhida_policies::measure::Cap;
use zhida_policies::measure::expression::{ExprKind, Value};
use zhida_policies::syntax::ast::{CapSplit, CapWindow};
use zhida_policies::values::{Money, Number};

use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::change::{Cause, Split, Step};
use crate::awards::fill::{Entry, Filled, Rival, fill};
use crate::awards::line::{Line, Rule, Sums};
use crate::awards::payments::{Window, number};
use crate::awards::readings::{Figure, Question, place};
use crate::awards::rows::{RowBits, Rows};
use crate::awards::settled::{Problem, ProblemKind};
use crate::awards::together::{self, Member, Over, Together};
use crate::interpreter::UndefinedReason;

/// Every cap of the library, in its order.
pub(super) fn apply(settlement: &Settlement<'_>, lines: &mut [Line], book: &mut Book) {
    let caps = &settlement.library.caps;
    if caps.is_empty() {
        return;
    }
    let year = settlement.context.year;
    let overs: Vec<Over> = caps
        .iter()
        .map(|cap| {
            let window = match cap.window {
                CapWindow::PerYear => Window::year(year),
                CapWindow::Cumulative => Window::Always,
            };
            Over::new(settlement, &cap.over, cap.by, |_| window)
        })
        .collect();
    let limits = Limits::read_all(settlement, &overs, lines);
    let work = |rule: usize, lines: &mut [Line], together: &Together<'_>, book: &mut Book| {
        reduce(rule, &caps[rule], &limits[rule], lines, together, book);
    };
    together::apply(settlement, &overs, lines, book, &work);
}

/// The limit of one cap for each enterprise that needs it.
enum Limits {
    /// The same for everybody.
    Constant(Figure),
    /// By row.
    ByRow(Rows, Vec<Figure>),
    /// By row, for a rule over one enterprise each: whole fen, not below zero, and [`OTHER`] for a
    /// limit that is not known, which stands apart.
    Fen(Rows, Vec<i64>, BTreeMap<u32, Figure>),
}

/// What stands for a limit that is not known.
const OTHER: i64 = -1;

impl Limits {
    fn read_all(settlement: &Settlement<'_>, overs: &[Over], lines: &[Line]) -> Vec<Self> {
        let mut asked: Vec<Vec<usize>> = vec![Vec::new(); settlement.library.measures.len()];
        let caps = settlement.library.caps.iter();
        for (rule, (over, cap)) in overs.iter().zip(caps).enumerate() {
            if constant(cap).is_none() {
                let measures = over.measures.iter();
                measures.for_each(|(measure, _)| asked[place(*measure)].push(rule));
            }
        }
        let rows = if asked.iter().all(Vec::is_empty) {
            vec![Rows::default(); overs.len()]
        } else {
            rows_asked(&asked, overs.len(), lines)
        };
        let read = |((cap, over), rows): ((&Cap, &Over), Rows)| {
            if let Some(limit) = constant(cap) {
                return Self::Constant(limit);
            }
            let question = Question {
                expression: &cap.limit,
                bindings: &cap.bindings,
            };
            let listed = rows.list();
            let figures = settlement.readings.figures(question, &listed);
            match over.by {
                Some(_) => Self::ByRow(rows, figures),
                None => Self::of_single(rows, &listed, figures),
            }
        };
        let caps = settlement.library.caps.par_iter().zip(overs);
        caps.zip(rows).map(read).collect()
    }

    /// The limits of a rule that never compares those of several enterprises.
    fn of_single(rows: Rows, listed: &[u32], figures: Vec<Figure>) -> Self {
        let mut others = BTreeMap::new();
        let pairs = listed.iter().zip(figures);
        let fen = pairs.map(|(row, figure)| {
            known_fen(&figure).unwrap_or_else(|| {
                others.insert(*row, figure);
                OTHER
            })
        });
        let fen = fen.collect();
        Self::Fen(rows, fen, others)
    }

    /// Whether enterprises can come to different limits.
    fn is_by_row(&self) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::ByRow(..) | Self::Fen(..) => true,
        }
    }

    /// The known limit of a rule over one enterprise each, of which these are the rows: it is
    /// looked up once, however many awards there are.
    fn of_single_row(&self, mut rows: impl Iterator<Item = u32>) -> Option<Limit> {
        let fen = match self {
            Self::Constant(figure) => known_fen(figure)?,
            Self::ByRow(..) => return None,
            Self::Fen(rows_asked, fen, _) => fen[rows_asked.find(rows.next()?)?],
        };
        (fen != OTHER).then(|| Limit::Fen(Sums::point(fen)))
    }

    /// The limit of an enterprise; none was read for one without money.
    fn of(&self, row: u32) -> Option<Cow<'_, Figure>> {
        match self {
            Self::Constant(figure) => Some(Cow::Borrowed(figure)),
            Self::ByRow(rows, figures) => rows.find(row).map(|at| Cow::Borrowed(&figures[at])),
            Self::Fen(rows, fen, others) => match fen[rows.find(row)?] {
                OTHER => others.get(&row).map(Cow::Borrowed),
                fen => Some(Cow::Owned(Figure::Whole(fen))),
            },
        }
    }
}

/// Lines that one thread looks at in one go.
const CHUNK: usize = if cfg!(test) { 3 } else { 1 << 16 };

/// For each rule the rows with money that it asks of; `asked` are the rules by measure.
fn rows_asked(asked: &[Vec<usize>], rules: usize, lines: &[Line]) -> Vec<Rows> {
    let chunks: Vec<Vec<RowBits>> = lines
        .par_chunks(CHUNK)
        .map(|chunk| {
            let (first, last) = (chunk.first(), chunk.last());
            let ends = first
                .zip(last)
                .map_or(0..=0, |(first, last)| first.row..=last.row);
            let mut bits = vec![RowBits::over(ends); rules];
            for line in chunk.iter().filter(|line| line.sums.greatest > 0) {
                for rule in &asked[place(line.measure)] {
                    bits[*rule].set(line.row);
                }
            }
            bits
        })
        .collect();
    let all = |rule: usize| Rows::new(chunks.iter().map(|chunk| &chunk[rule]));
    (0..rules).into_par_iter().map(all).collect()
}

/// Whether the limit of a cap is written as an amount.
pub(super) fn is_constant(cap: &Cap) -> bool {
    constant(cap).is_some()
}

/// The limit of a cap that is written as an amount.
fn constant(cap: &Cap) -> Option<Figure> {
    let ExprKind::Literal(Value::Money(fen)) = &cap.limit.kind else {
        return None;
    };
    fen.to_i64().map(Figure::Whole)
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
                    let least = bounds.least.as_ref().map_or(0, whole_fen);
                    let greatest = bounds.greatest.as_ref().map_or(i64::MAX, whole_fen);
                    let (low, high) = ends.unwrap_or((least, greatest));
                    ends = Some((low.min(least), high.max(greatest)));
                }
                Figure::Whole(_) | Figure::Ratio(..) | Figure::Exact(_) => {
                    if previous.is_some_and(|other| other.compare(&figure).is_ne()) {
                        return Self::Differ;
                    }
                    known = known_fen(&figure);
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

/// A known limit in whole fen, not below zero.
fn known_fen(limit: &Figure) -> Option<i64> {
    match limit {
        Figure::Whole(fen) => Some((*fen).max(0)),
        Figure::Ratio(over, under) => Some(over.div_euclid(*under).max(0)),
        Figure::Exact(number) => Some(whole_fen(number)),
        Figure::Unknown(_) | Figure::Undefined(_) => None,
    }
}

/// Whole fen, not below zero.
fn whole_fen(limit: &Number) -> i64 {
    if limit.is_negative() {
        return 0;
    }
    limit.floor().to_i64().unwrap_or(i64::MAX)
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
    let rows = members.iter().map(|member| lines[member.at].row);
    let single = limits.of_single_row(rows.clone());
    let limit = single.unwrap_or_else(|| Limit::of(rows.filter_map(|row| limits.of(row))));
    let limit = match limit {
        Limit::Fen(limit) => limit,
        Limit::Undefined(reason) => {
            return refuse(members, lines, note, ProblemKind::Undefined(reason), book);
        }
        Limit::Differ => return refuse(members, lines, note, ProblemKind::LimitsDiffer, book),
    };
    let left = |limit: i64, paid: i64| limit.saturating_sub(paid).max(0);
    let paid_at_most = together.paid.saturating_add(together.perhaps_paid);
    // A rival could bring another limit into the group, and then nobody is paid for now.
    let may_differ = !together.rivals.is_empty() && limits.is_by_row();
    let room = Sums {
        amount: left(limit.amount, together.paid),
        least: if may_differ {
            0
        } else {
            left(limit.least, paid_at_most)
        },
        greatest: left(limit.greatest, together.paid),
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
