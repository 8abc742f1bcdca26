//! Who carries the deliveries: each at least once, and again later where it did not go.
//!
//! # Shape
//! A try is written down, with the time of the next one, before the first byte leaves; its outcome
//! is written down afterwards. A process that is killed in between leaves a try without an outcome,
//! and the delivery is tried again at its time: it may arrive twice, with the same number, and is
//! never lost. The other side tells doubles by the number.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::messages::channel::{Channels, Letter, Outcome};
use crate::store::StoreError;
use crate::store::database::{Database, Row, Transaction, Value};

/// How many deliveries are tried at once.
const ROUND_MAX: i64 = 32;
/// How long the courier waits when nothing is due.
const WAIT: Duration = Duration::from_secs(2);
/// How long it waits when the database does not answer.
const FAULT_WAIT: Duration = Duration::from_secs(30);
/// When the second try is due, in microseconds; each further one after twice as long.
const AGAIN: i64 = 60_000_000;
/// The longest time between two tries: four hours.
const AGAIN_MAX: i64 = 4 * 3_600_000_000;

/// Carries what is due.
#[derive(Clone)]
pub(crate) struct Courier {
    database: Database,
    channels: Arc<Channels>,
    tries_max: i64,
    nudge: Arc<Notify>,
}

/// What a round came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Round {
    /// Tried.
    pub(crate) tried: usize,
    /// Of those, arrived.
    pub(crate) sent: usize,
    /// Given up.
    pub(crate) dead: usize,
}

/// A delivery that is being tried.
#[derive(Clone, Debug)]
struct Try {
    message: String,
    holder: String,
    channel: String,
    number: i64,
    letter: Letter,
}

impl Courier {
    /// Works with these ways out.
    pub(crate) fn new(database: Database, channels: Arc<Channels>, tries_max: u32) -> Self {
        Self {
            database,
            channels,
            tries_max: i64::from(tries_max.max(1)),
            nudge: Arc::new(Notify::new()),
        }
    }

    /// Something may be due now.
    pub(crate) fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Carries on until the future is dropped; what is being tried then is tried again later.
    pub(crate) async fn run(&self, now: impl Fn() -> i64) {
        loop {
            let wait = match self.round(now()).await {
                Ok(Round { tried: 0, .. }) => WAIT,
                Ok(_) => continue,
                Err(error) => {
                    let error = error.to_string();
                    tracing::error!(target: "zhida::messages", error, "没有发出消息");
                    FAULT_WAIT
                }
            };
            // Either of them is a reason to look again.
            let _ = tokio::time::timeout(wait, self.nudge.notified()).await;
        }
    }

    /// Tries what is due, once each.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn round(&self, now: i64) -> Result<Round, StoreError> {
        let mut transaction = self.database.begin().await?;
        let tries = begin(&mut transaction, now).await?;
        transaction.commit().await?;
        let mut sending = JoinSet::new();
        for one in tries {
            let channels = Arc::clone(&self.channels);
            sending.spawn(async move {
                let outcome = channels.send(&one.channel, &one.letter).await;
                (one, outcome)
            });
        }
        let mut round = Round::default();
        let mut ended = Vec::new();
        while let Some(joined) = sending.join_next().await {
            // One that panicked has no outcome, as if the process had been killed.
            let Ok((one, outcome)) = joined else { continue };
            let is_last = one.number >= self.tries_max;
            let state = match &outcome {
                Outcome::Sent => "sent",
                Outcome::Later(_) if !is_last => "waiting",
                Outcome::Later(_) | Outcome::Never(_) => "dead",
            };
            round.tried = round.tried.saturating_add(1);
            round.sent = round.sent.saturating_add(usize::from(state == "sent"));
            round.dead = round.dead.saturating_add(usize::from(state == "dead"));
            if state != "sent" {
                let (id, channel) = (one.letter.id.as_str(), one.channel.as_str());
                tracing::warn!(target: "zhida::messages", id, channel, state, "消息没有送达");
            }
            ended.push((one, outcome, state));
        }
        if !ended.is_empty() {
            let mut transaction = self.database.begin().await?;
            for (one, outcome, state) in &ended {
                end(&mut transaction, one, outcome, state, now).await?;
            }
            transaction.commit().await?;
        }
        Ok(round)
    }
}

