//! One-time codes: who may make them, how long they live, and that no one alone can take over.

use super::*;
use crate::accounts::{Identity, Linked, OneTime, Stage};
use crate::store::tests::support::on_both_databases;

on_both_databases!(
    a_reset_needs_the_owner_and_ends_his_sessions,
    a_code_is_used_once_and_not_for_long,
    only_a_security_administrator_of_the_bureau_makes_codes,
    a_lost_phone_needs_two_administrators,
    what_somebody_uses_already_needs_two_administrators,
    a_code_of_one_who_is_no_administrator_any_more_is_not_agreed_to,
);

async fn a_reset_needs_the_owner_and_ends_his_sessions(place: &Place) {
    let town = Town::new(place).await;
    let (phone, admin) = (town.ready("jingban").await, town.ready("anquan").await);
    let own = town.enter(&phone, NINE).await;
    let (_, admin) = town.step_up(&admin, NINE).await;
    let now = later(NINE, STEP);
    let issued = town
        .accounts
        .issue(By::Session(&admin), "jingban", now)
        .await
        .unwrap();
    assert_eq!(issued.purpose, OneTime::Password);
    assert!(!issued.needs_agreement);
    // Nothing has happened to the owner yet.
    town.accounts.session(&own, now).await.unwrap();
    let code = ("jingban", issued.code.as_str());
    let back = town
        .accounts
        .redeem(code, GOOD, &home(), now)
        .await
        .unwrap();
    // The phone is still asked for: the administrator has the code, and not the phone.
    assert_eq!(back.session.stage, Stage::NeedsCode);
    let gone = town.accounts.session(&own, now).await;
    assert_eq!(refusal(gone), AccountRefusal::NotSignedIn);
    let old = town
        .accounts
        .sign_in("jingban", &phone.password, &home(), now)
        .await;
    assert_eq!(refusal(old), AccountRefusal::NotLetIn);
    let id = town
        .accounts
        .show_code(&back.id, &phone.code(now), &home(), now)
        .await
        .unwrap();
    assert!(
        town.accounts
            .session(&id, now)
            .await
            .unwrap()
            .stage
            .is_complete()
    );
    town.is_sound().await;
}

async fn a_code_is_used_once_and_not_for_long(place: &Place) {
    let town = Town::new(place).await;
    let first = town
        .accounts
        .issue(By::Console, "jingban", NINE)
        .await
        .unwrap();
    let second = town
        .accounts
        .issue(By::Console, "jingban", NINE)
        .await
        .unwrap();
    let redeem = async |code: &str, now: Moment| {
        town.accounts
            .redeem(("jingban", code), GOOD, &home(), now)
            .await
            .map(|_| ())
    };
    // A new code ends the old one.
    let old = redeem(&first.code, NINE).await;
    assert_eq!(refusal(old), AccountRefusal::WrongOneTimeCode);
    assert_eq!(second.expires, later(NINE, DAY));
    let late = redeem(&second.code, second.expires).await;
    assert_eq!(refusal(late), AccountRefusal::WrongOneTimeCode);
    let third = town
        .accounts
        .issue(By::Console, "jingban", second.expires)
        .await
        .unwrap();
    redeem(&third.code.to_lowercase(), later(third.expires, -1))
        .await
        .unwrap();
    let again = redeem(&third.code, later(third.expires, -1)).await;
    assert_eq!(refusal(again), AccountRefusal::WrongOneTimeCode);
    // Two at once: one of them wins.
    let now = third.expires;
    let code = town
        .accounts
        .issue(By::Console, "fuhe", now)
        .await
        .unwrap()
        .code;
    let client = home();
    let (one, two) = tokio::join!(
        town.accounts.redeem(("fuhe", &code), GOOD, &client, now),
        town.accounts.redeem(("fuhe", &code), GOOD, &client, now),
    );
    assert_eq!(
        [one.is_ok(), two.is_ok()]
            .iter()
            .filter(|won| **won)
            .count(),
        1
    );
    // A suspended user sets nothing up.
    let code = town
        .accounts
        .issue(By::Console, "keji", now)
        .await
        .unwrap()
        .code;
    let user = UserId::new("keji");
    town.order(Actor::System, Command::Suspend { user }).await;
    let refused = town
        .accounts
        .redeem(("keji", &code), GOOD, &client, now)
        .await;
    assert_eq!(refusal(refused), AccountRefusal::WrongOneTimeCode);
}

