//! The text of one block and where each of its bytes stands in the file.

use std::borrow::Cow;
use std::ops::Range;

use crate::span::{FileId, Span};

/// One run of bytes that is contiguous both in the block and in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    /// Where the run starts in the block.
    block: usize,
    /// Where it starts in the file.
    file: usize,
}

/// Which bytes of a file hold the content of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRange {
    /// Whole lines, without the lines of the fence.
    pub range: Range<usize>,
    /// What stands before each line because the block is inside a list or a quotation.
    pub indent: String,
}

/// The text of one block, with the way back to the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockSource<'a> {
    file: FileId,
    text: Cow<'a, str>,
    segments: Vec<Segment>,
}

impl<'a> BlockSource<'a> {
    /// A block that stands in the file as one piece, from byte `base` on.
    #[must_use]
    pub fn contiguous(file: FileId, text: &'a str, base: usize) -> Self {
        Self {
            file,
            text: Cow::Borrowed(text),
            segments: vec![Segment {
                block: 0,
                file: base,
            }],
        }
    }

    /// A block put together from pieces of the file, as one inside a list is from its lines.
    ///
    /// # Shape
    /// Each piece is its text and the byte of the file where it starts, in order.
    #[must_use]
    pub fn pieces<'p>(file: FileId, pieces: impl IntoIterator<Item = (&'p str, usize)>) -> Self {
        let mut text = String::new();
        let mut segments = Vec::new();
        for (piece, start) in pieces {
            segments.push(Segment {
                block: text.len(),
                file: start,
            });
            text.push_str(piece);
        }
        Self {
            file,
            text: Cow::Owned(text),
            segments,
        }
    }

    /// The content of a block of a file, the indentation of each line taken off.
    ///
    /// # Shape
    /// A line that is indented less keeps what it has beyond its own white space.
    #[must_use]
    pub fn of_range(file: FileId, file_text: &'a str, block: &BlockRange) -> Self {
        let content = file_text.get(block.range.clone()).unwrap_or_default();
        if block.indent.is_empty() {
            return Self::contiguous(file, content, block.range.start);
        }
        let mut start = block.range.start;
        let mut pieces = Vec::new();
        for line in content.split_inclusive('\n') {
            let taken = indent_length(line, &block.indent);
            pieces.push((
                line.get(taken..).unwrap_or_default(),
                start.saturating_add(taken),
            ));
            start = start.saturating_add(line.len());
        }
        Self::pieces(file, pieces)
    }

    /// The text of the block.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file the block stands in.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The span in the file of a range of bytes of the block.
    #[must_use]
    pub fn span(&self, start: usize, end: usize) -> Span {
        let first = self.place(start);
        let last = if end > start {
            self.place(end.saturating_sub(1)).saturating_add(1)
        } else {
            first
        };
        Span::new(self.file, first, last)
    }

    /// The byte of the file where a byte of the block stands.
    fn place(&self, offset: usize) -> usize {
        let after = self
            .segments
            .partition_point(|segment| segment.block <= offset);
        self.segments
            .get(after.saturating_sub(1))
            .map_or(offset, |segment| {
                segment
                    .file
                    .saturating_add(offset.saturating_sub(segment.block))
            })
    }
}

/// How many bytes at the start of a line are its indentation.
fn indent_length(line: &str, indent: &str) -> usize {
    if line.starts_with(indent) {
        return indent.len();
    }
    line.bytes()
        .take(indent.len())
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}
