//! Step 7: limited places.
//!
//! # Bounds
//! An enterprise is sure of a place where it has one even if everybody who may take part does, and
//! everybody whose key is unknown ranks above it. It may have one where it has one among those
//! alone who are sure to take part with a known key.

use rayon::prelude::*;
use zhida_policies::measure::Places;
use zhida_policies::syntax::words::Ties;

use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::change::{Cause, Step};
use crate::awards::levels::{Order, UNKNOWN, levels, note_undefined};
use crate::awards::line::{Line, Rule, Sums};
use crate::awards::payments::number;
use crate::awards::readings::{Question, place};

/// What becomes of one award.
struct Verdict {
    at: usize,
    sums: Sums,
    stands: bool,
    sure: bool,
    may: bool,
    cause: Cause,
}

/// The places of every measure that limits them, each measure on its own.
pub(super) fn apply(settlement: &Settlement<'_>, lines: &mut [Line], book: &mut Book) {
    let measures = &settlement.library.measures;
    if measures.iter().all(|measure| measure.places.is_none()) {
        return;
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); measures.len()];
    for (at, line) in lines.iter().enumerate() {
        if measures[place(line.measure)].places.is_some() && line.may {
            members[place(line.measure)].push(at);
        }
    }
    let shared: &[Line] = lines;
    let judged: Vec<(u32, Vec<Verdict>, Book)> = members
        .par_iter()
        .enumerate()
        .filter(|(_, members)| !members.is_empty())
        .map(|(measure, members)| {
            let mut book = Book::default();
            let verdicts = judge(settlement, measure, members, shared, &mut book);
            (number(measure), verdicts, book)
        })
        .collect();
    for (measure, verdicts, other) in judged {
        book.absorb(other, 0);
        let rule = Rule {
            step: Step::Places,
            rule: measure,
        };
        for verdict in verdicts {
            let line = &mut lines[verdict.at];
            book.set(verdict.at, line, verdict.sums, rule, verdict.cause);
            line.stands = verdict.stands;
            line.sure = verdict.sure;
            line.may = verdict.may;
        }
    }
}

fn judge(
    settlement: &Settlement<'_>,
    measure: usize,
    members: &[usize],
    lines: &[Line],
    book: &mut Book,
) -> Vec<Verdict> {
    let measure_place = number(measure);
    let measure = &settlement.library.measures[measure];
    let Some(places) = &measure.places else {
        return Vec::new();
    };
    if u64::from(number(members.len())) <= places.count {
        return Vec::new();
    }
    let question = Question {
        expression: &places.by,
        bindings: &measure.bindings,
    };
    let rows: Vec<u32> = members.iter().map(|at| lines[*at].row).collect();
    let keys = settlement.readings.figures(question, &rows);
    note_undefined(book, Step::Places, measure_place, &rows, &keys);
    let levels = levels(&keys, Order::Descending);
    let mut ranked: Vec<(u32, usize)> = levels.into_iter().zip(members.iter().copied()).collect();
    ranked.sort_unstable();
    let known = ranked.partition_point(|(level, _)| *level < UNKNOWN);
    let (ranked, unranked) = ranked.split_at(known);
    let mut above = Heads::default();
    let mut verdicts = Vec::with_capacity(members.len());
    for level in ranked.chunk_by(|left, right| left.0 == right.0) {
        let same = Heads::of(level, lines);
        let unranked = number(unranked.len());
        for (_, at) in level {
            verdicts.push(verdict(places, *at, &lines[*at], above, same, unranked));
        }
        above = above.plus(same);
    }
    verdicts.extend(unranked.iter().map(|(_, at)| Verdict {
        at: *at,
        sums: Sums::of(0, 0, lines[*at].sums.greatest),
        stands: false,
        sure: false,
        may: true,
        cause: Cause::NoRank,
    }));
    verdicts
}

/// How many take part: as things stand, for sure, perhaps.
#[derive(Clone, Copy, Debug, Default)]
struct Heads {
    stand: u32,
    sure: u32,
    may: u32,
}

impl Heads {
    fn of(level: &[(u32, usize)], lines: &[Line]) -> Self {
        level.iter().fold(Self::default(), |heads, (_, at)| {
            heads.plus(Self {
                stand: u32::from(lines[*at].stands),
                sure: u32::from(lines[*at].sure),
                may: 1,
            })
        })
    }

    fn plus(self, other: Self) -> Self {
        Self {
            stand: self.stand + other.stand,
            sure: self.sure + other.sure,
            may: self.may + other.may,
        }
    }
}

fn verdict(
    places: &Places,
    at: usize,
    line: &Line,
    above: Heads,
    same: Heads,
    unranked: u32,
) -> Verdict {
    // With this one among them.
    let sure_same = same.sure + u32::from(!line.sure);
    let has_place = |above: u32, same: u32| match places.ties {
        Ties::Share => u64::from(above) < places.count,
        Ties::Miss => u64::from(above) + u64::from(same) <= places.count,
    };
    let stands = has_place(above.stand, same.stand);
    let sure = has_place(above.may + unranked, same.may);
    let may = has_place(above.sure, sure_same);
    let Sums {
        amount,
        least,
        greatest,
    } = line.sums;
    let if_so = |so: bool, fen: i64| if so { fen } else { 0 };
    let sums = Sums::of(
        if_so(stands, amount),
        if_so(sure, least),
        if_so(may, greatest),
    );
    Verdict {
        at,
        sums,
        stands: line.stands && stands,
        sure: line.sure && sure,
        may,
        cause: Cause::NoPlace {
            above: above.stand,
            tied: same.stand,
        },
    }
}
