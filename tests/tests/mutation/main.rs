//! Whether the examples of the library would notice a wrong figure.
//!
//! Every number and every amount of money in the `设`, `资格`, `除外` and `金额` of a measure, and
//! in the definitions that it uses, is changed in turn; the examples of the measures that read it
//! then run again. A change that no example notices is a *survivor*: the figure could be wrong and
//! nobody would see it.
//!
//! The figures of `名额`, `起付`, `分期`, `分担`, funds and limits over several measures are changed
//! as well: a tenth more, or one more place. The `实付`, `分期` and `分担` of the examples and the
//! cases of several enterprises must notice it. Parameters and the size classes of the statistics
//! bureau are official tables with tables of their own in
//! `size_classes`; the classes are counted here with the enterprises around their limits.
//!
//! Asserted are the share of figures whose plain change is noticed, and the share of all changes
//! together. The smallest step down alone cannot reach it: where a condition says again what the
//! award says (no insured employee, no award; no loan of three years, no interest), moving one
//! of the two changes no outcome at all.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect, and prints its shares"
)]

mod figures;
mod later;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use figures::{Figure, Place, Unit, changed, figures};
use zhida_engine::example::examples_agree;
use zhida_policies::document::LineIndex;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Number;
use zhida_tests::library::library_with;
use zhida_tests::size_classes::{limit_cases, probe};

/// The least share of changes that must be noticed, in percent.
const SHARE_MIN: usize = 95;

/// The measure that probes the size classes.
const PROBE: &str = "size-probe/class";

/// How a figure is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// A tenth more; a whole number without unit one more; nothing becomes one yuan or one.
    More,
    /// A bound moved up by the smallest step: one fen, one, or a hundredth of a percent.
    StepUp,
    /// A bound moved down by the smallest step.
    StepDown,
}

/// One figure and the measures that read it.
struct Subject {
    figure: Figure,
    /// As it is written.
    written: String,
    measures: Vec<usize>,
}

/// A change that no example noticed.
struct Survivor {
    subject: usize,
    change: Change,
}

fn ratio(numerator: i64, denominator: i64) -> Number {
    Number::from_ratio(numerator, denominator).unwrap()
}

/// The smallest step of a figure, in the unit in which it is kept.
fn step(subject: &Subject) -> Number {
    let written = subject.written.as_str();
    match subject.figure.unit {
        Unit::Money => Number::from_i64(1),
        Unit::Number if written.ends_with('%') => ratio(1, 10_000),
        Unit::Number if written.ends_with('‰') => ratio(1, 100_000),
        Unit::Number if subject.figure.value.is_integer() => Number::from_i64(1),
        Unit::Number => ratio(1, 10_000),
    }
}

/// The changed value; nothing where the change says the same as another.
fn apply(change: Change, subject: &Subject) -> Option<Number> {
    let figure = &subject.figure;
    let is_rate = subject.written.ends_with(['%', '‰']);
    let is_count = figure.unit == Unit::Number && !is_rate && figure.value.is_integer();
    let value = &figure.value;
    let changed = match change {
        Change::More if is_count => value.checked_add(&Number::one()),
        Change::More if value.is_zero() && figure.unit == Unit::Money => Ok(Number::from_i64(100)),
        Change::More if value.is_zero() => Ok(ratio(1, 100)),
        Change::More => value.checked_mul(&ratio(11, 10)),
        Change::StepUp if !figure.is_bound || is_count => return None,
        Change::StepUp => value.checked_add(&step(subject)),
        Change::StepDown if !figure.is_bound => return None,
        Change::StepDown => value.checked_sub(&step(subject)),
    };
    Some(changed.unwrap())
}

/// The figures of the whole library, each once, with the measures that read it.
fn subjects(library: &Library) -> Vec<Subject> {
    let mut found: BTreeMap<Place, Subject> = BTreeMap::new();
    for (index, measure) in library.measures.iter().enumerate() {
        for figure in figures(measure) {
            // The probe's own figures are no figures of the library.
            let own = figure.span.file == measure.span.file;
            if own && *measure.id.0 == *PROBE {
                continue;
            }
            let file = library
                .files
                .iter()
                .find(|file| file.id == figure.span.file);
            let written = file.unwrap().text[figure.span.range()].replace('％', "%");
            let subject = Subject {
                figure,
                written,
                measures: Vec::new(),
            };
            let place = subject.figure.place.clone();
            found.entry(place).or_insert(subject).measures.push(index);
        }
    }
    found.into_values().collect()
}

