//! What only needs a day to pass: notices that run out, confirmations that expire, banks that do
//! not answer. The server does it once on each day, in its own name, by the verb that people have
//! for it (`zhida payout tick`).
//!
//! # Shape
//! The last day that was done stands in the store. The orders of a day have keys that name the day,
//! so that a day which was broken off is gone on with and nothing of it is done twice. A clock that
//! goes back comes to days that are done; one that goes ahead comes to one day, as of which
//! everything
//! is judged, and not to those between.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use zhida_engine::payouts::{Actor, Moment};
use zhida_policies::values::Date;
use zhida_policies::values::date::parse_date;

use crate::command::run_words;
use crate::failure::Failure;
use crate::output::Output;
use crate::payouts::desk::Desk;
use crate::payouts::keys::Keys;
use crate::store::{StoreError, settings};
use crate::web::Server;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(60);
/// How long the server waits after a day that could not be done.
const AGAIN: Duration = Duration::from_secs(600);
/// The setting that holds the last day that was done.
const DONE: &str = "daily.done";
/// A minute in microseconds.
const MINUTE: i64 = 60 * 1_000_000;

/// The part `[daily]` of the installation file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DailySettings {
    /// Whether the server does it.
    #[serde(rename = "on")]
    pub(crate) is_on: bool,
    /// From which time of the day on, in Beijing.
    pub(crate) at: DayTime,
}

impl Default for DailySettings {
    fn default() -> Self {
        Self {
            is_on: true,
            at: DayTime(10),
        }
    }
}

/// A time of the day in minutes, as `00:10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct DayTime(u16);

impl TryFrom<String> for DayTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = |part: &str, below: u16| {
            let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            let number = is_plain.then(|| part.parse::<u16>().ok()).flatten();
            number.filter(|number| *number < below)
        };
        let parts = text.split_once(':');
        let parts = parts.and_then(|(hour, minute)| Some((number(hour, 24)?, number(minute, 60)?)));
        let (hour, minute) = parts.ok_or_else(|| format!("“{text}”不是时间,请写成 00:10"))?;
        Ok(Self(hour.saturating_mul(60).saturating_add(minute)))
    }
}

impl DailySettings {
    /// The day that has begun by now, as this part of the day counts.
    fn day(self, now: Moment) -> Date {
        let late = i64::from(self.at.0).saturating_mul(MINUTE);
        Moment(now.0.saturating_sub(late)).business_date()
    }
}

/// Does what is due on each day, until the future is dropped.
pub(crate) async fn run(server: Arc<Server>, settings: DailySettings) {
    if !settings.is_on {
        return;
    }
    loop {
        let wait = match look(&server, settings).await {
            Ok(None) => LOOK,
            Ok(Some(day)) => {
                tracing::info!(target: "zhida::daily", %day, "到点的事已办");
                LOOK
            }
            Err(failure) => {
                tracing::error!(target: "zhida::daily", ?failure, "到点的事没有办完");
                AGAIN
            }
        };
        tokio::time::sleep(wait).await;
    }
}

/// Does what is due where the day has not been done yet; the day, if it was done now.
///
/// # Errors
/// What the verb says, or the database; the day is not over then.
pub(crate) async fn look(
    server: &Arc<Server>,
    settings: DailySettings,
) -> Result<Option<Date>, Failure> {
    let now = server.clock.now();
    let day = settings.day(now);
    if let Some(done) = done(server).await?
        && done >= day
    {
        if day.tomorrow().is_ok_and(|next| done <= next) {
            return Ok(None);
        }
        // A clock that once ran ahead must not put the work of all days until then off. What the
        // day's keys name is done once, so that doing a day again changes nothing.
        tracing::error!(
            target: "zhida::daily", %done, %day,
            "日常办理记到 {done},时钟说今天是 {day}:时钟曾经超前,或者现在落后。\
             按 {day} 办理;请核对系统时钟"
        );
    }
    let worker = Arc::clone(server);
    let ran = tokio::task::spawn_blocking(move || tick(&worker, now, day)).await;
    ran.map_err(|error| Failure::bad_data(format!("后台线程出错:{error}"), ""))??;
    let written: Result<(), StoreError> = server
        .store
        .database
        .write(|mut transaction| async move {
            settings::put(&mut transaction, DONE, &day.to_string()).await
        })
        .await;
    written?;
    Ok(Some(day))
}

/// The last day that was done.
async fn done(server: &Server) -> Result<Option<Date>, StoreError> {
    let mut transaction = server.store.database.read().await?;
    let found = settings::find(&mut transaction, DONE).await;
    transaction.rollback().await;
    let unreadable = |text: &str| StoreError::Integrity(format!("设置 {DONE} 不是日期:{text}"));
    match found? {
        None => Ok(None),
        Some(text) => parse_date(&text).map(Some).map_err(|_| unreadable(&text)),
    }
}

/// Runs the verb in the name of the system, under keys of the day.
fn tick(server: &Arc<Server>, now: Moment, day: Date) -> Result<(), Failure> {
    let keys = Keys::new(Some(&format!("daily/{day}")))?;
    let (handle, store) = (server.handle.clone(), Arc::clone(&server.store));
    let mut desk = Desk::lent(handle, store, Actor::System, now, keys);
    let mut output = Output::kept();
    // What was refused is in the log, and among these.
    let common = server.common();
    run_words(&["tick".to_owned()], &mut desk, &common, &mut output)?;
    for refused in output.into_values() {
        if let (Some(code), Some(message)) = (refused.get("code"), refused.get("message")) {
            tracing::warn!(target: "zhida::daily", %code, %message, "有一项没有办");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
