//! The canonical bytes of what a leaf of a Merkle tree is hashed over.

use crate::merkle::TreeHash;

/// The most bytes of a number: seven of its 64 bits in each.
const NUMBER_BYTES_MAX: usize = 10;

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

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn number(&mut self, number: u64) {
        // What has several bytes goes into the buffer in one piece.
        let (mut bytes, mut rest, mut last) = ([0u8; NUMBER_BYTES_MAX], number, 0);
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = rest.to_le_bytes()[0];
            rest >>= 7;
            last = place;
            if rest == 0 {
                break;
            }
            *byte |= 0x80;
        }
        self.bytes
            .extend_from_slice(bytes.get(..=last).unwrap_or_default());
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
