//! One enterprise against the measures: all of them, one with its explanation, or with facts that
//! somebody supposes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use zhida_engine::explain::describe;
use zhida_engine::facts::Facts;
use zhida_engine::import::{EncodingChoice, ImportOptions, import_reader};
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::snapshot::Snapshot;
use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Uscc;

use axum::response::Response;

use super::operation::{Operation, Tag};
use super::policies::day;
use super::reply;
use super::request::Body;
use super::sight::{self, Named};
use super::things::{READ, SEES_PAYOUTS};
use crate::store::Within;
use crate::views::explained::{Others, explained_naming};
use crate::views::seen::{self, Eyes, Knows};
use crate::web::{Access, Ask, Material, WebFault};

/// 一个事项对一家企业的结论
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Matched {
    /// 事项编号
    measure: String,
    /// 名称
    name: String,
    /// 政策标题
    policy: String,
    /// 依据的条款
    basis: Vec<String>,
    /// 结论:金额、原因、缺什么、归谁
    #[schema(value_type = Object)]
    outcome: zhida_engine::explain::Outcome,
}

/// 一家企业能享受什么;金额还没有经过已付扣减、名额、就高、限额、资金和起付
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Matches {
    /// 统一社会信用代码
    uscc: String,
    /// 企业名称
    enterprise: String,
    /// 评定年度
    year: i32,
    /// 基准日
    as_of: String,
    /// 逐个事项
    measures: Vec<Matched>,
}

fn matched(
    library: &Library,
    facts: &dyn Facts,
    context: Context,
    wanted: impl Fn(&Measure) -> bool,
) -> Vec<Matched> {
    let interpreter = Interpreter::new(library);
    let measures = library.measures.iter().filter(|measure| wanted(measure));
    let found = measures.map(|measure| {
        let decision = interpreter.decide(measure, facts, context);
        let policy = library.policies.get(measure.policy.0);
        Matched {
            measure: measure.id.to_string(),
            name: measure.name.clone(),
            policy: policy.map_or_else(String::new, |policy| policy.title.clone()),
            basis: measure.basis.clone(),
            outcome: describe(library, measure, &decision),
        }
    });
    found.collect()
}

/// The facts of the server with the row of an enterprise that whoever asks may see.
///
/// # Errors
/// [`WebFault::missing`] whether it is not there or not to be seen.
async fn row(ask: &Ask, code: &str) -> Result<(Arc<Material>, usize), WebFault> {
    let uscc = Uscc::parse(code).map_err(|_| WebFault::missing())?.0;
    let material = ask.server.material().ok_or_else(WebFault::missing)?;
    let row = material.snapshot.find(uscc.as_str());
    let row = row.ok_or_else(WebFault::missing)?;
    if seen::sees_enterprise(ask, uscc).await? {
        return Ok((material, row));
    }
    Err(WebFault::missing())
}

async fn matches(ask: Ask, Named(code): Named<String>) -> Result<Response, WebFault> {
    let (material, row) = row(&ask, &code).await?;
    let published = ask.server.published();
    let found = tokio::task::spawn_blocking(move || {
        let (snapshot, context) = (&material.snapshot, material.context);
        let facts = snapshot.row(row);
        Matches {
            uscc: snapshot.uscc(row).to_owned(),
            enterprise: snapshot.name(row).to_owned(),
            year: context.year,
            as_of: context.as_of.to_string(),
            measures: matched(&published.library, &facts, context, |_| true),
        }
    });
    reply::json(&found.await.map_err(WebFault::broken)?)
}

async fn explanation(
    ask: Ask,
    Named((code, policy, measure)): Named<(String, String, String)>,
) -> Result<Response, WebFault> {
    let (material, row) = row(&ask, &code).await?;
    let published = ask.server.published();
    let id = format!("{policy}/{measure}");
    if published.library.measure(&id).is_none() {
        return Err(WebFault::missing());
    }
    // Who else stood in line is not for an enterprise to know, and a bureau knows those it sees.
    let eyes = match sight::within(&ask)? {
        Within::Enterprise(_) => None,
        Within::Bureaus(_) | Within::All => Some(Eyes::of(&ask).await?),
    };
    let found = tokio::task::spawn_blocking(move || {
        let library = &published.library;
        let Some(measure) = library.measure(&id) else {
            return Err(WebFault::missing());
        };
        let (snapshot, context) = (&material.snapshot, material.context);
        let place = (snapshot, row);
        let knows = |row: u32| {
            let eyes = eyes.as_ref();
            eyes.is_some_and(|eyes| eyes.see(snapshot, context.year, row))
        };
        let others = Others::Known(Knows(&knows));
        let explanation = explained_naming(library, place, context, measure, others)?;
        serde_json::to_value(&explanation).map_err(WebFault::broken)
    });
    reply::json(&found.await.map_err(WebFault::broken)??)
}

/// 试算:假定有这些数据,能享受什么
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Supposed {
    /// 评定年度
    #[schema(minimum = 1990, maximum = 2999)]
    year: i32,
    /// 基准日;不写用今天
    #[serde(default)]
    #[schema(format = Date)]
    as_of: Option<String>,
    /// 只算这一事项;不写算全部
    #[serde(default)]
    measure: Option<String>,
    /// 数据:名称(可带年份,如 营业收入@2025)到写成文本的值;没有写的为未知
    facts: BTreeMap<String, String>,
}

