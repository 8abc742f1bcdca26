//! Policies put in force by two people: proposed, read, approved or returned; and their versions.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhida_engine::payouts::{Digest, MotionId, PersonId, PolicyRecord, PolicyVersion};

use axum::response::Response;

use super::{OrderQuery, Ordered, STAFF, actor};
use crate::api::once::once;
use crate::api::operation::{Operation, Tag};
use crate::api::policies::day;
use crate::api::reply;
use crate::api::request::{Asked, Body, Key, Known};
use crate::api::shapes::{SignatureRow, moment};
use crate::api::sight::{self, Named};
use crate::api::things::{PageQuery, READ, listed};
use crate::payouts::desk::Desk;
use crate::publishing::{self, Effect, MoneyMoved, Proposal, Wanted, changes};
use crate::views::seen::Seen;
use crate::web::{Access, Ask, WebFault, act_in};

/// The scope of tokens that publish.
const POLICIES: &str = "policies";
/// The greatest body with a text.
const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// 谁退回或撤回了提议,为什么
#[derive(Clone, Debug, Serialize, ToSchema)]
struct EndedRow {
    /// 自然人
    person: String,
    /// 理由
    reason: String,
    /// 时刻
    at: String,
}

/// 一项政策发布提议
#[derive(Clone, Debug, Serialize, ToSchema)]
struct PublicationRow {
    /// 提议编号
    publication: String,
    /// 单位
    bureau: String,
    /// 政策编号
    policy: String,
    /// 标题
    title: String,
    /// 是否废止
    is_end: bool,
    /// 提出时的现行文本的摘要;新政策为空
    base: Option<String>,
    /// 拟发布文本的摘要;废止为空
    text: Option<String>,
    /// 从哪一天起;空为批准之日
    from: Option<String>,
    /// 理由
    reason: String,
    /// 起草人,都不能批准
    authors: Vec<String>,
    /// 取代哪几版尚未施行的版本
    replaces: Vec<u32>,
    /// 状态:等待批准、已批准、已退回
    standing: &'static str,
    /// 已签的人
    signatures: Vec<SignatureRow>,
    /// 退回或撤回
    ended: Option<EndedRow>,
}

impl PublicationRow {
    fn of(one: &Proposal) -> Self {
        let (motion, asked) = (&one.motion, &one.publication);
        Self {
            publication: motion.id.to_string(),
            bureau: asked.bureau.to_string(),
            policy: asked.policy.clone(),
            title: asked.title.clone(),
            is_end: asked.text.is_none(),
            base: asked.base.as_ref().map(ToString::to_string),
            text: asked.text.as_ref().map(ToString::to_string),
            from: asked.from.map(|day| day.to_string()),
            reason: asked.reason.clone(),
            authors: asked.authors.iter().map(ToString::to_string).collect(),
            replaces: asked.replaces.iter().copied().collect(),
            standing: one.standing().chinese(),
            signatures: motion.signatures.iter().map(SignatureRow::of).collect(),
            ended: motion.ended.as_ref().map(|ended| EndedRow {
                person: ended.person.to_string(),
                reason: ended.reason.clone(),
                at: moment(ended.at),
            }),
        }
    }
}

/// 一个事项的举例
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ExamplesRow {
    /// 事项或算例
    name: String,
    /// 举例数
    examples: usize,
    /// 不符的
    failed: usize,
}

/// 全部政策连同这一版的检查结果
#[derive(Clone, Debug, Serialize, ToSchema)]
struct CheckRow {
    /// 是否没有错误、举例全部相符
    is_sound: bool,
    /// 错误
    faults: Vec<String>,
    /// 未列出的错误数
    more: usize,
    /// 举例
    examples: Vec<ExamplesRow>,
    /// 全部政策的摘要
    library: String,
}

/// 提议的全貌:文本、检查结果、对最近一次清算的影响
#[derive(Clone, Debug, Serialize, ToSchema)]
struct PublicationShown {
    /// 概要
    summary: PublicationRow,
    /// 原文本
    before: Option<String>,
    /// 拟发布的文本
    after: Option<String>,
    /// 是否已被别的版本超过;不再等待批准的为空
    is_overtaken: Option<bool>,
    /// 检查结果;不再等待批准的为空
    check: Option<CheckRow>,
    /// 对最近一次清算的影响;没有企业数据、文本有错误或不再等待批准的为空
    money: Option<MoneyMoved>,
}

