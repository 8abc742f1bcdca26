//! The days of the month, one function a stretch of the way.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fantoccini::Locator;

use super::law::{ASSISTED, CONFIRMS, ENTERPRISES, Enterprise, OBJECTS, SILENT, WAIVES, yuan};
use super::{Month, fen};

/// The account that pays.
const PAYER: &str = "零余额";
/// How long an import or a sweep may take.
const JOB: Duration = Duration::from_secs(120);

/// Every day.
pub(super) async fn all(month: &mut Month) {
    let people = ["jingban", "fuhe", "shenpi1", "shenpi2", "qiye2"];
    month.begin("2026-07-01T09:00:00+08:00", &people).await;
    fund(month).await;
    sweep(month).await;
    approve(month).await;
    publish(month).await;
    object(month).await;
    let people = ["qiye1", "qiye3", "bangban"];
    month.begin("2026-07-09T09:00:00+08:00", &people).await;
    register(month).await;
    confirm(month).await;
    let people = ["zhifu1", "zhifu2", "duizhang1"];
    month.begin("2026-07-10T09:00:00+08:00", &people).await;
    let first = pay(month, "2026-07-10", &paid(), 1).await;
    month.begin("2026-07-13T09:00:00+08:00", &[]).await;
    let returned = reissue(month, &first).await;
    pay(month, "2026-07-13", &[returned], 0).await;
    month.begin("2026-08-03T09:00:00+08:00", &["shencha"]).await;
    close(month).await;
    audit(month, returned).await;
}

fn due(place: usize) -> i64 {
    ENTERPRISES[place].due().unwrap()
}

/// Those who are paid in the end.
fn paid() -> [usize; 3] {
    [CONFIRMS, OBJECTS, ASSISTED]
}

/// The bureau gets its budget, in two hands.
async fn fund(month: &mut Month) {
    month.goto("jingban", "/console/settings").await;
    let fields = [
        ("line", "2026惠企资金"),
        ("amount", "30000000"),
        ("document", "财预〔2026〕8号"),
    ];
    month
        .send("jingban", "/console/settings/grant", &fields)
        .await;
    month.sign_all("fuhe").await;
}

/// Facts are imported, swept, and become payouts.
async fn sweep(month: &mut Month) {
    month.goto("jingban", "/console").await;
    month.turn("jingban", "数据").await;
    let file = month.office.file("企业.csv");
    let fields = [
        ("year", "2025"),
        ("as_of", "2026-06-30"),
        ("file", file.as_str()),
    ];
    let browser = month.person("jingban").browser();
    browser.send("/console/imports/start", &fields).await;
    wait(month, "jingban", "/console/imports/").await;
    month.turn("jingban", "清算").await;
    let browser = month.person("jingban").browser();
    browser.send("/console/sweeps/start", &[]).await;
    wait(month, "jingban", "看清算结果").await;
    month.picture("jingban", "sweep-job").await;
    month.turn("jingban", "看清算结果").await;
    month.follow("jingban", "/console/sweeps/").await;
    month.send("jingban", "/console/sweeps/take", &[]).await;
    // What it comes to is what the article says.
    let all: i64 = ENTERPRISES.iter().filter_map(Enterprise::due).sum();
    let text = month.text("jingban").await;
    assert!(text.contains(&yuan(all)), "{} is not in {text}", yuan(all));
    month.send("jingban", "/console/review/propose", &[]).await;
}

/// Waits until a job is over: its page gets there by itself, with scripts and without.
pub(super) async fn wait(month: &mut Month, who: &str, sign: &str) {
    let begun = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let browser = month.person(who).browser();
        let body = browser.client.find(Locator::Css("main")).await;
        let text = match body {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        let path = month.path(who).await;
        if path.starts_with(sign) || text.contains(sign) {
            break;
        }
        assert!(begun.elapsed() < JOB, "{path}: {text}");
    }
    month.look(who).await;
}

