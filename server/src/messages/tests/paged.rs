//! The pages of messages: everybody sees his own and nobody else's.

use axum::Extension;
use axum::http::StatusCode;
use zhida_engine::payouts::Moment;

use super::carried::tell;
use super::sinks::{self, channels, settings};
use super::told::enterprise;
use crate::messages::inbox::{self, Contact, Tongue};
use crate::messages::{Courier, pages};
use crate::payouts::settings::BureauSettings;
use crate::store::tests::support::month;
use crate::web::testing::{Reply, Site};

const CLERK: &str = "系统管理员@示例市财政局";

fn who(number: usize) -> String {
    format!("企业@{}", month::uscc(number))
}

async fn site() -> Site {
    let bureau: BureauSettings =
        toml::from_str(include_str!("../../command/demo/bureau.toml")).unwrap();
    Site::new(
        "2026-07-01T09:00:00+08:00",
        vec![bureau],
        None,
        pages::places(),
    )
    .await
}

/// The value of a hidden field of the first form that has it.
fn hidden(reply: &Reply, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = reply
        .text
        .split_once(&mark)
        .unwrap_or_else(|| panic!("{}", reply.text));
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_is_read_and_belongs_to_one() {
    let site = site().await;
    let database = &site.server.store.database;
    tell(database, "a").await.unwrap();
    let page = site.get(&who(1), "/inbox").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("可能适用于贵单位的政策"),
        "{}",
        page.text
    );
    let key = hidden(&page, "key");
    let form = format!("key={}", key.replace(':', "%3A"));
    // Others see nothing of it, and cannot tell that it is there.
    let other = site.get(&who(2), "/inbox").await;
    assert!(other.text.contains("没有消息。"), "{}", other.text);
    for form in [form.as_str(), "key=none"] {
        let foreign = site.post(&who(2), "/inbox/read", form).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        site.get("", "/inbox").await.status,
        StatusCode::UNAUTHORIZED
    );
    let read = site.post(&who(1), "/inbox/read", &form).await;
    assert_eq!(read.status, StatusCode::SEE_OTHER);
    assert_eq!(inbox::unread(database, &enterprise(1)).await.unwrap(), 0);
    assert!(!site.get(&who(1), "/inbox").await.text.contains("标为已读"));
    for wrong in [
        "/inbox?after=x",
        "/inbox?limit=1000000000",
        "/inbox?limit=0",
    ] {
        assert_eq!(
            site.get(&who(1), wrong).await.status,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
    for number in 0..60 {
        tell(database, &format!("b{number:02}")).await.unwrap();
    }
    let first = site.get(&who(1), "/inbox").await;
    let (_, next) = first
        .text
        .split_once("rel=\"next\" href=\"")
        .expect("a second page");
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let second = site.get(&who(1), &next).await;
    assert_eq!(second.text.matches("<details").count(), 11, "{next}");
    assert!(!second.text.contains("rel=\"next\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_says_where_and_of_what_it_is_told() {
    let mut site = site().await;
    let folder = tempfile::tempdir().unwrap();
    let (sink, _) = sinks::web("204 Good").await;
    let none = site.get(&who(1), "/inbox/settings").await;
    assert!(
        none.text.contains("这里没有开通其他通知方式。"),
        "{}",
        none.text
    );
    let ways = channels(&settings(folder.path(), None, Some(sink)));
    site.router = site.router.layer(Extension(ways));
    let page = site.get(&who(1), "/inbox/settings").await;
    assert!(page.text.contains("自己的系统(网址)"), "{}", page.text);
    let topic = hidden(&page, "topic");
    for (state, count) in [("on", 1), ("on", 1), ("off", 0)] {
        let form = format!("topic={}&state={state}", escaped(&topic));
        let done = site.post(&who(1), "/inbox/topics", &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let topics = inbox::topics(&site.server.store.database, &enterprise(1)).await;
        assert_eq!(topics.unwrap().len(), count);
    }
    let unknown = site
        .post(&who(1), "/inbox/topics", "topic=other&state=on")
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    // Addresses that lead inside are refused where they are given.
    let wrong = site
        .post(
            &who(1),
            "/inbox/contacts",
            "channel=url&address=https%3A%2F%2F127.0.0.1%2F",
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("名单"), "{}", wrong.text);
    let form = format!("channel={}&address=13800138000", escaped("短信"));
    let added = site.post(&who(1), "/inbox/contacts", &form).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER);
    let gone = site.post(&who(2), "/inbox/contacts/remove", &form).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let page = site.get(&who(1), "/inbox/settings").await;
    assert!(page.text.contains("13800138000"), "{}", page.text);
    let removed = site.post(&who(1), "/inbox/contacts/remove", &form).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_it_sees_what_did_not_arrive_and_not_what_it_said() {
    let site = site().await;
    let database = &site.server.store.database;
    let folder = tempfile::tempdir().unwrap();
    let (sink, requests) = sinks::web("410 Gone").await;
    let contact = Contact {
        channel: "短信".to_owned(),
        address: "13800138000".to_owned(),
        tongue: Tongue::Chinese,
    };
    let mut transaction = database.begin().await.unwrap();
    inbox::add_contact(&mut transaction, &enterprise(1), &contact, 1)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    tell(database, "a").await.unwrap();
    let ways = channels(&settings(folder.path(), None, Some(sink)));
    let courier = Courier::new(database.clone(), ways, 3);
    courier.round(20).await.unwrap();
    for other in [
        who(1),
        "经办@示例市财政局".to_owned(),
        "安全管理员@示例市财政局".to_owned(),
    ] {
        let refused = site.get(&other, "/administration/deliveries").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{other}");
    }
    let page = site.get(CLERK, "/administration/deliveries").await;
    assert!(page.text.contains("对方答复 410"), "{}", page.text);
    assert!(page.text.contains("138…00"), "{}", page.text);
    assert!(!page.text.contains("13800138000") && !page.text.contains("惠企若干措施"));
    let form = format!(
        "message={}&holder={}&channel={}",
        escaped(&hidden(&page, "message")),
        escaped(&hidden(&page, "holder")),
        escaped("短信")
    );
    let again = site.post(CLERK, "/administration/deliveries", &form).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(inbox::waiting(database).await.unwrap(), 1);
    let at: Moment = site.server.clock.now();
    courier.round(at.0).await.unwrap();
    assert_eq!(requests.all().len(), 2);
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
