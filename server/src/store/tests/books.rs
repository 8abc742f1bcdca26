//! The books in the database are those of the core, whatever is ordered and however it arrives.

use std::collections::BTreeMap;

use zhida_engine::payouts::{Actor, Books, Command, Moment, Order, PayoutState, Refusal, UserId};

use super::support::month::{self, Script};
use super::support::{Place, count};
use crate::store::database::{Address, Database};
use crate::store::error::StoreError;
use crate::store::{Answered, Request, Store};

on_both_databases!(
    a_month_comes_to_what_the_core_comes_to,
    orders_in_any_order_are_decided_as_the_core_does,
    a_key_stands_for_one_command,
    one_bad_caller_of_a_group_hurts_nobody_else,
    files_are_kept_under_their_digest,
);

/// An empty store.
pub(super) async fn store(place: &Place) -> Store {
    let folder = place.folder.path().join("data");
    let address = Some(&place.address);
    Store::create(&folder, address, "zhida/test").await.unwrap()
}

pub(super) fn requests(orders: &[(String, Order)]) -> Vec<Request> {
    let request = |(key, order): &(String, Order)| Request {
        key: key.clone(),
        order: order.clone(),
    };
    orders.iter().map(request).collect()
}

/// What the core alone answers, and its books at the end.
fn by_the_core(orders: &[(String, Order)]) -> (Vec<Answered>, Books) {
    let mut books = Books::new();
    let mut answers = Vec::new();
    for (sequence, (_, order)) in (1..).zip(orders) {
        answers.push(match books.execute(order) {
            Ok(effects) => Answered::Done {
                sequence,
                postings: effects.postings,
            },
            Err(refusal) => Answered::Refused {
                sequence,
                code: refusal.code(),
                message: refusal.to_string(),
            },
        });
    }
    (answers, books)
}

/// Verified without a fault, and the same as these books.
pub(super) async fn sound(store: &Store, books: &Books) {
    let found = store.verify(None).await.unwrap();
    assert_eq!(found.fault, None);
    assert_eq!(found.books, books.digest());
}

/// A number generator of its own, so that a seed names a case for ever.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// splitmix64.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }
}

async fn a_month_comes_to_what_the_core_comes_to(place: &Place) {
    let orders = Script::month(12).orders;
    let (expected, books) = by_the_core(&orders);
    // The month does what it says: most is settled, and each kind of end is there.
    let mut states: BTreeMap<PayoutState, usize> = BTreeMap::new();
    for payout in books.payouts() {
        *states.entry(payout.state()).or_default() += 1;
    }
    assert_eq!(states.get(&PayoutState::Settled), Some(&10), "{states:?}");
    assert_eq!(states.get(&PayoutState::Cancelled), Some(&1), "{states:?}");
    assert!(books.imbalances().is_empty());
    let refused = expected
        .iter()
        .filter(|answer| matches!(answer, Answered::Refused { .. }));
    assert!((5..15).contains(&refused.count()));
    let store = store(place).await;
    let mut answers = Vec::new();
    for group in requests(&orders).chunks(17) {
        answers.extend(store.submit(group).await.unwrap());
    }
    assert_eq!(answers, expected);
    sound(&store, &books).await;
    // Once more, all at once: the same answers, and nothing is done.
    assert_eq!(store.submit(&requests(&orders)).await.unwrap(), expected);
    sound(&store, &books).await;
    let replies = store.database.fetch("SELECT reply FROM replies", &[]).await;
    assert_eq!(replies.unwrap().len(), orders.len());
}

async fn orders_in_any_order_are_decided_as_the_core_does(place: &Place) {
    let mut dice = Dice(20_260_302);
    let mut orders = Script::month(8).orders;
    // The opening stays in front; behind it, much comes too early, too late or twice.
    let (first, last) = (17, orders.len());
    for _ in 0..120 {
        let place = first + dice.below(last - first);
        let other = (place + dice.below(9)).min(last - 1);
        orders.swap(place, other);
    }
    for number in 0..60 {
        let (_, mut order) = orders[first + dice.below(last - first)].clone();
        if dice.below(4) == 0 {
            order.actor = Actor::User(UserId::new(["经办", "复核", "审批"][dice.below(3)]));
        }
        let place = first + dice.below(orders.len() - first);
        orders.insert(place, (format!("又 {number}"), order));
    }
    let store = store(place).await;
    let mut whole = Books::new();
    let (mut done, mut refused) = (0, 0);
    for (key, order) in &orders {
        let part = store.see(&order.subjects()).await.unwrap();
        let (expected, found) = (whole.decide(order), part.decide(order));
        assert_eq!(found, expected, "{order:?}");
        let answers = store
            .submit(&requests(&[(key.clone(), order.clone())]))
            .await;
        match (&answers.unwrap()[..], whole.execute(order)) {
            ([Answered::Done { postings, .. }], Ok(effects)) => {
                done += 1;
                assert_eq!(*postings, effects.postings);
            }
            ([Answered::Refused { code, message, .. }], Err(refusal)) => {
                refused += 1;
                assert_eq!((*code, message), (refusal.code(), &refusal.to_string()));
            }
            (answers, other) => panic!("{answers:?} for {other:?}"),
        }
    }
    assert!(done > 60 && refused > 60, "{done} done, {refused} refused");
    sound(&store, &whole).await;
}

