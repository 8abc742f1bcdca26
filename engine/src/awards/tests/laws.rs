//! What holds for every settlement.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::made_up::{Shown, Truth, options, truth, veil};
use super::reference::{largest_remainder, reference};
use super::*;
use crate::awards::split::{split_exact, split_fen};
use zhida_policies::measure::Measure;
use zhida_policies::syntax::ast::CapWindow;
use zhida_policies::values::Number;

/// More than the default where `PROPTEST_CASES` asks for more.
fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(ProptestConfig::default().cases.max(600))
}

fn claims_of(truth: &Truth) -> Vec<Claim> {
    let claims = truth.claims.iter();
    claims
        .map(|(row, measure, fen)| eligible(*row, *measure, *fen))
        .collect()
}

fn amounts(settled: &Settled) -> Vec<i64> {
    settled
        .awards
        .iter()
        .map(|award| award.amount.fen())
        .collect()
}

fn shares_of(award: &Award, measure: &Measure) -> Vec<i64> {
    let shares = award.shares(measure);
    shares.iter().map(|part| part.fen()).collect()
}

fn instalments_of(award: &Award, measure: &Measure) -> Vec<i64> {
    let instalments = award.instalments(measure);
    instalments.iter().map(|part| part.amount.fen()).collect()
}

fn clerk_shares(award: &Award, measure: &Measure) -> Vec<i64> {
    let shares = measure.shares.iter();
    let percents: Vec<Number> = shares.map(|share| share.share.value().clone()).collect();
    largest_remainder(award.payable().fen(), &percents)
}

/// What is due up to each instalment, less what was paid; and from that the single ones.
fn clerk_instalments(award: &Award, measure: &Measure) -> Vec<i64> {
    let (payable, paid) = (award.payable().fen(), award.paid.fen());
    if measure.instalments.is_empty() {
        return vec![payable];
    }
    let stated = measure.instalments.iter();
    let percents: Vec<Number> = stated.map(|part| part.share.value().clone()).collect();
    let (mut up_to, mut before) = (0, 0);
    let parts = largest_remainder(payable + paid, &percents);
    let due = parts.into_iter().map(|part| {
        up_to += part;
        let due = (up_to - paid).max(0) - before;
        before += due;
        due
    });
    due.collect()
}

fn in_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_clerk_comes_to_the_same(options in options(), truth in truth()) {
        let library = options.library();
        let table = Table::new(&library, truth.rows.clone());
        let payments = Payments::new(truth.payments.clone());
        let found = settled(&library, &payments, &table, &claims_of(&truth));
        let expected = reference(&library, payments.all(), &table, &truth.claims);
        prop_assert_eq!(amounts(&found), expected);
        for award in &found.awards {
            // Where the limits of a group differ someone has to look at it first.
            if found.problems.is_empty() {
                prop_assert_eq!(award.standing(), Standing::Final, "{:?}", award);
            }
            let measure = &library.measures[award.measure as usize];
            prop_assert_eq!(shares_of(award, measure), clerk_shares(award, measure));
            prop_assert_eq!(instalments_of(award, measure), clerk_instalments(award, measure));
            // The changes lead from the base to the amount without a gap.
            let mut amount = award.base;
            for change in found.changes_of(award) {
                prop_assert_eq!(change.before, amount);
                prop_assert_ne!(change.before, change.after);
                amount = change.after;
            }
            prop_assert_eq!(amount, award.amount);
            prop_assert_eq!(award.reason.is_some(), award.amount.is_zero());
        }
    }

    #[test]
    fn no_cap_and_no_fund_is_overspent(options in options(), truth in truth(), veil in veil()) {
        let library = options.library();
        let Shown { rows, payments, claims } = truth.behind(&veil);
        let table = Table::new(&library, rows);
        let found = settled(&library, &payments, &table, &claims);
        for fund in &found.funds {
            let id = &library.funds[fund.fund as usize].id;
            let drawn = found.awards.iter().filter(|award| {
                library.measures[award.measure as usize].fund.as_ref() == Some(id)
            });
            let sum: i64 = drawn.map(|award| award.amount.fen()).sum();
            let room = (fund.budget.fen() - fund.paid.fen()).max(0);
            prop_assert!(sum <= room, "{fund:?}");
            prop_assert!(fund.granted.fen() + i128::from(fund.left.fen()) == i128::from(room));
        }
        for cap in &library.caps {
            for (row, known) in (0..).zip(&table.rows) {
                let Some(limit) = table.figure(&cap.limit, row).number() else { continue };
                let same = |other: u32| match (cap.by, known.group) {
                    (Some(_), Some(group)) => {
                        let other = table.rows.get(other as usize);
                        other.is_some_and(|other| other.group == Some(group))
                    }
                    (Some(_), None) | (None, _) => other == row,
                };
                let named = |measure: u32| {
                    cap.over.contains(&library.measures[measure as usize].id)
                };
                let paid_out = |award: &&Award| award.amount > Money::ZERO && named(award.measure);
                // The limit of an enterprise that gets nothing does not count for its group.
                if !found.awards.iter().filter(paid_out).any(|award| award.row == row) {
                    continue;
                }
                let sum: i64 = found.awards.iter()
                    .filter(|award| same(award.row) && named(award.measure))
                    .map(|award| award.amount.fen())
                    .sum();
                let mut each: BTreeMap<(u32, u32), i64> = BTreeMap::new();
                payments.all().iter()
                    .filter(|paid| same(paid.row) && named(paid.measure))
                    .filter(|paid| cap.window == CapWindow::Cumulative || paid.year == 2025)
                    .for_each(|paid| {
                        *each.entry((paid.row, paid.measure)).or_default() += paid.fen;
                    });
                let paid: i64 = each.values().map(|paid| (*paid).max(0)).sum();
                prop_assert!(Number::from_i64(sum + paid) <= limit, "{cap:?}");
            }
        }
    }

    #[test]
    fn whatever_arrives_lies_within_the_range(
        options in options(), truth in truth(), veil in veil(),
    ) {
        let library = options.library();
        let Shown { rows, payments, claims } = truth.behind(&veil);
        let found = settled(&library, &payments, &Table::new(&library, rows), &claims);
        let table = Table::new(&library, truth.rows.clone());
        let known = reference(&library, &truth.payments, &table, &truth.claims);
        for award in &found.awards {
            prop_assert!(award.least <= award.amount && award.amount <= award.greatest);
            let place = truth.claims.iter()
                .position(|claim| (claim.0, claim.1) == (award.row, award.measure));
            let came_out = place.map_or(0, |place| known[place]);
            prop_assert!(
                award.least.fen() <= came_out && came_out <= award.greatest.fen(),
                "{award:?} came to {came_out}"
            );
            prop_assert!(award.payable().fen() <= came_out || award.payable().is_zero());
            if award.state == ClaimState::Eligible {
                prop_assert_eq!(award.doubt.is_some(), award.least < award.greatest);
            }
        }
    }

    #[test]
    fn threads_do_not_show(options in options(), truth in truth(), veil in veil()) {
        let library = options.library();
        let Shown { rows, payments, claims } = truth.behind(&veil);
        let table = Table::new(&library, rows);
        let run = || settled(&library, &payments, &table, &claims);
        let one = in_threads(1, run);
        prop_assert_eq!(&in_threads(2, run), &one);
        prop_assert_eq!(&in_threads(7, run), &one);
    }

    #[test]
    fn parts_sum_to_the_whole(
        whole in 0u64..1_000_000,
        weights in prop::collection::vec(0u64..1_000, 1..20),
    ) {
        let parts = split_fen(whole, &weights);
        let numbers = weights.iter().map(|weight| Number::from_i64(*weight as i64));
        let numbers: Vec<Number> = numbers.collect();
        let expected: Vec<u64> =
            largest_remainder(whole as i64, &numbers).iter().map(|part| *part as u64).collect();
        prop_assert_eq!(&parts, &expected);
        if weights.iter().any(|weight| *weight > 0) {
            prop_assert_eq!(parts.iter().sum::<u64>(), whole);
        }
    }

    #[test]
    fn weights_of_any_size_are_split_exactly(
        whole in 0i64..1_000_000,
        terms in prop::collection::vec((-3i64..1_000, 0i64..i64::MAX, 1i64..1 << 40), 1..8),
    ) {
        let weights: Vec<Number> = terms.into_iter().map(|(many, times, under)| {
            let ratio = Number::from_ratio(times, under).unwrap();
            Number::from_i64(many).checked_mul(&ratio).unwrap()
        }).collect();
        let counted: Vec<Number> =
            weights.iter().map(|weight| weight.clone().max(Number::zero())).collect();
        let parts = split_exact(whole as u64, &weights);
        let parts: Vec<i64> = parts.into_iter().map(|part| part as i64).collect();
        prop_assert_eq!(parts, largest_remainder(whole, &counted));
    }
}

