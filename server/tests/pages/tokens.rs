//! Each kind of token against each operation, over the wire: a token reaches what its scope and
//! its owner may, and nothing else; no page at all.

use std::collections::BTreeMap;

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use crate::month::files;
use crate::office::Office;

/// Accounts with the roles that they have, and the scopes of their tokens.
const OWNERS: [(&str, &str, &[&str]); 5] = [
    (
        "jingban",
        "经办",
        &["read", "data", "policies", "sweeps", "payouts", "admin"],
    ),
    ("zhifu2", "支付复核", &["read", "payouts"]),
    ("shencha", "审计", &["read", "payouts"]),
    ("xitong", "系统管理员", &["read", "admin", "payouts"]),
    ("qiye1", "企业", &["read", "payouts", "admin"]),
];

/// Pages, which are for people.
const PAGES: [&str; 6] = [
    "/account",
    "/inbox",
    "/console",
    "/console/batches",
    "/my/measures",
    "/administration",
];

/// One token.
struct Token {
    text: String,
    role: &'static str,
    scope: &'static str,
}

/// What a request should come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Admitted,
    Forbidden,
    NotSignedIn,
}

impl Verdict {
    fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::NotSignedIn,
            StatusCode::FORBIDDEN => Self::Forbidden,
            _ => Self::Admitted,
        }
    }
}

/// What the document says of an operation, for a token.
fn expected(operation: &Value, token: Option<&Token>) -> Verdict {
    let access = &operation["x-zhida-access"];
    if access == "public" {
        return Verdict::Admitted;
    }
    let Some(token) = token else {
        return Verdict::NotSignedIn;
    };
    let has_role = match access.as_array() {
        Some(roles) => roles.iter().any(|role| role == token.role),
        None => access == "signed-in" || token.role == "企业",
    };
    let is_whole = has_role
        && operation["x-zhida-token-scope"] == token.scope
        && operation["x-zhida-step-up"] == false;
    if is_whole {
        Verdict::Admitted
    } else {
        Verdict::Forbidden
    }
}

async fn ask(
    client: &Client,
    (method, address): (&Method, &str),
    token: Option<&str>,
) -> (StatusCode, String) {
    let mut request = client.request(method.clone(), address);
    if *method == Method::POST {
        request = request
            .header("content-type", "application/json")
            .body("{}");
    }
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let reply = request.send().await.unwrap();
    let status = reply.status();
    let text = if status.is_success() {
        String::new()
    } else {
        reply.text().await.unwrap()
    };
    (status, text)
}

/// The path of an operation with names that nobody has.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        if part.starts_with('{') {
            "nobody"
        } else {
            part
        }
    });
    parts.collect::<Vec<&str>>().join("/")
}

fn tokens(office: &Office, now: &str) -> Vec<Token> {
    let mut all = Vec::new();
    for (account, role, scopes) in OWNERS {
        for scope in scopes {
            let words = [
                "account", "token", account, "--title", "检验", "--scope", scope, "--now", now,
            ];
            let made = office.run(&words);
            let text = made[0]["token"].as_str().unwrap().to_owned();
            all.push(Token { text, role, scope });
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_reaches_what_its_scope_and_its_owner_may() {
    let now = "2026-07-01T08:30:00+08:00";
    let mut office = Office::new(None, &files(), now);
    let tokens = tokens(&office, now);
    office.open("2026-07-01T09:00:00+08:00");
    let client = crate::client();
    let document = client
        .get(office.address("/api/v1/openapi.json"))
        .send()
        .await
        .unwrap();
    let document: Value = serde_json::from_str(&document.text().await.unwrap()).unwrap();
    let mut steps = 0;
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            // A step of a payout is nothing that a token for reading may take.
            let is_step = method == Method::POST && path.starts_with("/api/v1/payouts/");
            let scope = &operation["x-zhida-token-scope"];
            assert!(
                !is_step || scope == "payouts" || scope == "admin",
                "{path}: {scope}"
            );
            steps += usize::from(is_step);
            let address = office.address(&filled(path));
            let asked = (&method, address.as_str());
            for token in &tokens {
                let (status, text) = ask(&client, asked, Some(&token.text)).await;
                let expected = expected(operation, Some(token));
                let (role, scope) = (token.role, token.scope);
                let told = format!("{role} {scope} {method} {path}: {status} {text}");
                assert_eq!(Verdict::of(status), expected, "{told}");
                assert!(!status.is_server_error(), "{told}");
                *verdicts.entry(scope).or_default() += usize::from(expected == Verdict::Admitted);
            }
            let beheaded = tokens[0].text.trim_start_matches("zhida_");
            for token in [None, Some("zhida_nobody"), Some(beheaded)] {
                let (status, text) = ask(&client, asked, token).await;
                assert_eq!(
                    Verdict::of(status),
                    self::expected(operation, None),
                    "{path} {text}"
                );
            }
        }
    }
    // A scope that admits to nothing of its own would make the comparison empty.
    assert!(
        verdicts["read"] > 100 && verdicts["payouts"] > 20,
        "{verdicts:?}"
    );
    assert!(steps > 30, "{steps} steps");
    for path in PAGES {
        for token in &tokens {
            let address = office.address(path);
            let (status, text) = ask(&client, (&Method::GET, &address), Some(&token.text)).await;
            assert_eq!(
                status,
                StatusCode::FORBIDDEN,
                "{} {path}: {text}",
                token.role
            );
        }
    }
}
