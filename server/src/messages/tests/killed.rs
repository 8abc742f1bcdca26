//! A courier that is killed at any step delivers at least once, and one killing adds one delivery
//! at most.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::carried::tell;
use super::sinks::{self, channels, settings};
use super::told::enterprise;
use crate::messages::Courier;
use crate::messages::inbox::{self, Contact, Tongue};
use crate::store::StoreError;
use crate::store::database::{Address, Database};

/// The variables that make the child of this test.
const FOLDER: &str = "ZHIDA_TEST_FOLDER";
const SINK: &str = "ZHIDA_TEST_SINK";
const HOUR: i64 = 3_600_000_000;

#[tokio::test]
async fn killed_at_every_step_it_is_delivered_once_or_twice() {
    let mut twice = 0;
    for step in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let (sink, requests) = sinks::web("204 Good").await;
        let database = open(folder.path()).await;
        let contact = &Contact {
            channel: "短信".to_owned(),
            address: "13800138000".to_owned(),
            tongue: Tongue::Chinese,
        };
        let added: Result<(), StoreError> = database
            .write(|mut transaction| async move {
                inbox::add_contact(&mut transaction, &enterprise(1), contact, 1).await
            })
            .await;
        added.unwrap();
        tell(&database, "a").await.unwrap();
        database.close().await;
        let is_whole = run(folder.path(), sink, step).await;
        let before = requests.all().len();
        assert!(before <= 1, "step {step}");
        let database = open(folder.path()).await;
        let settings = settings(folder.path(), None, Some(sink));
        let courier = Courier::new(database.clone(), channels(&settings), 9);
        courier.round(2 * HOUR).await.unwrap();
        let after = requests.all().len();
        assert!((1..=2).contains(&after), "step {step}: {after}");
        twice += usize::from(after == 2);
        assert_eq!(
            courier.round(9 * HOUR).await.unwrap().tried,
            0,
            "step {step}"
        );
        if is_whole {
            assert!(step > 10, "{step} steps");
            assert_eq!(after, 1);
            // It was killed between sending and writing down, too.
            assert!(twice > 0);
            return;
        }
    }
}

async fn open(folder: &Path) -> Database {
    Database::open(&Address::Sqlite(folder.join("db")))
        .await
        .unwrap()
}

/// Runs the child, stopped at a step; whether it came to its end before.
async fn run(folder: &Path, sink: SocketAddr, step: usize) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "messages::tests::killed::child", "--nocapture"]);
    child.env(FOLDER, folder).env(SINK, sink.to_string());
    child.env("ZHIDA_STOP_AT", step.to_string());
    // The sink answers meanwhile.
    let output = tokio::task::spawn_blocking(move || child.output().unwrap())
        .await
        .unwrap();
    output.status.success()
}

/// One round, in a process of its own; without the variables there is none.
#[tokio::test]
async fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let sink = std::env::var(SINK).unwrap().parse().unwrap();
    let folder = Path::new(&folder);
    let settings = settings(folder, None, Some(sink));
    let database = open(folder).await;
    let courier = Courier::new(database, channels(&settings), 9);
    courier.round(HOUR).await.unwrap();
}
