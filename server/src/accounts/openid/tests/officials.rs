//! Officials: who is let in, how far, and until when.

use axum::http::StatusCode;
use serde_json::json;
use zhida_engine::payouts::Role;

use super::provider::Provider;
use super::{LABEL, knows, leads_to, said, service, set_out};
use crate::accounts::pages::tests::{
    BUREAU, Browser, NINE, code, goes_to, hidden, now, pass, people, prepared, signed_in,
    stepped_up,
};
use crate::accounts::settings::{HOUR, MINUTE};
use crate::accounts::{By, Identity, Linked};
use crate::web::testing::{Reply, Site};

const MAKER: (&str, &str, &str, Role) = ("jingban", "王经办", BUREAU, Role::Maker);
const SECURITY: (&str, &str, &str, Role) =
    ("anquan", "郑安全", BUREAU, Role::SecurityAdministrator);
const AUDIT: (&str, &str, &str, Role) = ("shenguan", "冯审管", BUREAU, Role::AuditAdministrator);

/// A site of a bureau with one service for officials, and a provider with its clock.
pub(super) async fn town(more: &str) -> (Site, Provider) {
    let mut places = crate::accounts::pages::places();
    places.extend(crate::administration::places());
    let site = Site::signed_in(NINE, places).await;
    people(&site, &[MAKER, SECURITY, AUDIT]).await;
    let provider = Provider::start().await;
    let more = format!("for = \"officials\"\nalgorithms = [\"ES256\"]\n{more}");
    let service = service(site.folder.path(), &provider.base(), "gov", &more);
    knows(&site, vec![service]).await;
    provider.script().now = now(&site).0 / 1_000_000;
    (site, provider)
}

pub(super) fn identity(provider: &Provider) -> Identity {
    Identity {
        issuer: provider.base(),
        subject: "u-1001".to_owned(),
    }
}

pub(super) async fn linked(site: &Site, provider: &Provider, account: &str) {
    let (accounts, identity) = (&site.server.accounts, identity(provider));
    let linked = accounts
        .link(By::Console, account, &identity, now(site))
        .await;
    assert_eq!(linked.unwrap(), Linked::Now);
}

/// Goes to the service and comes back; the browser and the reply.
pub(super) async fn round(site: &Site, provider: &Provider, next: &str) -> (Browser, Reply) {
    let mut browser = Browser::default();
    let address = set_out(site, &mut browser, "gov", next).await;
    let back = provider.signs_in(&address);
    let reply = browser.get(site, &back).await;
    (browser, reply)
}

/// Who made it and when, as the form of a page sends it.
pub(super) fn seen(page: &Reply) -> String {
    let field = |name| hidden(page, name).unwrap();
    format!("made_by={}&made_at={}", field("made_by"), field("made_at"))
}

