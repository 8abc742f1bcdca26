//! The calculation sheet of one payout: law, facts, steps, approvals and proof, on paper.
//!
//! # Shape
//! A sheet is sections of blocks, so that page, file and PDF show the same in the same order. No
//! time of printing is on it: the same payout under the same head of the log is the same bytes.

mod facts;
mod html;
mod layout;
mod make;
mod pdf;
#[cfg(test)]
mod tests;

pub(crate) use html::page;
pub(crate) use make::{made, reckoning};
pub(crate) use pdf::pdf;

/// Who reads a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Whoever audits or works on it and sees all bureaus: persons and others by name.
    Official,
    /// The same within some bureaus: persons by name, and of others those to whom the bureau of the
    /// payout owes something.
    Bureau,
    /// The enterprise itself: others and officials unnamed.
    Enterprise,
}

/// A sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// What it is called.
    pub(crate) title: String,
    /// The amount with its unit.
    pub(crate) amount: String,
    /// Whose, and for what.
    pub(crate) about: String,
    /// What to heed before anything else; mostly empty.
    pub(crate) warning: String,
    /// The number of the payout, at the foot of every page.
    pub(crate) number: String,
    /// What is on it.
    pub(crate) sections: Vec<Section>,
}

/// One part of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Section {
    /// Its heading.
    pub(crate) title: &'static str,
    /// What is in it.
    pub(crate) blocks: Vec<Block>,
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// Words.
    Words(String),
    /// Names and values.
    Pairs(Vec<(String, String)>),
    /// A table.
    Table {
        /// The headings, each with the share of the width that its column takes.
        head: Vec<(String, u16)>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
    /// Points.
    Points(Vec<String>),
    /// Steps of a computation.
    Steps(Vec<SheetStep>),
    /// Text to be kept letter by letter.
    Exact(String),
}

/// One step of a computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetStep {
    /// How far inside.
    pub(crate) depth: u16,
    /// What it is.
    pub(crate) label: String,
    /// The rule as written.
    pub(crate) written: String,
    /// What it came to.
    pub(crate) result: String,
}
