//! The pages of the administrators, used by three different people.

use axum::http::StatusCode;
use zhida_engine::payouts::{Moment, Role};

use crate::accounts::pages::tests::{
    BUREAU, Browser, NINE, goes_to, hidden, people, prepared, signed_in, stepped_up,
};
use crate::accounts::{By, Identity};
use crate::web::testing::Site;

const PEOPLE: [(&str, &str, &str, Role); 5] = [
    ("xitong", "吴系统", BUREAU, Role::SystemAdministrator),
    ("anquan", "郑安全", BUREAU, Role::SecurityAdministrator),
    ("shenguan", "冯审管", BUREAU, Role::AuditAdministrator),
    ("jingban", "王经办", BUREAU, Role::Maker),
    ("keji", "孙科技", "示例市科技局", Role::Maker),
];

async fn site() -> Site {
    let mut places = super::places();
    places.extend(crate::accounts::pages::places());
    let site = Site::signed_in(NINE, places).await;
    people(&site, &PEOPLE).await;
    site
}

/// Somebody who has signed in and shown a fresh code.
async fn desk(site: &Site, account: &str) -> Browser {
    let prepared = prepared(site, account).await;
    let mut browser = signed_in(site, &prepared).await;
    stepped_up(site, &mut browser, &prepared).await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_asked_for_by_one_and_made_by_another() {
    let site = site().await;
    let mut first = desk(&site, "anquan").await;
    let page = first.get(&site, "/administration/users").await;
    assert!(
        page.text.contains("王经办") && !page.text.contains("孙科技"),
        "{}",
        page.text
    );
    let key = hidden(&page, "key").unwrap();
    let form = format!("key={key}&id=fuhe&person=%E6%9D%8E%E5%A4%8D%E6%A0%B8&role-1=1");
    let path = "/administration/propose";
    assert_eq!(
        goes_to(&first.post(&site, &page, path, &form).await),
        "/administration/users"
    );
    let page = first.get(&site, "/administration/users").await;
    assert!(page.text.contains("等候会签"), "{}", page.text);
    let change = hidden(&page, "change").unwrap();
    // The one who asked cannot sign.
    let form = format!("change={change}");
    let own = first
        .post(&site, &page, "/administration/sign", &form)
        .await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let mut second = desk(&site, "shenguan").await;
    let theirs = second.get(&site, "/administration/users").await;
    let signed = second
        .post(&site, &theirs, "/administration/sign", &form)
        .await;
    assert_eq!(goes_to(&signed), "/administration/users");
    let page = first.get(&site, "/administration/users").await;
    assert!(
        page.text.contains("李复核") && !page.text.contains("等候会签"),
        "{}",
        page.text
    );
    // Handed a code, stopped again.
    let issued = first
        .post(&site, &page, "/administration/code", "account=fuhe")
        .await;
    assert!(issued.text.contains("只显示这一次"), "{}", issued.text);
    let stop = "/administration/suspend";
    assert_eq!(
        goes_to(&first.post(&site, &page, stop, "account=fuhe").await),
        "/administration/users"
    );
    let page = first.get(&site, "/administration/users/fuhe").await;
    assert!(page.text.contains("已停用"), "{}", page.text);
    let log = second
        .get(&site, "/administration/security?account=fuhe")
        .await;
    assert!(
        log.text.contains("签发一次性代码") && log.text.contains("首次设置"),
        "{}",
        log.text
    );
    assert_eq!(site.server.store.verify(None).await.unwrap().fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_what_is_done_do_not_say_by_whom() {
    let site = site().await;
    let mut browser = desk(&site, "anquan").await;
    let page = browser.get(&site, "/administration/users").await;
    let key = hidden(&page, "key").unwrap();
    let form = format!("key={key}&id=fuhe&person=%E6%9D%8E%E5%A4%8D%E6%A0%B8&role-1=1");
    let root = site.server.accounts.key_root("anquan", &key).await;
    let root = root.unwrap();
    for _ in 0..2 {
        let path = "/administration/propose";
        let done = browser.post(&site, &page, path, &form).await;
        assert_eq!(goes_to(&done), "/administration/users");
    }
    let database = &site.server.store.database;
    let query = "SELECT key FROM replies ORDER BY key";
    let rows = database.fetch(query, &[]).await.unwrap();
    let keys = rows.iter().map(|row| row.text("key").unwrap().to_owned());
    let own: Vec<String> = keys.filter(|key| !key.starts_with("people/")).collect();
    assert_eq!(own.len(), 1, "done once: {own:?}");
    assert!(own[0].starts_with(&format!("{root}/")), "{own:?}");
    assert!(!root.contains("anquan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_shows_what_else_opens_the_account() {
    let site = site().await;
    let mut first = desk(&site, "anquan").await;
    let page = first.get(&site, "/administration/users/jingban").await;
    assert!(!page.text.contains("绑定动态码"), "no phone and no service");
    let second = desk(&site, "shenguan").await;
    let _phone = prepared(&site, "jingban").await;
    let session = first.session().unwrap().to_owned();
    let (accounts, now) = (&site.server.accounts, site.server.clock.now());
    let session = accounts.session(&session, now).await.unwrap();
    for account in ["jingban", "xitong"] {
        let identity = Identity {
            issuer: "https://id.example/a".to_owned(),
            subject: format!("u-{account}"),
        };
        let asked = accounts.link(By::Session(&session), account, &identity, now);
        asked.await.unwrap();
    }
    let mut second = second;
    let page = second.get(&site, "/administration/identities").await;
    let row = |account: &str| {
        let row = page.text.split("<tr>").find(|row| row.contains(account));
        let row = row.unwrap();
        (row.contains("已有密码"), row.contains("已绑定手机"))
    };
    assert_eq!(row("u-jingban"), (true, true));
    assert_eq!(row("u-xitong"), (false, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_another_bureau_are_not_there() {
    let site = site().await;
    let mut browser = desk(&site, "anquan").await;
    let page = browser.get(&site, "/administration/users").await;
    let mut told = Vec::new();
    for name in ["keji", "nobody"] {
        let seen = browser
            .get(&site, &format!("/administration/users/{name}"))
            .await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
        let form = format!("account={name}");
        let code = browser
            .post(&site, &page, "/administration/code", &form)
            .await;
        told.push((
            seen.text.replace(name, "…"),
            code.status,
            code.text.replace(name, "…"),
        ));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lists_come_a_page_at_a_time() {
    let site = site().await;
    let mut browser = desk(&site, "anquan").await;
    let first = browser.get(&site, "/administration/users?limit=2").await;
    let next = "/administration/users?after=jingban";
    assert!(first.text.contains(next), "{}", first.text);
    assert!(first.text.contains("郑安全") && !first.text.contains("冯审管"));
    let second = browser.get(&site, next).await;
    assert!(second.text.contains("冯审管") && second.text.contains("吴系统"));
    assert!(!second.text.contains("下一页") && second.text.contains("回第一页"));
    let wrong = browser.get(&site, "/administration/users?limit=0").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let accounts = &site.server.accounts;
    for number in 0..51 {
        let identity = Identity {
            issuer: "https://id.example/a".to_owned(),
            subject: format!("u-{number:02}"),
        };
        let account = if number == 50 { "keji" } else { "jingban" };
        let linked = accounts.link(By::Console, account, &identity, site.server.clock.now());
        linked.await.unwrap();
    }
    let page = browser.get(&site, "/administration/identities").await;
    assert!(!page.text.contains("下一页"), "fifty, and one of others");
    let more = Identity {
        issuer: "https://id.example/a".to_owned(),
        subject: "u-99".to_owned(),
    };
    let linked = accounts.link(By::Console, "jingban", &more, site.server.clock.now());
    linked.await.unwrap();
    let page = browser.get(&site, "/administration/identities").await;
    assert!(page.text.contains("u-49") && !page.text.contains("u-99"));
    let link = page
        .text
        .split("href=\"")
        .find(|rest| rest.contains("下一页"));
    let links = page
        .text
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next());
    let next = links
        .filter(|link| link.contains("?account="))
        .last()
        .unwrap();
    assert!(link.is_some());
    let last = browser
        .get(&site, &next.replace("&amp;", "&").replace("&#38;", "&"))
        .await;
    assert!(
        last.text.contains("u-99") && !last.text.contains("u-49"),
        "{}",
        last.text
    );
}

/// A bureau may have very many users: those that nobody uses come a page at a time, and the
/// security log names those of the bureau alone.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_nobody_uses_come_a_page_at_a_time() {
    let site = site().await;
    for account in ["jingban", "keji", "xitong"] {
        prepared(&site, account).await;
    }
    let now = site.server.clock.now();
    let days = 100 * 86_400_000_000;
    site.server
        .clock
        .set(Moment(now.0.checked_add(days).unwrap()));
    let mut browser = desk(&site, "anquan").await;
    let first = browser.get(&site, "/administration?limit=1").await;
    // Two of the bureau; the third has a bureau of his own.
    assert!(
        first.text.contains("<dd class=\"number\">2</dd>"),
        "{}",
        first.text
    );
    assert!(first.text.contains("王经办") && !first.text.contains("吴系统"));
    assert!(
        first.text.contains("/administration?after=jingban"),
        "{}",
        first.text
    );
    let second = browser.get(&site, "/administration?after=jingban").await;
    assert!(second.text.contains("吴系统") && !second.text.contains("王经办"));
    assert!(!second.text.contains("下一页") && second.text.contains("回第一页"));
    for page in [&first, &second] {
        assert!(!page.text.contains("孙科技"), "{}", page.text);
    }
    let log = browser.get(&site, "/administration/security").await;
    assert!(
        log.text.contains("jingban") && !log.text.contains("keji"),
        "{}",
        log.text
    );
    let wrong = browser.get(&site, "/administration?limit=0").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_administrator_has_his_own_part() {
    let site = site().await;
    for (account, allowed) in [
        ("xitong", [true, true, false, true]),
        ("anquan", [true, true, true, true]),
        ("shenguan", [true, true, true, true]),
        ("jingban", [false, false, false, false]),
    ] {
        let mut browser = desk(&site, account).await;
        let paths = [
            "/administration",
            "/administration/users",
            "/administration/security",
            "/administration/offices",
        ];
        for (path, is_allowed) in paths.into_iter().zip(allowed) {
            let status = browser.get(&site, path).await.status;
            let expected = if is_allowed {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(status, expected, "{account} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_is_set_by_the_system_administrator() {
    let site = site().await;
    let mut browser = desk(&site, "xitong").await;
    let page = browser.get(&site, "/administration/offices").await;
    assert!(page.text.contains("只看得到自己的单位"), "{}", page.text);
    let path = "/administration/offices";
    let bureau = "bureau=%E7%A4%BA%E4%BE%8B%E5%B8%82%E8%B4%A2%E6%94%BF%E5%B1%80";
    let form = format!("{bureau}&region=4206&department=%E8%B4%A2%E6%94%BF&is_finance=1");
    assert_eq!(
        goes_to(&browser.post(&site, &page, path, &form).await),
        path
    );
    let page = browser.get(&site, path).await;
    assert!(page.text.contains("襄阳市"), "{}", page.text);
    let form = format!("{bureau}&region=42x&department=%E8%B4%A2%E6%94%BF");
    let wrong = browser.post(&site, &page, path, &form).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}
