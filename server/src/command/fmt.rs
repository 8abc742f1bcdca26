//! `zhida fmt`: the rules of policy files in one layout and one spelling.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::document::{Block, Document};
use zhida_policies::fault::Fault;
use zhida_policies::syntax::BlockRange;
use zhida_policies::syntax::keywords::Language;
use zhida_policies::syntax::printer::{FormattedFile, format_file};
use zhida_policies::vocabulary::{FactType, Vocabulary};

use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::report;

/// 整理规则的排版和写法(中文或英文关键词);条文、注释一字不动
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida fmt policies/library/hubei\n  zhida fmt --language en 政策.md\n  \
    zhida fmt --check policies/library\n\n直接改写文件;--check 只列出会改动的文件,有则退出码为 1。"
)]
pub(crate) struct Fmt {
    /// 关键词和事实名称用中文 zh 还是英文 en;不写用中文
    #[arg(
        long,
        value_name = "zh|en",
        default_value = "zh",
        hide_default_value = true,
        hide_possible_values = true
    )]
    language: Spelling,
    /// 不改写,只列出会改动的文件
    #[arg(long)]
    check: bool,
    /// 政策文件或文件夹
    #[arg(value_name = "路径", required = true)]
    paths: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Spelling {
    Zh,
    En,
}

impl Fmt {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let vocabulary = library::vocabulary(common)?;
        let language = match self.language {
            Spelling::Zh => Language::Chinese,
            Spelling::En => Language::English,
        };
        let names = |name: &str, language: Language| translate(&vocabulary, name, language);
        let texts = library::at_paths(&self.paths)?;
        // The check gives every file its number, by which faults find their text again.
        let checked = check(
            texts.clone(),
            vocabulary.clone(),
            library::codes()?,
            CheckOptions::default(),
        );
        let mut faults: Vec<Fault> = Vec::new();
        let mut changed: usize = 0;
        for file in &checked.files {
            readable(&texts, &file.path, &file.text)?;
            let document = Document::read(&file.text).document;
            let blocks: Vec<BlockRange> = document
                .blocks()
                .iter()
                .filter_map(|block| range(&file.text, block))
                .collect();
            let FormattedFile {
                text,
                faults: found,
            } = format_file(file.id, &file.text, &blocks, language, &names);
            faults.extend(found);
            let differs = *text != *file.text;
            if differs {
                changed = changed.saturating_add(1);
                if !self.check {
                    replace(Path::new(&file.path), &text)?;
                }
            }
            match output.form() {
                Form::Json => output.json(&json!({"file": file.path, "changed": differs}))?,
                Form::People if differs => output.line(&file.path)?,
                Form::People => {}
            }
        }
        let broken = faults.len();
        report::faults(output, &checked, faults.iter().collect())?;
        if output.form() == Form::People {
            let did = if self.check {
                "需要整理"
            } else {
                "已整理"
            };
            let all = checked.files.len();
            output.line(format_args!(
                "{all} 个文件,{did} {changed} 个;{broken} 处语法错误(所在规则未改动)"
            ))?;
        }
        let refused = broken > 0 || (self.check && changed > 0);
        Ok(if refused { Status::Usage } else { Status::Done })
    }
}

/// The other spelling of a fact or field.
fn translate(vocabulary: &Vocabulary, name: &str, language: Language) -> Option<String> {
    let spelled = |id: &str, chinese: &str| match language {
        Language::Chinese => chinese.to_owned(),
        Language::English => id.to_owned(),
    };
    if let Some(found) = vocabulary.find(name) {
        let fact = vocabulary.fact(found);
        return Some(spelled(&fact.id, &fact.name));
    }
    let mut found: Option<String> = None;
    for (_, fact) in vocabulary.facts() {
        let FactType::List(fields) = &fact.fact_type else {
            continue;
        };
        for field in fields {
            if field.id != name && field.name != name {
                continue;
            }
            let spelling = spelled(&field.id, &field.name);
            // A name that two lists spell differently stays as it is.
            if found.as_ref().is_some_and(|other| *other != spelling) {
                return None;
            }
            found = Some(spelling);
        }
    }
    found
}

/// Only text that was read byte for byte may be written back.
fn readable(texts: &[PolicyText], path: &str, text: &str) -> Result<(), Failure> {
    let same = texts
        .iter()
        .any(|read| read.path == path && read.bytes == text.as_bytes());
    if same {
        return Ok(());
    }
    Err(Failure::bad_data(
        format!("{path} 不是 UTF-8 文本,没有改动"),
        "请另存为 UTF-8(不带 BOM)后再整理",
    ))
}

/// Where a block stands, unless it is inside a quotation, whose marks the printer does not know.
fn range(file: &str, block: &Block) -> Option<BlockRange> {
    let range = block.content_span();
    let written = file.get(range.clone())?;
    let indent = written
        .lines()
        .zip(block.text().lines())
        .find(|(_, line)| !line.trim().is_empty())
        .and_then(|(written, line)| written.strip_suffix(line))
        .unwrap_or_default();
    indent.trim().is_empty().then(|| BlockRange {
        range,
        indent: indent.to_owned(),
    })
}

/// Replaces a file at once, so that a crash leaves the old text or the new one.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file(path, "改写", &error);
    let beside = path.with_extension("md.new");
    fs::write(&beside, text).map_err(failed)?;
    let permissions = fs::metadata(path).map_err(failed)?.permissions();
    fs::set_permissions(&beside, permissions).map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}
