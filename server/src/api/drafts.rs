//! Drafts of policies: checked, planned, priced before they are decided; and two sweeps compared.
//!
//! # Shape
//! Each runs the command of the command line on files of its own folder, in turn with whatever
//! else is heavy. What is added up over enterprises is added up over those within sight.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use axum::http::StatusCode;
use axum::response::Response;

use super::operation::{Operation, Tag};
use super::policies::day;
use super::reply;
use super::request::Body;
use super::room::Room;
use crate::arguments::run_line_within;
use crate::materials::{self, MaterialKind, Registered};
use crate::output::Output;
use crate::views::seen::Seen;
use crate::web::{Access, Ask, Material, WebFault};

/// The scope of tokens that try drafts.
pub(super) const POLICIES: &str = "policies";
/// The greatest body with drafts.
pub(super) const DRAFT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How many files a draft has.
const FILES_MAX: usize = 200;
/// How many changes are shown.
const CHANGES_MAX: u32 = 1_000;

/// 一个政策文件
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftFile {
    /// 文件名,以 .md 结尾
    pub(super) name: String,
    /// 全文:正文和规则
    pub(super) text: String,
}

/// 一行一行的结果,最后一行是合计
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Lines {
    /// 是否没有发现问题
    pub(super) is_clean: bool,
    /// 逐行
    #[schema(value_type = Vec<Object>)]
    pub(super) lines: Vec<Value>,
}

/// Puts drafts into the room; where they lie.
pub(super) fn put(files: &[DraftFile], room: &Room) -> Result<String, WebFault> {
    let is_usable = !files.is_empty() && files.len() <= FILES_MAX;
    let names: std::collections::BTreeSet<String> =
        files.iter().map(|file| own_name(&file.name)).collect();
    if !is_usable || names.len() != files.len() {
        return Err(WebFault::bad(
            "政策文件太多、没有,或重名",
            format!("files 里写 1 到 {FILES_MAX} 个文件,文件名各不相同,以 .md 结尾"),
        ));
    }
    let folder = room.folder("policies");
    std::fs::create_dir_all(&folder).map_err(WebFault::broken)?;
    for file in files {
        let path = folder.join(own_name(&file.name));
        std::fs::write(path, &file.text).map_err(WebFault::broken)?;
    }
    Ok(folder.display().to_string())
}

/// The name of a draft inside the room.
pub(super) fn own_name(name: &str) -> String {
    let stem = name.strip_suffix(".md").unwrap_or(name);
    let kept = stem
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'));
    let stem: String = kept.take(60).collect();
    if stem.is_empty() {
        "draft.md".to_owned()
    } else {
        format!("{stem}.md")
    }
}

/// Runs a command for somebody who sees these enterprises; what it says, without the folders of
/// the server. The room stays until the work has ended, also when whoever asked has gone.
pub(super) async fn lines(
    ask: &Ask,
    words: Vec<String>,
    (room, seen): (Arc<Room>, Seen),
) -> Result<Lines, WebFault> {
    let folder = ask.server.folder.display().to_string();
    let ran = ask.server.in_turn(move || {
        let mut output = Output::kept();
        let status = run_line_within(&words, &seen, &mut output);
        let inside = format!("{}/policies/", room.path().display());
        (status, output.into_values(), inside)
    });
    let (status, values, inside) = ran.await?;
    let text = serde_json::to_string(&values).map_err(WebFault::broken)?;
    let text = text.replace(&inside, "").replace(&folder, "…");
    let lines: Vec<Value> = serde_json::from_str(&text).map_err(WebFault::broken)?;
    match status {
        Ok(status) => Ok(Lines {
            is_clean: status == crate::failure::Status::Done,
            lines,
        }),
        // The faults of a draft are what was asked for.
        Err(_) if !lines.is_empty() => Ok(Lines {
            is_clean: false,
            lines,
        }),
        Err(failure) => {
            let mut fault = WebFault::from(failure);
            fault.message = fault.message.replace(&inside, "").replace(&folder, "…");
            if fault.status.is_server_error() {
                return Err(fault);
            }
            fault.status = StatusCode::UNPROCESSABLE_ENTITY;
            Err(fault)
        }
    }
}

