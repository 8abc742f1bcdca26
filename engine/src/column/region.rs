//! Where measures apply, as ranges of rows.
//!
//! Rows are sorted by region, so that the rows of a region are a few ranges whatever the number
//! of enterprises. Measures of one region are looked at together; a morsel outside it costs
//! nothing.

use std::collections::BTreeMap;

use zhida_policies::values::Region;

use crate::column::bitmap::Mask;
use crate::column::bound::status;
use crate::column::source::{Source, is_known};
use crate::plan::Plan;
use crate::snapshot::Snapshot;

/// One region and the measures that apply there.
pub(super) struct RegionScope {
    /// The measures, by their place in the library.
    pub(super) measures: Vec<usize>,
    is_nation: bool,
    is_zone: bool,
    /// The rows whose division lies inside, ascending, apart from each other.
    ranges: Vec<(usize, usize)>,
    /// The members of the zones fact that lie inside.
    zones: Vec<usize>,
}

/// All regions of a plan's measures.
pub(super) struct RegionScopes {
    pub(super) scopes: Vec<RegionScope>,
    /// The rows whose division is missing.
    missing: Vec<(usize, usize)>,
    /// The rows whose division is no code.
    broken: Vec<(usize, usize)>,
    zone_members: Vec<Vec<u64>>,
    /// The words of each zone that have a bit.
    zone_words: Vec<Vec<usize>>,
    zones_known: ZonesKnown,
}

enum ZonesKnown {
    Always,
    Never,
    Where(Vec<u64>),
}

/// The rows of a morsel inside a region.
#[derive(Default)]
pub(super) struct Whereabouts {
    /// Surely inside.
    pub(super) inside: Mask,
    /// Not known.
    pub(super) unknown: Mask,
    /// Left to the reference interpreter.
    pub(super) beyond: Mask,
}

impl RegionScopes {
    pub(super) fn new(plan: &Plan<'_>, snapshot: &Snapshot) -> Self {
        if plan.measures().is_empty() {
            return Self::none();
        }
        let codes = &plan.library().codes;
        let mut measures: BTreeMap<Region, Vec<usize>> = BTreeMap::new();
        for (place, measure) in plan.measures().iter().enumerate() {
            if measure.is_valid {
                measures.entry(measure.region).or_default().push(place);
            }
        }
        let mut runs = Runs::new(plan, snapshot);
        let vocabulary = snapshot.vocabulary();
        let zones = vocabulary.zones_fact().map_or(Source::Nothing, |fact| {
            Source::of_fact(snapshot, status(fact))
        });
        let members: &[String] = vocabulary
            .zones_fact()
            .map_or(&[], |fact| vocabulary.fact(fact).fact_type.members());
        let scopes = measures.into_iter().map(|(region, measures)| {
            let covers = |inner: Region| inner == region || codes.region_covers(region, inner);
            RegionScope {
                measures,
                is_nation: region.is_nation(),
                is_zone: codes.is_zone(region),
                ranges: runs.take(region),
                zones: members
                    .iter()
                    .enumerate()
                    .filter(|(_, member)| member.parse::<Region>().is_ok_and(covers))
                    .map(|(place, _)| place)
                    .collect(),
            }
        });
        let scopes = scopes.collect();
        let (zone_members, zones_known) = match zones {
            Source::Sets { members, known } => {
                (members, known.map_or(ZonesKnown::Always, ZonesKnown::Where))
            }
            _ => (Vec::new(), ZonesKnown::Never),
        };
        let zone_words = zone_members
            .iter()
            .map(|bits| (0..bits.len()).filter(|word| bits[*word] != 0).collect())
            .collect();
        Self {
            scopes,
            zone_words,
            missing: runs.missing,
            broken: runs.broken,
            zone_members,
            zones_known,
        }
    }

    /// No scope at all.
    fn none() -> Self {
        Self {
            scopes: Vec::new(),
            missing: Vec::new(),
            broken: Vec::new(),
            zone_members: Vec::new(),
            zone_words: Vec::new(),
            zones_known: ZonesKnown::Always,
        }
    }

    /// The scopes that may have rows in a morsel.
    pub(super) fn reaching(&self, start: usize, rows: usize) -> impl Iterator<Item = &RegionScope> {
        let reaches = move |ranges: &[(usize, usize)]| {
            let first = ranges.partition_point(|(_, end)| *end <= start);
            ranges
                .get(first)
                .is_some_and(|(from, _)| *from < start + rows)
        };
        let is_anywhere = reaches(&self.missing) || reaches(&self.broken);
        let zones_missing = !matches!(self.zones_known, ZonesKnown::Always);
        self.scopes.iter().filter(move |scope| {
            is_anywhere
                || scope.is_nation
                || scope.is_zone && zones_missing
                || reaches(&scope.ranges)
                || scope
                    .zones
                    .iter()
                    .any(|zone| !self.words_of_zone(*zone, start, rows).is_empty())
        })
    }

    /// The words of a morsel that have rows of a zone.
    fn words_of_zone(&self, zone: usize, start: usize, rows: usize) -> &[usize] {
        let words: &[usize] = self.zone_words.get(zone).map_or(&[], Vec::as_slice);
        let from = words.partition_point(|word| *word < start / 64);
        let to = words.partition_point(|word| *word < (start + rows).div_ceil(64));
        &words[from..to]
    }

