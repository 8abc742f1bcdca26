//! The figures of sign-in, as the installation's settings file says.

use serde::Deserialize;

use crate::accounts::password::Profile;

/// A minute in microseconds.
pub(crate) const MINUTE: i64 = 60 * 1_000_000;
/// An hour in microseconds.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// A day in microseconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// The figures of sign-in: the part `[accounts]` of the installation's settings.
///
/// # Source
/// GB/T 22239-2019 8.1.4.1 and ASVS 5.0 chapters 6 and 7, by way of SECURITY.md.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccountSettings {
    /// Which rules passwords follow.
    pub(crate) passwords: Profile,
    /// A session that nobody uses for so many minutes ends.
    pub(crate) idle_minutes: u32,
    /// A session ends after so many hours, used or not.
    pub(crate) session_hours: u32,
    /// How many minutes a fresh code of the second factor lets somebody seal, send and claim back.
    pub(crate) step_up_minutes: u32,
    /// How many hours a one-time code for setting up or resetting can be used.
    pub(crate) code_hours: u32,
    /// For how many days an API token can be made at most.
    pub(crate) token_days_max: u32,
    /// An account that nobody signed in to for so many days is listed.
    pub(crate) stale_days: u32,
    /// How many passwords are hashed at once.
    pub(crate) hashing_at_once: u32,
    /// How many may wait to be hashed; whoever comes then is asked to come again.
    pub(crate) hashing_waiting: u32,
    /// What authenticator applications call this installation.
    pub(crate) issuer: String,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            passwords: Profile::default(),
            idle_minutes: 30,
            session_hours: 12,
            step_up_minutes: 10,
            code_hours: 24,
            token_days_max: 365,
            stale_days: 90,
            hashing_at_once: 1,
            hashing_waiting: 64,
            issuer: "直达".to_owned(),
        }
    }
}

impl AccountSettings {
    /// How long a session may lie unused, in microseconds.
    pub(crate) fn idle(&self) -> i64 {
        MINUTE.saturating_mul(self.idle_minutes.into())
    }

    /// How long a session lives, in microseconds.
    pub(crate) fn session(&self) -> i64 {
        HOUR.saturating_mul(self.session_hours.into())
    }

    /// How long a fresh code counts, in microseconds.
    pub(crate) fn step_up(&self) -> i64 {
        MINUTE.saturating_mul(self.step_up_minutes.into())
    }

    /// How long a one-time code lives, in microseconds.
    pub(crate) fn code(&self) -> i64 {
        HOUR.saturating_mul(self.code_hours.into())
    }

    /// The longest life of a token, in microseconds.
    pub(crate) fn token(&self) -> i64 {
        DAY.saturating_mul(self.token_days_max.into())
    }

    /// How long an account may lie unused before it is listed, in microseconds.
    pub(crate) fn stale(&self) -> i64 {
        DAY.saturating_mul(self.stale_days.into())
    }
}
