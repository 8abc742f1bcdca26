//! Which policies held together at some time: what a sweep of before may have been made with.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{Digest, PolicyRecord, PolicyVersion};
use zhida_engine::replay::SealedText;
use zhida_policies::check::PolicyText;
use zhida_policies::values::Date;

use crate::arguments::Common;
use crate::failure::Failure;
use crate::library;
use crate::publishing::records;
use crate::publishing::shelf::id_of;
use crate::store::Store;

/// Whether texts were all the policies there were, at some time until a day. What is approved for
/// later days has never held.
///
/// # Errors
/// What cannot be read.
pub(crate) async fn once_held(
    store: &Store,
    common: &Common,
    texts: &[SealedText],
    until: Date,
) -> Result<bool, Failure> {
    let records = records(store).await?;
    let wanted = texts.iter().map(|text| Digest::new(&text.sha256));
    let mut wanted: Vec<Digest> = wanted.collect();
    wanted.sort();
    let today = library::policies(common)?;
    Ok(is_one_of(&today, &records, &wanted, until))
}

/// Whether the digests, in order, are those of all policies at one of the times when they changed,
/// until a day. What nobody has published is as it is among the texts of today.
fn is_one_of(
    today: &[PolicyText],
    records: &[PolicyRecord],
    wanted: &[Digest],
    until: Date,
) -> bool {
    let mut base: BTreeMap<String, Digest> = today
        .iter()
        .map(|text| (id_of(text).unwrap_or_else(|| text.path.clone()), text))
        .map(|(id, text)| (id, Digest::of(&text.bytes)))
        .collect();
    for record in records {
        match record.versions.first().map(|version| &version.base) {
            Some(Some(text)) => drop(base.insert(record.policy.clone(), text.clone())),
            Some(None) => drop(base.remove(&record.policy)),
            None => {}
        }
    }
    times(records)
        .into_iter()
        .filter(|(_, day)| *day <= until)
        .any(|(editions, day)| held(&base, records, (editions, day)) == wanted)
}

/// The times at which the policies changed: how many publications there were, and the day. A
/// publication may change them at once, and on every later day from which a version holds.
fn times(records: &[PolicyRecord]) -> Vec<(u32, Date)> {
    let versions = || records.iter().flat_map(|record| &record.versions);
    let mut approved: Vec<(u32, Date)> = versions()
        .filter_map(|version| Some((version.edition, approved_on(version)?)))
        .collect();
    approved.sort();
    let days: BTreeSet<Date> = versions().map(|version| version.from).collect();
    let mut times = Vec::new();
    // Before the first there was only what the program has.
    if let Some((_, first)) = approved.first() {
        times.push((0, *first));
    }
    for (place, (edition, since)) in approved.iter().enumerate() {
        let until = place.checked_add(1).and_then(|next| approved.get(next));
        let editions = edition.saturating_add(1);
        times.push((editions, *since));
        let later = days
            .iter()
            .filter(|day| *day > since && until.is_none_or(|(_, until)| *day <= until));
        times.extend(later.map(|day| (editions, *day)));
    }
    times
}

fn approved_on(version: &PolicyVersion) -> Option<Date> {
    let last = version.signatures.iter().map(|signature| signature.at);
    last.max().map(|at| at.business_date())
}

/// The digests of all policies at a time, in order.
fn held(
    base: &BTreeMap<String, Digest>,
    records: &[PolicyRecord],
    (editions, day): (u32, Date),
) -> Vec<Digest> {
    let mut texts: BTreeMap<&str, &Digest> = BTreeMap::new();
    texts.extend(base.iter().map(|(id, digest)| (id.as_str(), digest)));
    for record in records {
        let mut versions = record.versions.iter().rev();
        let version = versions.find(|one| one.edition < editions && one.from <= day);
        match version.map(|version| &version.text) {
            Some(Some(text)) => drop(texts.insert(&record.policy, text)),
            Some(None) => drop(texts.remove(record.policy.as_str())),
            None => {}
        }
    }
    let mut digests: Vec<Digest> = texts.into_values().cloned().collect();
    digests.sort();
    digests
}

#[cfg(test)]
mod tests {
    use zhida_engine::payouts::{BureauId, Moment, MotionId, PersonId, Role, Signature, UserId};

    use super::*;

    fn text(id: &str, content: &str) -> PolicyText {
        PolicyText {
            path: format!("{id}.md"),
            bytes: content.as_bytes().to_vec(),
        }
    }

    fn day(day: i8) -> Date {
        Date::new(2026, 7, day).unwrap()
    }

    /// A version that was approved on a day of July and holds from another.
    #[expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
    fn version(edition: u32, approved: i8, from: i8, texts: [Option<&str>; 2]) -> PolicyVersion {
        let [base, content] = texts.map(|text| text.map(|content| Digest::of(content.as_bytes())));
        // 30 June 2026, 09:00 in Beijing, in seconds.
        let june = 1_782_781_200i64;
        PolicyVersion {
            number: edition + 1,
            base,
            text: content,
            from: day(from),
            reason: String::new(),
            motion: MotionId::new("M"),
            edition,
            library: Digest::of(b""),
            signatures: vec![Signature {
                role: Role::Approver,
                user: UserId::new("u"),
                person: PersonId::new("p"),
                in_place_of: None,
                at: Moment((june + i64::from(approved) * 86_400) * 1_000_000),
            }],
        }
    }

    fn record(policy: &str, versions: Vec<PolicyVersion>) -> PolicyRecord {
        PolicyRecord {
            policy: policy.to_owned(),
            bureau: BureauId::new("b"),
            title: String::new(),
            versions,
        }
    }

    fn digests(contents: &[&str]) -> Vec<Digest> {
        let digests = contents
            .iter()
            .map(|content| Digest::of(content.as_bytes()));
        let mut digests: Vec<Digest> = digests.collect();
        digests.sort();
        digests
    }

    /// On 1 July `a` gets a text for the 10th, on 5 July `b` one at once, on 20 July `a` ends.
    #[test]
    fn only_what_held_together_is_known() {
        // What holds today says nothing of what held before.
        let today = [text("b", "b1"), text("c", "c0")];
        let records = [
            record(
                "a.md",
                vec![
                    version(0, 1, 10, [Some("a0"), Some("a1")]),
                    version(2, 20, 20, [Some("a1"), None]),
                ],
            ),
            record("b.md", vec![version(1, 5, 5, [Some("b0"), Some("b1")])]),
        ];
        let held_until =
            |until: Date, contents: &[&str]| is_one_of(&today, &records, &digests(contents), until);
        let held = |contents: &[&str]| held_until(day(31), contents);
        for contents in [&["a0", "b0"], &["a0", "b1"], &["a1", "b1"]] {
            assert!(held(&[contents, &["c0"][..]].concat()), "{contents:?}");
        }
        assert!(held(&["b1", "c0"]));
        // The second text of `a` began after that of `b`, and `b` was never without it again.
        for contents in [
            &["a1", "b0", "c0"][..],
            &["b0", "c0"],
            &["c0"],
            &["a0", "b0"],
            &[],
        ] {
            assert!(!held(contents), "{contents:?}");
        }
        // What is approved for the 10th has held from the 10th on.
        let approved = ["a1", "b1", "c0"];
        assert!(!held_until(day(9), &approved));
        assert!(held_until(day(10), &approved));
        assert!(!held_until(day(3), &["a1", "b0", "c0"]));
        assert!(held_until(day(3), &["a0", "b0", "c0"]));
    }
}
