//! Opening what was sealed: every digest is computed again before anything is trusted.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::measure::library::Library;
use zhida_policies::syntax::keywords;
use zhida_policies::values::Codes;
use zhida_policies::vocabulary::Vocabulary;

use crate::interpreter::Context;
use crate::replay::{INPUTS_FOLDER, ReplayError, SEAL_FORMAT, Seal, SealedText, snapshot_folder};
use crate::snapshot::atomic::hex;
use crate::snapshot::{Snapshot, vocabulary_digest};
use crate::sweep::{RESULT_FORMAT, SEMANTICS_VERSION, policies_digest};

/// A sealed sweep with all that is needed to run it again.
pub struct Sealed {
    /// The seal.
    pub seal: Seal,
    /// Its digest.
    pub digest: String,
    /// Its file.
    pub path: PathBuf,
    /// The measures that were swept.
    pub library: Library,
    /// The facts.
    pub snapshot: Snapshot,
}

/// The seal at a path: the file itself, the only one of a folder, or the one beside the summary
/// of a sweep.
///
/// # Errors
/// [`ReplayError::Seals`] when a folder holds none or several; what the file system says.
pub fn seal_path(path: &Path) -> Result<PathBuf, ReplayError> {
    if !path.is_dir() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let of_summary = name.strip_prefix("summary-");
        return Ok(of_summary.map_or_else(
            || path.to_path_buf(),
            |rest| path.with_file_name(format!("seal-{rest}")),
        ));
    }
    let failed = |error| ReplayError::io(path, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("seal-") && name.ends_with(".json") {
            found.push(entry);
        }
    }
    match (found.len(), found.pop()) {
        (1, Some(seal)) => Ok(seal),
        (found, _) => Err(ReplayError::Seals {
            path: path.to_path_buf(),
            found,
        }),
    }
}

impl Seal {
    /// Reads a seal: the file itself, or the folder that holds it.
    ///
    /// # Errors
    /// [`ReplayError::Version`] when it was written by a later program, [`ReplayError::Seal`] when
    /// it is not, to the byte, what a program has written.
    pub fn open(path: &Path) -> Result<(Self, PathBuf), ReplayError> {
        let path = seal_path(path)?;
        let bytes = fs::read(&path).map_err(|error| ReplayError::io(&path, error))?;
        let seal = Self::read(&path, &bytes)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("seal-") && name != seal.file_name() {
            let what = format!("{} 的文件名", path.display());
            return Err(ReplayError::differs(what, &seal.file_name(), &name));
        }
        Ok((seal, path))
    }

    /// Reads the bytes of a seal; the path is only named in errors.
    ///
    /// # Errors
    /// As [`Seal::open`].
    pub fn read(path: &Path, bytes: &[u8]) -> Result<Self, ReplayError> {
        let wrong = |reason: String| ReplayError::Seal {
            path: path.to_path_buf(),
            reason,
        };
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        let number = |at: &str| value.pointer(at).and_then(Value::as_u64);
        let versions = [
            ("封存格式", "/format", SEAL_FORMAT),
            ("规则含义", "/semantics", SEMANTICS_VERSION),
            ("结果格式", "/result/format", RESULT_FORMAT),
        ];
        for (what, at, known) in versions {
            let found = number(at).ok_or_else(|| wrong(format!("没有{what}的版本")))?;
            if found == 0 || found > u64::from(known) {
                return Err(ReplayError::Version {
                    path: path.to_path_buf(),
                    what,
                    found,
                    known,
                });
            }
        }
        let seal: Self = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        if seal.to_canonical_json().as_bytes() != bytes {
            return Err(wrong("内容不是规范的写法".to_owned()));
        }
        Ok(seal)
    }
}

impl Sealed {
    /// Opens a sealed sweep, with the snapshot beside it or another copy of the same.
    ///
    /// # Errors
    /// [`ReplayError`] for the first thing that is not what was sealed.
    pub fn open(path: &Path, snapshot: Option<&Path>) -> Result<Self, ReplayError> {
        let (seal, path) = Seal::open(path)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let inputs = folder.join(INPUTS_FOLDER);
        let library = seal.library(&mut |text| read_text(&inputs, text))?;
        let beside = snapshot_folder(&inputs, &seal.snapshot);
        let place = snapshot.unwrap_or(&beside);
        let opened = Snapshot::open(place, Arc::clone(&library.vocabulary))?;
        if opened.digest() != seal.snapshot {
            let what = format!("快照 {}", place.display());
            return Err(ReplayError::differs(what, &seal.snapshot, opened.digest()));
        }
        let ledger = &opened.manifest().ledger;
        if *ledger != seal.ledger {
            let (sealed, found) = (&seal.ledger.digest, &ledger.digest);
            return Err(ReplayError::differs("快照里的已付记录", sealed, found));
        }
        Ok(Self {
            digest: seal.digest(),
            snapshot: opened,
            seal,
            path,
            library,
        })
    }

