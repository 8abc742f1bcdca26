//! Sealing a sweep: its inputs beside its result, each under its digest, and the seal last.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use zhida_policies::measure::library::Library;
use zhida_policies::syntax::keywords;
use zhida_policies::vocabulary::Vocabulary;

use crate::replay::{ReplayError, SEAL_FORMAT, Seal, SealedFiles, SealedResult, SealedText};
use crate::snapshot::atomic::{file_digest, sync_folder, write_atomic};
use crate::snapshot::{FileEntry, MANIFEST_NAME, Snapshot, vocabulary_digest};
use crate::sweep::{SweepFiles, SweepSummary, policies_digest};

/// The folder of the inputs beside a seal.
pub const INPUTS_FOLDER: &str = "inputs";

/// How many texts are written at a time.
const WRITERS: usize = 16;

/// The texts that a sweep was made of.
#[derive(Clone, Copy, Debug)]
pub struct SealInputs<'a> {
    /// The library, with the texts of all its files.
    pub library: &'a Library,
    /// The text of its vocabulary.
    pub vocabulary: &'a str,
    /// Name and text of its code tables: industries, regions, zones.
    pub codes: [(&'a str, &'a str); 3],
    /// Where the snapshot lies, if it is in a folder.
    pub snapshot: Option<&'a Path>,
}

/// A sealed sweep in its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFolder {
    /// The seal.
    pub seal: Seal,
    /// Its digest.
    pub digest: String,
    /// Its file.
    pub path: PathBuf,
}

/// The folder of a snapshot among the inputs.
#[must_use]
pub fn snapshot_folder(inputs: &Path, digest: &str) -> PathBuf {
    inputs.join(format!("snapshot-{digest}"))
}

/// Seals the result of a sweep in its folder.
///
/// # Shape
/// `inputs/` gets every text under its digest, and the snapshot in a folder of its own (linked
/// where the file system allows it, since its files never change); `seal-<digest of the
/// result>.json` comes last. Without it nothing is sealed, whatever a crash has left.
/// # Errors
/// [`ReplayError::Differs`] when the texts are not those of the library; what the file system
/// says. The result itself is taken away then, because nobody could compute it again.
pub fn seal_sweep(
    snapshot: &Snapshot,
    inputs: SealInputs<'_>,
    summary: &SweepSummary,
    files: &SweepFiles,
) -> Result<SealedFolder, ReplayError> {
    let sealed = write(snapshot, inputs, summary, files);
    if sealed.is_err() {
        for path in [&files.decisions, &files.awards, &files.summary] {
            let _removed = fs::remove_file(path);
        }
    }
    sealed
}

fn write(
    snapshot: &Snapshot,
    inputs: SealInputs<'_>,
    summary: &SweepSummary,
    files: &SweepFiles,
) -> Result<SealedFolder, ReplayError> {
    let folder = files.summary.parent().unwrap_or_else(|| Path::new("."));
    let seal = seal_of(snapshot, inputs, summary, files)?;
    let place = folder.join(INPUTS_FOLDER);
    fs::create_dir_all(&place).map_err(|error| ReplayError::io(&place, error))?;
    keep_texts(&inputs.texts().collect::<Vec<_>>(), &place)?;
    keep_snapshot(snapshot, inputs.snapshot, &place)?;
    let path = folder.join(seal.file_name());
    let text = seal.to_canonical_json();
    write_atomic(&path, text.as_bytes()).map_err(|error| ReplayError::io(&path, error))?;
    let digest = seal.digest();
    Ok(SealedFolder { seal, digest, path })
}

impl<'a> SealInputs<'a> {
    fn texts(self) -> impl Iterator<Item = (SealedText, &'a str)> {
        let policies = self.library.files.iter();
        let policies = policies.map(|file| (file.path.as_str(), &*file.text));
        let others = std::iter::once(("vocabulary.toml", self.vocabulary)).chain(self.codes);
        let all = policies.chain(others);
        all.map(|(path, text)| (SealedText::of(path, text), text))
    }
}

