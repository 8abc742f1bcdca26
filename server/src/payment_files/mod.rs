//! Payment files out and bank answers in: bytes to plain structs and back, without a store or a
//! clock. A batch gives the same bytes whenever it is written; an answer gives facts or nothing.
//!
//! [`write`] and [`read_answer`] are the doors; [`formats`] lists the forms that the binary knows.

mod amount;
mod answer;
mod answers;
mod encoding;
mod fault;
mod file;
mod hand_over;
mod human_copy;
mod pain001;
mod profile;
mod refusal;
mod rules;
mod wording;
mod xml;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use zhida_policies::values::{AccountName, BankAccount, Cnaps};

pub(crate) use answer::{AnswerFact, AnswerFile, AnswerStatus};
#[cfg(test)]
pub(crate) use answer::{BankAnswer, Completeness};
pub(crate) use fault::AnswerError;
#[cfg(test)]
pub(crate) use fault::AnswerFault;
pub(crate) use file::{Initiator, Payer, PaymentBlock, PaymentFile, PaymentLine, WrittenFile};
pub(crate) use hand_over::sheet as hand_over_sheet;
pub(crate) use human_copy::{AccountView, safe, write as human_copy};
pub(crate) use pain001::{ChargeBearer, Pain001Options, Pain001Version};
pub(crate) use profile::{Profile, ProfileError};
#[cfg(test)]
pub(crate) use refusal::Refusal;
pub(crate) use refusal::Refused;

/// The form of a payment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PaymentFormat {
    /// An ISO 20022 message.
    Pain001(Pain001Options),
    /// A text file of a bank or a budget system.
    Text(Box<Profile>),
}

impl PaymentFormat {
    /// The most payments of one batch in this form; absent where a longer batch becomes several
    /// files.
    pub(crate) fn lines_max(&self) -> Option<usize> {
        match self {
            PaymentFormat::Pain001(options) => Some(options.lines_max.min(pain001::LINES_MAX)),
            PaymentFormat::Text(_) => None,
        }
    }

    /// The profile of a text form, by which its answers are read.
    pub(crate) fn profile(&self) -> Option<&Profile> {
        match self {
            PaymentFormat::Pain001(_) => None,
            PaymentFormat::Text(profile) => Some(profile),
        }
    }
}

/// The forms that the binary knows, by identity: `pain.001.001.09`, `pain.001.001.03`, the same
/// with
/// who bears the charges where it is not as the service level says (`pain.001.001.09/SHAR`), and
/// those of `server/profiles`.
///
/// # Errors
/// [`ProfileError`] when a built-in profile is wrong, which a test excludes.
pub(crate) fn formats() -> Result<BTreeMap<String, PaymentFormat>, ProfileError> {
    let versions = [Pain001Version::V03, Pain001Version::V09].into_iter();
    let messages = versions.flat_map(|version| {
        ChargeBearer::ALL.map(|bearer| {
            let name = match bearer {
                ChargeBearer::Slev => version.name().to_owned(),
                ChargeBearer::Shar | ChargeBearer::Debt => {
                    format!("{}/{}", version.name(), bearer.code())
                }
            };
            let options = Pain001Options::new(version, bearer);
            (name, PaymentFormat::Pain001(options))
        })
    });
    let profiles = Profile::built_in()?.into_iter();
    let texts = profiles.map(|(id, profile)| (id, PaymentFormat::Text(Box::new(profile))));
    Ok(messages.chain(texts).collect())
}

/// Writes the file or files of a sealed batch.
///
/// # Shape
/// One file for a message, one or more for a text form; never an empty list.
/// # Units
/// Fen in; the text has yuan with two decimals, or fen where a profile says so.
/// # Errors
/// [`Refused`] with every field of every payment that cannot go out; then there is no file.
/// # Source
/// PAYOUTS.md part 3, promise P10.
pub(crate) fn write(
    file: &PaymentFile,
    format: &PaymentFormat,
) -> Result<Vec<WrittenFile>, Refused> {
    match format {
        PaymentFormat::Pain001(options) => pain001::write(file, *options).map(|file| vec![file]),
        PaymentFormat::Text(profile) => profile::write(file, profile),
    }
}

/// Reads an answer: an ISO 20022 message, or the text file that a profile describes.
///
/// # Shape
/// Facts in the order of the file; [`AnswerFile::facts`] is the set that counts.
/// # Errors
/// [`AnswerError`] with everything that is wrong; then nothing of the file may be used.
/// # Source
/// PAYOUTS.md e2 and e3, promise P9.
pub(crate) fn read_answer(
    bytes: &[u8],
    file_name: &str,
    profile: Option<&Profile>,
) -> Result<AnswerFile, AnswerError> {
    let (_, rest) = encoding::split_mark(bytes);
    let is_xml = rest.trim_ascii_start().starts_with(b"<");
    match profile {
        Some(profile) if !is_xml => profile::read_answer(profile, file_name, bytes),
        Some(_) | None => answers::read(bytes),
    }
}

/// The SHA-256 of bytes as 64 small hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether money can be sent to an account that is written like this.
///
/// # Errors
/// What is wrong with the name, the number or the bank's code, in words.
pub(crate) fn check_payee(name: &str, account: &str, cnaps: &str) -> Result<(), String> {
    AccountName::parse(name).map_err(|error| format!("户名“{name}”:{error}"))?;
    BankAccount::parse(account).map_err(|error| format!("账号:{error}"))?;
    Cnaps::parse(cnaps).map_err(|error| format!("联行号“{cnaps}”:{error}"))?;
    Ok(())
}
