//! What the command line does, and where programs ask for it: no verb is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory as _;

use crate::api::operations;
use crate::arguments::Arguments;

/// Verbs by the operations that do the same.
const OVER_THE_WIRE: [(&str, &[&str]); 42] = [
    ("check", &["POST /api/v1/checks"]),
    ("fmt", &["POST /api/v1/formats"]),
    ("test", &["POST /api/v1/tests"]),
    ("search", &["GET /api/v1/search"]),
    (
        "match",
        &[
            "GET /api/v1/enterprises/{enterprise}/matches",
            "POST /api/v1/decisions",
        ],
    ),
    (
        "explain",
        &["GET /api/v1/enterprises/{enterprise}/measures/{policy}/{measure}"],
    ),
    ("generate", &["POST /api/v1/trial-enterprises"]),
    ("import", &["POST /api/v1/imports"]),
    ("sweep", &["POST /api/v1/sweeps"]),
    ("forecast", &["POST /api/v1/forecasts"]),
    ("diff", &["POST /api/v1/differences"]),
    ("plan", &["POST /api/v1/plans"]),
    ("policy propose", &["POST /api/v1/publications"]),
    ("policy end", &["POST /api/v1/publications"]),
    (
        "policy approve",
        &["POST /api/v1/publications/{motion}/approve"],
    ),
    (
        "policy return",
        &["POST /api/v1/publications/{motion}/return"],
    ),
    ("policy proposals", &["GET /api/v1/publications"]),
    (
        "policy versions",
        &["GET /api/v1/policies/{policy}/versions"],
    ),
    (
        "policy show",
        &["GET /api/v1/policies/{policy}/versions/{number}"],
    ),
    (
        "policy compare",
        &["GET /api/v1/policies/{policy}/versions/{number}/changes"],
    ),
    (
        "job ask",
        &[
            "POST /api/v1/imports",
            "POST /api/v1/sweeps",
            "POST /api/v1/verifications",
        ],
    ),
    ("job list", &["GET /api/v1/jobs"]),
    ("job cancel", &["POST /api/v1/jobs/{job}/cancel"]),
    ("replay", &["POST /api/v1/replays", "POST /api/v1/what-ifs"]),
    (
        "export",
        &["POST /api/v1/exports", "GET /api/v1/jobs/{job}/answer"],
    ),
    ("audit sample", &["POST /api/v1/samples"]),
    ("audit overlap", &["POST /api/v1/overlaps"]),
    (
        "verify",
        &["POST /api/v1/verifications", "POST /api/v1/proofs/check"],
    ),
    ("payout list", &["GET /api/v1/payouts"]),
    ("payout show", &["GET /api/v1/payouts/{payout}"]),
    ("payout ledger", &["GET /api/v1/ledger"]),
    ("payout work", &["GET /api/v1/work"]),
    ("payout alarms", &["GET /api/v1/alarms"]),
    (
        "payout head",
        &["GET /api/v1/log/head", "POST /api/v1/log/head"],
    ),
    ("payout proof", &["POST /api/v1/proofs"]),
    ("payout sheet", &["POST /api/v1/batches/{batch}/sheet"]),
    ("payout lines", &["GET /api/v1/lines"]),
    ("payout motions", &["GET /api/v1/motions"]),
    ("payout batches", &["GET /api/v1/batches"]),
    ("payout users", &["GET /api/v1/users"]),
    ("payout bank-lines", &["GET /api/v1/bank-lines"]),
    (
        "payout trial-bank",
        &["POST /api/v1/batches/{batch}/trial-answer"],
    ),
];

/// What one signs in with is given by people: on the pages of the administrators with a fresh code
/// and a second person, or by whoever holds the machine. No token makes another.
const BY_PEOPLE: &str = "credentials and offices are given by people, on pages or at the machine";
/// It is the server itself.
const ITSELF: &str = "the server that would be asked is what this starts";

/// Verbs that make no sense over the wire, and why.
const HERE_ONLY: [(&str, &str); 16] = [
    ("serve", ITSELF),
    ("demo", "fills a folder of its own and serves it"),
    ("job run", "the server works through its jobs itself"),
    ("payout init", "makes the folder that the server stands in"),
    ("account create", BY_PEOPLE),
    ("account reset", BY_PEOPLE),
    ("account list", BY_PEOPLE),
    ("account disable", BY_PEOPLE),
    ("account token", BY_PEOPLE),
    ("account tokens", BY_PEOPLE),
    ("account revoke", BY_PEOPLE),
    ("account office", BY_PEOPLE),
    ("account offices", BY_PEOPLE),
    ("account link", BY_PEOPLE),
    ("account links", BY_PEOPLE),
    ("account unlink", BY_PEOPLE),
];

/// All verbs of the command line: a command, or a command and what it does.
fn verbs() -> BTreeSet<String> {
    let line = Arguments::command();
    let of = |command: &clap::Command| {
        let name = command.get_name().to_owned();
        match command.has_subcommands() {
            false => vec![name],
            true => {
                let inside = command.get_subcommands();
                inside
                    .map(|one| format!("{name} {}", one.get_name()))
                    .collect()
            }
        }
    };
    line.get_subcommands().flat_map(of).collect()
}

#[test]
fn every_verb_is_an_operation_or_has_a_reason() {
    let verbs = verbs();
    assert!(verbs.len() > 90, "{verbs:?}");
    let all: BTreeSet<String> = operations()
        .iter()
        .map(|operation| format!("{} {}", operation.place.method, operation.place.path))
        .collect();
    let here: BTreeMap<&str, &str> = HERE_ONLY.into();
    let wire: BTreeMap<&str, &[&str]> = OVER_THE_WIRE.into();
    // A verb that is gone takes its line with it.
    for listed in here.keys().chain(wire.keys()) {
        assert!(verbs.contains(*listed), "no verb {listed}");
    }
    for verb in &verbs {
        let reason = here.get(verb.as_str());
        let own = verb.strip_prefix("payout ");
        let own = own.map(|own| format!("POST /api/v1/payouts/{own}"));
        let own = own.filter(|own| all.contains(own));
        match (wire.get(verb.as_str()), own, reason) {
            (Some(asked), None, None) => {
                for operation in *asked {
                    assert!(all.contains(*operation), "{verb}: no {operation}");
                }
            }
            (None, Some(_), None) => {}
            (None, None, Some(why)) => assert!(!why.is_empty()),
            (wire, own, reason) => panic!(
                "{verb} is no operation and has no reason, or more than one of them: \
                 {wire:?} {own:?} {reason:?}"
            ),
        }
    }
}
