//! Transactions: all or nothing, and values that come back as they went.

use std::str::FromStr;

use super::support::{self, Place, count, set};
use crate::store::database::{Address, Database, Value};
use crate::store::error::StoreError;

on_both_databases!(
    values_come_back_as_they_went,
    a_missing_value_decides_no_type,
    a_wrong_column_is_named,
    many_rows_go_in_batches,
    a_broken_transaction_cannot_be_committed,
    a_dropped_transaction_is_undone,
    an_error_of_the_closure_undoes_everything,
    a_reader_sees_one_instant_and_writes_nothing,
    every_failing_step_is_told_truly,
    an_open_database_is_one_for_all_tasks,
);

async fn values_come_back_as_they_went(place: &Place) {
    let database = place.open().await;
    let numbers = [i64::MIN, -1, 0, 1, i64::MAX];
    let texts = ["", "汉字 𠮷 — “”", "'; DROP TABLE settings; --", "$1 ?1 %s"];
    let bytes: Vec<u8> = (0..=255).collect();
    let values = |number: i64, text: &str| {
        let bytes = bytes.as_slice().into();
        vec![text.into(), bytes, number.into(), text.as_bytes().into()]
    };
    for (number, text) in numbers.into_iter().zip(texts) {
        let rows = database
            .fetch(
                "SELECT CAST($1 AS TEXT) AS a, $2 AS b, $3 AS c, $4 AS d",
                &values(number, text),
            )
            .await
            .unwrap();
        assert_eq!(rows[0].text("a").unwrap(), text);
        assert_eq!(rows[0].blob("b").unwrap(), bytes);
        assert_eq!(rows[0].int("c").unwrap(), number);
        assert_eq!(rows[0].blob("d").unwrap(), text.as_bytes());
    }
}

async fn a_missing_value_decides_no_type(place: &Place) {
    let database = place.open().await;
    let insert = "INSERT INTO jobs (id, kind, arguments, state, done, total, fence, message, \
         lease_until, result, created_at, changed_at) \
         VALUES ($1, 'k', '{}', 'queued', 0, 0, 0, $2, $3, $4, 0, 0)";
    let missing = &["a".into(), Value::Null, Value::Null, Value::Null];
    let there = &["b".into(), "文字".into(), Value::Int(7), [9; 32].into()];
    let written: Result<(), StoreError> = database
        .write(|mut transaction| async move {
            transaction.execute(insert, missing).await?;
            transaction.execute(insert, there).await?;
            Ok(())
        })
        .await;
    written.unwrap();
    let query = "SELECT message, lease_until, result FROM jobs ORDER BY id";
    let rows = database.fetch(query, &[]).await.unwrap();
    assert_eq!(rows[0].text_or_null("message").unwrap(), None);
    assert_eq!(rows[0].int_or_null("lease_until").unwrap(), None);
    assert_eq!(rows[0].blob_or_null("result").unwrap(), None);
    assert_eq!(rows[1].text_or_null("message").unwrap(), Some("文字"));
    assert_eq!(rows[1].int_or_null("lease_until").unwrap(), Some(7));
    assert_eq!(rows[1].blob_or_null("result").unwrap(), Some(&[9; 32][..]));
}

async fn a_wrong_column_is_named(place: &Place) {
    let database = place.open().await;
    let row = support::one(&database, "SELECT size, peaks FROM log_frontier").await;
    let told = [
        row.text("size").unwrap_err().to_string(),
        row.int("peaks").unwrap_err().to_string(),
        row.int("fen").unwrap_err().to_string(),
        row.array::<32>("peaks").unwrap_err().to_string(),
    ];
    for (told, column) in told.iter().zip(["size", "peaks", "fen", "peaks"]) {
        assert!(told.contains("log_frontier"), "{told}");
        assert!(told.contains(column), "{told}");
    }
    // A sum of whole numbers is a decimal in PostgreSQL: it is refused, not rounded.
    let sum = "SELECT sum(size) * 0.5 AS half FROM log_frontier";
    let told = database.fetch(sum, &[]).await.unwrap_err().to_string();
    assert!(told.contains("half"), "{told}");
}

async fn many_rows_go_in_batches(place: &Place) {
    let database = place.open().await;
    let columns = &["name", "value"];
    let rows: Vec<Vec<Value>> = (0..40_001)
        .map(|number| vec![format!("{number:06}").into(), "值".into()])
        .collect();
    let rows = &rows;
    let written: Result<(), StoreError> = database
        .write(|mut transaction| async move {
            transaction.insert_many("settings", columns, &[]).await?;
            transaction.insert_many("settings", columns, rows).await
        })
        .await;
    written.unwrap();
    assert_eq!(
        count(&database, "SELECT count(*) AS n FROM settings").await,
        40_001
    );
    let last = "SELECT value FROM settings WHERE name = '040000'";
    assert_eq!(
        support::one(&database, last).await.text("value").unwrap(),
        "值"
    );
}

