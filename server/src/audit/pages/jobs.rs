//! Jobs that auditors asked for: how far each is, and its answer.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;
use zhida_engine::payouts::BureauId;

use super::answers::{self, Answered};
use super::archives::{Sender, sent, take};
use super::sees_all;
use crate::console::{JobRow, attached, events_of, is_over, job_row};
use crate::store::encoding::hex;
use crate::store::jobs::{Job, JobState};
use crate::views::asked::{self, Asked};
use crate::web::{Ask, Page, Scope, Section, Typed, WebFault, act_job, html, see_other};

/// The kinds of jobs of auditors, in the order of their pages.
pub(super) const KINDS: [&str; 6] = ["verify", "replay", "what-if", "sample", "overlap", "export"];
/// How many jobs of a kind a list shows.
const JOBS_SHOWN: u32 = 20;
/// After how many seconds a page without scripting looks again.
const REFRESH_SECONDS: &str = "3";

/// The bureaus that an answer is about; nothing where it is about everything.
fn about(job: &Job) -> Vec<String> {
    let arguments: Value = serde_json::from_str(&job.arguments).unwrap_or_default();
    let question = arguments.get("question").and_then(Value::as_object);
    let asked = question.and_then(|kinds| kinds.values().next());
    let within = asked.and_then(|asked| asked.pointer("/answer/within")?.as_array());
    let names = within.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

/// Whether all that an answer is about lies within a sight, which may be that of everything.
pub(crate) fn lies_within(scope: &Scope, is_whole: bool, job: &Job) -> bool {
    let bureaus = about(job);
    let sees = |bureau: &String| scope.sees_bureau(&BureauId::new(bureau));
    match bureaus.is_empty() {
        true => is_whole,
        false => bureaus.iter().all(sees),
    }
}

/// Whether all that an answer is about lies within the sight of whoever looks.
async fn may_see(ask: &Ask, job: &Job) -> Result<bool, WebFault> {
    Ok(lies_within(
        &ask.session()?.scope,
        sees_all(ask).await?,
        job,
    ))
}

/// The file that holds the answer of a job, where it has one that whoever asks may see.
///
/// # Errors
/// [`WebFault::missing`] otherwise.
pub(crate) async fn answer(ask: &Ask, job: &Job) -> Result<std::path::PathBuf, WebFault> {
    let arguments: Value = serde_json::from_str(&job.arguments).unwrap_or_default();
    let question = arguments.get("question").and_then(Value::as_object);
    let asked = question.and_then(|kinds| kinds.values().next());
    let output = asked.and_then(|asked| {
        let output = asked.pointer("/answer/output").or(asked.get("output"));
        output.and_then(Value::as_str)
    });
    let output = output.filter(|_| job.state == JobState::Done);
    let output = output.ok_or_else(WebFault::missing)?;
    match may_see(ask, job).await? {
        true => Ok(std::path::PathBuf::from(output)),
        false => Err(WebFault::missing()),
    }
}

/// A job of an auditor that whoever asks may see.
async fn find(ask: &Ask, id: &str) -> Result<(Asked, Job), WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let asked = asked::find(store, scope, id).await?;
    let asked = asked.filter(|asked| KINDS.contains(&asked.kind.as_str()));
    let asked = asked.ok_or_else(WebFault::missing)?;
    let job = asked::job(store, id).await?;
    match may_see(ask, &job).await? {
        true => Ok((asked, job)),
        false => Err(WebFault::missing()),
    }
}

/// The jobs of a kind that whoever asks may see, the last first.
///
/// # Errors
/// What the database says.
pub(super) async fn rows(ask: &Ask, kind: &str) -> Result<Vec<JobRow>, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let mut rows = Vec::new();
    for asked in asked::list(store, scope, kind, JOBS_SHOWN).await? {
        let job = asked::job(store, &asked.job).await?;
        if may_see(ask, &job).await? {
            rows.push(job_row(&asked, &job));
        }
    }
    Ok(rows)
}

