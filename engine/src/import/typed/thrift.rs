//! The structure of Thrift texts in Parquet files, checked before the Parquet reader sees them.
//!
//! The reader reserves memory for as many row groups as a footer promises, up to 2³¹, and takes
//! the kind of a field for granted. Here every known field must have its kind, and every list and
//! text must fit into the bytes that are there.

/// The deepest nesting.
const DEPTH_MAX: u8 = 16;

/// The most elements of one list.
const ELEMENTS_MAX: u64 = 1_000_000;

/// The most bytes of a whole number.
const VARINT_BYTES_MAX: u32 = 10;

/// The kind of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Bool,
    I8,
    I16,
    I32,
    I64,
    Double,
    Binary,
    List(&'static Kind),
    Struct(Fields),
}

/// The known fields of a structure, by their number.
pub(crate) type Fields = &'static [(i16, Kind)];

use Kind::{Binary, Bool, Double, I8, I16, I32, I64, List, Struct};

const STATISTICS: Fields = &[
    (1, Binary),
    (2, Binary),
    (3, I64),
    (4, I64),
    (5, Binary),
    (6, Binary),
    (7, Bool),
    (8, Bool),
];

const NONE: Fields = &[];

const TIME: Fields = &[
    (1, Bool),
    (
        2,
        Struct(&[(1, Struct(NONE)), (2, Struct(NONE)), (3, Struct(NONE))]),
    ),
];

const LOGICAL_TYPE: Fields = &[
    (1, Struct(NONE)),
    (2, Struct(NONE)),
    (3, Struct(NONE)),
    (4, Struct(NONE)),
    (5, Struct(&[(1, I32), (2, I32)])),
    (6, Struct(NONE)),
    (7, Struct(TIME)),
    (8, Struct(TIME)),
    (10, Struct(&[(1, I8), (2, Bool)])),
    (11, Struct(NONE)),
    (12, Struct(NONE)),
    (13, Struct(NONE)),
    (14, Struct(NONE)),
    (15, Struct(NONE)),
    (16, Struct(&[(1, I8)])),
    (17, Struct(&[(1, Binary)])),
    (18, Struct(&[(1, Binary), (2, I32)])),
];

const SCHEMA_ELEMENT: Fields = &[
    (1, I32),
    (2, I32),
    (3, I32),
    (4, Binary),
    (5, I32),
    (6, I32),
    (7, I32),
    (8, I32),
    (9, I32),
    (10, Struct(LOGICAL_TYPE)),
];

const KEY_VALUE: Fields = &[(1, Binary), (2, Binary)];

const BOX: Fields = &[
    (1, Double),
    (2, Double),
    (3, Double),
    (4, Double),
    (5, Double),
    (6, Double),
    (7, Double),
    (8, Double),
];

const COLUMN_META: Fields = &[
    (1, I32),
    (2, List(&I32)),
    (3, List(&Binary)),
    (4, I32),
    (5, I64),
    (6, I64),
    (7, I64),
    (8, List(&Struct(KEY_VALUE))),
    (9, I64),
    (10, I64),
    (11, I64),
    (12, Struct(STATISTICS)),
    (13, List(&Struct(&[(1, I32), (2, I32), (3, I32)]))),
    (14, I64),
    (15, I32),
    (16, Struct(&[(1, I64), (2, List(&I64)), (3, List(&I64))])),
    (17, Struct(&[(1, Struct(BOX)), (2, List(&I32))])),
];

const COLUMN_CHUNK: Fields = &[
    (1, Binary),
    (2, I64),
    (3, Struct(COLUMN_META)),
    (4, I64),
    (5, I32),
    (6, I64),
    (7, I32),
    (8, Struct(NONE)),
    (9, Binary),
];

const ROW_GROUP: Fields = &[
    (1, List(&Struct(COLUMN_CHUNK))),
    (2, I64),
    (3, I64),
    (4, List(&Struct(&[(1, I32), (2, Bool), (3, Bool)]))),
    (5, I64),
    (6, I64),
    (7, I16),
];

