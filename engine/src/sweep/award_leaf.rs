//! The canonical bytes of a row of the payable list: what its leaf in the Merkle tree is hashed
//! over.

use zhida_policies::values::Money;

use crate::awards::{ClaimState, Standing};
use crate::decision::Reason;
use crate::merkle::TreeHash;
use crate::sweep::award_row::AwardRow;

/// The version of the encoding, and the first byte of every leaf.
pub const AWARD_LEAF_FORMAT: u8 = 1;

/// Writes rows in their canonical form into one buffer.
///
/// # Shape
/// All integers are little-endian; amounts are 8 bytes of fen; a text is its length in 4 bytes and
/// its bytes.
///
/// | bytes | content |
/// |---|---|
/// | 1 | the version, 1 |
/// | 1 | what was decided: 0 eligible, 1 a ceiling, 2 undetermined, 3 error |
/// | 1 | how firm it is: 0 final, 1 may rise, 2 may fall, 3 open |
/// | 2 | the number of the reason; 0 for none |
/// | 4 | the place of the measure in the library |
/// | 4 + n | the code of the enterprise |
/// | 48 | base, amount, payable, least, greatest and paid; -1 for a greatest without bound |
/// | 4 + n | the fund; empty for none |
///
/// Then the shares, the instalments and the changes, each list behind its length in 4 bytes. A
/// share is the text of its bearer and an amount. An instalment is 2 bytes of its number, an
/// amount, and 1 byte: 1 for one that is due now, plus 2 for one with a condition. A change is
/// 1 byte of its step, the texts of rule and cause, the amounts before and after, and the text of
/// its figures.
#[derive(Default)]
pub(crate) struct AwardLeafEncoder {
    bytes: Vec<u8>,
}

impl AwardLeafEncoder {
    /// The hash of the leaf of a row.
    pub(crate) fn hash(&mut self, row: &AwardRow<'_>) -> TreeHash {
        self.encode(row);
        TreeHash::of_leaf(&self.bytes)
    }

    fn encode(&mut self, row: &AwardRow<'_>) {
        let award = row.award;
        self.bytes.clear();
        self.bytes.push(AWARD_LEAF_FORMAT);
        self.bytes.push(match award.state {
            ClaimState::Eligible => 0,
            ClaimState::Ceiling => 1,
            ClaimState::Undetermined => 2,
            ClaimState::Error => 3,
        });
        self.bytes.push(match award.standing() {
            Standing::Final => 0,
            Standing::MayRise => 1,
            Standing::MayFall => 2,
            Standing::Open => 3,
        });
        let reason = award.reason.map_or(0, Reason::code);
        self.bytes.extend_from_slice(&reason.to_le_bytes());
        self.bytes.extend_from_slice(&award.measure.to_le_bytes());
        self.text(row.uscc);
        let payable = award.payable();
        for amount in [award.base, award.amount, payable, award.least] {
            self.amount(amount);
        }
        let greatest = row.greatest().map_or(-1, Money::fen);
        self.bytes.extend_from_slice(&greatest.to_le_bytes());
        self.amount(award.paid);
        self.text(row.fund().unwrap_or_default());
        self.parts(row);
    }

    fn parts(&mut self, row: &AwardRow<'_>) {
        self.length(row.shares.len());
        for share in &row.shares {
            self.text(share.bearer);
            self.amount(share.amount);
        }
        self.length(row.instalments.len());
        for part in &row.instalments {
            self.bytes.extend_from_slice(&part.number.to_le_bytes());
            self.amount(part.amount);
            let conditional = if part.is_conditional { 2 } else { 0 };
            self.bytes.push(u8::from(part.is_due) | conditional);
        }
        self.length(row.changes.len());
        for change in &row.changes {
            self.bytes.push(change.step);
            self.text(change.rule);
            self.text(change.cause);
            self.amount(change.before);
            self.amount(change.after);
            self.text(&change.figures);
        }
    }

    fn amount(&mut self, amount: Money) {
        self.bytes.extend_from_slice(&amount.fen().to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn length(&mut self, length: usize) {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
    }
}
