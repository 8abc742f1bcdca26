//! Files that the store keeps, to be taken away.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::store::encoding::hex;
use crate::store::{Store, StoreError};

/// A file that is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Its name.
    pub(super) name: String,
    /// The end of its name: what form it has.
    pub(super) form: String,
    /// Its SHA-256.
    pub(super) digest: String,
}

/// The files of a kind whose names begin so, by name.
///
/// # Errors
/// What the database says.
pub(super) async fn named(
    store: &Store,
    kind: &str,
    prefix: &str,
) -> Result<Vec<Kept>, StoreError> {
    let select = "SELECT digest, name FROM files \
         WHERE kind = $1 AND substr(name, 1, CAST($2 AS INTEGER)) = $3 ORDER BY name";
    let characters = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
    let values = [kind.into(), characters.into(), prefix.into()];
    let rows = store.database.fetch(select, &values).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let name = row.text("name")?.to_owned();
        let form = name.rsplit('.').next().unwrap_or_default().to_owned();
        found.push(Kept {
            name,
            form,
            digest: hex(&row.array::<32>("digest")?),
        });
    }
    Ok(found)
}

/// A reply that is saved under a name, and never shown in the place of a page.
pub(crate) fn attached(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let disposition = format!("attachment; filename*=UTF-8''{}", percent(name));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// A name as RFC 8187 writes it.
fn percent(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
