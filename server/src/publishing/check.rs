//! Whether policies may hold: without a fault, and with every example as the law says.

use zhida_engine::diff::policies_digest;
use zhida_policies::check::PolicyText;
use zhida_policies::document::Document;
use zhida_policies::measure::library::Library;
use zhida_policies::render::{Colours, render};
use zhida_policies::values::Date;

use crate::arguments::Common;
use crate::failure::Failure;
use crate::library;
use crate::report;

/// How many faults are shown.
const FAULTS_SHOWN: usize = 40;

/// What a check of all policies with a changed one came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// The faults, as they are drawn; warnings only of the changed policy.
    pub(crate) faults: Vec<String>,
    /// How many more there are.
    pub(crate) more: usize,
    /// Whether nothing stands in the way.
    pub(crate) is_sound: bool,
    /// Of each measure of the changed policy, and of each other whose examples fail: its name,
    /// its examples, and how many of them fail.
    pub(crate) examples: Vec<(String, usize, usize)>,
    /// The digest of all policies together.
    pub(crate) digest: String,
}

impl Findings {
    /// What stands in the way, in one sentence.
    pub(crate) fn problem(&self) -> String {
        let failed = self.examples.iter().filter(|(_, _, failed)| *failed > 0);
        let names: Vec<&str> = failed.map(|(name, _, _)| name.as_str()).collect();
        let faults = self.faults.len().saturating_add(self.more);
        match names.is_empty() {
            true => format!("检查发现 {faults} 处问题"),
            false => format!("检查发现 {faults} 处问题;举例不符:{}", names.join("、")),
        }
    }
}

/// Checks policies together, and runs all examples and cases; what it finds of one of them, and
/// what of the others stands in its way.
///
/// # Errors
/// What cannot be read of vocabulary and code tables.
pub(crate) fn examine(
    texts: Vec<PolicyText>,
    policy: &str,
    common: &Common,
    today: Date,
) -> Result<(Library, Findings), Failure> {
    let path = texts.iter().find_map(|text| {
        let document = Document::read_bytes(&text.bytes).document;
        let front = document.front_matter()?;
        (front.id.value == policy).then(|| text.path.clone())
    });
    let library = library::checked(texts, common, today)?;
    let own = library
        .files
        .iter()
        .find(|file| Some(&file.path) == path.as_ref());
    let own = own.map(|file| file.id);
    let mut shown: Vec<_> = library
        .faults
        .iter()
        .filter(|fault| !fault.code.is_warning() || Some(fault.span.file) == own)
        .collect();
    shown.sort_by_key(|fault| (Some(fault.span.file) != own, fault.span, fault.code));
    let mut faults: Vec<String> = shown
        .into_iter()
        .map(|fault| render(&library, fault, Colours::Plain))
        .collect();
    let mut is_sound = !library.has_faults();
    let mut examples = Vec::new();
    for measure in &library.measures {
        let outcomes = report::examples(&library, measure);
        let failing: Vec<_> = outcomes
            .iter()
            .filter_map(|outcome| outcome.fault.as_ref())
            .collect();
        let failed = failing.len();
        is_sound &= failed == 0 && outcomes.len() == measure.examples.len();
        let drawn = failing.into_iter();
        faults.extend(drawn.map(|fault| render(&library, fault, Colours::Plain)));
        if Some(measure.span.file) == own || failed > 0 {
            examples.push((measure.name.clone(), outcomes.len(), failed));
        }
    }
    for case in &library.cases {
        let found = report::case(&library, case);
        let failed = found.as_ref().map_or(0, Vec::len);
        is_sound &= found.is_some() && failed == 0;
        let drawn = found.iter().flatten();
        faults.extend(drawn.map(|fault| render(&library, fault, Colours::Plain)));
        if Some(case.span.file) == own || failed > 0 {
            examples.push((case.name.clone(), 1, usize::from(failed > 0)));
        }
    }
    let more = faults.len().saturating_sub(FAULTS_SHOWN);
    faults.truncate(FAULTS_SHOWN);
    let findings = Findings {
        faults,
        more,
        is_sound,
        examples,
        digest: policies_digest(&library),
    };
    Ok((library, findings))
}
