//! Enterprises are told of what was published.
//!
//! # Shape
//! On a thread of its own, after a version was approved: nobody waits for it. Each version is told
//! of once: its message has a name of its own, each enterprise gets it once, and the mark that
//! ends it is written last, so that whoever was killed in between goes on at the next start. A
//! version that cannot be told of keeps no other from being told of. Policies that any enterprise
//! may use go to all who subscribed to the bureau; others to the enterprises that they may apply
//! to, by the facts of the last snapshot; the end of a policy goes to the subscribers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use zhida_engine::payouts::{Moment, PolicyRecord, PolicyVersion};
use zhida_engine::sweep::{SweepControl, SweepError, SweepOptions, sweep};
use zhida_indexer::prospect::necessary;
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Uscc;

use super::effect::alone;
use super::records;
use super::shelf::Shelf;
use crate::failure::{Failure, Status};
use crate::library;
use crate::messages::{
    Audience, Holder, NewMessage, PolicyNews, enqueue, enqueue_for, topic_of_bureau,
};
use crate::store::{Store, StoreError};
use crate::web::{Material, Server};

/// How many enterprises are told in one transaction: others write in between.
const AT_ONCE: usize = 2_000;

/// Tells of every version that nobody was told of; called on a thread that may block, and given up
/// when the flag is set.
///
/// # Errors
/// The last of what could not be read, decided or written; the other versions were told of.
pub(crate) fn tell(server: &Arc<Server>, stop: &AtomicBool) -> Result<(), Failure> {
    let (handle, store) = (&server.handle, &server.store);
    let told = handle.block_on(told(store))?;
    let records = handle.block_on(records(store))?;
    let mut done = Ok(());
    for record in &records {
        for version in &record.versions {
            if told.contains(&(record.policy.clone(), version.number)) {
                continue;
            }
            if let Err(failure) = tell_one(server, (record, version), stop) {
                let (policy, number) = (&record.policy, version.number);
                tracing::error!(?failure, policy, number, "nobody is told of a version yet");
                done = Err(failure);
            }
        }
    }
    done
}

fn tell_one(
    server: &Arc<Server>,
    (record, version): (&PolicyRecord, &PolicyVersion),
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let (handle, store) = (&server.handle, &server.store);
    let signed = version.signatures.last();
    let at = signed.map_or(server.clock.now(), |last| last.at);
    let mut message = message(server, (record, version), at, stop)?;
    if let Some(message) = &mut message
        && let Audience::Holders(holders) = &mut message.audience
    {
        let holders = std::mem::take(holders);
        for part in holders.chunks(AT_ONCE) {
            handle.block_on(tell_part(store, message, part))?;
        }
    }
    // Whoever is named was told; a topic is looked up together with the mark.
    let message = message.filter(|message| matches!(message.audience, Audience::Topic(_)));
    let messages: Vec<NewMessage> = message.into_iter().collect();
    handle.block_on(mark(store, (record, version), &messages, at))?;
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

/// Tells some enterprises, each once.
async fn tell_part(store: &Store, message: &NewMessage, part: &[Holder]) -> Result<(), StoreError> {
    let templates = &store.templates;
    let database = &store.database;
    database
        .write(|mut transaction| async move {
            enqueue_for(&mut transaction, templates, message, part).await
        })
        .await
}

/// Notes that a version was told of, and tells those who subscribed.
async fn mark(
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

/// What a version gives cause to tell, and whom.
fn message(
    server: &Server,
    (record, version): (&PolicyRecord, &PolicyVersion),
    at: Moment,
    stop: &AtomicBool,
) -> Result<Option<NewMessage>, Failure> {
    let held = record.on(version.from);
    if held.is_none_or(|held| held.number != version.number) {
        // A later version has taken its place.
        return Ok(None);
    }
    let topic = topic_of_bureau(&record.bureau);
    let mut news = PolicyNews {
        version: format!("{}@{}", record.policy, version.number),
        title: record.title.clone(),
        issuer: record.bureau.to_string(),
        document: record.policy.clone(),
        effective: version.from.to_string(),
    };
    if version.text.is_none() {
        return Ok(Some(news.ended(&topic, at)));
    }
    let opening = Shelf::open(&server.store, &server.base, version.from);
    let shelf = server.handle.block_on(opening)?;
    let texts = shelf.on(version.from)?;
    let library = library::checked(texts, &server.common(), version.from)?;
    let mut policies = library.policies.iter();
    let policy = policies.position(|one| *one.id == *record.policy);
    let Some(policy) = policy else {
        return Ok(Some(news.universal(&topic, at)));
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
        return Ok(Some(news.universal(&topic, at)));
    }
    let Some(material) = server.material() else {
        // Nobody can say whom it may apply to: whoever asked for news is told.
        return Ok(Some(news.universal(&topic, at)));
    };
    let _turn = server.handle.block_on(alone());
    Ok(Some(match matching(&material, &library, policy, stop) {
        Ok(matching) => news.special(&matching, at),
        Err(SweepError::Cancelled) => {
            return Err(Failure::said(
                Status::Interrupted,
                "服务正在停止,还没有通知企业",
                "下次启动时接着通知",
            ));
        }
        Err(error) => {
            // Nor can anybody where the facts are those of another vocabulary.
            tracing::warn!(%error, policy = record.policy, "whom a policy is for is not known");
            news.universal(&topic, at)
        }
    }))
}

/// The enterprises that a measure of a policy may apply to: eligible, or not known not to be.
fn matching(
    material: &Material,
    library: &Library,
    policy: usize,
    stop: &AtomicBool,
) -> Result<Vec<Uscc>, SweepError> {
    let snapshot = &material.snapshot;
    let is_own = |measure: usize| {
        let measure = library.measures.get(measure);
        measure.is_some_and(|measure| measure.policy.0 == policy)
    };
    let mut rows = BTreeSet::new();
    let options = SweepOptions {
        // The other cores are for those who wait.
        threads: Some(1),
        ..SweepOptions::new(material.context)
    };
    let control = SweepControl {
        cancel: stop,
        on_progress: &mut |_| {},
        on_write: &|_| {},
    };
    sweep(snapshot, library, options, control, &mut |records| {
        let own = records.iter().filter(|record| is_own(record.measure));
        rows.extend(own.map(|record| record.row));
        Ok(())
    })?;
    let codes = rows.into_iter().map(|row| Uscc::parse(snapshot.uscc(row)));
    Ok(codes.flatten().map(|(uscc, _)| uscc).collect())
}
