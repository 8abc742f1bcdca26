//! A bureau with its people, and one beside it, for tests.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tower::ServiceExt as _;
use zhida_engine::payouts::{Actor, BureauId, Moment};

use crate::arguments::run_line;
use crate::command::{Hand, run_words};
use crate::console::places;
use crate::output::Output;
use crate::payouts::desk::Desk;
use crate::payouts::keys::Keys;
use crate::payouts::settings::BureauSettings;
use crate::store::{Answered, Request as Asked};
use crate::web::testing::{CSRF, Reply, Site, WHO};
use crate::web::{Place, Scope};
use zhida_engine::payouts::{Order, UserId};

/// The bureau of the tests.
pub(crate) const BUREAU: &str = "示例市财政局";
/// The bureau beside it.
pub(crate) const BESIDE: &str = "邻市财政局";

pub(crate) const MAKER: &str = "经办@示例市财政局";
pub(crate) const CHECKER: &str = "复核@示例市财政局";
pub(crate) const APPROVER: &str = "审批@示例市财政局";
pub(crate) const SECOND_APPROVER: &str = "审批,对账@示例市财政局";
pub(crate) const PAYMENT_MAKER: &str = "支付经办@示例市财政局";
pub(crate) const PAYMENT_CHECKER: &str = "支付复核@示例市财政局";
pub(crate) const RECONCILER: &str = "对账@示例市财政局";
pub(crate) const AUDITOR: &str = "审计@示例市财政局";

/// Everybody who works in a bureau.
pub(crate) const OFFICIALS: [&str; 8] = [
    MAKER,
    CHECKER,
    APPROVER,
    SECOND_APPROVER,
    PAYMENT_MAKER,
    PAYMENT_CHECKER,
    RECONCILER,
    AUDITOR,
];

