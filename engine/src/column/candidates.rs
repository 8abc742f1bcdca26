//! Which measures an industry excludes: asked of the prospective index once for each industry.
//!
//! Rows are sorted by region, then by industry, so that rows with the same candidates lie in
//! runs. Regions are ranges of rows already and are not asked for again. What is excluded is left
//! out only after the exceptions have been judged, where it counts as ineligible: a refuted
//! clause means that a condition is false or that an exception holds, and the rows of an
//! exception are gone by then. So the counts are those of a run without the index. A missing
//! industry excludes nothing.

use std::collections::BTreeMap;

use zhida_indexer::prospect::{MeasureSet, Profile, Prospects, Shown};
use zhida_policies::measure::expression::Value;
use zhida_policies::values::Period;

use crate::column::bitmap::Mask;
use crate::column::bound::status;
use crate::column::source::{Source, is_known};
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// Whether the prospective index is asked before conditions are evaluated.
///
/// It shows in no result, only in the time.
#[derive(Clone, Copy, Default)]
pub enum Pruning<'o> {
    /// Every measure of its region is evaluated.
    #[default]
    None,
    /// Measures that the industry of a row excludes are not; the index must have been built from
    /// the library of the plan.
    Index(&'o Prospects),
}

impl std::fmt::Debug for Pruning<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::None => "None",
            Self::Index(_) => "Index",
        })
    }
}

/// The candidates of each run of rows.
pub(super) struct Candidates {
    /// The distinct sets of candidates.
    classes: Vec<MeasureSet>,
    /// Where each run begins, ascending, and its class.
    runs: Vec<(usize, usize)>,
    rows: usize,
    /// Whether some class excludes a measure.
    excluded: Vec<bool>,
}

impl Candidates {
    /// The runs of a snapshot; `None` where nothing is asked or no industry is known.
    pub(super) fn new(pruning: Pruning<'_>, plan: &Plan<'_>, snapshot: &Snapshot) -> Option<Self> {
        let Pruning::Index(prospects) = pruning else {
            return None;
        };
        let fact = snapshot.vocabulary().industry_fact()?;
        let Source::Words { keys, words, known } = Source::of_fact(snapshot, status(fact)) else {
            return None;
        };
        let mut numbers: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
        let mut classes: Vec<MeasureSet> = Vec::new();
        let year = plan.context().year;
        let mut class_of = |profile: Profile| {
            let found = prospects.candidates(&profile);
            *numbers.entry(found.words().to_vec()).or_insert_with(|| {
                classes.push(found);
                classes.len() - 1
            })
        };
        let missing = class_of(Profile::new(year));
        let of_words: Vec<usize> = words
            .iter()
            .map(|word| {
                let shown = Shown::Known(Value::Text(word.clone()));
                class_of(Profile::new(year).with(fact, Period::Status, shown))
            })
            .collect();
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (row, key) in keys.iter().enumerate() {
            let class = if is_known(&known, row) {
                of_words[*key as usize]
            } else {
                missing
            };
            if runs.last().is_none_or(|(_, last)| *last != class) {
                runs.push((row, class));
            }
        }
        let excluded = (0..plan.measures().len())
            .map(|measure| classes.iter().any(|class| !class.contains(measure)))
            .collect();
        Some(Self {
            classes,
            runs,
            rows: snapshot.len(),
            excluded,
        })
    }

    /// Leaves out the rows of a morsel whose industry excludes a measure.
    pub(super) fn exclude(&self, measure: usize, start: usize, open: &mut Mask) {
        if !self.excluded.get(measure).copied().unwrap_or(false) {
            return;
        }
        let (from, to) = (start + open.from * 64, start + open.to * 64);
        let first = self.runs.partition_point(|(begin, _)| *begin <= from);
        for place in first.saturating_sub(1)..self.runs.len() {
            let (begin, class) = self.runs[place];
            if begin >= to {
                break;
            }
            if !self.classes[class].contains(measure) {
                let end = self.runs.get(place + 1).map_or(self.rows, |next| next.0);
                open.clear_range(begin.max(from) - start, end.min(to) - start);
            }
        }
    }
}
