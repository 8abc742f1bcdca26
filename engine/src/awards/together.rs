//! Who a rule over several measures takes together: the awards of one enterprise, or of all
//! enterprises that share a fact.
//!
//! # Bounds
//! An enterprise whose shared fact is unknown may belong with any of the others: its claims are
//! rivals of every group, and what it was paid may have been paid to any. As things stand it is
//! alone.

use std::ops::Range;

use rayon::prelude::*;
use zhida_policies::measure::MeasureRef;
use zhida_policies::vocabulary::FactId;

use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::line::Line;
use crate::awards::payments::{Payment, Window, number, sum};
use crate::awards::readings::place;

/// A rule over several measures.
pub(super) struct Over {
    /// The measures in the order named, with the payments that count.
    pub(super) measures: Vec<(u32, Window)>,
    /// The fact that enterprises share.
    pub(super) by: Option<FactId>,
}

/// One award under a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    /// The place of its measure in the order named.
    pub(super) order: u32,
    /// The line.
    pub(super) at: usize,
}

/// What a rule takes together.
pub(super) struct Together<'a> {
    /// The awards, in the order named, then by row.
    pub(super) members: &'a [Member],
    /// What they were paid.
    pub(super) paid: i64,
    /// What may have been paid to them as well.
    pub(super) perhaps_paid: i64,
    /// Awards that may belong here as well.
    pub(super) rivals: &'a [Member],
    /// Whether they may belong with others: the shared fact is unknown.
    pub(super) astray: bool,
}

/// Applies one rule to what it takes together.
pub(super) type Work<'a> = dyn Fn(usize, &mut [Line], &Together<'_>, &mut Book) + Sync + Send + 'a;

impl Over {
    /// The measures named, of those that the library holds.
    pub(super) fn new(
        settlement: &Settlement<'_>,
        names: &[MeasureRef],
        by: Option<FactId>,
        window: impl Fn(usize) -> Window,
    ) -> Self {
        let index = &settlement.library.measure_index;
        let places = names.iter().filter_map(|name| index.get(name).copied());
        Self {
            measures: places.map(|at| (number(at), window(at))).collect(),
            by,
        }
    }

    /// What one enterprise was paid.
    fn paid(&self, settlement: &Settlement<'_>, row: u32) -> i64 {
        if settlement.payments.all().is_empty() {
            return 0;
        }
        let each = self.measures.iter();
        let each = each.map(|(measure, window)| settlement.payments.paid(row, *measure, *window));
        each.fold(0, i64::saturating_add)
    }
}

/// Applies rules in their order. Rules over one enterprise each run over all enterprises at once.
pub(super) fn apply(
    settlement: &Settlement<'_>,
    overs: &[Over],
    lines: &mut [Line],
    book: &mut Book,
    work: &Work<'_>,
) {
    let mut named: Vec<Vec<(usize, u32)>> = vec![Vec::new(); settlement.library.measures.len()];
    for (rule, over) in overs.iter().enumerate() {
        for (order, (measure, _)) in (0..).zip(&over.measures) {
            named[place(*measure)].push((rule, order));
        }
    }
    let mut first = 0;
    for run in overs.chunk_by(|left, right| left.by.is_none() && right.by.is_none()) {
        let rules = first..first + run.len();
        first = rules.end;
        match run {
            [Over { by: Some(fact), .. }] => {
                by_fact(
                    settlement,
                    &overs[rules.start],
                    *fact,
                    rules.start,
                    lines,
                    book,
                    work,
                );
            }
            _ => each_enterprise(settlement, overs, &named, &rules, lines, book, work),
        }
    }
}

fn each_enterprise(
    settlement: &Settlement<'_>,
    overs: &[Over],
    named: &[Vec<(usize, u32)>],
    rules: &Range<usize>,
    lines: &mut [Line],
    book: &mut Book,
    work: &Work<'_>,
) {
    // The rules of this run by measure, each with the place of the measure in its order, as one
    // number that sorts like both.
    let of_run = |named: &Vec<(usize, u32)>| -> Vec<u64> {
        let named = named.iter().filter(|(rule, _)| rules.contains(rule));
        let key = |(rule, order): &(usize, u32)| u64::from(number(*rule)) << 32 | u64::from(*order);
        named.map(key).collect()
    };
    let named: Vec<Vec<u64>> = named.iter().map(of_run).collect();
    let pieces = book.split_lines(lines).into_par_iter();
    let books: Vec<(usize, Book)> = pieces
        .map(|(first, piece)| {
            let mut book = Book::default();
            let mut members: Vec<(u64, usize)> = Vec::new();
            let mut own: Vec<Member> = Vec::new();
            let mut start = 0;
            while let Some(line) = piece.get(start) {
                let row = line.row;
                // An enterprise has a few lines, a piece thousands.
                let own_lines = piece[start..].iter().take_while(|line| line.row == row);
                let same = own_lines.count();
                members.clear();
                for at in start..start + same {
                    let of_line = named[place(piece[at].measure)].iter();
                    members.extend(of_line.map(|key| (*key, at)));
                }
                members.sort_unstable();
                for group in members.chunk_by(|left, right| left.0 >> 32 == right.0 >> 32) {
                    let rule = group.first().map_or(0, |(key, _)| rule_of(*key));
                    own.clear();
                    own.extend(group.iter().map(|(key, at)| Member {
                        order: order_of(*key),
                        at: *at,
                    }));
                    let together = Together {
                        members: &own,
                        paid: overs[rule].paid(settlement, row),
                        perhaps_paid: 0,
                        rivals: &[],
                        astray: false,
                    };
                    work(rule, piece, &together, &mut book);
                }
                start += same;
            }
            (first, book)
        })
        .collect();
    for (first, other) in books {
        book.absorb(other, first);
    }
}

