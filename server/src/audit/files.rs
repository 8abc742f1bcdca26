//! The files of a sealed sweep, as the data folder keeps them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use zhida_engine::replay::{INPUTS_FOLDER, Seal, SealedText, snapshot_folder};
use zhida_engine::snapshot::{FileEntry, MANIFEST_NAME};

use crate::failure::{Failure, Status};

/// The kinds under which the files of a sealed sweep are recorded.
pub(crate) const SEAL: &str = "seal";
/// The signature of a seal.
pub(crate) const SIGNATURE: &str = "seal-signature";
/// The summary of a sweep.
pub(crate) const SUMMARY: &str = "sweep";
/// Its kept decisions.
pub(crate) const DECISIONS: &str = "decisions";
/// Its payable list.
pub(crate) const AWARDS: &str = "awards";
/// A policy.
pub(crate) const POLICY: &str = "policy";
/// A vocabulary.
pub(crate) const VOCABULARY: &str = "vocabulary";
/// A table of codes.
pub(crate) const CODES: &str = "codes";
/// The manifest and the files of a snapshot.
pub(crate) const SNAPSHOT: &str = "snapshot";

/// A file that is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileToKeep {
    /// What it is.
    pub(crate) kind: &'static str,
    /// The name that people see.
    pub(crate) name: String,
    /// Where it lies now.
    pub(crate) path: PathBuf,
}

/// All files of a sealed sweep: the inputs, the result, and the seal last.
pub(crate) fn files_of(seal: &Seal, path: &Path) -> Vec<FileToKeep> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let inputs = folder.join(INPUTS_FOLDER);
    let mut files = Vec::new();
    for text in &seal.policy_texts {
        files.push(input(POLICY, text, &inputs));
    }
    files.push(input(VOCABULARY, &seal.vocabulary_text, &inputs));
    for text in &seal.code_tables {
        files.push(input(CODES, text, &inputs));
    }
    let snapshot = snapshot_folder(&inputs, &seal.snapshot);
    for (name, inside) in snapshot_names(seal) {
        let path = snapshot.join(inside);
        // A snapshot without payments has no file of them.
        if path.exists() || !name.starts_with(LEDGER) {
            let kind = SNAPSHOT;
            files.push(FileToKeep { kind, name, path });
        }
    }
    let result = |kind, entry: &FileEntry| FileToKeep {
        kind,
        name: entry.name.clone(),
        path: folder.join(&entry.name),
    };
    files.push(result(DECISIONS, &seal.files.decisions));
    files.push(result(AWARDS, &seal.files.awards));
    files.push(result(SUMMARY, &seal.files.summary));
    files.push(FileToKeep {
        kind: SEAL,
        name: seal.file_name(),
        path: path.to_path_buf(),
    });
    files
}

/// What the file of payments is called.
const LEDGER: &str = "ledger-";

/// The files of a snapshot: the name under which each is kept, and its name in the folder.
fn snapshot_names(seal: &Seal) -> [(String, String); 3] {
    let digest = &seal.snapshot;
    let table = |stem: &str| format!("{stem}{digest}.parquet");
    [
        (table("facts-"), table("facts-")),
        (table(LEDGER), table(LEDGER)),
        (manifest_name(digest), MANIFEST_NAME.to_owned()),
    ]
}

/// The name under which the manifest of a snapshot is kept.
pub(crate) fn manifest_name(digest: &str) -> String {
    format!("manifest-{digest}.json")
}

/// Where kept files lie, by digest, and by kind and name.
pub(crate) trait KeptFiles {
    /// The path of the file of this digest.
    fn by_digest(&self, digest: &str) -> Option<PathBuf>;
    /// The path of the file of this kind and name.
    fn by_name(&self, kind: &str, name: &str) -> Option<PathBuf>;
}

