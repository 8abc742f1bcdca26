//! The log and what it proves, and files by their digests.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use zhida_engine::payouts::{Digest, PayoutId, Role, Signature, Thing};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::operation::{Operation, Tag};
use super::reply;
use super::request::{Asked, Body, Known};
use super::shapes::{EventRow, FileRow, HeadShown};
use super::sight::{self, Named};
use super::things::{READ, SEES_PAYOUTS};
use crate::payouts::ledger::Paid;
use crate::store::files::{self, FileRecord};
use crate::store::log::{self, EventRecord, SignedHead};
use crate::store::{ExportedProof, Keyed, Kind, Proved, PublicKey, StoreError, Within};
use crate::web::{Access, Ask, Cursor, WebFault, look};

/// Who looks at the log as a whole.
const AUDITS: Access = Access::Roles(&[Role::Auditor, Role::AuditAdministrator]);
/// Who may have the log signed as it stands.
const SIGNERS: Access = Access::Roles(&[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
    Role::Auditor,
    Role::AuditAdministrator,
]);

fn shown(ask: &Ask, head: &SignedHead) -> HeadShown {
    let store = &ask.server.store;
    HeadShown::of(head, head.note(&store.origin, &store.key.public()))
}

/// The head that was signed last.
async fn head(ask: Ask, known: Known) -> Result<Response, WebFault> {
    let mut transaction = ask.server.store.database.read().await?;
    let found = log::latest_head(&mut transaction).await;
    transaction.rollback().await;
    let head = found?.ok_or_else(WebFault::missing)?;
    reply::tagged(&shown(&ask, &head), &known)
}

/// 不带内容
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignHead {}

async fn sign(ask: Ask, Body(SignHead {}, _): Body<SignHead>) -> Result<Response, WebFault> {
    let head = ask.server.store.head(ask.at).await?;
    reply::json(&shown(&ask, &head))
}

/// 签名公钥
#[derive(Clone, Debug, Serialize, ToSchema)]
struct KeyShown {
    /// 日志的名称
    log: String,
    /// 公钥(Base64),核验证明用
    public_key: String,
}

async fn public_key(ask: Ask, known: Known) -> Result<Response, WebFault> {
    let store = &ask.server.store;
    let shown = KeyShown {
        log: store.origin.clone(),
        public_key: store.key.public().text(),
    };
    reply::tagged(&shown, &known)
}

/// Which events.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    /// 从哪个序号之后起
    after: Option<u64>,
    /// 每页多少条,1 到 200
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

async fn events(
    ask: Ask,
    Asked(query): Asked<EventQuery>,
    known: Known,
) -> Result<Response, WebFault> {
    let cursor = Cursor {
        after: None,
        limit: query.limit,
    };
    let limit = usize::try_from(cursor.limit()?).unwrap_or(usize::MAX);
    let after = query.after.unwrap_or(0);
    let Ok(after) = i64::try_from(after) else {
        return reply::list::<EventRow>(&[], None, &known);
    };
    let mut transaction = ask.server.store.database.read().await?;
    let after = u64::try_from(after).unwrap_or(0);
    let found = log::page(&mut transaction, after).await;
    transaction.rollback().await;
    let found: Vec<EventRecord> = found?;
    let rows: Vec<EventRow> = found.iter().take(limit).map(EventRow::of).collect();
    let last = found.get(limit.saturating_sub(1));
    let next = last.filter(|_| found.len() > limit);
    let next = next.map(|last| last.sequence.to_string());
    reply::list(&rows, next.as_deref(), &known)
}

/// 要什么证明:写兑付事项编号,或写以前的日志头,二者选一
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskProof {
    /// 兑付事项编号:证明最后一条改变它的日志在已签名的日志里
    #[serde(default)]
    payout: Option<String>,
    /// 以前打印或公示过的日志头(签名文本):证明现在的日志由它接续而来
    #[serde(default)]
    from: Option<String>,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are all told alike"
)]
async fn prove(ask: Ask, Body(wanted, _): Body<AskProof>) -> Result<Response, WebFault> {
    let (store, at) = (&ask.server.store, ask.at);
    let proof = match (wanted.payout, wanted.from) {
        (Some(payout), None) => {
            sight::one(&ask, Kind::Payouts, &payout).await?;
            let payout = PayoutId::new(payout);
            // An enterprise learns of others as little from a proof as from anything else.
            let found = match sight::within(&ask)? {
                Within::Enterprise(_) => store.prove_alone(&payout, at).await?,
                Within::Bureaus(_) | Within::All => store.prove_payout(&payout, at).await?,
            };
            // The payout is there: only an enterprise may find nothing that it can be given.
            found.ok_or_else(|| {
                WebFault::refused(
                    None,
                    "日志里关于这一笔的记录都还写着办理人,公示期满后可以取证明",
                )
            })?
        }
        (None, Some(from)) => store
            .prove_growth(&from, at)
            .await
            .map_err(|error| match error {
                StoreError::Integrity(message) => WebFault::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    message,
                    "请原样提交以前打印或公示过的日志头",
                ),
                other => other.into(),
            })?,
        (None, None) | (Some(_), Some(_)) => {
            return Err(WebFault::bad(
                "没有写明证明什么,或写了两样",
                "请写 payout 或 from,二者选一",
            ));
        }
    };
    reply::json(&proof)
}

