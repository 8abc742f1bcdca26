//! The canonical bytes of an enterprise's rows of the payable list: what its leaf in the Merkle
//! tree is hashed over.

use crate::awards::{Award, Change, ClaimState, Standing};
use crate::decision::Reason;
use crate::merkle::TreeHash;
use crate::sweep::award_row::{
    AwardRow, InstalmentRow, ShareRow, cause_word, standing_word, state_word,
};
use crate::sweep::canonical::Canonical;
use crate::sweep::figures::Written;

/// The version of the encoding, and the first byte of every leaf.
pub const AWARD_LEAF_FORMAT: u8 = 2;

/// Writes the rows of one enterprise after the other in their canonical form.
///
/// # Shape
/// Numbers, amounts in fen and texts are written as [`Canonical`] says. Every enterprise of which
/// a decision is kept has a leaf, and stands at the same place as in the tree of the decisions.
///
/// | content | written as |
/// |---|---|
/// | the version, 2 | 1 byte |
/// | the code of the enterprise | text |
/// | how many rows the list has of it | number |
///
/// Then each of these, in the order of the library:
///
/// | content | written as |
/// |---|---|
/// | the place of the measure in the library | number |
/// | what was decided: 0 eligible, 1 a ceiling, 2 undetermined, 3 error | 1 byte |
/// | how firm it is: 0 final, 1 may rise, 2 may fall, 3 open | 1 byte |
/// | what follows: a sum of the marks below | 1 byte |
/// | the base | amount |
/// | the amount, where it is not the base | amount |
/// | what may be paid, where it is not the amount | amount |
/// | the least, where it is not the amount | amount |
/// | the greatest, where there is one and it is not the amount | amount |
/// | what was paid, where it is not zero | amount |
/// | the number of the reason, where there is one | number |
///
/// The marks are 1 for an amount, 2 for a payable one, 4 for a least, 8 for a greatest, 16 for no
/// greatest at all, 32 for what was paid, 64 for a reason, 128 for lists.
///
/// Where any of the three lists is not empty, they follow, each behind its length as a number: the
/// shares, the instalments and the changes. A share is the text of its bearer and an amount. An
/// instalment is its number, an amount, and 1 byte: 1 for one that is due now, plus 2 for one with
/// a condition. A change is 1 byte of its step, the place of its rule in the library as a number
/// (the cap, fund or group, the measure itself for the other steps), 1 byte of its cause in the
/// order of [`crate::awards::Cause`], the amounts before and after, and its figures in their
/// order as amounts of up to 128 bits, a weight before its scale; instead of figures the award that
/// is higher has the code of its enterprise as a text and the place of its measure as a number.
///
/// The fund of a row is that of its measure.
#[derive(Default)]
pub(crate) struct AwardLeafEncoder {
    canonical: Canonical,
}

impl AwardLeafEncoder {
    /// Begins the leaf of an enterprise of which the list has so many rows.
    pub(crate) fn begin(&mut self, uscc: &str, rows: usize) {
        self.canonical.begin(AWARD_LEAF_FORMAT);
        self.canonical.text(uscc);
        self.canonical.length(rows);
    }

    /// Adds a row without lists in which the award is final and all amounts are the base.
    #[inline]
    pub(crate) fn plain(&mut self, award: &Award) {
        let to = &mut self.canonical;
        to.number(award.measure.into());
        to.byte(state_word(ClaimState::Eligible).0);
        to.byte(standing_word(Standing::Final).0);
        to.byte(0);
        to.amount(award.base.fen());
    }

