//! Policies as two people have put them in force: which text of each holds from which day.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use zhida_policies::values::Date;

use super::actor::Signature;
use super::ids::{BureauId, Digest, MotionId, PersonId};

/// What is to become of a policy. The text is frozen by its digest: what was proposed is what is
/// approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Whose people decide.
    pub bureau: BureauId,
    /// The policy, by its name in the library.
    pub policy: String,
    /// What people call it.
    pub title: String,
    /// The text that was the last when this was proposed; nothing for a policy that had none.
    pub base: Option<Digest>,
    /// The text that is to hold; nothing where the policy is to end.
    pub text: Option<Digest>,
    /// The day from which it holds; the day of the approval where nothing is said.
    pub from: Option<Date>,
    /// Why.
    pub reason: String,
    /// Who has written at the text: none of them may approve it.
    pub authors: BTreeSet<PersonId>,
    /// The versions that would hold from a later day than this one, by number: this one takes
    /// their place, and they never hold. Where there are none, the field is not kept, so that old
    /// logs come to the same bytes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub replaces: BTreeSet<u32>,
}

/// One version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// Its number: 1 is the first that was published by two people.
    pub number: u32,
    /// The text that it took the place of; nothing where there was none.
    pub base: Option<Digest>,
    /// Its text; nothing where the policy ends.
    pub text: Option<Digest>,
    /// The first day on which it holds.
    pub from: Date,
    /// Why it was published.
    pub reason: String,
    /// The motion that put it in force.
    pub motion: MotionId,
    /// How many publications there were before it: what the check of it knew.
    pub edition: u32,
    /// The digest of all policies together, as they were checked with it.
    pub library: Digest,
    /// Who proposed and who approved it.
    pub signatures: Vec<Signature>,
}

/// All versions of one policy that were published by two people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// Its name in the library.
    pub policy: String,
    /// The bureau that publishes it.
    pub bureau: BureauId,
    /// What people call it.
    pub title: String,
    /// Its versions in the order of their approval. One that holds from an earlier day than one
    /// before it has taken that one's place.
    pub versions: Vec<PolicyVersion>,
}

impl PolicyRecord {
    /// The version that was published last, whether it holds already or not.
    #[must_use]
    pub fn last(&self) -> Option<&PolicyVersion> {
        self.versions.last()
    }

    /// The text of a version; that of number 0 is what the first version took the place of.
    #[must_use]
    pub fn text(&self, number: u32) -> Option<&Digest> {
        match number {
            0 => self.versions.first()?.base.as_ref(),
            _ => {
                let mut versions = self.versions.iter();
                let found = versions.find(|version| version.number == number);
                found?.text.as_ref()
            }
        }
    }

    /// The versions that are to hold from a later day than this one, the first of them first; not
    /// those whose place was taken.
    #[must_use]
    pub fn coming(&self, day: Date) -> Vec<&PolicyVersion> {
        let mut earliest: Option<Date> = None;
        let mut found = Vec::new();
        for version in self.versions.iter().rev() {
            if earliest.is_some_and(|earliest| earliest <= version.from) {
                continue;
            }
            earliest = Some(version.from);
            if version.from > day {
                found.push(version);
            }
        }
        found.reverse();
        found
    }

    /// The text that versions which do not hold yet would follow on; that of number 0 where they
    /// are the first.
    #[must_use]
    pub fn before(&self, replaced: &BTreeSet<u32>) -> Option<&Digest> {
        let mut versions = self.versions.iter();
        let first = versions.find(|version| replaced.contains(&version.number));
        let earlier = self.versions.iter().rev().find(|version| {
            first.is_some_and(|first| version.number < first.number && version.from <= first.from)
        });
        self.text(earlier.map_or(0, |earlier| earlier.number))
    }

    /// Whether another version took the place of this one before its day came.
    #[must_use]
    pub fn was_replaced(&self, number: u32) -> bool {
        let from = |wanted: u32| {
            let mut versions = self.versions.iter();
            let found = versions.find(|version| version.number == wanted);
            found.map(|version| version.from)
        };
        let own = from(number);
        let mut later = self.versions.iter();
        later.any(|version| version.number > number && own.is_some_and(|own| version.from < own))
    }

    /// The version that holds on a day; none before the first.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&PolicyVersion> {
        self.versions
            .iter()
            .rev()
            .find(|version| version.from <= day)
    }
}
