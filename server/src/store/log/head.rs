//! Signed heads: who holds one can tell whether the log still begins as it did then.

use zhida_engine::merkle::TreeHash;

use crate::store::database::{Row, Transaction, Value};
use crate::store::encoding::{base64, from_base64};
use crate::store::error::StoreError;
use crate::store::log::{LogKey, PublicKey, frontier};

/// What the line with the time begins with.
const TIME_PREFIX: &str = "utc-microseconds ";
/// The bytes of a key's hash before the signature.
pub(super) const KEY_HASH_BYTES: usize = 4;

/// The log's size and root at one time, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedHead {
    /// How many events there were.
    pub size: u64,
    /// The root over them.
    pub root: TreeHash,
    /// When it was signed, in UTC microseconds.
    pub at: i64,
    /// The digest of the public key.
    pub key_id: String,
    /// The signature over [`SignedHead::text`].
    pub signature: [u8; 64],
}

impl SignedHead {
    /// What is signed: the log's name, size, root and time, a line each.
    ///
    /// # Source
    /// C2SP tlog-checkpoint; the time is an extension line.
    pub(crate) fn text(&self, origin: &str) -> String {
        text(origin, self.size, &self.root, self.at)
    }

    /// The head as a signed note, as it is printed and exported.
    ///
    /// # Source
    /// C2SP signed-note.
    pub(crate) fn note(&self, origin: &str, key: &PublicKey) -> String {
        let mut signature = key.note_hash(origin);
        signature.extend_from_slice(&self.signature);
        let signature = base64(&signature);
        format!("{}\n— {origin} {signature}\n", self.text(origin))
    }

    /// Reads a signed note, to the byte as [`SignedHead::note`] writes it: the log's name and the
    /// head. Whether the key signed it is to be asked next.
    pub(crate) fn from_note(note: &str, key: &PublicKey) -> Option<(String, Self)> {
        let mut lines = note.lines();
        let origin = lines.next()?.to_owned();
        let size = lines.next()?.parse().ok()?;
        let root = TreeHash(from_base64(lines.next()?)?.try_into().ok()?);
        let at = lines.next()?.strip_prefix(TIME_PREFIX)?.parse().ok()?;
        let signed = lines.nth(1)?.rsplit(' ').next()?;
        let signature = from_base64(signed)?
            .get(KEY_HASH_BYTES..)?
            .try_into()
            .ok()?;
        let head = Self {
            size,
            root,
            at,
            key_id: key.id(),
            signature,
        };
        // There is one way to write a head; the hash of the key is in it.
        (head.note(&origin, key) == note).then_some((origin, head))
    }

    /// Whether the key signed this head of the log of this name.
    pub(crate) fn is_signed_by(&self, key: &PublicKey, origin: &str) -> bool {
        key.id() == self.key_id && key.accepts(self.text(origin).as_bytes(), &self.signature)
    }

    pub(super) fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            size: row.size("size")?,
            root: TreeHash(row.array("root")?),
            at: row.int("at")?,
            key_id: row.text("key_id")?.to_owned(),
            signature: row.array("signature")?,
        })
    }
}

fn text(origin: &str, size: u64, root: &TreeHash, at: i64) -> String {
    let root = base64(&root.0);
    format!("{origin}\n{size}\n{root}\n{TIME_PREFIX}{at}\n")
}

/// Signs the log as it stands in the caller's transaction; a size is signed once.
///
/// # Errors
/// [`StoreError::Integrity`] when the size was signed with another root; what the database says.
pub(crate) async fn sign_head(
    transaction: &mut Transaction,
    key: &LogKey,
    origin: &str,
    at: i64,
) -> Result<SignedHead, StoreError> {
    let tree = frontier(transaction).await?;
    let (size, root) = (tree.size(), tree.root());
    if let Some(head) = latest_head(transaction).await?
        && head.size == size
    {
        let problem = || format!("日志长度 {size} 已签过的头与现在的根不符");
        let same = (head.root == root).then_some(head);
        return same.ok_or_else(|| StoreError::Integrity(problem()));
    }
    let head = SignedHead {
        size,
        root,
        at,
        key_id: key.public().id(),
        signature: key.sign(text(origin, size, &root, at).as_bytes()),
    };
    let insert = "INSERT INTO log_heads (size, root, at, key_id, signature) \
         VALUES ($1, $2, $3, $4, $5)";
    let values = [
        Value::size(size)?,
        root.0.into(),
        at.into(),
        head.key_id.as_str().into(),
        head.signature.as_slice().into(),
    ];
    transaction.execute(insert, &values).await?;
    Ok(head)
}

/// All signed heads, by size.
///
/// # Errors
/// What the database says.
pub(crate) async fn heads(transaction: &mut Transaction) -> Result<Vec<SignedHead>, StoreError> {
    let query = "SELECT size, root, at, key_id, signature FROM log_heads ORDER BY size";
    let rows = transaction.fetch(query, &[]).await?;
    rows.iter().map(SignedHead::from_row).collect()
}

/// The head of the greatest size, if one was signed.
///
/// # Errors
/// What the database says.
pub(crate) async fn latest_head(
    transaction: &mut Transaction,
) -> Result<Option<SignedHead>, StoreError> {
    let query = "SELECT size, root, at, key_id, signature FROM log_heads \
         ORDER BY size DESC LIMIT 1";
    let row = transaction.fetch_one(query, &[]).await?;
    row.as_ref().map(SignedHead::from_row).transpose()
}
