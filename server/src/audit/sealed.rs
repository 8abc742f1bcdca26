//! Sealed sweeps, found by the digest under which a data folder keeps them or by where they lie.

use std::collections::BTreeSet;
use std::path::Path;

use zhida_engine::payouts::{BureauId, Digest};
use zhida_engine::replay::{Seal, Sealed};

use crate::audit::files::lay_out;
use crate::audit::trail::StoreFiles;
use crate::failure::{Failure, Status};
use crate::payouts::desk::Desk;
use crate::scratch::Scratch;
use crate::views::payouts;
use crate::web::Scope;

/// The digits of a digest.
const DIGEST_DIGITS: usize = 64;

/// The digest that a text is, if it is one.
pub(crate) fn digest_of(text: &str) -> Option<Digest> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_one = text.len() == DIGEST_DIGITS && text.bytes().all(is_digit);
    is_one.then(|| Digest::new(text))
}

/// The seal that a text names, and its digest.
///
/// # Errors
/// [`Failure`] when there is none, or it is not whole.
pub(crate) fn seal(desk: &Desk, place: &str) -> Result<(Seal, String), Failure> {
    let Some(digest) = digest_of(place) else {
        let (seal, _) = Seal::open(Path::new(place)).map_err(super::failed)?;
        let digest = seal.digest();
        return Ok((seal, digest));
    };
    let bytes = desk.wait(desk.store.fetch(&digest))?;
    let seal = Seal::read(Path::new(place), &bytes).map_err(super::failed)?;
    Ok((seal, digest.to_string()))
}

/// Opens the sealed sweep that a text names: the digest of a kept one, or where it lies.
///
/// # Errors
/// [`Failure`] for the first thing that is not what was sealed.
pub(crate) fn open(desk: &Desk, place: &str, scratch: &Scratch) -> Result<Sealed, Failure> {
    match digest_of(place) {
        Some(digest) => open_kept(desk, &digest, scratch),
        None => Sealed::open(Path::new(place), None).map_err(super::failed),
    }
}

/// Opens a sealed sweep from the files that the data folder has kept of it. A replay compares with
/// the files of the result as long as the scratch folder is there; all else is read into memory.
///
/// # Errors
/// As [`open`].
pub(crate) fn open_kept(
    desk: &Desk,
    digest: &Digest,
    scratch: &Scratch,
) -> Result<Sealed, Failure> {
    let (seal, _) = seal(desk, digest.as_str())?;
    let files = StoreFiles::of(desk)?;
    let path = lay_out(&files, (digest.as_str(), &seal), scratch.path())?;
    Sealed::open(&path, None).map_err(super::failed)
}

/// The enterprises to which these bureaus owe something, each with the measure for which they owe
/// it; all of them where no bureau is named.
///
/// # Shape
/// What another bureau owes the same enterprise is that bureau's: an enterprise alone says nothing
/// of who may see an award.
/// # Errors
/// What the database says.
pub(crate) fn enterprises(
    desk: &Desk,
    bureaus: &[String],
) -> Result<Option<BTreeSet<(String, String)>>, Failure> {
    if bureaus.is_empty() {
        return Ok(None);
    }
    let bureaus: BTreeSet<BureauId> = bureaus.iter().map(BureauId::new).collect();
    let scope = Scope::Bureaus(bureaus);
    desk.wait(payouts::owed(&desk.store, &scope)).map(Some)
}

/// What was changed after somebody asked about it.
pub(crate) fn changed(what: &str) -> Failure {
    Failure::said(
        Status::Refused,
        format!("{what} 在提出任务以后被改动过,没有继续"),
        "请核对后重新提出任务",
    )
}