async fn only_a_security_administrator_of_the_bureau_makes_codes(place: &Place) {
    let town = Town::new(place).await;
    let now = later(NINE, STEP);
    for name in ["jingban", "xitong", "shenguan", "qiye"] {
        let phone = town.ready(name).await;
        let (_, session) = town.step_up(&phone, NINE).await;
        let refused = town
            .accounts
            .issue(By::Session(&session), "fuhe", now)
            .await;
        let expected = AccountRefusal::NotTheRole(Role::SecurityAdministrator);
        assert_eq!(refusal(refused), expected, "{name}");
    }
    let phone = town.ready("anquan").await;
    let id = town.enter(&phone, NINE).await;
    let session = town.accounts.session(&id, NINE).await.unwrap();
    let stale = town
        .accounts
        .issue(By::Session(&session), "fuhe", NINE)
        .await;
    assert_eq!(refusal(stale), AccountRefusal::NeedsFreshCode);
    let id = town
        .accounts
        .step_up(&id, &phone.code(now), &home(), now)
        .await
        .unwrap();
    let session = town.accounts.session(&id, now).await.unwrap();
    let by = By::Session(&session);
    let own = town.accounts.issue(by, "anquan", now).await;
    assert_eq!(refusal(own), AccountRefusal::SamePerson);
    // One of another bureau is told of as one who is not there.
    for name in ["keji", "nobody"] {
        let other = town.accounts.issue(by, name, now).await;
        assert_eq!(refusal(other), AccountRefusal::NoSuchUser(name.to_owned()));
    }
    town.accounts.issue(by, "fuhe", now).await.unwrap();
    // Ten minutes later the code has to be shown again.
    let over = later(now, 10 * MINUTE);
    town.accounts
        .issue(by, "fuhe", later(over, -1))
        .await
        .unwrap();
    let late = town.accounts.issue(by, "fuhe", over).await;
    assert_eq!(refusal(late), AccountRefusal::NeedsFreshCode);
}

async fn a_lost_phone_needs_two_administrators(place: &Place) {
    let town = Town::new(place).await;
    let (owner, first, second) = (
        town.ready("jingban").await,
        town.ready("anquan").await,
        town.ready("shenguan").await,
    );
    let (_, first) = town.step_up(&first, NINE).await;
    let (_, second) = town.step_up(&second, NINE).await;
    let now = later(NINE, STEP);
    let by = By::Session(&first);
    let none = town.accounts.issue_for_second_factor(by, "keji", now).await;
    assert!(matches!(refusal(none), AccountRefusal::NoSuchUser(_)));
    let issued = town
        .accounts
        .issue_for_second_factor(by, "jingban", now)
        .await
        .unwrap();
    assert!(issued.needs_agreement);
    let half = town
        .accounts
        .sign_in("jingban", &owner.password, &home(), now)
        .await
        .unwrap();
    let redeem = async || {
        let code = &issued.code;
        town.accounts
            .redeem_second_factor(&half.id, code, &home(), now)
            .await
    };
    assert_eq!(refusal(redeem().await), AccountRefusal::WrongOneTimeCode);
    let waits = town
        .accounts
        .awaiting(&BureauId::new(CITY), now)
        .await
        .unwrap();
    let [waits] = waits.as_slice() else {
        panic!("{waits:?}")
    };
    assert_eq!(
        (waits.account.as_str(), waits.made_by.as_str()),
        ("jingban", "anquan")
    );
    assert_eq!(waits.purpose, OneTime::SecondFactor);
    let lost = ("jingban", OneTime::SecondFactor);
    let alone = town.accounts.agree(&first, lost, now).await;
    let expected = AccountRefusal::NotTheRole(Role::AuditAdministrator);
    assert_eq!(refusal(alone), expected);
    town.accounts.agree(&second, lost, now).await.unwrap();
    assert!(
        town.accounts
            .awaiting(&BureauId::new(CITY), now)
            .await
            .unwrap()
            .is_empty()
    );
    redeem().await.unwrap();
    assert_eq!(refusal(redeem().await), AccountRefusal::WrongOneTimeCode);
    let session = town.accounts.session(&half.id, now).await.unwrap();
    assert_eq!(session.stage, Stage::NeedsSecondFactor);
    // The code of a lost phone is no code for a password.
    let other = town
        .accounts
        .issue_for_second_factor(By::Console, "anquan", now)
        .await
        .unwrap();
    assert!(!other.needs_agreement);
    let refused = town
        .accounts
        .redeem(("anquan", &other.code), GOOD, &home(), now)
        .await;
    assert_eq!(refusal(refused), AccountRefusal::WrongOneTimeCode);
    town.is_sound().await;
}

/// Who somebody is for a service.
fn over_there(subject: &str) -> Identity {
    Identity {
        issuer: "https://id.example".to_owned(),
        subject: subject.to_owned(),
    }
}

