//! The largest-remainder split: the only place where money is divided.

use std::cmp::Reverse;

use num_bigint::BigInt;
use num_traits::{ToPrimitive as _, Zero as _};
use zhida_policies::values::{Money, Number};

/// Why money cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Every weight is zero.
    #[error("every weight is zero")]
    NoWeight,
    /// The money is below zero.
    #[error("money below zero cannot be split")]
    Negative,
}

/// Splits money over weights so that the parts sum to the whole.
///
/// # Shape
/// One part per weight, in the same order. Each part is its exact quota cut to whole fen; the fen
/// left over go to the largest remainders, ties to the earlier weight.
/// # Units
/// `whole` and the parts in fen; weights are plain ratios.
/// # Errors
/// [`SplitError`] when every weight is zero or the money is below zero.
/// # Source
/// NOTATION.md part 7; DOMAIN.md shape S25.
/// # Example
/// ```
/// # use zhida_engine::awards::{split, SplitError};
/// # use zhida_policies::values::Money;
/// let parts = split(Money::from_fen(100), &[1, 1, 1])?;
/// assert_eq!(parts, [34, 33, 33].map(Money::from_fen));
/// # Ok::<(), SplitError>(())
/// ```
pub fn split(whole: Money, weights: &[u64]) -> Result<Vec<Money>, SplitError> {
    if whole.is_negative() {
        return Err(SplitError::Negative);
    }
    if weights.iter().all(|weight| *weight == 0) {
        return Err(SplitError::NoWeight);
    }
    let parts = split_fen(whole.fen().unsigned_abs(), weights);
    let money = |fen: &u64| Money::from_fen(i64::try_from(*fen).unwrap_or(i64::MAX));
    Ok(parts.iter().map(money).collect())
}

/// The split in whole numbers; nothing for anybody when every weight is zero.
///
/// A product of two 64-bit numbers fits 128 bits, and each part is at most the whole.
pub(super) fn split_fen(whole: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let quotas = weights.iter().map(|weight| {
        let product = u128::from(whole) * u128::from(*weight);
        let part = product / sum;
        let rest = product - part * sum;
        let part = u64::try_from(part).unwrap_or(u64::MAX);
        (part, (rest > 0).then_some(rest))
    });
    largest_remainder(whole, quotas)
}

/// The split over weights of any size. A weight below zero counts as zero.
pub(super) fn split_exact(whole: u64, weights: &[Number]) -> Vec<u64> {
    if let Some((weights, _)) = whole_weights(weights) {
        return split_fen(whole, &weights);
    }
    let weights = big_weights(weights);
    let sum: BigInt = weights.iter().sum();
    if sum.is_zero() {
        return vec![0; weights.len()];
    }
    let quotas = weights.iter().map(|weight| {
        let product = weight * whole;
        let rest = &product % &sum;
        let part = (product / &sum).to_u64().unwrap_or(u64::MAX);
        (part, (!rest.is_zero()).then_some(rest))
    });
    largest_remainder(whole, quotas)
}

/// Cut quotas with what was cut off each, where that is not nothing: the fen left over go to the
/// largest remainders, ties to the earlier.
fn largest_remainder<R: Ord>(
    whole: u64,
    quotas: impl ExactSizeIterator<Item = (u64, Option<R>)>,
) -> Vec<u64> {
    let mut parts = Vec::with_capacity(quotas.len());
    let mut remainders = Vec::new();
    let mut given = 0u64;
    for (place, (part, rest)) in quotas.enumerate() {
        given += part;
        parts.push(part);
        remainders.extend(rest.map(|rest| (Reverse(rest), place)));
    }
    let left = usize::try_from(whole - given).unwrap_or(usize::MAX);
    if left > 0 && left < remainders.len() {
        remainders.select_nth_unstable(left);
    }
    for (_, place) in remainders.iter().take(left) {
        parts[*place] += 1;
    }
    parts
}

/// Weights as whole numbers of any size in the same ratio.
fn big_weights(weights: &[Number]) -> Vec<BigInt> {
    let mut scale = BigInt::from(1);
    for denominator in weights.iter().map(Number::denominator) {
        if !(&scale % denominator).is_zero() {
            scale *= denominator;
        }
    }
    let whole = |weight: &Number| {
        let whole = weight.numerator() * (&scale / weight.denominator());
        whole.max(BigInt::ZERO)
    };
    weights.iter().map(whole).collect()
}

/// Weights as whole numbers in the same ratio, and by what they were multiplied; nothing when
/// they do not fit 64 bits that way. A weight below zero counts as zero.
pub(super) fn whole_weights(weights: &[Number]) -> Option<(Vec<u64>, u64)> {
    let mut scale = Number::one();
    for weight in weights.iter().filter(|weight| !weight.is_negative()) {
        let scaled = weight.checked_mul(&scale).ok()?;
        let denominator = scaled.denominator().clone();
        let factor = Number::from_big_ratio(denominator, Number::one().numerator().clone()).ok()?;
        scale = scale.checked_mul(&factor).ok()?;
    }
    let whole = |weight: &Number| {
        if weight.is_negative() {
            return Some(0);
        }
        u64::try_from(weight.checked_mul(&scale).ok()?.to_i128()?).ok()
    };
    let weights: Option<Vec<u64>> = weights.iter().map(whole).collect();
    Some((weights?, u64::try_from(scale.to_i128()?).ok()?))
}
