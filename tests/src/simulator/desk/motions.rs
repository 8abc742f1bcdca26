//! What needs several people.

use zhida_engine::payouts::{
    Action, Actor, Award, BureauId, ClaimTerms, Command, Digest, Finding, MotionId, MotionState,
    Origin, Outcome, Payout, PayoutId, Question, Role,
};
use zhida_policies::values::Money;

use super::{Desk, View};
use crate::simulator::bank::Temper;
use crate::simulator::service::Request;
use crate::simulator::world::clock::after;

/// The award that a sweep finds once an objection has put a fact right.
fn smaller(payout: &Payout) -> Award {
    Award {
        key: payout.key.clone(),
        enterprise: payout.enterprise.clone(),
        line: payout.line.clone(),
        amount: Money::from_fen(1 + payout.amount.fen() / 2),
        exclusive: payout.exclusive.clone(),
        origin: Origin {
            award: Digest::of(payout.origin.award.as_str().as_bytes()),
            ..payout.origin.clone()
        },
        terms: payout.terms.clone(),
        knows: Vec::new(),
    }
}

impl Desk {
    /// Asks for something in the first of the roles that must sign.
    pub(super) fn open(
        &mut self,
        view: &mut View<'_>,
        bureau: &BureauId,
        action: Action,
    ) -> Request {
        let actor = match (&action, action.roles().first()) {
            (Action::ChangePayee { uscc, .. }, _) if view.dice.chance(800) => {
                self.speaker(view, uscc, bureau)
            }
            (Action::ChangePayee { .. }, _) => self.official(view, bureau, Role::Maker),
            (_, Some(role)) => self.official(view, bureau, *role),
            (_, None) => Actor::System,
        };
        self.ask(actor, action)
    }

    pub(super) fn ask(&mut self, actor: Actor, action: Action) -> Request {
        let motion = MotionId::new(format!("会签{}", self.name()));
        let action = Box::new(action);
        self.request(actor, Command::OpenMotion { motion, action })
    }

    /// A motion about a payout: signs the open one, else opens this one.
    pub(super) fn about(
        &mut self,
        view: &mut View<'_>,
        payout: &Payout,
        action: Action,
    ) -> Option<Request> {
        if let Some(id) = self.about.get(&payout.id).cloned() {
            let motion = view.books.motion(&id);
            if motion.is_some_and(|motion| motion.state == MotionState::Open) {
                return self.sign(view, &id);
            }
            self.about.remove(&payout.id);
        }
        Some(self.open(view, &payout.key.bureau, action))
    }

    /// Edge 8.
    pub(super) fn resolve(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let open = payout.objections.iter().find(|other| other.is_open())?;
        let action = Action::ResolveObjection {
            payout: payout.id.clone(),
            objection: open.number,
            finding: match view.dice.below(10) {
                0 | 1 => Finding::Founded,
                2 => Finding::Changed(Box::new(smaller(payout))),
                _ => Finding::Unfounded,
            },
            text: Digest::of(b"finding"),
        };
        self.about(view, payout, action)
    }

    pub(super) fn change_payee(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let uscc = payout.key.uscc;
        let enterprise = view.cast.enterprise(&uscc)?;
        let details = enterprise.account(view.dice);
        let action = Action::ChangePayee { uscc, details };
        Some(self.open(view, &payout.key.bureau, action))
    }

    /// Edge 23: the bank is asked for evidence; people can be mistaken where it is not honest.
    pub(super) fn rule(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let attempt = payout.alive()?;
        let is_paid = view.bank.inquire(&attempt.end_to_end_id);
        let errs = view.bank.temper == Temper::Contradictory && view.dice.chance(100);
        let outcome = match is_paid ^ errs {
            true => Outcome::Paid,
            false => Outcome::Rejected,
        };
        if is_paid && errs {
            view.bank.owe_up(&payout.id, attempt.amount.fen());
        }
        let action = Action::RuleUnknown {
            payout: payout.id.clone(),
            attempt: attempt.number,
            outcome,
            on: view.today,
            evidence: Digest::of(b"letter"),
        };
        self.about(view, payout, action)
    }

