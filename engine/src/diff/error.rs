//! Why two sweeps cannot be compared.

use std::io;
use std::path::{Path, PathBuf};

use crate::awards::SettleError;

/// Why two sweeps cannot be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// A file cannot be read.
    #[error("读取 {} 失败:{source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder holds no summary of a sweep, or several.
    #[error("{} 里有 {found} 个 summary-….json;要正好一个,有多个时请直接写其中一个文件", path.display())]
    Summaries {
        /// The folder.
        path: PathBuf,
        /// How many there are.
        found: usize,
    },
    /// A summary cannot be understood.
    #[error("{} 不是 zhida sweep --out 写出的汇总:{reason}", path.display())]
    Summary {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The decisions are not the ones that the summary names.
    #[error("{} 与汇总记下的摘要不符:文件被改过或损坏,不能据此比较", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
    },
    /// The decisions cannot be understood.
    #[error("{} 不能读取:{reason}", path.display())]
    Decisions {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A decision names an enterprise or a measure that is not there.
    #[error("{} 第 {row} 行的 {name} 在给出的快照或政策里没有", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: usize,
        /// The enterprise or measure.
        name: String,
    },
    /// The two sweeps speak of different vocabularies.
    #[error("两次运行的词汇表不同,事实不能逐项比较;请用同一个 --vocabulary 重新运行其中一次")]
    Vocabularies,
    /// The decisions cannot be settled.
    #[error("程序内部不一致:{0};请保留快照和政策文件并报告")]
    Settle(#[from] SettleError),
}

impl DiffError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}
