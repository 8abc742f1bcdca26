//! Enterprises are told of what was published.
//!
//! # Shape
//! Each version is told of once, in one transaction with the mark that says so: whoever was killed
//! between a publication and its news tells of it at the next start. Policies that any enterprise
//! may use go to all who subscribed to the bureau; others to the enterprises that they may apply
//! to, by the facts of the last snapshot; the end of a policy goes to the subscribers.

use std::collections::BTreeSet;
use std::sync::Arc;

use zhida_engine::decision::Decision;
use zhida_engine::interpreter::Interpreter;
use zhida_engine::payouts::{Moment, PolicyRecord, PolicyVersion};
use zhida_indexer::prospect::necessary;
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Uscc;

use super::shelf::Shelf;
use crate::failure::Failure;
use crate::library;
use crate::messages::{NewMessage, PolicyNews, enqueue, topic_of_bureau};
use crate::store::{Store, StoreError};
use crate::web::{Material, Server};

/// Tells of every version that nobody was told of; called on a thread that may block.
///
/// # Errors
/// What cannot be read or written.
pub(super) fn tell(server: &Arc<Server>) -> Result<(), Failure> {
    let handle = &server.handle;
    let told = handle.block_on(told(&server.store))?;
    let shelf = handle.block_on(Shelf::open(&server.store, &server.base))?;
    for record in &shelf.records {
        for version in &record.versions {
            if told.contains(&(record.policy.clone(), version.number)) {
                continue;
            }
            let at = version
                .signatures
                .last()
                .map_or(server.clock.now(), |last| last.at);
            let messages = messages(server, &shelf, (record, version), at)?;
            handle.block_on(write(&server.store, (record, version), &messages, at))?;
        }
    }
    Ok(())
}

async fn told(store: &Store) -> Result<BTreeSet<(String, u32)>, StoreError> {
    let query = "SELECT policy, version FROM policy_news";
    let rows = store.database.fetch(query, &[]).await?;
    let told = rows.iter().map(|row| {
        let number = u32::try_from(row.int("version")?).unwrap_or(u32::MAX);
        Ok((row.text("policy")?.to_owned(), number))
    });
    told.collect()
}

async fn write(
    store: &Store,
    (record, version): (&PolicyRecord, &PolicyVersion),
    messages: &[NewMessage],
    at: Moment,
) -> Result<(), StoreError> {
    let templates = &store.templates;
    store
        .database
        .write(|mut transaction| async move {
            let insert = "INSERT INTO policy_news (policy, version, at) VALUES ($1, $2, $3) \
                 ON CONFLICT (policy, version) DO NOTHING";
            let values = [
                record.policy.as_str().into(),
                i64::from(version.number).into(),
                at.0.into(),
            ];
            transaction.execute(insert, &values).await?;
            enqueue(&mut transaction, templates, messages).await
        })
        .await
}

/// What a version gives cause to tell.
fn messages(
    server: &Server,
    shelf: &Shelf,
    (record, version): (&PolicyRecord, &PolicyVersion),
    at: Moment,
) -> Result<Vec<NewMessage>, Failure> {
    let topic = topic_of_bureau(&record.bureau);
    let mut news = PolicyNews {
        version: format!("{}@{}", record.policy, version.number),
        title: record.title.clone(),
        issuer: record.bureau.to_string(),
        document: record.policy.clone(),
        effective: version.from.to_string(),
    };
    if version.text.is_none() {
        return Ok(vec![news.ended(&topic, at)]);
    }
    let common = server.common();
    let library = library::checked(shelf.on(version.from), &common, version.from)?;
    let policy = library
        .policies
        .iter()
        .position(|one| *one.id == *record.policy);
    let Some(policy) = policy else {
        // A later version of the same day has taken its place.
        return Ok(Vec::new());
    };
    if let Some(policy) = library.policies.get(policy) {
        news.title.clone_from(&policy.title);
        if let Some(issuer) = &policy.issuer {
            news.issuer.clone_from(issuer);
        }
        if let Some(number) = &policy.document_number {
            news.document.clone_from(number);
        }
    }
    let own = library.measures.iter().filter(|one| one.policy.0 == policy);
    let own: Vec<&Measure> = own.collect();
    let is_open = |measure: &&Measure| necessary(measure, &library.vocabulary).is_empty();
    if own.is_empty() || own.iter().any(is_open) {
        return Ok(vec![news.universal(&topic, at)]);
    }
    let Some(material) = server.material() else {
        // Nobody can say whom it may apply to: whoever asked for news is told.
        return Ok(vec![news.universal(&topic, at)]);
    };
    let matching = matching(&material, &library, &own);
    Ok(vec![news.special(&matching, at)])
}

/// The enterprises that one of the measures may apply to: eligible, or not known not to be.
fn matching(material: &Material, library: &Library, measures: &[&Measure]) -> Vec<Uscc> {
    let interpreter = Interpreter::new(library);
    let snapshot = &material.snapshot;
    let rows = (0..snapshot.len()).filter(|row| {
        let facts = snapshot.row(*row);
        measures.iter().any(
            |measure| match interpreter.decide(measure, &facts, material.context) {
                Decision::Eligible { .. } | Decision::Undetermined(_) | Decision::Error(_) => true,
                Decision::NotApplicable(_) | Decision::Ineligible(_) => false,
            },
        )
    });
    let codes = rows.filter_map(|row| Uscc::parse(snapshot.uscc(row)).ok());
    codes.map(|(uscc, _)| uscc).collect()
}
