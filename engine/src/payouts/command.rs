//! What people and clocks can order.

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Money, Uscc};

use super::actor::{Actor, Role, User};
use super::batch::{FileSeal, Payer};
use super::fact::BankFact;
use super::ids::{
    BatchId, BudgetLineId, BureauId, Digest, EndToEndId, EntitlementKey, MotionId, NoticeId,
    PayerId, PayoutId, PersonId, UserId,
};
use super::moment::Moment;
use super::motion::Action;
use super::payee::PayeeDetails;
use super::settings::{Delegation, Rules};

/// One command of one actor at one moment: what the log keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Moment,
    /// What.
    pub command: Command,
}

/// Where an amount comes from (edge 1): enough to compute it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The sealed sweep.
    pub sweep: Digest,
    /// The root over its payable list.
    pub root: Digest,
    /// The award in it, as bytes under that root.
    pub award: Digest,
    /// The policy texts.
    pub policies: Digest,
    /// The facts.
    pub snapshot: Digest,
    /// What the sweep knew to be paid for the same period.
    pub paid_before: Money,
    /// The seal of the sweep: all that is needed to run it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Digest>,
}

/// What the policy asks for on the way (copied when the award is taken up).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What people call the measure.
    pub title: String,
    /// The document number of the policy.
    pub document: String,
    /// The award date.
    pub award_date: Date,
    /// Since when the policy is in force.
    pub effective: Date,
    /// Until when.
    pub expires: Option<Date>,
    /// How many working days the notice is shown.
    pub notice_days: u16,
}

/// One award of a sealed sweep that is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// What makes it the same one.
    pub key: EntitlementKey,
    /// The registered name of the enterprise.
    pub enterprise: String,
    /// What pays.
    pub line: BudgetLineId,
    /// How much.
    pub amount: Money,
    /// Of which one of several entitlements only one may be paid.
    pub exclusive: Option<String>,
    /// Where the amount comes from.
    pub origin: Origin,
    /// What the policy asks for.
    pub terms: Terms,
    /// What the sweep knew to be paid to the enterprise for each measure that shares a limit or a
    /// group with this one: what it did not know of it may have awarded a second time.
    pub knows: Vec<KnownPayment>,
}

impl Award {
    /// What a checker's own computation must come to: everything that decides who gets how much
    /// from where, and on which terms.
    #[must_use]
    pub fn digest(&self) -> Digest {
        award_digest(
            &self.key,
            (&self.enterprise, &self.line, self.amount),
            self.exclusive.as_ref(),
            (&self.origin, &self.terms),
        )
    }
}

/// The digest of an award, as it was taken up or as a payout holds it.
pub(super) fn award_digest(
    key: &EntitlementKey,
    money: (&String, &BudgetLineId, Money),
    exclusive: Option<&String>,
    basis: (&Origin, &Terms),
) -> Digest {
    let content = ("zhida award", key, money, exclusive, basis);
    // Nothing in it can fail to be written.
    Digest::of(&serde_json::to_vec(&content).unwrap_or_default())
}

/// What a sweep knew to be paid to an enterprise for one measure, over all years.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPayment {
    /// The measure, `policy/measure`.
    pub measure: String,
    /// How much.
    pub paid: Money,
}

/// How often one award period may be supplemented; all those before are looked at each time.
pub(super) const SUPPLEMENTS_MAX: u16 = 99;

/// A notice to be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewNotice {
    /// Its name.
    pub id: NoticeId,
    /// What it shows.
    pub payouts: Vec<PayoutId>,
    /// The day on which it appears.
    pub from: Date,
    /// The last day for objections.
    pub until: Date,
    /// How many working days lie after the first day up to the last.
    pub working_days: u16,
    /// The sheet as it was sealed.
    pub sheet: Digest,
    /// Its forms for the public, already written.
    pub files: Vec<FileSeal>,
}

