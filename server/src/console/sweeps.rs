//! `/console/sweeps`: all measures over all enterprises, what came of it, and what it becomes.

use std::path::PathBuf;

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::diff::{Change, ChangeKind, Diff, Side, SweepFile};
use zhida_engine::replay::{Seal, Sealed};
use zhida_policies::values::Uscc;

use super::acts::{Choice, Done, Offer, list, sees_enterprise};
use super::jobs::{self, JobRow};
use crate::failure::{Failure, Status};
use crate::materials::{self, MaterialKind, Registered};
use crate::table::{count, signed, total};
use crate::views::asked::{self, Asked};
use crate::views::times;
use crate::web::{Ask, Page, Section, Typed, WebFault, act_job, html, see_other};

/// How many differences are shown.
const CHANGES_SHOWN: usize = 50;
/// How many differences are looked at to find those.
const CHANGES_LOOKED: usize = 2_000;

/// One sweep that is registered.
struct Row {
    digest: String,
    short: String,
    at: String,
    year: i64,
    as_of: String,
    enterprises: String,
    awards: String,
    payable: String,
    is_last: bool,
}

#[derive(Template)]
#[template(path = "console/sweeps.html")]
struct SweepsPage {
    page: Page,
    done: Done,
    may_start: bool,
    snapshots: Vec<Choice>,
    jobs: Vec<JobRow>,
    rows: Vec<Row>,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(done): Query<Done>) -> Result<Response, WebFault> {
    let store = &ask.server.store;
    let page = ask.page(Section::Console, "清算");
    let snapshots = materials::list(store, MaterialKind::Snapshot).await?;
    let sweeps = materials::list(store, MaterialKind::Sweep).await?;
    let mut rows: Vec<Row> = sweeps.iter().map(|sweep| row(&ask, sweep)).collect();
    if let Some(last) = rows.first_mut() {
        last.is_last = true;
    }
    html(&SweepsPage {
        may_start: page.is_any(&[zhida_engine::payouts::Role::Maker]) && !snapshots.is_empty(),
        snapshots: snapshots.iter().map(choice).collect(),
        jobs: jobs::rows(&ask, "sweep").await?,
        rows,
        done,
        page,
    })
}

fn choice(snapshot: &Registered) -> Choice {
    Choice {
        value: snapshot.digest.clone(),
        label: format!(
            "{} 年,基准日 {},{} 家企业,{} 导入",
            snapshot.year,
            snapshot.as_of,
            count(snapshot.enterprises),
            times::minute(zhida_engine::payouts::Moment(snapshot.at))
        ),
    }
}

fn row(ask: &Ask, sweep: &Registered) -> Row {
    let seal = Seal::open(&ask.server.folder.join(&sweep.folder)).ok();
    let result = seal.as_ref().map(|(seal, _)| &seal.result);
    Row {
        digest: sweep.digest.clone(),
        short: short(&sweep.digest).to_owned(),
        at: times::minute(zhida_engine::payouts::Moment(sweep.at)),
        year: sweep.year,
        as_of: sweep.as_of.clone(),
        enterprises: count(sweep.enterprises),
        awards: result.map_or_else(String::new, |result| count(result.payable_awards)),
        payable: result.map_or_else(String::new, |result| grouped(&result.payable)),
        is_last: false,
    }
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// Yuan as a seal writes them, with their digits grouped.
fn grouped(yuan: &str) -> String {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, "00"));
    match whole.strip_prefix('-') {
        Some(whole) => format!("-{}.{part}", count(whole)),
        None => format!("{}.{part}", count(whole)),
    }
}

/// What a sweep is asked for with.
#[derive(Debug, Deserialize)]
pub(super) struct Start {
    #[serde(default)]
    key: String,
    snapshot: String,
    #[serde(default)]
    as_of: String,
}

/// A name for the folder of something new: the same for the same form.
pub(super) fn folder_of(ask: &Ask, key: &str) -> Result<String, WebFault> {
    let user = &ask.session()?.user.id;
    let named = zhida_engine::payouts::Digest::of(format!("{user}\n{key}").as_bytes());
    Ok(named.as_str().get(..24).unwrap_or_default().to_owned())
}

