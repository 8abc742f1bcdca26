//! One thing of a row that an unknown part may depend on.

use std::cmp::Ordering;

use arrow::buffer::BooleanBuffer;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::Number;

use crate::snapshot::{Column, ListColumn};

/// The signs of a row, packed.
pub(crate) type Packed = u128;

/// A constant beside the numbers of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Threshold {
    /// The constant in the smallest unit of the column, cut down.
    floor: i128,
    is_exact: bool,
    cut: Cut,
}

/// Which sides of a constant count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Below it, or not.
    Below,
    /// Above it, or not.
    Above,
    /// Below, equal and above.
    Both,
}

/// How many records of a row are put into the order of their signs.
const RECORDS_MAX: usize = 32;

/// The records of a row in the order of their signs, so that it does not matter which of them
/// comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    /// The record at each place.
    records: [u8; RECORDS_MAX],
    count: usize,
}

impl Order {
    /// The record at a place.
    pub(crate) fn record(&self, place: usize) -> Option<usize> {
        let places = self.records.get(..self.count)?;
        places.get(place).map(|record| usize::from(*record))
    }

    /// The place of a record.
    pub(crate) fn place(&self, record: usize) -> Option<usize> {
        let places = self.records.get(..self.count)?;
        let is_same = |other: &u8| usize::from(*other) == record;
        places.iter().position(is_same)
    }
}

