//! The history of a payout is read by its own events, whatever else is in the log.

use std::collections::BTreeMap;

use zhida_engine::payouts::{Books, Moment, PayoutId, Thing};

use super::books::{requests, sound, store};
use super::support::Place;
use super::support::month::{Script, payout};
use crate::store::{Answered, ExportedProof, Store};

on_both_databases!(
    a_history_is_what_the_core_changed,
    a_proof_reads_the_events_of_its_payout_and_no_others,
    what_was_logged_before_there_was_a_table_is_filled_in,
);

/// The events that change each payout, as the core alone does it.
fn by_the_core(script: &Script, answers: &[Answered]) -> (Books, BTreeMap<PayoutId, Vec<u64>>) {
    let (mut books, mut found) = (Books::new(), BTreeMap::new());
    for ((_, order), answer) in script.orders.iter().zip(answers) {
        let (Ok(effects), Answered::Done { sequence, .. }) = (books.execute(order), answer) else {
            continue;
        };
        for thing in effects.things {
            if let Thing::Payout(payout) = thing {
                let own: &mut Vec<u64> = found.entry(payout.id).or_default();
                if own.last() != Some(sequence) {
                    own.push(*sequence);
                }
            }
        }
    }
    (books, found)
}

async fn sequences(store: &Store, id: &PayoutId) -> Vec<u64> {
    let events = store.history(id).await.unwrap();
    events.iter().map(|event| event.sequence).collect()
}

/// Lifts the guards of log and table.
fn lifted(place: &Place) -> &'static str {
    match place.is_sqlite() {
        true => {
            "DROP TRIGGER IF EXISTS events_stay; DROP TRIGGER IF EXISTS events_remain; \
             DROP TRIGGER IF EXISTS payout_changes_stay; \
             DROP TRIGGER IF EXISTS payout_changes_remain;"
        }
        false => {
            "ALTER TABLE events DISABLE TRIGGER ALL; \
             ALTER TABLE payout_changes DISABLE TRIGGER ALL;"
        }
    }
}

async fn a_history_is_what_the_core_changed(place: &Place) {
    let script = Script::month(8);
    let store = store(place).await;
    let mut answers = Vec::new();
    for group in requests(&script.orders).chunks(17) {
        answers.extend(store.submit(group).await.unwrap());
    }
    let (books, expected) = by_the_core(&script, &answers);
    assert!(expected.len() >= 8, "{expected:?}");
    let longest = expected.values().map(Vec::len).max();
    assert!(longest > Some(10), "{expected:?}");
    for (id, expected) in &expected {
        assert_eq!(sequences(&store, id).await, *expected, "{id}");
    }
    assert_eq!(
        sequences(&store, &PayoutId::new("P")).await,
        Vec::<u64>::new()
    );
    sound(&store, &books).await;
}

async fn a_proof_reads_the_events_of_its_payout_and_no_others(place: &Place) {
    let mut script = Script::default();
    script.opening(1_000_000);
    script.taken(0..3);
    script.checked(0..3);
    let store = store(place).await;
    let answers = store.submit(&requests(&script.orders)).await.unwrap();
    let (_, histories) = by_the_core(&script, &answers);
    let own = histories[&payout(1)].clone();
    // Nothing else of the log can be read any more.
    let own_list: Vec<String> = own.iter().map(u64::to_string).collect();
    let spoil = match place.is_sqlite() {
        true => "x'00'",
        false => "'\\x00'",
    };
    let (guards, own_list) = (lifted(place), own_list.join(", "));
    place
        .tamper(&format!(
            "{guards} UPDATE events SET body = {spoil} WHERE sequence NOT IN ({own_list})"
        ))
        .await;
    assert_eq!(sequences(&store, &payout(1)).await, own);
    let proofs = [
        store.prove_payout(&payout(1), Moment(9)).await.unwrap(),
        store.prove_alone(&payout(1), Moment(9)).await.unwrap(),
    ];
    // Taking up, proposing and checking are about one payout alone; officials proposed and checked.
    let expected = [own.last(), own.first()];
    for (proof, expected) in proofs.into_iter().zip(expected) {
        let Some(ExportedProof::Inclusion { sequence, .. }) = &proof else {
            panic!("{proof:?}");
        };
        assert_eq!(Some(sequence), expected);
        proof.unwrap().verify(None).unwrap();
    }
    let none = store.prove_alone(&PayoutId::new("P"), Moment(9)).await;
    assert!(none.unwrap().is_none());
}

async fn what_was_logged_before_there_was_a_table_is_filled_in(place: &Place) {
    let script = Script::month(5);
    let first = store(place).await;
    let answers = first.submit(&requests(&script.orders)).await.unwrap();
    let (books, expected) = by_the_core(&script, &answers);
    first.close().await;
    // As it was before: no rows, and nothing that says how far they go. Then half of them, as
    // somebody left it who was stopped.
    let guards = lifted(place);
    let half = answers.len() / 2;
    for before in [
        "DELETE FROM payout_changes; DELETE FROM settings WHERE name = 'payout_changes.filled'"
            .to_owned(),
        format!(
            "DELETE FROM payout_changes WHERE sequence > {half}; \
             UPDATE settings SET value = '{half}' WHERE name = 'payout_changes.filled'"
        ),
    ] {
        place.tamper(&format!("{guards} {before}")).await;
        let folder = place.folder.path().join("data");
        let store = Store::open(&folder, Some(&place.address)).await.unwrap();
        for (id, expected) in &expected {
            assert_eq!(sequences(&store, id).await, *expected, "{id}");
        }
        sound(&store, &books).await;
        store.close().await;
    }
}
