//! Whatever is changed behind the store's back, the first bad record is named.

use zhida_engine::merkle::{TreeBuilder, TreeHash};

use super::log::{ORIGIN, append_and_sign, key};
use super::support::Place;
use crate::store::encoding::hex;
use crate::store::log::{self, LogFault, LogFaultKind, LogKey, PrintedHead, Verified};

on_both_databases!(
    every_change_of_a_record_is_named,
    records_and_hashes_changed_together_are_named_between_heads,
    changed_heads_and_peaks_are_found,
    a_log_rewritten_as_a_whole_is_found_by_a_printed_head,
    an_old_copy_is_found_by_a_printed_head,
    a_head_of_another_key_is_not_taken,
);

/// Ten records; heads at 4, 8 and 10.
async fn make(place: &Place) -> PrintedHead {
    let database = place.open().await;
    append_and_sign(&database, 1, 4).await;
    append_and_sign(&database, 5, 4).await;
    let head = append_and_sign(&database, 9, 2).await;
    database.close().await;
    let (size, root) = (head.size, head.root);
    PrintedHead { size, root }
}

/// Lifts the guards, as somebody with rights on the database could, and changes it.
async fn tamper(place: &Place, change: &str) {
    let guards = match place.is_sqlite() {
        true => {
            "PRAGMA ignore_check_constraints = ON; DROP TRIGGER IF EXISTS events_stay; \
             DROP TRIGGER IF EXISTS events_remain; DROP TRIGGER IF EXISTS log_heads_stay; \
             DROP TRIGGER IF EXISTS log_heads_remain; \
             DROP TRIGGER IF EXISTS log_frontier_remains;"
        }
        false => {
            "ALTER TABLE events DISABLE TRIGGER ALL; ALTER TABLE log_heads DISABLE TRIGGER ALL; \
             ALTER TABLE log_frontier DISABLE TRIGGER ALL; \
             ALTER TABLE events DROP CONSTRAINT IF EXISTS events_sequence_check;"
        }
    };
    place.tamper(&format!("{guards} {change}")).await;
}

async fn look(place: &Place, printed: Option<PrintedHead>) -> Result<Verified, LogFault> {
    let database = place.open().await;
    let mut reader = database.read().await.unwrap();
    let keys = [key().public()];
    let found = log::verify(&mut reader, ORIGIN, &keys, printed)
        .await
        .unwrap();
    drop(reader);
    database.close().await;
    found
}

/// A text as bytes, in the words of the database.
fn bytes(place: &Place, content: &[u8]) -> String {
    match place.is_sqlite() {
        true => format!("x'{}'", hex(content)),
        false => format!("'\\x{}'", hex(content)),
    }
}

#[track_caller]
fn check(found: Result<Verified, LogFault>, first: u64, last: u64, kind: LogFaultKind) {
    assert_eq!(found.unwrap_err(), LogFault { first, last, kind });
}

async fn every_change_of_a_record_is_named(place: &Place) {
    make(place).await;
    let body = |number| format!("{{\"n\":{number}}}").into_bytes();
    let set_body = |content: &[u8]| {
        let content = bytes(place, content);
        format!("UPDATE events SET body = {content} WHERE sequence = 5")
    };
    let zeros = bytes(place, &[0; 32]);
    // What is changed, what is found, and how it is set right again.
    let changes = [
        (
            set_body(&body(6)),
            (5, LogFaultKind::Changed),
            set_body(&body(5)),
        ),
        (
            "UPDATE events SET at = 1001 WHERE sequence = 10".to_owned(),
            (10, LogFaultKind::Changed),
            "UPDATE events SET at = 1000 WHERE sequence = 10".to_owned(),
        ),
        (
            "UPDATE events SET kind = '种' WHERE sequence = 1".to_owned(),
            (1, LogFaultKind::Changed),
            "UPDATE events SET kind = '种类' WHERE sequence = 1".to_owned(),
        ),
        (
            "UPDATE events SET sequence = -3 WHERE sequence = 3; \
             UPDATE events SET sequence = 3 WHERE sequence = 4; \
             UPDATE events SET sequence = 4 WHERE sequence = -3"
                .to_owned(),
            (3, LogFaultKind::Changed),
            "UPDATE events SET sequence = -3 WHERE sequence = 3; \
             UPDATE events SET sequence = 3 WHERE sequence = 4; \
             UPDATE events SET sequence = 4 WHERE sequence = -3"
                .to_owned(),
        ),
        (
            format!("INSERT INTO events VALUES (0, 1, 'k', {zeros}, {zeros})"),
            (0, LogFaultKind::Stray),
            "DELETE FROM events WHERE sequence = 0".to_owned(),
        ),
        (
            "UPDATE events SET sequence = 20 WHERE sequence = 7".to_owned(),
            (7, LogFaultKind::Missing),
            "UPDATE events SET sequence = 7 WHERE sequence = 20".to_owned(),
        ),
        (
            "UPDATE events SET sequence = 11 WHERE sequence = 10".to_owned(),
            (10, LogFaultKind::Missing),
            "UPDATE events SET sequence = 10 WHERE sequence = 11".to_owned(),
        ),
        (
            format!("INSERT INTO events VALUES (11, 1, 'k', {zeros}, {zeros})"),
            (11, LogFaultKind::Changed),
            "DELETE FROM events WHERE sequence = 11".to_owned(),
        ),
        (
            format!("UPDATE events SET leaf = {zeros} WHERE sequence = 2"),
            (2, LogFaultKind::Changed),
            "DELETE FROM events WHERE sequence = 2".to_owned(),
        ),
    ];
    for (change, (sequence, kind), back) in changes {
        look(place, None).await.unwrap();
        tamper(place, &change).await;
        check(look(place, None).await, sequence, sequence, kind);
        tamper(place, &back).await;
    }
    check(look(place, None).await, 2, 2, LogFaultKind::Missing);
}

