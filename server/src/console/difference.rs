//! `/console/sweeps/{sweep}/difference/{other}`: how a sweep differs from an earlier one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use askama::Template;
use axum::extract::Path as InPath;
use axum::response::Response;
use zhida_engine::awards::Claim;
use zhida_engine::diff::{Change, ChangeKind, Diff, DiffCounts, Effects, Side, SweepFile};
use zhida_engine::replay::Sealed;
use zhida_engine::sweep::TotalFen;
use zhida_policies::values::Uscc;

use super::acts::sees_enterprise;
use super::seen::{self, Seen};
use super::sweeps::short;
use crate::failure::{Failure, Status};
use crate::materials::{self, MaterialKind};
use crate::table::{count, signed, total};
use crate::web::{Ask, Page, Section, WebFault, html};

/// How many differences are shown.
const CHANGES_SHOWN: usize = 50;
/// How many differences are looked at to find those.
const CHANGES_LOOKED: usize = 2_000;

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
    let comparing = tokio::task::spawn_blocking(move || compared(&before, &after, &seen));
    let difference = comparing.await.map_err(WebFault::broken)??;
    let mut rows = Vec::new();
    for change in &difference.changes {
        let Ok((uscc, _)) = Uscc::parse(&change.enterprise) else {
            continue;
        };
        if rows.len() < CHANGES_SHOWN && sees_enterprise(&ask, uscc).await? {
            rows.push(differing(change));
        }
    }
    html(&DifferencePage {
        page: ask.page(Section::Console, "两次清算的差别"),
        digest: short(&digest).to_owned(),
        other: short(&other).to_owned(),
        difference,
        is_whole,
        rows,
    })
}

fn compared(
    before: &(PathBuf, PathBuf),
    after: &(PathBuf, PathBuf),
    seen: &Seen,
) -> Result<Difference, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::said(Status::BadData, error.to_string(), "");
    let open = |(sweep, snapshot): &(PathBuf, PathBuf)| {
        Sealed::open(sweep, Some(snapshot)).map_err(|error| failed(&error))
    };
    let (first, second) = (open(before)?, open(after)?);
    let side = |sealed: &'_ Sealed, folder: &std::path::Path| {
        let file = SweepFile::open(folder).map_err(|error| failed(&error))?;
        file.claims(&sealed.snapshot, &sealed.library)
            .map_err(|error| failed(&error))
    };
    let (claims, others) = (side(&first, &before.0)?, side(&second, &after.0)?);
    let sums = match seen {
        Seen::All => None,
        Seen::Some { .. } => {
            let sums = [
                SideSums::of(&first, &before.0, &claims, seen)?,
                SideSums::of(&second, &after.0, &others, seen)?,
            ];
            Some(sums)
        }
    };
    let first = Side::new(&first.snapshot, &first.library, first.context(), claims)
        .map_err(|error| failed(&error))?;
    let second = Side::new(&second.snapshot, &second.library, second.context(), others)
        .map_err(|error| failed(&error))?;
    let diff = Diff::new(&first, &second).map_err(|error| failed(&error))?;
    let mut changes: Vec<Change> = diff.changes().collect();
    if let Some(sums) = &sums {
        let is_seen = |change: &Change| sums.iter().any(|side| side.sees(&change.enterprise));
        changes.retain(is_seen);
    }
    let whole = sums.map_or(diff.whole, |sums| whole_of(&changes, &sums));
    changes.sort_by_key(|change| std::cmp::Reverse(change.effects.sum().magnitude()));
    changes.truncate(CHANGES_LOOKED);
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

/// What one side of a comparison comes to among those that are seen.
struct SideSums {
    enterprises: BTreeSet<String>,
    decisions: u64,
    fen: i128,
}

impl SideSums {
    fn of(sealed: &Sealed, folder: &Path, claims: &[Claim], seen: &Seen) -> Result<Self, Failure> {
        let failed =
            |error: &dyn std::fmt::Display| Failure::said(Status::BadData, error.to_string(), "");
        let snapshot = &sealed.snapshot;
        let rows = seen.rows(snapshot, sealed.context().year);
        let mut sums = Self {
            enterprises: BTreeSet::new(),
            decisions: 0,
            fen: 0,
        };
        for claim in claims
            .iter()
            .filter(|one| seen::is_seen(rows.as_deref(), one.row))
        {
            let row = usize::try_from(claim.row).unwrap_or(usize::MAX);
            sums.enterprises.insert(snapshot.uscc(row).to_owned());
            sums.decisions = sums.decisions.saturating_add(1);
        }
        let file = SweepFile::open(folder).map_err(|error| failed(&error))?;
        let list = file.payable(snapshot, &sealed.library);
        let list = list.map_err(|error| failed(&error))?;
        for row in 0..snapshot.len() {
            let number = u32::try_from(row).unwrap_or(u32::MAX);
            if seen::is_seen(rows.as_deref(), number) {
                let amounts = list.of(row).map(|award| i128::from(award.amount.fen()));
                sums.fen = amounts.fold(sums.fen, i128::saturating_add);
            }
        }
        Ok(sums)
    }

    fn sees(&self, uscc: &str) -> bool {
        self.enterprises.contains(uscc)
    }
}

/// The counts of those that are seen: what differs is counted, and the rest of each side is the
/// same.
fn whole_of(changes: &[Change], [before, after]: &[SideSums; 2]) -> DiffCounts {
    let mut whole = DiffCounts {
        before: before.decisions,
        after: after.decisions,
        amount_before: TotalFen::of(before.fen),
        amount_after: TotalFen::of(after.fen),
        ..DiffCounts::default()
    };
    let (mut facts, mut rules, mut limits) = (0i128, 0i128, 0i128);
    for change in changes {
        let count = match change.kind {
            ChangeKind::New => &mut whole.new,
            ChangeKind::Lost => &mut whole.lost,
            ChangeKind::Changed => &mut whole.changed,
        };
        *count = count.saturating_add(1);
        facts = facts.saturating_add(change.effects.facts.fen());
        rules = rules.saturating_add(change.effects.rules.fen());
        limits = limits.saturating_add(change.effects.limits.fen());
    }
    whole.effects = Effects {
        facts: TotalFen::of(facts),
        rules: TotalFen::of(rules),
        limits: TotalFen::of(limits),
    };
    let differing = whole.lost.saturating_add(whole.changed);
    whole.same = whole.before.saturating_sub(differing);
    whole
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
