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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverlapUse {
    /// The assessment year of the sweep.
    pub year: i32,
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
    /// The seals of the sweeps in which it stands so.
    pub seals: Vec<String>,
}

/// What makes a use the same one in a sweep and in the same sweep run again later: year,
/// enterprise, measure, period, record.
type Place = (i32, String, String, String, usize);

/// What is known of a use: the name of its enterprise, and in which sweeps it stands.
#[derive(Default)]
struct Stands {
    name: String,
    sweeps: BTreeSet<usize>,
}

/// The things that stand behind more than one award, or twice behind one, over some sealed sweeps.
///
/// # Shape
/// By fact, field and value. Which fields name a thing is marked in the vocabulary (`key = true`);
/// nothing is known here of what they are. A record counts for each measure that reads its list
/// and pays the enterprise, and once however many sweeps of one year it stands in: a sweep beside
/// its re-run overlaps in nothing. A sweep is dropped before the next one is opened.
/// # Errors
/// What opening or running a sweep says.
pub fn overlaps<E: From<ReplayError>>(
    sweeps: impl IntoIterator<Item = Result<Sealed, E>>,
    cancel: &AtomicBool,
) -> Result<Vec<Overlap>, E> {
    let mut found: BTreeMap<(String, String, String), BTreeMap<Place, Stands>> = BTreeMap::new();
    let mut seals = Vec::new();
    for (number, sealed) in sweeps.into_iter().enumerate() {
        let sealed = sealed?;
        seals.push(sealed.digest.clone());
        sealed.uses(cancel, &mut |(fact, field, value), place, name| {
            let key = (fact.to_owned(), field.to_owned(), value.to_owned());
            let stands = found.entry(key).or_default().entry(place).or_default();
            name.clone_into(&mut stands.name);
            stands.sweeps.insert(number);
        })?;
    }
    found.retain(|_, uses| are_several(uses));
    let overlaps = found
        .into_iter()
        .map(|((fact, field, value), uses)| Overlap {
            fact,
            field,
            value,
            uses: uses.into_iter().map(|one| told(one, &seals)).collect(),
        });
    Ok(overlaps.collect())
}

/// Whether a thing is used more than once: at several places, or twice in one list of one sweep. A
/// record that another one has pushed down in the list of a later sweep is still one.
fn are_several(uses: &BTreeMap<Place, Stands>) -> bool {
    let lists = uses
        .keys()
        .map(|(year, enterprise, measure, period, _)| (year, enterprise, measure, period));
    let lists: BTreeSet<_> = lists.collect();
    let mut seen = BTreeSet::new();
    let mut sweeps = uses.values().flat_map(|stands| &stands.sweeps);
    lists.len() > 1 || sweeps.any(|sweep| !seen.insert(sweep))
}

fn told((place, stands): (Place, Stands), seals: &[String]) -> OverlapUse {
    let (year, enterprise, measure, period, record) = place;
    let digests = stands.sweeps.iter().filter_map(|number| seals.get(*number));
    let digests: BTreeSet<&String> = digests.collect();
    OverlapUse {
        year,
        enterprise,
        name: stands.name,
        measure,
        period,
        record,
        seals: digests.into_iter().cloned().collect(),
    }
}

/// Told fact, field and value, where they stand, and the name of the enterprise.
type Tell<'a> = &'a mut dyn FnMut((&str, &str, &str), Place, &str);

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
                    let fact = &self.library.vocabulary.fact(key.fact).name;
                    let place = (
                        self.seal.year,
                        self.snapshot.uscc(award.row).to_owned(),
                        award.measure.to_string(),
                        key.period.to_string(),
                        record,
                    );
                    let name = self.snapshot.name(award.row);
                    tell((fact, field, value), place, name);
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
