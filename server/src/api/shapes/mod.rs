//! What the API shows of things: amounts in yuan as text, moments in Beijing time, accounts by
//! their last four digits.

mod books;
mod log;
mod money;
mod payout;

pub(super) use books::{
    AlarmRow, BankLineRow, BarRow, DelegationRow, MotionRow, NoticeRow, PayeeRow, SettingsRow,
    UserRow,
};
pub(super) use log::{EventRow, FileRow, HeadShown, JobRow};
pub(super) use money::{BatchRow, LineRow, PayerRow};
pub(super) use payout::{PayoutRow, PayoutShown, PileRow};

use serde::Serialize;
use utoipa::ToSchema;
use zhida_engine::payouts::{Moment, Signature};

use crate::masking::{self, Audience};

/// A moment as people write it: `2026-03-15T09:30:00+08:00`.
pub(super) fn moment(at: Moment) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    at.to_zoned(zone)
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// An account by its last four digits.
pub(super) fn masked(account: &str) -> String {
    masking::bank_account(account, Audience::Official)
}

/// Who did a step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SignatureRow {
    /// 职责
    role: &'static str,
    /// 账号
    user: String,
    /// 自然人
    person: String,
    /// 受谁委托
    in_place_of: Option<String>,
    /// 时刻
    at: String,
}

impl SignatureRow {
    /// A signature as it is shown.
    pub(super) fn of(signature: &Signature) -> Self {
        Self {
            role: signature.role.chinese(),
            user: signature.user.to_string(),
            person: signature.person.to_string(),
            in_place_of: signature.in_place_of.as_ref().map(ToString::to_string),
            at: moment(signature.at),
        }
    }

    fn all(signatures: &[Signature]) -> Vec<Self> {
        signatures.iter().map(Self::of).collect()
    }
}
