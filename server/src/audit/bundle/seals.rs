//! The sealed sweeps of an archive, run again from the archive alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value as Json;
use zhida_engine::replay::{Seal, Sealed};
use zhida_engine::sweep::Evaluator;

use crate::audit::bundle::FILES;
use crate::audit::bundle::archive::ArchiveReader;
use crate::audit::files::{self, KeptFiles, SNAPSHOT, lay_out};
use crate::command::replay as run_again;
use crate::failure::{Failure, Status};
use crate::scratch::Scratch;
use crate::timings::Timings;

/// A sealed sweep of an archive that was run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ReplayedSeal {
    /// The digest of the seal.
    pub(crate) seal: String,
    /// The result that was sealed.
    pub(crate) sealed: String,
    /// The result that came out.
    pub(crate) found: String,
    /// Whether nothing differs.
    pub(crate) is_equal: bool,
}

/// Runs every sealed sweep of an archive again.
///
/// # Errors
/// [`Failure`] when the archive holds not all that a seal needs, or cannot be read.
#[expect(
    clippy::indexing_slicing,
    reason = "a name that a JSON value does not have gives null"
)]
pub(crate) fn replay(path: &Path, timings: &Timings) -> Result<Vec<ReplayedSeal>, Failure> {
    let failed = |error: io::Error| Failure::file(path, "读取", &error);
    let mut archive = ArchiveReader::open(path)
        .map_err(failed)?
        .map_err(|fault| Failure::said(Status::Integrity, fault, ""))?;
    let listed = archive.read(FILES).map_err(failed)?;
    let mut names: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut seals = Vec::new();
    for line in String::from_utf8_lossy(&listed).lines() {
        let line: Json = serde_json::from_str(line).unwrap_or_default();
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        if text("kind") == files::SEAL {
            seals.push(text("digest"));
        }
        names.insert((text("kind"), text("name")), text("digest"));
    }
    let mut replayed = Vec::new();
    for digest in seals {
        // An archive is checked where there is no data folder.
        let scratch = Scratch::passing().map_err(failed)?;
        let bytes = archive.read(&format!("files/{digest}")).map_err(failed)?;
        let seal = Seal::read(path, &bytes).map_err(crate::audit::failed)?;
        let unpacked = Unpacked {
            folder: scratch.path().join("files"),
            names: &names,
        };
        unpacked
            .take(&mut archive, (&digest, &seal))
            .map_err(failed)?;
        let folder = scratch.path().join("sweep");
        let place = lay_out(&unpacked, (&digest, &seal), &folder)?;
        let sealed = Sealed::open(&place, None).map_err(crate::audit::failed)?;
        let again = run_again(&sealed, (Evaluator::Columns, None), timings)?;
        replayed.push(ReplayedSeal {
            seal: digest,
            sealed: seal.result.digest,
            found: again.summary.digest,
            is_equal: again.difference.is_none(),
        });
    }
    Ok(replayed)
}

/// The files of one seal, out of the archive.
struct Unpacked<'a> {
    folder: PathBuf,
    names: &'a BTreeMap<(String, String), String>,
}

impl Unpacked<'_> {
    /// Unpacks what a seal names, as far as it is there.
    fn take(&self, archive: &mut ArchiveReader, seal: (&str, &Seal)) -> io::Result<()> {
        let (digest, seal) = seal;
        let mut wanted = vec![digest.to_owned()];
        wanted.extend(seal.texts().map(|text| text.sha256.clone()));
        let entries = [
            &seal.files.decisions,
            &seal.files.awards,
            &seal.files.summary,
        ];
        wanted.extend(entries.map(|entry| entry.sha256.clone()));
        let of_snapshot = self
            .names
            .iter()
            .filter(|((kind, name), _)| kind == SNAPSHOT && name.contains(&seal.snapshot));
        wanted.extend(of_snapshot.map(|(_, digest)| digest.clone()));
        fs::create_dir_all(&self.folder)?;
        let paths = archive.paths()?;
        for digest in wanted {
            let entry = format!("files/{digest}");
            if paths.contains(&entry) {
                let mut file = File::create(self.folder.join(&digest))?;
                io::copy(&mut archive.stream(&entry)?, &mut file)?;
            }
        }
        Ok(())
    }
}

impl KeptFiles for Unpacked<'_> {
    fn by_digest(&self, digest: &str) -> Option<PathBuf> {
        let path = self.folder.join(digest);
        path.exists().then_some(path)
    }

    fn by_name(&self, kind: &str, name: &str) -> Option<PathBuf> {
        let digest = self.names.get(&(kind.to_owned(), name.to_owned()))?;
        self.by_digest(digest)
    }
}
