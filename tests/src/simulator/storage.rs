//! A double of the store: what the real one promises, and every way in which it can let go.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zhida_engine::payouts::{Actor, Books, Command, Effects, Moment, Order, Thing};

use super::mutant::{Mutant, decide};

/// The hash of everything in the log up to an entry.
pub(crate) type Head = [u8; 32];

/// What a client calls one request, however often it sends it.
pub(crate) type Key = u64;

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Done; the entry of the log.
    Done(usize),
    /// Refused for this reason.
    Refused(u16),
    /// The key belongs to another request.
    OtherBody,
}

/// An order as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) at: Moment,
    pub(crate) actor: Actor,
    pub(crate) command: Command,
}

/// One line of the log.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) bytes: Vec<u8>,
    pub(crate) head: Head,
}

/// What one request comes to, before it is kept.
pub(crate) struct Work {
    pub(crate) key: Key,
    pub(crate) body: Head,
    pub(crate) reply: Reply,
    /// Present where the order was carried out.
    pub(crate) done: Option<Done>,
}

/// An order that was carried out.
#[derive(Clone)]
pub(crate) struct Done {
    pub(crate) key: Key,
    pub(crate) order: Order,
    pub(crate) effects: Effects,
}

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing was written.
    Lost,
    /// Everything was written, and nobody was told.
    Unheard,
}

/// The store: nothing survives a crash but what is here.
#[derive(Default)]
pub(crate) struct Storage {
    pub(crate) log: Vec<Record>,
    replies: BTreeMap<Key, (Head, Reply)>,
    stored: Books,
    /// What was written and the witness has not seen yet.
    pub(crate) unseen: Vec<Done>,
}

impl Storage {
    /// Writes a group as a whole, or not at all.
    pub(crate) fn commit(
        &mut self,
        group: Vec<Work>,
        fault: Option<Fault>,
        mutant: Option<Mutant>,
    ) -> Result<(), Fault> {
        let is_torn = mutant == Some(Mutant::GroupTorn) && group.len() > 1;
        if fault == Some(Fault::Lost) && !is_torn {
            return Err(Fault::Lost);
        }
        let count = group.len();
        for (at, work) in group.into_iter().enumerate() {
            self.replies.insert(work.key, (work.body, work.reply));
            let Some(done) = work.done else {
                continue;
            };
            self.append(&done);
            // The planted bug: the last of a group reaches the log, and the tables do not.
            if !(is_torn && fault.is_some() && at + 1 == count) {
                self.store(&done.effects, mutant);
            }
            self.unseen.push(done);
        }
        fault.map_or(Ok(()), |_| Err(Fault::Unheard))
    }

    fn append(&mut self, done: &Done) {
        let order = done.order.clone();
        let entry = Entry {
            key: done.key,
            at: order.at,
            actor: order.actor,
            command: order.command,
        };
        let bytes = serde_json::to_vec(&entry).unwrap();
        let head = chained(&self.head(), &bytes);
        self.log.push(Record { bytes, head });
    }

    fn store(&mut self, effects: &Effects, mutant: Option<Mutant>) {
        let forgets = mutant == Some(Mutant::ThingNotStored) && self.log.len().is_multiple_of(97);
        if !forgets {
            self.stored.apply(effects);
            return;
        }
        let mut kept = effects.clone();
        kept.things.pop();
        self.stored.apply(&kept);
    }

    /// What was said to a key, and of which body.
    pub(crate) fn reply(&self, key: Key) -> Option<(Head, Reply)> {
        self.replies.get(&key).copied()
    }

    pub(crate) fn forget_replies(&mut self) {
        self.replies.clear();
    }

    pub(crate) fn head(&self) -> Head {
        self.log.last().map_or([0; 32], |record| record.head)
    }

    /// The books out of the stored things.
    pub(crate) fn load(&self) -> Books {
        let mut books = Books::new();
        for thing in self.stored.things() {
            books.put(thing);
        }
        books
    }

    /// The things as they are stored.
    pub(crate) fn things(&self) -> impl Iterator<Item = Thing> + '_ {
        self.stored.things()
    }

    /// The books out of the log alone, or the first entry that cannot be carried out again.
    pub(crate) fn replay(&self, mutant: Option<Mutant>) -> Result<Books, String> {
        let mut books = Books::new();
        for (at, record) in self.log.iter().enumerate() {
            let entry: Entry = serde_json::from_slice(&record.bytes)
                .map_err(|error| format!("entry {at} cannot be read: {error}"))?;
            let order = Order {
                actor: entry.actor,
                at: entry.at,
                command: entry.command,
            };
            // By the same program, with its planted bug.
            let effects = decide(mutant, &books, &order);
            let effects =
                effects.map_err(|refusal| format!("entry {at} is refused in replay: {refusal}"))?;
            books.apply(&effects);
        }
        Ok(books)
    }

    /// Edits an old entry, as somebody with access to the disk would.
    pub(crate) fn edit(&mut self, at: usize, and_chain: bool) {
        if self.log[at].bytes.is_empty() {
            return;
        }
        let last = self.log[at].bytes.len() - 3;
        self.log[at].bytes[last] ^= 1;
        if and_chain {
            rechain(&mut self.log, at);
        }
    }
}

/// The head after one more entry.
pub(crate) fn chained(head: &Head, bytes: &[u8]) -> Head {
    let mut hash = Sha256::new();
    hash.update(head);
    hash.update(bytes);
    hash.finalize().into()
}

/// Makes a changed log agree with itself from an entry on.
pub(crate) fn rechain(log: &mut [Record], from: usize) {
    let mut head = from
        .checked_sub(1)
        .map_or([0; 32], |before| log[before].head);
    for record in &mut log[from..] {
        head = chained(&head, &record.bytes);
        record.head = head;
    }
}

/// Reads the whole log again, against what was printed outside the house.
///
/// # Errors
/// The number of the first entry that is not what it was.
pub(crate) fn verify(log: &[Record], printed: &BTreeMap<usize, Head>) -> Result<(), usize> {
    let mut head = [0; 32];
    for (at, record) in log.iter().enumerate() {
        head = chained(&head, &record.bytes);
        let is_printed = printed.get(&at).is_none_or(|printed| *printed == head);
        if head != record.head || !is_printed {
            return Err(at);
        }
    }
    match printed.keys().next_back() {
        Some(last) if *last >= log.len() => Err(log.len()),
        _ => Ok(()),
    }
}
