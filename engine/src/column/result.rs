//! What a run says of all enterprises.

use zhida_policies::values::Money;

use crate::decision::{Decision, Reason};

/// The outcomes that are listed; the others are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// With an award.
    Eligible,
    /// Facts are missing that could change the outcome.
    Undetermined,
    /// The award cannot be computed.
    Error,
}

/// Which parts of a measure facts are missing for: bit 0 the region, bit 1 the award, then one
/// bit for each exception and each condition in the order of the text; the parts from the 62nd
/// on share the last bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownParts(pub u64);

impl UnknownParts {
    /// The bit of the region.
    pub const REGION: Self = Self(1);
    /// The bit of the award.
    pub const AWARD: Self = Self(2);

    /// The bit of an exception, or of a condition behind all exceptions.
    #[must_use]
    pub fn part(place: usize) -> Self {
        Self(1 << (place.saturating_add(2)).min(63))
    }

    /// Both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One decision that is listed, in 16 bytes: a province has millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowDecision {
    /// The row of the snapshot.
    pub row: u32,
    /// The measure, and in the two highest bits the outcome.
    measure: u32,
    /// The award in fen, the [`UnknownParts`] or the number of the reason.
    payload: u64,
}

/// The bits of [`RowDecision`] that name the measure.
const MEASURE_BITS: u32 = 30;

impl RowDecision {
    #[inline]
    pub(crate) fn eligible(row: u32, measure: u32, fen: i64) -> Self {
        Self {
            row,
            measure,
            payload: fen.unsigned_abs(),
        }
    }

    pub(crate) fn undetermined(row: u32, measure: u32, parts: UnknownParts) -> Self {
        Self {
            row,
            measure: measure | 1 << MEASURE_BITS,
            payload: parts.0,
        }
    }

    pub(crate) fn error(row: u32, measure: u32, reason: Reason) -> Self {
        Self {
            row,
            measure: measure | 2 << MEASURE_BITS,
            payload: u64::from(reason.code()),
        }
    }

    /// The measure, by its place in the library.
    #[must_use]
    pub fn measure(&self) -> usize {
        (self.measure & ((1 << MEASURE_BITS) - 1)) as usize
    }

    /// What it is.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.measure >> MEASURE_BITS {
            0 => Outcome::Eligible,
            1 => Outcome::Undetermined,
            _ => Outcome::Error,
        }
    }

    /// Why there is no award; absent for an eligible enterprise.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self.outcome() {
            Outcome::Eligible => None,
            Outcome::Undetermined => Some(Reason::FactsMissing),
            Outcome::Error => Reason::ALL
                .into_iter()
                .find(|reason| u64::from(reason.code()) == self.payload),
        }
    }

    /// The award of an eligible enterprise.
    #[must_use]
    pub fn award(&self) -> Option<Money> {
        let fen = i64::try_from(self.payload).ok()?;
        (self.outcome() == Outcome::Eligible).then(|| Money::from_fen(fen))
    }

    /// What facts are missing for, where the outcome is undetermined.
    #[must_use]
    pub fn unknown_parts(&self) -> Option<UnknownParts> {
        (self.outcome() == Outcome::Undetermined).then_some(UnknownParts(self.payload))
    }
}

/// The outcomes of one measure over all enterprises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeasureCounts {
    /// Outside the region or validity, or an exception holds.
    pub not_applicable: u64,
    /// A condition is false, paid before, or the award is zero.
    pub ineligible: u64,
    /// Facts are missing.
    pub undetermined: u64,
    /// With an award.
    pub eligible: u64,
    /// The award cannot be computed.
    pub error: u64,
    /// The sum of all awards in fen.
    pub total_fen: i128,
}

impl MeasureCounts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.not_applicable += other.not_applicable;
        self.ineligible += other.ineligible;
        self.undetermined += other.undetermined;
        self.eligible += other.eligible;
        self.error += other.error;
        self.total_fen += other.total_fen;
    }

    /// Takes one decision of the reference interpreter into account.
    pub(crate) fn count(&mut self, decision: &Decision) {
        match decision {
            Decision::NotApplicable(_) => self.not_applicable += 1,
            Decision::Ineligible(_) => self.ineligible += 1,
            Decision::Undetermined(_) => self.undetermined += 1,
            Decision::Eligible { award, .. } => {
                self.eligible += 1;
                self.total_fen += i128::from(award.fen());
            }
            Decision::Error(_) => self.error += 1,
        }
    }
}

/// What a run says of all enterprises.
///
/// # Shape
/// `decisions` by row, then by measure in the order of the library, whatever the threads, the
/// size of morsels or the order in which enterprises were imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluated {
    /// The outcomes of each measure.
    pub counts: Vec<MeasureCounts>,
    /// The decisions that are eligible, undetermined or an error.
    pub decisions: Vec<RowDecision>,
    /// How often the reference interpreter was asked for a node or a decision of one row.
    pub reference_rows: u64,
}
