//! The key that signs the heads of the log.

use std::fs;
use std::path::Path;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::store::durable::{self, Readers};
use crate::store::encoding::{base64, from_base64, hex};
use crate::store::error::StoreError;
use crate::store::faults::Faults;

/// What the first line of a key file says.
const HEADER: &str = "zhida log key 1";

/// The secret key; it never leaves its file and this process.
pub(crate) struct LogKey(SigningKey);

impl std::fmt::Debug for LogKey {
    /// Without the secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "LogKey({})", self.public().id())
    }
}

/// The key with which anyone can check a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey(VerifyingKey);

impl LogKey {
    /// Makes a key and writes it to a file that only the user of this process can read.
    ///
    /// # Errors
    /// [`StoreError::Key`] when the system has no randomness, [`StoreError::File`] when the file
    /// cannot be written.
    pub(crate) fn create(path: &Path, faults: &Faults) -> Result<Self, StoreError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| StoreError::Key {
            path: path.to_owned(),
            problem: format!("系统不能提供随机数:{error}"),
        })?;
        let text = format!("{HEADER}\n{}\n", base64(&seed));
        durable::write(path, text.as_bytes(), Readers::Owner, faults)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads the key from its file.
    ///
    /// # Errors
    /// [`StoreError::Key`] when others can read the file or it holds no key.
    pub(crate) fn read(path: &Path) -> Result<Self, StoreError> {
        let refused = |problem: String| StoreError::Key {
            path: path.to_owned(),
            problem,
        };
        let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
        durable::check_private(path).map_err(refused)?;
        let line = text
            .strip_prefix(HEADER)
            .and_then(|rest| rest.strip_prefix('\n'));
        let line = line.and_then(|rest| rest.strip_suffix('\n'));
        let seed = line
            .and_then(from_base64)
            .and_then(|seed| seed.try_into().ok());
        let seed: [u8; 32] = seed.ok_or_else(|| refused("文件内容不是密钥".to_owned()))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The public half.
    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl PublicKey {
    /// The digest that names the key: SHA-256 of its 32 bytes, in hexadecimal digits.
    pub(crate) fn id(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }

    /// The key as text.
    pub(crate) fn text(&self) -> String {
        base64(self.0.as_bytes())
    }

    /// The key of a text; `None` when it is none.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let bytes = from_base64(text)?.try_into().ok()?;
        VerifyingKey::from_bytes(&bytes).ok().map(Self)
    }

    /// The four bytes by which a signed note names a key of a signer.
    ///
    /// # Source
    /// C2SP signed-note: SHA-256 of name, line end, 0x01 for Ed25519, and key; the first four.
    pub(super) fn note_hash(&self, name: &str) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(name.as_bytes());
        hash.update(b"\n\x01");
        hash.update(self.0.as_bytes());
        hash.finalize().iter().copied().take(4).collect()
    }

    pub(super) fn accepts(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).is_ok()
    }
}
