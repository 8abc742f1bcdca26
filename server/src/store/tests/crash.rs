//! Promises P6 and P7: a process that is stopped before or after any write step, started again,
//! ends where one that was never stopped ends, and has lost nothing that it had said was done.

use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use zhida_engine::payouts::{Digest, Moment};

use super::books::requests;
use super::support::month::Script;
use super::support::{self, Place};
use crate::store::Store;
use crate::store::database::{Address, Database};
use crate::store::error::StoreError;
use crate::store::faults::Faults;
use crate::store::jobs::{self, Claim, NewJob};

/// The variables that make the child of this test.
const FOLDER: &str = "ZHIDA_TEST_FOLDER";
const ADDRESS: &str = "ZHIDA_TEST_ADDRESS";

/// How many orders are handed in at once: few transactions, as each is stopped at every step.
const GROUP: usize = 32;

#[test]
fn p6_p7_stopped_at_every_step_of_a_month() {
    support::on_sqlite(async |place| every_step(place, 1).await);
}

#[test]
fn p6_p7_stopped_at_many_steps_on_postgres() {
    support::on_postgres(async |place| every_step(place, 23).await);
}

/// What a child said.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    /// Each answer that it acknowledged, with its place.
    done: Vec<String>,
    /// What the data come to: root of the log, books, files, job.
    end: Option<String>,
}

/// Stops at each step, or at each of so many.
async fn every_step(place: &Place, stride: usize) {
    let whole = work_place(place, "whole").await;
    let expected = run(&whole, None);
    assert!(expected.end.is_some());
    let steps = std::fs::read_to_string(whole.0.join("steps")).unwrap();
    let steps: usize = steps.parse().unwrap();
    assert!(steps > 100, "{steps} steps");
    let mut stops = 0;
    for step in (1..).step_by(stride) {
        let broken = work_place(place, &format!("step {step}")).await;
        let before = run(&broken, Some(step));
        // What was said to be done is what is answered for ever.
        assert_eq!(
            before.done,
            expected.done[..before.done.len()],
            "step {step}"
        );
        if before.end.is_some() {
            break;
        }
        stops += 1;
        assert_eq!(run(&broken, None), expected, "step {step}");
        std::fs::remove_dir_all(&broken.0).unwrap();
    }
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

/// Runs the child, stopped at a step or not.
fn run((folder, address): &(std::path::PathBuf, Option<String>), stop: Option<usize>) -> Said {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "store::tests::crash::child", "--nocapture"]);
    child
        .env(FOLDER, folder)
        .env(ADDRESS, address.as_deref().unwrap_or(""));
    child.env_remove("ZHIDA_STOP_AT");
    if let Some(step) = stop {
        child.env("ZHIDA_STOP_AT", step.to_string());
    }
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let is_whole = output.status.success();
    if !is_whole && stop.is_none() {
        panic!("{said}{}", String::from_utf8_lossy(&output.stderr));
    }
    let lines = |word: &'static str| said.lines().filter_map(move |line| line.strip_prefix(word));
    Said {
        done: lines("done ").map(str::to_owned).collect(),
        end: lines("end ")
            .next_back()
            .filter(|_| is_whole)
            .map(str::to_owned),
    }
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

async fn work(folder: &Path, address: &str) -> Result<(), StoreError> {
    let address = (!address.is_empty()).then(|| Address::from_str(address).unwrap());
    let store = match Store::create(folder, address.as_ref(), "zhida/test").await {
        Err(StoreError::Folder { .. }) => Store::open(folder, address.as_ref()).await?,
        created => created?,
    };
    let orders = requests(&Script::month(6).orders);
    for (place, group) in orders.chunks(GROUP).enumerate() {
        let answers = store.submit(group).await?;
        let answers = Digest::of(&serde_json::to_vec(&answers).unwrap());
        println!("\ndone {place} {answers}");
    }
    let at = Moment(7);
    let digest = store.keep("payment", "批0.xml", b"bytes", at).await?;
    let bytes = store.fetch(&digest).await?;
    store.place(&folder.join("out"), "批0.xml", &bytes).await?;
    println!("\ndone placed {digest}");
    store.head(at).await?;
    job(&store.database).await?;
    let steps = Faults::of_process()?.taken();
    let found = store.verify(None).await?;
    assert_eq!((found.fault, found.files), (None, 1));
    assert_eq!(std::fs::read(folder.join("out/批0.xml")).unwrap(), b"bytes");
    let mut reader = store.database.read().await?;
    let result = jobs::find(&mut reader, "j").await?.result;
    drop(reader);
    println!("\nend {} {} {result:?}", found.root, found.books);
    store.close().await;
    std::fs::write(folder.join("steps"), steps.to_string()).unwrap();
    Ok(())
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
