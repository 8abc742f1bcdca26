//! Policy files: front matter, articles, and the blocks of rules inside them.

mod lines;

pub use lines::{LineIndex, LinePosition};
