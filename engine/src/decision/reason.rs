//! The published reasons: why there is no money.

use crate::decision::AwardErrorKind;
use crate::interpreter::UndefinedReason;

/// Why there is no money. Each reason has a number that is never reused.
///
/// | number | reason |
/// |---|---|
/// | 101 | outside the region |
/// | 102 | outside the validity |
/// | 103 | an exception holds |
/// | 201 | a condition is false |
/// | 202 | awarded before, and only once |
/// | 203 | the award is zero |
/// | 301 | facts are missing |
/// | 401 | division by zero |
/// | 402 | a number too large |
/// | 403 | no tier answers |
/// | 404 | no row of a table matches |
/// | 405 | several rows of a 唯一 table match |
/// | 406 | rows of a 任一 table disagree |
/// | 407 | 累进 below its first band |
/// | 408 | no such day |
/// | 409 | a function has no answer |
/// | 410 | a value of the wrong type |
/// | 411 | the rule has a fault |
/// | 412 | a negative award |
/// | 413 | an award too large |
/// | 501 | paid in full for the award period |
/// | 502 | paid for other years, and the cadence excludes another |
/// | 503 | no place left |
/// | 504 | another award of the group is higher |
/// | 505 | the cap is used up |
/// | 506 | the fund is used up |
/// | 507 | the fund is short and pays nobody |
/// | 508 | below the least payable amount |
/// | 509 | a limit, key or weight has no value yet |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The enterprise is outside the region.
    OutsideRegion,
    /// The award period is outside the validity.
    OutsideValidity,
    /// An exception holds.
    ExceptionHolds,
    /// A condition is false.
    ConditionFails,
    /// Awarded before, and only once.
    AlreadyPaid,
    /// The award rounds to nothing.
    AwardIsZero,
    /// Facts are missing.
    FactsMissing,
    /// Division by zero.
    DivisionByZero,
    /// A number beyond the size limit.
    Overflow,
    /// A value outside the stated span of tiers.
    NoTierMatches,
    /// No row of a table matches.
    NoRowMatches,
    /// Several rows of a 唯一 table match.
    SeveralRowsMatch,
    /// Rows of a 任一 table disagree.
    RowsDisagree,
    /// 累进 of a value below its first band.
    NegativeMarginal,
    /// A day that does not exist.
    BadDate,
    /// A function without an answer for its arguments.
    BadArgument,
    /// A value of another type than declared.
    WrongType,
    /// A rule whose fault has been reported.
    InvalidRule,
    /// An award below zero.
    NegativeAward,
    /// An award that does not fit.
    AwardTooLarge,
    /// Paid in full for the award period.
    PaidInFull,
    /// Paid for other years, and the cadence excludes another award.
    PaidEarlier,
    /// No place is left.
    NoPlace,
    /// Another award of the group is higher.
    NotHighest,
    /// The cap is used up.
    CapUsedUp,
    /// The fund is used up.
    FundUsedUp,
    /// The fund is short and pays nobody.
    FundStopped,
    /// Below the least payable amount.
    BelowPayableFrom,
    /// A limit, key or weight has no value yet.
    RuleWithoutValue,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 29] = [
        Self::OutsideRegion,
        Self::OutsideValidity,
        Self::ExceptionHolds,
        Self::ConditionFails,
        Self::AlreadyPaid,
        Self::AwardIsZero,
        Self::FactsMissing,
        Self::DivisionByZero,
        Self::Overflow,
        Self::NoTierMatches,
        Self::NoRowMatches,
        Self::SeveralRowsMatch,
        Self::RowsDisagree,
        Self::NegativeMarginal,
        Self::BadDate,
        Self::BadArgument,
        Self::WrongType,
        Self::InvalidRule,
        Self::NegativeAward,
        Self::AwardTooLarge,
        Self::PaidInFull,
        Self::PaidEarlier,
        Self::NoPlace,
        Self::NotHighest,
        Self::CapUsedUp,
        Self::FundUsedUp,
        Self::FundStopped,
        Self::BelowPayableFrom,
        Self::RuleWithoutValue,
    ];

    /// The published number.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::OutsideRegion => 101,
            Self::OutsideValidity => 102,
            Self::ExceptionHolds => 103,
            Self::ConditionFails => 201,
            Self::AlreadyPaid => 202,
            Self::AwardIsZero => 203,
            Self::FactsMissing => 301,
            Self::DivisionByZero => 401,
            Self::Overflow => 402,
            Self::NoTierMatches => 403,
            Self::NoRowMatches => 404,
            Self::SeveralRowsMatch => 405,
            Self::RowsDisagree => 406,
            Self::NegativeMarginal => 407,
            Self::BadDate => 408,
            Self::BadArgument => 409,
            Self::WrongType => 410,
            Self::InvalidRule => 411,
            Self::NegativeAward => 412,
            Self::AwardTooLarge => 413,
            Self::PaidInFull => 501,
            Self::PaidEarlier => 502,
            Self::NoPlace => 503,
            Self::NotHighest => 504,
            Self::CapUsedUp => 505,
            Self::FundUsedUp => 506,
            Self::FundStopped => 507,
            Self::BelowPayableFrom => 508,
            Self::RuleWithoutValue => 509,
        }
    }

    /// The reason in plain words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::OutsideRegion => "不在适用地区",
            Self::OutsideValidity => "不在有效期内",
            Self::ExceptionHolds => "属于除外情形",
            Self::ConditionFails => "不满足资格条件",
            Self::AlreadyPaid => "仅限首次,此前已享受",
            Self::AwardIsZero => "算得金额为零",
            Self::FactsMissing => "缺少数据",
            Self::DivisionByZero => "除数为零",
            Self::Overflow => "数值过大",
            Self::NoTierMatches => "数值不在任何一档内",
            Self::NoRowMatches => "表中没有一行符合",
            Self::SeveralRowsMatch => "表中有几行同时符合",
            Self::RowsDisagree => "表中符合的几行结果不一",
            Self::NegativeMarginal => "累进的数值低于第一档",
            Self::BadDate => "日期不存在",
            Self::BadArgument => "函数的参数没有意义",
            Self::WrongType => "数据的类型不符",
            Self::InvalidRule => "规则本身有误",
            Self::NegativeAward => "算得金额为负",
            Self::AwardTooLarge => "算得金额过大",
            Self::PaidInFull => "本期已经付足",
            Self::PaidEarlier => "周期内已经享受",
            Self::NoPlace => "未进入名额",
            Self::NotHighest => "就高兑付另一项",
            Self::CapUsedUp => "限额已经用完",
            Self::FundUsedUp => "资金已经用完",
            Self::FundStopped => "资金不足,停发",
            Self::BelowPayableFrom => "不到起付金额",
            Self::RuleWithoutValue => "限额、排名或权重还算不出",
        }
    }
}

