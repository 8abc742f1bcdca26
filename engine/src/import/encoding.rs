//! Which encoding a file is in, decided over the whole file and never cell by cell.
//!
//! A byte-order mark decides; else strict UTF-8; else strict GB18030, which holds GBK and GB2312.
//! A byte that fits none is an error with its offset: nothing is replaced by `�`.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, GB18030};
use sha2::{Digest, Sha256};

use crate::import::ImportError;
use crate::import::limits::FILE_BYTES_MAX;
use crate::snapshot::atomic::hex;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// The mark that begins UTF-8 files of some programs.
const UTF8_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// The encoding that a file is to be read in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EncodingChoice {
    /// Found out from the whole file.
    #[default]
    Detect,
    /// UTF-8, with or without a mark.
    Utf8,
    /// GB18030, which holds GBK and GB2312.
    Gb18030,
}

/// The encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8 after this many bytes of mark.
    Utf8 {
        /// 0 or 3.
        mark: u64,
    },
    /// GB18030.
    Gb18030,
}

impl Encoding {
    /// The name for reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 { mark: 0 } => "UTF-8",
            Self::Utf8 { .. } => "UTF-8 (BOM)",
            Self::Gb18030 => "GB18030",
        }
    }
}

/// What the first pass over a file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inspection {
    pub(crate) encoding: Encoding,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// Reads the whole file once and decides its encoding.
pub(crate) fn inspect<R: Read + Seek>(
    reader: &mut R,
    path: &Path,
    choice: EncodingChoice,
) -> Result<Inspection, ImportError> {
    let io = |source| ImportError::Io {
        path: path.to_path_buf(),
        source,
    };
    let pass = first_pass(reader).map_err(io)?;
    if pass.bytes > FILE_BYTES_MAX {
        return Err(ImportError::FileTooLong);
    }
    if matches!(pass.start, [0xFF, 0xFE, _] | [0xFE, 0xFF, _]) {
        return Err(ImportError::Utf16);
    }
    let mark = if pass.start == UTF8_MARK { 3 } else { 0 };
    let utf8 = || Encoding::Utf8 { mark };
    let mut gb18030 = || gb18030_error(reader).map_err(io);
    let encoding = match (choice, pass.utf8_error) {
        (EncodingChoice::Detect | EncodingChoice::Utf8, None) => utf8(),
        (EncodingChoice::Utf8, Some(offset)) => {
            return Err(ImportError::WrongEncoding {
                encoding: "UTF-8",
                offset,
            });
        }
        (EncodingChoice::Detect, Some(offset)) if mark > 0 => {
            return Err(ImportError::WrongEncoding {
                encoding: "UTF-8",
                offset,
            });
        }
        (EncodingChoice::Detect, Some(utf8_offset)) => match gb18030()? {
            None => Encoding::Gb18030,
            Some(gb18030_offset) => {
                return Err(ImportError::UnknownEncoding {
                    utf8_offset,
                    gb18030_offset,
                });
            }
        },
        (EncodingChoice::Gb18030, _) => match gb18030()? {
            None => Encoding::Gb18030,
            Some(offset) => {
                return Err(ImportError::WrongEncoding {
                    encoding: "GB18030",
                    offset,
                });
            }
        },
    };
    Ok(Inspection {
        encoding,
        sha256: pass.sha256,
        bytes: pass.bytes,
    })
}

struct FirstPass {
    sha256: String,
    bytes: u64,
    utf8_error: Option<u64>,
    /// The first three bytes, zero where the file is shorter.
    start: [u8; 3],
}