fn settings(bureau: &str) -> BureauSettings {
    let mut text = format!(
        "bureau = \"{bureau}\"\nsecond_approver_from = \"5000000.00\"\nreminders = 2\n\
         confirm_days = 60\nanswer_days = 3\nnotice_days = 5\ncontact = \"电话 0000-12345678\"\n\
         [[limit]]\nrole = \"复核\"\nworking_days = 3\n\
         [[line]]\nid = \"{bureau}资金\"\nyear = 2026\nfunds = [\"*\"]\n\
         [[payer]]\nid = \"{bureau}零余额\"\nname = \"{bureau}零余额账户\"\n\
         uscc = \"114206000113456783\"\naccount = \"3500000000000001\"\ncnaps = \"102100099996\"\n\
         profile = \"pain.001.001.09\"\nlines_max = 5000\nsuspense = \"{bureau}资金\"\n"
    );
    for roles in [
        "经办",
        "复核",
        "审批",
        "审批,对账",
        "经办,审批",
        "支付经办",
        "支付复核",
        "对账",
        "审计",
        "帮办",
    ] {
        let listed: Vec<String> = roles.split(',').map(|role| format!("\"{role}\"")).collect();
        text.push_str(&format!(
            "[[user]]\nid = \"{roles}@{bureau}\"\nperson = \"{roles}@{bureau}\"\nroles = [{}]\n",
            listed.join(",")
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bureau.toml");
    std::fs::write(&path, text).unwrap();
    BureauSettings::read(&path).unwrap()
}

/// A service with two bureaus, nothing imported yet.
pub(crate) async fn town() -> Site {
    town_of(&[], places()).await
}

/// The same over these policies alone.
pub(super) async fn town_over(policies: &[(&str, &str)]) -> Site {
    town_of(policies, places()).await
}

/// The same with these routes.
pub(crate) async fn town_with(places: Vec<Place>) -> Site {
    town_of(&[], places).await
}

/// Over these policies with these routes; over those of the binary where there are none.
pub(super) async fn town_of(policies: &[(&str, &str)], places: Vec<Place>) -> Site {
    let bureaus = || vec![settings(BUREAU), settings(BESIDE)];
    let at = "2026-07-01T09:30:00+08:00";
    let site = match policies {
        [] => Site::new(at, bureaus(), None, places).await,
        policies => Site::over(policies, at, bureaus(), places).await,
    };
    let mut requests = Vec::new();
    for settings in bureaus() {
        for command in settings.commands().unwrap() {
            requests.push(Asked {
                key: format!("setting {}", requests.len()),
                order: Order {
                    actor: Actor::System,
                    at: site.server.clock.now(),
                    command,
                },
            });
        }
    }
    for answer in site.server.store.submit(&requests).await.unwrap() {
        assert!(matches!(answer, Answered::Done { .. }), "{answer:?}");
    }
    site
}

/// What the bureau of the tests sees.
pub(crate) fn scope() -> Scope {
    Scope::Bureaus([BureauId::new(BUREAU)].into())
}

/// Sets the clock.
pub(crate) fn set_day(site: &Site, day: &str) {
    let at: jiff::Timestamp = format!("{day}T09:30:00+08:00").parse().unwrap();
    site.server.clock.set(Moment(at.as_microsecond()));
}

/// What the form of an action hides, as it would be sent back.
#[track_caller]
pub(crate) fn form(page: &Reply, action: &str) -> String {
    let start = page.text.find(&format!("action=\"{action}\""));
    let start = start.unwrap_or_else(|| panic!("no form for {action} in {}", page.text));
    let text = &page.text[start..];
    let text = &text[..text.find("</form>").unwrap()];
    let mut fields = Vec::new();
    for input in text.split("<input type=\"hidden\" ").skip(1) {
        let name = input.split("name=\"").nth(1).unwrap();
        let name = name.split('"').next().unwrap();
        let value = input.split("value=\"").nth(1).unwrap();
        let value = value.split('"').next().unwrap();
        if name != "csrf" {
            fields.push(format!("{name}={}", encoded(value)));
        }
    }
    fields.join("&")
}

/// A value as a form sends it.
pub(crate) fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// All that stands between two texts, wherever it does.
pub(crate) fn between(text: &str, before: &str, after: &str) -> Vec<String> {
    let parts = text.split(before).skip(1);
    parts
        .map(|part| part.split(after).next().unwrap().to_owned())
        .collect()
}

/// Looks at a page that must be there.
pub(crate) async fn look(site: &Site, who: &str, path: &str) -> Reply {
    let page = site.get(who, path).await;
    assert_eq!(page.status, StatusCode::OK, "{who} {path}: {}", page.text);
    page
}

/// Sends a form that must be carried out as a whole; where its page leads.
pub(crate) async fn done(site: &Site, who: &str, path: &str, form: &str) -> String {
    let reply = site.post(who, path, form).await;
    assert_eq!(
        reply.status,
        StatusCode::SEE_OTHER,
        "{who} {path}: {}",
        reply.text
    );
    let next = reply.headers["location"].to_str().unwrap().to_owned();
    look(site, who, &next).await;
    next
}

/// Sends a form that a rule refuses; what it says.
pub(crate) async fn refused(site: &Site, who: &str, path: &str, form: &str) -> String {
    let reply = site.post(who, path, form).await;
    assert_eq!(
        reply.status,
        StatusCode::CONFLICT,
        "{who} {path}: {}",
        reply.text
    );
    reply.text
}

/// Sends a form with a file.
pub(crate) async fn upload(
    site: &Site,
    who: &str,
    path: &str,
    fields: &[(&str, &str)],
    (field, name, bytes): (&str, &str, &[u8]),
) -> Reply {
    let mut body = Vec::new();
    let mut all = vec![("csrf", CSRF)];
    all.extend(fields);
    for (name, value) in all {
        body.extend(
            format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    body.extend(
        format!(
            "--edge\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        )
        .bytes(),
    );
    body.extend(bytes);
    body.extend(b"\r\n--edge--\r\n");
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(WHO, who)
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(Body::from(body))
        .unwrap();
    let response = site.router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    Reply {
        status,
        headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn desk(site: &Site, actor: Actor) -> Desk {
    Desk::lent(
        site.server.handle.clone(),
        Arc::clone(&site.server.store),
        actor,
        site.server.clock.now(),
        Keys::new(None).unwrap(),
    )
}

/// Does all jobs that wait, and puts to use what comes of them.
pub(crate) async fn work(site: &Site) {
    let server = Arc::clone(&site.server);
    let mut desk = desk(site, Actor::System);
    let working = tokio::task::spawn_blocking(move || {
        let mut hand = Hand::new(&desk, None, Arc::new(AtomicBool::new(false))).unwrap();
        while hand.take_up(&mut desk).unwrap().is_some() {}
        crate::job_worker::refresh(&server).unwrap();
    });
    working.await.unwrap();
}

/// Types a line of `zhida payout` in somebody's name: what another part of the site does.
pub(crate) async fn typed(site: &Site, who: &str, words: &[&str]) {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let server = Arc::clone(&site.server);
    let mut desk = desk(site, Actor::User(UserId::new(who)));
    let typing = tokio::task::spawn_blocking(move || {
        let status = run_words(&words, &mut desk, &server.common(), &mut Output::kept());
        assert_eq!(status.unwrap(), crate::failure::Status::Done, "{words:?}");
    });
    typing.await.unwrap();
}

/// Made-up enterprises as departments would deliver them.
pub(crate) fn enterprises(count: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enterprises.csv");
    let line = [
        "generate",
        "--count",
        count,
        "--seed",
        "7",
        "--year",
        "2025",
        "--as-of",
        "2026-06-30",
        "-o",
        path.to_str().unwrap(),
    ];
    let line: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
    run_line(&line, &mut Output::kept()).unwrap();
    std::fs::read(&path).unwrap()
}

/// Imports and sweeps through the pages.
pub(crate) async fn swept(site: &Site) {
    swept_over(site, "k1", &enterprises("150"), "150").await;
}

/// The same over these facts of so many enterprises, asked for by this key.
pub(super) async fn swept_over(site: &Site, key: &str, facts: &[u8], count: &str) {
    let fields = [("key", key), ("year", "2025"), ("as_of", "2026-06-30")];
    let file = ("file", "企业.csv", facts);
    let reply = upload(site, MAKER, "/console/imports/start", &fields, file).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    let job = reply.headers["location"].to_str().unwrap().to_owned();
    look(site, MAKER, &job).await;
    work(site).await;
    let reply = site.get(MAKER, &job).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    let report = look(site, MAKER, reply.headers["location"].to_str().unwrap()).await;
    assert!(report.text.contains(count), "{}", report.text);
    let page = look(site, MAKER, "/console/sweeps").await;
    let snapshot = between(&page.text, "<option value=\"", "\"").remove(0);
    let asked = form(&page, "/console/sweeps/start");
    let asked = format!("{asked}&snapshot={snapshot}");
    let job = done(site, MAKER, "/console/sweeps/start", &asked).await;
    work(site).await;
    let page = look(site, MAKER, &job).await;
    assert!(page.text.contains("完成"), "{}", page.text);
}
