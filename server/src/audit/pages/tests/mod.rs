//! The pages of auditors over a town whose month has begun.

mod jobs;
mod sight;

use axum::http::StatusCode;

use crate::audit::bundle;
use crate::console::tests::month::{approve, decide, in_states, publish};
use crate::console::tests::town::*;
use crate::site;
use crate::web::testing::{Reply, Site};

/// An auditor of everything.
const WHOLE: &str = "审计@示例市财政局+邻市财政局";
/// An auditor of the bureau beside.
const STRANGER: &str = "审计@邻市财政局";

/// A town with approved payouts that came of a sealed sweep.
async fn audited() -> Site {
    let site = town_with(site::places()).await;
    swept(&site).await;
    decide(&site).await;
    approve(&site).await;
    let now = site.server.clock.now();
    site.server.store.head(now).await.unwrap();
    site
}

async fn seal_of(site: &Site, who: &str) -> String {
    let page = look(site, who, "/audit/sweeps").await;
    between(&page.text, "href=\"/audit/sweeps/", "\"").remove(0)
}

/// Sends the form of a page, does the job, and looks at its answer.
async fn asked(site: &Site, who: &str, (page, action): (&str, &str), fields: &str) -> Reply {
    let page = look(site, who, page).await;
    let fields = format!("{}&{fields}", form(&page, action));
    let job = done(site, who, action, &fields).await;
    let waiting = look(site, who, &job).await;
    assert!(waiting.text.contains("data-events"), "{}", waiting.text);
    work(site).await;
    look(site, who, &job).await
}

