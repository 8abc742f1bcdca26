//! The tables: the same in both databases, and guarded.

use super::support::{self, Place, one, set};
use crate::store::database::{POSTGRES, SQLITE};
use crate::store::error::StoreError;
use crate::store::files;
use crate::store::log::{self, NewEvent};

on_both_databases!(what_is_appended_stays, opening_again_changes_nothing);

#[test]
fn both_databases_have_the_same_steps() {
    let steps = |migrator: &sqlx::migrate::Migrator| -> Vec<(i64, String)> {
        let steps = migrator.iter();
        steps
            .map(|step| (step.version, step.description.to_string()))
            .collect()
    };
    assert_eq!(steps(&SQLITE), steps(&POSTGRES));
    assert!(!steps(&SQLITE).is_empty());
}

/// Table, column, kind of value, and whether it may be missing.
async fn columns(place: &Place) -> Vec<String> {
    let database = place.open().await;
    let query = match place.is_sqlite() {
        true => {
            "SELECT t.name || ' ' || c.name || ' ' || \
             CASE c.type WHEN 'INTEGER' THEN 'int' WHEN 'TEXT' THEN 'text' \
             WHEN 'BLOB' THEN 'bytes' ELSE c.type END || ' ' || \
             CASE c.\"notnull\" WHEN 1 THEN 'always' ELSE 'maybe' END AS line \
             FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\'"
        }
        false => {
            "SELECT table_name || ' ' || column_name || ' ' || \
             CASE data_type WHEN 'bigint' THEN 'int' WHEN 'text' THEN 'text' \
             WHEN 'bytea' THEN 'bytes' ELSE data_type END || ' ' || \
             CASE is_nullable WHEN 'NO' THEN 'always' ELSE 'maybe' END AS line \
             FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'"
        }
    };
    let rows = database.fetch(query, &[]).await.unwrap();
    let lines = rows.iter().map(|row| row.text("line").unwrap().to_owned());
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    lines
}

#[test]
fn both_databases_have_the_same_columns() {
    support::on_postgres(async |postgres| {
        let theirs = columns(postgres).await;
        let (folder, path) = (tempfile::tempdir().unwrap(), "own.sqlite");
        let address = crate::store::database::Address::Sqlite(folder.path().join(path));
        let ours = columns(&Place { folder, address }).await;
        assert_eq!(ours, theirs);
        assert!(
            ours.contains(&"events body bytes always".to_owned()),
            "{ours:?}"
        );
        assert!(
            ours.contains(&"jobs lease_until int maybe".to_owned()),
            "{ours:?}"
        );
    });
}

async fn what_is_appended_stays(place: &Place) {
    let database = place.open().await;
    let written: Result<(), StoreError> = database
        .write(|mut transaction| async move {
            let (at, kind, body) = (1, "k".to_owned(), b"{}".to_vec());
            log::append(&mut transaction, &[NewEvent { at, kind, body }]).await?;
            let key = super::log::key();
            log::sign_head(&mut transaction, &key, super::log::ORIGIN, 1).await?;
            let insert = "INSERT INTO replies (key, command, reply, at) VALUES ($1, $2, $3, 1)";
            let values = ["key".into(), [1; 32].into(), b"reply".as_slice().into()];
            transaction.execute(insert, &values).await?;
            let (digest, length) = ([2; 32], 5);
            let kept = files::Kept { digest, length };
            files::record(&mut transaction, &kept, "k", "name", 1)
                .await
                .map(|_| ())
        })
        .await;
    written.unwrap();
    let mut changes = vec![
        "UPDATE events SET at = 2",
        "DELETE FROM events",
        "UPDATE log_heads SET at = 2",
        "DELETE FROM log_heads",
        "UPDATE replies SET at = 2",
        "DELETE FROM replies",
        "UPDATE files SET at = 2",
        "DELETE FROM files",
        "DELETE FROM log_frontier",
    ];
    let replacing = [
        "INSERT OR REPLACE INTO replies SELECT key, command, 9, 9, reply, at FROM replies",
        "INSERT OR REPLACE INTO events SELECT sequence, at + 1, kind, body, leaf FROM events",
    ];
    let emptying = [
        "TRUNCATE events",
        "TRUNCATE log_heads",
        "TRUNCATE replies",
        "TRUNCATE files",
        "TRUNCATE log_frontier",
    ];
    match place.is_sqlite() {
        true => changes.extend(replacing),
        false => changes.extend(emptying),
    }
    for change in changes {
        let changed: Result<u64, StoreError> = database
            .write(|mut transaction| async move { transaction.execute(change, &[]).await })
            .await;
        let told = changed.unwrap_err().to_string();
        assert!(
            told.contains("append-only") || told.contains("one row"),
            "{change}: {told}"
        );
    }
}

async fn opening_again_changes_nothing(place: &Place) {
    let database = place.open().await;
    let mut transaction = database.begin().await.unwrap();
    set(&mut transaction, "name", "value").await.unwrap();
    transaction.commit().await.unwrap();
    database.close().await;
    let database = place.open().await;
    let row = one(&database, "SELECT value FROM settings").await;
    assert_eq!(row.text("value").unwrap(), "value");
    database.close().await;
    // A database of a newer program is not touched.
    place
        .tamper(
            "INSERT INTO _sqlx_migrations \
             (version, description, success, checksum, execution_time) \
             SELECT 9999, 'later', success, checksum, 1 FROM _sqlx_migrations LIMIT 1",
        )
        .await;
    let opened = crate::store::database::Database::open(&place.address).await;
    assert!(matches!(opened, Err(StoreError::Migration(_))));
}

#[test]
fn sqlite_syncs_every_commit() {
    support::on_sqlite(async |place| {
        let database = place.open().await;
        let mut transaction = database.begin().await.unwrap();
        for (query, expected) in [
            ("SELECT synchronous AS n FROM pragma_synchronous", 2),
            ("SELECT foreign_keys AS n FROM pragma_foreign_keys", 1),
            (
                "SELECT recursive_triggers AS n FROM pragma_recursive_triggers",
                1,
            ),
            (
                "SELECT journal_mode = 'wal' AS n FROM pragma_journal_mode",
                1,
            ),
        ] {
            let row = transaction.fetch_one(query, &[]).await.unwrap().unwrap();
            assert_eq!(row.int("n").unwrap(), expected, "{query}");
        }
        drop(transaction);
        let second = crate::store::database::Database::open(&place.address).await;
        let told = second.map(drop).unwrap_err().to_string();
        assert!(told.contains("test.sqlite.lock"), "{told}");
    });
}
