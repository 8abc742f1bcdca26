//! The body of a policy file: headings, article texts and blocks of rules.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::block::Block;
use super::fault::{DocumentFault, DocumentFaultKind};
use crate::values::spelling;

/// The language of a block of rules.
const LANGUAGE: &str = "zhida";

/// One clause of a policy: a heading and what stands below it up to the next heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// What the article is cited by: `第八条` or `第八条第二款`, with the own heading for a part
    /// of it, or the heading as a whole; empty for text before the first heading.
    pub label: String,
    /// The text of the heading; empty for text before the first heading.
    pub heading: String,
    /// The level of the heading from 1; 0 for text before the first heading.
    pub level: u8,
    /// The number of the article whose heading stands above this one, by level.
    pub parent: Option<usize>,
    /// The bytes of the heading.
    pub span: Range<usize>,
    /// The text of the law below the heading, as Markdown, without the blocks of rules.
    pub text: String,
    /// The bytes of the file that the text is made of, in order.
    pub text_spans: Vec<Range<usize>>,
}

/// Reads the articles and blocks from the bytes of `text` that begin at `start`.
pub(super) fn read(
    text: &str,
    start: usize,
    faults: &mut Vec<DocumentFault>,
) -> (Vec<Article>, Vec<Block>) {
    let mut body = Body {
        file: text,
        faults,
        articles: Vec::new(),
        blocks: Vec::new(),
        open: None,
        heading: None,
        read_to: start,
    };
    let markdown = text.get(start..).unwrap_or_default();
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        let range = range.start.saturating_add(start)..range.end.saturating_add(start);
        body.event(event, range);
    }
    body.text_until(text.len());
    for article in &mut body.articles {
        article.text = article.text.trim().to_owned();
    }
    (body.articles, body.blocks)
}

/// What has been read of the body so far.
struct Body<'a> {
    file: &'a str,
    faults: &'a mut Vec<DocumentFault>,
    articles: Vec<Article>,
    blocks: Vec<Block>,
    /// The block of rules that is being read.
    open: Option<Block>,
    /// The heading that is being read: level, bytes and text.
    heading: Option<(u8, Range<usize>, String)>,
    /// Everything before this byte has found its place.
    read_to: usize,
}

impl Body<'_> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the text of the law is taken from the file as it stands, whatever its marks"
    )]
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                self.text_until(range.start);
                self.heading = Some((level_number(level), range, String::new()));
            }
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let language = info.split_whitespace().next().unwrap_or_default();
                if language == LANGUAGE {
                    self.text_until(range.start);
                    let article = self.current_article(range.start);
                    self.open = Some(Block::open(article, self.file, range));
                } else if spelling::nearest(&language.to_lowercase(), [LANGUAGE]).is_some() {
                    let kind = DocumentFaultKind::MisspelledBlock(language.to_owned());
                    let span = first_line(self.file, range);
                    self.faults.push(DocumentFault { span, kind });
                }
            }
            Event::End(TagEnd::CodeBlock) => self.end_block(),
            Event::Text(text) | Event::Code(text) => {
                if let Some(block) = &mut self.open {
                    block.push(&text, range);
                } else if let Some((_, _, heading)) = &mut self.heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }

    fn end_heading(&mut self) {
        let Some((level, span, heading)) = self.heading.take() else {
            return;
        };
        self.read_to = self.read_to.max(span.end);
        let heading = heading.trim().to_owned();
        let above = |article: &Article| article.level > 0 && article.level < level;
        let parent = self.articles.iter().rposition(above);
        let above_label = parent.and_then(|parent| self.articles.get(parent));
        let label = label(&heading, above_label.map(|article| article.label.as_str()));
        let (text, text_spans) = (String::new(), Vec::new());
        self.articles.push(Article {
            label,
            heading,
            level,
            parent,
            span,
            text,
            text_spans,
        });
    }

    fn end_block(&mut self) {
        let Some(mut block) = self.open.take() else {
            return;
        };
        let span = block.span();
        if !block.close(self.file) {
            let span = first_line(self.file, span.clone());
            self.faults.push(DocumentFault {
                span,
                kind: DocumentFaultKind::UnclosedBlock,
            });
        }
        self.read_to = self.read_to.max(span.end);
        self.blocks.push(block);
    }

    /// Gives the text up to a byte to the current article.
    fn text_until(&mut self, end: usize) {
        let span = self.read_to..end;
        let Some(text) = self.file.get(span.clone()) else {
            return;
        };
        self.read_to = end;
        if text.trim().is_empty() {
            return;
        }
        let current = self.current_article(span.start);
        if let Some(article) = self.articles.get_mut(current) {
            article.text.push_str(text);
            article.text_spans.push(span);
        }
    }

    /// The number of the last article; text before the first heading makes one without heading.
    fn current_article(&mut self, at: usize) -> usize {
        if self.articles.is_empty() {
            self.articles.push(Article {
                label: String::new(),
                heading: String::new(),
                level: 0,
                parent: None,
                span: at..at,
                text: String::new(),
                text_spans: Vec::new(),
            });
        }
        self.articles.len().saturating_sub(1)
    }
}

