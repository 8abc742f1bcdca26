//! Long work that was asked for: how far it is, live and on a page that looks again by itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio_stream::wrappers::ReceiverStream;

use crate::store::jobs::{Job, JobState};
use crate::views::asked::{self, Asked};
use crate::views::times;
use crate::web::{Ask, Page, Section, WebFault, html, see_other};

/// How often a job is looked at while somebody watches.
const BEAT: Duration = Duration::from_millis(500);
/// How long somebody watches at most; the page then asks again.
const WATCH_BEATS: u32 = 600;
/// After how many beats the session of whoever watches is looked at again.
const SESSION_BEATS: u32 = 10;
/// After how many seconds a page without scripting looks again.
const REFRESH_SECONDS: &str = "3";

/// A job as a row of a list.
#[derive(Clone)]
pub(crate) struct JobRow {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) user: String,
    pub(crate) at: String,
    pub(crate) state: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) percent: String,
    pub(crate) message: String,
    pub(crate) is_over: bool,
    pub(crate) is_done: bool,
}

/// The row of a job that was asked for.
pub(crate) fn row(asked: &Asked, job: &Job) -> JobRow {
    let (state, tone) = word(job.state);
    JobRow {
        id: asked.job.clone(),
        source: asked.source.clone(),
        user: asked.user.to_string(),
        at: times::minute(asked.at),
        state,
        tone,
        percent: percent(job).to_string(),
        message: job.message.clone().unwrap_or_default(),
        is_over: is_over(job.state),
        is_done: job.state == JobState::Done,
    }
}

/// The rows of a kind of jobs, the last first.
///
/// # Errors
/// What the database says.
pub(super) async fn rows(ask: &Ask, kind: &str) -> Result<Vec<JobRow>, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let mut rows = Vec::new();
    for asked in asked::list(store, scope, kind, 20).await? {
        let job = asked::job(store, &asked.job).await?;
        rows.push(row(&asked, &job));
    }
    Ok(rows)
}

const fn word(state: JobState) -> (&'static str, &'static str) {
    match state {
        JobState::Queued => ("排队", "wait"),
        JobState::Running => ("正在办", ""),
        JobState::Done => ("完成", "good"),
        JobState::Failed => ("没有办成", "bad"),
        JobState::Cancelled => ("已取消", "none"),
    }
}

/// Whether a job has ended.
pub(crate) const fn is_over(state: JobState) -> bool {
    match state {
        JobState::Done | JobState::Failed | JobState::Cancelled => true,
        JobState::Queued | JobState::Running => false,
    }
}

/// How far a job is, in whole percents rounded down.
fn percent(job: &Job) -> u64 {
    if job.state == JobState::Done {
        return 100;
    }
    let done = job.done.saturating_mul(100);
    done.checked_div(job.total).unwrap_or(0).min(100)
}

#[derive(Template)]
#[template(path = "console/job.html")]
struct JobPage {
    page: Page,
    row: JobRow,
    is_sweep: bool,
}

/// The page of a job.
pub(super) async fn show(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let asked = asked::find(store, scope, &id).await?;
    let asked = asked.ok_or_else(WebFault::missing)?;
    let job = asked::job(store, &id).await?;
    if !matches!(asked.kind.as_str(), "import" | "sweep") {
        return Ok(see_other(&format!("/audit/jobs/{id}")));
    }
    if job.state == JobState::Done && asked.kind == "import" {
        return Ok(see_other(&format!("/console/imports/{id}")));
    }
    let is_sweep = asked.kind == "sweep";
    let title = if is_sweep {
        "清算进度"
    } else {
        "导入进度"
    };
    let mut frame = ask.page(Section::Console, title);
    frame.entry = is_sweep.then_some("/console/sweeps");
    let mut page = html(&JobPage {
        page: frame,
        row: row(&asked, &job),
        is_sweep,
    })?;
    if !is_over(job.state) {
        page.headers_mut().insert(
            HeaderName::from_static("refresh"),
            HeaderValue::from_static(REFRESH_SECONDS),
        );
    }
    Ok(page)
}

/// How far a job is, as it goes on.
pub(super) async fn events(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let scope = &ask.session()?.scope;
    let asked = asked::find(&ask.server.store, scope, &id).await?;
    asked.ok_or_else(WebFault::missing)?;
    Ok(events_of(ask, id))
}