/// The policies that the server itself works with.
pub(super) fn own_policies(ask: &Ask, words: &mut Vec<String>) {
    let common = &ask.server.common();
    if let Some(policies) = &common.policies {
        words.push(format!("--policies={}", policies.display()));
    }
    if let Some(vocabulary) = &common.vocabulary {
        words.push(format!("--vocabulary={}", vocabulary.display()));
    }
}

/// 检查政策文件:语法、类型、档次空档、举例,一次列出全部问题
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckDraft {
    /// 政策文件
    #[serde(deserialize_with = "super::strict::objects")]
    files: Vec<DraftFile>,
    /// 按哪一天判断文件是否失效;不写用今天
    #[serde(default)]
    #[schema(format = Date)]
    as_of: Option<String>,
}

async fn check(ask: Ask, Body(draft, _): Body<CheckDraft>) -> Result<Response, WebFault> {
    let as_of = match draft.as_of.as_deref() {
        Some(text) => day(text)?,
        None => ask.at.business_date(),
    };
    let room = Arc::new(Room::new(&ask.server)?);
    let folder = put(&draft.files, &room)?;
    let mut words = vec!["check".to_owned(), format!("--as-of={as_of}")];
    own_policies(&ask, &mut words);
    words.extend(["--".to_owned(), folder]);
    reply::json(&lines(&ask, words, (room, Seen::All)).await?)
}

/// The facts of the server.
fn material(ask: &Ask) -> Result<Arc<Material>, WebFault> {
    ask.server
        .material()
        .ok_or_else(|| WebFault::refused(None, "还没有企业数据;请先 POST /api/v1/imports 导入"))
}

/// The words that name the facts of the server and their day.
fn with_material(words: &mut Vec<String>, material: &Material) {
    words.push(format!("--snapshot={}", material.folder.display()));
    words.push(format!("--year={}", material.context.year));
    words.push(format!("--as-of={}", material.context.as_of));
}

/// 测算一套政策要花多少钱;写了草案就测算草案,并与现行政策比较
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskForecast {
    /// 只看某个维度的全部行;不写看概要
    #[serde(default)]
    by: Vec<Dimension>,
    /// 草案;不写测算现行政策
    #[serde(default, deserialize_with = "super::strict::objects")]
    files: Vec<DraftFile>,
}

/// 维度
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Dimension {
    Measure,
    Fund,
    Region,
    Industry,
    Size,
    Month,
}

impl Dimension {
    const fn word(self) -> &'static str {
        match self {
            Self::Measure => "measure",
            Self::Fund => "fund",
            Self::Region => "region",
            Self::Industry => "industry",
            Self::Size => "size",
            Self::Month => "month",
        }
    }
}

async fn forecast(ask: Ask, Body(asked, _): Body<AskForecast>) -> Result<Response, WebFault> {
    let room = Arc::new(Room::new(&ask.server)?);
    let mut words = vec!["forecast".to_owned()];
    with_material(&mut words, &*material(&ask)?);
    words.extend(asked.by.iter().map(|by| format!("--by={}", by.word())));
    if asked.files.is_empty() {
        own_policies(&ask, &mut words);
    } else {
        let folder = put(&asked.files, &room)?;
        words.push(format!("--policies={folder}"));
        if let Some(own) = &ask.server.common().policies {
            words.push(format!("--compare={}", own.display()));
        }
    }
    let seen = Seen::of(&ask).await?;
    reply::json(&lines(&ask, words, (room, seen)).await?)
}

/// 计算计划:全部事项合成多少个节点,共享多少,哪些留给逐户解释
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskPlan {
    /// 评定年度
    #[schema(minimum = 1900, maximum = 2999)]
    year: i32,
    /// 草案;不写用现行政策
    #[serde(default, deserialize_with = "super::strict::objects")]
    files: Vec<DraftFile>,
}

