//! What would be paid with one fact corrected, or one policy replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::document::Document;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Money, Period};

use crate::import::CellText;
use crate::interpreter::Interpreter;
use crate::replay::{ReplayError, Sealed, Traces};
use crate::snapshot::{Cell, ColumnKey, EnterpriseRow, Snapshot, SnapshotBuilder};
use crate::sweep::{
    PayableAward, SweepControl, SweepError, SweepOptions, TotalFen, payable_awards,
};

/// One fact of one enterprise as it should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The enterprise, by its code.
    pub enterprise: String,
    /// The fact by either name, with its period where it has one: `营业收入@2025`.
    pub fact: String,
    /// The value as a file would give it; empty for a missing one.
    pub value: String,
}

impl Correction {
    /// Reads `91420600MA00000159:营业收入@2025=1.2亿`.
    ///
    /// # Errors
    /// [`ReplayError::Asked`] for any other form.
    /// # Example
    /// ```
    /// # use zhida_engine::replay::Correction;
    /// let read = Correction::parse("91420600MA00000159:营业收入@2025=120000000")?;
    /// assert_eq!((read.fact.as_str(), read.value.as_str()), ("营业收入@2025", "120000000"));
    /// # Ok::<(), zhida_engine::replay::ReplayError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ReplayError> {
        let read = text
            .trim()
            .split_once(|c: char| c.is_whitespace() || c == ':');
        let read = read.and_then(|(enterprise, rest)| Some((enterprise, rest.split_once('=')?)));
        let (enterprise, (fact, value)) = read.ok_or_else(|| {
            ReplayError::Asked(format!(
                "“{text}”不是改正;写成“统一社会信用代码:数据@年度=值”,值空着就是缺失"
            ))
        })?;
        Ok(Self {
            enterprise: enterprise.to_owned(),
            fact: fact.trim().to_owned(),
            value: value.trim().to_owned(),
        })
    }
}

/// What would be paid otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// What may be paid by the seal.
    pub before: TotalFen,
    /// What could be paid then.
    pub after: TotalFen,
    /// The payments that change, by enterprise, measure and instalment.
    pub changes: Vec<WhatIfChange>,
}

/// One payment that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIfChange {
    /// The enterprise, by its code.
    pub enterprise: String,
    /// Its name.
    pub name: String,
    /// The measure.
    pub measure: String,
    /// The number of the instalment, where there are several.
    pub instalment: Option<u16>,
    /// What may be paid by the seal.
    pub before: Option<Money>,
    /// What could be paid then.
    pub after: Option<Money>,
}

type Key = (String, String, Option<u16>);

/// Facts and policies as they should have been, beside those of a sealed sweep.
pub struct Supposed<'a> {
    sealed: &'a Sealed,
    corrected: Option<Snapshot>,
    replaced: Option<Library>,
}

impl Supposed<'_> {
    fn snapshot(&self) -> &Snapshot {
        self.corrected.as_ref().unwrap_or(&self.sealed.snapshot)
    }

    fn library(&self) -> &Library {
        self.replaced.as_ref().unwrap_or(&self.sealed.library)
    }

    /// Runs the sweep both ways and compares what may be paid.
    ///
    /// # Shape
    /// Everybody is settled again, so that what others get of a fund or a group changes, too; the
    /// sums are those of everybody. Changes are listed where `seen` holds for the code of the
    /// enterprise and the measure.
    /// # Errors
    /// What a sweep says, [`SweepError::Cancelled`] among it.
    pub fn changes(
        &self,
        seen: &dyn Fn(&str, &str) -> bool,
        cancel: &AtomicBool,
    ) -> Result<WhatIf, ReplayError> {
        let sealed = self.sealed;
        let before = sealed.payable((&sealed.snapshot, &sealed.library), cancel)?;
        let after = sealed.payable((self.snapshot(), self.library()), cancel)?;
        let keys: BTreeSet<&Key> = before.keys().chain(after.keys()).collect();
        let mut changes = Vec::new();
        for key in keys {
            if cancel.load(Ordering::Relaxed) {
                return Err(SweepError::Cancelled.into());
            }
            let (one, other) = (before.get(key).copied(), after.get(key).copied());
            let (enterprise, measure, instalment) = key;
            if one == other || !seen(enterprise, measure) {
                continue;
            }
            let row = sealed.snapshot.find(enterprise);
            let name = row.map_or("", |row| sealed.snapshot.name(row));
            changes.push(WhatIfChange {
                enterprise: enterprise.clone(),
                name: name.to_owned(),
                measure: measure.clone(),
                instalment: *instalment,
                before: one,
                after: other,
            });
        }
        let sum = |of: &BTreeMap<Key, Money>| {
            let fen = of.values().map(|amount| i128::from(amount.fen()));
            TotalFen::of(fen.fold(0, i128::saturating_add))
        };
        Ok(WhatIf {
            before: sum(&before),
            after: sum(&after),
            changes,
        })
    }

    /// Both computations of a change side by side; alike where only limits over others changed.
    #[must_use]
    pub fn traces(&self, change: &WhatIfChange) -> Traces {
        let explain = |snapshot: &Snapshot, library: &Library| {
            let row = snapshot.find(&change.enterprise)?;
            let measure = library.measure(&change.measure)?;
            let interpreter = Interpreter::new(library);
            Some(interpreter.explain(measure, &snapshot.row(row), self.sealed.context()))
        };
        let one = explain(&self.sealed.snapshot, &self.sealed.library);
        match (one, explain(self.snapshot(), self.library())) {
            (Some(one), Some(other)) => Traces::of(&one, &other),
            (None, _) | (_, None) => Traces::default(),
        }
    }
}

