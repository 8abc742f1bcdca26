//! One instruction to a bank, and what the bank says of it.
//!
//! What a bank says arrives late, twice, in any order, and sometimes against itself. So facts are
//! kept as a set, and where an attempt stands is worked out from the set: the order in which they
//! came cannot matter.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Money};

use super::fact::{BankFact, FactKind, Question};
use super::ids::{BatchId, Digest, EndToEndId};
use super::moment::Moment;
use super::payee::PayeeDetails;

/// One instruction for one payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1, 2, …; never used again.
    pub number: u32,
    /// What the bank calls it.
    pub end_to_end_id: EndToEndId,
    /// The batch that holds it.
    pub batch: BatchId,
    /// How much.
    pub amount: Money,
    /// How far we brought it.
    pub phase: AttemptPhase,
    /// To whom, frozen when the batch was sealed.
    pub payee: Option<PayeeDetails>,
    /// What the bank said, in no order.
    pub facts: BTreeSet<BankFact>,
    /// Whether the last answer is overdue.
    pub is_overdue: bool,
    /// What two reconcilers found where the bank was silent or contradicted itself.
    pub ruling: Option<Ruling>,
    /// Questions that two reconcilers have closed.
    pub closed_questions: BTreeSet<Question>,
    /// Whether something else stands in its place: a later attempt, or what people decided once
    /// it had failed. Money that moves for it nevertheless is disputed.
    pub is_replaced: bool,
    /// How much of what came back has been set free to be paid again or was given up.
    pub released: Money,
    /// When we first knew that the money had moved: a bank that names no day moved it by then.
    pub booked_by: Option<Moment>,
}

/// How far we brought an attempt ourselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AttemptPhase {
    /// In a batch that can still change.
    Batched,
    /// In a sealed file.
    Sealed,
    /// The file may be leaving, or has.
    Sending,
    /// The channel has it.
    Sent,
    /// The file never left.
    Voided,
}

/// What two reconcilers found by evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ruling {
    /// Whether the money moved.
    pub is_paid: bool,
    /// The day of the evidence.
    pub on: Date,
    /// The paper.
    pub evidence: Digest,
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AttemptState {
    /// In a batch that can still change.
    Batched,
    /// In a sealed file.
    Sealed,
    /// The file may be leaving.
    Sending,
    /// The channel has it.
    Sent,
    /// The bank has taken it on.
    Accepted,
    /// Nobody knows; never paid again without evidence and two people.
    Unknown,
    /// The money moved.
    Paid,
    /// A part of it came back.
    PartReturned,
    /// All of it came back.
    Returned,
    /// The bank refused it.
    Rejected,
    /// The file never left.
    Voided,
    /// The money moved although the attempt had been given up: it lies in 未达.
    Disputed,
}

impl AttemptState {
    /// Whether money may be moving: no other attempt may live beside it.
    #[must_use]
    pub const fn is_alive(self) -> bool {
        match self {
            Self::Batched
            | Self::Sealed
            | Self::Sending
            | Self::Sent
            | Self::Accepted
            | Self::Unknown => true,
            Self::Paid
            | Self::PartReturned
            | Self::Returned
            | Self::Rejected
            | Self::Voided
            | Self::Disputed => false,
        }
    }

    /// Whether the money lies in 在途.
    #[must_use]
    pub const fn is_in_transit(self) -> bool {
        match self {
            Self::Sealed | Self::Sending | Self::Sent | Self::Accepted | Self::Unknown => true,
            Self::Batched
            | Self::Paid
            | Self::PartReturned
            | Self::Returned
            | Self::Rejected
            | Self::Voided
            | Self::Disputed => false,
        }
    }
}

impl Attempt {
    /// An attempt in an open batch.
    #[must_use]
    pub(super) fn new(number: u32, name: EndToEndId, batch: BatchId, amount: Money) -> Self {
        Self {
            number,
            end_to_end_id: name,
            batch,
            amount,
            phase: AttemptPhase::Batched,
            payee: None,
            facts: BTreeSet::new(),
            is_overdue: false,
            ruling: None,
            closed_questions: BTreeSet::new(),
            is_replaced: false,
            released: Money::default(),
            booked_by: None,
        }
    }

