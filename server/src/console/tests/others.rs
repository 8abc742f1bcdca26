//! Officials are not told who stood in line elsewhere.

use axum::http::StatusCode;
use serde_json::{Value, json};
use zhida_engine::payouts::BureauId;

use super::town::*;
use crate::accounts::{By, Office};
use crate::materials::{self, MaterialKind};
use crate::site;
use crate::web::testing::{CSRF, Site, WHO};

/// Of one group only the greatest award is paid.
const POLICY: &str = "---\nid: group\ntitle: 按集团就高\nissuer: 试验市人民政府\n\
    region: \"4206\"\npublished: 2025-01-01\neffective: 2020-01-01\n---\n\n# 按集团就高\n\n\
    ```zhida\n事项 a \"甲奖励\"\n  周期 每年\n  资格 研发费用 > 0元\n  \
    金额 研发费用 取整 分 舍去\n\n\
    事项 b \"乙奖励\"\n  周期 每年\n  资格 研发费用 > 1000元\n  \
    金额 1元 取整 元 舍去\n\n就高 best 适用 a, b 按 集团代码\n```\n";

/// The first lies in 樊城, the second in 襄城; both belong to one group.
const FIRST: &str = "91420600MA00000159";
const SECOND: &str = "91420600MA00000234";

fn facts(second: u32) -> Vec<u8> {
    let text = format!(
        "uscc,name,地区,功能区,研发费用@2025,集团代码\n{FIRST},甲公司,420606,无,50,G1\n\
         {SECOND},乙公司,420602,无,{second},G1\n"
    );
    text.into_bytes()
}

async fn asked(site: &Site, who: &str, path: &str, body: Option<Value>) -> String {
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;
    let request = axum::http::Request::builder().uri(path).header(WHO, who);
    let request = match body {
        None => request.body(axum::body::Body::empty()),
        Some(body) => request
            .method("POST")
            .header("x-csrf-token", CSRF)
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_string())),
    };
    let reply = site.router.clone().oneshot(request.unwrap()).await.unwrap();
    let status = reply.status();
    let bytes = reply.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(status, StatusCode::OK, "{who} {path}: {text}");
    text
}

/// 70 yuan to the second enterprise, so that the first, with 50 yuan, gets nothing because of it.
#[tokio::test(flavor = "multi_thread")]
async fn who_stood_in_line_is_named_to_those_who_see_it() {
    let site = town_of(&[("group.md", POLICY)], site::places()).await;
    for (bureau, region) in [(BUREAU, "420602"), (BESIDE, "420606")] {
        let office = Office {
            bureau: BureauId::new(bureau),
            region: region.parse().unwrap(),
            department: "财政".to_owned(),
            is_finance: true,
        };
        let now = site.server.clock.now();
        let set = site.server.accounts.set_office(By::Console, &office, now);
        set.await.unwrap();
    }
    swept_over(&site, "k1", &facts(70), "2").await;
    swept_over(&site, "k2", &facts(40), "2").await;
    let sweeps = materials::list(&site.server.store, MaterialKind::Sweep);
    let sweeps = sweeps.await.unwrap();
    let both = json!({"before": sweeps[0].digest, "after": sweeps[1].digest, "limit": 10});
    let one = format!("经办@{BESIDE}");
    let two = format!("经办@{BESIDE}+{BUREAU}");
    // With 40 yuan for the second it is the first that is paid; its explanation tells nothing of
    // others. That of the second tells of the first.
    let explained = |uscc: &str| format!("/api/v1/enterprises/{uscc}/measures/group/a");
    let own = format!("经办@{BUREAU}");
    for (who, is_named) in [(&own, false), (&two, true)] {
        let text = asked(&site, who, &explained(SECOND), None).await;
        assert_eq!(text.contains("甲公司"), is_named, "{who} {text}");
        assert_eq!(text.contains(FIRST), is_named, "{who} {text}");
        assert_eq!(text.contains("其他企业"), !is_named, "{who} {text}");
    }
    // Between the sweeps, the last first, the first enterprise loses its 50 yuan to the second.
    for (who, is_named) in [(&one, false), (&two, true)] {
        let text = asked(&site, who, "/api/v1/differences", Some(both.clone())).await;
        assert!(text.contains(FIRST), "{who} {text}");
        assert_eq!(text.contains("乙公司"), is_named, "{who} {text}");
        assert_eq!(text.contains("其他企业"), !is_named, "{who} {text}");
    }
}
