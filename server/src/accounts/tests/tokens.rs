//! API tokens: never more than their owner, never longer than they say.

use super::*;
use crate::accounts::{Entry, NewToken, TokenScope};
use crate::store::tests::support::on_both_databases;

on_both_databases!(
    a_token_has_the_rights_of_its_owner_as_far_as_its_scopes_go,
    a_token_ends_when_it_must,
    only_the_owner_makes_one_with_a_fresh_code,
    a_token_shows_a_code_for_one_request,
);

fn new(scopes: &[TokenScope], days: u32) -> NewToken {
    NewToken {
        title: "对账程序".to_owned(),
        scopes: scopes.iter().copied().collect(),
        days,
    }
}

async fn a_token_has_the_rights_of_its_owner_as_far_as_its_scopes_go(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let (_, session) = town.step_up(&phone, NINE).await;
    let now = later(NINE, STEP);
    let asked = new(&[TokenScope::Read, TokenScope::Payouts], 30);
    let made = town
        .accounts
        .make_token(By::Session(&session), "jingban", &asked, now)
        .await;
    let (text, line) = made.unwrap();
    assert!(text.starts_with("zhida_") && text.len() == 70, "{text}");
    let found = town.accounts.token(&text, now).await.unwrap();
    assert_eq!((&found.user, &found.scope), (&session.user, &session.scope));
    assert!(matches!(&found.entry, Entry::Token { .. }) && found.name == line.name);
    for scope in TokenScope::ALL {
        let allowed = matches!(scope, TokenScope::Read | TokenScope::Payouts);
        assert_eq!(found.allows(scope), allowed, "{scope:?}");
        assert!(session.allows(scope));
    }
    assert!(!found.has_stepped_up(now));
    let listed = town.accounts.tokens(Some("jingban")).await.unwrap();
    assert_eq!(listed[0].used_at, Some(now));
    assert!(town.accounts.tokens(Some("fuhe")).await.unwrap().is_empty());
    assert!(!town.log().await.contains(&text));
    for wrong in ["", "zhida_", &text[6..], &text[..69], "zhida_zz"] {
        let refused = town.accounts.token(wrong, now).await;
        assert_eq!(refusal(refused), AccountRefusal::NotSignedIn, "{wrong}");
    }
    town.is_sound().await;
}

async fn a_token_ends_when_it_must(place: &Place) {
    let town = Town::new(place).await;
    town.ready("jingban").await;
    town.ready("fuhe").await;
    let make = async |account: &str, now: Moment| {
        let asked = new(&[TokenScope::Read], 1);
        town.accounts
            .make_token(By::Console, account, &asked, now)
            .await
            .unwrap()
    };
    let works = async |text: &str, now: Moment| town.accounts.token(text, now).await.is_ok();
    let (first, line) = make("jingban", NINE).await;
    let (second, _) = make("jingban", NINE).await;
    assert!(works(&first, later(NINE, DAY - 1)).await);
    assert!(!works(&first, later(NINE, DAY)).await);
    // Set back by an hour: what had expired stays so.
    assert!(!works(&first, later(NINE, DAY - HOUR)).await);
    assert!(!works(&second, later(NINE, DAY - HOUR)).await);
    let again = town
        .accounts
        .revoke_token(By::Console, &line.name, later(NINE, DAY))
        .await;
    assert!(matches!(refusal(again), AccountRefusal::NoSuchThing(_)));
    let now = later(NINE, DAY);
    let (third, line) = make("jingban", now).await;
    let (fourth, _) = make("fuhe", now).await;
    town.accounts
        .revoke_token(By::Console, &line.name, now)
        .await
        .unwrap();
    assert!(!works(&third, now).await && works(&fourth, now).await);
    let user = UserId::new("fuhe");
    town.order(Actor::System, Command::Suspend { user }).await;
    assert!(!works(&fourth, now).await);
    town.accounts.shut(By::Console, "fuhe", now).await.unwrap();
    let living = town.accounts.tokens(None).await.unwrap();
    assert!(living.iter().all(|line| line.revoked_at.is_some()));
    town.is_sound().await;
}

async fn only_the_owner_makes_one_with_a_fresh_code(place: &Place) {
    let town = Town::new(place).await;
    let (phone, admin) = (town.ready("jingban").await, town.ready("anquan").await);
    let id = town.enter(&phone, NINE).await;
    let session = town.accounts.session(&id, NINE).await.unwrap();
    let asked = new(&[TokenScope::Read], 30);
    let by = By::Session(&session);
    let stale = town.accounts.make_token(by, "jingban", &asked, NINE).await;
    assert_eq!(refusal(stale), AccountRefusal::NeedsFreshCode);
    let now = later(NINE, STEP);
    let id = town
        .accounts
        .step_up(&id, &phone.code(now), &home(), now)
        .await
        .unwrap();
    let session = town.accounts.session(&id, now).await.unwrap();
    let by = By::Session(&session);
    let other = town.accounts.make_token(by, "fuhe", &asked, now).await;
    assert!(matches!(refusal(other), AccountRefusal::BadToken(_)));
    for wrong in [
        new(&[], 30),
        new(&[TokenScope::Read], 0),
        new(&[TokenScope::Read], 366),
    ] {
        let refused = town.accounts.make_token(by, "jingban", &wrong, now).await;
        assert!(matches!(refusal(refused), AccountRefusal::BadToken(_)));
    }
    let (text, line) = town
        .accounts
        .make_token(by, "jingban", &asked, now)
        .await
        .unwrap();
    // A token makes no tokens.
    let of_token = town.accounts.token(&text, now).await.unwrap();
    let made = town
        .accounts
        .make_token(By::Session(&of_token), "jingban", &asked, now)
        .await;
    assert!(matches!(refusal(made), AccountRefusal::BadToken(_)));
    // Another cannot take it back, and is not told that it is there; his administrator can.
    let stranger = town.ready("keji").await;
    let stranger = town.enter(&stranger, now).await;
    let stranger = town.accounts.session(&stranger, now).await.unwrap();
    let taken = town
        .accounts
        .revoke_token(By::Session(&stranger), &line.name, now)
        .await;
    assert!(matches!(refusal(taken), AccountRefusal::NoSuchThing(_)));
    let (_, admin) = town.step_up(&admin, now).await;
    town.accounts
        .revoke_token(By::Session(&admin), &line.name, now)
        .await
        .unwrap();
    let refused = town.accounts.token(&text, now).await;
    assert_eq!(refusal(refused), AccountRefusal::NotSignedIn);
    town.is_sound().await;
}

async fn a_token_shows_a_code_for_one_request(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("zhifu").await;
    let asked = new(&[TokenScope::Payouts], 30);
    let (text, _) = town
        .accounts
        .make_token(By::Console, "zhifu", &asked, NINE)
        .await
        .unwrap();
    let session = town.accounts.token(&text, NINE).await.unwrap();
    let wrong = town
        .accounts
        .step_up_once(session.clone(), "000000", &home(), NINE)
        .await;
    assert_eq!(refusal(wrong), AccountRefusal::WrongCode);
    let code = phone.code(NINE);
    let fresh = town
        .accounts
        .step_up_once(session.clone(), &code, &home(), NINE)
        .await
        .unwrap();
    assert!(fresh.has_stepped_up(NINE));
    let again = town
        .accounts
        .step_up_once(session, &code, &home(), NINE)
        .await;
    assert_eq!(refusal(again), AccountRefusal::WrongCode);
    assert!(
        !town
            .accounts
            .token(&text, NINE)
            .await
            .unwrap()
            .has_stepped_up(NINE)
    );
}
