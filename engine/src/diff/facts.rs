//! Which facts of an enterprise made a decision come out differently.

use std::collections::BTreeSet;

use serde::Serialize;
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Measure, MeasureRef};
use zhida_policies::values::{Money, Period, Region};
use zhida_policies::vocabulary::FactId;

use crate::diff::side::{Says, Side};
use crate::explain::words;
use crate::facts::{Facts, PaidWhen, Reading};
use crate::interpreter::{Context, Interpreter, PeriodRange, paid_when};
use crate::rule_reads::RuleReads;
use crate::snapshot::Row;

/// How the facts named explain the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactsHow {
    /// Each of them alone: the old facts with only this one new come to the new decision.
    Alone,
    /// Only together; none of them can be left out.
    Together,
    /// Another year is assessed, so that facts of other periods are read; what differs is listed.
    OtherYear,
}

/// The facts that made a decision come out differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactCause {
    /// How they explain it.
    pub how: FactsHow,
    /// The facts.
    pub facts: Vec<FactChange>,
}

/// One fact that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactChange {
    /// Its name, with its period.
    pub name: String,
    /// The department that owns it; empty for what is no fact of a department.
    pub owner: String,
    /// In the first snapshot.
    pub before: String,
    /// In the second snapshot.
    pub after: String,
}

/// One thing that a decision reads and that may differ between two sweeps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Datum {
    /// The as-of date, on which parameters and the day are read.
    AsOf,
    /// A fact for a period.
    Fact(FactId, Period),
    /// What the ledger shows for a measure.
    Paid(MeasureRef),
}

/// The old facts, of which some are new.
struct Mixed<'a> {
    old: Row<'a>,
    new: Row<'a>,
    flipped: &'a BTreeSet<Datum>,
}

impl Facts for Mixed<'_> {
    fn enterprise(&self) -> &str {
        self.old.enterprise()
    }

    fn read(&self, fact: FactId, period: Period) -> Reading {
        if self.flipped.contains(&Datum::Fact(fact, period)) {
            self.new.read(fact, period)
        } else {
            self.old.read(fact, period)
        }
    }

    fn division(&self) -> Option<Region> {
        self.old.division()
    }

    fn source(&self, fact: FactId, period: Period) -> String {
        self.old.source(fact, period)
    }

    fn paid(&self, measure: &MeasureRef, when: PaidWhen) -> Money {
        if self.flipped.contains(&Datum::Paid(measure.clone())) {
            self.new.paid(measure, when)
        } else {
            self.old.paid(measure, when)
        }
    }
}

