//! P4: who may do a step at all: roles, lent roles with their days, and amounts.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{
    Action, Actor, BureauId, Command, Delegation, Finding, MotionId, MotionState, PayoutId,
    PayoutState, Role, Thing, User, UserId,
};
use zhida_policies::values::Date;

use super::super::storage::Done;
use super::{Breach, Promise, ensure};

/// What every account may do, from the orders that gave and took it.
#[derive(Default)]
pub(crate) struct Rights {
    users: BTreeMap<UserId, User>,
    lent: BTreeSet<Delegation>,
    /// From which fen on a bureau wants a second approver.
    second_from: BTreeMap<BureauId, Option<i64>>,
    /// Bureau, amount and number of approvers of each award.
    awards: BTreeMap<PayoutId, Award>,
    motions: BTreeMap<MotionId, (Action, usize)>,
}

struct Award {
    bureau: BureauId,
    fen: i64,
    approvers: usize,
}

/// Who takes part in what needs several people, from the table of PAYOUTS.md part 2.
fn seats(action: &Action) -> &'static [&'static [Role]] {
    const MAKER: &[Role] = &[Role::Maker];
    const CHECKER: &[Role] = &[Role::Checker];
    const APPROVER: &[Role] = &[Role::Approver];
    const RECONCILER: &[Role] = &[Role::Reconciler];
    match action {
        Action::GrantBudget { .. }
        | Action::Reissue { .. }
        | Action::Bar { .. }
        | Action::UnblockPayee { .. } => &[MAKER, CHECKER],
        Action::ChangePayee { .. } => &[&[Role::Enterprise, Role::Clerk, Role::Maker], CHECKER],
        Action::ResolveObjection { .. } => &[CHECKER, APPROVER],
        Action::VoidBatch { .. } | Action::HandOver { .. } => {
            &[&[Role::PaymentMaker], &[Role::PaymentChecker]]
        }
        Action::RuleUnknown { .. }
        | Action::CloseQuestion { .. }
        | Action::MatchClaim { .. }
        | Action::MatchReversal { .. } => &[RECONCILER, RECONCILER],
        Action::Cancel { .. }
        | Action::Clawback { .. }
        | Action::WithdrawClaim { .. }
        | Action::Offset { .. } => &[MAKER, CHECKER, APPROVER],
        Action::WriteOff { .. } => &[APPROVER, APPROVER],
        Action::SetUser { .. } => &[&[Role::SecurityAdministrator], &[Role::AuditAdministrator]],
        Action::ClosePeriod { .. } => &[RECONCILER, APPROVER],
        Action::PublishPolicy(_) => &[MAKER, APPROVER],
    }
}

impl Rights {
    pub(crate) fn carried(&mut self, done: &Done) -> Result<(), Breach> {
        let today = done.order.at.business_date();
        let actor = &done.order.actor;
        match &done.order.command {
            Command::Propose { payout } => {
                self.holds(actor, &[Role::Maker], today)?;
                self.again(payout);
            }
            Command::SendBack { payout, .. } | Command::Drop { payout, .. } => self.again(payout),
            Command::Check { .. } => self.holds(actor, &[Role::Checker], today)?,
            Command::Approve { payout } => self.approve(payout, done)?,
            Command::MakeBatch(_) => self.holds(actor, &[Role::PaymentMaker], today)?,
            Command::Seal { .. } => self.holds(actor, &[Role::PaymentChecker], today)?,
            Command::BlockPayee { .. } => self.holds(actor, &[Role::Checker], today)?,
            Command::OpenMotion { motion, action } => {
                self.holds(actor, seats(action)[0], today)?;
                self.motions.insert(motion.clone(), ((**action).clone(), 1));
            }
            Command::SignMotion { motion } | Command::Enact { motion, .. } => {
                self.sign(motion, done)?;
            }
            Command::Entitle(award) => {
                let (bureau, fen) = (award.key.bureau.clone(), award.amount.fen());
                self.award(award.key.payout_id(), bureau, fen);
            }
            Command::Delegate(lent) => {
                let holds = self
                    .users
                    .get(&lent.of)
                    .is_some_and(|of| of.is_active && of.roles.contains(&lent.role));
                ensure(holds, Promise::P4, || {
                    format!("{lent:?} lends what is not had")
                })?;
                self.lent.insert(lent.clone());
            }
            Command::EndDelegation(lent) => drop(self.lent.remove(lent)),
            Command::SetUp { user } => drop(self.users.insert(user.id.clone(), user.clone())),
            Command::Suspend { user } => {
                if let Some(user) = self.users.get_mut(user) {
                    user.is_active = false;
                }
            }
            Command::Configure { bureau, rules } => {
                let from = rules.second_approver_from.map(|from| from.fen());
                self.second_from.insert(bureau.clone(), from);
            }
            _ => {}
        }
        Ok(())
    }

