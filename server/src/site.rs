//! All routes of the server, from every part of it.

use crate::web::Place;

/// Every route.
pub(crate) fn places() -> Vec<Place> {
    let parts = [
        crate::api::places(),
        crate::accounts::pages::places(),
        crate::administration::places(),
        crate::portal::places(),
        crate::console::places(),
        crate::audit::pages::places(),
        crate::messages::pages::places(),
    ];
    parts.into_iter().flatten().collect()
}
