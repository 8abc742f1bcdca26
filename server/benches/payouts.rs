//! How long payouts take: 10,000 of them from taken-up awards to settled money with a simulated
//! bank, and approvals by 64 clients at once; on SQLite, and on PostgreSQL where
//! `ZHIDA_BENCH_POSTGRES` holds the address of an empty database.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    dead_code,
    reason = "a measurement that cannot be made fails; the script is shared with the tests"
)]

#[path = "../src/store/tests/support/month.rs"]
mod month;

use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use month::Script;
use zhida::{Address, Answered, Request, Store};

/// How many payouts go from award to settled.
const PAYOUTS: usize = 10_000;
/// How many orders a command line hands in at once here.
const AT_ONCE: usize = 2_000;
/// Who approves at once, and how many each.
const CLIENTS: usize = 64;
const EACH: usize = 100;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let postgres = std::env::var("ZHIDA_BENCH_POSTGRES").ok();
    let postgres = postgres.map(|text| Address::from_str(&text).unwrap());
    let folder = tempfile::tempdir_in(".").unwrap();
    runtime.block_on(async {
        let store = Store::create(&folder.path().join("life"), None, "zhida/bench").await;
        life(&store.unwrap()).await;
        let store = Store::create(&folder.path().join("race"), None, "zhida/bench").await;
        approvals("SQLite", store.unwrap()).await;
        match postgres {
            Some(address) => {
                let folder = folder.path().join("postgres");
                let store = Store::create(&folder, Some(&address), "zhida/bench").await;
                approvals("PostgreSQL", store.unwrap()).await;
            }
            None => println!("PostgreSQL: not measured, ZHIDA_BENCH_POSTGRES is not set"),
        }
    });
}

/// Hands the orders of a script in; every one must be carried out.
async fn submit(store: &Store, script: Script, number: &mut usize) -> Duration {
    let mut requests = Vec::new();
    for (_, order) in script.orders {
        *number += 1;
        let key = format!("{number}");
        requests.push(Request { key, order });
    }
    let begun = Instant::now();
    for part in requests.chunks(AT_ONCE) {
        for answer in store.submit(part).await.unwrap() {
            assert!(matches!(answer, Answered::Done { .. }), "{answer:?}");
        }
    }
    begun.elapsed()
}

fn step(work: impl FnOnce(&mut Script)) -> impl FnOnce(&mut Script) -> Script {
    move |clock| {
        work(clock);
        let mut done = Script::default();
        done.orders = std::mem::take(&mut clock.orders);
        done
    }
}

async fn life(store: &Store) {
    let all = 0..PAYOUTS;
    let (mut clock, mut number) = (Script::default(), 0);
    let opening = step(|script| script.opening(1_000_000_000_000))(&mut clock);
    submit(store, opening, &mut number).await;
    let mut total = Duration::ZERO;
    println!("{PAYOUTS} payouts on SQLite");
    let numbers: Vec<usize> = all.clone().collect();
    type Step<'a> = (&'a str, Box<dyn FnOnce(&mut Script)>);
    let steps: [Step<'_>; 8] = [
        ("taken up", Box::new(|script| script.taken(0..PAYOUTS))),
        (
            "proposed, checked",
            Box::new(|script| script.checked(0..PAYOUTS)),
        ),
        ("approved", Box::new(|script| script.approved(0..PAYOUTS))),
        ("shown", Box::new(|script| script.shown(0..PAYOUTS))),
        ("confirmed", Box::new(|script| script.confirmed(0..PAYOUTS))),
        (
            "batched, sealed, sent",
            Box::new(move |script| script.sent("批", &numbers)),
        ),
        (
            "answered",
            Box::new(|script| (0..PAYOUTS).for_each(|number| script.paid(number, 1))),
        ),
        ("settled", Box::new(|script| script.settled(0..PAYOUTS))),
    ];
    for (name, work) in steps {
        let script = step(work)(&mut clock);
        let orders = script.orders.len();
        let span = submit(store, script, &mut number).await;
        total += span;
        println!("  {name:<24}{:>8} ms {orders:>8} orders", span.as_millis());
    }
    println!(
        "  together                {:>8} ms (target 60,000)",
        total.as_millis()
    );
    let begun = Instant::now();
    let found = store.verify(None).await.unwrap();
    assert_eq!(found.fault, None);
    let span = begun.elapsed().as_millis();
    println!(
        "  verified                {span:>8} ms {:>8} events",
        found.events
    );
}

async fn approvals(name: &str, store: Store) {
    let all = CLIENTS * EACH;
    let (mut clock, mut number) = (Script::default(), 0);
    let before = step(|script| {
        script.opening(1_000_000_000_000);
        script.taken(0..all);
        script.checked(0..all);
    })(&mut clock);
    submit(&store, before, &mut number).await;
    let store = Arc::new(store);
    let begun = Instant::now();
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let store = Arc::clone(&store);
        let mut script = Script::default();
        script.approved(client * EACH..(client + 1) * EACH);
        clients.push(tokio::spawn(async move {
            let mut spans = Vec::new();
            for (key, order) in script.orders {
                let key = format!("{client} {key}");
                let begun = Instant::now();
                let answers = store.submit(&[Request { key, order }]).await.unwrap();
                assert!(
                    matches!(answers[..], [Answered::Done { .. }]),
                    "{answers:?}"
                );
                spans.push(begun.elapsed());
            }
            spans
        }));
    }
    let mut spans = Vec::new();
    for client in clients {
        spans.extend(client.await.unwrap());
    }
    let whole = begun.elapsed();
    spans.sort();
    let millis = |part: usize| spans[(spans.len() * part / 100).min(spans.len() - 1)].as_millis();
    let rate = u128::try_from(all).unwrap() * 1_000 / whole.as_millis().max(1);
    println!(
        "{name}: {rate} approvals/s by {CLIENTS} clients (target 500), \
         p50 {} ms, p99 {} ms (target 200), longest {} ms",
        millis(50),
        millis(99),
        millis(100)
    );
}
