//! The OpenAPI 3.1 document, made of the list of operations.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::operation::{Carries, Gives, Operation, Tag};
use super::reply;
use super::request::{KEY_HEADER, KEY_LETTERS_MAX, Known};
use crate::web::{Access, Ask, WebFault};

/// The names in paths, and what they stand for.
const PATH_NAMES: [(&str, &str); 19] = [
    ("seal", "封存的摘要"),
    ("payout", "兑付事项编号"),
    ("motion", "会签事项编号"),
    ("notice", "公示编号"),
    ("line", "指标"),
    ("payer", "付款账户"),
    ("batch", "批次"),
    ("bank_line", "未达款编号"),
    ("enterprise", "统一社会信用代码"),
    ("user", "账号"),
    ("bureau", "单位"),
    ("policy", "政策编号"),
    ("number", "第几版"),
    ("measure", "事项编号,不含政策编号"),
    ("job", "任务编号"),
    ("sweep", "清算的摘要"),
    ("digest", "SHA-256,64 个小写十六进制数字"),
    ("name", "文件名"),
    ("file", "文件名"),
];

/// The document as text.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| document(&super::operations()).to_string());

/// The document of some operations.
pub(super) fn document(operations: &[Operation]) -> Value {
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    for operation in operations {
        for (name, schema) in &operation.schemas {
            let schema = serde_json::to_value(schema).unwrap_or_default();
            schemas.insert(name.clone(), schema);
        }
    }
    schemas.insert("Problem".to_owned(), problem_schema());
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations {
        let method = operation.place.method.as_str().to_lowercase();
        let item = paths.entry(operation.place.path).or_default();
        item.insert(method, described(operation));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "直达 Zhida",
            "version": "1",
            "description": "免申即享:命令行能做的,接口都能做。\n\n\
                金额是以元为单位、两位小数的文本;时刻是北京时间;账号只显示末四位。\
                出错时的答复是 application/problem+json(RFC 9457),refusal 是公布的拒绝编号。",
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer",
                    "description": "访问令牌;范围见各接口的 x-zhida-token-scope"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-session",
                    "description": "浏览器会话;不是只读的请求还要带 x-csrf-token"},
            },
        },
    })
}

fn tags() -> Vec<Value> {
    let all = [
        Tag::Policies,
        Tag::Orders,
        Tag::Records,
        Tag::Jobs,
        Tag::Proofs,
        Tag::Own,
    ];
    all.iter()
        .map(|tag| json!({"name": tag.chinese()}))
        .collect()
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "没有办理的原因(RFC 9457)",
        "required": ["type", "title", "status", "detail", "help", "refusal"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "哪里不对"},
            "help": {"type": "string", "description": "怎么办"},
            "refusal": {"type": ["integer", "null"], "description": "公布的拒绝编号"},
        },
    })
}

/// Who may use a route, in words.
pub(super) fn access_words(access: Access) -> Value {
    match access {
        Access::Public => json!("public"),
        Access::SignedIn => json!("signed-in"),
        Access::Enterprise => json!("enterprise"),
        Access::Roles(roles) => {
            Value::Array(roles.iter().map(|role| json!(role.chinese())).collect())
        }
    }
}

/// A name that programs can use for the operation.
fn name_of(operation: &Operation) -> String {
    let path = operation.place.path.trim_start_matches("/api/v1/");
    let words = path.split(['/', '-', '.']).map(|word| {
        word.trim_matches(['{', '}'])
            .replace(|letter: char| !letter.is_alphanumeric(), "_")
    });
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    let method = operation.place.method.as_str().to_lowercase();
    format!("{method}_{}", words.join("_"))
}

