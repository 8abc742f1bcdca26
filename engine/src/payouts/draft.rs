//! What an order changes, apart from the books until all of it is found good.

use std::collections::BTreeMap;

use zhida_policies::values::{Date, Money, Uscc};

use super::actor::User;
use super::bank_line::BankLine;
use super::batch::{Batch, Payer};
use super::books::{Books, Thing};
use super::budget::BudgetLine;
use super::command::Order;
use super::ids::{
    BatchId, BudgetLineId, BureauId, Digest, MotionId, NoticeId, PayerId, PayoutId, UserId,
};
use super::ledger::{LedgerAccount, Posting};
use super::motion::Motion;
use super::notice::Notice;
use super::payee::Payee;
use super::payout::Payout;
use super::policy::PolicyRecord;
use super::refusal::Refusal;
use super::settings::{Bar, Delegation, Rules, Settings};
use super::standing::Standing;

/// What an order did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Both ledgers; each sums to zero in every budget line.
    pub postings: Vec<Posting>,
    /// What changed, as it is now.
    pub things: Vec<Thing>,
    /// Lent roles that were taken back.
    pub ended: Vec<Delegation>,
}

/// Copies of what an order touches.
pub(super) struct Draft<'a> {
    pub(super) books: &'a Books,
    pub(super) order: &'a Order,
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) settings: BTreeMap<BureauId, Settings>,
    pub(super) lines: BTreeMap<BudgetLineId, BudgetLine>,
    pub(super) payers: BTreeMap<PayerId, Payer>,
    pub(super) payees: BTreeMap<Uscc, Payee>,
    pub(super) bars: BTreeMap<Uscc, Bar>,
    pub(super) payouts: BTreeMap<PayoutId, Payout>,
    pub(super) notices: BTreeMap<NoticeId, Notice>,
    pub(super) batches: BTreeMap<BatchId, Batch>,
    pub(super) motions: BTreeMap<MotionId, Motion>,
    pub(super) bank_lines: BTreeMap<Digest, BankLine>,
    pub(super) policies: BTreeMap<String, PolicyRecord>,
    pub(super) lent: Vec<Delegation>,
    pub(super) ended: Vec<Delegation>,
}

/// The copy of one thing, made when it is first touched.
fn edit<'d, K: Ord + Clone, V: Clone>(
    drafts: &'d mut BTreeMap<K, V>,
    books: &BTreeMap<K, V>,
    key: &K,
) -> Option<&'d mut V> {
    if !drafts.contains_key(key) {
        drafts.insert(key.clone(), books.get(key)?.clone());
    }
    drafts.get_mut(key)
}

