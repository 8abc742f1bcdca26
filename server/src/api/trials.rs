//! Trials: rules laid out, examples run, enterprises made up.
//!
//! # Shape
//! As with [`super::drafts`], each runs the command of the command line on files of its own folder.
//! Nothing of the server is changed, and no enterprise of anybody is looked at.

use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::drafts::{DRAFT_BYTES_MAX, DraftFile, Lines, POLICIES, lines, own_name};
use super::drafts::{own_policies, put};
use super::operation::{Operation, Tag};
use super::policies::day;
use super::proofs::attachment;
use super::reply;
use super::request::Body;
use super::room::Room;
use crate::views::seen::Seen;
use crate::web::{Access, Ask, WebFault};

/// How many enterprises are made up at once: their file goes through the memory of the server.
const MADE_UP_MAX: u64 = 10_000;
/// How many regions can be named.
const REGIONS_MAX: usize = 100;
/// The years that facts can be of.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2999;

/// 关键词和数据名称用哪种写法
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Spelling {
    #[default]
    Zh,
    En,
}

impl Spelling {
    const fn word(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

/// 整理规则的排版和写法;条文、注释一字不动
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskFormat {
    /// 政策文件
    #[serde(deserialize_with = "super::strict::objects")]
    files: Vec<DraftFile>,
    /// 中文 zh 还是英文 en;不写用中文
    #[serde(default)]
    language: Spelling,
}

/// 一个整理好的政策文件
#[derive(Clone, Debug, Serialize, ToSchema)]
struct LaidOut {
    /// 文件名,与提交的相同
    name: String,
    /// 整理以后的全文
    text: String,
    /// 与提交的是否不同
    is_changed: bool,
}

/// 整理的结果:只给出,不写到任何地方
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Formatted {
    /// 是否没有语法错误;有错误的规则原样不动
    is_clean: bool,
    /// 文件,与提交的顺序相同
    files: Vec<LaidOut>,
    /// 语法错误
    #[schema(value_type = Vec<Object>)]
    faults: Vec<Value>,
}

async fn format(ask: Ask, Body(asked, _): Body<AskFormat>) -> Result<Response, WebFault> {
    let room = Arc::new(Room::new(&ask.server)?);
    let folder = put(&asked.files, &room)?;
    let spelling = asked.language.word();
    let mut words = vec!["fmt".to_owned(), format!("--language={spelling}")];
    own_policies(&ask, &mut words);
    words.extend(["--".to_owned(), folder.clone()]);
    let ran = lines(&ask, words, (Arc::clone(&room), Seen::All)).await?;
    let is_clean = ran.is_clean;
    let of_file = |line: &Value| line.get("changed").is_some();
    let (told, faults): (Vec<Value>, Vec<Value>) = ran.lines.into_iter().partition(of_file);
    let is_changed = |name: &str| {
        let mut told = told.iter();
        told.any(|line| {
            let file = line.get("file").and_then(Value::as_str);
            file == Some(name) && line.get("changed") == Some(&Value::Bool(true))
        })
    };
    let mut files = Vec::with_capacity(asked.files.len());
    for file in asked.files {
        let name = own_name(&file.name);
        let text = tokio::fs::read_to_string(Path::new(&folder).join(&name)).await;
        files.push(LaidOut {
            is_changed: is_changed(&name),
            name: file.name,
            text: text.map_err(WebFault::broken)?,
        });
    }
    reply::json(&Formatted {
        is_clean,
        files,
        faults,
    })
}

/// 运行举例和算例,逐个事项报告
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskTests {
    /// 政策文件;不写运行现行政策的
    #[serde(default, deserialize_with = "super::strict::objects")]
    files: Vec<DraftFile>,
}

async fn run(ask: Ask, Body(asked, _): Body<AskTests>) -> Result<Response, WebFault> {
    let room = Arc::new(Room::new(&ask.server)?);
    let mut words = vec!["test".to_owned()];
    own_policies(&ask, &mut words);
    if !asked.files.is_empty() {
        words.extend(["--".to_owned(), put(&asked.files, &room)?]);
    }
    reply::json(&lines(&ask, words, (room, Seen::All)).await?)
}

/// 生成试验用的企业数据;企业都是编造的,代码符合校验规则
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskMadeUp {
    /// 多少家
    #[schema(minimum = 1, maximum = 10_000)]
    count: u64,
    /// 种子:同样的种子得到同样的数据;不写为 1
    #[serde(default)]
    seed: Option<u64>,
    /// 评定年度;不写为基准日的上一年
    #[serde(default)]
    #[schema(minimum = 1900, maximum = 2999)]
    year: Option<i32>,
    /// 基准日;不写用今天
    #[serde(default)]
    #[schema(format = Date)]
    as_of: Option<String>,
    /// 只在这些地区(代码)里;不写用现行政策涉及的地区
    #[serde(default)]
    #[schema(max_items = 100)]
    regions: Vec<String>,
}

async fn make_up(ask: Ask, Body(asked, _): Body<AskMadeUp>) -> Result<Response, WebFault> {
    if !(1..=MADE_UP_MAX).contains(&asked.count) {
        return Err(WebFault::bad(
            format!("count={} 超出范围", asked.count),
            format!("count 是 1 到 {MADE_UP_MAX};更多的请用命令行 zhida generate"),
        ));
    }
    if asked.year.is_some_and(|year| !YEARS.contains(&year)) {
        return Err(WebFault::bad("year 超出范围", "year 是 1900 到 2999"));
    }
    if asked.regions.len() > REGIONS_MAX {
        return Err(WebFault::bad(
            "regions 的个数超出范围",
            format!("最多写 {REGIONS_MAX} 个地区代码"),
        ));
    }
    let as_of = match asked.as_of.as_deref() {
        Some(text) => day(text)?,
        None => ask.at.business_date(),
    };
    let room = Arc::new(Room::new(&ask.server)?);
    let path = room.path().join("enterprises.csv");
    let mut words = vec![
        "generate".to_owned(),
        format!("--count={}", asked.count),
        format!("--seed={}", asked.seed.unwrap_or(1)),
        format!("--as-of={as_of}"),
        format!("--output={}", path.display()),
    ];
    words.extend(asked.year.map(|year| format!("--year={year}")));
    let regions = asked.regions.iter();
    words.extend(regions.map(|region| format!("--region={region}")));
    own_policies(&ask, &mut words);
    let _totals: Lines = lines(&ask, words, (Arc::clone(&room), Seen::All)).await?;
    let bytes = tokio::fs::read(&path).await.map_err(WebFault::broken)?;
    let mut response = attachment("enterprises.csv", bytes);
    let kind = HeaderValue::from_static("text/csv");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    const TAG: Tag = Tag::Policies;
    let officials = Access::OFFICIALS;
    vec![
        Operation::post(
            (TAG, "整理规则的排版和写法:给出整理以后的全文,不保存"),
            "/api/v1/formats",
            officials,
            format,
        )
        .takes::<AskFormat>()
        .gives::<Formatted>()
        .bytes(DRAFT_BYTES_MAX)
        .token(POLICIES),
        Operation::post(
            (TAG, "运行举例和算例,逐个事项报告;不符的给出应为和算得"),
            "/api/v1/tests",
            officials,
            run,
        )
        .takes::<AskTests>()
        .gives::<Lines>()
        .bytes(DRAFT_BYTES_MAX)
        .token(POLICIES),
        Operation::post(
            (TAG, "生成试验用的企业数据(CSV),企业都是编造的"),
            "/api/v1/trial-enterprises",
            officials,
            make_up,
        )
        .takes::<AskMadeUp>()
        .gives_bytes("text/csv")
        .token(POLICIES),
    ]
}
