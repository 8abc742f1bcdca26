//! Rules laid out, examples run, enterprises made up: as the command line does it, nothing kept.

use axum::http::StatusCode;
use serde_json::{Value, json};
use zhida_engine::payouts::Role;
use zhida_policies::values::Uscc;

use super::client::Client;
use super::town::{Town, who};
use crate::arguments::run_line;
use crate::output::Output;

const FORMATS: &str = "/api/v1/formats";
const TESTS: &str = "/api/v1/tests";
const MADE_UP: &str = "/api/v1/trial-enterprises";

/// A policy in the layout of the program: one space between words.
fn policy() -> String {
    let text = include_str!("../../../tests/cases/data/policy.md");
    text.replace("  设   增速", "  设 增速")
}

fn file(name: &str, text: &str) -> Value {
    json!({"files": [{"name": name, "text": text}]})
}

/// Posts what the document asks for; the reply is as it promises.
async fn posted(client: &Client<'_>, town: &Town, id: &str, body: &Value) -> Value {
    let maker = who(Role::Maker, &town.own);
    let got = client.call(&maker, id, &[], Some(body)).await;
    assert_eq!(got.status, StatusCode::OK, "{got:?}");
    got.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_laid_out_and_nothing_is_written() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    let size = town.log_size().await;
    let laid_out = async |body: &Value| posted(&client, &town, "post_formats", body).await;
    // Spaces that the layout does not have, in a rule and nowhere else.
    let loose = policy().replace("  周期 每年\n", "      周期    每年\n");
    assert_ne!(loose, policy());
    let got = laid_out(&file("政策〔2025〕7号.md", &loose)).await;
    let expected = json!({"is_clean": true, "faults": [], "files": [
        {"name": "政策〔2025〕7号.md", "text": policy(), "is_changed": true},
    ]});
    assert_eq!(got, expected);
    let again = laid_out(&file("a.md", &policy())).await;
    assert_eq!(again["files"][0]["is_changed"], false, "{again}");
    assert_eq!(again["files"][0]["text"], policy());
    // The other spelling, and back.
    let mut english = file("a.md", &policy());
    english["language"] = json!("en");
    let english = laid_out(&english).await;
    let text = english["files"][0]["text"].as_str().unwrap();
    assert!(text.contains("measure growth \"增长奖励\"") && text.contains("## 第一条 增长奖励"));
    assert!(
        text.contains("where \"收入门槛\" revenue >= 1亿元"),
        "{text}"
    );
    let back = laid_out(&file("a.md", text)).await;
    assert_eq!(back["files"][0]["text"], policy());
    // A rule that cannot be read stays, and is told of by the name that was sent.
    let broken = policy().replace("  资格 \"规上企业\" 规上企业\n", "  资格 (\n");
    let got = laid_out(&file("b.md", &broken)).await;
    assert_eq!(got["is_clean"], false, "{got}");
    assert_eq!(got["files"][0]["text"], broken);
    assert!(got["faults"][0].to_string().contains("b.md"), "{got}");
    assert!(!got.to_string().contains("rooms"), "{got}");
    assert_eq!(town.log_size().await, size);
    let rooms = std::fs::read_dir(town.site.server.folder.join("rooms"));
    assert_eq!(rooms.unwrap().count(), 0, "a folder was left");
}

#[tokio::test(flavor = "multi_thread")]
async fn examples_are_run_one_measure_after_the_other() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    let ran = async |body: &Value| posted(&client, &town, "post_tests", body).await;
    let got = ran(&file("a.md", &policy())).await;
    assert_eq!(got["is_clean"], true, "{got}");
    let lines = got["lines"].as_array().unwrap();
    // Five examples stand below the measure.
    assert_eq!(lines[0]["measure"], "test-growth/growth");
    assert_eq!(
        (&lines[0]["examples"], &lines[0]["passed"]),
        (&json!(5), &json!(5))
    );
    let whole = json!({"measures": 1, "examples": 5, "failed": 0, "not_run": 0, "faults": 0});
    assert_eq!(lines.last().unwrap()["totals"], whole);
    // 0.5 % of 20 million are 100,000, whatever an example claims.
    let wrong = policy().replace("=> 10万元", "=> 11万元");
    let got = ran(&file("a.md", &wrong)).await;
    assert_eq!(got["is_clean"], false);
    let failure = &got["lines"][0]["failures"][0];
    assert!(failure["got"].to_string().contains("100,000"), "{got}");
    // Without files the policies in force are run; the library of the program is sound.
    let got = ran(&json!({})).await;
    assert_eq!(got["is_clean"], true);
    let totals = &got["lines"].as_array().unwrap().last().unwrap()["totals"];
    assert!(totals["measures"].as_u64().unwrap() > 50, "{totals}");
    assert_eq!(totals["failed"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn enterprises_are_made_up_as_the_command_line_does() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    let maker = who(Role::Maker, &town.own);
    let made = async |body: &Value| {
        let id = "post_trial_enterprises";
        let got = client.call(&maker, id, &[], Some(body)).await;
        assert_eq!(got.status, StatusCode::OK, "{got:?}");
        assert_eq!(got.kind, "text/csv");
        got.text
    };
    let asked = json!({"count": 40, "seed": 7, "year": 2025, "as_of": "2026-06-30",
        "regions": ["4206"]});
    let own = made(&asked).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.csv");
    let output = path.display().to_string();
    let words = [
        "generate",
        "--count=40",
        "--seed=7",
        "--year=2025",
        "--as-of=2026-06-30",
        "--region=4206",
        "-o",
        &output,
    ];
    let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    let typed = tokio::task::spawn_blocking(move || run_line(&words, &mut Output::kept()).unwrap());
    typed.await.unwrap();
    assert_eq!(own, std::fs::read_to_string(&path).unwrap());
    let mut reader = csv::Reader::from_reader(own.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 40);
    assert!(rows.iter().all(|row| Uscc::parse(&row[0]).is_ok()));
    // Another seed makes others; none is the first.
    let mut other = asked.clone();
    other["seed"] = json!(8);
    assert_ne!(made(&other).await, own);
    for (name, value, told) in [
        ("count", json!(0), "1 到 10000"),
        ("count", json!(10_001), "1 到 10000"),
        ("year", json!(1899), "1900 到 2999"),
        ("as_of", json!("2026-02-30"), "日期"),
        ("regions", json!(["999999"]), "999999"),
        ("regions", json!(vec!["4206"; 101]), "100"),
    ] {
        let mut wrong = asked.clone();
        wrong[name] = value;
        let got = town.post(&maker, MADE_UP, &wrong).await;
        assert!(got.status.is_client_error(), "{name}: {got:?}");
        assert!(got.text.contains(told), "{name}: {got:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_are_for_officials() {
    let town = Town::new().await;
    let enterprise = who(Role::Enterprise, &town.own);
    for (path, body) in [
        (FORMATS, file("a.md", &policy())),
        (TESTS, file("a.md", &policy())),
        (MADE_UP, json!({"count": 1})),
    ] {
        let got = town.post(&enterprise, path, &body).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{path}: {got:?}");
        let got = town.post("", path, &body).await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{path}: {got:?}");
    }
}
