//! The payouts of an enterprise, its account, and what it may decide.

use axum::http::StatusCode;
use zhida_engine::payouts::{Actor, Command, MotionState, PayoutState, Subject, Thing, UserId};
use zhida_policies::values::Uscc;

use super::{account, form, play, site, who};
use crate::store::Listing;
use crate::store::tests::support::month::{Script, payout, uscc};
use crate::web::testing::Site;

/// Two enterprises: awards shown and waiting for them; no account is registered.
async fn waiting() -> Site {
    let site = site(None).await;
    let mut script = Script::default();
    script.opening(100_000_000);
    for number in 0..3 {
        account(&mut script, uscc(number));
    }
    script.taken(0..2);
    script.checked(0..2);
    script.approved(0..2);
    script.shown(0..2);
    play(&site, script).await;
    // The script is past its notice on the thirteenth day.
    let at = "2026-03-16T10:00:00+08:00"
        .parse::<jiff::Timestamp>()
        .unwrap();
    site.server
        .clock
        .set(zhida_engine::payouts::Moment(at.as_microsecond()));
    site
}

async fn state(site: &Site, number: usize) -> PayoutState {
    let id = payout(number);
    let books = site
        .server
        .store
        .see(&[Subject::Payout(id.clone())])
        .await
        .unwrap();
    books.payout(&id).unwrap().state()
}

const NAME: &str = "示例0有限公司";
const ACCOUNT: &str = "3500000000000007";
const CNAPS: &str = "102100099996";

fn filled(name: &str, account: &str, cnaps: &str) -> String {
    form(&[
        ("key", "k-account"),
        ("name", name),
        ("account", account),
        ("cnaps", cnaps),
        ("bank", "示例银行示例支行"),
    ])
}

