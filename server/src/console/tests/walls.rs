//! Who may not: by role, by token, by second factor, by what a form names.

use axum::http::{Method, StatusCode};

use super::month::{decide, in_states, sign_all};
use super::town::*;
use crate::console::acts::list;
use crate::console::places;
use crate::web::Access;

#[tokio::test(flavor = "multi_thread")]
async fn no_act_is_done_without_the_token_of_the_session() {
    let site = town().await;
    for act in list::all() {
        let path = act
            .path
            .replace("{id}", "X")
            .replace("{uscc}", "91420600MA00000159");
        let who = format!("{}@{BUREAU}", act.roles[0].chinese());
        let form = Some("a=1".to_owned());
        let reply = site.send(Method::POST, &who, &path, form).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{who} {path}");
        assert!(reply.text.contains("不是从本站页面发出的"), "{who} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_enterprises_reach_no_page_of_the_workbench() {
    let site = town().await;
    for place in places() {
        let path = place.path.replace("{id}", "X").replace("{uscc}", "X");
        let path = path
            .replace("{digest}", "X")
            .replace("{other}", "X")
            .replace("{before}", "X")
            .replace("{sweep}", "X")
            .replace("{number}", "1");
        let form = (place.method == Method::POST).then(|| "csrf=test-token".to_owned());
        let nobody = site
            .send(place.method.clone(), "", &path, form.clone())
            .await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{path}");
        for who in [
            "企业@91420600MA00000159",
            "系统管理员@示例市财政局",
            "帮办@示例市财政局",
        ] {
            let reply = site
                .send(place.method.clone(), who, &path, form.clone())
                .await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{who} {path}");
        }
        assert!(matches!(place.access, Access::Roles(_)), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_filled_in_cannot_pass_for_an_option() {
    let site = town().await;
    let page = look(&site, MAKER, "/console/settings").await;
    let grant = form(&page, "/console/settings/grant");
    let fields = format!("{grant}&line=--all&amount=1&document=x");
    let reply = site.post(MAKER, "/console/settings/grant", &fields).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text);
    let line = encoded("示例市财政局资金");
    let fields = format!("{grant}&line={line}&amount=--help&document=x");
    let reply = site.post(MAKER, "/console/settings/grant", &fields).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text);
    let fields = format!("{grant}&line={line}&amount=&document=x");
    let reply = site.post(MAKER, "/console/settings/grant", &fields).await;
    assert!(reply.text.contains("没有填写“金额(元)”"), "{}", reply.text);
}

/// Stopping payments to an enterprise, its reason, and letting them go on, belong to the bureau
/// that stopped them; the others are told that somebody did.
#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_that_of_its_bureau() {
    let site = town().await;
    swept(&site).await;
    decide(&site).await;
    let [maker, checker] = ["经办", "复核"].map(|role| format!("{role}@{BESIDE}"));
    let sweeps = look(&site, &maker, "/console/sweeps").await;
    let sweep = between(&sweeps.text, "href=\"/console/sweeps/", "\"").remove(0);
    let page = look(&site, &maker, &format!("/console/sweeps/{sweep}")).await;
    let take = format!("{}&limit=40", form(&page, "/console/sweeps/take"));
    done(&site, &maker, "/console/sweeps/take", &take).await;
    // Both owe the first awards of the same sweep.
    let owed = in_states(&site, &[]).await;
    let home = format!("/console/enterprises/{}", owed[0].key.uscc);
    let (block, unblock) = (format!("{home}/block"), format!("{home}/unblock"));
    let page = look(&site, &checker, &home).await;
    let reason = format!("&reason={}", encoded("涉诉的理由"));
    let stop = format!("{}{reason}", form(&page, &block));
    done(&site, &checker, &block, &stop).await;
    let (own, others) = ("涉诉的理由", "其他单位已暂停付款");
    for (who, told, hidden) in [(checker.as_str(), own, others), (CHECKER, others, own)] {
        let accounts = look(&site, who, "/console/payees").await;
        assert!(accounts.text.contains(told), "{who}: {}", accounts.text);
        assert!(!accounts.text.contains(hidden), "{who}: {}", accounts.text);
    }
    // Nobody here is offered to lift it, or can.
    let page = look(&site, MAKER, &home).await;
    assert!(!page.text.contains(&unblock), "{}", page.text);
    let lift = format!("csrf=test-token&key=lift{reason}");
    let told = refused(&site, MAKER, &unblock, &lift).await;
    assert!(told.contains(">207<"), "{told}");
    // Theirs can: one asks, another agrees.
    let page = look(&site, &maker, &home).await;
    let lift = format!("{}{reason}", form(&page, &unblock));
    done(&site, &maker, &unblock, &lift).await;
    sign_all(&site, &checker).await;
    let accounts = look(&site, CHECKER, "/console/payees").await;
    assert!(!accounts.text.contains(others), "{}", accounts.text);
}
