//! Reading the events of sign-in, the latest first.

use zhida_engine::payouts::BureauId;

use crate::accounts::Accounts;
use crate::accounts::event::{AccountEvent, KIND};
use crate::accounts::refusal::AccountError;
use crate::store::StoreError;
use crate::store::database::{Row, Value};

/// How many events are read at once.
const PAGE: i64 = 200;
/// How many are looked through for one list.
const LOOKED_AT_MAX: usize = 2_000;
/// How many a list holds.
const SHOWN_MAX: usize = 50;

/// An event with its place in the log.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Its number.
    pub(crate) sequence: u64,
    /// When it happened, in UTC microseconds.
    pub(crate) at: i64,
    /// What it says.
    pub(crate) event: AccountEvent,
}

impl Accounts {
    /// The events before one that are about a bureau, or about nobody's account, and are to be
    /// shown; the latest first, and where to go on.
    ///
    /// # Shape
    /// Whose the accounts of a part are is looked up for that part: a bureau may have very many.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when one cannot be read; what the database says.
    pub(crate) async fn events(
        &self,
        before: Option<u64>,
        bureau: &BureauId,
        is_shown: impl Fn(&AccountEvent) -> bool,
    ) -> Result<(Vec<Seen>, Option<u64>), AccountError> {
        let query = "SELECT sequence, at, kind, body FROM events \
             WHERE sequence < $1 AND kind LIKE $2 ORDER BY sequence DESC LIMIT $3";
        let mut before = before;
        let (mut shown, mut looked_at) = (Vec::new(), 0usize);
        loop {
            let first = before.map_or(Ok(Value::Int(i64::MAX)), Value::size)?;
            let like = Value::Text(format!("{KIND}%"));
            let rows = self
                .0
                .database
                .fetch(query, &[first, like, PAGE.into()])
                .await?;
            let read = |row: &Row| {
                let event = AccountEvent::read(row.text("kind")?, row.blob("body")?);
                event.map_err(StoreError::Integrity)
            };
            let events: Vec<AccountEvent> = rows.iter().map(read).collect::<Result<_, _>>()?;
            let named = events.iter().filter_map(|event| event.account.clone());
            let ours = self.of_bureau(bureau, &named.collect()).await?;
            for (row, event) in rows.iter().zip(events) {
                let sequence = row.size("sequence")?;
                before = Some(sequence);
                looked_at = looked_at.saturating_add(1);
                let whose = event.account.as_ref();
                let is_ours = whose.is_none_or(|whose| ours.contains(whose));
                if is_ours && is_shown(&event) {
                    let at = row.int("at")?;
                    shown.push(Seen {
                        sequence,
                        at,
                        event,
                    });
                }
                if shown.len() >= SHOWN_MAX {
                    return Ok((shown, before));
                }
            }
            let is_last = i64::try_from(rows.len()).unwrap_or(PAGE) < PAGE;
            if is_last {
                return Ok((shown, None));
            }
            if looked_at >= LOOKED_AT_MAX {
                return Ok((shown, before));
            }
        }
    }
}
