//! A double of the bank: it pays each instruction once, and speaks of it as banks do.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use zhida_engine::payouts::{BankFact, EndToEndId, FactKind, MessageId, PayoutId};
use zhida_policies::values::{Date, Money};

use super::dice::Dice;
use super::files::Instruction;
use super::world::clock::after;

/// How a bank speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temper {
    /// Late, twice, out of order or not at all, but what it says is so.
    Honest,
    /// It contradicts itself, too.
    Contradictory,
}

/// What the bank really does with one instruction.
pub(crate) struct Deal {
    pub(crate) payout: PayoutId,
    pub(crate) amount: i64,
    account: String,
    pub(crate) moved: i64,
    pub(crate) returned: i64,
    /// The bank has promised never to carry it out.
    is_barred: bool,
}

/// What happens at the bank on a day.
pub(crate) enum Event {
    /// Money leaves.
    Move(EndToEndId),
    /// Money comes back.
    Return(EndToEndId, i64),
    /// A line of an answer.
    Tell {
        name: EndToEndId,
        fact: BankFact,
        is_true: bool,
    },
}

/// The bank.
pub(crate) struct Bank {
    seed: u64,
    pub(crate) temper: Temper,
    files: BTreeMap<MessageId, [u8; 32]>,
    deals: BTreeMap<EndToEndId, Deal>,
    due: BTreeMap<(Date, u64), Event>,
    events: u64,
    /// How much more than is so it has told of each payout.
    lies: BTreeMap<PayoutId, i64>,
    /// What really left and has not come back, by payout.
    net: BTreeMap<PayoutId, i64>,
}

/// What a bank says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receipt {
    /// New, or had before with the same bytes.
    Stored,
    /// The same name with other bytes.
    OtherBytes,
    /// An instruction that came in another file.
    OtherFile,
}

impl Bank {
    pub(crate) fn new(seed: u64, temper: Temper) -> Self {
        Self {
            seed,
            temper,
            files: BTreeMap::new(),
            deals: BTreeMap::new(),
            due: BTreeMap::new(),
            events: 0,
            lies: BTreeMap::new(),
            net: BTreeMap::new(),
        }
    }

    /// A file arrives.
    pub(crate) fn receive(
        &mut self,
        message: &MessageId,
        bytes: &[u8],
        instructions: Vec<Instruction>,
        today: Date,
    ) -> Receipt {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        match self.files.get(message) {
            Some(known) if *known == hash => return Receipt::Stored,
            Some(_) => return Receipt::OtherBytes,
            None => {}
        }
        self.files.insert(message.clone(), hash);
        for instruction in instructions {
            if self.deals.contains_key(&instruction.name) {
                return Receipt::OtherFile;
            }
            self.take_on(instruction, today);
        }
        Receipt::Stored
    }

    fn take_on(&mut self, instruction: Instruction, today: Date) {
        let name = instruction.name;
        let mut dice = Dice::new(self.seed, name.as_str());
        let deal = Deal {
            payout: instruction.payout,
            amount: instruction.fen,
            account: instruction.account,
            moved: 0,
            returned: 0,
            is_barred: false,
        };
        self.plan(&name, &deal, today, &mut dice);
        self.deals.insert(name, deal);
    }

    /// What will happen to an instruction, and what will be said of it.
    fn plan(&mut self, name: &EndToEndId, deal: &Deal, today: Date, dice: &mut Dice) {
        let paid_on = after(today, dice.within(0, 2));
        let fate = dice.below(100);
        if dice.chance(800) {
            let day = after(today, dice.within(0, 1));
            self.tell(
                name,
                deal.fact(FactKind::Accepted, None, "A", day),
                day,
                dice,
            );
        }
        let pays = fate < 70 || (82..98).contains(&fate);
        if pays {
            self.on(paid_on, Event::Move(name.clone()));
            if fate < 96 {
                let mut fact = deal.fact(FactKind::Booked, Some(deal.amount), "D", paid_on);
                // One in sixteen is told without a day.
                if name.as_str().ends_with(['A', 'Q']) {
                    fact.on = None;
                }
                let day = after(paid_on, dice.within(0, 3));
                self.tell(name, fact, day, dice);
            }
        } else if fate < 82 {
            let day = after(today, dice.within(0, 3));
            self.tell(
                name,
                deal.fact(FactKind::Rejected, None, "R", day),
                day,
                dice,
            );
        }
        let back = match fate {
            82..90 => deal.amount,
            90..96 => dice.within(1, deal.amount),
            _ => 0,
        };
        if back > 0 {
            let day = after(paid_on, dice.within(2, 12));
            self.on(day, Event::Return(name.clone(), back));
            let fact = deal.fact(FactKind::Returned, Some(back), "C", day);
            let told = after(day, dice.within(0, 3));
            self.tell(name, fact, told, dice);
        }
        let talks = match self.temper {
            Temper::Honest => 0,
            Temper::Contradictory => dice.below(3),
        };
        for _ in 0..talks {
            self.lie(name, deal, pays, today, dice);
        }
    }

