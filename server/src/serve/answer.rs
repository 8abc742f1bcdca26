//! One request: from the head that was read to the answer that goes out.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, Request, Response, StatusCode, Version};
use axum::middleware::{self, Next};
use axum::routing::RouterIntoService;
use axum::{Router, extract};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use crate::serve::activity::Activity;
use crate::serve::body::{BodyLimit, Flight, Incoming, Outgoing};
use crate::serve::health::{Health, Readiness};
use crate::serve::metrics::{self, Metrics};
use crate::serve::network::site;
use crate::serve::patience::Patience;
use crate::serve::rate::Rate;
use crate::serve::reply::{self, Form};
use crate::serve::request::{self, Carrier, ClientAddress, RequestId, Sender};
use crate::serve::settings::ServeSettings;
use crate::store::database::Database;

/// What is the same for all requests.
pub(super) struct Around {
    pub(super) settings: ServeSettings,
    pub(super) metrics: Arc<Metrics>,
    pub(super) health: Health,
    database: Option<Database>,
    token: Option<String>,
    of_address: Rate,
    of_session: Rate,
    router: RouterIntoService<Body>,
}

/// What is the same for all requests of a connection.
pub(super) struct Wire {
    pub(super) peer: IpAddr,
    pub(super) is_tls: bool,
    pub(super) activity: Arc<Activity>,
    /// Room for answers that are worked on, or that the client has not taken yet.
    pub(super) room: Arc<Semaphore>,
}

/// The template of the route that answered.
#[derive(Clone)]
struct Answerer(MatchedPath);

/// What names the answers that no route gave.
pub(super) const NO_ROUTE: &str = "none";

impl Around {
    pub(super) fn new(
        router: Router,
        settings: ServeSettings,
        metrics: Arc<Metrics>,
        database: Option<Database>,
        token: Option<String>,
    ) -> Self {
        let rates = &settings.rates;
        let of_address = Rate::new(rates.address_per_second, rates.address_burst);
        let of_session = Rate::new(rates.session_per_second, rates.session_burst);
        let router = router
            // Bodies are limited here, for all extractors alike.
            .layer(extract::DefaultBodyLimit::disable())
            .layer(CatchPanicLayer::custom(|_| {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response.extensions_mut().insert(Panicked);
                response
            }))
            .layer(middleware::from_fn(name_route));
        Self {
            settings,
            metrics,
            health: Health::new(database.clone()),
            database,
            token,
            of_address,
            of_session,
            router: router.into_service(),
        }
    }

    pub(super) fn patience(&self) -> Patience {
        let limits = &self.settings.limits;
        let most = std::time::Duration::from_secs(limits.patience_seconds);
        Patience::new(most, limits.rate_bytes_min)
    }
}

/// A handler panicked.
#[derive(Clone)]
struct Panicked;

/// Notes which route answers; runs behind the router.
async fn name_route(request: extract::Request, next: Next) -> axum::response::Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(matched) = matched {
        response.extensions_mut().insert(Answerer(matched));
    }
    response
}

/// Answers a request.
pub(super) async fn answer<B>(
    around: Arc<Around>,
    wire: Arc<Wire>,
    request: Request<B>,
) -> Result<Response<Outgoing>, Infallible>
where
    B: axum::body::HttpBody<Data = axum::body::Bytes, Error = hyper::Error>,
    B: Send + Unpin + 'static,
{
    let mut flight = Flight::begin(&wire.activity);
    let malformed = wire.activity.take_malformed();
    let begun = Instant::now();
    let (mut parts, body) = request.into_parts();
    let id = request::number();
    let span = tracing::info_span!(target: "zhida::requests", "request", id);
    let settings = &around.settings;
    let sender = Sender::read(&mut parts.headers, wire.peer, wire.is_tls, settings);
    let form = request::form(&parts);
    let method = known(&parts.method);
    let version = parts.version;
    let limit = BodyLimit::new(settings.limits.body_bytes);
    let gate = match malformed {
        Some(problem) => {
            around.metrics.turned_away("framing");
            tracing::warn!(target: "zhida::requests", parent: &span, problem, "请求分界不明");
            Err(reply::refusal(StatusCode::BAD_REQUEST, form, &id))
        }
        None => gate(&around, &wire, &parts, sender, form, &id).await,
    };
    let mut response = match gate {
        Err(response) => response,
        Ok(()) => {
            flight.take(Arc::clone(&wire.room)).await;
            parts.extensions.insert(RequestId(id.as_str().into()));
            parts.extensions.insert(ClientAddress(sender.address));
            parts.extensions.insert(sender.carrier);
            parts.extensions.insert(limit.clone());
            let body = Incoming::limited(body, limit.clone(), around.patience());
            let request = Request::from_parts(parts, body);
            let answered = run(&around, request, &limit, form, &id);
            answered.instrument(span.clone()).await
        }
    };
    if let Some(status) = limit.cut() {
        around.metrics.turned_away("body");
        response = reply::refusal(status, form, &id);
    }
    let must_close = limit.cut().is_some() || malformed.is_some();
    if must_close && version <= Version::HTTP_11 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    reply::secure(response.headers_mut(), &id, sender.carrier == Carrier::Tls);
    let route = response.extensions_mut().remove::<Answerer>();
    let route = route
        .as_ref()
        .map_or(NO_ROUTE, |route| route.0.as_str())
        .into();
    let (status, time) = (response.status().as_u16(), begun.elapsed());
    around.metrics.answered(method, &route, status, time);
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let client = sender.address.to_string();
    tracing::info!(
        target: "zhida::requests", parent: &span, method, route = &*route, status, millis, client,
        "请求"
    );
    Ok(response.map(|body| Outgoing::new(body, flight)))
}

