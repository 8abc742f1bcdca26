//! Policies put in force by two people, through the pages; what happens when two are at it at
//! once, or the server dies in between.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::http::StatusCode;
use zhida_engine::decision::Decision;
use zhida_engine::interpreter::Interpreter;
use zhida_engine::payouts::{Actor, BureauId, MotionId, UserId};
use zhida_policies::values::Money;

use super::town::*;
use crate::accounts::{By, Office};
use crate::library;
use crate::output::Output;
use crate::payouts::desk::Desk;
use crate::payouts::keys::Keys;
use crate::publishing;
use crate::store::StoreError;
use crate::store::database::Value;
use crate::table::money;
use crate::web::testing::Site;

pub(super) const POLICY: &str = "test-growth";
/// What the bureaus of these tests begin with.
pub(super) const LIBRARY: &str =
    include_str!("../../../../policies/library/hubei/xiangyang/industry-2025.md");
/// One person who may both propose and approve.
pub(super) const BOTH: &str = "经办,审批@示例市财政局";

/// A policy that pays half a percent of the growth, and 500,000 yuan at most.
pub(super) fn first() -> String {
    include_str!("../../../tests/cases/data/policy.md").to_owned()
}

/// The same with one percent, and 800,000 yuan at most.
pub(super) fn second() -> String {
    let text = first()
        .replace("0.5%", "1%")
        .replace("最高50万元", "最高80万元");
    let text = text.replace("50万元) 取整", "80万元) 取整");
    let text = text.replace("上年 = 1亿元 => 10万元", "上年 = 1亿元 => 20万元");
    text.replace("上年 = 1亿元 => 50万元", "上年 = 1亿元 => 80万元")
}

/// A town with few policies: all of them are checked each time. Each bureau has its place.
pub(super) async fn small_town() -> Site {
    let site = town_over(&[("industry-2025.md", LIBRARY)]).await;
    office(&site, BUREAU, "4206").await;
    office(&site, BESIDE, "4207").await;
    site
}

/// Sets where a bureau stands.
pub(super) async fn office(site: &Site, bureau: &str, region: &str) {
    let office = Office {
        bureau: BureauId::new(bureau),
        region: region.parse().unwrap(),
        department: "财政".to_owned(),
        is_finance: true,
    };
    let (accounts, now) = (&site.server.accounts, site.server.clock.now());
    let set = accounts.set_office(By::Console, &office, now);
    set.await.unwrap();
}

/// Has the bureau act for the whole nation, which no code of the table stands for.
pub(super) async fn nation(site: &Site) {
    let update = "UPDATE offices SET region = '' WHERE bureau = $1";
    execute(site, update, vec![BUREAU.into()]).await;
}

/// Does something to the database that no page does.
pub(super) async fn execute(site: &Site, statement: &'static str, values: Vec<Value>) {
    let written: Result<(), StoreError> = site
        .server
        .store
        .database
        .write(|mut transaction| {
            let values = values.clone();
            async move { transaction.execute(statement, &values).await.map(drop) }
        })
        .await;
    written.unwrap();
}

/// Tells enterprises of what was published, as the server does beside everything else.
pub(super) async fn tell(site: &Site) -> Result<(), String> {
    let server = Arc::clone(&site.server);
    let telling = tokio::task::spawn_blocking(move || {
        publishing::tell(&server, &AtomicBool::new(false)).map_err(|failure| failure.words())
    });
    telling.await.unwrap()
}

pub(super) async fn draft(site: &Site, who: &str, id: &str, text: &str) {
    let page = look(site, who, &format!("/console/policies/{id}")).await;
    let hidden = form(&page, &format!("/console/policies/{id}/check"));
    let path = format!("/console/policies/{id}/draft");
    done(
        site,
        who,
        &path,
        &format!("{hidden}&text={}", encoded(text)),
    )
    .await;
}

/// What the form of a proposal hides: the draft as it is looked at now.
pub(super) async fn asking(site: &Site, who: &str, id: &str) -> String {
    let page = look(site, who, &format!("/console/policies/{id}")).await;
    form(&page, &format!("/console/policies/{id}/propose"))
}

