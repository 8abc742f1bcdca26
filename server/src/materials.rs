//! Snapshots and sweeps of an installation: which there are, and which is the last.
//!
//! # Shape
//! Each lies in a folder of its own below `snapshots` and `sweeps` of the data folder, and is
//! registered once with its digest. What a job has finished and nobody registered, because the
//! process was killed in between, is found when the server starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use zhida_engine::diff::SweepFile;
use zhida_engine::interpreter::Context;
use zhida_engine::snapshot::{MANIFEST_NAME, Manifest, Snapshot};
use zhida_policies::measure::library::Library;

use crate::audit::files;
use crate::enterprises::failed;
use crate::failure::{Failure, Status};
use crate::library;
use crate::payouts::desk::Desk;
use crate::store::database::{Row, Transaction, Value};
use crate::store::{Store, StoreError};
use crate::web::Material;

/// What can be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaterialKind {
    /// The facts of enterprises as of one day.
    Snapshot,
    /// All measures over one snapshot.
    Sweep,
}

impl MaterialKind {
    /// The word in the database.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Sweep => "sweep",
        }
    }

    /// The folder below the data folder.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshots",
            Self::Sweep => "sweeps",
        }
    }
}

/// A snapshot or a sweep that is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// Its place in the order of registration.
    pub(crate) sequence: i64,
    /// Its digest.
    pub(crate) digest: String,
    /// Its folder, below the data folder.
    pub(crate) folder: String,
    /// The digest of the snapshot.
    pub(crate) snapshot: String,
    /// The assessment year.
    pub(crate) year: i64,
    /// The as-of date as text; empty where there is none.
    pub(crate) as_of: String,
    /// How many enterprises the snapshot has.
    pub(crate) enterprises: u64,
    /// When it was registered: UTC microseconds.
    pub(crate) at: i64,
}

impl Registered {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.int("sequence")?,
            digest: row.text("digest")?.to_owned(),
            folder: row.text("folder")?.to_owned(),
            snapshot: row.text("snapshot")?.to_owned(),
            year: row.int("year")?,
            as_of: row.text("as_of")?.to_owned(),
            enterprises: row.size("enterprises")?,
            at: row.int("at")?,
        })
    }
}

/// All of a kind, the last first.
///
/// # Errors
/// What the database says.
pub(crate) async fn list(store: &Store, kind: MaterialKind) -> Result<Vec<Registered>, StoreError> {
    let query = "SELECT * FROM materials WHERE kind = $1 ORDER BY sequence DESC";
    let rows = store.database.fetch(query, &[kind.word().into()]).await?;
    rows.iter().map(Registered::read).collect()
}

/// Registers the folders of finished jobs that are not registered yet; how many there were.
///
/// # Errors
/// What cannot be read; what the database says.
pub(crate) fn discover(desk: &Desk, data: &Path) -> Result<u64, Failure> {
    let mut found = 0_u64;
    for kind in [MaterialKind::Snapshot, MaterialKind::Sweep] {
        let known = desk.wait(list(&desk.store, kind))?;
        for name in folders(&data.join(kind.folder()))? {
            let relative = format!("{}/{name}", kind.folder());
            if known.iter().any(|known| known.folder == relative) {
                continue;
            }
            if register(desk, data, kind, &relative)? {
                found = found.saturating_add(1);
            }
        }
    }
    Ok(found)
}

/// The folders in a folder, the oldest first.
fn folders(folder: &Path) -> Result<Vec<String>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file(folder, "读取", &error)),
    };
    let mut found: Vec<(SystemTime, String)> = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Failure::file(folder, "读取", &error))?;
        let metadata = entry
            .metadata()
            .map_err(|error| Failure::file(&entry.path(), "读取", &error))?;
        if metadata.is_dir()
            && let Ok(name) = entry.file_name().into_string()
        {
            found.push((metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), name));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, name)| name).collect())
}

/// Registers what lies in a folder; not when its job has not finished.
fn register(desk: &Desk, data: &Path, kind: MaterialKind, relative: &str) -> Result<bool, Failure> {
    let folder = data.join(relative);
    let Some((entry, document)) = read(desk, &folder, kind)? else {
        return Ok(false);
    };
    let bytes = fs::read(&document).map_err(|error| Failure::file(&document, "读取", &error))?;
    let name = match kind {
        // A sealed sweep over it looks for it under this name, and content is recorded once.
        MaterialKind::Snapshot => files::manifest_name(&entry.digest),
        MaterialKind::Sweep => {
            let name = document.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        }
    };
    // What the folder says of itself goes into the log, so that it cannot be exchanged later.
    desk.wait(desk.store.keep(kind.word(), &name, &bytes, desk.at))?;
    let at = desk.at.0;
    desk.wait(desk.store.database.write(|mut transaction| {
        let (entry, relative) = (entry.clone(), relative.to_owned());
        async move { insert(&mut transaction, kind, &entry, &relative, at).await }
    }))?;
    Ok(true)
}

