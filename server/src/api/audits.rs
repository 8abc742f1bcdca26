//! What auditors ask: sealed sweeps run again, asked about, sampled and compared; payouts followed
//! back; everything exported.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use zhida_engine::payouts::{Moment, PayoutId, Role};

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::jobs::{Queued, asked_for, name_of, one};
use super::once::once;
use super::operation::{Operation, Tag};
use super::reply;
use super::request::{Body, Key, Known};
use super::shapes::moment;
use super::sight::{self, Named};
use super::things::READ;
use crate::audit::pages::{
    EXPORTS, Found, Listed, SEALS_MAX, Sender, all, answer, find, look_at_trail, needs_all,
    places_of, reader, sees_all, sent, take, within,
};
use crate::audit::sheet::{self, Reader};
use crate::audit::trail::trail;
use crate::failure::Failure;
use crate::store::Kind;
use crate::web::{Access, Ask, Typed, WebFault};

/// Who audits.
const AUDITORS: Access = Access::Roles(&[Role::Auditor]);
/// The greatest question: with the text of a policy in it.
const QUESTION_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Where answers lie below the data folder.
const ANSWERS: &str = "audit";

/// 一次封存的清算
#[derive(Clone, Debug, Serialize, ToSchema)]
struct SealRow {
    /// 封存的摘要
    seal: String,
    /// 是不是兑付所依据的,记在日志里
    is_kept: bool,
    /// 封存或记入日志的时刻
    at: String,
    /// 封存文件能否读出;读不了的内容为空
    is_sound: bool,
    /// 读不了的原因:已被改动,或由更新版本的程序封存
    problem: Option<&'static str>,
    /// 封存的内容
    sealed: Option<SealedShown>,
}

/// 封存的内容
#[derive(Clone, Debug, Serialize, ToSchema)]
struct SealedShown {
    /// 结果的摘要
    result: String,
    /// 快照的摘要
    snapshot: String,
    /// 政策的摘要
    policies: String,
    /// 规则含义的版本
    semantics: u32,
    /// 评定年度
    year: i32,
    /// 基准日
    as_of: String,
    /// 企业数;看不到全部单位的为空
    enterprises: Option<u64>,
    /// 可付金额(元);看不到全部单位的为空
    payable: Option<String>,
    /// 可付笔数;看不到全部单位的为空
    payable_awards: Option<u64>,
}

async fn seals(ask: Ask, known: Known) -> Result<Response, WebFault> {
    let all = all(&ask).await?;
    let is_whole = sees_all(&ask).await?;
    let rows: Vec<SealRow> = all.iter().map(|one| row(one, is_whole)).collect();
    reply::list(&rows, None, &known)
}

fn row(listed: &Listed, is_whole: bool) -> SealRow {
    let (is_kept, at, sealed, problem) = match listed {
        Listed::Whole(found) => (found.is_kept, found.at, Some(shown(found, is_whole)), None),
        Listed::Unread { at, why, .. } => (true, *at, None, Some(*why)),
    };
    SealRow {
        seal: listed.digest().to_owned(),
        is_kept,
        at: moment(Moment(at)),
        is_sound: sealed.is_some(),
        problem,
        sealed,
    }
}

fn shown(found: &Found, is_whole: bool) -> SealedShown {
    let (seal, result) = (&found.seal, &found.seal.result);
    SealedShown {
        result: result.digest.clone(),
        snapshot: seal.snapshot.clone(),
        policies: seal.policies.clone(),
        semantics: seal.semantics,
        year: seal.year,
        as_of: seal.as_of.to_string(),
        enterprises: is_whole.then_some(result.enterprises),
        payable: is_whole.then(|| result.payable.clone()),
        payable_awards: is_whole.then_some(result.payable_awards),
    }
}

/// What of a seal is of all enterprises together.
const OF_ALL: [&str; 8] = [
    "/result/enterprises",
    "/result/payable",
    "/result/payable_awards",
    "/result/kept",
    "/result/leaves",
    "/result/award_rows",
    "/result/measures",
    "/ledger/entries",
];

/// A seal: its bytes for those who see all bureaus; for the others without what is of all
/// enterprises together.
async fn seal(ask: Ask, Named(digest): Named<String>) -> Result<Response, WebFault> {
    let found = find(&ask, &digest).await?;
    let text = found.seal.to_canonical_json();
    if sees_all(&ask).await? {
        return Ok(reply::text(text));
    }
    let mut told: Value = serde_json::from_str(&text).map_err(WebFault::broken)?;
    for place in OF_ALL {
        if let Some(sum) = told.pointer_mut(place) {
            *sum = Value::Null;
        }
    }
    if let Some(fields) = told.as_object_mut() {
        fields.insert("is_whole".to_owned(), Value::Bool(false));
    }
    reply::json(&told)
}

