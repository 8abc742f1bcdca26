//! The month of the payouts walk-through, through the pages, by different people.

use axum::http::StatusCode;
use zhida_engine::payouts::PayoutState;

use super::town::*;
use crate::views::payouts::{self, PayoutQuery};
use crate::web::testing::{Reply, Site};

/// The payouts of the bureau in some states; all where there is none.
pub(crate) async fn in_states(
    site: &Site,
    states: &[PayoutState],
) -> Vec<zhida_engine::payouts::Payout> {
    let query = PayoutQuery {
        states: states.to_vec(),
        ..PayoutQuery::default()
    };
    let store = &site.server.store;
    let page = payouts::page(store, &scope(), &query, ("", 1_000))
        .await
        .unwrap();
    page.payouts
}

/// Every open motion that a page offers to sign is signed.
pub(super) async fn sign_all(site: &Site, who: &str) {
    let page = look(site, who, "/console/motions").await;
    let paths = between(&page.text, "action=\"/console/motions/", "\"");
    let paths: Vec<&str> = paths
        .iter()
        .filter_map(|path| path.strip_suffix("/sign"))
        .collect();
    assert!(
        !paths.is_empty(),
        "{who} has nothing to sign: {}",
        page.text
    );
    for motion in paths {
        let path = format!("/console/motions/{motion}/sign");
        done(site, who, &path, &form(&page, &path)).await;
    }
}

/// Grants, takes up and proposes.
pub(crate) async fn decide(site: &Site) {
    let grant = form(
        &look(site, MAKER, "/console/settings").await,
        "/console/settings/grant",
    );
    let fields = format!(
        "{grant}&line={}&amount=3000000000&document={}",
        encoded("示例市财政局资金"),
        encoded("财预〔2026〕8号")
    );
    done(site, MAKER, "/console/settings/grant", &fields).await;
    // Who asked for it cannot sign it, and is not even offered to.
    let own = look(site, MAKER, "/console/motions").await;
    assert!(!own.text.contains("/sign\""), "{}", own.text);
    sign_all(site, CHECKER).await;
    let page = look(site, MAKER, "/console/sweeps").await;
    let sweep = between(&page.text, "href=\"/console/sweeps/", "\"").remove(0);
    let page = look(site, MAKER, &format!("/console/sweeps/{sweep}")).await;
    let take = format!("{}&limit=40", form(&page, "/console/sweeps/take"));
    done(site, MAKER, "/console/sweeps/take", &take).await;
    let page = look(site, MAKER, "/console/review?step=propose").await;
    let propose = form(&page, "/console/review/propose");
    done(site, MAKER, "/console/review/propose", &propose).await;
    // The same form again is about a list that is no longer there.
    refused(site, MAKER, "/console/review/propose", &propose).await;
}

/// How many were taken up.
async fn all(site: &Site) -> usize {
    in_states(site, &[]).await.len()
}

/// Checks and approves.
pub(crate) async fn approve(site: &Site) {
    let page = look(site, CHECKER, "/console/review?step=check").await;
    let check = form(&page, "/console/review/check");
    let reply = site.post(MAKER, "/console/review/check", &check).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    done(site, CHECKER, "/console/review/check", &check).await;
    let page = look(site, APPROVER, "/console/review?step=approve").await;
    let approve = form(&page, "/console/review/approve");
    done(site, APPROVER, "/console/review/approve", &approve).await;
    for payout in in_states(site, &[PayoutState::Checked]).await {
        // Five million and more: a second approver, never the same person.
        assert!(payout.amount.fen() >= 500_000_000, "{payout:?}");
        let path = format!("/console/payouts/{}", payout.id);
        let page = look(site, APPROVER, &path).await;
        let path = format!("{path}/approve");
        let said = refused(site, APPROVER, &path, &form(&page, &path)).await;
        assert!(
            said.contains("须由另一人办理") && said.contains("拒绝编号"),
            "{said}"
        );
        let page = look(
            site,
            SECOND_APPROVER,
            &format!("/console/payouts/{}", payout.id),
        )
        .await;
        done(site, SECOND_APPROVER, &path, &form(&page, &path)).await;
    }
    assert_eq!(
        in_states(site, &[PayoutState::Approved]).await.len(),
        all(site).await
    );
}

