//! Where enterprises are and what they do, by the facts that the server has.

use std::sync::Arc;

use zhida_engine::facts::{Facts, Reading};
use zhida_policies::measure::expression::Value;
use zhida_policies::values::{CodeTree, Codes, Period, PeriodKind};
use zhida_policies::vocabulary::FactId;

use crate::library;
use crate::web::{Ask, Material};

/// The facts with the code tables.
pub(super) struct Places {
    material: Arc<Material>,
    codes: Arc<Codes>,
}

/// What stands for a place that is not known.
const UNKNOWN: &str = "不明";

impl Places {
    /// Those of the server, if it has facts.
    pub(super) fn of(ask: &Ask) -> Option<Self> {
        Some(Self {
            material: ask.server.material()?,
            codes: library::codes().ok()?,
        })
    }

    /// The county of an enterprise.
    pub(super) fn region(&self, uscc: &str) -> String {
        let fact = self.material.snapshot.vocabulary().region_fact();
        let code = self.read(uscc, fact);
        named(self.codes.regions(), code.as_deref(), 3)
    }

    /// The section of its industry.
    pub(super) fn industry(&self, uscc: &str) -> String {
        let fact = self.material.snapshot.vocabulary().industry_fact();
        let code = self.read(uscc, fact);
        named(self.codes.industries(), code.as_deref(), 1)
    }

    fn read(&self, uscc: &str, fact: Option<FactId>) -> Option<String> {
        let snapshot = &self.material.snapshot;
        let (fact, row) = (fact?, snapshot.find(uscc)?);
        let period = match snapshot.vocabulary().fact(fact).period {
            PeriodKind::None => Period::Status,
            PeriodKind::Year => Period::Year(self.material.context.year),
            PeriodKind::Quarter | PeriodKind::Month => return None,
        };
        match snapshot.row(row).read(fact, period) {
            Reading::Known(Value::Text(code)) => Some(code.to_string()),
            Reading::Known(_) | Reading::Records(_) | Reading::Missing => None,
        }
    }
}

/// The name of a code at a level of its tree, or of the nearest level above.
fn named(tree: &CodeTree, code: Option<&str>, level: u8) -> String {
    let step = code.and_then(|code| {
        tree.lineage(code).find(|step| {
            let own = tree.level(step.as_str());
            own.is_some_and(|own| (1..=level).contains(&own))
        })
    });
    let name = step.and_then(|step| tree.name(step.as_str()).map(str::to_owned));
    name.unwrap_or_else(|| UNKNOWN.to_owned())
}