/// A question with the place of its answer; the same place for the same request.
fn question(
    ask: &Ask,
    name: &'static str,
    (key, asked, form): (&Option<String>, [u8; 32], &str),
) -> Result<(Typed, std::path::PathBuf), WebFault> {
    let name_of_file = format!("{}.{form}", name_of(ask, key, asked)?);
    let output = ask.server.folder.join(ANSWERS).join(name_of_file);
    let typed = Typed::verb("ask").flag("audit").flag(name);
    Ok((typed.option("--output", output.display()), output))
}

/// 重放:只凭封存的材料重算
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskReplay {
    /// 封存的摘要
    seal: String,
    /// 改用逐户解释计算
    #[serde(default)]
    reference: bool,
}

async fn replay(
    ask: Ask,
    key: Key,
    Body(body, asked): Body<AskReplay>,
) -> Result<Response, WebFault> {
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        let found = find(&own, &body.seal).await?;
        let (typed, _) = question(&own, "replay", (&text, asked, "json"))?;
        let typed = match body.reference {
            true => typed.flag("--reference"),
            false => typed,
        };
        asked_for(&own, text, within(&own, typed).await?.of(found.place)).await
    })
    .await
}

/// 假如一项数据改正、一份政策换掉,哪些付款会变
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskWhatIf {
    /// 封存的摘要
    seal: String,
    /// 改正的数据:“统一社会信用代码:数据@年度=值”
    #[serde(default)]
    #[schema(max_items = 100)]
    facts: Vec<String>,
    /// 换上的政策全文,按政策编号替换
    #[serde(default)]
    policy: Option<String>,
}

async fn what_if(
    ask: Ask,
    key: Key,
    Body(body, asked): Body<AskWhatIf>,
) -> Result<Response, WebFault> {
    if body.facts.len() > 100 {
        return Err(WebFault::bad("改正的数据太多", "一次最多 100 项"));
    }
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        let found = find(&own, &body.seal).await?;
        let (mut typed, output) = question(&own, "what-if", (&text, asked, "json"))?;
        for fact in &body.facts {
            typed = typed.option("--fact", fact);
        }
        if let Some(policy) = &body.policy {
            let path = output.with_extension("md");
            let folder = path.parent().unwrap_or(&own.server.folder);
            std::fs::create_dir_all(folder).map_err(WebFault::broken)?;
            std::fs::write(&path, policy).map_err(WebFault::broken)?;
            typed = typed.option("--policy", path.display());
        }
        asked_for(&own, text, within(&own, typed).await?.of(found.place)).await
    })
    .await
}

/// 按风险抽样
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskSample {
    /// 封存的摘要
    seal: String,
    /// 每种风险最多抽几笔
    #[schema(minimum = 1, maximum = 10_000)]
    each: u32,
    /// 种子:同一个种子对同一份封存总抽出同样的笔
    seed: String,
    /// 数据差千分之几以内算接近门槛
    #[schema(minimum = 1, maximum = 500)]
    margin: u16,
}

async fn sample(
    ask: Ask,
    key: Key,
    Body(body, asked): Body<AskSample>,
) -> Result<Response, WebFault> {
    if !(1..=10_000).contains(&body.each) || !(1..=500).contains(&body.margin) {
        return Err(WebFault::bad(
            "each 或 margin 超出范围",
            "each 是 1 到 10000,margin 是 1 到 500",
        ));
    }
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        let found = find(&own, &body.seal).await?;
        let (typed, _) = question(&own, "sample", (&text, asked, "json"))?;
        let typed = typed
            .option("--each", body.each)
            .option("--seed", &body.seed)
            .option("--margin", body.margin);
        asked_for(&own, text, within(&own, typed).await?.of(found.place)).await
    })
    .await
}

/// 同一张发票、设备、人员、专利、贷款是否支撑了几笔奖补
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskOverlap {
    /// 封存的摘要,一个或几个
    #[schema(min_items = 1, max_items = 100)]
    seals: Vec<String>,
}

async fn overlap(
    ask: Ask,
    key: Key,
    Body(body, asked): Body<AskOverlap>,
) -> Result<Response, WebFault> {
    if !(1..=SEALS_MAX).contains(&body.seals.len()) {
        return Err(WebFault::bad(
            "seals 的个数超出范围",
            format!("写 1 到 {SEALS_MAX} 个封存的摘要"),
        ));
    }
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        let (typed, _) = question(&own, "overlap", (&text, asked, "json"))?;
        let mut typed = within(&own, typed).await?;
        for place in places_of(&own, &body.seals).await? {
            typed = typed.of(place);
        }
        asked_for(&own, text, typed).await
    })
    .await
}

/// 导出审计包
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskExport {
    /// 脱敏版
    #[serde(default)]
    masked: bool,
}

async fn export(
    ask: Ask,
    key: Key,
    Body(body, asked): Body<AskExport>,
) -> Result<Response, WebFault> {
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        needs_all(&own).await?;
        let (typed, _) = question(&own, "export", (&text, asked, "zip"))?;
        let typed = match body.masked {
            true => typed.flag("--masked"),
            false => {
                own.needs_fresh_code()?;
                typed
            }
        };
        asked_for(&own, text, typed).await
    })
    .await
}

