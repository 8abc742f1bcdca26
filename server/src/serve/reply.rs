//! What the server says itself, and the headers that every answer carries.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, Response, StatusCode};

/// The number of a request, in the answer and in the log.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What browsers are told with every answer.
const SECURITY: [(&str, &str); 8] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("x-permitted-cross-domain-policies", "none"),
];
/// For two years; told only where the client came by TLS.
const HSTS: (&str, &str) = (
    "strict-transport-security",
    "max-age=63072000; includeSubDomains",
);

/// Adds to an answer what every answer carries.
///
/// # Shape
/// A page may have a policy of its own for its content; what it keeps in caches must say that it is
/// public. Everything else is not for it to choose.
pub(super) fn secure(headers: &mut HeaderMap, id: &str, is_tls: bool) {
    let own_policy = headers.remove("content-security-policy");
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(policy) = own_policy {
        headers.insert("content-security-policy", policy);
    }
    if is_tls {
        headers.insert(HSTS.0, HeaderValue::from_static(HSTS.1));
    }
    let kept = headers.get(CACHE_CONTROL).map(HeaderValue::as_bytes);
    if !kept.is_some_and(|value| value.starts_with(b"public")) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.remove("server");
    headers.remove("x-powered-by");
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// In which form the client wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As text.
    Text,
    /// As problem+json (RFC 9457).
    Problem,
}

/// A refusal of the server itself.
pub(super) fn refusal(status: StatusCode, form: Form, id: &str) -> Response<Body> {
    let told = told(status);
    let (kind, body) = match form {
        Form::Text => (
            "text/plain; charset=utf-8",
            format!("{} {told}\n请求编号:{id}\n", status.as_u16()),
        ),
        Form::Problem => {
            let problem = serde_json::json!({
                "type": "about:blank",
                "title": told,
                "status": status.as_u16(),
                "instance": format!("urn:zhida:request:{id}"),
            });
            (
                "application/problem+json; charset=utf-8",
                problem.to_string(),
            )
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A refusal that says when to come again.
pub(super) fn come_again(status: StatusCode, form: Form, id: &str, seconds: u64) -> Response<Body> {
    let mut response = refusal(status, form, id);
    let seconds = HeaderValue::from(seconds);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

/// A whole reply to a request that could not be parsed: its number and its bytes. The connection
/// ends with it.
pub(super) fn raw(status: u16, is_tls: bool) -> (String, Vec<u8>) {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let id = super::request::number();
    let body = format!("{} {}\n请求编号:{id}\n", status.as_u16(), told(status));
    let mut headers = HeaderMap::new();
    secure(&mut headers, &id, is_tls);
    let mut reply = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         connection: close\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or("Error"),
        body.len()
    )
    .into_bytes();
    for (name, value) in &headers {
        reply.extend_from_slice(name.as_str().as_bytes());
        reply.extend_from_slice(b": ");
        reply.extend_from_slice(value.as_bytes());
        reply.extend_from_slice(b"\r\n");
    }
    reply.extend_from_slice(b"\r\n");
    reply.extend_from_slice(body.as_bytes());
    (id, reply)
}

/// What happened and what to do, in words.
fn told(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "请求的格式不对,没有受理",
        403 => "这个地址不能直接访问,请走规定的入口",
        404 => "没有这个页面",
        405 => "不支持这种请求方法",
        408 => "请求内容传得太慢,已停止接收;请检查网络后重试",
        413 => "请求内容超过大小限制;请分次提交",
        414 => "地址过长;请缩短后重试",
        421 => "请求的主机名不对",
        429 => "请求过于频繁,请稍后再试",
        431 => "请求首部过大",
        500 => "程序内部出错,这一步没有完成;请把请求编号告诉管理员",
        503 => "服务暂时不能办理,请稍后再试",
        _ => "请求没有办成",
    }
}
