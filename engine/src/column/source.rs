//! The columns of a snapshot as the kernels read them.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::buffer::{BooleanBuffer, NullBuffer};
use zhida_policies::vocabulary::{Absent, FactType};

use crate::column::bitmap::words_for;
use crate::snapshot::{Column, ColumnKey, NumberColumn, Snapshot};

/// The bits of a column over all rows; absent where all are set.
pub(super) type Known = Option<Vec<u64>>;

/// One column.
pub(super) enum Source<'s> {
    /// Nothing is known of any row.
    Nothing,
    /// Fen, whole numbers or digits at the column's scale.
    Narrow {
        values: Cow<'s, [i64]>,
        known: Known,
    },
    /// Digits beyond 64 bits.
    Wide {
        values: Cow<'s, [i128]>,
        known: Known,
    },
    /// Numbers without a common scale.
    Loose { column: &'s Column, zero: bool },
    /// Texts by key.
    Words {
        keys: &'s [i32],
        words: &'s [Arc<str>],
        known: Known,
    },
    /// Truth values.
    Bits { yes: Vec<u64>, known: Known },
    /// Sets, one bitmap a member.
    Sets {
        members: Vec<Vec<u64>>,
        known: Known,
    },
    /// Records.
    Records {
        offsets: &'s [i32],
        known: Known,
        /// Whether a missing list counts as an empty one.
        empty: bool,
        fields: Vec<Source<'s>>,
    },
}

/// The bits of a buffer from its first row.
pub(super) fn bits_of(buffer: &BooleanBuffer) -> Vec<u64> {
    let mut words: Vec<u64> = buffer.bit_chunks().iter_padded().collect();
    words.truncate(words_for(buffer.len()));
    words
}

fn known_of(nulls: Option<&NullBuffer>) -> Known {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0)?;
    Some(bits_of(nulls.inner()))
}

/// Whether a row is known.
pub(super) fn is_known(known: &Known, row: usize) -> bool {
    known
        .as_ref()
        .is_none_or(|known| known[row / 64] >> (row % 64) & 1 == 1)
}

impl<'s> Source<'s> {
    /// The column of a fact, after the vocabulary's rule for what is absent.
    pub(super) fn of_fact(snapshot: &'s Snapshot, key: ColumnKey) -> Self {
        let fact = snapshot.vocabulary().fact(key.fact);
        let Some(column) = snapshot.column(key) else {
            return Self::of_nothing(snapshot.len(), fact.absent, &fact.fact_type);
        };
        let source = Self::of_column(column);
        match fact.absent {
            Absent::Unknown => source,
            Absent::False | Absent::Zero => source.filled(fact.absent),
        }
    }

    fn of_nothing(rows: usize, absent: Absent, fact_type: &FactType) -> Self {
        let zeros = vec![0u64; words_for(rows)];
        match (absent, fact_type) {
            (Absent::False, FactType::Boolean) => Self::Bits {
                yes: zeros,
                known: None,
            },
            (Absent::False, FactType::Set(members)) => Self::Sets {
                members: vec![zeros; members.len()],
                known: None,
            },
            (Absent::Zero, FactType::Money | FactType::Number) => Self::Narrow {
                values: Cow::Owned(vec![0; rows]),
                known: None,
            },
            (Absent::False | Absent::Zero, FactType::List(fields)) => Self::Records {
                offsets: &[],
                known: None,
                empty: true,
                fields: fields.iter().map(|_| Self::Nothing).collect(),
            },
            (Absent::Unknown | Absent::False | Absent::Zero, _) => Self::Nothing,
        }
    }

    /// A missing value counts as zero, false or empty.
    fn filled(self, absent: Absent) -> Self {
        match (self, absent) {
            (Self::Narrow { values, known }, Absent::Zero) => Self::Narrow {
                values: zeros_where_missing(values, &known),
                known: None,
            },
            (Self::Wide { values, known }, Absent::Zero) => Self::Wide {
                values: zeros_where_missing(values, &known),
                known: None,
            },
            (Self::Loose { column, .. }, Absent::Zero) => Self::Loose { column, zero: true },
            (Self::Bits { yes, known }, Absent::False) => Self::Bits {
                yes: yes
                    .iter()
                    .enumerate()
                    .map(|(at, word)| word & known.as_ref().map_or(u64::MAX, |known| known[at]))
                    .collect(),
                known: None,
            },
            (Self::Sets { members, .. }, Absent::False) => Self::Sets {
                members,
                known: None,
            },
            (
                Self::Records {
                    offsets,
                    known,
                    fields,
                    ..
                },
                Absent::False | Absent::Zero,
            ) => Self::Records {
                offsets,
                known,
                empty: true,
                fields,
            },
            (source, _) => source,
        }
    }

