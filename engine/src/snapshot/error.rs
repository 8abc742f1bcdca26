//! What can go wrong with a snapshot.

use std::path::PathBuf;

/// Why a snapshot cannot be built, written or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A file cannot be read or written.
    #[error("读写 {path} 失败:{source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The manifest is no manifest of ours.
    #[error("{path} 不是快照清单({reason});请确认路径是 import 写出的文件夹")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The manifest was written by a version that this one does not read.
    #[error("快照格式版本为 {found},本程序只读版本 {supported};请用写出它的版本打开,或重新导入")]
    FormatVersion {
        /// The version of the manifest.
        found: u32,
        /// The version read here.
        supported: u32,
    },
    /// The manifest does not agree with its own seal.
    #[error("快照清单 {path} 被改动:封印应为 {expected},实际 {actual};请从备份恢复或重新导入")]
    Seal {
        /// The manifest.
        path: PathBuf,
        /// The seal that it carries.
        expected: String,
        /// The seal that its content has.
        actual: String,
    },
    /// The bytes of a file are not those that were written.
    #[error(
        "快照文件 {path} 被改动或损坏:摘要应为 {expected},实际 {actual};请从备份恢复或重新导入"
    )]
    FileDigest {
        /// The file.
        path: PathBuf,
        /// The digest in the manifest.
        expected: String,
        /// The digest of the bytes.
        actual: String,
    },
    /// The values of a column are not those that were sealed.
    #[error("快照列“{column}”的内容与摘要不符:应为 {expected},实际 {actual};请重新导入")]
    ColumnDigest {
        /// The column.
        column: String,
        /// The digest in the manifest.
        expected: String,
        /// The digest of the values.
        actual: String,
    },
    /// The columns together are not those that were sealed.
    #[error("快照内容与其编号不符:应为 {expected},实际 {actual};请重新导入")]
    ContentDigest {
        /// The digest in the manifest.
        expected: String,
        /// The digest of the content.
        actual: String,
    },
    /// The snapshot speaks of another vocabulary.
    #[error(
        "快照按词汇表 {snapshot} 导入,现在用的词汇表是 {given};请用 --vocabulary 指定原来的词汇表,或重新导入数据"
    )]
    Vocabulary {
        /// The digest of the vocabulary at import.
        snapshot: String,
        /// The digest of the vocabulary given.
        given: String,
    },
    /// The folder holds another snapshot, and snapshots never change.
    #[error("{path} 里已有另一个快照 {digest};快照不可改写,请换一个文件夹")]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// The snapshot that it holds.
        digest: String,
    },
    /// The Parquet file cannot be read or written.
    #[error("快照文件 {path} 无法解析:{source}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader or writer said.
        source: parquet::errors::ParquetError,
    },
    /// The columns of a file are not those that the manifest names.
    #[error("快照列“{column}”的形状不对:{reason};请重新导入")]
    Shape {
        /// The column.
        column: String,
        /// What differs.
        reason: String,
    },
    /// Two rows speak of one enterprise.
    #[error("统一社会信用代码 {uscc} 出现两次;一家企业只能有一行")]
    DuplicateEnterprise {
        /// The enterprise.
        uscc: String,
    },
    /// A value of the wrong kind was offered for a column.
    #[error("列“{column}”要的是 {expected},给的是别的值")]
    WrongCell {
        /// The column.
        column: String,
        /// The kind of the column.
        expected: &'static str,
    },
    /// There is more than the format can count.
    #[error("数据太多:{what} 超出上限")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
    },
    /// Payments of one enterprise do not add up within 64-bit fen.
    #[error("{uscc} 在 {measure} 的付款合计超出可表示的金额")]
    LedgerOverflow {
        /// The enterprise.
        uscc: String,
        /// The measure.
        measure: String,
    },
}

impl SnapshotError {
    /// An error of the file system at a path.
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }

    /// An error of the Parquet file at a path.
    pub(crate) fn parquet(path: &std::path::Path, source: parquet::errors::ParquetError) -> Self {
        Self::Parquet {
            path: path.to_path_buf(),
            source,
        }
    }
}
