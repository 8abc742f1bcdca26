//! Under which root the keys of people stand, and what an upgrade makes of it.

use zhida_engine::payouts::Digest;

use super::*;
use crate::payouts::keys::Keys;
use crate::store::tests::support::on_both_databases;

on_both_databases!(
    a_root_does_not_say_whose_it_is,
    what_was_begun_before_goes_on_under_its_root,
);

/// How earlier versions made a root.
fn hashed(user: &str, key: &str) -> String {
    Digest::of(format!("{user}\n{key}").as_bytes()).to_string()
}

async fn a_root_does_not_say_whose_it_is(place: &Place) {
    let town = Town::new(place).await;
    let root = async |user: &str, key: &str| town.accounts.key_root(user, key).await.unwrap();
    let mine = root("jingban", "k1").await;
    assert_eq!(root("jingban", "k1").await, mine);
    for (user, key) in [("fuhe", "k1"), ("jingban", "k2"), ("jingbank", "1")] {
        assert_ne!(root(user, key).await, mine, "{user} {key}");
    }
    // Whoever has the key, and knows all names, finds none by trying.
    for (user, ..) in PEOPLE {
        assert_ne!(hashed(user, "k1"), mine, "{user}");
        assert!(!mine.contains(user));
    }
}

async fn what_was_begun_before_goes_on_under_its_root(place: &Place) {
    let town = Town::new(place).await;
    let root = async |user: &str, key: &str| town.accounts.key_root(user, key).await.unwrap();
    let new = root("jingban", "k1").await;
    let done = async |root: &str, id: &str| {
        let user = user((id, id, CITY, Role::Maker));
        let order = Order {
            actor: Actor::System,
            at: NINE,
            command: Command::SetUp { user },
        };
        let key = format!("{root}/0123456789abcdef0123456789abcdef/1");
        town.store.submit(&[Request { key, order }]).await.unwrap();
    };
    // What begins alike is another's.
    for (place, other) in ["jingban/k10", "jingban/k", "jingban/k1.", "jingban/K1"]
        .iter()
        .enumerate()
    {
        done(other, &format!("other-{place}")).await;
        assert_eq!(root("jingban", "k1").await, new, "{other}");
    }
    done("jingban/k1", "first").await;
    assert_eq!(root("jingban", "k1").await, "jingban/k1");
    assert_ne!(root("fuhe", "k1").await, "jingban/k1");
    let second = hashed("fuhe", "k2");
    done(&second, "second").await;
    assert_eq!(root("fuhe", "k2").await, second);
    // A job has its name from the root, and no order under it.
    let third = hashed("fuhe", "k3");
    let job = Keys::under(&third).name("J");
    let insert = "INSERT INTO jobs \
         (id, kind, arguments, state, done, total, fence, created_at, changed_at) \
         VALUES ($1, 'import', '{}', 'queued', 0, 1, 0, 1, 1)";
    let mut transaction = town.store.database.begin().await.unwrap();
    transaction.execute(insert, &[job.into()]).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(root("fuhe", "k3").await, third);
}
