//! Edge 1: an award of a sealed sweep becomes an entitlement.

use zhida_policies::values::Money;

use crate::payouts::actor::Role;
use crate::payouts::command::{Award, SUPPLEMENTS_MAX};
use crate::payouts::draft::Draft;
use crate::payouts::ids::PayoutId;
use crate::payouts::payout::Payout;
use crate::payouts::refusal::Refusal;
use crate::payouts::stage::{PayoutState, Stage};

/// 100 billion yuan: above it there is a mistake, and sums of payouts stay far inside 64 bits.
const AMOUNT_MAX: Money = Money::from_fen(10_000_000_000_000);

impl Draft<'_> {
    pub(in crate::payouts) fn entitle(&mut self, award: &Award) -> Result<(), Refusal> {
        let bureau = &award.key.bureau;
        self.by_system_or(Role::Maker, bureau)?;
        refuse_amount(award.amount)?;
        if award.key.supplement > SUPPLEMENTS_MAX {
            return Err(Refusal::SupplementTooEarly(award.key.payout_id()));
        }
        let line = self.books.lines.get(&award.line);
        let line = line.ok_or_else(|| Refusal::NoSuchLine(award.line.clone()))?;
        if line.bureau != *bureau {
            return Err(Refusal::NoSuchLine(award.line.clone()));
        }
        if let Some(bar) = self.books.bars.get(&award.key.uscc)
            && self.today() <= bar.until
        {
            return Err(Refusal::Barred {
                uscc: award.key.uscc,
                until: bar.until,
                document: bar.document.clone(),
            });
        }
        let id = award.key.payout_id();
        self.refuse_exclusive(award, &id)?;
        self.refuse_early_supplement(award)?;
        self.refuse_blind(award, &id)?;
        let mut fresh = self.new_payout(award, id.clone());
        if let Some(before) = self.books.payouts.get(&id) {
            // A new run may change or cancel the one entitlement, never make a second.
            let state = before.state();
            let is_open = matches!(state, PayoutState::Computed | PayoutState::Expired)
                || (state == PayoutState::Cancelled && !before.is_expensed);
            if !is_open {
                return Err(Refusal::AlreadyEntitled {
                    uscc: award.key.uscc,
                    period: award.key.period.clone(),
                    payout: id,
                    state,
                });
            }
            // What was said against it stays said, and must be answered still.
            fresh.objections.clone_from(&before.objections);
        }
        self.payouts.insert(id, fresh);
        Ok(())
    }

    /// Limits over several measures hold only where the sweep knew what was paid under them, and
    /// nothing of an older sweep is still on its way.
    fn refuse_blind(&self, award: &Award, id: &PayoutId) -> Result<(), Refusal> {
        for known in &award.knows {
            let of_enterprise = self.books.by_enterprise.get(&award.key.uscc);
            let payouts = of_enterprise.into_iter().flatten();
            let payouts = payouts.filter_map(|other| self.books.payouts.get(other));
            let mut paid = 0i64;
            for other in payouts.filter(|other| other.key.measure == known.measure) {
                let kept = other.kept().fen();
                paid = paid.saturating_add(kept);
                let is_blind = is_on_its_way(other)
                    && other.origin.sweep != award.origin.sweep
                    && other.id != *id;
                if is_blind || paid > known.paid.fen() {
                    return Err(Refusal::SweepTooOld {
                        payout: other.id.clone(),
                        state: other.state(),
                    });
                }
            }
        }
        Ok(())
    }

    pub(in crate::payouts) fn new_payout(&self, award: &Award, id: PayoutId) -> Payout {
        Payout {
            id,
            key: award.key.clone(),
            enterprise: award.enterprise.clone(),
            line: award.line.clone(),
            amount: award.amount,
            exclusive: award.exclusive.clone(),
            origin: award.origin.clone(),
            terms: award.terms.clone(),
            stage: Stage::Computed,
            signatures: Vec::new(),
            notice: None,
            notice_until: None,
            objections: Vec::new(),
            confirm_until: None,
            reminders: 0,
            payee_version: None,
            is_expensed: false,
            given_up: Money::default(),
            offset: Money::default(),
            attempts: Vec::new(),
            claims: Vec::new(),
            since: self.order.at,
        }
    }

    /// Of an exclusive group one entitlement may be alive.
    fn refuse_exclusive(&self, award: &Award, id: &PayoutId) -> Result<(), Refusal> {
        let Some(group) = &award.exclusive else {
            return Ok(());
        };
        let others = self.books.exclusive.get(group).into_iter().flatten();
        for other in others.filter(|other| *other != id) {
            let Some(other) = self.books.payouts.get(other) else {
                continue;
            };
            let has_ended = matches!(
                other.state(),
                PayoutState::Cancelled | PayoutState::Declined | PayoutState::Expired
            );
            if !has_ended && other.exclusive.as_ref() == Some(group) {
                return Err(Refusal::Exclusive(other.id.clone()));
            }
        }
        Ok(())
    }

    /// A supplement is what a sweep finds missing that knew exactly what was paid before; one that
    /// knew less would pay the difference twice.
    pub(super) fn refuse_early_supplement(&self, award: &Award) -> Result<(), Refusal> {
        let mut key = award.key.clone();
        let mut paid: Option<i64> = None;
        while let Some(before) = key.before() {
            let id = before.payout_id();
            let known = self.books.payouts.get(&id).filter(|before| {
                matches!(before.state(), PayoutState::Paid | PayoutState::Settled)
                    && before.open_return().is_zero()
            });
            let Some(known) = known else {
                return Err(Refusal::SupplementTooEarly(id));
            };
            let first = match key.supplement {
                // What the ledger knew of before the first payment was paid elsewhere.
                1 => known.origin.paid_before.fen(),
                _ => 0,
            };
            let here = known.kept().fen().saturating_add(first);
            paid = Some(paid.unwrap_or(0).saturating_add(here));
            key = before;
        }
        match paid {
            Some(paid) if paid != award.origin.paid_before.fen() => {
                Err(Refusal::SupplementTooEarly(key.payout_id()))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Refuses nothing or less, and what can only be a mistake.
pub(super) fn refuse_amount(amount: Money) -> Result<(), Refusal> {
    if amount <= Money::default() || amount > AMOUNT_MAX {
        return Err(Refusal::NotAnAmount(amount));
    }
    Ok(())
}

/// Whether money may still move for a payout.
fn is_on_its_way(payout: &Payout) -> bool {
    match payout.state() {
        PayoutState::Cancelled
        | PayoutState::Declined
        | PayoutState::Expired
        | PayoutState::Settled => false,
        PayoutState::Paid => !payout.open_return().is_zero(),
        PayoutState::Computed
        | PayoutState::Proposed
        | PayoutState::Checked
        | PayoutState::Approved
        | PayoutState::OnNotice
        | PayoutState::Objected
        | PayoutState::AwaitPayee
        | PayoutState::Confirmed
        | PayoutState::Batched
        | PayoutState::Sealed
        | PayoutState::Sending
        | PayoutState::Sent
        | PayoutState::Accepted
        | PayoutState::Unknown
        | PayoutState::Rejected
        | PayoutState::Returned
        | PayoutState::Reissue => true,
    }
}