    /// The rows of a morsel inside a scope; whether there may be any.
    pub(super) fn whereabouts(
        &self,
        scope: &RegionScope,
        start: usize,
        rows: usize,
        into: &mut Whereabouts,
    ) -> bool {
        let words = rows.div_ceil(64);
        into.inside.reset(words);
        into.unknown.reset(words);
        into.beyond.reset(words);
        if scope.is_nation {
            into.inside.add_range(0, rows);
            return rows > 0;
        }
        add_ranges(&mut into.inside, &scope.ranges, start, rows);
        add_ranges(&mut into.beyond, &self.broken, start, rows);
        for zone in &scope.zones {
            self.add_zone(*zone, start, rows, into);
        }
        add_ranges(&mut into.unknown, &self.missing, start, rows);
        if scope.is_zone {
            self.add_zones_missing(start, rows, into);
        }
        for index in into.unknown.range() {
            into.unknown.words[index] &= !(into.inside.words[index] | into.beyond.words[index]);
        }
        for index in into.inside.range() {
            into.inside.words[index] &= !into.beyond.words[index];
        }
        let inside = into.inside.trim();
        let unknown = into.unknown.trim();
        into.beyond.trim() || inside || unknown
    }

    fn add_zone(&self, zone: usize, start: usize, rows: usize, into: &mut Whereabouts) {
        let Some(bits) = self.zone_members.get(zone) else {
            return;
        };
        for word in self.words_of_zone(zone, start, rows) {
            let index = word - start / 64;
            into.inside.words[index] |= bits[*word];
            include(&mut into.inside, index);
        }
    }

    /// A zone can be missed where the zones are missing.
    fn add_zones_missing(&self, start: usize, rows: usize, into: &mut Whereabouts) {
        match &self.zones_known {
            ZonesKnown::Always => {}
            ZonesKnown::Never => into.unknown.add_range(0, rows),
            ZonesKnown::Where(known) => {
                for index in 0..rows.div_ceil(64) {
                    let there = u64::MAX >> (64 - (rows - index * 64).min(64));
                    let missing = !known[start / 64 + index] & there;
                    if missing != 0 {
                        into.unknown.words[index] |= missing;
                        include(&mut into.unknown, index);
                    }
                }
            }
        }
    }
}

fn include(mask: &mut Mask, word: usize) {
    if mask.from == mask.to {
        (mask.from, mask.to) = (word, word + 1);
    } else {
        mask.from = mask.from.min(word);
        mask.to = mask.to.max(word + 1);
    }
}

fn add_ranges(mask: &mut Mask, ranges: &[(usize, usize)], start: usize, rows: usize) {
    let first = ranges.partition_point(|(_, end)| *end <= start);
    for (from, to) in &ranges[first..] {
        if *from >= start + rows {
            break;
        }
        let from = from.max(&start) - start;
        mask.add_range(from, (*to - start).min(rows));
    }
}

/// The ranges of rows by division.
struct Runs {
    by_region: BTreeMap<Region, Vec<(usize, usize)>>,
    missing: Vec<(usize, usize)>,
    broken: Vec<(usize, usize)>,
}

impl Runs {
    fn new(plan: &Plan<'_>, snapshot: &Snapshot) -> Self {
        let mut runs = Self {
            by_region: BTreeMap::new(),
            missing: Vec::new(),
            broken: Vec::new(),
        };
        let fact = snapshot.vocabulary().region_fact();
        let source = fact.map(|fact| Source::of_fact(snapshot, status(fact)));
        let Some(Source::Words { keys, words, known }) = source else {
            runs.missing.push((0, snapshot.len()));
            return runs;
        };
        // What lies around each division: itself, and what its code lies below.
        let around: Vec<Option<Vec<Region>>> = words
            .iter()
            .map(|word| {
                let region: Region = word.parse().ok()?;
                let codes = &plan.library().codes;
                let lineage = codes.regions().lineage(region.as_str());
                let mut around: Vec<Region> = lineage
                    .filter_map(|code| code.as_str().parse().ok())
                    .filter(|outer| *outer == region || codes.region_covers(*outer, region))
                    .collect();
                around.push(region);
                around.sort();
                around.dedup();
                Some(around)
            })
            .collect();
        let mut start = 0;
        while start < keys.len() {
            let key = is_known(&known, start).then(|| keys[start]);
            let mut end = start + 1;
            while end < keys.len() && is_known(&known, end).then(|| keys[end]) == key {
                end += 1;
            }
            match key.map(|key| &around[key as usize]) {
                None => push(&mut runs.missing, start, end),
                Some(None) => push(&mut runs.broken, start, end),
                Some(Some(around)) => {
                    for region in around {
                        push(runs.by_region.entry(*region).or_default(), start, end);
                    }
                }
            }
            start = end;
        }
        runs
    }

    fn take(&mut self, region: Region) -> Vec<(usize, usize)> {
        self.by_region.remove(&region).unwrap_or_default()
    }
}

/// Adds a range behind the others, joined with the last where they touch.
fn push(ranges: &mut Vec<(usize, usize)>, start: usize, end: usize) {
    match ranges.last_mut() {
        Some((_, last)) if *last == start => *last = end,
        Some(_) | None => ranges.push((start, end)),
    }
}
