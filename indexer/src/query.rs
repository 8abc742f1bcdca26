//! What a caller asks for: the user's words, filters and a page.

use jiff::civil::Date;

use crate::entry::{Delivery, Kind};

/// One search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What the user typed. Empty: everything that passes the filters, in a stable order.
    pub text: String,
    /// Only these kinds; empty for all.
    pub kinds: Vec<Kind>,
    /// Only one part of the country.
    pub region: Option<RegionFilter>,
    /// Only policies with one of these topics; empty for all.
    pub topics: Vec<String>,
    /// Only measures paid in one of these ways; empty for all.
    pub deliveries: Vec<Delivery>,
    /// Only policies of these issuers, spelled as in the policy; empty for all.
    pub issuers: Vec<String>,
    /// Only what is in force on this day.
    pub valid_on: Option<Date>,
    /// How many hits to skip.
    pub offset: usize,
    /// How many hits to return, from 1 to [`Query::LIMIT_MAX`]; 0 stands for the usual 10.
    pub limit: usize,
}

impl Query {
    /// No page is longer.
    pub const LIMIT_MAX: usize = 100;

    /// What a user typed, without filters, the first page.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// One part of the country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionFilter {
    /// The code of the region, empty for the whole country.
    pub code: String,
    /// The codes of the regions that contain it, in any order.
    ///
    /// The index does not know that a functional zone lies in a city: the caller does.
    pub above: Vec<String>,
    /// Which policies outside the region are wanted too.
    pub reach: Reach,
}

/// Which policies count for a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Those of the region and of every region inside it.
    #[default]
    Inside,
    /// These and the national ones.
    InsideAndNational,
    /// These and those of every region that contains it, up to the national ones: all that
    /// an enterprise there may be entitled to.
    InsideAndAbove,
}