impl<'a> Draft<'a> {
    pub(super) fn new(books: &'a Books, order: &'a Order) -> Self {
        Self {
            books,
            order,
            users: BTreeMap::new(),
            settings: BTreeMap::new(),
            lines: BTreeMap::new(),
            payers: BTreeMap::new(),
            payees: BTreeMap::new(),
            bars: BTreeMap::new(),
            payouts: BTreeMap::new(),
            notices: BTreeMap::new(),
            batches: BTreeMap::new(),
            motions: BTreeMap::new(),
            bank_lines: BTreeMap::new(),
            policies: BTreeMap::new(),
            lent: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// The business date of the order.
    pub(super) fn today(&self) -> Date {
        self.order.at.business_date()
    }

    pub(super) fn payout(&mut self, id: &PayoutId) -> Result<&mut Payout, Refusal> {
        edit(&mut self.payouts, &self.books.payouts, id)
            .ok_or_else(|| Refusal::NoSuchPayout(id.clone()))
    }

    /// A payout as it is, touched or not.
    pub(super) fn see(&self, id: &PayoutId) -> Result<&Payout, Refusal> {
        let touched = self.payouts.get(id).or_else(|| self.books.payouts.get(id));
        touched.ok_or_else(|| Refusal::NoSuchPayout(id.clone()))
    }

    pub(super) fn batch(&mut self, id: &BatchId) -> Result<&mut Batch, Refusal> {
        edit(&mut self.batches, &self.books.batches, id)
            .ok_or_else(|| Refusal::NoSuchBatch(id.clone()))
    }

    pub(super) fn motion(&mut self, id: &MotionId) -> Result<&mut Motion, Refusal> {
        edit(&mut self.motions, &self.books.motions, id)
            .ok_or_else(|| Refusal::NoSuchMotion(id.clone()))
    }

    pub(super) fn line(&mut self, id: &BudgetLineId) -> Result<&mut BudgetLine, Refusal> {
        edit(&mut self.lines, &self.books.lines, id).ok_or_else(|| Refusal::NoSuchLine(id.clone()))
    }

    pub(super) fn bank_line(&mut self, id: &Digest) -> Result<&mut BankLine, Refusal> {
        edit(&mut self.bank_lines, &self.books.bank_lines, id)
            .ok_or_else(|| Refusal::NoSuchThing(format!("未达款{id}")))
    }

    pub(super) fn payee(&mut self, uscc: &Uscc) -> &mut Payee {
        let known = self.books.payees.get(uscc);
        let payee = self.payees.entry(*uscc);
        payee.or_insert_with(|| known.cloned().unwrap_or_else(|| Payee::new(*uscc)))
    }

    pub(super) fn setting(&mut self, bureau: &BureauId) -> &mut Settings {
        let settings = self.settings.entry(bureau.clone());
        settings.or_insert_with(|| self.books.settings(bureau))
    }

    /// The rules of a bureau, or which one is missing for what is to be done.
    pub(super) fn rules(&self, bureau: &BureauId, rule: &'static str) -> Result<Rules, Refusal> {
        let missing = || Refusal::NotConfigured {
            bureau: bureau.clone(),
            rule,
        };
        self.books.settings(bureau).rules.ok_or_else(missing)
    }

    /// What the changes come to, or why they may not be.
    pub(super) fn finish(mut self) -> Result<Effects, Refusal> {
        let mut change = Standing::new();
        let mut add = |standing: Standing, sign: i128| {
            for (place, fen) in standing {
                let sum = change.entry(place).or_default();
                *sum = sum.saturating_add(fen.saturating_mul(sign));
            }
        };
        for (id, payout) in &self.payouts {
            add(payout.standing(), 1);
            if let Some(before) = self.books.payouts.get(id) {
                add(before.standing(), -1);
            }
        }
        for (id, line) in &self.lines {
            add(line.standing(), 1);
            if let Some(before) = self.books.lines.get(id) {
                add(before.standing(), -1);
            }
        }
        for (id, line) in &self.bank_lines {
            let payer = self.books.payers.get(&line.payer);
            let payer = payer.ok_or_else(|| Refusal::NoSuchPayer(line.payer.clone()))?;
            add(line.standing(&payer.suspense), 1);
            if let Some(before) = self.books.bank_lines.get(id) {
                add(before.standing(&payer.suspense), -1);
            }
        }
        let postings = self.post(change)?;
        Ok(self.into_effects(postings))
    }

    /// Moves the balances, and refuses what overdraws one.
    fn post(&mut self, change: Standing) -> Result<Vec<Posting>, Refusal> {
        let mut postings = Vec::new();
        for ((id, account), fen) in change {
            if fen == 0 {
                continue;
            }
            self.refuse_closed(&id)?;
            let fen = i64::try_from(fen).map_err(|_| Refusal::Overflow)?;
            let line = self.line(&id)?;
            let balance = line
                .balance(account)
                .checked_add(fen)
                .ok_or(Refusal::Overflow)?;
            if balance == 0 {
                line.balances.remove(&account);
            } else {
                line.balances.insert(account, balance);
            }
            let line = id;
            postings.push(Posting { line, account, fen });
        }
        for line in self.lines.values() {
            for (account, balance) in &line.balances {
                if account.is_never_negative() && *balance < 0 {
                    let before = self.books.lines.get(&line.id);
                    let available = before.map(|line| line.balance(LedgerAccount::Available));
                    return Err(Refusal::NotEnoughBudget {
                        line: line.id.clone(),
                        available: Money::from_fen(available.unwrap_or(0)),
                        short: Money::from_fen(balance.saturating_neg()),
                    });
                }
            }
        }
        Ok(postings)
    }

    /// A closed period takes no postings (edge 33).
    fn refuse_closed(&self, line: &BudgetLineId) -> Result<(), Refusal> {
        let line = self.lines.get(line).or_else(|| self.books.lines.get(line));
        let bureau = line.map(|line| &line.bureau);
        let closed = bureau.and_then(|bureau| self.books.settings.get(bureau)?.closed_until);
        match closed {
            Some(closed) if self.today() <= closed => Err(Refusal::PeriodClosed(closed)),
            Some(_) | None => Ok(()),
        }
    }

    fn into_effects(self, postings: Vec<Posting>) -> Effects {
        let mut things = Vec::new();
        things.extend(self.users.into_values().map(Thing::User));
        things.extend(self.lent.into_iter().map(Thing::Delegation));
        things.extend(self.settings.into_values().map(Thing::Settings));
        things.extend(self.lines.into_values().map(Thing::Line));
        things.extend(self.payers.into_values().map(Thing::Payer));
        things.extend(self.payees.into_values().map(Thing::Payee));
        things.extend(self.bars.into_values().map(Thing::Bar));
        let payouts = self.payouts.into_values();
        things.extend(payouts.map(|payout| Thing::Payout(Box::new(payout))));
        things.extend(self.notices.into_values().map(Thing::Notice));
        things.extend(self.batches.into_values().map(Thing::Batch));
        let motions = self.motions.into_values();
        things.extend(motions.map(|motion| Thing::Motion(Box::new(motion))));
        things.extend(self.bank_lines.into_values().map(Thing::BankLine));
        let policies = self.policies.into_values();
        things.extend(policies.map(|record| Thing::Policy(Box::new(record))));
        Effects {
            postings,
            things,
            ended: self.ended,
        }
    }
}