/// Takes what is due and writes the tries down.
async fn begin(transaction: &mut Transaction, now: i64) -> Result<Vec<Try>, StoreError> {
    let query = "SELECT d.message, d.holder, d.channel, d.address, d.language, d.tries, \
         m.kind, m.about, m.at, m.subject_zh, m.body_zh, m.subject_en, m.body_en \
         FROM deliveries d JOIN messages m ON m.key = d.message \
         WHERE d.state = 'waiting' AND d.next_at <= $1 \
         ORDER BY d.next_at, d.message, d.holder, d.channel, d.address LIMIT $2";
    let rows = transaction
        .fetch(query, &[now.into(), ROUND_MAX.into()])
        .await?;
    let tries: Result<Vec<Try>, StoreError> = rows.iter().map(|row| of_row(row, now)).collect();
    let tries = tries?;
    for one in &tries {
        let update = "UPDATE deliveries SET tries = $1, next_at = $2, changed_at = $3 \
             WHERE message = $4 AND holder = $5 AND channel = $6 AND address = $7";
        let [message, holder, channel, address] = one.name();
        let values = [
            one.number.into(),
            now.saturating_add(again(one.number)).into(),
            now.into(),
            message.clone(),
            holder.clone(),
            channel.clone(),
            address.clone(),
        ];
        transaction.execute(update, &values).await?;
        let insert = "INSERT INTO delivery_attempts \
             (message, holder, channel, address, number, began_at) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        let number = one.number.into();
        let values = [message, holder, channel, address, number, now.into()];
        transaction.execute(insert, &values).await?;
    }
    Ok(tries)
}

/// Writes down what became of a try.
async fn end(
    transaction: &mut Transaction,
    one: &Try,
    outcome: &Outcome,
    state: &'static str,
    now: i64,
) -> Result<(), StoreError> {
    let (word, problem) = match outcome {
        Outcome::Sent => ("sent", None),
        Outcome::Later(problem) => ("later", Some(problem.as_str())),
        Outcome::Never(problem) => ("never", Some(problem.as_str())),
    };
    let [message, holder, channel, address] = one.name();
    let update = "UPDATE deliveries SET state = $1, problem = $2, changed_at = $3 \
         WHERE message = $4 AND holder = $5 AND channel = $6 AND address = $7 AND tries = $8";
    let values = [
        state.into(),
        problem.into(),
        now.into(),
        message.clone(),
        holder.clone(),
        channel.clone(),
        address.clone(),
        one.number.into(),
    ];
    transaction.execute(update, &values).await?;
    let update = "UPDATE delivery_attempts SET ended_at = $1, outcome = $2, problem = $3 \
         WHERE message = $4 AND holder = $5 AND channel = $6 AND address = $7 AND number = $8";
    let values = [
        now.into(),
        word.into(),
        problem.into(),
        message,
        holder,
        channel,
        address,
        one.number.into(),
    ];
    transaction.execute(update, &values).await?;
    Ok(())
}

/// How long after a try the next one is due.
fn again(number: i64) -> i64 {
    let doublings = u32::try_from(number.saturating_sub(1)).unwrap_or(u32::MAX);
    let factor = 2i64.checked_pow(doublings).unwrap_or(i64::MAX);
    AGAIN.saturating_mul(factor).min(AGAIN_MAX)
}

impl Try {
    fn name(&self) -> [Value; 4] {
        let address = self.letter.address.as_str();
        [&self.message, &self.holder, &self.channel, address].map(|text: &str| Value::from(text))
    }
}

fn of_row(row: &Row, now: i64) -> Result<Try, StoreError> {
    let text = |column| row.text(column).map(str::to_owned);
    let language = text("language")?;
    let (subject, body) = match language.as_str() {
        "en" => (text("subject_en")?, text("body_en")?),
        _ => (text("subject_zh")?, text("body_zh")?),
    };
    let (message, holder) = (text("message")?, text("holder")?);
    let (channel, address) = (text("channel")?, text("address")?);
    Ok(Try {
        number: row.int("tries")?.saturating_add(1),
        letter: Letter {
            id: number([&message, &holder, &channel, &address]),
            kind: text("kind")?,
            about: row.text_or_null("about")?.map(str::to_owned),
            address,
            language,
            subject,
            body,
            at: row.int("at")?,
            now,
        },
        message,
        holder,
        channel,
    })
}

/// The number of a delivery: the same at every try, and nobody can tell from it what it is about.
fn number(parts: [&String; 4]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let digest = hasher.finalize();
    let bytes = digest.iter().take(16);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_apart_up_to_four_hours() {
        let minutes: Vec<i64> = (1..=15).map(|number| again(number) / 60_000_000).collect();
        let expected = [
            1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240, 240, 240, 240,
        ];
        assert_eq!(minutes, expected);
        assert_eq!(again(i64::MAX), AGAIN_MAX);
    }
}