/// Saves a text and proposes it; the number of the proposal.
pub(super) async fn proposed(site: &Site, who: &str, id: &str, text: &str, more: &str) -> String {
    let known = site.get(who, &format!("/console/policies/{id}")).await;
    let place = match known.status {
        StatusCode::OK => id,
        _ => "new",
    };
    draft(site, who, place, text).await;
    let path = format!("/console/policies/{id}/propose");
    let hidden = asking(site, who, id).await;
    let form = format!("{hidden}&reason={}{more}", encoded("按会议修订"));
    number(&done(site, who, &path, &form).await)
}

/// The number of a proposal in its address.
pub(super) fn number(location: &str) -> String {
    let rest = location.strip_prefix("/console/publications/");
    let rest = rest.unwrap_or_else(|| panic!("{location}"));
    rest.split('?').next().unwrap().to_owned()
}

pub(super) async fn approve(site: &Site, who: &str, motion: &str) {
    let page = look(site, who, &format!("/console/publications/{motion}")).await;
    let path = format!("/console/publications/{motion}/approve");
    done(site, who, &path, &form(&page, &path)).await;
}

/// The text of the policy as the server serves it.
pub(super) fn served(site: &Site) -> Option<String> {
    let published = site.server.published();
    let library = &published.library;
    let policy = library.policies.iter().find(|one| &*one.id == POLICY)?;
    let file = library.files.iter().find(|file| file.id == policy.file)?;
    Some(file.text.to_string())
}

/// A desk of somebody, as of now.
pub(super) fn desk(site: &Site, who: &str) -> Desk {
    Desk::lent(
        site.server.handle.clone(),
        Arc::clone(&site.server.store),
        Actor::User(UserId::new(who)),
        site.server.clock.now(),
        Keys::new(None).unwrap(),
    )
}

/// Approves at a desk; nothing of the server goes on afterwards.
pub(super) async fn approve_alone(site: &Site, who: &str, motion: &str) {
    let (mut desk, common) = (desk(site, who), site.server.common());
    let motion = MotionId::new(motion);
    let approving = tokio::task::spawn_blocking(move || {
        publishing::approve(&mut desk, &common, &motion, &mut Output::kept()).unwrap()
    });
    assert_eq!(approving.await.unwrap(), crate::failure::Status::Done);
}

pub(super) async fn refresh(site: &Site) -> Result<bool, String> {
    let server = Arc::clone(&site.server);
    let refreshing = tokio::task::spawn_blocking(move || publishing::put_in_force(&server));
    let refreshed = refreshing.await.unwrap();
    refreshed.map_err(|failure| format!("{failure:?}"))
}