/// 试算的结果
#[derive(Clone, Debug, Serialize, ToSchema)]
struct SupposedOutcome {
    /// 评定年度
    year: i32,
    /// 基准日
    as_of: String,
    /// 没有采用的数据:按缺失处理
    faults: Vec<SupposedFault>,
    /// 逐个事项
    measures: Vec<Matched>,
    /// 逐步解释;只算一个事项时才有
    #[schema(value_type = Option<Object>)]
    explanation: Option<Value>,
}

/// 一项没有采用的数据
#[derive(Clone, Debug, Serialize, ToSchema)]
struct SupposedFault {
    /// 哪一项
    fact: String,
    /// 为什么
    message: String,
}

/// How many facts are supposed at once.
const FACTS_MAX: usize = 500;

async fn suppose(ask: Ask, Body(supposed, _): Body<Supposed>) -> Result<Response, WebFault> {
    if !(1990..=2999).contains(&supposed.year) || supposed.facts.len() > FACTS_MAX {
        return Err(WebFault::bad(
            "年度或数据项超出范围",
            format!("year 是 1990 到 2999;facts 最多 {FACTS_MAX} 项"),
        ));
    }
    let as_of = match supposed.as_of.as_deref() {
        Some(text) => day(text)?,
        None => ask.at.business_date(),
    };
    let published = ask.server.published();
    let id = supposed.measure.clone().filter(|id| !id.is_empty());
    if id
        .as_deref()
        .is_some_and(|id| published.library.measure(id).is_none())
    {
        return Err(WebFault::missing());
    }
    let context = Context {
        year: supposed.year,
        as_of,
    };
    let found = tokio::task::spawn_blocking(move || {
        let library = &published.library;
        let (snapshot, faults) = snapshot_of(library, context, &supposed.facts)?;
        let facts = snapshot.row(0);
        let wanted = |measure: &Measure| id.as_deref().is_none_or(|id| &*measure.id.0 == id);
        let measure = id.as_deref().and_then(|id| library.measure(id));
        let explanation = measure
            .map(|measure| Interpreter::new(library).explain(measure, &facts, context))
            .map(|explanation| serde_json::to_value(&explanation))
            .transpose()
            .map_err(WebFault::broken)?;
        Ok::<_, WebFault>(SupposedOutcome {
            year: context.year,
            as_of: context.as_of.to_string(),
            faults,
            measures: matched(library, &facts, context, wanted),
            explanation,
        })
    });
    reply::json(&found.await.map_err(WebFault::broken)??)
}

/// Supposed facts, read as a file of one enterprise would be: nothing is guessed.
fn snapshot_of(
    library: &Library,
    context: Context,
    facts: &BTreeMap<String, String>,
) -> Result<(Snapshot, Vec<SupposedFault>), WebFault> {
    let taken: BTreeSet<&str> = ["uscc", "统一社会信用代码", "社会信用代码"].into();
    let facts = || {
        facts
            .iter()
            .filter(|(name, _)| !taken.contains(name.as_str()))
    };
    // A line break is no part of any value, and would end the line.
    let plain = |text: &String| text.replace(['\r', '\n'], " ");
    let uscc = Uscc::generate("91", "110000", "MA000000").map_err(WebFault::broken)?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heads = std::iter::once("uscc".to_owned()).chain(facts().map(|(name, _)| plain(name)));
    writer.write_record(heads).map_err(WebFault::broken)?;
    let cells = std::iter::once(uscc.as_str().to_owned());
    let cells = cells.chain(facts().map(|(_, value)| plain(value)));
    writer.write_record(cells).map_err(WebFault::broken)?;
    let text = writer.into_inner().map_err(WebFault::broken)?;
    let options = ImportOptions {
        year: context.year,
        as_of: Some(context.as_of),
        encoding: EncodingChoice::Utf8,
    };
    let refused = |error: &dyn std::fmt::Display| {
        WebFault::bad(
            format!("facts 不能采用:{error}"),
            "名称见 /api/v1/facts,可带年份,如 营业收入@2025",
        )
    };
    let read = import_reader(
        &mut Cursor::new(text),
        Path::new("facts"),
        &library.vocabulary,
        &library.codes,
        &options,
        &mut |_| ControlFlow::Continue(()),
    );
    let (builder, report) = read.map_err(|error| refused(&error))?;
    let faults = report.findings.iter().map(|finding| SupposedFault {
        fact: finding.column.clone(),
        message: finding.message.clone(),
    });
    let faults = faults.collect();
    if builder.is_empty() {
        return Err(refused(&"没有可以采用的数据"));
    }
    let snapshot = builder.finish().map_err(|error| refused(&error))?;
    Ok((snapshot, faults))
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    const TAG: Tag = Tag::Policies;
    vec![
        Operation::get(
            (TAG, "一家企业能享受什么:逐个事项的结论"),
            "/api/v1/enterprises/{enterprise}/matches",
            SEES_PAYOUTS,
            matches,
        )
        .gives::<Matches>()
        .token(READ),
        Operation::get(
            (TAG, "解释一个结论:每一步的条文、数值和来源,直到可付金额"),
            "/api/v1/enterprises/{enterprise}/measures/{policy}/{measure}",
            SEES_PAYOUTS,
            explanation,
        )
        .gives::<Value>()
        .token(READ),
        Operation::post(
            (TAG, "试算:假定有这些数据,能享受什么"),
            "/api/v1/decisions",
            Access::Public,
            suppose,
        )
        .takes::<Supposed>()
        .gives::<SupposedOutcome>()
        .token(READ),
    ]
}
