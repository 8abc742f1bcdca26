//! What is due for one payout.

use zhida_engine::payouts::{
    Action, Actor, BatchId, Command, Digest, LedgerAccount, Moment, NewBatch, NewNotice, NoticeId,
    Payout, PayoutId, PayoutState, Role, SealTotals,
};
use zhida_policies::values::{Date, Money};

use super::{Desk, Turn, View};
use crate::simulator::service::Request;
use crate::simulator::world::clock::{DAY, after};

/// Whether the policy had expired before the award.
fn is_too_late(payout: &Payout, today: Date) -> bool {
    let terms = &payout.terms;
    terms
        .expires
        .is_some_and(|expires| expires < today && expires < terms.award_date)
}

fn days_since(now: Moment, then: Moment) -> i64 {
    (now.0 - then.0) / DAY
}

impl Desk {
    /// What is due for a payout; nothing where it waits for time.
    pub(super) fn step_of(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Turn> {
        if payout.has_questions() && view.dice.chance(700) {
            return self.close_question(view, payout).map(Turn::ask);
        }
        let request = match payout.state() {
            PayoutState::Computed
            | PayoutState::Proposed
            | PayoutState::Checked
            | PayoutState::Approved
            | PayoutState::OnNotice
            | PayoutState::Objected => self.towards_approval(view, payout)?,
            PayoutState::AwaitPayee => self.await_payee(view, payout)?,
            PayoutState::Confirmed | PayoutState::Reissue => self.make_batch(view, payout)?,
            PayoutState::Batched => self.seal(view, payout)?,
            PayoutState::Sealed => {
                let batch = payout.alive()?.batch.clone();
                if !view.dice.chance(60) {
                    return Some(Turn::Send(batch));
                }
                let reason = "文件未送出".to_owned();
                self.open(
                    view,
                    &payout.key.bureau,
                    Action::VoidBatch { batch, reason },
                )
            }
            PayoutState::Sending => self.stuck(view, payout)?,
            PayoutState::Sent | PayoutState::Accepted => {
                if days_since(view.now, payout.since) < 10 {
                    return None;
                }
                let payout = payout.id.clone();
                self.request(Actor::System, Command::MarkUnknown { payout })
            }
            PayoutState::Unknown => {
                let is_late = days_since(view.now, payout.since) >= 5;
                is_late.then(|| self.rule(view, payout)).flatten()?
            }
            PayoutState::Rejected | PayoutState::Returned => self.after_failure(view, payout)?,
            PayoutState::Paid | PayoutState::Settled => self.after_payment(view, payout)?,
            PayoutState::Declined | PayoutState::Expired | PayoutState::Cancelled => return None,
        };
        Some(Turn::ask(request))
    }

    fn towards_approval(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let (id, bureau) = (payout.id.clone(), &payout.key.bureau);
        let reason = "材料有误".to_owned();
        let (actor, command) = match payout.state() {
            PayoutState::Computed => {
                let line = view.books.line(&payout.line)?;
                let is_short = line.balance(LedgerAccount::Available) < payout.amount.fen();
                if is_short && view.dice.chance(600) {
                    return Some(self.grant(view, payout));
                }
                let actor = self.official(view, bureau, Role::Maker);
                (actor, Command::Propose { payout: id })
            }
            PayoutState::Proposed if view.dice.chance(40) => {
                let actor = self.official(view, bureau, Role::Checker);
                (actor, Command::SendBack { payout: id, reason })
            }
            PayoutState::Proposed => {
                let actor = self.official(view, bureau, Role::Checker);
                let recomputed = payout.award_digest();
                let payout = id;
                (actor, Command::Check { payout, recomputed })
            }
            PayoutState::Checked if is_too_late(payout, view.today) || view.dice.chance(20) => {
                let actor = self.official(view, bureau, Role::Approver);
                (actor, Command::Drop { payout: id, reason })
            }
            PayoutState::Checked => {
                let actor = self.official(view, bureau, Role::Approver);
                (actor, Command::Approve { payout: id })
            }
            PayoutState::Approved => return self.publish(view, payout),
            PayoutState::OnNotice if payout.notice_until < Some(view.today) => {
                (Actor::System, Command::EndNotice { payout: id })
            }
            PayoutState::OnNotice if view.dice.chance(100) => {
                let actor = self.official(view, bureau, Role::Maker);
                let (by, text) = ("某人".to_owned(), Digest::of(b"objection"));
                let payout = id;
                (actor, Command::Object { payout, by, text })
            }
            PayoutState::Objected => return self.resolve(view, payout),
            _ => return None,
        };
        Some(self.request(actor, command))
    }

    /// More money for the line of a payout.
    fn grant(&mut self, view: &mut View<'_>, payout: &Payout) -> Request {
        let action = Action::GrantBudget {
            line: payout.line.clone(),
            document: format!("财指{}", self.name()),
            amount: Money::from_fen(view.dice.within(500_000, 4_000_000)),
        };
        self.open(view, &payout.key.bureau, action)
    }

    fn publish(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let wanted = view.dice.below(5);
        let payouts = self.together(view, payout, wanted, &[PayoutState::Approved]);
        let notice = NewNotice {
            id: NoticeId::new(format!("公示{}", self.name())),
            payouts,
            from: view.today,
            until: after(view.today, view.dice.within(7, 11)),
            working_days: 7 - u16::from(view.dice.chance(50)),
            sheet: Digest::of(b"sheet"),
            files: Vec::new(),
        };
        let actor = self.official(view, &payout.key.bureau, Role::Maker);
        Some(self.request(actor, Command::Publish(notice)))
    }

    /// A payout and some others of its bureau that stand in one of these states.
    fn together(
        &self,
        view: &mut View<'_>,
        payout: &Payout,
        wanted: usize,
        states: &[PayoutState],
    ) -> Vec<PayoutId> {
        let mut all = vec![payout.id.clone()];
        for _ in 0..wanted * 4 {
            let Some(id) = view.dice.pick(&self.live) else {
                break;
            };
            let other = view.books.payout(id).filter(|other| {
                other.key.bureau == payout.key.bureau && states.contains(&other.state())
            });
            if other.is_some() && !all.contains(id) && all.len() <= wanted {
                all.push(id.clone());
            }
        }
        all
    }

    fn await_payee(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let id = payout.id.clone();
        let payee = view.books.payee(&payout.key.uscc);
        let current = payee.and_then(|payee| payee.current());
        let usable = current.filter(|version| version.details.name == payout.enterprise);
        let (Some(version), false) = (usable, view.dice.chance(30)) else {
            return self.change_payee(view, payout);
        };
        let (actor, command) = match view.dice.below(100) {
            0..3 => {
                let actor = self.speaker(view, &payout.key.uscc, &payout.key.bureau);
                (actor, Command::Decline { payout: id })
            }
            3..25 => (Actor::System, Command::Remind { payout: id }),
            25..35 => (Actor::System, Command::Expire { payout: id }),
            35..70 => {
                let actor = self.speaker(view, &payout.key.uscc, &payout.key.bureau);
                let (payout, payee_version) = (id, version.number);
                let command = Command::Confirm {
                    payout,
                    payee_version,
                };
                (actor, command)
            }
            _ => return None,
        };
        Some(self.request(actor, command))
    }

    fn make_batch(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let line = view.books.line(&payout.line)?;
        if line.fiscal_year < view.today.year() {
            return self.cancel(view, payout);
        }
        let payers: Vec<_> = view
            .cast
            .payers
            .iter()
            .filter(|payer| payer.bureau == payout.key.bureau)
            .collect();
        let payer = (*view.dice.pick(&payers)?).clone();
        let wanted = view.dice.below(usize::try_from(payer.lines_max).unwrap());
        let states = [PayoutState::Confirmed, PayoutState::Reissue];
        let payouts = self.together(view, payout, wanted, &states);
        let first = Date::constant(line.fiscal_year, 1, 1);
        let last = Date::constant(line.fiscal_year, 12, 31);
        let day = after(view.today, view.dice.within(1, 12));
        let new = NewBatch {
            id: BatchId::new(format!("批{}", self.name())),
            payer: payer.id,
            execution: day.max(first).min(last),
            payouts,
        };
        let actor = self.official(view, &payout.key.bureau, Role::PaymentMaker);
        Some(self.request(actor, Command::MakeBatch(new)))
    }

    fn seal(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        let id = payout.alive()?.batch.clone();
        let batch = view.books.batch(&id)?;
        let bureau = &payout.key.bureau;
        // A day to pay that has passed is asked for anew, in another batch.
        let is_late = batch.execution < view.today;
        if is_late || view.dice.chance(80) {
            let actor = self.official(view, bureau, Role::PaymentMaker);
            let items = batch.items.iter().map(|(item, _)| item.clone());
            let payouts = if is_late {
                items.collect()
            } else {
                vec![payout.id.clone()]
            };
            let command = Command::Unbatch { batch: id, payouts };
            return Some(self.request(actor, command));
        }
        let amounts = batch.items.iter().filter_map(|(item, _)| {
            let attempt = view.books.payout(item)?.alive()?;
            Some(attempt.amount.fen())
        });
        let mut total: i64 = amounts.sum();
        if view.dice.chance(30) {
            total += 1;
        }
        let actor = self.official(view, bureau, Role::PaymentChecker);
        let command = Command::Seal {
            totals: SealTotals {
                count: u32::try_from(batch.items.len()).unwrap(),
                total: Money::from_fen(total),
            },
            files: Vec::new(),
            batch: id,
        };
        Some(self.request(actor, command))
    }

    /// The channel never answered.
    fn stuck(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        if days_since(view.now, payout.since) < 2 {
            return None;
        }
        if view.dice.chance(500) {
            let payout = payout.id.clone();
            return Some(self.request(Actor::System, Command::MarkUnknown { payout }));
        }
        let action = Action::HandOver {
            batch: payout.alive()?.batch.clone(),
            statement: Digest::of(b"handed over"),
        };
        Some(self.open(view, &payout.key.bureau, action))
    }

    fn after_payment(&mut self, view: &mut View<'_>, payout: &Payout) -> Option<Request> {
        if !payout.open_return().is_zero() {
            return self.after_failure(view, payout);
        }
        if payout.claims.iter().any(|claim| !claim.open().is_zero()) {
            return self.pursue(view, payout);
        }
        match view.dice.below(100) {
            0..8 => self.claw_back(view, payout),
            8..30 if payout.state() == PayoutState::Paid => {
                let payout = payout.id.clone();
                Some(self.request(Actor::System, Command::Settle { payout }))
            }
            _ => None,
        }
    }
}