fn is_noticed(library: &Library, subject: &Subject, value: &Number) -> bool {
    // Measures of the same policy first: their examples are about this figure.
    let mut readers = subject.measures.clone();
    readers.sort_by_key(|reader| library.measures[*reader].examples.len());
    readers.iter().any(|reader| {
        let measure = &library.measures[*reader];
        !examples_agree(library, &changed(measure, &subject.figure.place, value))
    })
}

/// Tries all changes of all figures, on all processors.
fn try_all(library: &Library, subjects: &[Subject]) -> (BTreeMap<Change, usize>, Vec<Survivor>) {
    let next = AtomicUsize::new(0);
    let results = Mutex::new((BTreeMap::new(), Vec::new()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(subject) = subjects.get(index) else {
                break;
            };
            for change in [Change::More, Change::StepUp, Change::StepDown] {
                let Some(value) = apply(change, subject) else {
                    continue;
                };
                let noticed = is_noticed(library, subject, &value);
                let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                *results.0.entry(change).or_insert(0) += 1;
                if !noticed {
                    results.1.push(Survivor {
                        subject: index,
                        change,
                    });
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let (tried, mut survivors) = results.into_inner().unwrap();
    survivors.sort_by_key(|survivor| (survivor.subject, survivor.change));
    (tried, survivors)
}

fn show(library: &Library, subject: &Subject, change: Change) {
    let span = subject.figure.span;
    let file = library
        .files
        .iter()
        .find(|file| file.id == span.file)
        .unwrap();
    let line = LineIndex::new(&file.text)
        .position(&file.text, span.range().start)
        .line;
    let measure = &library.measures[subject.measures[0]].id;
    let written = &subject.written;
    println!(
        "  {change:?} of {written} in {measure}, {}:{line}",
        file.path
    );
}

/// The share of what was noticed, and whether it is enough.
fn report(what: &str, noticed: usize, tried: usize) -> bool {
    let permille = noticed.saturating_mul(1000) / tried.max(1);
    println!(
        "{what}: {noticed} of {tried} noticed ({}.{}%)",
        permille / 10,
        permille % 10
    );
    noticed.saturating_mul(100) >= tried.saturating_mul(SHARE_MIN)
}

/// The figures of the later steps, each changed once.
fn report_later(library: &Library) -> bool {
    let all = later::later(library);
    let lost: Vec<_> = all
        .iter()
        .filter(|figure| !later::is_noticed(library, figure))
        .collect();
    for figure in &lost {
        println!("  {} at {:?}", figure.what, figure.span);
    }
    report("later steps", all.len() - lost.len(), all.len())
}

#[test]
fn a_wrong_figure_makes_an_example_fail() {
    let probe = probe("size-probe", &limit_cases());
    let library = library_with(&[("probe.md", probe)]);
    let unsound = library
        .measures
        .iter()
        .filter(|measure| !examples_agree(&library, measure));
    assert_eq!(
        unsound.map(|measure| &measure.id).collect::<Vec<_>>(),
        Vec::<&_>::new()
    );
    let subjects = subjects(&library);
    let (tried, survivors) = try_all(&library, &subjects);
    println!("{} survivors:", survivors.len());
    for survivor in &survivors {
        show(&library, &subjects[survivor.subject], survivor.change);
    }
    let mut figures_noticed = true;
    for (change, count) in &tried {
        let lost = survivors
            .iter()
            .filter(|survivor| survivor.change == *change)
            .count();
        let enough = report(&format!("{change:?}"), count - lost, *count);
        figures_noticed &= enough || *change != Change::More;
    }
    let mut lost: Vec<usize> = survivors.iter().map(|survivor| survivor.subject).collect();
    lost.dedup();
    report(
        "figures, by every change",
        subjects.len() - lost.len(),
        subjects.len(),
    );
    figures_noticed &= report_later(&library);
    let all: usize = tried.values().sum();
    let enough = report("changes", all - survivors.len(), all);
    assert!(
        figures_noticed && enough,
        "less than {SHARE_MIN}% are noticed"
    );
}
