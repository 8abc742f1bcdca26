//! One value as a file would give it, outside of any file.

use zhida_policies::values::Codes;
use zhida_policies::vocabulary::FactType;

use crate::import::cell::{CellReader, Unit};
use crate::snapshot::Cell;

/// Reads values of one fact.
pub(crate) struct CellText<'a> {
    reader: CellReader,
    codes: &'a Codes,
}

impl<'a> CellText<'a> {
    /// For values of a type, in yuan or the unit of the vocabulary.
    pub(crate) fn new(fact_type: &FactType, codes: &'a Codes) -> Self {
        Self {
            reader: CellReader::new(fact_type, Unit::NONE),
            codes,
        }
    }

    /// The value of a text, or why it is none.
    pub(crate) fn read(&self, text: &str) -> Result<Cell, String> {
        let read = self.reader.read(text, self.codes);
        read.map_err(|fault| fault.message)
    }
}
