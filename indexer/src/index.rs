//! The index: built in memory or in a directory, changed policy by policy, searched by many.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;
use tantivy::indexer::NoMergePolicy;
use tantivy::schema::Value;
use tantivy::{DocAddress, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument};

use crate::entry::{Entry, digest_of};
use crate::error::Error;
use crate::fields::Fields;
use crate::lexicon::Lexicon;
use crate::store::{Home, RebuildCause, Stamp};
use crate::suggest::{Names, Suggestion};

/// Memory for documents that are not written yet; a whole library fits.
const WRITER_BYTES: usize = 64 << 20;

/// A searchable set of entries. Searches may run on many threads, also during an update.
pub struct Index {
    inner: tantivy::Index,
    pub(crate) reader: IndexReader,
    pub(crate) fields: Fields,
    pub(crate) lexicon: Arc<Lexicon>,
    /// The directory; an index in memory has none.
    home: Option<Home>,
    opening: Opening,
    /// Names for suggestions, read when first asked for.
    names: Mutex<Option<Arc<Names>>>,
    writing: Mutex<()>,
}

/// What it took to open an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It was up to date.
    Opened,
    /// So many policies had changed, come or gone.
    Updated(usize),
    /// It was built anew.
    Rebuilt(RebuildCause),
}

/// The entries of each policy in their stable order. A policy without entries is one to delete.
type ByPolicy<'a> = BTreeMap<&'a str, Vec<&'a Entry>>;

impl Index {
    /// Builds an index that lives in memory.
    ///
    /// # Errors
    /// [`Error::Tantivy`], [`Error::Entry`] when an entry cannot be written.
    pub fn create_in_ram(lexicon: Arc<Lexicon>, entries: &[Entry]) -> Result<Self, Error> {
        let fields = Fields::new();
        let inner = tantivy::Index::create_in_ram(fields.schema.clone());
        Self::build(inner, fields, lexicon, entries, None)
    }

    /// Opens the index in a directory and brings it up to date with the given entries.
    ///
    /// Only policies that changed are indexed again. An index of another version, dictionary or
    /// list of synonyms, an unfinished or a damaged one is built anew beside the old one and
    /// replaces it at once when it is whole. Files that are not the index's stay as they are.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be used, [`Error::Tantivy`], [`Error::Entry`].
    pub fn open_or_rebuild(
        directory: &Path,
        lexicon: Arc<Lexicon>,
        entries: &[Entry],
    ) -> Result<Self, Error> {
        let _held = Home::hold(directory)?;
        let cause = match Self::open(directory, &lexicon) {
            Ok(mut index) => {
                match index.catch_up(entries) {
                    Ok(0) => return Ok(index),
                    Ok(changed) => {
                        index.opening = Opening::Updated(changed);
                        return Ok(index);
                    }
                    // Files that pass all checks and still cannot be changed: start over.
                    Err(_) => RebuildCause::Unreadable,
                }
            }
            Err(cause) => cause,
        };
        let home = Home::prepare(directory)?;
        let fields = Fields::new();
        let inner = tantivy::Index::create_in_dir(home.path(), fields.schema.clone())?;
        let mut index = Self::build(inner, fields, lexicon, entries, Some(home.clone()))?;
        home.publish()?;
        index.opening = Opening::Rebuilt(cause);
        Ok(index)
    }

    /// Replaces everything of one policy; without entries the policy is gone.
    ///
    /// Searches see either the old or the new policy, never a mixture.
    ///
    /// # Errors
    /// [`Error::ForeignEntry`] when an entry belongs to another policy, [`Error::Superseded`]
    /// when another process has rebuilt the directory, and the errors of building.
    pub fn update(&self, policy_id: &str, entries: &[Entry]) -> Result<(), Error> {
        if let Some(entry) = entries.iter().find(|entry| entry.policy_id != policy_id) {
            return Err(Error::ForeignEntry {
                expected: policy_id.to_owned(),
                found: entry.policy_id.clone(),
            });
        }
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let _held = self
            .home
            .as_ref()
            .map(|home| Home::hold(home.directory()))
            .transpose()?;
        self.expect_current()?;
        let mut changes = by_policy(entries);
        changes.entry(policy_id).or_default();
        self.write(&changes, self.stamp()?.policies)
    }

    /// Removes everything of one policy.
    ///
    /// # Errors
    /// As [`Index::update`].
    pub fn remove(&self, policy_id: &str) -> Result<(), Error> {
        self.update(policy_id, &[])
    }

