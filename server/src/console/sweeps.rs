//! `/console/sweeps`: all measures over all enterprises, what came of it, and what it becomes.

use askama::Template;
use axum::extract::{Form, Path as InPath, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::replay::{Seal, SealedMeasure};
use zhida_engine::sweep::TotalFen;

use super::acts::{Choice, Done, Offer, list};
use super::jobs::{self, JobRow};
use crate::failure::{Failure, Status};
use crate::materials::{self, MaterialKind, Registered};
use crate::table::{count, total};
use crate::views::asked::{self, Asked};
use crate::views::seen::Seen;
use crate::views::sweep_sums::{MeasureSum, SweepSums};
use crate::views::times;
use crate::web::{Ask, Page, Section, Typed, WebFault, act_job, html, see_other};

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
    is_whole: bool,
    rows: Vec<Row>,
}

impl Row {
    /// Without what all enterprises together come to.
    fn without_sums(self) -> Self {
        Self {
            enterprises: String::new(),
            awards: String::new(),
            payable: String::new(),
            ..self
        }
    }
}

/// The page.
pub(super) async fn show(ask: Ask, Query(done): Query<Done>) -> Result<Response, WebFault> {
    let store = &ask.server.store;
    let page = ask.page(Section::Console, "清算");
    let snapshots = materials::list(store, MaterialKind::Snapshot).await?;
    let sweeps = materials::list(store, MaterialKind::Sweep).await?;
    // What another bureau's enterprises come to is none of its business: its own sums stand on
    // the page of the sweep.
    let is_whole = Seen::is_whole(&ask).await?;
    let sweeps = sweeps.iter().map(|sweep| row(&ask, sweep));
    let mut rows: Vec<Row> = sweeps
        .map(|row| if is_whole { row } else { row.without_sums() })
        .collect();
    if let Some(last) = rows.first_mut() {
        last.is_last = true;
    }
    html(&SweepsPage {
        is_whole,
        may_start: page.is_any(&[zhida_engine::payouts::Role::Maker]) && !snapshots.is_empty(),
        snapshots: snapshots.iter().map(|one| choice(one, is_whole)).collect(),
        jobs: jobs::rows(&ask, "sweep").await?,
        rows,
        done,
        page,
    })
}

fn choice(snapshot: &Registered, is_whole: bool) -> Choice {
    let enterprises = match is_whole {
        true => format!("{} 家企业,", count(snapshot.enterprises)),
        false => String::new(),
    };
    Choice {
        value: snapshot.digest.clone(),
        label: format!(
            "{} 年,基准日 {},{enterprises}{} 导入",
            snapshot.year,
            snapshot.as_of,
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

pub(super) fn short(digest: &str) -> &str {
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
    is_whole: bool,
    lines: Vec<Line>,
    offers: Vec<Offer>,
    before: Option<String>,
}

/// One sweep.
pub(super) async fn one(ask: Ask, InPath(digest): InPath<String>) -> Result<Response, WebFault> {
    let sweeps = materials::list(&ask.server.store, MaterialKind::Sweep).await?;
    let place = sweeps.iter().position(|sweep| sweep.digest == digest);
    let place = place.ok_or_else(WebFault::missing)?;
    let sweep = sweeps.get(place).ok_or_else(WebFault::missing)?;
    let (seal, _) = Seal::open(&ask.server.folder.join(&sweep.folder))
        .map_err(|error| Failure::said(Status::BadData, error.to_string(), ""))?;
    let page = ask.page(Section::Console, "清算结果");
    let mut shown = row(&ask, sweep);
    let is_whole = Seen::is_whole(&ask).await?;
    let lines = match is_whole {
        true => whole_lines(&ask, &seal),
        false => {
            let sums = SweepSums::seen_by(&ask, sweep).await?;
            shown.take_sums(&sums);
            seen_lines(&ask, &sums)
        }
    };
    let offer = list::named("take").and_then(|act| Offer::of(act, &page, &[]));
    let before = sweeps.get(place.saturating_add(1));
    html(&SweepPage {
        policies: seal.policies.clone(),
        snapshot: seal.snapshot.clone(),
        root: seal.result.root.clone(),
        lines,
        is_whole,
        offers: offer
            .into_iter()
            .map(|offer| offer.hiding("sweep", &digest))
            .collect(),
        before: before.map(|before| before.digest.clone()),
        sweep: shown,
        page,
    })
}

/// The lines of all enterprises, as the seal has them.
fn whole_lines(ask: &Ask, seal: &Seal) -> Vec<Line> {
    let measures = seal.result.measures.iter();
    let mut touched: Vec<&SealedMeasure> = measures
        .filter(|one| one.eligible > 0 || one.undetermined > 0)
        .collect();
    // What most money goes to stands first; of amounts in digits the longer is the greater.
    touched.sort_by(|one, other| {
        let key = |text: &str| (text.len(), text.to_owned());
        key(&other.payable).cmp(&key(&one.payable))
    });
    let line = |one: &SealedMeasure| Line {
        name: name_of(ask, &one.measure),
        measure: one.measure.clone(),
        eligible: count(one.eligible),
        undetermined: count(one.undetermined),
        ineligible: count(one.ineligible),
        award: grouped(&one.award),
        payable: grouped(&one.payable),
    };
    touched.into_iter().map(line).collect()
}

/// The lines of those that are seen. Who was refused is not kept enterprise by enterprise.
fn seen_lines(ask: &Ask, sums: &SweepSums) -> Vec<Line> {
    let line = |(id, sum): (&String, &MeasureSum)| Line {
        name: name_of(ask, id),
        measure: id.clone(),
        eligible: count(sum.eligible),
        undetermined: count(sum.undetermined),
        ineligible: String::new(),
        award: total(TotalFen::of(sum.award)),
        payable: total(TotalFen::of(sum.payable)),
    };
    let mut measures: Vec<(&String, &MeasureSum)> = sums.measures.iter().collect();
    measures.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.payable));
    measures.into_iter().map(line).collect()
}

fn name_of(ask: &Ask, measure: &str) -> String {
    let published = ask.server.published();
    let found = published.library.measure(measure);
    found.map_or_else(|| measure.to_owned(), |found| found.name.clone())
}

impl Row {
    fn take_sums(&mut self, sums: &SweepSums) {
        let whole = sums.total();
        self.enterprises = count(sums.enterprises);
        self.payable = total(TotalFen::of(whole.payable));
        self.awards = count(whole.listed);
    }
}
