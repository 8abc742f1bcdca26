//! Which measures an enterprise may be entitled to, before any of them is evaluated.
//!
//! From the conditions and exceptions of each checked measure follow clauses that must stand for
//! it not to be plainly ineligible or not applicable. A profile refutes clauses by the facts
//! that it knows; the measures of its regions without a refuted clause are its candidates: a
//! superset of all that the interpreter finds eligible, undetermined or without answer. A fact
//! that is missing never excludes.
//!
//! | module | holds |
//! |---|---|
//! | `clause`, `derivation` | clauses, and how they follow from a measure |
//! | `terms` | every clause once; which of them a profile refutes |
//! | `whereabouts`, `profile` | where an enterprise is, and what else is known of it |
//! | `postings`, `layout` | the clauses in tantivy; the same laid out by region |
//! | `set` | what comes back |
//! | `related` | which articles speak of what an enterprise does |

mod clause;
mod derivation;
mod layout;
mod postings;
mod profile;
mod related;
mod set;
mod terms;
mod whereabouts;
mod words;

use std::sync::Arc;

use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::{FactRead, Value};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Period, Region};
use zhida_policies::vocabulary::Vocabulary;

pub use profile::{Profile, Shown};
pub use set::MeasureSet;

use crate::error::Error;
use crate::prospect::layout::Layout;
use crate::prospect::postings::{Posting, Postings};
use crate::prospect::terms::{Numbering, Terms};
use crate::prospect::whereabouts::Whereabouts;

/// The prospective index of a library.
pub struct Prospects {
    vocabulary: Arc<Vocabulary>,
    codes: Arc<Codes>,
    terms: Terms,
    postings: Postings,
    layout: Layout,
}

impl Prospects {
    /// Derives and indexes what an enterprise must show for each measure of a library.
    ///
    /// # Errors
    /// [`Error::Tantivy`] when the index cannot be built.
    pub fn build(library: &Library) -> Result<Self, Error> {
        let mut numbering = Numbering::default();
        let mut postings = Vec::with_capacity(library.measures.len());
        for measure in &library.measures {
            let form = derivation::necessary(measure);
            let clauses = form.clauses.iter();
            postings.push(Posting {
                region: measure.region,
                is_zone: library.codes.is_zone(measure.region),
                clauses: clauses.map(|clause| numbering.number(clause)).collect(),
            });
        }
        Ok(Self {
            vocabulary: library.vocabulary.clone(),
            codes: library.codes.clone(),
            terms: numbering.finish(),
            postings: Postings::build(&postings)?,
            layout: Layout::new(postings),
        })
    }

    /// The measures that a profile does not plainly exclude, by their places in the library.
    ///
    /// # Shape
    /// Every measure outside is not applicable to the enterprise, or the enterprise is not
    /// eligible for it, whatever the facts say that the profile does not know. With a profile of
    /// a [group](Self::group) this holds for every enterprise of the group.
    #[must_use]
    pub fn candidates(&self, profile: &Profile) -> MeasureSet {
        let whereabouts = Whereabouts::of(profile, &self.vocabulary, &self.codes);
        let judged = self.terms.judge(profile, &self.codes);
        self.layout.candidates(&whereabouts, &judged)
    }

    /// The same measures as [`Prospects::candidates`], by a boolean query of tantivy: in one of
    /// the regions, and without any of the refuted clauses.
    ///
    /// # Errors
    /// [`Error::Tantivy`] when the index cannot be read.
    pub fn search(&self, profile: &Profile) -> Result<MeasureSet, Error> {
        let whereabouts = Whereabouts::of(profile, &self.vocabulary, &self.codes);
        let judged = self.terms.judge(profile, &self.codes);
        self.postings.candidates(&whereabouts, &judged)
    }

    /// The candidates of each of several groups of enterprises, in their order.
    #[must_use]
    pub fn group_candidates(&self, groups: &[Profile]) -> Vec<MeasureSet> {
        groups.iter().map(|group| self.candidates(group)).collect()
    }

    /// The profile of all enterprises of a division, some zones and an industry in a year; what
    /// is not given is missing. An enterprise with known zones is none of a group without zones:
    /// its zones may lie in another city, whose measures such a group is not offered.
    #[must_use]
    pub fn group(
        &self,
        year: i32,
        division: Option<Region>,
        zones: Option<&[Region]>,
        industry: Option<&str>,
    ) -> Profile {
        let mut profile = Profile::new(year);
        let text = |code: &str| Shown::Known(Value::Text(code.into()));
        if let Some(division) = division {
            profile.set_division(division);
            if let Some(fact) = self.vocabulary.region_fact() {
                profile.insert(fact, Period::Status, text(division.as_str()));
            }
        }
        if let (Some(zones), Some(fact)) = (zones, self.vocabulary.zones_fact()) {
            let mut members: Vec<Arc<str>> =
                zones.iter().map(|zone| zone.as_str().into()).collect();
            members.sort();
            members.dedup();
            let members = Shown::Known(Value::Set(members.into()));
            profile.insert(fact, Period::Status, members);
        }
        if let (Some(industry), Some(fact)) = (industry, self.vocabulary.industry_fact()) {
            profile.insert(fact, Period::Status, text(industry));
        }
        profile
    }

    /// What can exclude a measure besides division, zones and year; a profile needs no other
    /// facts.
    pub fn reads(&self) -> impl Iterator<Item = FactRead> {
        self.terms.reads()
    }

    /// How many distinct clauses the measures have together.
    #[must_use]
    pub fn clauses(&self) -> usize {
        self.terms.len()
    }
}

/// What an enterprise must show for a measure, one clause a line, in plain words.
///
/// # Shape
/// Region and validity are not among the lines. Any part of a line between `或` suffices; where
/// no line is given, anybody may be entitled.
#[must_use]
pub fn necessary(measure: &Measure, vocabulary: &Vocabulary) -> Vec<String> {
    words::lines(&derivation::necessary(measure), vocabulary)
}
