//! What of a person may be shown to whom: the table of masking, and free text that may hold what
//! nobody meant to publish.
//!
//! A public notice carries no resident ID, no phone and no bank account. Its texts are
//! [`PublicText`], which only the functions here can make, so that an unmasked text cannot reach
//! a page by mistake.

mod number;
mod public_text;
mod scan;
#[cfg(test)]
mod tests;

use zhida_policies::values::Uscc;

pub(crate) use public_text::{PublicText, visible};
use scan::{Finding, Found, find};

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "officials and enterprises read pages, which come with the server"
    )
)]
pub(crate) enum Audience {
    /// Everybody: a public notice.
    Public,
    /// Officials who do not pay.
    Official,
    /// Payment staff at their work; what they look at is logged.
    PaymentStaff,
    /// Payment staff while they seal a batch: the only ones who see an account in full.
    Sealing,
    /// The enterprise, about itself.
    Enterprise,
}

/// The name of an enterprise, as it is registered; the register is public.
///
/// # Shape
/// The trade name of a sole proprietor (个体工商户) may hold the name of its owner and stays as
/// registered. For the public, long numbers inside are masked all the same.
pub(crate) fn enterprise_name(name: &str, audience: Audience) -> String {
    match audience {
        Audience::Public => free_text(name, &[], audience),
        Audience::Official | Audience::PaymentStaff | Audience::Sealing | Audience::Enterprise => {
            name.to_owned()
        }
    }
}

/// The name of a natural person: for the public the first character and one star, which hides the
/// length too.
pub(crate) fn person_name(name: &str, audience: Audience) -> String {
    match audience {
        Audience::Public => name
            .trim()
            .chars()
            .next()
            .map_or_else(|| "*".to_owned(), |first| format!("{first}*")),
        Audience::Official | Audience::PaymentStaff | Audience::Sealing | Audience::Enterprise => {
            name.to_owned()
        }
    }
}

/// The number of a resident identity card.
pub(crate) fn resident_id(id: &str, audience: Audience) -> String {
    match audience {
        Audience::Public => HIDDEN_ID.to_owned(),
        Audience::Official => ends(id, 4, "***********", 2),
        Audience::PaymentStaff | Audience::Sealing | Audience::Enterprise => id.to_owned(),
    }
}

/// The number of a phone.
pub(crate) fn phone(phone: &str, audience: Audience) -> String {
    match audience {
        Audience::Public => HIDDEN_PHONE.to_owned(),
        Audience::Official => ends(phone, 3, "****", 4),
        Audience::PaymentStaff | Audience::Sealing | Audience::Enterprise => phone.to_owned(),
    }
}

/// The number of a bank account.
pub(crate) fn bank_account(account: &str, audience: Audience) -> String {
    match audience {
        Audience::Public => HIDDEN_ACCOUNT.to_owned(),
        Audience::Official | Audience::PaymentStaff | Audience::Enterprise => {
            ends(account, 0, "****", 4)
        }
        Audience::Sealing => account.to_owned(),
    }
}

/// A unified social credit code in its own field: public, unless what stands there is in truth a
/// resident ID.
///
/// # Shape
/// A code with the right check character is shown. Early codes with a wrong one are legal and
/// shown too; a resident ID that somebody typed into the field passes as such a code, is told by
/// its own check digit and date of birth, and is masked.
pub(crate) fn uscc(code: Uscc, audience: Audience) -> String {
    let id_in_truth = code.warning().is_some() && number::is_resident_id(code.as_str());
    if id_in_truth {
        resident_id(code.as_str(), audience)
    } else {
        code.as_str().to_owned()
    }
}

/// A text that people typed: every resident ID, phone and long number in it as the audience may
/// see it, and for the public the names of the persons given.
///
/// # Shape
/// Digits count in every width and spelling, also with spaces, dashes, dots or invisible
/// characters between them; everything that such characters join counts as one number. From 13
/// digits on it is masked whole, whatever it is. What is plainly dates, or an amount in yuan with
/// thousands apart or two decimals, is left.
pub(crate) fn free_text(text: &str, persons: &[&str], audience: Audience) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut last = 0;
    for Finding {
        range,
        found,
        digits,
    } in find(text)
    {
        let raw = text.get(range.clone()).unwrap_or_default();
        masked.push_str(text.get(last..range.start).unwrap_or_default());
        masked.push_str(&found_number(found, raw, &digits, audience));
        last = range.end;
    }
    masked.push_str(text.get(last..).unwrap_or_default());
    match audience {
        Audience::Public => without_persons(masked, persons),
        Audience::Official | Audience::PaymentStaff | Audience::Sealing | Audience::Enterprise => {
            masked
        }
    }
}

/// What stands in the place of a number that the public does not see.
const HIDDEN_ID: &str = "〔身份证号已隐去〕";
const HIDDEN_PHONE: &str = "〔电话已隐去〕";
const HIDDEN_ACCOUNT: &str = "〔账号已隐去〕";

/// The fewest characters that stars stand for; of a shorter text nothing is shown.
const HIDDEN_LEAST: usize = 4;

/// A number that was found, as the audience may see it; as it was typed where it may be seen.
fn found_number(found: Found, raw: &str, digits: &str, audience: Audience) -> String {
    let masked = match found {
        Found::ResidentId => resident_id(digits, audience),
        Found::Phone => phone(digits, audience),
        Found::LongNumber => bank_account(digits, audience),
    };
    if masked == digits {
        raw.to_owned()
    } else {
        masked
    }
}

/// Masks the names of persons wherever they stand, long names before those inside them.
fn without_persons(mut text: String, persons: &[&str]) -> String {
    let mut persons: Vec<&str> = persons.iter().map(|name| name.trim()).collect();
    persons.retain(|name| name.chars().count() > 1);
    persons.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
    for name in persons {
        text = text.replace(name, &person_name(name, Audience::Public));
    }
    text
}

/// The first and last characters around stars; nothing of a text that is hardly longer than them.
fn ends(text: &str, first: usize, stars: &str, last: usize) -> String {
    let characters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let shown = first.saturating_add(last);
    if characters.len() < shown.saturating_add(HIDDEN_LEAST) {
        return stars.to_owned();
    }
    let head: String = characters.iter().take(first).collect();
    let tail = characters.len().saturating_sub(last);
    let tail: String = characters.iter().skip(tail).collect();
    format!("{head}{stars}{tail}")
}
