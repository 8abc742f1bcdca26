//! Who acts, and as what.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Money, Uscc};

use super::ids::{BureauId, PersonId, UserId};
use super::moment::Moment;

/// What somebody may act as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// 经办.
    Maker,
    /// 复核.
    Checker,
    /// 审批.
    Approver,
    /// 支付经办.
    PaymentMaker,
    /// 支付复核.
    PaymentChecker,
    /// 对账.
    Reconciler,
    /// 审计: reads only.
    Auditor,
    /// 企业.
    Enterprise,
    /// 帮办: acts for an enterprise, both names are kept.
    Clerk,
    /// 系统管理员.
    SystemAdministrator,
    /// 安全管理员.
    SecurityAdministrator,
    /// 审计管理员.
    AuditAdministrator,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Maker,
        Self::Checker,
        Self::Approver,
        Self::PaymentMaker,
        Self::PaymentChecker,
        Self::Reconciler,
        Self::Auditor,
        Self::Enterprise,
        Self::Clerk,
        Self::SystemAdministrator,
        Self::SecurityAdministrator,
        Self::AuditAdministrator,
    ];

    /// The Chinese name.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Maker => "经办",
            Self::Checker => "复核",
            Self::Approver => "审批",
            Self::PaymentMaker => "支付经办",
            Self::PaymentChecker => "支付复核",
            Self::Reconciler => "对账",
            Self::Auditor => "审计",
            Self::Enterprise => "企业",
            Self::Clerk => "帮办",
            Self::SystemAdministrator => "系统管理员",
            Self::SecurityAdministrator => "安全管理员",
            Self::AuditAdministrator => "审计管理员",
        }
    }

    /// Whether it is one of the three administrators (三员), who exclude each other and have no
    /// business rights.
    #[must_use]
    pub const fn is_administrator(self) -> bool {
        matches!(
            self,
            Self::SystemAdministrator | Self::SecurityAdministrator | Self::AuditAdministrator
        )
    }
}

/// An account of the system, and the person behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its name.
    pub id: UserId,
    /// Who uses it.
    pub person: PersonId,
    /// The bureau that it acts for.
    pub bureau: BureauId,
    /// What it may act as.
    pub roles: BTreeSet<Role>,
    /// The enterprise that it acts for, with [`Role::Enterprise`].
    pub enterprise: Option<Uscc>,
    /// The greatest amount that it may approve alone or with others.
    pub approves_up_to: Option<Money>,
    /// Whether it may act at all.
    pub is_active: bool,
}

/// Who gives an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// The system itself: clocks, jobs, channels.
    System,
    /// A user.
    User(UserId),
    /// A user, for another one who has delegated his role.
    Delegate {
        /// Who acts.
        user: UserId,
        /// In whose place.
        of: UserId,
    },
    /// A clerk, for an enterprise that cannot act itself.
    Assisted {
        /// Who acts.
        clerk: UserId,
        /// For whom.
        enterprise: Uscc,
        /// Who of the enterprise asked for it.
        asked_by: PersonId,
    },
}

/// One step done by one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// As what.
    pub role: Role,
    /// With which account.
    pub user: UserId,
    /// Who.
    pub person: PersonId,
    /// In whose place, where a role was delegated.
    pub in_place_of: Option<PersonId>,
    /// When.
    pub at: Moment,
}

impl Signature {
    /// Whether it was given as one of these.
    #[must_use]
    pub fn is_as(&self, roles: &[Role]) -> bool {
        roles.contains(&self.role)
    }

    /// The persons who stand behind it: a delegate signs for two.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.in_place_of.as_ref())
    }

    /// Whether one person, or one account, stands behind both.
    #[must_use]
    pub fn shares_person(&self, other: &Self) -> bool {
        self.user == other.user
            || self
                .persons()
                .any(|person| other.persons().any(|theirs| theirs == person))
    }
}
