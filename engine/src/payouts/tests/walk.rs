//! Any orders, legal or not, in any sequence: the laws hold after each of them.
//!
//! The fixture looks at every order: nothing out of balance, nothing overdrawn, a refused order
//! changes nothing, and what the subjects name is enough. Here the balance checks of PAYOUTS.md
//! part 2 are computed once more, from states and facts alone.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use zhida_policies::values::Money;

use PayoutState as S;

use super::town::*;
use crate::payouts::*;

/// One thing to try, on one of the payouts.
#[derive(Clone, Debug)]
enum Move {
    /// The next step of a straight life.
    Advance,
    /// What may also happen there.
    Detour,
    Answer(BankFact, u32),
    Back(u8),
    People(u8, i64),
    Claim(u8, i64),
    Stray(i64, u8),
    Wrong(u8),
    Account(u8),
    Days(i64),
}

const PERIODS: [&str; 2] = ["2025", "2026"];

fn moves() -> impl Strategy<Value = (u32, usize, Move)> {
    let kinds = prop_oneof![
        Just(FactKind::Accepted),
        Just(FactKind::Unclear),
        Just(FactKind::Rejected),
        Just(FactKind::Booked),
        Just(FactKind::Returned),
        Just(FactKind::Duplicate),
    ];
    let amounts = prop_oneof![3 => Just(None), 3 => (1..AWARD).prop_map(Some), 1 => Just(Some(0))];
    let answers = (kinds, amounts, 0..3u8, 1..4u32).prop_map(|(kind, amount, reference, at)| {
        let fact = fact(kind, amount, &format!("{kind:?}{reference}"));
        Move::Answer(fact, at)
    });
    let kinds = prop_oneof![
        24 => Just(Move::Advance),
        4 => Just(Move::Detour),
        6 => answers,
        3 => (0..5u8).prop_map(Move::Back),
        6 => (0..9u8, 1..AWARD).prop_map(|(which, amount)| Move::People(which, amount)),
        4 => (0..5u8, 1..AWARD).prop_map(|(which, amount)| Move::Claim(which, amount)),
        1 => (-9..9i64, 0..6u8).prop_map(|(amount, name)| Move::Stray(amount * 1_000, name)),
        3 => (0..12u8).prop_map(Move::Wrong),
        1 => (0..3u8).prop_map(Move::Account),
        2 => (-2..9i64).prop_map(Move::Days),
    ];
    (0..3u32, 0..PERIODS.len(), kinds)
}

struct Walk {
    town: Town,
    id: PayoutId,
    at: u32,
    period: &'static str,
    names: u32,
}

impl Walk {
    fn state(&self) -> Option<S> {
        self.town.books.payout(&self.id).map(Payout::state)
    }

    fn payout(&self) -> PayoutId {
        self.id.clone()
    }

    fn last(&self) -> u32 {
        let payout = self.town.books.payout(&self.id);
        payout.map_or(1, |payout| u32::try_from(payout.attempts.len()).unwrap())
    }

