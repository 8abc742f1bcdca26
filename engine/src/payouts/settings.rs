//! What a bureau has decided for all its payouts.

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Money, Uscc};

use super::actor::Role;
use super::ids::{BureauId, UserId};

/// The rules of one bureau.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Whose.
    pub bureau: BureauId,
    /// From which amount a second approver must sign.
    pub second_approver_from: Option<Money>,
    /// How often an enterprise is reminded before its time is over.
    pub reminders: u16,
    /// How many days it has to confirm.
    pub confirm_days: u16,
    /// The last day of the last closed period.
    pub closed_until: Option<Date>,
}

impl Settings {
    /// A bureau that has decided nothing.
    #[must_use]
    pub fn new(bureau: BureauId) -> Self {
        Self {
            bureau,
            second_approver_from: None,
            reminders: 2,
            confirm_days: 60,
            closed_until: None,
        }
    }
}

/// A role that one user lends to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Delegation {
    /// Whose role.
    pub of: UserId,
    /// To whom.
    pub to: UserId,
    /// Which one.
    pub role: Role,
    /// From when.
    pub from: Date,
    /// Until when.
    pub until: Date,
}

/// An enterprise that may not be awarded anything for a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bar {
    /// The enterprise.
    pub uscc: Uscc,
    /// Until when.
    pub until: Date,
    /// The decision.
    pub document: String,
}
