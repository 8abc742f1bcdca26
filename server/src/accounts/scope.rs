//! What a user may see: where his bureau stands, and what lies inside it.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{BureauId, Role, User};
use zhida_policies::values::{Codes, Region, Uscc};

/// Where a bureau stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Office {
    /// The bureau.
    pub(crate) bureau: BureauId,
    /// The region that it acts for.
    pub(crate) region: Region,
    /// The department, such as 科技; the same word in every region.
    pub(crate) department: String,
    /// Whether it sees all departments of its region.
    pub(crate) is_finance: bool,
}

impl Office {
    /// Whether what belongs to the other can be seen from here: never sideways, never upwards.
    pub(crate) fn sees(&self, other: &Self, codes: &Codes) -> bool {
        if self.bureau == other.bureau {
            return true;
        }
        let is_inside =
            self.region != other.region && codes.region_covers(self.region, other.region);
        let is_same_place = self.region == other.region;
        (is_inside || is_same_place) && (self.is_finance || self.department == other.department)
    }
}

/// What a user may see. Rows outside are invisible and unreachable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    bureaus: BTreeSet<BureauId>,
    enterprise: Option<Uscc>,
}

impl Scope {
    /// What a user sees among all offices.
    ///
    /// # Shape
    /// Officials and auditors: their bureau and those inside its region and department.
    /// Enterprises: their own things alone. Administrators: the people of their bureau, and no
    /// business.
    pub(crate) fn of(user: &User, offices: &BTreeMap<BureauId, Office>, codes: &Codes) -> Self {
        let enterprise = user
            .enterprise
            .filter(|_| user.roles.contains(&Role::Enterprise));
        if !user.roles.iter().any(|role| role.is_official()) {
            return Self {
                enterprise,
                ..Self::default()
            };
        }
        let own = offices.get(&user.bureau);
        let mut bureaus = BTreeSet::from([user.bureau.clone()]);
        if let Some(own) = own {
            let seen = offices.values().filter(|other| own.sees(other, codes));
            bureaus.extend(seen.map(|other| other.bureau.clone()));
        }
        Self {
            bureaus,
            enterprise,
        }
    }

    /// The bureaus whose business can be seen.
    pub(crate) fn bureaus(&self) -> &BTreeSet<BureauId> {
        &self.bureaus
    }

    /// The one enterprise whose things can be seen, for a user of an enterprise.
    pub(crate) fn enterprise(&self) -> Option<Uscc> {
        self.enterprise
    }
}
