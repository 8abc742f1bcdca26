//! Suggestions while typing: titles of policies and names of measures.

use serde::Serialize;

use crate::entry::{Entry, Kind, Subject};
use crate::highlight::{self, Needle, Snippet};
use crate::lexicon::Lexicon;
use crate::normal::Normal;

/// A title or a name that the user may mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The title or name, with what was typed marked.
    pub name: Snippet,
    /// Whether it is a policy or a measure.
    pub kind: Kind,
    /// The policy.
    pub policy_id: String,
    /// The measure, if it is one.
    pub measure_id: Option<String>,
}

/// All names that can be suggested.
pub(crate) struct Names(Vec<Name>);

struct Name {
    normal: String,
    original: String,
    kind: Kind,
    policy_id: String,
    measure_id: Option<String>,
}

/// How well a name fits; smaller is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Starts,
    Holds,
    StartsWithSynonym,
    HoldsSynonym,
}

impl Names {
    /// The titles and names of some entries; articles are too many and too alike.
    pub(crate) fn new(entries: Vec<Entry>) -> Self {
        let name = |entry: Entry| {
            let original = entry.heading();
            let kind = entry.kind();
            let measure_id = match entry.subject {
                Subject::Policy => None,
                Subject::Article { .. } => return None,
                Subject::Measure { id, .. } => Some(id),
            };
            let normal = Normal::text_of(original.trim());
            let policy_id = entry.policy_id;
            (!normal.is_empty()).then_some(Name {
                normal,
                original,
                kind,
                policy_id,
                measure_id,
            })
        };
        Self(entries.into_iter().filter_map(name).collect())
    }

    /// The best names for what was typed; each name once.
    pub(crate) fn suggest(&self, typed: &str, limit: usize, lexicon: &Lexicon) -> Vec<Suggestion> {
        let wanted = Normal::text_of(typed.trim());
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut needles = vec![wanted.clone()];
        needles.extend(lexicon.synonyms(&wanted).map(str::to_owned));
        let mut found: Vec<(Fit, usize, &Name)> = self
            .0
            .iter()
            .filter_map(|name| Some((fit(&name.normal, &needles)?, name.normal.len(), name)))
            .collect();
        found.sort_by_key(|(fit, length, name)| {
            (
                *fit,
                *length,
                &name.normal,
                name.kind,
                &name.policy_id,
                &name.measure_id,
            )
        });
        found.dedup_by(|(_, _, next), (_, _, kept)| next.normal == kept.normal);
        let marks = [Needle::of(needles)];
        let suggestion = |(_, _, name): (Fit, usize, &Name)| Suggestion {
            name: highlight::whole(&name.original, &marks),
            kind: name.kind,
            policy_id: name.policy_id.clone(),
            measure_id: name.measure_id.clone(),
        };
        found.into_iter().take(limit).map(suggestion).collect()
    }
}

fn fit(name: &str, needles: &[String]) -> Option<Fit> {
    let (typed, synonyms) = needles.split_first()?;
    if name.starts_with(typed.as_str()) {
        Some(Fit::Starts)
    } else if name.contains(typed.as_str()) {
        Some(Fit::Holds)
    } else if synonyms
        .iter()
        .any(|other| name.starts_with(other.as_str()))
    {
        Some(Fit::StartsWithSynonym)
    } else if synonyms.iter().any(|other| name.contains(other.as_str())) {
        Some(Fit::HoldsSynonym)
    } else {
        None
    }
}
