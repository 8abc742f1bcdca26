//! Awards of selected rows: exact, rounded once.

use zhida_policies::syntax::words::RoundingWord;
use zhida_policies::values::RoundingMode;

use crate::column::evaluator::CHUNK;
use crate::column::kernel::rounding::divide;
use crate::column::known::KnownAward;
use crate::column::lane::{BEYOND, KNOWN, Lane, UNKNOWN};
use crate::column::morsel::Worker;
use crate::column::result::{RowDecision, UnknownParts};
use crate::decision::Reason;
use crate::plan::{Kind, MeasurePlan, power_of_ten};

/// What a known award comes to.
enum Rounded {
    Fen(i64),
    Zero,
    Negative,
    TooLarge,
    /// Left to the reference interpreter.
    Beyond,
}

impl Worker<'_, '_> {
    /// The rows where every condition is known to hold.
    pub(super) fn award_rows(&mut self, measure: usize, rows: &[u32], referred: &mut Vec<u32>) {
        let bound = self.evaluator.bound;
        let plan = &bound.plan.measures()[measure];
        let (Some(award), false) = (plan.award, rows.is_empty()) else {
            return;
        };
        let kind = self.evaluator.kind(award);
        let is_constant = bound.op(award).is_constant();
        for chunk in rows.chunks(if is_constant { rows.len() } else { CHUNK }) {
            let looked_at = if is_constant { &chunk[..1] } else { chunk };
            let lane = self.evaluator.lane(award, looked_at);
            if is_constant && lane.states[0] == KNOWN {
                self.same_award(measure, chunk, &round(plan, kind, &lane, 0), referred);
                self.evaluator.free_lane(lane);
                continue;
            }
            if !self.narrow_awards(measure, kind, chunk, &lane, referred) {
                for (at, row) in chunk.iter().enumerate() {
                    let at = if is_constant { 0 } else { at };
                    self.award(measure, (kind, &lane), (at, *row), referred);
                }
            }
            self.evaluator.free_lane(lane);
        }
    }

    /// The award of one row.
    fn award(
        &mut self,
        measure: usize,
        (kind, lane): (Kind, &Lane),
        (at, row): (usize, u32),
        referred: &mut Vec<u32>,
    ) {
        let plan = &self.evaluator.bound.plan.measures()[measure];
        match lane.states[at] {
            KNOWN => self.known_award(measure, row, &round(plan, kind, lane, at), referred),
            UNKNOWN => self.undetermined(measure, row, UnknownParts::AWARD),
            // The reason of an error is the reference's to tell.
            _ => referred.push(row),
        }
    }

    fn known_award(
        &mut self,
        measure: usize,
        row: u32,
        rounded: &Rounded,
        referred: &mut Vec<u32>,
    ) {
        let counts = &mut self.counts[measure];
        let (at, place) = (self.evaluator.domains[0].base as u32 + row, measure as u32);
        match rounded {
            Rounded::Fen(fen) => {
                counts.eligible += 1;
                counts.total_fen += i128::from(*fen);
                self.found.push(RowDecision::eligible(at, place, *fen));
            }
            Rounded::Zero => counts.ineligible += 1,
            Rounded::Negative => {
                counts.error += 1;
                self.found
                    .push(RowDecision::error(at, place, Reason::NegativeAward));
            }
            Rounded::TooLarge => {
                counts.error += 1;
                self.found
                    .push(RowDecision::error(at, place, Reason::AwardTooLarge));
            }
            Rounded::Beyond => referred.push(row),
        }
    }

    /// Awards of 64 bits at a fixed scale; false, with nothing done, where that is not so.
    fn narrow_awards(
        &mut self,
        measure: usize,
        kind: Kind,
        rows: &[u32],
        lane: &Lane,
        referred: &mut Vec<u32>,
    ) -> bool {
        let plan = &self.evaluator.bound.plan.measures()[measure];
        let (Kind::Decimal(scale), Some(values)) = (kind, lane.values.narrow()) else {
            return false;
        };
        let step = power_of_ten(scale).and_then(|power| power.checked_mul(plan.unit_fen.into()));
        let Some(step) = step.and_then(|step| u64::try_from(step).ok()) else {
            return false;
        };
        if values.len() != rows.len() || step > 1 << 62 {
            return false;
        }
        let unit = plan.unit_fen.unsigned_abs();
        let mode = plan.rounding;
        let (base, place) = (self.evaluator.domains[0].base as u32, measure as u32);
        let (mut eligible, mut total) = (0u64, 0i128);
        for (at, (row, value)) in rows.iter().zip(values).enumerate() {
            let steps = u64::try_from(*value).map(|value| round_steps(value, step, mode));
            let fen = steps.ok().and_then(|steps| steps.checked_mul(unit));
            match fen.and_then(|fen| i64::try_from(fen).ok()) {
                Some(fen) if fen > 0 && lane.states[at] == KNOWN => {
                    eligible += 1;
                    total += i128::from(fen);
                    self.found
                        .push(RowDecision::eligible(base + row, place, fen));
                }
                // Zero, negative, too large and unknown ones are told apart one by one.
                _ => self.award(measure, (kind, lane), (at, *row), referred),
            }
        }
        let counts = &mut self.counts[measure];
        counts.eligible += eligible;
        counts.total_fen += total;
        true
    }

