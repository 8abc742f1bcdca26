//! What the server does with requests: look for the key, decide, keep, and only then answer.

use zhida_engine::payouts::{Actor, Books, Command, Moment, Order};

use sha2::{Digest, Sha256};

use super::dice::Dice;
use super::files;
use super::mutant::{Mutant, decide};
use super::storage::{Done, Fault, Head, Key, Reply, Storage, Work};

/// What a client sends, again and again until it hears an answer.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) key: Key,
    pub(crate) actor: Actor,
    pub(crate) command: Command,
}

/// How often each fault comes, in a thousand calls.
const LOST: usize = 3;
const UNHEARD: usize = 3;

/// The program: its memory is gone after each crash.
pub(crate) struct Service {
    pub(crate) books: Books,
    pub(crate) storage: Storage,
    faults: Option<Dice>,
    pub(crate) mutant: Option<Mutant>,
    pub(crate) restarts: usize,
    /// What clients were told, in its order.
    pub(crate) acknowledged: Vec<(Key, Reply)>,
}

impl Service {
    pub(crate) fn new(faults: Option<Dice>, mutant: Option<Mutant>) -> Self {
        Self {
            books: Books::new(),
            storage: Storage::default(),
            faults,
            mutant,
            restarts: 0,
            acknowledged: Vec::new(),
        }
    }

    /// Several clients at once: decided one after the other, kept as one group. Whoever hears no
    /// answer asks again under the same key.
    pub(crate) fn submit(&mut self, requests: &[Request], now: Moment) -> Vec<Reply> {
        loop {
            let group = self.decide(requests, now);
            let replies: Vec<Reply> = group.iter().map(|(reply, _)| *reply).collect();
            let work = group.into_iter().filter_map(|(_, work)| work).collect();
            let fault = self.fault();
            let kept = self.storage.commit(work, fault, self.mutant);
            let early = self.mutant == Some(Mutant::AcknowledgedBeforeCommit);
            let is_heard = kept.is_ok() || early;
            if kept.is_err() {
                self.restart();
            }
            if is_heard {
                let keys = requests.iter().map(|request| request.key);
                self.acknowledged.extend(keys.zip(replies.iter().copied()));
                return replies;
            }
        }
    }

    /// Decides a group on the books in memory; what was decided before is only said again.
    fn decide(&mut self, requests: &[Request], now: Moment) -> Vec<(Reply, Option<Work>)> {
        let mut group: Vec<(Reply, Option<Work>)> = Vec::new();
        let mut next = self.storage.log.len();
        for request in requests {
            let body = fingerprint(request);
            let in_group = group.iter().filter_map(|(_, work)| work.as_ref());
            let same = in_group
                .filter(|work| work.key == request.key)
                .map(|work| (work.body, work.reply))
                .next();
            if let Some((known, reply)) = same.or_else(|| self.storage.reply(request.key)) {
                let reply = if known == body {
                    reply
                } else {
                    Reply::OtherBody
                };
                group.push((reply, None));
                continue;
            }
            let order = Order {
                actor: request.actor.clone(),
                at: now,
                command: self.prepared(&request.command, now),
            };
            let (reply, done) = match decide(self.mutant, &self.books, &order) {
                Ok(effects) => {
                    self.books.apply(&effects);
                    next += 1;
                    let done = Done {
                        key: request.key,
                        order,
                        effects,
                    };
                    (Reply::Done(next - 1), Some(done))
                }
                Err(refusal) => (Reply::Refused(refusal.code()), None),
            };
            let key = request.key;
            let work = Work {
                key,
                body,
                reply,
                done,
            };
            group.push((reply, Some(work)));
        }
        group
    }

    /// The files of a batch are written before it is sealed.
    fn prepared(&self, command: &Command, now: Moment) -> Command {
        let mut command = command.clone();
        if let Command::Seal { batch, files, .. } = &mut command
            && let Some(batch) = self.books.batch(batch)
        {
            *files = files::seals(batch, &files::write(&self.books, batch, now));
        }
        command
    }

    fn fault(&mut self) -> Option<Fault> {
        let dice = self.faults.as_mut()?;
        match dice.below(1_000) {
            0..LOST => Some(Fault::Lost),
            LOST.. if dice.chance(UNHEARD) => Some(Fault::Unheard),
            _ => None,
        }
    }

    /// Whether the program dies between two steps that no transaction holds together.
    pub(crate) fn dies_here(&mut self) -> bool {
        let dies = self.faults.as_mut().is_some_and(|dice| dice.chance(60));
        if dies {
            self.restart();
        }
        dies
    }

    /// Everything in memory is gone; reading it back may fail a few times.
    fn restart(&mut self) {
        self.restarts += 1;
        if self.mutant == Some(Mutant::KeyForgotten) {
            self.storage.forget_replies();
        }
        while self.faults.as_mut().is_some_and(|dice| dice.chance(100)) {
            self.books = Books::new();
        }
        self.books = self.storage.load();
    }
}

/// What makes a body the same: who and what, and not when.
fn fingerprint(request: &Request) -> Head {
    let body = serde_json::to_vec(&(&request.actor, &request.command)).unwrap();
    Sha256::digest(body).into()
}
