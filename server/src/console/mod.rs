//! The workbench of a bureau: everything that people of a bureau look at and do.
//!
//! # Shape
//! One file a page, one template a page. What a page shows comes from [`crate::views`], within the
//! scope of whoever looks; what it does is a verb of the desk ([`acts`]).

mod acts;
mod answers;
mod batches;
mod bulk;
mod charts;
mod dashboard;
mod difference;
mod enterprises;
mod files;
mod forecasts;
mod imports;
mod jobs;
mod limits;
mod motions;
mod notices;
mod payees;
mod payout;
mod places_of;
mod policies;
mod publications;
mod reconciliation;
mod recoveries;
mod review;
mod rows;
mod settings;
mod sources;
mod sweeps;
#[cfg(test)]
pub(crate) mod tests;
mod trace;

pub(crate) use files::attached;
pub(crate) use jobs::{JobRow, events_of, is_over, row as job_row};
pub(crate) use payout::{attempt_word, bank_said};

use zhida_engine::payouts::Role;

use crate::web::{Access, Place};

/// Who asks for imports, sweeps and publications.
const MAKERS: Access = Access::Roles(&[Role::Maker]);
/// Who approves publications.
const APPROVERS: Access = Access::Roles(&[Role::Approver]);
/// Who returns them, or takes them back.
const MAKERS_AND_APPROVERS: Access = Access::Roles(&[Role::Maker, Role::Approver]);

/// The routes of the workbench.
pub(crate) fn places() -> Vec<Place> {
    let seen = Access::OFFICIALS;
    let mut places = vec![
        Place::get("/console", seen, dashboard::show),
        Place::get("/console/review", seen, review::show),
        Place::get("/console/payouts/{id}", seen, payout::show),
        Place::get("/console/notices", seen, notices::show),
        Place::get("/console/notices/{id}", seen, notices::one),
        Place::get("/console/notices/{id}/files/{digest}", seen, notices::form),
        Place::get("/console/payees", seen, payees::show),
        Place::get("/console/batches", seen, batches::show),
        Place::get("/console/batches/{id}", seen, batches::one),
        Place::get(
            "/console/batches/{id}/files/{digest}",
            Access::Roles(batches::PAYMENT),
            batches::file,
        ),
        Place::get("/console/answers", seen, answers::show),
        Place::get("/console/reconciliation", seen, reconciliation::show),
        Place::get("/console/recoveries", seen, recoveries::show),
        Place::get("/console/motions", seen, motions::show),
        Place::get("/console/enterprises", seen, enterprises::show),
        Place::get("/console/enterprises/{uscc}", seen, enterprises::one),
        Place::get("/console/limits", seen, limits::show),
        Place::get("/console/imports", seen, imports::show),
        Place::post("/console/imports/start", MAKERS, imports::start)
            .takes(imports::FILE_BYTES_MAX),
        Place::get("/console/imports/{id}", seen, imports::one),
        Place::get(
            "/console/imports/{id}/difference/{before}",
            seen,
            imports::difference,
        ),
        Place::get("/console/sweeps", seen, sweeps::show),
        Place::post("/console/sweeps/start", MAKERS, sweeps::start),
        Place::get("/console/sweeps/{digest}", seen, sweeps::one),
        Place::get(
            "/console/sweeps/{digest}/difference/{other}",
            seen,
            difference::difference,
        ),
        Place::get("/console/forecasts", seen, forecasts::show),
        Place::post("/console/forecasts/run", seen, forecasts::run),
        Place::get("/console/jobs/{id}", seen, jobs::show),
        Place::get("/console/jobs/{id}/events", seen, jobs::events),
        Place::get("/console/settings", seen, settings::show),
    ];
    places.extend(of_policies());
    places.extend(acts::places());
    places
}

/// Policies, their versions, and what is proposed of them.
fn of_policies() -> Vec<Place> {
    let seen = Access::OFFICIALS;
    vec![
        Place::get("/console/policies", seen, policies::show),
        Place::get("/console/policies/{id}", seen, policies::one),
        Place::post("/console/policies/{id}/check", seen, policies::check)
            .takes(policies::TEXT_BYTES_MAX),
        Place::post("/console/policies/{id}/draft", MAKERS, policies::save)
            .takes(policies::TEXT_BYTES_MAX),
        Place::get(
            "/console/policies/{id}/difference/{sweep}",
            seen,
            policies::difference,
        ),
        Place::get(
            "/console/policies/{id}/versions/{number}",
            seen,
            publications::version,
        ),
        Place::post(
            "/console/policies/{id}/propose",
            MAKERS,
            publications::propose,
        ),
        Place::post("/console/policies/{id}/end", MAKERS, publications::end),
        Place::get("/console/publications/{id}", seen, publications::one),
        Place::post(
            "/console/publications/{id}/approve",
            APPROVERS,
            publications::approve,
        )
        .stepped_up(),
        Place::post(
            "/console/publications/{id}/return",
            MAKERS_AND_APPROVERS,
            publications::give_back,
        ),
    ]
}
