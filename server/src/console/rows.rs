//! Payouts as rows of a table.

use zhida_engine::payouts::{Payout, PayoutState, WaitsFor};
use zhida_policies::values::Date;
use zhida_policies::values::date::days_between;

use crate::payouts::sheet;
use crate::table::money;
use crate::views::payout_steps::period;

/// One payout as a row.
#[derive(Clone, Debug)]
pub(super) struct PayoutRow {
    /// Its name.
    pub(super) id: String,
    /// The enterprise.
    pub(super) enterprise: String,
    /// Its code.
    pub(super) uscc: String,
    /// The measure in words.
    pub(super) title: String,
    /// The award period.
    pub(super) period: String,
    /// The award in yuan.
    pub(super) amount: String,
    /// Where it stands.
    pub(super) state: &'static str,
    /// In which colour.
    pub(super) tone: &'static str,
    /// Who must do what.
    pub(super) next: String,
    /// How many days it has stood there.
    pub(super) days: i64,
    /// Whose it is.
    pub(super) bureau: String,
}

impl PayoutRow {
    /// The row of a payout on a day.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are all told alike"
    )]
    pub(super) fn of(payout: &Payout, today: Date) -> Self {
        let waiting = payout.waiting();
        let next = match waiting.on {
            WaitsFor::Nobody => String::new(),
            on => format!("{}{}", sheet::who(on), waiting.step),
        };
        let state = payout.state();
        Self {
            id: payout.id.to_string(),
            enterprise: payout.enterprise.clone(),
            uscc: payout.key.uscc.to_string(),
            title: payout.terms.title.clone(),
            period: period(payout),
            amount: money(payout.amount),
            state: state.chinese(),
            tone: tone(state),
            next,
            days: days_between(waiting.since.business_date(), today),
            bureau: payout.key.bureau.to_string(),
        }
    }

    /// The rows of several.
    pub(super) fn all(payouts: &[Payout], today: Date) -> Vec<Self> {
        payouts
            .iter()
            .map(|payout| Self::of(payout, today))
            .collect()
    }
}

/// The colour of a state.
pub(super) const fn tone(state: PayoutState) -> &'static str {
    match state {
        PayoutState::Paid | PayoutState::Settled => "good",
        PayoutState::Objected
        | PayoutState::Unknown
        | PayoutState::Rejected
        | PayoutState::Returned => "bad",
        PayoutState::Declined | PayoutState::Expired | PayoutState::Cancelled => "none",
        PayoutState::Computed
        | PayoutState::Proposed
        | PayoutState::Checked
        | PayoutState::Approved
        | PayoutState::AwaitPayee
        | PayoutState::Confirmed
        | PayoutState::Reissue => "wait",
        PayoutState::OnNotice
        | PayoutState::Batched
        | PayoutState::Sealed
        | PayoutState::Sending
        | PayoutState::Sent
        | PayoutState::Accepted => "",
    }
}
