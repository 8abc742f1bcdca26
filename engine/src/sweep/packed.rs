//! Codes of distinct numbers, and codes packed bit by bit.

/// Numbers and the codes that they got, in the order in which they came first.
#[derive(Default)]
pub(crate) struct Numbers {
    distinct: Vec<i64>,
    /// By hash: the code above zero, or zero for a free place.
    slots: Vec<u32>,
}

/// Odd and without pattern: 2⁶⁴ by the golden ratio.
pub(crate) const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The places of numbers of which there are none yet.
const SLOTS_MIN: usize = 1 << 10;

impl Numbers {
    /// The codes of these numbers, from nothing known.
    pub(crate) fn encode(&mut self, values: &[i64], codes: &mut Vec<u32>) {
        self.distinct.clear();
        self.slots.clear();
        self.slots.resize(SLOTS_MIN, 0);
        codes.clear();
        codes.reserve(values.len());
        let mut last = None;
        for value in values {
            let code = match last {
                Some((same, code)) if same == *value => code,
                _ => self.code(*value),
            };
            last = Some((*value, code));
            codes.push(code);
        }
    }

    /// The codes of more numbers, each beside the code of one that it often is; how many were that.
    pub(crate) fn encode_beside(
        &mut self,
        values: impl Iterator<Item = (i64, u32)>,
        codes: &mut Vec<u32>,
    ) -> usize {
        codes.clear();
        let mut found = 0usize;
        codes.extend(values.map(|(value, code)| {
            let other = usize::try_from(code).ok();
            let other = other.and_then(|code| self.distinct.get(code));
            if other == Some(&value) {
                found = found.saturating_add(1);
                return code;
            }
            self.code(value)
        }));
        found
    }

    /// The numbers by their codes.
    pub(crate) fn distinct(&self) -> &[i64] {
        &self.distinct
    }

    fn code(&mut self, value: i64) -> u32 {
        match self.find(value) {
            Ok(code) => code,
            Err(place) => self.add(value, place),
        }
    }

    /// The code of a number, or its free place.
    fn find(&self, value: i64) -> Result<u32, usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let hash = value.cast_unsigned().wrapping_mul(SPREAD) >> 32;
        let mut place = usize::try_from(hash).unwrap_or(0) & mask;
        while let Some(code) = self.slots.get(place).and_then(|slot| slot.checked_sub(1)) {
            let known = usize::try_from(code).ok();
            if known.and_then(|known| self.distinct.get(known)) == Some(&value) {
                return Ok(code);
            }
            place = place.wrapping_add(1) & mask;
        }
        Err(place)
    }

    fn add(&mut self, value: i64, place: usize) -> u32 {
        self.distinct.push(value);
        // A block holds fewer than 2³² numbers.
        let number = u32::try_from(self.distinct.len()).unwrap_or(u32::MAX);
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = number;
        }
        // At most half of the places are taken.
        if self.distinct.len().saturating_mul(2) > self.slots.len() {
            self.grow();
        }
        number.saturating_sub(1)
    }

    fn grow(&mut self) {
        let places = self.slots.len().saturating_mul(4).max(SLOTS_MIN);
        self.slots.clear();
        self.slots.resize(places, 0);
        // All of them differ: each looks for a free place alone.
        let distinct = std::mem::take(&mut self.distinct);
        for (value, number) in distinct.iter().zip(1u32..) {
            if let Err(place) = self.find(*value)
                && let Some(slot) = self.slots.get_mut(place)
            {
                *slot = number;
            }
        }
        self.distinct = distinct;
    }
}

/// The bits that the codes of so many values need; one at the least.
pub(crate) fn bits_for(count: u32) -> u8 {
    let highest = count.saturating_sub(1);
    u8::try_from(u32::BITS.saturating_sub(highest.leading_zeros()))
        .unwrap_or(32)
        .max(1)
}

/// One run of a code.
pub(crate) fn put_run(length: usize, code: u32, width: u8, bytes: &mut Vec<u8>) {
    put_number(length << 1, bytes);
    let wide = usize::from(width.div_ceil(8));
    bytes.extend(code.to_le_bytes().into_iter().take(wide));
}

/// One run of packed codes, filled up to eight with zeros.
pub(crate) fn pack(codes: impl ExactSizeIterator<Item = u32>, width: u8, bytes: &mut Vec<u8>) {
    let groups = codes.len().div_ceil(8);
    put_number(groups << 1 | 1, bytes);
    let length = groups.saturating_mul(usize::from(width));
    pack_bits(codes, width, length, bytes);
}

/// Codes bit by bit, the lowest first, filled up with zeros to a length in bytes.
pub(crate) fn pack_bits(
    codes: impl Iterator<Item = u32>,
    width: u8,
    length: usize,
    bytes: &mut Vec<u8>,
) {
    let start = bytes.len();
    // Whole words are written; what the last one has too much is cut off.
    bytes.reserve(length.saturating_add(8));
    let width = u32::from(width);
    let (mut word, mut filled) = (0u64, 0u32);
    for code in codes {
        word |= u64::from(code) << filled;
        filled = filled.wrapping_add(width);
        if filled >= 32 {
            let [a, b, c, d, ..] = word.to_le_bytes();
            bytes.extend_from_slice(&[a, b, c, d]);
            word >>= 32;
            filled = filled.wrapping_sub(32);
        }
    }
    bytes.extend_from_slice(&word.to_le_bytes());
    bytes.resize(start.saturating_add(length), 0);
}

