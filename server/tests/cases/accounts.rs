//! `zhida account`: setting up sign-in without a browser.

use serde_json::Value;

use crate::support::Place;

const NOW: [&str; 3] = ["--now", "2026-07-06T09:00:00+08:00", "--json"];

fn place() -> Place {
    let place = Place::new();
    let settings = include_str!("../../src/command/demo/bureau.toml");
    place.write("bureau.toml", settings);
    place.ends(0, &["payout", "init", "bureau.toml"]);
    place
}

#[track_caller]
fn account(place: &Place, words: &[&str]) -> Vec<Value> {
    place.ends(0, &[&["account"], words, &NOW].concat()).lines()
}

#[test]
fn there_is_no_default_password_and_codes_go_to_administrators_first() {
    let place = place();
    let all = account(&place, &["list"]);
    assert!(all.len() > 5, "{all:?}");
    let is_bare = |line: &&Value| line["password"] == false && line["second_factor"] == false;
    assert_eq!(all.iter().filter(is_bare).count(), all.len());
    let codes = account(&place, &["create", "--administrators"]);
    assert!(!codes.is_empty() && codes.len() < all.len(), "{codes:?}");
    for code in &codes {
        assert_eq!(code["purpose"], "set_up");
        assert_eq!(code["code"].as_str().unwrap().len(), 27, "{code}");
    }
    // A user whom the books do not know gets none.
    let run = place.ends(2, &["account", "create", "nobody"]);
    assert!(run.err.contains("没有用户“nobody”"), "{}", run.err);
    assert!(run.out.is_empty(), "{}", run.out);
    let run = place.ends(2, &["account", "reset", "jingban", "--second-factor"]);
    assert!(run.err.contains("还没有绑定动态码"), "{}", run.err);
    place.ends(0, &["verify"]);
}

#[test]
fn a_token_is_shown_once_and_taken_back() {
    let place = place();
    let words = ["token", "jingban", "--title", "对账程序", "--scope", "read"];
    let made = account(&place, &[&words[..], &["--days", "30"]].concat()).remove(0);
    let text = made["token"].as_str().unwrap();
    assert!(text.starts_with("zhida_") && text.len() == 70, "{text}");
    let listed = place.ends(0, &[&["account", "tokens"], &NOW[..2]].concat());
    assert!(
        listed.out.contains("对账程序") && !listed.out.contains(text),
        "{}",
        listed.out
    );
    let words = [
        "account", "token", "jingban", "--title", "x", "--scope", "read", "--days", "999",
    ];
    let run = place.ends(2, &[&words[..], &NOW[..2]].concat());
    assert!(run.err.contains("1 到 365 天"), "{}", run.err);
    let name = made["name"].as_str().unwrap();
    account(&place, &["revoke", name]);
    let line = account(&place, &["tokens", "jingban"]).remove(0);
    assert!(line["revoked"].is_i64(), "{line}");
    place.ends(2, &["account", "revoke", name]);
    place.ends(0, &["verify"]);
}

#[test]
fn offices_and_links_are_kept_in_the_log() {
    let place = place();
    let office = ["--region", "4206", "--department", "财政", "--finance"];
    account(&place, &[&["office", "示例市财政局"], &office[..]].concat());
    let listed = account(&place, &["offices"]).remove(0);
    assert_eq!(
        (&listed["region"], &listed["finance"]),
        (&"4206".into(), &true.into())
    );
    let run = place.ends(
        1,
        &[
            "account",
            "office",
            "某局",
            "--region",
            "42x",
            "--department",
            "财政",
        ],
    );
    assert!(run.err.contains("不是地区代码"), "{}", run.err);
    let link = ["--issuer", "https://id.example", "--subject", "u1"];
    account(&place, &[&["link", "jingban"], &link[..]].concat());
    place.ends(2, &[&["account", "link", "fuhe"], &link[..]].concat());
    let linked = account(&place, &["links", "jingban"]).remove(0);
    assert_eq!(linked["subject"], "u1");
    let other = [&["unlink"], &link[..], &["--account", "fuhe"]].concat();
    place.ends(2, &[&["account"], &other[..]].concat());
    account(&place, &[&["unlink"], &link[..]].concat());
    assert!(account(&place, &["links"]).is_empty());
    account(&place, &["disable", "jingban"]);
    let all = account(&place, &["list"]);
    let own = all
        .iter()
        .find(|line| line["account"] == "jingban")
        .unwrap();
    assert_eq!(own["active"], false);
    place.ends(0, &["verify"]);
}
