//! Golden cases: one readable policy file each, checked alone against a small vocabulary.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use zhida_engine::example::{run_cases, run_examples};
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::fault::Fault;
use zhida_policies::load::read_vocabulary;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date};
use zhida_policies::vocabulary::Vocabulary;

/// What every golden case is checked against.
#[derive(Clone, Debug)]
pub struct Ground {
    vocabulary: Arc<Vocabulary>,
    codes: Arc<Codes>,
    today: Date,
}

/// The folder that holds the golden cases.
#[must_use]
pub fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The folder of the project.
#[must_use]
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Ground {
    /// The small vocabulary of the golden cases.
    ///
    /// # Errors
    /// Where the vocabulary or the code tables cannot be read.
    pub fn golden() -> Result<Self> {
        Self::of(&golden().join("vocabulary.toml"))
    }

    /// The vocabulary of the library.
    ///
    /// # Errors
    /// Where the vocabulary or the code tables cannot be read.
    pub fn library() -> Result<Self> {
        Self::of(&project().join("policies/library/vocabulary.toml"))
    }

    fn of(vocabulary: &Path) -> Result<Self> {
        Ok(Self {
            vocabulary: read_vocabulary(vocabulary)?,
            codes: Arc::new(Codes::built_in()?),
            today: Date::new(2026, 6, 30)?,
        })
    }

    /// Checks policy files together.
    #[must_use]
    pub fn check(&self, texts: Vec<PolicyText>) -> Library {
        let options = CheckOptions {
            today: Some(self.today),
        };
        check(
            texts,
            Arc::clone(&self.vocabulary),
            Arc::clone(&self.codes),
            options,
        )
    }

    /// Checks one text and, where it has no fault, runs its examples.
    #[must_use]
    pub fn check_and_run(&self, path: &str, text: &str) -> (Library, Vec<Fault>) {
        let library = self.check(vec![PolicyText {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
        }]);
        let mut faults = library.faults.clone();
        if !library.has_faults() {
            let outcomes = run_examples(&library);
            faults.extend(outcomes.into_iter().filter_map(|outcome| outcome.fault));
            faults.extend(run_cases(&library).into_iter().flat_map(|case| case.faults));
        }
        faults.sort_by_key(|fault| (fault.span, fault.code));
        (library, faults)
    }
}

/// One golden case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of its file, without `.md`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What a refused case says must be reported: `> Z02「营业收人」`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expectation {
    /// The code.
    pub code: String,
    /// The text that must be underlined; of several lines the first.
    pub underlined: String,
}

impl Case {
    /// The cases of a folder, in order of their names.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn all(folder: &Path) -> Result<Vec<Self>> {
        let mut cases = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.file_stem().context("a name")?;
                cases.push(Self {
                    name: name.to_string_lossy().into_owned(),
                    text: fs::read_to_string(&path)?,
                });
            }
        }
        cases.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(cases)
    }

    /// What the case says must be reported, in the order of the text.
    ///
    /// # Errors
    /// Where an expectation is not written as `> Z02「营业收人」`.
    pub fn expectations(&self) -> Result<Vec<Expectation>> {
        let mut expectations = Vec::new();
        for line in self.text.lines().filter_map(|line| line.strip_prefix("> ")) {
            let Some((code, rest)) = line.split_once('「') else {
                bail!("{}: {line}", self.name);
            };
            expectations.push(Expectation {
                code: code.to_owned(),
                underlined: rest.trim_end_matches('」').to_owned(),
            });
        }
        Ok(expectations)
    }
}

/// What faults report, as a case would expect it.
#[must_use]
pub fn reported(library: &Library, faults: &[Fault]) -> Vec<Expectation> {
    faults
        .iter()
        .map(|fault| Expectation {
            code: fault.code.to_string(),
            underlined: underlined(library, fault).to_owned(),
        })
        .collect()
}

/// The first line of the text that a fault underlines.
fn underlined<'l>(library: &'l Library, fault: &Fault) -> &'l str {
    let file = library.files.iter().find(|file| file.id == fault.span.file);
    file.and_then(|file| file.text.get(fault.span.range()))
        .and_then(|text| text.lines().next())
        .unwrap_or("")
        .trim_end()
}
