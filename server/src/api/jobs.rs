//! Long work: imports, sweeps and verifications are asked for, watched and cancelled.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};
use zhida_engine::payouts::{Moment, Role};

use axum::response::Response;

use super::once::once;
use super::operation::{Operation, Tag};
use super::policies::day;
use super::reply;
use super::request::{Asked, Body, FileBody, Key, Known};
use super::shapes::{JobRow, moment};
use super::sight::{self, Named};
use super::things::{PageQuery, READ};
use crate::audit::pages::{lies_within, needs_all, sees_all, verification};
use crate::materials::{self, MaterialKind, Registered};
use crate::store::encoding::hex;
use crate::store::jobs::{self, Job};
use crate::store::{StoreError, Within};
use crate::views::seen::Seen;
use crate::views::sweep_sums::SweepSums;
use crate::web::{Access, Ask, Cursor, Session, Typed, WebFault, act_job, act_typed};

/// The kind of job that verifies.
const VERIFY: &str = "verify";
/// The kind of job that answers auditors.
const AUDIT: &str = "audit";
/// The scope of tokens that bring data.
const DATA: &str = "data";
/// The scope of tokens that sweep.
const SWEEPS: &str = "sweeps";
/// The greatest file that is imported.
const IMPORT_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Who brings data and sweeps.
const MAKERS: Access = Access::Roles(&[Role::Maker]);
/// Who looks at jobs.
const WATCHERS: Access = Access::Roles(&[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
    Role::Auditor,
    Role::AuditAdministrator,
    Role::SystemAdministrator,
]);
/// Who ends what has not ended; whose work it is, is a matter of the job.
const ENDERS: Access = Access::Roles(&[Role::Maker, Role::Auditor, Role::AuditAdministrator]);
/// Who verifies. It is about everything: an audit administrator as well as an auditor has to see
/// all bureaus for it.
const VERIFIERS: Access = Access::Roles(&[Role::Auditor, Role::AuditAdministrator]);

/// The bureaus whose jobs lie within sight, as a JSON list.
fn bureaus(ask: &Ask) -> Result<String, WebFault> {
    let Within::Bureaus(bureaus) = sight::within(ask)? else {
        return Ok("[]".to_owned());
    };
    serde_json::to_string(&bureaus).map_err(WebFault::broken)
}

async fn list(
    ask: Ask,
    Asked(query): Asked<PageQuery>,
    known: Known,
) -> Result<Response, WebFault> {
    let cursor = Cursor {
        after: query.after,
        limit: query.limit,
    };
    let limit = cursor.limit()?;
    // The latest first: a page begins behind a moment and a name.
    let (before, id) = match cursor.after().split_once('.') {
        None if cursor.is_first() => (i64::MAX, String::new()),
        Some((at, id)) if sight::is_name(id) => {
            let at = at.parse::<i64>();
            let at = at.map_err(|_| WebFault::bad("after 不能采用", "请原样使用上一页的 next"))?;
            (at, id.to_owned())
        }
        None | Some(_) => {
            return Err(WebFault::bad("after 不能采用", "请原样使用上一页的 next"));
        }
    };
    let bureaus = bureaus(&ask)?;
    let most = limit.saturating_add(1);
    let behind = (before, id.as_str());
    let mut found = jobs::owned(&ask.server.store.database, &bureaus, behind, most).await?;
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > page;
    found.truncate(page);
    let next = found.last().filter(|_| is_more);
    let next = next.map(|last| format!("{}.{}", last.created_at, last.id));
    let (session, is_whole) = (ask.session()?, sees_all(&ask).await?);
    let rows = found.iter().map(|job| shown(session, is_whole, job));
    let rows: Vec<JobRow> = rows.collect();
    reply::list(&rows, next.as_deref(), &known)
}

/// Whether a job is one of those who audit, and not of those who carry payouts on.
fn is_audit(job: &Job) -> bool {
    matches!(job.kind.as_str(), VERIFY | AUDIT)
}

/// Whether somebody audits what a job is about.
fn audits(session: &Session, is_whole: bool, job: &Job) -> bool {
    let is_verified = job.kind == VERIFY && session.is_any(&[Role::AuditAdministrator]);
    (session.is_any(&[Role::Auditor]) || is_verified) && lies_within(&session.scope, is_whole, job)
}

