//! Proofs for those who hold a head and not the log.

use zhida_engine::merkle::{self, TreeHash};

use crate::store::database::{Transaction, Value};
use crate::store::error::StoreError;
use crate::store::log::PAGE;

/// The hashes of the first so many leaves, out of which any number of proofs is made.
///
/// # Units
/// 32 bytes a leaf.
/// # Errors
/// [`StoreError::Integrity`] when there are fewer; what the database says.
pub(crate) async fn leaves(
    transaction: &mut Transaction,
    size: u64,
) -> Result<Vec<TreeHash>, StoreError> {
    let query = "SELECT sequence, leaf FROM events \
         WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3";
    let (mut leaves, mut after) = (Vec::new(), 0);
    loop {
        let values = [Value::Int(after), Value::size(size)?, PAGE.into()];
        let rows = transaction.fetch(query, &values).await?;
        let Some(last) = rows.last() else { break };
        after = last.int("sequence")?;
        for row in &rows {
            leaves.push(TreeHash(row.array("leaf")?));
        }
    }
    let found = leaves.len();
    let complete = u64::try_from(found).is_ok_and(|found| found == size);
    let problem = || format!("日志应有 {size} 条记录,只有 {found} 条");
    complete
        .then_some(leaves)
        .ok_or_else(|| StoreError::Integrity(problem()))
}

/// The proof that an event stands in the log of this size.
///
/// # Errors
/// [`StoreError::Integrity`] when there is no such event; what the database says.
pub(crate) async fn inclusion(
    transaction: &mut Transaction,
    sequence: u64,
    size: u64,
) -> Result<Vec<TreeHash>, StoreError> {
    let leaves = leaves(transaction, size).await?;
    let index = sequence
        .checked_sub(1)
        .and_then(|index| usize::try_from(index).ok());
    let proof = index.and_then(|index| merkle::inclusion_proof(&leaves, index));
    let problem = || format!("前 {size} 条日志中没有第 {sequence} 条");
    proof.ok_or_else(|| StoreError::Integrity(problem()))
}

/// The proof that the log of the newer size begins with that of the older.
///
/// # Errors
/// [`StoreError::Integrity`] when the older is empty or larger; what the database says.
pub(crate) async fn consistency(
    transaction: &mut Transaction,
    older: u64,
    newer: u64,
) -> Result<Vec<TreeHash>, StoreError> {
    let leaves = leaves(transaction, newer).await?;
    let size = usize::try_from(older).ok();
    let proof = size.and_then(|size| merkle::consistency_proof(&leaves, size));
    let problem = || format!("长度 {newer} 的日志不能与长度 {older} 的比较");
    proof.ok_or_else(|| StoreError::Integrity(problem()))
}
