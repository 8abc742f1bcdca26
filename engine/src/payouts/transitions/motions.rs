//! What needs several people, up to the last signature.

use super::has_reason;
use crate::payouts::actor::{Actor, Role, Signature};
use crate::payouts::draft::Draft;
use crate::payouts::ids::{BureauId, MotionId};
use crate::payouts::motion::{Action, Motion, MotionEnd, MotionState};
use crate::payouts::refusal::Refusal;
use crate::payouts::signing::{refuse_same_person, refuse_same_person_as};

impl Draft<'_> {
    pub(in crate::payouts) fn open_motion(
        &mut self,
        id: &MotionId,
        action: &Action,
    ) -> Result<(), Refusal> {
        if self.books.motions.contains_key(id) {
            return Err(Refusal::AlreadyThere(format!("会签事项{id}")));
        }
        let bureau = self.bureau_of(action)?;
        let mut motion = Motion {
            id: id.clone(),
            bureau,
            action: action.clone(),
            signatures: Vec::new(),
            state: MotionState::Open,
            ended: None,
        };
        let signature = self.signature_for(&motion)?;
        self.could_carry(action, &signature)?;
        motion.signatures.push(signature);
        self.motions.insert(id.clone(), motion);
        Ok(())
    }

    pub(in crate::payouts) fn sign_motion(&mut self, id: &MotionId) -> Result<(), Refusal> {
        let motion = self.open_motion_of(id)?;
        if let Action::PublishPolicy(_) = &motion.action {
            return Err(Refusal::NeedsACheck(id.clone()));
        }
        let signature = self.signature_for(&motion)?;
        let motion = self.motion(id)?;
        motion.signatures.push(signature);
        if motion.next_role().is_some() {
            return Ok(());
        }
        motion.state = MotionState::Carried;
        let (action, signatures) = (motion.action.clone(), motion.signatures.clone());
        self.carry(&action, &signatures)
    }

    /// Taken back by one who signed, or turned down by one who could.
    pub(in crate::payouts) fn withdraw_motion(
        &mut self,
        id: &MotionId,
        reason: &str,
    ) -> Result<(), Refusal> {
        has_reason(reason)?;
        let motion = self.open_motion_of(id)?;
        let own = match &self.order.actor {
            Actor::User(user) => {
                self.active(user)?;
                let mut signed = motion.signatures.iter();
                signed.find(|other| other.user == *user).cloned()
            }
            Actor::Delegate { .. } | Actor::Assisted { .. } | Actor::System => None,
        };
        let by = match own {
            Some(signature) => signature.person,
            None => self.signature_for(&motion)?.person,
        };
        let at = self.order.at;
        let motion = self.motion(id)?;
        motion.state = MotionState::Withdrawn;
        if let Action::PublishPolicy(_) = &motion.action {
            motion.ended = Some(MotionEnd {
                person: by,
                reason: reason.to_owned(),
                at,
            });
        }
        Ok(())
    }

    /// A motion that is still open.
    pub(super) fn open_motion_of(&self, id: &MotionId) -> Result<Motion, Refusal> {
        let motion = self.books.motions.get(id);
        let motion = motion.ok_or_else(|| Refusal::NoSuchMotion(id.clone()))?;
        match motion.state {
            MotionState::Open => Ok(motion.clone()),
            MotionState::Carried | MotionState::Withdrawn => Err(Refusal::MotionEnded(id.clone())),
        }
    }

    /// The next signature, by somebody who has not signed and is not concerned himself.
    pub(super) fn signature_for(&self, motion: &Motion) -> Result<Signature, Refusal> {
        let Some(role) = motion.next_role() else {
            return Err(Refusal::MotionEnded(motion.id.clone()));
        };
        let signature = match (&motion.action, role) {
            // An enterprise asks for its own account, or a maker does in its place.
            (Action::ChangePayee { uscc, .. }, Role::Enterprise) => self
                .sign_for(uscc)
                .or_else(|_| self.sign(Role::Maker, &motion.bureau))?,
            _ => self.sign(role, &motion.bureau)?,
        };
        refuse_same_person(&signature, &motion.signatures, motion.action.chinese())?;
        self.refuse_concerned(&signature, &motion.action)?;
        Ok(signature)
    }

    /// Refuses who has a part in the matter that excludes this one.
    fn refuse_concerned(&self, signature: &Signature, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::SetUser { user } => {
                let mut persons = signature.persons();
                if persons.any(|person| *person == user.person) {
                    return Err(Refusal::SamePerson {
                        person: signature.person.clone(),
                        step: "不能为本人授权".to_owned(),
                    });
                }
                Ok(())
            }
            // A finding on an award is checked by another than its maker, and approved by another
            // than both.
            Action::ResolveObjection { payout, .. } => {
                let others: &[Role] = if signature.role == Role::Approver {
                    &[Role::Maker, Role::Checker]
                } else {
                    &[Role::Maker]
                };
                let earlier = &self.see(payout)?.signatures;
                refuse_same_person_as(others, signature, earlier, "兑付事项")
            }
            // Who wrote at a text may ask for it, and no more.
            Action::PublishPolicy(publication) if signature.role == Role::Approver => {
                Self::refuse_author(signature, publication)
            }
            Action::VoidBatch { batch, .. } | Action::HandOver { batch, .. } => {
                let known = self.books.batches.get(batch);
                let known = known.ok_or_else(|| Refusal::NoSuchBatch(batch.clone()))?;
                self.refuse_other_half(signature, known)
            }
            Action::PublishPolicy(_)
            | Action::GrantBudget { .. }
            | Action::ChangePayee { .. }
            | Action::RuleUnknown { .. }
            | Action::CloseQuestion { .. }
            | Action::Reissue { .. }
            | Action::Cancel { .. }
            | Action::Clawback { .. }
            | Action::WithdrawClaim { .. }
            | Action::UnblockPayee { .. }
            | Action::Offset { .. }
            | Action::WriteOff { .. }
            | Action::Bar { .. }
            | Action::MatchClaim { .. }
            | Action::MatchReversal { .. }
            | Action::ClosePeriod { .. } => Ok(()),
        }
    }

    /// Whose people sign.
    fn bureau_of(&self, action: &Action) -> Result<BureauId, Refusal> {
        let of_line = |id| {
            let line = self.books.bank_lines.get(id);
            let payer = line.and_then(|line| self.books.payers.get(&line.payer));
            let bureau = payer.map(|payer| payer.bureau.clone());
            bureau.ok_or_else(|| Refusal::NoSuchThing(format!("未达款{id}")))
        };
        match action {
            Action::GrantBudget { line, .. } => {
                let known = self.books.lines.get(line);
                let bureau = known.map(|line| line.bureau.clone());
                bureau.ok_or_else(|| Refusal::NoSuchLine(line.clone()))
            }
            Action::ResolveObjection { payout, .. }
            | Action::RuleUnknown { payout, .. }
            | Action::CloseQuestion { payout, .. }
            | Action::Reissue { payout, .. }
            | Action::Cancel { payout, .. }
            | Action::Clawback { payout, .. }
            | Action::WithdrawClaim { payout, .. }
            | Action::Offset { payout, .. }
            | Action::WriteOff { payout, .. } => Ok(self.see(payout)?.key.bureau.clone()),
            Action::VoidBatch { batch, .. } | Action::HandOver { batch, .. } => {
                let known = self.books.batches.get(batch);
                let bureau = known.map(|batch| batch.bureau.clone());
                bureau.ok_or_else(|| Refusal::NoSuchBatch(batch.clone()))
            }
            Action::MatchClaim { line, .. } | Action::MatchReversal { line, .. } => of_line(line),
            Action::SetUser { user } => Ok(user.bureau.clone()),
            Action::ClosePeriod { bureau, .. } => Ok(bureau.clone()),
            Action::PublishPolicy(publication) => Ok(publication.bureau.clone()),
            Action::UnblockPayee { of, .. } => self.bureau_of_block(of.as_ref()),
            // An enterprise belongs to no bureau: it turns to the one that it was set up with.
            Action::ChangePayee { .. } | Action::Bar { .. } => self.bureau_of_actor(),
        }
    }
}
