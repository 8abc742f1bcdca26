//! The API as programs see it: what it promises in its document, what it shows to whom, and what
//! becomes of requests that are sent twice, cut off, or meant to break it.

mod client;
mod document;
mod fuzz;
mod hostile;
mod matrix;
mod once;
mod publications;
mod storm;
mod sums;
mod town;
mod trials;
mod verbs;
