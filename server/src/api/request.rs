//! What requests carry, read so that nothing unknown passes.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::strict;
use crate::web::{Server, WebFault};

/// The header that makes a repetition the same request.
pub(super) const KEY_HEADER: &str = "idempotency-key";
/// The most letters of a key; who sent it is put in front of it.
pub(super) const KEY_LETTERS_MAX: usize = 100;

/// A body of JSON, and the digest of where it went and what it was.
pub(super) struct Body<T>(pub(super) T, pub(super) [u8; 32]);

impl<T: DeserializeOwned> FromRequest<Arc<Server>> for Body<T> {
    type Rejection = WebFault;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self, WebFault> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !is_json(kind) {
            return Err(WebFault::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "不接受这种内容类型",
                "请用 content-type: application/json 提交",
            ));
        }
        let digest = digest_of(request.uri().to_string().as_bytes());
        let bytes = bytes(request, server).await?;
        let read = strict::read(&bytes)?;
        Ok(Self(read, asked(digest, &bytes)))
    }
}

/// The bytes of a file, and the digest of where they went and what they were.
pub(super) struct FileBody(pub(super) Bytes, pub(super) [u8; 32]);

impl FromRequest<Arc<Server>> for FileBody {
    type Rejection = WebFault;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Self, WebFault> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_none_or(|kind| kind.as_bytes() != b"application/octet-stream") {
            return Err(WebFault::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "不接受这种内容类型",
                "文件请用 content-type: application/octet-stream 提交",
            ));
        }
        let digest = digest_of(request.uri().to_string().as_bytes());
        let bytes = bytes(request, server).await?;
        if bytes.is_empty() {
            return Err(WebFault::bad(
                "没有收到文件的内容",
                "请把文件作为请求内容提交",
            ));
        }
        let asked = asked(digest, &bytes);
        Ok(Self(bytes, asked))
    }
}

fn is_json(kind: &str) -> bool {
    let (kind, rest) = kind.split_once(';').unwrap_or((kind, ""));
    let rest = rest.trim().to_ascii_lowercase();
    kind.trim().eq_ignore_ascii_case("application/json")
        && (rest.is_empty() || rest == "charset=utf-8")
}

async fn bytes(request: Request, server: &Arc<Server>) -> Result<Bytes, WebFault> {
    let read = Bytes::from_request(request, server).await;
    read.map_err(|refused| {
        use axum::response::IntoResponse as _;
        match refused.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => WebFault::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "提交的内容太大",
                "请减少一次提交的内容",
            ),
            _ => WebFault::bad("请求内容没有收完", "请重新提交"),
        }
    })
}

fn digest_of(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn asked(place: [u8; 32], bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"zhida request\n");
    hash.update(place);
    hash.update(digest_of(bytes));
    hash.finalize().into()
}

/// A query without anything unknown.
pub(super) struct Asked<Q>(pub(super) Q);

impl<Q: DeserializeOwned> FromRequestParts<Arc<Server>> for Asked<Q> {
    type Rejection = WebFault;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, WebFault> {
        let read = Query::<Q>::from_request_parts(parts, server).await;
        let Query(query) = read.map_err(|refused| {
            WebFault::bad(
                format!("查询参数不能采用:{}", refused.body_text()),
                "请按 /api/docs/ 列出的参数填写,每个只写一次",
            )
        })?;
        Ok(Self(query))
    }
}

/// The idempotency key, if one was sent.
pub(super) struct Key(pub(super) Option<String>);

impl FromRequestParts<Arc<Server>> for Key {
    type Rejection = WebFault;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Server>) -> Result<Self, WebFault> {
        let mut sent = parts.headers.get_all(KEY_HEADER).iter();
        let (first, second) = (sent.next(), sent.next());
        let Some(first) = first else {
            return Ok(Self(None));
        };
        let text = first.to_str().ok().filter(|_| second.is_none());
        let text = text.filter(|text| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
            is_plain && (1..=KEY_LETTERS_MAX).contains(&text.len())
        });
        let text = text.ok_or_else(|| {
            WebFault::bad(
                "幂等键不能采用",
                format!("Idempotency-Key 写一次,1 到 {KEY_LETTERS_MAX} 个可见的 ASCII 字符"),
            )
        })?;
        Ok(Self(Some(text.to_owned())))
    }
}

/// What the sender already has.
pub(super) struct Known(HeaderMap);

impl FromRequestParts<Arc<Server>> for Known {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &Arc<Server>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.headers.clone()))
    }
}

impl Known {
    /// Whether the sender has what this tag names.
    pub(super) fn has(&self, tag: &str) -> bool {
        let sent = self.0.get_all(header::IF_NONE_MATCH).iter();
        let mut tags = sent
            .filter_map(|tags| tags.to_str().ok())
            .flat_map(|tags| tags.split(','));
        tags.any(|known| known.trim().trim_start_matches("W/") == tag)
    }
}
