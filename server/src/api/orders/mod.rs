//! Steps of payouts: one operation a verb of `zhida payout`, with a body of its own type.
//!
//! # Shape
//! A body says which things a step is about and what the verb asks for. Things are looked up in
//! the sight of whoever asks first, so that the answer for another's and for nobody's is the same;
//! then the verb is run in his name. What the command line reads from files comes in the body.

mod answer;
mod approve;
mod batch;
mod motion;
mod notice;
mod payee;
mod publish;
mod recover;
mod sweep;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use zhida_engine::payouts::{Actor, PayoutState, Role, Thing, UserId};

use axum::http::StatusCode;
use axum::response::Response;

use super::once::once;
use super::operation::{Operation, Tag};
use super::request::{Asked, Body, Key};
use super::room::Room;
use super::sight;
use crate::store::encoding::from_base64;
use crate::store::{Kind, Rows};
use crate::web::{Access, Acted, Ask, Typed, WebFault, act_typed_in};

/// The scope of tokens that act on payouts.
const PAYOUTS: &str = "payouts";
/// The scope of tokens that act on people.
const ADMIN: &str = "admin";

/// Everybody who acts on payouts in a bureau. The books judge by the very role, also by one that
/// was lent.
pub(super) const STAFF: Access = Access::Roles(&[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
]);

/// The same, with enterprises and the clerks who act for them.
const STAFF_AND_ENTERPRISES: Access = Access::Roles(&[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
    Role::Clerk,
    Role::Enterprise,
]);

/// The same, with the administrators of people.
const STAFF_AND_ADMINISTRATORS: Access = Access::Roles(&[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
    Role::SecurityAdministrator,
    Role::AuditAdministrator,
]);

/// One verb.
trait Verb: DeserializeOwned + ToSchema + Send + 'static {
    /// Where it is asked for.
    const PATH: &'static str;
    /// What it is.
    const TITLE: &'static str;
    /// Who may ask for it.
    const ACCESS: Access = STAFF;
    /// The scope of tokens that may.
    const SCOPE: &'static str = PAYOUTS;
    /// Whether a second factor must have been shown a short while ago.
    const IS_STEPPED_UP: bool = false;
    /// The greatest body.
    const BYTES_MAX: usize = 256 * 1024;
    /// Whether the answers are about things that not everybody may see.
    const IS_COUNTED_ONLY: bool = false;

    /// The words of the verb; nothing where there is nothing to do.
    fn typed(
        self,
        ask: &Ask,
        room: &Room,
    ) -> impl Future<Output = Result<Option<Typed>, WebFault>> + Send;
}

/// In whose place.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OrderQuery {
    /// 受谁委托办理:委托人的账号
    in_place_of: Option<String>,
}

/// 一项指令的结果
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AnswerRow {
    /// 在日志里的序号
    sequence: u64,
    /// done 已办,refused 未办
    answer: String,
    /// 拒绝的编号;已办的为空
    code: Option<u64>,
    /// 拒绝的原因;已办的为空
    message: Option<String>,
    /// 记了哪些账
    #[schema(value_type = Vec<Object>)]
    postings: Vec<Value>,
}

/// 办理的结果
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
struct Ordered {
    /// 是否全部办成
    is_whole: bool,
    /// 已办几项
    done: u64,
    /// 未办几项
    refused: u64,
    /// 逐项结果
    answers: Vec<AnswerRow>,
    /// 生成了什么:会签事项、批次、公示、文件……
    #[schema(value_type = Vec<Object>)]
    results: Vec<Value>,
}

impl AnswerRow {
    fn of(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        let postings = value.get("postings").and_then(Value::as_array);
        Some(Self {
            sequence: value.get("sequence")?.as_u64()?,
            answer: text("answer")?,
            code: value.get("code").and_then(Value::as_u64),
            message: text("message"),
            postings: postings.cloned().unwrap_or_default(),
        })
    }
}

impl Ordered {
    fn of(acted: Acted, is_counted_only: bool) -> Result<Self, WebFault> {
        let mut ordered = Self::default();
        for value in acted.values {
            let Some(answer) = AnswerRow::of(&value) else {
                if value.is_object() {
                    ordered.results.push(without_paths(value));
                }
                continue;
            };
            let count = match answer.code {
                None => &mut ordered.done,
                Some(_) => &mut ordered.refused,
            };
            *count = count.saturating_add(1);
            ordered.answers.push(answer);
        }
        ordered.is_whole = ordered.refused == 0;
        let first = ordered.answers.iter().find(|answer| answer.code.is_some());
        if let Some(first) = first
            && ordered.done == 0
            && !is_counted_only
        {
            let code = first.code.and_then(|code| u16::try_from(code).ok());
            let message = first.message.clone().unwrap_or_default();
            return Err(refused(code, message));
        }
        if is_counted_only {
            ordered.answers.clear();
        }
        Ok(ordered)
    }
}

/// A refusal: forbidden where somebody tried what he may not do.
fn refused(code: Option<u16>, message: String) -> WebFault {
    let is_trespass = code.is_some_and(|code| code < 200);
    let mut fault = WebFault::refused(code, message);
    if is_trespass {
        fault.status = StatusCode::FORBIDDEN;
    }
    fault
}

/// What a verb wrote, without the folders of the server.
fn without_paths(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        for name in ["data", "proof", "folder"] {
            fields.remove(name);
        }
    }
    value
}

