//! All routes of the server, from every part of it.

use crate::api;
use crate::web::Place;

/// Every route.
pub(crate) fn places() -> Vec<Place> {
    api::places()
}
