//! From the first start to a complete session.

use super::*;
use crate::accounts::{OneTime, Profile, Stage, Standing, StandingCounts};
use crate::store::tests::support::on_both_databases;

on_both_databases!(
    an_account_is_set_up_by_its_owner_alone,
    a_first_start_gives_codes_to_administrators_alone,
    a_password_alone_lets_nobody_in,
    a_password_is_changed_by_whoever_knows_it,
    a_password_that_is_too_old_must_be_changed,
    a_lost_phone_costs_one_recovery_code,
    an_enterprise_may_do_without_a_phone,
    accounts_that_nobody_uses_are_listed,
);

async fn an_account_is_set_up_by_its_owner_alone(place: &Place) {
    let town = Town::new(place).await;
    let accounts = &town.accounts;
    let issued = accounts.issue(By::Console, "jingban", NINE).await.unwrap();
    assert_eq!(issued.purpose, OneTime::SetUp);
    let code = issued.code.as_str();
    // A password that breaks the rules leaves the code as it was.
    let bad = accounts
        .redeem(("jingban", code), "财政2026", &home(), NINE)
        .await;
    assert!(matches!(refusal(bad), AccountRefusal::BadPassword(faults) if faults.len() == 3));
    let other = accounts.redeem(("fuhe", code), GOOD, &home(), NINE).await;
    assert_eq!(refusal(other), AccountRefusal::WrongOneTimeCode);
    let first = accounts
        .redeem(("jingban", code), GOOD, &home(), NINE)
        .await
        .unwrap();
    assert_eq!(first.session.stage, Stage::NeedsSecondFactor);
    let again = accounts
        .redeem(("jingban", code), GOOD, &home(), NINE)
        .await;
    assert_eq!(refusal(again), AccountRefusal::WrongOneTimeCode);
    // The phone is bound, and the identifier of before is worth nothing.
    let enrolment = accounts.begin_second_factor(&first.id, NINE).await.unwrap();
    assert!(enrolment.address.contains(&enrolment.seed));
    let seed = Seed::from_base32(&enrolment.seed);
    let wrong = accounts
        .finish_second_factor(&first.id, "000000", &home(), NINE)
        .await;
    assert_eq!(refusal(wrong), AccountRefusal::WrongCode);
    let done = accounts
        .finish_second_factor(&first.id, &seed.code(NINE), &home(), NINE)
        .await;
    let (id, recovery) = done.unwrap();
    assert_ne!(id, first.id);
    assert_eq!(recovery.0.len(), 10);
    let gone = accounts.session(&first.id, NINE).await;
    assert_eq!(refusal(gone), AccountRefusal::NotSignedIn);
    let session = accounts.session(&id, NINE).await.unwrap();
    assert_eq!(session.stage, Stage::Complete);
    assert_eq!(session.user.person.as_str(), "王经办");
    assert_eq!(session.user.id, UserId::new("jingban"));
    // The log tells all of it, and none of the secrets.
    let log = town.log().await;
    for secret in [GOOD, code, &enrolment.seed, &id, &first.id, &recovery.0[0]] {
        assert!(!log.contains(secret), "{secret}");
    }
    for (kind, times) in [
        ("code_issued", 1),
        ("one_time_code_refused", 2),
        ("password_set", 1),
        ("code_refused", 1),
        ("second_factor_set", 1),
        ("signed_in", 1),
    ] {
        assert_eq!(town.logged(kind).await, times, "{kind}");
    }
    town.is_sound().await;
}

async fn a_first_start_gives_codes_to_administrators_alone(place: &Place) {
    let town = Town::new(place).await;
    let codes = town.accounts.first_codes(NINE).await.unwrap();
    let whose: Vec<&str> = codes.iter().map(|code| code.account.as_str()).collect();
    assert_eq!(whose, ["anquan", "shenguan", "xitong"]);
    // Whoever never set up an account cannot sign in with anything.
    for password in ["", "admin", "123456", "anquan"] {
        let refused = town
            .accounts
            .sign_in("anquan", password, &home(), NINE)
            .await;
        assert_eq!(refusal(refused), AccountRefusal::NotLetIn);
    }
    let client = home();
    let done = town
        .accounts
        .redeem(("anquan", &codes[0].code), GOOD, &client, NINE)
        .await;
    done.unwrap();
    assert_eq!(town.accounts.first_codes(NINE).await.unwrap(), Vec::new());
}