    fn of_column(column: &'s Column) -> Self {
        let known = known_of(column.nulls());
        match column {
            Column::Money(values) => Self::Narrow {
                values: Cow::Borrowed(values.values()),
                known,
            },
            Column::Number(values) => {
                let scale = u8::try_from(values.scale());
                let is_plain = scale.is_ok_and(|scale| scale <= crate::plan::SCALE_MAX);
                match values {
                    NumberColumn::Short(values) if is_plain => Self::Narrow {
                        values: Cow::Borrowed(values.values()),
                        known,
                    },
                    NumberColumn::Long(values) if is_plain => numbers(values.values(), known),
                    NumberColumn::Short(_) | NumberColumn::Long(_) => Self::Loose {
                        column,
                        zero: false,
                    },
                }
            }
            Column::NumberText(_) => Self::Loose {
                column,
                zero: false,
            },
            Column::Boolean(values) => Self::Bits {
                yes: bits_of(values.values()),
                known,
            },
            Column::Date(values) => Self::Narrow {
                values: values.values().iter().copied().map(i64::from).collect(),
                known,
            },
            Column::Text(texts) => Self::Words {
                keys: texts.keys().values(),
                words: texts.words(),
                known,
            },
            Column::Set(sets) => Self::Sets {
                members: sets
                    .members()
                    .iter()
                    .map(|(_, bits)| bits_of(bits))
                    .collect(),
                known,
            },
            Column::Records(list) => Self::Records {
                offsets: list.offsets(),
                known,
                empty: false,
                fields: list
                    .fields()
                    .iter()
                    .map(|(_, field)| Self::of_column(field))
                    .collect(),
            },
        }
    }

    /// Which rows are known.
    pub(super) fn known_word(&self, word: usize) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Loose { column, zero } => {
                if *zero {
                    return u64::MAX;
                }
                let rows = word * 64..column.len().min(word * 64 + 64);
                rows.filter(|row| column.number(*row).is_some())
                    .fold(0, |known, row| known | 1 << (row % 64))
            }
            Self::Records {
                known: Some(known),
                empty: false,
                ..
            }
            | Self::Narrow {
                known: Some(known), ..
            }
            | Self::Wide {
                known: Some(known), ..
            }
            | Self::Words {
                known: Some(known), ..
            }
            | Self::Bits {
                known: Some(known), ..
            }
            | Self::Sets {
                known: Some(known), ..
            } => known.get(word).copied().unwrap_or(0),
            Self::Narrow { known: None, .. }
            | Self::Wide { known: None, .. }
            | Self::Words { known: None, .. }
            | Self::Bits { known: None, .. }
            | Self::Sets { known: None, .. }
            | Self::Records { .. } => u64::MAX,
        }
    }
}

fn zeros_where_missing<'s, T: Copy + Default>(values: Cow<'s, [T]>, known: &Known) -> Cow<'s, [T]>
where
    [T]: ToOwned<Owned = Vec<T>>,
{
    if known.is_none() {
        return values;
    }
    let filled = values.iter().enumerate().map(|(row, value)| {
        if is_known(known, row) {
            *value
        } else {
            T::default()
        }
    });
    Cow::Owned(filled.collect())
}

/// Digits as 64-bit numbers where all known ones fit.
fn numbers(values: &[i128], known: Known) -> Source<'_> {
    let narrow: Option<Vec<i64>> = values
        .iter()
        .enumerate()
        .map(|(row, value)| match i64::try_from(*value) {
            Ok(value) => Some(value),
            Err(_) if is_known(&known, row) => None,
            Err(_) => Some(0),
        })
        .collect();
    match narrow {
        Some(values) => Source::Narrow {
            values: Cow::Owned(values),
            known,
        },
        None => Source::Wide {
            values: Cow::Borrowed(values),
            known,
        },
    }
}
