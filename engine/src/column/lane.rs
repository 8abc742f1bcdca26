//! The values of a node for a list of rows.

use crate::column::digits::Digits;
use crate::plan::{Kind, power_of_ten};

/// A value is known.
pub(super) const KNOWN: u8 = 0;
/// A value depends on what is missing.
pub(super) const UNKNOWN: u8 = 1;
/// There is no value.
pub(super) const UNDEFINED: u8 = 2;
/// The value does not fit 128 bits: the row is left to the reference interpreter.
pub(super) const BEYOND: u8 = 3;

/// The values of a node, one for each row of a list.
///
/// # Shape
/// Truth values are 0 or 1, days are counted from 1970-01-01, texts are numbered, decimals are
/// digits at the node's scale. A ratio has a second number, above zero. The higher of two states
/// is that of what is made of both. Where no value is known the number says nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    /// The values, or the upper numbers of ratios.
    pub(super) values: Digits,
    /// The lower numbers of ratios; empty for other kinds.
    pub(super) under: Digits,
    /// What is known of each.
    pub(super) states: Vec<u8>,
}

impl Lane {
    /// This many known zeros.
    pub(super) fn reset(&mut self, kind: Kind, count: usize) {
        self.values.reset(count, 0);
        self.under.clear();
        if kind == Kind::Ratio {
            self.under.reset(count, 1);
        }
        self.states.clear();
        self.states.resize(count, KNOWN);
    }

    /// How many values.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// The lower number of a ratio; one for other kinds.
    pub(super) fn under(&self, at: usize) -> i128 {
        if self.under.is_empty() {
            1
        } else {
            self.under.get(at)
        }
    }

    /// Changes a value; a lane that is no ratio leaves out the second number.
    pub(super) fn set(&mut self, at: usize, (over, under): (i128, i128)) {
        self.values.set(at, over);
        if !self.under.is_empty() {
            self.under.set(at, under);
        }
    }

    /// Marks one value as too large.
    pub(super) fn set_beyond(&mut self, at: usize) {
        self.states[at] = self.states[at].max(BEYOND);
        self.set(at, (0, 1));
    }

    /// Copies one value of a lane of the same kind.
    pub(super) fn copy(&mut self, at: usize, from: &Self, place: usize) {
        self.values.copy(at, &from.values, place);
        self.states[at] = from.states[place];
        if !self.under.is_empty() {
            self.under.copy(at, &from.under, place);
        }
    }

    /// Takes over how much is known of another lane of the same rows.
    pub(super) fn take_states(&mut self, other: &Self) {
        for (state, other) in self.states.iter_mut().zip(&other.states) {
            *state = (*state).max(*other);
        }
    }

    /// Turns values of one kind into those of a wider one.
    pub(super) fn adapt(&mut self, from: Kind, to: Kind) {
        match (from, to) {
            (Kind::Decimal(from), Kind::Decimal(to)) if from < to => self.scale_up(to - from),
            (Kind::Decimal(from), Kind::Ratio) => {
                let power = power_of_ten(from).unwrap_or(1);
                self.under.fill(self.len(), power);
            }
            (Kind::Nothing, Kind::Ratio) => self.under.fill(self.len(), 1),
            _ => {}
        }
    }

    fn scale_up(&mut self, places: u8) {
        let power = power_of_ten(places);
        let narrow = power.and_then(|power| i64::try_from(power).ok());
        if let (Some(power), Some(values)) = (narrow, self.values.narrow_mut()) {
            let limit = i64::MAX / power;
            if values.iter().all(|value| (-limit..=limit).contains(value)) {
                values.iter_mut().for_each(|value| *value *= power);
                return;
            }
        }
        for at in 0..self.len() {
            match power.and_then(|power| self.values.get(at).checked_mul(power)) {
                Some(value) => self.values.set(at, value),
                None => self.set_beyond(at),
            }
        }
    }

    /// Whether two known values of one kind are equal; `None` where that is beyond 128 bits.
    pub(super) fn equal(&self, at: usize, other: &Self, place: usize) -> Option<bool> {
        if self.under.is_empty() {
            return Some(self.values.get(at) == other.values.get(place));
        }
        let left = self.values.get(at).checked_mul(other.under.get(place))?;
        let right = other.values.get(place).checked_mul(self.under.get(at))?;
        Some(left == right)
    }
}