async fn what_somebody_uses_already_needs_two_administrators(place: &Place) {
    let town = Town::new(place).await;
    let (first, second) = (town.ready("anquan").await, town.ready("shenguan").await);
    let (_, first) = town.step_up(&first, NINE).await;
    let (_, second) = town.step_up(&second, NINE).await;
    let (now, client) = (later(NINE, STEP), home());
    let by = By::Session(&first);
    let passwords = std::cell::Cell::new(0);
    let redeem = async |name: &str, code: &str| {
        // Another one each time: none may be used again.
        passwords.set(passwords.get() + 1);
        let (whose, new) = ((name, code), format!("{GOOD}{}", passwords.get()));
        town.accounts.redeem(whose, &new, &client, now).await
    };
    // He signs in by a service alone: no password, and no phone here.
    let link = async |account: &str| {
        let identity = over_there(account);
        let linked = town.accounts.link(By::Console, account, &identity, now);
        linked.await.unwrap();
    };
    link("jingban").await;
    let issued = town.accounts.issue(by, "jingban", now).await.unwrap();
    assert_eq!(issued.purpose, OneTime::SetUp);
    assert!(issued.needs_agreement);
    let alone = redeem("jingban", &issued.code).await;
    assert_eq!(refusal(alone), AccountRefusal::WrongOneTimeCode);
    // One that was made while nobody used the account, and kept for later.
    let kept = town.accounts.issue(by, "fuhe", now).await.unwrap();
    assert!(!kept.needs_agreement);
    link("fuhe").await;
    let alone = redeem("fuhe", &kept.code).await;
    assert_eq!(refusal(alone), AccountRefusal::WrongOneTimeCode);
    // A password without a phone: an enterprise may do without.
    let own = town.accounts.issue(By::Console, "qiye", now).await.unwrap();
    redeem("qiye", &own.code).await.unwrap();
    let reset = town.accounts.issue(by, "qiye", now).await.unwrap();
    assert_eq!(reset.purpose, OneTime::Password);
    assert!(reset.needs_agreement);
    let alone = redeem("qiye", &reset.code).await;
    assert_eq!(refusal(alone), AccountRefusal::WrongOneTimeCode);
    let waits = town
        .accounts
        .awaiting(&BureauId::new(CITY), now)
        .await
        .unwrap();
    let waits: Vec<(&str, OneTime)> = waits
        .iter()
        .map(|one| (one.account.as_str(), one.purpose))
        .collect();
    let expected = [
        ("fuhe", OneTime::SetUp),
        ("jingban", OneTime::SetUp),
        ("qiye", OneTime::Password),
    ];
    assert_eq!(waits, expected);
    for (name, purpose) in expected {
        let code = (name, purpose);
        town.accounts.agree(&second, code, now).await.unwrap();
    }
    assert!(
        town.accounts
            .awaiting(&BureauId::new(CITY), now)
            .await
            .unwrap()
            .is_empty()
    );
    for (name, code) in [("jingban", issued), ("fuhe", kept), ("qiye", reset)] {
        redeem(name, &code.code).await.unwrap();
    }
    // Where the phone still stands in the way, one administrator is enough.
    town.ready("zhifu").await;
    link("zhifu").await;
    let issued = town.accounts.issue(by, "zhifu", now).await.unwrap();
    assert!(!issued.needs_agreement);
    // Whoever may use the machine may do as before.
    link("bangban").await;
    let issued = town.accounts.issue(By::Console, "bangban", now).await;
    let issued = issued.unwrap();
    assert!(!issued.needs_agreement);
    redeem("bangban", &issued.code).await.unwrap();
    town.is_sound().await;
}

async fn a_code_of_one_who_is_no_administrator_any_more_is_not_agreed_to(place: &Place) {
    let town = Town::new(place).await;
    let (first, second) = (town.ready("anquan").await, town.ready("shenguan").await);
    let (_, first) = town.step_up(&first, NINE).await;
    let (_, second) = town.step_up(&second, NINE).await;
    let now = later(NINE, STEP);
    town.ready("jingban").await;
    let by = By::Session(&first);
    let made = town.accounts.issue_for_second_factor(by, "jingban", now);
    made.await.unwrap();
    let identity = over_there("u-1");
    let asked = town.accounts.link(by, "fuhe", &identity, now).await;
    assert_eq!(asked.unwrap(), Linked::Awaits);
    let user = UserId::new("anquan");
    town.order(Actor::System, Command::Suspend { user }).await;
    let code = ("jingban", OneTime::SecondFactor);
    let agreed = town.accounts.agree(&second, code, now).await;
    assert_eq!(refusal(agreed), AccountRefusal::NotAskedByAdministrator);
    let link = ("fuhe", &identity);
    let agreed = town.accounts.agree_to_link(&second, link, now).await;
    assert_eq!(refusal(agreed), AccountRefusal::NotAskedByAdministrator);
    assert_eq!(town.accounts.links(None).await.unwrap(), []);
}
