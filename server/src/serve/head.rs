//! The framing of an HTTP/1 head as it came over the wire.
//!
//! hyper reads `Content-Length` beside `Transfer-Encoding` as the standard allows: the length is
//! dropped and the connection closed afterwards. A proxy in front may have read it the other way
//! round, so such a request is not answered at all. What hyper drops can only be seen here.

/// The end of a head, and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// More is to come.
    Open,
    /// Whole; the problem where there is one.
    Whole(Option<&'static str>),
}

/// Looks at what was read so far.
pub(super) fn examine(bytes: &[u8]) -> Head {
    let mut lines = Lines(bytes);
    let (mut lengths, mut codings, mut hosts) = (0u32, 0u32, 0u32);
    let mut problem = None;
    let mut is_first = true;
    loop {
        let Some((line, ended_well)) = lines.next() else {
            return Head::Open;
        };
        if !ended_well {
            problem = problem.or(Some("行尾应为 CRLF"));
        }
        if line.is_empty() {
            // Empty lines before the request line are skipped, as by the parser.
            if is_first {
                continue;
            }
            break;
        }
        if is_first {
            is_first = false;
            continue;
        }
        if line
            .first()
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        {
            problem = problem.or(Some("首部折行"));
            continue;
        }
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (parts.next().unwrap_or(&[]), parts.next().unwrap_or(&[]));
        let name = name.trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            lengths = lengths.saturating_add(1);
            if !value.trim_ascii().iter().all(u8::is_ascii_digit) {
                problem = problem.or(Some("Content-Length 不是数字"));
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            codings = codings.saturating_add(1);
            if !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                problem = problem.or(Some("Transfer-Encoding 只能是 chunked"));
            }
        } else if name.eq_ignore_ascii_case(b"host") {
            hosts = hosts.saturating_add(1);
        }
    }
    let counted = match (lengths, codings, hosts) {
        (1.., 1.., _) => Some("Content-Length 和 Transfer-Encoding 不能同时出现"),
        (2.., _, _) => Some("Content-Length 出现多次"),
        (_, 2.., _) => Some("Transfer-Encoding 出现多次"),
        (_, _, 2..) => Some("Host 出现多次"),
        (_, _, _) => None,
    };
    Head::Whole(counted.or(problem))
}

/// Lines without their ends, and whether each ended with CRLF.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a [u8], bool);

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.0.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..)?;
        Some(match line.strip_suffix(b"\r") {
            Some(line) => (line, true),
            None => (line, false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, expected: Option<&str>) {
        let bytes = head.as_bytes();
        for end in 0..bytes.len() {
            assert_eq!(examine(&bytes[..end]), Head::Open, "{end} of {head:?}");
        }
        let Head::Whole(problem) = examine(bytes) else {
            panic!("{head:?} is open")
        };
        match (problem, expected) {
            (None, None) => {}
            (Some(told), Some(word)) if told.contains(word) => {}
            (told, word) => panic!("{head:?}: {told:?}, expected {word:?}"),
        }
    }

    #[test]
    fn heads_are_framed_in_one_way_only() {
        check("GET / HTTP/1.1\r\nHost: a\r\n\r\n", None);
        check("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", None);
        check("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", None);
        check(
            "POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n",
            None,
        );
        for (fields, word) in [
            ("Content-Length: 3\r\nTransfer-Encoding: chunked", "同时"),
            ("TRANSFER-ENCODING: chunked\r\ncontent-length: 3", "同时"),
            ("Content-Length: 3\r\nContent-Length: 3", "多次"),
            ("Content-Length: 3\r\nContent-Length: 4", "多次"),
            ("Content-Length: +3", "数字"),
            ("Content-Length: 3, 3", "数字"),
            ("Content-Length: 0x3", "数字"),
            (
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "多次",
            ),
            ("Transfer-Encoding: xchunked", "chunked"),
            ("Transfer-Encoding: gzip, chunked", "chunked"),
            ("Transfer-Encoding:\u{b}chunked", "chunked"),
            ("Transfer-Encoding : chunked\r\nContent-Length: 3", "同时"),
            ("X: y\r\n Content-Length: 3", "折行"),
            ("X: y\nContent-Length: 3", "CRLF"),
            ("Host: a\r\nHost: b", "Host"),
        ] {
            check(&format!("POST / HTTP/1.1\r\n{fields}\r\n\r\n"), Some(word));
        }
    }
}