/// Carries a verb out.
async fn order<V: Verb>(
    ask: Ask,
    Asked(query): Asked<OrderQuery>,
    key: Key,
    Body(body, asked): Body<V>,
) -> Result<Response, WebFault> {
    let (own, text) = (ask.clone(), key.0.clone());
    once(&ask, &key, asked, run(own, text, query, body)).await
}

async fn run<V: Verb>(
    ask: Ask,
    key: Option<String>,
    query: OrderQuery,
    body: V,
) -> Result<String, WebFault> {
    let actor = actor(&ask, query.in_place_of)?;
    let room = Room::new(&ask.server)?;
    let Some(typed) = body.typed(&ask, &room).await? else {
        let nothing = Ordered {
            is_whole: true,
            ..Ordered::default()
        };
        return serde_json::to_string(&nothing).map_err(WebFault::broken);
    };
    let acted = act_typed_in(&ask, actor, key, typed).await;
    let acted = acted.map_err(|fault| room.left_out_of(fault))?;
    let ordered = Ordered::of(acted, V::IS_COUNTED_ONLY)?;
    serde_json::to_string(&ordered).map_err(WebFault::broken)
}

/// Who acts.
fn actor(ask: &Ask, in_place_of: Option<String>) -> Result<Actor, WebFault> {
    let session = ask.session()?;
    match (session.actor(), in_place_of) {
        (actor, None) => Ok(actor),
        (Actor::User(user), Some(of)) if sight::is_name(&of) => Ok(Actor::Delegate {
            user,
            of: UserId::new(of),
        }),
        (_, Some(_)) => Err(WebFault::bad(
            "in_place_of 不能采用",
            "请写委托人的账号;帮办企业时不能同时受委托",
        )),
    }
}

/// The operation of a verb.
fn operation<V: Verb>() -> Operation {
    let title = (Tag::Orders, V::TITLE);
    let mut operation = Operation::post(title, V::PATH, V::ACCESS, order::<V>)
        .query::<OrderQuery>()
        .takes::<V>()
        .gives::<Ordered>()
        .bytes(V::BYTES_MAX)
        .token(V::SCOPE)
        .keyed();
    if V::IS_STEPPED_UP {
        operation.place = operation.place.stepped_up();
    }
    operation
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = sweep::operations();
    all.extend(approve::operations());
    all.extend(notice::operations());
    all.extend(payee::operations());
    all.extend(batch::operations());
    all.extend(answer::operations());
    all.extend(recover::operations());
    all.extend(motion::operations());
    all.extend(publish::operations());
    all
}

/// 办哪些:写编号,或 all 为 true 办所有正等着这一步的
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    /// 兑付事项编号
    #[serde(default)]
    payouts: Vec<String>,
    /// 所有正等着这一步的
    #[serde(default)]
    all: bool,
    /// 与 all 同用:只办这一事项
    #[serde(default)]
    measure: Option<String>,
    /// 与 all 同用:最多办多少笔
    #[serde(default)]
    limit: Option<u32>,
}

/// How many payouts are named at once.
const NAMED_MAX: usize = 5_000;

impl Which {
    /// The verb with the names of all, each of them within sight; nothing where there is none.
    async fn of(
        self,
        ask: &Ask,
        verb: Typed,
        states: &[PayoutState],
    ) -> Result<Option<Typed>, WebFault> {
        let names = self.names(ask, states).await?;
        if names.is_empty() {
            return Ok(None);
        }
        Ok(Some(names.into_iter().fold(verb, Typed::of)))
    }

    async fn names(self, ask: &Ask, states: &[PayoutState]) -> Result<Vec<String>, WebFault> {
        if self.all != self.payouts.is_empty() || self.payouts.len() > NAMED_MAX {
            return Err(WebFault::bad(
                "没有写明办哪些,或写了两遍,或太多",
                format!("which 里写 payouts 编号(最多 {NAMED_MAX} 个),或写 all: true,二者选一"),
            ));
        }
        if !self.all {
            sight::all(ask, Kind::Payouts, &self.payouts).await?;
            return Ok(self.payouts);
        }
        let rows = Rows {
            states: states.to_vec(),
            measure: self.measure.filter(|measure| !measure.is_empty()),
            limit: self.limit,
            ..Rows::default()
        };
        let found = sight::rows(ask, Kind::Payouts, &rows).await?;
        let names = found.into_iter().filter_map(|thing| {
            let Thing::Payout(payout) = thing else {
                return None;
            };
            Some(payout.id.to_string())
        });
        Ok(names.collect())
    }
}

/// 一份材料;登记其摘要并保存
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Paper {
    /// 文件名
    name: String,
    /// 内容的 Base64(RFC 4648,带填充)
    base64: String,
}

/// The greatest body with a paper: ten megabytes in Base64.
const PAPER_BYTES_MAX: usize = 14 * 1024 * 1024;

impl Paper {
    /// The paper in the room.
    fn put(&self, room: &Room) -> Result<String, WebFault> {
        let bytes = from_base64(&self.base64).filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or_else(|| {
            WebFault::bad(
                "材料的内容不是 Base64,或是空的",
                "请用 RFC 4648 第 4 节的 Base64,带填充,不换行",
            )
        })?;
        Ok(room.file(&self.name, &bytes)?.display().to_string())
    }
}

/// Refused unless the thing lies within sight.
async fn seen(ask: &Ask, kind: Kind, id: &str) -> Result<(), WebFault> {
    sight::one(ask, kind, id).await.map(drop)
}
