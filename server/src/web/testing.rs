//! A server for tests: a store in a fresh folder, visitors known by a header.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use zhida_engine::payouts::{BureauId, Moment, PersonId, Role, User, UserId};
use zhida_policies::values::Uscc;

use super::clock::Clock;
use super::place::Place;
use super::router::router;
use super::state::{Material, Server, ServerParts};
use super::visitor::{Recognised, Recogniser, Scope, Session, Still, Via, Visitor};
use crate::accounts::{AccountSettings, Accounts, SignIns};
use crate::arguments::Common;
use crate::command::published;
use crate::library;
use crate::output::Output;
use crate::payouts::settings::BureauSettings;
use crate::store::Store;

/// The header that says who a test is.
pub(crate) const WHO: &str = "x-test-who";
/// The token that every session of a test has.
pub(crate) const CSRF: &str = "test-token";

/// Knows visitors by [`WHO`]: `role,role@bureau` or `企业@uscc`; one that sees more, by
/// `role@bureau+bureau`.
pub(crate) struct ByHeader;

impl Recogniser for ByHeader {
    fn recognise<'a>(&'a self, server: &'a Server, headers: &'a HeaderMap) -> Recognised<'a> {
        let now = server.clock.now();
        let who = headers.get(WHO).map(|who| percent(who.as_bytes()));
        Box::pin(async move {
            Ok(match who {
                None => Visitor::Nobody,
                Some(who) => Visitor::Person(Arc::new(session(&who, now))),
            })
        })
    }

    fn lives<'a>(&'a self, _server: &'a Server, _session: &'a Session) -> Still<'a> {
        Box::pin(std::future::ready(Ok(true)))
    }
}

fn percent(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn session(who: &str, now: Moment) -> Session {
    let (roles, place) = who.split_once('@').unwrap();
    let roles: BTreeSet<Role> = roles
        .split(',')
        .map(|name| {
            let found = Role::ALL.into_iter().find(|role| role.chinese() == name);
            found.unwrap_or_else(|| panic!("no role {name}"))
        })
        .collect();
    let enterprise = Uscc::parse(place).ok().map(|(uscc, _)| uscc);
    let mut seen = place.split('+').map(BureauId::new);
    let own = seen.next().filter(|_| enterprise.is_none());
    let bureau = own.unwrap_or_else(|| BureauId::new(""));
    let scope = match enterprise {
        Some(uscc) => Scope::Enterprise(uscc),
        None => Scope::Bureaus(seen.chain([bureau.clone()]).collect()),
    };
    Session {
        user: User {
            id: UserId::new(who),
            person: PersonId::new(who),
            bureau,
            roles,
            enterprise,
            approves_up_to: None,
            is_active: true,
        },
        scope,
        via: Via::Browser,
        csrf: CSRF.to_owned(),
        name: who.to_owned(),
        stepped_up_at: Some(now),
        stepped_up_until: Some(Moment(i64::MAX)),
        assists: None,
    }
}

/// A server with its service and the folder that it works in.
pub(crate) struct Site {
    /// Its state.
    pub(crate) server: Arc<Server>,
    /// Its service.
    pub(crate) router: Router,
    /// Its folder.
    pub(crate) folder: tempfile::TempDir,
}

/// What a reply was.
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body as text.
    pub(crate) text: String,
}

impl Site {
    /// A server over the policies of the binary, at a moment, with these routes.
    pub(crate) async fn new(
        at: &str,
        bureaus: Vec<BureauSettings>,
        material: Option<Material>,
        places: Vec<Place>,
    ) -> Self {
        let accounts = AccountSettings::default();
        let known: (Arc<dyn Recogniser>, _) = (Arc::new(ByHeader), accounts);
        Self::knowing(at, (bureaus, material), (places, &[]), known).await
    }

    /// The same over these policies alone, each with its file name.
    pub(crate) async fn over(
        policies: &[(&str, &str)],
        at: &str,
        bureaus: Vec<BureauSettings>,
        places: Vec<Place>,
    ) -> Self {
        let accounts = AccountSettings::default();
        let known: (Arc<dyn Recogniser>, _) = (Arc::new(ByHeader), accounts);
        Self::knowing(at, (bureaus, None), (places, policies), known).await
    }

    /// The same, with visitors known by their accounts.
    pub(crate) async fn signed_in(at: &str, places: Vec<Place>) -> Self {
        Self::signed_in_by(at, AccountSettings::default(), places).await
    }

    /// The same, by other rules for accounts.
    pub(crate) async fn signed_in_by(
        at: &str,
        accounts: AccountSettings,
        places: Vec<Place>,
    ) -> Self {
        let known: (Arc<dyn Recogniser>, _) = (Arc::new(SignIns), accounts);
        Self::knowing(at, (Vec::new(), None), (places, &[]), known).await
    }