/// Lays a sealed sweep out as `zhida sweep --out` does, from the files that were kept of it; the
/// path of the seal.
///
/// # Errors
/// [`Failure`] for the first file that is not there or cannot be written.
pub(crate) fn lay_out(
    kept: &impl KeptFiles,
    seal: (&str, &Seal),
    folder: &Path,
) -> Result<PathBuf, Failure> {
    let (digest, seal) = seal;
    let missing = |what: &str| {
        Failure::said(
            Status::Integrity,
            format!("封存 {digest} 的{what}不在保存的文件中"),
            "请先用 zhida verify 核验数据文件夹",
        )
    };
    let inputs = folder.join(INPUTS_FOLDER);
    let mut copies: Vec<(PathBuf, PathBuf)> = Vec::new();
    for text in seal.texts() {
        let from = kept.by_digest(&text.sha256);
        let from = from.ok_or_else(|| missing(&text.path))?;
        copies.push((from, inputs.join(text.file_name())));
    }
    let snapshot = snapshot_folder(&inputs, &seal.snapshot);
    for (name, inside) in snapshot_names(seal) {
        match kept.by_name(SNAPSHOT, &name) {
            Some(from) => copies.push((from, snapshot.join(inside))),
            None if name.starts_with(LEDGER) && seal.ledger.entries == 0 => {}
            None => return Err(missing(&name)),
        }
    }
    for entry in [
        &seal.files.decisions,
        &seal.files.awards,
        &seal.files.summary,
    ] {
        let from = kept.by_digest(&entry.sha256);
        let from = from.ok_or_else(|| missing(&entry.name))?;
        copies.push((from, folder.join(&entry.name)));
    }
    let path = folder.join(seal.file_name());
    let from = kept.by_digest(digest).ok_or_else(|| missing("封存文件"))?;
    copies.push((from, path.clone()));
    for (from, to) in copies {
        let place = to.parent().unwrap_or(folder);
        let put = fs::create_dir_all(place).and_then(|()| put(&from, &to));
        put.map_err(|error| Failure::file(&to, "写", &error))?;
    }
    Ok(path)
}

/// Gives a kept file a second name, or copies it where the disk does not let it have one.
///
/// # Shape
/// Kept files never change, so that a second name is as good as a copy. What lies there already is
/// never written to: it may be the kept file itself under its second name.
fn put(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) if needs_copy(error.kind()) => copy(from, to),
        linked => linked,
    }
}

/// Whether a file cannot have a second name there: on another disk, where none are permitted, or
/// where it has too many.
fn needs_copy(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::CrossesDevices
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::Unsupported
            | io::ErrorKind::TooManyLinks
    )
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    match File::create_new(to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(mut made) => io::copy(&mut source, &mut made).map(drop),
    }
}

fn input(kind: &'static str, text: &SealedText, inputs: &Path) -> FileToKeep {
    let name = text.path.rsplit('/').next().unwrap_or_default();
    FileToKeep {
        kind,
        name: name.replace(['\\', ':'], "_"),
        path: inputs.join(text.file_name()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::{copy, needs_copy, put};

    #[test]
    fn what_is_kept_is_never_written_to_by_laying_it_out_again() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, laid) = (folder.path().join("kept"), folder.path().join("laid"));
        fs::write(&kept, "evidence").unwrap();
        for _ in 0..2 {
            put(&kept, &laid).unwrap();
            assert_eq!(fs::read_to_string(&kept).unwrap(), "evidence");
            assert_eq!(fs::read_to_string(&laid).unwrap(), "evidence");
        }
        // Nor where a copy is made beside a second name that is there.
        copy(&kept, &laid).unwrap();
        assert_eq!(fs::read_to_string(&kept).unwrap(), "evidence");
        let other = folder.path().join("other");
        copy(&kept, &other).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "evidence");
    }

    #[test]
    fn what_a_copy_does_not_get_around_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = put(&folder.path().join("none"), &folder.path().join("laid")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(!folder.path().join("laid").exists());
        assert!(needs_copy(ErrorKind::CrossesDevices) && !needs_copy(ErrorKind::StorageFull));
    }
}