const PRO_RATA: &str = "\
事项 m0 \"一\"\n周期 每年\n资金 f0\n资格 评分 >= 0\n金额 1元 取整 分 舍去\n\
事项 m1 \"二\"\n周期 每年\n资金 f0\n资格 评分 >= 0\n金额 1元 取整 分 舍去\n\
资金 f0 \"资金\" 预算 BUDGET分 不足时 按比例";

/// Awards under one pro rata fund.
fn pro_rata(budget: i64, claims: &[Claim]) -> Vec<(u32, i64)> {
    let library = library_of(&PRO_RATA.replace("BUDGET", &budget.to_string()));
    let known = Known {
        score: Figure::Whole(1),
        tax: Figure::Whole(0),
        area: Figure::Whole(0),
        group: None,
    };
    let table = Table::new(&library, vec![known; 20]);
    let found = settled(&library, &Payments::default(), &table, claims);
    found
        .awards
        .iter()
        .map(|award| (award.row, award.amount.fen()))
        .collect()
}

proptest! {
    #![proptest_config(cases())]

    // The largest remainder can move one fen from one award to another; never more.
    #[test]
    fn a_greater_budget_lowers_nobody_but_by_a_fen(
        fens in prop::collection::vec(1i64..500, 1..12), budget in 0i64..3_000, more in 1i64..50,
    ) {
        let claims: Vec<Claim> =
            (0..).zip(&fens).map(|(row, fen)| eligible(row, row % 2, *fen)).collect();
        let before = pro_rata(budget, &claims);
        let after = pro_rata(budget + more, &claims);
        for ((_, before), (_, after)) in before.iter().zip(&after) {
            prop_assert!(after + 1 >= *before);
        }
    }

    #[test]
    fn one_enterprise_less_lowers_nobody_but_by_a_fen(
        fens in prop::collection::vec(1i64..500, 2..12), budget in 0i64..3_000, gone in 0usize..12,
    ) {
        let mut claims: Vec<Claim> =
            (0..).zip(&fens).map(|(row, fen)| eligible(row, row % 2, *fen)).collect();
        let before = pro_rata(budget, &claims);
        claims.remove(gone % fens.len());
        for (row, after) in pro_rata(budget, &claims) {
            let before = before.iter().find(|(other, _)| *other == row).unwrap().1;
            prop_assert!(after + 1 >= before);
        }
    }
}
