//! What is wrong with the ways by which messages leave.

use std::path::PathBuf;

use crate::failure::Failure;

/// Why messages cannot be sent as the settings say, or to where somebody asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum MessageError {
    /// A setting is wrong.
    #[error("安装配置 [messages] {name}:{problem}")]
    Setting {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A secret or a certificate cannot be used.
    #[error("{what} {path} 不能使用:{problem}", path = path.display())]
    File {
        /// What it is.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Nothing is sent there.
    #[error("不能向这个地址发送:{0}")]
    Address(&'static str),
}

impl MessageError {
    pub(super) fn setting(name: impl Into<String>, problem: impl ToString) -> Self {
        Self::Setting {
            name: name.into(),
            problem: problem.to_string(),
        }
    }
}

impl From<MessageError> for Failure {
    fn from(error: MessageError) -> Self {
        let message = error.to_string();
        match error {
            MessageError::Setting { .. } => Self::usage(message, "各项的写法见 docs/messages.md"),
            MessageError::File { .. } => Self::bad_data(message, "请检查文件内容和读取权限"),
            MessageError::Address(_) => {
                Self::refused(message, "只能使用安装配置 [messages.outbound] 列出的主机")
            }
        }
    }
}