/// Asks for a sweep.
pub(super) async fn start(ask: Ask, Form(form): Form<Start>) -> Result<Response, WebFault> {
    let store = &ask.server.store;
    let snapshots = materials::list(store, MaterialKind::Snapshot).await?;
    let found = snapshots.iter().find(|one| one.digest == form.snapshot);
    let snapshot = found.ok_or_else(WebFault::missing)?;
    let folder = format!(
        "{}/{}",
        MaterialKind::Sweep.folder(),
        folder_of(&ask, &form.key)?
    );
    let data = &ask.server.folder;
    let typed = Typed::verb("ask")
        .flag("sweep")
        .option("--snapshot", data.join(&snapshot.folder).display())
        .option("--year", snapshot.year)
        .option("--out", data.join(&folder).display())
        .maybe(
            "--as-of",
            Some(&form.as_of)
                .filter(|day| !day.is_empty())
                .or(Some(&snapshot.as_of))
                .map(String::as_str),
        );
    ask_for(
        &ask,
        form.key.clone(),
        typed,
        ("sweep", String::new(), String::new(), folder),
    )
    .await
}

/// Asks for a job, and writes down for whom.
pub(super) async fn ask_for(
    ask: &Ask,
    key: String,
    typed: Typed,
    (kind, source, report, folder): (&str, String, String, String),
) -> Result<Response, WebFault> {
    let values = act_job(ask, Some(key), typed).await?.whole()?;
    let job = values.iter().find_map(|value| value.get("job")?.as_str());
    let job = job.ok_or_else(|| WebFault::broken("a job without a name"))?;
    let session = ask.session()?;
    asked::record(
        &ask.server.store,
        &Asked {
            job: job.to_owned(),
            bureau: session.user.bureau.clone(),
            user: session.user.id.clone(),
            kind: kind.to_owned(),
            source,
            report,
            folder,
            at: ask.at,
        },
    )
    .await?;
    Ok(see_other(&format!("/console/jobs/{job}")))
}

/// What one measure came to.
struct Line {
    name: String,
    measure: String,
    eligible: String,
    undetermined: String,
    ineligible: String,
    award: String,
    payable: String,
}

#[derive(Template)]
#[template(path = "console/sweep.html")]
struct SweepPage {
    page: Page,
    sweep: Row,
    policies: String,
    snapshot: String,
    root: String,
    lines: Vec<Line>,
    offers: Vec<Offer>,
    before: Option<String>,
}

/// One sweep.
pub(super) async fn one(ask: Ask, Path(digest): Path<String>) -> Result<Response, WebFault> {
    let sweeps = materials::list(&ask.server.store, MaterialKind::Sweep).await?;
    let place = sweeps.iter().position(|sweep| sweep.digest == digest);
    let place = place.ok_or_else(WebFault::missing)?;
    let sweep = sweeps.get(place).ok_or_else(WebFault::missing)?;
    let (seal, _) = Seal::open(&ask.server.folder.join(&sweep.folder))
        .map_err(|error| Failure::said(Status::BadData, error.to_string(), ""))?;
    let page = ask.page(Section::Console, "清算结果");
    let published = ask.server.published();
    let line = |one: &zhida_engine::replay::SealedMeasure| {
        let found = published.library.measure(&one.measure);
        Line {
            name: found.map_or_else(|| one.measure.clone(), |found| found.name.clone()),
            measure: one.measure.clone(),
            eligible: count(one.eligible),
            undetermined: count(one.undetermined),
            ineligible: count(one.ineligible),
            award: grouped(&one.award),
            payable: grouped(&one.payable),
        }
    };
    let measures = seal.result.measures.iter();
    let mut touched: Vec<_> = measures
        .filter(|one| one.eligible > 0 || one.undetermined > 0)
        .collect();
    // What most money goes to stands first; of amounts in digits the longer is the greater.
    touched.sort_by(|one, other| {
        let key = |text: &str| (text.len(), text.to_owned());
        key(&other.payable).cmp(&key(&one.payable))
    });
    let offer = list::named("take").and_then(|act| Offer::of(act, &page, &[]));
    let before = sweeps.get(place.saturating_add(1));
    html(&SweepPage {
        policies: seal.policies.clone(),
        snapshot: seal.snapshot.clone(),
        root: seal.result.root.clone(),
        lines: touched.into_iter().map(line).collect(),
        offers: offer
            .into_iter()
            .map(|offer| offer.hiding("sweep", &digest))
            .collect(),
        before: before.map(|before| before.digest.clone()),
        sweep: row(&ask, sweep),
        page,
    })
}

/// One difference.
struct Differing {
    kind: &'static str,
    uscc: String,
    name: String,
    measure: String,
    before: String,
    after: String,
    difference: String,
}

