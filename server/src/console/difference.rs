//! `/console/sweeps/{sweep}/difference/{other}`: how a sweep differs from an earlier one.

use std::path::PathBuf;

use askama::Template;
use axum::extract::Path as InPath;
use axum::response::Response;
use zhida_engine::diff::{Change, ChangeKind, Diff, Side, SweepFile};
use zhida_engine::replay::Sealed;

use super::sweeps::short;
use crate::failure::{Failure, Status};
use crate::materials::{self, MaterialKind};
use crate::table::{count, signed, total};
use crate::views::seen::Seen;
use crate::web::{Ask, Material, Page, Section, WebFault, html};

/// How many differences are shown.
const CHANGES_SHOWN: usize = 50;

/// One difference.
struct Differing {
    kind: &'static str,
    uscc: String,
    name: String,
    measure: String,
    before: String,
    after: String,
    difference: String,
}

/// What differs, worked out where it may take its time.
struct Difference {
    whole: String,
    before: String,
    after: String,
    facts: String,
    rules: String,
    limits: String,
    counts: [String; 4],
    changes: Vec<Change>,
}

#[derive(Template)]
#[template(path = "console/difference.html")]
struct DifferencePage {
    page: Page,
    digest: String,
    other: String,
    is_whole: bool,
    difference: Difference,
    rows: Vec<Differing>,
}

/// How a sweep differs from an earlier one.
pub(super) async fn difference(
    ask: Ask,
    InPath((digest, other)): InPath<(String, String)>,
) -> Result<Response, WebFault> {
    let store = &ask.server.store;
    let sweeps = materials::list(store, MaterialKind::Sweep).await?;
    let snapshots = materials::list(store, MaterialKind::Snapshot).await?;
    let data = ask.server.folder.clone();
    let paths = |digest: &str| -> Result<(PathBuf, PathBuf), WebFault> {
        let sweep = sweeps.iter().find(|sweep| sweep.digest == digest);
        let sweep = sweep.ok_or_else(WebFault::missing)?;
        let snapshot = snapshots.iter().find(|one| one.digest == sweep.snapshot);
        let snapshot = snapshot.ok_or_else(WebFault::missing)?;
        Ok((data.join(&sweep.folder), data.join(&snapshot.folder)))
    };
    let (before, after) = (paths(&other)?, paths(&digest)?);
    let seen = Seen::of(&ask).await?;
    let is_whole = matches!(seen, Seen::All);
    let material = ask.server.material();
    let comparing = ask.server.in_turn(move || {
        let seen = (&seen, material.as_deref());
        compared(&before, &after, seen)
    });
    let difference = comparing.await??;
    let rows = difference.changes.iter().map(differing).collect();
    html(&DifferencePage {
        page: ask.page(Section::Console, "两次清算的差别"),
        digest: short(&digest).to_owned(),
        other: short(&other).to_owned(),
        difference,
        is_whole,
        rows,
    })
}

/// What differs among those that are seen on either side. One that has moved away is counted on
/// both, so that the sums add up, and is named no more.
fn compared(
    before: &(PathBuf, PathBuf),
    after: &(PathBuf, PathBuf),
    (seen, material): (&Seen, Option<&Material>),
) -> Result<Difference, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::said(Status::BadData, error.to_string(), "");
    let open = |(sweep, snapshot): &(PathBuf, PathBuf)| {
        Sealed::open(sweep, Some(snapshot)).map_err(|error| failed(&error))
    };
    let (first, second) = (open(before)?, open(after)?);
    let claims = |sealed: &Sealed, folder: &std::path::Path| {
        let file = SweepFile::open(folder).map_err(|error| failed(&error))?;
        file.claims(&sealed.snapshot, &sealed.library)
            .map_err(|error| failed(&error))
    };
    let (earlier, later) = (claims(&first, &before.0)?, claims(&second, &after.0)?);
    let sees = seen.either([&first, &second].map(|one| (&one.snapshot, one.context().year)));
    let first = Side::new(&first.snapshot, &first.library, first.context(), earlier)
        .map_err(|error| failed(&error))?;
    let second = Side::new(&second.snapshot, &second.library, second.context(), later)
        .map_err(|error| failed(&error))?;
    let diff = Diff::among(&first, &second, &sees).map_err(|error| failed(&error))?;
    let mut changes: Vec<Change> = diff
        .changes()
        .filter(|change| seen.finds(material, &change.enterprise))
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.effects.sum().magnitude()));
    changes.truncate(CHANGES_SHOWN);
    let whole = &diff.whole;
    Ok(Difference {
        whole: signed(whole.effects.sum()),
        before: total(whole.amount_before),
        after: total(whole.amount_after),
        facts: signed(whole.effects.facts),
        rules: signed(whole.effects.rules),
        limits: signed(whole.effects.limits),
        counts: [whole.new, whole.lost, whole.changed, whole.same].map(count),
        changes,
    })
}

fn differing(change: &Change) -> Differing {
    let amount = |standpoint: Option<&zhida_engine::diff::Standpoint>| {
        standpoint.map_or_else(String::new, |standpoint| total(standpoint.amount))
    };
    Differing {
        kind: match change.kind {
            ChangeKind::New => "新增",
            ChangeKind::Lost => "失去",
            ChangeKind::Changed => "变动",
        },
        uscc: change.enterprise.clone(),
        name: change.name.clone(),
        measure: change.measure_name.clone(),
        before: amount(change.before.as_ref()),
        after: amount(change.after.as_ref()),
        difference: signed(change.effects.sum()),
    }
}
