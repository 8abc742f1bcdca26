//! The pages as a browser uses them: cookies, forms, and nothing else.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use zhida_engine::payouts::{
    Actor, BureauId, Command, Moment, Order, PersonId, Role, User, UserId,
};

use crate::accounts::settings::MINUTE;
use crate::accounts::totp::Seed;
use crate::accounts::{AccountSettings, By, NewToken, Prepared, TokenScope};
use crate::store::Request as Given;
use crate::web::testing::{Reply, Site};
use crate::web::{Access, Ask, Place, Typed, WebFault, act_typed};

/// Nine o'clock in Beijing on a Monday.
pub(crate) const NINE: &str = "2026-07-06T09:00:00+08:00";
pub(crate) const BUREAU: &str = "示例市财政局";

/// A browser: what it keeps between two requests.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Sends a request with the cookies and keeps those of the reply.
    pub(crate) async fn send(
        &mut self,
        site: &Site,
        method: Method,
        path: &str,
        form: Option<&str>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !self.cookies.is_empty() {
            let pairs = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            let line = pairs.collect::<Vec<_>>().join("; ");
            request = request.header(header::COOKIE, line);
        }
        if form.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let body = form.map_or_else(Body::empty, |form| Body::from(form.to_owned()));
        let response = site
            .router
            .clone()
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (pair, rest) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(rest.contains("HttpOnly"), "{cookie}");
            assert!(
                rest.contains("Path=/") && !rest.contains("Domain"),
                "{cookie}"
            );
            if name.starts_with("__Host-") {
                assert!(
                    rest.contains("Secure") && rest.contains("SameSite="),
                    "{cookie}"
                );
            }
            match value.is_empty() {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply {
            status,
            headers,
            text,
        }
    }

    pub(crate) async fn get(&mut self, site: &Site, path: &str) -> Reply {
        self.send(site, Method::GET, path, None).await
    }

    /// Sends a form from a page that was seen before: with the tokens of that page.
    pub(crate) async fn post(
        &mut self,
        site: &Site,
        page: &Reply,
        path: &str,
        form: &str,
    ) -> Reply {
        let tokens = [
            ("csrf", hidden(page, "csrf")),
            ("form", hidden(page, "form")),
        ];
        let tokens = tokens
            .iter()
            .filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let tokens: Vec<String> = tokens
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let form = format!("{}&{form}", tokens.join("&"));
        self.send(site, Method::POST, path, Some(&form)).await
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies.get("__Host-zhida").map(String::as_str)
    }
}

/// The value of a hidden field of a page, where it has one that is not empty.
pub(crate) fn hidden(page: &Reply, name: &str) -> Option<String> {
    let before = format!("name=\"{name}\" value=\"");
    let found = page.text.split(&before).skip(1);
    let mut values = found.filter_map(|rest| rest.split('"').next());
    values.find(|value| !value.is_empty()).map(str::to_owned)
}

pub(crate) fn goes_to(reply: &Reply) -> &str {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    reply.headers[header::LOCATION].to_str().unwrap()
}

/// People of the bureau, one a role.
pub(crate) async fn people(site: &Site, people: &[(&str, &str, &str, Role)]) {
    for (number, (id, person, bureau, role)) in people.iter().enumerate() {
        let user = User {
            id: UserId::new(*id),
            person: PersonId::new(*person),
            bureau: BureauId::new(*bureau),
            roles: [*role].into(),
            enterprise: None,
            approves_up_to: None,
            is_active: true,
        };
        let order = Order {
            actor: Actor::System,
            at: now(site),
            command: Command::SetUp { user },
        };
        let key = format!("people/{number}");
        site.server
            .store
            .submit(&[Given { key, order }])
            .await
            .unwrap();
    }
}

pub(crate) fn now(site: &Site) -> Moment {
    site.server.clock.now()
}

/// Lets time pass.
#[expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
pub(crate) fn pass(site: &Site, span: i64) {
    site.server.clock.set(Moment(now(site).0 + span));
}

pub(crate) async fn prepared(site: &Site, account: &str) -> Prepared {
    site.server
        .accounts
        .prepare(account, now(site))
        .await
        .unwrap()
}

pub(crate) fn code(site: &Site, prepared: &Prepared) -> String {
    Seed::from_base32(&prepared.seed).code(now(site))
}

