//! Why a file is not written: every field of every line that cannot go out, in one list.

use std::fmt;

/// One field that cannot go into a payment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The payment, counted from 1 over all blocks; absent where the file as a whole is meant.
    pub(crate) line: Option<usize>,
    /// The identity of the payment.
    pub(crate) end_to_end_id: Option<String>,
    /// The field, as people call it.
    pub(crate) field: String,
    /// What stands there; account and resident numbers show their last four characters only.
    pub(crate) value: String,
    /// What is wrong.
    pub(crate) reason: String,
    /// What to do.
    pub(crate) advice: String,
}

/// The list of refusals; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct Refused(pub(crate) Vec<Refusal>);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.end_to_end_id) {
            (Some(line), Some(id)) => write!(f, "第 {line} 笔({}):", shown(id))?,
            (Some(line), None) => write!(f, "第 {line} 笔:")?,
            (None, _) => write!(f, "整个文件:")?,
        }
        write!(
            f,
            "{}“{}”{};{}",
            self.field, self.value, self.reason, self.advice
        )
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "付款文件有 {} 处不合规,没有生成", self.0.len())?;
        for refusal in &self.0 {
            write!(f, "\n{refusal}")?;
        }
        Ok(())
    }
}

/// Collects refusals for one line or for the file.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    list: Vec<Refusal>,
    line: Option<usize>,
    end_to_end_id: Option<String>,
}

impl Refusals {
    /// What follows is about one payment.
    pub(crate) fn at(&mut self, line: usize, end_to_end_id: &str) {
        self.line = Some(line);
        self.end_to_end_id = Some(end_to_end_id.to_owned());
    }

    /// What follows is about the file.
    pub(crate) fn at_file(&mut self) {
        self.line = None;
        self.end_to_end_id = None;
    }

    /// Adds a refusal.
    pub(crate) fn add(&mut self, field: &str, value: &str, reason: String, advice: &str) {
        self.list.push(Refusal {
            line: self.line,
            end_to_end_id: self.end_to_end_id.clone(),
            field: field.to_owned(),
            value: shown(value),
            reason,
            advice: advice.to_owned(),
        });
    }

    /// Ends the collection.
    ///
    /// # Errors
    /// [`Refused`] with all refusals, if there are any.
    pub(crate) fn finish(self) -> Result<(), Refused> {
        if self.list.is_empty() {
            Ok(())
        } else {
            Err(Refused(self.list))
        }
    }
}

/// A text that fits into one line of a message: control characters are written out, the rest of a
/// long text is left away.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let mut out = String::new();
    for character in text.chars().take(SHOWN_MAX) {
        if zhida_policies::values::account_name::is_unprintable(character) {
            out.push_str(&format!("<U+{:04X}>", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    if text.chars().count() > SHOWN_MAX {
        out.push('…');
    }
    out
}
