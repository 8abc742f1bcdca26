//! The document says what the routes do, and the routes do what it says.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use zhida_engine::payouts::Role;

use super::client::Client;
use super::town::{Town, encoded, who};
use crate::api::document::{access_words, document, names_in};
use crate::api::operations;
use crate::site;

#[test]
fn places_and_document_are_the_same_list() {
    let document = document(&operations());
    let described: BTreeMap<(String, String), Value> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| {
                    ((method.to_uppercase(), path.clone()), operation.clone())
                })
        })
        .collect();
    let mut listed = 0;
    for place in site::places() {
        if !place.path.starts_with("/api/") {
            continue;
        }
        listed += 1;
        let key = (place.method.to_string(), place.path.to_owned());
        let operation = described.get(&key);
        let operation = operation.unwrap_or_else(|| panic!("{key:?} is not in the document"));
        assert_eq!(
            operation["x-zhida-access"],
            access_words(place.access),
            "{key:?}"
        );
        assert_eq!(
            operation["x-zhida-token-scope"],
            json!(place.token_scope),
            "{key:?}"
        );
        assert_eq!(
            operation["x-zhida-step-up"],
            json!(place.is_stepped_up),
            "{key:?}"
        );
        let parameters = operation["parameters"].as_array().unwrap();
        for name in names_in(place.path) {
            let found = parameters
                .iter()
                .find(|parameter| parameter["name"] == name);
            let found = found.unwrap_or_else(|| panic!("{key:?} has no {name}"));
            assert_eq!(found["in"], "path");
            assert!(found["description"].is_string(), "{key:?} {name}");
        }
    }
    assert_eq!(listed, described.len());
    assert!(listed > 80, "{listed}");
}

#[test]
fn every_verb_of_payouts_has_an_operation() {
    // What looks has an address of its own; `init` makes the folder that the server stands in.
    let elsewhere = [
        "init",
        "list",
        "show",
        "ledger",
        "work",
        "alarms",
        "head",
        "proof",
        "sheet",
        "lines",
        "motions",
        "batches",
        "bank-lines",
        "users",
        "trial-bank",
    ];
    let verbs = crate::command::payout_verbs();
    assert!(verbs.len() > 50, "{verbs:?}");
    let places = site::places();
    for verb in verbs {
        let path = format!("/api/v1/payouts/{verb}");
        let is_there = places.iter().any(|place| place.path == path);
        assert!(is_there || elsewhere.contains(&verb.as_str()), "{verb}");
    }
}

#[test]
fn the_document_is_one_that_programs_can_read() {
    let document = document(&operations());
    assert!(document["paths"].as_object().unwrap().len() > 60);
    let mut names = BTreeMap::new();
    for operation in operations() {
        for (name, schema) in &operation.schemas {
            let schema = serde_json::to_value(schema).unwrap();
            let before = names.insert(name.clone(), schema.clone());
            assert!(
                before.is_none_or(|before| before == schema),
                "two schemas {name}"
            );
        }
    }
    let mut ids = std::collections::BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            assert!(ids.insert(id.clone()), "{id} twice");
        }
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        let found = &document["components"]["schemas"][name];
        assert!(found.is_object(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_look_is_answered_as_the_document_promises() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    let roles = [
        Role::Maker,
        Role::Auditor,
        Role::Enterprise,
        Role::SecurityAdministrator,
    ];
    let mut answered = 0;
    for described in client.operations() {
        if described.method != Method::GET {
            continue;
        }
        let own = &town.own;
        let names = [
            ("payout", own.payouts[0].as_str()),
            ("motion", &own.motion),
            ("notice", &own.notice),
            ("line", &own.line),
            ("payer", &own.payer),
            ("batch", &own.batch),
            ("bank_line", &own.bank_line),
            ("enterprise", own.enterprise.as_str()),
            ("user", &own.user),
            ("bureau", &own.bureau),
            ("job", &own.job),
            ("digest", &own.paper),
            ("policy", "xiangyang-industry-2025"),
            ("measure", "growth-award"),
            ("file", "swagger-ui-bundle.js"),
            ("sweep", "none"),
            ("seal", &own.seal),
            ("number", "1"),
        ];
        let publications = "/publications/{motion}";
        let own_one = format!("/publications/{}", encoded(&own.publication));
        let mut path = described.path.replace(publications, &own_one);
        for (name, value) in names {
            path = path.replace(&format!("{{{name}}}"), &encoded(value));
        }
        for role in roles {
            let got = town.get(&who(role, own), &path).await;
            client.assert_promised(&described, &got);
            answered += usize::from(got.status == StatusCode::OK);
            if let Some(tag) = &got.tag {
                let known = [("if-none-match", tag.as_str())];
                let visitor = who(role, own);
                let again = town.send(Method::GET, &visitor, &path, &known, None).await;
                assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
                assert!(again.text.is_empty());
            }
        }
    }
    assert!(answered > 90, "{answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_list_are_the_list() {
    let town = Town::new().await;
    let maker = who(Role::Maker, &town.own);
    let client = Client::new(&town).await;
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let mut given = vec![("limit", "3")];
        if !after.is_empty() {
            given.push(("after", &after));
        }
        let got = client.call(&maker, "get_payouts", &given, None).await;
        let page = got.json();
        let items = page["items"].as_array().unwrap();
        found.extend(
            items
                .iter()
                .map(|item| item["payout"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let mut own = town.own.payouts.clone();
    own.sort();
    assert_eq!(found, own);
    for limit in ["0", "201", "1000000000", "-1", "x", "4294967296"] {
        let got = town
            .get(&maker, &format!("/api/v1/payouts?limit={limit}"))
            .await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_document_needs_nothing_that_is_forbidden() {
    let town = Town::new().await;
    let page = town.get("", "/api/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    for forbidden in [
        "<style", "style=", "onclick", "onload", "http://", "https://",
    ] {
        assert!(!page.text.contains(forbidden), "{forbidden}");
    }
    let links = page
        .text
        .split('"')
        .filter(|part| part.starts_with("/api/"));
    let mut files = 0;
    for link in links {
        let got = town.get("", link).await;
        assert_eq!(got.status, StatusCode::OK, "{link}");
        files += 1;
    }
    assert!(files >= 4);
    assert!(!page.text.contains("<script>"), "scripts are files");
}