impl Sealed {
    /// The sealed sweep with facts corrected and policies replaced.
    ///
    /// # Shape
    /// A policy takes the place of the sealed one with its id; one of a new id is added.
    /// # Errors
    /// [`ReplayError::Asked`] for an enterprise, fact or value that is none, and for policies with
    /// faults.
    pub fn suppose(
        &self,
        corrections: &[Correction],
        policies: &[PolicyText],
    ) -> Result<Supposed<'_>, ReplayError> {
        let corrected = match corrections {
            [] => None,
            corrections => Some(self.corrected(corrections)?),
        };
        let replaced = match policies {
            [] => None,
            policies => Some(self.with_policies(policies)?),
        };
        Ok(Supposed {
            sealed: self,
            corrected,
            replaced,
        })
    }

    /// What may be paid, by enterprise, measure and instalment.
    fn payable(
        &self,
        (snapshot, library): (&Snapshot, &Library),
        cancel: &AtomicBool,
    ) -> Result<BTreeMap<Key, Money>, ReplayError> {
        let awards = self.awards_of((snapshot, library), cancel)?;
        let keyed = awards.into_iter().map(|award| {
            let enterprise = snapshot.uscc(award.row).to_owned();
            let key = (enterprise, award.measure.to_string(), award.instalment);
            (key, award.amount)
        });
        Ok(keyed.collect())
    }

    /// The payable list over these facts by these rules.
    pub(super) fn awards_of(
        &self,
        (snapshot, library): (&Snapshot, &Library),
        cancel: &AtomicBool,
    ) -> Result<Vec<PayableAward>, ReplayError> {
        let control = SweepControl {
            cancel,
            on_progress: &mut |_| (),
            on_write: &|_| (),
        };
        let options = SweepOptions::new(self.context());
        Ok(payable_awards(snapshot, library, options, control)?.1)
    }

    /// The snapshot with some facts as they should have been; it is another one, with a digest of
    /// its own.
    ///
    /// # Errors
    /// [`ReplayError::Asked`] for an enterprise, fact, period or value that is none.
    pub fn corrected(&self, corrections: &[Correction]) -> Result<Snapshot, ReplayError> {
        let vocabulary = self.snapshot.vocabulary();
        let manifest = self.snapshot.manifest();
        let mut builder =
            SnapshotBuilder::new(Arc::clone(vocabulary), manifest.year, manifest.as_of);
        let mut keys: Vec<ColumnKey> = Vec::new();
        for column in self.snapshot.columns() {
            keys.push(column.key);
        }
        let mut cells: BTreeMap<(usize, usize), Cell> = BTreeMap::new();
        for correction in corrections {
            let (row, key, cell) = self.correction(correction)?;
            let known = keys.iter().position(|known| *known == key);
            let place = known.unwrap_or(keys.len());
            if known.is_none() {
                keys.push(key);
            }
            cells.insert((row, place), cell);
        }
        for key in &keys {
            builder.add_column(*key)?;
        }
        for row in 0..self.snapshot.len() {
            let value = |(place, key): (usize, &ColumnKey)| {
                let corrected = cells.get(&(row, place)).cloned();
                corrected.unwrap_or_else(|| {
                    let column = self.snapshot.column(*key);
                    column.map_or(Cell::Missing, |column| column.cell(row))
                })
            };
            builder.push(&EnterpriseRow {
                uscc: self.snapshot.uscc(row).to_owned(),
                name: self.snapshot.name(row).to_owned(),
                source: None,
                cells: keys.iter().enumerate().map(value).collect(),
            })?;
        }
        builder.set_ledger(self.snapshot.ledger().clone());
        Ok(builder.finish()?)
    }

    fn correction(&self, correction: &Correction) -> Result<(usize, ColumnKey, Cell), ReplayError> {
        let Correction {
            enterprise,
            fact,
            value,
        } = correction;
        let vocabulary = self.snapshot.vocabulary();
        let unknown = |what: &str| ReplayError::Asked(what.to_owned());
        let row = self.snapshot.find(enterprise);
        let row = row.ok_or_else(|| unknown(&format!("封存的快照里没有企业 {enterprise}")))?;
        let (name, period) = fact.split_once('@').unwrap_or((fact, ""));
        let id = vocabulary.find(name).ok_or_else(|| {
            let near = vocabulary.nearest(name);
            let near = near.map_or_else(String::new, |near| format!(";是不是 {near}?"));
            unknown(&format!("词汇表里没有“{name}”{near}"))
        })?;
        let period = match period {
            "" => Some(Period::Status),
            text => text.parse().ok(),
        };
        let kind = vocabulary.fact(id).period;
        let period = period.filter(|period| period.kind() == kind);
        let period = period.ok_or_else(|| {
            unknown(&format!(
                "“{fact}”的期间不对;写成 {name}@2025、{name}@2025Q1 或 {name}@2025-03"
            ))
        })?;
        let reader = CellText::new(&vocabulary.fact(id).fact_type, &self.library.codes);
        let cell = reader.read(value);
        let cell = cell.map_err(|why| unknown(&format!("“{fact}”的值“{value}”{why}")))?;
        let key = ColumnKey { fact: id, period };
        Ok((row, key, cell))
    }

    /// The sealed library with some policies in the place of those of their ids.
    ///
    /// # Errors
    /// [`ReplayError::Asked`] when they have faults.
    pub fn with_policies(&self, policies: &[PolicyText]) -> Result<Library, ReplayError> {
        let id = |bytes: &[u8]| {
            let document = Document::read_bytes(bytes).document;
            document.front_matter().map(|front| front.id.value.clone())
        };
        let ids: BTreeSet<String> = policies.iter().filter_map(|text| id(&text.bytes)).collect();
        let files = self.library.files.iter();
        let kept = files
            .filter(|file| !id(file.text.as_bytes()).is_some_and(|of_file| ids.contains(&of_file)));
        let kept = kept.map(|file| PolicyText {
            path: file.path.clone(),
            bytes: file.text.as_bytes().to_vec(),
        });
        // Beside a kept file of its path, the other one would be lost.
        let given = policies.iter().map(|text| PolicyText {
            path: format!("改/{}", text.path),
            bytes: text.bytes.clone(),
        });
        let library = &self.library;
        let (vocabulary, codes) = (Arc::clone(&library.vocabulary), Arc::clone(&library.codes));
        let texts = kept.chain(given).collect();
        let mut changed = check(texts, vocabulary, codes, CheckOptions::default());
        if let Some(fault) = changed.faults.iter().find(|fault| !fault.code.is_warning()) {
            let code = fault.code;
            return Err(ReplayError::Asked(format!(
                "换上的政策有错误 {code:?},请先用 zhida check 检查"
            )));
        }
        let policies = changed
            .policies
            .iter()
            .map(|policy| ids.contains(&*policy.id));
        let is_given: Vec<bool> = policies.collect();
        // What was left out of the sweep stays out, unless it is what was asked about.
        changed.measures.retain(|measure| {
            let given = is_given.get(measure.policy.0).copied().unwrap_or(false);
            given || library.measure_index.contains_key(&measure.id)
        });
        let places = changed.measures.iter().enumerate();
        changed.measure_index = places
            .map(|(place, measure)| (measure.id.clone(), place))
            .collect();
        Ok(changed)
    }
}
