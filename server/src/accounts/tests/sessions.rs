//! Sessions: when they end, and that they stay ended.

use super::*;
use crate::accounts::needs_fresh_code;
use crate::store::tests::support::on_both_databases;
use zhida_engine::payouts::{Action, BatchId, MotionId, PayoutId};

on_both_databases!(
    a_session_ends_unused_and_by_age,
    a_session_ends_at_once_where_it_must,
    whoever_signed_out_is_out,
    everybody_sees_and_ends_his_own_sessions,
    a_clock_that_was_set_back_revives_nothing,
    a_fresh_code_counts_for_ten_minutes,
    a_clerk_names_who_asked,
);

#[track_caller]
fn is_out(found: Result<Session, AccountError>) {
    assert_eq!(refusal(found), AccountRefusal::NotSignedIn);
}

async fn a_session_ends_unused_and_by_age(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let id = town.enter(&phone, NINE).await;
    let almost = later(NINE, 30 * MINUTE - 1);
    town.accounts.session(&id, almost).await.unwrap();
    // Used: half an hour more.
    let next = later(almost, 30 * MINUTE);
    town.accounts.session(&id, later(next, -1)).await.unwrap();
    is_out(town.accounts.session(&id, later(next, 30 * MINUTE)).await);
    assert_eq!(town.logged("sessions_ended").await, 1);
    // Ended is ended, also for somebody whose clock says otherwise by a little.
    is_out(
        town.accounts
            .session(&id, later(next, 29 * MINUTE + MINUTE))
            .await,
    );
    let start = later(NINE, DAY);
    let id = town.enter(&phone, start).await;
    for quarter in 1..48 {
        let now = later(start, quarter * 15 * MINUTE);
        town.accounts.session(&id, now).await.unwrap();
    }
    is_out(town.accounts.session(&id, later(start, 12 * HOUR)).await);
    // Other figures of the settings.
    let settings = AccountSettings {
        idle_minutes: 15,
        session_hours: 8,
        ..AccountSettings::default()
    };
    let accounts = Town::open(&town.store, &town.folder, settings).await;
    let start = later(start, DAY);
    let id = town.enter(&phone, start).await;
    is_out(accounts.session(&id, later(start, 15 * MINUTE)).await);
    town.is_sound().await;
}

async fn a_session_ends_at_once_where_it_must(place: &Place) {
    let town = Town::new(place).await;
    let (one, two) = (town.ready("jingban").await, town.ready("fuhe").await);
    let (one, two) = (town.enter(&one, NINE).await, town.enter(&two, NINE).await);
    let now = later(NINE, 1_000_000);
    // Another role.
    let mut changed = user(PEOPLE[0]);
    changed.roles = BTreeSet::from([Role::Maker, Role::Approver]);
    let action = Box::new(Action::SetUser { user: changed });
    let motion = MotionId::new("M1");
    let open = Command::OpenMotion {
        motion: motion.clone(),
        action,
    };
    town.order(Actor::User(UserId::new("anquan")), open).await;
    town.accounts.session(&one, now).await.unwrap();
    let sign = Command::SignMotion { motion };
    town.order(Actor::User(UserId::new("shenguan")), sign).await;
    is_out(town.accounts.session(&one, now).await);
    town.accounts.session(&two, now).await.unwrap();
    // Suspended.
    let user = UserId::new("fuhe");
    let suspend = Command::Suspend { user };
    town.order(Actor::User(UserId::new("anquan")), suspend)
        .await;
    is_out(town.accounts.session(&two, now).await);
    town.is_sound().await;
}

async fn whoever_signed_out_is_out(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let id = town.enter(&phone, NINE).await;
    let stays = town.enter(&phone, later(NINE, STEP)).await;
    let now = later(NINE, STEP);
    town.accounts.sign_out(&id, &home(), now).await.unwrap();
    is_out(town.accounts.session(&id, now).await);
    town.accounts.session(&stays, now).await.unwrap();
    town.accounts.sign_out(&id, &home(), now).await.unwrap();
    // What never was a session of ours is none: not a preset one, not a mark, not a name.
    let query = "SELECT mark, name FROM sessions";
    let rows = town.store.database.fetch(query, &[]).await.unwrap();
    let mark = crate::store::encoding::hex(rows[0].blob("mark").unwrap());
    let name = rows[0].text("name").unwrap().to_owned();
    for forged in [mark, name, "a".repeat(64), String::new(), "../".repeat(20)] {
        is_out(town.accounts.session(&forged, now).await);
    }
    assert_eq!(town.logged("signed_out").await, 1);
}

async fn everybody_sees_and_ends_his_own_sessions(place: &Place) {
    let town = Town::new(place).await;
    let (phone, other) = (town.ready("jingban").await, town.ready("fuhe").await);
    let first = town.enter(&phone, NINE).await;
    let now = later(NINE, STEP);
    let second = town.enter(&phone, now).await;
    let theirs = town.enter(&other, now).await;
    let session = town.accounts.session(&second, now).await.unwrap();
    let lines = town.accounts.own_sessions(&session, now).await.unwrap();
    assert_eq!(
        lines.iter().map(|line| line.is_own).collect::<Vec<_>>(),
        [true, false]
    );
    assert!(
        lines
            .iter()
            .all(|line| line.source == "192.0.2.1" && line.agent == "测试")
    );
    // Another's session cannot be named.
    let foreign = town.accounts.session(&theirs, now).await.unwrap().name;
    let ended = town
        .accounts
        .end_own(&session, Some(&foreign), &home(), now)
        .await;
    assert!(matches!(refusal(ended), AccountRefusal::NoSuchThing(_)));
    let ended = town
        .accounts
        .end_own(&session, Some(&lines[1].name), &home(), now)
        .await;
    assert_eq!(ended.unwrap(), 1);
    is_out(town.accounts.session(&first, now).await);
    town.enter(&phone, later(now, STEP)).await;
    let now = later(now, STEP);
    assert_eq!(
        town.accounts
            .end_own(&session, None, &home(), now)
            .await
            .unwrap(),
        1
    );
    town.accounts.session(&second, now).await.unwrap();
    town.accounts.session(&theirs, now).await.unwrap();
}

