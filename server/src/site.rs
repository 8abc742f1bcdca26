//! All routes of the server, from every part of it.

use crate::web::Place;

/// Every route.
pub(crate) fn places() -> Vec<Place> {
    let mut places = crate::accounts::pages::places();
    places.extend(crate::administration::places());
    places.extend(crate::console::places());
    places
}
