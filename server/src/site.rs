//! All routes of the server, from every part of it.

use crate::web::Place;

/// Every route.
pub(crate) fn places() -> Vec<Place> {
    let parts = [
        crate::api::places(),
        crate::accounts::pages::places(),
        crate::administration::places(),
        crate::portal::places(),
        crate::console::places(),
        crate::audit::pages::places(),
        crate::messages::pages::places(),
    ];
    parts.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::Method;

    use super::*;

    /// The kinds of pages that the tests in a browser reach by links.
    const LINKED: &str = include_str!("../tests/pages/kinds.txt");

    /// Pages that a city does not link to before somebody has done something: a message that did
    /// not arrive, a job, an import, a publication, an objection, a letter of the bank, a code
    /// that is asked for again, parts of signing in.
    const LATER: [&str; 9] = [
        "administration/deliveries",
        "audit/jobs/one",
        "console/imports/one",
        "console/jobs/one",
        "console/letters/one",
        "console/publications/one",
        "objections/one",
        "sign-in/one/one",
        "step-up",
    ];

    /// Files, and answers to the script of a page.
    const NO_PAGES: [&str; 14] = [
        "api/one",
        "api/one/one",
        "audit/jobs/one/one",
        "audit/jobs/one/one/one",
        "console/batches/one/one/one",
        "console/imports/one/one/one",
        "console/jobs/one/one",
        "console/notices/one/one/one",
        "console/policies/one/one/one",
        "console/sweeps/one/one/one",
        "my/payouts/one/one/one",
        "objections/one/one",
        "payouts/one/one/one",
        "suggest",
    ];

    /// A path without what is different on each page of its kind, as the tests in a browser say.
    fn kind(path: &str) -> String {
        let mut words = path.trim_matches('/').split('/');
        let first = words.next().unwrap_or_default();
        let parts = ["my", "console", "audit", "administration", "account"];
        let second = if parts.contains(&first) {
            words.next()
        } else {
            None
        };
        let deep = words.map(|_| "one");
        [first]
            .into_iter()
            .chain(second)
            .chain(deep)
            .collect::<Vec<_>>()
            .join("/")
    }

    #[test]
    fn links_lead_to_every_page() {
        let pages = places()
            .into_iter()
            .filter(|place| place.method == Method::GET);
        let kinds: BTreeSet<String> = pages
            .filter(|place| !place.path.starts_with("/api/v1"))
            .map(|place| kind(place.path))
            .collect();
        let known: BTreeSet<String> = LINKED
            .lines()
            .chain(LATER)
            .chain(NO_PAGES)
            .map(str::to_owned)
            .collect();
        let lost: Vec<&String> = kinds.difference(&known).collect();
        assert!(lost.is_empty(), "neither linked nor named: {lost:#?}");
        let gone: Vec<&String> = known.difference(&kinds).collect();
        assert!(gone.is_empty(), "no page of the server: {gone:#?}");
    }
}
