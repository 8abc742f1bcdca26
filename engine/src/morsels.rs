//! Ranges of rows worked on in parallel, and handed over in their order.
//!
//! The workers of a thread pool take morsel after morsel. What they find waits until all earlier
//! morsels are done, so that the receiver sees the same sequence however many workers there are.
//! Nobody runs far ahead of the slowest: memory holds a few morsels, never the whole run.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Work that a receiver leaves to the worker that brought it a morsel.
pub(crate) type Job<'j> = Box<dyn FnOnce() + Send + 'j>;

/// Whether to go on, and what the worker should do next.
pub(crate) type Taken<'j> = ControlFlow<(), Vec<Job<'j>>>;

/// Who gets what is found, in the order of rows.
pub(crate) type Sink<'s, 'j, T> = &'s mut (dyn FnMut(Range<usize>, T) -> Taken<'j> + Send);

/// How rows are cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Morsels<'m> {
    /// The rows of the run.
    pub(crate) rows: usize,
    /// The rows of a morsel.
    pub(crate) morsel_rows: usize,
    /// Asked after each morsel whether to stop.
    pub(crate) cancel: Option<&'m AtomicBool>,
}

/// What workers are: how one begins, what it does with a morsel, and what it leaves at the end.
pub(crate) struct Work<B, F, E> {
    /// Makes the state of a worker.
    pub(crate) begin: B,
    /// Works on a range of rows.
    pub(crate) morsel: F,
    /// Takes the state of a worker that has no more to do.
    pub(crate) end: E,
}

/// How many morsels a worker may be ahead of the slowest: the first ones take longest, because what
/// comes again and again is worked out there.
const AHEAD: usize = 8;

/// Works on all morsels with the threads of the current pool.
///
/// `Break` when it was cancelled or the sink wanted no more; what was handed over then is a
/// beginning of the whole.
pub(crate) fn in_order<'j, W, T: Send>(
    morsels: Morsels<'_>,
    work: &Work<
        impl Fn() -> W + Sync,
        impl Fn(&mut W, Range<usize>) -> T + Sync,
        impl Fn(W) + Sync,
    >,
    sink: Sink<'_, 'j, T>,
) -> ControlFlow<()> {
    let count = morsels.rows.div_ceil(morsels.morsel_rows.max(1));
    let ahead = rayon::current_num_threads().saturating_mul(AHEAD);
    let taken = AtomicUsize::new(0);
    let line = Line {
        queue: Mutex::new(Queue {
            next: 0,
            waiting: BTreeMap::new(),
            is_stopped: false,
            sink,
        }),
        moved: Condvar::new(),
    };
    rayon::broadcast(|_| {
        let _alarm = Alarm(&line);
        let mut worker = (work.begin)();
        loop {
            let index = taken.fetch_add(1, Ordering::Relaxed);
            if index >= count || line.wait(index, ahead).is_break() {
                break;
            }
            let range = morsels.range(index);
            let found = (work.morsel)(&mut worker, range.clone());
            let is_cancelled = morsels
                .cancel
                .is_some_and(|cancel| cancel.load(Ordering::Relaxed));
            match line.push(index, range, found, is_cancelled) {
                ControlFlow::Continue(jobs) => jobs.into_iter().for_each(|job| job()),
                ControlFlow::Break(()) => break,
            }
        }
        (work.end)(worker);
    });
    if line.lock().is_stopped {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

impl Morsels<'_> {
    fn range(&self, index: usize) -> Range<usize> {
        let start = index.saturating_mul(self.morsel_rows);
        start..start.saturating_add(self.morsel_rows).min(self.rows)
    }
}

/// What was found and waits for earlier rows.
struct Queue<'s, 'j, T> {
    next: usize,
    waiting: BTreeMap<usize, (Range<usize>, T)>,
    is_stopped: bool,
    sink: Sink<'s, 'j, T>,
}

/// The queue and the bell that is rung when it moves.
struct Line<'s, 'j, T> {
    queue: Mutex<Queue<'s, 'j, T>>,
    moved: Condvar,
}

impl<'s, 'j, T> Line<'s, 'j, T> {
    fn lock(&self) -> MutexGuard<'_, Queue<'s, 'j, T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a morsel is no longer too far ahead. The earliest one never waits.
    fn wait(&self, index: usize, ahead: usize) -> ControlFlow<()> {
        let mut queue = self.lock();
        while !queue.is_stopped && index > queue.next.saturating_add(ahead) {
            queue = self
                .moved
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if queue.is_stopped {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Hands over a morsel and all that waited for it.
    fn push(&self, index: usize, range: Range<usize>, found: T, is_cancelled: bool) -> Taken<'j> {
        let mut queue = self.lock();
        queue.is_stopped |= is_cancelled;
        if queue.is_stopped {
            self.moved.notify_all();
            return ControlFlow::Break(());
        }
        queue.waiting.insert(index, (range, found));
        let mut jobs = Vec::new();
        loop {
            let next = queue.next;
            let Some((range, found)) = queue.waiting.remove(&next) else {
                break;
            };
            queue.next = next.saturating_add(1);
            match (queue.sink)(range, found) {
                ControlFlow::Continue(more) => jobs.extend(more),
                ControlFlow::Break(()) => {
                    queue.is_stopped = true;
                    self.moved.notify_all();
                    return ControlFlow::Break(());
                }
            }
        }
        self.moved.notify_all();
        ControlFlow::Continue(jobs)
    }
}

/// Stops the others when a worker dies, so that nobody waits for its morsel for ever.
struct Alarm<'a, 's, 'j, T>(&'a Line<'s, 'j, T>);

impl<T> Drop for Alarm<'_, '_, '_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().is_stopped = true;
            self.0.moved.notify_all();
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "numbers of the tests are small"
)]
mod tests {
    use super::*;

