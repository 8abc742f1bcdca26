//! P4: who really sat behind the signatures.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{
    Action, Actor, BatchId, Command, MotionId, MotionState, PayoutId, PersonId, Thing, UserId,
};
use zhida_policies::values::Uscc;

use super::super::storage::Done;
use super::{Breach, Promise, ensure};

type Persons = BTreeSet<PersonId>;

/// Who did what, by natural person.
pub(crate) struct People {
    behind: BTreeMap<UserId, PersonId>,
    suspended: BTreeSet<UserId>,
    /// Who proposed and checked, and who approved, the present award.
    signed: BTreeMap<PayoutId, (Persons, Persons)>,
    batches: BTreeMap<BatchId, Persons>,
    motions: BTreeMap<MotionId, (Action, Persons)>,
    /// Who brought about the account of an enterprise that is in force.
    accounts: BTreeMap<Uscc, Persons>,
    enterprises: BTreeMap<PayoutId, Uscc>,
    /// How many signatures were judged.
    pub(crate) judged: usize,
}

impl People {
    pub(crate) fn new(behind: BTreeMap<UserId, PersonId>) -> Self {
        Self {
            behind,
            suspended: BTreeSet::new(),
            signed: BTreeMap::new(),
            batches: BTreeMap::new(),
            motions: BTreeMap::new(),
            accounts: BTreeMap::new(),
            enterprises: BTreeMap::new(),
            judged: 0,
        }
    }

    fn person(&self, user: &UserId) -> Result<PersonId, Breach> {
        let is_active = !self.suspended.contains(user);
        ensure(is_active, Promise::P4, || {
            format!("{user} acted while suspended")
        })?;
        let person = self.behind.get(user).cloned();
        person.ok_or_else(|| Breach {
            promise: Promise::P4,
            what: format!("nobody sits behind {user}"),
        })
    }

    /// Everybody in whose name an order was given.
    fn persons(&self, actor: &Actor) -> Result<Persons, Breach> {
        Ok(match actor {
            Actor::System => Persons::new(),
            Actor::User(user) => Persons::from([self.person(user)?]),
            Actor::Delegate { user, of } => Persons::from([self.person(user)?, self.person(of)?]),
            Actor::Assisted {
                clerk, asked_by, ..
            } => Persons::from([self.person(clerk)?, asked_by.clone()]),
        })
    }

    pub(crate) fn carried(&mut self, done: &Done) -> Result<(), Breach> {
        // Whoever takes back what he lent only narrows what others may do.
        if matches!(done.order.command, Command::EndDelegation(_)) {
            return Ok(());
        }
        let now = self.persons(&done.order.actor)?;
        match &done.order.command {
            Command::Entitle(award) => {
                let id = award.key.payout_id();
                self.signed.remove(&id);
                self.enterprises.insert(id, award.key.uscc);
            }
            Command::Propose { payout } => {
                must_be_people(&now, "proposed")?;
                self.signed.insert(payout.clone(), (now, Persons::new()));
            }
            Command::Check { payout, .. } => self.sign(payout, now, false)?,
            Command::Approve { payout } => self.sign(payout, now, true)?,
            Command::SendBack { payout, .. } | Command::Drop { payout, .. } => {
                self.signed.remove(payout);
            }
            Command::MakeBatch(batch) => {
                must_be_people(&now, "batched")?;
                for payout in &batch.payouts {
                    self.apart_from_account(payout, &now)?;
                }
                self.batches.insert(batch.id.clone(), now);
            }
            Command::Seal { batch, .. } => self.seal(batch, &now, done)?,
            Command::OpenMotion { motion, action } => {
                must_be_people(&now, "moved")?;
                self.not_for_oneself(action, &now)?;
                let opened = ((**action).clone(), now);
                self.motions.insert(motion.clone(), opened);
            }
            Command::SignMotion { motion } | Command::Enact { motion, .. } => {
                self.agree(motion, now, done)?;
            }
            Command::Suspend { user } => drop(self.suspended.insert(user.clone())),
            _ => {}
        }
        Ok(())
    }

