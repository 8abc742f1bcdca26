//! The pulse of a job: how far it is, whether it is to stop, and the claim renewed meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::queue::{Clock, LEASE};
use crate::progress::Progress;
use crate::store::StoreError;
use crate::store::database::Database;
use crate::store::jobs::{self, Claim, Lease};

/// How often the pulse looks whether somebody wants the job to stop.
const TICK: Duration = Duration::from_millis(100);

/// What the work and the heart share.
pub(super) struct Pulse {
    bar: Progress,
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
    ended: Notify,
    lost: Mutex<Option<StoreError>>,
}

impl Pulse {
    /// The pulse of work that begins.
    pub(super) fn new(work: &'static str) -> Self {
        Self {
            bar: Progress::new(work, 0),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            ended: Notify::new(),
            lost: Mutex::new(None),
        }
    }

    /// So much is done of so much.
    pub(super) fn tell(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.bar.set(done, total);
    }

    /// Whether the work is to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What is set when the work is to stop.
    pub(super) fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    /// The work has ended.
    pub(super) fn end(&self) {
        self.ended.notify_one();
    }

    /// Why the job is no longer ours, if so.
    pub(super) fn take_lost(&self) -> Option<StoreError> {
        self.lost
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn lose(&self, error: StoreError) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        self.stop.store(true, Ordering::Relaxed);
    }

    fn progress(&self) -> jobs::Progress {
        jobs::Progress {
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        }
    }
}

/// What keeps a claim alive.
pub(super) struct Heart {
    pub(super) database: Database,
    pub(super) lease: Lease,
    pub(super) holder: String,
    pub(super) clock: Clock,
    /// Set when the whole process is to end.
    pub(super) interrupted: Arc<AtomicBool>,
    /// How often the claim is renewed.
    pub(super) beat: Duration,
}

impl Heart {
    /// Beats until the work has ended, or is to stop.
    pub(super) async fn beat(self, pulse: Arc<Pulse>) {
        let (mut last, mut tried) = (Instant::now(), Instant::now());
        loop {
            tokio::select! {
                () = pulse.ended.notified() => return,
                () = tokio::time::sleep(TICK.min(self.beat)) => {}
            }
            if self.interrupted.load(Ordering::Relaxed) {
                pulse.stop.store(true, Ordering::Relaxed);
            }
            if tried.elapsed() < self.beat {
                continue;
            }
            tried = Instant::now();
            match self.renew(&pulse).await {
                Ok(()) => last = tried,
                Err(error @ StoreError::StaleLease { .. }) => return pulse.lose(error),
                // A database that is busy may answer before the claim runs out.
                Err(error) if last.elapsed() >= LEASE => return pulse.lose(error),
                Err(_) => {}
            }
        }
    }

    async fn renew(&self, pulse: &Pulse) -> Result<(), StoreError> {
        let (lease, progress) = (&self.lease, pulse.progress());
        let claim = Claim {
            holder: &self.holder,
            now: self.clock.now(),
            span: super::queue::lease_microseconds(),
        };
        self.database
            .write(|mut transaction| async move {
                jobs::renew(&mut transaction, lease, progress, claim).await
            })
            .await
    }
}
