//! What is told to whom, in the transaction of its cause.

use std::collections::BTreeSet;

use zhida_engine::payouts::{
    Action, Actor, Command, Digest, Moment, MotionId, Order, Publication, Role, Thing, UserId,
};

use super::on_both;
use crate::messages::inbox::{self, After, Tongue};
use crate::messages::{
    Holder, NewMessage, PolicyNews, Templates, enqueue, enqueue_for, follow_job, tell_job,
};
use crate::publishing;
use crate::store::database::Database;
use crate::store::jobs::{self, Claim, NewJob};
use crate::store::tests::support::Place;
use crate::store::tests::support::month::{self, Script};
use crate::store::{Answered, Listing, Request, Store, StoreError, Within};

on_both!(
    a_month_tells_each_step_once,
    what_is_undone_is_not_told,
    topics_reach_subscribers_and_special_ones_those_named,
    so_many_are_told_in_parts_and_each_once,
    proposals_are_listed_the_latest_first,
    an_inbox_is_read_by_its_holder,
    jobs_tell_who_asked_how_they_ended,
);

/// A store with the month of its tests done.
pub(super) async fn store(place: &Place, script: Script) -> Store {
    let folder = place.folder.path().join("data");
    let address = Some(&place.address);
    let store = Store::create(&folder, address, "zhida/test").await.unwrap();
    submit(&store, script).await;
    store
}

pub(super) async fn submit(store: &Store, script: Script) {
    let requests: Vec<Request> = script
        .orders
        .into_iter()
        .map(|(key, order)| Request { key, order })
        .collect();
    for group in requests.chunks(37) {
        store.submit(group).await.unwrap();
    }
}

pub(super) fn enterprise(number: usize) -> Holder {
    Holder::Enterprise(month::uscc(number))
}

async fn kinds(database: &Database, number: usize) -> Vec<String> {
    let items = inbox::list(database, &enterprise(number), Tongue::Chinese, None, 100).await;
    items
        .unwrap()
        .into_iter()
        .rev()
        .map(|item| item.kind)
        .collect()
}

/// Six enterprises: the first is paid, returned and paid again; the second has its account changed
/// and is refused by the bank; the fourth is claimed back; the last never confirms.
async fn a_month_tells_each_step_once(place: &Place) {
    let store = store(place, Script::month(6)).await;
    let database = &store.database;
    let begun = ["payout.notice", "payout.confirm"];
    for (number, then) in [
        (0, vec!["payout.paid", "payout.returned", "payout.paid"]),
        (1, vec!["payout.confirm", "payout.rejected"]),
        (2, vec!["payout.paid"]),
        (3, vec!["payout.paid", "payout.clawback"]),
        (4, vec!["payout.paid"]),
        (5, vec!["payout.reminder"]),
    ] {
        assert_eq!(
            kinds(database, number).await,
            [&begun[..], &then].concat(),
            "{number}"
        );
    }
    // Keys that are used again do nothing, and tell nothing.
    submit(&store, Script::month(6)).await;
    assert_eq!(kinds(database, 0).await.len(), 5);
    let items = inbox::list(database, &enterprise(0), Tongue::Chinese, None, 100)
        .await
        .unwrap();
    let paid = &items[0];
    assert_eq!(paid.subject, "已到账:示例奖励 100.00 元");
    assert!(paid.body.contains("示例0有限公司"), "{}", paid.body);
    assert_eq!(paid.about, Some(month::payout(0).to_string()));
    let returned = &items[1];
    assert_eq!(returned.subject, "款项被退回:示例奖励 100.00 元");
    let english = inbox::list(database, &enterprise(5), Tongue::English, None, 1)
        .await
        .unwrap();
    assert_eq!(
        english[0].subject,
        "Reminder 1 of 1: please confirm your account, 示例奖励, 100.35 yuan"
    );
    // No account number is told to anybody.
    let query = "SELECT count(*) AS n FROM messages \
         WHERE body_zh LIKE '%350000000%' OR body_zh LIKE '%360000000%'";
    assert_eq!(
        database.fetch(query, &[]).await.unwrap()[0]
            .int("n")
            .unwrap(),
        0
    );
}

