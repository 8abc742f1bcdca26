//! The keys of a service, and signatures by them.
//!
//! # Source
//! RFC 7517 and 7518 (keys and algorithms), RFC 8037 (Ed25519). `ring` verifies; there is no
//! algorithm here by which whoever can verify could sign as well, and none that signs nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;

use crate::accounts::openid::refusal::WhyNot;

/// The most keys of one service.
const KEYS_MAX: usize = 64;
/// The point of a curve is not compressed.
const UNCOMPRESSED: u8 = 4;

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    #[serde(rename = "RS384")]
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    #[serde(rename = "RS512")]
    Rs512,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// RSASSA-PSS with SHA-384.
    #[serde(rename = "PS384")]
    Ps384,
    /// RSASSA-PSS with SHA-512.
    #[serde(rename = "PS512")]
    Ps512,
    /// ECDSA over P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// ECDSA over P-384 with SHA-384.
    #[serde(rename = "ES384")]
    Es384,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// The left half of the digest of a text, as `at_hash` has it.
    ///
    /// # Source
    /// OpenID Connect Core 1.0, 3.1.3.6; for Ed25519, the digest that it signs by.
    pub(super) fn left_half(self, text: &str) -> String {
        let kind = match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => &digest::SHA256,
            Self::Rs384 | Self::Ps384 | Self::Es384 => &digest::SHA384,
            Self::Rs512 | Self::Ps512 | Self::EdDsa => &digest::SHA512,
        };
        let digest = digest::digest(kind, text.as_bytes());
        let (left, _) = digest.as_ref().split_at(kind.output_len() / 2);
        URL_SAFE_NO_PAD.encode(left)
    }
}

/// What a key is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    name: Option<String>,
    /// The algorithm that it is for, where it says so.
    algorithm: Option<String>,
    material: Material,
}

/// The keys of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys(Vec<Key>);

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// Reads a set; keys of a kind that is not known are left out.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, WhyNot> {
        let set: Set =
            serde_json::from_slice(bytes).map_err(|_| WhyNot::Answer("公钥集读不出来"))?;
        if set.keys.len() > KEYS_MAX {
            return Err(WhyNot::Answer("公钥太多"));
        }
        let known = set.keys.into_iter();
        let known = known.filter_map(|value| serde_json::from_value::<Jwk>(value).ok());
        Ok(Self(known.filter_map(Key::of).collect()))
    }

    /// The one key that a token names, or the only one that could be meant.
    pub(super) fn find(&self, name: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let fits = |key: &&Key| key.is_for(algorithm);
        let mut fitting = self.0.iter().filter(fits);
        match name {
            Some(name) => fitting.find(|key| key.name.as_deref() == Some(name)),
            None => {
                let first = fitting.next();
                first.filter(|_| fitting.next().is_none())
            }
        }
    }
}

impl Key {
    fn of(jwk: Jwk) -> Option<Self> {
        if jwk.used_for.is_some_and(|used_for| used_for != "sig") {
            return None;
        }
        let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Material::Rsa {
                n: number(&jwk.n?)?,
                e: number(&jwk.e?)?,
            },
            ("EC", Some("P-256")) => Material::P256(point(&jwk.x?, &jwk.y?, 32)?),
            ("EC", Some("P-384")) => Material::P384(point(&jwk.x?, &jwk.y?, 48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(&jwk.x?, 32)?),
            (_, _) => return None,
        };
        Some(Self {
            name: jwk.kid,
            algorithm: jwk.alg,
            material,
        })
    }

    fn is_for(&self, algorithm: Algorithm) -> bool {
        use Algorithm as A;
        let (is_kind, word) = match (algorithm, &self.material) {
            (A::Rs256, Material::Rsa { .. }) => (true, "RS256"),
            (A::Rs384, Material::Rsa { .. }) => (true, "RS384"),
            (A::Rs512, Material::Rsa { .. }) => (true, "RS512"),
            (A::Ps256, Material::Rsa { .. }) => (true, "PS256"),
            (A::Ps384, Material::Rsa { .. }) => (true, "PS384"),
            (A::Ps512, Material::Rsa { .. }) => (true, "PS512"),
            (A::Es256, Material::P256(_)) => (true, "ES256"),
            (A::Es384, Material::P384(_)) => (true, "ES384"),
            (A::EdDsa, Material::Ed25519(_)) => (true, "EdDSA"),
            (_, _) => (false, ""),
        };
        is_kind && self.algorithm.as_deref().is_none_or(|said| said == word)
    }

    /// Whether a message was signed by the holder of this key.
    pub(super) fn has_signed(&self, algorithm: Algorithm, message: &[u8], signed: &[u8]) -> bool {
        use Algorithm as A;
        let rsa = match algorithm {
            A::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
            A::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
            A::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
            A::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
            A::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
            A::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
            A::Es256 | A::Es384 | A::EdDsa => None,
        };
        let (kind, point): (&dyn signature::VerificationAlgorithm, _) =
            match (algorithm, &self.material, rsa) {
                (_, Material::Rsa { n, e }, Some(rsa)) => {
                    let key = RsaPublicKeyComponents { n, e };
                    return key.verify(rsa, message, signed).is_ok();
                }
                (A::Es256, Material::P256(point), _) => {
                    (&signature::ECDSA_P256_SHA256_FIXED, point)
                }
                (A::Es384, Material::P384(point), _) => {
                    (&signature::ECDSA_P384_SHA384_FIXED, point)
                }
                (A::EdDsa, Material::Ed25519(point), _) => (&signature::ED25519, point),
                (_, _, _) => return false,
            };
        let key = UnparsedPublicKey::new(kind, point);
        key.verify(message, signed).is_ok()
    }
}

/// A whole number without the zeros before it.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some(bytes.get(zeros..)?.to_vec()).filter(|number| !number.is_empty())
}

fn bytes(text: &str, length: usize) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    (bytes.len() == length).then_some(bytes)
}

fn point(x: &str, y: &str, length: usize) -> Option<Vec<u8>> {
    Some([&[UNCOMPRESSED], &*bytes(x, length)?, &*bytes(y, length)?].concat())
}
