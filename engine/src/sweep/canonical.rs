//! The canonical bytes of what a leaf of a Merkle tree is hashed over.

use crate::merkle::TreeHash;

/// The bits of a number that fit eight bytes of seven.
const SPREAD_BITS: u32 = 56;

/// Groups of seven bits, each in a byte of its own.
const fn spread(number: u64) -> u64 {
    let halves = (number & 0x0fff_ffff) | (number & 0x00ff_ffff_f000_0000) << 4;
    let quarters = (halves & 0x0000_3fff_0000_3fff) | (halves & 0x0fff_c000_0fff_c000) << 2;
    (quarters & 0x007f_007f_007f_007f) | (quarters & 0x3f80_3f80_3f80_3f80) << 1
}

/// Writes one leaf after the other into one buffer.
///
/// # Shape
/// A number is written in groups of seven bits, the lowest first, each but the last with the
/// highest bit of its byte set: LEB128 without needless groups. An amount may be below zero: n is
/// written as the number 2n, or −2n − 1 below zero. A text is the number of its bytes and they.
#[derive(Default)]
pub(crate) struct Canonical {
    bytes: Vec<u8>,
}

impl Canonical {
    /// Begins a leaf with the version of its encoding.
    pub(crate) fn begin(&mut self, format: u8) {
        self.bytes.clear();
        self.bytes.push(format);
    }

    /// The hash of the leaf.
    pub(crate) fn hash(&self) -> TreeHash {
        TreeHash::of_leaf(&self.bytes)
    }

    /// Begins with nothing.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds what has been written before.
    pub(crate) fn again(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    #[inline]
    pub(crate) fn number(&mut self, number: u64) {
        let [first, ..] = number.to_le_bytes();
        if number < 0x80 {
            return self.bytes.push(first);
        }
        if number >> SPREAD_BITS != 0 {
            return self.long(number);
        }
        // Lengths follow no pattern, and a branch on each byte is guessed wrong: all eight bytes
        // are written, and those too many cut off.
        let bits = u64::BITS.saturating_sub(number.leading_zeros());
        let more = bits.saturating_sub(1).checked_div(7).unwrap_or(0);
        let marks = !(u64::MAX << more.saturating_mul(8)) & 0x8080_8080_8080_8080;
        let length = usize::try_from(more).unwrap_or(0).saturating_add(1);
        let end = self.bytes.len().saturating_add(length);
        self.bytes
            .extend_from_slice(&(spread(number) | marks).to_le_bytes());
        self.bytes.truncate(end);
    }

    /// A number of any length.
    fn long(&mut self, number: u64) {
        let mut rest = number;
        while rest > 0x7f {
            self.bytes.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest.to_le_bytes()[0]);
    }

    pub(crate) fn amount(&mut self, amount: i64) {
        self.number((amount << 1 ^ amount >> 63).cast_unsigned());
    }

    /// An amount of up to 128 bits, written in the same way.
    pub(crate) fn wide(&mut self, amount: i128) {
        if let Ok(amount) = i64::try_from(amount) {
            return self.amount(amount);
        }
        let mut rest = (amount << 1 ^ amount >> 127).cast_unsigned();
        while rest > 0x7f {
            self.bytes.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest.to_le_bytes()[0]);
    }

    pub(crate) fn length(&mut self, length: usize) {
        self.number(u64::try_from(length).unwrap_or(u64::MAX));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.length(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_lengths_are_groups_of_seven_bits() {
        let ends = (0..64).flat_map(|bits| {
            let power = 1u64 << bits;
            [power - 1, power, power | power >> 3, !power]
        });
        for number in ends.chain([u64::MAX]) {
            let mut canonical = Canonical::default();
            canonical.begin(9);
            canonical.number(number);
            let (last, others) = canonical.bytes()[1..].split_last().unwrap();
            assert!(*last < 0x80 && others.iter().all(|byte| *byte >= 0x80));
            assert!(*last > 0 || others.is_empty(), "{number}");
            let groups = canonical.bytes()[1..].iter().zip((0..).step_by(7));
            let sum = groups.map(|(byte, place)| u128::from(byte & 0x7f) << place);
            assert_eq!(sum.sum::<u128>(), u128::from(number));
        }
    }

    #[test]
    fn numbers_are_written_as_the_table_says() {
        let written = |write: &dyn Fn(&mut Canonical)| {
            let mut canonical = Canonical::default();
            canonical.begin(9);
            write(&mut canonical);
            canonical.bytes()[1..].to_vec()
        };
        // 624485 is the example of DWARF 5, appendix C: E5 8E 26.
        assert_eq!(written(&|to| to.number(624_485)), [0xe5, 0x8e, 0x26]);
        assert_eq!(written(&|to| to.number(127)), [0x7f]);
        assert_eq!(written(&|to| to.number(128)), [0x80, 1]);
        for (amount, expected) in [(0, 0), (-1, 1), (1, 2), (-64, 127), (63, 126)] {
            assert_eq!(written(&|to| to.amount(amount)), [expected], "{amount}");
            assert_eq!(
                written(&|to| to.wide(amount.into())),
                [expected],
                "{amount}"
            );
        }
        for amount in [i64::MIN, i64::MAX, -65, 64] {
            let (short, wide) = (
                written(&|to| to.amount(amount)),
                written(&|to| to.wide(amount.into())),
            );
            assert_eq!(short, wide, "{amount}");
        }
        assert_eq!(written(&|to| to.text("规")), [3, 0xe8, 0xa7, 0x84]);
    }
}
