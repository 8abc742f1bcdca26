//! Publishing where something stands against it: the policy of another place, another's draft, a
//! version that does not hold yet, policies that could not be put in force.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::http::StatusCode;
use zhida_engine::payouts::{BureauId, MotionId};

use super::publishing::*;
use super::town::*;
use crate::library;
use crate::output::Output;
use crate::publishing;
use crate::store::Within;
use crate::views::seen::Seen;
use crate::web::testing::Site;

/// The policy of the city that the town begins with.
const CITY: &str = "xiangyang-industry-2025";
/// The people of the other bureau.
const THEIR_MAKER: &str = "经办@邻市财政局";

/// Proposes at a page, and gives what it says where it is refused.
async fn refused_proposal(site: &Site, who: &str, id: &str, more: &str) -> String {
    let path = format!("/console/policies/{id}/propose");
    let hidden = asking(site, who, id).await;
    refused(site, who, &path, &format!("{hidden}&reason=x{more}")).await
}

/// Takes the kept file with this text away, wherever it lies.
fn lose(site: &Site, text: &str) {
    let is_kept = |path: &std::path::PathBuf| {
        let is_shelved = path.starts_with(site.server.folder.join("published"));
        !is_shelved && std::fs::read(path).unwrap() == text.as_bytes()
    };
    let kept: Vec<_> = walk(&site.server.folder)
        .into_iter()
        .filter(is_kept)
        .collect();
    assert!(!kept.is_empty());
    for path in kept {
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_policy_of_another_place_by_his_own_region() {
    let site = small_town().await;
    for (place, region) in [("420606", "420606"), ("4207", "4207"), ("4207", "4206")] {
        office(&site, BESIDE, place).await;
        let theirs = LIBRARY.replace("region: \"4206\"", &format!("region: \"{region}\""));
        let theirs = theirs.replace("市财政安排", "本级财政安排");
        draft(&site, THEIR_MAKER, CITY, &theirs).await;
        let said = refused_proposal(&site, THEIR_MAKER, CITY, "").await;
        assert!(said.contains("辖区内") && said.contains("4206"), "{said}");
        // Nor is it theirs to end.
        let path = format!("/console/policies/{CITY}/end");
        let said = refused(&site, THEIR_MAKER, &path, "key=&reason=x").await;
        assert!(said.contains("辖区内"), "{said}");
    }
    // Inside of their own place they publish.
    office(&site, BESIDE, "420606").await;
    let own = first().replace("region: \"4206\"", "region: \"420606\"");
    proposed(&site, THEIR_MAKER, POLICY, &own, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_last_policy_has_ended_the_next_one_begins() {
    let site = small_town().await;
    let path = format!("/console/policies/{CITY}/end");
    let motion = number(&done(&site, MAKER, &path, "key=&reason=x").await);
    approve(&site, APPROVER, &motion).await;
    assert!(site.server.published().library.policies.is_empty());
    for page in ["/", "/policies", "/measures", "/console/policies"] {
        look(&site, MAKER, page).await;
    }
    // A server that starts, and commands, read nothing as well.
    let read = library::sound(&site.server.common(), &mut Output::kept()).unwrap();
    assert!(read.policies.is_empty() && read.measures.is_empty());
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    approve(&site, APPROVER, &motion).await;
    assert_eq!(served(&site), Some(first()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_looks_at_the_place_again() {
    let site = small_town().await;
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    let path = format!("/console/publications/{motion}/approve");
    office(&site, BUREAU, "4207").await;
    let said = refused(&site, APPROVER, &path, "key=a").await;
    assert!(said.contains("辖区内"), "{said}");
    // Without places nobody knows which of two bureaus may.
    execute(&site, "DELETE FROM offices", Vec::new()).await;
    let said = refused(&site, APPROVER, &path, "key=b").await;
    assert!(said.contains("都没有登记辖区"), "{said}");
    let said = refused_proposal(&site, MAKER, POLICY, "").await;
    assert!(said.contains("都没有登记辖区"), "{said}");
    assert_eq!(served(&site), None);
    office(&site, BUREAU, "42").await;
    approve(&site, APPROVER, &motion).await;
    assert_eq!(served(&site), Some(first()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_sees_what_this_change_does_and_no_other() {
    let site = small_town().await;
    nation(&site).await;
    swept(&site).await;
    let other = everywhere().replace("test-growth", "test-other");
    let later = "&from=2026-08-01";
    let motion = proposed(&site, MAKER, "test-other", &other, later).await;
    approve(&site, APPROVER, &motion).await;
    let motion = proposed(&site, MAKER, POLICY, &everywhere(), later).await;
    let within = Within::Bureaus([BureauId::new(BUREAU)].into());
    let id = MotionId::new(&motion);
    let found = publishing::proposal(&site.server.store, &within, &id).await;
    let found = found.unwrap().unwrap();
    let look_at =
        || publishing::effect(&site.server, &found.motion, &found.publication, &Seen::All);
    let effect = look_at().await.unwrap();
    let money = effect.money.as_ref().unwrap();
    // The other policy of that day is on both sides.
    assert_eq!(money.measures.len(), 1, "{money:?}");
    assert_ne!(money.whole.before, "0.00", "{money:?}");
    assert_eq!(money.whole.change, money.measures[0].change);
    // What is worked out waits for nobody who works out something else.
    let busy = publishing::occupied().await;
    let again = tokio::time::timeout(Duration::from_secs(20), look_at()).await;
    assert!(Arc::ptr_eq(&again.unwrap().unwrap(), &effect));
    drop(busy);
    // Who leaves stops the work.
    let (material, published) = (site.server.material().unwrap(), site.server.published());
    let gone = AtomicBool::new(true);
    assert!(publishing::priced(&material, &published.library, &gone).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_cannot_be_told_of_keeps_no_other_back() {
    let site = small_town().await;
    for holder in ["enterprise:91420600MA00000159", "user:nobody"] {
        let insert = "INSERT INTO subscriptions (holder, topic, at) \
             VALUES ($1, 'bureau:示例市财政局', 1)";
        execute(&site, insert, vec![holder.into()]).await;
    }
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    approve(&site, APPROVER, &motion).await;
    set_day(&site, "2026-07-02");
    let path = format!("/console/policies/{POLICY}/end");
    let ended = number(&done(&site, MAKER, &path, "key=e&reason=x").await);
    approve(&site, APPROVER, &ended).await;
    let other = second().replace("test-growth", "test-other");
    let motion = proposed(&site, MAKER, "test-other", &other, "").await;
    approve(&site, APPROVER, &motion).await;
    lose(&site, &first());
    let said = tell(&site).await.unwrap_err();
    assert!(!said.is_empty());
    let told = "SELECT policy || '@' || CAST(version AS TEXT) AS line FROM policy_news \
         ORDER BY policy, version";
    let expected = [format!("{POLICY}@2"), "test-other@1".to_owned()];
    assert_eq!(rows(&site, told).await, expected);
    let holders = "SELECT holder AS line FROM inbox WHERE message LIKE 'policy.%' ORDER BY holder";
    assert_eq!(rows(&site, holders).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_computed_while_the_policies_of_today_are_not_in_force() {
    let site = small_town().await;
    swept(&site).await;
    let page = look(&site, MAKER, "/console/sweeps").await;
    let sweep = between(&page.text, "href=\"/console/sweeps/", "\"").remove(0);
    let page = look(&site, MAKER, &format!("/console/sweeps/{sweep}")).await;
    let take = form(&page, "/console/sweeps/take");
    let motion = proposed(&site, MAKER, POLICY, &first(), "&from=2026-08-01").await;
    approve(&site, APPROVER, &motion).await;
    set_day(&site, "2026-08-01");
    // Something lies where the policies of the day belong.
    let shelf = site.server.folder.join("published");
    std::fs::write(&shelf, "x").unwrap();
    let page = look(&site, MAKER, "/console/sweeps").await;
    let snapshot = between(&page.text, "<option value=\"", "\"").remove(0);
    let asked = form(&page, "/console/sweeps/start");
    let asked = format!("{asked}&snapshot={snapshot}");
    let path = "/console/sweeps/start";
    let said = refused(&site, MAKER, path, &asked).await;
    assert!(said.contains("今天的政策还没有生效"), "{said}");
    assert!(site.server.is_behind());
    // Nor is a sweep of before taken up by them.
    let said = refused(&site, MAKER, "/console/sweeps/take", &take).await;
    assert!(said.contains("今天的政策还没有生效"), "{said}");
    let page = look(&site, MAKER, "/console/policies").await;
    assert!(page.text.contains("还没有全部生效"), "{}", page.text);
    // It is put in force by whoever asks next.
    std::fs::remove_file(&shelf).unwrap();
    done(&site, MAKER, path, &asked).await;
    assert_eq!(served(&site), Some(first()));
    assert!(!site.server.is_behind());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_saved_is_not_written_over_unseen() {
    let site = small_town().await;
    draft(&site, MAKER, "new", &first()).await;
    let place = format!("/console/policies/{POLICY}");
    let check = format!("{place}/check");
    let opened = look(&site, MAKER, &place).await;
    let (editing, proposing) = (form(&opened, &check), asking(&site, MAKER, POLICY).await);
    draft(&site, BOTH, POLICY, &second()).await;
    // Saving what was opened before is refused, and what was typed stays.
    let typed = first().replace("最高50万元。", "最高50万元。奖励一次性拨付。");
    let path = format!("{place}/draft");
    let save = |hidden: &str| format!("{hidden}&text={}", encoded(&typed));
    let reply = site.post(MAKER, &path, &save(&editing)).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    for part in [BOTH, "2026-07-01 09:30", "奖励一次性拨付"] {
        assert!(reply.text.contains(part), "{part} in {}", reply.text);
    }
    let page = look(&site, MAKER, &place).await;
    assert!(page.text.contains("最高80万元") && !page.text.contains("一次性拨付"));
    // A check in between does not count as a look at what was saved.
    let checked = site.post(MAKER, &check, &save(&editing)).await;
    assert_eq!(form(&checked, &check), editing);
    assert!(!checked.text.contains(&format!("{place}/propose")));
    // Nor is it proposed unseen.
    let to = format!("{place}/propose");
    let said = refused(&site, MAKER, &to, &format!("{proposing}&reason=x")).await;
    assert!(
        said.contains("与您看到的不同") && said.contains(BOTH),
        "{said}"
    );
    // Who was told of it may.
    done(&site, MAKER, &path, &save(&form(&reply, &check))).await;
    let page = look(&site, MAKER, &place).await;
    assert!(page.text.contains("一次性拨付"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_is_corrected_although_another_version_is_to_come() {
    let site = small_town().await;
    let motion = proposed(&site, MAKER, POLICY, &first(), "").await;
    approve(&site, APPROVER, &motion).await;
    let motion = proposed(&site, MAKER, POLICY, &second(), "&from=2027-01-01").await;
    approve(&site, APPROVER, &motion).await;
    let mended = first().replace("最高50万元。", "最高50万元。奖励一次性拨付。");
    draft(&site, MAKER, POLICY, &mended).await;
    let said = refused_proposal(&site, MAKER, POLICY, "").await;
    assert!(said.contains("503") && said.contains("写明取代"), "{said}");
    // The page offers it by name.
    let page = look(&site, MAKER, &format!("/console/policies/{POLICY}")).await;
    let offered = "name=\"replaces\" type=\"checkbox\" value=\"2\"";
    assert!(page.text.contains(offered), "{}", page.text);
    // From the day of the later one on there is nothing to take the place of.
    let motion = proposed(&site, MAKER, POLICY, &mended, "&replaces=2&from=2027-01-01").await;
    let back = format!("/console/publications/{motion}/return");
    done(&site, APPROVER, &back, "key=r&reason=x").await;
    let motion = proposed(&site, MAKER, POLICY, &mended, "&replaces=2").await;
    let seen = look(&site, APPROVER, &format!("/console/publications/{motion}")).await;
    // Beside what holds now, not beside what was to come.
    assert!(!seen.text.contains("最高80万元"), "{}", seen.text);
    assert!(seen.text.contains("取代尚未施行的版本"), "{}", seen.text);
    approve(&site, APPROVER, &motion).await;
    assert_eq!(served(&site), Some(mended.clone()));
    let page = look(&site, CHECKER, &format!("/console/policies/{POLICY}")).await;
    assert!(page.text.contains("施行以前被取代"), "{}", page.text);
    set_day(&site, "2027-01-01");
    assert!(!refresh(&site).await.unwrap());
    assert_eq!(served(&site), Some(mended));
    let verified = site.server.store.verify(None).await.unwrap();
    assert_eq!(verified.fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_does_not_hold_yet_is_taken_back() {
    let site = small_town().await;
    let motion = proposed(&site, MAKER, POLICY, &first(), "&from=2027-01-01").await;
    approve(&site, APPROVER, &motion).await;
    let page = look(&site, MAKER, &format!("/console/policies/{POLICY}")).await;
    let path = format!("/console/policies/{POLICY}/end");
    let asked = format!("{}&reason=x&replaces=1", form(&page, &path));
    let motion = number(&done(&site, MAKER, &path, &asked).await);
    approve(&site, APPROVER, &motion).await;
    set_day(&site, "2027-01-01");
    refresh(&site).await.unwrap();
    assert_eq!(served(&site), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_nobody_goes_by_any_more_are_not_read() {
    let site = small_town().await;
    for (day, text) in [("2026-07-01", first()), ("2026-07-02", second())] {
        set_day(&site, day);
        let motion = proposed(&site, MAKER, POLICY, &text, "").await;
        approve(&site, APPROVER, &motion).await;
    }
    lose(&site, &first());
    let more = second().replace("最高80万元。", "最高80万元。奖励一次性拨付。");
    let motion = proposed(&site, MAKER, POLICY, &more, "").await;
    approve(&site, APPROVER, &motion).await;
    assert_eq!(served(&site), Some(more));
}
