//! The measures that one measure is settled with: what it pays depends on no others.

use std::collections::BTreeSet;

use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;

use crate::awards::Step;

/// A library with the measures only that one measure is settled with.
#[derive(Clone, Debug)]
pub struct Related {
    /// The library; the other measures are left out.
    pub library: Library,
    /// The place of the measure in it.
    pub measure: usize,
    /// The steps of the measure that need other enterprises, with the names of their rules: left
    /// out as well where the snapshot holds one enterprise only.
    pub left_out: Vec<(Step, String)>,
}

/// The measures that the measure at this place shares a fund, a cap or a highest-of group with,
/// directly or through others.
///
/// # Shape
/// For one enterprise, rules that need other enterprises are left out and named. `None` for a place
/// outside the library.
#[must_use]
pub fn related(library: &Library, measure: usize, who: Enterprises) -> Option<Related> {
    let wanted = library.measures.get(measure)?;
    let together = together(library, wanted);
    let mut library = library.clone();
    library
        .measures
        .retain(|measure| together.contains(&*measure.id.0));
    let places = library.measures.iter().enumerate();
    library.measure_index = places
        .map(|(place, measure)| (measure.id.clone(), place))
        .collect();
    let measure = *library.measure_index.get(&wanted.id)?;
    let left_out = match who {
        Enterprises::Several => Vec::new(),
        Enterprises::One => leave_out(&mut library, wanted),
    };
    Some(Related {
        library,
        measure,
        left_out,
    })
}

/// How many enterprises there are to settle with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enterprises {
    /// One: what the others ask for is not known.
    One,
    /// All of them.
    Several,
}

/// The names of all measures that share a rule with this one.
fn together<'a>(library: &'a Library, wanted: &'a Measure) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::from([&*wanted.id.0]);
    loop {
        let before = found.len();
        for fund in &library.funds {
            let drawn = library.measures.iter();
            let drawn = drawn.filter(|measure| measure.fund.as_ref() == Some(&fund.id));
            join(&mut found, drawn.map(|measure| &*measure.id.0));
        }
        let caps = library.caps.iter().map(|cap| &cap.over);
        for over in caps.chain(library.highest_of.iter().map(|group| &group.over)) {
            join(&mut found, over.iter().map(|id| &*id.0));
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Adds all members of a rule where one of them has been found.
fn join<'a>(found: &mut BTreeSet<&'a str>, members: impl Iterator<Item = &'a str> + Clone) {
    if members.clone().any(|member| found.contains(member)) {
        found.extend(members);
    }
}

/// Leaves the rules out that need other enterprises; those of the wanted measure by step and name.
fn leave_out(library: &mut Library, wanted: &Measure) -> Vec<(Step, String)> {
    let mut named = Vec::new();
    if wanted.places.is_some() {
        named.push((Step::Places, wanted.name.clone()));
    }
    library.highest_of.retain(|group| {
        if group.by.is_some() && group.over.contains(&wanted.id) {
            named.push((Step::HighestOf, group.name.clone()));
        }
        group.by.is_none()
    });
    library.caps.retain(|cap| {
        if cap.by.is_some() && cap.over.contains(&wanted.id) {
            named.push((Step::Caps, cap.name.clone()));
        }
        cap.by.is_none()
    });
    for fund in library.funds.drain(..) {
        if wanted.fund.as_ref() == Some(&fund.id) {
            named.push((Step::Funds, fund.name));
        }
    }
    for measure in &mut library.measures {
        measure.places = None;
    }
    named
}
