//! Why a sealed sweep cannot be run again.

use std::io;
use std::path::{Path, PathBuf};

use crate::snapshot::SnapshotError;
use crate::sweep::SweepError;

/// Why a sweep cannot be sealed, or a sealed one cannot be run again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// A file cannot be read or written.
    #[error("读写 {} 失败:{source};请检查路径、权限和磁盘", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder holds no seal, or several.
    #[error(
        "{} 里有 {found} 个封存文件(seal-….json),应恰有一个;请写明其中一个的路径,或重新运行 \
         zhida sweep --out",
        path.display()
    )]
    Seals {
        /// The folder.
        path: PathBuf,
        /// How many were found.
        found: usize,
    },
    /// The seal cannot be read.
    #[error("{} 不是完整的封存文件:{reason};请用封存时的原件", path.display())]
    Seal {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The seal is of a version that this program does not know.
    #[error(
        "{} 的{what}是第 {found} 版,本程序只认到第 {known} 版;请用不旧于封存时的程序重放",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The version of what.
        what: &'static str,
        /// The version found.
        found: u64,
        /// The last version known.
        known: u32,
    },
    /// Something that was sealed is not what is there.
    #[error("{what}与封存的不符:封存的摘要 {sealed},现在是 {found};请用封存时的原件")]
    Differs {
        /// What differs.
        what: String,
        /// The digest that was sealed.
        sealed: String,
        /// What is there now.
        found: String,
    },
    /// The sealed texts no longer make a library.
    #[error("封存的政策重新检查时{0};请用封存时的程序核对")]
    Library(String),
    /// The snapshot cannot be used.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The sweep stopped.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// What was asked for does not exist.
    #[error("{0}")]
    Asked(String),
}

impl ReplayError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }

    pub(crate) fn differs(what: impl Into<String>, sealed: &str, found: &str) -> Self {
        Self::Differs {
            what: what.into(),
            sealed: sealed.to_owned(),
            found: found.to_owned(),
        }
    }

    /// Whether something that was sealed has been changed.
    #[must_use]
    pub fn is_integrity(&self) -> bool {
        match self {
            Self::Differs { .. } | Self::Seal { .. } | Self::Library(_) => true,
            Self::Snapshot(error) => matches!(
                error,
                SnapshotError::Seal { .. }
                    | SnapshotError::FileDigest { .. }
                    | SnapshotError::ColumnDigest { .. }
                    | SnapshotError::ContentDigest { .. }
                    | SnapshotError::Shape { .. }
                    | SnapshotError::Parquet { .. }
            ),
            Self::Sweep(error) => matches!(
                error,
                SweepError::Disagreement { .. } | SweepError::Settlement(_)
            ),
            Self::Io { .. } | Self::Seals { .. } | Self::Version { .. } | Self::Asked(_) => false,
        }
    }
}
