//! Policies put in force by two people, by programs.

use axum::http::StatusCode;
use serde_json::{Value, json};
use zhida_engine::payouts::{BureauId, Moment, Role, Subject, User, UserId};

use super::client::Client;
use super::town::{OTHER, OWN, Town, encoded, who};
use crate::accounts::{By, Office};
use crate::publishing::Draft;

const POLICY: &str = "test-growth";

fn text() -> String {
    include_str!("../../../tests/cases/data/policy.md").to_owned()
}

/// The town, its bureaus each with a place.
async fn placed() -> Town {
    let town = Town::new().await;
    for (bureau, region) in [(OWN, "4206"), (OTHER, "4207")] {
        let office = Office {
            bureau: BureauId::new(bureau),
            region: region.parse().unwrap(),
            department: "财政".to_owned(),
            is_finance: true,
        };
        let accounts = &town.site.server.accounts;
        let set = accounts.set_office(By::Console, &office, town.site.server.clock.now());
        set.await.unwrap();
    }
    town
}

fn proposal(text: Option<&str>) -> Value {
    json!({"policy": POLICY, "text": text, "reason": "按会议修订"})
}

/// Proposes, and gives the number of the proposal.
async fn proposed(town: &Town, client: &Client<'_>, body: &Value) -> String {
    let maker = who(Role::Maker, &town.own);
    let got = town.post(&maker, "/api/v1/publications", body).await;
    assert_eq!(got.status, StatusCode::OK, "{got:?}");
    let described = client
        .operations()
        .into_iter()
        .find(|one| one.path == "/api/v1/publications" && one.method == "POST");
    client.assert_promised(&described.unwrap(), &got);
    let results = got.json()["results"].clone();
    results[0]["motion"].as_str().unwrap().to_owned()
}

/// Approves a proposal.
async fn approved(town: &Town, motion: &str) {
    let approver = who(Role::Approver, &town.own);
    let approve = format!("/api/v1/publications/{motion}/approve");
    let got = town.post(&approver, &approve, &json!({})).await;
    assert_eq!(got.status, StatusCode::OK, "{got:?}");
}

