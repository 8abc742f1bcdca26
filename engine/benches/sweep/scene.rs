//! The enterprises and measures that a part of the benchmark is about.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::Context;
use zhida_engine::snapshot::Snapshot;
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date};
use zhida_policies::vocabulary::Vocabulary;

use crate::settings::Settings;
use crate::workload::{Workload, by_level, condensed, workload};

/// The assessment year of the workload.
const YEAR: i32 = 2025;

/// The province of the benchmark.
const PROVINCE: &str = "42";

/// Enterprises and measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scene {
    /// A province, and the measures that reach into it.
    Province,
    /// The same measures and more enterprises.
    Large,
    /// The nation, and very many measures of all of its regions.
    NationMany,
    /// The same enterprises and few measures.
    NationFew,
}

/// The assessment year and the as-of date.
pub(crate) fn context() -> Result<Context> {
    Ok(Context {
        year: YEAR,
        as_of: Date::new(2026, 6, 30)?,
    })
}

/// The facts.
pub(crate) fn vocabulary() -> Result<Arc<Vocabulary>> {
    let text = include_str!("vocabulary.toml");
    let vocabulary = Vocabulary::read(text, &zhida_policies::syntax::keywords::ends_expression)
        .map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    Ok(Arc::new(vocabulary))
}

/// The measures of some texts, without faults.
pub(crate) fn library(
    policies: &[(String, String)],
    vocabulary: &Arc<Vocabulary>,
    codes: &Arc<Codes>,
) -> Result<Library> {
    let texts = policies.iter().map(|(path, text)| PolicyText {
        path: path.clone(),
        bytes: text.clone().into_bytes(),
    });
    let library = check(
        texts.collect(),
        Arc::clone(vocabulary),
        Arc::clone(codes),
        CheckOptions::default(),
    );
    let fault = library.faults.iter().find(|fault| !fault.code.is_warning());
    if let Some(fault) = fault {
        let shown =
            zhida_policies::render::render(&library, fault, zhida_policies::render::Colours::Plain);
        anyhow::bail!("the workload has a fault:\n{shown}");
    }
    Ok(library)
}

impl Scene {
    /// How many enterprises.
    pub(crate) fn rows(self, settings: &Settings) -> u64 {
        match self {
            Self::Large => settings.large_rows,
            Self::Province | Self::NationMany | Self::NationFew => settings.rows,
        }
    }

    /// Where the snapshot lies.
    pub(crate) fn folder(self, settings: &Settings) -> PathBuf {
        let rows = self.rows(settings);
        settings.folder.join(match self {
            Self::Province | Self::Large => format!("snapshot-{rows}"),
            Self::NationMany | Self::NationFew => format!("snapshot-nation-{rows}"),
        })
    }

    /// The measures.
    pub(crate) fn workload(self, settings: &Settings, codes: &Codes) -> Workload {
        let all: Vec<String> = codes
            .regions()
            .iter()
            .map(|(code, _)| code.to_owned())
            .collect();
        let few = settings.measures;
        match self {
            Self::Province | Self::Large => {
                let inside = |code: &&String| code.is_empty() || code.starts_with(PROVINCE);
                let inside: Vec<String> = all.iter().filter(inside).cloned().collect();
                workload(&by_level(&inside, few), few)
            }
            Self::NationMany => {
                let many = settings.nation_measures;
                workload(&by_level(&all, many), many)
            }
            Self::NationFew => workload(&condensed(&all, few), few),
        }
    }

    /// Makes the enterprises in memory.
    pub(crate) fn make(self, settings: &Settings) -> Result<Snapshot> {
        let codes = Codes::built_in()?;
        let regions = match self {
            Self::Province | Self::Large => vec![codes.region(PROVINCE)?],
            Self::NationMany | Self::NationFew => Vec::new(),
        };
        let options = GenerateOptions {
            count: self.rows(settings),
            seed: 20_250_630,
            year: YEAR,
            as_of: Some(context()?.as_of),
            regions,
            only: None,
        };
        let generator = Generator::new(vocabulary()?, &codes, options)?;
        Ok(generator.snapshot(&mut |_| std::ops::ControlFlow::Continue(()))?)
    }

    /// Opens the snapshot.
    pub(crate) fn open(self, settings: &Settings) -> Result<Snapshot> {
        Ok(Snapshot::open(&self.folder(settings), vocabulary()?)?)
    }

    /// The checked measures.
    pub(crate) fn library(self, settings: &Settings) -> Result<Library> {
        let codes = Arc::new(Codes::built_in()?);
        let workload = self.workload(settings, &codes);
        library(&workload.policies, &vocabulary()?, &codes)
    }
}