    /// When the decisions were made.
    #[must_use]
    pub fn context(&self) -> Context {
        Context {
            year: self.seal.year,
            as_of: self.seal.as_of,
        }
    }
}

/// Reads one of the texts beside a seal.
type ReadText<'a> = &'a mut dyn FnMut(&SealedText) -> Result<String, ReplayError>;

impl Seal {
    /// The policies that were swept, from beside the file of the seal.
    ///
    /// # Errors
    /// [`ReplayError`] for the first text that is not what was sealed.
    pub fn policies_beside(&self, path: &Path) -> Result<Vec<PolicyText>, ReplayError> {
        let inputs = path.parent().unwrap_or_else(|| Path::new("."));
        let inputs = inputs.join(INPUTS_FOLDER);
        self.policies(&mut |text| read_text(&inputs, text))
    }

    fn policies(&self, read: ReadText<'_>) -> Result<Vec<PolicyText>, ReplayError> {
        let texts = self.policy_texts.iter().map(|text| {
            Ok(PolicyText {
                path: text.path.clone(),
                bytes: read(text)?.into_bytes(),
            })
        });
        texts.collect()
    }

    /// The library that was swept, made from the sealed texts alone, wherever they are kept:
    /// whoever reads them gives back what has the digest asked for.
    ///
    /// # Errors
    /// As [`Seal::policies_beside`].
    pub fn library(&self, read: ReadText<'_>) -> Result<Library, ReplayError> {
        library(self, read)
    }
}

fn library(seal: &Seal, read: ReadText<'_>) -> Result<Library, ReplayError> {
    let vocabulary = Vocabulary::read(&read(&seal.vocabulary_text)?, &keywords::ends_expression);
    let vocabulary = vocabulary
        .map_err(|faults| ReplayError::Library(format!("词汇表有 {} 处错误", faults.len())))?;
    let found = vocabulary_digest(&vocabulary);
    if found != seal.vocabulary {
        return Err(ReplayError::differs("词汇表", &seal.vocabulary, &found));
    }
    let [industries, regions, zones] = seal.code_tables.as_slice() else {
        let found = seal.code_tables.len();
        return Err(ReplayError::Library(format!(
            "有 {found} 张代码表,应有 3 张"
        )));
    };
    let codes = Codes::from_texts(&read(industries)?, &read(regions)?, &read(zones)?);
    let codes = codes.map_err(|error| ReplayError::Library(format!("代码表有误:{error}")))?;
    let texts = seal.policies(read)?;
    let (vocabulary, codes) = (Arc::new(vocabulary), Arc::new(codes));
    // Expiry warns and decides nothing, so that no day is needed.
    let mut library = check(texts, vocabulary, codes, CheckOptions::default());
    if let Some(fault) = library.faults.iter().find(|fault| !fault.code.is_warning()) {
        return Err(ReplayError::Library(format!("有错误 {:?}", fault.code)));
    }
    let found = policies_digest(&library);
    if found != seal.policies {
        return Err(ReplayError::differs("政策文本", &seal.policies, &found));
    }
    only(&mut library, seal)?;
    Ok(library)
}

/// Leaves the measures out that were not swept: those of drafts.
fn only(library: &mut Library, seal: &Seal) -> Result<(), ReplayError> {
    let swept = &seal.result.measures;
    let wanted: BTreeSet<&str> = swept.iter().map(|one| one.measure.as_str()).collect();
    library
        .measures
        .retain(|measure| wanted.contains(&*measure.id.0));
    let places = library.measures.iter().enumerate();
    library.measure_index = places
        .map(|(place, measure)| (measure.id.clone(), place))
        .collect();
    let found = library.measures.iter().map(|measure| &*measure.id.0);
    if found.eq(swept.iter().map(|measure| measure.measure.as_str())) {
        return Ok(());
    }
    let missing = swept
        .iter()
        .find(|one| library.measure(&one.measure).is_none());
    let missing = missing.map_or("顺序不同", |one| one.measure.as_str());
    Err(ReplayError::Library(format!("事项与封存的不同:{missing}")))
}

fn read_text(inputs: &Path, text: &SealedText) -> Result<String, ReplayError> {
    let path = inputs.join(text.file_name());
    let bytes = fs::read(&path).map_err(|error| ReplayError::io(&path, error))?;
    let found = hex(&Sha256::digest(&bytes));
    if found != text.sha256 {
        let what = format!("{}({})", text.path, path.display());
        return Err(ReplayError::differs(what, &text.sha256, &found));
    }
    String::from_utf8(bytes).map_err(|_| ReplayError::Library(format!("{} 不是文本", text.path)))
}