/// 核验一个证明,不需要数据库
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckProof {
    /// 证明(POST /api/v1/proofs 给出的内容)
    #[schema(value_type = Object)]
    proof: Value,
    /// 公钥;不写就用证明里自带的,那只能说明证明自身完整
    #[serde(default)]
    public_key: Option<String>,
}

/// 证明成立时说明什么
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ProofChecked {
    /// 日志的名称
    log: String,
    /// 证明的是第几条;接续证明为空
    sequence: Option<u64>,
    /// 从前有多少条;包含证明为空
    from: Option<u64>,
    /// 日志有多少条
    size: u64,
    /// 树根
    root: String,
    /// 公钥是不是另外给的
    is_key_given: bool,
    /// 是不是本系统日志的密钥签的,日志的名称也相符;为否的可能是任何人造的
    is_own_log: bool,
}

async fn check(ask: Ask, Body(given, _): Body<CheckProof>) -> Result<Response, WebFault> {
    let proof: ExportedProof = serde_json::from_value(given.proof).map_err(|error| {
        WebFault::bad(
            format!("不是证明:{error}"),
            "请原样提交 POST /api/v1/proofs 给出的内容",
        )
    })?;
    let key = given.public_key.as_deref().map(|text| {
        PublicKey::from_text(text.trim()).ok_or_else(|| {
            WebFault::bad("不是公钥", "公钥是 44 个字符的 Base64,见 /api/v1/log/key")
        })
    });
    let key = key.transpose()?;
    let proved = proof.verify(key.as_ref()).map_err(|fault| {
        WebFault::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("证明不成立:{fault}"),
            "内容可能被改动过,或公钥不是这个日志的",
        )
    })?;
    let is_key_given = key.is_some();
    let store = &ask.server.store;
    let (Proved::Inclusion { origin, .. } | Proved::Consistency { origin, .. }) = &proved;
    let mut keys = store.keys.iter();
    let is_own_log = *origin == store.origin && keys.any(|key| proof.verify(Some(key)).is_ok());
    reply::json(&match proved {
        Proved::Inclusion {
            origin,
            head,
            sequence,
        } => ProofChecked {
            log: origin,
            sequence: Some(sequence),
            from: None,
            size: head.size,
            root: head.root.to_string(),
            is_key_given,
            is_own_log,
        },
        Proved::Consistency {
            origin,
            older,
            newer,
        } => ProofChecked {
            log: origin,
            sequence: None,
            from: Some(older.size),
            size: newer.size,
            root: newer.root.to_string(),
            is_key_given,
            is_own_log,
        },
    })
}

/// A recorded file that whoever asks may have: one that something within sight names.
async fn file_of(ask: &Ask, text: &str) -> Result<FileRecord, WebFault> {
    let digest = Digest::new(text);
    let is_plain = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let bytes = digest
        .bytes()
        .filter(|_| is_plain)
        .ok_or_else(WebFault::missing)?;
    let mut transaction = ask.server.store.database.read().await?;
    let found = files::find(&mut transaction, &bytes).await;
    transaction.rollback().await;
    let record = match found {
        Ok(record) => record,
        Err(StoreError::UnknownFile(_)) => return Err(WebFault::missing()),
        Err(error) => return Err(error.into()),
    };
    let sees = match record.kind.as_str() {
        "notice" => named_by(ask, Kind::Notices, &Within::All, text).await?,
        "payment" => sees_payment(ask, text).await?,
        "paper" => {
            let within = sight::within(ask)?;
            let is_official = matches!(within, Within::Bureaus(_));
            is_official
                && (named_by(ask, Kind::Payouts, &within, text).await?
                    || named_by(ask, Kind::Motions, &within, text).await?
                    || named_by(ask, Kind::Batches, &within, text).await?)
        }
        _ => false,
    };
    if sees {
        Ok(record)
    } else {
        Err(WebFault::missing())
    }
}

/// How many batches are looked at that name the same file: one does, or it was made anew.
const BATCHES_MAX: u32 = 100;