async fn answered(
    ask: Ask,
    sender: Sender,
    Named(id): Named<String>,
) -> Result<Response, WebFault> {
    let job = one(&ask, &id).await?;
    let path = answer(&ask, &job).await?;
    take(&ask, &job, &sender).await?;
    let form = path.extension().and_then(|form| form.to_str());
    sent(&path, &format!("{id}.{}", form.unwrap_or("json"))).await
}

async fn followed(ask: Ask, Named(id): Named<String>) -> Result<Response, WebFault> {
    sight::one(&ask, Kind::Payouts, &id).await?;
    let reader = reader(&ask).await?;
    let id = PayoutId::new(&id);
    let found = look_at_trail(&ask, (&id, reader), {
        let id = id.clone();
        move |desk, _| trail(desk, &id, reader)
    });
    let found = found.await?;
    let text = serde_json::to_string(&found).map_err(WebFault::broken)?;
    Ok(reply::text(text))
}

async fn paper(ask: Ask, Named(id): Named<String>) -> Result<Response, WebFault> {
    sight::one(&ask, Kind::Payouts, &id).await?;
    let reader = match sight::within(&ask)? {
        crate::store::Within::Enterprise(_) => Reader::Enterprise,
        crate::store::Within::Bureaus(_) | crate::store::Within::All => reader(&ask).await?,
    };
    let wanted = PayoutId::new(&id);
    let of = wanted.clone();
    let bytes = look_at_trail(&ask, (&of, reader), move |desk, _| {
        let made = sheet::made(desk, &wanted, reader)?;
        let made =
            made.ok_or_else(|| Failure::usage(format!("没有兑付事项 {wanted}"), "请核对编号"))?;
        sheet::pdf(&made)
    });
    let mut response = bytes.await?.into_response();
    let kind = HeaderValue::from_static("application/pdf");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = of_questions();
    all.extend(of_looks());
    all
}

const TAG: Tag = Tag::Proofs;

fn of_questions() -> Vec<Operation> {
    vec![
        Operation::post(
            (TAG, "重放一次封存的清算:登记任务"),
            "/api/v1/replays",
            AUDITORS,
            replay,
        )
        .takes::<AskReplay>()
        .gives::<Queued>()
        .token(READ)
        .keyed(),
        Operation::post(
            (TAG, "假如数据改正或政策换掉,哪些付款会变:登记任务"),
            "/api/v1/what-ifs",
            AUDITORS,
            what_if,
        )
        .takes::<AskWhatIf>()
        .gives::<Queued>()
        .bytes(QUESTION_BYTES_MAX)
        .token(READ)
        .keyed(),
        Operation::post(
            (TAG, "按风险抽样:登记任务"),
            "/api/v1/samples",
            AUDITORS,
            sample,
        )
        .takes::<AskSample>()
        .gives::<Queued>()
        .token(READ)
        .keyed(),
        Operation::post(
            (TAG, "查重复支撑的发票、设备、人员、专利、贷款:登记任务"),
            "/api/v1/overlaps",
            AUDITORS,
            overlap,
        )
        .takes::<AskOverlap>()
        .gives::<Queued>()
        .token(READ)
        .keyed(),
        Operation::post(
            (
                TAG,
                "导出审计包:登记任务;给看得到全部单位的审计账号,完整版须再次验证动态码",
            ),
            "/api/v1/exports",
            AUDITORS,
            export,
        )
        .takes::<AskExport>()
        .gives::<Queued>()
        .token(EXPORTS)
        .keyed(),
    ]
}

fn of_looks() -> Vec<Operation> {
    vec![
        Operation::get((TAG, "封存的清算"), "/api/v1/seals", AUDITORS, seals)
            .lists::<SealRow>()
            .token(READ),
        Operation::get(
            (TAG, "一次封存的清算:封存文件的内容;看不到全部单位的,全部企业的合计为空"),
            "/api/v1/seals/{seal}",
            AUDITORS,
            seal,
        )
        .gives::<serde_json::Value>()
        .token(READ),
        Operation::get(
            (
                TAG,
                "审计任务的结果:JSON,导出的是 zip。取审计包的令牌须有 exports 范围,完整版须再次验证动态码;\
                 谁取走了哪一份记在日志里",
            ),
            "/api/v1/jobs/{job}/answer",
            AUDITORS,
            answered,
        )
        .gives_bytes("application/octet-stream")
        .token(READ),
        Operation::get(
            (
                TAG,
                "追查一笔兑付:银行、批次、审批、金额、清算、规则、条文、数据",
            ),
            "/api/v1/payouts/{payout}/trail",
            AUDITORS,
            followed,
        )
        .gives::<serde_json::Value>()
        .token(READ),
        Operation::get(
            (TAG, "一笔兑付的计算单(PDF)"),
            "/api/v1/payouts/{payout}/sheet",
            super::things::SEES_PAYOUTS,
            paper,
        )
        .gives_bytes("application/pdf")
        .token(READ),
    ]
}
