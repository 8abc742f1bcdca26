//! Promise P8: whatever is changed in the database or the files behind the program's back is found
//! and named.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, Connection, Row as _, SqliteConnection};
use zhida_engine::payouts::Moment;

use super::books::{Dice, requests};
use super::support;
use super::support::month::Script;
use crate::audit::bundle::{Edition, verify};
use crate::store::Store;

/// How many changes are made, each to a copy of its own; ZHIDA_CHANGES asks for more at night.
const CHANGES: usize = 300;

/// How many changes are asked for.
fn changes() -> usize {
    let asked = std::env::var("ZHIDA_CHANGES").ok();
    asked.map_or(CHANGES, |asked| asked.parse().unwrap())
}

/// What the dice begin with; ZHIDA_SEED asks for others at night.
fn seed() -> u64 {
    let asked = std::env::var("ZHIDA_SEED").ok();
    asked.map_or(8, |asked| asked.parse().unwrap())
}

/// Tables of which a row that is gone is missed only by who has a printed head.
const HEADS: [&str; 2] = ["log_heads", "log_frontier"];

/// Every table with rows, and what a verification calls a change in it.
const TABLES: [(&str, &str); 21] = [
    ("users", "表 users"),
    ("delegations", "表 delegations"),
    ("bureaus", "表 bureaus"),
    ("budget_lines", "表 budget_lines"),
    ("payers", "表 payers"),
    ("payees", "表 payees"),
    ("bars", "表 bars"),
    ("payouts", "表 payouts"),
    ("attempts", "表 attempts"),
    ("notices", "表 notices"),
    ("batches", "表 batches"),
    ("motions", "表 motions"),
    ("bank_lines", "表 bank_lines"),
    ("postings", "表 postings"),
    ("replies", "表 replies"),
    ("payout_changes", "表 payout_changes"),
    ("papers", "表 papers"),
    ("files", "表 files"),
    ("events", "日志"),
    ("log_heads", "日志"),
    ("log_frontier", "日志"),
];

/// A store with a month in it, two files and a signed head, closed.
async fn made(folder: &Path) {
    let store = Store::create(folder, None, "zhida/test").await.unwrap();
    store
        .submit(&requests(&Script::month(6).orders))
        .await
        .unwrap();
    for name in ["one", "two"] {
        let at = Moment(3);
        store
            .keep("payment", name, name.as_bytes(), at)
            .await
            .unwrap();
    }
    store.head(Moment(4)).await.unwrap();
    store.close().await;
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(path, target).unwrap();
        }
    }
}

/// What a verification says of a folder: a fault, or an error that names what cannot be read.
async fn found(folder: &Path) -> Option<String> {
    let store = match Store::open(folder, None).await {
        Ok(store) => store,
        Err(error) => return Some(error.to_string()),
    };
    let found = store.verify(None).await;
    store.close().await;
    match found {
        Ok(found) => found.fault,
        Err(error) => Some(error.to_string()),
    }
}

