//! Role × route × row: who may not, may not; nobody sees another's things; another's and nobody's
//! cannot be told apart; looking changes nothing. Made of the list of all routes of the site, so
//! that a new one is covered when it is listed.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use zhida_engine::payouts::Role;

use super::client::{Client, filled};
use super::town::{Got, OTHERS_YUAN, Samples, Town, encoded, who};
use crate::api::document::names_in;
use crate::site;
use crate::web::testing::CSRF;
use crate::web::{Access, Place};

/// What a name in a path can stand for: of one's own bureau, of another's, and of nobody's.
struct Sample {
    own: String,
    other: Option<String>,
    missing: &'static str,
}

/// A sample for a name in a path. A route with a new name needs one here.
fn sample(path: &str, name: &str, town: &Town) -> Sample {
    let (own, other) = (&town.own, &town.other);
    let of = |pick: &dyn Fn(&Samples) -> String, missing| Sample {
        own: pick(own),
        other: Some(pick(other)),
        missing,
    };
    let public = |own: &str, missing| Sample {
        own: own.to_owned(),
        other: None,
        missing,
    };
    match name {
        "payout" => of(&|of| of.payouts[1].clone(), "PAAAAAAAAAAAAAAAAAAAAAAAAA"),
        "motion" if path.contains("/publications/") => of(&|of| of.publication.clone(), "M-nobody"),
        "motion" => of(&|of| of.motion.clone(), "M-nobody"),
        "id" | "before" if path.starts_with("/console/imports/") && path.contains("difference") => {
            public(&town.snapshot, NO_DIGEST)
        }
        "id" => sample(path, of_path(path), town),
        "digest" if path.starts_with("/console/sweeps/") => public(&town.sweep, NO_DIGEST),
        "sweep" | "other" => public(&town.sweep, NO_DIGEST),
        "notice" if path.starts_with("/console/") => of(&|of| of.notice.clone(), "N-nobody"),
        "notice" => public(&own.notice, "N-nobody"),
        "form" => public("html", "nothing"),
        "key" | "service" => public("nobody", "nobody"),
        "number" => public("NOBODY", "NOBODY"),
        "line" => of(&|of| of.line.clone(), "L-nobody"),
        "payer" => of(&|of| of.payer.clone(), "nobody"),
        "batch" => of(&|of| of.batch.clone(), "B-nobody"),
        "bank_line" => of(&|of| of.bank_line.clone(), "nobody"),
        "enterprise" | "uscc" => of(&|of| of.enterprise.to_string(), "91110000802100433B"),
        "user" | "account" => of(&|of| of.user.clone(), "nobody"),
        "bureau" => of(&|of| of.bureau.clone(), "无此单位"),
        "job" => of(&|of| of.job.clone(), "J-nobody"),
        "digest" => of(&|of| of.paper.clone(), NO_DIGEST),
        "seal" => of(&|of| of.seal.clone(), NO_DIGEST),
        "snapshot" | "before" => public(NO_DIGEST, NO_DIGEST),
        "policy" => public("xiangyang-industry-2025", "no-policy"),
        "measure" if path.contains("{policy}") => public("growth-award", "no-measure"),
        "file" => public("start.js", "nothing.js"),
        "name" => public("zhida.css", "nothing.css"),
        other => panic!(
            "{path}: 路径里的名称 {{{other}}} 没有样本:请在 api/tests/matrix.rs 的 sample 里加上"
        ),
    }
}

/// What the plain name `id` stands for in a path.
fn of_path(path: &str) -> &'static str {
    let kinds = [
        ("/payouts/", "payout"),
        ("/batches/", "batch"),
        ("/motions/", "motion"),
        ("/publications/", "motion"),
        ("/notices/", "notice"),
        ("/policies/", "policy"),
        ("/letters/", "number"),
        ("/imports/", "job"),
        ("/jobs/", "job"),
    ];
    let found = kinds.iter().find(|(part, _)| path.contains(part));
    found.map_or("id of what", |(_, kind)| kind)
}

const NO_DIGEST: &str = "00000000000000000000000000000000000000000000000000000000000000ff";

/// Which of the samples fills a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Own,
    Other,
    Missing,
}

