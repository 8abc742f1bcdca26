//! The postings laid out by region, for the answers themselves.
//!
//! Asking tantivy costs as much as there are refuted clauses in the whole library; this costs as
//! much as there are measures in the regions of the enterprise.

use std::collections::BTreeMap;

use zhida_policies::values::Region;

use crate::prospect::postings::Posting;
use crate::prospect::set::MeasureSet;
use crate::prospect::terms::{Judged, Number, number_of, place};
use crate::prospect::whereabouts::Whereabouts;

/// The measures of each region, and the clauses of each measure.
#[derive(Debug, Default)]
pub(super) struct Layout {
    by_region: BTreeMap<Region, Vec<Number>>,
    of_zones: Vec<Number>,
    clauses: Vec<Vec<Number>>,
}

impl Layout {
    /// Lays out the measures of a library, in its order.
    pub(super) fn new(postings: Vec<Posting>) -> Self {
        let mut layout = Self::default();
        for (measure, posting) in postings.into_iter().enumerate() {
            let measure = number_of(measure);
            let same = layout.by_region.entry(posting.region).or_default();
            same.push(measure);
            if posting.is_zone {
                layout.of_zones.push(measure);
            }
            layout.clauses.push(posting.clauses);
        }
        layout
    }

    /// The measures of the regions that have none of the refuted clauses.
    pub(super) fn candidates(&self, whereabouts: &Whereabouts, judged: &Judged<'_>) -> MeasureSet {
        let mut found = MeasureSet::none(self.clauses.len());
        let fails = |clause: &Number| judged.refutes(*clause);
        let mut look = |measure: usize| {
            let clauses = self.clauses.get(measure);
            if clauses.is_some_and(|clauses| !clauses.iter().any(fails)) {
                found.insert(measure);
            }
        };
        match whereabouts {
            Whereabouts::Anywhere => (0..self.clauses.len()).for_each(look),
            Whereabouts::Within { regions, any_zone } => {
                let lists = regions
                    .iter()
                    .filter_map(|region| self.by_region.get(region));
                let zones = any_zone.then_some(&self.of_zones);
                for measure in lists.chain(zones).flatten() {
                    look(place(*measure));
                }
            }
        }
        found
    }
}