impl PublicationShown {
    fn with(mut self, effect: &Effect) -> Self {
        let found = &effect.findings;
        let examples = found.examples.iter();
        self.is_overtaken = Some(effect.is_overtaken);
        self.check = Some(CheckRow {
            is_sound: found.is_sound,
            faults: found.faults.clone(),
            more: found.more,
            examples: examples
                .map(|(name, examples, failed)| ExamplesRow {
                    name: name.clone(),
                    examples: *examples,
                    failed: *failed,
                })
                .collect(),
            library: found.digest.clone(),
        });
        self.money.clone_from(&effect.money);
        self
    }
}

async fn publications(
    ask: Ask,
    Asked(query): Asked<PageQuery>,
    known: Known,
) -> Result<Response, WebFault> {
    let rows = query.rows()?;
    let (store, within) = (&ask.server.store, sight::within(&ask)?);
    let count = rows.limit.unwrap_or(u32::MAX);
    let found = publishing::proposals_after(store, &within, &rows.after, count).await?;
    let items: Vec<PublicationRow> = found.iter().map(PublicationRow::of).collect();
    listed(items, &rows, |row| &row.publication, &known)
}

async fn found(ask: &Ask, id: &str) -> Result<Proposal, WebFault> {
    let id = MotionId::new(id);
    let found = publishing::proposal(&ask.server.store, &sight::within(ask)?, &id).await?;
    found.ok_or_else(WebFault::missing)
}

async fn text(ask: &Ask, digest: Option<&Digest>) -> Result<Option<String>, WebFault> {
    let Some(digest) = digest else {
        return Ok(None);
    };
    let bytes = ask.server.store.fetch(digest).await?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

async fn publication(
    ask: Ask,
    Named(id): Named<String>,
    known: Known,
) -> Result<Response, WebFault> {
    let one = found(&ask, &id).await?;
    let mut shown = PublicationShown {
        summary: PublicationRow::of(&one),
        before: text(&ask, one.publication.base.as_ref()).await?,
        after: text(&ask, one.publication.text.as_ref()).await?,
        is_overtaken: None,
        check: None,
        money: None,
    };
    if one.standing() == publishing::Standing::Open {
        let seen = Seen::of(&ask).await?;
        let effect = publishing::effect(&ask.server, &one.motion, &one.publication, &seen).await?;
        shown = shown.with(&effect);
    }
    reply::tagged(&shown, &known)
}

/// 提出发布或废止一份政策
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProposePublication {
    /// 政策编号,与文本文首的 id 相同
    policy: String,
    /// 全文:正文和规则;不写为废止
    #[serde(default)]
    text: Option<String>,
    /// 从哪一天起;不写为批准之日
    #[serde(default)]
    #[schema(format = Date)]
    from: Option<String>,
    /// 理由
    reason: String,
    /// 还有谁写过这份文本(自然人);写过本单位草案的人自动计入
    #[serde(default)]
    authors: Vec<String>,
    /// 取代哪几版尚未施行的版本:施行日期早于它们时,须全部写明
    #[serde(default)]
    replaces: BTreeSet<u32>,
}

/// 批准一项提议:没有另外的内容
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApprovePublication {}

/// 退回或撤回一项提议
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnPublication {
    /// 理由
    reason: String,
}

async fn propose(
    ask: Ask,
    Asked(query): Asked<OrderQuery>,
    key: Key,
    Body(body, asked): Body<ProposePublication>,
) -> Result<Response, WebFault> {
    let actor = actor(&ask, query.in_place_of)?;
    let from = body.from.as_deref().map(day).transpose()?;
    let wanted = Wanted {
        policy: body.policy,
        text: body.text.map(|text| text.replace("\r\n", "\n")),
        from,
        reason: body.reason,
        replaces: body.replaces,
        authors: body
            .authors
            .into_iter()
            .map(PersonId::new)
            .collect::<BTreeSet<_>>(),
    };
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        let acted = act_in(&own, actor, text, |desk, common, output| {
            publishing::propose(desk, common, wanted, output)
        });
        written(acted.await?)
    })
    .await
}

fn written(acted: crate::web::Acted) -> Result<String, WebFault> {
    let ordered = Ordered::of(acted, false)?;
    serde_json::to_string(&ordered).map_err(WebFault::broken)
}

