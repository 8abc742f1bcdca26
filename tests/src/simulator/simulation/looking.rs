//! What must hold after the program died, and at the end of a life.

use super::Simulation;
use crate::simulator::storage::{Reply, rechain, verify};
use crate::simulator::witness::{Breach, Promise, ensure};
use crate::simulator::world::clock::DAY;

impl Simulation<'_> {
    /// After the program died: everything is there, and as if it had never died.
    pub(super) fn after_restarts(&mut self) -> Result<(), Breach> {
        if self.service.restarts == self.restarts {
            return Ok(());
        }
        self.restarts = self.service.restarts;
        let is_same = self.service.storage.things().eq(self.reference.things());
        ensure(is_same, Promise::P6, || {
            "the tables are not what they would be without the crash".to_owned()
        })?;
        for (key, reply) in self.service.acknowledged.iter().rev().take(16) {
            if let Reply::Done(entry) = reply {
                let is_there = *entry < self.service.storage.log.len();
                ensure(is_there, Promise::P7, || {
                    format!("entry {entry} for request {key} was acknowledged and is gone")
                })?;
            }
        }
        Ok(())
    }

    /// The last look: everything at once, from the log alone, from the tables alone, and with
    /// changes that must be found.
    pub(super) fn finish(&mut self) -> Result<(), Breach> {
        let storage = &self.service.storage;
        self.witness.audit(&self.service.books, storage)?;
        for (key, reply) in &self.service.acknowledged {
            let kept = storage.reply(*key).map(|(_, kept)| kept);
            let holds = *reply == Reply::OtherBody || kept == Some(*reply);
            ensure(holds, Promise::P7, || {
                format!("{reply:?} to request {key} was acknowledged and is gone")
            })?;
        }
        let replayed = storage.replay(self.plan.mutant).map_err(|what| Breach {
            promise: Promise::P8,
            what,
        })?;
        let digest = self.service.books.digest();
        ensure(replayed.digest() == digest, Promise::P8, || {
            "the log gives other books than those that people see".to_owned()
        })?;
        ensure(storage.load().digest() == digest, Promise::P6, || {
            "the tables give other books than those that people see".to_owned()
        })?;
        self.tamper()?;
        self.tally.restarts = self.service.restarts;
        self.tally.days = self.clock.lived / DAY;
        self.tally.instructions = self.witness.money.made;
        self.tally.signatures = self.witness.people.judged;
        self.tally.postings = self.witness.ledgers.postings;
        self.tally.digest = digest.as_str().to_owned();
        let head = self.service.storage.head();
        self.tally.head = head.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(())
    }

    /// Changes a copy of the log in every way that a disk or a person can; each is found, and the
    /// first bad entry is named.
    pub(super) fn tamper(&mut self) -> Result<(), Breach> {
        let log = &self.service.storage.log;
        let printed = &self.witness.printed;
        for kind in 0..6 {
            let mut changed = log.clone();
            let at = self.weather.below(log.len() - 1);
            let byte = self.weather.below(changed[at].bytes.len());
            let last = printed.keys().next_back().copied().unwrap_or(0);
            let (first, last_bad) = match kind {
                0 => {
                    changed[at].bytes[byte] ^= 1;
                    (at, at)
                }
                1 => {
                    drop(changed.remove(at));
                    (at, at)
                }
                2 => {
                    changed.swap(at, at + 1);
                    (at, at)
                }
                3 => {
                    changed.insert(at, changed[at].clone());
                    (at + 1, at + 1)
                }
                4 => {
                    changed.truncate(last);
                    (last, last)
                }
                // Consistent in itself: only a head from outside shows it, from there on.
                _ => {
                    let at = at.min(last);
                    changed[at].bytes[0] ^= 1;
                    rechain(&mut changed, at);
                    (
                        at,
                        printed.range(at..).next().map_or(at, |(entry, _)| *entry),
                    )
                }
            };
            let found = verify(&changed, printed);
            let holds = found.is_err_and(|entry| first <= entry && entry <= last_bad);
            ensure(holds, Promise::P8, || {
                format!("change {kind} of entry {at} was found as {found:?}")
            })?;
        }
        Ok(())
    }
}
