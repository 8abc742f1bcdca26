//! Time for sign-in: always an argument, and never one that makes something live again.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Mutex;
use zhida_engine::payouts::Moment;

use crate::accounts::event::{AccountEvent, What, append};
use crate::accounts::settings::MINUTE;
use crate::store::StoreError;
use crate::store::database::Database;
use crate::store::settings;

/// The setting that holds the latest moment that was seen.
const SETTING: &str = "accounts.latest";
/// How far clocks of one machine, and of several, may disagree.
const TOLERANCE: i64 = MINUTE;

/// The latest moment that was seen.
///
/// # Shape
/// A clock that goes back a little stands still. One that was set back ends all sessions and
/// one-time codes, and tokens that had expired stay so: what had ended by the old time cannot live
/// again by the new one, and everybody signs in anew.
#[derive(Debug)]
pub(crate) struct Clock {
    latest: AtomicI64,
    /// The moment that the database holds.
    kept: AtomicI64,
    turning: Mutex<()>,
}

impl Clock {
    /// Goes on where the database says.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn open(database: &Database) -> Result<Self, StoreError> {
        let mut transaction = database.read().await?;
        let kept = settings::find(&mut transaction, SETTING).await?;
        transaction.rollback().await;
        let kept = kept.map(|text| text.parse().map_err(|_| unreadable(&text)));
        let kept = kept.transpose()?.unwrap_or(i64::MIN);
        Ok(Self {
            latest: AtomicI64::new(kept),
            kept: AtomicI64::new(kept),
            turning: Mutex::new(()),
        })
    }

    /// The moment that counts.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn at(&self, database: &Database, now: Moment) -> Result<Moment, StoreError> {
        let before = self.latest.fetch_max(now.0, Ordering::SeqCst);
        if is_set_back(before, now) {
            let _one_at_a_time = self.turning.lock().await;
            // Another may have turned it meanwhile.
            if is_set_back(self.latest.load(Ordering::SeqCst), now) {
                set_back(database, now, Moment(before)).await?;
                self.latest.store(now.0, Ordering::SeqCst);
                self.kept.store(now.0, Ordering::SeqCst);
            }
            return Ok(now);
        }
        let latest = before.max(now.0);
        let kept = self.kept.load(Ordering::SeqCst);
        if latest.saturating_sub(kept) >= TOLERANCE {
            self.kept.store(latest, Ordering::SeqCst);
            let text = &latest.to_string();
            let written: Result<(), StoreError> = database
                .write(|mut transaction| async move {
                    settings::put(&mut transaction, SETTING, text).await
                })
                .await;
            if let Err(error) = written {
                self.kept.store(kept, Ordering::SeqCst);
                return Err(error);
            }
        }
        Ok(Moment(latest))
    }
}

fn is_set_back(latest: i64, now: Moment) -> bool {
    latest.saturating_sub(now.0) > TOLERANCE
}

fn unreadable(text: &str) -> StoreError {
    StoreError::Integrity(format!("设置 {SETTING} 应为时刻,却是“{text}”"))
}

async fn set_back(database: &Database, now: Moment, latest: Moment) -> Result<(), StoreError> {
    database
        .write(|mut transaction| async move {
            let ended = transaction.execute("DELETE FROM sessions", &[]).await?;
            let delete = "DELETE FROM account_codes WHERE expires_at IS NOT NULL";
            transaction.execute(delete, &[]).await?;
            let update = "UPDATE api_tokens SET revoked_at = $1 \
                 WHERE revoked_at IS NULL AND expires_at <= $1";
            transaction.execute(update, &[latest.0.into()]).await?;
            transaction
                .execute("DELETE FROM account_devices", &[])
                .await?;
            settings::put(&mut transaction, SETTING, &now.0.to_string()).await?;
            let what = What::ClockSetBack {
                from: latest,
                ended,
            };
            append(&mut transaction, AccountEvent::of_system(what), now).await
        })
        .await
}