async fn a_broken_transaction_cannot_be_committed(place: &Place) {
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    set(&mut transaction, "a", "1").await.unwrap();
    let error = set(&mut transaction, "a", "2").await.unwrap_err();
    assert!(error.is_duplicate(), "{error}");
    // Somebody who overlooks the error must not be told "done", nor go on alone.
    let error = set(&mut transaction, "b", "3").await.unwrap_err();
    assert!(matches!(error, StoreError::Broken), "{error}");
    let error = transaction.commit().await.unwrap_err();
    assert!(matches!(error, StoreError::Broken), "{error}");
    assert_eq!(
        count(&database, "SELECT count(*) AS n FROM settings").await,
        0
    );
    assert_eq!(database.closed(), None);
    let mut transaction = database.begin().await.unwrap();
    set(&mut transaction, "a", "4").await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(
        count(&database, "SELECT count(*) AS n FROM settings").await,
        1
    );
}

async fn a_dropped_transaction_is_undone(place: &Place) {
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    set(&mut transaction, "a", "1").await.unwrap();
    drop(transaction);
    let mut transaction = database.begin().await.unwrap();
    set(&mut transaction, "b", "2").await.unwrap();
    transaction.commit().await.unwrap();
    let name = support::one(&database, "SELECT name FROM settings").await;
    assert_eq!(name.text("name").unwrap(), "b");
}

async fn an_error_of_the_closure_undoes_everything(place: &Place) {
    let database = place.open().await;
    let mut runs = 0;
    let refused: Result<(), StoreError> = database
        .write(|mut transaction| {
            runs += 1;
            async move {
                set(&mut transaction, "a", "1").await?;
                Err(StoreError::UnknownJob("没有".to_owned()))
            }
        })
        .await;
    assert!(matches!(refused, Err(StoreError::UnknownJob(_))));
    assert_eq!(runs, 1);
    assert_eq!(
        count(&database, "SELECT count(*) AS n FROM settings").await,
        0
    );
}

async fn a_reader_sees_one_instant_and_writes_nothing(place: &Place) {
    let database = place.open().await;
    let query = "SELECT count(*) AS n FROM settings";
    let mut reader = database.read().await.unwrap();
    let before = reader.fetch_one(query, &[]).await.unwrap().unwrap();
    let mut writer = database.begin().await.unwrap();
    set(&mut writer, "a", "1").await.unwrap();
    assert_eq!(count(&database, query).await, 0);
    writer.commit().await.unwrap();
    assert_eq!(count(&database, query).await, 1);
    let after = reader.fetch_one(query, &[]).await.unwrap().unwrap();
    assert_eq!((before.int("n").unwrap(), after.int("n").unwrap()), (0, 0));
    let error = set(&mut reader, "b", "1").await.unwrap_err();
    assert!(matches!(error, StoreError::Reading), "{error}");
    reader.rollback().await;
    // Not even a query can write.
    let insert = "INSERT INTO settings (name, value) VALUES ('c', '') RETURNING name";
    let mut reader = database.read().await.unwrap();
    assert!(reader.fetch(insert, &[]).await.is_err());
    drop(reader);
    assert_eq!(count(&database, query).await, 1);
}

/// Every step of a write fails once; what is told is what is found after opening again.
async fn every_failing_step_is_told_truly(place: &Place) {
    let (mut refused, mut uncertain) = (0, 0);
    for step in 1.. {
        let database = place.open_failing(step).await;
        let name = &format!("step {step}");
        let written: Result<(), StoreError> = database
            .write(|mut transaction| async move { set(&mut transaction, name, "").await })
            .await;
        let closed = database.closed().is_some();
        let next = database.begin().await.map(drop);
        database.close().await;
        let database = place.open().await;
        let query = "SELECT value FROM settings WHERE name = $1";
        let rows = database
            .fetch(query, &[name.as_str().into()])
            .await
            .unwrap();
        database.close().await;
        match written {
            Ok(()) => {
                assert_eq!((rows.len(), closed), (1, false));
                break;
            }
            Err(StoreError::Uncertain(_)) => {
                uncertain += 1;
                assert!(closed);
                assert!(matches!(next, Err(StoreError::ReadOnly(_))));
            }
            Err(_) => {
                refused += 1;
                assert_eq!((rows.len(), closed), (0, false));
                next.unwrap();
            }
        }
    }
    // Before and after the beginning and the statement; before and after the commit.
    assert_eq!((refused, uncertain), (4, 2));
}

async fn an_open_database_is_one_for_all_tasks(place: &Place) {
    let database: Database = place.open().await;
    let mut tasks = Vec::new();
    for number in 0..50 {
        let database = database.clone();
        tasks.push(tokio::spawn(async move {
            let name = &number.to_string();
            let written: Result<(), StoreError> = database
                .write(|mut transaction| async move { set(&mut transaction, name, "").await })
                .await;
            written.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        count(&database, "SELECT count(*) AS n FROM settings").await,
        50
    );
}

#[test]
fn an_address_is_a_file_or_a_server() {
    for (text, shown) in [
        ("data.sqlite", "sqlite:data.sqlite"),
        ("sqlite:data.sqlite", "sqlite:data.sqlite"),
        ("sqlite:///var/lib/z.db", "sqlite:/var/lib/z.db"),
        (
            "postgres://u:secret@db:5433/zhida",
            "postgres://db:5433/zhida",
        ),
    ] {
        assert_eq!(Address::from_str(text).unwrap().to_string(), shown);
    }
    for text in ["", "sqlite:", ":memory:", "mysql://u:secret@db/zhida"] {
        let error = Address::from_str(text).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
    let error = Address::from_str("postgres://u:secret@db:port/zhida?password=secret");
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("db:port") && !error.contains("secret"),
        "{error}"
    );
}
