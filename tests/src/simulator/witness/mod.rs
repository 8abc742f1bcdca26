//! Independent judges of the promises: they keep their own accounts, and trust no state of the
//! books that they can work out themselves.

mod ledgers;
mod money;
mod people;
mod rights;
mod seals;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zhida_engine::payouts::{Books, PersonId, UserId};

use super::bank::Bank;
use super::storage::{Done, Head, Key, Storage, verify};

pub(crate) use ledgers::Ledgers;
pub(crate) use money::Money;
pub(crate) use people::People;
pub(crate) use rights::Rights;
pub(crate) use seals::Seals;

/// The promises of the payouts, by their numbers, as far as a simulation can break them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Paid at most once.
    P1,
    /// Books balance.
    P2,
    /// Two people.
    P4,
    /// Never overdrawn.
    P5,
    /// Killed is the same as slow.
    P6,
    /// What was acknowledged is kept.
    P7,
    /// Nothing is quietly changed.
    P8,
    /// Unknown is not failed.
    P9,
    /// Sealed files are frozen.
    P10,
}

/// A broken promise.
#[derive(Clone, Debug)]
pub(crate) struct Breach {
    pub(crate) promise: Promise,
    pub(crate) what: String,
}

/// A breach where something does not hold.
pub(crate) fn ensure(
    holds: bool,
    promise: Promise,
    what: impl FnOnce() -> String,
) -> Result<(), Breach> {
    if holds {
        return Ok(());
    }
    Err(Breach {
        promise,
        what: what(),
    })
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.promise, self.what)
    }
}

/// All judges.
pub(crate) struct Witness {
    pub(crate) people: People,
    pub(crate) rights: Rights,
    pub(crate) money: Money,
    pub(crate) ledgers: Ledgers,
    pub(crate) seals: Seals,
    keys: BTreeSet<Key>,
    /// Heads of the log as they were printed outside the house.
    pub(crate) printed: BTreeMap<usize, Head>,
}

/// How many entries lie between two printed heads.
const PRINTED_EVERY: usize = 64;

impl Witness {
    pub(crate) fn new(persons: BTreeMap<UserId, PersonId>) -> Self {
        Self {
            people: People::new(persons),
            rights: Rights::default(),
            money: Money::default(),
            ledgers: Ledgers::default(),
            seals: Seals::default(),
            keys: BTreeSet::new(),
            printed: BTreeMap::new(),
        }
    }

    /// Judges an order that was carried out and kept.
    pub(crate) fn carried(&mut self, done: &Done) -> Result<(), Breach> {
        ensure(self.keys.insert(done.key), Promise::P1, || {
            format!("the request {} was carried out twice", done.key)
        })?;
        self.ledgers.carried(&done.effects)?;
        self.people.carried(done)?;
        self.rights.carried(done)?;
        self.seals.carried(done)?;
        self.money.carried(done)
    }

    /// Remembers the head of the log, as a printed sheet does.
    pub(crate) fn print(&mut self, storage: &Storage) {
        let length = storage.log.len();
        if let Some(last) = length.checked_sub(1)
            && length.is_multiple_of(PRINTED_EVERY)
        {
            self.printed.insert(last, storage.head());
        }
    }

    /// Judges everything at once.
    pub(crate) fn audit(&self, books: &Books, storage: &Storage) -> Result<(), Breach> {
        verify(&storage.log, &self.printed).map_err(|entry| Breach {
            promise: Promise::P8,
            what: format!("entry {entry} of the log is not what it was"),
        })?;
        self.ledgers.audit(books)?;
        self.money.audit(books)
    }

    /// Money moved at the bank.
    pub(crate) fn moved(
        &self,
        bank: &Bank,
        name: &zhida_engine::payouts::EndToEndId,
    ) -> Result<(), Breach> {
        let Some(deal) = bank.deal(name) else {
            return Ok(());
        };
        let (net, lies) = (bank.net(&deal.payout), bank.lies(&deal.payout));
        let owed = self.money.owed(&deal.payout);
        ensure(net <= owed + lies, Promise::P1, || {
            let payout = &deal.payout;
            format!("the bank has moved {net} fen for {payout}, which is owed {owed}")
        })
    }
}
