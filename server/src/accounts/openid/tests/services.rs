//! Services that are down, slow, endless, or say strange things of themselves; and settings.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::officials::{linked, round, town};
use super::provider::Manner;
use super::service;
use crate::accounts::openid::{Service, ServiceSettings};
use crate::accounts::pages::tests::{Browser, goes_to, pass};
use crate::accounts::settings::MINUTE;
use crate::failure::Failure;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_says_of_itself_is_not_believed_blindly() {
    let (site, provider) = town("").await;
    let evil = json!("https://evil.example/x");
    let cases: [(&str, Value, &str); 12] = [
        ("issuer", json!("https://evil.example"), "issuer 与配置不同"),
        ("issuer", json!(null), "缺少必要的项"),
        ("token_endpoint", evil.clone(), "不在配置的主机上"),
        ("jwks_uri", evil.clone(), "不在配置的主机上"),
        ("authorization_endpoint", evil.clone(), "不在配置的主机上"),
        ("userinfo_endpoint", evil.clone(), "不在配置的主机上"),
        ("end_session_endpoint", evil, "不在配置的主机上"),
        (
            "jwks_uri",
            json!("http://127.0.0.1:1/keys"),
            "不在配置的主机上",
        ),
        ("jwks_uri", json!("file:///etc/passwd"), "不在配置的主机上"),
        (
            "jwks_uri",
            json!("http://169.254.169.254/"),
            "不在配置的主机上",
        ),
        (
            "code_challenge_methods_supported",
            json!(["plain"]),
            "不支持 PKCE S256",
        ),
        (
            "token_endpoint_auth_methods_supported",
            json!(["private_key_jwt"]),
            "客户端密钥",
        ),
    ];
    for (name, value, why) in cases {
        pass(&site, MINUTE);
        provider.script().document.clear();
        provider.script().document.insert(name, value);
        let mut browser = Browser::default();
        let page = browser.get(&site, "/sign-in").await;
        let reply = browser
            .post(&site, &page, "/sign-in/by", "service=gov")
            .await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{name}");
        assert!(reply.text.contains(why), "{name}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_goes_where_the_service_wants_it() {
    let (site, provider) = town("").await;
    linked(&site, &provider, "jingban").await;
    let ways = json!(["client_secret_post"]);
    provider
        .script()
        .document
        .insert("token_endpoint_auth_methods_supported", ways);
    let (_, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/sign-in/bind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_answer_holds_nobody_up() {
    let cases = [
        (Manner::Slow, "超时"),
        (Manner::Endless, "回答太长"),
        (Manner::Elsewhere, "不是 JSON"),
        (Manner::Page, "不是 JSON"),
    ];
    for (manner, why) in cases {
        let (site, provider) = town("timeout_seconds = 1").await;
        provider.script().manner = manner;
        let began = Instant::now();
        let mut browser = Browser::default();
        let page = browser.get(&site, "/sign-in").await;
        for expected in [why, "刚才没有回答", "刚才没有回答"] {
            let reply = browser
                .post(&site, &page, "/sign-in/by", "service=gov")
                .await;
            assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
            assert!(reply.text.contains(expected), "{manner:?}: {}", reply.text);
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{manner:?}");
        // What was not asked is not kept: nobody fills the log while a service is down.
        let query = "SELECT kind FROM events WHERE kind = 'account.service_refused'";
        let kept = site.server.store.database.fetch(query, &[]).await.unwrap();
        assert_eq!(kept.len(), 1, "{manner:?}");
        // It is asked again after a while, and passwords were never out of use.
        provider.script().manner = Manner::Plain;
        pass(&site, MINUTE);
        let reply = browser
            .post(&site, &page, "/sign-in/by", "service=gov")
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{manner:?}");
        provider.script().manner = manner;
        provider.script().now += 60;
        let address = super::leads_to(&reply);
        let reply = browser.get(&site, &provider.signs_in(&address)).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{manner:?}");
    }
}

/// Names and settings that are wrong in one thing, and what the refusal names.
fn unsound(sound: &str) -> Vec<(&'static str, String, &'static str)> {
    let with = |line: &str| format!("{sound}{line}\n");
    vec![
        ("GOV", sound.to_owned(), "小写字母"),
        ("../x", sound.to_owned(), "小写字母"),
        ("gov", sound.replace("https://id", "http://id"), "issuer"),
        (
            "gov",
            sound.replace("https://id", "https://a:b@id"),
            "issuer",
        ),
        (
            "gov",
            sound.replace("https://zhida.example", "http://zhida.example"),
            "site",
        ),
        (
            "gov",
            sound.replace("https://zhida.example", "https://zhida.example/x"),
            "site",
        ),
        (
            "gov",
            sound.replace("\"officials\"", "\"enterprises\""),
            "enterprise_claim",
        ),
        (
            "gov",
            with("enterprise_claim = \"uscc\""),
            "enterprise_claim",
        ),
        ("gov", with("create_in = \"示例市财政局\""), "create_in"),
        ("gov", with("algorithms = []"), "algorithms"),
        ("gov", with("algorithms = [\"none\"]"), "unknown variant"),
        ("gov", with("algorithms = [\"HS256\"]"), "unknown variant"),
        ("gov", with("scopes = [\"profile\"]"), "openid"),
        ("gov", with("timeout_seconds = 3600"), "timeout_seconds"),
        ("gov", with("leeway_seconds = 86400"), "leeway_seconds"),
        ("gov", with("verify = false"), "unknown field"),
    ]
}

#[test]
fn settings_that_would_let_somebody_in_by_mistake_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let sound = "label = \"省统一身份认证\"\nfor = \"officials\"\n\
        issuer = \"https://id.example\"\nclient_id = \"zhida\"\nsecret_file = \"FILE\"\n\
        site = \"https://zhida.example\"\n";
    let file = folder.path().join("secret");
    std::fs::write(&file, "secret\n").unwrap();
    let sound = sound.replace("FILE", file.to_str().unwrap());
    let tried = |name: &str, text: &str| -> Result<(), String> {
        let settings: ServiceSettings = toml::from_str(text).map_err(|e| e.to_string())?;
        let made = Service::new(name, settings);
        made.map(drop)
            .map_err(|failure: Failure| format!("{failure:?}"))
    };
    tried("gov", &sound).unwrap();
    tried(
        "gov",
        &sound.replace("https://id.example", "http://localhost:8080/id"),
    )
    .unwrap();
    for (name, text, why) in unsound(&sound) {
        let refused = tried(name, &text).unwrap_err();
        assert!(refused.contains(why), "{why}: {refused}");
    }
    std::fs::write(&file, " \n").unwrap();
    assert!(tried("gov", &sound).unwrap_err().contains("是空的"));
    let shown = format!(
        "{:?}",
        service(
            folder.path(),
            "https://id.example",
            "a",
            "for = \"officials\""
        )
    );
    assert!(!shown.contains("s3cret"), "{shown}");
}
