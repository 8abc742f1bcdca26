//! One life: the clock turns, the bank speaks, people ask, and the judges look.

mod banking;
mod looking;
mod planting;

use std::collections::BTreeMap;

use zhida_engine::payouts::{Actor, BankFact, Books, EndToEndId};

use super::bank::{Bank, Temper};
use super::coverage::notes;
use super::desk::{Desk, Turn, View};
use super::dice::Dice;
use super::mutant::Mutant;
use super::report::{Failure, Tally};
use super::service::{Request, Service};
use super::storage::{Done, Key, Reply};
use super::witness::{Breach, Promise, Witness, ensure};
use super::world::cast::Cast;
use super::world::clock::Clock;

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
}
