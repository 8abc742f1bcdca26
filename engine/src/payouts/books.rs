//! Everything that people act on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use zhida_policies::values::Uscc;

use super::actor::User;
use super::bank_line::BankLine;
use super::batch::{Batch, Payer};
use super::budget::BudgetLine;
use super::ids::{
    BatchId, BudgetLineId, BureauId, Digest, EndToEndId, MotionId, NoticeId, PayerId, PayoutId,
    UserId,
};
use super::ledger::LedgerAccount;
use super::motion::Motion;
use super::notice::Notice;
use super::payee::Payee;
use super::payout::Payout;
use super::policy::PolicyRecord;
use super::settings::{Bar, Delegation, Settings};

/// Everything that people act on, or the part of it that some orders need to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Books {
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) delegations: BTreeSet<Delegation>,
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
    /// Left out where there is none: books without it have the digest that they always had.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) policies: BTreeMap<String, PolicyRecord>,
    #[serde(skip)]
    pub(super) exclusive: BTreeMap<String, BTreeSet<PayoutId>>,
    #[serde(skip)]
    pub(super) instructions: BTreeMap<EndToEndId, (PayoutId, u32)>,
    /// Movements by the instruction that they name.
    #[serde(skip)]
    pub(super) strays: BTreeMap<EndToEndId, BTreeSet<Digest>>,
    #[serde(skip)]
    pub(super) by_enterprise: BTreeMap<Uscc, BTreeSet<PayoutId>>,
}

/// One thing in the books, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Thing {
    /// A user.
    User(User),
    /// A lent role.
    Delegation(Delegation),
    /// What a bureau has decided.
    Settings(Settings),
    /// A budget line.
    Line(BudgetLine),
    /// A paying account.
    Payer(Payer),
    /// The accounts of an enterprise.
    Payee(Payee),
    /// An enterprise that is barred.
    Bar(Bar),
    /// A payout.
    Payout(Box<Payout>),
    /// A notice.
    Notice(Notice),
    /// A batch.
    Batch(Batch),
    /// A motion.
    Motion(Box<Motion>),
    /// A movement that nobody ordered.
    BankLine(BankLine),
    /// The versions of a policy.
    Policy(Box<PolicyRecord>),
}

/// A balance that is not what everything together contributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imbalance {
    /// The set of accounts.
    pub line: BudgetLineId,
    /// The account.
    pub account: LedgerAccount,
    /// What the books say.
    pub booked: i128,
    /// What everything together comes to.
    pub found: i128,
}

impl Books {
    /// Empty books.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts in one thing as it was stored, in place of what was there.
    pub fn put(&mut self, thing: Thing) {
        match thing {
            Thing::User(user) => drop(self.users.insert(user.id.clone(), user)),
            Thing::Delegation(delegation) => drop(self.delegations.insert(delegation)),
            Thing::Settings(settings) => {
                drop(self.settings.insert(settings.bureau.clone(), settings));
            }
            Thing::Line(line) => drop(self.lines.insert(line.id.clone(), line)),
            Thing::Payer(payer) => drop(self.payers.insert(payer.id.clone(), payer)),
            Thing::Payee(payee) => drop(self.payees.insert(payee.uscc, payee)),
            Thing::Bar(bar) => drop(self.bars.insert(bar.uscc, bar)),
            Thing::Payout(payout) => self.put_payout(*payout),
            Thing::Notice(notice) => drop(self.notices.insert(notice.id.clone(), notice)),
            Thing::Batch(batch) => drop(self.batches.insert(batch.id.clone(), batch)),
            Thing::Motion(motion) => drop(self.motions.insert(motion.id.clone(), *motion)),
            Thing::BankLine(line) => {
                if let Some(name) = &line.instruction {
                    let of_name = self.strays.entry(name.clone()).or_default();
                    of_name.insert(line.id.clone());
                }
                drop(self.bank_lines.insert(line.id.clone(), line));
            }
            Thing::Policy(record) => drop(self.policies.insert(record.policy.clone(), *record)),
        }
    }

    pub(super) fn put_payout(&mut self, payout: Payout) {
        let id = payout.id.clone();
        // A new sweep may have moved it to another group.
        let before = self.payouts.get(&id);
        let left = before.and_then(|before| before.exclusive.as_ref());
        if let Some(left) = left.filter(|left| Some(*left) != payout.exclusive.as_ref())
            && let Some(group) = self.exclusive.get_mut(left)
        {
            group.remove(&id);
            if group.is_empty() {
                self.exclusive.remove(left);
            }
        }
        if let Some(group) = &payout.exclusive {
            let group = self.exclusive.entry(group.clone()).or_default();
            group.insert(id.clone());
        }
        for attempt in &payout.attempts {
            let name = attempt.end_to_end_id.clone();
            self.instructions.insert(name, (id.clone(), attempt.number));
        }
        let of_enterprise = self.by_enterprise.entry(payout.key.uscc).or_default();
        of_enterprise.insert(id.clone());
        self.payouts.insert(id, payout);
    }

    /// Takes a lent role out.
    pub(super) fn drop_delegation(&mut self, delegation: &Delegation) {
        self.delegations.remove(delegation);
    }

