//! Under which root the idempotency keys of a visitor stand.
//!
//! # Shape
//! A key belongs to whoever sent it: nobody can find out another's, or take it up before him. What
//! comes of it goes into the log, and with an order of the system into proofs for others: it is a
//! mark under the key of the data folder, which nobody can try out without it.

use zhida_engine::payouts::Digest;

use crate::accounts::Accounts;
use crate::accounts::vault::Purpose;
use crate::payouts::keys::Keys;
use crate::store::StoreError;
use crate::store::database::Value;
use crate::store::encoding::hex;

impl Accounts {
    /// The root of a user's key. What was begun under a root of an earlier version goes on there,
    /// so that a repetition is none of another order.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) async fn key_root(&self, user: &str, key: &str) -> Result<String, StoreError> {
        let whole = format!("{user}\n{key}");
        let former = [
            format!("{user}/{key}"),
            Digest::of(whole.as_bytes()).to_string(),
        ];
        for root in former {
            if self.was_used(&root).await? {
                return Ok(root);
            }
        }
        let mark = self.0.vault.mark(Purpose::Idempotency, whole.as_bytes());
        Ok(hex(&mark))
    }

    /// Whether an order or a job stands under a root.
    async fn was_used(&self, root: &str) -> Result<bool, StoreError> {
        // The sign after the slash ends the range; what a collation lets in besides is left out.
        let query = "SELECT key AS found FROM replies \
             WHERE key >= $1 AND key < $2 AND substr(key, 1, CAST($3 AS INTEGER)) = $1 \
             UNION ALL SELECT id AS found FROM jobs WHERE id = $4 LIMIT 1";
        let (first, end) = (format!("{root}/"), format!("{root}0"));
        let length = i64::try_from(first.chars().count()).unwrap_or(i64::MAX);
        let job = Keys::under(root).name("J");
        let values: [Value; 4] = [first.into(), end.into(), length.into(), job.into()];
        let rows = self.0.database.fetch(query, &values).await?;
        Ok(!rows.is_empty())
    }
}