    /// Proposed, checked and approved by different people.
    fn sign(&mut self, id: &PayoutId, now: Persons, approves: bool) -> Result<(), Breach> {
        self.judged += 1;
        must_be_people(&now, "signed")?;
        let (makers, approvers) = self.signed.entry(id.clone()).or_default();
        let is_apart = makers.is_disjoint(&now) && approvers.is_disjoint(&now);
        ensure(is_apart && !makers.is_empty(), Promise::P4, || {
            format!("{now:?} signs {id} after {makers:?} and {approvers:?}")
        })?;
        if approves {
            approvers.extend(now);
        } else {
            makers.extend(now);
        }
        Ok(())
    }

    /// Who seals neither made the batch, nor approved what is in it, nor chose its accounts.
    fn seal(&mut self, id: &BatchId, now: &Persons, done: &Done) -> Result<(), Breach> {
        self.judged += 1;
        must_be_people(now, "sealed")?;
        let made = self.batches.get(id).cloned().unwrap_or_default();
        ensure(made.is_disjoint(now), Promise::P4, || {
            format!("{now:?} made and sealed batch {id}")
        })?;
        for thing in &done.effects.things {
            let Thing::Batch(batch) = thing else {
                continue;
            };
            for (payout, _) in &batch.items {
                let approved = self.signed.get(payout).map(|(_, approvers)| approvers);
                let is_apart = approved.is_some_and(|approvers| approvers.is_disjoint(now));
                ensure(is_apart, Promise::P4, || {
                    format!("{now:?} approved {payout} and seals its batch {id}")
                })?;
                self.apart_from_account(payout, now)?;
            }
        }
        Ok(())
    }

    fn apart_from_account(&self, payout: &PayoutId, now: &Persons) -> Result<(), Breach> {
        let uscc = self.enterprises.get(payout);
        let chose = uscc.and_then(|uscc| self.accounts.get(uscc));
        let is_apart = chose.is_none_or(|chose| chose.is_disjoint(now));
        ensure(is_apart, Promise::P4, || {
            format!("{now:?} changed the account of {payout} and releases it")
        })
    }

    fn agree(&mut self, id: &MotionId, now: Persons, done: &Done) -> Result<(), Breach> {
        self.judged += 1;
        must_be_people(&now, "agreed")?;
        let (action, signed) = self.motions.get(id).cloned().ok_or_else(|| Breach {
            promise: Promise::P4,
            what: format!("motion {id} was never opened"),
        })?;
        ensure(signed.is_disjoint(&now), Promise::P4, || {
            format!("{now:?} signs motion {id} after {signed:?}")
        })?;
        self.not_for_oneself(&action, &now)?;
        let all: Persons = signed.union(&now).cloned().collect();
        self.motions
            .insert(id.clone(), (action.clone(), all.clone()));
        let is_carried = done.effects.things.iter().any(|thing| {
            matches!(thing, Thing::Motion(motion)
                if motion.id == *id && motion.state == MotionState::Carried)
        });
        if !is_carried {
            return Ok(());
        }
        let least = action.roles().len();
        ensure(all.len() >= least, Promise::P4, || {
            format!("motion {id} needs {least} people, {all:?} signed")
        })?;
        match action {
            Action::ChangePayee { uscc, .. } => drop(self.accounts.insert(uscc, all)),
            Action::SetUser { user } if user.is_active => drop(self.suspended.remove(&user.id)),
            Action::SetUser { user } => drop(self.suspended.insert(user.id)),
            _ => {}
        }
        Ok(())
    }

    fn not_for_oneself(&self, action: &Action, now: &Persons) -> Result<(), Breach> {
        let Action::SetUser { user } = action else {
            return Ok(());
        };
        let of = self.behind.get(&user.id).unwrap_or(&user.person);
        ensure(!now.contains(of), Promise::P4, || {
            format!("{of} grants roles to himself")
        })
    }
}

fn must_be_people(now: &Persons, what: &str) -> Result<(), Breach> {
    ensure(!now.is_empty(), Promise::P4, || {
        format!("nobody {what} it, the system did")
    })
}
