//! Records of a CSV text, one at a time, in bounded memory.
//!
//! RFC 4180 with any of `\n`, `\r\n` and `\r` as line ends. The `csv` crate has no limit on the
//! length of a record, so that one unclosed quotation mark reads a file into memory; here it is
//! an error with the line where the record begins.

use std::io::{self, BufRead, BufReader, Read};

use crate::import::limits::RECORD_BYTES_MAX;

/// One record: the text of its cells and where they end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The line of the file in which it begins, from 1.
    pub(crate) line: u64,
    /// Its number as a spreadsheet counts rows, from 1; blank lines count.
    pub(crate) row: u64,
    /// Whether text follows a closing quotation mark.
    pub(crate) broken_quote: bool,
}

/// Why there is no record.
#[derive(Debug)]
pub(crate) enum RecordError {
    /// The file cannot be read.
    Io(io::Error),
    /// The record that begins in this line is too long.
    TooLong(u64),
    /// The record that begins in this line has an open quotation mark at the end of the file.
    Unclosed(u64),
}

impl Record {
    /// How many cells it has.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cells; `None` where one is no text.
    pub(crate) fn cells(&self) -> impl Iterator<Item = Option<&str>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| std::str::from_utf8(self.text.get(start..*end)?).ok())
    }

    /// Whether the line is blank.
    fn is_blank(&self) -> bool {
        self.text.is_empty() && self.ends.len() == 1
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.broken_quote = false;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    Start,
    /// Inside a cell without quotation marks.
    Plain,
    /// Between quotation marks.
    Quoted,
    /// After a quotation mark inside quotation marks.
    AfterQuote,
}

/// Reads records.
pub(crate) struct Records<R> {
    reader: BufReader<R>,
    delimiter: u8,
    line: u64,
    row: u64,
    after_return: bool,
}

impl<R: Read> Records<R> {
    pub(crate) fn new(reader: R, delimiter: u8) -> Self {
        let reader = BufReader::with_capacity(1 << 16, reader);
        Self {
            reader,
            delimiter,
            line: 1,
            row: 0,
            after_return: false,
        }
    }

    /// What the records are read from.
    pub(crate) fn inner(&self) -> &R {
        self.reader.get_ref()
    }

    /// Reads the next record that is not blank; false at the end of the file.
    pub(crate) fn next(&mut self, record: &mut Record) -> Result<bool, RecordError> {
        loop {
            if !self.read(record)? {
                return Ok(false);
            }
            self.row = self.row.saturating_add(1);
            record.row = self.row;
            if !record.is_blank() {
                return Ok(true);
            }
        }
    }

    fn read(&mut self, record: &mut Record) -> Result<bool, RecordError> {
        record.clear();
        record.line = self.line;
        let mut state = State::Start;
        let mut begun = false;
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(RecordError::Io(error)),
            };
            if chunk.is_empty() {
                return end_of_file(record, state, begun);
            }
            let mut used = 0usize;
            let mut ended = false;
            for byte in chunk {
                used = used.saturating_add(1);
                let second_of_pair = self.after_return && *byte == b'\n';
                self.after_return = *byte == b'\r';
                if second_of_pair && state != State::Quoted {
                    if !begun {
                        record.line = self.line;
                    }
                    continue;
                }
                if matches!(byte, b'\n' | b'\r') && !second_of_pair {
                    self.line = self.line.saturating_add(1);
                }
                begun = true;
                ended = step(record, &mut state, *byte, self.delimiter);
                if ended || record.text.len() > RECORD_BYTES_MAX {
                    break;
                }
            }
            self.reader.consume(used);
            if record.text.len() > RECORD_BYTES_MAX || record.ends.len() > RECORD_BYTES_MAX {
                return Err(RecordError::TooLong(record.line));
            }
            if ended {
                return Ok(true);
            }
        }
    }
}

/// Takes one byte; true when it ends the record.
fn step(record: &mut Record, state: &mut State, byte: u8, delimiter: u8) -> bool {
    let line_end = matches!(byte, b'\n' | b'\r');
    match *state {
        State::Quoted if byte == b'"' => *state = State::AfterQuote,
        State::Quoted => record.text.push(byte),
        State::AfterQuote if byte == b'"' => {
            record.text.push(byte);
            *state = State::Quoted;
        }
        State::Start if byte == b'"' => *state = State::Quoted,
        State::Start | State::Plain | State::AfterQuote if byte == delimiter || line_end => {
            record.ends.push(record.text.len());
            *state = State::Start;
            return line_end;
        }
        State::Start | State::Plain => {
            record.text.push(byte);
            *state = State::Plain;
        }
        State::AfterQuote => {
            record.broken_quote = true;
            record.text.push(byte);
            *state = State::Plain;
        }
    }
    false
}