async fn insert(
    transaction: &mut Transaction,
    kind: MaterialKind,
    entry: &Registered,
    relative: &str,
    at: i64,
) -> Result<(), StoreError> {
    let query = "SELECT COALESCE(MAX(sequence), 0) AS last FROM materials";
    let last = match transaction.fetch_one(query, &[]).await? {
        Some(row) => row.int("last")?,
        None => 0,
    };
    let insert = "INSERT INTO materials (sequence, kind, digest, folder, snapshot, year, as_of, \
         enterprises, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (folder) DO NOTHING";
    let enterprises = i64::try_from(entry.enterprises).unwrap_or(i64::MAX);
    let values: [Value; 9] = [
        Value::Int(last.saturating_add(1)),
        kind.word().into(),
        entry.digest.clone().into(),
        relative.to_owned().into(),
        entry.snapshot.clone().into(),
        Value::Int(entry.year),
        entry.as_of.clone().into(),
        Value::Int(enterprises),
        Value::Int(at),
    ];
    transaction.execute(insert, &values).await.map(drop)
}

/// What a folder says of itself, and the document in which it does.
fn read(
    desk: &Desk,
    folder: &Path,
    kind: MaterialKind,
) -> Result<Option<(Registered, PathBuf)>, Failure> {
    let entry = |digest: String, snapshot: String, year: i32, as_of: String| Registered {
        sequence: 0,
        digest,
        folder: String::new(),
        snapshot,
        year: i64::from(year),
        as_of,
        enterprises: 0,
        at: 0,
    };
    match kind {
        MaterialKind::Snapshot => {
            let path = folder.join(MANIFEST_NAME);
            let Ok(text) = fs::read(&path) else {
                return Ok(None);
            };
            let manifest: Manifest = serde_json::from_slice(&text)
                .map_err(|error| changed(&path, &error.to_string()))?;
            let as_of = manifest
                .as_of
                .map_or_else(String::new, |day| day.to_string());
            let mut entry = entry(
                manifest.digest.clone(),
                manifest.digest,
                manifest.year,
                as_of,
            );
            entry.enterprises = manifest.enterprises;
            Ok(Some((entry, path)))
        }
        MaterialKind::Sweep => {
            let Ok(sweep) = SweepFile::open(folder) else {
                return Ok(None);
            };
            let head = sweep.head;
            let snapshots = desk.wait(list(&desk.store, MaterialKind::Snapshot))?;
            let of = snapshots.iter().find(|known| known.digest == head.snapshot);
            let mut entry = entry(head.digest, head.snapshot, head.year, head.as_of);
            entry.enterprises = of.map_or(0, |known| known.enterprises);
            Ok(Some((entry, sweep.path)))
        }
    }
}

fn changed(path: &Path, why: &str) -> Failure {
    Failure::said(
        Status::Integrity,
        format!("{} 读不出来:{why}", path.display()),
        "请从备份恢复这个文件夹",
    )
}

/// Opens the last snapshot, with the last sweep over it; opening proves the digest.
///
/// # Errors
/// What cannot be opened, or is not what was registered.
pub(crate) fn open_last(
    desk: &Desk,
    data: &Path,
    library: &Library,
) -> Result<Option<Material>, Failure> {
    let snapshots = desk.wait(list(&desk.store, MaterialKind::Snapshot))?;
    let Some(last) = snapshots.into_iter().next() else {
        return Ok(None);
    };
    let folder = data.join(&last.folder);
    let snapshot = Snapshot::open(&folder, Arc::clone(&library.vocabulary)).map_err(failed)?;
    if snapshot.digest() != last.digest {
        return Err(changed(&folder, "与登记的摘要不符"));
    }
    let manifest = snapshot.manifest();
    let context = Context {
        year: manifest.year,
        as_of: manifest.as_of.unwrap_or_else(library::today),
    };
    let sweeps = desk.wait(list(&desk.store, MaterialKind::Sweep))?;
    let sweep = sweeps
        .into_iter()
        .find(|sweep| sweep.snapshot == last.digest);
    let sweep = match sweep {
        None => None,
        Some(sweep) => {
            let opened = SweepFile::open(&data.join(&sweep.folder));
            let opened =
                opened.map_err(|error| changed(&data.join(&sweep.folder), &error.to_string()))?;
            Some(opened)
        }
    };
    Ok(Some(Material {
        snapshot,
        context,
        folder,
        sweep,
    }))
}
