//! The canonical bytes of a kept decision: what its leaf in the Merkle tree is hashed over.

use crate::column::{Outcome, RowDecision};
use crate::decision::Reason;
use crate::merkle::TreeHash;
use crate::sweep::detail::Detail;
use zhida_policies::measure::AwardKind;

/// The version of the encoding, and the first byte of every leaf.
pub const LEAF_FORMAT: u8 = 1;

/// Writes decisions in their canonical form into one buffer.
///
/// # Shape
/// All integers are little-endian; amounts are fen.
///
/// | bytes | content |
/// |---|---|
/// | 1 | the version, 1 |
/// | 1 | the outcome: 2 undetermined, 3 eligible, 4 error |
/// | 2 | the number of the reason; 0 for none |
/// | 4 | the place of the measure in the library |
/// | 4 + n | the code of the enterprise: its length and its bytes |
///
/// An eligible decision goes on with 1 byte, 0 for an amount and 1 for a ceiling, and 8 of money.
/// An undetermined one goes on with 8 bytes of the least award, 1 byte that says whether there is
/// a greatest one, 8 of it or zeros, and the names of the missing facts: 4 + n bytes.
/// An eligible decision of an 18-digit code is short enough for one block of SHA-256.
#[derive(Default)]
pub(crate) struct LeafEncoder {
    bytes: Vec<u8>,
}

impl LeafEncoder {
    /// The hash of the leaf of a decision.
    pub(crate) fn hash(
        &mut self,
        decision: &RowDecision,
        uscc: &str,
        kind: AwardKind,
        detail: Option<&Detail>,
    ) -> TreeHash {
        self.encode(decision, uscc, kind, detail);
        TreeHash::of_leaf(&self.bytes)
    }

    fn encode(
        &mut self,
        decision: &RowDecision,
        uscc: &str,
        kind: AwardKind,
        detail: Option<&Detail>,
    ) {
        self.bytes.clear();
        self.bytes.push(LEAF_FORMAT);
        self.bytes.push(match decision.outcome() {
            Outcome::Undetermined => 2,
            Outcome::Eligible => 3,
            Outcome::Error => 4,
        });
        let reason = decision.reason().map_or(0, Reason::code);
        self.bytes.extend_from_slice(&reason.to_le_bytes());
        let measure = u32::try_from(decision.measure()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&measure.to_le_bytes());
        self.text(uscc);
        if let Some(award) = decision.award() {
            self.bytes.push(match kind {
                AwardKind::Amount => 0,
                AwardKind::Ceiling => 1,
            });
            self.bytes.extend_from_slice(&award.fen().to_le_bytes());
        }
        if let Some(detail) = detail {
            self.bytes
                .extend_from_slice(&detail.least.fen().to_le_bytes());
            self.bytes.push(u8::from(detail.greatest.is_some()));
            let greatest = detail.greatest.map_or(0, |money| money.fen());
            self.bytes.extend_from_slice(&greatest.to_le_bytes());
            self.text(&detail.missing);
        }
    }

    fn text(&mut self, text: &str) {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zhida_policies::values::Money;

    use super::*;
    use crate::column::UnknownParts;

    fn bytes(decision: &RowDecision, kind: AwardKind, detail: Option<&Detail>) -> Vec<u8> {
        let mut encoder = LeafEncoder::default();
        encoder.encode(decision, "AB", kind, detail);
        encoder.bytes
    }

    #[test]
    fn the_bytes_are_those_of_the_table() {
        let eligible = RowDecision::eligible(9, 0x0102, 0x0304);
        let expected = [
            &[1, 3, 0, 0, 2, 1, 0, 0, 2, 0, 0, 0, b'A', b'B', 1][..],
            &[4, 3, 0, 0, 0, 0, 0, 0],
        ];
        assert_eq!(
            bytes(&eligible, AwardKind::Ceiling, None),
            expected.concat()
        );

        // 401 is division by zero.
        let error = RowDecision::error(0, 7, Reason::DivisionByZero);
        let expected = [1, 4, 0x91, 1, 7, 0, 0, 0, 2, 0, 0, 0, b'A', b'B'];
        assert_eq!(bytes(&error, AwardKind::Amount, None), expected);

        // 301 is missing facts.
        let unknown = RowDecision::undetermined(0, 1, UnknownParts::AWARD);
        let mut detail = Detail {
            least: Money::from_fen(5),
            greatest: Some(Money::from_fen(256)),
            missing: Arc::from("x"),
        };
        let head = [1, 2, 0x2d, 1, 1, 0, 0, 0, 2, 0, 0, 0, b'A', b'B'];
        let known = [
            &head[..],
            &[5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0],
            &[1, 0, 0, 0, b'x'],
        ];
        let found = bytes(&unknown, AwardKind::Amount, Some(&detail));
        assert_eq!(found, known.concat());
        detail.greatest = None;
        let open = [
            &head[..],
            &[5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[1, 0, 0, 0, b'x'],
        ];
        let found = bytes(&unknown, AwardKind::Amount, Some(&detail));
        assert_eq!(found, open.concat());
    }
}
