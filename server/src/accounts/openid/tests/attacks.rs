//! What must not let anybody in.

use axum::http::StatusCode;
use serde_json::json;

use super::officials::{is_sound, linked, round, town};
use super::provider::{Pair, Provider, Script, Signing};
use super::{knows, service, set_out};
use crate::accounts::pages::tests::{Browser, NINE, goes_to, now, pass, people};
use crate::accounts::settings::MINUTE;
use crate::web::testing::Site;

/// What the log says of services, as text.
async fn log(site: &Site) -> String {
    let query = "SELECT body FROM events WHERE kind LIKE 'account.service%' ORDER BY sequence";
    let rows = site.server.store.database.fetch(query, &[]).await.unwrap();
    let bodies = rows.iter().map(|row| row.blob("body").unwrap().to_vec());
    let bodies = bodies.map(|body| String::from_utf8(body).unwrap());
    bodies.collect::<Vec<_>>().join("\n")
}

type Lie = fn(&mut Script);
type Change = Box<dyn Fn(&str) -> String>;

/// Every way of a token to be wrong, one by one.
const LIES: [(&str, Lie, &str); 29] = [
    (
        "nonce of another",
        |s| s.say("nonce", json!("0".repeat(64))),
        "不属于这次登录",
    ),
    (
        "no nonce",
        |s| s.say("nonce", json!(null)),
        "不属于这次登录",
    ),
    (
        "for another",
        |s| s.say("aud", json!("other")),
        "不是签发给本站的",
    ),
    (
        "for another too",
        |s| s.say("aud", json!(["zhida", "other"])),
        "不是签发给本站的",
    ),
    (
        "for nobody",
        |s| s.say("aud", json!([])),
        "不是签发给本站的",
    ),
    (
        "for no text",
        |s| s.say("aud", json!([1])),
        "不是签发给本站的",
    ),
    (
        "no audience",
        |s| s.say("aud", json!(null)),
        "不是签发给本站的",
    ),
    (
        "asked by another",
        |s| s.say("azp", json!("other")),
        "不是签发给本站的",
    ),
    (
        "by another",
        |s| s.say("iss", json!("https://evil.example")),
        "不是这个身份服务签发的",
    ),
    (
        "nearly",
        |s| s.say("iss", json!(format!("{}/", s.base))),
        "不是这个身份服务签发的",
    ),
    ("expired", |s| s.say("exp", json!(s.now - 61)), "已过期"),
    (
        "time as text",
        |s| s.say("exp", json!(format!("{}", s.now + 60))),
        "没有写明时间",
    ),
    ("for ever", |s| s.say("exp", json!(null)), "没有写明时间"),
    (
        "never issued",
        |s| s.say("iat", json!(null)),
        "没有写明时间",
    ),
    (
        "of tomorrow",
        |s| s.say("iat", json!(s.now + 61)),
        "签发时间不对",
    ),
    (
        "of yesterday",
        |s| s.say("iat", json!(s.now - 86400)),
        "签发时间不对",
    ),
    ("not yet", |s| s.say("nbf", json!(s.now + 61)), "还没有生效"),
    ("nobody", |s| s.say("sub", json!("")), "没有身份编号"),
    ("a number", |s| s.say("sub", json!(1001)), "没有身份编号"),
    (
        "too long",
        |s| s.say("sub", json!("u".repeat(256))),
        "没有身份编号",
    ),
    (
        "another access token",
        |s| s.say("at_hash", json!("AAAA")),
        "不是一起签发的",
    ),
    (
        "not signed",
        |s| s.signing = Signing::Nothing,
        "签名算法不在允许之列",
    ),
    (
        "signed by the public key",
        |s| s.signing = Signing::PublicKeyAsSecret,
        "不在允许之列",
    ),
    (
        "signed by another key",
        |s| s.signing = Signing::AnotherKey,
        "签名不对",
    ),
    (
        "another algorithm",
        |s| drop(s.header.insert("alg", json!("ES384"))),
        "不在允许之列",
    ),
    (
        "a list of algorithms",
        |s| drop(s.header.insert("alg", json!(["ES256"]))),
        "不在允许之列",
    ),
    (
        "must be understood",
        |s| drop(s.header.insert("crit", json!(["b64"]))),
        "不认识的必要项",
    ),
    (
        "a key of its own",
        |s| drop(s.header.insert("kid", json!("mine"))),
        "签名不对",
    ),
    (
        "a key for something else",
        |s| {
            let mut key = json!({ "kty": "oct", "kid": "first", "k": "c2VjcmV0" });
            key["alg"] = json!("HS256");
            s.published = Some(vec![key]);
        },
        "签名不对",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_token_that_lies_lets_anybody_in() {
    let (site, provider) = town("").await;
    linked(&site, &provider, "jingban").await;
    for (name, lie, why) in LIES {
        // Keys are asked for again at most once a minute, and addresses have their limits.
        pass(&site, 61 * MINUTE);
        {
            let mut script = provider.script();
            script.now = now(&site).0 / 1_000_000;
            script.signing = Signing::Es256;
            script.published = None;
            script.claims.clear();
            script.header.clear();
            lie(&mut script);
        }
        let (browser, reply) = round(&site, &provider, "").await;
        assert_eq!(
            reply.status,
            StatusCode::UNAUTHORIZED,
            "{name}: {}",
            reply.text
        );
        assert!(reply.text.contains(why), "{name}: {}", reply.text);
        assert_eq!(browser.session(), None, "{name}");
        assert!(
            log(&site).await.lines().last().unwrap().contains(why),
            "{name}"
        );
    }
    // The same without a lie is let in: what was refused was refused for the lie.
    pass(&site, 61 * MINUTE);
    {
        let mut script = provider.script();
        script.now = now(&site).0 / 1_000_000;
        script.claims.clear();
        script.header.clear();
        script.published = None;
    }
    let (_, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/sign-in/bind");
    let log = log(&site).await;
    for secret in ["u-1001", "code0", "access", "eyJ"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_hold_to_the_second_within_the_leeway() {
    let (site, provider) = town("").await;
    linked(&site, &provider, "jingban").await;
    let cases: [(Lie, bool); 6] = [
        (|s| s.say("exp", json!(s.now - 59)), true),
        (|s| s.say("exp", json!(s.now - 60)), false),
        (|s| s.say("iat", json!(s.now + 60)), true),
        (|s| s.say("iat", json!(s.now - 960)), true),
        (|s| s.say("iat", json!(s.now - 961)), false),
        (|s| s.say("nbf", json!(s.now + 60)), true),
    ];
    for (place, (lie, is_let_in)) in cases.into_iter().enumerate() {
        {
            let mut script = provider.script();
            script.claims.clear();
            lie(&mut script);
        }
        let (_, reply) = round(&site, &provider, "").await;
        assert_eq!(reply.status == StatusCode::SEE_OTHER, is_let_in, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_good_once_and_for_its_browser_alone() {
    let (site, provider) = town("").await;
    linked(&site, &provider, "jingban").await;
    let mut browser = Browser::default();
    let address = set_out(&site, &mut browser, "gov", "").await;
    let back = provider.signs_in(&address);
    let is_refused = async |browser: &mut Browser, path: &str| {
        let reply = browser.get(&site, path).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(
            reply.text.contains("不是从这个浏览器开始的"),
            "{}",
            reply.text
        );
        assert_eq!(browser.session(), None);
    };
    // Sent to somebody who never went, and to somebody who went on his own.
    is_refused(&mut Browser::default(), &back).await;
    let mut other = Browser::default();
    let others = set_out(&site, &mut other, "gov", "").await;
    is_refused(&mut other, &back).await;
    // His own visit is not over by that.
    let done = other.get(&site, &provider.signs_in(&others)).await;
    assert_eq!(goes_to(&done), "/sign-in/bind");
    // Without a state, or with half of it.
    let code = back.split('&').next().unwrap().to_owned();
    let half = back.replace("&iss", "0&iss");
    for path in [
        code.clone(),
        format!("{code}&state="),
        half,
        "/sign-in/back/gov".to_owned(),
    ] {
        is_refused(&mut browser, &path).await;
    }
    let cookie = browser.cookies.get("__Host-zhida-visit").cloned().unwrap();
    let done = browser.get(&site, &back).await;
    assert_eq!(goes_to(&done), "/sign-in/bind");
    // The same again, with the same cookie.
    let mut again = Browser::default();
    again
        .cookies
        .insert("__Host-zhida-visit".to_owned(), cookie);
    is_refused(&mut again, &back).await;
    // Too late.
    let mut late = Browser::default();
    let address = set_out(&site, &mut late, "gov", "").await;
    let back = provider.signs_in(&address);
    pass(&site, 10 * MINUTE);
    is_refused(&mut late, &back).await;
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_somebody_else_is_worth_nothing() {
    let (site, provider) = town("").await;
    linked(&site, &provider, "jingban").await;
    let (mut victim, mut thief) = (Browser::default(), Browser::default());
    let of_victim = provider.signs_in(&set_out(&site, &mut victim, "gov", "").await);
    let of_thief = provider.signs_in(&set_out(&site, &mut thief, "gov", "").await);
    let code = of_victim.split(['?', '&']).nth(1).unwrap();
    let own = of_thief.split(['?', '&']).nth(1).unwrap();
    // His own state with a code that he has seen: PKCE binds it to the other visit.
    let reply = thief.get(&site, &of_thief.replace(own, code)).await;
    assert!(reply.text.contains("invalid_grant"), "{}", reply.text);
    assert_eq!(thief.session(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_is_who_was_asked() {
    let site = Site::signed_in(NINE, crate::accounts::pages::places()).await;
    people(&site, &[]).await;
    let (honest, evil) = (Provider::start().await, Provider::start().await);
    let more = "for = \"officials\"\nalgorithms = [\"ES256\"]";
    let make =
        |name, provider: &Provider| service(site.folder.path(), &provider.base(), name, more);
    let services = vec![make("gov", &honest), make("evil", &evil)];
    knows(&site, services).await;
    let other = evil.base();
    let cases: [(&str, Change); 4] = [
        (
            "another issuer",
            Box::new(|back: &str| back.replace("127.0.0.1", "127.0.0.2")),
        ),
        (
            "no issuer",
            Box::new(|back: &str| back.split("&iss").next().unwrap().to_owned()),
        ),
        (
            "another place",
            Box::new(|back: &str| back.replace("/back/gov", "/back/evil")),
        ),
        (
            "another's answer",
            Box::new(move |back: &str| {
                let issuer: String =
                    url::form_urlencoded::byte_serialize(other.as_bytes()).collect();
                format!("{}&iss={issuer}", back.split("&iss").next().unwrap())
            }),
        ),
    ];
    for (name, change) in cases {
        let mut browser = Browser::default();
        let back = honest.signs_in(&set_out(&site, &mut browser, "gov", "").await);
        let reply = browser.get(&site, &change(&back)).await;
        assert!(
            reply.text.contains("回答的不是所选的身份服务"),
            "{name}: {}",
            reply.text
        );
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        // No code was shown to anybody.
        for provider in [&honest, &evil] {
            assert!(!provider.script().asked.contains(&"token"), "{name}");
        }
    }
    let mut browser = Browser::default();
    let back = honest.signs_in(&set_out(&site, &mut browser, "gov", "").await);
    let back = back.replace("code=", "error=access_denied&code=");
    let reply = browser.get(&site, &back).await;
    assert!(
        reply.text.contains("没有完成登录(access_denied)"),
        "{}",
        reply.text
    );
    let mut browser = Browser::default();
    let back = honest.signs_in(&set_out(&site, &mut browser, "gov", "").await);
    let back = back.replace("code=", "error=%3Cscript%3E&code=");
    let reply = browser.get(&site, &back).await;
    assert!(
        reply.text.contains("没有完成登录(原因不明)"),
        "{}",
        reply.text
    );
    assert!(!reply.text.contains("script>alert"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_may_change_and_are_not_asked_for_by_whoever_likes() {
    let (site, provider) = town("").await;
    linked(&site, &provider, "jingban").await;
    let asked = |provider: &Provider| {
        let script = provider.script();
        let is = |name| script.asked.iter().filter(|asked| **asked == name).count();
        (is("document"), is("keys"))
    };
    let (_, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/sign-in/bind");
    assert_eq!(asked(&provider), (1, 1));
    // A new key, a minute later, is found at once.
    pass(&site, MINUTE);
    provider.script().key = Pair::new("second");
    provider.script().now += 60;
    let (_, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/sign-in/bind");
    assert_eq!(asked(&provider), (1, 2));
    // Names of keys that nobody has do not make us ask more often than that.
    for _ in 0..5 {
        provider.script().header.insert("kid", json!("nobody's"));
        let (_, reply) = round(&site, &provider, "").await;
        assert!(reply.text.contains("签名不对"));
    }
    assert_eq!(asked(&provider), (1, 2));
    provider.script().header.clear();
    let (_, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/sign-in/bind");
    assert_eq!(asked(&provider), (1, 2));
    // After an hour both are asked for again: a key that was withdrawn does not count any more.
    pass(&site, 60 * MINUTE);
    provider.script().now += 3600;
    provider.script().published = Some(Vec::new());
    let (_, reply) = round(&site, &provider, "").await;
    assert!(reply.text.contains("签名不对"), "{}", reply.text);
    assert_eq!(asked(&provider), (2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sets_out_again_and_again_is_asked_to_wait() {
    let (site, provider) = town("").await;
    let page = Browser::default().get(&site, "/sign-in").await;
    let mut refused = 0;
    for _ in 0..510 {
        let reply = Browser::default()
            .post(&site, &page, "/sign-in/by", "service=gov")
            .await;
        refused += usize::from(reply.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 10, "five hundred at once from one address");
    // And who comes back without having gone has failed, as with a password.
    let mut refused = 0;
    for _ in 0..60 {
        let reply = Browser::default()
            .get(&site, "/sign-in/back/gov?state=x&code=y")
            .await;
        refused += usize::from(reply.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 10, "fifty at once from one address");
    assert!(!provider.script().asked.contains(&"token"));
    let unknown = Browser::default().get(&site, "/sign-in/back/nobody").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
