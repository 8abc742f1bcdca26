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
        // What was to hold later may be brought forward.
        if publication.text == publication.base && publication.replaces.is_empty() {
            return Err(Refusal::AlreadyThere(format!(
                "政策“{}”的这一文本",
                publication.policy
            )));
        }
        let record = self.books.policies.get(&publication.policy);
        let Some(record) = record else {
            return match publication.replaces.is_empty() {
                true => Ok(from),
                false => Err(replaces_others(publication, &[], from)),
            };
        };
        if record.bureau != publication.bureau {
            return Err(Refusal::NoSuchThing(format!(
                "由“{}”发布的政策“{}”",
                publication.bureau, publication.policy
            )));
        }
        if record
            .last()
            .is_some_and(|last| last.text != publication.base)
        {
            return Err(Refusal::PoliciesMoved {
                policy: publication.policy.clone(),
            });
        }
        // What would hold later is never undone unseen: all of it is named, and nothing else.
        let coming = record.coming(from);
        let numbers = coming.iter().map(|version| version.number);
        if !numbers.eq(publication.replaces.iter().copied()) {
            return Err(replaces_others(publication, &coming, from));
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

/// The versions that a publication takes the place of are not those that it names.
fn replaces_others(publication: &Publication, coming: &[&PolicyVersion], from: Date) -> Refusal {
    let versions = coming
        .iter()
        .map(|version| format!("第{}版（自{}起）", version.number, version.from));
    let versions: Vec<String> = versions.collect();
    let named: Vec<String> = publication.replaces.iter().map(u32::to_string).collect();
    Refusal::DatesDisagree(match (versions.is_empty(), named.is_empty()) {
        (true, _) => format!(
            "拟取代第{}版，而{from}以后没有尚未施行的版本；请核对后重新提出",
            named.join("、")
        ),
        (false, true) => format!(
            "{}尚未施行，这一版拟自{from}起施行，不能更早；确要提前，须写明取代它",
            versions.join("、")
        ),
        (false, false) => format!(
            "拟取代第{}版，而{from}以后将施行的是{}；请核对后重新提出",
            named.join("、"),
            versions.join("、")
        ),
    })
}
