//! Guessing: how much of it gets through, what it tells, and whom it hurts.

use std::time::{Duration, Instant};

use super::*;
use crate::store::tests::support::{on_both_databases, on_sqlite};

on_both_databases!(
    nobody_can_tell_whether_an_account_exists,
    few_guesses_reach_the_hash_and_the_owner_still_gets_in,
    one_password_tried_everywhere_is_stopped_at_its_address,
    few_codes_can_be_guessed,
);

async fn nobody_can_tell_whether_an_account_exists(place: &Place) {
    let town = Town::new(place).await;
    town.ready("jingban").await;
    town.ready("fuhe").await;
    let user = UserId::new("fuhe");
    town.order(Actor::System, Command::Suspend { user }).await;
    // Wrong, suspended, never set up, not there at all.
    let names = ["jingban", "fuhe", "keji", "nobody-here", "my-pa55word!"];
    for (number, name) in names.into_iter().enumerate() {
        let client = from(&format!("192.0.2.{number}"));
        let mut told = Vec::new();
        for _ in 0..7 {
            let tried = town.accounts.sign_in(name, "wrong", &client, NINE).await;
            told.push(refusal(tried));
        }
        let many = AccountRefusal::TooMany { minutes: 12 };
        let expected = [vec![AccountRefusal::NotLetIn; 5], vec![many; 2]].concat();
        assert_eq!(told, expected, "{name}");
    }
    // What was typed for a name that nobody has may be a password.
    let log = town.log().await;
    assert!(
        !log.contains("my-pa55word!") && log.contains("jingban"),
        "{log}"
    );
    assert_eq!(town.logged("password_refused").await, 25);
    assert_eq!(town.logged("throttled").await, 5);
    town.is_sound().await;
}

async fn few_guesses_reach_the_hash_and_the_owner_still_gets_in(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let first = town
        .accounts
        .sign_in("jingban", &phone.password, &home(), NINE)
        .await
        .unwrap();
    let familiar = Client {
        device: Some(first.device),
        ..home()
    };
    // Ten thousand guesses in an hour, each from another address.
    let mut through = 0;
    for number in 0..10_000i64 {
        let now = later(NINE, number * HOUR / 10_000);
        let address = format!("2001:db8:{:x}:{:x}::1", number / 256, number % 256);
        let tried = town
            .accounts
            .sign_in("jingban", "guess", &from(&address), now)
            .await;
        if refusal(tried) == AccountRefusal::NotLetIn {
            through += 1;
        }
    }
    assert!((9..=10).contains(&through), "{through}");
    assert_eq!(town.logged("password_refused").await, through);
    // A device that the guesser does not have is not shut out, and cannot be used up by him.
    let now = later(NINE, HOUR - 1);
    let stranger = town
        .accounts
        .sign_in("jingban", &phone.password, &home(), now)
        .await;
    assert!(matches!(refusal(stranger), AccountRefusal::TooMany { .. }));
    for _ in 0..30 {
        let own = town
            .accounts
            .sign_in("jingban", &phone.password, &familiar, now)
            .await;
        own.unwrap();
    }
    // Somebody who has stolen the device has ten more tries, and no more.
    let mut more = 0;
    for number in 0..1_000i64 {
        let now = later(NINE, HOUR + number * HOUR / 1_000);
        let tried = town
            .accounts
            .sign_in("jingban", "guess", &familiar, now)
            .await;
        if refusal(tried) == AccountRefusal::NotLetIn {
            more += 1;
        }
    }
    assert!((9..=10).contains(&more), "{more}");
    // A device of one account is a stranger to another.
    let other = town.ready("fuhe").await;
    for _ in 0..5 {
        let now = later(NINE, 3 * HOUR);
        let tried = town.accounts.sign_in("fuhe", "guess", &home(), now).await;
        assert_eq!(refusal(tried), AccountRefusal::NotLetIn);
    }
    let now = later(NINE, 3 * HOUR);
    let tried = town
        .accounts
        .sign_in("fuhe", &other.password, &familiar, now)
        .await;
    assert!(matches!(refusal(tried), AccountRefusal::TooMany { .. }));
}