    fn run(threads: usize, rows: usize, morsel_rows: usize, last: usize) -> (Vec<usize>, usize) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        let (mut seen, done) = (Vec::new(), AtomicUsize::new(0));
        let morsels = Morsels {
            rows,
            morsel_rows,
            cancel: None,
        };
        let work = Work {
            begin: || (),
            morsel: |(): &mut (), range: Range<usize>| {
                // Early morsels take longest, so that later ones have to wait.
                (0..rows.saturating_sub(range.start) * 50).for_each(|n| {
                    std::hint::black_box(n);
                });
                range.collect::<Vec<usize>>()
            },
            end: |()| {},
        };
        let mut sink = |range: Range<usize>, found: Vec<usize>| {
            assert_eq!(range.len(), found.len());
            seen.extend(found);
            if range.end > last {
                return ControlFlow::Break(());
            }
            let job: Job<'_> = Box::new(|| {
                done.fetch_add(1, Ordering::Relaxed);
            });
            ControlFlow::Continue(vec![job])
        };
        let _ended = pool.install(|| in_order(morsels, &work, &mut sink));
        (seen, done.into_inner())
    }

    #[test]
    fn rows_arrive_in_order_and_every_job_is_done() {
        for threads in [1, 2, 7] {
            for morsel_rows in [1, 3, 64, 1_000] {
                let (seen, done) = run(threads, 500, morsel_rows, usize::MAX);
                assert!(seen.iter().copied().eq(0..500), "{threads} {morsel_rows}");
                assert_eq!(done, 500usize.div_ceil(morsel_rows));
            }
        }
    }

    #[test]
    fn a_sink_that_wants_no_more_has_a_beginning() {
        for threads in [1, 2, 7] {
            let (seen, _) = run(threads, 500, 10, 205);
            assert!(seen.iter().copied().eq(0..210), "{threads}");
        }
    }

    #[test]
    #[should_panic(expected = "a worker dies")]
    fn a_worker_that_dies_stops_the_others() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3);
        let morsels = Morsels {
            rows: 1_000,
            morsel_rows: 1,
            cancel: None,
        };
        let work = Work {
            begin: || (),
            morsel: |(): &mut (), range: Range<usize>| assert!(range.start != 5, "a worker dies"),
            end: |()| {},
        };
        let mut sink = |_, ()| ControlFlow::Continue(Vec::new());
        let pool = pool.build().unwrap();
        let _ended = pool.install(|| in_order(morsels, &work, &mut sink));
    }
}
