//! A claim that was lost ends nothing, and a heart that beats keeps its claim.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use zhida_engine::payouts::{Actor, Moment};

use super::pulse::{Heart, Pulse};
use super::queue::{self, Worker, lease_microseconds};
use super::work::{SealWork, Work};
use crate::command::payout::Seal;
use crate::payouts::desk::{Desk, DeskArguments};
use crate::store::jobs::{JobState, Lease};

fn arguments(folder: &Path) -> DeskArguments {
    DeskArguments {
        data: folder.join("data"),
        now: Some(Moment(0)),
        ..DeskArguments::default()
    }
}

fn work() -> Work {
    let seal = r#"{"batch":"B1","count":1,"total":"1.00"}"#;
    Work::Seal(SealWork {
        seal: serde_json::from_str::<Seal>(seal).unwrap(),
        actor: Actor::System,
        key: "job/J1".to_owned(),
    })
}

/// A desk with one job, and a worker.
fn desk_with_job(folder: &Path) -> (Desk, Worker) {
    let arguments = arguments(folder);
    let desk = Desk::create(&arguments, "示例").unwrap();
    queue::ask(&desk, "J1", &work()).unwrap();
    let worker = Worker::new(&desk, None).unwrap();
    (desk, worker)
}

fn heart(desk: &Desk, worker: &Worker, lease: &Lease) -> Heart {
    Heart {
        database: desk.store.database.clone(),
        lease: lease.clone(),
        holder: worker.holder.clone(),
        clock: worker.clock,
        interrupted: Arc::new(AtomicBool::new(false)),
        beat: Duration::from_millis(5),
    }
}

/// Waits for something that another thread does; a test that waits in vain fails.
fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(20), "in vain");
        std::thread::yield_now();
    }
}

#[test]
fn what_was_written_down_is_read_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, _) = desk_with_job(folder.path());
    let job = queue::list(&desk, 1).unwrap().pop().unwrap();
    assert_eq!(Work::of(&job).unwrap().arguments().unwrap(), job.arguments);
    assert_eq!(job.arguments, work().arguments().unwrap());
}

#[test]
fn a_worker_whose_claim_ran_out_cannot_finish() {
    let folder = tempfile::tempdir().unwrap();
    let (mut desk, slow) = desk_with_job(folder.path());
    let (_, stale) = slow.claim(&desk).unwrap().unwrap();
    // Still claimed: nobody else gets it.
    assert!(slow.claim(&desk).unwrap().is_none());
    desk.at = Moment(lease_microseconds().saturating_mul(2));
    let mut next = Worker::new(&desk, None).unwrap();
    next.holder = "other".to_owned();
    let (job, lease) = next.claim(&desk).unwrap().unwrap();
    assert_eq!((job.id.as_str(), job.fence), ("J1", 2));
    assert!(slow.finish(&desk, &stale, &[1; 32]).is_err());
    assert!(slow.fail(&desk, &stale, "…").is_err());
    assert!(queue::check(&desk, &stale).is_err());
    queue::check(&desk, &lease).unwrap();
    next.finish(&desk, &lease, &[2; 32]).unwrap();
    let job = queue::list(&desk, 1).unwrap().pop().unwrap();
    assert_eq!((job.state, job.result), (JobState::Done, Some([2; 32])));
}

#[test]
fn a_heart_that_beats_keeps_its_claim_and_tells_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, worker) = desk_with_job(folder.path());
    let (before, lease) = worker.claim(&desk).unwrap().unwrap();
    let pulse = Arc::new(Pulse::new("试"));
    pulse.tell(3, 9);
    let heart = heart(&desk, &worker, &lease).beat(Arc::clone(&pulse));
    let heart = desk.handle().spawn(heart);
    let now = || queue::list(&desk, 1).unwrap().pop().unwrap();
    until(|| now().lease_until > before.lease_until && now().done == 3);
    pulse.end();
    desk.handle().block_on(heart).unwrap();
    assert!(!pulse.is_stopped());
    assert_eq!((now().state, now().total), (JobState::Running, 9));
    worker.finish(&desk, &lease, &[1; 32]).unwrap();
}

#[test]
fn a_job_that_is_cancelled_stops_its_work() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, worker) = desk_with_job(folder.path());
    let (_, lease) = worker.claim(&desk).unwrap().unwrap();
    let pulse = Arc::new(Pulse::new("试"));
    let heart = heart(&desk, &worker, &lease).beat(Arc::clone(&pulse));
    let heart = desk.handle().spawn(heart);
    queue::cancel(&desk, "J1").unwrap();
    until(|| pulse.is_stopped());
    desk.handle().block_on(heart).unwrap();
    assert!(pulse.take_lost().is_some());
    assert!(worker.finish(&desk, &lease, &[1; 32]).is_err());
    assert!(worker.claim(&desk).unwrap().is_none());
}
