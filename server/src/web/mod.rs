//! What pages and API stand on: the state of the server, who visits, which routes there are and
//! who may use them, how pages are laid out, and how a refusal is told.
//!
//! # Shape
//! Every route is a [`Place`]: method, path, who may use it, handler. [`router`] builds the service
//! from a list of places, so that the same list can be walked by the tests of access.
//! Nothing is decided here: a handler reads, or runs a verb of the desk ([`act`]).

mod act;
mod ask;
mod assets;
mod clock;
mod fault;
mod guard;
mod headers;
mod language;
mod page;
mod paging;
mod place;
mod router;
mod state;
#[cfg(test)]
pub(crate) mod testing;
mod visitor;
mod watchers;

pub(crate) use act::{
    Acted, Typed, act, act_in, act_job, act_typed, act_typed_in, look, look_in_turn,
};
pub(crate) use ask::Ask;
pub(crate) use clock::Clock;
pub(crate) use fault::WebFault;
pub(crate) use guard::Upload;
pub(crate) use language::Language;
#[cfg(test)]
pub(crate) use language::translated;
pub(crate) use page::{Page, Section, html, see_other};
pub(crate) use paging::Cursor;
pub(crate) use place::{Access, Place};
pub(crate) use router::router;
pub(crate) use state::{Material, Published, Server, ServerParts};
pub(crate) use visitor::{Recognised, Recogniser, Scope, Session, Still, Via, Visitor};
