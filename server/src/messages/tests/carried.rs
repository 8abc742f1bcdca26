//! Deliveries: what the other side gets, and what happens when it does not take it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zhida_engine::payouts::Moment;

use super::on_both;
use super::sinks::{self, SECRET, channels, settings};
use super::told::enterprise;
use crate::messages::inbox::{self, Contact, Tongue};
use crate::messages::{
    ADDRESS, Courier, MAIL, MessageError, PolicyNews, Round, Templates, enqueue,
};
use crate::store::StoreError;
use crate::store::database::{Database, Transaction};
use crate::store::tests::support::Place;
use crate::store::tests::support::month;

on_both!(
    each_address_gets_it_once,
    what_is_not_taken_is_tried_again_and_then_given_up,
    what_is_refused_for_good_is_given_up_at_once,
    a_contact_that_is_gone_gets_nothing_more,
);

const HOUR: i64 = 3_600_000_000;

/// A contact of enterprise 1.
async fn contact(transaction: &mut Transaction, channel: &str, address: &str, tongue: Tongue) {
    let contact = Contact {
        channel: channel.to_owned(),
        address: address.to_owned(),
        tongue,
    };
    inbox::add_contact(transaction, &enterprise(1), &contact, 1)
        .await
        .unwrap();
}

/// Tells enterprise 1 of a policy.
pub(super) async fn tell(database: &Database, version: &str) -> Result<(), StoreError> {
    let templates = &Templates::parse(&[include_str!("../templates.toml")]).unwrap();
    let news = PolicyNews {
        version: version.to_owned(),
        title: "惠企若干措施\r\nBcc: everybody@example.com".to_owned(),
        issuer: "示例市人民政府".to_owned(),
        document: "示例〔2026〕2号".to_owned(),
        effective: "2026-04-01".to_owned(),
    };
    let message = &[news.special(&[month::uscc(1)], Moment(10))];
    database
        .write(|mut transaction| async move { enqueue(&mut transaction, templates, message).await })
        .await
}

async fn with_contacts(database: &Database, contacts: &[(&str, &str, Tongue)]) {
    let mut transaction = database.begin().await.unwrap();
    for (channel, address, tongue) in contacts {
        contact(&mut transaction, channel, address, *tongue).await;
    }
    transaction.commit().await.unwrap();
}

async fn states(database: &Database) -> Vec<(String, i64)> {
    let query = "SELECT state, tries FROM deliveries ORDER BY channel, address";
    let rows = database.fetch(query, &[]).await.unwrap();
    let state = |row: &crate::store::database::Row| {
        (
            row.text("state").unwrap().to_owned(),
            row.int("tries").unwrap(),
        )
    };
    rows.iter().map(state).collect()
}

async fn each_address_gets_it_once(place: &Place) {
    let database = place.open().await;
    let (mail, mails) = sinks::mail("250 good").await;
    let (web, requests) = sinks::web("202 Accepted").await;
    let mut settings = settings(place.folder.path(), Some(mail), Some(web));
    settings.tries_max = 5;
    let channels = channels(&settings);
    let own = format!("http://127.0.0.1:{}/own?a=b", web.port());
    channels.check(ADDRESS, &own).unwrap();
    with_contacts(
        &database,
        &[
            (MAIL, "office@example.com", Tongue::English),
            ("短信", "13800138000", Tongue::Chinese),
            (ADDRESS, &own, Tongue::Chinese),
        ],
    )
    .await;
    tell(&database, "a").await.unwrap();
    let courier = Courier::new(database.clone(), channels.clone(), 5);
    let all = Round {
        tried: 3,
        sent: 3,
        dead: 0,
    };
    assert_eq!(courier.round(1_767_225_600_000_000).await.unwrap(), all);
    assert_eq!(
        courier.round(1_767_225_600_000_000 + HOUR).await.unwrap(),
        Round::default()
    );
    let mails = mails.all();
    let [mail] = &mails[..] else {
        panic!("{} mails", mails.len())
    };
    for line in [
        "To: office@example.com\n",
        "Auto-Submitted: auto-generated\n",
        "Message-ID: <",
    ] {
        assert!(mail.contains(line), "{line} in {mail}");
    }
    // What was put in begins no line of its own.
    let (head, _) = mail.split_once("\n\n").unwrap();
    assert!(
        !head
            .lines()
            .any(|line| line.to_ascii_lowercase().starts_with("bcc")),
        "{mail}"
    );
    let requests = requests.all();
    assert_eq!(requests.len(), 2);
    let own_secret = channels.secret_of(&own).unwrap();
    for request in &requests {
        let secret = if request.starts_with("POST /send ") {
            SECRET
        } else {
            assert!(request.starts_with("POST /own?a=b "), "{request}");
            own_secret.as_str()
        };
        check_signature(request, secret);
    }
    // Both are for the same message and are two deliveries.
    let [first, second] = [0, 1].map(|place| field(&requests[place], "zhida-delivery"));
    assert_ne!(first, second);
    let query = "SELECT count(*) AS n FROM delivery_attempts WHERE outcome = 'sent'";
    assert_eq!(
        database.fetch(query, &[]).await.unwrap()[0]
            .int("n")
            .unwrap(),
        3
    );
}