async fn a_password_alone_lets_nobody_in(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let half = town
        .accounts
        .sign_in("jingban", &phone.password, &home(), NINE)
        .await
        .unwrap();
    assert_eq!(half.session.stage, Stage::NeedsCode);
    let unfinished = AccountRefusal::SignInUnfinished(Stage::NeedsCode);
    assert_eq!(half.session.complete().unwrap_err(), unfinished);
    let (id, client) = (half.id.as_str(), home());
    let code = phone.code(NINE);
    let early = town.accounts.step_up(id, &code, &client, NINE).await;
    assert_eq!(refusal(early), unfinished);
    let changed = (phone.password.as_str(), GOOD);
    let early = town
        .accounts
        .change_password(id, changed, &client, NINE)
        .await;
    assert_eq!(refusal(early), unfinished);
    let early = town.accounts.begin_second_factor(id, NINE).await;
    assert_eq!(refusal(early.map(|_| ())), AccountRefusal::NeedsFreshCode);
    let wrong = town.accounts.show_code(id, "123456", &client, NINE).await;
    assert_eq!(refusal(wrong), AccountRefusal::WrongCode);
    let whole = town
        .accounts
        .show_code(id, &code, &client, NINE)
        .await
        .unwrap();
    assert_ne!(whole, half.id);
    let gone = town.accounts.session(id, NINE).await;
    assert_eq!(refusal(gone), AccountRefusal::NotSignedIn);
    // The same code a second time, in another session of the same minute.
    let other = town
        .accounts
        .sign_in("jingban", &phone.password, &client, NINE)
        .await
        .unwrap();
    let used = town
        .accounts
        .show_code(&other.id, &code, &client, NINE)
        .await;
    assert_eq!(refusal(used), AccountRefusal::WrongCode);
    town.is_sound().await;
}

async fn a_password_is_changed_by_whoever_knows_it(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let other = town.enter(&phone, NINE).await;
    let now = later(NINE, STEP);
    let own = town.enter(&phone, now).await;
    let client = home();
    let change = async |id: &str, pair: (&str, &str), now: Moment| {
        town.accounts.change_password(id, pair, &client, now).await
    };
    let wrong = change(&own, ("not this one", GOOD), now).await;
    assert_eq!(refusal(wrong), AccountRefusal::NotLetIn);
    let same = change(&own, (&phone.password, &phone.password), now).await;
    assert!(matches!(refusal(same), AccountRefusal::BadPassword(_)));
    let new = change(&own, (&phone.password, GOOD), now).await.unwrap();
    // Every other session is over, and one's own has a new identifier.
    for id in [&own, &other] {
        let gone = town.accounts.session(id, now).await;
        assert_eq!(refusal(gone), AccountRefusal::NotSignedIn);
    }
    assert!(
        town.accounts
            .session(&new, now)
            .await
            .unwrap()
            .stage
            .is_complete()
    );
    let old = town
        .accounts
        .sign_in("jingban", &phone.password, &client, now)
        .await;
    assert_eq!(refusal(old), AccountRefusal::NotLetIn);
    town.accounts
        .sign_in("jingban", GOOD, &client, now)
        .await
        .unwrap();
    // Four more, and the first can be used again; not before.
    let (mut id, mut current) = (new, GOOD.to_owned());
    for number in 1..=4 {
        let now = later(now, number * HOUR / 10);
        let back = change(&id, (&current, &phone.password), now).await;
        assert!(
            matches!(refusal(back), AccountRefusal::BadPassword(_)),
            "{number}"
        );
        let next = format!("{GOOD}{number}");
        id = change(&id, (&current, &next), now).await.unwrap();
        current = next;
    }
    let now = later(now, HOUR);
    let id = town.accounts.session(&id, now).await.map(|_| id);
    let id = match id {
        Ok(id) => id,
        Err(_) => {
            let phone = Phone {
                password: current.clone(),
                ..phone_like(&phone)
            };
            town.enter(&phone, now).await
        }
    };
    change(&id, (&current, &phone.password), now).await.unwrap();
    town.is_sound().await;
}