    async fn knowing(
        at: &str,
        (bureaus, material): (Vec<BureauSettings>, Option<Material>),
        (places, policies): (Vec<Place>, &[(&str, &str)]),
        (recogniser, settings): (Arc<dyn Recogniser>, AccountSettings),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let store = Store::create(&data, None, "示例").await.unwrap();
        let accounts = Accounts::open(&store, &data, settings, library::codes().unwrap());
        let accounts = accounts.await.unwrap();
        let library = folder.path().join("library");
        for (name, text) in policies {
            std::fs::create_dir_all(&library).unwrap();
            std::fs::write(library.join(name), text).unwrap();
        }
        let common = Common::with((!policies.is_empty()).then_some(library), None);
        let at: jiff::Timestamp = at.parse().unwrap();
        let server = Server::new(ServerParts {
            store: Arc::new(store),
            folder: data,
            clock: Clock::at(Moment(at.as_microsecond())),
            published: published(&common, &mut Output::kept()).unwrap(),
            base: common,
            bureaus,
            material,
            accounts,
            recogniser,
        });
        let router = router(&server, places);
        Self {
            server,
            router,
            folder,
        }
    }

    /// Looks at a page; `who` as [`ByHeader`] reads it, nobody where it is empty.
    pub(crate) async fn get(&self, who: &str, path: &str) -> Reply {
        self.send(Method::GET, who, path, None).await
    }

    /// Sends a form; the token of the session is added.
    pub(crate) async fn post(&self, who: &str, path: &str, form: &str) -> Reply {
        let form = format!("csrf={CSRF}&{form}");
        self.send(Method::POST, who, path, Some(form)).await
    }

    /// Sends anything.
    pub(crate) async fn send(
        &self,
        method: Method,
        who: &str,
        path: &str,
        form: Option<String>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !who.is_empty() {
            request = request.header(WHO, who);
        }
        if form.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let body = form.map_or_else(Body::empty, Body::from);
        let request = request.body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Reply {
            status,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

mod tests {
    use axum::http::StatusCode;

    use super::*;
    use crate::web::{Access, Ask, Section, WebFault, html};

    const CITY: &str = "经办@示例市财政局";

    #[derive(askama::Template)]
    #[template(
        source = "{% extends \"layout.html\" %}{% block main %}ok{% endblock %}",
        ext = "html"
    )]
    struct Plain {
        page: crate::web::Page,
    }

    async fn plain(ask: Ask) -> Result<axum::response::Response, WebFault> {
        html(&Plain {
            page: ask.page(Section::Console, "页"),
        })
    }

    async fn site() -> Site {
        let places = vec![
            Place::get("/console", Access::OFFICIALS, plain),
            Place::get("/my/measures", Access::Enterprise, plain),
            Place::post("/console/act", Access::OFFICIALS, plain),
            Place::get("/api/v1/thing", Access::SignedIn, plain),
        ];
        Site::new("2026-07-01T09:00:00+08:00", Vec::new(), None, places).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_may_not_is_told_so_and_every_reply_has_the_headers() {
        let site = site().await;
        let cases = [
            ("", "/console", StatusCode::UNAUTHORIZED),
            ("企业@91420600MA00000159", "/console", StatusCode::FORBIDDEN),
            ("系统管理员@示例市财政局", "/console", StatusCode::FORBIDDEN),
            (CITY, "/console", StatusCode::OK),
            (CITY, "/my/measures", StatusCode::FORBIDDEN),
            ("企业@91420600MA00000159", "/my/measures", StatusCode::OK),
            ("", "/nowhere", StatusCode::NOT_FOUND),
            ("", "/assets/zhida.css", StatusCode::OK),
            ("", "/assets/../Cargo.toml", StatusCode::NOT_FOUND),
        ];
        for (who, path, status) in cases {
            let reply = site.get(who, path).await;
            assert_eq!(reply.status, status, "{who} {path}");
            for name in [
                "content-security-policy",
                "x-content-type-options",
                "cache-control",
            ] {
                assert!(reply.headers.contains_key(name), "{who} {path} {name}");
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_form_without_the_token_or_from_elsewhere_is_refused() {
        let site = site().await;
        let done = site.post(CITY, "/console/act", "a=1").await;
        assert_eq!(done.status, StatusCode::OK);
        for form in ["a=1", "csrf=other&a=1", "csrf=", "a=1&csrf=test-toke"] {
            let reply = site
                .send(Method::POST, CITY, "/console/act", Some(form.to_owned()))
                .await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{form}");
        }
        let request = Request::builder()
            .method(Method::POST)
            .uri("/console/act")
            .header(WHO, CITY)
            .header("host", "zhida.example")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("csrf={CSRF}")))
            .unwrap();
        let reply = site.router.clone().oneshot(request).await.unwrap();
        assert_eq!(reply.status(), StatusCode::FORBIDDEN);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn programs_are_told_in_a_problem_and_people_on_a_page() {
        let site = site().await;
        let reply = site.get("", "/api/v1/thing").await;
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        let problem: serde_json::Value = serde_json::from_str(&reply.text).unwrap();
        assert_eq!(problem["status"], 401);
        let reply = site.get("", "/console").await;
        assert!(reply.text.contains("还没有登录"), "{}", reply.text);
    }
}