    pub(super) fn close_question(
        &mut self,
        view: &mut View<'_>,
        payout: &Payout,
    ) -> Option<Request> {
        let asked = payout.attempts.iter().find_map(|attempt| {
            let question = attempt.questions().into_iter().next()?;
            Some((attempt.number, question))
        });
        let (attempt, question) = asked?;
        let counts = question == Question::PaidAfterReplacement && view.dice.chance(400);
        let action = Action::CloseQuestion {
            payout: payout.id.clone(),
            attempt,
            question,
            counts,
            evidence: Digest::of(b"paper"),
        };
        self.about(view, payout, action)
    }

    /// Edges 25 and 27.
    pub(super) fn after_failure(
        &mut self,
        view: &mut View<'_>,
        payout: &Payout,
    ) -> Option<Request> {
        if view.dice.chance(100) {
            return self.change_payee(view, payout);
        }
        if view.dice.chance(200) {
            return self.cancel(view, payout);
        }
        let action = Action::Reissue {
            payout: payout.id.clone(),
            cause: "账户已核对".to_owned(),
        };
        self.about(view, payout, action)
    }

    pub(super) fn cancel(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let action = Action::Cancel {
            payout: payout.id.clone(),
            reason: "不再兑付".to_owned(),
        };
        self.about(view, payout, action)
    }

    /// Edge 28.
    pub(super) fn claw_back(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let most = payout.amount.fen() + i64::from(view.dice.chance(50));
        let amount = match view.dice.below(3) {
            0 => view.dice.within(1, most),
            _ => payout.kept().fen(),
        };
        let terms = ClaimTerms {
            amount: Money::from_fen(amount),
            document: "追回决定".to_owned(),
            due: after(view.today, 30),
            is_prior_year: view.dice.chance(300),
            returns_to_budget: view.dice.chance(400),
        };
        let payout_id = payout.id.clone();
        let action = Action::Clawback {
            payout: payout_id,
            terms,
        };
        self.about(view, payout, action)
    }

    /// Edges 29 to 31: money for a claim comes back, is set against something, or is given up.
    pub(super) fn pursue(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let mut claims = payout.claims.iter();
        let claim = claims.find(|claim| !claim.open().is_zero())?;
        let open = claim.open().fen();
        let amount = match view.dice.below(4) {
            0 => view.dice.within(1, open),
            1 => open + view.dice.within(0, 9_999),
            _ => open,
        };
        let id = payout.id.clone();
        let claimed: i64 = payout.claims.iter().map(|claim| claim.open().fen()).sum();
        if claimed > payout.kept().fen() && view.dice.chance(500) {
            let action = Action::WithdrawClaim {
                payout: id,
                claim: claim.number,
                amount: Money::from_fen(amount.min(claimed - payout.kept().fen())),
                document: "撤回决定".to_owned(),
            };
            return self.about(view, payout, action);
        }
        let action = match view.dice.below(10) {
            0..3 => return self.stray(view, &payout.key.bureau, amount),
            3..7 => {
                let line = view.dice.pick(&self.stray)?.clone();
                if view.dice.chance(300) {
                    let command = Command::Recover {
                        payout: id,
                        claim: claim.number,
                        line,
                    };
                    return Some(self.request(Actor::System, command));
                }
                Action::MatchClaim {
                    line,
                    payout: id,
                    claim: claim.number,
                }
            }
            7 => Action::Offset {
                payout: id,
                claim: claim.number,
                against: self.sibling(view, payout)?,
                amount: Money::from_fen(amount),
                law: "第十条".to_owned(),
            },
            _ => Action::WriteOff {
                payout: id,
                claim: claim.number,
                amount: Money::from_fen(amount),
                document: "核销决定".to_owned(),
            },
        };
        self.about(view, payout, action)
    }

    /// Another payout of the same enterprise.
    fn sibling(&self, view: &mut View<'_>, payout: &Payout) -> Option<PayoutId> {
        let others = self.live.iter().filter(|other| **other != payout.id);
        let others = others.filter(|other| {
            let other = view.books.payout(other);
            other.is_some_and(|other| other.key.uscc == payout.key.uscc)
        });
        let others: Vec<_> = others.collect();
        view.dice.pick(&others).map(|other| (*other).clone())
    }
}