fn phone_like(phone: &Phone) -> Phone {
    Phone {
        account: phone.account.clone(),
        password: phone.password.clone(),
        seed: Seed::from_base32(&phone.seed.base32()),
    }
}

async fn a_password_that_is_too_old_must_be_changed(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let just = later(NINE, 90 * DAY - 1_000_000);
    let id = town.enter(&phone, just).await;
    assert!(
        town.accounts
            .session(&id, just)
            .await
            .unwrap()
            .stage
            .is_complete()
    );
    let over = later(NINE, 90 * DAY);
    let session = town.accounts.session(&id, over).await.unwrap();
    assert_eq!(session.stage, Stage::NeedsPassword);
    let pair = (phone.password.as_str(), GOOD);
    let id = town
        .accounts
        .change_password(&id, pair, &home(), over)
        .await
        .unwrap();
    assert!(
        town.accounts
            .session(&id, over)
            .await
            .unwrap()
            .stage
            .is_complete()
    );
    // The other profile asks for a change only where there is a reason.
    let settings = AccountSettings {
        passwords: Profile::Asvs,
        ..AccountSettings::default()
    };
    let accounts = Town::open(&town.store, &town.folder, settings).await;
    let now = later(over, 400 * DAY);
    let half = accounts
        .sign_in("jingban", GOOD, &home(), now)
        .await
        .unwrap();
    let code = phone.code(now);
    let id = accounts
        .show_code(&half.id, &code, &home(), now)
        .await
        .unwrap();
    assert!(
        accounts
            .session(&id, now)
            .await
            .unwrap()
            .stage
            .is_complete()
    );
}

async fn a_lost_phone_costs_one_recovery_code(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let (id, _) = town.step_up(&phone, NINE).await;
    let now = later(NINE, STEP);
    let codes = town
        .accounts
        .renew_recovery(&id, &home(), now)
        .await
        .unwrap();
    for (which, lets_in) in [(0, true), (0, false), (1, true)] {
        let half = town
            .accounts
            .sign_in("jingban", &phone.password, &home(), now)
            .await;
        let half = half.unwrap();
        let shown = town
            .accounts
            .show_code(&half.id, &codes.0[which], &home(), now)
            .await;
        assert_eq!(shown.is_ok(), lets_in, "{which}");
    }
    // One of another account is worth nothing here.
    let other = town.ready("fuhe").await;
    let half = town
        .accounts
        .sign_in("fuhe", &other.password, &home(), now)
        .await
        .unwrap();
    let shown = town
        .accounts
        .show_code(&half.id, &codes.0[2], &home(), now)
        .await;
    assert_eq!(refusal(shown), AccountRefusal::WrongCode);
    // It is no fresh code for a grave step.
    let step_up = town.accounts.step_up(&id, &codes.0[2], &home(), now).await;
    assert_eq!(refusal(step_up), AccountRefusal::WrongCode);
}