/// The footer of a Parquet file.
pub(crate) const FILE_META: Fields = &[
    (1, I32),
    (2, List(&Struct(SCHEMA_ELEMENT))),
    (3, I64),
    (4, List(&Struct(ROW_GROUP))),
    (5, List(&Struct(KEY_VALUE))),
    (6, Binary),
    (
        7,
        List(&Struct(&[
            (1, Struct(NONE)),
            (2, Struct(NONE)),
            (3, Struct(NONE)),
        ])),
    ),
    (8, Struct(NONE)),
    (9, Binary),
];

/// The header of one page.
pub(crate) const PAGE_HEADER: Fields = &[
    (1, I32),
    (2, I32),
    (3, I32),
    (4, I32),
    (
        5,
        Struct(&[
            (1, I32),
            (2, I32),
            (3, I32),
            (4, I32),
            (5, Struct(STATISTICS)),
        ]),
    ),
    (6, Struct(NONE)),
    (7, Struct(&[(1, I32), (2, I32), (3, Bool)])),
    (
        8,
        Struct(&[
            (1, I32),
            (2, I32),
            (3, I32),
            (4, I32),
            (5, I32),
            (6, I32),
            (7, Bool),
            (8, Struct(STATISTICS)),
        ]),
    ),
];

/// Why a text is not the structure it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThriftFault {
    /// It ends too early: a length reaches past the end.
    Short,
    /// A field has another kind than it must have, or there is no such kind.
    Malformed,
}

/// Told of every whole number: the numbers of the fields around it, and its value.
type OnInteger<'a> = &'a mut dyn FnMut(&[i16], i64);

/// Checks the structure at the beginning of the bytes and answers its length.
pub(crate) fn check(
    bytes: &[u8],
    fields: Fields,
    on_integer: OnInteger<'_>,
) -> Result<usize, ThriftFault> {
    let mut walker = Walker {
        rest: bytes,
        path: Vec::new(),
        on_integer,
    };
    walker.structure(fields, 0)?;
    bytes
        .len()
        .checked_sub(walker.rest.len())
        .ok_or(ThriftFault::Short)
}

struct Walker<'a, 'b> {
    rest: &'a [u8],
    path: Vec<i16>,
    on_integer: OnInteger<'b>,
}

impl<'a> Walker<'a, '_> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], ThriftFault> {
        let count = usize::try_from(count).map_err(|_| ThriftFault::Short)?;
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(ThriftFault::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, ThriftFault> {
        self.take(1)?.first().copied().ok_or(ThriftFault::Short)
    }

    fn varint(&mut self) -> Result<u64, ThriftFault> {
        let mut value = 0u64;
        for place in 0..VARINT_BYTES_MAX {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            value |= bits.wrapping_shl(place.saturating_mul(7));
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ThriftFault::Malformed)
    }

    fn integer(&mut self) -> Result<i64, ThriftFault> {
        let value = self.varint()?;
        let half = i64::try_from(value >> 1).map_err(|_| ThriftFault::Malformed)?;
        Ok(if value & 1 == 1 { !half } else { half })
    }

    fn structure(&mut self, known: Fields, depth: u8) -> Result<(), ThriftFault> {
        if depth > DEPTH_MAX {
            return Err(ThriftFault::Malformed);
        }
        let mut id = 0i16;
        loop {
            let head = self.byte()?;
            if head & 0x0F == 0 {
                return if head == 0 {
                    Ok(())
                } else {
                    Err(ThriftFault::Malformed)
                };
            }
            id = match i16::from(head >> 4) {
                0 => i16::try_from(self.integer()?).map_err(|_| ThriftFault::Malformed)?,
                more => id.checked_add(more).ok_or(ThriftFault::Malformed)?,
            };
            let kind = known.iter().find(|(known, _)| *known == id);
            self.path.push(id);
            self.value(head & 0x0F, kind.map(|(_, kind)| *kind), depth)?;
            self.path.pop();
        }
    }

    /// One value of the written kind, which must be the known one.
    fn value(&mut self, written: u8, known: Option<Kind>, depth: u8) -> Result<(), ThriftFault> {
        if known.is_some_and(|known| !known.is_written(written)) {
            return Err(ThriftFault::Malformed);
        }
        match written {
            1 | 2 => Ok(()),
            3 => self.take(1).map(drop),
            4..=6 => {
                let value = self.integer()?;
                (self.on_integer)(&self.path, value);
                Ok(())
            }
            7 => self.take(8).map(drop),
            8 => {
                let length = self.varint()?;
                self.take(length).map(drop)
            }
            9 => self.list(known, depth),
            12 => {
                let fields = match known {
                    Some(Struct(fields)) => fields,
                    Some(Bool | I8 | I16 | I32 | I64 | Double | Binary | List(_)) | None => NONE,
                };
                self.structure(fields, depth.saturating_add(1))
            }
            _ => Err(ThriftFault::Malformed),
        }
    }

    fn list(&mut self, known: Option<Kind>, depth: u8) -> Result<(), ThriftFault> {
        if depth > DEPTH_MAX {
            return Err(ThriftFault::Malformed);
        }
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        let left = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        if count > left {
            return Err(ThriftFault::Short);
        }
        if count > ELEMENTS_MAX {
            return Err(ThriftFault::Malformed);
        }
        let element = match known {
            Some(List(element)) => Some(*element),
            Some(Bool | I8 | I16 | I32 | I64 | Double | Binary | Struct(_)) | None => None,
        };
        for _ in 0..count {
            match head & 0x0F {
                // Truth values in lists take a byte each.
                1 | 2 => self.take(1).map(drop)?,
                written => self.value(written, element, depth.saturating_add(1))?,
            }
        }
        Ok(())
    }
}

