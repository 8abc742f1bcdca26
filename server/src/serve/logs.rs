//! Records of what happened: JSON on standard error, one record a line, without secrets.
//!
//! A record of a request holds its number, method, route template, status, time and the client's
//! address; never the target itself, a query, a header or a body. Libraries are heard from
//! "warning" on only, because on lower levels they tell what they send and receive.

use std::io::{self, Write};
use std::panic;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

/// How much is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogLevel {
    /// 出错时
    Error,
    /// 出错和可疑时
    Warn,
    /// 每个请求
    #[default]
    Info,
}

/// Begins to record, for the whole process; panics are recorded by their place.
pub(crate) fn start(level: LogLevel) {
    let registry = tracing_subscriber::registry().with(layer(level, io::stderr));
    // Another may have begun before: its records go on.
    let _ = tracing::subscriber::set_global_default(registry);
    panic::set_hook(Box::new(|fault| {
        // The message of a panic may hold what was being worked on.
        let place = fault
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(target: "zhida::panic", place, "程序内部出错");
    }));
}

/// What turns events into lines.
pub(super) fn layer<S, W>(level: LogLevel, writer: W) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
    };
    let targets = Targets::new()
        .with_default(LevelFilter::WARN.min(level))
        .with_target("zhida", level);
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(OneLine(writer))
        .with_filter(targets)
}

/// Gives writers that keep a record on one line.
struct OneLine<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for OneLine<W> {
    type Writer = Escaping<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Escaping(self.0.make_writer())
    }
}

/// JSON escapes the control characters below U+0020. Some readers end a line at others too, and
/// terminals obey some; those are escaped here, where they can only stand inside of strings.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.0.write(bytes);
        };
        let is_unsafe = |letter: char| {
            (letter.is_control() && letter != '\n') || matches!(letter, '\u{2028}' | '\u{2029}')
        };
        if text.contains(is_unsafe) {
            let mut escaped = String::with_capacity(text.len());
            for letter in text.chars() {
                match is_unsafe(letter) {
                    true => escaped.push_str(&format!("\\u{:04x}", u32::from(letter))),
                    false => escaped.push(letter),
                }
            }
            self.0.write_all(escaped.as_bytes())?;
        } else {
            self.0.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_record_is_one_line_whatever_it_holds() {
        let kept = Kept::default();
        let made = kept.clone();
        let layer = layer(LogLevel::Info, move || made.clone());
        let hostile = "a\r\n{\"level\":\"INFO\"}\u{85}b\u{2028}c\u{2029}d\u{1b}[2Je\u{7f}f\"\\";
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info!(target: "zhida::test", hostile, "first");
            tracing::warn!(target: "zhida::test", "second");
            tracing::info!(target: "hyper::proto", "GET /secret?token=1");
        });
        let bytes = kept.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        let ends =
            |letter: &char| matches!(letter, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        assert_eq!(text.chars().filter(ends).count(), 2, "{text:?}");
        assert!(!text.contains(['\u{1b}', '\u{7f}']), "{text:?}");
        assert!(!text.contains("token"), "{text}");
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first["hostile"], hostile);
        assert_eq!(first["message"], "first");
    }
}
