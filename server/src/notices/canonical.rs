//! A notice list in one fixed form of text, which the digest is made of.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use zhida_policies::values::Money;

use super::{AmountStanding, NoticeList};

/// The first line; another form gets another number.
const FORM: &str = "zhida-notice\t1";

/// The list line by line: a key and its values, TAB between them.
///
/// # Shape
/// UTF-8, one LF after every line, amounts in fen, dates as 2025-03-01, bytes in hexadecimal. A
/// value cannot hold a TAB or LF (masked texts have no control characters), so that no two lists
/// have the same text.
pub(super) fn text(list: &NoticeList) -> String {
    let mut lines = Lines(String::new());
    lines.raw(FORM);
    let texts = [
        ("title", &list.title),
        ("bureau", &list.bureau),
        ("policy", &list.policy_title),
        ("document", &list.policy_number),
        ("article", &list.article),
        ("measure", &list.measure),
    ];
    for (key, text) in texts {
        lines.put(key, &[text.as_str()]);
    }
    lines.put("published", &[&list.published.to_string()]);
    lines.put("working-days", &[&list.working_days.to_string()]);
    lines.put("until", &[&list.until.to_string()]);
    lines.put("objections", &[&list.objections]);
    for (row, place) in list.rows.iter().zip(1usize..) {
        let standing = match row.standing {
            AmountStanding::Final => "final",
            AmountStanding::Provisional => "provisional",
        };
        let (place, fen) = (place.to_string(), fen(row.amount));
        let (name, basis) = (row.enterprise.as_str(), row.basis.as_str());
        lines.put("row", &[&place, &row.uscc, name, &fen, standing, basis]);
    }
    lines.put("total", &[&fen(list.total)]);
    lines.put("provisional", &[&fen(list.provisional)]);
    let evidence = &list.evidence;
    lines.put("sweep", &[&hex(&evidence.sweep)]);
    if let Some(seal) = &evidence.seal {
        lines.put("seal", &[&hex(seal)]);
    }
    lines.put("log-size", &[&evidence.log_size.to_string()]);
    lines.put("log-root", &[&hex(&evidence.log_root)]);
    lines.put("log-signature", &[&hex(&evidence.log_signature)]);
    lines.put("key", &[&evidence.key]);
    lines.0
}

/// SHA-256 of the text.
pub(super) fn digest(list: &NoticeList) -> [u8; 32] {
    Sha256::digest(text(list).as_bytes()).into()
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn fen(amount: Money) -> String {
    amount.fen().to_string()
}

struct Lines(String);

impl Lines {
    fn raw(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn put(&mut self, key: &str, values: &[&str]) {
        self.raw(&format!("{key}\t{}", values.join("\t")));
    }
}
