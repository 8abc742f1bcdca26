//! The rules of a library as the steps read them, worked out once for many settlements.

use crate::awards::funds::FundOf;
use crate::awards::together::Overs;
use crate::awards::{Settlement, caps, earlier, groups};

/// The rules of a library, for one year and one ledger.
pub(crate) struct Rulebook {
    /// By measure, whether its award reads what it was paid itself.
    pub(super) own_payments: Vec<bool>,
    pub(super) groups: Overs,
    pub(super) caps: Overs,
    pub(super) fund_of: FundOf,
}

impl Rulebook {
    pub(crate) fn new(settlement: &Settlement<'_>) -> Self {
        let (library, year) = (settlement.library, settlement.context.year);
        Self {
            own_payments: earlier::own_payments(settlement),
            groups: groups::overs(library, year),
            caps: caps::overs(library, year),
            fund_of: FundOf::new(library),
        }
    }
}