async fn plan(ask: Ask, Body(asked, _): Body<AskPlan>) -> Result<Response, WebFault> {
    let room = Arc::new(Room::new(&ask.server)?);
    let as_of = ask.at.business_date();
    let mut words = vec![
        "plan".to_owned(),
        format!("--year={}", asked.year),
        format!("--as-of={as_of}"),
    ];
    if asked.files.is_empty() {
        own_policies(&ask, &mut words);
    } else {
        words.push(format!("--policies={}", put(&asked.files, &room)?));
    }
    reply::json(&lines(&ask, words, (room, Seen::All)).await?)
}

/// 比较两次清算:新增、失去、变动了哪些,各因为哪项数据或哪条规则
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskDifference {
    /// 前一次清算的摘要
    before: String,
    /// 后一次清算的摘要
    after: String,
    /// 逐笔最多列出多少条,0 到 1000;不写只列各事项和合计
    #[serde(default)]
    #[schema(maximum = 1000)]
    limit: Option<u32>,
}

async fn difference(ask: Ask, Body(asked, _): Body<AskDifference>) -> Result<Response, WebFault> {
    let limit = asked.limit.unwrap_or(0);
    if limit > CHANGES_MAX {
        return Err(WebFault::bad(
            format!("limit={limit} 超出范围"),
            format!("limit 可以是 0 到 {CHANGES_MAX}"),
        ));
    }
    let sweeps = materials::list(&ask.server.store, MaterialKind::Sweep).await?;
    let snapshots = materials::list(&ask.server.store, MaterialKind::Snapshot).await?;
    let find = |digest: &str| sweeps.iter().find(|sweep| sweep.digest == digest);
    let (Some(before), Some(after)) = (find(&asked.before), find(&asked.after)) else {
        return Err(WebFault::missing());
    };
    let room = Arc::new(Room::new(&ask.server)?);
    let place = |one: &Registered| ask.server.folder.join(&one.folder).display().to_string();
    let mut words = vec!["diff".to_owned(), format!("--limit={limit}")];
    own_policies(&ask, &mut words);
    for digest in std::collections::BTreeSet::from([&before.snapshot, &after.snapshot]) {
        let snapshot = snapshots.iter().find(|one| one.digest == *digest);
        let snapshot = snapshot.ok_or_else(WebFault::missing)?;
        words.push(format!("--snapshot={}", place(snapshot)));
    }
    words.extend(["--".to_owned(), place(before), place(after)]);
    let seen = Seen::of(&ask).await?;
    let mut found = lines(&ask, words, (room, seen.clone())).await?;
    let material = ask.server.material();
    // Only what lies within sight now is shown one by one.
    found.lines.retain(|line| {
        let Some(change) = line.get("change") else {
            return true;
        };
        let code = change.get("enterprise").and_then(Value::as_str);
        code.is_some_and(|code| seen.finds(material.as_deref(), code))
    });
    reply::json(&found)
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    const TAG: Tag = Tag::Policies;
    let officials = Access::OFFICIALS;
    vec![
        Operation::post(
            (TAG, "检查政策文件:一次列出全部问题,并运行举例"),
            "/api/v1/checks",
            officials,
            check,
        )
        .takes::<CheckDraft>()
        .gives::<Lines>()
        .bytes(DRAFT_BYTES_MAX)
        .token(POLICIES),
        Operation::post(
            (TAG, "测算:一套政策或草案要花多少钱;只计查看范围内的企业"),
            "/api/v1/forecasts",
            officials,
            forecast,
        )
        .takes::<AskForecast>()
        .gives::<Lines>()
        .bytes(DRAFT_BYTES_MAX)
        .token(POLICIES),
        Operation::post((TAG, "计算计划"), "/api/v1/plans", officials, plan)
            .takes::<AskPlan>()
            .gives::<Lines>()
            .bytes(DRAFT_BYTES_MAX)
            .token(POLICIES),
        Operation::post(
            (TAG, "比较两次清算;只计查看范围内的企业"),
            "/api/v1/differences",
            officials,
            difference,
        )
        .takes::<AskDifference>()
        .gives::<Lines>()
        .token(POLICIES),
    ]
}
