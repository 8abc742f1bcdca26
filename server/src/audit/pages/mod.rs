//! The pages of auditors: the log, sealed sweeps, payouts followed back, questions and proofs.
//!
//! # Shape
//! What takes long is a job, and its answer a file: a page asks for it and shows it. Whoever sees
//! some bureaus is answered about what those owe; what is about everything — verifying the log,
//! exporting all of it — is for auditors of the whole installation.

mod answers;
mod archives;
mod asking;
mod jobs;
mod overview;
mod payouts;
mod proofs;
mod reading;
mod sheets;
mod sweeps;
#[cfg(test)]
mod tests;

pub(crate) use archives::{EXPORTS, Sender, sent, take};
pub(crate) use asking::{SEALS_MAX, needs_all, verification, within};
pub(crate) use jobs::{answer, lies_within};
pub(crate) use sweeps::{Found, Listed, all, find, places_of};

use zhida_engine::payouts::{PayoutId, Role};

use crate::arguments::Common;
use crate::audit::sheet::Reader;
use crate::audit::trail::SweepTrail;
use crate::failure::Failure;
use crate::payouts::desk::Desk;
use crate::web::{Access, Ask, Place, Scope, WebFault, look, look_in_turn};

/// Who audits.
const AUDITORS: Access = Access::Roles(&[Role::Auditor]);
/// The greatest form with the text of a policy in it.
const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// The routes.
pub(crate) fn places() -> Vec<Place> {
    let mut places = vec![
        Place::get("/audit", AUDITORS, overview::show),
        Place::post("/audit/head", AUDITORS, overview::sign),
        Place::post("/audit/verify", AUDITORS, asking::verify),
        Place::get("/audit/jobs/{id}", AUDITORS, jobs::show),
        Place::get("/audit/jobs/{id}/events", AUDITORS, jobs::events),
        Place::get("/audit/jobs/{id}/files/{form}", AUDITORS, jobs::file),
        Place::post("/audit/jobs/{id}/cancel", AUDITORS, jobs::cancel),
        Place::get("/audit/sweeps", AUDITORS, sweeps::list),
        Place::get("/audit/sweeps/{seal}", AUDITORS, sweeps::one),
        Place::post("/audit/sweeps/{seal}/replay", AUDITORS, asking::replay),
        Place::post("/audit/sweeps/{seal}/what-if", AUDITORS, asking::what_if)
            .takes(TEXT_BYTES_MAX),
        Place::post("/audit/sweeps/{seal}/sample", AUDITORS, asking::sample),
        Place::get("/audit/overlaps", AUDITORS, sweeps::overlaps),
        Place::post("/audit/overlaps", AUDITORS, asking::overlap),
        Place::get("/audit/payouts", AUDITORS, payouts::list),
        Place::get("/audit/payouts/{id}", AUDITORS, payouts::show),
        Place::get("/audit/proofs", AUDITORS, proofs::show),
        Place::post("/audit/proofs/growth", AUDITORS, proofs::growth),
        Place::get("/audit/exports", AUDITORS, overview::exports),
        Place::post("/audit/exports", AUDITORS, asking::export),
        Place::get("/proofs", Access::Public, proofs::form),
        Place::post("/proofs", Access::Public, proofs::check),
    ];
    places.extend(sheets::places());
    places
}

/// What somebody may read of a payout within his sight.
///
/// # Errors
/// What the database says; whoever has not signed in.
pub(crate) async fn reader(ask: &Ask) -> Result<Reader, WebFault> {
    Ok(match &ask.session()?.scope {
        Scope::Enterprise(_) => Reader::Enterprise,
        Scope::Bureaus(_) if sees_all(ask).await? => Reader::Official,
        Scope::Bureaus(_) => Reader::Bureau,
    })
}

/// Looks at what the sealed sweep of a payout says: in turn with other heavy work where it must be
/// run again. Who may see the payout is asked before.
///
/// # Errors
/// What the work says.
pub(crate) async fn look_at_trail<T, F>(
    ask: &Ask,
    (id, reader): (&PayoutId, Reader),
    work: F,
) -> Result<T, WebFault>
where
    T: Send + 'static,
    F: FnOnce(&mut Desk, &Common) -> Result<T, Failure> + Send + 'static,
{
    let id = id.clone();
    let is_ready = look(ask, move |desk, _| SweepTrail::is_ready(desk, &id, reader));
    match is_ready.await? {
        true => look(ask, work).await,
        false => look_in_turn(ask, work).await,
    }
}

/// Whether everything of the installation lies within the sight of whoever asks.
///
/// # Errors
/// What the database says; whoever has not signed in.
pub(crate) async fn sees_all(ask: &Ask) -> Result<bool, WebFault> {
    let scope = &ask.session()?.scope;
    let booked = "SELECT id FROM bureaus";
    let booked = ask.server.store.database.fetch(booked, &[]).await?;
    for row in &booked {
        if !scope.sees_bureau(&zhida_engine::payouts::BureauId::new(row.text("id")?)) {
            return Ok(false);
        }
    }
    let offices = ask.server.accounts.offices().await?;
    let mut settings = ask.server.bureaus.iter();
    Ok(settings.all(|bureau| scope.sees_bureau(&bureau.id()))
        && offices.keys().all(|bureau| scope.sees_bureau(bureau)))
}
