//! The policies of a day: what the program or `--policies` has, and what was published over it.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use zhida_engine::payouts::{Digest, PolicyRecord, PolicyVersion};
use zhida_policies::check::PolicyText;
use zhida_policies::document::Document;
use zhida_policies::values::Date;

use crate::arguments::Common;
use crate::failure::Failure;
use crate::library;
use crate::payouts::desk::Desk;
use crate::publishing::records;
use crate::store::Store;
use crate::store::encoding::hex;

/// The folder of published policies, below the data folder.
const FOLDER: &str = "published";
/// The name of the vocabulary beside policies.
const VOCABULARY: &str = "vocabulary.toml";

/// Everything that the policies of any day are put together of.
pub(crate) struct Shelf {
    base: Vec<PolicyText>,
    /// What was published, by name.
    pub(crate) records: Vec<PolicyRecord>,
    texts: BTreeMap<Digest, Vec<u8>>,
    /// How many publications there were.
    pub(crate) edition: u32,
}

impl Shelf {
    /// Reads everything; the bytes of each text are checked against their digest.
    ///
    /// # Errors
    /// What cannot be read, or is not what was recorded.
    pub(crate) async fn open(store: &Store, base: &Common) -> Result<Self, Failure> {
        let records = records(store).await?;
        let mut texts = BTreeMap::new();
        let versions = records.iter().flat_map(|record| &record.versions);
        let mut edition = 0u32;
        for version in versions {
            edition = edition.saturating_add(1);
            if let Some(text) = &version.text
                && !texts.contains_key(text)
            {
                texts.insert(text.clone(), store.fetch(text).await?);
            }
        }
        Ok(Self {
            base: library::policies(base)?,
            records,
            texts,
            edition,
        })
    }

    /// The policies of a day, by path.
    pub(crate) fn on(&self, day: Date) -> Vec<PolicyText> {
        let mut texts = self.base.clone();
        for record in &self.records {
            if let Some(version) = record.on(day) {
                place(&mut texts, &record.policy, self.bytes(version));
            }
        }
        texts
    }

    /// The text of a version; nothing where the policy ends with it.
    pub(crate) fn bytes(&self, version: &PolicyVersion) -> Option<&[u8]> {
        let text = version.text.as_ref()?;
        self.texts.get(text).map(Vec::as_slice)
    }

    /// What was published of a policy.
    pub(crate) fn record(&self, policy: &str) -> Option<&PolicyRecord> {
        self.records.iter().find(|record| record.policy == policy)
    }

    /// The text that a change of a policy begins from: the last published one, whether it holds
    /// already or not; what the program has where nothing was published.
    pub(crate) fn last(&self, policy: &str) -> Option<&[u8]> {
        match self.record(policy).and_then(PolicyRecord::last) {
            Some(version) => self.bytes(version),
            None => text_of(&self.base, policy).map(|text| text.bytes.as_slice()),
        }
    }

    /// The days from one on at which the policies change, the day itself first.
    pub(crate) fn days_from(&self, day: Date) -> Vec<Date> {
        let versions = self.records.iter().flat_map(|record| &record.versions);
        let later = versions.map(|version| version.from);
        let mut days: Vec<Date> = later.filter(|from| *from > day).collect();
        days.push(day);
        days.sort();
        days.dedup();
        days
    }
}

/// The name that a policy text gives itself.
pub(crate) fn id_of(text: &PolicyText) -> Option<String> {
    let document = Document::read_bytes(&text.bytes).document;
    document.front_matter().map(|front| front.id.value.clone())
}

fn text_of<'a>(texts: &'a [PolicyText], policy: &str) -> Option<&'a PolicyText> {
    let mut texts = texts.iter();
    texts.find(|text| id_of(text).is_some_and(|id| id == policy))
}

/// Puts the text of a policy in the place of the one that it had, or takes it out.
pub(crate) fn place(texts: &mut Vec<PolicyText>, policy: &str, bytes: Option<&[u8]>) {
    let found = texts
        .iter()
        .position(|text| id_of(text).is_some_and(|id| id == policy));
    match (found, bytes) {
        (Some(at), Some(bytes)) => {
            if let Some(text) = texts.get_mut(at) {
                bytes.clone_into(&mut text.bytes);
            }
        }
        (Some(at), None) => drop(texts.remove(at)),
        (None, Some(bytes)) => texts.push(PolicyText {
            path: format!("{FOLDER}/{policy}.md"),
            bytes: bytes.to_vec(),
        }),
        (None, None) => {}
    }
    texts.sort_by(|left, right| left.path.cmp(&right.path));
}

/// The policies of commands, with some texts in the place of those of the same names.
///
/// # Errors
/// What cannot be read.
pub(crate) fn texts_with(
    common: &Common,
    changed: &[(String, String)],
) -> Result<Vec<PolicyText>, Failure> {
    let mut texts = library::policies(common)?;
    for (policy, text) in changed {
        place(&mut texts, policy, Some(text.as_bytes()));
    }
    Ok(texts)
}

/// Whether a text can be the name of a policy that is published: names become file names and
/// parts of addresses, where `new` is for those that have none yet.
pub(crate) fn is_name(id: &str) -> bool {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_';
    (1..=100).contains(&id.len()) && id != "new" && id.chars().all(is_plain)
}

/// The policies that hold on a day.
pub(crate) struct InForce {
    /// How commands find them.
    pub(crate) common: Common,
    /// How many publications there were.
    pub(crate) edition: u32,
}

/// The policies that hold on a day, written into their folder where anything was published.
///
/// # Errors
/// What cannot be read or written; a folder that was changed since.
pub(crate) async fn in_force(
    store: &Store,
    base: &Common,
    data: &Path,
    today: Date,
) -> Result<InForce, Failure> {
    let records = records(store).await?;
    let all = records.iter().map(|record| record.versions.len());
    let edition = u32::try_from(all.fold(0usize, usize::saturating_add)).unwrap_or(u32::MAX);
    if records.iter().all(|record| record.on(today).is_none()) {
        let common = Common::with(base.policies.clone(), base.vocabulary.clone());
        return Ok(InForce { common, edition });
    }
    let shelf = Shelf::open(store, base).await?;
    let edition = shelf.edition;
    let texts = shelf.on(today).into_iter();
    let mut files: Vec<(String, Vec<u8>)> = texts.map(|text| (text.path, text.bytes)).collect();
    let vocabulary = library::vocabulary_text(base)?;
    files.push((VOCABULARY.to_owned(), vocabulary.into_bytes()));
    let mut hash = Sha256::new();
    for (path, bytes) in &files {
        for part in [path.as_bytes(), bytes.as_slice()] {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            hash.update(length.to_be_bytes());
            hash.update(part);
        }
    }
    let digest = hex(&hash.finalize());
    let short = digest.get(..16).unwrap_or_default();
    let folder = data.join(FOLDER).join(format!("{edition:06}-{short}"));
    store.shelve(&folder, &files)?;
    Ok(InForce {
        common: Common::with(Some(folder), base.vocabulary.clone()),
        edition,
    })
}

/// The policies that commands at a desk work with: what was published in this data folder goes
/// before what the program has.
///
/// # Errors
/// As [`in_force`].
pub(crate) fn at_desk(desk: &Desk, base: &Common, data: &Path) -> Result<Common, Failure> {
    let data = std::path::absolute(data).map_err(|error| Failure::file(data, "定位", &error))?;
    let today = desk.at.business_date();
    let held = desk
        .handle()
        .block_on(in_force(&desk.store, base, &data, today))?;
    Ok(held.common)
}
