//! What goes wrong with a request: told as a page to people, as a problem (RFC 9457) to programs.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::failure::{Failure, Status};
use crate::store::StoreError;

/// Why a request is not answered as it was asked.
#[derive(Clone, Debug)]
pub(crate) struct WebFault {
    /// The status of the reply.
    pub(crate) status: StatusCode,
    /// The number of the refusal, where a rule refused it.
    pub(crate) refusal: Option<u16>,
    /// What was wrong, and where.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
}

impl WebFault {
    /// Any fault.
    pub(crate) fn new(
        status: StatusCode,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            status,
            refusal: None,
            message: message.into(),
            help: help.into(),
        }
    }

    /// What was asked cannot be read.
    pub(crate) fn bad(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message, help)
    }

    /// There is no such thing, or it does not lie within sight: nobody can tell which.
    pub(crate) fn missing() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "没有这一页,或者不在您的查看范围内",
            "请核对地址,或从首页重新进入",
        )
    }

    /// Signing in comes first.
    pub(crate) fn not_signed_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "还没有登录",
            "请先登录;程序请带上访问令牌",
        )
    }

    /// The account may not do this.
    pub(crate) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "您的账号没有办理这件事的职责",
            "如确需办理,请由两位管理员调整职责",
        )
    }

    /// A second factor has to be shown first.
    pub(crate) fn step_up() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "办理这件事以前须再次验证动态口令",
            "请验证后重试",
        )
    }

    /// A rule refuses it.
    pub(crate) fn refused(refusal: Option<u16>, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            refusal,
            message: message.into(),
            help: String::new(),
        }
    }

    /// Something broke here; what it was goes to the log, not to the visitor.
    pub(crate) fn broken(detail: impl std::fmt::Display) -> Self {
        tracing::error!(%detail, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "服务出错,没有办理",
            "请稍后重试;仍不行请告诉系统管理员出错的时间",
        )
    }

    /// The problem as data.
    pub(crate) fn problem(&self) -> serde_json::Value {
        json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": self.message,
            "help": self.help,
            "refusal": self.refusal,
        })
    }
}

impl IntoResponse for WebFault {
    fn into_response(self) -> Response {
        // The outer layer knows for whom it is, and writes it out.
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<WebFault> for Failure {
    fn from(fault: WebFault) -> Self {
        Self::refused(fault.message, fault.help)
    }
}

impl From<StoreError> for WebFault {
    fn from(error: StoreError) -> Self {
        Failure::from(error).into()
    }
}

impl From<Failure> for WebFault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Said {
                status: Status::Integrity,
                message,
                ..
            } => Self::broken(message),
            Failure::Said {
                status,
                message,
                help,
            } => {
                let code = match status {
                    Status::Done | Status::Usage => StatusCode::BAD_REQUEST,
                    Status::Refused => StatusCode::CONFLICT,
                    Status::BadData => StatusCode::UNPROCESSABLE_ENTITY,
                    Status::Integrity | Status::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
                };
                Self::new(code, message, help)
            }
            Failure::Output(error) => Self::broken(error),
        }
    }
}

impl From<askama::Error> for WebFault {
    fn from(error: askama::Error) -> Self {
        Self::broken(error)
    }
}
