//! The enterprises and measures that a part of the benchmark is about.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use zhida_engine::generate::{GenerateOptions, Generator};
use zhida_engine::interpreter::Context;
use zhida_engine::snapshot::{Snapshot, SnapshotBuilder};
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date};
use zhida_policies::vocabulary::Vocabulary;

use crate::awards::{self, Budgets};
use crate::settings::Settings;
use crate::workload::{Workload, by_level, condensed, nothing, workload};

/// The assessment year of the workload.
const YEAR: i32 = 2025;

/// Rows made at a time.
const BATCH_ROWS: u64 = 4_096;

/// The province of the benchmark.
const PROVINCE: &str = "42";

/// Enterprises and measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scene {
    /// A province, and the measures that reach into it.
    Province,
    /// A tenth of the enterprises, and the same measures.
    Tenth,
    /// The same enterprises and measures, and funds, caps and groups over them.
    Awards,
    /// The same measures and more enterprises.
    Large,
    /// The nation, and very many measures of all of its regions. The division of every enterprise
    /// is known, as it is of whoever is registered.
    NationMany,
    /// The same enterprises and few measures.
    NationFew,
    /// The nation with missing divisions, and very many measures: whoever may be anywhere may be
    /// entitled to anything, and each such pair is an undetermined decision.
    GapsMany,
    /// The same enterprises and few measures.
    GapsFew,
}

/// What facts there are.
pub(crate) const VOCABULARY: &str = include_str!("vocabulary.toml");

/// The assessment year and the as-of date.
pub(crate) fn context() -> Result<Context> {
    Ok(Context {
        year: YEAR,
        as_of: Date::new(2026, 6, 30)?,
    })
}

/// The facts.
pub(crate) fn vocabulary() -> Result<Arc<Vocabulary>> {
    let ends = &zhida_policies::syntax::keywords::ends_expression;
    let vocabulary =
        Vocabulary::read(VOCABULARY, ends).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
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

/// The first enterprises of a generator whose division is known.
fn with_division(generator: &Generator) -> Result<Snapshot> {
    let vocabulary = vocabulary()?;
    let context = context()?;
    let mut builder =
        SnapshotBuilder::new(Arc::clone(&vocabulary), context.year, Some(context.as_of));
    for column in generator.columns() {
        builder.add_column(*column)?;
    }
    let region = vocabulary.region_fact();
    let columns = generator.columns().iter();
    let places = columns.zip(0_usize..);
    let place = places.filter(|(column, _)| Some(column.fact) == region);
    let place = place.map(|(_, place)| place).next();
    let place = place.context("the vocabulary has no region")?;
    let count = usize::try_from(generator.count())?;
    for batch in 0.. {
        let numbers = batch * BATCH_ROWS..(batch + 1) * BATCH_ROWS;
        let rows: Vec<_> = numbers
            .into_par_iter()
            .map(|number| generator.row(number))
            .collect();
        for row in rows {
            if builder.len() == count {
                return Ok(builder.finish()?);
            }
            if row.cells.get(place).is_some_and(|cell| !cell.is_missing()) {
                builder.push(&row)?;
            }
        }
    }
    Ok(builder.finish()?)
}

impl Scene {
    /// How many enterprises.
    pub(crate) fn rows(self, settings: &Settings) -> u64 {
        match self {
            Self::Large => settings.large_rows,
            Self::Province | Self::Awards | Self::NationMany | Self::NationFew => settings.rows,
            Self::Tenth | Self::GapsMany | Self::GapsFew => settings.rows.div_ceil(10),
        }
    }

    /// Where the snapshot lies.
    pub(crate) fn folder(self, settings: &Settings) -> PathBuf {
        let rows = self.rows(settings);
        settings.folder.join(match self {
            Self::Province | Self::Tenth | Self::Awards | Self::Large => format!("snapshot-{rows}"),
            Self::NationMany | Self::NationFew => format!("snapshot-nation-{rows}"),
            Self::GapsMany | Self::GapsFew => format!("snapshot-gaps-{rows}"),
        })
    }

    /// The measures.
    ///
    /// They are of the divisions of GB/T 2260: who is in a functional zone is no fact of this
    /// vocabulary, so that a measure of a zone would be undetermined for everyone.
    pub(crate) fn workload(self, settings: &Settings, codes: &Codes) -> Workload {
        let is_zone = |code: &str| code.parse().is_ok_and(|region| codes.is_zone(region));
        let codes = codes.regions().iter().map(|(code, _)| code);
        let divisions = codes.filter(|code| !is_zone(code)).map(str::to_owned);
        let few = settings.measures;
        match self {
            Self::Province | Self::Tenth | Self::Awards | Self::Large => {
                let more = if self == Self::Awards {
                    awards::statement
                } else {
                    nothing
                };
                let inside = |code: &String| code.is_empty() || code.starts_with(PROVINCE);
                let inside: Vec<String> = divisions.filter(inside).collect();
                workload(&by_level(&inside, few), few, more)
            }
            Self::NationMany | Self::GapsMany => {
                let many = settings.nation_measures;
                workload(
                    &by_level(&divisions.collect::<Vec<_>>(), many),
                    many,
                    nothing,
                )
            }
            Self::NationFew | Self::GapsFew => workload(
                &condensed(&divisions.collect::<Vec<_>>(), few),
                few,
                nothing,
            ),
        }
    }

    /// Makes the enterprises in memory.
    pub(crate) fn make(self, settings: &Settings) -> Result<Snapshot> {
        let codes = Codes::built_in()?;
        let regions = match self {
            Self::Province | Self::Tenth | Self::Awards | Self::Large => {
                vec![codes.region(PROVINCE)?]
            }
            Self::NationMany | Self::NationFew | Self::GapsMany | Self::GapsFew => Vec::new(),
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
        match self {
            Self::NationMany | Self::NationFew => with_division(&generator),
            Self::Province
            | Self::Tenth
            | Self::Awards
            | Self::Large
            | Self::GapsMany
            | Self::GapsFew => Ok(generator.snapshot(&mut |_| ControlFlow::Continue(()))?),
        }
    }

    /// Opens the snapshot.
    pub(crate) fn open(self, settings: &Settings) -> Result<Snapshot> {
        Ok(Snapshot::open(&self.folder(settings), vocabulary()?)?)
    }

    /// The checked measures.
    pub(crate) fn library(self, settings: &Settings) -> Result<Library> {
        let codes = Arc::new(Codes::built_in()?);
        let mut workload = self.workload(settings, &codes);
        if self == Self::Awards {
            let budgets = Budgets::read(&settings.folder)?;
            let rules = awards::policy(&workload.pairs, &budgets);
            workload.policies.push(rules);
        }
        library(&workload.policies, &vocabulary()?, &codes)
    }
}