/// The names in braces of a path.
pub(crate) fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(name.trim_start_matches('*'))
    })
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for name in names_in(operation.place.path) {
        let known = PATH_NAMES.iter().find(|(known, _)| *known == name);
        all.push(json!({
            "name": name, "in": "path", "required": true,
            "description": known.map(|(_, about)| *about),
            "schema": {"type": "string", "minLength": 1},
        }));
    }
    for parameter in &operation.parameters {
        all.push(serde_json::to_value(parameter).unwrap_or_default());
    }
    if operation.is_keyed {
        all.push(json!({
            "name": KEY_HEADER, "in": "header", "required": false,
            "description": "幂等键:同一个键、同样的请求只办一次,答复逐字节相同;\
                同一个键用于别的请求是 422",
            "schema": {
                "type": "string", "minLength": 1, "maxLength": KEY_LETTERS_MAX,
                "pattern": "^[!-~]+$",
            },
        }));
    }
    all
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn described(operation: &Operation) -> Value {
    let place = &operation.place;
    let content = match &operation.gives {
        Gives::Json(name) => json!({"application/json": {"schema": reference(name)}}),
        Gives::List(name) => json!({"application/json": {"schema": {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "items": reference(name)},
                "next": {"type": ["string", "null"], "description": "下一页的 after"},
            },
        }}}),
        Gives::Bytes(kind) => json!({*kind: {}}),
    };
    let problem = json!({"application/problem+json": {"schema": reference("Problem")}});
    let mut told = json!({
        "operationId": name_of(operation),
        "tags": [operation.tag.chinese()],
        "summary": operation.summary,
        "parameters": parameters(operation),
        "responses": {
            "200": {"description": "办成", "content": content},
            "default": {"description": "没有办理", "content": problem},
        },
        "x-zhida-access": access_words(place.access),
        "x-zhida-token-scope": place.token_scope,
        "x-zhida-step-up": place.is_stepped_up,
    });
    let body = match &operation.carries {
        Carries::Nothing => None,
        Carries::Json(name) => Some(json!({"application/json": {"schema": reference(name)}})),
        Carries::File => Some(json!({"application/octet-stream": {}})),
    };
    let security = match place.access {
        Access::Public => json!([{}, {"token": []}, {"session": []}]),
        Access::SignedIn | Access::Enterprise | Access::Roles(_) => {
            json!([{"token": []}, {"session": []}])
        }
    };
    if let Some(fields) = told.as_object_mut() {
        fields.insert("security".to_owned(), security);
        if let Some(body) = body {
            let body = json!({"required": true, "content": body});
            fields.insert("requestBody".to_owned(), body);
        }
    }
    told
}

async fn openapi(known: Known) -> Result<Response, WebFault> {
    Ok(reply::tagged_text(DOCUMENT.clone(), &known))
}

/// The page of Swagger UI, out of its own files alone.
const PAGE: &str = include_str!("docs.html");

async fn page(_ask: Ask) -> Response {
    kept(PAGE.as_bytes().to_vec(), "text/html; charset=utf-8")
}

/// The files of Swagger UI that the page needs.
const FILES: [(&str, &str); 4] = [
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("start.js", "text/javascript; charset=utf-8"),
    ("favicon-32x32.png", "image/png"),
];

const START: &str = include_str!("docs.js");

async fn file(
    super::sight::Named(name): super::sight::Named<String>,
) -> Result<Response, WebFault> {
    let found = FILES.iter().find(|(known, _)| *known == name);
    let (name, kind) = found.ok_or_else(WebFault::missing)?;
    if *name == "start.js" {
        return Ok(kept(START.as_bytes().to_vec(), kind));
    }
    let config = std::sync::Arc::new(utoipa_swagger_ui::Config::default());
    let served = utoipa_swagger_ui::serve(name, config).map_err(WebFault::broken)?;
    let served = served.ok_or_else(WebFault::missing)?;
    Ok(kept(served.bytes.into_owned(), kind))
}

fn kept(bytes: Vec<u8>, kind: &'static str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let kept = HeaderValue::from_static("public, max-age=3600");
    headers.insert(header::CACHE_CONTROL, kept);
    response
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    const TAG: Tag = Tag::Own;
    const OPEN: Access = Access::Public;
    vec![
        Operation::get(
            (TAG, "本文档(OpenAPI 3.1)"),
            "/api/v1/openapi.json",
            OPEN,
            openapi,
        )
        .gives::<Value>()
        .token("read"),
        Operation::get((TAG, "接口说明的页面"), "/api/docs/", OPEN, page)
            .gives_bytes("text/html")
            .token("read"),
        Operation::get((TAG, "接口说明的文件"), "/api/docs/{file}", OPEN, file)
            .gives_bytes("*/*")
            .token("read"),
    ]
}