async fn a_clock_that_was_set_back_revives_nothing(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("jingban").await;
    let (id, _) = town.step_up(&phone, NINE).await;
    let now = later(NINE, STEP);
    // A little is nothing: it stands still.
    town.accounts
        .session(&id, later(now, -MINUTE + 1))
        .await
        .unwrap();
    // It was over by the clock of then, and nobody had looked.
    let over = later(now, DAY);
    let code = town
        .accounts
        .issue(By::Console, "fuhe", NINE)
        .await
        .unwrap();
    town.accounts
        .issue(By::Console, "keji", over)
        .await
        .unwrap();
    // Another process, which knows the time from the database alone.
    let accounts = Town::open(&town.store, &town.folder, AccountSettings::default()).await;
    is_out(accounts.session(&id, now).await);
    let late = accounts
        .redeem(("fuhe", &code.code), GOOD, &home(), now)
        .await;
    assert_eq!(refusal(late), AccountRefusal::WrongOneTimeCode);
    assert_eq!(town.logged("clock_set_back").await, 1);
    // From there on, all is as usual.
    let now = later(now, STEP);
    let half = accounts
        .sign_in("jingban", &phone.password, &home(), now)
        .await
        .unwrap();
    let id = accounts
        .show_code(&half.id, &phone.code(now), &home(), now)
        .await
        .unwrap();
    accounts.session(&id, now).await.unwrap();
    is_out(accounts.session(&id, later(now, 30 * MINUTE)).await);
    town.is_sound().await;
}

async fn a_fresh_code_counts_for_ten_minutes(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("zhifu").await;
    let before = town.enter(&phone, NINE).await;
    let session = town.accounts.session(&before, NINE).await.unwrap();
    let seal = Command::BeginSending {
        batch: BatchId::new("B"),
    };
    // Signing in shows a code, and is not meant for any step.
    assert!(needs_fresh_code(&seal, None) && !session.has_stepped_up(NINE));
    let used = town
        .accounts
        .step_up(&before, &phone.code(NINE), &home(), NINE)
        .await;
    assert_eq!(refusal(used), AccountRefusal::WrongCode);
    let now = later(NINE, STEP);
    let id = town
        .accounts
        .step_up(&before, &phone.code(now), &home(), now)
        .await
        .unwrap();
    is_out(town.accounts.session(&before, now).await);
    for (passed, counts) in [(0, true), (10 * MINUTE - 1, true), (10 * MINUTE, false)] {
        let at = later(now, passed);
        let session = town.accounts.session(&id, at).await.unwrap();
        assert_eq!(session.has_stepped_up(at), counts, "{passed}");
        assert!(!session.has_stepped_up(later(now, -1)));
    }
    // What needs one and what does not.
    let payout = PayoutId::new("P");
    let write_off = Action::WriteOff {
        payout: payout.clone(),
        claim: 1,
        amount: zhida_policies::values::Money::from_fen(1),
        document: "甲字1号".to_owned(),
    };
    let cancel = Action::Cancel {
        payout: payout.clone(),
        reason: "重复".to_owned(),
    };
    let motion = || MotionId::new("M");
    let sign = || Command::SignMotion { motion: motion() };
    let open = |action: &Action| Command::OpenMotion {
        motion: motion(),
        action: Box::new(action.clone()),
    };
    for (command, of, needs) in [
        (Command::Approve { payout }, None, false),
        (open(&write_off), None, true),
        (open(&cancel), None, false),
        (sign(), Some(&write_off), true),
        (sign(), Some(&cancel), false),
        (sign(), None, true),
    ] {
        assert_eq!(needs_fresh_code(&command, of), needs, "{command:?}");
    }
}

async fn a_clerk_names_who_asked(place: &Place) {
    let town = Town::new(place).await;
    let enterprise = user(PEOPLE[9]).enterprise.unwrap();
    let clerk = town.ready("bangban").await;
    let id = town.enter(&clerk, NINE).await;
    let clerk = town.accounts.session(&id, NINE).await.unwrap();
    let actor = clerk.assisting(enterprise, " 陈企业 ").unwrap();
    let expected = Actor::Assisted {
        clerk: UserId::new("bangban"),
        enterprise,
        asked_by: PersonId::new("陈企业"),
    };
    assert_eq!(actor, expected);
    for nobody in ["", "  ", "钱帮办"] {
        let refused = clerk.assisting(enterprise, nobody).unwrap_err();
        assert_eq!(refused, AccountRefusal::NobodyAsked, "{nobody:?}");
    }
    let maker = town.ready("jingban").await;
    let id = town.enter(&maker, NINE).await;
    let maker = town.accounts.session(&id, NINE).await.unwrap();
    let refused = maker.assisting(enterprise, "陈企业").unwrap_err();
    assert_eq!(refused, AccountRefusal::NotTheRole(Role::Clerk));
}
