//! From policy texts to a checked library. All faults of all files are found in one run.

mod cases;
mod cells;
mod combinations;
mod constants;
mod declarations;
mod examples;
mod expression;
mod globals;
mod groups;
mod intervals;
mod lints;
mod measures;
mod members;
mod nearest;
mod scope;
#[cfg(test)]
mod tests;
mod types;
pub mod written;

pub use expression::standalone::{CheckedCell, check_cell, check_expression};
pub use scope::Environment;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::{Document, PolicyStatus, Reading};
use crate::fault::{Code, Fault};
use crate::measure::library::{Library, Policy, SourceFile};
use crate::measure::{MeasureRef, PolicyId};
use crate::span::{FileId, Span};
use crate::syntax::ast::BlockSyntax;
use crate::syntax::{BlockSource, parse_block};
use crate::values::{Codes, Date};
use crate::vocabulary::Vocabulary;

/// One policy file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    /// Its path below the folder that was read, with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a check depends on besides the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckOptions {
    /// The day against which expiry is judged; without it no policy counts as expired.
    pub today: Option<Date>,
}

/// A block of rules as it was parsed.
pub(crate) struct ParsedBlock {
    pub(crate) policy: PolicyId,
    pub(crate) article: usize,
    /// Whether all of it could be read.
    pub(crate) whole: bool,
    pub(crate) syntax: BlockSyntax,
}

/// A policy file as it was read, with the policy that it declares.
struct ReadFile {
    document: Document,
    policy: Option<PolicyId>,
}

/// Checks policy files together.
///
/// # Shape
/// The library holds every policy, measure and group that is whole, in the order of paths and of
/// the text, and every fault of every file. A measure with a fault is kept where it can be typed,
/// so that what depends on it can be checked; whoever runs a library first asks
/// [`Library::has_faults`].
/// # Source
/// NOTATION.md part 8.
#[must_use]
pub fn check(
    mut texts: Vec<PolicyText>,
    vocabulary: Arc<Vocabulary>,
    codes: Arc<Codes>,
    options: CheckOptions,
) -> Library {
    texts.sort_by(|left, right| left.path.cmp(&right.path));
    let mut faults = Vec::new();
    let mut files = Vec::with_capacity(texts.len());
    let mut policies: Vec<Policy> = Vec::new();
    let mut read: Vec<ReadFile> = Vec::with_capacity(texts.len());
    for (index, text) in texts.into_iter().enumerate() {
        let id = FileId(u32::try_from(index).unwrap_or(u32::MAX));
        let document = read_document(id, &text.bytes, &mut faults);
        files.push(SourceFile {
            id,
            path: text.path,
            text: Arc::from(document.text()),
        });
        let policy = policy_of(&document, id, &policies, &codes, options, &mut faults);
        let policy = policy.map(|policy| {
            policies.push(policy);
            PolicyId(policies.len().saturating_sub(1))
        });
        read.push(ReadFile { document, policy });
    }
    let blocks = parse_blocks(&files, &read, &mut faults);
    let declared = declarations::check_declarations(
        &vocabulary,
        &codes,
        &files,
        &policies,
        &blocks,
        &mut faults,
    );
    for (file, source) in read.iter().zip(&files) {
        if let Some(policy) = file.policy {
            figures_of_articles(
                &file.document,
                source.id,
                policy,
                &blocks,
                &declared,
                &mut faults,
            );
        }
    }
    faults.sort_by_key(|fault| {
        (
            fault.span.file,
            fault.span.start,
            fault.code,
            fault.span.end,
        )
    });
    faults.dedup();
    let measure_index: BTreeMap<MeasureRef, usize> = declared
        .measures
        .iter()
        .enumerate()
        .map(|(index, measure)| (measure.id.clone(), index))
        .collect();
    Library {
        vocabulary,
        codes,
        files,
        policies,
        measures: declared.measures,
        parameters: declared.parameters,
        funds: declared.funds,
        caps: declared.caps,
        highest_of: declared.highest_of,
        cases: declared.cases,
        faults,
        measure_index,
    }
}

/// Reads a file; what only should be stated is no fault of a rule.
fn read_document(id: FileId, bytes: &[u8], faults: &mut Vec<Fault>) -> Document {
    let Reading {
        document,
        faults: found,
    } = Document::read_bytes(bytes);
    let refusals = found.iter().filter(|fault| !fault.is_warning());
    faults.extend(refusals.map(|fault| document_fault(id, fault)));
    document
}

fn document_fault(file: FileId, fault: &crate::document::DocumentFault) -> Fault {
    let span = Span::new(file, fault.span.start, fault.span.end);
    Fault::new(Code::Z01, span, fault.kind.to_string())
}

