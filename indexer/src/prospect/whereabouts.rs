//! In which measures' regions an enterprise may lie.

use std::collections::BTreeSet;

use zhida_policies::measure::expression::Value;
use zhida_policies::values::{Codes, Period, Region};
use zhida_policies::vocabulary::Vocabulary;

use crate::prospect::profile::{Profile, Shown};

/// The regions whose measures may apply.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whereabouts {
    /// Any, for want of a division, or because what is given as one is none.
    Anywhere,
    /// These and the regions above them, all listed.
    Within {
        /// The codes, the empty one of the nation among them.
        regions: BTreeSet<Region>,
        /// Whether it may lie in any zone besides.
        any_zone: bool,
    },
}

impl Whereabouts {
    /// Where a profile says that an enterprise is.
    pub(super) fn of(profile: &Profile, vocabulary: &Vocabulary, codes: &Codes) -> Self {
        let Some(division) = division(profile, vocabulary) else {
            return Self::Anywhere;
        };
        let mut regions = BTreeSet::from([Region::NATION]);
        regions.extend(upwards(division, codes));
        let zones = vocabulary.zones_fact();
        let zones = zones.map(|fact| profile.read(fact, Period::Status));
        match zones.unwrap_or(&Shown::Missing) {
            Shown::Known(Value::Set(members)) => {
                let zones = members.iter().filter_map(|zone| zone.parse().ok());
                regions.extend(zones.flat_map(|zone| upwards(zone, codes)));
                Self::Within {
                    regions,
                    any_zone: false,
                }
            }
            Shown::Missing => Self::Within {
                regions,
                any_zone: true,
            },
            Shown::Known(_) | Shown::Records => Self::Anywhere,
        }
    }
}

fn division(profile: &Profile, vocabulary: &Vocabulary) -> Option<Region> {
    let Some(fact) = vocabulary.region_fact() else {
        return profile.division();
    };
    match profile.read(fact, Period::Status) {
        Shown::Known(Value::Text(code)) => code.parse().ok(),
        Shown::Known(_) | Shown::Records | Shown::Missing => None,
    }
}

/// A region and all that contain it.
fn upwards(region: Region, codes: &Codes) -> BTreeSet<Region> {
    let above = codes.regions().lineage(region.as_str());
    let above = above.filter_map(|code| code.as_str().parse().ok());
    above.chain([region]).collect()
}
