//! The lines of a settlement in pieces that fit the caches, each of whole enterprises.

use crate::awards::line::Line;

/// Lines that one thread looks at in one go, apart from the end of the last enterprise.
const PIECE: usize = if cfg!(test) { 3 } else { 16_384 };

/// Where the pieces start.
///
/// That depends on the lines alone, never on threads.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    starts: Vec<usize>,
}

impl Pieces {
    /// The pieces of these lines.
    pub(super) fn of(lines: &[Line]) -> Self {
        let (mut starts, mut start) = (Vec::new(), 0);
        while start < lines.len() {
            starts.push(start);
            let mut end = lines.len().min(start + PIECE);
            while end < lines.len() && lines[end].row == lines[end - 1].row {
                end += 1;
            }
            start = end;
        }
        Self { starts }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The piece that holds a line.
    pub(super) fn find(&self, at: usize) -> usize {
        let before = self.starts.partition_point(|start| *start <= at);
        before.saturating_sub(1)
    }

    /// The pieces of the same lines, each with the place where it starts.
    pub(super) fn split<'l>(&self, lines: &'l mut [Line]) -> Vec<(usize, &'l mut [Line])> {
        let all = lines.len();
        let ends = self.starts.iter().skip(1).copied().chain([all]);
        let mut rest = lines;
        let pieces = self.starts.iter().zip(ends).map(|(start, end)| {
            let (piece, others) = std::mem::take(&mut rest).split_at_mut(end - start);
            rest = others;
            (*start, piece)
        });
        pieces.collect()
    }
}