impl From<UndefinedReason> for Reason {
    fn from(reason: UndefinedReason) -> Self {
        match reason {
            UndefinedReason::DivisionByZero => Self::DivisionByZero,
            UndefinedReason::Overflow => Self::Overflow,
            UndefinedReason::NoTierMatches => Self::NoTierMatches,
            UndefinedReason::NoRowMatches => Self::NoRowMatches,
            UndefinedReason::SeveralRowsMatch => Self::SeveralRowsMatch,
            UndefinedReason::RowsDisagree => Self::RowsDisagree,
            UndefinedReason::NegativeMarginal => Self::NegativeMarginal,
            UndefinedReason::BadDate => Self::BadDate,
            UndefinedReason::BadArgument => Self::BadArgument,
            UndefinedReason::WrongType => Self::WrongType,
            UndefinedReason::InvalidRule => Self::InvalidRule,
        }
    }
}

impl From<AwardErrorKind> for Reason {
    fn from(kind: AwardErrorKind) -> Self {
        match kind {
            AwardErrorKind::Undefined(reason) => Self::from(reason),
            AwardErrorKind::NegativeAward => Self::NegativeAward,
            AwardErrorKind::AwardTooLarge => Self::AwardTooLarge,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_its_own_number() {
        let codes: BTreeSet<u16> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        assert!(Reason::ALL.is_sorted_by_key(|reason| reason.code()));
    }
}
