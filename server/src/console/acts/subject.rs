//! What a field names must lie within sight, or it is not there at all.

use zhida_engine::payouts::{BatchId, Digest, MotionId, PayoutId};
use zhida_policies::values::Uscc;

use crate::views::seen::sees_enterprise;
use crate::views::{payouts, things};
use crate::web::{Ask, WebFault};

/// What a field names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Names {
    /// Nothing that belongs to anybody.
    Nothing,
    /// A payout.
    Payout,
    /// A batch.
    Batch,
    /// What needs several people.
    Motion,
    /// A budget line.
    Line,
    /// A paying account.
    Payer,
    /// A movement that nobody ordered.
    BankLine,
    /// An enterprise.
    Enterprise,
}

/// Refuses what is not there, or not within sight: nobody can tell which.
///
/// # Errors
/// [`WebFault::missing`].
pub(in crate::console) async fn lies_within(
    ask: &Ask,
    names: Names,
    name: &str,
) -> Result<(), WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let is_there = match names {
        Names::Nothing => true,
        Names::Payout => {
            let found = payouts::find(store, scope, &PayoutId::new(name)).await?;
            found.is_some()
        }
        Names::Batch => {
            let found = things::batch(store, scope, &BatchId::new(name)).await?;
            found.is_some()
        }
        Names::Motion => {
            let found = things::motion(store, scope, &MotionId::new(name)).await?;
            found.is_some()
        }
        Names::Line => {
            let lines = things::lines(store, scope).await?;
            lines.iter().any(|line| line.id.as_str() == name)
        }
        Names::Payer => {
            let payers = things::payers(store, scope).await?;
            payers.iter().any(|payer| payer.id.as_str() == name)
        }
        Names::BankLine => things::sees_bank_line(store, scope, &Digest::new(name)).await?,
        Names::Enterprise => match Uscc::parse(name) {
            Ok((uscc, _)) => sees_enterprise(ask, uscc).await?,
            Err(_) => false,
        },
    };
    if is_there {
        Ok(())
    } else {
        Err(WebFault::missing())
    }
}