fn news(version: &str) -> PolicyNews {
    PolicyNews {
        version: version.to_owned(),
        title: "惠企若干措施".to_owned(),
        issuer: "示例市人民政府".to_owned(),
        document: "示例〔2026〕2号".to_owned(),
        effective: "2026-04-01".to_owned(),
    }
}

async fn tell(database: &Database, messages: &[NewMessage]) {
    let templates = &Templates::parse(&[include_str!("../templates.toml")]).unwrap();
    let told: Result<(), StoreError> = database
        .write(
            |mut transaction| async move { enqueue(&mut transaction, templates, messages).await },
        )
        .await;
    told.unwrap();
}

async fn what_is_undone_is_not_told(place: &Place) {
    let database = place.open().await;
    let templates = &Templates::parse(&[include_str!("../templates.toml")]).unwrap();
    let message = &[news("a").special(&[month::uscc(1)], Moment(5))];
    let undone: Result<(), StoreError> = database
        .write(|mut transaction| async move {
            enqueue(&mut transaction, templates, message).await?;
            Err(StoreError::Full)
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(inbox::unread(&database, &enterprise(1)).await.unwrap(), 0);
    tell(&database, message).await;
    assert_eq!(inbox::unread(&database, &enterprise(1)).await.unwrap(), 1);
}

/// Parts of a message, some of them again after a stop: everybody has it once, at each address.
async fn so_many_are_told_in_parts_and_each_once(place: &Place) {
    let database = place.open().await;
    let added: Result<(), StoreError> = database
        .write(|mut transaction| async move {
            for number in [1, 3] {
                let contact = inbox::Contact {
                    channel: "短信".to_owned(),
                    address: "13800138000".to_owned(),
                    tongue: Tongue::Chinese,
                };
                inbox::add_contact(&mut transaction, &enterprise(number), &contact, 1).await?;
            }
            Ok(())
        })
        .await;
    added.unwrap();
    let message = &news("a").special(&[], Moment(5));
    let templates = &Templates::parse(&[include_str!("../templates.toml")]).unwrap();
    for part in [&[1, 2][..], &[2, 1], &[3, 3], &[]] {
        let part = &part
            .iter()
            .copied()
            .map(enterprise)
            .collect::<Vec<Holder>>();
        let told: Result<(), StoreError> = database
            .write(|mut transaction| async move {
                enqueue_for(&mut transaction, templates, message, part).await
            })
            .await;
        told.unwrap();
    }
    for (number, expected) in [(1, 1), (2, 1), (3, 1), (4, 0)] {
        let unread = inbox::unread(&database, &enterprise(number)).await.unwrap();
        assert_eq!(unread, expected, "{number}");
    }
    assert_eq!(inbox::waiting(&database).await.unwrap(), 2);
}

async fn proposals_are_listed_the_latest_first(place: &Place) {
    let store = store(place, Script::month(1)).await;
    let maker = store.list(Listing::Users).await.unwrap();
    let maker = maker.into_iter().find_map(|thing| {
        let Thing::User(user) = thing else {
            return None;
        };
        (user.is_active && user.roles.contains(&Role::Maker)).then_some(user)
    });
    let maker = maker.unwrap();
    let propose = |number: i64, policy: &str| {
        let publication = Publication {
            bureau: maker.bureau.clone(),
            policy: policy.to_owned(),
            title: policy.to_owned(),
            base: None,
            text: Some(Digest::of(policy.as_bytes())),
            from: None,
            reason: "修订".to_owned(),
            authors: BTreeSet::new(),
            replaces: BTreeSet::new(),
        };
        Request {
            key: format!("propose {number}"),
            order: Order {
                actor: Actor::User(maker.id.clone()),
                at: Moment(1_800_000_000_000_000 + number),
                command: Command::OpenMotion {
                    motion: MotionId::new(format!("M{}", 9 - number)),
                    action: Box::new(Action::PublishPolicy(Box::new(publication))),
                },
            },
        }
    };
    let orders = [propose(1, "a"), propose(2, "b"), propose(3, "a")];
    for answer in store.submit(&orders).await.unwrap() {
        assert!(matches!(answer, Answered::Done { .. }), "{answer:?}");
    }
    let own = Within::Bureaus([maker.bureau.clone()].into());
    let names = |found: Vec<publishing::Proposal>| -> Vec<String> {
        found.iter().map(|one| one.motion.id.to_string()).collect()
    };
    for within in [Within::All, own] {
        let open = publishing::open_proposals(&store, &within, None, 2).await;
        assert_eq!(names(open.unwrap()), ["M6", "M7"]);
        let of_one = publishing::open_proposals(&store, &within, Some("a"), 9).await;
        assert_eq!(names(of_one.unwrap()), ["M6", "M8"]);
        let past = publishing::past_proposals(&store, &within, None, 9).await;
        assert!(past.unwrap().is_empty());
        let first = publishing::proposals_after(&store, &within, "", 2).await;
        assert_eq!(names(first.unwrap()), ["M6", "M7"]);
        let rest = publishing::proposals_after(&store, &within, "M7", 2).await;
        assert_eq!(names(rest.unwrap()), ["M8"]);
    }
    let nobody = Within::Bureaus(BTreeSet::new());
    let found = publishing::proposals_after(&store, &nobody, "", 9).await;
    assert!(found.unwrap().is_empty());
}

async fn topics_reach_subscribers_and_special_ones_those_named(place: &Place) {
    let database = place.open().await;
    for (number, topic) in [(1, "惠企"), (2, "惠企"), (2, "科技"), (3, "科技")] {
        let subscribed: Result<(), StoreError> = database
            .write(|mut transaction| async move {
                let holder = enterprise(number);
                inbox::subscribe(&mut transaction, &holder, topic, 1).await?;
                inbox::subscribe(&mut transaction, &holder, topic, 2).await
            })
            .await;
        subscribed.unwrap();
    }
    let matching = [month::uscc(3), month::uscc(4), month::uscc(3)];
    let messages = [
        news("a").universal("惠企", Moment(10)),
        news("b").special(&matching, Moment(11)),
    ];
    tell(&database, &messages).await;
    // Reported twice, told once; a later subscriber is not told of it.
    let gone: Result<bool, StoreError> = database
        .write(|mut transaction| async move {
            inbox::subscribe(&mut transaction, &enterprise(4), "惠企", 3).await?;
            inbox::unsubscribe(&mut transaction, &enterprise(1), "惠企").await
        })
        .await;
    assert!(gone.unwrap());
    tell(&database, &messages).await;
    for (number, expected) in [
        (1, vec!["policy.universal"]),
        (2, vec!["policy.universal"]),
        (3, vec!["policy.special"]),
        (4, vec!["policy.special"]),
        (5, vec![]),
    ] {
        assert_eq!(kinds(&database, number).await, expected, "{number}");
    }
    let topics = inbox::topics(&database, &enterprise(2)).await.unwrap();
    assert_eq!(topics.len(), 2);
    let wrong: Result<(), StoreError> = database
        .write(|mut transaction| async move {
            inbox::subscribe(&mut transaction, &enterprise(1), "a\nb", 1).await
        })
        .await;
    assert!(matches!(wrong, Err(StoreError::Name { .. })));
}

async fn an_inbox_is_read_by_its_holder(place: &Place) {
    let database = &place.open().await;
    let at = |number: usize| Moment(100 + i64::try_from(number / 2).unwrap());
    let message =
        |number: usize| news(&format!("{number:02}")).special(&[month::uscc(1)], at(number));
    let messages: Vec<NewMessage> = (0..25).map(message).collect();
    tell(database, &messages).await;
    // Page by page, the latest first, none twice and none left out.
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = inbox::list(
            database,
            &enterprise(1),
            Tongue::Chinese,
            after.as_ref(),
            10,
        )
        .await;
        let page = page.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(After {
            at: last.at,
            key: last.key.clone(),
        });
        seen.extend(page.into_iter().map(|item| item.about.unwrap()));
    }
    let expected: Vec<String> = (0..25).rev().map(|number| format!("{number:02}")).collect();
    assert_eq!(seen, expected);
    let key = messages[7].key.as_str();
    let read = async |holder: Holder, now: i64| {
        let holder = &holder;
        let read: Result<bool, StoreError> = database
            .write(|mut transaction| async move {
                inbox::mark_read(&mut transaction, holder, key, now).await
            })
            .await;
        read.unwrap()
    };
    // Nobody else's, and as if it were not there.
    assert!(!read(enterprise(2), 5).await);
    let foreign = inbox::find(database, &enterprise(2), Tongue::Chinese, key).await;
    assert_eq!(foreign.unwrap(), None);
    assert!(read(enterprise(1), 7).await && read(enterprise(1), 9).await);
    let own = inbox::find(database, &enterprise(1), Tongue::English, key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(own.read_at, Some(7));
    assert_eq!(own.subject, "A policy that may apply to you: 惠企若干措施");
    assert_eq!(inbox::unread(database, &enterprise(1)).await.unwrap(), 24);
}

/// A job that asks, works and ends, as the queue does it.
async fn jobs_tell_who_asked_how_they_ended(place: &Place) {
    let database = place.open().await;
    let templates = Templates::parse(&[include_str!("../templates.toml")]).unwrap();
    let asked = [("J1", "jingban"), ("J2", "jingban"), ("J3", "fuhe")];
    let mut transaction = database.begin().await.unwrap();
    for (id, user) in asked {
        let (kind, arguments) = ("sweep", "{}");
        let new = NewJob {
            id,
            kind,
            arguments,
        };
        jobs::ask(&mut transaction, new, 1).await.unwrap();
        let actor = Actor::User(UserId::new(user));
        follow_job(&mut transaction, id, &actor, 1).await.unwrap();
        follow_job(&mut transaction, id, &Actor::System, 1)
            .await
            .unwrap();
    }
    for (id, _) in asked {
        let (holder, now, span) = ("one", 5, 10);
        let claim = Claim { holder, now, span };
        let (_, lease) = jobs::claim(&mut transaction, "sweep", claim)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(lease.job, id);
        let running = jobs::find(&mut transaction, id).await.unwrap();
        tell_job(&mut transaction, &templates, &running, "匹配", 6)
            .await
            .unwrap();
        match id {
            "J1" => jobs::finish(&mut transaction, &lease, &[7; 32], 7)
                .await
                .unwrap(),
            _ => jobs::fail(&mut transaction, &lease, "磁盘已满", 7)
                .await
                .unwrap(),
        }
        let ended = jobs::find(&mut transaction, id).await.unwrap();
        for _ in 0..2 {
            tell_job(&mut transaction, &templates, &ended, "匹配", 7)
                .await
                .unwrap();
        }
    }
    transaction.commit().await.unwrap();
    let told = async |user: &str| {
        let holder = Holder::User(UserId::new(user));
        let items = inbox::list(&database, &holder, Tongue::Chinese, None, 10)
            .await
            .unwrap();
        items
            .into_iter()
            .map(|item| (item.kind, item.body))
            .collect::<Vec<_>>()
    };
    let told_first = told("jingban").await;
    let kinds: Vec<&str> = told_first.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["job.failed", "job.done"]);
    assert!(told_first[0].1.contains("磁盘已满"), "{told_first:?}");
    assert!(told_first[1].1.contains(&"07".repeat(32)), "{told_first:?}");
    assert_eq!(told("fuhe").await.len(), 1);
    assert_eq!(told("fupi").await.len(), 0);
}
