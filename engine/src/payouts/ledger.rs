//! Accounts and postings of the two ledgers.

use serde::{Deserialize, Serialize};

use super::ids::BudgetLineId;

/// One of the two ledgers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ledger {
    /// What may still be promised.
    Budget,
    /// Where the money is.
    Money,
}

/// An account of a ledger; each budget line has one set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LedgerAccount {
    /// 指标下达: what was granted, below zero.
    Granted,
    /// 可用指标.
    Available,
    /// 预留: proposed and not yet approved.
    Reserved,
    /// 已承诺: approved and not yet paid.
    Committed,
    /// 已支出.
    Spent,
    /// 补助支出.
    Expense,
    /// 应付.
    Payable,
    /// 在途: told to a bank, no final answer.
    Transit,
    /// 零余额账户或国库.
    Cash,
    /// 退票暂存.
    Returned,
    /// 应收追回.
    Clawback,
    /// 以前年度.
    Prior,
    /// 未达: moved by a bank, not by us.
    Unmatched,
    /// 核销.
    Loss,
    /// 利息收入.
    Interest,
    /// 抵扣往来: one entitlement set against the claim on another.
    Clearing,
}

impl LedgerAccount {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Granted,
        Self::Available,
        Self::Reserved,
        Self::Committed,
        Self::Spent,
        Self::Expense,
        Self::Payable,
        Self::Transit,
        Self::Cash,
        Self::Returned,
        Self::Clawback,
        Self::Prior,
        Self::Unmatched,
        Self::Loss,
        Self::Interest,
        Self::Clearing,
    ];

    /// The ledger that it belongs to.
    #[must_use]
    pub const fn ledger(self) -> Ledger {
        match self {
            Self::Granted | Self::Available | Self::Reserved | Self::Committed | Self::Spent => {
                Ledger::Budget
            }
            Self::Expense
            | Self::Payable
            | Self::Transit
            | Self::Cash
            | Self::Returned
            | Self::Clawback
            | Self::Prior
            | Self::Unmatched
            | Self::Loss
            | Self::Interest
            | Self::Clearing => Ledger::Money,
        }
    }

    /// Whether it may never fall below zero (promise P5).
    #[must_use]
    pub const fn is_never_negative(self) -> bool {
        matches!(
            self,
            Self::Available | Self::Reserved | Self::Committed | Self::Spent
        )
    }

    /// The name in exports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "GRANTED",
            Self::Available => "AVAILABLE",
            Self::Reserved => "RESERVED",
            Self::Committed => "COMMITTED",
            Self::Spent => "SPENT",
            Self::Expense => "EXPENSE",
            Self::Payable => "PAYABLE",
            Self::Transit => "TRANSIT",
            Self::Cash => "CASH",
            Self::Returned => "RETURNED",
            Self::Clawback => "CLAWBACK",
            Self::Prior => "PRIOR",
            Self::Unmatched => "UNMATCHED",
            Self::Loss => "LOSS",
            Self::Interest => "INTEREST",
            Self::Clearing => "CLEARING",
        }
    }

    /// The Chinese name.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Granted => "指标下达",
            Self::Available => "可用指标",
            Self::Reserved => "预留",
            Self::Committed => "已承诺",
            Self::Spent => "已支出",
            Self::Expense => "补助支出",
            Self::Payable => "应付",
            Self::Transit => "在途",
            Self::Cash => "零余额账户",
            Self::Returned => "退票暂存",
            Self::Clawback => "应收追回",
            Self::Prior => "以前年度",
            Self::Unmatched => "未达",
            Self::Loss => "核销",
            Self::Interest => "利息收入",
            Self::Clearing => "抵扣往来",
        }
    }
}

/// One side of a booking; those of one order and budget line sum to zero in each ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Posting {
    /// Whose set of accounts.
    pub line: BudgetLineId,
    /// The account.
    pub account: LedgerAccount,
    /// By how many fen it changes; never zero.
    pub fen: i64,
}