    /// One amount for many rows.
    fn same_award(
        &mut self,
        measure: usize,
        rows: &[u32],
        rounded: &Rounded,
        referred: &mut Vec<u32>,
    ) {
        let Rounded::Fen(fen) = rounded else {
            for row in rows {
                self.known_award(measure, *row, rounded, referred);
            }
            return;
        };
        let counts = &mut self.counts[measure];
        counts.eligible += rows.len() as u64;
        counts.total_fen += i128::from(*fen) * rows.len() as i128;
        let (base, place) = (self.evaluator.domains[0].base as u32, measure as u32);
        let found = rows
            .iter()
            .map(|row| RowDecision::eligible(base + row, place, *fen));
        self.found.extend(found);
    }

    fn undetermined(&mut self, measure: usize, row: u32, parts: UnknownParts) {
        self.counts[measure].undetermined += 1;
        let row = self.evaluator.domains[0].base as u32 + row;
        self.found
            .push(RowDecision::undetermined(row, measure as u32, parts));
    }

    fn note_known(&mut self, measure: usize, row: u32, fen: Option<i64>) {
        let row = self.evaluator.domains[0].base as u32 + row;
        let measure = measure as u32;
        self.known.push(KnownAward { row, measure, fen });
    }

    /// Undetermined rows: whether the award is unknown too.
    pub(super) fn unknown_awards(
        &mut self,
        measure: usize,
        rows: &[u32],
        parts: &mut [UnknownParts],
        referred: &mut Vec<u32>,
    ) {
        let plan = &self.evaluator.bound.plan.measures()[measure];
        let Some(award) = plan.award else {
            return;
        };
        let kind = self.evaluator.kind(award);
        for (chunk, parts) in rows.chunks(CHUNK).zip(parts.chunks_mut(CHUNK)) {
            let lane = self.evaluator.lane(award, chunk);
            for ((at, row), parts) in chunk.iter().enumerate().zip(parts) {
                match lane.states[at] {
                    BEYOND => {
                        referred.push(*row);
                        continue;
                    }
                    UNKNOWN => *parts = parts.with(UnknownParts::AWARD),
                    KNOWN => match round(plan, kind, &lane, at) {
                        Rounded::Fen(fen) => self.note_known(measure, *row, Some(fen)),
                        Rounded::Zero | Rounded::Negative => {
                            self.note_known(measure, *row, Some(0));
                        }
                        Rounded::TooLarge => self.note_known(measure, *row, None),
                        Rounded::Beyond => {}
                    },
                    _ => self.note_known(measure, *row, None),
                }
                self.undetermined(measure, *row, *parts);
            }
            self.evaluator.free_lane(lane);
        }
    }
}

/// How many steps an amount of at least zero has, rounded once.
fn round_steps(value: u64, step: u64, mode: RoundingWord) -> u64 {
    let (steps, rest) = (value / step, value % step);
    let up = match mode {
        RoundingWord::HalfUp => rest >= step - rest,
        RoundingWord::Down => false,
        RoundingWord::Up => rest > 0,
    };
    steps + u64::from(up)
}

/// A known award as the measure rounds it.
fn round(plan: &MeasurePlan, kind: Kind, lane: &Lane, at: usize) -> Rounded {
    let exact = lane.values.get(at);
    if exact < 0 {
        return Rounded::Negative;
    }
    let under = match kind {
        Kind::Decimal(scale) => power_of_ten(scale),
        _ => Some(lane.under(at)),
    };
    let unit = i128::from(plan.unit_fen);
    let Some(step) = under.and_then(|under| under.checked_mul(unit)) else {
        return Rounded::Beyond;
    };
    let mode = match plan.rounding {
        RoundingWord::HalfUp => RoundingMode::HalfUp,
        RoundingWord::Down => RoundingMode::Down,
        RoundingWord::Up => RoundingMode::Up,
    };
    let steps = if step == 1 {
        exact
    } else {
        divide(exact, step, mode)
    };
    let Some(fen) = steps.checked_mul(unit) else {
        return Rounded::TooLarge;
    };
    match i64::try_from(fen) {
        Ok(0) => Rounded::Zero,
        Ok(fen) => Rounded::Fen(fen),
        Err(_) => Rounded::TooLarge,
    }
}
