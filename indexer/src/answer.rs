//! What a search brings back.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::entry::{Delivery, Entry, Kind};
use crate::highlight::Snippet;

/// One page of hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// How many entries match in all.
    pub total: usize,
    /// How well they match.
    pub matching: Matching,
    /// The hits of the page, best first; equal ones in the order of [`Entry::key`].
    pub hits: Vec<Hit>,
    /// How many hits each choice of a filter would bring, the other filters staying as they are.
    pub facets: Facets,
}

/// One hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// What was found.
    pub entry: Entry,
    /// Its heading with the words that were asked for.
    pub heading: Snippet,
    /// The stretch of its text that says most about the question.
    pub snippet: Snippet,
}

/// How much of the question was found in each hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// Nothing was asked: everything that passes the filters.
    Everything,
    /// All of it.
    All,
    /// Nothing has all of it, so each hit has at least `required` of its `asked` parts. A page
    /// should say so.
    Some {
        /// The parts that each hit has.
        required: usize,
        /// The parts of the question.
        asked: usize,
    },
}

/// Counts for the filters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facets {
    /// By code of region. A hit counts for every region that contains it; national ones count
    /// under the empty code.
    pub regions: BTreeMap<String, u64>,
    /// By topic.
    pub topics: BTreeMap<String, u64>,
    /// By issuer.
    pub issuers: BTreeMap<String, u64>,
    /// By way of delivery; only measures have one.
    pub deliveries: BTreeMap<Delivery, u64>,
    /// By kind.
    pub kinds: BTreeMap<Kind, u64>,
}