async fn approve(
    ask: Ask,
    Named(id): Named<String>,
    Asked(query): Asked<OrderQuery>,
    key: Key,
    Body(ApprovePublication {}, asked): Body<ApprovePublication>,
) -> Result<Response, WebFault> {
    found(&ask, &id).await?;
    let actor = actor(&ask, query.in_place_of)?;
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        let motion = MotionId::new(id);
        let acted = act_in(&own, actor, text, move |desk: &mut Desk, common, output| {
            publishing::approve(desk, common, &motion, output)
        });
        let acted = acted.await?;
        let server = Arc::clone(&own.server);
        let put = tokio::task::spawn_blocking(move || publishing::put_in_force(&server));
        put.await.map_err(WebFault::broken)??;
        written(acted)
    })
    .await
}

async fn give_back(
    ask: Ask,
    Named(id): Named<String>,
    Asked(query): Asked<OrderQuery>,
    key: Key,
    Body(body, asked): Body<ReturnPublication>,
) -> Result<Response, WebFault> {
    found(&ask, &id).await?;
    let actor = actor(&ask, query.in_place_of)?;
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, async move {
        let motion = MotionId::new(id);
        let acted = act_in(&own, actor, text, move |desk: &mut Desk, _, output| {
            publishing::give_back(desk, &motion, &body.reason, output)
        });
        written(acted.await?)
    })
    .await
}

/// 一份政策发布过的一版
#[derive(Clone, Debug, Serialize, ToSchema)]
struct PolicyVersionRow {
    /// 政策编号
    policy: String,
    /// 第几版
    number: u32,
    /// 从哪一天起
    from: String,
    /// 是否现行
    is_now: bool,
    /// 是否在施行以前被别的版本取代
    is_replaced: bool,
    /// 以前的文本的摘要
    base: Option<String>,
    /// 文本的摘要;废止为空
    text: Option<String>,
    /// 理由
    reason: String,
    /// 提议编号
    publication: String,
    /// 批准时全部政策的摘要
    library: String,
    /// 提出和批准的人
    signatures: Vec<SignatureRow>,
}

/// 一版的全文
#[derive(Clone, Debug, Serialize, ToSchema)]
struct PolicyVersionShown {
    /// 概要
    summary: PolicyVersionRow,
    /// 全文;废止为空
    content: Option<String>,
}

impl PolicyVersionRow {
    fn of(ask: &Ask, record: &PolicyRecord, version: &PolicyVersion) -> Self {
        let now = record.on(ask.at.business_date());
        Self {
            policy: record.policy.clone(),
            number: version.number,
            from: version.from.to_string(),
            is_now: now.is_some_and(|now| now.number == version.number),
            is_replaced: record.was_replaced(version.number),
            base: version.base.as_ref().map(ToString::to_string),
            text: version.text.as_ref().map(ToString::to_string),
            reason: version.reason.clone(),
            publication: version.motion.to_string(),
            library: version.library.to_string(),
            signatures: version.signatures.iter().map(SignatureRow::of).collect(),
        }
    }
}

async fn record(ask: &Ask, policy: &str) -> Result<Option<PolicyRecord>, WebFault> {
    let session = ask.session()?;
    let sees = |bureau: &_| session.scope.sees_bureau(bureau);
    Ok(publishing::record(&ask.server.store, sees, policy).await?)
}

async fn versions(
    ask: Ask,
    Named(policy): Named<String>,
    known: Known,
) -> Result<Response, WebFault> {
    let record = record(&ask, &policy).await?;
    let mut rows = Vec::new();
    if let Some(record) = &record {
        let versions = record.versions.iter();
        rows.extend(versions.map(|version| PolicyVersionRow::of(&ask, record, version)));
    }
    reply::list(&rows, None, &known)
}

async fn version(
    ask: Ask,
    Named((policy, number)): Named<(String, String)>,
    known: Known,
) -> Result<Response, WebFault> {
    let record = record(&ask, &policy).await?;
    let record = record.ok_or_else(WebFault::missing)?;
    let mut versions = record.versions.iter();
    let version = versions.find(|version| version.number.to_string() == number);
    let version = version.ok_or_else(WebFault::missing)?;
    let shown = PolicyVersionShown {
        summary: PolicyVersionRow::of(&ask, &record, version),
        content: text(&ask, version.text.as_ref()).await?,
    };
    reply::tagged(&shown, &known)
}

