//! `zhida search`: policies, articles and measures in plain words.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;
use zhida_indexer::{
    Answer, Delivery, Entry, Hit, Index, Kind, Lexicon, Matching, Opening, Query, Reach, Snippet,
};
use zhida_policies::render::Colours;
use zhida_policies::values::Date;

use crate::arguments::Common;
use crate::articles;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output, note};
use crate::region;

/// 检索政策、条款和事项:中文词语、文号、事项编号、繁体都可以
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida search 免申即享\n  zhida search 稳岗 --region 襄阳市 --kind measure\n  \
    zhida search 專精特新 --valid-on 2025-12-31 --json"
)]
pub(crate) struct Search {
    /// 要找的词;可以写几个
    #[arg(value_name = "词语", required = true)]
    query: Vec<String>,
    /// 只要这个地区的:代码或名称
    #[arg(long, value_name = "地区")]
    region: Option<String>,
    /// 配合 --region:inside 只要本地和下级(不写就是它),above 加上各上级和全国
    #[arg(
        long,
        value_name = "范围",
        default_value = "inside",
        hide_default_value = true,
        hide_possible_values = true
    )]
    reach: ReachWord,
    /// 只要这个主题的;可写多次
    #[arg(long, value_name = "主题")]
    topic: Vec<String>,
    /// 只要这种方式的事项:免申即享、即申即享、申报;可写多次
    #[arg(long, value_name = "方式", hide_possible_values = true)]
    delivery: Vec<DeliveryWord>,
    /// 只要在这一天有效的
    #[arg(long, value_name = "日期", value_parser = super::day)]
    valid_on: Option<Date>,
    /// 只要这一类:政策 policy、条款 article、事项 measure;可写多次
    #[arg(long, value_name = "类别", hide_possible_values = true)]
    kind: Vec<KindWord>,
    /// 最多列出多少条,1 到 100;不写为 10
    #[arg(long, value_name = "条数", default_value_t = 10, hide_default_value = true,
          value_parser = clap::value_parser!(u8).range(1..=100))]
    limit: u8,
    /// 跳过前面多少条
    #[arg(
        long,
        value_name = "条数",
        default_value_t = 0,
        hide_default_value = true
    )]
    offset: usize,
    /// 索引存放的文件夹,下次更快;不写在内存里建
    #[arg(long, value_name = "文件夹")]
    index: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReachWord {
    Inside,
    Above,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DeliveryWord {
    #[value(name = "免申即享", alias = "no-application")]
    NoApplication,
    #[value(name = "即申即享", alias = "instant")]
    Instant,
    #[value(name = "申报", alias = "application")]
    Application,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindWord {
    #[value(name = "policy", alias = "政策")]
    Policy,
    #[value(name = "article", alias = "条款")]
    Article,
    #[value(name = "measure", alias = "事项")]
    Measure,
}

impl Search {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let library = library::as_it_is(common)?;
        let entries = articles::entries(&library);
        let lexicon = Lexicon::new(articles::words(&library)).map_err(failed)?;
        let lexicon = Arc::new(lexicon);
        let index = match &self.index {
            None => Index::create_in_ram(lexicon, &entries),
            Some(folder) => Index::open_or_rebuild(folder, lexicon, &entries),
        };
        let index = index.map_err(failed)?;
        if self.index.is_some() {
            match index.opening() {
                Opening::Opened => {}
                Opening::Updated(policies) => note(format_args!("索引更新了 {policies} 个政策")),
                Opening::Rebuilt(_) => note(format_args!("索引已建立,共 {} 条", index.len())),
            }
        }
        let answer = index.search(&self.query(&library.codes)?).map_err(failed)?;
        match output.form() {
            Form::Json => {
                for hit in &answer.hits {
                    output.json(hit)?;
                }
                output.json(&json!({"totals": {
                    "total": answer.total, "matching": answer.matching, "facets": answer.facets,
                }}))?;
            }
            Form::People => show(output, &answer, self.offset)?,
        }
        Ok(Status::Done)
    }

    fn query(&self, codes: &zhida_policies::values::Codes) -> Result<Query, Failure> {
        let reach = match self.reach {
            ReachWord::Inside => Reach::Inside,
            ReachWord::Above => Reach::InsideAndAbove,
        };
        let region = self.region.as_ref();
        let region = region.map(|typed| region::filter(codes, typed, reach));
        Ok(Query {
            text: self.query.join(" "),
            kinds: self.kind.iter().map(|kind| Kind::from(*kind)).collect(),
            region: region.transpose()?,
            topics: self.topic.clone(),
            deliveries: self
                .delivery
                .iter()
                .map(|word| Delivery::from(*word))
                .collect(),
            issuers: Vec::new(),
            valid_on: self.valid_on,
            offset: self.offset,
            limit: usize::from(self.limit),
        })
    }
}

impl From<KindWord> for Kind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Policy => Self::Policy,
            KindWord::Article => Self::Article,
            KindWord::Measure => Self::Measure,
        }
    }
}