/// The bytes of the first line of a range.
fn first_line(file: &str, range: Range<usize>) -> Range<usize> {
    let text = file.get(range.clone()).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    range.start..range.start.saturating_add(line.len())
}

const fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// What an article is cited by.
fn label(heading: &str, above: Option<&str>) -> String {
    if let Some(number) = article_number(heading) {
        return number.to_owned();
    }
    match above.and_then(article_number) {
        Some(_) => format!("{} {heading}", above.unwrap_or_default()),
        None => heading.to_owned(),
    }
}

/// The `第八条` of a heading, with a `之一`, `第二款` or `(三)项` that follows it.
fn article_number(heading: &str) -> Option<&str> {
    for (start, _) in heading.match_indices('第') {
        let Some(mut rest) = heading
            .get(start..)
            .and_then(|text| after_ordinal(text, &['条']))
        else {
            continue;
        };
        if let Some(sub) = rest
            .strip_prefix('之')
            .filter(|sub| sub.starts_with(is_numeral))
        {
            rest = sub.trim_start_matches(is_numeral);
        }
        while let Some(after) = after_ordinal(rest, &['款', '项']).or_else(|| after_item(rest)) {
            rest = after;
        }
        return heading.strip_suffix(rest)?.get(start..);
    }
    None
}

/// What follows `第`, a number and one of the units.
fn after_ordinal<'a>(text: &'a str, units: &[char]) -> Option<&'a str> {
    let number = text.strip_prefix('第')?.trim_start_matches(' ');
    let rest = number.trim_start_matches(is_numeral);
    if rest.len() == number.len() {
        return None;
    }
    rest.trim_start_matches(' ').strip_prefix(units)
}

/// What follows a number in parentheses and `项`.
fn after_item(text: &str) -> Option<&str> {
    let number = text
        .strip_prefix(['(', '\u{ff08}'])
        .filter(|text| text.starts_with(is_numeral))?;
    number
        .trim_start_matches(is_numeral)
        .strip_prefix([')', '\u{ff09}'])?
        .strip_prefix('项')
}

fn is_numeral(c: char) -> bool {
    c.is_ascii_digit() || "零〇一二三四五六七八九十百千两".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        for (heading, above, expected) in [
            ("第八条 增长奖励", None, "第八条"),
            ("第 12 条", None, "第 12 条"),
            ("第二十一条之一 例外", None, "第二十一条之一"),
            ("二、第三条", None, "第三条"),
            ("第二条第一款 上市受理奖励", None, "第二条第一款"),
            ("第二条第一款(三)项 其他", None, "第二条第一款(三)项"),
            ("第二条(三)其他", None, "第二条"),
            ("附则", None, "附则"),
            ("第一产业", None, "第一产业"),
            ("第条", None, "第条"),
            ("(一)标准", Some("第八条"), "第八条 (一)标准"),
            ("(一)标准", Some("总则"), "(一)标准"),
            ("第九条", Some("第二章"), "第九条"),
        ] {
            assert_eq!(label(heading, above), expected);
        }
    }
}