/// A batch to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBatch {
    /// Its name.
    pub id: BatchId,
    /// The account that pays.
    pub payer: PayerId,
    /// The day on which the bank is asked to pay.
    pub execution: Date,
    /// What it holds.
    pub payouts: Vec<PayoutId>,
}

/// What the payment checker found in a batch himself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealTotals {
    /// How many lines.
    pub count: u32,
    /// How much in all.
    pub total: Money,
}

/// What can be ordered. The numbers are those of the transitions in PAYOUTS.md part 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Takes up an award (1).
    Entitle(Box<Award>),
    /// 2.
    Propose {
        /// Which.
        payout: PayoutId,
    },
    /// 3.
    Check {
        /// Which.
        payout: PayoutId,
        /// What the checker's own computation gave: [`Award::digest`].
        recomputed: Digest,
    },
    /// 4.
    Approve {
        /// Which.
        payout: PayoutId,
    },
    /// Back to the maker (5).
    SendBack {
        /// Which.
        payout: PayoutId,
        /// Why.
        reason: String,
    },
    /// Given up before approval (5).
    Drop {
        /// Which.
        payout: PayoutId,
        /// Why.
        reason: String,
    },
    /// 6.
    Publish(NewNotice),
    /// 7.
    Object {
        /// Which.
        payout: PayoutId,
        /// Who objects.
        by: String,
        /// The paper.
        text: Digest,
    },
    /// The notice is over (9).
    EndNotice {
        /// Which.
        payout: PayoutId,
    },
    /// 10.
    Confirm {
        /// Which.
        payout: PayoutId,
        /// The version of the account that it confirms.
        payee_version: u32,
    },
    /// 11.
    Decline {
        /// Which.
        payout: PayoutId,
    },
    /// Asks once more for a confirmation.
    Remind {
        /// Which.
        payout: PayoutId,
    },
    /// The time to confirm is over (11).
    Expire {
        /// Which.
        payout: PayoutId,
    },
    /// 12 and 26.
    MakeBatch(NewBatch),
    /// 13.
    Unbatch {
        /// Which batch.
        batch: BatchId,
        /// What leaves it.
        payouts: Vec<PayoutId>,
    },
    /// 14.
    Seal {
        /// Which batch.
        batch: BatchId,
        /// What the checker counted himself.
        totals: SealTotals,
        /// The files, already written.
        files: Vec<FileSeal>,
    },
    /// The intent to send (16), committed before the first byte leaves.
    BeginSending {
        /// Which batch.
        batch: BatchId,
    },
    /// The channel has it (17).
    Sent {
        /// Which batch.
        batch: BatchId,
        /// The receipt.
        receipt: Digest,
    },
    /// No answer in time (18, 20).
    MarkUnknown {
        /// Which.
        payout: PayoutId,
    },
    /// One line of a bank's answer (19 to 24).
    Answer {
        /// Which instruction.
        instruction: EndToEndId,
        /// What the line says.
        fact: BankFact,
        /// The file that holds the line.
        source: Digest,
    },
    /// A movement that nobody ordered (32).
    StrayLine {
        /// The account.
        payer: PayerId,
        /// What the bank calls it.
        reference: String,
        /// In (above zero) or out.
        amount: Money,
        /// The day.
        on: Date,
        /// Who, and for what.
        text: String,
        /// The instruction that the bank names, where the books do not know it: they may be older
        /// than the payment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instruction: Option<EndToEndId>,
        /// The file that holds the line.
        source: Digest,
    },
    /// 33.
    Settle {
        /// Which.
        payout: PayoutId,
    },
    /// Money came back for a claim (29), told by a line that names it.
    Recover {
        /// Which.
        payout: PayoutId,
        /// Which claim.
        claim: u32,
        /// The movement.
        line: Digest,
    },
    /// Asks for something that needs several people.
    OpenMotion {
        /// Its name.
        motion: MotionId,
        /// What.
        action: Box<Action>,
    },
    /// Agrees to it; the last one makes it happen.
    SignMotion {
        /// Which.
        motion: MotionId,
    },
    /// Agrees to a publication as the last one, after a check of all policies together.
    Enact {
        /// Which.
        motion: MotionId,
        /// How many publications there were when the policies were checked.
        edition: u32,
        /// The digest of all policies with this one, as they were checked.
        library: Digest,
    },
    /// Takes it back, or says no.
    WithdrawMotion {
        /// Which.
        motion: MotionId,
        /// Why.
        reason: String,
    },
    /// An enterprise may not be paid; one person is enough to stop money, two let it go on
    /// ([`Action::UnblockPayee`]).
    BlockPayee {
        /// Which.
        uscc: Uscc,
        /// Why not.
        reason: String,
        /// The bureau that says so; absent in logs in which a block belonged to nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<BureauId>,
    },
    /// Lends a role.
    Delegate(Delegation),
    /// Takes a lent role back.
    EndDelegation(Delegation),
    /// Sets up a user; the system only, when it is first started.
    SetUp {
        /// The user.
        user: User,
    },
    /// Sets up a paying account; the system only, from its settings.
    SetPayer(Payer),
    /// Sets up a budget line without a grant; the system only, from its settings.
    SetLine {
        /// Which.
        line: BudgetLineId,
        /// Whose.
        bureau: BureauId,
        /// The fiscal year.
        fiscal_year: i16,
    },
    /// Sets what a bureau has decided; the system only, from its settings.
    Configure {
        /// Whose.
        bureau: BureauId,
        /// Its rules.
        rules: Rules,
    },
    /// An account must not act any more.
    Suspend {
        /// Which.
        user: UserId,
    },
}