pub(super) async fn is_sound(site: &Site) {
    let found = site.server.store.verify(None).await.unwrap();
    assert_eq!(found.fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_linked_is_told_his_number_and_two_administrators_let_him_in() {
    let (site, provider) = town("").await;
    let (browser, refused) = round(&site, &provider, "").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(
        refused
            .text
            .contains("还没有关联到本站账号,身份编号 u-1001"),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("两位管理员办理关联"));
    assert_eq!(browser.session(), None);
    // One asks, another agrees.
    let guard = prepared(&site, "anquan").await;
    let mut security = signed_in(&site, &guard).await;
    stepped_up(&site, &mut security, &guard).await;
    let page = security.get(&site, "/administration/identities").await;
    let base: String = url::form_urlencoded::byte_serialize(provider.base().as_bytes()).collect();
    let form = format!("account=jingban&issuer={base}&subject=u-1001");
    let path = "/administration/identities";
    let asked = security.post(&site, &page, path, &form).await;
    assert_eq!(goes_to(&asked), path);
    let (_, refused) = round(&site, &provider, "").await;
    assert_eq!(
        refused.status,
        StatusCode::UNAUTHORIZED,
        "what is asked for is not in force"
    );
    let agree = format!("{path}/agree");
    let alone = security.post(&site, &page, &agree, &form).await;
    assert_eq!(
        alone.status,
        StatusCode::FORBIDDEN,
        "not by the one who asked"
    );
    let auditor = prepared(&site, "shenguan").await;
    let mut audit = signed_in(&site, &auditor).await;
    stepped_up(&site, &mut audit, &auditor).await;
    let page = audit.get(&site, path).await;
    assert!(
        page.text.contains("u-1001") && page.text.contains(LABEL),
        "{}",
        page.text
    );
    // Only to what the page shows: a form without it is one of another wish.
    let blind = audit.post(&site, &page, &agree, &form).await;
    assert_eq!(blind.status, StatusCode::NOT_FOUND, "{}", blind.text);
    let form = format!("{form}&{}", seen(&page));
    let agreed = audit.post(&site, &page, &agree, &form).await;
    assert_eq!(goes_to(&agreed), path);
    provider.script().now = now(&site).0 / 1_000_000;
    let (browser, reply) = round(&site, &provider, "").await;
    assert_eq!(
        goes_to(&reply),
        "/sign-in/bind",
        "an official needs a second factor"
    );
    assert!(browser.session().is_some());
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_the_phone_is_asked_for_here_and_the_password_never() {
    let (site, provider) = town("").await;
    linked(&site, &provider, "jingban").await;
    let phone = prepared(&site, "jingban").await;
    let (mut browser, half) = round(&site, &provider, "/account").await;
    assert_eq!(goes_to(&half), "/sign-in/code?next=/account");
    assert_eq!(
        browser.get(&site, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    let before = browser.session().unwrap().to_owned();
    let page = browser.get(&site, "/sign-in/code?next=/account").await;
    let form = format!("code={}&next=/account", code(&site, &phone));
    let whole = browser.post(&site, &page, "/sign-in/code", &form).await;
    assert_eq!(goes_to(&whole), "/account");
    assert_ne!(browser.session().unwrap(), before, "another identifier");
    assert_eq!(browser.get(&site, "/account").await.status, StatusCode::OK);
    // The same limits as for a local sign-in.
    pass(&site, 31 * MINUTE);
    assert_eq!(
        browser.get(&site, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    // An old password is no matter of who came by the service.
    pass(&site, 100 * 24 * HOUR);
    provider.script().now = now(&site).0 / 1_000_000;
    let (mut browser, half) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&half), "/sign-in/code");
    let page = browser.get(&site, "/sign-in/code").await;
    let form = format!("code={}&next=", code(&site, &phone));
    let whole = browser.post(&site, &page, "/sign-in/code", &form).await;
    assert_eq!(goes_to(&whole), "/account");
    is_sound(&site).await;
}

const TWO: &str = "second_factor = { acr = [\"level2\"], amr = [\"hwk\"] }";

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_over_there_counts_where_the_settings_say_so() {
    for (more, claim, value, path) in [
        (TWO, "acr", json!("level2"), "/account"),
        (TWO, "amr", json!(["pwd", "hwk"]), "/account"),
        (TWO, "acr", json!("level1"), "/sign-in/code"),
        (TWO, "acr", json!(["level2"]), "/sign-in/code"),
        (TWO, "amr", json!(["level2"]), "/sign-in/code"),
        ("", "acr", json!("level2"), "/sign-in/code"),
    ] {
        let (site, provider) = town(more).await;
        linked(&site, &provider, "jingban").await;
        let _phone = prepared(&site, "jingban").await;
        provider.script().claims.insert(claim, value.clone());
        let (_, reply) = round(&site, &provider, "").await;
        assert_eq!(goes_to(&reply), path, "{more} {claim} {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_stand_in_the_books_whatever_a_token_says() {
    let (site, provider) = town(TWO).await;
    linked(&site, &provider, "jingban").await;
    {
        let mut script = provider.script();
        script.claims.insert("acr", json!("level2"));
        for name in ["roles", "role", "groups"] {
            script
                .claims
                .insert(name, json!(["security_administrator", "安全管理员"]));
        }
    }
    let (mut browser, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/account");
    let page = browser.get(&site, "/account").await;
    assert!(
        page.text.contains("经办") && !page.text.contains("安全管理员"),
        "{}",
        page.text
    );
    let denied = browser.get(&site, "/administration/users").await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_second_factor_over_there_counts_for_a_grave_step() {
    let (site, provider) = town(TWO).await;
    linked(&site, &provider, "anquan").await;
    provider.script().claims.insert("acr", json!("level2"));
    let (mut browser, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/account");
    let form = "account=jingban";
    let page = browser.get(&site, "/administration/users/jingban").await;
    let early = browser
        .post(&site, &page, "/administration/code", form)
        .await;
    assert_eq!(
        early.status,
        StatusCode::FORBIDDEN,
        "signing in is not yet a fresh code"
    );
    let page = browser
        .get(&site, "/step-up?next=/administration/users")
        .await;
    assert!(
        !page.text.contains("id=\"code\""),
        "there is no phone here: {}",
        page.text
    );
    let form = "service=gov&next=/administration/users";
    let leaving = browser.post(&site, &page, "/step-up/by", form).await;
    let address = leads_to(&leaving);
    assert_eq!(said(&address, "prompt").as_deref(), Some("login"));
    assert_eq!(said(&address, "max_age").as_deref(), Some("0"));
    assert_eq!(said(&address, "acr_values").as_deref(), Some("level2"));
    let before = browser.session().unwrap().to_owned();
    let done = browser.get(&site, &provider.signs_in(&address)).await;
    assert_eq!(goes_to(&done), "/administration/users");
    assert_ne!(browser.session().unwrap(), before, "another identifier");
    let page = browser.get(&site, "/administration/users/jingban").await;
    let issued = browser
        .post(&site, &page, "/administration/code", "account=jingban")
        .await;
    assert_eq!(issued.status, StatusCode::OK, "{}", issued.text);
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_sign_in_over_there_or_of_another_is_not_fresh() {
    let cases = [
        ("auth_time", json!(now_seconds() - 3600), "没有重新验证身份"),
        ("auth_time", json!(null), "没有重新验证身份"),
        ("acr", json!("level1"), "没有说明已验证第二因素"),
        ("sub", json!("u-2002"), "还没有关联到本站账号"),
        ("sub", json!("u-3003"), "关联的账号不能使用"),
    ];
    for (claim, value, why) in cases {
        let (site, provider) = town(TWO).await;
        linked(&site, &provider, "anquan").await;
        let other = Identity {
            issuer: provider.base(),
            subject: "u-3003".to_owned(),
        };
        let accounts = &site.server.accounts;
        accounts
            .link(By::Console, "jingban", &other, now(&site))
            .await
            .unwrap();
        provider.script().claims.insert("acr", json!("level2"));
        let (mut browser, _) = round(&site, &provider, "").await;
        let page = browser.get(&site, "/step-up").await;
        let form = "service=gov&next=/account";
        let leaving = browser.post(&site, &page, "/step-up/by", form).await;
        provider.script().claims.insert(claim, value);
        let reply = browser
            .get(&site, &provider.signs_in(&leads_to(&leaving)))
            .await;
        assert!(reply.text.contains(why), "{claim} {why}: {}", reply.text);
        let page = browser.get(&site, "/account").await;
        let form = "account=jingban";
        let denied = browser
            .post(&site, &page, "/administration/code", form)
            .await;
        assert_eq!(denied.status, StatusCode::FORBIDDEN, "{claim}");
    }
}

fn now_seconds() -> i64 {
    let at: jiff::Timestamp = NINE.parse().unwrap();
    at.as_second()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_taken_away_ends_what_came_by_it() {
    let (site, provider) = town(TWO).await;
    linked(&site, &provider, "jingban").await;
    let phone = prepared(&site, "jingban").await;
    let mut local = signed_in(&site, &phone).await;
    provider.script().claims.insert("acr", json!("level2"));
    let (mut browser, _) = round(&site, &provider, "").await;
    assert_eq!(browser.get(&site, "/account").await.status, StatusCode::OK);
    let identity = identity(&provider);
    let accounts = &site.server.accounts;
    accounts
        .unlink(By::Console, (None, &identity), now(&site))
        .await
        .unwrap();
    assert_eq!(
        browser.get(&site, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(local.get(&site, "/account").await.status, StatusCode::OK);
    let (_, refused) = round(&site, &provider, "").await;
    assert!(refused.text.contains("还没有关联到本站账号"));
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_here_leads_on_to_signing_out_there() {
    let (site, provider) = town(TWO).await;
    linked(&site, &provider, "jingban").await;
    provider.script().claims.insert("acr", json!("level2"));
    let (mut browser, _) = round(&site, &provider, "").await;
    let id = browser.session().unwrap().to_owned();
    let page = browser.get(&site, "/account").await;
    let out = browser.post(&site, &page, "/sign-out", "").await;
    let address = leads_to(&out);
    assert!(
        address
            .as_str()
            .starts_with(&format!("{}/end?", provider.base()))
    );
    let back = said(&address, "post_logout_redirect_uri");
    assert_eq!(back.as_deref(), Some("https://zhida.test/sign-in"));
    assert!(
        out.text.contains(LABEL) && !out.text.contains("/sign-out"),
        "{}",
        out.text
    );
    assert_eq!(browser.session(), None);
    assert!(site.server.accounts.session(&id, now(&site)).await.is_err());
    // A local session ends here, and nowhere else.
    let phone = prepared(&site, "jingban").await;
    let mut local = signed_in(&site, &phone).await;
    let page = local.get(&site, "/account").await;
    let out = local.post(&site, &page, "/sign-out", "").await;
    assert_eq!(goes_to(&out), "/sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_away_after_signing_in() {
    let (site, provider) = town(TWO).await;
    linked(&site, &provider, "jingban").await;
    provider.script().claims.insert("acr", json!("level2"));
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "evil",
    ] {
        let (_, reply) = round(&site, &provider, &next.replace('/', "%2F")).await;
        assert_eq!(goes_to(&reply), "/", "{next}");
    }
    let (_, reply) = round(&site, &provider, "/account?a=1").await;
    assert_eq!(goes_to(&reply), "/account?a=1");
}
