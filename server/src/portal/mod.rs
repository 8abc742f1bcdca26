//! The pages for everybody and for enterprises: find, understand, calculate, follow, object.

mod account;
mod calculator;
mod measures;
mod messages;
mod mine;
mod notices;
mod objections;
mod parts;
mod payouts;
mod policies;
mod start;
mod suggest;
#[cfg(test)]
mod tests;

use crate::web::Place;

/// The routes.
pub(crate) fn places() -> Vec<Place> {
    let parts = [
        start::places(),
        policies::places(),
        suggest::places(),
        measures::places(),
        calculator::places(),
        mine::places(),
        payouts::places(),
        account::places(),
        messages::places(),
        notices::places(),
        objections::places(),
    ];
    parts.into_iter().flatten().collect()
}