/// What an order needs to see, for whoever keeps the books elsewhere. Each brings with it all that
/// its line names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A user, the delegations of and to him, and all users of his person.
    User(UserId),
    /// All users of a person.
    Person(PersonId),
    /// A payout, its budget line, the settings of its bureau, and the account and the bar of its
    /// enterprise.
    Payout(PayoutId),
    /// All payouts of one exclusive group, each as [`Subject::Payout`].
    Exclusive(String),
    /// The payout of an instruction, as [`Subject::Payout`], and the movements that name it.
    Instruction(EndToEndId),
    /// All payouts of an enterprise, each as [`Subject::Payout`], and of those with an attempt in
    /// [`AttemptPhase::Batched`](super::AttemptPhase::Batched) the batch itself without its other
    /// payouts.
    Enterprise(Uscc),
    /// The account and the bar of an enterprise.
    Payee(Uscc),
    /// A batch, all its payouts, each as [`Subject::Payout`], and the movements that name one of
    /// their [instructions](PayoutId::instructions), each as [`Subject::BankLine`].
    Batch(BatchId),
    /// A notice.
    Notice(NoticeId),
    /// A motion, and what its action is about: [`Action::subjects`].
    Motion(MotionId),
    /// A budget line, and the settings of its bureau.
    Line(BudgetLineId),
    /// A paying account, and the budget line of its 未达 as [`Subject::Line`].
    Payer(PayerId),
    /// A movement, and its paying account as [`Subject::Payer`].
    BankLine(Digest),
    /// What a bureau has decided.
    Settings(BureauId),
    /// All policies that were published by two people.
    Policies,
}

impl Role {
    /// Whether a person may act as it in business matters.
    #[must_use]
    pub const fn is_official(self) -> bool {
        match self {
            Self::Maker
            | Self::Checker
            | Self::Approver
            | Self::PaymentMaker
            | Self::PaymentChecker
            | Self::Reconciler
            | Self::Auditor
            | Self::Clerk => true,
            Self::Enterprise
            | Self::SystemAdministrator
            | Self::SecurityAdministrator
            | Self::AuditAdministrator => false,
        }
    }
}

/// What a payee's account is to become.
pub(super) type NewPayee = PayeeDetails;
