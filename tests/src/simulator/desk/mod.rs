//! What people and clocks order next: mostly what is due, by those who may, and often not.

mod business;
mod mischief;
mod motions;
mod steps;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use zhida_engine::payouts::{
    Action, Actor, Award, BankLine, BatchId, Books, BureauId, Command, Delegation, Digest, Moment,
    MotionId, MotionState, PayoutId, PayoutState, Role, UserId,
};
use zhida_policies::values::{Date, Uscc};

use super::bank::Bank;
use super::dice::Dice;
use super::service::Request;
use super::storage::{Done, Key};
use super::world::awards::sweep;
use super::world::cast::Cast;

/// How many payouts are looked after at once.
const LIVE_MAX: usize = 90;
/// How many requests may be sent again.
const REMEMBERED: usize = 64;

/// What whoever sits at a desk can see.
pub(crate) struct View<'a> {
    pub(crate) cast: &'a Cast,
    pub(crate) books: &'a Books,
    pub(crate) bank: &'a mut Bank,
    pub(crate) now: Moment,
    pub(crate) today: Date,
    /// How the channel to the bank is while a file is on its way.
    pub(crate) dice: &'a mut Dice,
}

/// What happens next.
pub(crate) enum Turn {
    /// Somebody asks for something.
    Ask(Box<Request>),
    /// A sealed batch goes to the bank.
    Send(BatchId),
    /// Nobody does anything.
    Rest,
}

impl Turn {
    fn ask(request: Request) -> Self {
        Self::Ask(Box::new(request))
    }
}

/// All desks together.
#[derive(Default)]
pub(crate) struct Desk {
    awards: VecDeque<Award>,
    live: Vec<PayoutId>,
    known: BTreeSet<PayoutId>,
    motions: Vec<MotionId>,
    about: BTreeMap<PayoutId, MotionId>,
    lent: Vec<Delegation>,
    suspended: Vec<UserId>,
    stray: Vec<Digest>,
    past: VecDeque<Request>,
    names: u64,
}

impl Desk {
    /// A name that nothing has yet.
    fn name(&mut self) -> u64 {
        self.names += 1;
        self.names
    }

    /// A request under a new key.
    pub(crate) fn request(&mut self, actor: Actor, command: Command) -> Request {
        let key: Key = self.name();
        let request = Request {
            key,
            actor,
            command,
        };
        self.past.push_back(request.clone());
        if self.past.len() > REMEMBERED {
            self.past.pop_front();
        }
        request
    }

    /// What happens next.
    pub(crate) fn next(&mut self, view: &mut View<'_>) -> Turn {
        if self.awards.is_empty() && self.live.len() < LIVE_MAX && view.dice.chance(60) {
            self.awards = sweep(view.cast, view.books, view.today, view.dice).into();
        }
        let turn = match view.dice.below(1_000) {
            0..120 => self.take_up(view),
            120..290 => self.sign_some_motion(view),
            290..330 => self.business(view).map(Turn::ask),
            330..420 => self.mischief(view).map(Turn::ask),
            420..470 => self.again(view).map(Turn::ask),
            _ => self.step(view),
        };
        turn.unwrap_or(Turn::Rest)
    }

    /// The next award of a sweep.
    fn take_up(&mut self, view: &mut View<'_>) -> Option<Turn> {
        let award = self.awards.pop_front()?;
        let actor = if view.dice.chance(700) {
            Actor::System
        } else {
            self.official(view, &award.key.bureau, Role::Maker)
        };
        let request = self.request(actor, Command::Entitle(Box::new(award)));
        Some(Turn::ask(request))
    }

    fn sign_some_motion(&mut self, view: &mut View<'_>) -> Option<Turn> {
        let at = view.dice.below(self.motions.len());
        let id = self.motions.get(at)?.clone();
        let is_open = view.books.motion(&id).is_some_and(|motion| {
            motion.state == MotionState::Open && motion.next_role().is_some()
        });
        if !is_open {
            self.motions.swap_remove(at);
            return None;
        }
        self.sign(view, &id).map(Turn::ask)
    }

    /// The next signature under a motion, or its end.
    fn sign(&mut self, view: &mut View<'_>, id: &MotionId) -> Option<Request> {
        let motion = view.books.motion(id)?;
        let actor = self.official(view, &motion.bureau, motion.next_role()?);
        let motion = id.clone();
        let command = if view.dice.chance(30) {
            let reason = "撤回".to_owned();
            Command::WithdrawMotion { motion, reason }
        } else {
            Command::SignMotion { motion }
        };
        Some(self.request(actor, command))
    }

