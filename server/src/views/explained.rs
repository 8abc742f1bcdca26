//! How the amount of a payout came about, computed again from policies and facts.

use std::sync::atomic::AtomicBool;

use zhida_engine::awards::{Claim, Settled, Step};
use zhida_engine::explain::{Explanation, award_steps};
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{Enterprises, SweepControl, SweepOptions, related, settle_all};
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;

use super::seen::Knows;
use crate::failure::{Failure, Status};

/// Whether other enterprises are named in an explanation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Others<'a> {
    /// By code and name.
    Named,
    /// Those that whoever reads it knows of by code and name; of the rest that there are some.
    Known(Knows<'a>),
    /// That there are some, and not which.
    Hidden,
}

/// Explains a decision, and its award to the payable amount, for somebody who may or may not know
/// of others: the measures that share a fund, a cap or a group with it are decided for all
/// enterprises.
///
/// # Errors
/// What the sweep says of policies and facts that do not fit.
pub(crate) fn explained_naming(
    library: &Library,
    (snapshot, row): (&Snapshot, usize),
    context: Context,
    measure: &Measure,
    others: Others<'_>,
) -> Result<Explanation, Failure> {
    let of = (library, snapshot, context);
    let settle = |snapshot: &Snapshot, library: &Library, options: SweepOptions| {
        let control = SweepControl {
            cancel: &AtomicBool::new(false),
            on_progress: &mut |_| {},
            on_write: &|_| {},
        };
        settle_all(snapshot, library, options, control)
            .map_err(|error| Failure::said(Status::BadData, error.to_string(), ""))
    };
    explained_to(of, (measure, row), others, settle)
}

/// The same out of a settlement of everything, without deciding anybody else again.
pub(crate) fn explained_settled(
    (library, snapshot, context): (&Library, &Snapshot, Context),
    settled: &Settled,
    (measure, row): (&Measure, usize),
    others: Others<'_>,
) -> Explanation {
    let interpreter = Interpreter::new(library);
    let (_, explanation) = interpreter.explained(measure, &snapshot.row(row), context);
    let Some(place) = library.measure_index.get(&measure.id) else {
        return explanation;
    };
    let called = |row: u32| called(others, (snapshot, row));
    let place = (row, *place);
    continued_naming(explanation, (library, settled), place, (&[], &called))
}

/// What another enterprise is called.
fn called(others: Others<'_>, (snapshot, row): (&Snapshot, u32)) -> String {
    match others {
        Others::Named => whose(snapshot, row),
        Others::Known(knows) if (knows.0)(row) => whose(snapshot, row),
        Others::Known(_) | Others::Hidden => "其他企业 ".to_owned(),
    }
}

/// The same, settled by whoever wants to tell how far it is.
///
/// # Errors
/// What settling says.
pub(crate) fn explained_by(
    of: (&Library, &Snapshot, Context),
    measure: &Measure,
    row: usize,
    settle: impl FnOnce(&Snapshot, &Library, SweepOptions) -> Result<Settled, Failure>,
) -> Result<Explanation, Failure> {
    explained_to(of, (measure, row), Others::Named, settle)
}

fn explained_to(
    (library, snapshot, context): (&Library, &Snapshot, Context),
    (measure, row): (&Measure, usize),
    others: Others<'_>,
    settle: impl FnOnce(&Snapshot, &Library, SweepOptions) -> Result<Settled, Failure>,
) -> Result<Explanation, Failure> {
    let interpreter = Interpreter::new(library);
    let (decision, explanation) = interpreter.explained(measure, &snapshot.row(row), context);
    let who = if snapshot.len() > 1 {
        Enterprises::Several
    } else {
        Enterprises::One
    };
    let place = library.measure_index.get(&measure.id);
    let related = place.and_then(|place| related(library, *place, who));
    let (Some(related), Some(_)) = (related, Claim::of(0, 0, &decision)) else {
        return Ok(explanation);
    };
    let settled = settle(snapshot, &related.library, SweepOptions::new(context))?;
    let called = |row: u32| called(others, (snapshot, row));
    Ok(continued_naming(
        explanation,
        (&related.library, &settled),
        (row, related.measure),
        (&related.left_out, &called),
    ))
}

/// The code of an enterprise.
pub(crate) fn code(snapshot: &Snapshot, row: u32) -> &str {
    snapshot.uscc(usize::try_from(row).unwrap_or(usize::MAX))
}