/// Which facts take the old decision to what the new facts come to by the same rules.
pub(super) fn fact_cause(
    measure: &Measure,
    (before, old_row): (&Side<'_>, usize),
    (after, new_row): (&Side<'_>, usize),
    wanted: Option<Says>,
) -> FactCause {
    let question = Flipping {
        measure,
        library: before.library,
        old: before.snapshot.row(old_row),
        new: after.snapshot.row(new_row),
        contexts: (before.context, after.context),
        wanted,
    };
    if before.context.year != after.context.year {
        return question.other_year();
    }
    let (how, data) = question.answer();
    let facts = data.iter().map(|datum| question.change(datum));
    FactCause {
        how,
        facts: facts.collect(),
    }
}

fn plain(name: &str, before: String, after: String) -> FactChange {
    FactChange {
        name: name.to_owned(),
        owner: String::new(),
        before,
        after,
    }
}

struct Flipping<'a> {
    measure: &'a Measure,
    library: &'a Library,
    old: Row<'a>,
    new: Row<'a>,
    contexts: (Context, Context),
    wanted: Option<Says>,
}

impl Flipping<'_> {
    /// The facts that explain the change, and how.
    fn answer(&self) -> (FactsHow, Vec<Datum>) {
        let differing = self.differing();
        let alone = differing.iter().filter(|datum| {
            let one = BTreeSet::from([Datum::clone(datum)]);
            self.explains(&one)
        });
        let alone: Vec<Datum> = alone.cloned().collect();
        if !alone.is_empty() {
            return (FactsHow::Alone, alone);
        }
        // Leave out whatever is not needed, from the last to the first.
        let mut needed: BTreeSet<Datum> = differing.iter().cloned().collect();
        for datum in differing.iter().rev() {
            needed.remove(datum);
            if !self.explains(&needed) {
                needed.insert(datum.clone());
            }
        }
        let kept = differing.into_iter().filter(|datum| needed.contains(datum));
        (FactsHow::Together, kept.collect())
    }

    /// The same reads in another year: the values that differ, each in its own period.
    fn other_year(&self) -> FactCause {
        let (old, new) = self.contexts;
        let year = |context: Context| format!("{}年", context.year);
        let mut facts = vec![plain("评定年度", year(old), year(new))];
        for read in &RuleReads::of_measure(self.measure).facts {
            let periods = |context: Context| PeriodRange::of(read.period, context.year).periods();
            for (was, is) in periods(old).zip(periods(new)) {
                if self.old.read(read.fact, was) == self.new.read(read.fact, is) {
                    continue;
                }
                let known = self.library.vocabulary.fact(read.fact);
                let period = match (was, is) {
                    (Period::Status, _) => String::new(),
                    (was, is) if was == is => format!("({})", words::period(was)),
                    (was, is) => format!("({},{})", words::period(was), words::period(is)),
                };
                facts.push(FactChange {
                    name: format!("{}{period}", known.name),
                    owner: known.source.clone(),
                    before: self.value(self.old, read.fact, was),
                    after: self.value(self.new, read.fact, is),
                });
            }
        }
        FactCause {
            how: FactsHow::OtherYear,
            facts,
        }
    }

    /// What is known of a fact, in words.
    fn value(&self, row: Row<'_>, fact: FactId, period: Period) -> String {
        match row.read(fact, period) {
            Reading::Known(value) => words::fact_value(self.library, fact, &value),
            Reading::Records(records) => format!("{} 条记录", records.len()),
            Reading::Missing => "缺失".to_owned(),
        }
    }

    /// Whether the old facts with these new come to the new decision.
    fn explains(&self, flipped: &BTreeSet<Datum>) -> bool {
        let facts = Mixed {
            old: self.old,
            new: self.new,
            flipped,
        };
        let (old, new) = self.contexts;
        let context = if flipped.contains(&Datum::AsOf) {
            new
        } else {
            old
        };
        let interpreter = Interpreter::new(self.library);
        Says::of(&interpreter.decide(self.measure, &facts, context)) == self.wanted
    }

    /// All that the measure reads and that differs, in the order of the vocabulary.
    fn differing(&self) -> Vec<Datum> {
        let (old, new) = self.contexts;
        let mut data: BTreeSet<Datum> = BTreeSet::new();
        if old.as_of != new.as_of {
            data.insert(Datum::AsOf);
        }
        let vocabulary = &self.library.vocabulary;
        if !self.measure.region.is_nation() {
            let places = [vocabulary.region_fact(), vocabulary.zones_fact()];
            let places = places.into_iter().flatten();
            data.extend(places.map(|fact| Datum::Fact(fact, Period::Status)));
        }
        let reads = RuleReads::of_measure(self.measure);
        for read in &reads.facts {
            for context in [old, new] {
                let periods = PeriodRange::of(read.period, context.year).periods();
                data.extend(periods.map(|period| Datum::Fact(read.fact, period)));
            }
        }
        data.extend(reads.paid.iter().map(|(id, _)| Datum::Paid((*id).clone())));
        if self.measure.first_time_only {
            data.insert(Datum::Paid(self.measure.id.clone()));
        }
        let differs = |datum: &Datum| match datum {
            Datum::AsOf => true,
            Datum::Fact(fact, period) => {
                self.old.read(*fact, *period) != self.new.read(*fact, *period)
            }
            Datum::Paid(id) => self.paid(id).0 != self.paid(id).1,
        };
        data.into_iter().filter(differs).collect()
    }

    /// What the ledger shows, in every window that the measure reads.
    fn paid(&self, id: &MeasureRef) -> (Vec<Money>, Vec<Money>) {
        let reads = RuleReads::of_measure(self.measure);
        let (old, new) = self.contexts;
        let windows = |context: Context| {
            let named = reads.paid.iter().filter(|(named, _)| *named == id);
            let mut windows: Vec<PaidWhen> = named
                .map(|(_, period)| paid_when(*period, context.year))
                .collect();
            windows.push(PaidWhen::Always);
            windows
        };
        let of = |row: Row<'_>, context| {
            let windows = windows(context).into_iter();
            windows.map(|when| row.paid(id, when)).collect()
        };
        (of(self.old, old), of(self.new, new))
    }

    fn change(&self, datum: &Datum) -> FactChange {
        let (old, new) = self.contexts;
        match datum {
            Datum::AsOf => plain("基准日", old.as_of.to_string(), new.as_of.to_string()),
            Datum::Fact(fact, period) => {
                let known = self.library.vocabulary.fact(*fact);
                let name = match period {
                    Period::Status => known.name.clone(),
                    Period::Year(_) | Period::Quarter(..) | Period::Month(..) => {
                        format!("{}({})", known.name, words::period(*period))
                    }
                };
                FactChange {
                    name,
                    owner: known.source.clone(),
                    before: self.value(self.old, *fact, *period),
                    after: self.value(self.new, *fact, *period),
                }
            }
            Datum::Paid(id) => {
                let paid =
                    |row: Row<'_>| format!("{} 元", row.paid(id, PaidWhen::Always).grouped());
                plain(&format!("已付({id})"), paid(self.old), paid(self.new))
            }
        }
    }
}
