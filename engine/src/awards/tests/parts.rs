//! A settlement in parts comes to what one settlement of everything comes to.

use proptest::prelude::*;

use super::made_up::{options, truth, veil};
use super::*;

/// A change with what its cause names instead of places, which are those of one settlement.
fn told(settled: &Settled, change: &Change) -> String {
    let named = match change.cause {
        Cause::NotHighest { winner } => {
            let winner = &settled.awards[winner as usize];
            format!("{:?}", (winner.row, winner.measure))
        }
        Cause::Part(split) => format!("part {:?}", settled.splits[split as usize]),
        Cause::UsedUp(split) => format!("used up {:?}", settled.splits[split as usize]),
        Cause::Stopped(split) => format!("stopped {:?}", settled.splits[split as usize]),
        Cause::Weighted { split, weight } => {
            format!("{weight} of {:?}", settled.splits[split as usize])
        }
        cause => format!("{cause:?}"),
    };
    let award = &settled.awards[change.award as usize];
    let (step, rule) = (change.step, change.rule);
    let amounts = (change.before, change.after);
    format!(
        "{:?} {step:?} {rule} {amounts:?} {named}",
        (award.row, award.measure)
    )
}

/// Awards with their changes.
fn awards(settled: &Settled) -> Vec<(Award, Vec<String>)> {
    let award = |award: &Award| {
        let changes = settled.changes_of(award).iter();
        let changes = changes.map(|change| told(settled, change)).collect();
        let award = Award {
            changes: 0..0,
            ..award.clone()
        };
        (award, changes)
    };
    settled.awards.iter().map(award).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(600)))]

    #[test]
    fn parts_come_to_what_the_whole_comes_to(
        options in options().prop_map(super::made_up::Options::alone),
        truth in truth(),
        veil in veil(),
        cuts in prop::collection::vec(any::<bool>(), 8),
    ) {
        let library = options.library();
        prop_assert_ne!(Reach::of(&library), Reach::Others);
        let shown = truth.behind(&veil);
        let table = Table::new(&library, shown.rows.clone());
        let settlement = Settlement {
            library: &library,
            context: CONTEXT,
            payments: &shown.payments,
            readings: &table,
        };
        let whole = settle(&settlement, &shown.claims).unwrap();

        let rulebook = Rulebook::new(&settlement);
        let all: Vec<Line> = shown.claims.iter().map(Line::new).collect();
        let limits = CapLimits::read(&settlement, &rulebook.caps, &all);
        // Parts hold whole enterprises.
        let is_one = |one: &Claim, other: &Claim| one.row == other.row || !cuts[one.row as usize];
        let parts = shown.claims.chunk_by(is_one).map(|claims| {
            let mut lines = Lines::default();
            claims.iter().for_each(|claim| lines.push(*claim));
            lines.open(&settlement, &rulebook, &limits).unwrap()
        });
        let mut parts: Vec<Opened> = parts.collect();
        let mut each: Vec<&mut Opened> = parts.iter_mut().collect();
        let shared = share_among(&settlement, &rulebook, &AtomicBool::new(false), &mut each);
        let shared = shared.unwrap().unwrap();
        let closed = parts.into_iter().map(|part| part.close(&settlement, &shared));
        let closed: Vec<Settled> = closed.collect();

        let found: Vec<_> = closed.iter().flat_map(awards).collect();
        prop_assert_eq!(found, awards(&whole));
        prop_assert_eq!(&shared.uses, &whole.funds);
        let mut measures = vec![AwardTotals::default(); library.measures.len()];
        for part in &closed {
            let pairs = measures.iter_mut().zip(&part.measures);
            pairs.for_each(|(total, more)| total.merge(more));
        }
        prop_assert_eq!(measures, whole.measures);
        let problems = closed.iter().flat_map(|part| &part.problems).chain(&shared.problems);
        let mut problems: Vec<Problem> = problems.copied().collect();
        problems.sort_by_key(|problem| (problem.at.step, problem.at.rule, problem.row));
        problems.dedup();
        prop_assert_eq!(problems, whole.problems);
    }
}