/// A second person computes again; a third approves, and a fourth what is large.
async fn approve(month: &mut Month) {
    month.goto("fuhe", "/console/review?step=check").await;
    month.picture("fuhe", "check").await;
    month.send("fuhe", "/console/review/check", &[]).await;
    month.goto("shenpi1", "/console/review?step=approve").await;
    month.send("shenpi1", "/console/review/approve", &[]).await;
    month.goto("shenpi1", "/console/review?step=approve").await;
    let again = "/console/review/approve";
    month.refused("shenpi1", again, &[], "须由另一人办理").await;
    month.picture("shenpi1", "refused").await;
    month.goto("shenpi2", "/console/review?step=approve").await;
    let text = month.text("shenpi2").await;
    assert!(text.contains(&yuan(due(ASSISTED))), "{text}");
    month.send("shenpi2", again, &[]).await;
}

async fn publish(month: &mut Month) {
    month.goto("jingban", "/console/notices").await;
    month.send("jingban", "/console/notices/publish", &[]).await;
}

/// An enterprise objects; its payout waits until two people have decided.
async fn object(month: &mut Month) {
    month.goto("qiye2", "/my/measures").await;
    month.goto("qiye2", "/notices").await;
    month.follow("qiye2", "/notices/").await;
    month.turn("qiye2", "提出异议").await;
    month.picture("qiye2", "objection").await;
    let action = month.path("qiye2").await;
    let name = ENTERPRISES[OBJECTS].name;
    let fields = [
        ("about", name),
        ("text", "我公司的增加额应按合并口径计算。"),
    ];
    month.send("qiye2", &action, &fields).await;
    month.goto("jingban", "/console").await;
    month.turn("jingban", "异议来信").await;
    month.follow("jingban", "/console/letters/").await;
    month.picture("jingban", "letter").await;
    let action = format!("{}/register", month.path("jingban").await);
    month.send("jingban", &action, &[("payout", name)]).await;
    month.goto("fuhe", "/console/notices").await;
    month.follow("fuhe", "/console/payouts/").await;
    let action = format!("{}/resolve", month.path("fuhe").await);
    let file = month.office.file("处理意见.txt");
    let fields = [
        ("objection", "1"),
        ("finding", "unfounded"),
        ("text", file.as_str()),
    ];
    month.send("fuhe", &action, &fields).await;
    month.sign_all("shenpi1").await;
}

/// The notice is over; accounts are registered, by an enterprise itself and from a list.
async fn register(month: &mut Month) {
    month.goto("jingban", "/console/notices").await;
    month.send("jingban", "/console/notices/tick", &[]).await;
    month.goto("qiye1", "/my/account").await;
    let account = ENTERPRISES[CONFIRMS].account();
    let fields = [
        ("account", account.as_str()),
        ("cnaps", "102100099996"),
        ("bank", "示例银行"),
    ];
    month.send("qiye1", "/my/account", &fields).await;
    month.goto("jingban", "/console/payees").await;
    let file = month.office.file("账户.csv");
    let fields = [("file", file.as_str())];
    month
        .send("jingban", "/console/payees/import", &fields)
        .await;
    month.sign_all("fuhe").await;
}

/// Two confirm, one waives, a clerk confirms for one that asked, and one says nothing.
async fn confirm(month: &mut Month) {
    for who in ["qiye1", "qiye2"] {
        own_payout(month, who).await;
        month.picture(who, "confirm").await;
        let action = format!("{}/confirm", month.path(who).await);
        month.send(who, &action, &[]).await;
    }
    own_payout(month, "qiye3").await;
    month.turn("qiye3", "放弃这笔兑付").await;
    month.picture("qiye3", "decline").await;
    let action = month.path("qiye3").await;
    month.send("qiye3", &action, &[("sure", "yes")]).await;
    let uscc = ENTERPRISES[ASSISTED].uscc();
    month.goto("bangban", "/account").await;
    let fields = [("enterprise", uscc.as_str()), ("asked_by", "丁经办")];
    month.send("bangban", "/account/assist", &fields).await;
    own_payout(month, "bangban").await;
    let action = format!("{}/confirm", month.path("bangban").await);
    month.send("bangban", &action, &[]).await;
}

