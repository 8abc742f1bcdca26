//! The workbench of a bureau: everything that people of a bureau look at and do.
//!
//! # Shape
//! One file a page, one template a page. What a page shows comes from [`crate::views`], within the
//! scope of whoever looks; what it does is a verb of the desk ([`acts`]).

mod acts;
mod bulk;
mod payout;
mod review;
mod rows;
mod sources;
mod trace;

use crate::web::{Access, Place};

/// The routes of the workbench.
pub(crate) fn places() -> Vec<Place> {
    let seen = Access::OFFICIALS;
    let mut places = vec![
        Place::get("/console/review", seen, review::show),
        Place::get("/console/payouts/{id}", seen, payout::show),
    ];
    places.extend(acts::places());
    places
}
