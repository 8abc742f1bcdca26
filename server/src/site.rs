//! All routes of the server, from every part of it.

use crate::web::Place;

/// Every route.
pub(crate) fn places() -> Vec<Place> {
    Vec::new()
}