fn field<'a>(request: &'a str, name: &str) -> &'a str {
    let mut lines = request.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.unwrap_or_else(|| panic!("{name} in {request}"))
}

/// As docs/messages.md tells receivers to do it.
fn check_signature(request: &str, secret: &str) {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let timestamp = field(request, "zhida-timestamp");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}.{body}").as_bytes());
    let expected: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(field(request, "zhida-signature"), format!("v1={expected}"));
    assert_eq!(timestamp, "1767225600");
    let told: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(told["id"], field(request, "zhida-delivery"));
    assert_eq!(told["kind"], "policy.special");
    assert_eq!(told["language"], "zh");
}

async fn what_is_not_taken_is_tried_again_and_then_given_up(place: &Place) {
    let database = place.open().await;
    let (mail, _) = sinks::mail("451 later").await;
    let (web, requests) = sinks::web("503 Busy").await;
    let settings = settings(place.folder.path(), Some(mail), Some(web));
    let contacts = [
        (MAIL, "office@example.com", Tongue::Chinese),
        ("短信", "13800138000", Tongue::Chinese),
        ("没有这种", "1", Tongue::Chinese),
    ];
    with_contacts(&database, &contacts).await;
    tell(&database, "a").await.unwrap();
    let courier = Courier::new(database.clone(), channels(&settings), settings.tries_max);
    for (number, now) in [(1, 10), (2, 10 + HOUR), (3, 10 + 2 * HOUR)] {
        let round = courier.round(now).await.unwrap();
        assert_eq!((round.tried, round.sent), (3, 0), "{number}");
        // Not before its time.
        let early = courier.round(now + 30_000_000).await.unwrap();
        assert_eq!(early.tried, 0);
    }
    assert_eq!(states(&database).await, vec![("dead".to_owned(), 3); 3]);
    assert_eq!(courier.round(10 + 99 * HOUR).await.unwrap().tried, 0);
    assert_eq!(requests.all().len(), 3);
    let first = requests.all();
    let id = field(&first[0], "zhida-delivery");
    assert!(
        first
            .iter()
            .all(|request| field(request, "zhida-delivery") == id)
    );
    let dead = inbox::dead_letters(&database, 10).await.unwrap();
    assert_eq!(dead.len(), 3);
    let told = |channel: &str| {
        let letter = dead
            .iter()
            .find(|letter| letter.channel == channel)
            .unwrap();
        letter.problem.clone().unwrap()
    };
    assert!(told(MAIL).contains("451"), "{}", told(MAIL));
    assert_eq!(told("短信"), "对方答复 503");
    assert!(told("没有这种").contains("没有配置"));
    // Once more, by hand.
    let letter = dead.iter().find(|letter| letter.channel == "短信").unwrap();
    let of = &(letter.message.as_str(), letter.holder.as_str(), "短信");
    let revived: Result<bool, StoreError> = database
        .write(|mut transaction| async move {
            inbox::revive(&mut transaction, *of, 10 + 100 * HOUR).await
        })
        .await;
    assert!(revived.unwrap());
    assert_eq!(courier.round(10 + 100 * HOUR).await.unwrap().tried, 1);
    let query = "SELECT count(*) AS n FROM delivery_attempts WHERE outcome = 'later'";
    assert_eq!(
        database.fetch(query, &[]).await.unwrap()[0]
            .int("n")
            .unwrap(),
        10
    );
}

async fn what_is_refused_for_good_is_given_up_at_once(place: &Place) {
    let database = place.open().await;
    let (mail, _) = sinks::mail("550 nobody here").await;
    let (web, _) = sinks::web("410 Gone").await;
    let settings = settings(place.folder.path(), Some(mail), Some(web));
    let contacts = [
        (MAIL, "office@example.com", Tongue::Chinese),
        ("短信", "13800138000", Tongue::Chinese),
        (ADDRESS, "https://127.0.0.1/metadata", Tongue::Chinese),
    ];
    with_contacts(&database, &contacts).await;
    tell(&database, "a").await.unwrap();
    let courier = Courier::new(database.clone(), channels(&settings), settings.tries_max);
    assert_eq!(courier.round(10).await.unwrap().dead, 3);
    assert_eq!(states(&database).await, vec![("dead".to_owned(), 1); 3]);
}

