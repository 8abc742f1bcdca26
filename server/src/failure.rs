//! How a command ends: the exit codes, and what is said when it cannot go on.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use zhida_policies::load::LoadError;

/// The published exit codes.
///
/// # Source
/// DESIGN.md part 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// 0: done.
    Done,
    /// 1: used wrongly; for `check`, `fmt --check` and `test`: something was found.
    Usage,
    /// 2: refused by rule.
    Refused,
    /// 3: the data is bad.
    BadData,
    /// 4: what was sealed is not what is there.
    Integrity,
    /// 130: interrupted by the user (128 and the number of the signal, as in every shell).
    Interrupted,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Usage => 1,
            Status::Refused => 2,
            Status::BadData => 3,
            Status::Integrity => 4,
            Status::Interrupted => 130,
        })
    }
}

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was wrong and where, and what to do.
    Said {
        /// The exit code.
        status: Status,
        /// What was wrong, and where.
        message: String,
        /// What to do.
        help: String,
    },
    /// Nobody reads the output any more, or it cannot be written.
    Output(io::Error),
}

impl Failure {
    /// The command was used wrongly.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::said(Status::Usage, message, help)
    }

    /// A rule forbids it.
    pub(crate) fn refused(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::said(Status::Refused, message, help)
    }

    /// The data is bad.
    pub(crate) fn bad_data(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::said(Status::BadData, message, help)
    }

    /// What was wrong, in words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Said { message, .. } => message.clone(),
            Self::Output(error) => error.to_string(),
        }
    }

    /// With any exit code.
    pub(crate) fn said(
        status: Status,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::Said {
            status,
            message: message.into(),
            help: help.into(),
        }
    }

    /// A file or folder cannot be used.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the system has many errors, few of which are the user's"
    )]
    pub(crate) fn file(path: &Path, doing: &str, error: &io::Error) -> Self {
        let message = format!("{doing} {} 失败:{}", path.display(), told(error));
        match error.kind() {
            io::ErrorKind::NotFound => Self::usage(message, "请检查路径是否写对"),
            io::ErrorKind::PermissionDenied => Self::usage(message, "请检查文件权限"),
            _ => Self::bad_data(message, "请检查文件和磁盘后重试"),
        }
    }
}

/// What the system said, in Chinese where it is usual.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is rare is told in the words of the system"
)]
fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "没有这个文件或文件夹".to_owned(),
        io::ErrorKind::PermissionDenied => "没有权限".to_owned(),
        io::ErrorKind::IsADirectory => "这是一个文件夹".to_owned(),
        io::ErrorKind::NotADirectory => "路径中间有一段不是文件夹".to_owned(),
        io::ErrorKind::StorageFull => "磁盘已满".to_owned(),
        io::ErrorKind::InvalidData => "不是 UTF-8 文本".to_owned(),
        _ => error.to_string(),
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match &error {
            LoadError::Io { path, source } => Self::file(path, "读取", source),
            LoadError::Empty(_) => Self::usage(
                error.to_string(),
                "政策文件以 .md 结尾;请检查路径,README.md 不算政策文件",
            ),
            LoadError::TooLarge(_) => Self::bad_data(error.to_string(), "请检查路径是否写对"),
            LoadError::Vocabulary { path, faults } => {
                let lines: Vec<String> = faults
                    .iter()
                    .map(|fault| format!("{}:{fault}", path.display()))
                    .collect();
                Self::bad_data(
                    format!("{error}\n{}", lines.join("\n")),
                    "请按上面的行号逐处改正词汇表",
                )
            }
        }
    }
}