    fn award(&mut self, id: PayoutId, bureau: BureauId, fen: i64) {
        let award = Award {
            bureau,
            fen,
            approvers: 0,
        };
        self.awards.insert(id, award);
    }

    fn again(&mut self, id: &PayoutId) {
        if let Some(award) = self.awards.get_mut(id) {
            award.approvers = 0;
        }
    }

    /// Whoever acts holds one of the roles, himself or lent to him for this very day.
    fn holds(&self, actor: &Actor, roles: &[Role], today: Date) -> Result<(), Breach> {
        let has = |user: &UserId, role: &Role| {
            let user = self.users.get(user);
            user.is_some_and(|user| user.is_active && user.roles.contains(role))
        };
        let mut roles_left = roles.iter();
        let holds = roles_left.any(|role| match actor {
            Actor::System => false,
            Actor::User(user) => has(user, role),
            Actor::Assisted { clerk, .. } => *role == Role::Clerk && has(clerk, role),
            Actor::Delegate { user, of } => {
                let mut lent = self.lent.iter();
                has(of, role)
                    && lent.any(|lent| {
                        (&lent.of, &lent.to, lent.role) == (of, user, *role)
                            && lent.from <= today
                            && today <= lent.until
                    })
            }
        });
        ensure(holds, Promise::P4, || {
            format!("{actor:?} acted on {today} as one of {roles:?} and is none")
        })
    }

    /// Nobody approves above his amount, in whose place ever; large ones need two.
    fn approve(&mut self, id: &PayoutId, done: &Done) -> Result<(), Breach> {
        let actor = &done.order.actor;
        self.holds(actor, &[Role::Approver], done.order.at.business_date())?;
        let Some(award) = self.awards.get_mut(id) else {
            return ensure(false, Promise::P4, || format!("{id} was never taken up"));
        };
        award.approvers += 1;
        let (fen, approvers) = (award.fen, award.approvers);
        let names = match actor {
            Actor::User(user) => vec![user],
            Actor::Delegate { user, of } => vec![user, of],
            Actor::System | Actor::Assisted { .. } => Vec::new(),
        };
        for name in names {
            let limit = self.users.get(name).and_then(|user| user.approves_up_to);
            let is_inside = limit.is_none_or(|limit| fen <= limit.fen());
            ensure(is_inside, Promise::P4, || {
                format!("{name} approved {fen} fen of {id}, above {limit:?}")
            })?;
        }
        let from = self.second_from.get(&award.bureau).copied().flatten();
        let needed = if from.is_some_and(|from| fen >= from) {
            2
        } else {
            1
        };
        let is_approved = done.effects.things.iter().any(|thing| {
            matches!(thing, Thing::Payout(payout)
                if payout.id == *id && payout.state() == PayoutState::Approved)
        });
        ensure(!is_approved || approvers >= needed, Promise::P4, || {
            format!("{id} of {fen} fen is approved by {approvers} of {needed}")
        })
    }

    fn sign(&mut self, id: &MotionId, done: &Done) -> Result<(), Breach> {
        let Some((action, signed)) = self.motions.get(id).cloned() else {
            return ensure(false, Promise::P4, || {
                format!("motion {id} was never opened")
            });
        };
        let seat = seats(&action).get(signed).copied().unwrap_or(&[]);
        self.holds(&done.order.actor, seat, done.order.at.business_date())?;
        self.motions
            .insert(id.clone(), (action.clone(), signed + 1));
        let is_carried = done.effects.things.iter().any(|thing| {
            matches!(thing, Thing::Motion(motion)
                if motion.id == *id && motion.state == MotionState::Carried)
        });
        if !is_carried {
            return Ok(());
        }
        let is_full = signed + 1 == seats(&action).len();
        ensure(is_full, Promise::P4, || {
            format!("motion {id} was carried after {} signatures", signed + 1)
        })?;
        match action {
            Action::SetUser { user } => drop(self.users.insert(user.id.clone(), user)),
            Action::ResolveObjection {
                finding: Finding::Changed(award),
                ..
            } => {
                let (bureau, fen) = (award.key.bureau.clone(), award.amount.fen());
                self.award(award.key.payout_id(), bureau, fen);
            }
            _ => {}
        }
        Ok(())
    }
}
