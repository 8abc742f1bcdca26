//! What nobody should be able to do, tried all the same.

use zhida_engine::payouts::{
    Action, Actor, BankFact, BatchId, Command, Digest, EndToEndId, FactKind, Moment, NewBatch,
    Outcome, Payout, Role, SealTotals,
};
use zhida_policies::values::Money;

use super::{Desk, Turn, View};
use crate::simulator::bank::Temper;
use crate::simulator::service::Request;

/// What a bank says of an instruction that was never ours.
fn foreign_answer(now: Moment, amount: Money) -> Command {
    let fact = BankFact {
        kind: FactKind::Booked,
        amount: Some(amount),
        account: None,
        reference: "别处".to_owned(),
        reason: None,
        on: None,
    };
    Command::Answer {
        instruction: EndToEndId::new(format!("E{}", now.0)),
        fact,
        source: Digest::of(b"answer file of somebody else"),
    }
}

impl Desk {
    pub(super) fn mischief(&mut self, view: &mut View<'_>) -> Option<Request> {
        let id = view.dice.pick(&self.live)?.clone();
        let payout = view.books.payout(&id)?;
        match view.dice.below(10) {
            0..3 => self.by_the_wrong_one(view, payout),
            3..6 => self.out_of_turn(view, payout),
            6 | 7 => self.batch_of_anything(view, payout),
            _ => self.motion_out_of_turn(view, payout),
        }
    }

    /// The right step by anybody at all.
    fn by_the_wrong_one(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let Some(Turn::Ask(mut request)) = self.step_of(view, payout) else {
            return None;
        };
        request.actor = self.anybody(view)?;
        Some(*request)
    }

    fn anybody(&self, view: &mut View<'_>) -> Option<Actor> {
        let user = view.dice.pick(&view.cast.users)?.id.clone();
        let other = view.dice.pick(&view.cast.users)?;
        Some(match view.dice.below(10) {
            0 => Actor::System,
            1 | 2 => {
                let of = other.id.clone();
                Actor::Delegate { user, of }
            }
            3 => Actor::Assisted {
                clerk: user,
                enterprise: view.dice.pick(&view.cast.enterprises)?.uscc,
                asked_by: other.person.clone(),
            },
            _ => Actor::User(user),
        })
    }

    /// Any step, wherever the payout stands.
    fn out_of_turn(&mut self, view: &mut View<'_>, found: &Payout) -> Option<Request> {
        let payout = found.id.clone();
        let bureau = &found.key.bureau;
        let batch = found.attempts.last().map(|attempt| attempt.batch.clone());
        let batch = batch.unwrap_or_else(|| BatchId::new("没有"));
        let (role, command) = match view.dice.below(15) {
            0 => (Some(Role::Maker), Command::Propose { payout }),
            1 => {
                let recomputed = Digest::of(b"something else");
                (Some(Role::Checker), Command::Check { payout, recomputed })
            }
            2 => (Some(Role::Approver), Command::Approve { payout }),
            3 => (None, Command::EndNotice { payout }),
            4 => (None, Command::Expire { payout }),
            5 => (None, Command::Settle { payout }),
            // By the system this would hide an answer that is on its way.
            6 => (Some(Role::Maker), Command::MarkUnknown { payout }),
            7 => {
                let totals = SealTotals {
                    count: 1,
                    total: found.amount,
                };
                let files = Vec::new();
                let command = Command::Seal {
                    batch,
                    totals,
                    files,
                };
                (Some(Role::PaymentChecker), command)
            }
            8 => {
                let receipt = Digest::of(b"receipt");
                (Some(Role::PaymentMaker), Command::Sent { batch, receipt })
            }
            9 => {
                let payouts = vec![payout];
                (
                    Some(Role::PaymentMaker),
                    Command::Unbatch { batch, payouts },
                )
            }
            10 => (None, Command::Decline { payout }),
            11 => (Some(Role::Maker), Command::Propose { payout }),
            12 => {
                let line = view.dice.pick(&self.stray)?.clone();
                let command = Command::Recover {
                    payout,
                    claim: 1,
                    line,
                };
                (None, command)
            }
            13 => (None, foreign_answer(view.now, found.amount)),
            _ => {
                let (by, text) = ("某人".to_owned(), Digest::of(b"objection"));
                (Some(Role::Maker), Command::Object { payout, by, text })
            }
        };
        let actor = role.map_or(Actor::System, |role| self.official(view, bureau, role));
        Some(self.request(actor, command))
    }

    /// A batch of payouts that may stand anywhere, or the same one twice.
    fn batch_of_anything(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let payer = view.dice.pick(&view.cast.payers)?.id.clone();
        let mut payouts = vec![payout.id.clone()];
        for _ in 0..view.dice.below(3) {
            payouts.push(view.dice.pick(&self.live)?.clone());
        }
        let new = NewBatch {
            id: BatchId::new(format!("批{}", self.name())),
            payer,
            execution: view.today,
            payouts,
        };
        let actor = self.official(view, &payout.key.bureau, Role::PaymentMaker);
        Some(self.request(actor, Command::MakeBatch(new)))
    }

    /// Any request that needs several people, wherever the payout stands.
    fn motion_out_of_turn(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let id = payout.id.clone();
        let attempt = payout.attempts.last().map_or(1, |attempt| attempt.number);
        let claim = 1;
        let action = match view.dice.below(7) {
            0 => return self.cancel(view, payout),
            1 => Action::Reissue {
                payout: id,
                cause: "再付一次".to_owned(),
            },
            2 => return self.claw_back(view, payout),
            3 => Action::WriteOff {
                payout: id,
                claim,
                amount: Money::from_fen(payout.amount.fen() * 2),
                document: "核销".to_owned(),
            },
            4 => Action::VoidBatch {
                batch: payout.attempts.last()?.batch.clone(),
                reason: "作废".to_owned(),
            },
            5 if view.bank.temper == Temper::Contradictory => {
                view.bank.owe_up(&payout.id, payout.amount.fen());
                Action::RuleUnknown {
                    payout: id,
                    attempt,
                    outcome: Outcome::Rejected,
                    on: view.today,
                    evidence: Digest::of(b"rumour"),
                }
            }
            _ => Action::RuleUnknown {
                payout: id,
                attempt,
                outcome: Outcome::Paid,
                on: view.today,
                evidence: Digest::of(b"rumour"),
            },
        };
        Some(self.open(view, &payout.key.bureau, action))
    }
}
