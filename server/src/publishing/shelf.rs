//! The policies of a day: what the program or `--policies` has, and what was published over it.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use zhida_engine::payouts::{Digest, PolicyRecord, PolicyVersion};
use zhida_policies::check::PolicyText;
use zhida_policies::document::Document;
use zhida_policies::values::Date;

use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::library;
use crate::payouts::desk::Desk;
use crate::publishing::records;
use crate::store::Store;
use crate::store::encoding::hex;

/// The folder of published policies, below the data folder.
const FOLDER: &str = "published";
/// The name of the vocabulary beside policies.
const VOCABULARY: &str = "vocabulary.toml";

/// Everything that the policies of a day and of later days are put together of.
pub(crate) struct Shelf {
    base: Vec<PolicyText>,
    /// What the texts of the base call themselves, in their order.
    names: Vec<Option<String>>,
    /// What was published, by name.
    pub(crate) records: Vec<PolicyRecord>,
    texts: BTreeMap<Digest, Vec<u8>>,
    /// How many publications there were.
    pub(crate) edition: u32,
}

impl Shelf {
    /// Reads what holds on a day or later, and the last text of each policy; the bytes of each
    /// text are checked against their digest.
    ///
    /// # Errors
    /// What cannot be read, or is not what was recorded.
    pub(crate) async fn open(store: &Store, base: &Common, since: Date) -> Result<Self, Failure> {
        let records = records(store).await?;
        let mut texts = BTreeMap::new();
        let mut edition = 0u32;
        for record in &records {
            let count = u32::try_from(record.versions.len()).unwrap_or(u32::MAX);
            edition = edition.saturating_add(count);
            let held = record.on(since).into_iter().chain(record.last());
            for version in held.chain(record.coming(since)) {
                if let Some(text) = &version.text
                    && !texts.contains_key(text)
                {
                    texts.insert(text.clone(), store.fetch(text).await?);
                }
            }
        }
        let base = library::policies(base)?;
        Ok(Self {
            names: base.iter().map(id_of).collect(),
            base,
            records,
            texts,
            edition,
        })
    }

    /// The policies of a day, by path.
    ///
    /// # Errors
    /// A day before the one from which on they were read.
    pub(crate) fn on(&self, day: Date) -> Result<Vec<PolicyText>, Failure> {
        Ok(replaced(&self.base, &self.names, self.changes(day)?))
    }

    /// The policies of a day, one of them with another text, or left out.
    ///
    /// # Errors
    /// As [`on`](Self::on).
    pub(crate) fn on_with(
        &self,
        day: Date,
        policy: &str,
        text: Option<&[u8]>,
    ) -> Result<Vec<PolicyText>, Failure> {
        let mut changes = self.changes(day)?;
        changes.insert(policy, text);
        Ok(replaced(&self.base, &self.names, changes))
    }

    /// What was published over the base, and holds on a day.
    fn changes(&self, day: Date) -> Result<Changes<'_>, Failure> {
        let held = self.records.iter().filter_map(|record| {
            let version = record.on(day)?;
            let text = self.bytes(version);
            Some(text.map(|text| (record.policy.as_str(), text)))
        });
        held.collect()
    }

    /// The text of a version; nothing where the policy ends with it.
    ///
    /// # Errors
    /// A version that did not hold any more on the day from which on texts were read.
    fn bytes(&self, version: &PolicyVersion) -> Result<Option<&[u8]>, Failure> {
        let Some(text) = &version.text else {
            return Ok(None);
        };
        let found = self.texts.get(text).map(Vec::as_slice);
        found.map(Some).ok_or_else(|| {
            Failure::said(
                Status::Integrity,
                format!("第 {} 版的文本 {text} 没有读入", version.number),
                "这是程序错误,请附上日志报告",
            )
        })
    }

    /// What was published of a policy.
    pub(crate) fn record(&self, policy: &str) -> Option<&PolicyRecord> {
        self.records.iter().find(|record| record.policy == policy)
    }

    /// The text that a change of a policy begins from: the last published one, whether it holds
    /// already or not; what the program has where nothing was published.
    ///
    /// # Errors
    /// As [`on`](Self::on).
    pub(crate) fn last(&self, policy: &str) -> Result<Option<&[u8]>, Failure> {
        match self.record(policy).and_then(PolicyRecord::last) {
            Some(version) => self.bytes(version),
            None => Ok(self.of_base(policy)),
        }
    }

    /// Every text that a policy has now or is to have: that of the base, the one that holds on a
    /// day, and the last.
    ///
    /// # Errors
    /// As [`on`](Self::on).
    pub(crate) fn known(&self, policy: &str, day: Date) -> Result<Vec<&[u8]>, Failure> {
        let held = self.record(policy).and_then(|record| record.on(day));
        let held = held.map(|version| self.bytes(version)).transpose()?;
        let all = [self.of_base(policy), held.flatten(), self.last(policy)?];
        Ok(all.into_iter().flatten().collect())
    }

    fn of_base(&self, policy: &str) -> Option<&[u8]> {
        let mut base = self.base.iter().zip(&self.names);
        let found = base.find(|(_, name)| name.as_deref() == Some(policy));
        found.map(|(text, _)| text.bytes.as_slice())
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

/// Texts of policies by name; nothing where one is left out.
type Changes<'a> = BTreeMap<&'a str, Option<&'a [u8]>>;

/// The texts with the changed ones in the place of those of the same names, by path.
fn replaced(
    base: &[PolicyText],
    names: &[Option<String>],
    mut changes: Changes<'_>,
) -> Vec<PolicyText> {
    let mut texts = Vec::with_capacity(base.len());
    for (text, name) in base.iter().zip(names) {
        let change = name.as_deref().and_then(|name| changes.remove(name));
        match change {
            None => texts.push(text.clone()),
            Some(Some(bytes)) => texts.push(PolicyText {
                path: text.path.clone(),
                bytes: bytes.to_vec(),
            }),
            Some(None) => {}
        }
    }
    let fresh = changes.into_iter().filter_map(|(policy, bytes)| {
        Some(PolicyText {
            path: format!("{FOLDER}/{policy}.md"),
            bytes: bytes?.to_vec(),
        })
    });
    texts.extend(fresh);
    texts.sort_by(|left, right| left.path.cmp(&right.path));
    texts
}

/// The policies of commands, with some texts in the place of those of the same names.
///
/// # Errors
/// What cannot be read.
pub(crate) fn texts_with(
    common: &Common,
    changed: &[(String, String)],
) -> Result<Vec<PolicyText>, Failure> {
    let base = library::policies(common)?;
    let names: Vec<Option<String>> = base.iter().map(id_of).collect();
    let changed = changed.iter();
    let changes = changed.map(|(policy, text)| (policy.as_str(), Some(text.as_bytes())));
    Ok(replaced(&base, &names, changes.collect()))
}

/// Whether a text can be the name of a policy that is published: names become file names and
/// parts of addresses, where `new` is for those that have none yet.
pub(crate) fn is_name(id: &str) -> bool {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_';
    (1..=100).contains(&id.len()) && id != "new" && id.chars().all(is_plain)
}

/// Whether a folder is one that published policies are written into: it may hold none.
pub(crate) fn is_published(folder: &Path) -> bool {
    let parent = folder.parent().and_then(Path::file_name);
    parent.is_some_and(|name| name == FOLDER)
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
    let shelf = Shelf::open(store, base, today).await?;
    let edition = shelf.edition;
    let texts = shelf.on(today)?.into_iter();
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
