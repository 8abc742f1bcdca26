//! The character sets of bank files, without any replacement character: a text either has its
//! exact bytes or is refused.

use encoding_rs::{EncoderResult, Encoding};
use serde::Deserialize;

/// A character set that a bank's file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum TextEncoding {
    /// The two-byte set of 1995 with 21,886 signs and characters, as bank hosts know it.
    #[serde(rename = "GBK")]
    Gbk,
    /// The national standard: every character of Unicode in one, two or four bytes.
    #[serde(rename = "GB18030")]
    Gb18030,
    /// UTF-8.
    #[serde(rename = "UTF-8")]
    Utf8,
}

/// A character that the set does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unencodable(pub(crate) char);

/// Why bytes are not a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// Bytes that the set does not have.
    #[error("第 {line} 行含有不属于{encoding}编码的字节")]
    Malformed {
        /// The line, counted from 1.
        line: usize,
        /// The name of the set.
        encoding: &'static str,
    },
    /// The mark of another set at the beginning.
    #[error("文件开头是{found}标记,而约定的编码是{encoding}")]
    OtherMark {
        /// The set of the mark.
        found: &'static str,
        /// The name of the set agreed upon.
        encoding: &'static str,
    },
}

impl TextEncoding {
    /// The name of the set.
    pub(crate) fn name(self) -> &'static str {
        match self {
            TextEncoding::Gbk => "GBK",
            TextEncoding::Gb18030 => "GB18030",
            TextEncoding::Utf8 => "UTF-8",
        }
    }

    fn table(self) -> &'static Encoding {
        match self {
            TextEncoding::Gbk => encoding_rs::GBK,
            TextEncoding::Gb18030 => encoding_rs::GB18030,
            TextEncoding::Utf8 => encoding_rs::UTF_8,
        }
    }

    /// The bytes of a text.
    ///
    /// # Errors
    /// [`Unencodable`] for the first character that the set does not have.
    pub(crate) fn encode(self, text: &str) -> Result<Vec<u8>, Unencodable> {
        if self == TextEncoding::Utf8 {
            return Ok(text.as_bytes().to_vec());
        }
        if let Some(character) = text.chars().find(|character| !self.has(*character)) {
            return Err(Unencodable(character));
        }
        let mut encoder = self.table().new_encoder();
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text;
        loop {
            let room = encoder
                .max_buffer_length_from_utf8_without_replacement(rest.len())
                .unwrap_or(rest.len());
            bytes.reserve(room);
            let (result, read) =
                encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
            match result {
                EncoderResult::InputEmpty => return Ok(bytes),
                EncoderResult::Unmappable(character) => return Err(Unencodable(character)),
                EncoderResult::OutputFull => rest = rest.get(read..).unwrap_or_default(),
            }
        }
    }

    /// Whether the set has a character that means the same on every host.
    fn has(self, character: char) -> bool {
        match self {
            TextEncoding::Utf8 => true,
            TextEncoding::Gb18030 => !is_private(character),
            TextEncoding::Gbk => !is_private(character) && !is_later_than_gbk(character),
        }
    }

    /// The text of bytes; a mark of the set itself at the beginning is dropped.
    ///
    /// # Errors
    /// [`DecodeError`] for bytes that the set does not have and for the mark of another set.
    pub(crate) fn decode(self, bytes: &[u8]) -> Result<String, DecodeError> {
        let encoding = self.name();
        let (mark, rest) = split_mark(bytes);
        if let Some(found) = mark
            && found != encoding
        {
            return Err(DecodeError::OtherMark { found, encoding });
        }
        self.table()
            .decode_without_bom_handling_and_without_replacement(rest)
            .map(std::borrow::Cow::into_owned)
            .ok_or_else(|| DecodeError::Malformed {
                line: self.first_bad_line(rest),
                encoding,
            })
    }

    /// The first line whose bytes are not of the set, counted from 1.
    fn first_bad_line(self, bytes: &[u8]) -> usize {
        // A line feed is never a part of a longer character in any of the sets.
        let is_good = |line: &[u8]| {
            self.table()
                .decode_without_bom_handling_and_without_replacement(line)
                .is_some()
        };
        let good = bytes
            .split(|byte| *byte == b'\n')
            .take_while(|line| is_good(line));
        good.count().saturating_add(1)
    }
}

/// The byte order mark at the beginning, and what follows it.
pub(crate) fn split_mark(bytes: &[u8]) -> (Option<&'static str>, &[u8]) {
    let marks: [(&[u8], &'static str); 4] = [
        (b"\xEF\xBB\xBF", "UTF-8"),
        (b"\xFF\xFE", "UTF-16"),
        (b"\xFE\xFF", "UTF-16"),
        (b"\x84\x31\x95\x33", "GB18030"),
    ];
    marks
        .iter()
        .find_map(|(mark, name)| Some((Some(*name), bytes.strip_prefix(*mark)?)))
        .unwrap_or((None, bytes))
}

/// Characters that each system gives its own meaning (造字区).
fn is_private(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Characters that came into the two-byte area with GB18030 and that tables called "GBK" write
/// nevertheless; a bank's GBK host does not know them. The euro sign is one byte in one table,
/// two in another and absent from the standard.
fn is_later_than_gbk(character: char) -> bool {
    matches!(
        character,
        '\u{80}'
            | '€'
            | '\u{1f9}'
            | '\u{1e3f}'
            | '\u{2e80}'..='\u{2fff}'
            | '\u{303e}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{9fa6}'..='\u{9fff}'
            | '\u{fe10}'..='\u{fe1f}'
            | '\u{10000}'..
    )
}