/// A job as somebody may see it. What a verification found wrong may be anybody's.
fn shown(session: &Session, is_whole: bool, job: &Job) -> JobRow {
    let row = JobRow::of(job);
    match is_audit(job) && !audits(session, is_whole, job) {
        true => row.without_reason(),
        false => row,
    }
}

/// One job of a bureau within sight.
pub(super) async fn one(ask: &Ask, id: &str) -> Result<Job, WebFault> {
    let bureaus = bureaus(ask)?;
    let found = jobs::find_owned(&ask.server.store.database, &bureaus, id).await?;
    found.ok_or_else(WebFault::missing)
}

async fn job(ask: Ask, Named(id): Named<String>, known: Known) -> Result<Response, WebFault> {
    let job = one(&ask, &id).await?;
    let row = shown(ask.session()?, sees_all(&ask).await?, &job);
    reply::tagged(&row, &known)
}

/// What an import found in its file.
async fn report(ask: Ask, Named(id): Named<String>) -> Result<Response, WebFault> {
    let job = one(&ask, &id).await?;
    let path = ask
        .server
        .folder
        .join("reports")
        .join(format!("{}.json", report_name(&job)?));
    let text = tokio::fs::read_to_string(path).await;
    text.map(reply::text).map_err(|_| WebFault::missing())
}

/// The name of the report of an import: that of the folder of its snapshot.
fn report_name(job: &Job) -> Result<String, WebFault> {
    let arguments: serde_json::Value =
        serde_json::from_str(&job.arguments).map_err(WebFault::broken)?;
    let place = arguments.pointer("/import/output");
    let place = place.and_then(serde_json::Value::as_str);
    let name = place.and_then(|place| place.rsplit('/').next());
    name.map(str::to_owned).ok_or_else(WebFault::missing)
}

/// 任务的编号
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Queued {
    /// 任务编号
    job: String,
    /// 种类
    kind: String,
    /// 状态
    state: String,
}

/// Whose a job is.
async fn owned(ask: &Ask, job: &str) -> Result<(), WebFault> {
    let session = ask.session()?;
    let (bureau, user) = (session.user.bureau.to_string(), session.user.id.to_string());
    let write = |mut transaction: crate::store::database::Transaction| {
        let values = [job.into(), bureau.as_str().into(), user.as_str().into()];
        async move {
            let insert = "INSERT INTO job_owners (job, bureau, asked_by) \
                 VALUES ($1, $2, $3) ON CONFLICT (job) DO NOTHING";
            transaction.execute(insert, &values).await.map(drop)
        }
    };
    ask.server
        .store
        .database
        .write::<(), StoreError, _, _>(write)
        .await?;
    Ok(())
}

/// Asks for a job in the name of whoever asks.
pub(super) async fn asked_for(
    ask: &Ask,
    key: Option<String>,
    typed: Typed,
) -> Result<String, WebFault> {
    let values = act_job(ask, key, typed).await?.whole()?;
    let first = values.into_iter().next().unwrap_or_default();
    let text = |name: &str| {
        let value = first.get(name).and_then(serde_json::Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let queued = Queued {
        job: text("job"),
        kind: text("kind"),
        state: text("state"),
    };
    owned(ask, &queued.job).await?;
    serde_json::to_string(&queued).map_err(WebFault::broken)
}

/// A name for what a request makes: the same for the same request.
pub(super) fn name_of(
    ask: &Ask,
    key: &Option<String>,
    asked: [u8; 32],
) -> Result<String, WebFault> {
    let mut hash = Sha256::new();
    hash.update(ask.session()?.user.id.as_str());
    hash.update(asked);
    match key {
        Some(key) => hash.update(key),
        None => {
            let mut bytes = [0u8; 16];
            getrandom::fill(&mut bytes).map_err(WebFault::broken)?;
            hash.update(bytes);
        }
    }
    let mut name = hex(&hash.finalize());
    name.truncate(24);
    Ok(name)
}

/// What is imported.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// 评定年度:列名没有写年份的年度数据属于这一年
    #[param(minimum = 1900, maximum = 2999)]
    year: i32,
    /// 状态类数据(资质、地区等)是哪一天的
    #[param(format = Date)]
    as_of: Option<String>,
}

async fn import(
    ask: Ask,
    Asked(query): Asked<ImportQuery>,
    key: Key,
    FileBody(bytes, asked): FileBody,
) -> Result<Response, WebFault> {
    if !(1900..=2999).contains(&query.year) {
        return Err(WebFault::bad("year 超出范围", "year 是 1900 到 2999"));
    }
    let as_of = query.as_of.as_deref().map(day).transpose()?;
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        let name = name_of(&own, &text, asked)?;
        let folder = |part: &str| own.server.folder.join(part);
        for part in ["uploads", "reports"] {
            std::fs::create_dir_all(folder(part)).map_err(WebFault::broken)?;
        }
        let file = folder("uploads").join(&name);
        tokio::fs::write(&file, &bytes)
            .await
            .map_err(WebFault::broken)?;
        // The next sweep must know what was paid.
        let ledger = folder("uploads").join(format!("{name}.paid.jsonl"));
        let paid = Typed::verb("ledger").option("--output", ledger.display());
        act_typed(&own, None, paid).await?.whole()?;
        let mut typed = Typed::verb("ask")
            .flag("import")
            .option("--year", query.year)
            .option("--output", folder("snapshots").join(&name).display())
            .option(
                "--report",
                folder("reports").join(format!("{name}.json")).display(),
            )
            .option("--ledger", ledger.display());
        if let Some(day) = as_of {
            typed = typed.option("--as-of", day);
        }
        asked_for(&own, text, typed.of(file.display())).await
    })
    .await
}