async fn a_contact_that_is_gone_gets_nothing_more(place: &Place) {
    let database = place.open().await;
    let (web, requests) = sinks::web("204 Good").await;
    let settings = settings(place.folder.path(), None, Some(web));
    with_contacts(&database, &[("短信", "13800138000", Tongue::Chinese)]).await;
    tell(&database, "a").await.unwrap();
    let removed: Result<bool, StoreError> = database
        .write(|mut transaction| async move {
            let contact = ("短信", "13800138000");
            inbox::remove_contact(&mut transaction, &enterprise(1), contact, 20).await
        })
        .await;
    assert!(removed.unwrap());
    tell(&database, "b").await.unwrap();
    let courier = Courier::new(database.clone(), channels(&settings), settings.tries_max);
    assert_eq!(courier.round(HOUR).await.unwrap().tried, 0);
    assert_eq!(requests.all().len(), 0);
    assert_eq!(
        inbox::contacts(&database, &enterprise(1)).await.unwrap(),
        vec![]
    );
    // The inbox has both all the same.
    assert_eq!(inbox::unread(&database, &enterprise(1)).await.unwrap(), 2);
}

#[test]
fn settings_that_cannot_work_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let short = folder.path().join("short");
    std::fs::write(&short, "short").unwrap();
    let webhook = |name: &str, url: &str, file: &std::path::Path| {
        format!(
            "[[webhook]]\nname = '{name}'\nurl = '{url}'\nsecret_file = '{}'\n\
             [outbound]\nhosts = ['hook.example.gov.cn']",
            file.display()
        )
    };
    let url = "https://hook.example.gov.cn/send";
    for (text, word) in [
        (webhook("mail", url, &secret), "已被占用"),
        (
            webhook("短信", "https://other.example.com/", &secret),
            "名单",
        ),
        (
            webhook("短信", "http://hook.example.gov.cn/", &secret),
            "https",
        ),
        (webhook("短信", url, &short), "16"),
        (
            "[mail]\nhost = 'mx.example.com'\ntls = 'none'\nfrom = 'a@example.com'".to_owned(),
            "mail.tls",
        ),
        (
            "[mail]\nhost = 'mx.example.com'\nuser = 'a'\nfrom = 'a@example.com'".to_owned(),
            "password_file",
        ),
        (
            "[mail]\nhost = 'mx.example.com'\nfrom = 'nobody'".to_owned(),
            "mail.from",
        ),
    ] {
        let settings = toml::from_str(&text).unwrap();
        let told = match crate::messages::Channels::new(&settings) {
            Ok(_) => panic!("{text}"),
            Err(error) => error.to_string(),
        };
        assert!(told.contains(word), "{text}: {told}");
    }
    let settings = toml::from_str(&webhook("短信", url, &secret)).unwrap();
    let channels = crate::messages::Channels::new(&settings).unwrap();
    assert_eq!(channels.names(), ["短信"]);
    for (channel, address) in [
        ("mail", "a@b.cn"),
        ("url", url),
        ("短信", ""),
        ("短信", "1 3"),
    ] {
        let refused = channels.check(channel, address);
        assert!(
            matches!(refused, Err(MessageError::Address(_))),
            "{channel} {address}"
        );
    }
    assert!(channels.check("短信", "+8613800138000").is_ok());
}

/// They run on threads of their own beside the requests.
#[test]
fn couriers_and_reminders_can_be_spawned() {
    fn spawned(_: impl Future + Send) {}
    #[expect(dead_code, reason = "that it compiles is the test")]
    fn check(courier: &Courier, store: &crate::store::Store) {
        spawned(courier.run(|| 0));
        spawned(crate::messages::reminders::remind(store, Moment(0)));
    }
}

#[test]
fn the_documented_settings_are_settings() {
    #[derive(serde::Deserialize)]
    struct File {
        messages: crate::messages::MessageSettings,
    }
    let text = include_str!("../../../../docs/messages.md");
    let (_, rest) = text.split_once("```toml\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    let file: File = toml::from_str(block).unwrap();
    let defaults = crate::messages::MessageSettings::default();
    assert_eq!(file.messages.tries_max, defaults.tries_max);
    let (shown, own) = (file.messages.outbound, defaults.outbound);
    assert_eq!(shown.timeout_seconds, own.timeout_seconds);
    assert_eq!(shown.private_hosts, own.private_hosts);
    // Every kind that there is stands in the table.
    for kind in crate::messages::Kind::ALL {
        let name = kind.name().rsplit('.').next().unwrap();
        assert!(text.contains(name), "{name}");
    }
}