pub(super) async fn rows(site: &Site, query: &'static str) -> Vec<String> {
    let rows = site.server.store.database.fetch(query, &[]).await.unwrap();
    let text = |row: &crate::store::database::Row| row.text("line").unwrap().to_owned();
    rows.iter().map(text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_written_proposed_approved_and_served_at_once() {
    let site = small_town().await;
    let page = look(&site, MAKER, "/console/policies/new").await;
    assert!(
        page.text.contains("/console/policies/new/draft"),
        "{}",
        page.text
    );
    let wrong = first().replace("=> 10万元", "=> 11万元");
    let form_of = |text: &str| format!("text={}", encoded(text));
    let path = "/console/policies/new/check";
    let checked = site.post(MAKER, path, &form_of(&wrong)).await;
    assert!(
        checked.text.contains("有错误或举例不符"),
        "{}",
        checked.text
    );
    let checked = site.post(MAKER, path, &form_of(&first())).await;
    assert!(
        checked.text.contains("没有错误,举例全部相符"),
        "{}",
        checked.text
    );
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    assert_eq!(served(&site), None, "a proposal is not in force");
    let place = format!("/console/publications/{motion}");
    let seen = look(&site, APPROVER, &place).await;
    for part in [
        "按会议修订",
        "没有错误,举例全部相符",
        "第一条 增长奖励",
        "新政策,没有原文本",
    ] {
        assert!(seen.text.contains(part), "{part} in {}", seen.text);
    }
    for who in [MAKER, CHECKER, AUDITOR] {
        let page = look(&site, who, &place).await;
        assert!(!page.text.contains(&format!("{place}/approve")), "{who}");
    }
    approve(&site, APPROVER, &motion).await;
    assert_eq!(served(&site), Some(first()));
    let found = site
        .server
        .published()
        .index
        .suggest("测试市增长", 5)
        .unwrap();
    assert!(!found.is_empty(), "the search knows it");
    let read = library::sound(&site.server.common(), &mut Output::kept()).unwrap();
    assert!(
        read.measure("test-growth/growth").is_some(),
        "verbs know it"
    );
    assert_eq!(read.policies.len(), 2, "and everything else");
    // The next version: what differs, and every version stays readable.
    let motion = proposed(&site, MAKER, POLICY, &second(), "").await;
    let seen = look(&site, APPROVER, &format!("/console/publications/{motion}")).await;
    assert!(seen.text.contains("最高80万元") && seen.text.contains("最高50万元"));
    approve(&site, APPROVER, &motion).await;
    assert_eq!(served(&site), Some(second()));
    let page = look(&site, CHECKER, &format!("/console/policies/{POLICY}")).await;
    for version in ["1", "2"] {
        let place = format!("/console/policies/{POLICY}/versions/{version}");
        assert!(page.text.contains(&place), "{place}");
        look(&site, CHECKER, &place).await;
    }
    let place = format!("/console/policies/{POLICY}/versions/2?with=1");
    let beside = look(&site, AUDITOR, &place).await;
    assert!(beside.text.contains("最高50万元"), "{}", beside.text);
    // The draft has become the policy.
    assert!(!page.text.contains(">有草案<"), "{}", page.text);
    let verified = site.server.store.verify(None).await.unwrap();
    assert_eq!(verified.fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_his_own_text_and_no_other_bureau_sees_it() {
    let site = small_town().await;
    draft(&site, BOTH, "new", &first()).await;
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    let place = format!("/console/publications/{motion}");
    let path = format!("{place}/approve");
    // He wrote at it, and somebody else asks for it.
    let page = look(&site, BOTH, &place).await;
    assert!(!page.text.contains(&path), "{}", page.text);
    let said = refused(&site, BOTH, &path, "key=a").await;
    assert!(said.contains("起草政策文本"), "{said}");
    let reply = site.post(MAKER, &path, "key=b").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    // Signing it as any other motion is signed does not help.
    let reply = site
        .post(
            APPROVER,
            &format!("/console/motions/{motion}/sign"),
            "key=c",
        )
        .await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    assert!(reply.text.contains("314"), "{}", reply.text);
    for (who, method) in [
        ("审批@邻市财政局", "approve"),
        ("经办@邻市财政局", "return"),
    ] {
        let foreign = site.get(who, &place).await;
        let missing = site.get(who, "/console/publications/M-nobody").await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        let posted = site
            .post(who, &format!("{place}/{method}"), "reason=x")
            .await;
        assert_eq!(posted.status, StatusCode::NOT_FOUND, "{}", posted.text);
    }
    assert_eq!(served(&site), None);
    // Who proposes for himself cannot approve either, under whichever role.
    let own = proposed(&site, BOTH, POLICY, &second(), "").await;
    let path = format!("/console/publications/{own}/approve");
    let said = refused(&site, BOTH, &path, "key=d").await;
    assert!(said.contains("106"), "{said}");
    approve(&site, APPROVER, &motion).await;
    assert_eq!(served(&site), Some(first()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sound_is_not_proposed_and_what_is_returned_says_why() {
    let site = small_town().await;
    let wrong = first().replace("=> 10万元", "=> 11万元");
    draft(&site, MAKER, "new", &wrong).await;
    let path = format!("/console/policies/{POLICY}/propose");
    for (text, part) in [
        (wrong, "举例不符"),
        (first().replace("营业收入 >=", "营业收人 >="), "处问题"),
        (
            first().replace("topics:", "status: draft\ntopics:"),
            "status: published",
        ),
        (
            first().replace("id: test-growth", "id: other"),
            "政策编号不能更改",
        ),
    ] {
        draft(&site, MAKER, POLICY, &text).await;
        let hidden = asking(&site, MAKER, POLICY).await;
        let reply = site.post(MAKER, &path, &format!("{hidden}&reason=x")).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{part}: {}", reply.text);
        assert!(reply.text.contains(part), "{part}: {}", reply.text);
    }
    draft(&site, MAKER, POLICY, &first()).await;
    let hidden = asking(&site, MAKER, POLICY).await;
    let reply = site.post(MAKER, &path, &format!("{hidden}&reason=+")).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text);
    let late = site
        .post(MAKER, &path, &format!("{hidden}&reason=x&from=2026-06-30"))
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
    assert!(late.text.contains("503"), "{}", late.text);
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    let path = format!("/console/publications/{motion}/return");
    let why = encoded("第一条与原文不符");
    done(&site, APPROVER, &path, &format!("key=r&reason={why}")).await;
    let page = look(&site, MAKER, &format!("/console/policies/{POLICY}")).await;
    assert!(page.text.contains("第一条与原文不符"), "{}", page.text);
    assert!(page.text.contains("有草案"), "the draft is still there");
    let path = format!("/console/publications/{motion}/approve");
    let reply = site.post(APPROVER, &path, "key=s").await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    assert_eq!(served(&site), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_approved_at_once_one_is_out_of_date() {
    let site = small_town().await;
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    approve(&site, APPROVER, &motion).await;
    let one = proposed(&site, MAKER, POLICY, &second(), "").await;
    let more = first().replace("最高50万元。", "最高50万元。奖励一次性拨付。");
    let other = proposed(&site, MAKER, POLICY, &more, "").await;
    let path = |motion: &str| format!("/console/publications/{motion}/approve");
    let (to_one, to_other) = (path(&one), path(&other));
    let (first_reply, second_reply) = tokio::join!(
        site.post(APPROVER, &to_one, "key=one"),
        site.post(SECOND_APPROVER, &to_other, "key=other"),
    );
    let done = [&first_reply, &second_reply].map(|reply| reply.status == StatusCode::SEE_OTHER);
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
    let (expected, lost, late) = match done {
        [true, _] => (second(), &second_reply, &other),
        [false, _] => (more, &first_reply, &one),
    };
    assert_eq!(lost.status, StatusCode::CONFLICT, "{}", lost.text);
    assert!(lost.text.contains("过期"), "{}", lost.text);
    assert_eq!(served(&site), Some(expected));
    let page = look(&site, APPROVER, &format!("/console/publications/{late}")).await;
    assert!(page.text.contains("这份提议已过期"), "{}", page.text);
    let again = refused(&site, APPROVER, &path(late), "key=again").await;
    assert!(again.contains("过期"), "{again}");
    // Asked again under the same key, the one that was carried is answered as before.
    let (winner, key, who) = match done {
        [true, _] => (&one, "key=one", APPROVER),
        [false, _] => (&other, "key=other", SECOND_APPROVER),
    };
    let again = site.post(who, &path(winner), key).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text);
    let said = refused(&site, who, &path(winner), "key=new").await;
    assert!(said.contains("304"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_policies_approved_at_once_both_hold() {
    let site = small_town().await;
    let other = first().replace("test-growth", "test-other");
    let other = other.replace("测试市增长奖励办法", "测试市另一办法");
    let one = proposed(&site, MAKER, POLICY, &first(), "").await;
    let two = proposed(&site, MAKER, "test-other", &other, "").await;
    let (to_one, to_two) = (
        format!("/console/publications/{one}/approve"),
        format!("/console/publications/{two}/approve"),
    );
    let (one, two) = tokio::join!(
        site.post(APPROVER, &to_one, "key=one"),
        site.post(SECOND_APPROVER, &to_two, "key=two"),
    );
    assert_eq!(one.status, StatusCode::SEE_OTHER, "{}", one.text);
    assert_eq!(two.status, StatusCode::SEE_OTHER, "{}", two.text);
    let published = site.server.published();
    for id in [POLICY, "test-other"] {
        let mut policies = published.library.policies.iter();
        assert!(policies.any(|policy| &*policy.id == id), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_died_between_log_and_files_serves_what_the_log_says() {
    let site = small_town().await;
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    approve_alone(&site, APPROVER, &motion).await;
    assert_eq!(served(&site), None, "nothing but the log knows");
    let folder = site.server.folder.join("published");
    // Half a folder, as a crash leaves it.
    let held = publishing::in_force(
        &site.server.store,
        &site.server.base,
        &site.server.folder,
        site.server.clock.now().business_date(),
    );
    let held = held.await.unwrap().common.policies.unwrap();
    let name = held.file_name().unwrap().to_str().unwrap().to_owned();
    let half = folder.join(format!(".{name}.tmp"));
    std::fs::rename(&held, &half).unwrap();
    let first_file = walk(&half).remove(0);
    std::fs::remove_file(first_file).unwrap();
    assert!(refresh(&site).await.unwrap());
    assert_eq!(served(&site), Some(first()));
    assert!(held.is_dir() && !half.exists());
    // The next start reads the same; what was changed on disk is not served.
    assert!(!refresh(&site).await.unwrap());
    let text = held.join("published/test-growth.md");
    std::fs::write(&text, second()).unwrap();
    let said = refresh(&site).await.unwrap_err();
    assert!(
        said.contains("被改动") && said.contains("test-growth.md"),
        "{said}"
    );
    assert_eq!(served(&site), Some(first()));
}

/// The files of a folder and of those in it.
pub(super) fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(walk(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_waits_for_its_day_and_a_policy_ends_by_two_people() {
    let site = small_town().await;
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    approve(&site, APPROVER, &motion).await;
    let planned = proposed(&site, MAKER, POLICY, &second(), "&from=2026-08-01").await;
    approve(&site, APPROVER, &planned).await;
    assert_eq!(served(&site), Some(first()), "not before its day");
    let follow = async || {
        let server = Arc::clone(&site.server);
        let following = tokio::task::spawn_blocking(move || publishing::follow(&server));
        following.await.unwrap().unwrap();
    };
    follow().await;
    set_day(&site, "2026-07-31");
    follow().await;
    assert_eq!(served(&site), Some(first()));
    set_day(&site, "2026-08-01");
    follow().await;
    assert_eq!(served(&site), Some(second()));
    let page = look(&site, MAKER, &format!("/console/policies/{POLICY}")).await;
    let path = format!("/console/policies/{POLICY}/end");
    let form = format!("{}&reason={}", form(&page, &path), encoded("上级文件废止"));
    let motion = number(&done(&site, MAKER, &path, &form).await);
    let seen = look(&site, APPROVER, &format!("/console/publications/{motion}")).await;
    assert!(seen.text.contains("整份政策停止执行"), "{}", seen.text);
    let path = format!("/console/publications/{motion}/approve");
    let reply = site.post(MAKER, &path, "key=x").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    approve(&site, APPROVER, &motion).await;
    assert_eq!(served(&site), None);
    // Its versions stay, and so does the way back.
    let page = look(&site, MAKER, &format!("/console/policies/{POLICY}")).await;
    assert!(page.text.contains("上级文件废止"), "{}", page.text);
    let again = proposed(&site, MAKER, POLICY, &first(), "").await;
    approve(&site, APPROVER, &again).await;
    assert_eq!(served(&site), Some(first()));
    let verified = site.server.store.verify(None).await.unwrap();
    assert_eq!(verified.fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_effect_on_the_last_sweep_is_shown_and_enterprises_are_told_once() {
    let site = small_town().await;
    nation(&site).await;
    swept(&site).await;
    let motion = proposed(&site, MAKER, POLICY, &everywhere(), "").await;
    let page = look(&site, APPROVER, &format!("/console/publications/{motion}")).await;
    let (fen, mut matching) = would_get(&site);
    let expected = money(Money::from_fen(fen));
    assert!(page.text.contains(&expected), "{expected} in {}", page.text);
    assert!(page.text.contains("增长奖励"), "{}", page.text);
    approve(&site, APPROVER, &motion).await;
    let query = "SELECT i.holder AS line FROM inbox i JOIN messages m ON m.key = i.message \
         WHERE m.kind = 'policy.special' ORDER BY i.holder";
    matching.sort();
    // Nobody waits for it who approves.
    assert!(rows(&site, query).await.is_empty());
    tell(&site).await.unwrap();
    let expected: Vec<String> = matching
        .iter()
        .map(|uscc| format!("enterprise:{uscc}"))
        .collect();
    assert_eq!(rows(&site, query).await, expected);
    // Nobody is told twice, whoever looks again.
    tell(&site).await.unwrap();
    assert_eq!(rows(&site, query).await, expected);
    // Killed in between: whoever was told already is not told again, the others are.
    execute(&site, "DELETE FROM policy_news", Vec::new()).await;
    let some = vec![expected[0].as_str().into()];
    execute(&site, "DELETE FROM inbox WHERE holder = $1", some).await;
    let read = "UPDATE inbox SET read_at = 1";
    execute(&site, read, Vec::new()).await;
    tell(&site).await.unwrap();
    assert_eq!(rows(&site, query).await, expected);
    let query = "SELECT holder AS line FROM inbox WHERE read_at IS NULL AND message \
         LIKE 'policy.special%'";
    assert_eq!(rows(&site, query).await, expected[..1]);
}

/// The first text for enterprises of any place, with a threshold that some of them reach.
pub(super) fn everywhere() -> String {
    let text = first().replace("region: \"4206\"", "region: \"\"");
    let (head, _) = text.split_once("年营业收入1亿元").unwrap();
    format!(
        "{head}年营业收入100万元以上的规上企业奖励1000元。\n\n```zhida\n事项 growth \"增长奖励\"\n  \
         方式 免申即享\n  周期 每年\n  资格 \"规上企业\" 规上企业\n  资格 \"收入门槛\" 营业收入 >= 100万元\n  \
         金额 1000元 取整 元 四舍五入\n  \
         举例 规上企业 = 是, 营业收入 = 100万元 => 1000元\n  \
         举例 规上企业 = 是, 营业收入 = 99万元 => 不符合\n```\n"
    )
}

/// What everybody would get by that text, decided one by one, as no limit is over several of
/// them; and to whom it may apply.
fn would_get(site: &Site) -> (i64, Vec<String>) {
    let texts = [(POLICY.to_owned(), everywhere())];
    let common = site.server.common();
    let texts = publishing::texts_with(&common, &texts).unwrap();
    let all = library::sound_of(texts, &common, &mut Output::kept()).unwrap();
    let measure = all.measure("test-growth/growth").unwrap();
    let material = site.server.material().unwrap();
    let (mut fen, mut matching) = (0i64, Vec::new());
    for row in 0..material.snapshot.len() {
        let facts = material.snapshot.row(row);
        let decision = Interpreter::new(&all).decide(measure, &facts, material.context);
        match decision {
            Decision::Eligible { award, .. } => {
                fen = fen.checked_add(award.fen()).unwrap();
                matching.push(material.snapshot.uscc(row).to_string());
            }
            Decision::Undetermined(_) | Decision::Error(_) => {
                matching.push(material.snapshot.uscc(row).to_string());
            }
            Decision::NotApplicable(_) | Decision::Ineligible(_) => {}
        }
    }
    assert!(fen > 0 && !matching.is_empty(), "{fen}");
    assert!(matching.len() < material.snapshot.len());
    (fen, matching)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_for_all_goes_to_whoever_subscribed_to_the_bureau() {
    let site = small_town().await;
    let text = first().replace("test-growth", "test-all");
    let (head, _) = text.split_once("年营业收入1亿元").unwrap();
    let open = format!(
        "{head}营业收入不低于上年的企业奖励1000元。\n\n```zhida\n事项 growth \"增长奖励\"\n  \
         方式 免申即享\n  周期 每年\n  资格 \"不减收\" 营业收入 >= 营业收入@上年\n  金额 1000元 取整 元 四舍五入\n  \
         举例 营业收入 = 2元, 营业收入@上年 = 1元 => 1000元\n  \
         举例 营业收入 = 1元, 营业收入@上年 = 2元 => 不符合\n```\n"
    );
    let insert = "INSERT INTO subscriptions (holder, topic, at) \
         VALUES ('enterprise:91420600MA00000159', 'bureau:示例市财政局', 1)";
    execute(&site, insert, Vec::new()).await;
    let motion = proposed(&site, MAKER, "test-all", &open, "").await;
    approve(&site, APPROVER, &motion).await;
    tell(&site).await.unwrap();
    let query = "SELECT i.holder AS line FROM inbox i JOIN messages m ON m.key = i.message \
         WHERE m.kind = 'policy.universal' AND m.subject_zh LIKE '%增长奖励办法'";
    assert_eq!(rows(&site, query).await, ["enterprise:91420600MA00000159"]);
}