impl Kind {
    fn is_written(self, written: u8) -> bool {
        match self {
            Bool => matches!(written, 1 | 2),
            I8 => written == 3,
            I16 => written == 4,
            I32 => written == 5,
            I64 => written == 6,
            Double => written == 7,
            Binary => written == 8,
            List(_) => written == 9,
            Struct(_) => written == 12,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of fields around a whole number, and its value.
    type Seen = (Vec<i16>, i64);

    fn walk(bytes: &[u8]) -> Result<(usize, Vec<Seen>), ThriftFault> {
        let mut seen = Vec::new();
        let length = check(bytes, FILE_META, &mut |path, value| {
            seen.push((path.to_vec(), value));
        })?;
        Ok((length, seen))
    }

    #[test]
    fn numbers_are_told_with_their_place() {
        // Field 1 (i32) = 1, field 3 (i64) = -2, stop; two bytes follow.
        let bytes = [0x15, 0x02, 0x26, 0x03, 0x00, 0xFF, 0xFF];
        let expected = vec![(vec![1], 1), (vec![3], -2)];
        assert_eq!(walk(&bytes), Ok((5, expected)));
    }

    #[test]
    fn absurd_lengths_are_noticed() {
        // Field 4, a list of 2^31 - 1 structures.
        let list = [0x49, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x00];
        assert_eq!(walk(&list), Err(ThriftFault::Short));
        // Field 6, a text of 127 bytes.
        assert_eq!(walk(&[0x68, 0x7F, 0x00]), Err(ThriftFault::Short));
        assert_eq!(walk(&[]), Err(ThriftFault::Short));
        assert_eq!(walk(&[0x15, 0xFF]), Err(ThriftFault::Short));
    }

    #[test]
    fn another_kind_is_noticed() {
        // Field 4 as a text: the reader would take its bytes for a list.
        assert_eq!(
            walk(&[0x48, 0x02, 0xFC, 0x00, 0x00]),
            Err(ThriftFault::Malformed)
        );
        // Field 4, a list of numbers.
        assert_eq!(walk(&[0x49, 0x15, 0x00, 0x00]), Err(ThriftFault::Malformed));
        assert_eq!(walk(&[0x15; 1 << 10]), Err(ThriftFault::Malformed));
        // An unknown field nests without end.
        assert_eq!(walk(&[0xFC; 1 << 10]), Err(ThriftFault::Malformed));
        assert_eq!(walk(&[0x10, 0x00]), Err(ThriftFault::Malformed));
    }
}
