//! Asking a service: within a time, up to a size, over TLS, and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use tokio::sync::Semaphore;

use crate::accounts::openid::refusal::WhyNot;
use crate::accounts::openid::settings::ServiceSettings;
use crate::failure::Failure;
use crate::messages::tls_trusting;

/// The largest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How many questions wait for answers at once.
const AT_ONCE: usize = 32;

/// What asks.
#[derive(Debug)]
pub(super) struct Wire {
    client: Client,
    room: Arc<Semaphore>,
}

/// What was answered.
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

impl Wire {
    /// Redirects are not followed, no proxy of the environment is used.
    ///
    /// # Errors
    /// When certificates cannot be read.
    pub(super) fn new(settings: &ServiceSettings) -> Result<Self, Failure> {
        let tls = tls_trusting(settings.ca_file.as_deref())?;
        let timeout = Duration::from_secs(settings.timeout_seconds);
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(timeout)
            .connect_timeout(timeout)
            .build()
            .map_err(|error| Failure::bad_data(format!("不能建立连接:{error}"), ""))?;
        Ok(Self {
            client,
            room: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Reads something that anybody may read, or that a token lets us read.
    pub(super) async fn get(&self, url: &Url, token: Option<&str>) -> Result<Vec<u8>, WhyNot> {
        let mut request = self.client.get(url.clone());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let told = self.ask(request).await?;
        match told.status {
            StatusCode::OK => Ok(told.body),
            _ => Err(WhyNot::Unreachable("状态码不是 200")),
        }
    }

    /// Sends a form; with a name and a secret in the header where they are given.
    pub(super) async fn post(
        &self,
        url: &Url,
        form: String,
        basic: Option<(&str, &str)>,
    ) -> Result<Told, WhyNot> {
        let kind = "application/x-www-form-urlencoded";
        let mut request = self.client.post(url.clone()).header(CONTENT_TYPE, kind);
        if let Some((name, secret)) = basic {
            request = request.basic_auth(name, Some(secret));
        }
        self.ask(request.body(form)).await
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Told, WhyNot> {
        // Whoever finds no room is told so; nobody queues behind a service that is slow.
        let _room = self.room.try_acquire().map_err(|_| WhyNot::Busy)?;
        let sent = request.header(ACCEPT, "application/json").send().await;
        let mut response = sent.map_err(|error| said(&error))?;
        let kind = response.headers().get(CONTENT_TYPE);
        let is_json = kind.is_some_and(|kind| is_json(kind.as_bytes()));
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| said(&error))? {
            if body.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
                return Err(WhyNot::Unreachable("回答太长"));
            }
            body.extend_from_slice(&chunk);
        }
        match is_json {
            true => Ok(Told { status, body }),
            false => Err(WhyNot::Unreachable("回答不是 JSON")),
        }
    }
}

/// `application/json`, `application/jwk-set+json` and the like.
fn is_json(kind: &[u8]) -> bool {
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    let kind = kind.trim_ascii().to_ascii_lowercase();
    kind == b"application/json" || (kind.starts_with(b"application/") && kind.ends_with(b"+json"))
}

fn said(error: &reqwest::Error) -> WhyNot {
    WhyNot::Unreachable(match () {
        () if error.is_timeout() => "超时",
        () if error.is_connect() => "连接不上",
        () => "连接中断",
    })
}
