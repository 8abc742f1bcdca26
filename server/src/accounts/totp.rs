//! The second factor: codes that change every thirty seconds.
//!
//! # Source
//! RFC 6238 over RFC 4226 with HMAC-SHA-1 and six digits, as every authenticator application
//! understands; ASVS 5.0 6.5: single use, seed from the system's randomness, the server's time.

use qrcodegen::{QrCode, QrCodeEcc};
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;
use zhida_engine::payouts::Moment;

use crate::accounts::secret;
use crate::store::StoreError;

/// The bytes of a seed: as many as the hash gives (RFC 4226 part 4).
const SEED_BYTES: usize = 20;
/// How long one code lives, in seconds.
const STEP: u64 = 30;
const DIGITS: u8 = 6;
/// How many steps the clock of a phone may be off.
const DRIFT: u64 = 1;

/// A seed in the open; it is wiped when let go.
pub(crate) struct Seed(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Seed {
    /// Without the secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Seed")
    }
}

impl Seed {
    /// A new one.
    ///
    /// # Errors
    /// [`StoreError::Key`] when the system has no randomness.
    pub(crate) fn new() -> Result<Self, StoreError> {
        let bytes = Zeroizing::new(secret::random::<SEED_BYTES>()?);
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// One that was sealed.
    pub(crate) fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The seed that a phone was given.
    #[cfg(test)]
    pub(crate) fn from_base32(text: &str) -> Self {
        let secret = Secret::try_from_base32(text).unwrap();
        Self(Zeroizing::new(secret.as_bytes().to_vec()))
    }

    /// The bytes, for sealing.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The seed as people type it into a phone.
    pub(crate) fn base32(&self) -> String {
        Secret::from(self.0.as_slice()).to_base32()
    }

    /// The step of a code that fits now and comes after the last one that was used.
    pub(crate) fn step(&self, code: &str, now: Moment, last: Option<i64>) -> Option<i64> {
        let typed: String = code
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .collect();
        let is_code = typed.len() == usize::from(DIGITS);
        if !is_code || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let seconds = u64::try_from(now.0.div_euclid(1_000_000)).ok()?;
        let current = seconds / STEP;
        let totp = self.totp("", "");
        let steps = current.saturating_sub(DRIFT)..=current.saturating_add(DRIFT);
        let mut found = None;
        for step in steps {
            let expected = totp.generate(step.saturating_mul(STEP)).to_string();
            let fits = bool::from(expected.as_bytes().ct_eq(typed.as_bytes()));
            let step = i64::try_from(step).ok()?;
            if fits && last.is_none_or(|last| step > last) {
                found = found.or(Some(step));
            }
        }
        found
    }

    /// The code of a moment, as a phone shows it.
    #[cfg(test)]
    pub(crate) fn code(&self, now: Moment) -> String {
        let seconds = u64::try_from(now.0.div_euclid(1_000_000)).unwrap_or(0);
        self.totp("", "").generate(seconds).to_string()
    }

    /// The address that a phone reads.
    ///
    /// # Errors
    /// [`StoreError::Integrity`] when the names cannot be written in it.
    pub(crate) fn address(&self, issuer: &str, account: &str) -> Result<String, StoreError> {
        let url = self.totp(&plain(issuer), &plain(account)).to_url();
        url.map_err(|error| StoreError::Integrity(format!("动态码地址写不出来:{error}")))
    }

    fn totp(&self, issuer: &str, account: &str) -> Totp {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP)
            .with_secret(self.0.as_slice())
            .with_issuer((!issuer.is_empty()).then_some(issuer))
            .with_account_name(account)
            .build_noncompliant()
    }
}

/// A colon stands between issuer and account.
fn plain(name: &str) -> String {
    name.replace(':', " ")
}

/// An address as a picture that a phone can read: one path of dark squares, for a page.
///
/// # Errors
/// [`StoreError::Integrity`] when it is too long.
pub(crate) fn picture(address: &str) -> Result<String, StoreError> {
    const BORDER: i32 = 4;
    let code = QrCode::encode_text(address, QrCodeEcc::Medium);
    let code = code.map_err(|error| StoreError::Integrity(format!("二维码画不出来:{error}")))?;
    let side = code.size().saturating_add(2 * BORDER);
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                let (x, y) = (x.saturating_add(BORDER), y.saturating_add(BORDER));
                path.push_str(&format!("M{x} {y}h1v1h-1z"));
            }
        }
    }
    Ok(format!(
        "<svg class=\"qr\" role=\"img\" aria-label=\"动态码二维码\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of the test vectors.
    fn seed() -> Seed {
        Seed::from_bytes(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    fn at(seconds: i64) -> Moment {
        Moment(seconds * 1_000_000)
    }

    /// RFC 6238 appendix B, SHA-1; the last six of its eight digits.
    #[test]
    fn the_vectors_of_the_standard_hold() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed().code(at(seconds)), code);
            assert_eq!(seed().step(code, at(seconds), None), Some(seconds / 30));
        }
        assert_eq!(seed().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_lives_one_step_before_and_after_and_is_used_once() {
        let (seed, code) = (seed(), "081804");
        let step = 1_111_111_109 / 30;
        let start = step * 30;
        for (second, fits) in [
            (-31, false),
            (-30, true),
            (0, true),
            (59, true),
            (60, false),
        ] {
            let found = seed.step(code, at(start + second), None);
            assert_eq!(found, fits.then_some(step), "{second}");
        }
        let now = at(start);
        assert_eq!(seed.step(code, now, Some(step - 1)), Some(step));
        assert_eq!(seed.step(code, now, Some(step)), None);
        assert_eq!(seed.step(code, now, Some(step + 1)), None);
        assert_eq!(seed.step(" 081 804 ", now, None), Some(step));
        for wrong in ["", "81804", "081805", "0818040", "08180a", "08180"] {
            assert_eq!(seed.step(wrong, now, None), None, "{wrong}");
        }
    }

    #[test]
    fn a_phone_can_read_the_address() {
        let address = seed().address("示例:市", "jingban").unwrap();
        assert!(address.starts_with("otpauth://totp/"), "{address}");
        assert!(
            address.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{address}"
        );
        let picture = picture(&address).unwrap();
        assert!(
            picture.starts_with("<svg") && !picture.contains("style"),
            "{picture}"
        );
    }
}
