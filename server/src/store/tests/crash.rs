//! A process that is stopped before or after any write step, started again, ends where one that
//! was never stopped ends, and has lost nothing that it had said was done.

use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use super::support::{self, Place};
use crate::store::database::{Address, Database};
use crate::store::error::StoreError;
use crate::store::faults::Faults;
use crate::store::folder::Store;
use crate::store::jobs::{self, Claim, NewJob};
use crate::store::log::{self, NewEvent};
use crate::store::{files, replies};

/// The variables that make the child of this test.
const FOLDER: &str = "ZHIDA_TEST_FOLDER";
const ADDRESS: &str = "ZHIDA_TEST_ADDRESS";

/// How many commands the child does.
const COMMANDS: u8 = 2;

#[test]
fn stopped_at_every_step_on_sqlite() {
    support::on_sqlite(async |place| every_step(place, 1).await);
}

#[test]
fn stopped_at_many_steps_on_postgres() {
    support::on_postgres(async |place| every_step(place, 7).await);
}

/// What the world can see of a store.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    size: u64,
    root: String,
    replies: Vec<Vec<u8>>,
    files: Vec<files::FileRecord>,
    job: Option<[u8; 32]>,
}

/// Stops at each step, or at each of so many.
async fn every_step(place: &Place, stride: usize) {
    let whole = work_place(place, "whole").await;
    let (done, finished) = run(&whole, None);
    assert!(finished);
    assert_eq!(done, usize::from(COMMANDS));
    let steps = std::fs::read_to_string(whole.0.join("steps")).unwrap();
    let expected = look(&whole).await;
    let mut stops = 0;
    for step in (1..).step_by(stride) {
        let broken = work_place(place, &format!("step {step}")).await;
        let (acknowledged, finished) = run(&broken, Some(step));
        if finished {
            break;
        }
        stops += 1;
        let (done, finished) = run(&broken, None);
        assert!(finished, "step {step}");
        assert_eq!(done, usize::from(COMMANDS), "step {step}");
        let seen = look(&broken).await;
        assert_eq!(seen, expected, "step {step}, {acknowledged} acknowledged");
    }
    let steps: usize = steps.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(steps > 60, "{steps} steps");
    assert_eq!(stops, steps.div_ceil(stride));
}

/// An empty place; on PostgreSQL the one database is emptied.
async fn work_place(place: &Place, name: &str) -> (std::path::PathBuf, Option<String>) {
    let folder = place.folder.path().join(name);
    if place.is_sqlite() {
        return (folder, None);
    }
    place
        .tamper("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .await;
    let Address::Postgres(options) = &place.address else {
        unreachable!("not SQLite")
    };
    let (port, database) = (options.get_port(), options.get_database().unwrap());
    let url = format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable");
    (folder, Some(url))
}

/// Runs the child, stopped at a step or not; gives what it acknowledged and whether it ended.
fn run(
    (folder, address): &(std::path::PathBuf, Option<String>),
    stop: Option<usize>,
) -> (usize, bool) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "store::tests::crash::child", "--nocapture"]);
    child
        .env(FOLDER, folder)
        .env(ADDRESS, address.as_deref().unwrap_or(""));
    child
        .env_remove("ZHIDA_STOP_AT")
        .env("ZHIDA_COUNT_STEPS", "1");
    if let Some(step) = stop {
        child.env("ZHIDA_STOP_AT", step.to_string());
    }
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let finished = output.status.success();
    if !finished && stop.is_none() {
        panic!("{said}{}", String::from_utf8_lossy(&output.stderr));
    }
    (
        said.lines()
            .filter(|line| line.starts_with("done "))
            .count(),
        finished,
    )
}

/// The work, in a process of its own; without the variables there is none.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let address = std::env::var(ADDRESS).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .unwrap()
        .block_on(work(Path::new(&folder), &address))
        .unwrap();
}

fn address_of(text: &str) -> Option<Address> {
    (!text.is_empty()).then(|| Address::from_str(text).unwrap())
}

async fn work(folder: &Path, address: &str) -> Result<(), StoreError> {
    let address = address_of(address);
    let store = match Store::create(folder, address.as_ref(), "zhida/test").await {
        Err(StoreError::Folder { .. }) => Store::open(folder, address.as_ref()).await?,
        created => created?,
    };
    for number in 1..=COMMANDS {
        command(&store, number).await?;
        println!("\ndone {number}");
    }
    job(&store.database).await?;
    store.close().await;
    if let Some(report) = Faults::of_process()?.report() {
        std::fs::write(folder.join("steps"), report.replace(':', ": ")).unwrap();
    }
    Ok(())
}

/// A file, two events, a head and a reply, all or nothing.
async fn command(store: &Store, number: u8) -> Result<(), StoreError> {
    let content = format!("file {number}").into_bytes();
    let kept = &store.files.keep(content).await?;
    store
        .database
        .write(|mut transaction| async move {
            let (key, digest) = (format!("key {number}"), [number; 32]);
            if replies::find(&mut transaction, &key, &digest)
                .await?
                .is_some()
            {
                return Ok(());
            }
            let at = i64::from(number);
            let event = |kind: &str| NewEvent {
                at,
                kind: kind.to_owned(),
                body: vec![number],
            };
            let events = [event("one"), event("two")];
            let appended = log::append(&mut transaction, &events).await?;
            log::sign_head(&mut transaction, &store.key, &store.origin, at).await?;
            files::record(&mut transaction, kept, "kind", &format!("{number}.xml"), at).await?;
            let reply = appended.last.to_string().into_bytes();
            replies::keep(&mut transaction, &key, &digest, Some(&appended), &reply, at).await
        })
        .await
}

/// A job that is taken up again after a kill.
async fn job(database: &Database) -> Result<(), StoreError> {
    let (id, kind, arguments) = ("j", "sweep", "{}");
    let (holder, now, span) = ("one", 5, 10);
    database
        .write(|mut transaction| async move {
            jobs::put_back(&mut transaction, holder, now).await?;
            jobs::ask(
                &mut transaction,
                NewJob {
                    id,
                    kind,
                    arguments,
                },
                now,
            )
            .await
        })
        .await?;
    let claim = Claim { holder, now, span };
    let claimed = database
        .write(|mut transaction| async move { jobs::claim(&mut transaction, kind, claim).await })
        .await?;
    let Some((_, lease)) = claimed else {
        return Ok(());
    };
    let lease = &lease;
    database
        .write(|mut transaction| async move {
            jobs::finish(&mut transaction, lease, &[8; 32], now).await
        })
        .await
}

async fn look((folder, address): &(std::path::PathBuf, Option<String>)) -> Seen {
    let address = address.as_deref().and_then(address_of);
    let store = Store::open(folder, address.as_ref()).await.unwrap();
    let mut reader = store.database.read().await.unwrap();
    let verified = log::verify(&mut reader, &store.origin, &store.keys, None).await;
    let verified = verified.unwrap().unwrap();
    assert_eq!(verified.heads, u64::from(COMMANDS));
    assert_eq!(store.files.verify(&mut reader).await.unwrap(), []);
    let mut found = Vec::new();
    for number in 1..=COMMANDS {
        let reply = replies::find(&mut reader, &format!("key {number}"), &[number; 32]).await;
        found.push(reply.unwrap().unwrap().bytes);
    }
    let files = files::list(&mut reader).await.unwrap();
    let job = jobs::find(&mut reader, "j").await.unwrap().result;
    drop(reader);
    store.close().await;
    Seen {
        size: verified.size,
        root: verified.root.to_string(),
        replies: found,
        files,
        job,
    }
}
