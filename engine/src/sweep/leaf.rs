//! The canonical bytes of an enterprise's kept decisions: what its leaf in the Merkle tree is
//! hashed over.

use zhida_policies::measure::AwardKind;

use crate::column::{Outcome, RowDecision};
use crate::decision::Reason;
use crate::merkle::TreeHash;
use crate::sweep::canonical::Canonical;
use crate::sweep::detail::Detail;

/// The version of the encoding, and the first byte of every leaf.
pub const LEAF_FORMAT: u8 = 2;

/// Writes the decisions of one enterprise after the other in their canonical form.
///
/// # Shape
/// Numbers, amounts in fen and texts are written as [`Canonical`] says.
///
/// | content | written as |
/// |---|---|
/// | the version, 2 | 1 byte |
/// | the code of the enterprise | text |
/// | how many decisions are kept of it | number |
///
/// Then each of these, in the order of the library:
///
/// | content | written as |
/// |---|---|
/// | the place of the measure in the library | number |
/// | the outcome: 2 undetermined, 3 eligible, 4 error | 1 byte |
/// | the number of the reason; 0 for none | number |
///
/// An eligible decision goes on with 1 byte, 0 for an amount and 1 for a ceiling, and the amount.
/// An undetermined one goes on with the least award, 1 byte that says whether there is a greatest
/// one, that one where there is, and the names of the missing facts as a text.
#[derive(Default)]
pub(crate) struct LeafEncoder {
    canonical: Canonical,
}

impl LeafEncoder {
    /// Begins the leaf of an enterprise of which so many decisions are kept.
    pub(crate) fn begin(&mut self, uscc: &str, decisions: usize) {
        self.canonical.begin(LEAF_FORMAT);
        self.canonical.text(uscc);
        self.canonical.length(decisions);
    }

    /// Adds a decision.
    pub(crate) fn add(&mut self, decision: &RowDecision, kind: AwardKind, detail: Option<&Detail>) {
        let to = &mut self.canonical;
        to.length(decision.measure());
        to.byte(match decision.outcome() {
            Outcome::Undetermined => 2,
            Outcome::Eligible => 3,
            Outcome::Error => 4,
        });
        to.number(decision.reason().map_or(0, Reason::code).into());
        if let Some(award) = decision.award() {
            to.byte(match kind {
                AwardKind::Amount => 0,
                AwardKind::Ceiling => 1,
            });
            to.amount(award.fen());
        }
        if let Some(detail) = detail {
            to.amount(detail.least.fen());
            to.byte(u8::from(detail.greatest.is_some()));
            if let Some(greatest) = detail.greatest {
                to.amount(greatest.fen());
            }
            to.text(&detail.missing);
        }
    }

    /// The hash of the leaf.
    pub(crate) fn hash(&self) -> TreeHash {
        self.canonical.hash()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zhida_policies::values::Money;

    use super::*;
    use crate::column::UnknownParts;

    #[test]
    fn the_bytes_are_those_of_the_table() {
        let mut encoder = LeafEncoder::default();
        encoder.begin("AB", 4);
        // 0x0102 is 2 · 128 + 2, and 0x0304 fen twice is 12 · 128 + 8.
        let eligible = RowDecision::eligible(9, 0x0102, 0x0304);
        encoder.add(&eligible, AwardKind::Ceiling, None);
        let mut expected = vec![2, 2, b'A', b'B', 4, 0x82, 2, 3, 0, 1, 0x88, 12];

        // 401 is division by zero: 3 · 128 + 17.
        let error = RowDecision::error(9, 0x0103, Reason::DivisionByZero);
        encoder.add(&error, AwardKind::Amount, None);
        expected.extend([0x83, 2, 4, 0x91, 3]);

        // 301 is missing facts: 2 · 128 + 45.
        let unknown = RowDecision::undetermined(9, 0x0104, UnknownParts::AWARD);
        let mut detail = Detail {
            least: Money::from_fen(5),
            greatest: Some(Money::from_fen(256)),
            missing: Arc::from("x"),
        };
        encoder.add(&unknown, AwardKind::Amount, Some(&detail));
        expected.extend([0x84, 2, 2, 0xad, 2, 10, 1, 0x80, 4, 1, b'x']);
        detail.greatest = None;
        encoder.add(&unknown, AwardKind::Amount, Some(&detail));
        expected.extend([0x84, 2, 2, 0xad, 2, 10, 0, 1, b'x']);
        assert_eq!(encoder.canonical.bytes(), expected);
        assert_eq!(encoder.hash(), TreeHash::of_leaf(&expected));
    }
}
