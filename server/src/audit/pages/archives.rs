//! Archives of everything: who may take which, what is written down of it, and the bytes.

use std::path::Path;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use crate::audit::bundle::Edition;
use crate::console::attached;
use crate::serve::ClientAddress;
use crate::store::encoding::hex;
use crate::store::jobs::Job;
use crate::web::{Ask, WebFault};

/// The scope of tokens that take archives.
pub(crate) const EXPORTS: &str = "exports";
/// How much of a file is sent at once.
const PART_BYTES: usize = 1 << 16;

/// Where a request comes from, as far as it is known.
pub(crate) type Sender = Option<Extension<ClientAddress>>;

/// The edition that a job makes; nothing where it makes no archive.
fn edition(job: &Job) -> Option<Edition> {
    let arguments: Value = serde_json::from_str(&job.arguments).unwrap_or_default();
    let export = arguments.pointer("/question/export")?;
    // What does not say that it is masked is not.
    let is_masked = export.get("masked").and_then(Value::as_bool);
    Some(match is_masked.unwrap_or(false) {
        true => Edition::Masked,
        false => Edition::Full,
    })
}

/// Lets whoever may have it take the answer of a job away, and writes down who took an archive.
/// Other answers are what they are asked for, and pass.
///
/// # Shape
/// The full edition holds persons and accounts: whoever takes it shows a fresh code.
/// # Errors
/// Forbidden to a program whose token is not for archives, and without a fresh code; what the
/// database says, and then nothing is given.
pub(crate) async fn take(ask: &Ask, job: &Job, sender: &Sender) -> Result<(), WebFault> {
    let Some(edition) = edition(job) else {
        return Ok(());
    };
    let user = ask.session()?.user.id.to_string();
    let address = sender.as_ref().map(|Extension(client)| client.0);
    let address = address.map_or_else(String::new, |address| address.to_string());
    let accounts = &ask.server.accounts;
    if !ask.reaches(EXPORTS)? {
        let what = format!("GET {}", ask.path);
        let kept = accounts.forbidden(Some(&user), &address, &what, ask.at);
        kept.await?;
        return Err(WebFault::forbidden());
    }
    let is_full = match edition {
        Edition::Full => {
            ask.needs_fresh_code()?;
            true
        }
        Edition::Masked => false,
    };
    let digest = job.result.map_or_else(String::new, |digest| hex(&digest));
    let archive = (job.id.as_str(), digest, is_full);
    accounts
        .archive_taken(&user, &address, archive, ask.at)
        .await?;
    Ok(())
}

/// A file, sent as it is read.
///
/// # Errors
/// A fault of the server where it is not there.
pub(crate) async fn sent(path: &Path, name: &str) -> Result<Response, WebFault> {
    use tokio::io::AsyncReadExt as _;
    let mut file = tokio::fs::File::open(path)
        .await
        .map_err(WebFault::broken)?;
    let length = file.metadata().await.map_err(WebFault::broken)?.len();
    let (send, receive) = tokio::sync::mpsc::channel::<std::io::Result<Vec<u8>>>(2);
    tokio::spawn(async move {
        loop {
            let mut part = vec![0; PART_BYTES];
            let sent = match file.read(&mut part).await {
                Ok(0) => return,
                Ok(count) => {
                    part.truncate(count);
                    send.send(Ok(part)).await
                }
                Err(error) => send.send(Err(error)).await,
            };
            if sent.is_err() {
                return;
            }
        }
    });
    let parts = ReceiverStream::new(receive).map(|part| part.map(Bytes::from));
    let (head, _) = attached(name, Vec::new()).into_parts();
    let mut response = (head.headers, Body::from_stream(parts)).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    if let Ok(length) = HeaderValue::from_str(&length.to_string()) {
        headers.insert(header::CONTENT_LENGTH, length);
    }
    Ok(response)
}
