//! The promises of PAYOUTS.md over simulated years, and a planted bug for each that must be found.
//!
//! `ZHIDA_SIM_STEPS` sets how many commands are given, `ZHIDA_SIM_SEED` the first seed.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that overflows stops, as at what it does not expect, and prints what it lived through"
)]

use std::time::Instant;

use zhida_tests::simulator::{EVERYTHING, Mutant, Plan, Promise, Tally, simulate};

/// How many commands one life has.
const LIFE: usize = 4_000;
/// How many commands are given where nobody asks for more.
const STEPS: usize = 60_000;
/// From so many commands on everything must have come up.
const LONG: usize = 2_000_000;
/// A planted bug must be found within so many commands.
const MUTANT_STEPS: usize = 200_000;

/// Seeds of lives that once broke a promise: a debit told after a refused payment had been given
/// up counted as paid, beyond what was owed. What a life holds has grown since, so that the fault
/// itself is held by `paid_after_it_was_given_up_or_set_off` beside the core.
const BROKE_ONCE: [u64; 2] = [10, 2021];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn live(plan: &Plan) -> Tally {
    simulate(plan).unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn promises_hold_over_simulated_years() {
    let steps = number("ZHIDA_SIM_STEPS").map_or(STEPS, |steps| usize::try_from(steps).unwrap());
    let first = number("ZHIDA_SIM_SEED").unwrap_or(1);
    let started = Instant::now();
    let mut lived = Tally::default();
    let mut seed = first;
    while lived.commands < steps {
        lived += &live(&Plan::new(seed, LIFE));
        seed += 1;
    }
    let milliseconds = started.elapsed().as_millis().max(1);
    let speed = u128::try_from(lived.commands).unwrap() * 1_000 / milliseconds;
    println!("{lived}; {speed} commands a second");
    // A life in which nothing happens breaks no promise.
    let least = lived.commands / 100;
    assert!(lived.instructions > least, "{lived}");
    assert!(lived.answers > least, "{lived}");
    assert!(lived.restarts * 1_000 > lived.commands, "{lived}");
    assert!(lived.refused.len() > 30, "{lived}");
    let unseen = EVERYTHING.iter();
    let unseen: Vec<_> = unseen
        .filter(|thing| !lived.seen.contains(*thing))
        .collect();
    println!("never came up: {unseen:?}");
    // A short run may miss what is rare.
    let most = if lived.commands < LONG { 3 } else { 0 };
    assert!(unseen.len() <= most, "never came up: {unseen:?}");
}

#[test]
fn seeds_that_broke_a_promise_once_hold() {
    for seed in BROKE_ONCE {
        live(&Plan::new(seed, LIFE));
    }
}

#[test]
fn p6_a_killed_life_is_the_same_as_one_that_was_never_killed() {
    for seed in [11, 12, 13] {
        let killed = live(&Plan::new(seed, LIFE / 2));
        let calm = live(&Plan {
            has_faults: false,
            ..Plan::new(seed, LIFE / 2)
        });
        assert!(killed.restarts > 3 && calm.restarts == 0);
        assert_eq!((killed.digest, killed.head), (calm.digest, calm.head));
        assert_eq!(killed.carried, calm.carried);
    }
}

/// A planted bug is found as a break of its promise.
#[track_caller]
fn found(mutant: Mutant, promise: Promise) {
    let mut commands = 0;
    for seed in 1.. {
        let plan = Plan {
            mutant: Some(mutant),
            ..Plan::new(seed, LIFE)
        };
        match simulate(&plan) {
            Ok(lived) => commands += lived.commands,
            Err(failure) => {
                commands += failure.step;
                println!(
                    "{mutant:?}: found after {commands} commands: {}",
                    failure.what
                );
                assert_eq!(failure.promise, promise, "{failure}");
                return;
            }
        }
        assert!(commands < MUTANT_STEPS, "{mutant:?} was not found");
    }
}

#[test]
fn p1_a_second_attempt_beside_an_unanswered_one_is_found() {
    found(Mutant::SecondAttempt, Promise::P1);
}

#[test]
fn p1_keys_that_are_forgotten_in_a_crash_are_found() {
    found(Mutant::KeyForgotten, Promise::P1);
}

#[test]
fn p2_a_dropped_posting_is_found() {
    found(Mutant::PostingDropped, Promise::P2);
}

#[test]
fn p4_a_second_account_of_one_person_is_found() {
    found(Mutant::PersonsUnknown, Promise::P4);
}

#[test]
fn p4_a_delegate_who_is_not_remembered_is_found() {
    found(Mutant::DelegateUnseen, Promise::P4);
}

#[test]
fn p4_an_approval_above_the_limit_is_found() {
    found(Mutant::TierUnchecked, Promise::P4);
}

#[test]
fn p4_a_missing_second_approver_is_found() {
    found(Mutant::SecondApproverForgotten, Promise::P4);
}

#[test]
fn p4_a_loan_beyond_its_last_day_is_found() {
    found(Mutant::LentForEver, Promise::P4);
}

#[test]
fn p4_a_step_without_its_role_is_found() {
    found(Mutant::RoleUnchecked, Promise::P4);
}

#[test]
fn p1_an_award_that_did_not_know_what_was_paid_is_found() {
    found(Mutant::BlindSweep, Promise::P1);
}

#[test]
fn p5_an_overdrawn_line_is_found() {
    found(Mutant::BalanceUnchecked, Promise::P5);
}

#[test]
fn p6_tables_that_miss_the_last_of_a_group_are_found() {
    found(Mutant::GroupTorn, Promise::P6);
}

#[test]
fn p6_a_thing_that_is_not_stored_is_found() {
    found(Mutant::ThingNotStored, Promise::P6);
}

#[test]
fn p7_an_acknowledgement_before_the_commit_is_found() {
    found(Mutant::AcknowledgedBeforeCommit, Promise::P7);
}

#[test]
fn p8_an_edited_entry_is_found() {
    found(Mutant::EntryEdited, Promise::P8);
}

#[test]
fn p8_an_edited_entry_under_a_rewritten_chain_is_found() {
    found(Mutant::EntryEditedAndChained, Promise::P8);
}

#[test]
fn p9_silence_taken_for_a_refusal_is_found() {
    found(Mutant::SilenceIsRefusal, Promise::P9);
}

#[test]
fn p9_a_contradiction_taken_for_a_refusal_is_found() {
    found(Mutant::LastAnswerCounts, Promise::P9);
}

#[test]
fn p10_a_sealed_file_that_is_made_again_is_found() {
    found(Mutant::FileMadeAgain, Promise::P10);
}
