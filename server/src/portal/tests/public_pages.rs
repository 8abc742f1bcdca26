//! What everybody sees: search, policies, guides, notices.

use axum::http::StatusCode;
use zhida_engine::payouts::{
    Actor, BureauId, Command, Digest, FileSeal, NewNotice, NoticeId, PersonId, Role, User, UserId,
};
use zhida_policies::values::{Date, Money};

use super::month::{BUREAU, Script, payout};
use super::{form, play, site};
use crate::web::testing::Site;

async fn found(site: &Site, path: &str) -> String {
    let reply = site.get("", path).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
    reply.text
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_policy_guide_and_calculator_can_be_seen() {
    let site = site(None).await;
    let published = site.server.published();
    for policy in &published.library.policies {
        found(&site, &format!("/policies/{}", policy.id)).await;
    }
    for measure in &published.library.measures {
        let guide = found(&site, &format!("/measures/{}", measure.id)).await;
        has(&guide, &[&measure.name]);
        found(&site, &format!("/calculator/{}", measure.id)).await;
    }
    for path in [
        "/",
        "/policies",
        "/measures",
        "/calculator",
        "/notices",
        "/measures?page=2",
    ] {
        found(&site, path).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_shows_its_articles_beside_rules_in_words() {
    let site = site(None).await;
    let page = found(&site, "/policies/xiangyang-industry-2025").await;
    // 第五条: 营业收入1亿元以上的规上企业,增速10%以上不满20%的奖励20万元.
    let parts = [
        "年营业收入1亿元以上的规上企业",
        "营业收入(本年)不低于1亿元",
        "“规上企业”为是",
        "不低于10%,不满20%",
        "(营业收入(本年) − 营业收入(上年)) ÷ 营业收入(上年)",
        "工业稳增长资金(预算 50,000,000.00 元)",
        "不足20,000.00 元的不予兑付",
        "分2期兑付:60%、40%",
        "市级50%、县级50%",
        "采矿业(B)",
    ];
    has(&page, &parts);
    for (marginal, rate) in [("不超过5000万元的部分", "1‰"), ("超过1亿元的部分", "3‰")]
    {
        has(&page, &[marginal, rate]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guide_says_who_what_data_and_whom_to_ask() {
    let site = site(None).await;
    let page = found(&site, "/measures/xiangyang-industry-2025/growth-award").await;
    let parts = [
        "襄阳市(4206)",
        "本年、上年",
        "示例市财政局惠企科,电话 0000-12345678",
        "5 个工作日",
        "60 天内确认账户",
        "200,000.00 元",
        "/policies/xiangyang-industry-2025#a",
    ];
    has(&page, &parts);
    let vocabulary = &site.server.published().library.vocabulary;
    let revenue = vocabulary.find("营业收入").unwrap();
    has(&page, &[&vocabulary.fact(revenue).source]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_marks_filters_and_turns_pages() {
    let site = site(None).await;
    let page = found(&site, &format!("/policies?{}", form(&[("q", "增長獎勵")]))).await;
    has(&page, &["<mark>增长奖励</mark>"]);
    let question = form(&[("q", "襄政办发〔2025〕0号")]);
    let page = found(&site, &format!("/policies?{question}")).await;
    let first = page.split("<h3>").nth(1).unwrap();
    has(first, &["/policies/xiangyang-industry-2025"]);
    let narrow = [
        ("kind", "measure"),
        ("delivery", "instant"),
        ("region", "4206"),
    ];
    let page = found(&site, &format!("/policies?{}", form(&narrow))).await;
    has(&page, &["/measures/xiangyang-industry-2025/q1-power"]);
    assert!(!page.contains("/measures/xiangyang-industry-2025/growth-award"));
    let page = found(&site, "/policies?kind=measure&valid_on=1999-01-01").await;
    has(&page, &["没有查到"]);
    let page = found(&site, "/policies?page=2").await;
    has(&page, &["rel=\"prev\"", "rel=\"next\""]);
    let pairs = [("valid_on", "明天"), ("region", "天边")];
    let page = found(&site, &format!("/policies?{}", form(&pairs))).await;
    has(&page, &["“明天”不是日期", "没有“天边”这个地区"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_typed_is_shown_as_text() {
    let site = site(None).await;
    let evil = "<script>alert(1)</script>\"'&{{7*7}}";
    let long = "稳".repeat(10_000);
    for typed in [evil, &long, "\u{0}\u{202e}", "%", "\" OR 1=1 --"] {
        for key in [
            "q", "region", "topic", "delivery", "kind", "valid_on", "page", "owner",
        ] {
            let question = form(&[(key, typed)]);
            for path in [
                "/policies",
                "/measures",
                "/calculator",
                "/notices",
                "/suggest",
            ] {
                let reply = site.get("", &format!("{path}?{question}")).await;
                let is_said = reply.status == StatusCode::OK
                    || (reply.status == StatusCode::BAD_REQUEST && path == "/notices");
                assert!(is_said, "{path} {key} {}", reply.status);
                assert!(!reply.text.contains("<script>alert"), "{path} {key}");
                assert!(reply.text.len() < 400_000, "{path} {key}");
            }
        }
    }
    for path in [
        "/policies/nothing",
        "/policies/..%2F..%2Fetc",
        "/measures/a/b",
        "/calculator/xiangyang-industry-2025/nothing",
        "/notices/nothing",
        "/notices/nothing/list.csv",
        "/objections/new/nothing",
        "/objections/YY00",
    ] {
        assert_eq!(
            site.get("", path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_lead_to_pages() {
    let site = site(None).await;
    let reply = site
        .get("", &format!("/suggest?{}", form(&[("q", "规上企业增长")])))
        .await;
    let lines: serde_json::Value = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(lines[0]["name"], "规上企业增长奖励");
    assert_eq!(
        lines[0]["path"],
        "/measures/xiangyang-industry-2025/growth-award"
    );
    for line in lines.as_array().unwrap() {
        found(&site, line["path"].as_str().unwrap()).await;
    }
    assert_eq!(site.get("", "/suggest?q=").await.text, "[]");
}

/// The sealed text of a list with two rows, one of them with markup in its name.
pub(super) const LIST: &str = "zhida-notice\t1\ntitle\t首笔公示\nbureau\t示例市财政局\npolicy\t示例政策\n\
    document\t示例〔2026〕1号\narticle\t第一条\nmeasure\t示例奖励\npublished\t2026-03-02\n\
    working-days\t7\nuntil\t2026-03-11\nobjections\t电话 0000-12345678\n\
    row\t1\t91110000800000000X\t<b>甲</b>公司\t10007\tfinal\t示例奖励\n\
    row\t2\t911100008000000018\t乙公司\t10000\tprovisional\t示例奖励\n\
    total\t20007\nprovisional\t10000\nlog-size\t9\n";

/// A site with one notice that runs until 2026-03-11.
pub(super) async fn with_notice() -> Site {
    let site = site(None).await;
    let store = &site.server.store;
    let at = site.server.clock.now();
    let mut files = Vec::new();
    for (name, bytes) in [
        ("公示一.txt", LIST.as_bytes()),
        ("公示一.csv", b"a,b\n".as_slice()),
    ] {
        let digest = store.keep("notice", name, bytes, at).await.unwrap();
        let name = name.to_owned();
        files.push(FileSeal { name, digest });
    }
    let mut script = Script::default();
    script.opening(100_000_000);
    let user = User {
        id: UserId::new(MAKER),
        person: PersonId::new("另一位经办"),
        bureau: BureauId::new(BUREAU),
        roles: [Role::Maker].into(),
        enterprise: None,
        approves_up_to: None,
        is_active: true,
    };
    script.order(Actor::System, Command::SetUp { user });
    script.taken(0..2);
    script.checked(0..2);
    script.approved(0..2);
    script.by(
        "经办",
        Command::Publish(NewNotice {
            id: NoticeId::new("公示一"),
            payouts: vec![payout(0), payout(1)],
            from: Date::constant(2026, 3, 2),
            until: Date::constant(2026, 3, 11),
            working_days: 7,
            sheet: Digest::of(LIST.as_bytes()),
            files,
        }),
    );
    play(&site, script).await;
    site
}

/// A maker whose account the books have under this very name.
const MAKER: &str = "经办@示例市财政局";

const NOTICE: &str = "/notices/%E5%85%AC%E7%A4%BA%E4%B8%80";
const OBJECT: &str = "/objections/new/%E5%85%AC%E7%A4%BA%E4%B8%80";

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_shows_the_list_as_it_was_sealed() {
    let site = with_notice().await;
    let page = found(&site, "/notices").await;
    has(&page, &["首笔公示", "200.07", "2026-03-02 – 2026-03-11"]);
    let page = found(&site, NOTICE).await;
    let parts = [
        "首笔公示",
        "200.07 元",
        "乙公司",
        "100.07",
        "(暂定)",
        "&#60;b&#62;甲",
    ];
    has(&page, &parts);
    assert!(!page.contains("<b>甲"));
    let file = site.get("", &format!("{NOTICE}/list.txt")).await;
    assert_eq!(file.text, LIST);
    let disposition = file.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    for other in ["list.exe", "list.", "x.csv", "list.xlsx"] {
        let reply = site.get("", &format!("{NOTICE}/{other}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{other}");
    }
    // The totals of the first page count what stood on a notice, and what was paid.
    let start = found(&site, "/").await;
    has(
        &start,
        &[
            "<dd class=\"number\">2 <small>家",
            "<dd class=\"number\">0.00 <small>元",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_is_answered_with_a_number_and_read_by_nobody_else() {
    let site = with_notice().await;
    has(&found(&site, OBJECT).await, &["异议内容", "2026-03-11"]);
    let empty = site.post("", OBJECT, "text=+&name=a").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    has(&empty.text, &["请写明对哪里有异议"]);
    let long = form(&[("text", &"长".repeat(10_000)), ("key", "k")]);
    let long = site.post("", OBJECT, &long).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    has(&long.text, &["写了 10000 个字"]);
    let letter = form(&[
        ("text", "<img src=x>金额不对"),
        ("contact", "13800000000"),
        ("name", "张三"),
        ("key", "k1"),
    ]);
    let sent = site.post("", OBJECT, &letter).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let place = sent.headers["location"].to_str().unwrap().to_owned();
    let again = site.post("", OBJECT, &letter).await;
    assert_eq!(again.headers["location"].to_str().unwrap(), place);
    let other = form(&[("text", "别的"), ("key", "k1")]);
    let other = site.post("", OBJECT, &other).await;
    assert_ne!(other.headers["location"].to_str().unwrap(), place);
    let page = found(&site, &place).await;
    has(&page, &["已收到,待登记", "2026-03-05"]);
    for hidden in ["13800000000", "张三", "金额不对"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    // The bureau reads it, registers it against a payout, and the number tells so.
    let id = place.rsplit('/').next().unwrap();
    let desk = format!("/console/letters/{id}");
    let other = site.get("经办@别市财政局", &desk).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    let page = site.get(MAKER, &desk).await.text;
    has(
        &page,
        &["&#60;img src=x&#62;金额不对", "13800000000", "张三"],
    );
    let register = form(&[("payout", payout(1).as_str()), ("key", "r")]);
    let registered = format!("{desk}/register");
    let wrong = site.post(MAKER, &registered, "payout=PX&key=w").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let done = site.post(MAKER, &registered, &register).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    has(&found(&site, &place).await, &["已登记,正在核查"]);
    let again = site
        .post(MAKER, &registered, &form(&[("payout", payout(1).as_str())]))
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    // After its last day a notice takes no objections.
    let late = "2026-03-12T00:00:00+08:00"
        .parse::<jiff::Timestamp>()
        .unwrap();
    site.server
        .clock
        .set(zhida_engine::payouts::Moment(late.as_microsecond()));
    let reply = site.get("", OBJECT).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    has(&found(&site, NOTICE).await, &["已结束"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_of_tomorrow_is_nobodys_to_see() {
    let site = with_notice().await;
    let early = "2026-03-01T23:59:59+08:00"
        .parse::<jiff::Timestamp>()
        .unwrap();
    site.server
        .clock
        .set(zhida_engine::payouts::Moment(early.as_microsecond()));
    assert_eq!(site.get("", NOTICE).await.status, StatusCode::NOT_FOUND);
    has(&found(&site, "/notices").await, &["现在没有正在公示的名单"]);
}

#[test]
fn a_sealed_text_is_read_line_by_line() {
    let sheet = crate::views::public::Sheet::of(LIST);
    assert_eq!(sheet.policy, "《示例政策》示例〔2026〕1号");
    assert_eq!(sheet.total, Money::from_fen(20_007));
    let rows: Vec<(i64, bool)> = sheet
        .rows
        .iter()
        .map(|row| (row.amount.fen(), row.is_provisional))
        .collect();
    assert_eq!(rows, [(10_007, false), (10_000, true)]);
}
