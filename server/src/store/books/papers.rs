//! Which papers, sheets and payment files things name, by digest.
//!
//! # Shape
//! A table beside those of things, written with them and compared with the log like them. Only
//! files that somebody may ask for by digest stand there: what every payout names, its sweep and
//! snapshot, would be the same digests a million times.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{Action, Batch, Digest, Finding, Motion, Notice, Payout, Thing};

use super::tables::{Rows, TABLES, Table, replace, row, table, thing};
use crate::store::database::{Database, Transaction, Value};
use crate::store::error::StoreError;
use crate::store::settings;

/// The digests that things name, by table and name together.
pub(crate) const PAPERS: Table = table!("papers", "holder", ["holder", "thing", "digest"]);

/// The setting that says whether what was kept before is in the table.
const FILLED: &str = "papers.filled";
/// It is being written.
const BEGUN: &str = "begun";
/// All of it is there.
const WHOLE: &str = "whole";
/// How many things are looked at in one transaction.
const PAGE: i64 = 1_000;

/// What names files, each read in the order of its names.
const HOLDERS: [&str; 4] = [
    "SELECT id, body FROM payouts WHERE id > $1 ORDER BY id LIMIT $2",
    "SELECT id, body FROM batches WHERE id > $1 ORDER BY id LIMIT $2",
    "SELECT id, body FROM motions WHERE id > $1 ORDER BY id LIMIT $2",
    "SELECT id, body FROM notices WHERE id > $1 ORDER BY id LIMIT $2",
];

/// The digests of the files that a thing names; nothing where its kind names none.
fn named(thing: &Thing) -> Option<BTreeSet<&Digest>> {
    match thing {
        Thing::Payout(payout) => Some(of_payout(payout)),
        Thing::Batch(batch) => Some(of_batch(batch)),
        Thing::Motion(motion) => Some(of_motion(motion)),
        Thing::Notice(notice) => Some(of_notice(notice)),
        Thing::User(_)
        | Thing::Delegation(_)
        | Thing::Settings(_)
        | Thing::Line(_)
        | Thing::Payer(_)
        | Thing::Payee(_)
        | Thing::Bar(_)
        | Thing::BankLine(_)
        | Thing::Policy(_) => None,
    }
}

/// What was objected and found, and by what it was ruled.
fn of_payout(payout: &Payout) -> BTreeSet<&Digest> {
    let objections = payout.objections.iter();
    let said = objections.flat_map(|one| [Some(&one.text), one.finding.as_ref()]);
    let rulings = payout.attempts.iter().map(|one| one.ruling.as_ref());
    let evidence = rulings.map(|ruling| ruling.map(|ruling| &ruling.evidence));
    said.chain(evidence).flatten().collect()
}

fn of_batch(batch: &Batch) -> BTreeSet<&Digest> {
    let files = batch.files.iter().map(|file| &file.digest);
    files.chain(&batch.receipt).collect()
}

fn of_notice(notice: &Notice) -> BTreeSet<&Digest> {
    let files = notice.files.iter().map(|file| &file.digest);
    files.chain([&notice.sheet]).collect()
}

fn of_motion(motion: &Motion) -> BTreeSet<&Digest> {
    let paper = match &motion.action {
        Action::ResolveObjection {
            text,
            finding: Finding::Unfounded | Finding::Founded | Finding::Changed(_),
            ..
        } => Some(text),
        Action::HandOver { statement, .. } => Some(statement),
        Action::RuleUnknown { evidence, .. } | Action::CloseQuestion { evidence, .. } => {
            Some(evidence)
        }
        // A movement is named by a digest that is no file; the texts of policies have their own
        // way to whoever may read them.
        Action::GrantBudget { .. }
        | Action::ChangePayee { .. }
        | Action::VoidBatch { .. }
        | Action::Reissue { .. }
        | Action::Cancel { .. }
        | Action::Clawback { .. }
        | Action::Offset { .. }
        | Action::WriteOff { .. }
        | Action::Bar { .. }
        | Action::UnblockPayee { .. }
        | Action::WithdrawClaim { .. }
        | Action::MatchClaim { .. }
        | Action::MatchReversal { .. }
        | Action::SetUser { .. }
        | Action::ClosePeriod { .. }
        | Action::PublishPolicy(_) => None,
    };
    paper.into_iter().collect()
}

/// What a thing of a table is called among the papers.
pub(super) fn holder(table: usize, name: &str) -> String {
    let table = TABLES.get(table).map_or("", |table| table.name);
    format!("{table} {name}")
}

/// The rows of a thing of a table and a name, by holder; nothing where its kind names no files.
pub(super) fn rows(
    thing: &Thing,
    (table, name): (usize, &str),
) -> Option<(String, Vec<Vec<Value>>)> {
    let holder = holder(table, name);
    let rows = named(thing)?.into_iter().map(|digest| {
        let digest = digest.to_string();
        vec![holder.as_str().into(), name.into(), digest.into()]
    });
    let rows = rows.collect();
    Some((holder, rows))
}

/// Rows of papers that are to be put in the place of those of the same holders.
pub(super) async fn put(
    transaction: &mut Transaction,
    papers: BTreeMap<String, Vec<Vec<Value>>>,
) -> Result<(), StoreError> {
    let rows = Rows {
        names: papers.keys().cloned().collect(),
        rows: papers.into_values().flatten().collect(),
    };
    replace(transaction, &PAPERS, &rows).await
}

/// Fills in what was kept before there was a table; afterwards nothing is read but a setting.
///
/// # Shape
/// A page of things in one transaction. Whoever was stopped begins anew, and writes the same.
/// Where there are rows and nobody says that they were begun with, somebody took the setting away:
/// what is missing is for a verification to find.
/// # Errors
/// [`StoreError::Integrity`] where a body cannot be read; what the database says.
pub(super) async fn fill(database: &Database) -> Result<(), StoreError> {
    let mut transaction = database.read().await?;
    let filled = settings::find(&mut transaction, FILLED).await;
    transaction.rollback().await;
    let any = "SELECT holder FROM papers LIMIT 1";
    match filled?.as_deref() {
        Some(WHOLE) => return Ok(()),
        None if !database.fetch(any, &[]).await?.is_empty() => return note(database, WHOLE).await,
        None => note(database, BEGUN).await?,
        Some(_) => {}
    }
    for query in HOLDERS {
        let mut after = String::new();
        loop {
            let values = [after.as_str().into(), PAGE.into()];
            let page = database.fetch(query, &values).await?;
            let Some(last) = page.last() else { break };
            last.text("id")?.clone_into(&mut after);
            let mut papers = BTreeMap::new();
            for one in &page {
                let thing = thing(one.text("body")?)?;
                let (table, name, _) = row(&thing)?;
                papers.extend(rows(&thing, (table, &name)).filter(|(_, rows)| !rows.is_empty()));
            }
            let written: Result<(), StoreError> = database
                .write(|mut transaction| {
                    let papers = papers.clone();
                    async move { put(&mut transaction, papers).await }
                })
                .await;
            written?;
        }
    }
    note(database, WHOLE).await
}

async fn note(database: &Database, filled: &str) -> Result<(), StoreError> {
    database
        .write(
            |mut transaction| async move { settings::put(&mut transaction, FILLED, filled).await },
        )
        .await
}
