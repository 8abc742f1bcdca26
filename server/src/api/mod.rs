//! The API: everything that the command line does, for programs.
//!
//! # Shape
//! [`operations`] is the one list: routes, who may use them, and the OpenAPI document come from
//! it. A handler reads what lies within the sight of whoever asks ([`sight`]), or runs a verb of
//! the command line in his name ([`orders`], [`drafts`], [`trials`], [`jobs`]); nothing is decided
//! here.

mod audits;
mod document;
mod drafts;
mod enterprises;
mod jobs;
mod once;
mod operation;
mod orders;
mod policies;
mod proofs;
mod reply;
mod request;
mod room;
mod shapes;
mod sight;
mod strict;
#[cfg(test)]
mod tests;
mod things;
mod trials;
mod work;

use crate::web::Place;
use operation::Operation;

/// Every operation of the API.
fn operations() -> Vec<Operation> {
    let mut all = document::operations();
    all.extend(policies::operations());
    all.extend(enterprises::operations());
    all.extend(drafts::operations());
    all.extend(trials::operations());
    all.extend(things::operations());
    all.extend(work::operations());
    all.extend(orders::operations());
    all.extend(jobs::operations());
    all.extend(proofs::operations());
    all.extend(audits::operations());
    all
}

/// The routes of the API.
pub(crate) fn places() -> Vec<Place> {
    let operations = operations().into_iter();
    operations.map(|operation| operation.place).collect()
}
