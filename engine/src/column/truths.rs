//! What is known so far of a truth node in one morsel.

use crate::column::bitmap::Mask;
use crate::column::dictionary::{BEYOND_BIT, UNDEFINED_BIT, UNKNOWN_BIT, YES};

/// The four answers for up to 64 rows; a row in none of them is false.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answers {
    pub(super) yes: u64,
    pub(super) unknown: u64,
    pub(super) undefined: u64,
    pub(super) beyond: u64,
}

impl Answers {
    /// True or false only.
    #[inline(always)]
    pub(super) fn plain(yes: u64) -> Self {
        Self {
            yes,
            ..Self::default()
        }
    }

    /// The rows that are not false.
    #[inline(always)]
    pub(super) fn not_false(self) -> u64 {
        self.yes | self.unsure()
    }

    /// The rows that are neither true nor false.
    #[inline(always)]
    pub(super) fn unsure(self) -> u64 {
        self.unknown | self.undefined | self.beyond
    }

    /// Adds one row by its dictionary entry.
    #[inline(always)]
    pub(super) fn add(&mut self, bit: u32, entry: u8) {
        self.yes |= u64::from(entry & YES != 0) << bit;
        self.unknown |= u64::from(entry & UNKNOWN_BIT != 0) << bit;
        self.undefined |= u64::from(entry & UNDEFINED_BIT != 0) << bit;
        self.beyond |= u64::from(entry & BEYOND_BIT != 0) << bit;
    }
}

/// The answers of one node, word by word.
#[derive(Clone, Debug, Default)]
pub(super) struct Truths {
    epoch: u64,
    /// The rows whose answer is there.
    valid: Vec<u64>,
    answers: Vec<Answers>,
}

impl Truths {
    /// Whether they are about this morsel.
    pub(super) fn is_of(&self, epoch: u64) -> bool {
        self.epoch == epoch
    }

    /// Forgets the answers of an earlier morsel.
    pub(super) fn prepare(&mut self, epoch: u64, words: usize, is_constant: bool) {
        if self.epoch == epoch && self.valid.len() == words && !is_constant {
            return;
        }
        self.epoch = epoch;
        self.valid.clear();
        self.valid.resize(words, 0);
        self.answers.resize(words, Answers::default());
    }

    /// The rows of a mask whose answer is not there yet; whether there are any.
    pub(super) fn lacking(&self, mask: &Mask, into: &mut Mask) -> bool {
        into.reset(mask.words.len());
        (into.from, into.to) = (mask.from, mask.to);
        for index in mask.range() {
            into.words[index] = mask.words[index] & !self.valid[index];
        }
        into.trim()
    }

    /// Sets the answers of some rows of a word.
    #[inline(always)]
    pub(super) fn set(&mut self, word: usize, rows: u64, answers: Answers) {
        let old = &mut self.answers[word];
        // Answers that are all there are left alone: rows outside have none yet.
        let keep = !rows & self.valid[word];
        old.yes = (old.yes & keep) | (answers.yes & rows);
        old.unknown = (old.unknown & keep) | (answers.unknown & rows);
        old.undefined = (old.undefined & keep) | (answers.undefined & rows);
        old.beyond = (old.beyond & keep) | (answers.beyond & rows);
        self.valid[word] |= rows;
    }

    /// The answers of a word.
    #[inline(always)]
    pub(super) fn word(&self, word: usize) -> Answers {
        self.answers[word]
    }

    /// Sets rows by their dictionary entries; ascending rows need one step a word.
    pub(super) fn set_rows(&mut self, entries: impl Iterator<Item = (u32, u8)>) {
        let (mut at, mut rows, mut answers) = (0, 0, Answers::default());
        for (row, entry) in entries {
            let word = row as usize / 64;
            if word != at {
                if rows != 0 {
                    self.set(at, rows, answers);
                }
                (at, rows, answers) = (word, 0, Answers::default());
            }
            rows |= 1 << (row % 64);
            answers.add(row % 64, entry);
        }
        if rows != 0 {
            self.set(at, rows, answers);
        }
    }

    /// The answer for one row as a dictionary entry.
    pub(super) fn entry(&self, row: u32) -> u8 {
        let answers = self.answers[row as usize / 64];
        let bit = |word: u64| ((word >> (row % 64)) & 1) as u8;
        (bit(answers.yes) * YES)
            | (bit(answers.unknown) * UNKNOWN_BIT)
            | (bit(answers.undefined) * UNDEFINED_BIT)
            | (bit(answers.beyond) * BEYOND_BIT)
    }
}