    /// A step of some payout.
    fn step(&mut self, view: &mut View<'_>) -> Option<Turn> {
        for _ in 0..6 {
            let at = view.dice.below(self.live.len());
            let id = self.live.get(at)?.clone();
            let payout = view.books.payout(&id)?;
            let is_over = matches!(
                payout.state(),
                PayoutState::Settled
                    | PayoutState::Declined
                    | PayoutState::Expired
                    | PayoutState::Cancelled
            );
            if is_over && view.dice.chance(500) {
                self.live.swap_remove(at);
                self.known.remove(&id);
                continue;
            }
            if let Some(turn) = self.step_of(view, payout) {
                return Some(turn);
            }
        }
        None
    }

    /// A request that was sent before: by a double click, by a program that has not heard the
    /// answer, by a program that mixes up its keys, or by a person who does it once more.
    fn again(&mut self, view: &mut View<'_>) -> Option<Request> {
        let mut request = self.past.get(view.dice.below(self.past.len()))?.clone();
        match view.dice.below(4) {
            0 => {
                let other = self.past.get(view.dice.below(self.past.len()))?;
                request.command = other.command.clone();
            }
            1 => request.key = self.name(),
            _ => {}
        }
        Some(request)
    }

    /// Somebody in a role, at times in another's place.
    fn official(&self, view: &mut View<'_>, bureau: &BureauId, role: Role) -> Actor {
        if view.dice.chance(80) {
            let fitting = self
                .lent
                .iter()
                .filter(|lent| lent.role == role && lent.of.as_str().starts_with(bureau.as_str()));
            let fitting: Vec<_> = fitting.collect();
            if let Some(lent) = view.dice.pick(&fitting) {
                return Actor::Delegate {
                    user: lent.to.clone(),
                    of: lent.of.clone(),
                };
            }
        }
        let holder = view.cast.holder(bureau, role, view.dice);
        holder.map_or(Actor::System, Actor::User)
    }

    /// Somebody who speaks for an enterprise.
    fn speaker(&self, view: &mut View<'_>, uscc: &Uscc, bureau: &BureauId) -> Actor {
        let Some(enterprise) = view.cast.enterprise(uscc) else {
            return Actor::System;
        };
        let clerk = view.cast.holder(bureau, Role::Clerk, view.dice);
        match clerk {
            Some(clerk) if view.dice.chance(250) => Actor::Assisted {
                clerk,
                enterprise: *uscc,
                asked_by: view.cast.persons[&enterprise.user].clone(),
            },
            _ => Actor::User(enterprise.user.clone()),
        }
    }

    /// Keeps an eye on what was carried out.
    pub(crate) fn observe(&mut self, done: &Done) {
        match &done.order.command {
            Command::Entitle(award) => {
                let id = award.key.payout_id();
                if self.known.insert(id.clone()) {
                    self.live.push(id);
                }
            }
            Command::OpenMotion { motion, action } => {
                self.motions.push(motion.clone());
                if let Some(payout) = concerns(action) {
                    self.about.insert(payout.clone(), motion.clone());
                }
            }
            Command::Delegate(lent) => self.lent.push(lent.clone()),
            Command::EndDelegation(lent) => self.lent.retain(|other| other != lent),
            Command::Suspend { user } => self.suspended.push(user.clone()),
            Command::StrayLine {
                payer, reference, ..
            } => self.stray.push(BankLine::id_of(payer, reference)),
            _ => {}
        }
    }
}

/// The payout that a motion is about.
fn concerns(action: &Action) -> Option<&PayoutId> {
    match action {
        Action::ResolveObjection { payout, .. }
        | Action::RuleUnknown { payout, .. }
        | Action::CloseQuestion { payout, .. }
        | Action::Reissue { payout, .. }
        | Action::Cancel { payout, .. }
        | Action::Clawback { payout, .. }
        | Action::WithdrawClaim { payout, .. }
        | Action::Offset { payout, .. }
        | Action::WriteOff { payout, .. }
        | Action::MatchClaim { payout, .. } => Some(payout),
        Action::GrantBudget { .. }
        | Action::ChangePayee { .. }
        | Action::UnblockPayee { .. }
        | Action::VoidBatch { .. }
        | Action::HandOver { .. }
        | Action::Bar { .. }
        | Action::MatchReversal { .. }
        | Action::SetUser { .. }
        | Action::ClosePeriod { .. }
        | Action::PublishPolicy(_) => None,
    }
}
