//! The policies that a sealed sweep was made with, beside those in force.

use std::collections::BTreeSet;

use zhida_engine::payouts::Digest;
use zhida_engine::replay::{ReplayError, Seal, SealedText};
use zhida_policies::check::PolicyText;
use zhida_policies::measure::library::Library;

use crate::audit;
use crate::failure::Failure;
use crate::payouts::desk::Desk;

/// How many texts an error names.
const NAMED: usize = 3;

/// Whether texts are those that were sealed, wherever they lay.
pub(crate) fn are_texts(texts: &[PolicyText], sealed: &[SealedText]) -> bool {
    let mut found: Vec<Digest> = texts.iter().map(|text| Digest::of(&text.bytes)).collect();
    found.sort();
    let mut wanted: Vec<Digest> = sealed
        .iter()
        .map(|text| Digest::new(&text.sha256))
        .collect();
    wanted.sort();
    found == wanted
}

/// Names the policies that are not as they were sealed, for people.
pub(crate) fn changed(texts: &[PolicyText], seal: &Seal) -> String {
    let found: BTreeSet<(&str, Digest)> = texts
        .iter()
        .map(|text| (text.path.as_str(), Digest::of(&text.bytes)))
        .collect();
    let sealed = seal.policy_texts.iter();
    let sealed: BTreeSet<(&str, Digest)> = sealed
        .map(|text| (text.path.as_str(), Digest::new(&text.sha256)))
        .collect();
    let paths = found.symmetric_difference(&sealed).map(|(path, _)| *path);
    let paths: BTreeSet<&str> = paths.collect();
    if paths.is_empty() {
        return "词汇表".to_owned();
    }
    let named: Vec<&str> = paths.iter().copied().take(NAMED).collect();
    let more = if paths.len() > NAMED { " 等" } else { "" };
    format!("{}{more}", named.join("、"))
}

/// Whether payouts came from a sweep, or from one of the same policies, vocabulary and codes.
pub(crate) fn came_from(
    desk: &Desk,
    seal: &Seal,
    before: &BTreeSet<Digest>,
) -> Result<bool, Failure> {
    if before.contains(&Digest::new(seal.digest())) {
        return Ok(true);
    }
    let texts = |seal: &Seal| {
        let texts = seal.texts().map(|text| text.sha256.clone());
        texts.collect::<BTreeSet<String>>()
    };
    for digest in before {
        let (other, _) = audit::sealed::seal(desk, digest.as_str())?;
        if texts(&other) == texts(seal) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The library that a kept sweep was made with, from what the data folder has kept of it.
///
/// # Errors
/// [`Failure`] for the first text that is not there or not what was sealed.
pub(crate) fn library_of(desk: &Desk, digest: &Digest) -> Result<Library, Failure> {
    let (seal, _) = audit::sealed::seal(desk, digest.as_str())?;
    let mut failure = None;
    let library = seal.library(&mut |text| {
        let bytes = desk.wait(desk.store.fetch(&Digest::new(&text.sha256)));
        let bytes = bytes.map_err(|error| {
            failure = Some(error);
            ReplayError::Library(format!("读不到 {}", text.path))
        })?;
        String::from_utf8(bytes)
            .map_err(|_| ReplayError::Library(format!("{} 不是文本", text.path)))
    });
    library.map_err(|error| failure.unwrap_or_else(|| audit::failed(error)))
}
