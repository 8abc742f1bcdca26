//! What can keep the server from running, in words for the people who run it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::failure::Failure;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ServeError {
    /// A setting is wrong.
    #[error("安装配置 [serve] {name}:{problem}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody can listen there.
    #[error("不能监听 {address}:{source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A certificate, a key or a token cannot be used.
    #[error("{what} {path} 不能使用:{problem}", path = path.display())]
    File {
        /// What it is.
        what: &'static str,
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The system does not let the server wait for signals.
    #[error("不能等待系统信号:{0}")]
    Signal(#[source] io::Error),
}

impl ServeError {
    pub(super) fn setting(name: &'static str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::Setting { name, problem }
    }

    pub(super) fn file(
        what: &'static str,
        path: impl Into<PathBuf>,
        problem: impl ToString,
    ) -> Self {
        Self::File {
            what,
            path: path.into(),
            problem: problem.to_string(),
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let message = error.to_string();
        match error {
            ServeError::Setting { .. } => Self::usage(message, "各项的写法见 docs/serving.md"),
            ServeError::Listen { .. } => {
                Self::bad_data(message, "请检查地址是否属于本机、端口是否已被占用")
            }
            ServeError::File { .. } => Self::bad_data(message, "请检查文件内容和读取权限"),
            ServeError::Signal(_) => Self::bad_data(message, "请检查系统限制后重试"),
        }
    }
}