fn seal_of(
    snapshot: &Snapshot,
    inputs: SealInputs<'_>,
    summary: &SweepSummary,
    files: &SweepFiles,
) -> Result<Seal, ReplayError> {
    let vocabulary = Vocabulary::read(inputs.vocabulary, &keywords::ends_expression);
    let found = vocabulary.map_or_else(
        |_| String::new(),
        |vocabulary| vocabulary_digest(&vocabulary),
    );
    if found != summary.vocabulary {
        let what = "词汇表的文本";
        return Err(ReplayError::differs(what, &summary.vocabulary, &found));
    }
    let policies = policies_digest(inputs.library);
    if policies != summary.policies {
        let what = "政策文本";
        return Err(ReplayError::differs(what, &summary.policies, &policies));
    }
    let as_of = summary.as_of.parse();
    let as_of = as_of.map_err(|_| ReplayError::Asked(format!("{} 不是日期", summary.as_of)))?;
    let policy_texts = inputs.library.files.iter();
    let policy_texts = policy_texts.map(|file| SealedText::of(&file.path, &file.text));
    let code_tables = inputs.codes.iter();
    let code_tables = code_tables.map(|(path, text)| SealedText::of(path, text));
    Ok(Seal {
        format: SEAL_FORMAT,
        semantics: summary.semantics,
        year: summary.year,
        as_of,
        snapshot: summary.snapshot.clone(),
        ledger: snapshot.manifest().ledger.clone(),
        policies,
        policy_texts: policy_texts.collect(),
        vocabulary: found,
        vocabulary_text: SealedText::of("vocabulary.toml", inputs.vocabulary),
        code_tables: code_tables.collect(),
        result: SealedResult::of(summary),
        files: SealedFiles {
            decisions: files.entry.clone(),
            awards: files.awards_entry.clone(),
            summary: entry_of(&files.summary)?,
        },
    })
}

/// Puts the texts among the inputs, many at a time: each waits for the disk, and they can wait
/// together.
fn keep_texts(texts: &[(SealedText, &str)], place: &Path) -> Result<(), ReplayError> {
    let each = texts.len().div_ceil(WRITERS).max(1);
    thread::scope(|scope| {
        let writers: Vec<_> = texts
            .chunks(each)
            .map(|part| scope.spawn(move || part.iter().try_for_each(|one| keep(one, place))))
            .collect();
        writers
            .into_iter()
            .try_for_each(|writer| match writer.join() {
                Ok(written) => written,
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })
}

fn keep((text, content): &(SealedText, &str), place: &Path) -> Result<(), ReplayError> {
    let path = place.join(text.file_name());
    if holds(&path, &text.sha256) {
        return Ok(());
    }
    write_atomic(&path, content.as_bytes()).map_err(|error| ReplayError::io(&path, error))
}

/// What the file system holds of a file.
fn entry_of(path: &Path) -> Result<FileEntry, ReplayError> {
    let failed = |error| ReplayError::io(path, error);
    let mut file = File::open(path).map_err(failed)?;
    let (sha256, bytes) = file_digest(&mut file).map_err(failed)?;
    let name = path.file_name().unwrap_or_default();
    Ok(FileEntry {
        name: name.to_string_lossy().into_owned(),
        sha256,
        bytes,
    })
}

/// Whether a file of this digest lies there already.
fn holds(path: &Path, sha256: &str) -> bool {
    let digest = File::open(path).and_then(|mut file| file_digest(&mut file));
    digest.is_ok_and(|(digest, _)| digest == sha256)
}

/// Puts the snapshot among the inputs: its files as they are, or written anew.
fn keep_snapshot(
    snapshot: &Snapshot,
    from: Option<&Path>,
    inputs: &Path,
) -> Result<(), ReplayError> {
    let place = snapshot_folder(inputs, snapshot.digest());
    let Some(from) = from else {
        snapshot.write(&place)?;
        return Ok(());
    };
    let from = if from.is_dir() {
        from
    } else {
        from.parent().unwrap_or_else(|| Path::new("."))
    };
    fs::create_dir_all(&place).map_err(|error| ReplayError::io(&place, error))?;
    let files = &snapshot.manifest().files;
    for entry in std::iter::once(&files.facts).chain(&files.ledger) {
        let target = place.join(&entry.name);
        if !holds(&target, &entry.sha256) {
            let moved = link_or_copy(&from.join(&entry.name), &target);
            moved.map_err(|error| ReplayError::io(&target, error))?;
        }
    }
    let target = place.join(MANIFEST_NAME);
    let manifest = snapshot.manifest().to_canonical_json();
    write_atomic(&target, manifest.as_bytes()).map_err(|error| ReplayError::io(&target, error))
}

/// The same file under another name; a copy of it where the file system has no second names.
fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to)?;
        File::open(to)?.sync_all()?;
    }
    to.parent().map_or(Ok(()), sync_folder)
}
