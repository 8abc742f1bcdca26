//! Sums that programs ask for are those of the enterprises within sight.

use axum::http::StatusCode;
use serde_json::{Value, json};
use zhida_engine::payouts::{BureauId, Role};

use super::matrix::assert_no_secret;
use super::town::{Got, OWN_YUAN, Town, who};
use crate::accounts::{By, Office};

const MEASURE: &str = "xiangyang-industry-2025/output-increment";
const WHOLE_YUAN: &str = "310494.00";

/// The last line of what a command says.
fn totals(got: &Got) -> Value {
    let json = got.json();
    let lines = json["lines"].as_array().unwrap();
    lines.last().unwrap()["totals"].clone()
}

async fn looked(town: &Town, visitor: &str, path: &str) -> Got {
    let got = town.get(visitor, path).await;
    assert_eq!(got.status, StatusCode::OK, "{visitor} {path}: {got:?}");
    got
}

async fn posted(town: &Town, visitor: &str, path: &str, body: &Value) -> Got {
    let got = town.post(visitor, path, body).await;
    assert_eq!(got.status, StatusCode::OK, "{visitor} {path}: {got:?}");
    got
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bureau_is_told_what_its_own_enterprises_come_to() {
    let town = Town::new().await;
    let summary = format!("/api/v1/sweeps/{}", town.sweep);
    let both = json!({"before": town.sweep, "after": town.sweep, "limit": 100});
    for role in [Role::Maker, Role::Auditor] {
        let visitor = who(role, &town.own);
        let got = looked(&town, &visitor, &summary).await;
        assert_no_secret(&got, &town.other, &summary);
        let told = got.json();
        assert_eq!(told["enterprises"], 1);
        assert_eq!(told["total"]["award"], OWN_YUAN);
        let measures = told["measures"].as_array().unwrap();
        let line = measures.iter().find(|line| line["measure"] == MEASURE);
        let line = line.unwrap();
        assert_eq!(
            (&line["eligible"], &line["award"]),
            (&json!(1), &json!(OWN_YUAN))
        );
        // Nobody is told how many there are in all.
        for path in ["/api/v1/sweeps", "/api/v1/snapshots"] {
            let got = looked(&town, &visitor, path).await;
            let rows = got.json()["items"].clone();
            assert_eq!(rows[0]["enterprises"], Value::Null, "{path} {got:?}");
        }
        let forecast = posted(&town, &visitor, "/api/v1/forecasts", &json!({})).await;
        assert_no_secret(&forecast, &town.other, "forecasts");
        let found = totals(&forecast);
        assert_eq!(found["whole"]["amount"], OWN_YUAN);
        assert_eq!(found["enterprises"], 1);
        let got = posted(&town, &visitor, "/api/v1/differences", &both).await;
        assert_no_secret(&got, &town.other, "differences");
        let found = totals(&got);
        assert_eq!(found["amount_before"], OWN_YUAN);
        assert_eq!(found["amount_after"], OWN_YUAN);
    }
}

/// A draft can ask anything of the facts: the answer counts those within sight.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_asks_nothing_of_enterprises_elsewhere() {
    let town = Town::new().await;
    let text = "---\nid: probe\ntitle: 探问\nissuer: 襄阳市人民政府\nregion: \"4206\"\n\
         published: 2025-01-01\neffective: 2020-01-01\n---\n\n# 探问\n\n```zhida\n\
         事项 a \"探问\"\n  周期 每年\n  资格 工业总产值 > 2亿元\n  金额 1元 取整 元 舍去\n```\n";
    let body = json!({"files": [{"name": "probe.md", "text": text}], "by": ["region", "measure"]});
    let got = posted(
        &town,
        &who(Role::Maker, &town.own),
        "/api/v1/forecasts",
        &body,
    )
    .await;
    let found = totals(&got);
    // Both enterprises have more than 200 million yuan of output.
    assert_eq!(found["whole"]["awards"], 1, "{got:?}");
    assert_eq!(found["whole"]["amount"], "1.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_of_the_nation_is_told_the_whole() {
    let town = Town::new().await;
    let office = Office {
        bureau: BureauId::new("国家局"),
        region: "".parse().unwrap(),
        department: "财政".to_owned(),
        is_finance: true,
    };
    let server = &town.site.server;
    let set = server
        .accounts
        .set_office(By::Console, &office, server.clock.now());
    set.await.unwrap();
    let visitor = "审计@国家局";
    let got = looked(&town, visitor, &format!("/api/v1/sweeps/{}", town.sweep)).await;
    let told = got.json();
    assert_eq!(
        (&told["enterprises"], &told["total"]["award"]),
        (&json!(2), &json!(WHOLE_YUAN))
    );
    // The file itself, with its funds.
    assert!(told["payable"]["funds"].is_array(), "{told}");
    let rows = looked(&town, visitor, "/api/v1/snapshots").await.json();
    assert_eq!(rows["items"][0]["enterprises"], 2);
    let got = posted(&town, visitor, "/api/v1/forecasts", &json!({})).await;
    assert_eq!(totals(&got)["whole"]["amount"], WHOLE_YUAN);
    // Those that have an office nowhere see what they saw.
    let own = who(Role::Maker, &town.own);
    let got = posted(&town, &own, "/api/v1/forecasts", &json!({})).await;
    assert_eq!(totals(&got)["whole"]["amount"], OWN_YUAN);
}