/// Signs in with password and code, as a browser does.
pub(crate) async fn signed_in(site: &Site, prepared: &Prepared) -> Browser {
    let mut browser = Browser::default();
    let page = browser.get(site, "/sign-in").await;
    let form = format!(
        "name={}&password={}&next=",
        prepared.account, prepared.password
    );
    let half = browser.post(site, &page, "/sign-in", &form).await;
    assert_eq!(goes_to(&half), "/sign-in/code");
    let page = browser.get(site, "/sign-in/code").await;
    let form = format!("code={}&next=", code(site, prepared));
    let whole = browser.post(site, &page, "/sign-in/code", &form).await;
    assert_eq!(goes_to(&whole), "/account");
    browser
}

/// Shows a fresh code, half a minute later.
pub(crate) async fn stepped_up(site: &Site, browser: &mut Browser, prepared: &Prepared) {
    pass(site, MINUTE / 2);
    let page = browser.get(site, "/step-up").await;
    let form = format!("code={}&next=/account", code(site, prepared));
    let done = browser.post(site, &page, "/step-up", &form).await;
    assert_eq!(goes_to(&done), "/account");
}

async fn site() -> Site {
    site_by(AccountSettings::default()).await
}

async fn site_by(settings: AccountSettings) -> Site {
    let mut places = super::places();
    places.push(
        Place::post("/account/grave", Access::SignedIn, grave)
            .stepped_up()
            .with_token("payouts"),
    );
    places.push(Place::post("/account/ordered", Access::SignedIn, ordered));
    let site = Site::signed_in_by(NINE, settings, places).await;
    let maker = ("jingban", "王经办", BUREAU, Role::Maker);
    let clerk = ("bangban", "钱帮办", BUREAU, Role::Clerk);
    people(&site, &[maker, clerk]).await;
    site
}

async fn grave(_ask: Ask) -> Result<&'static str, WebFault> {
    Ok("done")
}