/// The rule of a key, and the place in its order.
fn rule_of(key: u64) -> usize {
    usize::try_from(key >> 32).unwrap_or(usize::MAX)
}

fn order_of(key: u64) -> u32 {
    u32::try_from(key & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// What a rule finds by a shared fact, before it changes anything.
struct Shared {
    /// The awards by the value of the fact.
    grouped: Vec<(u32, Member)>,
    /// The awards whose fact is unknown, by row.
    astray: Vec<Member>,
    /// The payments by the value of the fact.
    paid: Vec<(u32, Payment)>,
    /// What was paid to enterprises whose fact is unknown.
    perhaps_paid: i64,
}

impl Shared {
    fn find(settlement: &Settlement<'_>, over: &Over, fact: FactId, lines: &[Line]) -> Self {
        let order = |measure: u32| {
            let mut measures = over.measures.iter();
            measures.position(|(named, _)| *named == measure)
        };
        let member = |(at, line): (usize, &Line)| {
            let order = number(order(line.measure)?);
            line.may.then_some(Member { order, at })
        };
        let members: Vec<Member> = lines.iter().enumerate().filter_map(member).collect();
        let counts = |payment: &&Payment| {
            let window = order(payment.measure).map(|order| over.measures[order].1);
            window.is_some_and(|window| window.holds(payment.year))
        };
        let payments = settlement.payments.all().iter().filter(counts);
        let payments: Vec<Payment> = payments.copied().collect();
        let mut rows: Vec<u32> = members.iter().map(|member| lines[member.at].row).collect();
        rows.extend(payments.iter().map(|payment| payment.row));
        rows.retain(|row| *row != Payment::NOBODY);
        rows.sort_unstable();
        rows.dedup();
        let codes = settlement.readings.shared(fact, &rows);
        let code = |row: u32| rows.binary_search(&row).ok().and_then(|at| codes[at]);

        let (mut grouped, mut astray) = (Vec::new(), Vec::new());
        for member in members {
            match code(lines[member.at].row) {
                Some(code) => grouped.push((code, member)),
                None => astray.push(member),
            }
        }
        grouped.sort_unstable();
        astray.sort_unstable_by_key(|member| (lines[member.at].row, *member));
        let nowhere = payments.iter().filter(|paid| code(paid.row).is_none());
        let perhaps_paid = sum(nowhere);
        let coded = payments.iter();
        let mut paid: Vec<(u32, Payment)> = coded
            .filter_map(|payment| Some((code(payment.row)?, *payment)))
            .collect();
        paid.sort_unstable();
        Self {
            grouped,
            astray,
            paid,
            perhaps_paid,
        }
    }

    /// What was paid to the enterprises with one value of the fact.
    fn paid(&self, code: u32) -> i64 {
        let start = self.paid.partition_point(|(other, _)| *other < code);
        let mine = self.paid[start..].iter();
        let mine = mine.take_while(|(other, _)| *other == code);
        sum(mine.map(|(_, payment)| payment))
    }
}

fn by_fact(
    settlement: &Settlement<'_>,
    over: &Over,
    fact: FactId,
    rule: usize,
    lines: &mut [Line],
    book: &mut Book,
    work: &Work<'_>,
) {
    let shared = Shared::find(settlement, over, fact, lines);
    for group in shared.grouped.chunk_by(|left, right| left.0 == right.0) {
        let code = group.first().map_or(0, |(code, _)| *code);
        let members: Vec<Member> = group.iter().map(|(_, member)| *member).collect();
        let together = Together {
            members: &members,
            paid: shared.paid(code),
            perhaps_paid: shared.perhaps_paid,
            rivals: &shared.astray,
            astray: false,
        };
        work(rule, lines, &together, book);
    }
    let astray = &shared.astray;
    let rows: Vec<u32> = astray.iter().map(|member| lines[member.at].row).collect();
    let mut start = 0;
    while let Some(row) = rows.get(start).copied() {
        let same = rows[start..].partition_point(|other| *other == row);
        let together = Together {
            members: &astray[start..start + same],
            paid: over.paid(settlement, row),
            perhaps_paid: 0,
            rivals: &[],
            astray: true,
        };
        work(rule, lines, &together, book);
        start += same;
    }
}
