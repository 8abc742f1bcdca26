//! Proofs as files, which anybody can check who has the public key of the log: without the
//! database, with this program or with another one that knows RFC 6962.

use serde::{Deserialize, Serialize};
use zhida_engine::merkle::{TreeHash, verify_consistency, verify_inclusion};

use crate::store::encoding::hex;
use crate::store::log::{EventRecord, HASH_BYTES, PublicKey, SignedHead, leaf};

/// A proof as it is written to a file, in JSON.
///
/// # Shape
/// Hashes are 64 hexadecimal digits, heads signed notes, keys Base64. The leaf of an event is the
/// hash of what [`leaf`] puts together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "proof", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ExportedProof {
    /// An event stands in the log of a signed head.
    Inclusion {
        /// The public key of the log.
        public_key: String,
        /// The number of the event in the log, from 1.
        sequence: u64,
        /// When it happened, in UTC microseconds.
        at: i64,
        /// What it is.
        kind: String,
        /// The rest of it: these bytes, in UTF-8.
        body: String,
        /// The hash of the leaf.
        leaf: String,
        /// How many events the log of the head has.
        size: u64,
        /// The root over them.
        root: String,
        /// The hashes beside the way from the leaf to the root.
        path: Vec<String>,
        /// The signed head.
        head: String,
    },
    /// The log of a newer head begins with all of the log of an older one.
    Consistency {
        /// The public key of the log.
        public_key: String,
        /// The older signed head.
        older: String,
        /// The newer signed head.
        newer: String,
        /// The hashes that lead from one root to the other.
        path: Vec<String>,
    },
}

/// What a proof shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proved {
    /// An event stands in the log.
    Inclusion {
        /// The name of the log.
        origin: String,
        /// The head.
        head: SignedHead,
        /// The number of the event.
        sequence: u64,
    },
    /// One log begins with the other.
    Consistency {
        /// The name of the log.
        origin: String,
        /// The older head.
        older: SignedHead,
        /// The newer head.
        newer: SignedHead,
    },
}

/// Why a proof shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProofFault {
    /// The key in the file is none.
    #[error("证明里的公钥读不出来")]
    Key,
    /// The key in the file is not the one that was expected.
    #[error("证明里的公钥不是给定的公钥")]
    OtherKey,
    /// A head is not the text of a head of this key.
    #[error("日志头的文本不完整,或不是这把公钥的")]
    Note,
    /// The signature is another's.
    #[error("日志头的签名不能用公钥验证")]
    Signature,
    /// A hash cannot be read.
    #[error("路径里的散列读不出来")]
    Hash,
    /// Size or root beside the head are not those of the head.
    #[error("长度或树根与日志头不符")]
    Head,
    /// The hash of the event is not the leaf.
    #[error("事件的内容与叶子的散列不符")]
    Leaf,
    /// The path does not lead to the root.
    #[error("路径不能从叶子走到树根")]
    Inclusion,
    /// The path does not lead from one root to the other, or the logs have different names.
    #[error("新的日志不是从旧的日志接续而来")]
    Consistency,
}

impl ExportedProof {
    /// The proof that an event stands under a head.
    pub(crate) fn inclusion(
        event: &EventRecord,
        head: &SignedHead,
        (origin, key): (&str, &PublicKey),
        path: &[TreeHash],
    ) -> Self {
        Self::Inclusion {
            public_key: key.text(),
            sequence: event.sequence,
            at: event.at,
            kind: event.kind.clone(),
            body: String::from_utf8_lossy(&event.body).into_owned(),
            leaf: hex(&event.leaf.0),
            size: head.size,
            root: hex(&head.root.0),
            path: path.iter().map(|hash| hex(&hash.0)).collect(),
            head: head.note(origin, key),
        }
    }

    /// The proof that one head continues another.
    pub(crate) fn consistency(
        older: &SignedHead,
        newer: &SignedHead,
        (origin, key): (&str, &PublicKey),
        path: &[TreeHash],
    ) -> Self {
        Self::Consistency {
            public_key: key.text(),
            older: older.note(origin, key),
            newer: newer.note(origin, key),
            path: path.iter().map(|hash| hex(&hash.0)).collect(),
        }
    }

    /// Checks the proof with nothing but what is in it, and the key if one was given.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(crate) fn verify(&self, expected: Option<&PublicKey>) -> Result<Proved, ProofFault> {
        let (Self::Inclusion { public_key, .. } | Self::Consistency { public_key, .. }) = self;
        let key = PublicKey::from_text(public_key).ok_or(ProofFault::Key)?;
        if expected.is_some_and(|expected| *expected != key) {
            return Err(ProofFault::OtherKey);
        }
        match self {
            Self::Inclusion {
                sequence,
                leaf,
                size,
                root,
                path,
                head,
                ..
            } => {
                let (origin, head) = SignedHead::from_note(head, &key).ok_or(ProofFault::Note)?;
                if head.size != *size || hex(&head.root.0) != *root {
                    return Err(ProofFault::Head);
                }
                let found = self.event_leaf().ok_or(ProofFault::Leaf)?;
                if hex(&found.0) != *leaf {
                    return Err(ProofFault::Leaf);
                }
                let path = hashes(path).ok_or(ProofFault::Hash)?;
                let index = sequence.checked_sub(1).ok_or(ProofFault::Inclusion)?;
                verify_inclusion(&head.root, head.size, index, &found, &path)
                    .map_err(|_| ProofFault::Inclusion)?;
                signed(&head, &origin, &key)?;
                let sequence = *sequence;
                Ok(Proved::Inclusion {
                    origin,
                    head,
                    sequence,
                })
            }
            Self::Consistency {
                older, newer, path, ..
            } => {
                let read = |note: &str| SignedHead::from_note(note, &key).ok_or(ProofFault::Note);
                let ((name, older), (origin, newer)) = (read(older)?, read(newer)?);
                let path = hashes(path).ok_or(ProofFault::Hash)?;
                let (old, new) = ((&older.root, older.size), (&newer.root, newer.size));
                if name != origin || verify_consistency(old, new, &path).is_err() {
                    return Err(ProofFault::Consistency);
                }
                signed(&older, &origin, &key)?;
                signed(&newer, &origin, &key)?;
                Ok(Proved::Consistency {
                    origin,
                    older,
                    newer,
                })
            }
        }
    }

    /// The hash of the event, computed from its content.
    fn event_leaf(&self) -> Option<TreeHash> {
        match self {
            Self::Inclusion {
                sequence,
                at,
                kind,
                body,
                ..
            } => Some(leaf(&mut Vec::new(), *sequence, *at, kind, body.as_bytes())),
            Self::Consistency { .. } => None,
        }
    }
}

fn signed(head: &SignedHead, origin: &str, key: &PublicKey) -> Result<(), ProofFault> {
    let is_signed = head.is_signed_by(key, origin);
    is_signed.then_some(()).ok_or(ProofFault::Signature)
}

/// Reads hashes; each in the one way in which [`hex`] writes it.
fn hashes(texts: &[String]) -> Option<Vec<TreeHash>> {
    texts.iter().map(|text| hash(text)).collect()
}

fn hash(text: &str) -> Option<TreeHash> {
    let mut bytes = [0; HASH_BYTES];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    (hex(&bytes) == text).then_some(TreeHash(bytes))
}

#[cfg(test)]
mod tests;
