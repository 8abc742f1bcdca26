//! A request that comes twice under one key is done once and answered with the same bytes.
//!
//! # Shape
//! The first request takes the key up for what it asks; another one under it is refused. The
//! reply is kept when the work has ended. What was cut off in between is done again when it is
//! sent again: its orders have keys that follow from this one, so that the books do nothing twice.

use std::future::Future;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::reply;
use super::request::Key;
use crate::store::StoreError;
use crate::store::database::{Transaction, Value};
use crate::web::{Ask, Visitor, WebFault};

/// A fault as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptFault {
    refusal: Option<u16>,
    message: String,
    help: String,
}

/// What was kept under a key.
enum Found {
    /// This request, without a reply so far.
    Open,
    /// This request, answered.
    Answered(u16, String),
    /// Another request.
    Other,
}

/// Does the work, or gives the reply that it had. It goes on where the sender goes away.
///
/// # Errors
/// What the work says; unprocessable where the key stands for another request.
pub(super) async fn once<F>(
    ask: &Ask,
    key: &Key,
    asked: [u8; 32],
    work: F,
) -> Result<Response, WebFault>
where
    F: Future<Output = Result<String, WebFault>> + Send + 'static,
{
    let (Visitor::Person(session), Some(key)) = (&ask.visitor, &key.0) else {
        let done = tokio::spawn(work).await.map_err(WebFault::broken)?;
        return done.map(reply::text);
    };
    let (owner, key) = (session.user.id.to_string(), key.clone());
    let ask = ask.clone();
    let done = tokio::spawn(async move { under_key(&ask, (&owner, &key), asked, work).await });
    done.await.map_err(WebFault::broken)?
}

async fn under_key<F>(
    ask: &Ask,
    of: (&str, &str),
    asked: [u8; 32],
    work: F,
) -> Result<Response, WebFault>
where
    F: Future<Output = Result<String, WebFault>> + Send + 'static,
{
    match take_up(ask, of, asked).await? {
        Found::Answered(status, body) => return again(status, body),
        Found::Other => {
            return Err(WebFault::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "这个幂等键已用于内容不同的请求",
                "重试请原样发送;新的请求请换一个 Idempotency-Key",
            ));
        }
        Found::Open => {}
    }
    let (status, body) = match work.await {
        Ok(body) => (StatusCode::OK, body),
        Err(fault) if is_final(fault.status) => {
            let kept = KeptFault {
                refusal: fault.refusal,
                message: fault.message,
                help: fault.help,
            };
            let body = serde_json::to_string(&kept).map_err(WebFault::broken)?;
            (fault.status, body)
        }
        Err(fault) => return Err(fault),
    };
    // Of two that came at once the one that ended first is what both are told.
    match keep(ask, of, (status.as_u16(), &body)).await? {
        Found::Answered(status, body) => again(status, body),
        Found::Open | Found::Other => Err(WebFault::broken("a kept reply is gone")),
    }
}

/// Whether sending the same again cannot come to anything else.
fn is_final(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST
    )
}

fn again(status: u16, body: String) -> Result<Response, WebFault> {
    let status = StatusCode::from_u16(status).map_err(WebFault::broken)?;
    if status.is_success() {
        return Ok(reply::text(body));
    }
    let kept: KeptFault = serde_json::from_str(&body).map_err(WebFault::broken)?;
    let fault = WebFault {
        status,
        refusal: kept.refusal,
        message: kept.message,
        help: kept.help,
    };
    Ok(fault.into_response())
}

async fn take_up(
    ask: &Ask,
    (owner, key): (&str, &str),
    asked: [u8; 32],
) -> Result<Found, StoreError> {
    let at = ask.at.0;
    let work = |mut transaction: Transaction| async move {
        let insert = "INSERT INTO api_replies (owner, idempotency_key, request, at) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (owner, idempotency_key) DO NOTHING";
        let values = [owner.into(), key.into(), asked.into(), at.into()];
        transaction.execute(insert, &values).await?;
        find(&mut transaction, (owner, key), Some(asked)).await
    };
    ask.server.store.database.write(work).await
}

async fn keep(
    ask: &Ask,
    (owner, key): (&str, &str),
    (status, body): (u16, &str),
) -> Result<Found, StoreError> {
    let work = |mut transaction: Transaction| async move {
        let update = "UPDATE api_replies SET status = $1, reply = $2 \
             WHERE owner = $3 AND idempotency_key = $4 AND status IS NULL";
        let status = Value::Int(status.into());
        let values = [status, body.into(), owner.into(), key.into()];
        transaction.execute(update, &values).await?;
        find(&mut transaction, (owner, key), None).await
    };
    ask.server.store.database.write(work).await
}

async fn find(
    transaction: &mut Transaction,
    (owner, key): (&str, &str),
    asked: Option<[u8; 32]>,
) -> Result<Found, StoreError> {
    let query = "SELECT request, status, reply FROM api_replies \
         WHERE owner = $1 AND idempotency_key = $2";
    let row = transaction
        .fetch_one(query, &[owner.into(), key.into()])
        .await?;
    let Some(row) = row else {
        return Ok(Found::Open);
    };
    if asked.is_some_and(|asked| row.array::<32>("request").ok() != Some(asked)) {
        return Ok(Found::Other);
    }
    Ok(
        match (row.int_or_null("status")?, row.text_or_null("reply")?) {
            (Some(status), Some(reply)) => {
                Found::Answered(u16::try_from(status).unwrap_or(500), reply.to_owned())
            }
            (None | Some(_), None | Some(_)) => Found::Open,
        },
    )
}
