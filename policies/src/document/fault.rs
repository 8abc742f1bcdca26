//! What can be wrong with a policy file apart from its rules.

use std::ops::Range;

/// One fault of a policy file and the bytes that are wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct DocumentFault {
    /// The bytes of the file that are wrong; empty where something is missing.
    pub span: Range<usize>,
    /// What is wrong with them.
    pub kind: DocumentFaultKind,
}

impl DocumentFault {
    /// Whether the policy can be used in spite of this.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        matches!(self.kind, DocumentFaultKind::UnstatedKey(_))
    }
}

/// The kinds of [`DocumentFault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentFaultKind {
    /// The bytes are not UTF-8.
    #[error("文件不是 UTF-8 编码")]
    InvalidUtf8,
    /// The file is larger than [`DOCUMENT_BYTES_MAX`](super::DOCUMENT_BYTES_MAX).
    #[error("文件超过 2 MiB")]
    TooLarge,
    /// The file does not begin with front matter.
    #[error("文件应以两行 --- 之间的文首信息开头")]
    NoFrontMatter,
    /// The front matter has no closing line.
    #[error("文首信息没有结束的 ---")]
    UnclosedFrontMatter,
    /// The front matter is not YAML of the expected shape.
    #[error("文首信息读不懂:{0}")]
    Yaml(String),
    /// A key without any value.
    #[error("这一项没有写值:没有就删去这一行,全国的 region 写 \"\"")]
    NullValue,
    /// A key that stands twice.
    #[error("文首信息的“{0}”重复")]
    DuplicateKey(String),
    /// A key that does not exist.
    #[error("文首信息没有“{key}”这一项{}", or_nearest(.nearest.as_deref()))]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest key that exists.
        nearest: Option<String>,
    },
    /// A key without which the policy cannot be used.
    #[error("文首信息缺少“{0}”")]
    MissingKey(&'static str),
    /// A key that every policy should state, though nothing is computed from it.
    #[error("文首信息没有写明“{0}”")]
    UnstatedKey(&'static str),
    /// A key with an empty value.
    #[error("“{0}”是空的")]
    Empty(&'static str),
    /// A policy id that cannot be referred to.
    #[error("编号“{0}”只能用文字、数字、- 和 _")]
    InvalidId(String),
    /// A region that is not written as a code.
    #[error("“{0}”不是区划代码,应如 42、4206、420602,全国写 \"\"")]
    InvalidRegion(String),
    /// A date that does not exist or is written otherwise.
    #[error("“{key}”应是 2025-03-01 这样的日期,不是“{text}”")]
    InvalidDate {
        /// The key.
        key: &'static str,
        /// What stands there.
        text: String,
    },
    /// The policy ends before it begins.
    #[error("失效日期早于生效日期")]
    ExpiresBeforeEffective,
    /// A status other than `draft` and `archived`.
    #[error("“status”只能是 draft(草案)或 archived(已失效,留作复算),不是“{0}”")]
    UnknownStatus(String),
    /// A block of rules that is not closed before its article or list ends.
    #[error("规则块没有结束的 ```")]
    UnclosedBlock,
    /// A block whose language is nearly `zhida`: its rules would silently be left out.
    #[error("代码块的语言是“{0}”,规则块应写 zhida")]
    MisspelledBlock(String),
}

/// A half-sentence that offers the nearest spelling.
fn or_nearest(nearest: Option<&str>) -> String {
    nearest
        .map(|word| format!(",是不是“{word}”?"))
        .unwrap_or_default()
}
