//! Policies put in force by two people.
//!
//! # Shape
//! Whether a text is sound is not known here. Whoever approves has checked all policies together
//! as they were after so many publications, and says so; another publication in between makes his
//! check worthless, and the approval is refused.

use super::has_reason;
use crate::payouts::actor::Signature;
use crate::payouts::draft::Draft;
use crate::payouts::ids::{Digest, MotionId};
use crate::payouts::motion::{Action, MotionState};
use crate::payouts::policy::{PolicyRecord, PolicyVersion, Publication};
use crate::payouts::refusal::Refusal;

use zhida_policies::values::Date;

impl Draft<'_> {
    /// The last signature under a publication, by somebody who has checked all policies with it.
    pub(in crate::payouts) fn enact(
        &mut self,
        id: &MotionId,
        edition: u32,
        library: &Digest,
    ) -> Result<(), Refusal> {
        let motion = self.open_motion_of(id)?;
        let Action::PublishPolicy(publication) = &motion.action else {
            return Err(Refusal::NoSuchThing(format!("政策发布提议{id}")));
        };
        let signature = self.signature_for(&motion)?;
        let now = self.books.edition();
        if edition != now {
            return Err(Refusal::PoliciesMoved {
                policy: publication.policy.clone(),
            });
        }
        let from = self.check_publication(publication)?;
        let mut signatures = motion.signatures.clone();
        signatures.push(signature.clone());
        let record = self.policy_record(publication);
        let number = u32::try_from(record.versions.len()).unwrap_or(u32::MAX);
        record.title.clone_from(&publication.title);
        record.versions.push(PolicyVersion {
            number: number.saturating_add(1),
            base: publication.base.clone(),
            text: publication.text.clone(),
            from,
            reason: publication.reason.clone(),
            motion: id.clone(),
            edition,
            library: library.clone(),
            signatures,
        });
        let motion = self.motion(id)?;
        motion.signatures.push(signature);
        motion.state = MotionState::Carried;
        Ok(())
    }

    /// Refuses a publication that could not be carried out today; the day from which it holds.
    pub(in crate::payouts) fn check_publication(
        &self,
        publication: &Publication,
    ) -> Result<Date, Refusal> {
        has_reason(&publication.reason)?;
        let today = self.today();
        let from = publication.from.unwrap_or(today);
        if from < today {
            return Err(Refusal::DatesDisagree(format!(
                "拟自{from}起施行，而今天是{today}；请退回，另提施行日期"
            )));
        }
        if publication.text == publication.base {
            return Err(Refusal::AlreadyThere(format!(
                "政策“{}”的这一文本",
                publication.policy
            )));
        }
        let Some(record) = self.books.policies.get(&publication.policy) else {
            return Ok(from);
        };
        if record.bureau != publication.bureau {
            return Err(Refusal::NoSuchThing(format!(
                "由“{}”发布的政策“{}”",
                publication.bureau, publication.policy
            )));
        }
        let Some(last) = record.last() else {
            return Ok(from);
        };
        if last.text != publication.base {
            return Err(Refusal::PoliciesMoved {
                policy: publication.policy.clone(),
            });
        }
        if from < last.from {
            return Err(Refusal::DatesDisagree(format!(
                "上一版自{}起施行，这一版不能更早",
                last.from
            )));
        }
        Ok(from)
    }

    /// Refuses whoever has written at the text, except that he proposes it.
    pub(in crate::payouts) fn refuse_author(
        signature: &Signature,
        publication: &Publication,
    ) -> Result<(), Refusal> {
        let mut persons = signature.persons();
        match persons.find(|person| publication.authors.contains(*person)) {
            None => Ok(()),
            Some(_) => Err(Refusal::SamePerson {
                person: signature.person.clone(),
                step: "起草政策文本".to_owned(),
            }),
        }
    }

    fn policy_record(&mut self, publication: &Publication) -> &mut PolicyRecord {
        let known = self.books.policies.get(&publication.policy);
        let record = self.policies.entry(publication.policy.clone());
        record.or_insert_with(|| {
            known.cloned().unwrap_or_else(|| PolicyRecord {
                policy: publication.policy.clone(),
                bureau: publication.bureau.clone(),
                title: publication.title.clone(),
                versions: Vec::new(),
            })
        })
    }
}
