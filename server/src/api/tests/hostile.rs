//! Requests that are meant to break something: JSON that is a trap, texts that are commands of
//! other languages, names that are paths.

use axum::http::{Method, StatusCode};
use serde_json::json;
use zhida_engine::payouts::Role;

use super::client::{Client, filled};
use super::town::{Town, encoded, who};

/// Texts that would do something elsewhere.
const TEXTS: [&str; 22] = [
    "' OR '1'='1",
    "'; DROP TABLE payouts; --",
    "\" OR \"\"=\"",
    "1) UNION SELECT body FROM users --",
    "%' AND 1=1 --",
    "a'||(SELECT 1)||'",
    "\\'; SELECT pg_sleep(5); --",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "/etc/passwd",
    "file:///etc/passwd",
    "--data=/tmp/zhida-never-made",
    "-o/tmp/zhida-never-made",
    "@/tmp/zhida-never-made",
    "$(touch /tmp/zhida-never-made)",
    "`id`",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "=1+1",
    "\u{202e}\u{feff}\u{0}x",
    "%00",
    "𝕊𝓆𝓁\u{300}",
];

/// What a fault must never tell.
const TOLD: [&str; 10] = [
    "SELECT",
    "INSERT",
    "sqlite",
    "postgres",
    "syntax error",
    "panicked",
    "/tmp/",
    ".rs:",
    "no such column",
    "src/",
];

fn assert_quiet(text: &str, asked: &str) {
    for told in TOLD {
        // What was sent may come back; what was not must not.
        let is_own = TEXTS.iter().any(|sent| {
            let written = json!(sent).to_string();
            sent.contains(told) && text.contains(written.trim_matches('"'))
        });
        assert!(is_own || !text.contains(told), "{asked}: {told} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_other_languages_are_texts() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    let size = town.log_size().await;
    let auditor = who(Role::Auditor, &town.own);
    let mut asked = 0;
    for described in client.operations() {
        if described.method != Method::GET {
            continue;
        }
        let parameters = described.operation["parameters"]
            .as_array()
            .unwrap()
            .clone();
        for parameter in &parameters {
            let name = parameter["name"].as_str().unwrap();
            for text in TEXTS {
                let mut path = described.path.clone();
                match parameter["in"].as_str() {
                    Some("path") => {
                        path = path.replace(&format!("{{{name}}}"), &encoded(text));
                        for other in &parameters {
                            let other = other["name"].as_str().unwrap();
                            path = path.replace(&format!("{{{other}}}"), "x");
                        }
                    }
                    Some("query") if !path.contains('{') => {
                        path = format!("{path}?{name}={}", encoded(text));
                    }
                    _ => continue,
                }
                let got = town.get(&auditor, &path).await;
                assert!(!got.status.is_server_error(), "{path}: {got:?}");
                assert_quiet(&got.text, &path);
                asked += 1;
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
    for name in ["sort", "order", "filter", "fields", "payouts"] {
        let got = town
            .get(&auditor, &format!("/api/v1/payouts?{name}=id"))
            .await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{name}");
    }
    assert_eq!(town.log_size().await, size);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_other_languages_in_bodies_are_texts() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    for described in client.operations() {
        let Some(schema) = client.body_schema(&described.path) else {
            continue;
        };
        if described.method != Method::POST || described.path.contains('{') {
            continue;
        }
        let fields = schema["properties"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        for name in fields.keys() {
            for text in TEXTS {
                let body = filled(&client, &schema, &town.own, (name, &json!(text)));
                for role in [Role::Maker, Role::SecurityAdministrator, Role::Enterprise] {
                    let visitor = who(role, &town.own);
                    let got = town.post(&visitor, &described.path, &body).await;
                    let asked = format!("{visitor} {} {body}", described.path);
                    assert!(!got.status.is_server_error(), "{asked}: {got:?}");
                    if got.status.is_client_error() {
                        assert_quiet(&got.text, &asked);
                    }
                }
            }
        }
    }
    let found = town.site.server.store.verify(None).await.unwrap();
    assert_eq!(found.fault, None);
    assert!(!std::path::Path::new("/tmp/zhida-never-made").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_a_trap_is_a_bad_request_everywhere() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    let size = town.log_size().await;
    let deep = format!("{{\"which\":{}", "[".repeat(100_000));
    let wide: String = (0..60_000).map(|place| format!("\"{place}\":1,")).collect();
    let wide = format!("{{{wide}\"z\":1}}");
    let traps = [
        "".to_owned(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "{}{}".to_owned(),
        "{\"which\":{\"all\":true},\"which\":{\"all\":true}}".to_owned(),
        "{\"which\":{\"all\":true,\"all\":false}}".to_owned(),
        "{\"\\ud800\":1}".to_owned(),
        "{\"which\":1e999}".to_owned(),
        format!("{{\"count\":{}}}", "9".repeat(10_000)),
        "{\"unknown\":1}".to_owned(),
        deep,
        wide,
    ];
    for described in client.operations() {
        if described.method != Method::POST || client.body_schema(&described.path).is_none() {
            continue;
        }
        let path = described.path.replace(['{', '}'], "");
        let access = described.operation["x-zhida-access"].clone();
        let role = match access.as_array() {
            Some(roles) => {
                let name = roles[0].as_str().unwrap();
                let role = Role::ALL.into_iter().find(|role| role.chinese() == name);
                who(role.unwrap(), &town.own)
            }
            None => String::new(),
        };
        for trap in &traps {
            let got = town
                .post_with(&role, &path, &[], trap.clone().into_bytes())
                .await;
            let begin: String = trap.chars().take(40).collect();
            let is_refused = got.status == StatusCode::BAD_REQUEST
                || got.status == StatusCode::PAYLOAD_TOO_LARGE;
            assert!(is_refused, "{path} {begin}: {got:?}");
            assert!(got.text.len() < 2_000, "{path} {begin}");
            assert_eq!(got.kind, "application/problem+json");
        }
        let body = Some(("text/plain", b"{}".to_vec()));
        let token = [("x-csrf-token", crate::web::testing::CSRF)];
        let got = town.send(Method::POST, &role, &path, &token, body).await;
        assert_eq!(got.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        let large = vec![b' '; 15 * 1024 * 1024];
        let got = town.post_with(&role, &path, &[], large).await;
        assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    assert_eq!(town.log_size().await, size);
}
