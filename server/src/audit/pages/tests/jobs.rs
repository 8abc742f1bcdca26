//! Jobs of auditors: who ends them, what the last verification is, who takes archives away.

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tower::ServiceExt as _;
use zhida_engine::payouts::{BureauId, Moment, PersonId, Role, User, UserId};

use super::*;
use crate::accounts::AccountEvent;
use crate::audit::files::SEAL;
use crate::audit::pages::take;
use crate::views::asked;
use crate::web::testing::{CSRF, WHO};
use crate::web::{Ask, Language, Scope, Session, Via, Visitor};

/// Another auditor of everything.
const OTHER_WHOLE: &str = "审计@邻市财政局+示例市财政局";

/// Sends JSON as a program would.
async fn posted(site: &Site, who: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("x-csrf-token", CSRF)
        .header("content-type", "application/json");
    if !who.is_empty() {
        request = request.header(WHO, who);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = site.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

async fn job_of(site: &Site, who: &str, job: &str) -> Value {
    let shown = look(site, who, &format!("/api/v1/jobs/{job}")).await;
    serde_json::from_str(&shown.text).unwrap()
}

/// Asks for a verification as a program; its job.
async fn verification(site: &Site, who: &str, body: Value) -> String {
    let (status, value) = posted(site, who, "/api/v1/verifications", body).await;
    assert_eq!(status, StatusCode::OK, "{value}");
    value["job"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_verifies_everything_and_the_page_knows_of_it() {
    let site = audited().await;
    let path = "/api/v1/verifications";
    for who in [AUDITOR, "审计管理员@示例市财政局"] {
        let (status, value) = posted(&site, who, path, json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{who}: {value}");
    }
    // Against a head of now, and against one that was never signed here.
    let page = look(&site, WHOLE, "/audit").await;
    let head = between(&page.text, "<pre tabindex=\"0\">", "</pre>").remove(0);
    let good = verification(&site, WHOLE, json!({ "head": head })).await;
    work(&site).await;
    assert_eq!(job_of(&site, WHOLE, &good).await["state"], "done");
    for who in [WHOLE, AUDITOR] {
        let page = look(&site, who, "/audit").await;
        assert!(page.text.contains("没有发现改动"), "{who}: {}", page.text);
    }
    set_day(&site, "2026-07-02");
    let forged = head.replacen(|digit: char| digit.is_ascii_digit(), "9", 1);
    let bad = verification(&site, WHOLE, json!({ "head": forged })).await;
    work(&site).await;
    assert_eq!(job_of(&site, WHOLE, &bad).await["state"], "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_verification_found_is_read_by_those_who_see_everything() {
    let site = audited().await;
    let change = "UPDATE payouts SET amount = amount + 1 WHERE id = (SELECT MIN(id) FROM payouts)";
    let database = &site.server.store.database;
    let changed: Result<u64, crate::store::StoreError> = database
        .write(|mut transaction| async move { transaction.execute(change, &[]).await })
        .await;
    assert_eq!(changed.unwrap(), 1);
    let job = verification(&site, WHOLE, json!({})).await;
    work(&site).await;
    let whole = job_of(&site, WHOLE, &job).await;
    assert!(whole["message"].as_str().unwrap().contains("表 payouts"));
    for who in [MAKER, RECONCILER, AUDITOR, "系统管理员@示例市财政局"] {
        let part = job_of(&site, who, &job).await;
        assert_eq!(part["state"], "failed", "{who}");
        assert_eq!(part["message"], Value::Null, "{who}");
        let list = look(&site, who, "/api/v1/jobs").await;
        assert!(list.text.contains(&job), "{who}: {}", list.text);
        assert!(!list.text.contains("表 payouts"), "{who}: {}", list.text);
    }
    // That it failed is told to every auditor, and what of it to those who see everything.
    let page = look(&site, AUDITOR, "/audit").await;
    assert!(page.text.contains("没有通过"), "{}", page.text);
    assert!(!page.text.contains("表 payouts"), "{}", page.text);
    let page = look(&site, WHOLE, "/audit").await;
    assert!(page.text.contains("表 payouts"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_auditors_is_ended_by_auditors_and_a_job_of_makers_by_makers() {
    let site = audited().await;
    let job = verification(&site, WHOLE, json!({})).await;
    let path = format!("/api/v1/jobs/{job}/cancel");
    for who in [MAKER, AUDITOR] {
        let (status, value) = posted(&site, who, &path, json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{who}: {value}");
        assert_eq!(job_of(&site, WHOLE, &job).await["state"], "queued");
    }
    let (status, value) = posted(&site, WHOLE, &path, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{value}");
    assert_eq!(value["state"], "cancelled");
    let (status, value) = posted(&site, MAKER, "/api/v1/sweeps", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{value}");
    let path = format!("/api/v1/jobs/{}/cancel", value["job"].as_str().unwrap());
    let (status, _) = posted(&site, WHOLE, &path, json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, value) = posted(&site, MAKER, &path, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{value}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_ends_it_on_the_page_and_nothing_was_verified() {
    let site = audited().await;
    let page = look(&site, WHOLE, "/audit").await;
    let fields = form(&page, "/audit/verify");
    let job = done(&site, WHOLE, "/audit/verify", &fields).await;
    let path = format!("{job}/cancel");
    let page = look(&site, OTHER_WHOLE, &job).await;
    assert!(!page.text.contains(&path), "{}", page.text);
    let reply = site.post(OTHER_WHOLE, &path, "").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text);
    let reply = site.post(AUDITOR, &path, "").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text);
    let page = look(&site, WHOLE, &job).await;
    assert!(page.text.contains(&path), "{}", page.text);
    done(&site, WHOLE, &path, "").await;
    work(&site).await;
    let page = look(&site, WHOLE, &job).await;
    assert!(page.text.contains("取消"), "{}", page.text);
    assert!(!page.text.contains("没有发现改动"), "{}", page.text);
    assert!(!page.text.contains(&path), "{}", page.text);
    let page = look(&site, WHOLE, "/audit").await;
    assert!(page.text.contains("还没有核验过"), "{}", page.text);
    assert!(!page.text.contains("没有发现改动"), "{}", page.text);
}

/// Whoever asks for an archive: by a browser or with a token, with a fresh code or without.
fn ask_by(site: &Site, via: Via, stepped_up_at: Option<Moment>) -> Ask {
    let bureaus = [BureauId::new(BUREAU), BureauId::new(BESIDE)];
    let user = User {
        id: UserId::new(WHOLE),
        person: PersonId::new(WHOLE),
        bureau: BureauId::new(BUREAU),
        roles: BTreeSet::from([Role::Auditor]),
        enterprise: None,
        approves_up_to: None,
        is_active: true,
    };
    Ask {
        server: Arc::clone(&site.server),
        visitor: Visitor::Person(Arc::new(Session {
            user,
            scope: Scope::Bureaus(bureaus.into()),
            via,
            csrf: CSRF.to_owned(),
            name: WHOLE.to_owned(),
            stepped_up_at,
            // Ten minutes.
            stepped_up_until: stepped_up_at.map(|at| Moment(at.0.saturating_add(600_000_000))),
            assists: None,
        })),
        language: Language::default(),
        path: "/api/v1/jobs/J/answer".to_owned(),
        at: site.server.clock.now(),
    }
}

/// What the log says of archives that were taken away: by whom, and which.
async fn taken(site: &Site) -> Vec<String> {
    let query = "SELECT kind, body FROM events WHERE kind LIKE 'account.%' ORDER BY sequence DESC";
    let rows = site.server.store.database.fetch(query, &[]).await.unwrap();
    let events = rows.iter().map(|row| {
        AccountEvent::read(row.text("kind").unwrap(), row.blob("body").unwrap()).unwrap()
    });
    let archives = events.filter(|event| event.what.chinese() == "下载审计包");
    archives
        .map(|event| format!("{} {}", event.by, event.what.detail()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_an_archive_away_has_the_right_and_is_written_down() {
    let site = audited().await;
    let mut jobs = Vec::new();
    for masked in ["", "yes"] {
        let at = ("/audit/exports", "/audit/exports");
        let answer = asked(&site, WHOLE, at, &format!("masked={masked}")).await;
        assert!(taken(&site).await.is_empty() || masked == "yes");
        let zip = offered(&answer, "/zip");
        look(&site, WHOLE, &zip).await;
        let id = zip.split('/').nth(3).unwrap();
        jobs.push(asked::job(&site.server.store, id).await.unwrap());
    }
    let edition = ["脱敏版", "完整版"];
    let told = taken(&site).await;
    assert_eq!(told.len(), 2, "{told:?}");
    for ((told, edition), job) in told.iter().zip(edition).zip(jobs.iter().rev()) {
        let digest = crate::store::encoding::hex(&job.result.unwrap());
        let expected = format!("{WHOLE} {edition},任务 {},摘要 {digest}", job.id);
        assert_eq!(*told, expected);
    }
    let token = |scopes: &[&str]| {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned());
        Via::Token(scopes.collect())
    };
    let now = Some(site.server.clock.now());
    let (full, masked) = (&jobs[0], &jobs[1]);
    for (job, via, fresh, may) in [
        (full, token(&["read"]), now, false),
        (masked, token(&["read"]), now, false),
        (full, token(&["exports"]), None, false),
        (full, token(&["exports"]), now, true),
        (masked, token(&["exports"]), None, true),
        (full, Via::Browser, None, false),
        (masked, Via::Browser, None, true),
    ] {
        let before = taken(&site).await.len();
        let ask = ask_by(&site, via.clone(), fresh);
        let outcome = take(&ask, job, &None).await;
        assert_eq!(outcome.is_ok(), may, "{via:?} {fresh:?}");
        // Nothing is given that is not written down, and nothing written down that was not given.
        assert_eq!(taken(&site).await.len() - before, usize::from(may));
    }
    // A token for reading does not even ask for one.
    let mut places = site::places().into_iter();
    let asks = places
        .find(|place| place.path == "/api/v1/exports")
        .unwrap();
    assert_eq!(asks.token_scope, Some("exports"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_seal_is_shown_as_such_and_the_others_beside_it() {
    let site = audited().await;
    let seal = seal_of(&site, WHOLE).await;
    let (store, now) = (&site.server.store, site.server.clock.now());
    let kept = store.keep(SEAL, "seal-x.json", b"{}", now).await;
    let broken = kept.unwrap().to_string();
    for path in ["/audit/sweeps", "/audit/overlaps"] {
        let page = look(&site, WHOLE, path).await;
        assert!(page.text.contains("封存文件已被改动"), "{}", page.text);
        assert!(page.text.contains(&broken), "{}", page.text);
        assert!(page.text.contains(&seal), "{}", page.text);
        // Whose payouts came of others does not hear of it.
        let page = look(&site, AUDITOR, path).await;
        assert!(!page.text.contains(&broken), "{}", page.text);
        assert!(page.text.contains(&seal), "{}", page.text);
    }
    let list = look(&site, WHOLE, "/api/v1/seals").await;
    let list: Value = serde_json::from_str(&list.text).unwrap();
    let sound = |digest: &str| {
        let mut rows = list["items"].as_array().unwrap().iter();
        let row = rows.find(|row| row["seal"] == digest).unwrap();
        assert_eq!(row["is_sound"], !row["sealed"].is_null());
        row["is_sound"].as_bool().unwrap()
    };
    assert!(sound(&seal) && !sound(&broken));
    look(&site, WHOLE, &format!("/audit/sweeps/{seal}")).await;
    let reply = site.get(WHOLE, &format!("/audit/sweeps/{broken}")).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    assert!(reply.text.contains("封存文件已被改动"), "{}", reply.text);
    let fields = format!("key=k&seal={seal}&seal={broken}");
    let reply = site.post(WHOLE, "/audit/overlaps", &fields).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    // The bytes of the file itself are changed.
    let digest = zhida_engine::payouts::Digest::new(&seal);
    let path = store.files.path(&digest.bytes().unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[10] ^= 1;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    for who in [WHOLE, AUDITOR] {
        let page = look(&site, who, "/audit/sweeps").await;
        assert!(page.text.contains("封存文件已被改动"), "{}", page.text);
        let reply = site.get(who, &format!("/audit/sweeps/{seal}")).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seal_of_a_later_program_is_not_called_changed() {
    let site = audited().await;
    let seal = seal_of(&site, WHOLE).await;
    let (store, now) = (&site.server.store, site.server.clock.now());
    let bytes = store
        .fetch(&zhida_engine::payouts::Digest::new(&seal))
        .await
        .unwrap();
    let mut later: Value = serde_json::from_slice(&bytes).unwrap();
    later["format"] = 99.into();
    let later = later.to_string();
    let kept = store
        .keep(SEAL, "seal-later.json", later.as_bytes(), now)
        .await;
    let later = kept.unwrap().to_string();
    let page = look(&site, WHOLE, "/audit/sweeps").await;
    assert!(page.text.contains("由更新版本的程序封存"), "{}", page.text);
    assert!(!page.text.contains("封存文件已被改动"), "{}", page.text);
    assert!(page.text.contains(&later) && page.text.contains(&seal));
    let reply = site.get(WHOLE, &format!("/audit/sweeps/{later}")).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    assert!(reply.text.contains("更新的版本"), "{}", reply.text);
    let list = look(&site, WHOLE, "/api/v1/seals").await;
    let list: Value = serde_json::from_str(&list.text).unwrap();
    let mut rows = list["items"].as_array().unwrap().iter();
    let row = rows.find(|row| row["seal"] == later.as_str()).unwrap();
    assert_eq!(row["is_sound"], false);
    assert!(row["problem"].as_str().unwrap().contains("更新版本"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_another_log_is_not_taken_for_one_of_this() {
    let (site, other) = (audited().await, town().await);
    let proof = async |site: &Site| {
        let (store, now) = (&site.server.store, site.server.clock.now());
        let head = store.head(now).await.unwrap();
        let note = head.note(&store.origin, &store.key.public());
        let proof = store.prove_growth(&note, now).await.unwrap();
        (
            serde_json::to_string(&proof).unwrap(),
            store.key.public().text(),
        )
    };
    let (own, own_key) = proof(&site).await;
    let (forged, forged_key) = proof(&other).await;
    assert_ne!(own_key, forged_key);
    let check = async |proof: &str, key: &str| {
        let fields = format!("proof={}&public_key={}", encoded(proof), encoded(key));
        let page = site.post("", "/proofs", &fields).await.text;
        between(&page, "role=\"status\">", "</section>").remove(0)
    };
    let said = check(&own, "").await;
    assert!(
        said.contains("证明成立") && said.contains("本系统日志的"),
        "{said}"
    );
    let said = check(&own, &own_key).await;
    assert!(
        said.contains("证明成立") && said.contains("您填写的,是本系统"),
        "{said}"
    );
    // It fits the key inside it, which anybody can make.
    let said = check(&forged, "").await;
    assert!(!said.contains("证明成立"), "{said}");
    assert!(
        said.contains("证明自身完整,但不是本系统日志的密钥签的"),
        "{said}"
    );
    let said = check(&forged, &forged_key).await;
    assert!(said.contains("您填写的,不是本系统日志的"), "{said}");
    let said = check(&forged, &own_key).await;
    assert!(said.contains("证明不成立"), "{said}");
    for (proof, is_own) in [(&own, true), (&forged, false)] {
        let proof: Value = serde_json::from_str(proof).unwrap();
        let body = json!({ "proof": proof });
        let (status, told) = posted(&site, "", "/api/v1/proofs/check", body).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        assert_eq!(told["is_own_log"], is_own, "{told}");
    }
}
