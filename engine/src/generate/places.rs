//! Where made-up enterprises are and what they do.

use std::collections::{BTreeMap, BTreeSet};

use zhida_policies::values::{Codes, Region};

use crate::generate::GenerateError;
use crate::generate::random::{Draw, mark};
use crate::generate::tables::SECTION_WEIGHTS;

/// A county and the functional zones on its ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its code.
    pub(crate) code: String,
    /// Its name without 市, 区 or 县.
    pub(crate) name: String,
    /// Zones that an enterprise here may be in.
    pub(crate) zones: Vec<String>,
    /// Whether every enterprise here is in the first zone.
    pub(crate) only_zone: bool,
    /// How often it is chosen.
    weight: u64,
}

/// The places and industries of one run.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    places: Vec<Place>,
    weights: u64,
    industries: BTreeMap<char, Vec<String>>,
}

impl Places {
    /// The counties inside the regions, each once; every county when no region is given.
    pub(crate) fn new(codes: &Codes, regions: &[Region]) -> Result<Self, GenerateError> {
        let mut by_county: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for zone in codes.zones() {
            for county in codes.overlaps(zone) {
                let zones = by_county.entry(county.as_str().to_owned()).or_default();
                zones.push(zone.as_str().to_owned());
            }
        }
        let nation = [Region::NATION];
        let regions = if regions.is_empty() {
            &nation[..]
        } else {
            regions
        };
        let mut counties = BTreeSet::new();
        let mut places = Vec::new();
        for region in regions {
            if !codes.regions().contains(region.as_str()) {
                return Err(GenerateError::UnknownRegion(region.to_string()));
            }
            match codes.overlaps(*region).first() {
                Some(county) if codes.is_zone(*region) => {
                    let zones = vec![region.as_str().to_owned()];
                    places.push(place(codes, county.as_str(), zones, true));
                }
                Some(_) | None => collect(codes, region.as_str(), &mut counties),
            }
        }
        for county in counties {
            let zones = by_county.get(&county).cloned().unwrap_or_default();
            places.push(place(codes, &county, zones, false));
        }
        let weights = places
            .iter()
            .fold(0u64, |sum, place| sum.saturating_add(place.weight));
        Ok(Self {
            places,
            weights,
            industries: industries(codes),
        })
    }

    /// A county.
    pub(crate) fn place(&self, draw: &mut Draw) -> Option<&Place> {
        let mut rest = draw.below(self.weights);
        self.places.iter().find(|place| {
            let here = rest < place.weight;
            rest = rest.saturating_sub(place.weight);
            here
        })
    }

    /// An industry class.
    pub(crate) fn industry(&self, draw: &mut Draw) -> Option<&str> {
        let known = || {
            SECTION_WEIGHTS
                .iter()
                .filter(|(letter, _)| self.industries.contains_key(letter))
        };
        let weights = known().fold(0u64, |sum, (_, weight)| sum.saturating_add(*weight));
        let mut rest = draw.below(weights);
        let (letter, _) = known().find(|(_, weight)| {
            let here = rest < *weight;
            rest = rest.saturating_sub(*weight);
            here
        })?;
        draw.pick(self.industries.get(letter)?).map(String::as_str)
    }
}

fn place(codes: &Codes, county: &str, zones: Vec<String>, only_zone: bool) -> Place {
    let name = codes.regions().name(county).unwrap_or_default();
    let short = name
        .strip_suffix(['市', '区', '县'])
        .filter(|short| short.chars().count() > 1);
    let weight = mark(county).checked_rem(5).unwrap_or(0).saturating_add(1);
    let name = short.unwrap_or(name).to_owned();
    Place {
        code: county.to_owned(),
        name,
        zones,
        only_zone,
        weight,
    }
}

/// Collects the divisions without smaller divisions in them.
fn collect(codes: &Codes, region: &str, counties: &mut BTreeSet<String>) {
    let is_zone = |code: &str| code.parse().is_ok_and(|region| codes.is_zone(region));
    let mut below = codes
        .regions()
        .children(region)
        .filter(|code| !is_zone(code))
        .peekable();
    if below.peek().is_none() {
        if !region.is_empty() {
            counties.insert(region.to_owned());
        }
        return;
    }
    for child in below {
        collect(codes, child, counties);
    }
}

/// The classes without smaller classes in them, by section.
fn industries(codes: &Codes) -> BTreeMap<char, Vec<String>> {
    let mut sections: BTreeMap<char, Vec<String>> = BTreeMap::new();
    for (code, node) in codes.industries().iter() {
        if let (true, Some(letter)) = (node.children.is_empty(), code.chars().next()) {
            sections.entry(letter).or_default().push(code.to_owned());
        }
    }
    sections
}