async fn an_enterprise_may_do_without_a_phone(place: &Place) {
    let town = Town::new(place).await;
    let issued = town
        .accounts
        .issue(By::Console, "qiye", NINE)
        .await
        .unwrap();
    let code = ("qiye", issued.code.as_str());
    let first = town
        .accounts
        .redeem(code, GOOD, &home(), NINE)
        .await
        .unwrap();
    assert!(first.session.stage.is_complete());
    let enrolment = town
        .accounts
        .begin_second_factor(&first.id, NINE)
        .await
        .unwrap();
    let seed = Seed::from_base32(&enrolment.seed);
    let done = town
        .accounts
        .finish_second_factor(&first.id, &seed.code(NINE), &home(), NINE)
        .await;
    let (id, _) = done.unwrap();
    let half = town
        .accounts
        .sign_in("qiye", GOOD, &home(), NINE)
        .await
        .unwrap();
    assert_eq!(half.session.stage, Stage::NeedsCode);
    let early = town.accounts.drop_second_factor(&id, &home(), NINE).await;
    assert_eq!(refusal(early), AccountRefusal::NeedsFreshCode);
    let now = later(NINE, STEP);
    let id = town
        .accounts
        .step_up(&id, &seed.code(now), &home(), now)
        .await
        .unwrap();
    town.accounts
        .drop_second_factor(&id, &home(), now)
        .await
        .unwrap();
    let alone = town
        .accounts
        .sign_in("qiye", GOOD, &home(), now)
        .await
        .unwrap();
    assert!(alone.session.stage.is_complete());
    // An official may not.
    let phone = town.ready("jingban").await;
    let (id, _) = town.step_up(&phone, now).await;
    let dropped = town
        .accounts
        .drop_second_factor(&id, &home(), later(now, STEP))
        .await;
    assert_eq!(refusal(dropped), AccountRefusal::SecondFactorRequired);
    town.is_sound().await;
}

/// What the database counts, and the pages of those that nobody uses, are what the list of all
/// comes to.
async fn counts_are_those_of_the_list(town: &Town) {
    for (bureau, when) in [CITY, TECH, COUNTY, "无此单位"]
        .into_iter()
        .flat_map(|bureau| [1, 60, 90, 91, 400].map(|days| (bureau, later(NINE, days * DAY))))
    {
        let bureau = BureauId::new(bureau);
        let all = town.accounts.standings(when).await.unwrap();
        let own: Vec<_> = all
            .into_iter()
            .filter(|one| one.user.bureau == bureau)
            .collect();
        let count = |is: &dyn Fn(&Standing) -> bool| {
            u64::try_from(own.iter().filter(|one| is(one)).count()).unwrap()
        };
        let expected = StandingCounts {
            active: count(&|one| one.user.is_active),
            signed_in: count(&|one| one.sessions > 0),
            without_password: count(&|one| one.user.is_active && !one.has_password),
            without_factor: count(&|one| one.user.is_active && one.lacks_second_factor),
            stale: count(&|one| one.is_stale),
        };
        let found = town.accounts.counts(&bureau, when).await.unwrap();
        assert_eq!(found, expected, "{bureau} {when:?}");
        let (mut stale, mut after) = (Vec::new(), String::new());
        loop {
            let page = town.accounts.stale_after(&bureau, (&after, 1), when).await;
            let Some(one) = page.unwrap().pop() else {
                break;
            };
            after = one.user.id.to_string();
            stale.push(one);
        }
        let expected: Vec<_> = own.iter().filter(|one| one.is_stale).cloned().collect();
        assert_eq!(stale, expected, "{bureau} {when:?}");
    }
}

async fn accounts_that_nobody_uses_are_listed(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    town.ready("fuhe").await;
    town.enter(&phone, later(NINE, DAY)).await;
    let stale = async |now: Moment| {
        let all = town.accounts.standings(now).await.unwrap();
        let stale = all.into_iter().filter(|standing| standing.is_stale);
        stale
            .map(|standing| standing.user.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(stale(later(NINE, 90 * DAY - 1)).await, Vec::<String>::new());
    assert_eq!(stale(later(NINE, 90 * DAY)).await, ["fuhe"]);
    assert_eq!(stale(later(NINE, 91 * DAY)).await, ["fuhe", "jingban"]);
    counts_are_those_of_the_list(&town).await;
    let bureau = BureauId::new(TECH);
    let theirs = town.accounts.standings_after(&bureau, ("", 10), NINE).await;
    let line = theirs.unwrap();
    let [line] = line.as_slice() else {
        panic!("{line:?}")
    };
    assert!(!line.has_password && line.lacks_second_factor && !line.is_stale);
}
