//! A block of rules and where each of its bytes stands in the file.

use std::ops::Range;

/// The text between the fences of one `zhida` block.
///
/// # Shape
/// The text is without the indentation of lists and quotes around it and its lines end with
/// `\n`; [`to_file_offset`](Block::to_file_offset) leads every byte back to the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    article: usize,
    span: Range<usize>,
    content: Range<usize>,
    text: String,
    pieces: Vec<Piece>,
}

/// A run of bytes that stands in one piece in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    text_start: usize,
    file_start: usize,
    file_end: usize,
}

impl Block {
    /// An empty block that begins with its opening fence.
    pub(super) fn open(article: usize, file: &str, span: Range<usize>) -> Block {
        let fenced = file.get(span.clone()).unwrap_or_default();
        let first_line = fenced
            .find('\n')
            .map_or(fenced.len(), |at| at.saturating_add(1));
        let content = span.start.saturating_add(first_line)..span.end;
        Block {
            article,
            span,
            content,
            text: String::new(),
            pieces: Vec::new(),
        }
    }

    /// Adds text that stands at these bytes of the file.
    pub(super) fn push(&mut self, text: &str, file: Range<usize>) {
        let text_start = self.text.len();
        self.pieces.push(Piece {
            text_start,
            file_start: file.start,
            file_end: file.end,
        });
        self.text.push_str(text);
    }

    /// Ends the block; tells whether a closing fence was found.
    pub(super) fn close(&mut self, file: &str) -> bool {
        let text_end = self
            .pieces
            .last()
            .map_or(self.content.start, |piece| piece.file_end);
        let after = file.get(text_end..self.span.end).unwrap_or_default();
        let closed = after.contains(['`', '~']);
        if closed {
            let fenced = file
                .get(self.content.start..self.span.end)
                .unwrap_or_default();
            let last_line = fenced
                .trim_end()
                .rfind('\n')
                .map_or(0, |at| at.saturating_add(1));
            self.content.end = self.content.start.saturating_add(last_line);
        }
        closed
    }

    /// The number of the article that the block stands in.
    #[must_use]
    pub fn article(&self) -> usize {
        self.article
    }

    /// The rules.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the file from the opening to the closing fence.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The bytes of the lines between the fences, indentation included.
    #[must_use]
    pub fn content_span(&self) -> Range<usize> {
        self.content.clone()
    }

    /// The byte of the file where a byte of the text stands; beyond the end, the end.
    #[must_use]
    pub fn to_file_offset(&self, offset: usize) -> usize {
        self.piece_at(offset)
            .map_or(self.content.start, |piece| piece.to_file(offset))
    }

    /// The bytes of the file for a range of the text.
    ///
    /// The end follows the last byte of the range, so that a range that ends a line does not
    /// reach into the indentation of the next.
    #[must_use]
    pub fn to_file_span(&self, range: Range<usize>) -> Range<usize> {
        let start = self.to_file_offset(range.start);
        let last = range.end.checked_sub(1).filter(|last| *last >= range.start);
        let end = last.and_then(|last| Some(self.piece_at(last)?.to_file(range.end)));
        start..end.unwrap_or(start).max(start)
    }

    /// The piece that holds a byte of the text.
    fn piece_at(&self, offset: usize) -> Option<&Piece> {
        let after = self
            .pieces
            .partition_point(|piece| piece.text_start <= offset);
        self.pieces.get(after.checked_sub(1)?)
    }
}

impl Piece {
    /// The byte of the file for a byte of the text in or right after this piece.
    fn to_file(self, offset: usize) -> usize {
        let within = offset.saturating_sub(self.text_start);
        self.file_start.saturating_add(within).min(self.file_end)
    }
}