/// What differs, worked out where it may take its time.
struct Difference {
    whole: String,
    before: String,
    after: String,
    facts: String,
    rules: String,
    limits: String,
    counts: [String; 4],
    changes: Vec<Change>,
}

#[derive(Template)]
#[template(path = "console/difference.html")]
struct DifferencePage {
    page: Page,
    digest: String,
    other: String,
    difference: Difference,
    rows: Vec<Differing>,
}

/// How a sweep differs from an earlier one.
pub(super) async fn difference(
    ask: Ask,
    Path((digest, other)): Path<(String, String)>,
) -> Result<Response, WebFault> {
    let store = &ask.server.store;
    let sweeps = materials::list(store, MaterialKind::Sweep).await?;
    let snapshots = materials::list(store, MaterialKind::Snapshot).await?;
    let data = ask.server.folder.clone();
    let paths = |digest: &str| -> Result<(PathBuf, PathBuf), WebFault> {
        let sweep = sweeps.iter().find(|sweep| sweep.digest == digest);
        let sweep = sweep.ok_or_else(WebFault::missing)?;
        let snapshot = snapshots.iter().find(|one| one.digest == sweep.snapshot);
        let snapshot = snapshot.ok_or_else(WebFault::missing)?;
        Ok((data.join(&sweep.folder), data.join(&snapshot.folder)))
    };
    let (before, after) = (paths(&other)?, paths(&digest)?);
    let comparing = tokio::task::spawn_blocking(move || compared(&before, &after));
    let difference = comparing.await.map_err(WebFault::broken)??;
    let mut rows = Vec::new();
    for change in &difference.changes {
        let Ok((uscc, _)) = Uscc::parse(&change.enterprise) else {
            continue;
        };
        if rows.len() < CHANGES_SHOWN && sees_enterprise(&ask, uscc).await? {
            rows.push(differing(change));
        }
    }
    html(&DifferencePage {
        page: ask.page(Section::Console, "两次清算的差别"),
        digest: short(&digest).to_owned(),
        other: short(&other).to_owned(),
        difference,
        rows,
    })
}

fn compared(
    before: &(PathBuf, PathBuf),
    after: &(PathBuf, PathBuf),
) -> Result<Difference, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::said(Status::BadData, error.to_string(), "");
    let open = |(sweep, snapshot): &(PathBuf, PathBuf)| {
        Sealed::open(sweep, Some(snapshot)).map_err(|error| failed(&error))
    };
    let (first, second) = (open(before)?, open(after)?);
    let side = |sealed: &'_ Sealed, folder: &std::path::Path| {
        let file = SweepFile::open(folder).map_err(|error| failed(&error))?;
        file.claims(&sealed.snapshot, &sealed.library)
            .map_err(|error| failed(&error))
    };
    let (claims, others) = (side(&first, &before.0)?, side(&second, &after.0)?);
    let first = Side::new(&first.snapshot, &first.library, first.context(), claims)
        .map_err(|error| failed(&error))?;
    let second = Side::new(&second.snapshot, &second.library, second.context(), others)
        .map_err(|error| failed(&error))?;
    let diff = Diff::new(&first, &second).map_err(|error| failed(&error))?;
    let mut changes: Vec<Change> = diff.changes().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.effects.sum().magnitude()));
    changes.truncate(CHANGES_LOOKED);
    let whole = &diff.whole;
    Ok(Difference {
        whole: signed(whole.effects.sum()),
        before: total(whole.amount_before),
        after: total(whole.amount_after),
        facts: signed(whole.effects.facts),
        rules: signed(whole.effects.rules),
        limits: signed(whole.effects.limits),
        counts: [whole.new, whole.lost, whole.changed, whole.same].map(count),
        changes,
    })
}

fn differing(change: &Change) -> Differing {
    let amount = |standpoint: Option<&zhida_engine::diff::Standpoint>| {
        standpoint.map_or_else(String::new, |standpoint| total(standpoint.amount))
    };
    Differing {
        kind: match change.kind {
            ChangeKind::New => "新增",
            ChangeKind::Lost => "失去",
            ChangeKind::Changed => "变动",
        },
        uscc: change.enterprise.clone(),
        name: change.name.clone(),
        measure: change.measure_name.clone(),
        before: amount(change.before.as_ref()),
        after: amount(change.after.as_ref()),
        difference: signed(change.effects.sum()),
    }
}
