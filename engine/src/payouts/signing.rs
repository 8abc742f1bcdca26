//! Who may do a step (promise P4).

use zhida_policies::values::Uscc;

use super::actor::{Actor, Role, Signature, User};
use super::draft::Draft;
use super::ids::{BureauId, PersonId, UserId};
use super::refusal::Refusal;

impl Draft<'_> {
    /// Only the system itself.
    pub(super) fn by_system(&self) -> Result<(), Refusal> {
        match self.order.actor {
            Actor::System => Ok(()),
            Actor::User(_) | Actor::Delegate { .. } | Actor::Assisted { .. } => {
                Err(Refusal::NotTheActor)
            }
        }
    }

    /// The system, or somebody in this role.
    pub(super) fn by_system_or(&self, role: Role, bureau: &BureauId) -> Result<(), Refusal> {
        match self.order.actor {
            Actor::System => Ok(()),
            Actor::User(_) | Actor::Delegate { .. } | Actor::Assisted { .. } => {
                self.sign(role, bureau).map(drop)
            }
        }
    }

    /// A signature in this role over a matter of this bureau.
    pub(super) fn sign(&self, role: Role, bureau: &BureauId) -> Result<Signature, Refusal> {
        match &self.order.actor {
            Actor::User(id) => {
                let user = self.active(id)?;
                holds(user, role)?;
                inside(user, bureau)?;
                Ok(self.signature(role, user, None))
            }
            Actor::Delegate { user, of } => {
                let lender = self.active(of)?;
                let user = self.active(user)?;
                holds(lender, role)?;
                inside(lender, bureau)?;
                inside(user, bureau)?;
                self.refuse_outsider(user)?;
                let today = self.today();
                let lent = self.books.delegations.iter().any(|lent| {
                    (&lent.of, &lent.to, lent.role) == (&lender.id, &user.id, role)
                        && lent.from <= today
                        && today <= lent.until
                });
                if !lent {
                    return Err(Refusal::NotDelegated {
                        of: lender.id.clone(),
                        user: user.id.clone(),
                        role,
                    });
                }
                Ok(self.signature(role, user, Some(lender.person.clone())))
            }
            Actor::System | Actor::Assisted { .. } => Err(Refusal::NotTheActor),
        }
    }

    /// A signature of an enterprise, or of a clerk in its place.
    pub(super) fn sign_for(&self, uscc: &Uscc) -> Result<Signature, Refusal> {
        match &self.order.actor {
            Actor::User(id) => {
                let user = self.active(id)?;
                holds(user, Role::Enterprise)?;
                if user.enterprise.as_ref() != Some(uscc) {
                    return Err(Refusal::NotTheActor);
                }
                Ok(self.signature(Role::Enterprise, user, None))
            }
            Actor::Assisted {
                clerk,
                enterprise,
                asked_by,
            } => {
                let clerk = self.active(clerk)?;
                holds(clerk, Role::Clerk)?;
                if enterprise != uscc {
                    return Err(Refusal::NotTheActor);
                }
                Ok(self.signature(Role::Clerk, clerk, Some(asked_by.clone())))
            }
            Actor::System | Actor::Delegate { .. } => Err(Refusal::NotTheActor),
        }
    }

    /// Administrators and auditors have no business rights, not even lent ones.
    pub(super) fn refuse_outsider(&self, user: &User) -> Result<(), Refusal> {
        let users = self.books.users.values();
        let accounts = users.filter(|other| other.person == user.person && other.is_active);
        let mut roles = accounts.flat_map(|account| account.roles.iter().copied());
        match roles.find(|role| role.is_administrator() || *role == Role::Auditor) {
            None => Ok(()),
            Some(_) => Err(Refusal::NotTheActor),
        }
    }

    /// The bureau of the people who act.
    pub(super) fn bureau_of_actor(&self) -> Result<BureauId, Refusal> {
        match &self.order.actor {
            Actor::User(user) | Actor::Delegate { user, .. } => {
                Ok(self.active(user)?.bureau.clone())
            }
            Actor::Assisted { clerk, .. } => Ok(self.active(clerk)?.bureau.clone()),
            Actor::System => Err(Refusal::NotTheActor),
        }
    }

    /// The user behind an account that may act.
    pub(super) fn active(&self, id: &UserId) -> Result<&User, Refusal> {
        let user = self.books.users.get(id);
        let user = user.ok_or_else(|| Refusal::NoSuchUser(id.clone()))?;
        if user.is_active {
            Ok(user)
        } else {
            Err(Refusal::UserSuspended(id.clone()))
        }
    }

    fn signature(&self, role: Role, user: &User, in_place_of: Option<PersonId>) -> Signature {
        Signature {
            role,
            user: user.id.clone(),
            person: user.person.clone(),
            in_place_of,
            at: self.order.at,
        }
    }
}

fn holds(user: &User, role: Role) -> Result<(), Refusal> {
    if user.roles.contains(&role) {
        return Ok(());
    }
    Err(Refusal::NotTheRole {
        user: user.id.clone(),
        role,
    })
}

fn inside(user: &User, bureau: &BureauId) -> Result<(), Refusal> {
    if user.bureau == *bureau {
        return Ok(());
    }
    Err(Refusal::OtherBureau {
        user: user.id.clone(),
        bureau: bureau.clone(),
    })
}

/// Refuses a person who stands behind one of these steps already in one of these roles.
pub(super) fn refuse_same_person_as(
    roles: &[Role],
    signature: &Signature,
    earlier: &[Signature],
    step: &str,
) -> Result<(), Refusal> {
    let earlier = earlier.iter().filter(|other| other.is_as(roles));
    refuse_same_person(signature, earlier, step)
}

/// Refuses a person who stands behind one of these steps already.
pub(super) fn refuse_same_person<'a>(
    signature: &Signature,
    earlier: impl IntoIterator<Item = &'a Signature>,
    step: &str,
) -> Result<(), Refusal> {
    let mut earlier = earlier.into_iter();
    match earlier.find(|other| signature.shares_person(other)) {
        None => Ok(()),
        Some(other) => Err(Refusal::SamePerson {
            person: signature.person.clone(),
            step: format!("{step}：{}", other.role.chinese()),
        }),
    }
}
