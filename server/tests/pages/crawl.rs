//! Every page that a role can reach by links: whole, usable by everybody, not wider than the
//! screen, without errors of scripts, and without a request to anywhere else.

use std::collections::{BTreeSet, VecDeque};

use fantoccini::Locator;

use crate::axe;
use crate::browser::{Browser, DESK, PHONE, View};
use crate::city::City;
use crate::{pictures, ready};

/// How many pages of one kind are looked at.
const OF_A_KIND: usize = 1;
/// How many pages a role can be shown: more would be links without an end.
const PAGES_MAX: usize = 80;

/// The kinds of pages that links lead to, a line each; `src/site.rs` has a test that no page of
/// the server is missing from it.
const KINDS: &str = include_str!("kinds.txt");

/// Parts of the site whose second word is a page of its own, not a name.
const PARTS: [&str; 5] = ["my", "console", "audit", "administration", "account"];

/// A page without what is different on each of its kind.
fn kind(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut words = path.trim_matches('/').split('/');
    let first = words.next().unwrap_or_default();
    let mut kind = first.to_owned();
    if PARTS.contains(&first)
        && let Some(second) = words.next()
    {
        kind = format!("{kind}/{second}");
    }
    for _ in words {
        kind.push_str("/one");
    }
    kind
}

/// Walks from the start of a role over all links.
async fn walk(
    city: &City,
    (browser, view): (&Browser, View),
    (who, start): (&str, &str),
    kinds: &mut Vec<String>,
) -> Vec<String> {
    let mut waiting = VecDeque::from([start.to_owned()]);
    let mut seen: BTreeSet<String> = BTreeSet::from([start.to_owned()]);
    let mut found = Vec::new();
    let mut pages = 0;
    while let Some(path) = waiting.pop_front() {
        let kind = kind(&path);
        let before = kinds.iter().filter(|other| **other == kind).count();
        // Where a role begins it finds its own links.
        if before >= OF_A_KIND && path != start {
            continue;
        }
        pages += 1;
        assert!(pages <= PAGES_MAX, "{who} {path}: links without an end");
        browser.goto(&format!("{}{path}", city.address)).await;
        let title = browser.client.title().await.unwrap();
        // A page for whoever signed in is looked at by somebody who did.
        if who.is_empty() && title.starts_with("还没有登录") {
            browser.complaints().await;
            continue;
        }
        kinds.push(kind.clone());
        let status = browser.status().await;
        if title.is_empty() || status != 200 {
            found.push(format!("{who} {path}: {status} {title}"));
        }
        let overflow = browser.overflow().await;
        if overflow > 0 {
            found.push(format!(
                "{who} {path}: {overflow} px wider than {}",
                view.width
            ));
        }
        // Before axe, whose own scripts are none of the page.
        let mut wrong = browser.complaints().await;
        wrong.extend(axe::findings(browser).await);
        found.extend(wrong.into_iter().map(|one| format!("{who} {path}: {one}")));
        browser.complaints().await;
        // What leads elsewhere, such as to a notice that is over, is no page of its kind.
        let shown = browser.client.current_url().await.unwrap();
        let is_there = path.split(['?', '#']).next() == Some(shown.path());
        if before == 0 && is_there {
            pictures::keep(browser, &name_of(&kind)).await;
        }
        for link in browser
            .client
            .find_all(Locator::Css("a[href^='/']"))
            .await
            .unwrap()
        {
            let Ok(Some(path)) = link.attr("href").await else {
                continue;
            };
            let is_page = !path.starts_with("/api/") && !path.contains("/files/");
            if is_page && seen.insert(path.clone()) {
                waiting.push_back(path);
            }
        }
    }
    found
}

/// What the picture of a page of this kind is called.
fn name_of(kind: &str) -> String {
    match kind.trim_matches('/') {
        "" => "start".to_owned(),
        kind => kind.replace('/', "-"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_used_on_a_desk_and_on_a_phone() {
    if !ready() {
        return;
    }
    let city = City::found(1500);
    let mut found = Vec::new();
    for view in [DESK, PHONE] {
        let mut kinds = Vec::new();
        let people = [
            ("", "/"),
            ("qiye", "/my/measures"),
            ("jingban", "/console"),
            ("zhifu2", "/console/batches"),
            ("duizhang1", "/console/reconciliation"),
            ("shencha", "/audit"),
            ("anquan", "/administration"),
            ("xitong", "/administration"),
        ];
        for (who, start) in people {
            let browser = Browser::open(view).await;
            if !who.is_empty() {
                city.sign_in(&browser, who).await;
            }
            found.extend(walk(&city, (&browser, view), (who, start), &mut kinds).await);
            browser.close().await;
        }
        let kinds: BTreeSet<&str> = kinds.iter().map(String::as_str).collect();
        let expected: BTreeSet<&str> = KINDS.lines().collect();
        let lost: Vec<&&str> = expected.difference(&kinds).collect();
        let new: Vec<&&str> = kinds.difference(&expected).collect();
        if !lost.is_empty() || !new.is_empty() {
            found.push(format!(
                "no link leads to {lost:?}; not in kinds.txt: {new:?}"
            ));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
