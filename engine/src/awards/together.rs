//! Who a rule over several measures takes together: the awards of one enterprise, or of all
//! enterprises that share a fact.
//!
//! # Bounds
//! An enterprise whose shared fact is unknown may belong with any of the others: its claims are
//! rivals of every group, and what it was paid may have been paid to any. As things stand it is
//! alone.

mod each;

use std::ops::Range;

use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::library::Library;
use zhida_policies::vocabulary::FactId;

use crate::awards::Settlement;
use crate::awards::book::Book;
use crate::awards::line::Line;
use crate::awards::payments::{Payment, Window, number, sum};
use crate::awards::readings::place;
pub(super) use crate::awards::together::each::Tally;
use crate::awards::together::each::each_enterprise;

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

/// Rules of one kind over several measures.
pub(super) trait Rules: Sync {
    /// Whether all rules of a run leave an enterprise alone of which all awards together are these,
    /// and to which nothing has been paid.
    fn spares(&self, all: &Tally) -> bool;

    /// Whether a rule may change any award of an enterprise: false only where it would leave all
    /// of them as they are.
    ///
    /// Most rules leave most enterprises alone, and those need not be put in order.
    fn concerns(&self, rule: usize, tally: &Tally) -> bool;

    /// Applies a rule to what it takes together.
    fn apply(&self, rule: usize, lines: &mut [Line], together: &Together<'_>, book: &mut Book);
}

impl Over {
    /// The measures named, of those that the library holds.
    pub(super) fn new(
        library: &Library,
        names: &[MeasureRef],
        by: Option<FactId>,
        window: impl Fn(usize) -> Window,
    ) -> Self {
        let index = &library.measure_index;
        let places = names.iter().filter_map(|name| index.get(name).copied());
        Self {
            measures: places.map(|at| (number(at), window(at))).collect(),
            by,
        }
    }

    /// What one enterprise was paid.
    fn paid(&self, settlement: &Settlement<'_>, row: u32) -> i64 {
        let each = self.measures.iter();
        let each = each.map(|(measure, window)| settlement.payments.paid(row, *measure, *window));
        each.fold(0, i64::saturating_add)
    }
}

/// All rules of a kind, in the order of the library.
pub(super) struct Overs {
    pub(super) all: Vec<Over>,
    runs: Vec<Run>,
}

/// Rules that follow each other and look at one enterprise each, or one that looks at several.
struct Run {
    rules: Range<usize>,
    /// By measure, the rules that name it, each with its place in their order.
    named: Vec<Vec<(usize, u32)>>,
    /// Whether a rule names a measure more than once.
    names_twice: bool,
}

impl Overs {
    pub(super) fn new(library: &Library, all: Vec<Over>) -> Self {
        let mut first = 0;
        let runs = all.chunk_by(|left, right| left.by.is_none() && right.by.is_none());
        let runs = runs.map(|run| {
            let rules = first..first + run.len();
            first = rules.end;
            let mut named = vec![Vec::new(); library.measures.len()];
            for (rule, over) in rules.clone().zip(run) {
                for (order, (measure, _)) in (0..).zip(&over.measures) {
                    named[place(*measure)].push((rule, order));
                }
            }
            // The rules of a measure ascend.
            let names_twice = |named: &Vec<(usize, u32)>| {
                let mut pairs = named.windows(2);
                pairs.any(|pair| matches!(pair, [one, other] if one.0 == other.0))
            };
            Run {
                rules,
                names_twice: named.iter().any(names_twice),
                named,
            }
        });
        Self {
            runs: runs.collect(),
            all,
        }
    }
}

/// Applies rules in their order. Rules over one enterprise each run over all enterprises at once.
pub(super) fn apply(
    settlement: &Settlement<'_>,
    overs: &Overs,
    lines: &mut [Line],
    book: &mut Book,
    work: &impl Rules,
) {
    for run in &overs.runs {
        match &overs.all[run.rules.clone()] {
            [over @ Over { by: Some(fact), .. }] => {
                by_fact(settlement, over, *fact, run.rules.start, lines, book, work);
            }
            _ => each_enterprise(settlement, overs, run, lines, book, work),
        }
    }
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
    work: &impl Rules,
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
        work.apply(rule, lines, &together, book);
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
        work.apply(rule, lines, &together, book);
        start += same;
    }
}
