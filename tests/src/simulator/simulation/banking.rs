//! What goes to the bank and what it says.

use zhida_engine::payouts::{Actor, BankFact, BatchId, BatchState, Command, Digest, EndToEndId};

use super::Simulation;
use crate::simulator::bank::{Event, Receipt};
use crate::simulator::files;
use crate::simulator::mutant::Mutant;
use crate::simulator::service::Request;
use crate::simulator::storage::Reply;
use crate::simulator::witness::{Breach, Promise, ensure};

/// The reason that a closed period gives; the same answer is taken a day later.
const PERIOD_CLOSED: u16 = 701;

impl Simulation<'_> {
    /// Everything that happens at the bank up to today.
    pub(super) fn hear_the_bank(&mut self) -> Result<(), Breach> {
        let today = self.clock.today();
        while let Some(event) = self.bank.next(today) {
            match event {
                Event::Move(name) => self.witness.moved(&self.bank, &name)?,
                Event::Return(..) => {}
                Event::Tell { name, fact, .. } => {
                    self.witness.money.told(&name, &fact);
                    self.tally.answers += 1;
                    self.answer(name, fact)?;
                }
            }
        }
        if !self.postponed.is_empty() && self.weather.chance(100) {
            for (name, fact) in std::mem::take(&mut self.postponed) {
                self.answer(name, fact)?;
            }
        }
        Ok(())
    }

    /// One line of an answer; a fact that is refused would be lost.
    pub(super) fn answer(&mut self, name: EndToEndId, fact: BankFact) -> Result<(), Breach> {
        let request = self.answer_of(&name, &fact);
        let replies = self.submit(&[request])?;
        match replies.first() {
            Some(Reply::Refused(PERIOD_CLOSED)) => self.postponed.push((name, fact)),
            Some(Reply::Refused(reason)) => {
                return ensure(false, Promise::P9, || {
                    format!("the answer {fact:?} to {name} was refused ({reason}) and is lost")
                });
            }
            Some(Reply::Done(_) | Reply::OtherBody) | None => {}
        }
        Ok(())
    }

    pub(super) fn answer_of(&mut self, name: &EndToEndId, fact: &BankFact) -> Request {
        let command = Command::Answer {
            instruction: name.clone(),
            fact: fact.clone(),
            source: Digest::of(b"answer file"),
        };
        self.desk.request(Actor::System, command)
    }

    /// A sealed batch leaves: the intent first, then the bytes, then the receipt.
    pub(super) fn send(&mut self, id: &BatchId) -> Result<(), Breach> {
        let batch = id.clone();
        let begin = Command::BeginSending { batch };
        let begin = self.desk.request(Actor::System, begin);
        let replies = self.submit(&[begin])?;
        if !matches!(replies.first(), Some(Reply::Done(_))) {
            return Ok(());
        }
        let mut receipt = None;
        let mut sendings = 0;
        for _ in 0..2 {
            let weather = self.weather.below(10);
            let dies_before = self.service.dies_here();
            let stores = weather != 0;
            if stores {
                receipt = Some(self.hand_over(id, sendings + usize::from(dies_before))?);
                sendings += 1;
            }
            if self.service.dies_here() && stores {
                receipt = Some(self.hand_over(id, sendings)?);
                sendings += 1;
            }
            self.after_restarts()?;
            // In weather 1 the bank has the file, and its receipt is lost.
            if weather > 1 {
                break;
            }
            receipt = None;
        }
        if let Some(receipt) = receipt {
            let batch = id.clone();
            let sent = Command::Sent { batch, receipt };
            let sent = self.desk.request(Actor::System, sent);
            self.submit(&[sent])?;
        }
        Ok(())
    }

    /// The bytes of a batch, made from the books, reach the bank.
    pub(super) fn hand_over(&mut self, id: &BatchId, earlier: usize) -> Result<Digest, Breach> {
        let books = &self.service.books;
        let batch = books
            .batch(id)
            .filter(|batch| batch.state == BatchState::Sending);
        let batch = batch.ok_or_else(|| Breach {
            promise: Promise::P7,
            what: format!("the intent to send batch {id} is gone"),
        })?;
        let makes_again = self.plan.mutant == Some(Mutant::FileMadeAgain) && earlier > 0;
        let sealed_at = batch.sealed_at.filter(|_| !makes_again);
        let bytes = files::write(books, batch, sealed_at.unwrap_or(self.clock.now()));
        self.witness.seals.leaves(id, &bytes)?;
        let today = self.clock.today();
        let message = batch.message_id.clone();
        let received = self
            .bank
            .receive(&message, &bytes, files::read(&bytes), today);
        let promise = match received {
            Receipt::Stored => return Ok(Digest::of(&bytes)),
            Receipt::OtherBytes => Promise::P10,
            Receipt::OtherFile => Promise::P1,
        };
        Err(Breach {
            promise,
            what: format!("the bank says of {message}: {received:?}"),
        })
    }
}