    /// Shows to searches what another process has updated in the directory.
    ///
    /// # Errors
    /// [`Error::Superseded`] when it has rebuilt the index instead: open it again.
    pub fn refresh(&self) -> Result<(), Error> {
        self.expect_current()?;
        self.reader.reload()?;
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// What it took to open this index.
    pub fn opening(&self) -> Opening {
        self.opening
    }

    /// How many entries it holds.
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Titles and names of measures that start with, or hold, what was typed so far.
    ///
    /// # Errors
    /// [`Error::Tantivy`] or [`Error::Entry`] when the index cannot be read.
    pub fn suggest(&self, typed: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match names.as_ref() {
            Some(known) => known.clone(),
            None => names.insert(Arc::new(Names::new(self.entries()?))).clone(),
        };
        drop(names);
        Ok(known.suggest(typed, limit, &self.lexicon))
    }

    fn build(
        inner: tantivy::Index,
        fields: Fields,
        lexicon: Arc<Lexicon>,
        entries: &[Entry],
        home: Option<Home>,
    ) -> Result<Self, Error> {
        let mut index = Self::around(inner, fields, lexicon, home)?;
        index.opening = Opening::Rebuilt(RebuildCause::Absent);
        index.write(&by_policy(entries), BTreeMap::new())?;
        Ok(index)
    }

    fn around(
        inner: tantivy::Index,
        fields: Fields,
        lexicon: Arc<Lexicon>,
        home: Option<Home>,
    ) -> Result<Self, Error> {
        Fields::register(&inner, &lexicon);
        let reader = inner
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let (names, writing) = (Mutex::new(None), Mutex::new(()));
        Ok(Self {
            inner,
            reader,
            fields,
            lexicon,
            home,
            opening: Opening::Opened,
            names,
            writing,
        })
    }

    fn expect_current(&self) -> Result<(), Error> {
        match self.home.as_ref().filter(|home| !home.is_current()) {
            Some(home) => Err(Error::Superseded {
                path: home.directory().to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Opens the generation in use, or says why that cannot be done.
    fn open(directory: &Path, lexicon: &Arc<Lexicon>) -> Result<Self, RebuildCause> {
        let home = Home::current(directory).ok_or(RebuildCause::Absent)?;
        let fields = Fields::new();
        let inner = tantivy::Index::open_in_dir(home.path());
        let inner = inner.map_err(|_| RebuildCause::Unreadable)?;
        let payload = inner.load_metas().ok().and_then(|metas| metas.payload);
        let stamp: Option<Stamp> = payload.and_then(|text| serde_json::from_str(&text).ok());
        if let Some(cause) = stamp.ok_or(RebuildCause::Unreadable)?.outdated(lexicon) {
            return Err(cause);
        }
        let damaged = inner
            .validate_checksum()
            .map_err(|_| RebuildCause::Unreadable)?;
        if !damaged.is_empty() || inner.schema() != fields.schema {
            return Err(RebuildCause::Unreadable);
        }
        Self::around(inner, fields, lexicon.clone(), Some(home))
            .map_err(|_| RebuildCause::Unreadable)
    }

    /// Indexes again what differs from the given entries; the number of policies that did.
    fn catch_up(&self, entries: &[Entry]) -> Result<usize, Error> {
        let indexed = self.stamp()?.policies;
        let mut changes = by_policy(entries);
        let gone: Vec<&str> = indexed
            .keys()
            .map(String::as_str)
            .filter(|id| !changes.contains_key(id))
            .collect();
        let mut same = BTreeSet::new();
        for (&policy, entries) in &changes {
            if indexed.get(policy) == Some(&digest_of(entries)?) {
                same.insert(policy);
            }
        }
        changes.retain(|policy, _| !same.contains(policy));
        changes.extend(gone.into_iter().map(|policy| (policy, Vec::new())));
        if !changes.is_empty() {
            self.write(&changes, indexed.clone())?;
        }
        Ok(changes.len())
    }

    /// Replaces the given policies in one commit that also carries the new stamp.
    fn write(
        &self,
        changes: &ByPolicy<'_>,
        mut policies: BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let mut writer: IndexWriter = self.inner.writer_with_num_threads(1, WRITER_BYTES)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        for (&policy, entries) in changes {
            writer.delete_term(self.fields.policy_term(policy));
            policies.remove(policy);
            if !entries.is_empty() {
                policies.insert(policy.to_owned(), digest_of(entries)?);
            }
            for entry in entries {
                writer.add_document(self.fields.document(entry)?)?;
            }
        }
        let stamp = serde_json::to_string(&Stamp::new(&self.lexicon, policies))?;
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&stamp);
        commit.commit()?;
        // Deleted documents go on counting in the scores until their segment is merged.
        let segments = self.inner.searchable_segment_metas()?;
        if segments.len() > 1 || segments.iter().any(|segment| segment.has_deletes()) {
            let ids: Vec<SegmentId> = segments.iter().map(|segment| segment.id()).collect();
            writer.merge(&ids).wait()?;
        }
        writer.wait_merging_threads()?;
        self.reader.reload()?;
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// The stamp of the last commit.
    fn stamp(&self) -> Result<Stamp, Error> {
        let payload = self.inner.load_metas()?.payload.unwrap_or_default();
        Ok(serde_json::from_str(&payload)?)
    }

    /// Reads an entry back.
    pub(crate) fn entry(&self, searcher: &Searcher, address: DocAddress) -> Result<Entry, Error> {
        let document: TantivyDocument = searcher.doc(address)?;
        let stored = document.get_first(self.fields.entry);
        let json = stored
            .as_ref()
            .and_then(|value| value.as_str())
            .unwrap_or_default();
        Ok(serde_json::from_str(json)?)
    }

    /// All entries.
    fn entries(&self) -> Result<Vec<Entry>, Error> {
        let searcher = self.reader.searcher();
        let mut entries = Vec::new();
        for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
            for document in segment.doc_ids_alive() {
                entries.push(self.entry(&searcher, DocAddress::new(ordinal, document))?);
            }
        }
        Ok(entries)
    }
}

fn by_policy(entries: &[Entry]) -> ByPolicy<'_> {
    let mut policies = ByPolicy::new();
    for entry in entries {
        policies.entry(&entry.policy_id).or_default().push(entry);
    }
    for entries in policies.values_mut() {
        entries.sort_by_cached_key(|entry| entry.key());
    }
    policies
}