    /// Where it stands, worked out from everything known.
    #[must_use]
    pub fn state(&self) -> AttemptState {
        match self.phase {
            AttemptPhase::Batched => AttemptState::Batched,
            // What never left can be neither taken on nor refused.
            AttemptPhase::Sealed if !self.is_booked() => AttemptState::Sealed,
            AttemptPhase::Sealed => self.told().unwrap_or(AttemptState::Sealed),
            AttemptPhase::Voided if self.is_booked() => AttemptState::Disputed,
            AttemptPhase::Voided => AttemptState::Voided,
            AttemptPhase::Sending => self.told().unwrap_or(AttemptState::Sending),
            AttemptPhase::Sent => self.told().unwrap_or(AttemptState::Sent),
        }
    }

    /// Where the bank's facts put it; nothing where they say nothing.
    fn told(&self) -> Option<AttemptState> {
        if self.is_booked() {
            if self.is_replaced && self.was_refused() {
                return Some(AttemptState::Disputed);
            }
            let returned = self.returned();
            return Some(if returned.is_zero() {
                AttemptState::Paid
            } else if returned < self.amount {
                AttemptState::PartReturned
            } else {
                AttemptState::Returned
            });
        }
        if self.was_refused() {
            return Some(AttemptState::Rejected);
        }
        // A return without a debit is half an answer.
        if self.is_overdue || self.says(FactKind::Returned) {
            return Some(AttemptState::Unknown);
        }
        if self.says(FactKind::Accepted) {
            return Some(AttemptState::Accepted);
        }
        self.says(FactKind::Unclear)
            .then_some(AttemptState::Unknown)
    }

    /// Whether the money moved.
    #[must_use]
    pub fn is_booked(&self) -> bool {
        self.ruling.as_ref().is_some_and(|ruling| ruling.is_paid) || self.says(FactKind::Booked)
    }

    fn was_refused(&self) -> bool {
        self.ruling.as_ref().is_some_and(|ruling| !ruling.is_paid) || self.says(FactKind::Rejected)
    }

    fn says(&self, kind: FactKind) -> bool {
        self.agreeing().any(|fact| fact.kind == kind)
    }

    /// The facts that agree with the instruction.
    fn agreeing(&self) -> impl Iterator<Item = &BankFact> {
        self.facts.iter().filter(|fact| self.agrees(fact))
    }

    /// Whether a line agrees with the instruction in amount and account.
    fn agrees(&self, fact: &BankFact) -> bool {
        let needs_amount = match fact.kind {
            FactKind::Booked | FactKind::Returned => true,
            FactKind::Accepted | FactKind::Unclear | FactKind::Rejected | FactKind::Duplicate => {
                false
            }
        };
        let amount = match (fact.amount, fact.kind) {
            (None, _) => !needs_amount,
            (Some(amount), FactKind::Returned) => {
                Money::default() < amount && amount <= self.amount
            }
            (Some(amount), _) => amount == self.amount,
        };
        let account = match (&fact.account, &self.payee) {
            (Some(said), Some(payee)) => *said == payee.account,
            (None, _) | (_, None) => true,
        };
        amount && account
    }

    /// How much came back, at most all of it: what is above is a question.
    #[must_use]
    pub fn returned(&self) -> Money {
        let total = self.returned_in_all();
        Money::from_fen(i64::try_from(total).unwrap_or(i64::MAX)).min(self.amount)
    }

    /// The movements of one kind by the bank's name for them: the same movement told by two files
    /// in other words is one.
    fn movements(&self, kind: FactKind) -> BTreeMap<&str, Vec<&BankFact>> {
        let mut movements: BTreeMap<&str, Vec<&BankFact>> = BTreeMap::new();
        for fact in self.agreeing().filter(|fact| fact.kind == kind) {
            let told = movements.entry(&fact.reference).or_default();
            told.push(fact);
        }
        movements
    }

    /// The greatest amount told of each movement: another fact can then never take back what an
    /// earlier one gave.
    fn returned_in_all(&self) -> i128 {
        let movements = self.movements(FactKind::Returned);
        let amounts = movements.values().filter_map(|told| {
            let amounts = told.iter().filter_map(|fact| fact.amount);
            amounts.max().map(|amount| i128::from(amount.fen()))
        });
        amounts.fold(0, i128::saturating_add)
    }

