//! Why a sweep stops.

use std::io;
use std::path::{Path, PathBuf};

use crate::awards::SettleError;
use crate::column::EvaluateError;

/// Why a sweep stops. It has left no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// A file cannot be written.
    #[error(
        "写 {} 失败:{};没有留下任何结果,请检查磁盘空间、文件大小限制和权限后重新运行",
        path.display(),
        told(source)
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The Parquet file cannot be written.
    #[error("写 {} 失败:{source};没有留下任何结果,请检查磁盘空间和权限后重新运行", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the writer said.
        source: parquet::errors::ParquetError,
    },
    /// The threads cannot be started.
    #[error("无法启动 {threads} 个线程:{reason}")]
    Threads {
        /// How many were asked for; 0 for as many as there are processors.
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
    /// Two evaluators differ, or one breaks its promise: nothing may be paid by it.
    #[error(
        "程序内部不一致:企业 {enterprise}、事项 {measure} 的两种算法结论不同;没有留下任何结果,\
         请保留快照和政策文件并报告"
    )]
    Disagreement {
        /// The enterprise.
        enterprise: String,
        /// The measure.
        measure: String,
    },
    /// The decisions cannot be settled: nothing may be paid by them.
    #[error("程序内部不一致:结论排不成兑付清单({0});没有留下任何结果,请保留快照和政策文件并报告")]
    Settlement(SettleError),
    /// The caller asked to stop.
    #[error("已取消,没有留下任何结果")]
    Cancelled,
}

impl SweepError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }

    /// What the Parquet writer says; what the system told it comes out as the system's error.
    pub(crate) fn parquet(path: &Path, source: parquet::errors::ParquetError) -> Self {
        if let parquet::errors::ParquetError::External(inner) = source {
            return match inner.downcast::<io::Error>() {
                Ok(error) => Self::io(path, *error),
                Err(other) => Self::Parquet {
                    path: path.to_path_buf(),
                    source: parquet::errors::ParquetError::External(other),
                },
            };
        }
        Self::Parquet {
            path: path.to_path_buf(),
            source,
        }
    }
}

impl From<EvaluateError> for SweepError {
    fn from(error: EvaluateError) -> Self {
        match error {
            EvaluateError::Schema | EvaluateError::Vocabulary => Self::Vocabulary,
            EvaluateError::Cancelled => Self::Cancelled,
            EvaluateError::Threads(error) => Self::Threads {
                threads: 0,
                reason: error.to_string(),
            },
        }
    }
}

/// What the system said, in Chinese where it is usual.
fn told(error: &io::Error) -> String {
    let usual = [
        (io::ErrorKind::StorageFull, "磁盘已满"),
        (io::ErrorKind::QuotaExceeded, "超过磁盘配额"),
        (io::ErrorKind::FileTooLarge, "文件超过允许的大小"),
        (io::ErrorKind::PermissionDenied, "没有权限"),
        (io::ErrorKind::ReadOnlyFilesystem, "磁盘是只读的"),
    ];
    let found = usual.iter().find(|(kind, _)| *kind == error.kind());
    found.map_or_else(|| error.to_string(), |(_, words)| (*words).to_owned())
}
