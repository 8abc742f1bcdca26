//! What a command writes: data to standard output, everything else to standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use serde::Serialize;
use zhida_policies::render::Colours;

use crate::failure::Failure;

/// Whom the output is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Tables and sentences.
    People,
    /// One JSON value a line.
    Json,
}

/// Where output goes.
enum Sink {
    Standard(BufWriter<StdoutLock<'static>>),
    /// Kept for whoever asked, in the server.
    Kept(Vec<u8>),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(out) => out.write(bytes),
            Self::Kept(kept) => kept.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(out) => out.flush(),
            Self::Kept(_) => Ok(()),
        }
    }
}

/// Standard output, or what is kept of a command that was run for somebody else.
pub(crate) struct Output {
    out: Sink,
    form: Form,
    colours: Colours,
}

impl Output {
    /// Standard output in a form; with colours where a person looks at a terminal.
    pub(crate) fn new(form: Form) -> Self {
        let terminal = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            out: Sink::Standard(BufWriter::new(io::stdout().lock())),
            form,
            colours: if terminal {
                Colours::Terminal
            } else {
                Colours::Plain
            },
        }
    }

    /// Lines of JSON that are kept instead of shown.
    pub(crate) fn kept() -> Self {
        Self {
            out: Sink::Kept(Vec::new()),
            form: Form::Json,
            colours: Colours::Plain,
        }
    }

    /// The values that were kept, one a line.
    pub(crate) fn into_values(self) -> Vec<serde_json::Value> {
        let Sink::Kept(kept) = self.out else {
            return Vec::new();
        };
        let lines = kept.split(|byte| *byte == b'\n');
        lines
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect()
    }

    /// Whom the output is for.
    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// Whether a person looks at a terminal that shows colours.
    pub(crate) fn colours(&self) -> Colours {
        self.colours
    }

    /// Writes one line.
    pub(crate) fn line(&mut self, text: impl Display) -> Result<(), Failure> {
        writeln!(self.out, "{text}")?;
        Ok(())
    }

    /// Writes one line of JSON.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(io::Error::from)?;
        self.line(text)
    }

    /// Writes text in bold where there are colours.
    pub(crate) fn heading(&mut self, text: impl Display) -> Result<(), Failure> {
        match self.colours {
            Colours::Plain => self.line(text),
            Colours::Terminal => self.line(format_args!("\u{1b}[1m{text}\u{1b}[0m")),
        }
    }

    /// Hands on what was written.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush()?;
        Ok(())
    }
}

/// Says something that is not data. Nobody may be listening.
pub(crate) fn note(text: impl Display) {
    let _nobody_listens = writeln!(io::stderr(), "{text}");
}