/// A path with its names filled in; nothing where no name has another's sample.
fn path(place: &Place, whose: Whose, town: &Town) -> Option<String> {
    let mut filled = place.path.to_owned();
    let mut is_told_apart = false;
    for name in names_in(place.path) {
        let sample = sample(place.path, name, town);
        is_told_apart |= sample.other.is_some();
        let value = match (whose, sample.other) {
            (Whose::Own, _) | (_, None) => sample.own,
            (Whose::Other, Some(other)) => other,
            (Whose::Missing, Some(_)) => sample.missing.to_owned(),
        };
        for braces in [format!("{{{name}}}"), format!("{{*{name}}}")] {
            filled = filled.replace(&braces, &encoded(&value));
        }
    }
    (whose == Whose::Own || is_told_apart).then_some(filled)
}

/// Everybody: nobody, and the twelve roles of one's own bureau.
fn everybody(town: &Town) -> Vec<(String, Option<Role>)> {
    let mut all = vec![(String::new(), None)];
    all.extend(Role::ALL.map(|role| (who(role, &town.own), Some(role))));
    all
}

/// Whether a role may use a place.
fn may(access: Access, role: Option<Role>) -> bool {
    match (access, role) {
        (Access::Public, _) | (Access::SignedIn, Some(_)) => true,
        (Access::SignedIn | Access::Enterprise | Access::Roles(_), None) => false,
        (Access::Enterprise, Some(role)) => role == Role::Enterprise,
        (Access::Roles(roles), Some(role)) => roles.contains(&role),
    }
}

/// What of another bureau must not stand in any reply.
fn secrets(other: &Samples) -> Vec<String> {
    let mut all = other.payouts.clone();
    all.extend(OTHERS_YUAN.map(str::to_owned));
    all.extend([
        other.enterprise_name.clone(),
        other.motion.clone(),
        other.publication.clone(),
        format!("{}的理由", other.bureau),
        other.line.clone(),
        other.payer.clone(),
        other.batch.clone(),
        other.bank_line.clone(),
        other.paper.clone(),
        other.seal.clone(),
        other.job.clone(),
        format!("匿名 {}", other.bureau),
        // In full an account is shown to nobody.
        "6222020200112233445".to_owned(),
        "3500000000000001".to_owned(),
    ]);
    all
}

pub(super) fn assert_no_secret(got: &Got, other: &Samples, asked: &str) {
    for secret in secrets(other) {
        let is_there = got.text.contains(&secret);
        assert!(!is_there, "{asked}: {secret} in {}", got.text);
    }
}