/// The last record, when the file does not end with a line end.
fn end_of_file(record: &mut Record, state: State, begun: bool) -> Result<bool, RecordError> {
    if state == State::Quoted {
        return Err(RecordError::Unclosed(record.line));
    }
    if begun {
        record.ends.push(record.text.len());
    }
    Ok(begun)
}

/// The delimiter of a text: the one of `,`, `;` and tab that stands most often in its first line
/// outside quotation marks.
pub(crate) fn detect_delimiter<R: Read>(reader: R) -> io::Result<u8> {
    let mut counts = [(b',', 0u64), (b';', 0u64), (b'\t', 0u64)];
    let mut quoted = false;
    let mut begun = false;
    let start = BufReader::new(reader).take(u64::try_from(RECORD_BYTES_MAX).unwrap_or(u64::MAX));
    for byte in start.bytes() {
        let byte = byte?;
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted && begun => break,
            b'\n' | b'\r' => continue,
            _ => {}
        }
        begun = true;
        let count = counts
            .iter_mut()
            .find(|(delimiter, _)| *delimiter == byte && !quoted);
        if let Some((_, count)) = count {
            *count = count.saturating_add(1);
        }
    }
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    Ok(best.map_or(b',', |(delimiter, _)| *delimiter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str) -> Vec<(u64, u64, bool, Vec<String>)> {
        let mut records = Records::new(text.as_bytes(), b',');
        let mut record = Record::default();
        let mut all = Vec::new();
        while records.next(&mut record).unwrap() {
            let cells = record
                .cells()
                .map(|cell| cell.unwrap().to_owned())
                .collect();
            all.push((record.row, record.line, record.broken_quote, cells));
        }
        all
    }

    fn row(row: u64, line: u64, cells: &[&str]) -> (u64, u64, bool, Vec<String>) {
        (
            row,
            line,
            false,
            cells.iter().map(|cell| (*cell).to_owned()).collect(),
        )
    }

    #[test]
    fn any_line_end_ends_a_record() {
        for text in [
            "a,b\nc,d\n",
            "a,b\r\nc,d\r\n",
            "a,b\rc,d\r",
            "a,b\r\nc,d",
            "a,b\rc,d\n",
        ] {
            assert_eq!(
                read(text),
                [row(1, 1, &["a", "b"]), row(2, 2, &["c", "d"])],
                "{text:?}"
            );
        }
    }

    #[test]
    fn blank_lines_count_as_rows() {
        assert_eq!(read("a\n\n\r\nb\n"), [row(1, 1, &["a"]), row(4, 4, &["b"])]);
        assert_eq!(read(""), []);
    }

    #[test]
    fn quotation_marks_hold_anything() {
        let text = "\"a,\"\"b\"\"\",\"x\ny\"\r\n\"\",c\"d\n";
        assert_eq!(
            read(text),
            [row(1, 1, &["a,\"b\"", "x\ny"]), row(2, 3, &["", "c\"d"])]
        );
        assert_eq!(
            read("\"x\r\ny\",z\nq\n"),
            [row(1, 1, &["x\r\ny", "z"]), row(2, 3, &["q"])]
        );
    }

    #[test]
    fn text_after_a_closing_mark_is_noticed() {
        assert_eq!(
            read("\"a\"b,c\n"),
            [(1, 1, true, vec!["ab".to_owned(), "c".to_owned()])]
        );
    }

    #[test]
    fn endless_records_are_refused() {
        let mut record = Record::default();
        let text = format!("a\nb,\"{}", "x\n".repeat(50));
        let mut records = Records::new(text.as_bytes(), b',');
        assert!(records.next(&mut record).unwrap());
        assert!(matches!(
            records.next(&mut record),
            Err(RecordError::Unclosed(2))
        ));
        let endless = io::repeat(b'x').take(1 << 30);
        let mut records = Records::new(endless, b',');
        assert!(matches!(
            records.next(&mut record),
            Err(RecordError::TooLong(1))
        ));
        let endless = io::repeat(b',').take(1 << 30);
        let mut records = Records::new(endless, b',');
        assert!(matches!(
            records.next(&mut record),
            Err(RecordError::TooLong(1))
        ));
    }

    #[test]
    fn the_delimiter_is_the_commonest_of_the_heading() {
        for (text, delimiter) in [
            ("a,b,c\n1;2;3;4;5", b','),
            ("a;b\n", b';'),
            ("a\tb,x\tc\n", b'\t'),
            ("a\n1;2", b','),
            ("\"a;b;c\",d\n", b','),
            ("\n\na;b\n", b';'),
        ] {
            assert_eq!(
                detect_delimiter(text.as_bytes()).unwrap(),
                delimiter,
                "{text:?}"
            );
        }
    }
}
