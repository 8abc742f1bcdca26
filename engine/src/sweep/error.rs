//! Why a sweep stops.

use std::path::{Path, PathBuf};

/// Why a sweep stops. It has left no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// A file cannot be written.
    #[error("写 {path} 失败:{source};没有留下任何结果,请检查磁盘空间和权限后重新运行")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The Parquet file cannot be written.
    #[error("写 {path} 失败:{source};没有留下任何结果,请检查磁盘空间和权限后重新运行")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: parquet::errors::ParquetError,
    },
    /// The threads cannot be started.
    #[error("无法启动 {threads} 个线程:{reason}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the pool said.
        reason: String,
    },
    /// A policy has a fault, so that its rules cannot be trusted.
    #[error("政策文件有错误,不能据此计算;请先运行 zhida check 并改正")]
    Faults,
    /// The snapshot and the policies speak of different vocabularies.
    #[error("快照的词汇表与政策的词汇表不同;请用同一个 --vocabulary")]
    Vocabulary,
    /// The caller asked to stop.
    #[error("已取消,没有留下任何结果")]
    Cancelled,
}

impl SweepError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }

    pub(crate) fn parquet(path: &Path, source: parquet::errors::ParquetError) -> Self {
        Self::Parquet {
            path: path.to_path_buf(),
            source,
        }
    }
}