    /// Adds a row whose lists, if it has any, follow.
    pub(crate) fn row(&mut self, row: &AwardRow<'_>) {
        let (award, to) = (row.award, &mut self.canonical);
        to.number(award.measure.into());
        to.byte(state_word(award.state).0);
        to.byte(standing_word(row.standing).0);
        let greatest = row.greatest();
        let (other, payable, least) = (
            (award.amount != award.base).then_some(award.amount),
            (row.payable != award.amount).then_some(row.payable),
            (award.least != award.amount).then_some(award.least),
        );
        let higher = greatest.filter(|greatest| *greatest != award.amount);
        let paid = (!award.paid.is_zero()).then_some(award.paid);
        let follows = [
            (1, other.is_some()),
            (2, payable.is_some()),
            (4, least.is_some()),
            (8, higher.is_some()),
            (16, greatest.is_none()),
            (32, paid.is_some()),
            (64, award.reason.is_some()),
            (128, row.has_lists()),
        ];
        let follows = follows.into_iter().filter(|(_, is_there)| *is_there);
        to.byte(follows.fold(0, |sum, (bit, _)| sum | bit));
        to.amount(award.base.fen());
        for amount in [other, payable, least, higher, paid].into_iter().flatten() {
            to.amount(amount.fen());
        }
        if let Some(reason) = award.reason {
            to.number(Reason::code(reason).into());
        }
    }

    /// Adds the length of a list.
    pub(crate) fn list(&mut self, length: usize) {
        self.canonical.length(length);
    }

    pub(crate) fn share(&mut self, share: &ShareRow<'_>) {
        self.canonical.text(share.bearer);
        self.canonical.amount(share.amount.fen());
    }

    pub(crate) fn instalment(&mut self, part: &InstalmentRow) {
        self.canonical.number(part.number.into());
        self.canonical.amount(part.amount.fen());
        let conditional = if part.is_conditional { 2 } else { 0 };
        self.canonical.byte(u8::from(part.is_due) | conditional);
    }

    pub(crate) fn change(&mut self, change: &Change, figures: &Written<'_>) {
        let to = &mut self.canonical;
        to.byte(change.step.number());
        to.number(change.rule.into());
        to.byte(cause_word(change.cause).0);
        to.amount(change.before.fen());
        to.amount(change.after.fen());
        to.again(figures.leaf);
        if let Some((weight, scale)) = figures.weight {
            to.wide(weight.into());
            to.wide(scale.into());
        }
    }

    /// The hash of the leaf.
    pub(crate) fn hash(&self) -> TreeHash {
        self.canonical.hash()
    }
}

impl AwardRow<'_> {
    /// Whether any of its lists is not empty.
    pub(crate) fn has_lists(&self) -> bool {
        !self.shares.is_empty() || !self.instalments.is_empty() || !self.changes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use zhida_policies::values::Money;

    use super::*;
    use crate::sweep::award_row::is_plain;

    fn award(fen: i64) -> Award {
        let money = Money::from_fen(fen);
        Award {
            row: 1,
            measure: 300,
            state: ClaimState::Eligible,
            base: money,
            amount: money,
            least: money,
            greatest: money,
            paid: Money::ZERO,
            reason: None,
            doubt: None,
            changes: 0..0,
        }
    }

    #[test]
    fn plain_rows_are_written_as_all_others() {
        for fen in [1, 127, 20_000_000, i64::MAX - 1] {
            let award = award(fen);
            assert!(is_plain(&award), "{award:?}");
            let row = AwardRow {
                award: &award,
                standing: award.standing(),
                payable: award.payable(),
                shares: Vec::new(),
                instalments: Vec::new(),
                changes: &[],
            };
            let (mut one, mut other) = (AwardLeafEncoder::default(), AwardLeafEncoder::default());
            one.plain(&award);
            other.row(&row);
            assert_eq!(one.canonical.bytes(), other.canonical.bytes());
        }
    }

    #[test]
    fn rows_that_say_more_are_not_plain() {
        let seven = Money::from_fen(7);
        let change: [&dyn Fn(&mut Award); 8] = [
            &|award| award.state = ClaimState::Undetermined,
            &|award| award.base = seven,
            &|award| award.amount = seven,
            &|award| award.least = seven,
            &|award| award.greatest = Money::MAX,
            &|award| award.paid = seven,
            &|award| award.reason = Some(Reason::AlreadyPaid),
            &|award| award.changes = 3..4,
        ];
        for (at, change) in change.iter().enumerate() {
            let mut award = award(9);
            change(&mut award);
            assert!(!is_plain(&award), "{at}: {award:?}");
        }
        // The largest amount there is says that nothing bounds it.
        assert!(!is_plain(&award(i64::MAX)));
    }
}
