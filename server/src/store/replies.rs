//! Idempotency keys: a command that comes twice under one key is done once and answered the same.
//!
//! A reply is written in the transaction of its command and is kept for ever, so that a key never
//! comes to mean something else ([`crate::store::books`]).

use crate::store::error::StoreError;

/// The most characters of an idempotency key.
const KEY_CHARS_MAX: usize = 200;

/// Refuses what cannot be a key.
///
/// # Errors
/// [`StoreError::Name`].
pub(super) fn check_key(key: &str) -> Result<(), StoreError> {
    let problem = if key.trim().is_empty() {
        "不能为空"
    } else if key.chars().count() > KEY_CHARS_MAX {
        "超过 200 个字符"
    } else if key.chars().any(char::is_control) {
        "含有控制字符"
    } else {
        return Ok(());
    };
    Err(StoreError::Name {
        what: "幂等键",
        value: key.chars().take(KEY_CHARS_MAX).collect(),
        problem,
    })
}
