//! Awards of sweeps that did not know of a payment that bears on them.

use super::town::*;
use crate::payouts::{Action, Award, Command, KnownPayment, PayoutState, Refusal};

/// The measure that the town pays.
const PAID: &str = "industry-2025/growth-award";

/// An award of another measure under the same limit, by a sweep that knew this much of the first.
fn under_the_same_limit(sweep: &str, knew: i64) -> Award {
    let mut award = award(0, "2025", 500);
    award.key.measure = "industry-2025/upgrade".to_owned();
    award.origin.sweep = digest(sweep);
    award.knows = vec![KnownPayment {
        measure: PAID.to_owned(),
        paid: fen(knew),
    }];
    award
}

#[track_caller]
fn check(town: &mut Town, award: Award, refused: Option<PayoutState>) {
    let carried = town.system(Command::Entitle(Box::new(award)));
    match (carried, refused) {
        (Ok(_), None) => {}
        (Err(Refusal::SweepTooOld { state, .. }), Some(expected)) => assert_eq!(state, expected),
        (carried, refused) => panic!("{carried:?}, expected {refused:?}"),
    }
}

#[test]
fn a_sweep_that_knew_less_than_was_paid_is_refused() {
    let mut town = Town::at(PayoutState::Paid);
    let paid = town.payout().kept().fen();
    check(
        &mut town,
        under_the_same_limit("new", 0),
        Some(PayoutState::Paid),
    );
    check(
        &mut town,
        under_the_same_limit("new", paid - 1),
        Some(PayoutState::Paid),
    );
    check(&mut town, under_the_same_limit("new", paid), None);
}

#[test]
fn what_is_still_on_its_way_from_an_older_sweep_stands_in_the_way() {
    for state in [
        PayoutState::Computed,
        PayoutState::Approved,
        PayoutState::Confirmed,
        PayoutState::Sent,
        PayoutState::Accepted,
    ] {
        let mut town = Town::at(state);
        check(&mut town, under_the_same_limit("new", 0), Some(state));
        // The same sweep settled both together.
        check(&mut town, under_the_same_limit("sweep", 0), None);
    }
    // What was given up stands in nobody's way.
    let mut town = Town::at(PayoutState::Sent);
    town.answer(1, rejected()).unwrap();
    check(
        &mut town,
        under_the_same_limit("new", 0),
        Some(PayoutState::Rejected),
    );
    let (payout, reason) = (town.id(), "企业已注销".to_owned());
    town.motion(&["MK", "CK", "AP1"], Action::Cancel { payout, reason })
        .unwrap();
    check(&mut town, under_the_same_limit("new", 0), None);
    // Nobody proposed it: it can be dropped where it stands.
    let mut town = Town::at(PayoutState::Computed);
    let (payout, reason) = (town.id(), "以新的清算为准".to_owned());
    town.user("CK", Command::Drop { payout, reason }).unwrap();
    check(&mut town, under_the_same_limit("new", 0), None);
}

#[test]
fn measures_without_a_common_rule_do_not_bear_on_each_other() {
    let mut town = Town::at(PayoutState::Paid);
    let mut award = under_the_same_limit("new", 0);
    award.knows.clear();
    check(&mut town, award, None);
}