    /// Everything, in a fixed order.
    pub fn things(&self) -> impl Iterator<Item = Thing> + '_ {
        let users = self.users.values().cloned().map(Thing::User);
        let delegations = self.delegations.iter().cloned().map(Thing::Delegation);
        let settings = self.settings.values().cloned().map(Thing::Settings);
        let lines = self.lines.values().cloned().map(Thing::Line);
        let payers = self.payers.values().cloned().map(Thing::Payer);
        let payees = self.payees.values().cloned().map(Thing::Payee);
        let bars = self.bars.values().cloned().map(Thing::Bar);
        let payouts = self.payouts.values().cloned();
        let payouts = payouts.map(|payout| Thing::Payout(Box::new(payout)));
        let notices = self.notices.values().cloned().map(Thing::Notice);
        let batches = self.batches.values().cloned().map(Thing::Batch);
        let motions = self.motions.values().cloned();
        let motions = motions.map(|motion| Thing::Motion(Box::new(motion)));
        let bank_lines = self.bank_lines.values().cloned().map(Thing::BankLine);
        let policies = self.policies.values().cloned();
        let policies = policies.map(|record| Thing::Policy(Box::new(record)));
        users
            .chain(delegations)
            .chain(settings)
            .chain(lines)
            .chain(payers)
            .chain(payees)
            .chain(bars)
            .chain(payouts)
            .chain(notices)
            .chain(batches)
            .chain(motions)
            .chain(bank_lines)
            .chain(policies)
    }

    /// The digest of everything, without when and in which order it came to be.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }

    /// A user.
    #[must_use]
    pub fn user(&self, id: &UserId) -> Option<&User> {
        self.users.get(id)
    }

    /// All users, by name.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// A payout.
    #[must_use]
    pub fn payout(&self, id: &PayoutId) -> Option<&Payout> {
        self.payouts.get(id)
    }

    /// All payouts, by name.
    pub fn payouts(&self) -> impl Iterator<Item = &Payout> {
        self.payouts.values()
    }

    /// The payout and attempt of an instruction.
    #[must_use]
    pub fn instruction(&self, name: &EndToEndId) -> Option<(&Payout, u32)> {
        let (payout, number) = self.instructions.get(name)?;
        Some((self.payouts.get(payout)?, *number))
    }

    /// A batch.
    #[must_use]
    pub fn batch(&self, id: &BatchId) -> Option<&Batch> {
        self.batches.get(id)
    }

    /// All batches, by name.
    pub fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.batches.values()
    }

    /// A notice.
    #[must_use]
    pub fn notice(&self, id: &NoticeId) -> Option<&Notice> {
        self.notices.get(id)
    }

    /// A motion.
    #[must_use]
    pub fn motion(&self, id: &MotionId) -> Option<&Motion> {
        self.motions.get(id)
    }

    /// All motions, by name.
    pub fn motions(&self) -> impl Iterator<Item = &Motion> {
        self.motions.values()
    }

    /// A budget line.
    #[must_use]
    pub fn line(&self, id: &BudgetLineId) -> Option<&BudgetLine> {
        self.lines.get(id)
    }

    /// All budget lines, by name.
    pub fn lines(&self) -> impl Iterator<Item = &BudgetLine> {
        self.lines.values()
    }

    /// A paying account.
    #[must_use]
    pub fn payer(&self, id: &PayerId) -> Option<&Payer> {
        self.payers.get(id)
    }

    /// The accounts of an enterprise.
    #[must_use]
    pub fn payee(&self, uscc: &Uscc) -> Option<&Payee> {
        self.payees.get(uscc)
    }

    /// A movement that nobody ordered.
    #[must_use]
    pub fn bank_line(&self, id: &Digest) -> Option<&BankLine> {
        self.bank_lines.get(id)
    }

    /// All movements that nobody ordered, by name.
    pub fn bank_lines(&self) -> impl Iterator<Item = &BankLine> {
        self.bank_lines.values()
    }

    /// The versions of a policy that were published by two people.
    #[must_use]
    pub fn policy(&self, policy: &str) -> Option<&PolicyRecord> {
        self.policies.get(policy)
    }

    /// All policies that were published by two people, by name.
    pub fn policies(&self) -> impl Iterator<Item = &PolicyRecord> {
        self.policies.values()
    }

    /// How many publications there were; whole books, or those with [`Subject::Policies`] only.
    ///
    /// [`Subject::Policies`]: super::Subject::Policies
    #[must_use]
    pub fn edition(&self) -> u32 {
        let all = self.policies.values();
        let versions = all.map(|record| record.versions.len());
        let count = versions.fold(0usize, usize::saturating_add);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// What a bureau has decided.
    #[must_use]
    pub fn settings(&self, bureau: &BureauId) -> Settings {
        let settings = self.settings.get(bureau).cloned();
        settings.unwrap_or_else(|| Settings::new(bureau.clone()))
    }

    /// Balances that are not what everything together contributes; whole books only.
    #[must_use]
    pub fn imbalances(&self) -> Vec<Imbalance> {
        let mut found: BTreeMap<(BudgetLineId, LedgerAccount), (i128, i128)> = BTreeMap::new();
        let nowhere = BudgetLineId::new("");
        let standings = self.lines.values().map(BudgetLine::standing);
        let standings = standings.chain(self.payouts.values().map(Payout::standing));
        let bank_lines = self.bank_lines.values().map(|line| {
            let payer = self.payers.get(&line.payer);
            line.standing(payer.map_or(&nowhere, |payer| &payer.suspense))
        });
        for (place, fen) in standings.chain(bank_lines).flatten() {
            let sum = &mut found.entry(place).or_default().1;
            *sum = sum.saturating_add(fen);
        }
        for line in self.lines.values() {
            for (account, fen) in &line.balances {
                found.entry((line.id.clone(), *account)).or_default().0 = i128::from(*fen);
            }
        }
        let differ = found
            .into_iter()
            .filter(|(_, (booked, found))| booked != found);
        let imbalance = |((line, account), (booked, found))| Imbalance {
            line,
            account,
            booked,
            found,
        };
        differ.map(imbalance).collect()
    }
}