impl From<DeliveryWord> for Delivery {
    fn from(word: DeliveryWord) -> Self {
        match word {
            DeliveryWord::NoApplication => Self::NoApplication,
            DeliveryWord::Instant => Self::Instant,
            DeliveryWord::Application => Self::Application,
        }
    }
}

fn failed(error: zhida_indexer::Error) -> Failure {
    let cause = std::error::Error::source(&error);
    let cause = cause.map_or_else(String::new, |cause| format!(":{cause}"));
    Failure::bad_data(
        format!("检索失败:{error}{cause}"),
        "请检查 --index 的文件夹能否读写,或换一个空文件夹",
    )
}

fn show(output: &mut Output, answer: &Answer, offset: usize) -> Result<(), Failure> {
    match answer.matching {
        Matching::Some { required, asked } => output.line(format_args!(
            "没有全部符合的,下面各条符合 {asked} 个词中的至少 {required} 个"
        ))?,
        Matching::All | Matching::Everything => {}
    }
    for (number, hit) in answer.hits.iter().enumerate() {
        let number = number.saturating_add(offset).saturating_add(1);
        show_hit(output, number, hit)?;
    }
    output.line(format_args!("共 {} 条", answer.total))
}

fn show_hit(output: &mut Output, number: usize, hit: &Hit) -> Result<(), Failure> {
    let entry = &hit.entry;
    let colours = output.colours();
    let kind = match entry.kind() {
        Kind::Policy => "政策",
        Kind::Article => "条款",
        Kind::Measure => "事项",
    };
    let heading = marked(&hit.heading, colours);
    output.line(format_args!("{number:>2}. {kind} {heading}"))?;
    if entry.kind() != Kind::Policy {
        output.line(format_args!("    《{}》", entry.policy_title))?;
    }
    output.line(format_args!("    {}", about(entry)))?;
    let snippet = marked(&hit.snippet, colours).replace('\n', " ");
    if !snippet.is_empty() {
        output.line(format_args!("    {snippet}"))?;
    }
    output.line(format_args!("    {}:{}", entry.file, entry.line))?;
    output.line("")
}

/// Where, by whom, how and until when, on one line.
fn about(entry: &Entry) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.push(
        entry
            .places
            .last()
            .map_or("全国", |place| &place.name)
            .to_owned(),
    );
    parts.extend([&entry.document_number, &entry.issuer].into_iter().cloned());
    parts.extend(entry.delivery.map(|delivery| delivery.name().to_owned()));
    parts.push(match (entry.effective, entry.expires) {
        (Some(from), Some(to)) => format!("{from} 至 {to}"),
        (Some(from), None) => format!("{from} 起"),
        (None, Some(to)) => format!("至 {to}"),
        (None, None) => String::new(),
    });
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// A stretch of text with what was asked for marked.
fn marked(snippet: &Snippet, colours: Colours) -> String {
    let (open, close) = match colours {
        Colours::Plain => ("【", "】"),
        Colours::Terminal => ("\u{1b}[1;33m", "\u{1b}[0m"),
    };
    let mut text = String::new();
    let mut from = 0;
    if snippet.cut_before {
        text.push('…');
    }
    for mark in &snippet.marks {
        text.push_str(snippet.text.get(from..mark.start).unwrap_or_default());
        text.push_str(open);
        text.push_str(snippet.text.get(mark.clone()).unwrap_or_default());
        text.push_str(close);
        from = mark.end;
    }
    text.push_str(snippet.text.get(from..).unwrap_or_default());
    if snippet.cut_after {
        text.push('…');
    }
    text
}