async fn own_payout(month: &mut Month, who: &str) {
    month.goto(who, "/my/payouts").await;
    month.follow(who, "/my/payouts/").await;
}

/// Batch, seal, send, and what the bank says; the first so many come back.
async fn pay(month: &mut Month, day: &str, places: &[usize], returns: u32) -> String {
    let total: i64 = places.iter().map(|place| due(*place)).sum();
    month.goto("zhifu1", "/console/batches").await;
    let fields = [("payer", PAYER), ("date", day)];
    month.send("zhifu1", "/console/batches/make", &fields).await;
    let row = "//main//tr[contains(., '组批中')]//a[starts-with(@href, '/console/batches/')]";
    let link = month
        .person("zhifu1")
        .browser()
        .client
        .find(Locator::XPath(row))
        .await;
    let batch = match link {
        Ok(link) => link.attr("href").await.unwrap().unwrap(),
        Err(error) => panic!("no open batch: {error}\n{}", month.text("zhifu1").await),
    };
    // Twenty minutes later a code of the morning counts no more.
    month.goto("zhifu2", &batch).await;
    month.later(&format!("{day}T09:20:00+08:00"));
    month.goto("zhifu2", &batch).await;
    let count = places.len().to_string();
    let seal = format!("{batch}/seal");
    let wrong = [("count", count.as_str()), ("total", "1.00")];
    month.refused("zhifu2", &seal, &wrong, "与批次不符").await;
    month.goto("zhifu2", &batch).await;
    let total = yuan(total).replace(',', "");
    if returns > 0 {
        month.picture("zhifu2", "seal").await;
    }
    let right = [("count", count.as_str()), ("total", total.as_str())];
    month.send("zhifu2", &seal, &right).await;
    month.goto("zhifu1", &batch).await;
    month.send("zhifu1", &format!("{batch}/send"), &[]).await;
    for action in [&seal, &format!("{batch}/send")] {
        assert!(month.stepped_up.contains(action), "{:?}", month.stepped_up);
    }
    let name = batch.rsplit('/').next().unwrap();
    let (answer, returns) = (format!("answer-{day}.xml"), returns.to_string());
    month.office.close();
    let bank = [
        "payout",
        "trial-bank",
        name,
        "--on",
        day,
        "--returns",
        &returns,
        "-o",
        &answer,
    ];
    month.office.run(&bank);
    month.office.open(&format!("{day}T09:40:00+08:00"));
    month.goto("duizhang1", "/console/answers").await;
    let file = month.office.file(&answer);
    let fields = [("file", file.as_str()), ("payer", PAYER)];
    month
        .send("duizhang1", "/console/answers/read", &fields)
        .await;
    batch
}

/// What came back is to be paid again, in two hands; whose it is.
async fn reissue(month: &mut Month, batch: &str) -> usize {
    month.goto("jingban", batch).await;
    let row = "//main//tr[contains(., '退')]";
    let row = month
        .person("jingban")
        .browser()
        .client
        .find(Locator::XPath(row))
        .await;
    let row = match row {
        Ok(row) => row,
        Err(error) => panic!(
            "nothing came back: {error}\n{}",
            month.text("jingban").await
        ),
    };
    let text = row.text().await.unwrap();
    let link = row
        .find(Locator::Css("a[href^='/console/payouts/']"))
        .await
        .unwrap();
    let link = link.attr("href").await.unwrap().unwrap();
    let returned = paid()
        .into_iter()
        .find(|place| text.contains(ENTERPRISES[*place].name));
    let returned = returned.unwrap_or_else(|| panic!("{text}"));
    month.goto("jingban", &link).await;
    let fields = [("cause", "企业已恢复账户,银行书面确认")];
    month.picture("jingban", "returned").await;
    month
        .send("jingban", &format!("{link}/reissue"), &fields)
        .await;
    month.sign_all("fuhe").await;
    returned
}