fn remind(number: usize) -> Order {
    Order {
        actor: Actor::System,
        at: Moment(1),
        command: Command::Remind {
            payout: month::payout(number),
        },
    }
}

async fn a_key_stands_for_one_command(place: &Place) {
    let store = store(place).await;
    let request = |key: &str, number| Request {
        key: key.to_owned(),
        order: remind(number),
    };
    let first = store.submit(&[request("一", 1)]).await.unwrap();
    // The same at another time is the same; another command, or somebody else's, is not.
    let mut later = request("一", 1);
    later.order.at = Moment(99);
    assert_eq!(store.submit(&[later.clone()]).await.unwrap(), first);
    let error = store.submit(&[request("一", 2)]).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::KeyReused(key) if key == "一"),
        "{error}"
    );
    later.order.actor = Actor::User(UserId::new("经办"));
    let error = store.submit(&[later]).await.unwrap_err();
    assert!(matches!(error, StoreError::KeyReused(_)), "{error}");
    // Twice in one call.
    let mut again = request("二", 2);
    again.order.at = Moment(7);
    let both = [request("二", 2), request("三", 3), again];
    let answers = store.submit(&both).await.unwrap();
    assert_eq!(answers[0], answers[2]);
    assert_ne!(answers[0], answers[1]);
    let error = store
        .submit(&[request("四", 4), request("四", 5)])
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::KeyReused(_)), "{error}");
    let long = "k".repeat(201);
    for key in ["", "  ", "a\nb", "a\0b", long.as_str()] {
        let error = store.submit(&[request(key, 1)]).await.unwrap_err();
        assert!(matches!(error, StoreError::Name { .. }), "{error}");
    }
    store
        .submit(&[request(&"键".repeat(200), 1)])
        .await
        .unwrap();
    assert_eq!(events(&store.database).await, 4);
    let verified = store.verify(None).await.unwrap();
    assert_eq!((verified.fault, verified.events), (None, 4));
}

async fn events(database: &Database) -> i64 {
    count(database, "SELECT count(*) AS n FROM events").await
}

async fn one_bad_caller_of_a_group_hurts_nobody_else(place: &Place) {
    let store = store(place).await;
    let one = |key: String, number| {
        let order = remind(number);
        [Request { key, order }]
    };
    store.submit(&one("用过".to_owned(), 0)).await.unwrap();
    // All wait for one writer, so that they are taken together.
    let mut bad = Vec::new();
    let mut good = Vec::new();
    for number in 1..40 {
        let key = if number % 10 == 0 {
            "用过".to_owned()
        } else {
            format!("键 {number}")
        };
        let writer = store.writer.clone();
        let request = one(key, number).to_vec();
        let task = tokio::spawn(async move { writer.submit(request).await });
        if number % 10 == 0 {
            bad.push(task)
        } else {
            good.push(task)
        }
    }
    for task in bad {
        let error = task.await.unwrap().unwrap_err();
        assert!(matches!(error, StoreError::KeyReused(_)), "{error}");
    }
    for task in good {
        assert_eq!(task.await.unwrap().unwrap().len(), 1);
    }
    assert_eq!(events(&store.database).await, 37);
    assert_eq!(store.verify(None).await.unwrap().fault, None);
}

async fn files_are_kept_under_their_digest(place: &Place) {
    let store = store(place).await;
    let at = Moment(5);
    let digest = store.keep("payment", "批次.xml", b"abc", at).await.unwrap();
    assert_eq!(
        store.keep("payment", "别名.xml", b"abc", at).await.unwrap(),
        digest
    );
    assert_eq!(store.fetch(&digest).await.unwrap(), b"abc");
    let unknown = zhida_engine::payouts::Digest::of(b"nothing");
    assert!(store.fetch(&unknown).await.is_err());
    // What goes out is there whole, and never in the place of something else.
    let out = place.folder.path().join("out");
    store.place(&out, "批次.xml", b"abc").await.unwrap();
    store.place(&out, "批次.xml", b"abc").await.unwrap();
    let error = store.place(&out, "批次.xml", b"abd").await.unwrap_err();
    assert!(matches!(error, StoreError::Integrity(_)), "{error}");
    assert_eq!(std::fs::read(out.join("批次.xml")).unwrap(), b"abc");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    let verified = store.verify(None).await.unwrap();
    assert_eq!(
        (verified.fault, verified.events, verified.files),
        (None, 1, 1)
    );
}

/// A second process, or a second part of this one, is kept out of a SQLite file.
#[test]
fn r17_two_stores_on_one_file() {
    super::support::on_sqlite(async |place| {
        let first = store(place).await;
        let other = place.folder.path().join("other");
        let error = Store::create(&other, Some(&place.address), "zhida/test").await;
        let error = error.map(drop).unwrap_err();
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
        let folder = place.folder.path().join("data");
        let error = Store::open(&folder, Some(&place.address)).await;
        assert!(matches!(
            error.map(drop).unwrap_err(),
            StoreError::Locked { .. }
        ));
        first.close().await;
        Store::open(&folder, Some(&place.address)).await.unwrap();
        let Address::Sqlite(_) = &place.address else {
            unreachable!("on SQLite")
        };
    });
}

/// The refusal of an order on books without anything.
#[test]
fn the_scripts_refusals_are_the_cores() {
    let refusal = Books::new().execute(&remind(1)).unwrap_err();
    assert_eq!(refusal, Refusal::NoSuchPayout(month::payout(1)));
}