/// An enterprise by code and name.
fn whose(snapshot: &Snapshot, row: u32) -> String {
    let place = usize::try_from(row).unwrap_or(usize::MAX);
    format!("{} {} ", code(snapshot, row), snapshot.name(place))
}

/// An explanation with the steps of its award behind those of the decision.
pub(crate) fn continued(
    explanation: Explanation,
    (library, snapshot, settled): (&Library, &Snapshot, &Settled),
    place: (usize, usize),
    left_out: &[(Step, String)],
) -> Explanation {
    let named = |row: u32| whose(snapshot, row);
    continued_naming(explanation, (library, settled), place, (left_out, &named))
}

/// What a row is called.
type Naming<'a> = &'a (dyn Fn(u32) -> String + 'a);

fn continued_naming(
    explanation: Explanation,
    (library, settled): (&Library, &Settled),
    (row, measure): (usize, usize),
    (left_out, whose): (&[(Step, String)], Naming<'_>),
) -> Explanation {
    let numbers = (u32::try_from(row), u32::try_from(measure));
    let (Ok(row), Ok(measure)) = numbers else {
        return explanation;
    };
    let Some(award) = settled.find(row, measure) else {
        return explanation;
    };
    let steps = award_steps(library, settled, award, whose);
    explanation.settled(award, steps, left_out)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::ops::ControlFlow;
    use std::path::Path;
    use std::sync::Arc;

    use zhida_engine::import::{EncodingChoice, ImportOptions, import_reader};
    use zhida_policies::check::{CheckOptions, PolicyText, check};
    use zhida_policies::values::Date;

    use super::*;
    use crate::arguments::Common;
    use crate::library;

    /// Of one group only the greatest award is paid.
    const POLICY: &str = include_str!("../../../engine/tests/awards/highest-by-group.md");
    /// Of the 50 and 60 yuan of the first nothing is paid, because of the 70 of the second.
    const FACTS: &str = "uscc,name,地区,功能区,研发费用@2025,营业收入@2025,集团代码\n\
        91420600MA00000159,甲公司,420606,无,50,60,G1\n\
        91420600MA00000234,乙公司,420606,无,70,0,G1\n";

    #[test]
    fn another_is_named_to_those_who_may_know_of_it() {
        let vocabulary = library::vocabulary(&Common::with(None, None)).unwrap();
        let codes = library::codes().unwrap();
        let policy = PolicyText {
            path: "case.md".to_owned(),
            bytes: POLICY.as_bytes().to_vec(),
        };
        let options = CheckOptions::default();
        let library = check(
            vec![policy],
            Arc::clone(&vocabulary),
            Arc::clone(&codes),
            options,
        );
        let as_of = Date::constant(2025, 12, 31);
        let options = ImportOptions {
            year: 2025,
            as_of: Some(as_of),
            encoding: EncodingChoice::Utf8,
        };
        let read = import_reader(
            &mut Cursor::new(FACTS.as_bytes().to_vec()),
            Path::new("facts.csv"),
            &vocabulary,
            &codes,
            &options,
            &mut |_| ControlFlow::Continue(()),
        );
        let snapshot = read.unwrap().0.finish().unwrap();
        let context = Context { year: 2025, as_of };
        let measure = library.measure("highest-by-group/a").unwrap();
        let row = snapshot.find("91420600MA00000159").unwrap();
        let told = |others: Others<'_>| {
            let place = (&snapshot, row);
            let found = explained_naming(&library, place, context, measure, others).unwrap();
            serde_json::to_string(&found).unwrap()
        };
        let is = |row: u32, uscc: &str| code(&snapshot, row) == uscc;
        let knows = |row: u32| is(row, "91420600MA00000234");
        let strangers = |row: u32| is(row, "91420600MA00000159");
        for (others, is_named) in [
            (Others::Named, true),
            (Others::Known(Knows(&knows)), true),
            (Others::Known(Knows(&strangers)), false),
            (Others::Hidden, false),
        ] {
            let told = told(others);
            assert!(told.contains("就高兑付"), "{others:?}: {told}");
            let names = ["91420600MA00000234", "乙公司"];
            for name in names {
                assert_eq!(told.contains(name), is_named, "{others:?} {name}: {told}");
            }
            assert_eq!(told.contains("就高兑付其他企业"), !is_named, "{told}");
        }
    }
}