async fn records_and_hashes_changed_together_are_named_between_heads(place: &Place) {
    make(place).await;
    let mut content = Vec::new();
    let leaf = log::leaf(&mut content, 6, 1000, "种类", b"forged");
    let (body, leaf) = (bytes(place, b"forged"), bytes(place, &leaf.0));
    let change = format!("UPDATE events SET body = {body}, leaf = {leaf} WHERE sequence = 6");
    tamper(place, &change).await;
    check(look(place, None).await, 5, 8, LogFaultKind::HeadRoot);
    // Without the heads behind it, the peaks tell.
    tamper(place, "DELETE FROM log_heads WHERE size > 4").await;
    check(look(place, None).await, 5, 10, LogFaultKind::Frontier);
}

async fn changed_heads_and_peaks_are_found(place: &Place) {
    make(place).await;
    let zeros = bytes(place, &[0; 32]);
    tamper(
        place,
        &format!("UPDATE log_heads SET root = {zeros} WHERE size = 10"),
    )
    .await;
    check(look(place, None).await, 9, 10, LogFaultKind::HeadRoot);
    tamper(place, "DELETE FROM log_heads WHERE size = 10").await;
    tamper(place, "UPDATE log_heads SET at = 1001 WHERE size = 8").await;
    check(look(place, None).await, 5, 8, LogFaultKind::HeadSignature);
    tamper(
        place,
        "UPDATE log_heads SET at = 1000, size = 7 WHERE size = 8",
    )
    .await;
    check(look(place, None).await, 5, 7, LogFaultKind::HeadRoot);
    tamper(place, "DELETE FROM log_heads WHERE size = 7").await;
    look(place, None).await.unwrap();
    let four = bytes(place, &[7; 64]);
    tamper(place, &format!("UPDATE log_frontier SET peaks = {four}")).await;
    check(look(place, None).await, 5, 10, LogFaultKind::Frontier);
    tamper(place, &format!("UPDATE log_frontier SET peaks = {zeros}")).await;
    check(look(place, None).await, 5, 10, LogFaultKind::Frontier);
    tamper(
        place,
        &format!("UPDATE log_frontier SET peaks = {four}, size = 12"),
    )
    .await;
    check(look(place, None).await, 11, 12, LogFaultKind::Missing);
    tamper(place, "DELETE FROM log_frontier").await;
    check(look(place, None).await, 5, 10, LogFaultKind::Frontier);
}

/// Writes all ten records anew, with hashes, peaks and a head signed with the true key.
async fn rewrite(place: &Place) -> TreeHash {
    let (mut tree, mut content) = (TreeBuilder::default(), Vec::new());
    let mut change = "DELETE FROM log_heads;".to_owned();
    for sequence in 1..=10 {
        let leaf = log::leaf(&mut content, sequence, 1000, "种类", b"forged");
        tree.push(leaf);
        let (body, leaf) = (bytes(place, b"forged"), bytes(place, &leaf.0));
        change.push_str(&format!(
            "UPDATE events SET body = {body}, leaf = {leaf} WHERE sequence = {sequence};"
        ));
    }
    let peaks: Vec<u8> = tree.peaks().iter().flat_map(|peak| peak.0).collect();
    let peaks = bytes(place, &peaks);
    change.push_str(&format!("UPDATE log_frontier SET peaks = {peaks}"));
    tamper(place, &change).await;
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    let head = log::sign_head(&mut transaction, &key(), ORIGIN, 1000).await;
    transaction.commit().await.unwrap();
    database.close().await;
    head.unwrap().root
}

async fn a_log_rewritten_as_a_whole_is_found_by_a_printed_head(place: &Place) {
    let printed = make(place).await;
    look(place, Some(printed)).await.unwrap();
    let root = rewrite(place).await;
    // By itself it is in order: only paper knows better.
    assert_eq!(look(place, None).await.unwrap().root, root);
    check(
        look(place, Some(printed)).await,
        1,
        10,
        LogFaultKind::Printed,
    );
}

async fn an_old_copy_is_found_by_a_printed_head(place: &Place) {
    let printed = make(place).await;
    let database = place.open().await;
    let later = append_and_sign(&database, 11, 3).await;
    database.close().await;
    // A head of before is one of a log that has grown since.
    look(place, Some(printed)).await.unwrap();
    let (size, root) = (later.size + 5, later.root);
    let later = PrintedHead { size, root };
    check(
        look(place, Some(later)).await,
        14,
        18,
        LogFaultKind::Printed,
    );
    let told = look(place, Some(later)).await.unwrap_err().to_string();
    assert!(told.contains("14") && told.contains("18"), "{told}");
}

async fn a_head_of_another_key_is_not_taken(place: &Place) {
    make(place).await;
    let database = place.open().await;
    let mut reader = database.read().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let faults = crate::store::faults::Faults::default();
    let other = LogKey::create(&folder.path().join("key"), &faults).unwrap();
    let keys = [other.public()];
    let found = log::verify(&mut reader, ORIGIN, &keys, None).await.unwrap();
    check(found, 1, 4, LogFaultKind::HeadSignature);
    let keys = [other.public(), key().public()];
    let found = log::verify(&mut reader, "zhida/other", &keys, None)
        .await
        .unwrap();
    check(found, 1, 4, LogFaultKind::HeadSignature);
    let found = log::verify(&mut reader, ORIGIN, &keys, None).await.unwrap();
    assert_eq!(found.unwrap().heads, 3);
}