/// Neither a text with a fault, nor anything of somebody who is no maker.
async fn refuses_what_it_must(town: &Town, maker: &str) {
    let faulty = text().replace("=> 10万元", "=> 11万元");
    let refused = town
        .post(maker, "/api/v1/publications", &proposal(Some(&faulty)))
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    let checker = who(Role::Checker, &town.own);
    let refused = town
        .post(&checker, "/api/v1/publications", &proposal(Some(&text())))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_proposed_approved_and_served_to_programs() {
    let town = placed().await;
    let client = Client::new(&town).await;
    let (maker, approver) = (who(Role::Maker, &town.own), who(Role::Approver, &town.own));
    refuses_what_it_must(&town, &maker).await;
    let motion = proposed(&town, &client, &proposal(Some(&text()))).await;
    let place = format!("/api/v1/publications/{motion}");
    let shown = town.get(&approver, &place).await.json();
    assert_eq!(shown["check"]["is_sound"], true, "{shown}");
    assert_eq!(shown["after"], text());
    assert_eq!(shown["before"], Value::Null);
    assert_eq!(shown["money"]["year"], 2025, "{shown}");
    let policy = format!("/api/v1/policies/{POLICY}");
    assert_eq!(town.get("", &policy).await.status, StatusCode::NOT_FOUND);
    let approve = format!("{place}/approve");
    let checker = who(Role::Checker, &town.own);
    for who in [&maker, &checker] {
        let refused = town.post(who, &approve, &json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}: {refused:?}");
    }
    let foreign = who(Role::Approver, &town.other);
    let missing = town.post(&foreign, &approve, &json!({})).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "{missing:?}");
    let key = [("idempotency-key", "approve-1")];
    let body = || b"{}".to_vec();
    let first = town.post_with(&approver, &approve, &key, body()).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let again = town.post_with(&approver, &approve, &key, body()).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    // It is there for everybody with the next request.
    let served = town.get("", &policy).await.json();
    assert_eq!(served["text"], text());
    let found = town
        .get("", "/api/v1/search?q=%E6%B5%8B%E8%AF%95%E5%B8%82")
        .await;
    assert!(found.text.contains(POLICY), "{}", found.text);
    let facts = json!({"year": 2025, "facts": {
        "地区": "420602", "规上企业": "是", "营业收入@2025": "120000000",
        "营业收入@2024": "100000000",
    }});
    let decided = town.post("", "/api/v1/decisions", &facts).await;
    assert!(
        decided.text.contains("test-growth/growth"),
        "{}",
        decided.text
    );
    let versions = town.get(&maker, &format!("{policy}/versions")).await.json();
    assert_eq!(versions["items"][0]["number"], 1);
    assert_eq!(versions["items"][0]["signatures"][1]["role"], "审批");
    let version = town
        .get(&maker, &format!("{policy}/versions/1"))
        .await
        .json();
    assert_eq!(version["content"], text());
    let theirs = town.get(&foreign, &format!("{policy}/versions/1")).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_read_what_two_versions_differ_in() {
    let town = placed().await;
    let client = Client::new(&town).await;
    let maker = who(Role::Maker, &town.own);
    let last = "上年没有营业收入的企业不适用本条。\n";
    let second = text().replace(last, &format!("{last}附则一行。\n"));
    for text in [text(), second.clone()] {
        let motion = proposed(&town, &client, &proposal(Some(&text))).await;
        approved(&town, &motion).await;
    }
    let place = "get_policies_policy_versions_number_changes";
    let of = |number: &'static str| [("policy", POLICY), ("number", number)];
    let got = client.call(&maker, place, &of("1"), None).await.json();
    let added = second
        .lines()
        .position(|line| line == "附则一行。")
        .unwrap()
        + 1;
    let expected = json!([{"line": added, "is_new": true, "text": "附则一行。"}]);
    assert_eq!(got["items"], expected, "{got}");
    // The other way round, and with itself.
    let given = [of("2").as_slice(), &[("after", "1")]].concat();
    let got = client.call(&maker, place, &given, None).await.json();
    let expected = json!([{"line": added, "is_new": false, "text": "附则一行。"}]);
    assert_eq!(got["items"], expected, "{got}");
    let got = client.call(&maker, place, &of("2"), None).await.json();
    assert_eq!(got["items"], json!([]));
    // Nothing came before the first; a third is not there; another bureau finds none.
    for number in ["0", "3", "x"] {
        let got = client.call(&maker, place, &of(number), None).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{number}");
    }
    let foreign = who(Role::Maker, &town.other);
    let got = client.call(&foreign, place, &of("1"), None).await;
    assert_eq!(got.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_ends_as_it_began() {
    let town = placed().await;
    let client = Client::new(&town).await;
    let (maker, approver) = (who(Role::Maker, &town.own), who(Role::Approver, &town.own));
    let policy = format!("/api/v1/policies/{POLICY}");
    let motion = proposed(&town, &client, &proposal(Some(&text()))).await;
    approved(&town, &motion).await;
    let motion = proposed(&town, &client, &proposal(None)).await;
    let returned = format!("/api/v1/publications/{motion}/return");
    let got = town
        .post(&approver, &returned, &json!({"reason": "暂缓"}))
        .await;
    assert_eq!(got.status, StatusCode::OK, "{got:?}");
    let shown = town
        .get(&maker, &format!("/api/v1/publications/{motion}"))
        .await;
    assert_eq!(shown.json()["summary"]["ended"]["reason"], "暂缓");
    let motion = proposed(&town, &client, &proposal(None)).await;
    approved(&town, &motion).await;
    assert_eq!(town.get("", &policy).await.status, StatusCode::NOT_FOUND);
    let verified = town.site.server.store.verify(None).await.unwrap();
    assert_eq!(verified.fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wrote_at_the_draft_does_not_approve_what_a_program_proposes() {
    let town = placed().await;
    let client = Client::new(&town).await;
    let approver = who(Role::Approver, &town.own);
    let store = &town.site.server.store;
    let subject = Subject::User(UserId::new(&approver));
    let books = store.see(&[subject]).await.unwrap();
    let author: &User = books.user(&UserId::new(&approver)).unwrap();
    let draft = text().replace("最高50万元", "最高40万元");
    let saved = Draft::save(store, author, (POLICY, &draft), None, Moment(1));
    saved.await.unwrap();
    // Whoever proposes it says nothing of any author, and the text is another by now.
    let motion = proposed(&town, &client, &proposal(Some(&text()))).await;
    let place = format!("/api/v1/publications/{motion}");
    let maker = who(Role::Maker, &town.own);
    let shown = town.get(&maker, &place).await.json();
    assert_eq!(
        shown["summary"]["authors"],
        json!([author.person, maker]),
        "{shown}"
    );
    let approve = format!("{place}/approve");
    let refused = town.post(&approver, &approve, &json!({})).await;
    assert!(refused.text.contains("106"), "{refused:?}");
    let policy = format!("/api/v1/policies/{POLICY}");
    assert_eq!(town.get("", &policy).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_come_page_by_page_the_latest_first() {
    let town = placed().await;
    let client = Client::new(&town).await;
    let maker = who(Role::Maker, &town.own);
    let mut all = vec![town.own.publication.clone()];
    for number in 0..4 {
        let text = text().replace("最高50万元。", &format!("最高50万元。第{number}稿。"));
        all.push(proposed(&town, &client, &proposal(Some(&text))).await);
    }
    let mut found = Vec::new();
    let mut place = "/api/v1/publications?limit=2".to_owned();
    let pages = loop {
        let got = town.get(&maker, &place).await.json();
        let items = got["items"].as_array().unwrap().clone();
        assert!((1..=2).contains(&items.len()), "{got}");
        found.extend(
            items
                .iter()
                .map(|one| one["publication"].as_str().unwrap().to_owned()),
        );
        match got["next"].as_str() {
            Some(next) => place = format!("/api/v1/publications?limit=2&after={}", encoded(next)),
            None => break found.len().div_ceil(2),
        }
    };
    assert_eq!(pages, 3);
    // The seeded one is four weeks older than the others, which are of one moment.
    assert_eq!(found.last(), Some(&all[0]));
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(found), sorted(all));
    // What another bureau proposed is like what nobody proposed: nothing comes behind it.
    for name in [town.other.publication.as_str(), "no-such-proposal"] {
        let place = format!("/api/v1/publications?after={}", encoded(name));
        let got = town.get(&maker, &place).await.json();
        assert_eq!(got["items"], json!([]), "{name}: {got}");
    }
}
