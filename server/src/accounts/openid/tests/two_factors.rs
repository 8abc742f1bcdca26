//! Nobody comes to what is another's by one factor, by one administrator, or by an open browser.

use axum::http::StatusCode;
use serde_json::json;
use zhida_engine::payouts::{BureauId, Role};

use super::officials::{identity, is_sound, linked, round, seen, town};
use super::{knows, leads_to, service};
use crate::accounts::By;
use crate::accounts::pages::tests::{
    BUREAU, Browser, NINE, goes_to, now, people, prepared, signed_in, stepped_up,
};
use crate::accounts::totp::Seed;
use crate::web::testing::{Reply, Site};

const TWO: &str = "second_factor = { acr = [\"level2\"], amr = [\"hwk\"] }";

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_one_factor_over_there_binds_no_phone_here() {
    let (site, provider) = town(TWO).await;
    linked(&site, &provider, "jingban").await;
    // He took what the service is asked for out of its address: it saw the password alone.
    for value in [json!("level1"), json!(null)] {
        provider.script().claims.insert("acr", value);
        let (browser, refused) = round(&site, &provider, "").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(
            refused.text.contains("没有说明已验证第二因素"),
            "{}",
            refused.text
        );
        assert_eq!(browser.session(), None);
    }
    provider.script().claims.insert("acr", json!("level2"));
    let (_, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/account");
    is_sound(&site).await;
}

/// Binds the phone that the page shows.
async fn binds(site: &Site, browser: &mut Browser, page: &Reply) -> Reply {
    let shown = browser.post(site, page, "/sign-in/bind", "next=").await;
    let seed = shown.text.split("code-text\">").nth(1).unwrap();
    let seed = Seed::from_base32(seed.split('<').next().unwrap());
    let form = format!("code={}&next=", seed.code(now(site)));
    let path = "/sign-in/bind/code";
    browser.post(site, &shown, path, &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_phone_of_who_comes_by_a_service_takes_two_administrators() {
    // As the settings are where nothing is written: no word of the service stands for a phone.
    let (site, provider) = town("").await;
    linked(&site, &provider, "jingban").await;
    let (mut browser, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/sign-in/bind");
    let page = browser.get(&site, "/sign-in/bind").await;
    assert!(page.text.contains("须先输入一次性代码"), "{}", page.text);
    assert!(!page.text.contains("action=\"/sign-in/bind\""));
    for (path, form) in [
        ("/sign-in/bind", "next="),
        ("/sign-in/bind/code", "code=123456&next="),
    ] {
        let refused = browser.post(&site, &page, path, form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(
            refused.text.contains("须先输入一次性代码"),
            "{}",
            refused.text
        );
    }
    // One administrator makes the code; it counts when the other has agreed.
    let guard = prepared(&site, "anquan").await;
    let mut security = signed_in(&site, &guard).await;
    stepped_up(&site, &mut security, &guard).await;
    let theirs = security.get(&site, "/administration/users/jingban").await;
    assert!(theirs.text.contains("首次绑定动态码"), "{}", theirs.text);
    let path = "/administration/second-factor";
    let issued = security.post(&site, &theirs, path, "account=jingban").await;
    assert!(
        issued.text.contains("审计管理员同意以后"),
        "{}",
        issued.text
    );
    let one_time = issued.text.split("code-text\">").nth(1).unwrap();
    let form = format!("code={}&next=", one_time.split('<').next().unwrap());
    let alone = browser.post(&site, &page, "/sign-in/lost", &form).await;
    assert_eq!(alone.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(alone.text.contains("须先输入一次性代码"), "{}", alone.text);
    let auditor = prepared(&site, "shenguan").await;
    let mut audit = signed_in(&site, &auditor).await;
    stepped_up(&site, &mut audit, &auditor).await;
    let waits = audit.get(&site, "/administration").await;
    assert!(waits.text.contains("换绑动态码"), "{}", waits.text);
    let agree = format!("account=jingban&purpose=second_factor&{}", seen(&waits));
    let path = "/administration/agree";
    let agreed = audit.post(&site, &waits, path, &agree).await;
    assert_eq!(goes_to(&agreed), "/administration");
    let allowed = browser.post(&site, &page, "/sign-in/lost", &form).await;
    assert_eq!(goes_to(&allowed), "/sign-in/bind");
    // This browser may bind, and no other: the thief begins anew.
    provider.script().now = now(&site).0 / 1_000_000;
    let (mut thief, _) = round(&site, &provider, "").await;
    let open = thief.get(&site, "/sign-in/bind").await;
    let refused = thief.post(&site, &open, "/sign-in/bind", "next=").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.get(&site, "/sign-in/bind").await;
    let bound = binds(&site, &mut browser, &page).await;
    assert_eq!(bound.status, StatusCode::OK, "{}", bound.text);
    assert_eq!(browser.get(&site, "/account").await.status, StatusCode::OK);
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_beside_a_service_binds_no_phone_either() {
    for more in ["", TWO] {
        let (site, provider) = town(more).await;
        let accounts = &site.server.accounts;
        let set_up = async |browser: &mut Browser, new: &str| {
            let issued = accounts.issue(By::Console, "jingban", now(&site)).await;
            let page = browser.get(&site, "/set-up").await;
            let code = issued.unwrap().code;
            let form = format!("name=jingban&code={code}&new={new}&again={new}");
            let done = browser.post(&site, &page, "/set-up", &form).await;
            assert_eq!(goes_to(&done), "/sign-in/bind", "{more}");
        };
        let enter = async |password: &str| {
            let mut browser = Browser::default();
            let page = browser.get(&site, "/sign-in").await;
            let form = format!("name=jingban&password={password}");
            let half = browser.post(&site, &page, "/sign-in", &form).await;
            assert_eq!(goes_to(&half), "/sign-in/bind", "{more}");
            browser
        };
        let mut owner = Browser::default();
        set_up(&mut owner, "Tb7-mqvxRuoli").await;
        // Before there is a link, the password that he has chosen is enough to come back and bind.
        let mut back = enter("Tb7-mqvxRuoli").await;
        let page = back.get(&site, "/sign-in/bind").await;
        assert!(page.text.contains("生成新的二维码"), "{}", page.text);
        linked(&site, &provider, "jingban").await;
        let refused = back.post(&site, &page, "/sign-in/bind", "next=").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{more}");
        // Who shows a code that counts may bind at once.
        set_up(&mut owner, "Rq8-wexvTuomi").await;
        let page = owner.get(&site, "/sign-in/bind").await;
        let bound = binds(&site, &mut owner, &page).await;
        assert_eq!(bound.status, StatusCode::OK, "{more}: {}", bound.text);
        is_sound(&site).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_browser_that_stands_open_nobody_binds_his_phone() {
    let (site, provider) = town(TWO).await;
    linked(&site, &provider, "jingban").await;
    provider.script().claims.insert("acr", json!("level2"));
    let (mut browser, reply) = round(&site, &provider, "").await;
    assert_eq!(goes_to(&reply), "/account");
    let page = browser.get(&site, "/sign-in/bind").await;
    for (path, form) in [
        ("/sign-in/bind", "next="),
        ("/sign-in/bind/code", "code=123456&next="),
    ] {
        let refused = browser.post(&site, &page, path, form).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(refused.text.contains("/step-up"), "{}", refused.text);
    }
    // He shows over there once more that it is he; then it is his phone.
    let page = browser.get(&site, "/step-up").await;
    let form = "service=gov&next=/sign-in/bind";
    let leaving = browser.post(&site, &page, "/step-up/by", form).await;
    let back = provider.signs_in(&leads_to(&leaving));
    let done = browser.get(&site, &back).await;
    assert_eq!(goes_to(&done), "/sign-in/bind");
    let page = browser.get(&site, "/sign-in/bind").await;
    let bound = binds(&site, &mut browser, &page).await;
    assert_eq!(bound.status, StatusCode::OK, "{}", bound.text);
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_security_administrator_alone_does_not_become_the_maker() {
    let (site, provider) = town(TWO).await;
    linked(&site, &provider, "jingban").await;
    provider.script().claims.insert("acr", json!("level2"));
    let (mut maker, _) = round(&site, &provider, "").await;
    let guard = prepared(&site, "anquan").await;
    let mut security = signed_in(&site, &guard).await;
    stepped_up(&site, &mut security, &guard).await;
    let page = security.get(&site, "/administration/users/jingban").await;
    let form = "account=jingban";
    let issued = security
        .post(&site, &page, "/administration/code", form)
        .await;
    assert!(
        issued.text.contains("审计管理员同意以后"),
        "{}",
        issued.text
    );
    let one_time = issued.text.split("code-text\">").nth(1).unwrap();
    let one_time = one_time.split('<').next().unwrap();
    let mut thief = Browser::default();
    let page = thief.get(&site, "/set-up").await;
    let words = "new=Tb7-mqvxRuoli&again=Tb7-mqvxRuoli";
    let form = format!("name=jingban&code={one_time}&{words}");
    let refused = thief.post(&site, &page, "/set-up", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(thief.session(), None);
    assert_eq!(maker.get(&site, "/account").await.status, StatusCode::OK);
    // The audit administrator asks the maker first, and agrees.
    let auditor = prepared(&site, "shenguan").await;
    let mut audit = signed_in(&site, &auditor).await;
    stepped_up(&site, &mut audit, &auditor).await;
    let page = audit.get(&site, "/administration").await;
    assert!(page.text.contains("首次设置"), "{}", page.text);
    let agree = "/administration/agree";
    let odd = audit
        .post(&site, &page, agree, "account=jingban&purpose=x")
        .await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    let form_of_page = format!("account=jingban&purpose=set_up&{}", seen(&page));
    let agreed = audit.post(&site, &page, agree, &form_of_page).await;
    assert_eq!(goes_to(&agreed), "/administration");
    let page = maker.get(&site, "/set-up").await;
    let done = maker.post(&site, &page, "/set-up", &form).await;
    assert_eq!(goes_to(&done), "/sign-in/bind");
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_on_the_way_locks_nobody_out() {
    let (site, provider) = town("").await;
    linked(&site, &provider, "jingban").await;
    let phone = prepared(&site, "jingban").await;
    for _ in 0..60 {
        let mut browser = Browser::default();
        super::set_out(&site, &mut browser, "gov", "").await;
    }
    // The others of the same address sign in as ever.
    let mut browser = signed_in(&site, &phone).await;
    assert_eq!(browser.get(&site, "/account").await.status, StatusCode::OK);
    // Coming back badly is a failure, and counts.
    for _ in 0..50 {
        let mut browser = Browser::default();
        let address = super::set_out(&site, &mut browser, "gov", "").await;
        let back = provider.signs_in(&address).replace("code=", "code=x");
        let refused = browser.get(&site, &back).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    let page = Browser::default().get(&site, "/sign-in").await;
    let late = Browser::default()
        .post(&site, &page, "/sign-in/by", "service=gov")
        .await;
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_who_is_not_linked_is_told_to_him_and_not_written_out() {
    let (site, provider) = town("").await;
    let number = "420601199001011234";
    provider.script().claims.insert("sub", json!(number));
    for _ in 0..2 {
        let (_, refused) = round(&site, &provider, "").await;
        assert!(refused.text.contains(number), "he has to tell it");
    }
    let query = "SELECT body FROM events WHERE kind = 'account.service_refused'";
    let rows = site.server.store.database.fetch(query, &[]).await.unwrap();
    let bodies = rows.iter().map(|row| row.blob("body").unwrap().to_vec());
    let kept: Vec<String> = bodies
        .map(|body| String::from_utf8(body).unwrap())
        .collect();
    assert_eq!(kept.len(), 2);
    assert!(
        kept[0].contains("…1234") && !kept[0].contains("0101"),
        "{}",
        kept[0]
    );
    assert_eq!(kept[0], kept[1], "the same mark for the same number");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_made_for_a_bureau_that_is_there() {
    for (create_in, is_sound) in [(BUREAU, true), ("示例市财政厅", false)] {
        let site = Site::signed_in(NINE, crate::accounts::pages::places()).await;
        people(
            &site,
            &[("anquan", "郑安全", BUREAU, Role::SecurityAdministrator)],
        )
        .await;
        let more = format!(
            "for = \"enterprises\"\nenterprise_claim = \"uscc\"\ncreate_in = \"{create_in}\""
        );
        let made = service(site.folder.path(), "https://id.example", "corp", &more);
        knows(&site, vec![made]).await;
        let accounts = &site.server.accounts;
        let checked = accounts.check_services(&[]).await;
        assert_eq!(checked.is_ok(), is_sound, "{create_in}");
        // Or one whose settings are there, and whose people come later.
        let named = [BureauId::new(create_in)];
        accounts.check_services(&named).await.unwrap();
        if let Err(failure) = checked {
            let told = format!("{failure:?}");
            assert!(told.contains("corp") && told.contains(create_in), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_account_nothing_is_taken_away() {
    let (site, provider) = town(TWO).await;
    linked(&site, &provider, "jingban").await;
    let guard = prepared(&site, "anquan").await;
    let mut security = signed_in(&site, &guard).await;
    stepped_up(&site, &mut security, &guard).await;
    let path = "/administration/identities";
    let page = security.get(&site, path).await;
    let identity = identity(&provider);
    let issuer: String = url::form_urlencoded::byte_serialize(identity.issuer.as_bytes()).collect();
    let unlink = format!("{path}/unlink");
    let form = |account: &str| format!("account={account}&issuer={issuer}&subject=u-1001");
    let refused = security.post(&site, &page, &unlink, &form("%20")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(site.server.accounts.links(None).await.unwrap().len(), 1);
    let done = security.post(&site, &page, &unlink, &form("jingban")).await;
    assert_eq!(goes_to(&done), path);
}