/// Payment files hold accounts in full: they are for those who answer for the batch.
async fn sees_payment(ask: &Ask, digest: &str) -> Result<bool, WebFault> {
    let session = ask.session()?;
    let (store, within) = (&ask.server.store, sight::within(ask)?);
    let named = store.naming(Kind::Batches, &within, (digest, BATCHES_MAX));
    let batches = named.await?;
    let mut batches = batches.iter().filter_map(|thing| {
        let Thing::Batch(batch) = thing else {
            return None;
        };
        Some(batch)
    });
    Ok(batches.any(|batch| {
        let names = batch
            .files
            .iter()
            .any(|file| file.digest.as_str() == digest);
        let signed = |signature: &Signature| signature.user == session.user.id;
        names && batch.signatures.iter().any(signed)
    }))
}

/// Whether anything of a kind within sight names a digest.
async fn named_by(ask: &Ask, kind: Kind, within: &Within, digest: &str) -> Result<bool, WebFault> {
    let named = ask.server.store.naming(kind, within, (digest, 1));
    Ok(!named.await?.is_empty())
}

async fn about(ask: Ask, Named(digest): Named<String>, known: Known) -> Result<Response, WebFault> {
    reply::tagged(&FileRow::of(&file_of(&ask, &digest).await?), &known)
}

async fn content(ask: Ask, Named(digest): Named<String>) -> Result<Response, WebFault> {
    let record = file_of(&ask, &digest).await?;
    let bytes = ask.server.store.fetch(&Digest::new(digest)).await?;
    Ok(attachment(&record.name, bytes))
}

/// Bytes to be saved, under a name of any letters (RFC 6266, RFC 8187).
pub(super) fn attachment(name: &str, bytes: Vec<u8>) -> Response {
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, kind);
    let disposition = format!("attachment; filename*=UTF-8''{encoded}");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// How many payouts are read at once.
const PAGE: u32 = 2_000;

/// What was paid to those within sight, for the next import.
async fn ledger(ask: Ask) -> Result<Response, WebFault> {
    let within = sight::within(&ask)?;
    // Before anything is read: what is booked meanwhile may be among the lines, and is never
    // missing from lines that say that they reach as far.
    let mut transaction = ask.server.store.database.read().await?;
    let head = log::latest_head(&mut transaction).await;
    transaction.rollback().await;
    let position = head?.map_or_else(
        || "0".to_owned(),
        |head| format!("{} {}", head.size, head.root),
    );
    let mut paid = Paid::default();
    let mut after = String::new();
    loop {
        let wanted = Keyed {
            after: after.clone(),
            limit: Some(PAGE),
            ..Keyed::default()
        };
        let page = ask.server.store.payouts_within(&within, &wanted).await?;
        paid.add(&page)?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
    }
    let bytes = look(&ask, move |_, _| Ok(paid.finish(position)?.0));
    Ok(attachment("paid.jsonl", bytes.await?))
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = of_log();
    all.extend(of_files());
    all
}

const TAG: Tag = Tag::Proofs;

fn of_log() -> Vec<Operation> {
    vec![
        Operation::get(
            (TAG, "最近签名的日志头"),
            "/api/v1/log/head",
            Access::Public,
            head,
        )
        .gives::<HeadShown>()
        .token(READ),
        Operation::post((TAG, "把现在的日志签名"), "/api/v1/log/head", SIGNERS, sign)
            .takes::<SignHead>()
            .gives::<HeadShown>()
            .token(READ),
        Operation::get(
            (TAG, "日志签名的公钥"),
            "/api/v1/log/key",
            Access::Public,
            public_key,
        )
        .gives::<KeyShown>()
        .token(READ),
        Operation::get(
            (TAG, "日志:序号、时刻、种类和树叶"),
            "/api/v1/events",
            AUDITS,
            events,
        )
        .query::<EventQuery>()
        .lists::<EventRow>()
        .token(READ),
        Operation::post(
            (TAG, "证明:一笔兑付记在日志里,或日志没有改写"),
            "/api/v1/proofs",
            SEES_PAYOUTS,
            prove,
        )
        .takes::<AskProof>()
        .gives::<Value>()
        .token(READ),
        Operation::post(
            (TAG, "核验一个证明,不需要数据库"),
            "/api/v1/proofs/check",
            Access::Public,
            check,
        )
        .takes::<CheckProof>()
        .gives::<ProofChecked>()
        .token(READ),
    ]
}

fn of_files() -> Vec<Operation> {
    vec![
        Operation::get(
            (TAG, "一个文件:名称和大小"),
            "/api/v1/files/{digest}",
            SEES_PAYOUTS,
            about,
        )
        .gives::<FileRow>()
        .token(READ),
        Operation::get(
            (TAG, "一个文件的内容;付款文件只给组批和封批的人"),
            "/api/v1/files/{digest}/content",
            SEES_PAYOUTS,
            content,
        )
        .gives_bytes("application/octet-stream")
        .token(READ),
        Operation::get(
            (TAG, "付款记录,给下一次导入"),
            "/api/v1/ledger",
            Access::OFFICIALS,
            ledger,
        )
        .gives_bytes("application/octet-stream")
        .token(READ),
    ]
}
