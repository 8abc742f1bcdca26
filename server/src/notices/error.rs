//! Why a notice list cannot be published.

use rust_xlsxwriter::XlsxError;
use zhida_policies::calendar::NotCovered;
use zhida_policies::values::Money;

/// What is wrong with a notice list, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoticeError {
    /// A text that must say something is empty.
    #[error("公示名单的“{field}”是空的,请填写")]
    Empty {
        /// Which.
        field: &'static str,
    },
    /// A text does not fit.
    #[error("公示名单的“{field}”有 {found} 个字,最多 {max} 个;请改短,系统不会截断")]
    TooLong {
        /// Which.
        field: &'static str,
        /// Its characters.
        found: usize,
        /// The most.
        max: usize,
    },
    /// A list of nobody.
    #[error("公示名单没有一家企业,不能公示")]
    NoRows,
    /// A notice that is not shown.
    #[error("公示期是 0 个工作日;请按政策写明公示的工作日数")]
    NoDays,
    /// Something is wrong with one row.
    #[error("第 {place} 行:{error}")]
    Row {
        /// Its place from 1.
        place: usize,
        /// What is wrong.
        error: Box<NoticeError>,
    },
    /// An amount that pays nobody.
    #[error("金额 {amount} 元不大于零,不能公示;请核对兑付清单")]
    Amount {
        /// The amount.
        amount: Money,
    },
    /// The rows do not sum to what the awards say.
    #[error("各行合计 {summed} 元,与核定总额 {stated} 元不符;请重新生成名单")]
    Total {
        /// What the awards say.
        stated: Money,
        /// What the rows sum to.
        summed: Money,
    },
    /// The sum does not fit.
    #[error("各行合计超出可以表示的金额;请分成几份名单")]
    Overflow,
    /// The last day is not known.
    #[error("算不出公示截止日:{0}")]
    Calendar(#[from] NotCovered),
    /// The sheet cannot hold the list.
    #[error("不能写成 Excel 文件:{0};请分成几份名单,或使用 CSV")]
    Workbook(#[from] XlsxError),
}