pub(crate) async fn publish(site: &Site) {
    let page = look(site, MAKER, "/console/notices").await;
    let notice = form(&page, "/console/notices/publish");
    done(site, MAKER, "/console/notices/publish", &notice).await;
    let page = look(site, AUDITOR, "/console/notices").await;
    let forms = between(&page.text, "href=\"/console/notices/", "\"");
    let html = forms.iter().find(|path| path.contains('/')).unwrap();
    let file = look(site, AUDITOR, &format!("/console/notices/{html}")).await;
    let disposition = file.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    set_day(site, "2026-07-09");
    let page = look(site, MAKER, "/console/notices").await;
    let tick = form(&page, "/console/notices/tick");
    done(site, MAKER, "/console/notices/tick", &tick).await;
    assert_eq!(
        in_states(site, &[PayoutState::AwaitPayee]).await.len(),
        all(site).await
    );
}

async fn confirm(site: &Site) {
    let mut text = "uscc,name,account,cnaps,bank\n".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    for payout in in_states(site, &[PayoutState::AwaitPayee]).await {
        if seen.insert(payout.key.uscc) {
            let account = format!("35{:016}7", seen.len());
            text.push_str(&format!(
                "{},{},{account},102100099996,中国工商银行总行清算中心\n",
                payout.key.uscc, payout.enterprise
            ));
        }
    }
    let file = ("file", "账户.csv", text.as_bytes());
    let path = "/console/payees/import";
    let reply = upload(site, MAKER, path, &[("key", "payees")], file).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    sign_all(site, CHECKER).await;
    let page = look(site, CHECKER, "/console/payees").await;
    assert!(
        page.text.contains("****") && !page.text.contains("35000000"),
        "{}",
        page.text
    );
    let words = ["confirm", "--all", "--each-enterprise"];
    typed(site, "帮办@示例市财政局", &words).await;
}

/// Makes a batch, seals and sends it, and reads what the bank says; the first so many come back.
async fn pay(site: &Site, day: &str, returns: &str) {
    let page = look(site, PAYMENT_MAKER, "/console/batches").await;
    let batch = format!(
        "{}&payer={}&date={day}",
        form(&page, "/console/batches/make"),
        encoded("示例市财政局零余额")
    );
    done(site, PAYMENT_MAKER, "/console/batches/make", &batch).await;
    let batched = in_states(site, &[PayoutState::Batched]).await;
    let alive = batched.iter().map(|payout| payout.alive().unwrap());
    let fen: i64 = alive.map(|attempt| attempt.amount.fen()).sum();
    let id = batched[0].alive().unwrap().batch.to_string();
    let path = format!("/console/batches/{id}");
    let page = look(site, PAYMENT_CHECKER, &path).await;
    let seal = form(&page, &format!("{path}/seal"));
    let wrong = format!("{seal}&count={}&total=1.00", batched.len());
    refused(site, PAYMENT_CHECKER, &format!("{path}/seal"), &wrong).await;
    let page = look(site, PAYMENT_CHECKER, &path).await;
    let total = zhida_policies::values::Money::from_fen(fen);
    let seal = format!(
        "{}&count={}&total={total}",
        form(&page, &format!("{path}/seal")),
        batched.len()
    );
    done(site, PAYMENT_CHECKER, &format!("{path}/seal"), &seal).await;
    let page = look(site, PAYMENT_MAKER, &path).await;
    let file = between(&page.text, &format!("href=\"{path}/files/"), "\"").remove(0);
    let file = format!("{path}/files/{file}");
    look(site, PAYMENT_MAKER, &file).await;
    assert_eq!(site.get(MAKER, &file).await.status, StatusCode::FORBIDDEN);
    done(
        site,
        PAYMENT_MAKER,
        &format!("{path}/send"),
        &form(&page, &format!("{path}/send")),
    )
    .await;
    let answer = site.folder.path().join(format!("answer-{day}.xml"));
    let answer_path = answer.to_str().unwrap();
    let words = [
        "trial-bank",
        &id,
        "--on",
        day,
        "--returns",
        returns,
        "-o",
        answer_path,
    ];
    typed(site, RECONCILER, &words).await;
    let bytes = std::fs::read(&answer).unwrap();
    let fields = [("key", day), ("payer", "示例市财政局零余额")];
    let file = ("file", "camt054.xml", bytes.as_slice());
    let reply = upload(site, RECONCILER, "/console/answers/read", &fields, file).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
}

async fn reissue(site: &Site) {
    for payout in in_states(site, &[PayoutState::Returned]).await {
        let path = format!("/console/payouts/{}", payout.id);
        let page = look(site, MAKER, &path).await;
        let path = format!("{path}/reissue");
        let fields = format!("{}&cause={}", form(&page, &path), encoded("企业已恢复账户"));
        done(site, MAKER, &path, &fields).await;
    }
    sign_all(site, CHECKER).await;
}

