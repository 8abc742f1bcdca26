//! Users, lent roles, and what the system sets up when it is first started.

use crate::payouts::actor::{Actor, Role, User};
use crate::payouts::batch::Payer;
use crate::payouts::budget::BudgetLine;
use crate::payouts::draft::Draft;
use crate::payouts::ids::{BudgetLineId, BureauId, UserId};
use crate::payouts::refusal::Refusal;
use crate::payouts::settings::{Delegation, Rules};

impl Draft<'_> {
    /// A user that comes from the settings of an installation, not from people.
    pub(in crate::payouts) fn set_up_user(&mut self, user: &User) -> Result<(), Refusal> {
        self.by_system()?;
        if self.books.users.contains_key(&user.id) {
            return Err(Refusal::AlreadyThere(format!("用户“{}”", user.id)));
        }
        self.set_user(user)
    }

    pub(in crate::payouts) fn set_payer(&mut self, payer: &Payer) -> Result<(), Refusal> {
        self.by_system()?;
        let line = self.books.lines.get(&payer.suspense);
        let line = line.ok_or_else(|| Refusal::NoSuchLine(payer.suspense.clone()))?;
        // Money that lies in 未达 stays where it was booked.
        let is_moved =
            self.books.payers.get(&payer.id).is_some_and(|known| {
                known.suspense != payer.suspense || known.bureau != payer.bureau
            });
        if is_moved {
            return Err(Refusal::AlreadyThere(format!(
                "付款账户“{}”（所属单位和未达账簿不能更改）",
                payer.id
            )));
        }
        if line.bureau != payer.bureau {
            return Err(Refusal::NoSuchLine(payer.suspense.clone()));
        }
        self.payers.insert(payer.id.clone(), payer.clone());
        Ok(())
    }

    pub(in crate::payouts) fn set_line(
        &mut self,
        line: &BudgetLineId,
        bureau: &BureauId,
        fiscal_year: i16,
    ) -> Result<(), Refusal> {
        self.by_system()?;
        if self.books.lines.contains_key(line) {
            return Err(Refusal::AlreadyThere(format!("指标“{line}”")));
        }
        let new = BudgetLine::new(line.clone(), bureau.clone(), fiscal_year);
        self.lines.insert(line.clone(), new);
        Ok(())
    }

    pub(in crate::payouts) fn configure(
        &mut self,
        bureau: &BureauId,
        rules: &Rules,
    ) -> Result<(), Refusal> {
        self.by_system()?;
        self.setting(bureau).rules = Some(rules.clone());
        Ok(())
    }

    /// Roles of one person, over all of his accounts, must go together. An account never passes
    /// to another person or bureau: who is behind a signature stays true.
    pub(in crate::payouts) fn set_user(&mut self, user: &User) -> Result<(), Refusal> {
        if let Some(known) = self.books.users.get(&user.id)
            && (known.person != user.person || known.bureau != user.bureau)
        {
            return Err(Refusal::AlreadyThere(format!(
                "用户“{}”（属于另一人或另一单位；请新设用户）",
                user.id
            )));
        }
        let others = self.books.users.values();
        let others = others.filter(|other| other.person == user.person && other.id != user.id);
        let others = others.filter(|other| other.is_active);
        let mut roles = user.roles.clone();
        roles.extend(others.flat_map(|other| other.roles.iter().copied()));
        for administrator in roles.iter().filter(|role| role.is_administrator()) {
            for other in roles.iter().filter(|other| *other != administrator) {
                if other.is_administrator() || other.is_official() {
                    return Err(Refusal::RolesExclude {
                        first: *administrator,
                        second: *other,
                    });
                }
            }
        }
        if let Some(other) = roles.iter().find(|role| {
            roles.contains(&Role::Auditor) && role.is_official() && **role != Role::Auditor
        }) {
            return Err(Refusal::RolesExclude {
                first: Role::Auditor,
                second: *other,
            });
        }
        self.users.insert(user.id.clone(), user.clone());
        Ok(())
    }

    /// A role is lent by its holder; who borrowed it cannot lend it on, and the two roles of one
    /// matter cannot meet in one person because both persons stand behind each signature.
    pub(in crate::payouts) fn delegate(&mut self, lent: &Delegation) -> Result<(), Refusal> {
        self.by_holder(lent)?;
        let lender = self.active(&lent.of)?;
        if !lender.roles.contains(&lent.role) {
            return Err(Refusal::NotTheRole {
                user: lent.of.clone(),
                role: lent.role,
            });
        }
        let borrower = self.active(&lent.to)?;
        if borrower.bureau != lender.bureau {
            return Err(Refusal::OtherBureau {
                user: borrower.id.clone(),
                bureau: lender.bureau.clone(),
            });
        }
        if borrower.person == lender.person {
            return Err(Refusal::SamePerson {
                person: lender.person.clone(),
                step: "委托".to_owned(),
            });
        }
        let lends_business = lent.role.is_official() && lent.role != Role::Auditor;
        if !lends_business {
            return Err(Refusal::NotTheActor);
        }
        self.refuse_outsider(borrower)?;
        if lent.until < lent.from {
            return Err(Refusal::DatesDisagree(format!(
                "委托自{}至{}",
                lent.from, lent.until
            )));
        }
        self.lent.push(lent.clone());
        Ok(())
    }

    pub(in crate::payouts) fn end_delegation(&mut self, lent: &Delegation) -> Result<(), Refusal> {
        self.by_holder(lent)?;
        if !self.books.delegations.contains(lent) {
            return Err(Refusal::NoSuchThing("这项委托".to_owned()));
        }
        self.ended.push(lent.clone());
        Ok(())
    }

    fn by_holder(&self, lent: &Delegation) -> Result<(), Refusal> {
        match &self.order.actor {
            Actor::User(user) if *user == lent.of => Ok(()),
            Actor::User(_) | Actor::Delegate { .. } | Actor::Assisted { .. } | Actor::System => {
                Err(Refusal::NotTheActor)
            }
        }
    }

    /// One person is enough to stop an account, two are needed to let it act.
    pub(in crate::payouts) fn suspend(&mut self, id: &UserId) -> Result<(), Refusal> {
        let user = self.active(id)?.clone();
        if !matches!(self.order.actor, Actor::System) {
            self.sign(Role::SecurityAdministrator, &user.bureau)?;
        }
        let mut user = user;
        user.is_active = false;
        self.users.insert(user.id.clone(), user);
        Ok(())
    }
}
