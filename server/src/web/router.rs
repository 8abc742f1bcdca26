//! The service made of all places.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower_http::csrf::CsrfLayer;

use super::ask::Ask;
use super::assets;
use super::fault::WebFault;
use super::guard::{self, Asked, LANGUAGE_COOKIE};
use super::headers;
use super::language::Language;
use super::page::{Page, Section, html, see_other};
use super::place::{Access, Place, is_api};
use super::state::Server;
use super::visitor::Visitor;
use crate::serve::allow_body;

/// Builds the service; every reply, a fault too, goes through the same layers.
pub(crate) fn router(server: &Arc<Server>, places: Vec<Place>) -> Router {
    let mut router = Router::new();
    let pages = Pages::of_places(&places);
    let own = vec![Place::post("/language", Access::Public, choose_language)];
    for place in own.into_iter().chain(assets::places()).chain(places) {
        let asked = Asked {
            access: place.access,
            token_scope: place.token_scope,
            is_stepped_up: place.is_stepped_up,
        };
        let admit = from_fn_with_state((Arc::clone(server), asked), guard::admit);
        let handler = place
            .handler
            .layer(DefaultBodyLimit::max(place.body_bytes_max))
            .layer(from_fn_with_state(place.body_bytes_max, allow_body))
            .layer(admit);
        router = router.route(place.path, handler);
    }
    router
        .fallback(|| async { WebFault::missing() })
        .method_not_allowed_fallback(|| async {
            WebFault::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "这个地址不接受这种请求方法",
                "请看接口说明",
            )
        })
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(Arc::clone(server), guard::recognise))
        .layer(from_fn_with_state((Arc::clone(server), pages), told))
        .layer(from_fn(dressed))
        .with_state(Arc::clone(server))
}

/// Adds the headers of every reply.
async fn dressed(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    headers::add(response.headers_mut());
    response
}

/// The page of a fault.
#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage {
    page: Page,
    fault: WebFault,
    sign_in: bool,
    step_up: bool,
}

/// The paths of all pages, with names in braces.
#[derive(Clone)]
struct Pages {
    paths: Arc<[&'static str]>,
    /// How many parts the longest of them has.
    depth: usize,
}

impl Pages {
    fn of_places(places: &[Place]) -> Self {
        let pages = places.iter().filter(|place| place.method == Method::GET);
        let paths: Arc<[&'static str]> = pages.map(|place| place.path).collect();
        let depths = paths.iter().map(|path| path.matches('/').count());
        let depth = depths.max().unwrap_or(0);
        Self { paths, depth }
    }

    fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|page| {
            let (mut parts, mut names) = (path.split('/'), page.split('/'));
            loop {
                match (parts.next(), names.next()) {
                    (None, None) => return true,
                    (Some(part), Some(name)) if part == name || name.starts_with('{') => {}
                    _ => return false,
                }
            }
        })
    }

    /// The page that a request belongs to, to go back to: what is done stands under what is
    /// looked at, at once or further up.
    fn of(&self, method: &Method, path: &str) -> String {
        if matches!(*method, Method::GET | Method::HEAD) {
            return path.to_owned();
        }
        // No page is longer than the longest, however long an address somebody makes up.
        let cut = path.match_indices('/').nth(self.depth);
        let mut above = match cut.and_then(|(end, _)| path.get(..end)) {
            Some(cut) => Some(cut),
            None => path.rsplit_once('/').map(|(above, _)| above),
        };
        while let Some(path) = above {
            if self.has(path) {
                return path.to_owned();
            }
            above = path.rsplit_once('/').map(|(above, _)| above);
        }
        "/".to_owned()
    }
}

/// Writes faults out: as a problem to programs, as a page to people.
async fn told(
    State((server, pages)): State<(Arc<Server>, Pages)>,
    request: Request,
    next: Next,
) -> Response {
    let is_api = is_api(&request);
    let (method, address) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    let told = response.extensions().get::<WebFault>().cloned();
    let fault = match told {
        Some(fault) => fault,
        // What a library refused, in its own words.
        None if response.status().is_client_error() && !is_html(&response) => {
            of_library(response.status())
        }
        None => return response,
    };
    if is_api {
        let mut told = problem(&fault);
        // Which methods a place takes belongs to the refusal of another one (RFC 9110, 15.5.6).
        if let Some(allowed) = response.headers().get(header::ALLOW) {
            told.headers_mut().insert(header::ALLOW, allowed.clone());
        }
        return told;
    }
    let visitor = response.extensions().get::<Visitor>().cloned();
    let ask = Ask {
        visitor: visitor.unwrap_or(Visitor::Nobody),
        language: response.extensions().get().copied().unwrap_or_default(),
        at: server.clock.now(),
        server,
        // Worked out for whoever reads it, and for nobody else.
        path: pages.of(&method, address.path()),
    };
    let title = fault.message.clone();
    let shown = FaultPage {
        page: ask.page(Section::of(&ask.path), title),
        sign_in: fault.status == StatusCode::UNAUTHORIZED,
        step_up: fault.message == WebFault::step_up().message,
        fault: fault.clone(),
    };
    let mut page = html(&shown).unwrap_or_else(|_| fault.status.into_response());
    *page.status_mut() = fault.status;
    page
}

fn is_html(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn of_library(status: StatusCode) -> WebFault {
    let (message, help) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => ("提交的内容太大", "请减少一次提交的内容"),
        StatusCode::FORBIDDEN => ("这次提交不是从本站页面发出的", "请从本站页面重新提交"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("不接受这种内容类型", "请看接口说明"),
        _ => ("请求里有读不懂的内容", "请核对填写的内容后重试"),
    };
    WebFault::new(status, message, help)
}

/// A fault as programs read it.
pub(crate) fn problem(fault: &WebFault) -> Response {
    let mut response = (fault.status, fault.problem().to_string()).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    response
}

/// Which language, and where to go on.
#[derive(Deserialize)]
struct Choice {
    language: String,
    #[serde(default)]
    next: String,
}

async fn choose_language(_ask: Ask, Form(choice): Form<Choice>) -> Response {
    let mut response = see_other(&choice.next);
    let tag = Language::of_tag(&choice.language).tag();
    let cookie =
        format!("{LANGUAGE_COOKIE}={tag}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_leads_back_to_a_page_that_is_there() {
        let places = crate::site::places();
        let pages = Pages::of_places(&places);
        for place in places.iter().filter(|place| place.is_stepped_up) {
            let back = pages.of(&place.method, place.path);
            let is_api = place.path.starts_with("/api/");
            assert!(
                is_api || (pages.has(&back) && back != "/"),
                "{}: {back}",
                place.path
            );
        }
        let back = |path: &str| pages.of(&Method::POST, path);
        assert_eq!(back("/console/motions/M1/sign"), "/console/motions");
        assert_eq!(back("/console/batches/B1/seal"), "/console/batches/B1");
        // Whatever stands behind a page belongs to it, and is not looked at part by part.
        let long = format!("/console/motions{}", "/x".repeat(4_000));
        assert_eq!(back(&long), "/console/motions");
        assert_eq!(back(&"/".repeat(4_000)), "/");
        assert_eq!(back("/"), "/");
    }
}
