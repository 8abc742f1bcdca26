//! One life: the clock turns, the bank speaks, people ask, and the judges look.

use std::collections::BTreeMap;

use zhida_engine::payouts::{
    Actor, BankFact, BatchId, BatchState, Books, Command, Digest, EndToEndId, FactKind,
};

use super::bank::{Bank, Event, Receipt, Temper};
use super::coverage::notes;
use super::desk::{Desk, Turn, View};
use super::dice::Dice;
use super::files;
use super::mutant::Mutant;
use super::report::{Failure, Tally};
use super::service::{Request, Service};
use super::storage::{Done, Key, Reply, rechain, verify};
use super::witness::{Breach, Promise, Witness, ensure};
use super::world::cast::Cast;
use super::world::clock::{Clock, DAY};

/// What to live through.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Everything that happens follows from it.
    pub seed: u64,
    /// How many commands.
    pub commands: usize,
    /// Whether the store fails and the program dies.
    pub has_faults: bool,
    /// A planted bug.
    pub mutant: Option<Mutant>,
}

impl Plan {
    /// A life with faults and without a planted bug.
    #[must_use]
    pub fn new(seed: u64, commands: usize) -> Self {
        Self {
            seed,
            commands,
            has_faults: true,
            mutant: None,
        }
    }
}

/// How many commands lie between two looks at everything.
const AUDIT_EVERY: usize = 2_000;
/// The reason that a closed period gives; the same answer is taken a day later.
const PERIOD_CLOSED: u16 = 701;

/// Lives through a plan.
///
/// # Errors
/// The first promise that is broken.
pub fn simulate(plan: &Plan) -> Result<Tally, Box<Failure>> {
    let mut simulation = Simulation::new(plan);
    match simulation.live() {
        Ok(()) => Ok(simulation.tally),
        Err(breach) => Err(Box::new(Failure::new(
            plan.seed,
            simulation.tally.commands,
            breach,
            simulation.last.as_ref(),
            &simulation.service.storage.log,
        ))),
    }
}

struct Simulation<'a> {
    plan: &'a Plan,
    cast: Cast,
    clock: Clock,
    bank: Bank,
    desk: Desk,
    service: Service,
    witness: Witness,
    /// Books that were never in a program that died.
    reference: Books,
    weather: Dice,
    dice: Dice,
    replies: BTreeMap<Key, Reply>,
    postponed: Vec<(EndToEndId, BankFact)>,
    restarts: usize,
    audited: usize,
    last: Option<Done>,
    tally: Tally,
}

impl<'a> Simulation<'a> {
    fn new(plan: &'a Plan) -> Self {
        let seed = plan.seed;
        let mut world = Dice::new(seed, "world");
        let clock = Clock::new(&mut world);
        let cast = Cast::new(&mut world, clock.today().year());
        let temper = if world.chance(500) {
            Temper::Honest
        } else {
            Temper::Contradictory
        };
        let faults = plan.has_faults.then(|| Dice::new(seed, "faults"));
        Self {
            plan,
            clock,
            bank: Bank::new(seed, temper),
            desk: Desk::default(),
            service: Service::new(faults, plan.mutant),
            witness: Witness::new(cast.persons.clone()),
            cast,
            reference: Books::new(),
            weather: Dice::new(seed, "weather"),
            dice: Dice::new(seed, "desks"),
            replies: BTreeMap::new(),
            postponed: Vec::new(),
            restarts: 0,
            audited: 0,
            last: None,
            tally: Tally::default(),
        }
    }

    fn live(&mut self) -> Result<(), Breach> {
        let opening = self.cast.opening();
        let mut opening = opening.into_iter().map(|command| {
            let request = self.desk.request(Actor::System, command);
            vec![request]
        });
        let opening: Vec<Vec<Request>> = opening.by_ref().collect();
        for request in opening {
            self.submit(&request)?;
        }
        while self.tally.commands < self.plan.commands {
            self.turn()?;
            if self.tally.commands >= self.audited + AUDIT_EVERY {
                self.audited = self.tally.commands;
                self.witness
                    .audit(&self.service.books, &self.service.storage)?;
            }
        }
        self.finish()
    }

    fn turn(&mut self) -> Result<(), Breach> {
        self.clock.turn(&mut self.weather);
        self.hear_the_bank()?;
        self.plant();
        let most = if self.dice.chance(250) { 4 } else { 1 };
        let mut requests: Vec<Request> = Vec::new();
        for _ in 0..=self.dice.below(most) {
            let (now, today) = (self.clock.now(), self.clock.today());
            let turn = self.desk.next(&mut View {
                cast: &self.cast,
                books: &self.service.books,
                bank: &mut self.bank,
                now,
                today,
                dice: &mut self.dice,
            });
            match turn {
                Turn::Ask(request) => {
                    let request = self.misunderstood(*request);
                    if self.dice.chance(30) {
                        requests.push(request.clone());
                    }
                    requests.push(request);
                }
                Turn::Send(batch) => {
                    self.submit(&std::mem::take(&mut requests))?;
                    self.send(&batch)?;
                }
                Turn::Rest => {}
            }
        }
        self.submit(&requests)?;
        Ok(())
    }

