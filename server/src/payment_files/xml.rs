//! Reads XML that strangers have written: into a small tree, within limits, and with nothing that
//! could fetch or multiply anything.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::encoding::{TextEncoding, split_mark};
use super::fault::AnswerFault;

/// The most bytes of an answer.
pub(crate) const BYTES_MAX: usize = 32 << 20;
/// The most elements of an answer.
const ELEMENTS_MAX: usize = 1_000_000;
/// How deep elements may stand inside each other; the messages need sixteen.
const DEPTH_MAX: usize = 48;
/// The most attributes of one element; each is compared with all before it.
const ATTRIBUTES_MAX: usize = 16;
/// The most bytes of one text; the longest text of a message has 500 characters.
const TEXT_BYTES_MAX: usize = 16_384;

/// One element.
#[derive(Debug)]
pub(crate) struct Element {
    /// Its name without a prefix.
    pub(crate) name: String,
    /// Its text, without that of the elements inside.
    pub(crate) text: String,
    /// Its `Ccy` attribute.
    pub(crate) currency: Option<String>,
    /// The line on which it begins, counted from 1.
    pub(crate) line: usize,
    /// The elements inside.
    pub(crate) children: Vec<Element>,
}

/// A document.
#[derive(Debug)]
pub(crate) struct Document {
    /// The namespace of the root element.
    pub(crate) namespace: String,
    /// The root element; those of other namespaces are left out with all that is inside.
    pub(crate) root: Element,
}

impl Element {
    /// The first element inside with this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All elements inside with this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at the end of a path such as `Refs/EndToEndId`.
    pub(crate) fn at(&self, path: &str) -> Option<&Element> {
        path.split('/')
            .try_fold(self, |element, name| element.child(name))
    }

    /// The text at the end of a path, without spaces around it; absent where it is empty.
    pub(crate) fn text_at(&self, path: &str) -> Option<&str> {
        let text = self.at(path)?.text.trim();
        (!text.is_empty()).then_some(text)
    }
}

/// Reads a document.
///
/// # Errors
/// [`AnswerFault`] for any DOCTYPE, processing instruction, unknown reference, wrong encoding,
/// broken nesting, and everything beyond the limits.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, AnswerFault> {
    let text = decode(bytes)?;
    let mut builder = Builder::new(&text);
    let mut reader = NsReader::from_str(&text);
    reader.config_mut().check_end_names = true;
    reader.config_mut().check_comments = true;
    loop {
        let before = reader.buffer_position();
        let line = builder.line_at(before);
        let (namespace, event) = reader.read_resolved_event().map_err(|error| {
            AnswerFault::at(
                line,
                format!("XML 写法有误({error})"),
                "请向银行索取完整的原始文件",
            )
        })?;
        match event {
            Event::Start(start) => builder.open(&namespace, &start, line)?,
            Event::Empty(start) => {
                builder.open(&namespace, &start, line)?;
                builder.close();
            }
            Event::End(_) => builder.close(),
            Event::Text(text) => builder.text(&text.xml10_content(), line)?,
            Event::CData(text) => builder.text(&text.xml10_content(), line)?,
            Event::GeneralRef(reference) => builder.text(&resolved(&reference, line)?, line)?,
            Event::Comment(_) => {}
            Event::Decl(_) if before == 0 => {}
            Event::Decl(_) => return Err(forbidden(line, "XML 声明不在文件开头")),
            Event::DocType(_) => return Err(forbidden(line, "含有 DOCTYPE")),
            Event::PI(_) => return Err(forbidden(line, "含有处理指令")),
            Event::Eof => return builder.finish(line),
        }
    }
}

fn forbidden(line: usize, what: &str) -> AnswerFault {
    AnswerFault::at(
        line,
        what.to_owned(),
        "出于安全不予读取,请向银行索取标准报文",
    )
}

/// The text of the file: UTF-8, or the Chinese set that its declaration names.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, AnswerFault> {
    if bytes.len() > BYTES_MAX {
        let reason = format!("文件超过 {} MB", BYTES_MAX >> 20);
        return Err(AnswerFault::file(reason, "请让银行分成几个文件"));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(AnswerFault::file(
            "文件是空的".to_owned(),
            "请重新下载回单文件",
        ));
    }
    let (mark, rest) = split_mark(bytes);
    let declared = declared_encoding(rest);
    let encoding = match (mark, declared.as_deref()) {
        (None | Some("UTF-8"), None | Some("UTF-8" | "UTF8")) => TextEncoding::Utf8,
        (None, Some("GBK" | "GB2312")) => TextEncoding::Gbk,
        (None | Some("GB18030"), Some("GB18030")) => TextEncoding::Gb18030,
        (mark, declared) => {
            let found = declared.or(mark).unwrap_or_default();
            let reason = format!("不支持的编码 {}", super::refusal::shown(found));
            return Err(AnswerFault::at(1, reason, "请向银行索取 UTF-8 编码的文件"));
        }
    };
    if encoding == TextEncoding::Utf8 {
        return std::str::from_utf8(rest)
            .map(Cow::Borrowed)
            .map_err(|error| {
                let good = rest.get(..error.valid_up_to()).unwrap_or_default();
                let line = good.iter().filter(|byte| **byte == b'\n').count();
                let reason = "含有不属于 UTF-8 编码的字节".to_owned();
                AnswerFault::at(
                    line.saturating_add(1),
                    reason,
                    "请向银行索取原始文件,不要另存",
                )
            });
    }
    encoding
        .decode(rest)
        .map(Cow::Owned)
        .map_err(|error| AnswerFault::file(error.to_string(), "请向银行索取原始文件,不要另存"))
}