/// The policy that a file declares, where its front matter is whole.
fn policy_of(
    document: &Document,
    file: FileId,
    earlier: &[Policy],
    codes: &Codes,
    options: CheckOptions,
    faults: &mut Vec<Fault>,
) -> Option<Policy> {
    let front = document.front_matter()?;
    let span = |range: &std::ops::Range<usize>| Span::new(file, range.start, range.end);
    if let Some(other) = earlier.iter().find(|policy| *policy.id == *front.id.value) {
        faults.push(
            Fault::new(
                Code::Z05,
                span(&front.id.span),
                format!("已经有编号为“{}”的文件:{}", other.id, other.title),
            )
            .with_help("换一个 id"),
        );
    }
    if let Err(unknown) = codes.region(front.region.value.as_str()) {
        let fault = Fault::new(
            Code::Z07,
            span(&front.region.span),
            format!("没有“{}”这个地区代码(GB/T 2260)", unknown.code),
        );
        faults.push(match unknown.nearest {
            Some(near) => fault.with_help(format!("最接近的是“{near}”")),
            None => fault.with_help("对照代码表改正;全国写 \"\""),
        });
    }
    if let (Some(expires), Some(today)) = (&front.expires, options.today)
        && expires.value < today
        && front.status != PolicyStatus::Archived
    {
        faults.push(
            Fault::new(
                Code::W04,
                span(&expires.span),
                format!("文件已于 {} 失效", expires.value),
            )
            .with_help("只为复算保留的旧文件,在开头写 status: archived"),
        );
    }
    let text = |located: &crate::document::Located<String>| located.value.clone();
    Some(Policy {
        id: Arc::from(front.id.value.as_str()),
        title: text(&front.title),
        document_number: front.document_number.as_ref().map(text),
        issuer: front.issuer.as_ref().map(text),
        region: front.region.value,
        published: front.published.as_ref().map(|located| located.value),
        effective: front.effective.value,
        expires: front.expires.as_ref().map(|located| located.value),
        supersedes: front.supersedes.iter().map(text).collect(),
        source: front.source.as_ref().map(text),
        topics: front.topics.iter().map(text).collect(),
        status: front.status,
        articles: document.articles().to_vec(),
        file,
    })
}

fn parse_blocks(
    files: &[SourceFile],
    read: &[ReadFile],
    faults: &mut Vec<Fault>,
) -> Vec<ParsedBlock> {
    let mut blocks = Vec::new();
    for (file, source) in read.iter().zip(files) {
        for block in file.document.blocks() {
            let mut offset: usize = 0;
            let pieces: Vec<(&str, usize)> = block
                .text()
                .split_inclusive('\n')
                .map(|line| {
                    let start = block.to_file_offset(offset);
                    offset = offset.saturating_add(line.len());
                    (line, start)
                })
                .collect();
            let (syntax, found) = parse_block(&BlockSource::pieces(source.id, pieces));
            let whole = found.is_empty();
            faults.extend(found);
            if let Some(policy) = file.policy {
                blocks.push(ParsedBlock {
                    policy,
                    article: block.article(),
                    whole,
                    syntax,
                });
            }
        }
    }
    blocks
}

/// W01 and W02 for every article that has rules.
fn figures_of_articles(
    document: &Document,
    file: FileId,
    policy: PolicyId,
    blocks: &[ParsedBlock],
    declared: &declarations::Declared,
    faults: &mut Vec<Fault>,
) {
    use lints::wording::TextFigure;
    let articles = document.articles();
    let figures_in = |index: usize| -> Vec<TextFigure> {
        let Some(article) = articles.get(index) else {
            return Vec::new();
        };
        let spans = article.text_spans.iter();
        spans
            .filter_map(|range| Some((range.start, document.text().get(range.clone())?)))
            .flat_map(|(start, text)| {
                lints::figures::figures(text)
                    .into_iter()
                    .map(move |figure| TextFigure {
                        span: Span::new(
                            file,
                            start.saturating_add(figure.start),
                            start.saturating_add(figure.end),
                        ),
                        figure,
                    })
            })
            .collect()
    };
    let mut blocks_of: BTreeMap<usize, Vec<&ParsedBlock>> = BTreeMap::new();
    for block in blocks.iter().filter(|block| block.policy == policy) {
        blocks_of.entry(block.article).or_default().push(block);
    }
    for (index, own) in blocks_of {
        // Of a block with a syntax fault some figures were not read.
        if own.iter().any(|block| !block.whole) {
            continue;
        }
        let rules: Vec<_> = own
            .iter()
            .flat_map(|block| &block.syntax.declarations)
            .flat_map(lints::figures_of_rules::of_declaration)
            .collect();
        let mut cited: Vec<TextFigure> = Vec::new();
        let mut parent = articles.get(index).and_then(|article| article.parent);
        while let Some(above) = parent {
            cited.extend(figures_in(above));
            parent = articles.get(above).and_then(|article| article.parent);
        }
        let bases: Vec<&str> = declared
            .measures
            .iter()
            .filter(|measure| measure.policy == policy && measure.article == Some(index))
            .flat_map(|measure| &measure.basis)
            .map(String::as_str)
            .collect();
        for (other, elsewhere) in articles.iter().enumerate() {
            let label = elsewhere.label.as_str();
            let named = !label.is_empty() && bases.iter().any(|basis| basis.contains(label));
            if other != index && named {
                cited.extend(figures_in(other));
            }
        }
        lints::wording::compare(&figures_in(index), &cited, &rules, faults);
    }
}
