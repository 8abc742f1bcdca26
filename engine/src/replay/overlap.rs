//! The same invoice, equipment, person, patent or loan behind several awards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use zhida_policies::vocabulary::{FactId, FactType};

use crate::interpreter::PeriodRange;
use crate::replay::{ReplayError, Sealed};
use crate::rule_reads::RuleReads;
use crate::snapshot::{Cell, ColumnKey};

/// One thing that stands behind several awards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// The list fact.
    pub fact: String,
    /// Its field that names the thing, as the vocabulary marks it.
    pub field: String,
    /// The value.
    pub value: String,
    /// Where it stands.
    pub uses: Vec<OverlapUse>,
}

/// One place where a thing stands behind an award.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OverlapUse {
    /// The assessment year of the sweep.
    pub year: i32,
    /// The seal of the sweep.
    pub seal: String,
    /// The enterprise, by its code.
    pub enterprise: String,
    /// Its name.
    pub name: String,
    /// The measure that is paid.
    pub measure: String,
    /// The period of the list.
    pub period: String,
    /// The record, from 1.
    pub record: usize,
}

/// The things that stand behind more than one award, or twice behind one, over some sealed sweeps.
///
/// # Shape
/// By fact, field and value. Which fields name a thing is marked in the vocabulary (`key = true`);
/// nothing is known here of what they are. A record counts for each measure that reads its list
/// and pays the enterprise.
/// # Errors
/// What a sweep says.
pub fn overlaps(sweeps: &[Sealed], cancel: &AtomicBool) -> Result<Vec<Overlap>, ReplayError> {
    let mut found: BTreeMap<(String, String, String), BTreeSet<OverlapUse>> = BTreeMap::new();
    for sealed in sweeps {
        sealed.uses(cancel, &mut |fact, field, value, one| {
            let key = (fact.to_owned(), field.to_owned(), value.to_owned());
            found.entry(key).or_default().insert(one);
        })?;
    }
    let several = found.into_iter().filter(|(_, uses)| uses.len() > 1);
    let overlaps = several.map(|((fact, field, value), uses)| Overlap {
        fact,
        field,
        value,
        uses: uses.into_iter().collect(),
    });
    Ok(overlaps.collect())
}

/// Told fact, field, value and use.
type Tell<'a> = &'a mut dyn FnMut(&str, &str, &str, OverlapUse);

impl Sealed {
    /// Every record with a name that a paid measure reads.
    fn uses(&self, cancel: &AtomicBool, tell: Tell<'_>) -> Result<(), ReplayError> {
        let named = self.named_fields();
        let mut reads: BTreeMap<&str, Vec<ColumnKey>> = BTreeMap::new();
        for measure in &self.library.measures {
            let read = RuleReads::of_measure(measure).facts.into_iter();
            let read = read.filter(|read| named.contains_key(&read.fact));
            let columns = read.flat_map(|read| {
                let range = PeriodRange::of(read.period, self.seal.year);
                let fact = read.fact;
                range
                    .periods()
                    .map(move |period| ColumnKey { fact, period })
            });
            let columns: BTreeSet<ColumnKey> = columns.collect();
            reads.insert(&measure.id.0, columns.into_iter().collect());
        }
        let mut seen = BTreeSet::new();
        for award in self.awards_of((&self.snapshot, &self.library), cancel)? {
            // The instalments of an award rest on the same records.
            if !seen.insert((award.row, award.measure.to_string())) {
                continue;
            }
            let keys = reads.get(&*award.measure.0);
            for key in keys.into_iter().flatten() {
                self.records(*key, award.row, &named, &mut |field, value, record| {
                    tell(
                        &self.library.vocabulary.fact(key.fact).name,
                        field,
                        value,
                        OverlapUse {
                            year: self.seal.year,
                            seal: self.digest.clone(),
                            enterprise: self.snapshot.uscc(award.row).to_owned(),
                            name: self.snapshot.name(award.row).to_owned(),
                            measure: award.measure.to_string(),
                            period: key.period.to_string(),
                            record,
                        },
                    );
                });
            }
        }
        Ok(())
    }

    /// The fields that name records, by list fact: place and name.
    fn named_fields(&self) -> BTreeMap<FactId, Vec<(usize, String)>> {
        let mut named = BTreeMap::new();
        for (id, fact) in self.library.vocabulary.facts() {
            if let FactType::List(fields) = &fact.fact_type {
                let keys = fields.iter().enumerate().filter(|(_, field)| field.is_key);
                let keys: Vec<(usize, String)> = keys
                    .map(|(place, field)| (place, field.name.clone()))
                    .collect();
                if !keys.is_empty() {
                    named.insert(id, keys);
                }
            }
        }
        named
    }

    fn records(
        &self,
        key: ColumnKey,
        row: usize,
        named: &BTreeMap<FactId, Vec<(usize, String)>>,
        take: &mut dyn FnMut(&str, &str, usize),
    ) {
        let Some(Cell::Records(records)) = self.snapshot.column(key).map(|column| column.cell(row))
        else {
            return;
        };
        for (number, record) in (1..).zip(&records) {
            for (place, field) in named.get(&key.fact).into_iter().flatten() {
                if let Some(Cell::Text(value)) = record.get(*place) {
                    take(field, value, number);
                }
            }
        }
    }
}
