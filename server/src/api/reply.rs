//! Replies: JSON with a tag by which it is known again.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::request::Known;
use crate::store::encoding::hex;
use crate::web::WebFault;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A value as JSON.
///
/// # Errors
/// What cannot be written is a fault of the server.
pub(super) fn json(value: &impl Serialize) -> Result<Response, WebFault> {
    Ok(text(
        serde_json::to_string(value).map_err(WebFault::broken)?,
    ))
}

/// JSON that is written already.
pub(super) fn text(body: String) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// A value as JSON, or that the sender has it already.
///
/// # Errors
/// As [`json`].
pub(super) fn tagged(value: &impl Serialize, known: &Known) -> Result<Response, WebFault> {
    let body = serde_json::to_string(value).map_err(WebFault::broken)?;
    Ok(tagged_text(body, known))
}

/// JSON that is written already, or that the sender has it already.
pub(super) fn tagged_text(body: String, known: &Known) -> Response {
    let mut tag = hex(&Sha256::digest(&body));
    tag.truncate(32);
    let tag = format!("\"{tag}\"");
    let mut response = if known.has(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        text(body)
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    // Kept by whoever asked, and asked for again before it is used.
    let kept = HeaderValue::from_static("private, no-cache");
    headers.insert(header::CACHE_CONTROL, kept);
    response
}

/// A page of a list.
#[derive(Serialize)]
struct Listed<'a, T> {
    items: &'a [T],
    next: Option<&'a str>,
}

/// A page of a list, and where the next begins.
///
/// # Errors
/// As [`json`].
pub(super) fn list<T: Serialize>(
    items: &[T],
    next: Option<&str>,
    known: &Known,
) -> Result<Response, WebFault> {
    tagged(&Listed { items, next }, known)
}
