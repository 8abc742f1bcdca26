//! The transitions of PAYOUTS.md part 2, each with its guards.

mod answer;
mod approve;
mod batch;
mod blocks;
mod carry;
mod confirm;
mod entitle;
mod motions;
mod people;
mod policies;
mod publish;
mod recover;
mod send;

use super::payout::Payout;
use super::refusal::Refusal;
use super::stage::PayoutState;

/// Refuses a step on a payout that is not where it begins.
fn stands_at(payout: &Payout, states: &[PayoutState], step: &'static str) -> Result<(), Refusal> {
    let state = payout.state();
    if states.contains(&state) {
        return Ok(());
    }
    Err(Refusal::WrongState {
        payout: payout.id.clone(),
        state,
        step,
    })
}

/// Refuses an order without its reason.
fn has_reason(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::NoReason);
    }
    Ok(())
}