/// A reply without what differs for reasons of its own.
fn plain(got: &Got, path: &str) -> (StatusCode, String) {
    // A page names its own path in its switch of language.
    let text = got.text.replace(path, "…");
    let text = text.replace(&path.replace('%', "%25"), "…");
    (got.status, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_looks_at_everything_and_sees_his_own() {
    let town = Town::new().await;
    let size = town.log_size().await;
    let mut looked = 0;
    for place in site::places()
        .iter()
        .filter(|place| place.method == Method::GET)
    {
        for (visitor, role) in everybody(&town) {
            let own = path(place, Whose::Own, &town).unwrap();
            let asked = format!("{visitor:?} GET {own}");
            let got = town.get(&visitor, &own).await;
            looked += 1;
            assert!(!got.status.is_server_error(), "{asked}: {got:?}");
            assert_no_secret(&got, &town.other, &asked);
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
            if !may(place.access, role) {
                let expected = refused[usize::from(role.is_some())];
                assert_eq!(got.status, expected, "{asked}");
                continue;
            }
            // Signing in goes step by step, and one's own account is looked up by the cookie: their
            // own tests look at them.
            let by_cookie = ["/sign-in/", "/account", "/step-up"];
            if by_cookie.iter().any(|part| place.path.starts_with(part)) {
                continue;
            }
            assert!(!refused.contains(&got.status), "{asked}: {got:?}");
            let others = path(place, Whose::Other, &town);
            let nobodys = path(place, Whose::Missing, &town);
            let (Some(others), Some(nobodys)) = (others, nobodys) else {
                continue;
            };
            let theirs = town.get(&visitor, &others).await;
            let nothing = town.get(&visitor, &nobodys).await;
            assert_eq!(
                theirs.status,
                StatusCode::NOT_FOUND,
                "{visitor:?} GET {others}"
            );
            assert_eq!(
                plain(&theirs, &others),
                plain(&nothing, &nobodys),
                "{visitor:?} {others} {nobodys}"
            );
        }
    }
    assert!(looked > 500, "{looked}");
    assert_eq!(town.log_size().await, size, "looking changed the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_meant_is_refused_everywhere() {
    let town = Town::new().await;
    let size = town.log_size().await;
    let posts = site::places().into_iter();
    for place in posts.filter(|place| place.method != Method::GET) {
        let own = path(&place, Whose::Own, &town).unwrap();
        for (visitor, role) in everybody(&town) {
            if role.is_none() && place.access == Access::Public {
                continue;
            }
            let forms = [
                ("application/json", "{}"),
                ("text/plain", "{}"),
                ("application/x-www-form-urlencoded", "a=1"),
                ("application/x-www-form-urlencoded", "csrf=wrong&a=1"),
                ("application/octet-stream", "x"),
            ];
            for (kind, body) in forms {
                let body = Some((kind, body.as_bytes().to_vec()));
                let got = town
                    .send(place.method.clone(), &visitor, &own, &[], body)
                    .await;
                let expected = match role {
                    None => StatusCode::UNAUTHORIZED,
                    Some(_) => StatusCode::FORBIDDEN,
                };
                assert_eq!(got.status, expected, "{visitor:?} {own} {kind}");
            }
            let other = [("x-csrf-token", "wrong")];
            let got = town
                .send(place.method.clone(), &visitor, &own, &other, None)
                .await;
            assert!(got.status.is_client_error(), "{visitor:?} {own}");
            // From elsewhere not even with the token.
            let elsewhere = [("x-csrf-token", CSRF), ("sec-fetch-site", "cross-site")];
            let json = Some(("application/json", b"{}".to_vec()));
            let got = town
                .send(place.method.clone(), &visitor, &own, &elsewhere, json)
                .await;
            assert_eq!(got.status, StatusCode::FORBIDDEN, "{visitor:?} {own}");
        }
        // Other methods, and a method told in a header, do nothing.
        for method in [Method::PUT, Method::PATCH] {
            let told = [("x-csrf-token", CSRF), ("x-http-method-override", "POST")];
            let got = town
                .send(method, "经办@示例市财政局", &own, &told, None)
                .await;
            assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED, "{own}");
        }
    }
    assert_eq!(town.log_size().await, size);
}

/// The fields of bodies that name things of a bureau: of another's, and of nobody's.
fn named_fields(town: &Town) -> BTreeMap<&'static str, (Value, Value)> {
    let other = &town.other;
    let payout = "PAAAAAAAAAAAAAAAAAAAAAAAAA";
    BTreeMap::from([
        ("payout", (json!(other.payouts[1]), json!(payout))),
        ("against", (json!(other.payouts[1]), json!(payout))),
        ("payouts", (json!([other.payouts[1]]), json!([payout]))),
        ("motion", (json!(other.motion), json!("M-nobody"))),
        ("motions", (json!([other.motion]), json!(["M-nobody"]))),
        ("batch", (json!(other.batch), json!("B-nobody"))),
        ("payer", (json!(other.payer), json!("nobody"))),
        ("bureau", (json!(other.bureau), json!("无此单位"))),
        ("to", (json!(other.user), json!("nobody"))),
        ("seal", (json!(other.seal), json!(NO_DIGEST))),
        ("seals", (json!([other.seal]), json!([NO_DIGEST]))),
    ])
}

/// The steps that set people up name a bureau and a user that need not be there yet.
const SETS_UP: &str = "/api/v1/payouts/user";

#[tokio::test(flavor = "multi_thread")]
async fn a_step_on_anothers_thing_is_answered_as_one_on_nothing() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    let size = town.log_size().await;
    let mut tried = 0;
    for place in site::places() {
        let is_step = place.method == Method::POST && place.path.starts_with("/api/");
        if !is_step || place.path == SETS_UP {
            continue;
        }
        let Some(schema) = client.body_schema(place.path) else {
            continue;
        };
        let own = path(&place, Whose::Own, &town).unwrap();
        for (name, (others, nobodys)) in named_fields(&town) {
            if !client.has_field(&schema, name) {
                continue;
            }
            let body = |value: &Value| filled(&client, &schema, &town.own, (name, value));
            for (visitor, role) in everybody(&town) {
                if !may(place.access, role) || role.is_none() {
                    continue;
                }
                let theirs = town.post(&visitor, &own, &body(&others)).await;
                let nothing = town.post(&visitor, &own, &body(&nobodys)).await;
                let asked = format!("{visitor} {own} {name}");
                assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{asked}: {theirs:?}");
                assert_eq!((theirs.status, theirs.text), (nothing.status, nothing.text));
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(town.log_size().await, size, "a step was taken");
}
