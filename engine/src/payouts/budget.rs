//! What a bureau may promise.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use zhida_policies::values::Money;

use super::ids::{BudgetLineId, BureauId};
use super::ledger::LedgerAccount;

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// The document number; unique within its line.
    pub document: String,
    /// How much.
    pub amount: Money,
}

/// One source of funds, budget line and fiscal year, with its set of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLine {
    /// Its name.
    pub id: BudgetLineId,
    /// Whose.
    pub bureau: BureauId,
    /// The fiscal year.
    pub fiscal_year: i16,
    /// What was granted.
    pub grants: BTreeSet<Grant>,
    /// The accounts that are not at zero.
    pub balances: BTreeMap<LedgerAccount, i64>,
}

impl BudgetLine {
    /// A line without a grant.
    #[must_use]
    pub fn new(id: BudgetLineId, bureau: BureauId, fiscal_year: i16) -> Self {
        Self {
            id,
            bureau,
            fiscal_year,
            grants: BTreeSet::new(),
            balances: BTreeMap::new(),
        }
    }

    /// What an account stands at.
    #[must_use]
    pub fn balance(&self, account: LedgerAccount) -> i64 {
        self.balances.get(&account).copied().unwrap_or(0)
    }
}
