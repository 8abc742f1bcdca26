//! The targets beside what was measured.

use std::fmt::Write as _;
use std::process::Command;

/// One line.
struct Line {
    target: String,
    limit: String,
    measured: String,
    ratio: String,
    is_met: bool,
}

/// All lines.
#[derive(Default)]
pub(crate) struct Table(Vec<Line>);

impl Table {
    /// A time that may be at most one of `parts` of another.
    pub(crate) fn part_of(&mut self, target: &str, parts: f64, ours: f64, other: f64) {
        self.add(Line {
            target: target.to_owned(),
            limit: format!("1/{parts:.0}"),
            measured: format!("{ours:.3} s : {other:.3} s"),
            ratio: format!("1/{:.1}", other / ours),
            is_met: ours * parts <= other,
        });
    }

    /// A time that may be at most so many times another.
    pub(crate) fn times(&mut self, target: &str, times: f64, ours: f64, other: f64) {
        self.add(Line {
            target: target.to_owned(),
            limit: format!("{times:.1} ×"),
            measured: format!("{ours:.3} s : {other:.3} s"),
            ratio: format!("{:.2} ×", ours / other),
            is_met: ours <= times * other,
        });
    }

    /// Memory.
    pub(crate) fn memory(&mut self, target: &str, most: u64, bytes: u64) {
        self.add(Line {
            target: target.to_owned(),
            limit: format!("{} MiB", mebibytes(most)),
            measured: format!("{} MiB", mebibytes(bytes)),
            ratio: percent(bytes, most),
            is_met: bytes <= most,
        });
    }

    /// So many a second at the least.
    pub(crate) fn rate(&mut self, target: &str, least: f64, count: f64, seconds: f64) {
        let rate = count / seconds;
        self.add(Line {
            target: target.to_owned(),
            limit: format!("1/{least:.0} s"),
            measured: format!("{rate:.0}/s"),
            ratio: format!("{:.2} ×", least / rate),
            is_met: rate >= least,
        });
    }

    /// The time of one request.
    pub(crate) fn milliseconds(&mut self, target: &str, most: f64, milliseconds: f64) {
        self.add(Line {
            target: target.to_owned(),
            limit: format!("{most:.1} ms"),
            measured: format!("{milliseconds:.3} ms"),
            ratio: format!("{:.2} ×", milliseconds / most),
            is_met: milliseconds <= most,
        });
    }

    fn add(&mut self, line: Line) {
        self.0.push(line);
    }

    /// The lines under each other, and how many targets are met.
    pub(crate) fn render(&self) -> String {
        let mut text = format!(
            "\n{:<58} {:>11} {:>22} {:>9}\n",
            "target", "limit", "measured", "ratio"
        );
        for line in &self.0 {
            let verdict = if line.is_met { "met" } else { "MISSED" };
            let _ = writeln!(
                text,
                "{:<58} {:>11} {:>22} {:>9}  {verdict}",
                line.target,
                format!("≤ {}", line.limit),
                line.measured,
                line.ratio
            );
        }
        let met = self.0.iter().filter(|line| line.is_met).count();
        let _ = write!(text, "{met} of {} met", self.0.len());
        text
    }
}

/// Bytes in MiB, rounded up.
pub(crate) fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

fn percent(part: u64, whole: u64) -> String {
    let percent = part.saturating_mul(100).div_ceil(whole.max(1));
    format!("{percent} %")
}

/// The processor and what was built by what.
pub(crate) fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = cpu.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned()));
        value.unwrap_or_else(|| "unknown".to_owned())
    };
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.lines().next().and_then(|line| {
        let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(mebibytes(kibibytes.saturating_mul(1024)))
    });
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map_or_else(
        |_| "rustc unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    format!(
        "{}, family {} model {}, {} cores, {} MiB; zhida {}, {rustc}",
        field("model name"),
        field("cpu family"),
        field("model\t"),
        std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        memory.unwrap_or(0),
        env!("CARGO_PKG_VERSION"),
    )
}
