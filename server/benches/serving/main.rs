//! What the server gives on two cores with 1,000,000 enterprises loaded: searches a second and
//! how long they take, *my measures*, what honest clients notice of an attack by slow ones, and
//! memory. The real binary answers on a real port, in the clear, over connections that stay open;
//! every answer is compared with one that was looked at. All limits are those of an installation
//! that has decided nothing; every honest client has an address of its own on this machine.
//!
//! The load comes from this process on the same two cores: its share is printed beside each
//! figure. `ZHIDA_BENCH_QUICK=1` takes a tenth of the enterprises and shorter times.
//! `ZHIDA_BENCH_ROWS`, `ZHIDA_BENCH_SECONDS` and `ZHIDA_BENCH_ACCOUNTS` change one size each,
//! `ZHIDA_BENCH_PARTS=search,mine,attack` chooses among the parts. For a profiler,
//! `perf record -g -p` takes the process that is printed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::disallowed_types,
    reason = "a measurement that cannot be made fails, and prints times and shares"
)]

mod attack;
mod client;
mod figures;
mod load;
mod questions;
mod scene;
mod server;

use std::time::Duration;

use client::Asked;
use figures::{Figures, Target};
use load::{as_many_as_possible, at_a_rate};
use scene::Scene;
use server::Server;

/// Searches a second that must be answered, and how fast.
const SEARCHES: f64 = 1_000.0;
const SEARCH_P99: Duration = Duration::from_millis(20);
/// *My measures*.
const MINE_P99: Duration = Duration::from_millis(50);
/// How many enterprises a second look at it: more than a city's do on a busy day.
const MINE_RATE: f64 = 100.0;
/// What honest clients notice of an attack.
const HONEST_P99: Duration = Duration::from_millis(500);
/// How much honest clients ask for meanwhile.
const HONEST_RATE: f64 = 200.0;
/// How much more memory than after loading there may be at any moment.
const MORE_MIB: u64 = 512;

fn main() {
    let settings = scene::Settings::read();
    let scene = Scene::make(&settings);
    let server = Server::start(&scene);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    println!(
        "{} enterprises, process {}, {} connections; the load shares the two cores",
        settings.rows,
        server.process(),
        load::CONNECTIONS
    );
    let loaded = server.memory();
    let mut is_met = true;
    println!("  loaded: {loaded} MiB");
    let parts = &settings.parts;
    if parts.iter().any(|part| part == "search") {
        let searches = questions::searches(&scene.library);
        let asked = runtime.block_on(questions::looked_at(server.address, searches));
        println!("public search, {} different questions", asked.len());
        is_met &= runtime.block_on(searching(&server, &asked, settings.span));
    }
    let mine = runtime.block_on(scene.signed_in(server.address));
    if parts.iter().any(|part| part == "mine") {
        println!("my measures, {} enterprises signed in", mine.len());
        is_met &= runtime.block_on(looking(&server, &mine, settings.span));
    }
    if parts.iter().any(|part| part == "attack") {
        let searches = questions::searches(&scene.library);
        let mut all = runtime.block_on(questions::looked_at(server.address, searches));
        // Every other honest client looks at its own measures.
        let searches = std::mem::take(&mut all);
        let mut own = mine.iter().cycle();
        for search in searches {
            all.push(search);
            all.extend(own.next().cloned());
        }
        is_met &= under_attack(&runtime, &server, &all, settings.span * 2);
    }
    let most = server.peak();
    let is_bounded = most <= loaded + MORE_MIB;
    let word = figures::word(is_bounded);
    println!("memory: {most} MiB at the most, {loaded} MiB loaded, {MORE_MIB} MiB more: {word}");
    // Leaving the program at once drops nothing.
    drop(server);
    if !(is_met && is_bounded) {
        std::process::exit(1);
    }
}

/// What was measured; whether the target was met.
async fn searching(server: &Server, asked: &[Asked], span: Duration) -> bool {
    let watch = server.watch();
    let found = as_many_as_possible(server.address, asked, span).await;
    show("as many as possible", &found, &watch.read(server), None);
    let watch = server.watch();
    let found = at_a_rate(server.address, asked, SEARCHES, span).await;
    let target = Target::of(SEARCHES, SEARCH_P99);
    show("1,000 a second", &found, &watch.read(server), Some(target))
}

async fn looking(server: &Server, asked: &[Asked], span: Duration) -> bool {
    let watch = server.watch();
    let found = as_many_as_possible(server.address, asked, span).await;
    show("as many as possible", &found, &watch.read(server), None);
    let watch = server.watch();
    let found = at_a_rate(server.address, asked, MINE_RATE, span).await;
    let target = Target::of(MINE_RATE, MINE_P99);
    show("100 a second", &found, &watch.read(server), Some(target))
}

fn under_attack(
    runtime: &tokio::runtime::Runtime,
    server: &Server,
    asked: &[Asked],
    span: Duration,
) -> bool {
    let attack = attack::Attack::begin(server.address);
    println!("under attack by {} slow clients", attack::CLIENTS);
    // The first of them hold their places before anything is measured.
    std::thread::sleep(Duration::from_secs(3));
    let watch = server.watch();
    let found = runtime.block_on(at_a_rate(server.address, asked, HONEST_RATE, span));
    let target = Target::of(HONEST_RATE, HONEST_P99);
    let share = watch.read(server);
    let is_met = show("honest, 200 a second", &found, &share, Some(target));
    let (opened, cut) = attack.end();
    println!("  slow connections opened {opened}, cut by the server {cut}");
    is_met
}

fn show(name: &str, found: &Figures, share: &server::Share, target: Option<Target>) -> bool {
    println!("  {name:<22}{found}  {share}");
    let is_met = target.is_none_or(|target| {
        let is_met = target.is_met(found);
        println!("    {target}: {}", figures::word(is_met));
        is_met
    });
    assert_eq!(
        found.wrong, 0,
        "answers that are not what they were: {:?}",
        found.first_wrong
    );
    is_met
}
