//! Signed seals: who has one knows which log vouches for a sealed sweep.

use crate::store::encoding::{base64, from_base64};
use crate::store::log::head::KEY_HASH_BYTES;
use crate::store::log::{LogKey, PublicKey};

/// What the line with the digest begins with: no head has such a second line.
const DIGEST_PREFIX: &str = "seal ";

/// The note that signs the seal of a sweep.
///
/// # Shape
/// The name of the log and the digest of the seal, a line each; then as in the note of a head. No
/// time is in it: the same seal is signed with the same bytes.
/// # Source
/// C2SP signed-note.
pub(crate) fn sign_seal(key: &LogKey, origin: &str, digest: &str) -> String {
    let text = text(origin, digest);
    let mut signature = key.public().note_hash(origin);
    signature.extend_from_slice(&key.sign(text.as_bytes()));
    format!("{text}\n— {origin} {}\n", base64(&signature))
}

/// The digest of the seal that a note signs; nothing where it is not, to the byte, a note of this
/// key.
pub(crate) fn signed_seal(note: &str, key: &PublicKey) -> Option<String> {
    let mut lines = note.lines();
    let origin = lines.next()?;
    let digest = lines.next()?.strip_prefix(DIGEST_PREFIX)?;
    let signed = lines.nth(1)?.rsplit(' ').next()?;
    let bytes = from_base64(signed)?;
    let (hash, signature) = bytes.split_at_checked(KEY_HASH_BYTES)?;
    let text = text(origin, digest);
    let is_note = format!("{text}\n— {origin} {signed}\n") == note;
    let signature: [u8; 64] = signature.try_into().ok()?;
    let is_signed = hash == key.note_hash(origin) && key.accepts(text.as_bytes(), &signature);
    (is_note && is_signed).then(|| digest.to_owned())
}

fn text(origin: &str, digest: &str) -> String {
    format!("{origin}\n{DIGEST_PREFIX}{digest}\n")
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
        let note = sign_seal(&mine, "示例市财政局", &digest);
        assert_eq!(signed_seal(&note, &mine.public()), Some(digest.clone()));
        assert_eq!(signed_seal(&note, &other.public()), None);
        let bytes = note.as_bytes();
        for place in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[place] ^= 1;
            let changed = String::from_utf8_lossy(&changed);
            assert_eq!(signed_seal(&changed, &mine.public()), None, "byte {place}");
        }
        assert_eq!(sign_seal(&mine, "示例市财政局", &digest), note);
    }
}
