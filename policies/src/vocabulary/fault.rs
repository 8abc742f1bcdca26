//! What can be wrong with a vocabulary file.

use std::ops::Range;

use crate::document::LinePosition;

/// One fault of a vocabulary file and its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}: {kind}", position.line, position.column)]
pub struct VocabularyFault {
    /// The bytes that are wrong.
    pub span: Range<usize>,
    /// Where they begin.
    pub position: LinePosition,
    /// What is wrong with them.
    pub kind: VocabularyFaultKind,
}

/// The kinds of [`VocabularyFault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyFaultKind {
    /// The text is not TOML.
    #[error("不是有效的 TOML:{0}")]
    Toml(String),
    /// A key that is not known here.
    #[error("没有“{key}”这个键{}", or_nearest(.nearest.as_deref()))]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest key that exists.
        nearest: Option<String>,
    },
    /// A key that must be there is not.
    #[error("缺少“{0}”")]
    MissingKey(&'static str),
    /// A key that is of no use for this type.
    #[error("{fact_type} 类型不用“{key}”")]
    UselessKey {
        /// The key.
        key: &'static str,
        /// The word of the type.
        fact_type: &'static str,
    },
    /// A value of another kind than the key wants.
    #[error("“{key}”应当是{expected}")]
    WrongValue {
        /// The key.
        key: String,
        /// What it wants.
        expected: &'static str,
    },
    /// A word that is not in the closed list of its key.
    #[error("“{key}”没有“{word}”这个取值{}", or_nearest(.nearest.as_deref()))]
    UnknownWord {
        /// The key.
        key: &'static str,
        /// The word.
        word: String,
        /// The nearest word that exists.
        nearest: Option<String>,
    },
    /// An English name that is not snake_case.
    #[error("英文名“{0}”只能用小写字母、数字和下划线,以字母开头")]
    InvalidId(String),
    /// A Chinese name that the notation cannot read as one word.
    #[error("名称“{0}”只能用文字、数字和下划线,不能以数字开头")]
    InvalidName(String),
    /// A name that is a word of the notation.
    #[error("“{0}”是规则的关键字,不能作名称")]
    Keyword(String),
    /// A name that another fact, or another field of the list, has already.
    #[error("“{0}”重复")]
    Duplicate(String),
    /// An absent value is given a meaning without a reason.
    #[error("absent 不是 unknown 时,必须用 why 写明数据约定")]
    AbsentWithoutWhy,
    /// The meaning of an absent value does not fit the type.
    #[error("{fact_type} 类型的缺数不能读作 {absent}")]
    AbsentDoesNotFit {
        /// The word of the reading.
        absent: &'static str,
        /// The word of the type.
        fact_type: &'static str,
    },
    /// A set or enum without members, or a list without fields.
    #[error("“{0}”不能是空的")]
    Empty(&'static str),
    /// A member of a set that a data cell could not hold.
    #[error("成员“{0}”不能含有分隔符 | ; ； 、")]
    MemberSeparator(String),
    /// A list inside the records of a list.
    #[error("清单的字段不能又是清单")]
    NestedList,
}

/// A half-sentence that offers the nearest spelling.
fn or_nearest(nearest: Option<&str>) -> String {
    nearest
        .map(|word| format!(",是不是“{word}”?"))
        .unwrap_or_default()
}