/// What a kind of job is called, and where its list is.
fn home(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "verify" => ("核验", "/audit"),
        "replay" => ("重放", "/audit/sweeps"),
        "what-if" => ("假设重算", "/audit/sweeps"),
        "sample" => ("审计抽样", "/audit/sweeps"),
        "overlap" => ("重复核对", "/audit/overlaps"),
        _ => ("导出审计包", "/audit/exports"),
    }
}

#[derive(Template)]
#[template(path = "audit/job.html")]
struct JobPage {
    page: Page,
    row: JobRow,
    title: &'static str,
    home: &'static str,
    result: String,
    may_cancel: bool,
    answered: Option<Answered>,
    forms: Vec<(&'static str, &'static str)>,
}

/// The page of a job, with its answer once there is one.
pub(super) async fn show(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let (asked, job) = find(&ask, &id).await?;
    let (title, home) = home(&asked.kind);
    let is_done = job.state == JobState::Done;
    let answered = match is_done && asked.kind != "export" && asked.kind != "verify" {
        true => Some(answers::read(&ask.server.folder, &asked).await?),
        false => None,
    };
    let forms = match (is_done, asked.kind.as_str()) {
        (true, "export") => vec![("zip", "下载审计包")],
        (true, "what-if" | "sample" | "overlap") => {
            vec![("csv", "下载 CSV"), ("json", "下载 JSON")]
        }
        (true, "replay") => vec![("json", "下载 JSON")],
        (_, _) => Vec::new(),
    };
    let mut page = html(&JobPage {
        page: ask.page(Section::Audit, title),
        result: job.result.map_or_else(String::new, |digest| hex(&digest)),
        may_cancel: !is_over(job.state) && is_own(&ask, &asked)?,
        row: job_row(&asked, &job),
        title,
        home,
        answered,
        forms,
    })?;
    if !is_over(job.state) {
        page.headers_mut().insert(
            HeaderName::from_static("refresh"),
            HeaderValue::from_static(REFRESH_SECONDS),
        );
    }
    Ok(page)
}

/// Whether whoever asks asked for a job.
fn is_own(ask: &Ask, asked: &Asked) -> Result<bool, WebFault> {
    Ok(asked.user == ask.session()?.user.id)
}

/// Ends a job that has not ended, by whoever asked for it.
pub(super) async fn cancel(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let (asked, _) = find(&ask, &id).await?;
    if !is_own(&ask, &asked)? {
        return Err(WebFault::new(
            StatusCode::FORBIDDEN,
            "这项任务是别人提出的",
            "请由提出的人取消",
        ));
    }
    act_job(&ask, None, Typed::verb("cancel").of(&id)).await?;
    Ok(see_other(&format!("/audit/jobs/{id}")))
}

/// How far a job is, as it goes on.
pub(super) async fn events(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    find(&ask, &id).await?;
    Ok(events_of(ask, id))
}

/// The answer as a file.
pub(super) async fn file(
    ask: Ask,
    sender: Sender,
    Path((id, form)): Path<(String, String)>,
) -> Result<Response, WebFault> {
    let (asked, job) = find(&ask, &id).await?;
    if job.state != JobState::Done {
        return Err(WebFault::missing());
    }
    let name = format!("{}-{id}.{form}", asked.kind);
    let path = ask.server.folder.join(&asked.folder);
    match (form.as_str(), asked.kind.as_str()) {
        ("zip", "export") => {
            take(&ask, &job, &sender).await?;
            sent(&path, &name).await
        }
        ("csv", "what-if" | "sample" | "overlap") => {
            let table = answers::csv(&ask.server.folder, &asked).await?;
            Ok(attached(&name, table))
        }
        ("json", "replay" | "what-if" | "sample" | "overlap") => sent(&path, &name).await,
        (_, _) => Err(WebFault::missing()),
    }
}