/// How far a job is that may be seen, as it goes on: to so many of the same person at once, and no
/// longer than his session lasts.
pub(crate) fn events_of(ask: Ask, id: String) -> Response {
    let session = match ask.session() {
        Ok(session) => Arc::clone(session),
        Err(fault) => return fault.into_response(),
    };
    let server = ask.server;
    let Some(watcher) = server.watch(&session.user.id) else {
        let message = "同时打开的进度页面太多";
        let help = "请关掉几个进度页面;不用实时更新的页面不受影响";
        return WebFault::new(StatusCode::TOO_MANY_REQUESTS, message, help).into_response();
    };
    let (send, receive) = tokio::sync::mpsc::channel::<Result<Event, Infallible>>(4);
    tokio::spawn(async move {
        let _place = watcher;
        for beat in 1..=WATCH_BEATS {
            if beat.is_multiple_of(SESSION_BEATS)
                && !matches!(server.recogniser.lives(&server, &session).await, Ok(true))
            {
                return;
            }
            let Ok(job) = asked::job(&server.store, &id).await else {
                return;
            };
            let (state, _) = word(job.state);
            let told = json!({
                "percent": percent(&job), "state": state, "over": is_over(job.state),
            });
            let event = Event::default().data(told.to_string());
            if send.send(Ok(event)).await.is_err() || is_over(job.state) {
                return;
            }
            // Whoever has gone leaves his place at once.
            tokio::select! {
                () = tokio::time::sleep(BEAT) => {}
                () = send.closed() => return,
            }
        }
    });
    let stream = Sse::new(ReceiverStream::new(receive)).keep_alive(KeepAlive::default());
    stream.into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, header};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    use zhida_engine::payouts::Role;

    use super::*;
    use crate::accounts::Client;
    use crate::accounts::pages::tests::{BUREAU, Browser, NINE, now, people, prepared, signed_in};
    use crate::store::StoreError;
    use crate::store::jobs::{self, NewJob};
    use crate::web::testing::Site;
    use crate::web::{Access, Place};

    async fn watch(ask: Ask, Path(id): Path<String>) -> Response {
        events_of(ask, id)
    }

    /// A site with somebody at a browser, and a job that nobody works on.
    async fn site() -> (Site, Browser) {
        let mut places = crate::accounts::pages::places();
        places.push(Place::get("/watch/{id}", Access::SignedIn, watch));
        let site = Site::signed_in(NINE, places).await;
        people(&site, &[("jingban", "王经办", BUREAU, Role::Maker)]).await;
        let (id, kind, arguments) = ("j", "sweep", "{}");
        let job = NewJob {
            id,
            kind,
            arguments,
        };
        let asked: Result<(), StoreError> =
            site.server
                .store
                .database
                .write(|mut transaction| async move {
                    jobs::ask(&mut transaction, job, 1).await.map(drop)
                })
                .await;
        asked.unwrap();
        let phone = prepared(&site, "jingban").await;
        let browser = signed_in(&site, &phone).await;
        (site, browser)
    }

    async fn watched(site: &Site, id: &str) -> Response {
        let request = Request::builder()
            .uri("/watch/j")
            .header(header::COOKIE, format!("__Host-zhida={id}"))
            .body(Body::empty())
            .unwrap();
        site.router.clone().oneshot(request).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn so_many_are_told_at_once_and_who_goes_makes_room() {
        let (site, browser) = site().await;
        let id = browser.session().unwrap();
        let mut held = Vec::new();
        for _ in 0..8 {
            let response = watched(&site, id).await;
            assert_eq!(response.status(), StatusCode::OK);
            held.push(response);
        }
        let late = watched(&site, id).await;
        assert_eq!(late.status(), StatusCode::TOO_MANY_REQUESTS);
        held.pop();
        let room = async {
            while watched(&site, id).await.status() != StatusCode::OK {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let room = tokio::time::timeout(Duration::from_secs(20), room).await;
        assert!(room.is_ok(), "the place was not given back");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nobody_is_told_any_more_whose_session_has_ended() {
        let (site, browser) = site().await;
        let id = browser.session().unwrap();
        let told = watched(&site, id).await.into_body();
        let client = Client::default();
        let accounts = &site.server.accounts;
        accounts.sign_out(id, &client, now(&site)).await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(30), told.collect()).await;
        let told = ended.expect("it ends").unwrap().to_bytes();
        let told = String::from_utf8(told.to_vec()).unwrap();
        assert!(told.matches("percent").count() < 20, "{told}");
    }
}
