//! Names of things, derived from what they name, so that the same thing cannot get two.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zhida_policies::values::Uscc;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// This text as a name.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A finance bureau or department: whose money it is.
    BureauId,
    /// An account of the system; several may belong to one person.
    UserId,
    /// A natural person.
    PersonId,
    /// One source of funds, budget line and fiscal year.
    BudgetLineId,
    /// An account that pays.
    PayerId,
    /// One entitlement on its way to the account; see [`EntitlementKey::payout_id`].
    PayoutId,
    /// One batch of payouts.
    BatchId,
    /// One public notice.
    NoticeId,
    /// One request that needs several people.
    MotionId,
    /// What a bank calls one instruction; see [`PayoutId::end_to_end_id`].
    EndToEndId,
    /// What a bank calls one file; see [`BatchId::message_id`].
    MessageId,
    /// A SHA-256 in 64 hexadecimal digits.
    Digest,
}

/// What makes an entitlement the same one: no version and no run is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntitlementKey {
    /// Whose money.
    pub bureau: BureauId,
    /// The measure, `policy/measure`.
    pub measure: String,
    /// Who is entitled.
    pub uscc: Uscc,
    /// The award period or event, such as `2025`, or `2025#2` for the second instalment.
    pub period: String,
    /// 0, or the number of a supplement to what was already paid for the period.
    pub supplement: u16,
}

impl EntitlementKey {
    /// The one payout of this entitlement.
    #[must_use]
    pub fn payout_id(&self) -> PayoutId {
        let supplement = self.supplement.to_string();
        let parts = [
            "zhida payout",
            self.bureau.as_str(),
            &self.measure,
            self.uscc.as_str(),
            &self.period,
            &supplement,
        ];
        PayoutId(format!("P{}", short_hash(&parts)))
    }

    /// The key of the payment that a supplement adds to.
    #[must_use]
    pub fn before(&self) -> Option<Self> {
        let supplement = self.supplement.checked_sub(1)?;
        Some(Self {
            supplement,
            ..self.clone()
        })
    }
}

impl PayoutId {
    /// What the bank is told to call attempt `number` of this payout.
    #[must_use]
    pub fn end_to_end_id(&self, number: u32) -> EndToEndId {
        let number = number.to_string();
        EndToEndId(format!(
            "E{}",
            short_hash(&["zhida attempt", &self.0, &number])
        ))
    }

    /// The names that its instructions can have, up to some beyond those that were made: books
    /// that are older than a payment do not know how often it was tried.
    pub fn instructions(&self, made: u32) -> impl Iterator<Item = EndToEndId> + '_ {
        const BEYOND: u32 = 9;
        (1..=made.saturating_add(BEYOND)).map(|number| self.end_to_end_id(number))
    }
}

impl BatchId {
    /// What the bank is told to call the file of this batch.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        MessageId(format!("B{}", short_hash(&["zhida batch", &self.0])))
    }
}

impl Digest {
    /// The SHA-256 of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_hash(Sha256::digest(bytes).into())
    }

    /// The SHA-256 of something as JSON, which is never held as a whole.
    #[must_use]
    pub(super) fn of_json(value: &impl Serialize) -> Self {
        let mut hashing = Hashing(Sha256::new());
        // Nothing in the books can fail to be written, and hashing takes everything.
        let _ = serde_json::to_writer(&mut hashing, value);
        Self::of_hash(hashing.0.finalize().into())
    }

    fn of_hash(hash: [u8; 32]) -> Self {
        let mut text = String::with_capacity(64);
        for byte in hash {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
            }
        }
        Self(text)
    }
}

/// Hashes what is written to it.
struct Hashing(Sha256);

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Digest {
    /// The 32 bytes; nothing where the text is not one of 64 hexadecimal digits.
    #[must_use]
    pub fn bytes(&self) -> Option<[u8; 32]> {
        let mut bytes = [0u8; 32];
        let digits: Option<Vec<u32>> = self.0.chars().map(|digit| digit.to_digit(16)).collect();
        let digits = digits.filter(|digits| digits.len() == 64)?;
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let value = pair.iter().fold(0u32, |value, digit| value << 4 | digit);
            *byte = u8::try_from(value).ok()?;
        }
        Some(bytes)
    }
}

/// 125 bits of a SHA-256 over texts, each behind its length, in base 32 of RFC 4648.
fn short_hash(parts: &[&str]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut hash = Sha256::new();
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hash.update(length.to_be_bytes());
        hash.update(part.as_bytes());
    }
    let hash: [u8; 32] = hash.finalize().into();
    let mut bits = hash
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1));
    let mut text = String::with_capacity(25);
    for _ in 0..25 {
        let five = bits.by_ref().take(5);
        let place = five.fold(0usize, |place, bit| place << 1 | usize::from(bit));
        text.push(char::from(ALPHABET.get(place).copied().unwrap_or(b'A')));
    }
    text
}