/// 清算:全部事项对全部企业
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskSweep {
    /// 快照的摘要;不写用最近的
    #[serde(default)]
    snapshot: Option<String>,
}

async fn sweep(
    ask: Ask,
    key: Key,
    Body(body, asked): Body<AskSweep>,
) -> Result<Response, WebFault> {
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        let snapshots = materials::list(&own.server.store, MaterialKind::Snapshot).await?;
        let wanted = body.snapshot.as_deref();
        let found = snapshots
            .iter()
            .find(|snapshot| wanted.is_none_or(|wanted| wanted == snapshot.digest));
        let snapshot = match (found, wanted) {
            (Some(found), _) => found,
            (None, Some(_)) => return Err(WebFault::missing()),
            (None, None) => {
                return Err(WebFault::refused(None, "还没有企业数据;请先导入"));
            }
        };
        let name = name_of(&own, &text, asked)?;
        let folder = |part: &str| own.server.folder.join(part);
        let typed = Typed::verb("ask")
            .flag("sweep")
            .option("--snapshot", folder(&snapshot.folder).display())
            .option("--out", folder("sweeps").join(name).display());
        asked_for(&own, text, typed).await
    })
    .await
}

/// 核验:日志、账簿、兑付事项和封存的文件是否被改动过
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskVerify {
    /// 以前打印或公示过的日志头(签名文本):现在的日志须由它接续而来
    #[serde(default)]
    head: Option<String>,
}

async fn verify(
    ask: Ask,
    key: Key,
    Body(AskVerify { head }, asked): Body<AskVerify>,
) -> Result<Response, WebFault> {
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        needs_all(&own).await?;
        asked_for(&own, text, verification(&head.unwrap_or_default())).await
    })
    .await
}

/// 不带内容
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn cancel(
    ask: Ask,
    Named(id): Named<String>,
    Body(Nothing {}, _): Body<Nothing>,
) -> Result<Response, WebFault> {
    let job = one(&ask, &id).await?;
    let (session, is_whole) = (ask.session()?, sees_all(&ask).await?);
    let may = match is_audit(&job) {
        true => audits(session, is_whole, &job),
        false => session.is_any(&[Role::Maker]),
    };
    if !may {
        return Err(WebFault::forbidden());
    }
    act_job(&ask, None, Typed::verb("cancel").of(&id)).await?;
    reply::json(&shown(session, is_whole, &one(&ask, &id).await?))
}

/// 一份快照或一次清算
#[derive(Clone, Debug, Serialize, ToSchema)]
struct MaterialRow {
    /// 摘要
    digest: String,
    /// 快照的摘要
    snapshot: String,
    /// 评定年度
    year: i64,
    /// 基准日;没有写明的为空
    as_of: String,
    /// 企业数;查看范围不含全部企业的为空
    enterprises: Option<u64>,
    /// 登记时刻
    at: String,
}

impl MaterialRow {
    /// How many enterprises there are is told to whoever sees them all.
    fn of(registered: &Registered, is_whole: bool) -> Self {
        Self {
            digest: registered.digest.clone(),
            snapshot: registered.snapshot.clone(),
            year: registered.year,
            as_of: registered.as_of.clone(),
            enterprises: is_whole.then_some(registered.enterprises),
            at: moment(Moment(registered.at)),
        }
    }
}

