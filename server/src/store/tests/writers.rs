//! Writers beside each other: nothing is spent twice, and nobody is asked to try again.

use std::time::Duration;

use super::support::{self, Place, count, set};
use crate::store::database::{Database, Value};
use crate::store::error::StoreError;

on_both_databases!(
    sixty_four_writers_never_overdraw,
    writers_that_go_away_leave_nothing_behind,
);

#[test]
fn never_overdrawn_when_repeatable_read() {
    support::on_postgres_at("repeatable read", sixty_four_writers_never_overdraw);
}

#[test]
fn never_overdrawn_when_serializable() {
    support::on_postgres_at("serializable", sixty_four_writers_never_overdraw);
}

/// What there is to spend: 60 % of what 64 writers ask for, 5 times each, 3 fen at a time.
const FUND: i64 = 576;

async fn sixty_four_writers_never_overdraw(place: &Place) {
    let database = place.open().await;
    let granted: Result<(), StoreError> = database
        .write(
            |mut transaction| async move { set(&mut transaction, "left", &FUND.to_string()).await },
        )
        .await;
    granted.unwrap();
    let mut writers = Vec::new();
    for writer in 0..64 {
        let database = database.clone();
        writers.push(tokio::spawn(async move {
            let mut approved = 0;
            for number in 0..5 {
                let name = format!("spent {writer} {number}");
                approved += i64::from(spend(&database, &name).await.unwrap());
            }
            approved
        }));
    }
    let reader = tokio::spawn(watch(database.clone()));
    let mut approved = 0;
    for writer in writers {
        approved += writer.await.unwrap();
    }
    reader.abort();
    assert!(reader.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(approved, FUND / 3);
    let spent = "SELECT count(*) AS n FROM settings WHERE name LIKE 'spent %'";
    assert_eq!(count(&database, spent).await, FUND / 3);
}

/// Spends 3 fen if they are there.
async fn spend(database: &Database, name: &str) -> Result<bool, StoreError> {
    database
        .write(|mut transaction| async move {
            let query = "SELECT value FROM settings WHERE name = 'left'";
            let row = transaction.fetch_one(query, &[]).await?.unwrap();
            let left: i64 = row.text("value")?.parse().unwrap();
            // Time for others to read the same.
            tokio::task::yield_now().await;
            if left < 3 {
                return Ok(false);
            }
            let update = "UPDATE settings SET value = $1 WHERE name = 'left'";
            let rest: Value = (left - 3).to_string().into();
            transaction.execute(update, &[rest]).await?;
            set(&mut transaction, name, "3").await?;
            Ok(true)
        })
        .await
}

/// What is left and what was spent are the fund, whenever somebody looks.
async fn watch(database: Database) {
    loop {
        let query = "SELECT CAST(sum(CAST(value AS BIGINT)) AS BIGINT) AS total FROM settings";
        let total = support::one(&database, query).await.int("total").unwrap();
        assert_eq!(total, FUND);
    }
}

async fn writers_that_go_away_leave_nothing_behind(place: &Place) {
    let database = place.open().await;
    for number in 0..100_u64 {
        let writer = database.clone();
        let task = tokio::spawn(async move {
            let written: Result<(), StoreError> = writer
                .write(|mut transaction| async move {
                    set(&mut transaction, &format!("{number} first"), "").await?;
                    set(&mut transaction, &format!("{number} second"), "").await
                })
                .await;
            written.unwrap();
        });
        tokio::time::sleep(Duration::from_micros(number * 50)).await;
        task.abort();
    }
    let mut transaction = database.begin().await.unwrap();
    set(&mut transaction, "end", "").await.unwrap();
    transaction.commit().await.unwrap();
    let first = "SELECT count(*) AS n FROM settings WHERE name LIKE '% first'";
    let second = "SELECT count(*) AS n FROM settings WHERE name LIKE '% second'";
    assert_eq!(
        count(&database, first).await,
        count(&database, second).await
    );
    if !place.is_sqlite() {
        let idle = "SELECT count(*) AS n FROM pg_stat_activity \
             WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        assert_eq!(count(&database, idle).await, 0);
    }
}

#[test]
fn two_servers_on_one_postgres_take_turns() {
    support::on_postgres(async |place| {
        let (one, other) = (place.open().await, place.open().await);
        let mut tasks = Vec::new();
        for number in 0..40 {
            let database = if number % 2 == 0 { &one } else { &other }.clone();
            tasks.push(tokio::spawn(async move { add(&database).await.unwrap() }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let row = support::one(&one, "SELECT value FROM settings").await;
        assert_eq!(row.text("value").unwrap(), "40");
    });
}

/// Reads a number and writes the next one.
async fn add(database: &Database) -> Result<(), StoreError> {
    database
        .write(|mut transaction| async move {
            let query = "SELECT value FROM settings WHERE name = 'number'";
            let row = transaction.fetch_one(query, &[]).await?;
            let number = row.map_or(0, |row| row.text("value").unwrap().parse().unwrap());
            crate::store::settings::put(&mut transaction, "number", &(number + 1_u32).to_string())
                .await
        })
        .await
}

#[test]
fn what_postgres_asks_for_again_is_tried_again_five_times() {
    support::on_postgres(async |place| {
        let database = place.open().await;
        let again = "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$";
        let mut runs = 0;
        let written: Result<(), StoreError> = database
            .write(|mut transaction| {
                runs += 1;
                let run = runs;
                async move {
                    set(&mut transaction, &format!("run {run}"), "").await?;
                    match run {
                        1..=3 => transaction.execute(again, &[]).await.map(|_| ()),
                        _ => Ok(()),
                    }
                }
            })
            .await;
        written.unwrap();
        assert_eq!(runs, 4);
        let row = support::one(&database, "SELECT name FROM settings").await;
        assert_eq!(row.text("name").unwrap(), "run 4");
        let mut runs = 0;
        let refused: Result<(), StoreError> = database
            .write(|mut transaction| {
                runs += 1;
                async move { transaction.execute(again, &[]).await.map(|_| ()) }
            })
            .await;
        assert!(matches!(refused, Err(StoreError::Database { .. })));
        assert_eq!(runs, 6);
        assert_eq!(database.closed(), None);
    });
}

#[test]
fn a_stopped_writer_is_thrown_out() {
    support::on_postgres(async |place| {
        let (stopped, other) = (place.open().await, place.open().await);
        let mut transaction = stopped.begin().await.unwrap();
        set(&mut transaction, "stopped", "").await.unwrap();
        // What the server does by itself after some time.
        let throw_out = "SELECT pg_terminate_backend(pid) AS gone FROM pg_stat_activity \
             WHERE datname = current_database() AND state = 'idle in transaction'";
        let rows = other.fetch(throw_out, &[]).await.unwrap();
        assert_eq!(rows.len(), 1);
        add(&other).await.unwrap();
        // It wakes up: nobody knows what became of its commit, so it writes nothing more.
        let error = transaction.commit().await.unwrap_err();
        assert!(matches!(error, StoreError::Uncertain(_)), "{error}");
        let error = stopped.begin().await.map(drop).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly(_)), "{error}");
        let row = support::one(&other, "SELECT name FROM settings").await;
        assert_eq!(row.text("name").unwrap(), "number");
        let query = "SELECT current_setting('idle_in_transaction_session_timeout') AS t";
        let mut transaction = other.begin().await.unwrap();
        let row = transaction.fetch_one(query, &[]).await.unwrap().unwrap();
        assert_eq!(row.text("t").unwrap(), "30s");
    });
}
