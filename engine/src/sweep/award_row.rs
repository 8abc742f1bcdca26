//! One row of the payable list: an award with what its steps changed.

use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::awards::{Award, Cause, Change, ClaimState, Settled, Standing, Step};
use crate::snapshot::Snapshot;

/// The awards of a settlement that the list holds, in their order.
#[derive(Clone, Copy)]
pub(crate) struct AwardList<'a> {
    pub(crate) library: &'a Library,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) settled: &'a Settled,
}

/// The funds that the measures of a library state.
pub(crate) struct StatedFunds<'a> {
    pub(crate) library: &'a Library,
    /// Each once.
    pub(crate) funds: Vec<&'a str>,
    /// The place of its fund among these, by measure.
    pub(crate) fund_of: Vec<Option<usize>>,
}

impl<'a> StatedFunds<'a> {
    pub(crate) fn new(library: &'a Library) -> Self {
        let named = |measure: &'a Measure| measure.fund.as_ref().map(|fund| &*fund.0);
        let mut funds: Vec<&str> = library.measures.iter().filter_map(named).collect();
        funds.sort_unstable();
        funds.dedup();
        let place = |measure| funds.binary_search(&named(measure)?).ok();
        let fund_of = library.measures.iter().map(place).collect();
        Self {
            library,
            funds,
            fund_of,
        }
    }
}

/// One row of the list.
pub(crate) struct AwardRow<'a> {
    pub(crate) award: &'a Award,
    pub(crate) standing: Standing,
    pub(crate) payable: Money,
    pub(crate) shares: Vec<ShareRow<'a>>,
    pub(crate) instalments: Vec<InstalmentRow>,
    pub(crate) changes: &'a [Change],
}

/// Who bears which part of what may be paid.
pub(crate) struct ShareRow<'a> {
    pub(crate) bearer: &'a str,
    pub(crate) amount: Money,
}

/// A part of what may be paid that falls due on its own.
pub(crate) struct InstalmentRow {
    /// Its number, from 1.
    pub(crate) number: u16,
    pub(crate) amount: Money,
    pub(crate) is_due: bool,
    pub(crate) is_conditional: bool,
}

impl<'a> AwardList<'a> {
    /// A row of the list.
    pub(crate) fn row(&self, award: &'a Award, measure: &'a Measure) -> AwardRow<'a> {
        AwardRow {
            award,
            standing: award.standing(),
            payable: award.payable(),
            shares: shares(award, measure),
            instalments: instalments(award, measure),
            changes: self.settled.changes_of(award),
        }
    }
}

impl AwardRow<'_> {
    /// The most that the award can become; nothing where nothing bounds it.
    pub(crate) fn greatest(&self) -> Option<Money> {
        Some(self.award.greatest).filter(|greatest| *greatest != Money::MAX)
    }
}

/// Whether an award is final, and all its amounts are its base.
#[inline]
pub(crate) fn is_plain(award: &Award) -> bool {
    [award.amount, award.least, award.greatest] == [award.base; 3]
        && award.greatest != Money::MAX
        && award.state == ClaimState::Eligible
        && award.paid.is_zero()
        && award.reason.is_none()
        && award.changes.is_empty()
}

/// Whether an award is a row of the list: it has an amount or a change.
pub(crate) fn is_listed(award: &Award) -> bool {
    !award.base.is_zero() || !award.amount.is_zero() || !award.changes.is_empty()
}

fn shares<'a>(award: &Award, measure: &'a Measure) -> Vec<ShareRow<'a>> {
    if measure.shares.is_empty() {
        return Vec::new();
    }
    let parts = measure.shares.iter().zip(award.shares(measure));
    parts
        .map(|(share, amount)| ShareRow {
            bearer: &share.bearer,
            amount,
        })
        .collect()
}

/// The parts of what may be paid; nothing where it is paid at once.
fn instalments(award: &Award, measure: &Measure) -> Vec<InstalmentRow> {
    if measure.instalments.is_empty() {
        return Vec::new();
    }
    let parts = award.instalments(measure);
    let parts = parts.iter().zip(&measure.instalments).zip(1u16..);
    parts
        .map(|((due, stated), number)| InstalmentRow {
            number,
            amount: due.amount,
            is_due: due.is_due,
            is_conditional: stated.condition.is_some(),
        })
        .collect()
}

/// The name of a rule in files: that of the cap, fund or group, else of the measure.
pub(crate) fn rule_id(library: &Library, step: Step, rule: u32) -> &str {
    let rule = at(rule);
    let id = match step {
        Step::Caps => library.caps.get(rule).map(|cap| &cap.id),
        Step::Funds => library.funds.get(rule).map(|fund| &fund.id),
        Step::HighestOf => library.highest_of.get(rule).map(|group| &group.id),
        Step::EarlierPayments | Step::Places | Step::PayableFrom => {
            library.measures.get(rule).map(|measure| &measure.id)
        }
    };
    id.map_or("", |id| &id.0)
}

/// The number and the word for what was decided.
pub(crate) const fn state_word(state: ClaimState) -> (u8, &'static str) {
    match state {
        ClaimState::Eligible => (0, "eligible"),
        ClaimState::Ceiling => (1, "ceiling"),
        ClaimState::Undetermined => (2, "undetermined"),
        ClaimState::Error => (3, "error"),
    }
}

/// The number and the word for how firm an award is.
pub(crate) const fn standing_word(standing: Standing) -> (u8, &'static str) {
    match standing {
        Standing::Final => (0, "final"),
        Standing::MayRise => (1, "may_rise"),
        Standing::MayFall => (2, "may_fall"),
        Standing::Open => (3, "open"),
    }
}

/// The number and the word for why an award changed.
pub(crate) const fn cause_word(cause: Cause) -> (u8, &'static str) {
    match cause {
        Cause::PaidThisPeriod(_) => (0, "paid_this_period"),
        Cause::PaidOtherYears(_) => (1, "paid_other_years"),
        Cause::NoPlace { .. } => (2, "no_place"),
        Cause::NoRank => (3, "no_rank"),
        Cause::NotHighest { .. } => (4, "not_highest"),
        Cause::TopUp(_) => (5, "top_up"),
        Cause::Part(_) => (6, "part"),
        Cause::UsedUp(_) => (7, "used_up"),
        Cause::Stopped(_) => (8, "stopped"),
        Cause::Weighted { .. } => (9, "weighted"),
        Cause::NoWeight => (10, "no_weight"),
        Cause::NoLimit(_) => (11, "no_limit"),
        Cause::LimitsDiffer => (12, "limits_differ"),
        Cause::BelowPayableFrom { .. } => (13, "below_payable_from"),
    }
}

pub(crate) fn at(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
