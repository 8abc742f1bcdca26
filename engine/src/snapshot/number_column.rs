//! Numbers of one scale, in 64 bits each where they all fit.

use std::sync::Arc;

use arrow::array::{Array, Decimal64Array, Decimal128Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DECIMAL64_MAX_PRECISION, DECIMAL64_MAX_SCALE, DECIMAL128_MAX_PRECISION, DataType, Field,
};
use arrow::error::ArrowError;

/// The first number of more than 18 digits.
const SHORT_LIMIT: u64 = 10u64.pow(18);

/// The first number of more than 38 digits.
const LONG_LIMIT: u128 = 10u128.pow(38);

fn is_short(digits: &i64) -> bool {
    digits.unsigned_abs() < SHORT_LIMIT
}

/// Numbers of one scale; a null is missing.
///
/// # Shape
/// The digits of each row, without the point.
#[derive(Clone, Debug)]
pub enum NumberColumn {
    /// Of up to 18 digits.
    Short(Decimal64Array),
    /// Of up to 38 digits.
    Long(Decimal128Array),
}

impl NumberColumn {
    /// Numbers by their digits, with as many of them behind the point as the scale says; numbers of
    /// up to 18 digits in 64 bits, which are read much faster.
    ///
    /// # Errors
    /// What Arrow says of a scale beyond 38.
    pub(crate) fn new(
        digits: Vec<i128>,
        nulls: Option<NullBuffer>,
        scale: i8,
    ) -> Result<Self, ArrowError> {
        let short = |digits: &i128| i64::try_from(*digits).ok().filter(is_short);
        let short: Option<Vec<i64>> = digits.iter().map(short).collect();
        if let Some(short) = short.filter(|_| scale <= DECIMAL64_MAX_SCALE) {
            return Decimal64Array::new(short.into(), nulls)
                .with_precision_and_scale(DECIMAL64_MAX_PRECISION, scale)
                .map(Self::Short);
        }
        Decimal128Array::new(digits.into(), nulls)
            .with_precision_and_scale(DECIMAL128_MAX_PRECISION, scale)
            .map(Self::Long)
    }

    /// Whether no known number has more digits than one may have: a file may hold what its type
    /// does not allow.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            // Where all places hold such numbers, nobody has to ask which are known.
            Self::Short(values) => {
                values.values().iter().all(is_short)
                    || values.iter().flatten().all(|digits| is_short(&digits))
            }
            Self::Long(values) => {
                let mut known = values.iter().flatten();
                known.all(|digits| digits.unsigned_abs() < LONG_LIMIT)
            }
        }
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Short(values) => values.len(),
            Self::Long(values) => values.len(),
        }
    }

    /// Whether it has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Which rows are known; `None` when all are.
    #[must_use]
    pub fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Self::Short(values) => values.nulls(),
            Self::Long(values) => values.nulls(),
        }
    }

    /// The digits of a row.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    #[inline]
    pub fn digits(&self, row: usize) -> i128 {
        match self {
            Self::Short(values) => values.value(row).into(),
            Self::Long(values) => values.value(row),
        }
    }

    /// The numbers as files hold them: of 128 bits, which every reader knows.
    pub(crate) fn to_long(&self) -> Result<Decimal128Array, ArrowError> {
        match self {
            Self::Short(values) => {
                let digits = values.values().iter().copied().map(i128::from);
                Decimal128Array::new(digits.collect(), values.nulls().cloned())
                    .with_precision_and_scale(values.precision(), values.scale())
            }
            Self::Long(values) => Ok(values.clone()),
        }
    }

    /// How many of the digits stand behind the point.
    #[must_use]
    pub fn scale(&self) -> i8 {
        match self {
            Self::Short(values) => values.scale(),
            Self::Long(values) => values.scale(),
        }
    }
}

/// The type that a type of a file is read as: numbers in 64 bits where they all fit.
pub(crate) fn short(of: &DataType) -> DataType {
    if let DataType::Decimal128(precision, scale) = of
        && *precision <= DECIMAL64_MAX_PRECISION
    {
        return DataType::Decimal64(*precision, *scale);
    }
    if let DataType::List(item) = of {
        return DataType::List(Arc::new(short_field(item)));
    }
    if let DataType::Struct(fields) = of {
        return DataType::Struct(fields.iter().map(|field| short_field(field)).collect());
    }
    of.clone()
}

/// A field whose type is [`short`].
pub(crate) fn short_field(field: &Field) -> Field {
    field.clone().with_data_type(short(field.data_type()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eighteen_digits_are_the_most_that_64_bits_hold() {
        let nines = 999_999_999_999_999_999i128;
        for (digits, scale, is_short) in [
            (nines, 0, true),
            (-nines, 18, true),
            (nines + 1, 0, false),
            (-nines - 1, 0, false),
            (1, 19, false),
        ] {
            let numbers = NumberColumn::new(vec![7, digits], None, scale).unwrap();
            assert_eq!(
                matches!(numbers, NumberColumn::Short(_)),
                is_short,
                "{digits}"
            );
            assert_eq!((numbers.digits(1), numbers.scale()), (digits, scale));
            let long = numbers.to_long().unwrap();
            assert_eq!((long.value(1), long.scale()), (digits, scale));
        }
    }

    #[test]
    fn numbers_of_too_many_digits_are_told_where_they_are_known() {
        let nulls = NullBuffer::from(vec![true, false]);
        let short = |digits: [i64; 2]| {
            let values = Decimal64Array::new(digits.to_vec().into(), Some(nulls.clone()));
            NumberColumn::Short(values)
        };
        let long = |digits: [i128; 2]| {
            let values = Decimal128Array::new(digits.to_vec().into(), Some(nulls.clone()));
            NumberColumn::Long(values)
        };
        let (most, longest) = (10i64.pow(18) - 1, 10i128.pow(38) - 1);
        for (numbers, is_sound) in [
            (short([most, most]), true),
            (short([-most, most + 1]), true),
            (short([most + 1, 0]), false),
            (short([i64::MIN, 0]), false),
            (long([longest, longest + 1]), true),
            (long([longest + 1, 0]), false),
            (long([i128::MIN, 0]), false),
        ] {
            assert_eq!(numbers.is_sound(), is_sound, "{numbers:?}");
        }
    }

    #[test]
    fn unknown_numbers_stay_unknown() {
        let nulls = NullBuffer::from(vec![true, false]);
        for digits in [3, i128::from(i64::MAX)] {
            let numbers = NumberColumn::new(vec![digits, 0], Some(nulls.clone()), 2).unwrap();
            assert_eq!(numbers.len(), 2);
            assert_eq!(numbers.nulls(), Some(&nulls));
            assert_eq!(numbers.to_long().unwrap().nulls(), Some(&nulls));
        }
    }

    #[test]
    fn numbers_in_records_are_short_too() {
        let of = |number: DataType| {
            let record = DataType::Struct(vec![Field::new("rate", number, true)].into());
            DataType::List(Arc::new(Field::new("item", record, false)))
        };
        let long = of(DataType::Decimal128(18, 3));
        assert_eq!(short(&long), of(DataType::Decimal64(18, 3)));
        let longer = of(DataType::Decimal128(19, 3));
        assert_eq!(short(&longer), longer);
    }
}
