//! What goes on on one connection: which requests are being answered, and who waits for whom.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::serve::patience::Patience;

/// Shared by the connection, its stream and its bodies.
#[derive(Debug)]
pub(super) struct Activity(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Requests that began, and of those the ones that ended.
    started: u64,
    finished: u64,
    /// How many had ended when everything was last written out.
    flushed: u64,
    /// Since when nothing goes on.
    quiet_since: Instant,
    /// Since when the client takes no bytes, and what is left of the patience with it.
    blocked: Option<Instant>,
    patience: Patience,
    /// Answers of which the client has not asked for more, each with its own patience.
    bodies: BTreeMap<u64, (Instant, Patience)>,
    /// What is wrong with the framing of the head that was read last.
    malformed: Option<&'static str>,
    full: Patience,
}

/// What is to become of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on.
    Fine,
    /// No request for too long.
    Idle,
    /// The client does not take what it asked for.
    Stalled,
}

impl Activity {
    pub(super) fn new(patience: Patience) -> Self {
        Self(Mutex::new(State {
            started: 0,
            finished: 0,
            flushed: 0,
            quiet_since: Instant::now(),
            blocked: None,
            patience,
            bodies: BTreeMap::new(),
            malformed: None,
            full: patience,
        }))
    }

    /// A request begins; its number.
    pub(super) fn begin(&self) -> u64 {
        let mut state = self.state();
        state.started = state.started.saturating_add(1);
        state.started
    }

    /// A request has ended: its answer is handed over whole, or nobody wants it any more.
    pub(super) fn end(&self, number: u64) {
        let mut state = self.state();
        state.finished = state.finished.saturating_add(1);
        state.bodies.remove(&number);
        state.quiet_since = Instant::now();
    }

    /// How many requests began, where no other is going on and all answers are written out.
    pub(super) fn quiet_after(&self) -> Option<u64> {
        let state = self.state();
        (state.flushed == state.started).then_some(state.started)
    }

    /// Everything so far is written out.
    pub(super) fn flushed(&self) {
        let mut state = self.state();
        state.flushed = state.finished;
    }

    /// The client took no bytes.
    pub(super) fn blocked(&self) {
        let mut state = self.state();
        state.blocked.get_or_insert_with(Instant::now);
    }

    /// The client took bytes.
    pub(super) fn wrote(&self, bytes: usize) {
        let mut state = self.state();
        if let Some(since) = state.blocked.take() {
            state.patience.waited(since.elapsed());
            // A late reader of a long answer is not idle.
            state.quiet_since = Instant::now();
        }
        state.patience.moved(bytes);
    }

    /// A part of an answer was handed over: from now on the client is waited for.
    pub(super) fn offered(&self, number: u64, bytes: usize) {
        let mut state = self.state();
        let full = state.full;
        let (since, patience) = state
            .bodies
            .entry(number)
            .or_insert_with(|| (Instant::now(), full));
        *since = Instant::now();
        patience.moved(bytes);
    }

    /// The client asks for the next part: from now on it waits for the server.
    pub(super) fn asked(&self, number: u64) {
        let mut state = self.state();
        if let Some((since, patience)) = state.bodies.get_mut(&number) {
            patience.waited(since.elapsed());
            *since = Instant::now();
        }
    }

    /// The server has no next part yet; the client is not waited for meanwhile.
    pub(super) fn unready(&self, number: u64) {
        self.state().bodies.remove(&number);
    }

    /// Notes what is wrong with the head of the request that is about to begin.
    pub(super) fn malformed(&self, problem: &'static str) {
        self.state().malformed = Some(problem);
    }

    /// What is wrong with the head of the request that has just begun.
    pub(super) fn take_malformed(&self) -> Option<&'static str> {
        self.state().malformed.take()
    }

    /// What is to become of the connection, where it may be idle for so long.
    pub(super) fn verdict(&self, idle_max: Duration) -> Verdict {
        let state = self.state();
        let spent = |since: &Instant, patience: &Patience| {
            patience.left_after(since.elapsed()) == Duration::ZERO
        };
        let is_blocked = state.blocked.as_ref();
        if is_blocked.is_some_and(|since| spent(since, &state.patience)) {
            return Verdict::Stalled;
        }
        let mut bodies = state.bodies.values();
        if bodies.any(|(since, patience)| spent(since, patience)) {
            return Verdict::Stalled;
        }
        let is_quiet = state.started == state.finished && is_blocked.is_none();
        match is_quiet && state.quiet_since.elapsed() >= idle_max {
            true => Verdict::Idle,
            false => Verdict::Fine,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
