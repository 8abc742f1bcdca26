//! What goes on beside the payouts: people come and go, periods close, money moves unordered.

use zhida_engine::payouts::{
    Action, Actor, BureauId, Command, Delegation, Digest, Payer, Role, Rules, User,
};
use zhida_policies::values::Money;

use super::{Desk, View};
use crate::simulator::dice::Dice;
use crate::simulator::service::Request;
use crate::simulator::world::clock::after;

/// At most so many accounts are suspended at once, so that work goes on.
const SUSPENDED_MAX: usize = 4;

impl Desk {
    pub(super) fn business(&mut self, view: &mut View<'_>) -> Option<Request> {
        let bureau = view.dice.pick(&view.cast.bureaus)?.clone();
        match view.dice.below(100) {
            0..20 => self.lend(view),
            20..30 => {
                let lent = view.dice.pick(&self.lent)?.clone();
                Some(self.request(Actor::User(lent.of.clone()), Command::EndDelegation(lent)))
            }
            30..45 => self.set_user(view),
            45..50 => self.suspend(view),
            50..60 => {
                let until = after(view.today, -view.dice.within(0, 40));
                let action = Action::ClosePeriod {
                    bureau: bureau.clone(),
                    until,
                };
                Some(self.open(view, &bureau, action))
            }
            60..72 => {
                let fen = view.dice.within(-90_000, 90_000);
                self.stray(view, &bureau, fen)
            }
            72..80 => self.reverse(view),
            80..88 => self.block(view, &bureau),
            88..91 => self.bar(view, &bureau),
            91..95 => {
                let from = view.dice.within(5_000, 900_000);
                let second_approver_from = view.dice.chance(700).then(|| Money::from_fen(from));
                let command = Command::Configure {
                    bureau,
                    rules: Rules {
                        second_approver_from,
                        reminders: u16::try_from(view.dice.below(3)).unwrap(),
                        confirm_days: 10 + u16::try_from(view.dice.below(50)).unwrap(),
                        answer_days: 1 + u16::try_from(view.dice.below(5)).unwrap(),
                    },
                };
                Some(self.request(Actor::System, command))
            }
            _ => {
                let suspense = view.cast.payers.iter();
                let fitting: Vec<&Payer> =
                    suspense.filter(|payer| payer.bureau == bureau).collect();
                let payer = (*view.dice.pick(&fitting)?).clone();
                Some(self.request(Actor::System, Command::SetPayer(payer)))
            }
        }
    }

    fn lend(&mut self, view: &mut View<'_>) -> Option<Request> {
        let of = view.dice.pick(&view.cast.users)?;
        let to = view.dice.pick(&view.cast.users)?;
        let roles: Vec<Role> = of.roles.iter().copied().collect();
        let lent = Delegation {
            of: of.id.clone(),
            to: to.id.clone(),
            role: *view.dice.pick(&roles)?,
            from: after(view.today, view.dice.within(-3, 3)),
            until: after(view.today, view.dice.within(-1, 200)),
        };
        Some(self.request(Actor::User(of.id.clone()), Command::Delegate(lent)))
    }

    /// A suspended account may act again, or somebody gets or loses a role.
    fn set_user(&mut self, view: &mut View<'_>) -> Option<Request> {
        let mut user = if self.suspended.is_empty() || view.dice.chance(100) {
            let id = &view.dice.pick(&view.cast.users)?.id;
            view.books.user(id)?.clone()
        } else {
            let at = view.dice.below(self.suspended.len());
            let id = self.suspended.get(at)?;
            if view.books.user(id).is_some_and(|user| user.is_active) {
                self.suspended.swap_remove(at);
                return None;
            }
            let mut users = view.cast.users.iter();
            users.find(|user| user.id == *id)?.clone()
        };
        user.is_active = true;
        if view.dice.chance(300) {
            with_other_roles(&mut user, view.dice);
        }
        let bureau = user.bureau.clone();
        Some(self.open(view, &bureau, Action::SetUser { user }))
    }