async fn one_password_tried_everywhere_is_stopped_at_its_address(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let mut through = 0;
    for number in 0..200 {
        let name = format!("somebody-{number}");
        let tried = town
            .accounts
            .sign_in(&name, "Passw0rd!", &home(), NINE)
            .await;
        if refusal(tried) == AccountRefusal::NotLetIn {
            through += 1;
        }
    }
    assert_eq!(through, 50);
    let same = town
        .accounts
        .sign_in("jingban", &phone.password, &home(), NINE)
        .await;
    assert!(matches!(refusal(same), AccountRefusal::TooMany { .. }));
    let elsewhere = from("192.0.2.9");
    let other = town
        .accounts
        .sign_in("jingban", &phone.password, &elsewhere, NINE)
        .await;
    other.unwrap();
    // Successes do not use anything up: an office of many sits behind one address.
    for number in 0..120 {
        let now = later(NINE, HOUR + number);
        let own = town
            .accounts
            .sign_in("jingban", &phone.password, &elsewhere, now)
            .await;
        own.unwrap();
    }
}

async fn few_codes_can_be_guessed(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let half = town
        .accounts
        .sign_in("jingban", &phone.password, &home(), NINE)
        .await
        .unwrap();
    let mut through = 0;
    for number in 0..40 {
        let guess = format!("{number:06}");
        let tried = town
            .accounts
            .show_code(&half.id, &guess, &home(), NINE)
            .await;
        match refusal(tried) {
            AccountRefusal::WrongCode => through += 1,
            AccountRefusal::TooMany { .. } => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(through, 5);
}

/// The same work is done for a name that nobody has: the medians of many tries, taken in turns,
/// lie within 5 ms of each other.
#[test]
fn a_name_that_nobody_has_takes_as_long() {
    on_sqlite(async |place| {
        let town = Town::new(place).await;
        town.ready("jingban").await;
        let mut found = Vec::new();
        for round in 0..5i64 {
            let mut known = Vec::new();
            let mut unknown = Vec::new();
            for turn in 0..15 {
                let now = later(NINE, (round * 15 + turn) * HOUR);
                for (name, times) in [("jingban", &mut known), ("nobody", &mut unknown)] {
                    let start = Instant::now();
                    let tried = town.accounts.sign_in(name, "wrong", &home(), now).await;
                    times.push(start.elapsed());
                    assert_eq!(refusal(tried), AccountRefusal::NotLetIn);
                }
            }
            let difference = median(known).abs_diff(median(unknown));
            if difference < Duration::from_millis(5) {
                return;
            }
            // Somebody else used the machine; a real difference stays in every round.
            found.push(difference);
        }
        panic!("{found:?}");
    });
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// While as many as can wait are waiting to be hashed, those who are signed in work on.
#[test]
fn a_storm_of_sign_ins_holds_up_nobody_else() {
    on_sqlite(async |place| {
        let town = Town::new(place).await;
        let phone = town.ready("jingban").await;
        let id = town.enter(&phone, NINE).await;
        let mut storm = tokio::task::JoinSet::new();
        for number in 0..200 {
            let accounts = town.accounts.clone();
            storm.spawn(async move {
                let client = from(&format!("198.51.100.{number}"));
                let name = format!("somebody-{number}");
                refusal(accounts.sign_in(&name, "guess", &client, NINE).await)
            });
        }
        let mut looked = 0;
        let mut answers = Vec::new();
        while !storm.is_empty() {
            town.accounts.session(&id, NINE).await.unwrap();
            looked += 1;
            while let Some(answer) = storm.try_join_next() {
                answers.push(answer.unwrap());
            }
        }
        let of = |wanted: &AccountRefusal| answers.iter().filter(|a| *a == wanted).count();
        let (wrong, busy) = (of(&AccountRefusal::NotLetIn), of(&AccountRefusal::Busy));
        assert_eq!(wrong + busy, 200, "{answers:?}");
        // Each hash takes some 20 ms; many looks fit into every one of them.
        assert!(
            looked > wrong * 2,
            "{looked} looks during {wrong} hashes, {busy} sent away"
        );
    });
}
