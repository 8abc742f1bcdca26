//! Columns of words of which there are few, by their codes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sweep::award_row::at;
use crate::sweep::pages::{Codes, Dictionary};

/// Texts that the writer knows the codes of, or finds them by content.
#[derive(Default)]
pub(crate) struct Texts {
    pub(crate) column: Codes,
    known: BTreeMap<Arc<str>, u32>,
    last: Option<(Arc<str>, u32)>,
}

impl Texts {
    /// Adds a row of a text that may be there.
    pub(crate) fn push(&mut self, text: &str) {
        let code = match self.known.get(text) {
            Some(code) => *code,
            None => self.code(&Arc::from(text)),
        };
        self.column.codes.push(code);
    }

    /// Adds a row of a text that comes again and again.
    pub(crate) fn push_shared(&mut self, text: &Arc<str>) {
        let last = self.last.as_ref();
        let code = match last.filter(|(last, _)| Arc::ptr_eq(last, text)) {
            Some((_, code)) => *code,
            None => {
                let code = self.code(text);
                self.last = Some((Arc::clone(text), code));
                code
            }
        };
        self.column.codes.push(code);
    }

    /// The code of a text, whoever holds it.
    fn code(&mut self, text: &Arc<str>) -> u32 {
        if let Some(code) = self.known.get(text) {
            return *code;
        }
        let code = self.column.dictionary.text(text);
        self.known.insert(Arc::clone(text), code);
        code
    }
}

/// Words by the place of a measure or rule.
pub(crate) struct Places {
    pub(crate) column: Codes,
    /// By place: the code above zero, or zero for one that has none yet.
    codes: Vec<u32>,
    /// The places by their codes.
    places: Vec<usize>,
}

impl Places {
    pub(crate) fn new(places: usize, rows: usize) -> Self {
        let mut column = Codes::default();
        column.codes.reserve(rows);
        Self {
            column,
            codes: vec![0; places],
            places: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn push<'w>(&mut self, place: usize, word: impl FnOnce() -> &'w str) {
        let known = self.codes.get(place).and_then(|code| code.checked_sub(1));
        let code = known.unwrap_or_else(|| self.add(place, word()));
        self.column.codes.push(code);
    }

    #[cold]
    fn add(&mut self, place: usize, word: &str) -> u32 {
        let code = self.column.dictionary.text(word);
        self.places.push(place);
        if let Some(known) = self.codes.get_mut(place) {
            *known = code.saturating_add(1);
        }
        code
    }

    /// The place of each row that has one, which is every row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> {
        let place = |code: &u32| self.places.get(at(*code)).copied();
        self.column.codes.iter().filter_map(place)
    }
}

/// Words or numbers of which there are a handful, by a key.
#[derive(Default)]
pub(crate) struct Fewer<K> {
    pub(crate) column: Codes,
    known: Vec<(K, u32)>,
}

impl<K: Copy + PartialEq> Fewer<K> {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        let mut column = Codes::default();
        column.codes.reserve(rows);
        let known = Vec::new();
        Self { column, known }
    }

    pub(crate) fn push(&mut self, key: K, add: impl FnOnce(&mut Dictionary) -> u32) {
        let code = self.code(key, add);
        self.column.codes.push(code);
    }

    /// Adds so many rows of one key.
    pub(crate) fn extend(&mut self, key: K, rows: usize, add: impl FnOnce(&mut Dictionary) -> u32) {
        if rows > 0 {
            let code = self.code(key, add);
            let rows = self.column.codes.len().saturating_add(rows);
            self.column.codes.resize(rows, code);
        }
    }

    fn code(&mut self, key: K, add: impl FnOnce(&mut Dictionary) -> u32) -> u32 {
        let known = self.known.iter().find(|(known, _)| *known == key);
        if let Some((_, code)) = known {
            return *code;
        }
        let code = add(&mut self.column.dictionary);
        self.known.push((key, code));
        code
    }
}
