//! What needs several people: asked for by one, agreed to by others, done by the last signature.

use serde::{Deserialize, Serialize};
use zhida_policies::values::{Date, Money, Uscc};

use super::actor::{Role, Signature, User};
use super::claim::ClaimTerms;
use super::command::{Award, NewPayee};
use super::fact::Question;
use super::ids::{BatchId, BudgetLineId, BureauId, Digest, MotionId, PayoutId, PersonId};
use super::moment::Moment;
use super::policy::Publication;

/// What two people found where a bank was silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Outcome {
    /// The money moved.
    Paid,
    /// It did not.
    Rejected,
}

/// What was found of an objection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// The award stands.
    Unfounded,
    /// There is no award.
    Founded,
    /// The award is another one: it begins anew with this amount, which a sweep has found.
    Changed(Box<Award>),
}

/// What needs several people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// 0.
    GrantBudget {
        /// The line.
        line: BudgetLineId,
        /// The document number.
        document: String,
        /// How much.
        amount: Money,
    },
    /// 8.
    ResolveObjection {
        /// Which payout.
        payout: PayoutId,
        /// Which objection.
        objection: u32,
        /// What was found.
        finding: Finding,
        /// The paper.
        text: Digest,
    },
    /// A new account of an enterprise.
    ChangePayee {
        /// Whose.
        uscc: Uscc,
        /// The account.
        details: NewPayee,
    },
    /// 15.
    VoidBatch {
        /// Which.
        batch: BatchId,
        /// Why it is sure that it never left.
        reason: String,
    },
    /// Two people say that they handed the file over (17).
    HandOver {
        /// Which.
        batch: BatchId,
        /// The paper.
        statement: Digest,
    },
    /// 23.
    RuleUnknown {
        /// Which payout.
        payout: PayoutId,
        /// Which attempt.
        attempt: u32,
        /// What the evidence shows.
        outcome: Outcome,
        /// The day that it shows.
        on: Date,
        /// The statement or letter.
        evidence: Digest,
    },
    /// A question about an attempt has been looked into.
    CloseQuestion {
        /// Which payout.
        payout: PayoutId,
        /// Which attempt.
        attempt: u32,
        /// The question.
        question: Question,
        /// Whether a disputed movement is the payment after all.
        counts: bool,
        /// The paper.
        evidence: Digest,
    },
    /// 25.
    Reissue {
        /// Which.
        payout: PayoutId,
        /// What was put right.
        cause: String,
    },
    /// 27, and 5 once approved.
    Cancel {
        /// Which.
        payout: PayoutId,
        /// Why.
        reason: String,
    },
    /// 28.
    Clawback {
        /// Which.
        payout: PayoutId,
        /// What is claimed.
        terms: ClaimTerms,
    },
    /// 30.
    Offset {
        /// Whose claim.
        payout: PayoutId,
        /// Which claim.
        claim: u32,
        /// The entitlement that it is set against.
        against: PayoutId,
        /// How much.
        amount: Money,
        /// The article that permits it.
        law: String,
    },
    /// 31.
    WriteOff {
        /// Whose claim.
        payout: PayoutId,
        /// Which claim.
        claim: u32,
        /// How much.
        amount: Money,
        /// The decision.
        document: String,
    },
    /// No award to an enterprise for a time.
    Bar {
        /// Which.
        uscc: Uscc,
        /// Until when.
        until: Date,
        /// The decision.
        document: String,
    },
    /// An enterprise that was blocked may be paid again, as far as one bureau is concerned.
    UnblockPayee {
        /// Which.
        uscc: Uscc,
        /// Why.
        reason: String,
        /// The bureau that had blocked it; absent for a block that belongs to nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<BureauId>,
    },
    /// A claim is taken back as far as the bank has returned the money that it claims (28, undone).
    WithdrawClaim {
        /// Which payout.
        payout: PayoutId,
        /// Which claim.
        claim: u32,
        /// How much.
        amount: Money,
        /// The decision.
        document: String,
    },
    /// A movement is money that came back for a claim (29).
    MatchClaim {
        /// The movement.
        line: Digest,
        /// Which payout.
        payout: PayoutId,
        /// Which claim.
        claim: u32,
    },
    /// Two movements are each other's reversal.
    MatchReversal {
        /// One.
        line: Digest,
        /// The other.
        other: Digest,
    },
    /// What a user may do.
    SetUser {
        /// The user as it is to be.
        user: User,
    },
    /// No more postings up to a day (33).
    ClosePeriod {
        /// Whose.
        bureau: BureauId,
        /// The last day of the period.
        until: Date,
    },
    /// A policy holds with another text, or ends. Its last signature is
    /// [`Command::Enact`](super::Command::Enact).
    PublishPolicy(Box<Publication>),
}

