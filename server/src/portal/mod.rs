//! The pages for everybody and for enterprises: find, understand, calculate, follow, object.

mod account;
mod calculator;
mod letters;
mod measures;
mod messages;
mod mine;
mod notices;
mod objections;
mod parts;
mod payouts;
mod policies;
mod policy;
mod start;
mod suggest;
#[cfg(test)]
mod tests;

pub(crate) use payouts::own_payout;

use crate::web::Place;

/// The routes.
pub(crate) fn places() -> Vec<Place> {
    let parts = [
        start::places(),
        policies::places(),
        policy::places(),
        suggest::places(),
        measures::places(),
        calculator::places(),
        mine::places(),
        payouts::places(),
        account::places(),
        messages::places(),
        notices::places(),
        objections::places(),
        letters::places(),
    ];
    parts.into_iter().flatten().collect()
}