async fn close(site: &Site) {
    let page = look(site, RECONCILER, "/console/reconciliation").await;
    let close = format!(
        "{}&until=2026-07-31",
        form(&page, "/console/reconciliation/close")
    );
    done(site, RECONCILER, "/console/reconciliation/close", &close).await;
    sign_all(site, APPROVER).await;
    let page = look(site, RECONCILER, "/console/reconciliation").await;
    let settle = form(&page, "/console/reconciliation/settle");
    done(site, RECONCILER, "/console/reconciliation/settle", &settle).await;
}

async fn shown_everywhere(site: &Site) -> Reply {
    for path in PAGES {
        for who in OFFICIALS {
            look(site, who, path).await;
        }
    }
    let payout = in_states(site, &[]).await.remove(0);
    look(
        site,
        AUDITOR,
        &format!("/console/enterprises/{}", payout.key.uscc),
    )
    .await;
    look(site, AUDITOR, &format!("/console/payouts/{}", payout.id)).await
}

/// Pages without a name in their path.
const PAGES: [&str; 16] = [
    "/console",
    "/console/review",
    "/console/imports",
    "/console/sweeps",
    "/console/notices",
    "/console/payees",
    "/console/batches",
    "/console/answers",
    "/console/reconciliation",
    "/console/recoveries",
    "/console/motions",
    "/console/enterprises",
    "/console/limits",
    "/console/settings",
    "/console/forecasts",
    "/console/policies",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_month_from_the_file_to_the_account() {
    let site = town().await;
    shown_when_empty(&site).await;
    swept(&site).await;
    decide(&site).await;
    approve(&site).await;
    publish(&site).await;
    confirm(&site).await;
    pay(&site, "2026-07-10", "1").await;
    assert_eq!(in_states(&site, &[PayoutState::Returned]).await.len(), 1);
    set_day(&site, "2026-07-13");
    reissue(&site).await;
    pay(&site, "2026-07-13", "0").await;
    set_day(&site, "2026-08-03");
    close(&site).await;
    let all = all(&site).await;
    assert!(all > 20, "{all}");
    assert_eq!(in_states(&site, &[PayoutState::Settled]).await.len(), all);
    let page = shown_everywhere(&site).await;
    assert!(
        page.text.contains("金额怎样算出") && page.text.contains("<pre"),
        "{}",
        page.text
    );
    let page = look(&site, MAKER, "/console").await;
    assert!(
        page.text.contains(&format!("{all} <")) || page.text.contains(&format!("· {all}")),
        "{}",
        page.text
    );
    nothing_beside(&site).await;
}

async fn shown_when_empty(site: &Site) {
    for path in PAGES {
        for who in OFFICIALS {
            look(site, who, path).await;
        }
    }
}

/// The bureau beside sees none of it: what is foreign is as if it were not there.
async fn nothing_beside(site: &Site) {
    let payout = in_states(site, &[]).await.remove(0);
    let batch = payout.attempts[0].batch.to_string();
    let notice = payout.notice.clone().unwrap().to_string();
    for who in ["经办@邻市财政局", "支付复核@邻市财政局", "审计@邻市财政局"]
    {
        for path in PAGES {
            let page = look(site, who, path).await;
            assert!(!page.text.contains(payout.id.as_str()), "{who} {path}");
            assert!(!page.text.contains(&payout.enterprise), "{who} {path}");
        }
        for (foreign, missing) in [
            (
                format!("/console/payouts/{}", payout.id),
                "/console/payouts/P0".to_owned(),
            ),
            (
                format!("/console/batches/{batch}"),
                "/console/batches/B0".to_owned(),
            ),
            (
                format!("/console/notices/{notice}"),
                "/console/notices/N0".to_owned(),
            ),
            (
                format!("/console/enterprises/{}", payout.key.uscc),
                "/console/enterprises/91420600MA00000159".to_owned(),
            ),
        ] {
            let (one, other) = (site.get(who, &foreign).await, site.get(who, &missing).await);
            assert_eq!(one.status, StatusCode::NOT_FOUND, "{who} {foreign}");
            assert_eq!(one.status, other.status, "{who} {missing}");
        }
    }
    let path = format!("/console/payouts/{}/propose", payout.id);
    let foreign = site.post("经办@邻市财政局", &path, "key=x").await;
    let missing = site
        .post("经办@邻市财政局", "/console/payouts/P0/propose", "key=x")
        .await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{}", foreign.text);
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}