async fn registered(ask: &Ask, kind: MaterialKind, known: &Known) -> Result<Response, WebFault> {
    let all = materials::list(&ask.server.store, kind).await?;
    let is_whole = Seen::is_whole(ask).await?;
    let rows = all.iter().map(|one| MaterialRow::of(one, is_whole));
    let rows: Vec<MaterialRow> = rows.collect();
    reply::list(&rows, None, known)
}

async fn snapshots(ask: Ask, known: Known) -> Result<Response, WebFault> {
    registered(&ask, MaterialKind::Snapshot, &known).await
}

async fn sweeps(ask: Ask, known: Known) -> Result<Response, WebFault> {
    registered(&ask, MaterialKind::Sweep, &known).await
}

/// The summary of a sweep: sums, and no enterprise. Whoever does not see all enterprises gets the
/// sums of those he sees, in the same words.
async fn summary(ask: Ask, Named(digest): Named<String>) -> Result<Response, WebFault> {
    let all = materials::list(&ask.server.store, MaterialKind::Sweep).await?;
    let found = all.iter().find(|sweep| sweep.digest == digest);
    let found = found.ok_or_else(WebFault::missing)?;
    let file = zhida_engine::diff::SweepFile::open(&ask.server.folder.join(&found.folder));
    let file = file.map_err(WebFault::broken)?;
    if !Seen::is_whole(&ask).await? {
        let sums = SweepSums::seen_by(&ask, found).await?;
        return reply::json(&sums.told(&file.head));
    }
    let text = tokio::fs::read_to_string(file.path)
        .await
        .map_err(WebFault::broken)?;
    Ok(reply::text(text))
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = of_asking();
    all.extend(of_watching());
    all
}

const TAG: Tag = Tag::Jobs;

fn of_asking() -> Vec<Operation> {
    vec![
        Operation::post(
            (TAG, "导入企业数据(CSV、Parquet、Arrow):登记任务"),
            "/api/v1/imports",
            MAKERS,
            import,
        )
        .query::<ImportQuery>()
        .takes_file()
        .gives::<Queued>()
        .bytes(IMPORT_BYTES_MAX)
        .token(DATA)
        .keyed(),
        Operation::post((TAG, "清算:登记任务"), "/api/v1/sweeps", MAKERS, sweep)
            .takes::<AskSweep>()
            .gives::<Queued>()
            .token(SWEEPS)
            .keyed(),
        Operation::post(
            (
                TAG,
                "核验:登记任务,给看得到全部单位的账号;发现改动时任务没有办成,并指出第一处",
            ),
            "/api/v1/verifications",
            VERIFIERS,
            verify,
        )
        .takes::<AskVerify>()
        .gives::<Queued>()
        .token(READ)
        .keyed(),
        Operation::post(
            (
                TAG,
                "取消还没有办完的任务:核验和审计的由审计账号,其余的由经办账号",
            ),
            "/api/v1/jobs/{job}/cancel",
            ENDERS,
            cancel,
        )
        .takes::<Nothing>()
        .gives::<JobRow>()
        .token(SWEEPS),
    ]
}

fn of_watching() -> Vec<Operation> {
    vec![
        Operation::get((TAG, "任务,后提出的在前"), "/api/v1/jobs", WATCHERS, list)
            .query::<PageQuery>()
            .lists::<JobRow>()
            .token(READ),
        Operation::get((TAG, "一项任务和进度"), "/api/v1/jobs/{job}", WATCHERS, job)
            .gives::<JobRow>()
            .token(READ),
        Operation::get(
            (TAG, "导入的问题清单"),
            "/api/v1/jobs/{job}/report",
            MAKERS,
            report,
        )
        .gives::<serde_json::Value>()
        .token(READ),
        Operation::get(
            (TAG, "快照"),
            "/api/v1/snapshots",
            Access::OFFICIALS,
            snapshots,
        )
        .lists::<MaterialRow>()
        .token(READ),
        Operation::get((TAG, "清算"), "/api/v1/sweeps", Access::OFFICIALS, sweeps)
            .lists::<MaterialRow>()
            .token(READ),
        Operation::get(
            (TAG, "一次清算的汇总;只计查看范围内的企业"),
            "/api/v1/sweeps/{sweep}",
            Access::OFFICIALS,
            summary,
        )
        .gives::<serde_json::Value>()
        .token(READ),
    ]
}
