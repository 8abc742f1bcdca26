//! Secrets in files, and what is signed with them.

use std::fmt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::messages::error::MessageError;

/// The shortest secret, in bytes.
const LENGTH_MIN: usize = 16;

/// A secret; never shown.
#[derive(Clone)]
pub(super) struct Secret(Zeroizing<Vec<u8>>);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

impl Secret {
    /// Reads a secret; blanks around it do not count.
    pub(super) fn read(path: &Path) -> Result<Self, MessageError> {
        let failed = |problem: String| MessageError::File {
            what: "密钥文件",
            path: path.to_owned(),
            problem,
        };
        let bytes = Zeroizing::new(std::fs::read(path).map_err(|e| failed(e.to_string()))?);
        let secret = bytes.trim_ascii();
        match secret.len() >= LENGTH_MIN {
            true => Ok(Self(Zeroizing::new(secret.to_vec()))),
            false => Err(failed(format!("至少要 {LENGTH_MIN} 个字节"))),
        }
    }

    /// The secret for one address, which its holder is shown.
    pub(super) fn of_address(&self, address: &str) -> Self {
        let text = self.sign(&[b"zhida address 1\n", address.as_bytes()]);
        Self(Zeroizing::new(text.into_bytes()))
    }

    /// As its holder is shown it.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// HMAC-SHA-256 over the parts one after the other, in hexadecimal.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> String {
        // A key of any length is taken.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return String::new();
        };
        for part in parts {
            mac.update(part);
        }
        let bytes = mac.finalize().into_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn signs_as_the_standard_says() {
        let secret = Secret(Zeroizing::new(b"Jefe".to_vec()));
        let signed = secret.sign(&[b"what do ya want ", b"for nothing?"]);
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signed, expected);
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_ne!(secret.of_address("a").text(), secret.of_address("b").text());
    }
}
