//! Signed digests: who has one knows which log vouches for a sealed sweep or an archive.

use crate::store::encoding::{base64, from_base64};
use crate::store::log::head::KEY_HASH_BYTES;
use crate::store::log::{LogKey, PublicKey};

/// What is signed: the line with the digest begins with its word, as that of no head does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    /// The seal of a sweep.
    Seal,
    /// The manifest of an archive for auditors.
    Bundle,
}

impl Signed {
    const fn word(self) -> &'static str {
        match self {
            Self::Seal => "seal ",
            Self::Bundle => "bundle ",
        }
    }
}

/// The note that signs a digest.
///
/// # Shape
/// The name of the log and the digest behind its word, a line each; then as in the note of a
/// head. No time is in it: the same digest is signed with the same bytes.
/// # Source
/// C2SP signed-note.
pub(crate) fn sign_digest(key: &LogKey, origin: &str, what: Signed, digest: &str) -> String {
    let text = text(origin, what, digest);
    let mut signature = key.public().note_hash(origin);
    signature.extend_from_slice(&key.sign(text.as_bytes()));
    format!("{text}\n— {origin} {}\n", base64(&signature))
}

/// The digest that a note signs; nothing where it is not, to the byte, such a note of this key.
pub(crate) fn signed_digest(note: &str, what: Signed, key: &PublicKey) -> Option<String> {
    let mut lines = note.lines();
    let origin = lines.next()?;
    let digest = lines.next()?.strip_prefix(what.word())?;
    let signed = lines.nth(1)?.rsplit(' ').next()?;
    let bytes = from_base64(signed)?;
    let (hash, signature) = bytes.split_at_checked(KEY_HASH_BYTES)?;
    let text = text(origin, what, digest);
    let is_note = format!("{text}\n— {origin} {signed}\n") == note;
    let signature: [u8; 64] = signature.try_into().ok()?;
    let is_signed = hash == key.note_hash(origin) && key.accepts(text.as_bytes(), &signature);
    (is_note && is_signed).then(|| digest.to_owned())
}

fn text(origin: &str, what: Signed, digest: &str) -> String {
    format!("{origin}\n{}{digest}\n", what.word())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::faults::Faults;

    #[test]
    fn a_note_is_taken_as_it_was_written_and_of_its_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key =
            |name: &str| LogKey::create(&folder.path().join(name), &Faults::default()).unwrap();
        let (mine, other) = (key("mine"), key("other"));
        let digest = "ab".repeat(32);
        let note = sign_digest(&mine, "示例市财政局", Signed::Seal, &digest);
        let read = |note: &str, key: &LogKey| signed_digest(note, Signed::Seal, &key.public());
        assert_eq!(read(&note, &mine), Some(digest.clone()));
        assert_eq!(read(&note, &other), None);
        assert_eq!(signed_digest(&note, Signed::Bundle, &mine.public()), None);
        let bytes = note.as_bytes();
        for place in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[place] ^= 1;
            let changed = String::from_utf8_lossy(&changed);
            assert_eq!(read(&changed, &mine), None, "byte {place}");
        }
        let again = sign_digest(&mine, "示例市财政局", Signed::Seal, &digest);
        assert_eq!(again, note);
    }
}