    /// Something that is not so, or that nobody can understand.
    fn lie(&mut self, name: &EndToEndId, deal: &Deal, pays: bool, today: Date, dice: &mut Dice) {
        let day = after(today, dice.within(0, 30));
        let amount = deal.amount;
        let fact = match dice.below(9) {
            0 | 1 => {
                self.owe_up(&deal.payout, if pays { amount } else { 0 });
                deal.fact(FactKind::Rejected, None, "L", day)
            }
            2 => deal.fact(FactKind::Booked, Some(amount), "L", day),
            3 => deal.fact(FactKind::Booked, Some(amount + 1), "L", day),
            4 => deal.fact(FactKind::Unclear, None, "L", day),
            5 => deal.fact(FactKind::Duplicate, None, "L", day),
            6 => {
                let back = dice.within(1, amount + 1);
                self.owe_up(&deal.payout, back.min(amount));
                deal.fact(FactKind::Returned, Some(back), "L", day)
            }
            7 => {
                let mut fact = deal.fact(FactKind::Booked, Some(amount), "L", day);
                fact.account = Some("999".to_owned());
                fact
            }
            _ => {
                let mut fact = deal.fact(FactKind::Rejected, Some(amount - 1), "L", day);
                fact.reason = Some("AC01".to_owned());
                fact
            }
        };
        let name = name.clone();
        let is_true = false;
        self.on(
            day,
            Event::Tell {
                name,
                fact,
                is_true,
            },
        );
    }

    /// The bank, or two reconcilers, said that this much was not paid, and it may have been.
    pub(crate) fn owe_up(&mut self, payout: &PayoutId, fen: i64) {
        *self.lies.entry(payout.clone()).or_default() += fen;
    }

    /// A line that may be lost, late, or told twice.
    fn tell(&mut self, name: &EndToEndId, fact: BankFact, day: Date, dice: &mut Dice) {
        let times = match dice.below(100) {
            0..8 => 0,
            8..18 => 2,
            _ => 1,
        };
        for _ in 0..times {
            let late = if dice.chance(100) {
                dice.within(1, 60)
            } else {
                0
            };
            let event = Event::Tell {
                name: name.clone(),
                fact: fact.clone(),
                is_true: true,
            };
            self.on(after(day, late), event);
        }
    }

    fn on(&mut self, day: Date, event: Event) {
        self.events += 1;
        self.due.insert((day, self.events), event);
    }

    /// The next thing that happens up to a day; what does not come to pass is left out.
    pub(crate) fn next(&mut self, today: Date) -> Option<Event> {
        loop {
            let first = self.due.first_entry()?;
            if first.key().0 > today {
                return None;
            }
            let event = first.remove();
            match &event {
                Event::Move(name) => {
                    let deal = self.deals.get_mut(name).unwrap();
                    if deal.is_barred {
                        continue;
                    }
                    deal.moved = deal.amount;
                    *self.net.entry(deal.payout.clone()).or_default() += deal.amount;
                }
                Event::Return(name, fen) => {
                    let deal = self.deals.get_mut(name).unwrap();
                    if deal.moved == 0 {
                        continue;
                    }
                    deal.returned += fen;
                    *self.net.entry(deal.payout.clone()).or_default() -= fen;
                }
                Event::Tell {
                    name,
                    fact,
                    is_true: true,
                } => {
                    let deal = self.deals.get(name).unwrap();
                    let is_void = match fact.kind {
                        FactKind::Booked => deal.moved == 0,
                        FactKind::Returned => deal.returned == 0,
                        _ => false,
                    };
                    if is_void {
                        continue;
                    }
                }
                Event::Tell { is_true: false, .. } => {}
            }
            return Some(event);
        }
    }

    /// Whether an instruction was paid. After a "no" it never will be.
    pub(crate) fn inquire(&mut self, name: &EndToEndId) -> bool {
        let deal = self.deals.get_mut(name);
        deal.is_some_and(|deal| {
            deal.is_barred |= deal.moved == 0;
            deal.moved > 0
        })
    }

    pub(crate) fn deal(&self, name: &EndToEndId) -> Option<&Deal> {
        self.deals.get(name)
    }

    /// What really left for a payout and has not come back.
    pub(crate) fn net(&self, payout: &PayoutId) -> i64 {
        self.net.get(payout).copied().unwrap_or(0)
    }

    /// How much more may have left because the bank, or two people, said what is not so.
    pub(crate) fn lies(&self, payout: &PayoutId) -> i64 {
        self.lies.get(payout).copied().unwrap_or(0)
    }
}

impl Deal {
    fn fact(&self, kind: FactKind, fen: Option<i64>, mark: &str, on: Date) -> BankFact {
        BankFact {
            kind,
            amount: fen.map(Money::from_fen),
            account: (kind == FactKind::Booked).then(|| self.account.clone()),
            reference: format!("{mark}{on}"),
            reason: (kind == FactKind::Rejected).then(|| "AC04".to_owned()),
            on: Some(on),
        }
    }
}
