//! What a run took: seconds by part, and memory.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Number, Value, json};
use zhida_engine::sweep::WritePhase;

/// The clock of a sweep. Parts may overlap: writing goes on while other rows are decided.
pub(crate) struct Timings {
    begun: Instant,
    load: Duration,
    inner: Mutex<Running>,
}

/// What other threads add to.
#[derive(Default)]
struct Running {
    evaluate: Duration,
    /// From the last decision to the end: the steps over all awards, where they are not done by the
    /// block meanwhile, and the last writing.
    settle: Duration,
    write: Duration,
    /// How many files are being written.
    writers: u32,
    writing_since: Option<Instant>,
}

impl Timings {
    /// Starts the clock.
    pub(crate) fn start() -> Self {
        Self {
            begun: Instant::now(),
            load: Duration::ZERO,
            inner: Mutex::default(),
        }
    }

    /// All is read; deciding begins.
    pub(crate) fn loaded(&mut self) {
        self.load = self.begun.elapsed();
    }

    /// Rows have been decided up to now.
    pub(crate) fn decided(&self) {
        let evaluate = self.begun.elapsed().saturating_sub(self.load);
        self.running(|running| running.evaluate = evaluate);
    }

    /// Everything is settled and written.
    pub(crate) fn settled(&self) {
        let all = self.begun.elapsed().saturating_sub(self.load);
        self.running(|running| running.settle = all.saturating_sub(running.evaluate));
    }

    /// A writer begins or ends; while two write, time is counted once.
    pub(crate) fn writing(&self, phase: WritePhase) {
        self.running(|running| match phase {
            WritePhase::Begins => {
                running.writers = running.writers.saturating_add(1);
                running.writing_since.get_or_insert_with(Instant::now);
            }
            WritePhase::Ends => {
                running.writers = running.writers.saturating_sub(1);
                if running.writers > 0 {
                    return;
                }
                let since = running.writing_since.take();
                let took = since.map_or(Duration::ZERO, |since| since.elapsed());
                running.write = running.write.saturating_add(took);
            }
        });
    }

    /// Seconds to the millisecond, and the peak memory in MiB where the system tells it.
    pub(crate) fn as_data(&self) -> Value {
        let [evaluate, settle, write] =
            self.running(|running| [running.evaluate, running.settle, running.write]);
        json!({
            "load_s": seconds(self.load),
            "evaluate_s": seconds(evaluate),
            "settle_s": seconds(settle),
            "write_s": seconds(write),
            "peak_mb": peak_mb(),
        })
    }

    /// The same for people.
    pub(crate) fn as_text(&self) -> String {
        let [evaluate, settle, write] =
            self.running(|running| [running.evaluate, running.settle, running.write]);
        let [load, evaluate, settle, write] =
            [self.load, evaluate, settle, write].map(|time| format!("{:.1}", time.as_secs_f64()));
        let memory = peak_mb().map_or_else(String::new, |peak| format!(";内存最多 {peak} MB"));
        format!(
            "用时:读入 {load} 秒,判断 {evaluate} 秒,结算 {settle} 秒,写盘 {write} 秒(同时进行){memory}"
        )
    }

    fn running<T>(&self, work: impl FnOnce(&mut Running) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn seconds(time: Duration) -> Value {
    let text = format!("{:.3}", time.as_secs_f64());
    let number = text.parse().ok().and_then(Number::from_f64);
    number.map_or(Value::Null, Value::Number)
}

/// The most memory that was in use, in MiB; nothing where the system does not tell.
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    peak_of(&status)
}

fn peak_of(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_as_linux_writes_it() {
        let status = "Name:\tzhida\nVmPeak:\t 9999999 kB\nVmHWM:\t  104449 kB\nVmRSS:\t  1 kB\n";
        assert_eq!(peak_of(status), Some(103));
        assert_eq!(peak_of("Name:\tzhida\n"), None);
    }

    #[test]
    fn only_time_between_begin_and_end_is_writing() {
        let timings = Timings::start();
        timings.writing(WritePhase::Ends);
        assert_eq!(timings.as_data()["write_s"], 0.0);
        timings.writing(WritePhase::Begins);
        std::hint::black_box((0..20_000_000u64).fold(0, |sum, n| sum ^ n.wrapping_mul(sum | 1)));
        timings.writing(WritePhase::Ends);
        assert!(timings.as_data()["write_s"].as_f64().unwrap() > 0.0);
    }
}
