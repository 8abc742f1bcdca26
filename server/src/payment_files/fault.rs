//! Why a bank's answer is not read: nothing of a faulty file is applied.

use std::fmt;

/// One thing that is wrong with an answer file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerFault {
    /// The line, counted from 1; absent where the file as a whole is meant.
    pub(crate) line: Option<usize>,
    /// What is wrong.
    pub(crate) reason: String,
    /// What to do.
    pub(crate) advice: String,
}

/// Why nothing of an answer file was taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct AnswerError {
    /// The SHA-256 of the bytes that were refused.
    pub(crate) sha256: String,
    /// What is wrong, in the order of the file.
    pub(crate) faults: Vec<AnswerFault>,
}

impl AnswerFault {
    /// A fault on a line.
    pub(crate) fn at(line: usize, reason: String, advice: &str) -> Self {
        Self {
            line: Some(line),
            reason,
            advice: advice.to_owned(),
        }
    }

    /// A fault of the file as a whole.
    pub(crate) fn file(reason: String, advice: &str) -> Self {
        Self {
            line: None,
            reason,
            advice: advice.to_owned(),
        }
    }
}

impl fmt::Display for AnswerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "第 {line} 行:")?,
            None => write!(f, "整个文件:")?,
        }
        write!(f, "{};{}", self.reason, self.advice)
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "银行回单文件有 {} 处问题,没有采用任何一行",
            self.faults.len()
        )?;
        for fault in &self.faults {
            write!(f, "\n{fault}")?;
        }
        Ok(())
    }
}