/// The encoding that the declaration at the beginning names, in capitals.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let inside = bytes.strip_prefix(b"<?xml")?;
    let end = inside.iter().take(200).position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(inside.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = after.strip_prefix(quote)?.split_once(quote)?;
    Some(name.to_ascii_uppercase())
}

/// One of the five names that XML defines, or a character by number.
fn resolved(reference: &BytesRef<'_>, line: usize) -> Result<String, AnswerFault> {
    let character = match &**reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => reference.resolve_char_ref().ok().flatten(),
    };
    let is_allowed =
        |found: &char| matches!(found, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    character
        .filter(is_allowed)
        .map(String::from)
        .ok_or_else(|| forbidden(line, "含有未定义的实体引用"))
}

/// Builds the tree.
struct Builder<'a> {
    source: &'a str,
    counted_to: usize,
    lines: usize,
    elements: usize,
    /// The namespace of the root element.
    namespace: Option<String>,
    /// The elements that are open; those inside one of another namespace are `None`.
    open: Vec<Option<Element>>,
    root: Option<Element>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            counted_to: 0,
            lines: 1,
            elements: 0,
            namespace: None,
            open: Vec::new(),
            root: None,
        }
    }

    /// The line of a byte position; positions never go back.
    fn line_at(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        let passed = self.source.as_bytes().get(self.counted_to..position);
        if let Some(passed) = passed {
            let more = passed.iter().filter(|byte| **byte == b'\n').count();
            self.lines = self.lines.saturating_add(more);
            self.counted_to = position;
        }
        self.lines
    }

    fn open(
        &mut self,
        namespace: &ResolveResult<'_>,
        start: &BytesStart<'_>,
        line: usize,
    ) -> Result<(), AnswerFault> {
        self.elements = self.elements.saturating_add(1);
        if self.elements > ELEMENTS_MAX || self.open.len() >= DEPTH_MAX {
            return Err(forbidden(line, "XML 层数或元素过多"));
        }
        if self.root.is_some() {
            return Err(forbidden(line, "有两个根元素"));
        }
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.as_ref(),
            ResolveResult::Unbound => "",
            ResolveResult::Unknown(_) => return Err(forbidden(line, "有未声明的命名空间前缀")),
        };
        let currency = currency(start, line)?;
        let root = self.namespace.get_or_insert_with(|| namespace.to_owned());
        // Supplementary data of a bank may have its own namespace; nothing of it is needed.
        let is_ours = root == namespace && self.open.last().is_none_or(Option::is_some);
        self.open.push(is_ours.then(|| Element {
            name: start.local_name().as_ref().to_owned(),
            text: String::new(),
            currency,
            line,
            children: Vec::new(),
        }));
        Ok(())
    }

    fn close(&mut self) {
        let Some(Some(element)) = self.open.pop() else {
            return;
        };
        match self.open.last_mut() {
            Some(Some(parent)) => parent.children.push(element),
            Some(None) => {}
            None => self.root = Some(element),
        }
    }

    fn text(&mut self, text: &str, line: usize) -> Result<(), AnswerFault> {
        let Some(inside) = self.open.last_mut() else {
            // Only blanks may stand outside the root element.
            return match text.trim().is_empty() {
                true => Ok(()),
                false => Err(forbidden(line, "根元素之外有文字")),
            };
        };
        let is_allowed = |found: char| matches!(found, '\t' | '\n' | '\r') || !found.is_control();
        if !text.chars().all(is_allowed) {
            return Err(forbidden(line, "文字中有控制字符"));
        }
        if let Some(element) = inside {
            // Indentation is not text.
            let is_indent = text.contains('\n') || !element.children.is_empty();
            if is_indent && text.trim().is_empty() {
                return Ok(());
            }
            if element.text.len().saturating_add(text.len()) > TEXT_BYTES_MAX {
                return Err(forbidden(line, "一段文字过长"));
            }
            element.text.push_str(text);
        }
        Ok(())
    }

    fn finish(self, line: usize) -> Result<Document, AnswerFault> {
        match (self.open.is_empty(), self.root, self.namespace) {
            (true, Some(root), Some(namespace)) => Ok(Document { namespace, root }),
            _ => Err(AnswerFault::at(
                line,
                "文件不完整,XML 元素没有结束".to_owned(),
                "请重新下载回单文件",
            )),
        }
    }
}

/// The currency of an amount; any attribute that is written wrongly or twice is refused.
fn currency(start: &BytesStart<'_>, line: usize) -> Result<Option<String>, AnswerFault> {
    let mut currency = None;
    for (place, attribute) in start.attributes().enumerate() {
        if place >= ATTRIBUTES_MAX {
            return Err(forbidden(line, "属性过多"));
        }
        let attribute = attribute.map_err(|_| forbidden(line, "属性写法有误"))?;
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|_| forbidden(line, "属性中有未定义的实体引用"))?;
        if attribute.key.as_ref() == "Ccy" {
            currency = Some(value.into_owned());
        }
    }
    Ok(currency)
}