impl Action {
    /// Who must sign, in this order; always different persons.
    #[must_use]
    pub const fn roles(&self) -> &'static [Role] {
        match self {
            Self::GrantBudget { .. }
            | Self::Reissue { .. }
            | Self::Bar { .. }
            | Self::UnblockPayee { .. } => &[Role::Maker, Role::Checker],
            Self::ChangePayee { .. } => &[Role::Enterprise, Role::Checker],
            Self::ResolveObjection { .. } => &[Role::Checker, Role::Approver],
            Self::VoidBatch { .. } | Self::HandOver { .. } => {
                &[Role::PaymentMaker, Role::PaymentChecker]
            }
            Self::RuleUnknown { .. }
            | Self::CloseQuestion { .. }
            | Self::MatchClaim { .. }
            | Self::MatchReversal { .. } => &[Role::Reconciler, Role::Reconciler],
            Self::Cancel { .. }
            | Self::Clawback { .. }
            | Self::WithdrawClaim { .. }
            | Self::Offset { .. } => &[Role::Maker, Role::Checker, Role::Approver],
            Self::WriteOff { .. } => &[Role::Approver, Role::Approver],
            Self::SetUser { .. } => &[Role::SecurityAdministrator, Role::AuditAdministrator],
            Self::ClosePeriod { .. } => &[Role::Reconciler, Role::Approver],
            Self::PublishPolicy(_) => &[Role::Maker, Role::Approver],
        }
    }

    /// Its name in the books.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::GrantBudget { .. } => "GrantBudget",
            Self::ResolveObjection { .. } => "ResolveObjection",
            Self::ChangePayee { .. } => "ChangePayee",
            Self::VoidBatch { .. } => "VoidBatch",
            Self::HandOver { .. } => "HandOver",
            Self::RuleUnknown { .. } => "RuleUnknown",
            Self::CloseQuestion { .. } => "CloseQuestion",
            Self::Reissue { .. } => "Reissue",
            Self::Cancel { .. } => "Cancel",
            Self::Clawback { .. } => "Clawback",
            Self::Offset { .. } => "Offset",
            Self::WriteOff { .. } => "WriteOff",
            Self::Bar { .. } => "Bar",
            Self::UnblockPayee { .. } => "UnblockPayee",
            Self::WithdrawClaim { .. } => "WithdrawClaim",
            Self::MatchClaim { .. } => "MatchClaim",
            Self::MatchReversal { .. } => "MatchReversal",
            Self::SetUser { .. } => "SetUser",
            Self::ClosePeriod { .. } => "ClosePeriod",
            Self::PublishPolicy(_) => "PublishPolicy",
        }
    }

    /// The policy that is to be published or to end, where it is one.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        match self {
            Self::PublishPolicy(publication) => Some(&publication.policy),
            Self::GrantBudget { .. }
            | Self::ResolveObjection { .. }
            | Self::ChangePayee { .. }
            | Self::VoidBatch { .. }
            | Self::HandOver { .. }
            | Self::RuleUnknown { .. }
            | Self::CloseQuestion { .. }
            | Self::Reissue { .. }
            | Self::Cancel { .. }
            | Self::Clawback { .. }
            | Self::Offset { .. }
            | Self::WriteOff { .. }
            | Self::Bar { .. }
            | Self::UnblockPayee { .. }
            | Self::WithdrawClaim { .. }
            | Self::MatchClaim { .. }
            | Self::MatchReversal { .. }
            | Self::SetUser { .. }
            | Self::ClosePeriod { .. } => None,
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn chinese(&self) -> &'static str {
        match self {
            Self::GrantBudget { .. } => "下达指标",
            Self::ResolveObjection { .. } => "处理异议",
            Self::ChangePayee { .. } => "变更收款账户",
            Self::VoidBatch { .. } => "作废批次",
            Self::HandOver { .. } => "确认已送交银行",
            Self::RuleUnknown { .. } => "凭证认定未知支付",
            Self::CloseQuestion { .. } => "核销疑问",
            Self::Reissue { .. } => "重新支付",
            Self::Cancel { .. } => "取消兑付",
            Self::Clawback { .. } => "追回",
            Self::Offset { .. } => "抵扣",
            Self::WriteOff { .. } => "核销",
            Self::Bar { .. } => "限制申享",
            Self::UnblockPayee { .. } => "恢复付款",
            Self::WithdrawClaim { .. } => "撤回追回",
            Self::MatchClaim { .. } => "认领追回款",
            Self::MatchReversal { .. } => "认定冲正",
            Self::SetUser { .. } => "用户授权",
            Self::ClosePeriod { .. } => "结账",
            Self::PublishPolicy(publication) => match publication.text {
                Some(_) => "发布政策",
                None => "废止政策",
            },
        }
    }
}

/// Where a motion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MotionState {
    /// Waits for signatures.
    Open,
    /// Done.
    Carried,
    /// Taken back or turned down.
    Withdrawn,
}

/// One request that needs several people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Motion {
    /// Its name.
    pub id: MotionId,
    /// Whose bureau's people sign.
    pub bureau: BureauId,
    /// What is asked for.
    pub action: Action,
    /// Who has signed, in the order of [`Action::roles`].
    pub signatures: Vec<Signature>,
    /// Where it stands.
    pub state: MotionState,
    /// Who took it back or turned it down, and why: of publications, whose makers go on from
    /// there. Motions of other kinds are kept as they always were, so that old logs come to the
    /// same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<MotionEnd>,
}

/// Who ended a motion that was not carried, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MotionEnd {
    /// Who.
    pub person: PersonId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Moment,
}

impl Motion {
    /// The role that must sign next.
    #[must_use]
    pub fn next_role(&self) -> Option<Role> {
        self.action.roles().get(self.signatures.len()).copied()
    }
}