/// Hashes the file and looks for the first byte that is not UTF-8.
fn first_pass<R: Read + Seek>(reader: &mut R) -> io::Result<FirstPass> {
    reader.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let mut pass = FirstPass {
        sha256: String::new(),
        bytes: 0,
        utf8_error: None,
        start: [0; 3],
    };
    let mut chunk = vec![0u8; CHUNK_BYTES];
    let mut carried: Vec<u8> = Vec::new();
    loop {
        let count = read_some(reader, &mut chunk)?;
        let fresh = chunk.get(..count).unwrap_or_default();
        if pass.bytes == 0 {
            pass.start
                .iter_mut()
                .zip(fresh)
                .for_each(|(to, from)| *to = *from);
        }
        hash.update(fresh);
        if pass.utf8_error.is_none() {
            let before = pass.bytes.saturating_sub(length(carried.len()));
            carried.extend_from_slice(fresh);
            pass.utf8_error = utf8_error(&mut carried, count == 0)
                .map(|place| before.saturating_add(length(place)));
        }
        pass.bytes = pass.bytes.saturating_add(length(count));
        if count == 0 || pass.bytes > FILE_BYTES_MAX {
            pass.sha256 = hex(&hash.finalize());
            return Ok(pass);
        }
    }
}

/// The place of the first byte that is not UTF-8. What is left in `bytes` is the beginning of a
/// character that the next chunk may complete.
fn utf8_error(bytes: &mut Vec<u8>, last: bool) -> Option<usize> {
    let (valid, incomplete) = match std::str::from_utf8(bytes) {
        Ok(_) => (bytes.len(), false),
        Err(error) => (error.valid_up_to(), error.error_len().is_none()),
    };
    let wrong = valid < bytes.len() && (last || !incomplete);
    bytes.drain(..valid);
    wrong.then_some(valid)
}

/// The offset of the first byte that is not GB18030.
fn gb18030_error<R: Read + Seek>(reader: &mut R) -> io::Result<Option<u64>> {
    reader.seek(SeekFrom::Start(0))?;
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut chunk = vec![0u8; CHUNK_BYTES];
    let mut text = vec![0u8; CHUNK_BYTES.saturating_mul(4)];
    let mut before = 0u64;
    loop {
        let count = read_some(reader, &mut chunk)?;
        let mut rest = chunk.get(..count).unwrap_or_default();
        loop {
            let (result, read, _) =
                decoder.decode_to_utf8_without_replacement(rest, &mut text, count == 0);
            rest = rest.get(read..).unwrap_or_default();
            before = before.saturating_add(length(read));
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(wrong, after) => {
                    let back = u64::from(wrong).saturating_add(u64::from(after));
                    return Ok(Some(before.saturating_sub(back)));
                }
            }
        }
        if count == 0 {
            return Ok(None);
        }
    }
}