    /// Several requests at once, and what the judges say of them.
    fn submit(&mut self, requests: &[Request]) -> Result<Vec<Reply>, Breach> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        self.tally.commands += requests.len();
        let replies = self.service.submit(requests, self.clock.now());
        let mut carried = 0;
        for done in std::mem::take(&mut self.service.storage.unseen) {
            carried += 1;
            self.last = Some(done.clone());
            self.witness.carried(&done)?;
            self.desk.observe(&done);
            notes(&done, &mut self.tally.seen);
            self.reference.apply(&done.effects);
        }
        self.tally.carried += carried;
        self.witness.print(&self.service.storage);
        for (request, reply) in requests.iter().zip(&replies) {
            self.heard(request, *reply)?;
        }
        self.after_restarts()?;
        Ok(replies)
    }

    /// What one client heard.
    fn heard(&mut self, request: &Request, reply: Reply) -> Result<(), Breach> {
        if reply == Reply::OtherBody {
            self.tally.repeated += 1;
            let is_known = self.replies.contains_key(&request.key);
            return ensure(is_known, Promise::P1, || {
                format!(
                    "the new key {} is said to belong to another body",
                    request.key
                )
            });
        }
        let kept = self.service.storage.reply(request.key);
        let is_kept = kept.is_some_and(|(_, kept)| kept == reply);
        ensure(is_kept, Promise::P7, || {
            format!("{reply:?} was said to request {} and not kept", request.key)
        })?;
        match self.replies.insert(request.key, reply) {
            Some(first) => {
                self.tally.repeated += 1;
                ensure(first == reply, Promise::P1, || {
                    let key = request.key;
                    format!("request {key} was told {first:?}, and {reply:?} when sent again")
                })
            }
            None => {
                if let Reply::Refused(reason) = reply {
                    *self.tally.refused.entry(reason).or_default() += 1;
                }
                Ok(())
            }
        }
    }

    /// After the program died: everything is there, and as if it had never died.
    fn after_restarts(&mut self) -> Result<(), Breach> {
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

    /// Everything that happens at the bank up to today.
    fn hear_the_bank(&mut self) -> Result<(), Breach> {
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
    fn answer(&mut self, name: EndToEndId, fact: BankFact) -> Result<(), Breach> {
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

    fn answer_of(&mut self, name: &EndToEndId, fact: &BankFact) -> Request {
        let command = Command::Answer {
            instruction: name.clone(),
            fact: fact.clone(),
            source: Digest::of(b"answer file"),
        };
        self.desk.request(Actor::System, command)
    }

    /// A sealed batch leaves: the intent first, then the bytes, then the receipt.
    fn send(&mut self, id: &BatchId) -> Result<(), Breach> {
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
    fn hand_over(&mut self, id: &BatchId, earlier: usize) -> Result<Digest, Breach> {
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

    /// Planted bugs of those who read answers, or have access to the disk.
    fn misunderstood(&mut self, request: Request) -> Request {
        let Command::MarkUnknown { payout } = &request.command else {
            return request;
        };
        let payout = self.service.books.payout(payout);
        let alive = payout.and_then(|payout| payout.alive());
        match (self.plan.mutant, alive) {
            (Some(Mutant::SilenceIsRefusal), Some(alive)) => {
                let fact = BankFact {
                    kind: FactKind::Rejected,
                    amount: None,
                    account: None,
                    reference: "逾期".to_owned(),
                    reason: None,
                    on: None,
                };
                let name = alive.end_to_end_id.clone();
                self.answer_of(&name, &fact)
            }
            _ => request,
        }
    }

    fn plant(&mut self) {
        let chains = match self.plan.mutant {
            Some(Mutant::EntryEdited) => false,
            Some(Mutant::EntryEditedAndChained) => true,
            _ => return,
        };
        let entries = self.service.storage.log.len();
        if entries > 200 && self.weather.chance(10) {
            let at = self.weather.below(entries / 2);
            self.service.storage.edit(at, chains);
        }
    }

    /// The last look: everything at once, from the log alone, from the tables alone, and with
    /// changes that must be found.
    fn finish(&mut self) -> Result<(), Breach> {
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
    fn tamper(&mut self) -> Result<(), Breach> {
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