/// What a sign looks at.
#[derive(Clone)]
pub(crate) enum Sign<'s> {
    /// Whether a cell is there; one bit.
    There(Option<&'s Column>),
    /// A cell in two bits.
    Cell(&'s Column, Look<'s>),
    /// The word of a text, in 32 bits.
    Word(&'s Column),
    /// How many records there are, in eight bits.
    Records(&'s ListColumn),
    /// A field of each record, in two bits; told with all others of its list.
    Fields(&'s ListColumn, &'s Column, Look<'s>),
}

/// How a cell is looked at.
#[derive(Clone)]
pub(crate) enum Look<'s> {
    /// On which side of a constant it lies.
    Order(Threshold),
    /// Whether a flag is set.
    Flag,
    /// Whether a set holds a member; no set holds one that is absent here.
    Member(Option<&'s BooleanBuffer>),
}

impl Threshold {
    /// A constant beside the numbers of a column; nothing for a value of another kind.
    pub(crate) fn of(column: &Column, value: &Value, cut: Cut) -> Option<Self> {
        let scaled = match (column, value) {
            (Column::Money(_), Value::Money(number)) => number.clone(),
            (Column::Number(values), Value::Number(number)) => {
                let scale = u32::try_from(values.scale()).ok()?;
                let power = Number::from_i128(10i128.checked_pow(scale)?);
                number.checked_mul(&power).ok()?
            }
            _ => return None,
        };
        Some(Self {
            floor: scaled.floor().to_i128()?,
            is_exact: scaled.is_integer(),
            cut,
        })
    }

    /// 1 below, 2 equal, 3 above; equal is 3 or 1 where it does not count.
    fn side(self, value: i128) -> u8 {
        match (value.cmp(&self.floor), self.is_exact, self.cut) {
            (Ordering::Less, ..) | (Ordering::Equal, false, _) => 1,
            (Ordering::Equal, true, Cut::Above) => 1,
            (Ordering::Equal, true, Cut::Both) => 2,
            (Ordering::Equal, true, Cut::Below) | (Ordering::Greater, ..) => 3,
        }
    }
}

impl Look<'_> {
    /// Two bits of a cell: 0 where it is missing.
    fn at(&self, column: &Column, row: usize) -> Option<u8> {
        if !column.is_known(row) {
            return Some(0);
        }
        let flag = |holds: bool| Some(if holds { 2 } else { 1 });
        match (self, column) {
            (Self::Order(threshold), Column::Money(values)) => {
                Some(threshold.side(values.value(row).into()))
            }
            (Self::Order(threshold), Column::Number(values)) => {
                Some(threshold.side(values.digits(row)))
            }
            (Self::Flag, Column::Boolean(values)) => flag(values.value(row)),
            (Self::Member(bits), Column::Set(_)) => {
                flag(bits.is_some_and(|bits| row < bits.len() && bits.value(row)))
            }
            _ => None,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Order(one), Self::Order(other)) => one == other,
            (Self::Flag, Self::Flag) | (Self::Member(None), Self::Member(None)) => true,
            (Self::Member(Some(one)), Self::Member(Some(other))) => std::ptr::eq(*one, *other),
            _ => false,
        }
    }
}

/// Signs one after the other.
#[derive(Default)]
pub(crate) struct Packing {
    pub(crate) packed: Packed,
    filled: u32,
}

impl Packing {
    /// Adds so many bits; nothing where there is no room for them.
    fn put(&mut self, value: u64, bits: u32) -> Option<()> {
        let end = self.filled.checked_add(bits)?;
        if end > Packed::BITS {
            return None;
        }
        self.packed |= Packed::from(value) << self.filled;
        self.filled = end;
        Some(())
    }
}

impl<'s> Sign<'s> {
    /// Whether two signs tell the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let same = |one: &Column, other: &Column| std::ptr::eq(one, other);
        match (self, other) {
            (Self::There(one), Self::There(other)) => match (one, other) {
                (Some(one), Some(other)) => same(one, other),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            },
            (Self::Cell(one, look), Self::Cell(other, way)) => {
                same(one, other) && look.is_same(way)
            }
            (Self::Word(one), Self::Word(other)) => same(one, other),
            (Self::Records(one), Self::Records(other)) => std::ptr::eq(*one, *other),
            (Self::Fields(_, one, look), Self::Fields(_, other, way)) => {
                same(one, other) && look.is_same(way)
            }
            _ => false,
        }
    }

    /// The list of a field.
    pub(crate) fn list(&self) -> Option<&'s ListColumn> {
        match self {
            Self::Fields(list, ..) => Some(list),
            Self::There(_) | Self::Cell(..) | Self::Word(_) | Self::Records(_) => None,
        }
    }

    /// Adds the sign of a row; whether the cell is there.
    pub(crate) fn put(&self, row: usize, to: &mut Packing) -> Option<bool> {
        match self {
            Self::There(column) => {
                let is_there = column.is_some_and(|column| column.is_known(row));
                to.put(u64::from(is_there), 1)?;
                Some(is_there)
            }
            Self::Cell(column, look) => {
                let found = look.at(column, row)?;
                to.put(found.into(), 2)?;
                Some(found > 0)
            }
            Self::Word(column) => {
                let Column::Text(words) = column else {
                    return None;
                };
                let is_there = column.is_known(row);
                let key = if is_there {
                    u32::try_from(words.keys().value(row))
                        .ok()?
                        .checked_add(1)?
                } else {
                    0
                };
                to.put(key.into(), u32::BITS)?;
                Some(is_there)
            }
            Self::Records(list) => {
                let records = u8::try_from(list.range(row).len()).ok()?;
                to.put(records.into(), u8::BITS)?;
                Some(true)
            }
            Self::Fields(list, column, look) => {
                for record in list.range(row) {
                    to.put(look.at(column, record)?.into(), 2)?;
                }
                Some(true)
            }
        }
    }
}

/// Adds the fields of the records of one list, record by record in the order of their signs.
pub(crate) fn put_records<'s>(
    list: &ListColumn,
    fields: impl Iterator<Item = &'s Sign<'s>> + Clone,
    row: usize,
    to: &mut Packing,
) -> Option<Order> {
    let records = list.range(row);
    let count = records.len();
    let mut found = [(0u64, 0u8); RECORDS_MAX];
    let found = found.get_mut(..count)?;
    let mut bits = 0;
    for ((signs, place), (record, number)) in found.iter_mut().zip(records.zip(0u8..)) {
        (*place, bits) = (number, 0u32);
        for sign in fields.clone() {
            if let Sign::Fields(_, column, look) = sign {
                *signs = *signs << 2 | u64::from(look.at(column, record)?);
                bits = bits.checked_add(2).filter(|bits| *bits <= u64::BITS)?;
            }
        }
    }
    found.sort_unstable();
    let mut records = [0; RECORDS_MAX];
    for ((signs, number), record) in found.iter().zip(&mut records) {
        to.put(*signs, bits)?;
        *record = *number;
    }
    Some(Order { records, count })
}
