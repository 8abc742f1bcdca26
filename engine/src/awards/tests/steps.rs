//! What single steps refuse, and the edges of their arithmetic.

use super::*;
use crate::awards::fill::{Entry, fill};
use crate::awards::line::Sums;

const TWO: &str = "\
事项 m0 \"一\"\n周期 每年\n资格 评分 >= 0\n金额 1元 取整 分 舍去\n\
事项 m1 \"二\"\n周期 每年\n资格 评分 >= 0\n金额 1元 取整 分 舍去\n";

fn known(tax: Figure, group: Option<u32>) -> Known {
    Known {
        score: Figure::Whole(1),
        tax,
        area: Figure::Whole(1),
        group,
    }
}

#[test]
fn claims_out_of_order_are_refused() {
    let library = library_of(TWO);
    let table = Table::new(&library, Vec::new());
    let settlement = Settlement {
        library: &library,
        context: CONTEXT,
        payments: &Payments::default(),
        readings: &table,
    };
    let run = |claims: &[Claim]| settle(&settlement, claims).unwrap_err();
    let (first, second) = (eligible(0, 1, 5), eligible(1, 0, 5));
    assert_eq!(run(&[second, first]), SettleError::Order(1));
    assert_eq!(run(&[first, first]), SettleError::Order(1));
    assert_eq!(run(&[first, eligible(1, 2, 5)]), SettleError::Measure(1));
    assert_eq!(run(&[eligible(0, 0, -1)]), SettleError::Amount(0));
}

#[test]
fn a_group_with_two_limits_is_paid_nothing_until_someone_looks() {
    let library = library_of(&format!("{TWO}限额 c = 税额 适用 m0, m1 按 集团"));
    let rows = vec![
        known(Figure::Whole(100), Some(7)),
        known(Figure::Whole(99), Some(7)),
        known(Figure::Whole(50), Some(8)),
    ];
    let table = Table::new(&library, rows);
    let claims = [eligible(0, 0, 10), eligible(1, 1, 20), eligible(2, 0, 60)];
    let found = settled(&library, &Payments::default(), &table, &claims);
    let shown: Vec<(i64, i64)> = found
        .awards
        .iter()
        .map(|award| (award.amount.fen(), award.greatest.fen()))
        .collect();
    assert_eq!(shown, [(0, 10), (0, 20), (50, 50)]);
    let rows: Vec<(u32, ProblemKind)> = found
        .problems
        .iter()
        .map(|problem| (problem.row, problem.kind))
        .collect();
    assert_eq!(
        rows,
        [
            (0, ProblemKind::LimitsDiffer),
            (1, ProblemKind::LimitsDiffer)
        ]
    );
}

#[test]
fn the_largest_amounts_do_not_overflow() {
    let point = |fen| Entry {
        level: 0,
        sums: Sums::point(fen),
    };
    let open = Entry {
        level: 0,
        sums: Sums::of(i64::MAX - 1, 0, i64::MAX),
    };
    let entries = [point(i64::MAX - 1), point(i64::MAX - 1), open, open];
    let filled = fill(&entries, &[], Sums::point(i64::MAX));
    let sum: i128 = filled.sums.iter().map(|sums| i128::from(sums.amount)).sum();
    assert_eq!(sum, i128::from(i64::MAX));
    let parts = split(Money::MAX, &[u64::MAX, u64::MAX, 1]).unwrap();
    let sum: i128 = parts.iter().map(|part| i128::from(part.fen())).sum();
    assert_eq!(sum, i128::from(i64::MAX));
}

#[test]
fn money_is_not_split_over_nothing() {
    let one = Money::from_fen(1);
    assert_eq!(split(one, &[]), Err(SplitError::NoWeight));
    assert_eq!(split(one, &[0, 0]), Err(SplitError::NoWeight));
    assert_eq!(split(Money::from_fen(-1), &[1]), Err(SplitError::Negative));
    assert_eq!(
        split(one, &[0, 1, 1]),
        Ok(vec![Money::ZERO, one, Money::ZERO])
    );
}

#[test]
fn money_given_back_does_not_raise_what_is_due() {
    let library = library_of(TWO);
    let table = Table::new(&library, vec![known(Figure::Whole(0), None)]);
    let paid = |fen| Payment {
        row: 0,
        measure: 0,
        year: 2025,
        fen,
    };
    for (payments, expected) in [
        (vec![paid(30), paid(-10)], 80),
        (vec![paid(30), paid(-40)], 100),
        (vec![paid(130)], 0),
    ] {
        let payments = Payments::new(payments);
        let found = settled(&library, &payments, &table, &[eligible(0, 0, 100)]);
        assert_eq!(found.awards[0].amount.fen(), expected);
    }
}

#[test]
fn percentages_of_any_length_are_split_exactly() {
    // Of 10,000 fen the quotas are 3333.33… and 6666.66…: the fen left over goes to the second.
    let third = "33.333333333333333333333333333333%";
    let rest = "66.666666666666666666666666666667%";
    let library = library_of(&format!(
        "{TWO}分担 省 {third}, 市 {rest}\n分期 {third}, {rest}"
    ));
    let table = Table::new(&library, vec![known(Figure::Whole(0), None)]);
    let found = settled(
        &library,
        &Payments::default(),
        &table,
        &[eligible(0, 1, 10_000)],
    );
    let (award, measure) = (&found.awards[0], &library.measures[1]);
    let shares: Vec<i64> = award
        .shares(measure)
        .iter()
        .map(|part| part.fen())
        .collect();
    assert_eq!(shares, [3_333, 6_667]);
    let instalments = award.instalments(measure);
    let instalments: Vec<i64> = instalments.iter().map(|part| part.amount.fen()).collect();
    assert_eq!(instalments, [3_333, 6_667]);
}

#[test]
fn money_given_back_leaves_no_more_room_than_there_was() {
    // 30 of the 100 fen are gone; the 10 that came back for the other measure were never paid
    // from them.
    let paid = |measure, fen| Payment {
        row: 0,
        measure,
        year: 2025,
        fen,
    };
    let payments = Payments::new(vec![paid(0, -10), paid(1, 30)]);
    let drawing = TWO.replace("周期 每年", "周期 每年\n资金 f");
    for block in [
        format!("{TWO}限额 c = 1元 适用 m0, m1"),
        format!("{TWO}限额 c = 1元 适用 m0, m1 按 集团"),
        format!("{drawing}资金 f \"资金\" 预算 1元 不足时 按比例"),
    ] {
        let library = library_of(&block);
        let table = Table::new(&library, vec![known(Figure::Whole(0), Some(7))]);
        let claims = [eligible(0, 0, 100), eligible(0, 1, 100)];
        let found = settled(&library, &payments, &table, &claims);
        let sum: i64 = found.awards.iter().map(|one| one.amount.fen()).sum();
        assert_eq!(sum, 70, "{block}");
    }
}

#[test]
fn an_award_that_was_given_back_in_a_later_year_excludes_no_other() {
    let once = TWO.replace("周期 每年", "周期 一次性");
    let library = library_of(&once);
    let table = Table::new(&library, vec![known(Figure::Whole(0), None)]);
    let paid = |year, fen| Payment {
        row: 0,
        measure: 0,
        year,
        fen,
    };
    for (back, expected) in [(-8, 100), (-7, 0)] {
        let payments = Payments::new(vec![paid(2022, 8), paid(2026, back)]);
        let found = settled(&library, &payments, &table, &[eligible(0, 0, 100)]);
        assert_eq!(found.awards[0].amount.fen(), expected, "{back}");
    }
}
