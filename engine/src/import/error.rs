//! Why a whole file is refused.

use std::path::PathBuf;

use crate::import::limits::{COLUMNS_MAX, FILE_BYTES_MAX, RECORD_BYTES_MAX};
use crate::snapshot::SnapshotError;

/// Why a whole file is refused. Nothing has been imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error("读取 {path} 失败:{source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is in UTF-16.
    #[error("文件是 UTF-16 编码;请另存为“CSV UTF-8”再导入")]
    Utf16,
    /// The bytes are neither UTF-8 nor GB18030.
    #[error(
        "无法辨认编码:按 UTF-8 在第 {utf8_offset} 字节出错,按 GB18030 在第 {gb18030_offset} 字节出错;\
         请另存为“CSV UTF-8”再导入"
    )]
    UnknownEncoding {
        /// The first byte that is not UTF-8, from 0.
        utf8_offset: u64,
        /// The first byte that is not GB18030, from 0.
        gb18030_offset: u64,
    },
    /// The bytes are not in the encoding asked for, or not in the one the mark promises.
    #[error("第 {offset} 字节不是有效的 {encoding};请检查 --encoding,或另存为“CSV UTF-8”再导入")]
    WrongEncoding {
        /// The encoding.
        encoding: &'static str,
        /// The first wrong byte, from 0.
        offset: u64,
    },
    /// The file is too long.
    #[error("文件超过 {FILE_BYTES_MAX} 字节;请拆成几个文件")]
    FileTooLong,
    /// A record is too long.
    #[error(
        "从第 {line} 行起的一条记录超过 {RECORD_BYTES_MAX} 字节;多半是引号没有闭合,请检查这一行"
    )]
    RecordTooLong {
        /// Where the record begins.
        line: u64,
    },
    /// A quoted cell never ends.
    #[error("从第 {line} 行起的记录里有引号没有闭合,其后的行都会丢失;请补上引号再导入")]
    UnclosedQuote {
        /// Where the record begins.
        line: u64,
    },
    /// The heading has too many columns.
    #[error("表头有 {found} 列,最多 {COLUMNS_MAX} 列")]
    TooManyColumns {
        /// How many there are.
        found: usize,
    },
    /// The file has no heading.
    #[error("文件是空的,没有表头;第一行应是列名,如:统一社会信用代码,企业名称,营业收入@2025")]
    Empty,
    /// No column names the enterprise.
    #[error("表头里没有“统一社会信用代码”(uscc)这一列,无法知道每行是哪家企业;表头是:{header}")]
    NoUscc {
        /// The heading.
        header: String,
    },
    /// The file changed between the check of its encoding and the reading.
    #[error("读取期间文件被改动(第 {line} 行);请在文件写完后再导入")]
    Changed {
        /// Where it was noticed.
        line: u64,
    },
    /// The caller asked to stop.
    #[error("导入已取消")]
    Cancelled,
    /// The rows do not fit a snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}