/// 与哪一版对照
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChangesQuery {
    /// 后一版;不写为现行文本
    #[serde(default)]
    after: Option<u32>,
}

/// 两版之间删去或新增的一行
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ChangedLine {
    /// 在所在的一版里是第几行
    line: usize,
    /// 是不是后一版新增的
    is_new: bool,
    /// 内容
    text: String,
}

/// The lines in which two versions differ; version 0 is what the first publication began from.
async fn changed(
    ask: Ask,
    Named((policy, number)): Named<(String, String)>,
    Asked(query): Asked<ChangesQuery>,
    known: Known,
) -> Result<Response, WebFault> {
    let record = record(&ask, &policy).await?;
    let record = record.ok_or_else(WebFault::missing)?;
    let number = number.parse::<u32>().map_err(|_| WebFault::missing())?;
    let kept = async |number: u32| {
        let found = text(&ask, record.text(number)).await?;
        found.ok_or_else(WebFault::missing)
    };
    let before = kept(number).await?;
    let after = match query.after {
        Some(number) => kept(number).await?,
        None => {
            let library = &ask.server.published().library;
            let found = library.policies.iter().find(|one| *one.id == *policy);
            let file = found.and_then(|one| library.files.iter().find(|file| file.id == one.file));
            let file = file.ok_or_else(WebFault::missing)?;
            file.text.to_string()
        }
    };
    let lines = changes::between(&before, &after).into_iter();
    let lines: Vec<ChangedLine> = lines
        .map(|one| ChangedLine {
            line: one.number,
            is_new: one.is_new,
            text: one.text,
        })
        .collect();
    reply::list(&lines, None, &known)
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = steps();
    all.extend(looks());
    all
}

const TAG: Tag = Tag::Policies;

fn steps() -> Vec<Operation> {
    let step = |operation: Operation| {
        operation
            .query::<OrderQuery>()
            .gives::<Ordered>()
            .token(POLICIES)
            .keyed()
    };
    let mut approving = Operation::post(
        (TAG, "批准发布(审批):全部政策重新检查一遍,通过才生效"),
        "/api/v1/publications/{motion}/approve",
        STAFF,
        approve,
    )
    .takes::<ApprovePublication>();
    approving.place = approving.place.stepped_up();
    let proposing = Operation::post(
        (TAG, "提出发布或废止(经办):检查无误、举例全部相符才能提出"),
        "/api/v1/publications",
        STAFF,
        propose,
    )
    .takes::<ProposePublication>()
    .bytes(TEXT_BYTES_MAX);
    let returning = Operation::post(
        (TAG, "退回或撤回提议"),
        "/api/v1/publications/{motion}/return",
        STAFF,
        give_back,
    )
    .takes::<ReturnPublication>();
    vec![step(proposing), step(approving), step(returning)]
}

fn looks() -> Vec<Operation> {
    let seen = Access::OFFICIALS;
    vec![
        Operation::get(
            (TAG, "发布提议,后提出的在前"),
            "/api/v1/publications",
            seen,
            publications,
        )
        .query::<PageQuery>()
        .lists::<PublicationRow>()
        .token(READ),
        Operation::get(
            (TAG, "一项发布提议:文本、检查结果、对最近一次清算的影响"),
            "/api/v1/publications/{motion}",
            seen,
            publication,
        )
        .gives::<PublicationShown>()
        .token(READ),
        Operation::get(
            (TAG, "一份政策发布过的各版"),
            "/api/v1/policies/{policy}/versions",
            seen,
            versions,
        )
        .lists::<PolicyVersionRow>()
        .token(READ),
        Operation::get(
            (TAG, "一版的全文"),
            "/api/v1/policies/{policy}/versions/{number}",
            seen,
            version,
        )
        .gives::<PolicyVersionShown>()
        .token(READ),
        Operation::get(
            (TAG, "一版与另一版或现行文本对照,逐行列出删去和新增"),
            "/api/v1/policies/{policy}/versions/{number}/changes",
            seen,
            changed,
        )
        .query::<ChangesQuery>()
        .lists::<ChangedLine>()
        .token(READ),
    ]
}
