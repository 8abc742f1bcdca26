//! Who names which file is found by digest, and is what the bodies say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use zhida_engine::payouts::{BureauId, Thing};

use super::books::{requests, store};
use super::support::Place;
use super::support::month::{BUREAU, Script};
use crate::store::{Kind, Store, StoreError, Within};

on_both_databases!(
    what_names_a_file_is_found_by_its_digest,
    what_was_kept_before_is_filled_in,
    papers_that_somebody_changed_are_found,
);

/// Every kind whose things name files, and its table.
const KINDS: [(Kind, &str); 4] = [
    (Kind::Payouts, "payouts"),
    (Kind::Batches, "batches"),
    (Kind::Motions, "motions"),
    (Kind::Notices, "notices"),
];

/// What a file is called in a body, wherever it stands.
const FIELDS: [&str; 7] = [
    "text",
    "finding",
    "evidence",
    "statement",
    "receipt",
    "sheet",
    "digest",
];

/// The digests of files in a body, read as any JSON is.
fn digests(body: &Json, into: &mut BTreeSet<String>) {
    match body {
        Json::Object(fields) => {
            // The award that an objection leads to has digests of its own, which are no files, and
            // so has the text of a policy.
            let inside = fields.iter();
            for (name, value) in inside.filter(|(name, _)| *name != "origin") {
                match value.as_str() {
                    Some(text) if FIELDS.contains(&name.as_str()) && text.len() == 64 => {
                        into.insert(text.to_owned());
                    }
                    Some(_) => {}
                    None if name == "PublishPolicy" => {}
                    None => digests(value, into),
                }
            }
        }
        Json::Array(all) => all.iter().for_each(|one| digests(one, into)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// By kind and digest, the bodies that name it, out of whole tables.
async fn read(store: &Store) -> BTreeMap<(&'static str, String), BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for (_, table) in KINDS {
        let select: &'static str = Box::leak(format!("SELECT body FROM {table}").into());
        for row in store.database.fetch(select, &[]).await.unwrap() {
            let body = row.text("body").unwrap();
            let mut named = BTreeSet::new();
            digests(&serde_json::from_str(body).unwrap(), &mut named);
            for digest in named {
                found
                    .entry((table, digest))
                    .or_default()
                    .insert(body.to_owned());
            }
        }
    }
    found
}

fn bodies(things: &[Thing]) -> BTreeSet<String> {
    let bodies = things.iter();
    bodies
        .map(|thing| serde_json::to_string(thing).unwrap())
        .collect()
}

/// Everything that names a file is found under its digest, and nothing else is.
async fn are_as_the_bodies_say(store: &Store) {
    let expected = read(store).await;
    let tables: BTreeSet<&str> = expected.keys().map(|(table, _)| *table).collect();
    assert_eq!(tables.len(), KINDS.len(), "{tables:?}");
    let digests: BTreeSet<&String> = expected.keys().map(|(_, digest)| digest).collect();
    let own = Within::Bureaus([BureauId::new(BUREAU)].into());
    let others = Within::Bureaus([BureauId::new("别的单位")].into());
    for (kind, table) in KINDS {
        for digest in &digests {
            let named = expected.get(&(table, (*digest).clone()));
            let named = named.cloned().unwrap_or_default();
            for within in [&Within::All, &own] {
                let found = store
                    .naming(kind, within, (digest.as_str(), 10_000))
                    .await
                    .unwrap();
                assert_eq!(bodies(&found), named, "{table} {digest}");
            }
            let found = store
                .naming(kind, &others, (digest.as_str(), 10))
                .await
                .unwrap();
            assert_eq!(found, []);
        }
    }
    // As many rows as there are names, and no more.
    let rows = store.database.fetch("SELECT holder FROM papers", &[]).await;
    let names: usize = expected.values().map(BTreeSet::len).sum();
    assert_eq!(rows.unwrap().len(), names);
}

async fn a_month(place: &Place) -> Store {
    let store = store(place).await;
    store
        .submit(&requests(&Script::month(12).orders))
        .await
        .unwrap();
    store
}

async fn change(store: &Store, statements: &[&'static str]) {
    let changed: Result<(), StoreError> = store
        .database
        .write(|mut transaction| async move {
            for statement in statements {
                transaction.execute(statement, &[]).await?;
            }
            Ok(())
        })
        .await;
    changed.unwrap();
}

async fn opened(place: &Place) -> Store {
    let folder = place.folder.path().join("data");
    Store::open(&folder, Some(&place.address)).await.unwrap()
}

async fn fault(store: &Store) -> Option<String> {
    store.verify(None).await.unwrap().fault
}

async fn what_names_a_file_is_found_by_its_digest(place: &Place) {
    let store = a_month(place).await;
    are_as_the_bodies_say(&store).await;
    assert_eq!(fault(&store).await, None);
}

/// As if the table had only just come, and nobody had filled it in.
const NEW: &[&str] = &[
    "DELETE FROM papers",
    "DELETE FROM settings WHERE name = 'papers.filled'",
];
/// As if whoever filled it in had been stopped.
const STOPPED: &[&str] = &[
    "DELETE FROM papers WHERE holder LIKE 'notices %'",
    "UPDATE settings SET value = 'begun' WHERE name = 'papers.filled'",
];

async fn what_was_kept_before_is_filled_in(place: &Place) {
    let mut store = a_month(place).await;
    for older in [NEW, STOPPED] {
        change(&store, older).await;
        assert!(fault(&store).await.is_some());
        store.close().await;
        store = opened(place).await;
        are_as_the_bodies_say(&store).await;
        assert_eq!(fault(&store).await, None);
    }
}

async fn papers_that_somebody_changed_are_found(place: &Place) {
    let changes: [(&[&str], &str); 4] = [
        (
            &["DELETE FROM papers WHERE holder = (SELECT MIN(holder) FROM papers)"],
            "缺少记录",
        ),
        (
            &["INSERT INTO papers (holder, thing, digest) VALUES ('payouts P', 'P', 'd')"],
            "条记录",
        ),
        (
            &["UPDATE papers SET thing = 'P' WHERE holder = (SELECT MIN(holder) FROM papers)"],
            "多出记录",
        ),
        // Also where nobody says any more that they were filled in.
        (
            &[
                "DELETE FROM papers WHERE holder = (SELECT MAX(holder) FROM papers)",
                "DELETE FROM settings WHERE name = 'papers.filled'",
            ],
            "缺少记录",
        ),
    ];
    let mut store = a_month(place).await;
    for (statements, told) in changes {
        change(&store, statements).await;
        store.close().await;
        store = opened(place).await;
        let found = fault(&store).await.unwrap();
        assert!(found.contains("表 papers"), "{statements:?}: {found}");
        assert!(found.contains(told), "{statements:?}: {found}");
        change(&store, NEW).await;
        store.close().await;
        store = opened(place).await;
        assert_eq!(fault(&store).await, None);
    }
}