/// An order that needs a fresh code, by a place that asks for none.
async fn ordered(ask: Ask) -> Result<&'static str, WebFault> {
    let typed = Typed::verb("suspend").of("bangban");
    act_typed(&ask, None, typed).await?;
    Ok("asked")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_code_counts_for_as_long_as_the_installation_says() {
    for minutes in [2, 30] {
        let settings = AccountSettings {
            step_up_minutes: minutes,
            idle_minutes: 60,
            ..AccountSettings::default()
        };
        let site = site_by(settings).await;
        let mine = prepared(&site, "jingban").await;
        let mut browser = signed_in(&site, &mine).await;
        stepped_up(&site, &mut browser, &mine).await;
        let page = browser.get(&site, "/account").await;
        pass(&site, i64::from(minutes) * MINUTE - 1);
        for path in ["/account/grave", "/account/ordered"] {
            let reply = browser.post(&site, &page, path, "").await;
            let is_asked = reply.text.contains("再次验证动态口令");
            assert!(!is_asked, "{minutes} {path}: {}", reply.text);
        }
        pass(&site, 1);
        for path in ["/account/grave", "/account/ordered"] {
            let late = browser.post(&site, &page, path, "").await;
            assert!(
                late.text.contains("再次验证动态口令"),
                "{minutes} {path}: {}",
                late.text
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_is_set_up_and_bound_on_the_pages() {
    let site = site().await;
    let accounts = &site.server.accounts;
    let issued = accounts
        .issue(By::Console, "jingban", now(&site))
        .await
        .unwrap();
    let mut browser = Browser::default();
    // What somebody put into the browser before is not what the session gets.
    browser
        .cookies
        .insert("__Host-zhida".to_owned(), "f".repeat(64));
    let page = browser.get(&site, "/set-up").await;
    assert!(
        page.text.contains("等保") || page.text.contains("至少 10 个字符"),
        "{}",
        page.text
    );
    let form = |new: &str, again: &str| {
        format!("name=jingban&code={}&new={new}&again={again}", issued.code)
    };
    let differ = browser
        .post(&site, &page, "/set-up", &form("Tb7-mqvxRuoli", "other"))
        .await;
    assert_eq!(differ.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(differ.text.contains("两次输入的新密码不一样"));
    let weak = browser
        .post(&site, &page, "/set-up", &form("password", "password"))
        .await;
    assert!(
        weak.text.contains("常见的或已经泄露过的密码"),
        "{}",
        weak.text
    );
    assert!(!weak.text.contains("value=\"password\""));
    let done = browser
        .post(
            &site,
            &page,
            "/set-up",
            &form("Tb7-mqvxRuoli", "Tb7-mqvxRuoli"),
        )
        .await;
    assert_eq!(goes_to(&done), "/sign-in/bind");
    let first = browser.session().unwrap().to_owned();
    assert_ne!(first, "f".repeat(64));
    // Nothing but signing in is open yet.
    assert_eq!(
        browser.get(&site, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    let page = browser.get(&site, "/sign-in/bind").await;
    assert!(!page.text.contains("<svg class=\"qr\""));
    let shown = browser.post(&site, &page, "/sign-in/bind", "next=").await;
    assert!(shown.text.contains("<svg class=\"qr\""), "{}", shown.text);
    let seed = shown.text.split("code-text\">").nth(1).unwrap();
    let seed = Seed::from_base32(seed.split('<').next().unwrap());
    let form = format!("code={}&next=", seed.code(now(&site)));
    let bound = browser
        .post(&site, &shown, "/sign-in/bind/code", &form)
        .await;
    assert_eq!(bound.status, StatusCode::OK);
    assert_eq!(bound.text.matches("<li>").count(), 10, "{}", bound.text);
    assert_ne!(browser.session().unwrap(), first);
    let account = browser.get(&site, "/account").await;
    assert!(account.text.contains("王经办"), "{}", account.text);
    // The identifier of before is worth nothing.
    let mut thief = Browser::default();
    thief.cookies.insert("__Host-zhida".to_owned(), first);
    assert_eq!(
        thief.get(&site, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signed_out_is_out_and_forms_of_others_are_refused() {
    let site = site().await;
    let mine = prepared(&site, "jingban").await;
    let mut browser = signed_in(&site, &mine).await;
    let page = browser.get(&site, "/account").await;
    let kept = browser.session().unwrap().to_owned();
    // Without the token, with another's, or from elsewhere: nothing happens.
    for form in ["", "csrf=", "csrf=0000", "form=1"] {
        for path in [
            "/sign-out",
            "/account/end-session",
            "/account/password",
            "/step-up",
        ] {
            let reply = browser.send(&site, Method::POST, path, Some(form)).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} {form}");
        }
    }
    for path in [
        "/sign-out",
        "/account/end-session",
        "/account/tokens",
        "/step-up",
    ] {
        let token = hidden(&page, "csrf").unwrap();
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::COOKIE, format!("__Host-zhida={kept}"))
            .header("host", "zhida.example")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("csrf={token}")))
            .unwrap();
        let reply = site.router.clone().oneshot(request).await.unwrap();
        assert_eq!(reply.status(), StatusCode::FORBIDDEN, "{path}");
    }
    // No change by looking.
    for path in ["/sign-out", "/account/end-session", "/sign-in/lost"] {
        let reply = browser.get(&site, path).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert_eq!(browser.get(&site, "/account").await.status, StatusCode::OK);
    let out = browser.post(&site, &page, "/sign-out", "").await;
    assert_eq!(goes_to(&out), "/sign-in");
    assert!(browser.session().is_none());
    let mut thief = Browser::default();
    thief.cookies.insert("__Host-zhida".to_owned(), kept);
    assert_eq!(
        thief.get(&site, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grave_step_asks_for_a_fresh_code_and_comes_back() {
    let site = site().await;
    let mine = prepared(&site, "jingban").await;
    let mut browser = signed_in(&site, &mine).await;
    let page = browser.get(&site, "/account").await;
    let refused = browser.post(&site, &page, "/account/grave", "").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.text.contains("/step-up?next=/account"),
        "{}",
        refused.text
    );
    pass(&site, MINUTE / 2);
    let page = browser.get(&site, "/step-up?next=/account").await;
    let wrong = browser
        .post(&site, &page, "/step-up", "code=000000&next=/account")
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("value=\"/account\""), "{}", wrong.text);
    let before = browser.session().unwrap().to_owned();
    let form = format!("code={}&next=//evil.example", code(&site, &mine));
    let done = browser.post(&site, &page, "/step-up", &form).await;
    assert_eq!(goes_to(&done), "/");
    assert_ne!(browser.session().unwrap(), before);
    let page = browser.get(&site, "/account").await;
    assert_eq!(
        browser.post(&site, &page, "/account/grave", "").await.text,
        "done"
    );
    pass(&site, 10 * MINUTE + 1);
    let late = browser.post(&site, &page, "/account/grave", "").await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_on_the_page_and_needs_a_code_for_grave_steps() {
    let site = site().await;
    let mine = prepared(&site, "jingban").await;
    let mut browser = signed_in(&site, &mine).await;
    stepped_up(&site, &mut browser, &mine).await;
    let page = browser.get(&site, "/account").await;
    let form = "title=%E5%AF%B9%E8%B4%A6&days=30&scope-payouts=1";
    let made = browser.post(&site, &page, "/account/tokens", form).await;
    let token = made.text.split("zhida_").nth(1).unwrap().get(..64).unwrap();
    let token = format!("zhida_{token}");
    let none = browser
        .post(&site, &page, "/account/tokens", "title=x&days=30")
        .await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let with = async |token: &str, code: Option<String>| {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri("/account/grave");
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        if let Some(code) = code {
            request = request.header("zhida-code", code);
        }
        let request = request.body(Body::empty()).unwrap();
        site.router.clone().oneshot(request).await.unwrap().status()
    };
    assert_eq!(with(&token, None).await, StatusCode::FORBIDDEN);
    pass(&site, MINUTE / 2);
    assert_eq!(with(&token, Some(code(&site, &mine))).await, StatusCode::OK);
    assert_eq!(with("zhida_0", None).await, StatusCode::UNAUTHORIZED);
    // One without the scope reaches nothing, whatever code comes with it; that is kept.
    let asked = NewToken {
        title: "只读".to_owned(),
        scopes: [TokenScope::Read].into(),
        days: 1,
    };
    let accounts = &site.server.accounts;
    let made = accounts
        .make_token(By::Console, "jingban", &asked, now(&site))
        .await;
    pass(&site, MINUTE);
    let refused = with(&made.unwrap().0, Some(code(&site, &mine))).await;
    assert_eq!(refused, StatusCode::FORBIDDEN);
    let query = "SELECT kind FROM events WHERE kind = 'account.forbidden'";
    let kept = site.server.store.database.fetch(query, &[]).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(site.server.store.verify(None).await.unwrap().fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_name_and_a_wrong_password_get_the_same_page() {
    let site = site().await;
    prepared(&site, "jingban").await;
    let mut told = Vec::new();
    for name in ["jingban", "nobody1"] {
        let mut browser = Browser::default();
        let page = browser.get(&site, "/sign-in").await;
        let form = format!("name={name}&password=wrong&next=/console");
        let reply = browser.post(&site, &page, "/sign-in", &form).await;
        assert!(browser.session().is_none());
        assert!(!reply.text.contains("wrong\""));
        told.push((reply.status, reply.text.replace(name, "…")));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told[0].1.contains("账号或密码不对"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_begins_and_ends_to_act_for_an_enterprise() {
    let site = site().await;
    let clerk = prepared(&site, "bangban").await;
    let mut browser = signed_in(&site, &clerk).await;
    let page = browser.get(&site, "/account").await;
    let wrong = browser
        .post(&site, &page, "/account/assist", "enterprise=123&asked_by=x")
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nobody = "enterprise=91420600MA00000159&asked_by=";
    let nobody = browser.post(&site, &page, "/account/assist", nobody).await;
    assert!(nobody.text.contains("哪位经办人"), "{}", nobody.text);
    let form = "enterprise=91420600MA00000159&asked_by=%E9%99%88%E4%BC%81%E4%B8%9A";
    let begun = browser.post(&site, &page, "/account/assist", form).await;
    assert_eq!(goes_to(&begun), "/my/payouts");
    let page = browser.get(&site, "/account").await;
    assert!(page.text.contains("91420600MA00000159") && page.text.contains("陈企业"));
    let ended = browser.post(&site, &page, "/account/assist", "").await;
    assert_eq!(goes_to(&ended), "/account");
    let page = browser.get(&site, "/account").await;
    assert!(!page.text.contains("91420600MA00000159"));
    let maker = prepared(&site, "jingban").await;
    let mut maker = signed_in(&site, &maker).await;
    let page = maker.get(&site, "/account").await;
    let refused = maker.post(&site, &page, "/account/assist", form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