/// One bit for each thing, the lowest first, filled up to whole bytes with zeros.
pub(crate) fn put_bits<T>(things: &[T], is_set: impl Fn(&T) -> bool, bytes: &mut Vec<u8>) {
    bytes.reserve(things.len().div_ceil(8));
    let (eights, rest) = things.as_chunks::<8>();
    bytes.extend(eights.iter().map(|eight| {
        // Each byte of the word holds one bit; the product brings them together in the highest.
        let word = u64::from_le_bytes(eight.each_ref().map(|thing| u8::from(is_set(thing))));
        let [.., bits] = word.wrapping_mul(0x0102_0408_1020_4080).to_le_bytes();
        bits
    }));
    if !rest.is_empty() {
        let bits = rest.iter().zip(0u8..);
        bytes.push(bits.fold(0, |byte, (thing, at)| byte | u8::from(is_set(thing)) << at));
    }
}

/// A number in groups of seven bits, the lowest first.
pub(crate) fn put_number(number: usize, bytes: &mut Vec<u8>) {
    let mut rest = number;
    while rest > 0x7f {
        bytes.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).unwrap_or(0));
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The codes of packed bytes, bit by bit.
    fn unpack(bytes: &[u8], width: u8, count: usize) -> Vec<u32> {
        let bit = |place: usize| u32::from(bytes[place / 8] >> (place % 8) & 1);
        let code = |at: usize| {
            let bits =
                (0..usize::from(width)).map(|place| bit(at * usize::from(width) + place) << place);
            bits.sum()
        };
        (0..count).map(code).collect()
    }

    #[test]
    fn the_example_of_the_parquet_format() {
        // Encodings.md: the numbers 0 to 7 with width 3 are 88 C6 FA in hexadecimal digits.
        let mut bytes = Vec::new();
        pack(0..8u32, 3, &mut bytes);
        assert_eq!(bytes, [0b11, 0x88, 0xc6, 0xfa]);
        bytes.clear();
        put_run(300, 5, 9, &mut bytes);
        assert_eq!(bytes, [0xd8, 0x04, 5, 0]);
    }

    #[test]
    fn codes_need_as_many_bits_as_the_highest() {
        for (count, bits) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (65_536, 16)] {
            assert_eq!(bits_for(count), bits, "{count}");
        }
        assert_eq!(bits_for(u32::MAX), 32);
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_out(
            width in 1..=32u8,
            codes in prop::collection::vec(any::<u32>(), 0..100),
        ) {
            let cut = |code: &u32| code >> (32 - u32::from(width));
            let codes: Vec<u32> = codes.iter().map(cut).collect();
            let mut bytes = Vec::new();
            pack(codes.iter().copied(), width, &mut bytes);
            let groups = codes.len().div_ceil(8);
            prop_assert_eq!(bytes.len(), 1 + groups * usize::from(width));
            prop_assert_eq!(usize::from(bytes[0]), groups * 2 + 1);
            prop_assert_eq!(unpack(&bytes[1..], width, codes.len()), codes);
        }

        #[test]
        fn bits_are_those_of_codes_of_one_bit(
            bits in prop::collection::vec(any::<bool>(), 0..100),
        ) {
            let (mut bytes, mut expected) = (vec![9], vec![9]);
            put_bits(&bits, |bit| *bit, &mut bytes);
            let length = bits.len().div_ceil(8);
            pack_bits(bits.iter().map(|bit| u32::from(*bit)), 1, length, &mut expected);
            prop_assert_eq!(bytes, expected);
        }

        #[test]
        fn codes_stand_for_their_numbers(
            values in prop::collection::vec(prop_oneof![-3..3i64, any::<i64>()], 0..300),
        ) {
            let (mut numbers, mut codes) = (Numbers::default(), vec![7]);
            for _ in 0..2 {
                numbers.encode(&values, &mut codes);
                let told: Vec<i64> =
                    codes.iter().map(|code| numbers.distinct()[*code as usize]).collect();
                prop_assert_eq!(&told, &values);
                let mut sorted = numbers.distinct().to_vec();
                sorted.sort_unstable();
                sorted.dedup();
                prop_assert_eq!(sorted.len(), numbers.distinct().len());
            }
        }

        #[test]
        fn codes_beside_others_stand_for_their_numbers(
            pairs in prop::collection::vec((any::<i64>(), prop::option::of(any::<i64>())), 0..999),
        ) {
            let before: Vec<i64> = pairs.iter().map(|(before, _)| *before).collect();
            let values: Vec<i64> =
                pairs.iter().map(|(before, other)| other.unwrap_or(*before)).collect();
            let (mut numbers, mut first, mut codes) = (Numbers::default(), vec![], vec![7]);
            numbers.encode(&before, &mut first);
            let found = numbers.encode_beside(values.iter().copied().zip(first), &mut codes);
            let same = before.iter().zip(&values).filter(|(one, other)| one == other);
            prop_assert_eq!(found, same.count());
            let told: Vec<i64> =
                codes.iter().map(|code| numbers.distinct()[*code as usize]).collect();
            prop_assert_eq!(told, values);
        }
    }
}
