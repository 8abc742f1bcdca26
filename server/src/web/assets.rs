//! Styles and the little script, packed into the binary.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::Embed;

use super::fault::WebFault;
use super::place::{Access, Place};

#[derive(Embed)]
#[folder = "assets/"]
struct Assets;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![Place::get("/assets/{name}", Access::Public, asset)]
}

/// One file; browsers keep it until its digest changes.
async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, WebFault> {
    let file = Assets::get(&name).ok_or_else(WebFault::missing)?;
    let digest = crate::store::encoding::hex(&file.metadata.sha256_hash());
    let tag = format!("\"{}\"", digest.get(..32).unwrap_or_default());
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_response()
    };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300, must-revalidate"),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}
