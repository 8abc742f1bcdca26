//! All checked policies of one run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::{Article, PolicyStatus};
use crate::fault::Fault;
use crate::measure::example::Case;
use crate::measure::{Cap, Fund, HighestOf, Measure, MeasureRef, Parameter};
use crate::span::FileId;
use crate::values::{Codes, Date, Region};
use crate::vocabulary::Vocabulary;

/// One source file, kept for positions and for what people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its number in this run.
    pub id: FileId,
    /// Its path below the folder that was read, with `/`.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
}

/// One published text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its id.
    pub id: Arc<str>,
    /// Its title.
    pub title: String,
    /// Its document number.
    pub document_number: Option<String>,
    /// Who issued it.
    pub issuer: Option<String>,
    /// Where it applies.
    pub region: Region,
    /// When it was published.
    pub published: Option<Date>,
    /// The first day on which it applies.
    pub effective: Date,
    /// The last day on which it applies.
    pub expires: Option<Date>,
    /// The policies it replaces.
    pub supersedes: Vec<String>,
    /// Where the document was published.
    pub source: Option<String>,
    /// Its topics.
    pub topics: Vec<String>,
    /// Whether it is in force, a draft, or kept for replay.
    pub status: PolicyStatus,
    /// Its articles.
    pub articles: Vec<Article>,
    /// Its file.
    pub file: FileId,
}

/// All checked policies of one run. Everything is in the order of paths, then of the text.
#[derive(Clone, Debug)]
pub struct Library {
    /// The facts.
    pub vocabulary: Arc<Vocabulary>,
    /// Industries and regions.
    pub codes: Arc<Codes>,
    /// The files read.
    pub files: Vec<SourceFile>,
    /// The policies.
    pub policies: Vec<Policy>,
    /// The measures.
    pub measures: Vec<Measure>,
    /// The dated parameters.
    pub parameters: Vec<Parameter>,
    /// The funds.
    pub funds: Vec<Fund>,
    /// The limits over several measures.
    pub caps: Vec<Cap>,
    /// The groups of which only the highest is paid.
    pub highest_of: Vec<HighestOf>,
    /// The cases: what several enterprises are paid in the end.
    pub cases: Vec<Case>,
    /// The faults and warnings of the whole run, in the order of files and places.
    pub faults: Vec<Fault>,
    /// The place of each measure.
    pub measure_index: BTreeMap<MeasureRef, usize>,
}

impl Library {
    /// The measure of this name.
    #[must_use]
    pub fn measure(&self, id: &str) -> Option<&Measure> {
        self.measure_index
            .get(&MeasureRef(Arc::from(id)))
            .and_then(|index| self.measures.get(*index))
    }

    /// Whether any fault (not warning) was found.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        self.faults.iter().any(|fault| !fault.code.is_warning())
    }
}
