//! R17: two servers on one PostgreSQL. The one that was paused in the middle of a seal finds, when
//! it goes on, that the other has sealed and sent: it does neither.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::str::FromStr;

use zhida_engine::payouts::{BatchId, BatchState, Command, Subject};

use super::books::requests;
use super::support::month::Script;
use super::support::{self, Place};
use crate::store::database::Address;
use crate::store::{Answered, Request, Store};

/// The variables that make the child of this test.
const FOLDER: &str = "ZHIDA_SERVERS_FOLDER";
const ADDRESS: &str = "ZHIDA_SERVERS_ADDRESS";

#[test]
fn a_server_that_was_paused_in_a_seal_neither_seals_nor_sends() {
    support::on_postgres(async |place| paused(place).await);
}

/// Everything up to the batch; then the seal, the intent to send and the receipt.
fn orders() -> (Vec<Request>, Vec<Request>) {
    let mut script = Script::default();
    script.opening(1_000_000);
    script.taken(0..3);
    script.checked(0..3);
    script.approved(0..3);
    script.shown(0..3);
    script.confirmed(0..3);
    script.sent("批", &[0, 1, 2]);
    let orders = requests(&script.orders);
    let is_seal = |request: &Request| matches!(request.order.command, Command::Seal { .. });
    let place = orders.iter().position(is_seal).unwrap();
    let (before, rest) = orders.split_at(place);
    (before.to_vec(), rest.to_vec())
}

/// The same orders under other keys.
fn again(orders: &[Request], name: &str) -> Vec<Request> {
    let request = |request: &Request| Request {
        key: format!("{name} {}", request.key),
        order: request.order.clone(),
    };
    orders.iter().map(request).collect()
}

fn code(answer: &Answered) -> u16 {
    match answer {
        Answered::Done { .. } => 0,
        Answered::Refused { code, .. } => *code,
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Process::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

async fn paused(place: &Place) {
    let (one, two) = (
        place.folder.path().join("one"),
        place.folder.path().join("two"),
    );
    let address = Some(&place.address);
    let (before, rest) = orders();
    let store = Store::create(&one, address, "zhida/test").await.unwrap();
    let answers = store.submit(&before).await.unwrap();
    assert!(
        answers.iter().all(|answer| code(answer) == 0),
        "{answers:?}"
    );
    store.close().await;
    // A second server has a folder of its own, with the same key of the log.
    std::fs::create_dir(&two).unwrap();
    for entry in std::fs::read_dir(&one).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            std::fs::copy(entry.path(), two.join(entry.file_name())).unwrap();
        }
    }
    let mut child = spawn(place, &one);
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = said.find(|line| line.as_ref().is_ok_and(|line| line == "ready"));
    assert!(ready.is_some());
    signal(&child, "-STOP");

    let store = Store::open(&two, address).await.unwrap();
    let answers = store.submit(&again(&rest, "second")).await.unwrap();
    assert!(
        answers.iter().all(|answer| code(answer) == 0),
        "{answers:?}"
    );

    std::fs::write(one.join("go"), "").unwrap();
    signal(&child, "-CONT");
    let said: Vec<String> = said.map_while(Result::ok).collect();
    assert!(child.wait().unwrap().success());
    let codes: Vec<&str> = said
        .iter()
        .filter_map(|line| line.strip_prefix("code "))
        .collect();
    // The batch is no longer where these steps begin.
    assert_eq!(codes, ["303", "303", "303"], "{said:?}");
    let batch = BatchId::new("批0");
    let books = store.see(&[Subject::Batch(batch.clone())]).await.unwrap();
    let batch = books.batch(&batch).unwrap();
    assert_eq!(batch.state, BatchState::Sent);
    assert_eq!(store.verify(None).await.unwrap().fault, None);
    store.close().await;
}

fn spawn(place: &Place, folder: &Path) -> Child {
    let Address::Postgres(options) = &place.address else {
        unreachable!("not SQLite")
    };
    let (port, database) = (options.get_port(), options.get_database().unwrap());
    let mut child = Process::new(std::env::current_exe().unwrap());
    child.args(["--exact", "store::tests::servers::child", "--nocapture"]);
    child.env(FOLDER, folder).env(
        ADDRESS,
        format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable"),
    );
    child.stdout(Stdio::piped()).spawn().unwrap()
}

/// The first server, in a process of its own; without the variables there is none.
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
        .block_on(first(Path::new(&folder), &address));
}

/// Looks at the batch as a seal does, waits, and goes on as if nothing had happened.
async fn first(folder: &Path, address: &str) {
    let address = Address::from_str(address).unwrap();
    let store = Store::open(folder, Some(&address)).await.unwrap();
    let (_, rest) = orders();
    let batch = BatchId::new("批0");
    let books = store.see(&[Subject::Batch(batch.clone())]).await.unwrap();
    assert_eq!(books.batch(&batch).unwrap().state, BatchState::Open);
    println!("\nready");
    while !folder.join("go").exists() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    for request in again(&rest, "first") {
        let answers = store.submit(&[request]).await.unwrap();
        println!("\ncode {}", code(&answers[0]));
    }
    store.close().await;
}