/// The database of a folder with every guard lifted.
async fn opened(folder: &Path) -> SqliteConnection {
    let url = format!("sqlite:{}", folder.join("zhida.sqlite").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    run(&mut connection, "PRAGMA ignore_check_constraints = ON")
        .await
        .unwrap();
    let guards = "SELECT 'DROP ' || type || ' ' || name FROM sqlite_master \
         WHERE type = 'trigger' OR (type = 'index' AND sql IS NOT NULL)";
    for guard in texts(&mut connection, guards).await {
        run(&mut connection, &guard).await.unwrap();
    }
    connection
}

async fn run(connection: &mut SqliteConnection, sql: &str) -> Result<u64, sqlx::Error> {
    let sql = AssertSqlSafe(sql.to_owned());
    Ok(sqlx::query(sql).execute(connection).await?.rows_affected())
}

async fn texts(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(sql.to_owned());
    let rows = sqlx::query(sql).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// One change of a table: what it is, once it has been made.
async fn change(connection: &mut SqliteConnection, table: &str, dice: &mut Dice) -> Option<String> {
    let rowids = format!("SELECT CAST(rowid AS TEXT) FROM {table} ORDER BY rowid");
    let rows = texts(connection, &rowids).await;
    let row = &rows[dice.below(rows.len())];
    let names = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
    let columns = texts(connection, &names).await;
    let column = &columns[dice.below(columns.len())];
    let way = match HEADS.contains(&table) {
        true => 4,
        false => dice.below(5),
    };
    let sql = match way {
        0 => format!("DELETE FROM {table} WHERE rowid = {row}"),
        1 => format!("DELETE FROM {table} WHERE rowid >= {row}"),
        2 => duplicate(connection, table, &columns, row).await,
        3 => {
            let other = &rows[dice.below(rows.len())];
            format!(
                "UPDATE {table} SET {column} = (SELECT o.{column} FROM {table} AS o \
                 WHERE o.rowid = {row} + {other} - {table}.rowid) \
                 WHERE rowid IN ({row}, {other}) AND (SELECT count(DISTINCT quote(o.{column})) \
                 FROM {table} AS o WHERE o.rowid IN ({row}, {other})) = 2"
            )
        }
        _ => flip(connection, table, column, row, dice).await,
    };
    let changed = run(connection, &sql).await;
    changed.is_ok_and(|rows| rows > 0).then_some(sql)
}

/// The same row under another name.
async fn duplicate(
    connection: &mut SqliteConnection,
    table: &str,
    columns: &[String],
    row: &str,
) -> String {
    let keys = format!(
        "SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 \
         OR name IN ('end_to_end_id', 'message_id', 'period')"
    );
    let keys = texts(connection, &keys).await;
    let values = columns.iter().map(|column| match keys.contains(column) {
        true => format!(
            "CASE typeof({column}) WHEN 'integer' THEN {column} + 1000000 \
             WHEN 'blob' THEN randomblob(32) ELSE {column} || 'X' END"
        ),
        false => column.clone(),
    });
    let values = values.collect::<Vec<String>>().join(", ");
    format!("INSERT INTO {table} SELECT {values} FROM {table} WHERE rowid = {row}")
}

/// One letter, bit or number changed.
async fn flip(
    connection: &mut SqliteConnection,
    table: &str,
    column: &str,
    row: &str,
    dice: &mut Dice,
) -> String {
    let look = format!("SELECT typeof({column}) FROM {table} WHERE rowid = {row}");
    let kind = texts(connection, &look).await.remove(0);
    let length = format!("SELECT CAST(length({column}) AS TEXT) FROM {table} WHERE rowid = {row}");
    let value = match kind.as_str() {
        "null" => "'X'".to_owned(),
        "integer" => format!("{column} + 1"),
        "text" => {
            let length: usize = texts(connection, &length).await[0].parse().unwrap();
            let place = dice.below(length.max(1));
            format!(
                "substr({column}, 1, {place}) || char(1 + unicode(substr({column}, {place} + 1, \
                 1))) || substr({column}, {place} + 2)"
            )
        }
        _ => {
            let look = format!("SELECT hex({column}) FROM {table} WHERE rowid = {row}");
            let mut digits = texts(connection, &look).await.remove(0).into_bytes();
            if digits.is_empty() {
                return "SELECT 1".to_owned();
            }
            let place = dice.below(digits.len());
            digits[place] = if digits[place] == b'0' { b'1' } else { b'0' };
            format!("x'{}'", String::from_utf8(digits).unwrap())
        }
    };
    format!("UPDATE {table} SET {column} = {value} WHERE rowid = {row}")
}

#[test]
fn p8_every_single_change_of_a_table_is_found_and_named() {
    support::on_sqlite(async |place| {
        let whole = place.folder.path().join("whole");
        made(&whole).await;
        assert_eq!(found(&whole).await, None);
        let mut dice = Dice(seed());
        let mut made = 0;
        while made < changes() {
            let (table, name) = TABLES[made % TABLES.len()];
            let folder = place.folder.path().join("changed");
            copy(&whole, &folder);
            let mut connection = opened(&folder).await;
            let changed = change(&mut connection, table, &mut dice).await;
            connection.close().await.unwrap();
            if let Some(changed) = changed {
                let fault = found(&folder).await;
                let fault = fault.unwrap_or_else(|| panic!("not found: {changed}"));
                // An error names the table as well, and a changed key of the log the log.
                let is_named = fault.contains(name) || fault.contains(&format!("表 {table}"));
                assert!(is_named, "{changed}\n{fault}");
                made += 1;
            }
            fs::remove_dir_all(&folder).unwrap();
        }
    });
}

/// The files of a folder that are named by digest.
fn kept(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join("files")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with(".tmp") {
            found.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
    found.sort();
    found
}

#[test]
fn p8_every_single_change_of_a_file_is_found_and_named() {
    support::on_sqlite(async |place| {
        let folder = place.folder.path().join("whole");
        made(&folder).await;
        let files = kept(&folder);
        assert_eq!(files.len(), 2);
        let (first, second) = (fs::read(&files[0]).unwrap(), fs::read(&files[1]).unwrap());
        let path = &files[0];
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut flipped = first.clone();
        flipped[1] ^= 4;
        let longer = [&first[..], b" "].concat();
        for changed in [&flipped[..], &first[..2], &longer[..], &second[..], b""] {
            fs::write(path, changed).unwrap();
            let fault = found(&folder).await.unwrap();
            assert!(fault.contains(name), "{fault}");
        }
        fs::remove_file(path).unwrap();
        assert!(found(&folder).await.unwrap().contains(name));
        fs::write(path, &first).unwrap();
        assert_eq!(found(&folder).await, None);
    });
}

#[test]
fn p8_every_bit_of_an_archive_counts() {
    support::on_sqlite(async |place| {
        let folder = place.folder.path().join("whole");
        made(&folder).await;
        let store = Store::open(&folder, None).await.unwrap();
        let (path, changed) = (folder.join("a.zip"), folder.join("b.zip"));
        store.export(&path, Edition::Full, Moment(5)).await.unwrap();
        let key = store.key.public();
        store.close().await;
        verify(&path, Some(&key), None).unwrap().unwrap();
        let whole = fs::read(&path).unwrap();
        let mut dice = Dice(seed());
        for _ in 0..changes() {
            let mut bytes = whole.clone();
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
            fs::write(&changed, bytes).unwrap();
            let found = verify(&changed, Some(&key), None);
            assert!(!matches!(found, Ok(Ok(_))), "byte {at}");
        }
    });
}

/// A log written anew from its middle, with the true key and all rows to fit, is found by a head
/// that was printed before.
#[test]
fn p8_a_history_written_anew_is_found_by_a_printed_head() {
    support::on_sqlite(async |place| {
        let (one, other) = (
            place.folder.path().join("one"),
            place.folder.path().join("other"),
        );
        let orders = requests(&Script::month(6).orders);
        let store = Store::create(&one, None, "zhida/test").await.unwrap();
        store.submit(&orders[..60]).await.unwrap();
        store.close().await;
        copy(&one, &other);
        let store = Store::open(&one, None).await.unwrap();
        store.submit(&orders[60..70]).await.unwrap();
        let head = store.head(Moment(9)).await.unwrap();
        let note = head.note(&store.origin, &store.key.public());
        store.submit(&orders[70..]).await.unwrap();
        assert_eq!(store.verify(Some(&note)).await.unwrap().fault, None);
        store.close().await;
        let store = Store::open(&other, None).await.unwrap();
        // One order less: everything fits itself.
        store.submit(&orders[61..]).await.unwrap();
        store.head(Moment(10)).await.unwrap();
        assert_eq!(store.verify(None).await.unwrap().fault, None);
        let fault = store.verify(Some(&note)).await.unwrap().fault.unwrap();
        assert!(fault.contains("印发的日志头"), "{fault}");
        store.close().await;
    });
}
