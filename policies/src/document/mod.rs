//! Policy files: front matter, articles, and the blocks of rules inside them.
//!
//! Every part keeps the bytes of the file it came from, so that a fault can be shown where it
//! stands. Nothing here understands a rule.

mod articles;
mod block;
mod fault;
mod front_matter;
mod lines;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use articles::Article;
pub use block::Block;
pub use fault::{DocumentFault, DocumentFaultKind};
pub use front_matter::{FrontMatter, Located, PolicyStatus};
pub use lines::{LineIndex, LinePosition};

use lines::BYTE_ORDER_MARK;

/// The most bytes of a policy file.
pub const DOCUMENT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// One policy file: what it says about itself, its articles and its blocks of rules.
///
/// # Source
/// NOTATION.md part 1.
/// # Example
/// ````
/// # use zhida_policies::document::Document;
/// let text = "---
/// id: sample
/// title: 样例
/// region: \"4206\"
/// effective: 2025-01-01
/// ---
/// ## 第八条 增长奖励
/// 增速10%以上的奖励20万元。
/// ```zhida
/// 事项 growth \"增长奖励\"
/// ```
/// ";
/// let reading = Document::read(text);
/// assert!(reading.faults.iter().all(|fault| fault.is_warning()));
/// let document = reading.document;
/// assert_eq!(document.front_matter().unwrap().id.value, "sample");
/// assert_eq!(document.articles()[0].label, "第八条");
/// let block = &document.blocks()[0];
/// assert_eq!(block.text(), "事项 growth \"增长奖励\"\n");
/// assert_eq!(&text[block.to_file_offset(0)..][..6], "事项");
/// ````
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    text: String,
    front_matter: Option<FrontMatter>,
    articles: Vec<Article>,
    blocks: Vec<Block>,
}

/// A policy file as far as it can be read, and everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The file; without front matter if that is faulty.
    pub document: Document,
    /// Every fault, in the order of the text.
    pub faults: Vec<DocumentFault>,
}

impl Document {
    /// Reads a policy file from its bytes, which must be UTF-8.
    #[must_use]
    pub fn read_bytes(bytes: &[u8]) -> Reading {
        match std::str::from_utf8(bytes) {
            Ok(text) => Document::read(text),
            Err(error) => {
                let start = error.valid_up_to();
                let end = start
                    .saturating_add(error.error_len().unwrap_or(1))
                    .min(bytes.len());
                Document::refused(start..end, DocumentFaultKind::InvalidUtf8)
            }
        }
    }

    /// Reads a policy file. Nothing is lost: what can be read is, and every fault is told.
    #[must_use]
    pub fn read(text: &str) -> Reading {
        if text.len() > DOCUMENT_BYTES_MAX {
            return Document::refused(0..0, DocumentFaultKind::TooLarge);
        }
        let mut faults = Vec::new();
        let (front_matter, body) = front_matter::read(text, &mut faults);
        let (articles, blocks) = articles::read(text, body, &mut faults);
        faults.sort_by_key(|fault| (fault.span.start, fault.span.end));
        let document = Document {
            text: text.to_owned(),
            front_matter,
            articles,
            blocks,
        };
        Reading { document, faults }
    }

    /// A file that cannot be read at all.
    fn refused(span: Range<usize>, kind: DocumentFaultKind) -> Reading {
        let document = Document {
            text: String::new(),
            front_matter: None,
            articles: Vec::new(),
            blocks: Vec::new(),
        };
        Reading {
            document,
            faults: vec![DocumentFault { span, kind }],
        }
    }

    /// The text of the file, as it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the policy says about itself; nothing if that is faulty.
    #[must_use]
    pub fn front_matter(&self) -> Option<&FrontMatter> {
        self.front_matter.as_ref()
    }

    /// The articles, in the order of the text.
    #[must_use]
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// The article that a block stands in.
    #[must_use]
    pub fn article_of(&self, block: &Block) -> Option<&Article> {
        self.articles.get(block.article())
    }

    /// The blocks of rules, in the order of the text.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The lines of the file.
    #[must_use]
    pub fn line_index(&self) -> LineIndex {
        LineIndex::new(&self.text)
    }
}