/// The books of the month are closed, and what was paid is settled.
async fn close(month: &mut Month) {
    month.goto("duizhang1", "/console/reconciliation").await;
    let close = "/console/reconciliation/close";
    month
        .send("duizhang1", close, &[("until", "2026-07-31")])
        .await;
    month.sign_all("shenpi1").await;
    month.goto("duizhang1", "/console/reconciliation").await;
    month.picture("duizhang1", "reconciliation").await;
    month
        .send("duizhang1", "/console/reconciliation/settle", &[])
        .await;
}

/// The auditor follows one payout from the clause to the bank, and can change nothing.
async fn audit(month: &mut Month, returned: usize) {
    sign_and_verify(month).await;
    month.goto("shencha", "/console").await;
    month.turn("shencha", "一企一策").await;
    let name = ENTERPRISES[returned].name;
    month
        .goto(
            "shencha",
            &format!("/console/enterprises/{}", ENTERPRISES[returned].uscc()),
        )
        .await;
    assert!(month.text("shencha").await.contains(name));
    month.follow("shencha", "/console/payouts/").await;
    let text = month.text("shencha").await;
    month.picture("shencha", "audit").await;
    let people = ["王经办", "李复核", "赵审批"];
    let facts = [
        "测政发〔2025〕7号",
        "增速",
        "第几次支付:1",
        "第几次支付:2",
        "102100099996",
    ];
    let amount = yuan(due(returned));
    for part in people.iter().chain(&facts[..4]).chain([&amount.as_str()]) {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let forms = Locator::Css("main form[method=post]");
    let forms = month
        .person("shencha")
        .browser()
        .client
        .find_all(forms)
        .await
        .unwrap();
    assert!(forms.is_empty(), "an auditor is offered something to do");
}

/// He has the log signed as it stands, and everything verified.
async fn sign_and_verify(month: &mut Month) {
    month.goto("shencha", "/audit").await;
    month.send("shencha", "/audit/head", &[]).await;
    let text = month.text("shencha").await;
    assert!(text.contains("日志头包含全部记录"), "{text}");
    month.send("shencha", "/audit/verify", &[]).await;
    wait(month, "shencha", "没有发现改动").await;
    month.picture("shencha", "verify").await;
}

/// What the books and the files of the bank come to, beside what the article grants.
pub(super) fn end(month: &mut Month) {
    let states = [
        (CONFIRMS, "SETTLED"),
        (OBJECTS, "SETTLED"),
        (WAIVES, "DECLINED"),
        (ASSISTED, "SETTLED"),
        (SILENT, "AWAIT_PAYEE"),
    ];
    let expected =
        states.map(|(place, state)| (ENTERPRISES[place].uscc(), (state.to_owned(), due(place))));
    assert_eq!(month.end(), BTreeMap::from(expected));
    let mut ordered: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for file in month.office.bank_files() {
        for payment in file.split("<CdtTrfTxInf>").skip(1) {
            let text = |begin: &str, end: &str| {
                let (_, text) = payment.split_once(begin).unwrap();
                text.split_once(end).unwrap().0.to_owned()
            };
            let amount = fen(&text("<InstdAmt Ccy=\"CNY\">", "<").into());
            let (_, creditor) = payment.split_once("<Cdtr>").unwrap();
            let (_, name) = creditor.split_once("<Nm>").unwrap();
            let name = name.split_once('<').unwrap().0.to_owned();
            ordered.entry(name).or_default().push(amount);
        }
    }
    // Nobody else was paid, and only what came back was sent twice.
    let sent: usize = ordered.values().map(Vec::len).sum();
    assert_eq!((ordered.len(), sent), (3, 4), "{ordered:?}");
    for place in paid() {
        let amounts = &ordered[ENTERPRISES[place].name];
        assert!(
            amounts.iter().all(|amount| *amount == due(place)),
            "{ordered:?}"
        );
    }
    month.office.run(&["verify", "--data", "zhida-data"]);
}
