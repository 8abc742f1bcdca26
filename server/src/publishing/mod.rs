//! Policies put in force by two people: proposed with a reason, approved by somebody else, kept
//! by version, read again at the next start.
//!
//! # Shape
//! The log of orders says which text of each policy holds from which day
//! ([`PolicyRecord`](zhida_engine::payouts::PolicyRecord)), by digest; the texts lie among the
//! files. Everything else follows from the two: [`Shelf::on`](shelf::Shelf::on) puts the policies
//! of a day together,
//! and [`in_force`] writes them into a folder of their own, whole or not at all, which commands
//! and jobs read as they read any folder of policies. A crash between log and folder is made good
//! by whoever looks next. What nobody has published stays as the program or `--policies` has it.
//!
//! docs/policies.md is the tour.

pub(crate) mod changes;
mod check;
mod drafts;
mod effect;
mod follow;
mod news;
mod past;
mod proposals;
mod shelf;
mod steps;
mod whose;

pub(crate) use check::{Findings, examine};
pub(crate) use drafts::{Draft, Saved, drafts};
pub(crate) use effect::{Effect, MoneyMoved, effect};
#[cfg(test)]
pub(crate) use effect::{occupied, priced};
#[cfg(test)]
pub(crate) use follow::follow;
pub(crate) use follow::{InStep, must_be_of_today, put_in_force, start};
#[cfg(test)]
pub(crate) use news::tell;
pub(crate) use past::once_held;
#[cfg(test)]
pub(crate) use proposals::PROPOSALS;
pub(crate) use proposals::{
    Proposal, Standing, open_proposals, past_proposals, proposal, proposals_after, record, records,
};
pub(crate) use shelf::{at_desk, in_force, is_name, is_published, texts_with};
pub(crate) use steps::{Wanted, approve, give_back, propose};
