//! What the limits over several measures and enterprises did on either side.

use serde::Serialize;

use crate::diff::Sees;
use crate::diff::rules::RuleChange;
use crate::diff::side::Side;
use crate::explain::award_steps;

/// What the limits did before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LimitCause {
    /// The steps of the first sweep, in words.
    pub before: Vec<String>,
    /// The steps of the second sweep.
    pub after: Vec<String>,
    /// How the funds, caps, groups and places of the measure differ; where none does, it was what
    /// others are due, or what had been paid.
    pub rules: Vec<RuleChange>,
}

impl LimitCause {
    pub(super) fn of(
        (before, old): (&Side<'_>, Option<usize>),
        (after, new): (&Side<'_>, Option<usize>),
        rules: Vec<RuleChange>,
        sees: Sees<'_>,
    ) -> Self {
        Self {
            before: steps(before, old, sees),
            after: steps(after, new, sees),
            rules,
        }
    }
}

fn steps(side: &Side<'_>, place: Option<usize>, sees: Sees<'_>) -> Vec<String> {
    let Some(held) = side.held(place) else {
        return Vec::new();
    };
    let name = |row: u32| {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        let code = side.snapshot.uscc(row);
        match side.snapshot.name(row) {
            _ if !sees(code) => "其他企业".to_owned(),
            "" => code.to_owned(),
            name => name.to_owned(),
        }
    };
    let changes = side.settled.changes_of(held.award).len();
    let steps = award_steps(side.library, &side.settled, held.award, &name);
    // The range, instalments and shares come after the changes.
    let steps = steps.into_iter().take(changes);
    steps
        .map(|step| format!("{}:{}", step.label, step.written))
        .collect()
}
