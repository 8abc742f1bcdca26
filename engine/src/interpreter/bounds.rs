//! Between which ends an unknown number must lie: exact interval arithmetic.

use zhida_policies::measure::expression::Value;
use zhida_policies::values::Number;

use crate::interpreter::evaluation::Evaluation;

/// The ends of a number that is not known, or of money in fen. An absent end is unbounded.
///
/// An end that would be beyond the size limit of numbers is unbounded too: a wider interval is
/// never wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// It is at least this.
    pub least: Option<Number>,
    /// It is at most this.
    pub greatest: Option<Number>,
}

impl Bounds {
    /// No bound at all.
    pub const NONE: Self = Self {
        least: None,
        greatest: None,
    };

    /// The interval that holds one number.
    #[must_use]
    pub fn exactly(number: Number) -> Self {
        Self {
            least: Some(number.clone()),
            greatest: Some(number),
        }
    }

    /// At least a number.
    #[must_use]
    pub fn at_least(number: Number) -> Self {
        Self {
            least: Some(number),
            greatest: None,
        }
    }

    /// The interval of a node; nothing for a node without value, which can be anywhere and
    /// nowhere.
    #[must_use]
    pub fn of(evaluation: &Evaluation) -> Option<Self> {
        match evaluation {
            Evaluation::Known(Value::Money(number) | Value::Number(number)) => {
                Some(Self::exactly(number.clone()))
            }
            Evaluation::Known(_) => Some(Self::NONE),
            Evaluation::Unknown(unknown) => Some(unknown.bounds.clone()),
            Evaluation::Undefined(_) => None,
        }
    }

    /// The smallest interval that holds all nodes that have a value.
    pub(super) fn hull<'a>(evaluations: impl IntoIterator<Item = &'a Evaluation>) -> Self {
        let hull = evaluations
            .into_iter()
            .filter_map(Self::of)
            .reduce(|left, right| left.join(right));
        hull.unwrap_or(Self::NONE)
    }

    /// The smallest interval that holds both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            least: both(self.least, other.least, Number::min),
            greatest: both(self.greatest, other.greatest, Number::max),
        }
    }

    /// The interval of the sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = |left: Number, right: Number| left.checked_add(&right).ok();
        Self {
            least: both(self.least, other.least, sum).flatten(),
            greatest: both(self.greatest, other.greatest, sum).flatten(),
        }
    }

    /// The interval of the number with its sign turned.
    #[must_use]
    pub fn negate(self) -> Self {
        Self {
            least: self.greatest.map(|end| end.neg()),
            greatest: self.least.map(|end| end.neg()),
        }
    }

    /// The interval of the product.
    ///
    /// Exact for a constant factor and where all four ends are known; where an end is open, only
    /// what the signs alone say.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        if let Some(factor) = self.constant() {
            return other.scale(factor);
        }
        if let Some(factor) = other.constant() {
            return self.scale(factor);
        }
        let not_negative =
            |bounds: &Self| bounds.least.as_ref().is_some_and(|end| !end.is_negative());
        let product = |left: Number, right: Number| left.checked_mul(&right).ok();
        if not_negative(&self) && not_negative(&other) {
            return Self {
                least: both(self.least, other.least, product).flatten(),
                greatest: both(self.greatest, other.greatest, product).flatten(),
            };
        }
        let (Some(a), Some(b), Some(c), Some(d)) =
            (self.least, self.greatest, other.least, other.greatest)
        else {
            return Self::NONE;
        };
        let corners: Option<Vec<Number>> = [(&a, &c), (&a, &d), (&b, &c), (&b, &d)]
            .into_iter()
            .map(|(x, y)| x.checked_mul(y).ok())
            .collect();
        corners.map_or(Self::NONE, |corners| Self {
            least: corners.iter().min().cloned(),
            greatest: corners.iter().max().cloned(),
        })
    }

    /// The interval of the quotient by a constant that is not zero; no bound otherwise.
    #[must_use]
    pub fn over(self, other: &Self) -> Self {
        let inverse = other
            .constant()
            .and_then(|divisor| Number::one().checked_div(divisor).ok());
        inverse.map_or(Self::NONE, |factor| self.scale(&factor))
    }

    /// The interval of the number times a constant.
    #[must_use]
    pub fn scale(self, factor: &Number) -> Self {
        if factor.is_zero() {
            return Self::exactly(Number::zero());
        }
        let turned = if factor.is_negative() {
            Self {
                least: self.greatest,
                greatest: self.least,
            }
        } else {
            self
        };
        turned.map(|end| end.checked_mul(factor).ok())
    }

    /// The interval of the lesser of the two: open ends above do not matter while one is closed.
    #[must_use]
    pub fn lesser(self, other: Self) -> Self {
        Self {
            least: both(self.least, other.least, Number::min),
            greatest: either(self.greatest, other.greatest, Number::min),
        }
    }

    /// The interval of the greater of the two.
    #[must_use]
    pub fn greater(self, other: Self) -> Self {
        Self {
            least: either(self.least, other.least, Number::max),
            greatest: both(self.greatest, other.greatest, Number::max),
        }
    }

    /// The interval without its sign.
    #[must_use]
    pub fn absolute(self) -> Self {
        if self.least.as_ref().is_some_and(|end| !end.is_negative()) {
            return self;
        }
        let greatest = both(self.least, self.greatest, |least, greatest| {
            least.abs().max(greatest.abs())
        });
        Self {
            least: Some(Number::zero()),
            greatest,
        }
    }

    /// The interval of a function that never falls, given by its values at the ends.
    #[must_use]
    pub fn map(self, function: impl Fn(&Number) -> Option<Number>) -> Self {
        Self {
            least: self.least.and_then(|end| function(&end)),
            greatest: self.greatest.and_then(|end| function(&end)),
        }
    }

    /// The number, if the interval holds only one.
    #[must_use]
    pub fn constant(&self) -> Option<&Number> {
        match (&self.least, &self.greatest) {
            (Some(least), Some(greatest)) if least == greatest => Some(least),
            (Some(_) | None, Some(_) | None) => None,
        }
    }
}

/// Combines two ends that must both be there.
fn both<T>(
    left: Option<Number>,
    right: Option<Number>,
    combine: impl FnOnce(Number, Number) -> T,
) -> Option<T> {
    left.zip(right).map(|(left, right)| combine(left, right))
}

/// Combines two ends of which one suffices.
fn either(
    left: Option<Number>,
    right: Option<Number>,
    combine: impl FnOnce(Number, Number) -> Number,
) -> Option<Number> {
    match (left, right) {
        (Some(left), Some(right)) => Some(combine(left, right)),
        (Some(end), None) | (None, Some(end)) => Some(end),
        (None, None) => None,
    }
}