/// Registers the account of the first enterprise with two people.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are all told alike"
)]
async fn registered(site: &Site) {
    let own = who(uscc(0));
    let sent = site
        .post(&own, "/my/account", &filled(NAME, ACCOUNT, CNAPS))
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let motions = site.server.store.list(Listing::Motions).await.unwrap();
    let open = motions.into_iter().find_map(|thing| match thing {
        Thing::Motion(motion) if motion.state == MotionState::Open => Some(motion.id),
        _ => None,
    });
    let sign = crate::store::Request {
        key: "sign".to_owned(),
        order: zhida_engine::payouts::Order {
            actor: Actor::User(UserId::new("复核")),
            at: site.server.clock.now(),
            command: Command::SignMotion {
                motion: open.unwrap(),
            },
        },
    };
    let answered = site.server.store.submit(&[sign]).await.unwrap();
    let is_done = matches!(answered[0], crate::store::Answered::Done { .. });
    assert!(is_done, "{answered:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_registers_confirms_and_sees_only_four_digits() {
    let site = waiting().await;
    let own = who(uscc(0));
    let page = site.get(&own, "/my/payouts").await.text;
    for part in [
        "100.00 <small>元",
        "等您确认收款账户",
        "待企业确认",
        "aria-current=\"step\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let path = format!("/my/payouts/{}", payout(0));
    let page = site.get(&own, &path).await.text;
    assert!(page.contains("还没有登记收款账户,请先登记"), "{page}");
    registered(&site).await;
    let page = site.get(&own, "/my/account").await.text;
    assert!(
        page.contains("****0007") && !page.contains(ACCOUNT),
        "{page}"
    );
    let page = site.get(&own, &path).await.text;
    assert!(
        page.contains("****0007") && !page.contains(ACCOUNT),
        "{page}"
    );
    // An account that is not the one that was shown is not confirmed.
    let other = site
        .post(&own, &format!("{path}/confirm"), "key=a&version=2")
        .await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(state(&site, 0).await, PayoutState::AwaitPayee);
    let done = site
        .post(&own, &format!("{path}/confirm"), "key=b&version=1")
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert_eq!(state(&site, 0).await, PayoutState::Confirmed);
    // The same form again is the same order.
    let again = site
        .post(&own, &format!("{path}/confirm"), "key=b&version=1")
        .await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_receive_money_is_told_field_by_field() {
    let site = waiting().await;
    let own = who(uscc(0));
    let long = "9".repeat(10_000);
    let cases = [
        (filled("", ACCOUNT, CNAPS), "户名不能用来收款"),
        (filled(NAME, "12ab", CNAPS), "账号不能用来收款"),
        (filled(NAME, &long, CNAPS), "账号不能用来收款"),
        (filled(NAME, ACCOUNT, "102100099997"), "联行号不对"),
        (
            filled(&"长".repeat(10_000), ACCOUNT, CNAPS),
            "户名不能用来收款",
        ),
    ];
    for (form, said) in cases {
        let reply = site.post(&own, "/my/account", &form).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(reply.text.contains(said), "{said}: {}", reply.text);
        assert!(!reply.text.contains(ACCOUNT), "{said}");
    }
    let motions = site.server.store.list(Listing::Motions).await.unwrap();
    let is_change =
        |thing: &Thing| matches!(thing, Thing::Motion(one) if one.state == MotionState::Open);
    assert!(!motions.iter().any(is_change));
    let evil = filled("<script>x</script>公司", "1", CNAPS);
    let reply = site.post(&own, "/my/account", &evil).await;
    assert!(!reply.text.contains("<script>x"), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_asked_twice() {
    let site = waiting().await;
    let own = who(uscc(1));
    let path = format!("/my/payouts/{}/decline", payout(1));
    let page = site.get(&own, &path).await.text;
    assert!(page.contains("放弃后不能恢复"), "{page}");
    assert_eq!(state(&site, 1).await, PayoutState::AwaitPayee);
    let unsure = site.post(&own, &path, "key=a").await;
    assert_eq!(unsure.status, StatusCode::SEE_OTHER);
    assert_eq!(state(&site, 1).await, PayoutState::AwaitPayee);
    let sure = site.post(&own, &path, "key=b&sure=yes").await;
    assert_eq!(sure.status, StatusCode::SEE_OTHER, "{}", sure.text);
    assert_eq!(state(&site, 1).await, PayoutState::Declined);
    let page = site
        .get(&own, &format!("/my/payouts/{}", payout(1)))
        .await
        .text;
    assert!(page.contains("您已放弃这笔兑付"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payouts_of_others_are_not_there() {
    let site = waiting().await;
    let own = who(uscc(0));
    let (foreign, missing) = (
        payout(1).to_string(),
        "PAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
    );
    for tail in ["", "/decline"] {
        let foreign = site
            .get(&own, &format!("/my/payouts/{foreign}{tail}"))
            .await;
        let missing = site
            .get(&own, &format!("/my/payouts/{missing}{tail}"))
            .await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        assert_eq!(
            foreign.text.replace(&payout(1).to_string(), ""),
            missing.text.replace("PAAAAAAAAAAAAAAAAAAAAAAAAA", "")
        );
    }
    for tail in ["/confirm", "/decline"] {
        let path = format!("/my/payouts/{foreign}{tail}");
        let reply = site.post(&own, &path, "key=x&version=1&sure=yes").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{tail}");
    }
    assert_eq!(state(&site, 1).await, PayoutState::AwaitPayee);
    let nobody = who(uscc(2));
    let page = site.get(&nobody, "/my/payouts").await.text;
    assert!(page.contains("还没有兑付"), "{page}");
    let page = site.get(&nobody, "/my/messages").await.text;
    assert!(page.contains("现在没有要办的事"), "{page}");
    let page = site.get(&nobody, "/my/account").await.text;
    assert!(page.contains("还没有登记收款账户"), "{page}");
    for path in ["/my/payouts", "/my/account", "/my/messages"] {
        let official = site.get("经办@示例市财政局", path).await;
        assert_eq!(official.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_begin_with_what_is_to_be_done() {
    let site = waiting().await;
    let page = site.get(&who(uscc(0)), "/my/messages").await.text;
    for part in ["100.00 元:请确认收款账户", "逾期视为放弃", "待确认"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_payout_tells_its_steps_and_its_payments() {
    let site = site(None).await;
    let mut script = Script::default();
    script.opening(100_000_000);
    account(&mut script, uscc(0));
    script.taken(0..1);
    script.checked(0..1);
    script.approved(0..1);
    script.shown(0..1);
    script.confirmed(0..1);
    script.sent("批", &[0]);
    script.paid(0, 1);
    play(&site, script).await;
    let page = site
        .get(&who(uscc(0)), &format!("/my/payouts/{}", payout(0)))
        .await
        .text;
    // The bank books on 2026-03-20.
    for part in [
        "已支付",
        "款项已经付出",
        "2026-03-20",
        "付款记录",
        "已付出",
        "****0007",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(page.matches("class=\"done\"").count(), 6, "{page}");
}

#[test]
fn codes_of_the_script_are_codes() {
    assert!(Uscc::parse(uscc(0).as_str()).is_ok());
}