/// Reads until the chunk is full or the file ends.
fn read_some<R: Read>(reader: &mut R, chunk: &mut [u8]) -> io::Result<usize> {
    let mut count = 0usize;
    while let Some(rest) = chunk.get_mut(count..)
        && !rest.is_empty()
    {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(more) => count = count.saturating_add(more),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// A file as UTF-8 text, from the beginning.
pub(crate) struct Utf8Reader<R> {
    reader: R,
    decoder: Option<Decoder>,
    encoded: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
    ended: bool,
    bytes_read: u64,
}

impl<R: Read + Seek> Utf8Reader<R> {
    /// Goes to the beginning of the text.
    pub(crate) fn new(mut reader: R, encoding: Encoding) -> io::Result<Self> {
        let (start, decoder) = match encoding {
            Encoding::Utf8 { mark } => (mark, None),
            Encoding::Gb18030 => (0, Some(GB18030.new_decoder_without_bom_handling())),
        };
        reader.seek(SeekFrom::Start(start))?;
        Ok(Self {
            reader,
            decoder,
            encoded: vec![0; CHUNK_BYTES],
            decoded: Vec::new(),
            given: 0,
            ended: false,
            bytes_read: start,
        })
    }
}

impl<R> Utf8Reader<R> {
    /// How many bytes of the file have been read.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

impl<R: Read> Utf8Reader<R> {
    /// Decodes the next chunk; afterwards nothing is left to give only at the end of the file.
    fn decode(&mut self) -> io::Result<()> {
        let Some(decoder) = self.decoder.as_mut() else {
            return Ok(());
        };
        while self.given >= self.decoded.len() && !self.ended {
            let count = read_some(&mut self.reader, &mut self.encoded)?;
            self.bytes_read = self.bytes_read.saturating_add(length(count));
            self.ended = count == 0;
            let fresh = self.encoded.get(..count).unwrap_or_default();
            // Four bytes of text for a byte of GB18030 are always enough.
            self.decoded
                .resize(count.saturating_mul(4).saturating_add(16), 0);
            let (result, _, written) =
                decoder.decode_to_utf8_without_replacement(fresh, &mut self.decoded, self.ended);
            if result != DecoderResult::InputEmpty {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "读取期间文件被改动",
                ));
            }
            self.decoded.truncate(written);
            self.given = 0;
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.decoder.is_none() {
            let count = self.reader.read(buffer)?;
            self.bytes_read = self.bytes_read.saturating_add(length(count));
            return Ok(count);
        }
        self.decode()?;
        let ready = self.decoded.get(self.given..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given = self.given.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[track_caller]
    fn found(bytes: &[u8], choice: EncodingChoice) -> Result<(Encoding, String), ImportError> {
        let mut reader = Cursor::new(bytes);
        let inspection = inspect(&mut reader, Path::new("test.csv"), choice)?;
        let mut text = String::new();
        let mut decoded = Utf8Reader::new(reader, inspection.encoding).unwrap();
        decoded.read_to_string(&mut text).unwrap();
        assert_eq!(decoded.bytes_read(), inspection.bytes);
        Ok((inspection.encoding, text))
    }

    #[test]
    fn each_encoding_gives_the_same_text() {
        let text = "名称,𠮷野家\n";
        // GBK code points of 名称 and 野家; U+20BB7 is 95 34 B2 35 by the
        // standard's linear rule for the supplementary planes.
        let mut gb: Vec<u8> = vec![0xC3, 0xFB, 0xB3, 0xC6, b','];
        gb.extend([0x95, 0x34, 0xB2, 0x35, 0xD2, 0xB0, 0xBC, 0xD2, b'\n']);
        let mut marked = UTF8_MARK.to_vec();
        marked.extend(text.as_bytes());
        for (bytes, encoding) in [
            (text.as_bytes(), Encoding::Utf8 { mark: 0 }),
            (&marked, Encoding::Utf8 { mark: 3 }),
            (&gb, Encoding::Gb18030),
        ] {
            let expected = (encoding, text.to_owned());
            assert_eq!(found(bytes, EncodingChoice::Detect).unwrap(), expected);
        }
        assert_eq!(found(&gb, EncodingChoice::Gb18030).unwrap().1, text);
    }

    #[test]
    fn a_character_over_the_edge_of_a_chunk_stays_whole() {
        let mut text = "a".repeat(CHUNK_BYTES - 1);
        text.push_str(&"营业收入".repeat(CHUNK_BYTES / 4));
        assert_eq!(
            found(text.as_bytes(), EncodingChoice::Detect).unwrap().1,
            text
        );
        let (gb, _, _) = GB18030.encode(&text);
        assert_eq!(found(&gb, EncodingChoice::Detect).unwrap().1, text);
    }

    #[test]
    fn wrong_bytes_are_named_by_their_offset() {
        let error = found(b"uscc\n\xFF\xFF", EncodingChoice::Detect).unwrap_err();
        assert!(matches!(
            error,
            ImportError::UnknownEncoding {
                utf8_offset: 5,
                gb18030_offset: 5
            }
        ));
        let error = found(b"\xEF\xBB\xBFab\xFF", EncodingChoice::Detect).unwrap_err();
        assert!(matches!(
            error,
            ImportError::WrongEncoding {
                encoding: "UTF-8",
                offset: 5
            }
        ));
        let error = found("名".as_bytes(), EncodingChoice::Gb18030).unwrap_err();
        assert!(matches!(
            error,
            ImportError::WrongEncoding {
                encoding: "GB18030",
                ..
            }
        ));
        let error = found(b"ab\xE5\x90", EncodingChoice::Utf8).unwrap_err();
        assert!(matches!(
            error,
            ImportError::WrongEncoding { offset: 2, .. }
        ));
        let error = found(b"\xFF\xFEu\0s\0", EncodingChoice::Detect).unwrap_err();
        assert!(matches!(error, ImportError::Utf16));
    }
}