    fn suspend(&mut self, view: &mut View<'_>) -> Option<Request> {
        if self.suspended.len() >= SUSPENDED_MAX {
            return None;
        }
        let user = view.dice.pick(&view.cast.users)?;
        let actor = if view.dice.chance(500) {
            Actor::System
        } else {
            self.official(view, &user.bureau, Role::SecurityAdministrator)
        };
        // Administrators stay, so that everybody else can come back.
        let stays = user.roles.iter().any(|role| role.is_administrator());
        let user = user.id.clone();
        (!stays).then(|| self.request(actor, Command::Suspend { user }))
    }

    /// Money that moves unordered; at times the other way, too.
    pub(super) fn stray(
        &mut self,
        view: &mut View<'_>,
        bureau: &BureauId,
        fen: i64,
    ) -> Option<Request> {
        let mut payers = view.cast.payers.iter();
        let payer = payers.find(|payer| payer.bureau == *bureau)?;
        let number = if view.dice.chance(50) { 1 } else { self.name() };
        let command = Command::StrayLine {
            payer: payer.id.clone(),
            reference: format!("流水{number}"),
            amount: Money::from_fen(if view.dice.chance(150) { -fen } else { fen }),
            on: view.today,
            text: "来账".to_owned(),
            instruction: None,
            source: Digest::of(b"statement"),
        };
        Some(self.request(Actor::System, command))
    }

    /// Two movements that cancel out; where there is no other half yet, the bank sends it.
    fn reverse(&mut self, view: &mut View<'_>) -> Option<Request> {
        let line = view.books.bank_line(view.dice.pick(&self.stray)?)?;
        let fen = line.amount.fen();
        let mut others = self.stray.iter().filter(|other| {
            let other = view.books.bank_line(other);
            other.is_some_and(|other| {
                other.amount.fen() == -fen && other.payer == line.payer && other.matched.is_none()
            })
        });
        let bureau = view.books.payer(&line.payer)?.bureau.clone();
        let Some(other) = others.next().cloned() else {
            return self.stray(view, &bureau, -fen);
        };
        let line = line.id.clone();
        Some(self.open(view, &bureau, Action::MatchReversal { line, other }))
    }

    fn block(&mut self, view: &mut View<'_>, bureau: &BureauId) -> Option<Request> {
        let enterprises = view.cast.enterprises.iter();
        let mut blocked = enterprises
            .map(|enterprise| enterprise.uscc)
            .filter(|uscc| {
                let payee = view.books.payee(uscc);
                payee.is_some_and(|payee| payee.block_of(bureau).is_some())
            });
        if let Some(uscc) = blocked.next() {
            let lift = Action::UnblockPayee {
                uscc,
                reason: "解除冻结".to_owned(),
                of: Some(bureau.clone()),
            };
            return Some(self.open(view, bureau, lift));
        }
        let uscc = view.dice.pick(&view.cast.enterprises)?.uscc;
        let reason = "账户冻结".to_owned();
        let actor = self.official(view, bureau, Role::Checker);
        let block = Command::BlockPayee {
            uscc,
            reason,
            of: Some(bureau.clone()),
        };
        Some(self.request(actor, block))
    }

    fn bar(&mut self, view: &mut View<'_>, bureau: &BureauId) -> Option<Request> {
        let uscc = view.dice.pick(&view.cast.enterprises)?.uscc;
        let action = Action::Bar {
            uscc,
            until: after(view.today, view.dice.within(1, 60)),
            document: "限制决定".to_owned(),
        };
        Some(self.open(view, bureau, action))
    }
}

fn with_other_roles(user: &mut User, dice: &mut Dice) {
    let role = Role::ALL[dice.below(Role::ALL.len())];
    if !user.roles.remove(&role) {
        user.roles.insert(role);
    }
}
