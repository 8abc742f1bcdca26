//! What an order needs to see of the books.

use super::actor::Actor;
use super::command::{Award, Command, Order, SUPPLEMENTS_MAX, Subject};
use super::ids::EntitlementKey;
use super::motion::{Action, Finding};

impl Order {
    /// Everything that [`Books::execute`](super::Books::execute) may look at for this order; a
    /// part of the books with these gives the same as the whole.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let mut subjects = Vec::new();
        match &self.actor {
            Actor::System => {}
            Actor::User(user) => subjects.push(Subject::User(user.clone())),
            Actor::Delegate { user, of } => {
                subjects.extend([Subject::User(user.clone()), Subject::User(of.clone())]);
            }
            Actor::Assisted { clerk, .. } => subjects.push(Subject::User(clerk.clone())),
        }
        self.command.subjects(&mut subjects);
        subjects
    }
}

impl Command {
    fn subjects(&self, subjects: &mut Vec<Subject>) {
        match self {
            Self::Entitle(award) => award.subjects(subjects),
            Self::Propose { payout }
            | Self::Check { payout, .. }
            | Self::Approve { payout }
            | Self::SendBack { payout, .. }
            | Self::Drop { payout, .. }
            | Self::Object { payout, .. }
            | Self::EndNotice { payout }
            | Self::Confirm { payout, .. }
            | Self::Decline { payout }
            | Self::Remind { payout }
            | Self::Expire { payout }
            | Self::MarkUnknown { payout }
            | Self::Settle { payout } => subjects.push(Subject::Payout(payout.clone())),
            Self::Publish(notice) => {
                subjects.push(Subject::Notice(notice.id.clone()));
                subjects.extend(notice.payouts.iter().cloned().map(Subject::Payout));
            }
            Self::MakeBatch(batch) => {
                subjects.push(Subject::Payer(batch.payer.clone()));
                subjects.push(Subject::Batch(batch.id.clone()));
                subjects.extend(batch.payouts.iter().cloned().map(Subject::Payout));
            }
            Self::Unbatch { batch, .. }
            | Self::Seal { batch, .. }
            | Self::BeginSending { batch }
            | Self::Sent { batch, .. } => subjects.push(Subject::Batch(batch.clone())),
            Self::Answer { instruction, .. } => {
                subjects.push(Subject::Instruction(instruction.clone()));
            }
            Self::StrayLine {
                payer, reference, ..
            } => {
                let line = super::BankLine::id_of(payer, reference);
                subjects.extend([Subject::Payer(payer.clone()), Subject::BankLine(line)]);
            }
            Self::Recover { payout, line, .. } => subjects.extend([
                Subject::Payout(payout.clone()),
                Subject::BankLine(line.clone()),
            ]),
            Self::OpenMotion { motion, action } => {
                subjects.push(Subject::Motion(motion.clone()));
                subjects.extend(action.subjects());
            }
            Self::SignMotion { motion }
            | Self::Enact { motion, .. }
            | Self::WithdrawMotion { motion, .. } => {
                subjects.push(Subject::Motion(motion.clone()));
            }
            Self::BlockPayee { uscc, .. } => {
                subjects.extend([Subject::Payee(*uscc), Subject::Enterprise(*uscc)]);
            }
            Self::Delegate(lent) | Self::EndDelegation(lent) => subjects.extend([
                Subject::User(lent.of.clone()),
                Subject::User(lent.to.clone()),
            ]),
            Self::SetUp { user } => subjects.extend([
                Subject::User(user.id.clone()),
                Subject::Person(user.person.clone()),
            ]),
            Self::SetPayer(payer) => subjects.extend([
                Subject::Payer(payer.id.clone()),
                Subject::Line(payer.suspense.clone()),
            ]),
            Self::SetLine { line, .. } => subjects.push(Subject::Line(line.clone())),
            Self::Configure { bureau, .. } => subjects.push(Subject::Settings(bureau.clone())),
            Self::Suspend { user } => subjects.push(Subject::User(user.clone())),
        }
    }
}

impl Award {
    fn subjects(&self, subjects: &mut Vec<Subject>) {
        subjects.push(Subject::Line(self.line.clone()));
        let is_sane = self.key.supplement <= SUPPLEMENTS_MAX;
        let mut key: Option<EntitlementKey> = is_sane.then(|| self.key.clone());
        while let Some(one) = key {
            subjects.push(Subject::Payout(one.payout_id()));
            key = one.before();
        }
        subjects.push(Subject::Payee(self.key.uscc));
        if !self.knows.is_empty() {
            subjects.push(Subject::Enterprise(self.key.uscc));
        }
        subjects.extend(self.exclusive.clone().map(Subject::Exclusive));
    }
}

impl Action {
    /// What a motion of this kind needs to see.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        match self {
            Self::GrantBudget { line, .. } => vec![Subject::Line(line.clone())],
            Self::ResolveObjection {
                payout,
                finding: Finding::Changed(award),
                ..
            } => {
                let mut subjects = vec![Subject::Payout(payout.clone())];
                award.subjects(&mut subjects);
                subjects
            }
            Self::ResolveObjection {
                payout,
                finding: Finding::Unfounded | Finding::Founded,
                ..
            }
            | Self::RuleUnknown { payout, .. }
            | Self::CloseQuestion { payout, .. }
            | Self::Reissue { payout, .. }
            | Self::Cancel { payout, .. }
            | Self::Clawback { payout, .. }
            | Self::WithdrawClaim { payout, .. }
            | Self::WriteOff { payout, .. } => vec![Subject::Payout(payout.clone())],
            Self::ChangePayee { uscc, .. }
            | Self::Bar { uscc, .. }
            | Self::UnblockPayee { uscc, .. } => {
                vec![Subject::Payee(*uscc), Subject::Enterprise(*uscc)]
            }
            Self::VoidBatch { batch, .. } | Self::HandOver { batch, .. } => {
                vec![Subject::Batch(batch.clone())]
            }
            Self::Offset {
                payout, against, ..
            } => vec![
                Subject::Payout(payout.clone()),
                Subject::Payout(against.clone()),
            ],
            Self::MatchClaim { line, payout, .. } => vec![
                Subject::BankLine(line.clone()),
                Subject::Payout(payout.clone()),
            ],
            Self::MatchReversal { line, other } => vec![
                Subject::BankLine(line.clone()),
                Subject::BankLine(other.clone()),
            ],
            Self::SetUser { user } => vec![
                Subject::User(user.id.clone()),
                Subject::Person(user.person.clone()),
            ],
            Self::ClosePeriod { bureau, .. } => vec![Subject::Settings(bureau.clone())],
            Self::PublishPolicy(_) => vec![Subject::Policies],
        }
    }
}