    /// Whether one movement is told with two amounts or on two days.
    fn is_told_in_two_ways(&self) -> bool {
        let movements = self.movements(FactKind::Returned);
        movements.values().any(|told| {
            let amounts: BTreeSet<_> = told.iter().filter_map(|fact| fact.amount).collect();
            let days: BTreeSet<_> = told.iter().filter_map(|fact| fact.on).collect();
            amounts.len() > 1 || days.len() > 1
        })
    }

    /// Whether money moved that nothing of ours stands behind: it lies in 未达, and no sum of the
    /// payout counts it.
    #[must_use]
    pub fn is_disputed(&self) -> bool {
        let never_left = self.phase == AttemptPhase::Batched && self.is_booked();
        never_left || self.state() == AttemptState::Disputed
    }

    /// What came back and waits to be paid again or given up.
    #[must_use]
    pub fn open_return(&self) -> Money {
        if !self.is_booked() {
            return Money::default();
        }
        let open = self.returned().fen().saturating_sub(self.released.fen());
        Money::from_fen(open.max(0))
    }

    /// What left the account and has not come back.
    #[must_use]
    pub fn moved(&self) -> Money {
        if !self.is_booked() {
            return Money::default();
        }
        Money::from_fen(self.amount.fen().saturating_sub(self.returned().fen()))
    }

    /// What people must look at, without what they have looked at.
    #[must_use]
    pub fn questions(&self) -> BTreeSet<Question> {
        let mut questions = BTreeSet::new();
        for fact in self.facts.iter().filter(|fact| !self.agrees(fact)) {
            questions.insert(Question::Mismatch(fact.clone()));
        }
        let booked = self.movements(FactKind::Booked);
        let has_left = match self.phase {
            AttemptPhase::Batched | AttemptPhase::Sealed | AttemptPhase::Voided => false,
            AttemptPhase::Sending | AttemptPhase::Sent => true,
        };
        let all = [
            (
                (self.is_booked() && self.was_refused()) || self.is_told_in_two_ways(),
                Question::Contradiction,
            ),
            (
                !self.is_booked() && self.says(FactKind::Returned),
                Question::ReturnedUnpaid,
            ),
            (booked.len() > 1, Question::BookedTwice),
            (
                self.returned_in_all() > i128::from(self.amount.fen()),
                Question::ReturnedTooMuch,
            ),
            (self.says(FactKind::Duplicate), Question::Duplicate),
            (
                self.says(FactKind::Unclear) && self.state().is_alive(),
                Question::Unclear,
            ),
            (
                self.state() == AttemptState::Disputed,
                Question::PaidAfterReplacement,
            ),
            (!self.facts.is_empty() && !has_left, Question::NeverSent),
        ];
        questions.extend(
            all.into_iter()
                .filter_map(|(holds, question)| holds.then_some(question)),
        );
        questions.retain(|question| !self.closed_questions.contains(question));
        questions
    }

    /// Takes in what a line says. What people have closed is open again where news bears on it.
    pub(super) fn learn(&mut self, fact: &BankFact, at: Moment) {
        let is_new = self.facts.insert(fact.clone());
        if self.booked_by.is_none() && self.says(FactKind::Booked) {
            self.booked_by = Some(at);
        }
        if is_new {
            self.closed_questions
                .retain(|question| !question.is_about(fact.kind));
            // A bank that takes it on, after we gave up waiting, knows of it (19).
            self.is_overdue &= fact.kind != FactKind::Accepted;
        }
    }

    /// A disputed movement is the payment after all.
    pub(super) fn count(&mut self) {
        self.is_replaced = false;
        if self.phase == AttemptPhase::Voided {
            self.phase = AttemptPhase::Sent;
        }
    }

    /// The last day on which the bank moved money for it.
    #[must_use]
    pub fn moved_on(&self) -> Option<Date> {
        let ruling = self.ruling.iter().map(|ruling| ruling.on);
        let days = self.agreeing().filter(|fact| fact.kind == FactKind::Booked);
        days.filter_map(|fact| fact.on).chain(ruling).max()
    }

    /// The day by which the money had moved: the bank's own, or the one on which it told us where
    /// it names none.
    #[must_use]
    pub fn moved_by(&self) -> Option<Date> {
        let told = || self.booked_by.map(Moment::business_date);
        self.moved_on().or_else(told)
    }
}
