//! One-time codes: who may make them, how long they live, and that no one alone can take over.

use super::*;
use crate::accounts::{Awaiting, Identity, Linked, OneTime, Stage};
use crate::store::tests::support::on_both_databases;

on_both_databases!(
    a_reset_needs_the_owner_and_ends_his_sessions,
    a_code_is_used_once_and_not_for_long,
    only_a_security_administrator_of_the_bureau_makes_codes,
    a_lost_phone_needs_two_administrators,
    what_opens_an_account_needs_two_administrators,
    a_new_account_is_nobodys_before_two_administrators_say_so,
    a_code_must_count_when_it_is_used,
    what_is_agreed_to_is_what_was_looked_at,
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
    let waits = awaiting(&town, now).await;
    let [waits] = waits.as_slice() else {
        panic!("{waits:?}")
    };
    assert_eq!(
        (waits.account.as_str(), waits.made_by.as_str()),
        ("jingban", "anquan")
    );
    assert_eq!(waits.purpose, OneTime::SecondFactor);
    let alone = town.accounts.agree(&first, waits, now).await;
    let expected = AccountRefusal::NotTheRole(Role::AuditAdministrator);
    assert_eq!(refusal(alone), expected);
    town.accounts.agree(&second, waits, now).await.unwrap();
    assert!(awaiting(&town, now).await.is_empty());
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

async fn what_opens_an_account_needs_two_administrators(place: &Place) {
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
    assert!(kept.needs_agreement);
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
    let waits = awaiting(&town, now).await;
    let named: Vec<(&str, OneTime)> = waits
        .iter()
        .map(|one| (one.account.as_str(), one.purpose))
        .collect();
    let expected = [
        ("fuhe", OneTime::SetUp),
        ("jingban", OneTime::SetUp),
        ("qiye", OneTime::Password),
    ];
    assert_eq!(named, expected);
    for code in &waits {
        town.accounts.agree(&second, code, now).await.unwrap();
    }
    assert!(awaiting(&town, now).await.is_empty());
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

/// The codes of the city that wait.
async fn awaiting(town: &Town, now: Moment) -> Vec<Awaiting> {
    let bureau = BureauId::new(CITY);
    town.accounts.awaiting(&bureau, now).await.unwrap()
}

/// A code that waits, as the second administrator sees it.
async fn waiting(town: &Town, account: &str, now: Moment) -> Awaiting {
    let mut his = awaiting(town, now)
        .await
        .into_iter()
        .filter(|one| one.account == account);
    his.next().unwrap()
}

async fn a_new_account_is_nobodys_before_two_administrators_say_so(place: &Place) {
    let town = Town::new(place).await;
    let (first, second) = (town.ready("anquan").await, town.ready("shenguan").await);
    let (_, first) = town.step_up(&first, NINE).await;
    let (_, second) = town.step_up(&second, NINE).await;
    let now = later(NINE, STEP);
    // A maker and a checker whom nobody has met yet: one administrator becomes neither.
    let mut codes = Vec::new();
    for account in ["jingban", "fuhe"] {
        let issued = town.accounts.issue(By::Session(&first), account, now).await;
        let issued = issued.unwrap();
        assert_eq!(issued.purpose, OneTime::SetUp);
        assert!(issued.needs_agreement);
        let whose = (account, issued.code.as_str());
        let alone = town.accounts.redeem(whose, GOOD, &home(), now).await;
        assert_eq!(refusal(alone), AccountRefusal::WrongOneTimeCode);
        codes.push((account, issued.code));
    }
    for (account, code) in &codes {
        let wish = waiting(&town, account, now).await;
        town.accounts.agree(&second, &wish, now).await.unwrap();
        let done = town
            .accounts
            .redeem((account, code), GOOD, &home(), now)
            .await;
        assert_eq!(done.unwrap().session.stage, Stage::NeedsSecondFactor);
    }
    town.is_sound().await;
}

async fn a_code_must_count_when_it_is_used(place: &Place) {
    let town = Town::new(place).await;
    let (owner, admin) = (town.ready("jingban").await, town.ready("anquan").await);
    let (_, admin) = town.step_up(&admin, NINE).await;
    let now = later(NINE, STEP);
    let (accounts, by, client) = (&town.accounts, By::Session(&admin), home());
    let issued = accounts.issue(by, "jingban", now).await.unwrap();
    assert!(!issued.needs_agreement, "the phone stands in the way");
    // While the password is hashed, the phone goes.
    let half = accounts.sign_in("jingban", &owner.password, &client, now);
    let half = half.await.unwrap().id;
    let lost = accounts.issue_for_second_factor(By::Console, "jingban", now);
    let lost = lost.await.unwrap().code;
    let gone = accounts.redeem_second_factor(&half, &lost, &client, now);
    gone.await.unwrap();
    let whose = ("jingban", issued.code.as_str());
    let late = accounts.redeem_for(whose, "hash", &client, now).await;
    assert_eq!(refusal(late), AccountRefusal::WrongOneTimeCode);
    let (id, old) = ("jingban", owner.password.as_str());
    accounts.sign_in(id, old, &client, now).await.unwrap();
    // Or he is suspended.
    let issued = accounts.issue(By::Console, "fuhe", now).await.unwrap();
    let user = UserId::new("fuhe");
    town.order(Actor::System, Command::Suspend { user }).await;
    let whose = ("fuhe", issued.code.as_str());
    let late = accounts.redeem_for(whose, "hash", &client, now).await;
    assert_eq!(refusal(late), AccountRefusal::WrongOneTimeCode);
    town.is_sound().await;
}

async fn what_is_agreed_to_is_what_was_looked_at(place: &Place) {
    let town = Town::new(place).await;
    let user = user(("lingan", "何安全", CITY, Role::SecurityAdministrator));
    town.order(Actor::System, Command::SetUp { user }).await;
    let mut desks = Vec::new();
    for name in ["anquan", "lingan", "shenguan"] {
        let phone = town.ready(name).await;
        desks.push(town.step_up(&phone, NINE).await.1);
    }
    let [first, other, audit] = desks.as_slice() else {
        panic!("three")
    };
    let (now, accounts) = (later(NINE, STEP), &town.accounts);
    let none = AccountRefusal::NoSuchThing("等候同意的申请".to_owned());
    // He asks the owner about the code of one; another makes one in its place.
    let made = accounts.issue(By::Session(first), "jingban", now).await;
    let seen = waiting(&town, "jingban", now).await;
    for by in [other, first] {
        let now = later(now, 1);
        let newer = accounts.issue(By::Session(by), "jingban", now).await;
        let agreed = accounts.agree(audit, &seen, now).await;
        assert_eq!(refusal(agreed), none);
        for code in [&made, &newer] {
            let whose = ("jingban", code.as_ref().unwrap().code.as_str());
            let used = accounts.redeem(whose, GOOD, &home(), now).await;
            assert_eq!(refusal(used), AccountRefusal::WrongOneTimeCode);
        }
    }
    // The same for a link.
    let identity = over_there("u-1");
    let ask = async |by: &Session, now: Moment| {
        let asked = accounts.link(By::Session(by), "jingban", &identity, now);
        assert_eq!(asked.await.unwrap(), Linked::Awaits);
    };
    let agree = async |seen: (&str, Moment)| {
        let link = ("jingban", &identity);
        accounts
            .agree_to_link(audit, link, seen, later(now, 1))
            .await
    };
    ask(first, now).await;
    ask(other, later(now, 1)).await;
    for seen in [("anquan", now), ("anquan", later(now, 1)), ("lingan", now)] {
        assert_eq!(refusal(agree(seen).await), none);
    }
    agree(("lingan", later(now, 1))).await.unwrap();
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
    let code = waiting(&town, "jingban", now).await;
    let agreed = town.accounts.agree(&second, &code, now).await;
    assert_eq!(refusal(agreed), AccountRefusal::NotAskedByAdministrator);
    let link = ("fuhe", &identity);
    let seen = ("anquan", now);
    let agreed = town.accounts.agree_to_link(&second, link, seen, now).await;
    assert_eq!(refusal(agreed), AccountRefusal::NotAskedByAdministrator);
    assert_eq!(town.accounts.links(None).await.unwrap(), []);
}