    /// The batch of the last attempt.
    fn batch(&self) -> BatchId {
        let payout = self.town.books.payout(&self.id);
        let last = payout.and_then(|payout| payout.attempts.last());
        last.map_or(BatchId::new("none"), |attempt| attempt.batch.clone())
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn enterprise(&self) -> String {
        format!("EN{}", self.at)
    }

    fn advance(&mut self) -> Carried {
        let payout = self.payout();
        let Some(state) = self.state() else {
            let award = award(self.at, self.period, AWARD);
            return self.town.system(Command::Entitle(Box::new(award)));
        };
        match state {
            S::Computed => self.town.user("MK", Command::Propose { payout }),
            S::Proposed => {
                let recomputed = self
                    .town
                    .books
                    .payout(&payout)
                    .map_or_else(|| digest("none"), Payout::award_digest);
                self.town.user("CK", Command::Check { payout, recomputed })
            }
            S::Checked => self.town.user("AP1", Command::Approve { payout }),
            S::Approved => {
                let name = self.fresh("N");
                let mut notice = self.town.notice(&name);
                notice.payouts = vec![payout];
                notice.from = self.town.now.business_date();
                notice.until = day(2026, 12, 30);
                notice.until = notice.until.min(later(notice.from, 5));
                self.town.user("MK", Command::Publish(notice))
            }
            S::OnNotice => {
                self.town.now.0 += 6 * 86_400 * 1_000_000;
                self.town.system(Command::EndNotice { payout })
            }
            S::Objected => self.people(0, 1),
            S::AwaitPayee => {
                let payee = self.town.books.payee(&uscc(self.at));
                let versions = payee.map_or(0, |payee| payee.versions.len());
                let payee_version = u32::try_from(versions).unwrap();
                let command = Command::Confirm {
                    payout,
                    payee_version,
                };
                let name = self.enterprise();
                self.town.user(&name, command)
            }
            S::Confirmed | S::Reissue => {
                let name = self.fresh("B");
                let mut batch = self.town.new_batch(&name);
                batch.payouts = vec![payout];
                self.town.user("PMK", Command::MakeBatch(batch))
            }
            S::Batched => {
                let command = self.town.seal_command(self.batch().as_str());
                self.town.user("PCK", command)
            }
            S::Sealed => {
                let batch = self.batch();
                self.town.system(Command::BeginSending { batch })
            }
            S::Sending => {
                let batch = self.batch();
                self.town.sent(batch.as_str())
            }
            S::Sent | S::Accepted | S::Unknown => {
                let attempt = self.last();
                self.answer(fact(FactKind::Booked, None, "D"), attempt)
            }
            S::Paid => self.town.system(Command::Settle { payout }),
            S::Rejected | S::Returned => self.people(1, 1),
            S::Settled | S::Declined | S::Expired | S::Cancelled => {
                let award = award(self.at, self.period, AWARD);
                self.town.system(Command::Entitle(Box::new(award)))
            }
        }
    }

    fn detour(&mut self) -> Carried {
        let payout = self.payout();
        match self.state() {
            Some(S::OnNotice) => self.wrong(2),
            Some(S::AwaitPayee) => {
                for _ in 0..2 {
                    let payout = payout.clone();
                    self.town.system(Command::Remind { payout })?;
                }
                self.town.now.0 += 61 * 86_400 * 1_000_000;
                self.town.system(Command::Expire { payout })
            }
            Some(S::Sending) => self.town.system(Command::MarkUnknown { payout }),
            Some(S::Sent | S::Unknown) => {
                let attempt = self.last();
                self.answer(fact(FactKind::Accepted, None, "A"), attempt)
            }
            Some(S::Accepted) => {
                let attempt = self.last();
                self.answer(fact(FactKind::Rejected, None, "R"), attempt)
            }
            Some(S::Paid) => {
                let attempt = self.last();
                self.answer(fact(FactKind::Returned, None, "T"), attempt)
            }
            _ => self.advance(),
        }
    }

    /// An answer; without an amount, that of the attempt.
    fn answer(&mut self, mut fact: BankFact, attempt: u32) -> Carried {
        let instruction = self.id.end_to_end_id(attempt);
        let whole = self
            .town
            .books
            .instruction(&instruction)
            .map(|(payout, _)| {
                let mut attempts = payout.attempts.iter();
                attempts
                    .find(|other| other.number == attempt)
                    .unwrap()
                    .amount
            });
        fact.amount = fact.amount.or(whole);
        let source = digest("answers");
        let is_known = whole.is_some();
        let carried = self.town.system(Command::Answer {
            instruction,
            fact,
            source,
        });
        // What a bank says of an instruction of ours is never refused, but by a closed period.
        match &carried {
            Err(refusal) if is_known => assert_eq!(refusal.code(), 701, "{refusal}"),
            Ok(_) | Err(_) => {}
        }
        carried
    }

    fn back(&mut self, which: u8) -> Carried {
        let payout = self.payout();
        let reason = "退回".to_owned();
        match which {
            0 => self.town.user("CK", Command::SendBack { payout, reason }),
            1 => self.town.user("AP1", Command::Drop { payout, reason }),
            2 => {
                let name = self.enterprise();
                self.town.user(&name, Command::Decline { payout })
            }
            3 => self.town.system(Command::Expire { payout }),
            _ => {
                let (batch, payouts) = (self.batch(), vec![payout]);
                self.town.user("PMK", Command::Unbatch { batch, payouts })
            }
        }
    }

    fn people(&mut self, which: u8, amount: i64) -> Carried {
        let payout = self.payout();
        let text = || "依据".to_owned();
        let (names, action): (&[&str], Action) = match which {
            0 => {
                let known = self.town.books.payout(&payout);
                let objection = known.map_or(1, |payout| payout.objections.len());
                let findings = [
                    Finding::Unfounded,
                    Finding::Founded,
                    Finding::Changed(Box::new(award(self.at, self.period, amount))),
                ];
                let finding = findings[usize::try_from(amount % 3).unwrap()].clone();
                let action = Action::ResolveObjection {
                    payout,
                    objection: u32::try_from(objection).unwrap(),
                    finding,
                    text: digest("finding"),
                };
                (&["CK", "AP1"], action)
            }
            1 => (
                &["MK", "CK"],
                Action::Reissue {
                    payout,
                    cause: text(),
                },
            ),
            2 => {
                let reason = text();
                (&["MK", "CK", "AP1"], Action::Cancel { payout, reason })
            }
            3 => {
                let (batch, reason) = (self.batch(), text());
                (&["PMK", "PCK"], Action::VoidBatch { batch, reason })
            }
            4 => {
                let (batch, statement) = (self.batch(), digest("statement"));
                (&["PMK", "PCK"], Action::HandOver { batch, statement })
            }
            5 => {
                let outcome = if amount % 2 == 0 {
                    Outcome::Paid
                } else {
                    Outcome::Rejected
                };
                let action = Action::RuleUnknown {
                    payout,
                    attempt: self.last(),
                    outcome,
                    on: self.town.now.business_date(),
                    evidence: digest("letter"),
                };
                (&["RC1", "RC2"], action)
            }
            6 => {
                let known = self.town.books.payout(&payout);
                let attempts = known.into_iter().flat_map(|payout| &payout.attempts);
                let mut asked = attempts.flat_map(|attempt| {
                    let number = attempt.number;
                    let questions = attempt.questions().into_iter();
                    questions.map(move |question| (number, question))
                });
                let Some((attempt, question)) = asked.next() else {
                    return self.advance();
                };
                let action = Action::CloseQuestion {
                    payout,
                    attempt,
                    question,
                    counts: amount % 2 == 0,
                    evidence: digest("letter"),
                };
                (&["RC1", "RC2"], action)
            }
            7 => {
                let until = later(self.town.now.business_date(), -3);
                let bureau = bureau();
                (&["RC1", "AP1"], Action::ClosePeriod { bureau, until })
            }
            _ => {
                let document = self.fresh("财预");
                (&["MK", "CK"], grant(&document, amount))
            }
        };
        self.town.motion(names, action)
    }

    fn claim(&mut self, which: u8, amount: i64) -> Carried {
        let payout = self.payout();
        let document = "决定".to_owned();
        let names: &[&str] = &["MK", "CK", "AP1"];
        match which {
            0 => {
                let terms = ClaimTerms {
                    amount: fen(amount),
                    document,
                    due: day(2026, 12, 1),
                    is_prior_year: false,
                    returns_to_budget: amount % 2 == 0,
                };
                self.town.motion(names, Action::Clawback { payout, terms })
            }
            1 => {
                let name = self.fresh("C");
                self.town.stray(&name, amount)?;
                let line = BankLine::id_of(&PayerId::new(PAYER), &name);
                let claim = 1;
                self.town.system(Command::Recover {
                    payout,
                    claim,
                    line,
                })
            }
            2 => {
                let other = usize::from(self.period == PERIODS[0]);
                let action = Action::Offset {
                    payout,
                    claim: 1,
                    against: award(self.at, PERIODS[other], 1).key.payout_id(),
                    amount: fen(amount),
                    law: document,
                };
                self.town.motion(names, action)
            }
            3 => {
                let action = Action::WriteOff {
                    payout,
                    claim: 1,
                    amount: fen(amount),
                    document,
                };
                self.town.motion(&["AP1", "AP2"], action)
            }
            _ => {
                let payer = PayerId::new(PAYER);
                let action = Action::MatchReversal {
                    line: BankLine::id_of(&payer, "S0"),
                    other: BankLine::id_of(&payer, "S1"),
                };
                self.town.motion(&["RC1", "RC2"], action)
            }
        }
    }

    /// What must not be, or hardly ever.
    fn wrong(&mut self, which: u8) -> Carried {
        let payout = self.payout();
        match which {
            0 => self.town.user("CK", Command::Propose { payout }),
            1 => self.town.user("MK", Command::Approve { payout }),
            2 => {
                let (by, text) = ("某人".to_owned(), digest("objection"));
                self.town.user("MK", Command::Object { payout, by, text })
            }
            3 => {
                let name = self.fresh("B");
                let mut batch = self.town.new_batch(&name);
                batch.payouts = vec![payout];
                self.town.user("PMK", Command::MakeBatch(batch))
            }
            4 => {
                let batch = self.batch();
                self.town.system(Command::BeginSending { batch })
            }
            5 => self.town.system(Command::MarkUnknown { payout }),
            6 => {
                let mut award = award(self.at, self.period, 5);
                award.exclusive = Some("group".to_owned());
                self.town.system(Command::Entitle(Box::new(award)))
            }
            7 => {
                let (uscc, reason) = (uscc(self.at), "涉诉".to_owned());
                self.names += 1;
                // As orders are given now, and as logs of earlier programs have them.
                let of = (!self.names.is_multiple_of(3)).then(bureau);
                if self.names.is_multiple_of(2) {
                    let action = Action::UnblockPayee { uscc, reason, of };
                    self.town.motion(&["MK", "CK"], action)
                } else {
                    let block = Command::BlockPayee { uscc, reason, of };
                    self.town.user("CK", block)
                }
            }
            8 => self.town.system(Command::Remind { payout }),
            9 => self.town.system(Command::Settle { payout }),
            10 => {
                let mut more = award(self.at, self.period, 5);
                more.key.supplement = 1;
                more.origin.paid_before = fen(AWARD);
                self.town.system(Command::Entitle(Box::new(more)))
            }
            _ => {
                let until = self.town.now.business_date();
                let action = Action::Bar {
                    uscc: uscc(self.at),
                    until,
                    document: "决定".to_owned(),
                };
                self.town.motion(&["MK", "CK"], action)
            }
        }
    }

    fn take(&mut self, step: Move) -> Carried {
        match step {
            Move::Advance => self.advance(),
            Move::Detour => self.detour(),
            Move::Answer(fact, attempt) => self.answer(fact, attempt),
            Move::Back(which) => self.back(which),
            Move::People(which, amount) => self.people(which, amount),
            Move::Claim(which, amount) => self.claim(which, amount),
            Move::Stray(amount, name) => self.town.stray(&format!("S{name}"), amount),
            Move::Wrong(which) => self.wrong(which),
            Move::Account(which) => {
                let name = self.enterprise();
                let change = change_payee(self.at, &format!("622200000000000{which}"));
                self.town.motion(&[&name, "CK"], change)
            }
            Move::Days(days) => {
                self.town.now.0 += days * 86_400 * 1_000_000;
                Ok(Effects::default())
            }
        }
    }
}

fn later(date: zhida_policies::values::Date, days: i64) -> zhida_policies::values::Date {
    zhida_policies::values::date::Duration::from_days(days)
        .after(date)
        .unwrap()
}

/// What banks moved for an attempt, from the facts alone.
fn debited(attempt: &Attempt) -> i64 {
    let agrees = |fact: &&BankFact| fact.amount == Some(attempt.amount);
    let facts = attempt.facts.iter();
    let is_told = facts
        .filter(agrees)
        .any(|fact| fact.kind == FactKind::Booked);
    let is_ruled = attempt.ruling.as_ref().is_some_and(|ruling| ruling.is_paid);
    if !is_told && !is_ruled {
        return 0;
    }
    let mut back: BTreeMap<&str, i64> = BTreeMap::new();
    for fact in &attempt.facts {
        let amount = fact.amount.map_or(0, Money::fen);
        let is_sane = 0 < amount && amount <= attempt.amount.fen();
        if fact.kind == FactKind::Returned && is_sane {
            let most = back.entry(&fact.reference).or_default();
            *most = amount.max(*most);
        }
    }
    attempt.amount.fen() - back.values().sum::<i64>().min(attempt.amount.fen())
}

/// The balance checks of PAYOUTS.md part 2, from states.
fn check(town: &Town) {
    let (mut transit, mut reserved, mut committed, mut spent, mut cash) = (0, 0, 0, 0, 0);
    let mut granted = 0;
    for payout in town.books.payouts() {
        let alive: Vec<_> = payout
            .attempts
            .iter()
            .filter(|attempt| attempt.state().is_alive())
            .collect();
        assert!(alive.len() <= 1, "two attempts are alive");
        for attempt in &payout.attempts {
            cash -= debited(attempt);
            if attempt.state().is_in_transit() {
                transit += attempt.amount.fen();
            }
        }
        let counted = payout.attempts.iter().filter(|attempt| {
            matches!(
                attempt.state(),
                AttemptState::Paid | AttemptState::PartReturned | AttemptState::Returned
            )
        });
        let paid: i64 = counted.map(debited).sum();
        let paid = paid + payout.offset.fen() + payout.back_twice().fen();
        let owed = payout.amount.fen() - payout.given_up.fen();
        assert!(paid <= owed, "more than the award was paid");
        match payout.state() {
            S::Proposed | S::Checked => reserved += payout.amount.fen(),
            S::Computed | S::Declined | S::Expired => assert_eq!(paid, 0),
            S::Cancelled => {
                assert_eq!(paid, 0);
                assert!(!payout.is_expensed || owed == 0);
            }
            _ => {
                spent += paid;
                committed += owed - paid;
            }
        }
        for claim in &payout.claims {
            spent -= claim.back_in_budget.fen();
        }
    }
    for line in town.books.bank_lines() {
        cash += line.amount.fen();
    }
    for line in town.books.lines() {
        granted += line
            .grants
            .iter()
            .map(|grant| grant.amount.fen())
            .sum::<i64>();
    }
    assert_eq!(-town.balance(LedgerAccount::Transit), transit, "TRANSIT");
    assert_eq!(town.balance(LedgerAccount::Reserved), reserved, "RESERVED");
    assert_eq!(
        town.balance(LedgerAccount::Committed),
        committed,
        "COMMITTED"
    );
    assert_eq!(town.balance(LedgerAccount::Spent), spent, "SPENT");
    assert_eq!(town.balance(LedgerAccount::Cash), cash, "CASH");
    let available = town.balance(LedgerAccount::Available);
    assert_eq!(granted, available + reserved + committed + spent, "P5");
}

#[test]
fn any_orders_in_any_sequence() {
    let mut start = Town::new();
    for at in 1..3 {
        let name = format!("EN{at}");
        start
            .motion(&[&name, "CK"], change_payee(at, "6222000000000000"))
            .unwrap();
    }
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::with_cases(60)
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let reached = std::cell::RefCell::new(std::collections::BTreeSet::new());
    runner
        .run(&prop::collection::vec(moves(), 300), |moves| {
            let mut town = start.clone();
            let mut names = 0;
            for (at, period, step) in moves {
                let period = PERIODS[period];
                let id = award(at, period, 1).key.payout_id();
                let mut walk = Walk {
                    town,
                    id,
                    at,
                    period,
                    names,
                };
                let _refused = walk.take(step).is_err();
                (town, names) = (walk.town, walk.names);
                check(&town);
                let states = town.books.payouts().map(Payout::state);
                reached.borrow_mut().extend(states);
            }
            let mut replayed = Books::new();
            for order in &town.carried {
                replayed.execute(order).unwrap();
            }
            prop_assert_eq!(replayed.digest(), town.books.digest());
            Ok(())
        })
        .unwrap();
    // The walk must come everywhere, or it proves little.
    let missed: Vec<_> = S::ALL
        .iter()
        .filter(|state| !reached.borrow().contains(state))
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
}