/// The path of a file that an answer offers.
fn offered(answer: &Reply, form: &str) -> String {
    let paths = between(&answer.text, "href=\"/audit/jobs/", "\"");
    let found = paths.iter().find(|path| path.ends_with(form));
    let found = found.unwrap_or_else(|| panic!("no {form} in {}", answer.text));
    format!("/audit/jobs/{found}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_verified_as_a_job_and_a_changed_record_is_named() {
    let site = audited().await;
    let page = look(&site, WHOLE, "/audit").await;
    assert!(page.text.contains("还没有核验过"), "{}", page.text);
    assert!(page.text.contains("签名成立"), "{}", page.text);
    let answer = asked(&site, WHOLE, ("/audit", "/audit/verify"), "head=").await;
    assert!(answer.text.contains("没有发现改动"), "{}", answer.text);
    let page = look(&site, WHOLE, "/audit").await;
    assert!(page.text.contains("没有发现改动"), "{}", page.text);
    // Somebody changes an amount behind the program's back.
    let change = "UPDATE payouts SET amount = amount + 1 WHERE id = (SELECT MIN(id) FROM payouts)";
    let database = &site.server.store.database;
    let changed: Result<u64, crate::store::StoreError> = database
        .write(|mut transaction| async move { transaction.execute(change, &[]).await })
        .await;
    assert_eq!(changed.unwrap(), 1);
    set_day(&site, "2026-07-02");
    let answer = asked(&site, WHOLE, ("/audit", "/audit/verify"), "head=").await;
    assert!(
        answer.text.contains("发现改动:表 payouts"),
        "{}",
        answer.text
    );
    let page = look(&site, WHOLE, "/audit").await;
    assert!(page.text.contains("没有通过"), "{}", page.text);
    assert!(page.text.contains("表 payouts"), "{}", page.text);
    // It is about everything: who sees a part is not even offered it.
    let page = look(&site, AUDITOR, "/audit").await;
    assert!(!page.text.contains("action=\"/audit/verify\""));
    let reply = site.post(AUDITOR, "/audit/verify", "key=k").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_signed_as_it_stands_and_once() {
    let site = audited().await;
    let (action, covers) = ("/audit/head", "日志头包含全部记录");
    let page = look(&site, WHOLE, "/audit").await;
    assert!(page.text.contains(covers), "{}", page.text);
    assert!(!page.text.contains("action=\"/audit/head\""));
    publish(&site).await;
    let signed = || async {
        let mut transaction = site.server.store.database.read().await.unwrap();
        let heads = crate::store::log::heads(&mut transaction).await.unwrap();
        let events = crate::store::log::frontier(&mut transaction).await.unwrap();
        transaction.rollback().await;
        let last = heads.last().unwrap().size;
        (heads.len(), last, events.size())
    };
    let (before, last, events) = signed().await;
    assert!(last < events, "something happened since");
    let page = look(&site, WHOLE, "/audit").await;
    assert!(page.text.contains("还没有签名的记录"), "{}", page.text);
    let fields = form(&page, action);
    // Clicked twice: one head.
    for _ in 0..2 {
        assert_eq!(done(&site, WHOLE, action, &fields).await, "/audit");
        assert_eq!(signed().await, (before + 1, events, events));
    }
    let page = look(&site, WHOLE, "/audit").await;
    assert!(page.text.contains(covers), "{}", page.text);
    for who in [MAKER, APPROVER] {
        let reply = site.post(who, action, "key=k").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_sweep_is_run_again_and_asked_about() {
    let site = audited().await;
    let seal = seal_of(&site, WHOLE).await;
    let home = format!("/audit/sweeps/{seal}");
    let page = look(&site, WHOLE, &home).await;
    assert!(page.text.contains("日志密钥的签名成立"), "{}", page.text);
    for reference in ["", "yes"] {
        let action = format!("{home}/replay");
        let fields = format!("reference={reference}");
        let answer = asked(&site, WHOLE, (&home, &action), &fields).await;
        assert!(answer.text.contains("一致:150 家企业"), "{}", answer.text);
    }
    let action = format!("{home}/sample");
    let drawn = "each=2&seed=a&margin=10";
    let answer = asked(&site, WHOLE, (&home, &action), drawn).await;
    let file = look(&site, WHOLE, &offered(&answer, "/csv")).await;
    let lines = file.text.lines().count();
    assert!((2..=11).contains(&lines), "{}", file.text);
    assert!(file.text.contains("金额最大") && file.text.contains("随机"));
    // The same seed draws the same; the answers are the same bytes.
    let again = asked(&site, WHOLE, (&home, &action), drawn).await;
    assert_eq!(
        look(&site, WHOLE, &offered(&again, "/csv")).await.text,
        file.text
    );
    // An enterprise that moves away loses what this city owes it.
    let payout = in_states(&site, &[]).await.remove(0);
    let (uscc, action) = (payout.key.uscc.to_string(), format!("{home}/what-if"));
    let moved = format!("enterprise={uscc}&fact={}&value=110101", encoded("地区"));
    let answer = asked(&site, WHOLE, (&home, &action), &moved).await;
    let file = look(&site, WHOLE, &offered(&answer, "/csv")).await;
    let own = file.text.lines().filter(|line| line.contains(&uscc));
    assert!(
        own.clone().any(|line| line.contains(&payout.key.measure)),
        "{}",
        file.text
    );
    assert!(answer.text.contains("第一个不同的节点"), "{}", answer.text);
    // What cannot be supposed is refused at once, or says why.
    let reply = site.post(WHOLE, &action, "key=x").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text);
    let fields = format!("seal={seal}");
    let answer = asked(
        &site,
        WHOLE,
        ("/audit/overlaps", "/audit/overlaps"),
        &fields,
    )
    .await;
    assert!(answer.text.contains("完成"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_exported_as_one_archive_that_is_checked_elsewhere() {
    let site = audited().await;
    for (masked, word) in [("", "完整版"), ("yes", "脱敏版")] {
        let fields = format!("masked={masked}");
        let at = ("/audit/exports", "/audit/exports");
        let answer = asked(&site, WHOLE, at, &fields).await;
        assert!(answer.text.contains(word), "{}", answer.text);
        let zip = offered(&answer, "/zip");
        let job = zip.split('/').nth(3).unwrap();
        let server = &site.server;
        let asked = crate::views::asked::find(&server.store, &scope(), job).await;
        let path = server.folder.join(asked.unwrap().unwrap().folder);
        let key = server.store.key.public();
        let checked = bundle::verify(&path, Some(&key), None).unwrap().unwrap();
        assert!(checked.events > 10, "{checked:?}");
        // What is sent is the file.
        let sent = look(&site, WHOLE, &zip).await;
        let length = std::fs::metadata(&path).unwrap().len().to_string();
        assert_eq!(sent.headers["content-length"].to_str().unwrap(), length);
    }
    let reply = site.post(AUDITOR, "/audit/exports", "key=k").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_followed_back_to_law_and_facts_by_those_who_may() {
    let site = audited().await;
    let payout = in_states(&site, &[]).await.remove(0);
    let path = format!("/audit/payouts/{}", payout.id);
    let page = look(&site, AUDITOR, &path).await;
    for word in [
        "重放一致",
        "《",
        "所用数据",
        "怎样算出",
        "复核",
        "审批",
        "Entitle",
    ] {
        assert!(page.text.contains(word), "{word}: {}", page.text);
    }
    let list = look(&site, AUDITOR, "/audit/payouts").await;
    assert!(list.text.contains(payout.id.as_str()), "{}", list.text);
    let seal = seal_of(&site, AUDITOR).await;
    let home = format!("/audit/sweeps/{seal}");
    let action = format!("{home}/replay");
    let answer = asked(&site, AUDITOR, (&home, &action), "reference=").await;
    // What all enterprises come to together is not his, in the answer, the list and the seal.
    assert!(!answer.text.contains("150 家企业"), "{}", answer.text);
    let json = async |who: &str, path: &str| -> serde_json::Value {
        serde_json::from_str(&look(&site, who, path).await.text).unwrap()
    };
    for (who, is_whole) in [(AUDITOR, false), (WHOLE, true)] {
        let list = json(who, "/api/v1/seals").await;
        let sealed = &list["items"][0]["sealed"];
        let one = json(who, &format!("/api/v1/seals/{seal}")).await;
        let result = &one["result"];
        for sum in [
            &sealed["enterprises"],
            &sealed["payable"],
            &sealed["payable_awards"],
            &result["payable"],
            &result["measures"],
        ] {
            assert_eq!(sum.is_null(), !is_whole, "{who}: {list} {one}");
        }
        let page = look(&site, who, &home).await;
        let is_told = page.text.contains("150 家企业");
        assert_eq!(is_told, is_whole, "{who}: {}", page.text);
    }
    assert!(answer.text.contains("一致:"), "{}", answer.text);
    // The auditor beside sees none of it, and cannot tell it from what is not there.
    let jobs = between(&answer.text, "href=\"/audit/jobs/", "/files");
    let job = format!("/audit/jobs/{}", jobs[0]);
    for path in [&path, &home, &job] {
        let reply = site.get(STRANGER, path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
    let list = look(&site, STRANGER, "/audit/sweeps").await;
    assert!(!list.text.contains(&seal), "{}", list.text);
    // What only a part may be told of is not for those who see another part.
    let list = look(&site, STRANGER, "/audit/payouts").await;
    assert!(list.text.contains("没有找到"), "{}", list.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_is_answered_is_about_those_whom_he_sees() {
    let site = audited().await;
    let seal = seal_of(&site, AUDITOR).await;
    let home = format!("/audit/sweeps/{seal}");
    let own: std::collections::BTreeSet<String> = in_states(&site, &[])
        .await
        .iter()
        .map(|payout| payout.key.uscc.to_string())
        .collect();
    let action = format!("{home}/sample");
    let drawn = "each=1000&seed=a&margin=10";
    let part = asked(&site, AUDITOR, (&home, &action), drawn).await;
    let part = look(&site, AUDITOR, &offered(&part, "/csv")).await.text;
    let whole = asked(&site, WHOLE, (&home, &action), drawn).await;
    let whole_path = offered(&whole, "/csv");
    let whole = look(&site, WHOLE, &whole_path).await.text;
    let named = |text: &str| -> std::collections::BTreeSet<String> {
        let lines = text.lines().skip(1);
        lines
            .map(|line| line.split(',').rev().nth(2).unwrap().to_owned())
            .collect()
    };
    assert!(named(&part).iter().all(|uscc| own.contains(uscc)), "{part}");
    assert!(!named(&part).is_empty(), "{part}");
    assert_eq!(named(&whole), named(&part), "nobody else owes anything");
    // The bureau beside has no such sweep, and nothing to ask of it.
    let list = look(&site, STRANGER, "/audit/sweeps").await.text;
    assert!(!list.contains(&seal), "{list}");
    let form = format!("key=k&{drawn}");
    for reply in [
        site.get(STRANGER, &home).await,
        site.post(STRANGER, &action, &form).await,
    ] {
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text);
    }
    // The answer about everything stays with those who see everything.
    let reply = site.get(AUDITOR, &whole_path).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_are_made_here_and_checked_by_anybody() {
    let site = audited().await;
    let page = look(&site, AUDITOR, "/audit").await;
    let note = between(&page.text, "<pre tabindex=\"0\">", "</pre>").remove(0);
    let head = encoded(&note);
    let path = "/audit/proofs/growth";
    let grown = site.post(AUDITOR, path, &format!("head={head}")).await;
    assert!(grown.text.contains("证明成立"), "{}", grown.text);
    let forged = note.replacen(|digit: char| digit.is_ascii_digit(), "9", 1);
    assert_ne!(forged, note);
    let grown = site
        .post(AUDITOR, path, &format!("head={}", encoded(&forged)))
        .await;
    assert!(
        grown.text.contains("不能由这个日志头接续"),
        "{}",
        grown.text
    );
    let payout = in_states(&site, &[]).await.remove(0);
    let own = format!("企业@{}", payout.key.uscc);
    let path = format!("/my/payouts/{}/files/proof.json", payout.id);
    // So far officials gave every order, and an order says who gave it.
    let reply = site.get(&own, &path).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    assert!(reply.text.contains("公示期满后"), "{}", reply.text);
    publish(&site).await;
    let file = look(&site, &own, &path).await;
    assert!(file.text.contains(payout.id.as_str()), "{}", file.text);
    // It is the end of the notice, and names nobody who works here.
    assert!(file.text.contains("EndNotice"), "{}", file.text);
    assert!(!file.text.contains(BUREAU), "{}", file.text);
    // Nothing of others is in it.
    for other in in_states(&site, &[]).await {
        if other.key.uscc != payout.key.uscc {
            assert!(!file.text.contains(other.id.as_str()), "{}", file.text);
        }
    }
    let key = site.server.store.key.public().text();
    let fields = |proof: &str| format!("proof={}&public_key={}", encoded(proof), encoded(&key));
    let good = site.post("", "/proofs", &fields(&file.text)).await;
    assert!(good.text.contains("证明成立"), "{}", good.text);
    let changed = file.text.replacen("\"sequence\": ", "\"sequence\": 1", 1);
    assert_ne!(changed, file.text);
    let bad = site.post("", "/proofs", &fields(&changed)).await;
    assert!(bad.text.contains("证明不成立"), "{}", bad.text);
    let bad = site.post("", "/proofs", "proof=%7B%7D").await;
    assert!(bad.text.contains("不是证明"), "{}", bad.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_of_a_payout_is_the_same_bytes_and_tells_each_reader_what_is_his() {
    let site = audited().await;
    let payout = in_states(&site, &[]).await.remove(0);
    let (own, id) = (format!("企业@{}", payout.key.uscc), &payout.id);
    let official = format!("/payouts/{id}/sheet");
    let page = look(&site, AUDITOR, &official).await;
    for word in [
        "奖补资金计算单",
        "条文",
        "所用数据",
        "怎样算出",
        "审批",
        "证明路径",
    ] {
        assert!(page.text.contains(word), "{word}: {}", page.text);
    }
    assert!(page.text.contains("审批@示例市财政局"), "{}", page.text);
    let enterprise = format!("/my/payouts/{id}/sheet");
    let page = look(&site, &own, &enterprise).await;
    assert!(page.text.contains("怎样算出"), "{}", page.text);
    assert!(!page.text.contains("审批@示例市财政局"), "{}", page.text);
    for form in ["pdf", "html"] {
        let path = format!("/payouts/{id}/files/sheet.{form}");
        let first = look(&site, AUDITOR, &path).await;
        assert_eq!(first.text, look(&site, AUDITOR, &path).await.text, "{path}");
    }
    let pdf = look(&site, &own, &format!("/my/payouts/{id}/files/sheet.pdf")).await;
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    assert!(pdf.text.starts_with("%PDF-"));
    // Another enterprise and another bureau find nothing.
    let others = in_states(&site, &[]).await;
    let other = others.iter().find(|one| one.key.uscc != payout.key.uscc);
    let other = format!("企业@{}", other.unwrap().key.uscc);
    for (who, path) in [(other.as_str(), &enterprise), (STRANGER, &official)] {
        let reply = site.get(who, path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{who} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_sweep_is_run_once_for_all_who_look_at_its_payouts() {
    let site = audited().await;
    let payouts = in_states(&site, &[]).await;
    let (first, second) = (&payouts[0], &payouts[1]);
    assert_eq!(first.origin.seal, second.origin.seal);
    assert_ne!(first.key.uscc, second.key.uscc);
    let held = &site.server.store.held;
    assert_eq!(held.runs(), 0);
    let own = |payout: &zhida_engine::payouts::Payout| {
        let who = format!("企业@{}", payout.key.uscc);
        (who, format!("/my/payouts/{}/sheet", payout.id))
    };
    let (who, path) = own(first);
    let page = look(&site, &who, &path).await;
    assert!(page.text.contains("怎样算出"), "{}", page.text);
    assert_eq!(held.runs(), 1);
    // Another payout, another reader, another form of it: nothing is swept.
    let (who, path) = own(second);
    let page = look(&site, &who, &path).await;
    assert!(page.text.contains("怎样算出"), "{}", page.text);
    assert!(
        !page.text.contains(first.key.uscc.as_str()),
        "{}",
        page.text
    );
    for payout in [first, second] {
        let id = &payout.id;
        for path in [
            format!("/payouts/{id}/sheet"),
            format!("/payouts/{id}/files/sheet.pdf"),
            format!("/audit/payouts/{id}"),
        ] {
            look(&site, AUDITOR, &path).await;
        }
        let page = look(&site, AUDITOR, &format!("/audit/payouts/{id}")).await;
        assert!(page.text.contains("重放一致"), "{}", page.text);
    }
    assert_eq!(held.runs(), 1);
    // What was told is remembered, though others have taken the places of the sweep meanwhile.
    held.make_room();
    let (who, path) = own(first);
    look(&site, &who, &path).await;
    assert_eq!(held.runs(), 1);
    // Who would have it run again waits for a turn, and takes no thread meanwhile.
    let other = own(&payouts[2]);
    let turns = [
        site.server.turn().await.unwrap(),
        site.server.turn().await.unwrap(),
    ];
    let waiting = site.get(&other.0, &other.1);
    let waited = tokio::time::timeout(std::time::Duration::from_millis(300), waiting).await;
    assert!(waited.is_err());
    assert_eq!(held.runs(), 1);
    look(&site, &who, &path).await;
    drop(turns);
    look(&site, &other.0, &other.1).await;
    assert_eq!(held.runs(), 2);
    // Whoever comes while it is run waits for it.
    let fresh = audited().await;
    let payouts = in_states(&fresh, &[]).await;
    let path = |number: usize| format!("/audit/payouts/{}", payouts[number].id);
    let (one, two, three) = (path(0), path(1), path(2));
    let looks = tokio::join!(
        fresh.get(AUDITOR, &one),
        fresh.get(AUDITOR, &two),
        fresh.get(AUDITOR, &three)
    );
    for reply in [looks.0, looks.1, looks.2] {
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    }
    assert_eq!(fresh.server.store.held.runs(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_sweeps_as_one_look_can_bear_are_compared_and_each_once() {
    let site = audited().await;
    let seal = seal_of(&site, WHOLE).await;
    let at = ("/audit/overlaps", "/audit/overlaps");
    let twice = format!("seal={seal}&seal={seal}");
    let answer = asked(&site, WHOLE, at, &twice).await;
    let file = look(&site, WHOLE, &offered(&answer, "/json")).await;
    assert_eq!(file.text.matches(&seal).count(), 1, "{}", file.text);
    let many: Vec<String> = (0..=100)
        .map(|number| format!("seal={number:064}"))
        .collect();
    let fields = format!("key=k&{}", many.join("&"));
    let reply = site.post(WHOLE, "/audit/overlaps", &fields).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text);
    assert!(reply.text.contains("最多选 100 次"), "{}", reply.text);
}