/// What is answered before the router sees the request.
async fn gate(
    around: &Around,
    wire: &Wire,
    parts: &Parts,
    sender: Sender,
    form: Form,
    id: &str,
) -> Result<(), Response<Body>> {
    let settings = &around.settings;
    if let Err(status) = request::refuse(parts, settings) {
        around.metrics.turned_away("request");
        let mut response = reply::refusal(status, form, id);
        if status == StatusCode::METHOD_NOT_ALLOWED {
            let methods = request::METHODS.each_ref().map(Method::as_str).join(", ");
            if let Ok(methods) = HeaderValue::from_str(&methods) {
                response.headers_mut().insert(ALLOW, methods);
            }
        }
        return Err(response);
    }
    if matches!(parts.method, Method::GET | Method::HEAD)
        && let Some(response) = probe(around, wire, parts, sender, form, id).await
    {
        return Err(response);
    }
    let of_address = around.of_address.take(site(sender.address));
    let of_session = request::session(&parts.headers).map(|key| around.of_session.take(key));
    let waits = [Some(of_address), of_session].into_iter().flatten();
    match waits.filter_map(Result::err).max() {
        None => Ok(()),
        Some(seconds) => {
            around.metrics.turned_away("rate");
            let status = StatusCode::TOO_MANY_REQUESTS;
            Err(reply::come_again(status, form, id, seconds))
        }
    }
}

/// The questions of those who run the server.
async fn probe(
    around: &Around,
    wire: &Wire,
    parts: &Parts,
    sender: Sender,
    form: Form,
    id: &str,
) -> Option<Response<Body>> {
    let text = |status: StatusCode, kind: &'static str, body: String| {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        Some(response)
    };
    match parts.uri.path() {
        "/healthz" => text(StatusCode::OK, PLAIN, "运行中\n".to_owned()),
        "/readyz" => {
            let readiness = around.health.readiness().await;
            let status = match readiness {
                Readiness::Ready => StatusCode::OK,
                Readiness::Stopping | Readiness::Unreachable | Readiness::ReadOnly => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
            };
            text(status, PLAIN, format!("{}\n", readiness.told()))
        }
        "/metrics" => {
            if !may_count(around, wire, parts, sender) {
                return Some(reply::refusal(StatusCode::NOT_FOUND, form, id));
            }
            let body = around.metrics.text(around.database.as_ref()).await;
            text(StatusCode::OK, metrics::CONTENT_TYPE, body)
        }
        _ => None,
    }
}

const PLAIN: &str = "text/plain; charset=utf-8";

/// Whether the client may see the metrics: from this machine, or with the word for it.
///
/// Behind a proxy every client seems to come from this machine, so that the word is needed.
fn may_count(around: &Around, wire: &Wire, parts: &Parts, sender: Sender) -> bool {
    let is_here = wire.peer.to_canonical().is_loopback() && sender.address.is_loopback();
    if is_here && !around.settings.behind_proxy {
        return true;
    }
    let shown = parts.headers.get(axum::http::header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    match (&around.token, shown) {
        (Some(token), Some(shown)) => subtle::ConstantTimeEq::ct_eq(token.as_bytes(), shown).into(),
        (Some(_) | None, _) => false,
    }
}

/// Lets the router answer. Its time begins anew with each part of the body that comes: a long
/// upload has limits of its own.
async fn run(
    around: &Around,
    request: Request<Body>,
    limit: &BodyLimit,
    form: Form,
    id: &str,
) -> Response<Body> {
    let mut answering = std::pin::pin!(around.router.clone().oneshot(request));
    let most = around.settings.limits.answer();
    loop {
        let spent = limit.moved_at().elapsed();
        let answered = timeout(most.saturating_sub(spent), answering.as_mut()).await;
        let mut response = match answered {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) if limit.moved_at().elapsed() < most => continue,
            Err(_) => {
                around.metrics.turned_away("late");
                return reply::come_again(StatusCode::SERVICE_UNAVAILABLE, form, id, 5);
            }
        };
        return match response.extensions_mut().remove::<Panicked>() {
            None => response,
            Some(Panicked) => {
                let mut own = reply::refusal(StatusCode::INTERNAL_SERVER_ERROR, form, id);
                *own.extensions_mut() = std::mem::take(response.extensions_mut());
                own
            }
        };
    }
}

/// The name of a method, from a list that cannot grow.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
