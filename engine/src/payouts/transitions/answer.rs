//! Edges 19 to 24 and 32: what banks say.

use zhida_policies::values::Money;

use super::stands_at;
use crate::payouts::actor::Role;
use crate::payouts::attempt::Ruling;
use crate::payouts::bank_line::{BankLine, LineMatch};
use crate::payouts::command::Command;
use crate::payouts::draft::Draft;
use crate::payouts::fact::{BankFact, FactKind, Question};
use crate::payouts::ids::{Digest, EndToEndId, PayoutId};
use crate::payouts::motion::Outcome;
use crate::payouts::refusal::Refusal;
use crate::payouts::stage::PayoutState;

impl Draft<'_> {
    /// Keeps what a line says. Where the attempt stands follows from all that was said; the same
    /// line again changes nothing.
    pub(in crate::payouts) fn answer(
        &mut self,
        instruction: &EndToEndId,
        fact: &BankFact,
    ) -> Result<(), Refusal> {
        let found = self.books.instructions.get(instruction);
        let (id, number) = found.ok_or_else(|| Refusal::NoSuchInstruction(instruction.clone()))?;
        self.by_system_or(Role::Reconciler, &self.see(id)?.key.bureau.clone())?;
        let at = self.order.at;
        let attempts = self.see(id)?.attempts.iter();
        let mut attempts = attempts.filter(|attempt| attempt.number == *number);
        if attempts.all(|attempt| attempt.facts.contains(fact)) {
            return Ok(());
        }
        let payout = self.payout(id)?;
        let before = payout.state();
        let attempts = payout.attempts.iter_mut();
        for attempt in attempts.filter(|attempt| attempt.number == *number) {
            attempt.learn(fact, at);
        }
        if payout.state() != before {
            payout.since = at;
        }
        let (id, number) = (id.clone(), *number);
        self.match_told(instruction, fact, id, number)
    }

    /// The same movement was told before its instruction was known: it moved once.
    fn match_told(
        &mut self,
        instruction: &EndToEndId,
        fact: &BankFact,
        payout: PayoutId,
        attempt: u32,
    ) -> Result<(), Refusal> {
        let sign = match fact.kind {
            FactKind::Booked => -1,
            FactKind::Returned => 1,
            FactKind::Accepted | FactKind::Unclear | FactKind::Rejected | FactKind::Duplicate => {
                return Ok(());
            }
        };
        let amount = fact.amount.map_or(0, Money::fen).saturating_mul(sign);
        let named = self.books.strays.get(instruction).into_iter().flatten();
        let lines = named.filter_map(|line| self.books.bank_lines.get(line));
        let mut same = lines.filter(|line| {
            line.matched.is_none() && line.amount.fen() == amount && Some(line.on) == fact.on
        });
        if let Some(line) = same.next().map(|line| line.id.clone()) {
            let told = LineMatch::Instruction { payout, attempt };
            self.bank_line(&line)?.matched = Some(told);
        }
        Ok(())
    }

    pub(in crate::payouts) fn stray_line(&mut self, command: &Command) -> Result<(), Refusal> {
        let Command::StrayLine {
            payer,
            reference,
            amount,
            on,
            text,
            instruction,
            ..
        } = command
        else {
            return Err(Refusal::NotTheActor);
        };
        let known = self.books.payers.get(payer);
        let known = known.ok_or_else(|| Refusal::NoSuchPayer(payer.clone()))?;
        self.by_system_or(Role::Reconciler, &known.bureau)?;
        if amount.is_zero() {
            return Err(Refusal::NotAnAmount(*amount));
        }
        let id = BankLine::id_of(payer, reference);
        if let Some(known) = self.books.bank_lines.get(&id) {
            // The same line again changes nothing; another one of the same name is a question.
            if (known.amount, known.on) == (*amount, *on) {
                return Ok(());
            }
            return Err(Refusal::AlreadyThere(format!(
                "流水号“{reference}”的未达款{}元（{}）",
                known.amount.grouped(),
                known.on
            )));
        }
        let line = BankLine {
            id: id.clone(),
            payer: payer.clone(),
            reference: reference.clone(),
            amount: *amount,
            on: *on,
            text: text.clone(),
            instruction: instruction.clone(),
            matched: None,
        };
        self.bank_lines.insert(id, line);
        Ok(())
    }

    /// Edge 23, by evidence and two people.
    pub(in crate::payouts) fn rule_unknown(
        &mut self,
        id: &PayoutId,
        number: u32,
        ruling: Ruling,
    ) -> Result<(), Refusal> {
        stands_at(self.see(id)?, &[PayoutState::Unknown], "凭证认定")?;
        let at = self.order.at;
        let payout = self.payout(id)?;
        let attempts = payout.attempts.iter_mut();
        let mut attempts = attempts.filter(|attempt| attempt.state().is_alive());
        let Some(attempt) = attempts.next() else {
            return Err(Refusal::NothingToPay(id.clone()));
        };
        if attempt.number != number {
            return Err(Refusal::WrongAttempt {
                payout: id.clone(),
                attempt: number,
                state: attempt.state(),
                step: "凭证认定",
            });
        }
        attempt.ruling = Some(ruling);
        attempt.is_overdue = false;
        payout.since = at;
        Ok(())
    }

    pub(in crate::payouts) fn close_question(
        &mut self,
        id: &PayoutId,
        number: u32,
        question: &Question,
        counts: bool,
    ) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        let (unpaid, alive) = (
            payout.unpaid(),
            payout.alive().map(|attempt| attempt.number),
        );
        let attempts = payout.attempts.iter();
        let mut attempts = attempts.filter(|attempt| attempt.number == number);
        let attempt = attempts
            .next()
            .filter(|attempt| attempt.questions().contains(question));
        let Some(attempt) = attempt else {
            return Err(Refusal::NoSuchThing(format!("兑付事项{id}的这一疑问")));
        };
        let is_disputed = *question == Question::PaidAfterReplacement;
        if counts && is_disputed {
            if let Some(attempt) = alive {
                let payout = id.clone();
                return Err(Refusal::AttemptAlive { payout, attempt });
            }
            if attempt.amount > unpaid {
                return Err(Refusal::MoreThanLeft {
                    asked: attempt.amount,
                    left: unpaid,
                });
            }
        }
        let payout = self.payout(id)?;
        for attempt in payout
            .attempts
            .iter_mut()
            .filter(|other| other.number == number)
        {
            if counts && is_disputed {
                attempt.count();
            } else {
                attempt.closed_questions.insert(question.clone());
            }
        }
        Ok(())
    }
}

impl Ruling {
    /// What two reconcilers found.
    pub(in crate::payouts) fn of(
        outcome: Outcome,
        on: zhida_policies::values::Date,
        evidence: &Digest,
    ) -> Self {
        Self {
            is_paid: match outcome {
                Outcome::Paid => true,
                Outcome::Rejected => false,
            },
            on,
            evidence: evidence.clone(),
        }
    }
}

/// Whether an amount is above another; both are known here.
pub(super) fn refuse_above(asked: Money, left: Money) -> Result<(), Refusal> {
    if asked <= Money::default() {
        return Err(Refusal::NotAnAmount(asked));
    }
    if asked > left {
        return Err(Refusal::MoreThanLeft { asked, left });
    }
    Ok(())
}
