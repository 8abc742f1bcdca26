//! Batches, notices, motions, budget lines and accounts within sight.

use zhida_engine::payouts::{
    BankLine, Bar, Batch, BatchId, Books, BudgetLine, Digest, Moment, Motion, MotionId,
    MotionState, Notice, NoticeId, Payee, Payer, Settings, Subject, Thing,
};

use zhida_policies::values::Uscc;

use super::sight::{bureaus, sight};
use crate::store::books::thing;
use crate::store::database::Value;
use crate::store::{Store, StoreError};
use crate::web::Scope;

macro_rules! of_bureaus {
    ($table:literal, $tail:literal) => {
        concat!(
            "SELECT body FROM ",
            $table,
            " WHERE bureau IN (SELECT value FROM json_each($1)) ",
            $tail
        )
    };
}

/// Reads the things of a statement, and takes those of a kind.
async fn read<T>(
    store: &Store,
    select: &'static str,
    values: &[Value],
    kind: fn(Thing) -> Option<T>,
) -> Result<Vec<T>, StoreError> {
    let rows = store.database.fetch(select, values).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.extend(kind(thing(row.text("body")?)?));
    }
    Ok(found)
}

macro_rules! kind {
    ($name:ident, $variant:ident, $thing:ty) => {
        fn $name(thing: Thing) -> Option<$thing> {
            match thing {
                Thing::$variant(found) => Some(found),
                _ => None,
            }
        }
    };
}

kind!(a_bar, Bar, Bar);
kind!(a_batch, Batch, Batch);
kind!(a_notice, Notice, Notice);
kind!(a_line, Line, BudgetLine);
kind!(a_payer, Payer, Payer);
kind!(a_payee, Payee, Payee);
kind!(a_bank_line, BankLine, BankLine);
kind!(settings_of, Settings, Settings);

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a table holds one kind, and the others are none of it"
)]
fn a_motion(thing: Thing) -> Option<Motion> {
    match thing {
        Thing::Motion(found) => Some(*found),
        _ => None,
    }
}

/// Batches, the latest day first.
///
/// # Errors
/// What the database says.
pub(crate) async fn batches(store: &Store, scope: &Scope) -> Result<Vec<Batch>, StoreError> {
    let select = of_bureaus!("batches", "ORDER BY id");
    let mut found = read(store, select, &[bureaus(scope)], a_batch).await?;
    found.sort_by_key(|batch| (std::cmp::Reverse(batch.execution), batch.id.clone()));
    Ok(found)
}

/// One batch.
///
/// # Errors
/// What the database says.
pub(crate) async fn batch(
    store: &Store,
    scope: &Scope,
    id: &BatchId,
) -> Result<Option<Batch>, StoreError> {
    let select = of_bureaus!("batches", "AND id = $2");
    let values = [bureaus(scope), id.as_str().into()];
    Ok(read(store, select, &values, a_batch).await?.pop())
}

/// The payouts of a batch and all that bears on them; for a batch within sight.
///
/// # Errors
/// What the database says.
pub(crate) async fn books_of(store: &Store, id: &BatchId) -> Result<Books, StoreError> {
    store.see(&[Subject::Batch(id.clone())]).await
}

/// Notices, the latest first.
///
/// # Errors
/// What the database says.
pub(crate) async fn notices(store: &Store, scope: &Scope) -> Result<Vec<Notice>, StoreError> {
    let select = of_bureaus!("notices", "ORDER BY id");
    let mut found = read(store, select, &[bureaus(scope)], a_notice).await?;
    found.sort_by_key(|notice| (std::cmp::Reverse(notice.from), notice.id.clone()));
    Ok(found)
}

/// One notice.
///
/// # Errors
/// What the database says.
pub(crate) async fn notice(
    store: &Store,
    scope: &Scope,
    id: &NoticeId,
) -> Result<Option<Notice>, StoreError> {
    let select = of_bureaus!("notices", "AND id = $2");
    let values = [bureaus(scope), id.as_str().into()];
    Ok(read(store, select, &values, a_notice).await?.pop())
}

/// What needs several people: what is open, or all.
///
/// # Errors
/// What the database says.
pub(crate) async fn motions(store: &Store, scope: &Scope) -> Result<Vec<Motion>, StoreError> {
    let select = of_bureaus!("motions", "ORDER BY id");
    let mut found = read(store, select, &[bureaus(scope)], a_motion).await?;
    let begun = |motion: &Motion| motion.signatures.first().map(|signed| signed.at);
    found.sort_by_key(|motion| {
        let is_over = motion.state != MotionState::Open;
        (is_over, std::cmp::Reverse(begun(motion)), motion.id.clone())
    });
    Ok(found)
}

/// One motion.
///
/// # Errors
/// What the database says.
pub(crate) async fn motion(
    store: &Store,
    scope: &Scope,
    id: &MotionId,
) -> Result<Option<Motion>, StoreError> {
    let select = of_bureaus!("motions", "AND id = $2");
    let values = [bureaus(scope), id.as_str().into()];
    Ok(read(store, select, &values, a_motion).await?.pop())
}

/// Budget lines by name.
///
/// # Errors
/// What the database says.
pub(crate) async fn lines(store: &Store, scope: &Scope) -> Result<Vec<BudgetLine>, StoreError> {
    let select = of_bureaus!("budget_lines", "ORDER BY id");
    read(store, select, &[bureaus(scope)], a_line).await
}

/// Paying accounts by name.
///
/// # Errors
/// What the database says.
pub(crate) async fn payers(store: &Store, scope: &Scope) -> Result<Vec<Payer>, StoreError> {
    let select = of_bureaus!("payers", "ORDER BY id");
    read(store, select, &[bureaus(scope)], a_payer).await
}

/// What the bureaus have decided.
///
/// # Errors
/// What the database says.
pub(crate) async fn settings(store: &Store, scope: &Scope) -> Result<Vec<Settings>, StoreError> {
    let select = "SELECT body FROM bureaus WHERE id IN (SELECT value FROM json_each($1)) \
         ORDER BY id";
    read(store, select, &[bureaus(scope)], settings_of).await
}

/// Movements that nobody ordered, the latest first.
///
/// # Errors
/// What the database says.
pub(crate) async fn bank_lines(store: &Store, scope: &Scope) -> Result<Vec<BankLine>, StoreError> {
    let select = "SELECT bank_lines.body AS body FROM bank_lines \
         JOIN payers ON payers.id = bank_lines.payer \
         WHERE payers.bureau IN (SELECT value FROM json_each($1)) ORDER BY bank_lines.id";
    let mut found = read(store, select, &[bureaus(scope)], a_bank_line).await?;
    found.sort_by_key(|line| (std::cmp::Reverse(line.on), line.id.clone()));
    Ok(found)
}

/// Whether a movement lies within sight.
///
/// # Errors
/// What the database says.
pub(crate) async fn sees_bank_line(
    store: &Store,
    scope: &Scope,
    id: &Digest,
) -> Result<bool, StoreError> {
    let select = "SELECT bank_lines.body AS body FROM bank_lines \
         JOIN payers ON payers.id = bank_lines.payer WHERE bank_lines.id = $2 \
         AND payers.bureau IN (SELECT value FROM json_each($1))";
    let values = [bureaus(scope), id.as_str().into()];
    Ok(!read(store, select, &values, a_bank_line).await?.is_empty())
}

/// Accounts of enterprises that these bureaus pay, by code.
///
/// # Errors
/// What the database says.
pub(crate) async fn payees(
    store: &Store,
    scope: &Scope,
    (after, limit): (&str, u32),
) -> Result<Vec<Payee>, StoreError> {
    let values = [bureaus(scope), after.into(), i64::from(limit).into()];
    read(store, PAYEES, &values, a_payee).await
}

/// A page of accounts: an index says of each whether it is paid by these bureaus.
pub(super) const PAYEES: &str = "SELECT body FROM payees WHERE id > $2 AND EXISTS \
     (SELECT 1 FROM payouts WHERE uscc = payees.id \
     AND bureau IN (SELECT value FROM json_each($1))) ORDER BY id LIMIT $3";

/// Accounts that several enterprises have in force, or that were changed since a moment.
pub(super) const ODD_PAYEES: &str = "SELECT body FROM payees WHERE id IN \
     (SELECT id FROM payees WHERE account IN (SELECT account FROM payees \
     WHERE account IS NOT NULL GROUP BY account HAVING COUNT(*) > 1) \
     UNION SELECT id FROM payees WHERE changed_at >= $3) \
     AND (id = $2 OR ($2 = '' AND EXISTS (SELECT 1 FROM payouts WHERE uscc = payees.id \
     AND bureau IN (SELECT value FROM json_each($1))))) ORDER BY id";

/// The accounts within sight about which there may be something odd: all others need not be
/// looked at. What was changed on a day or later counts as changed a short while ago.
///
/// # Errors
/// What the database says.
pub(crate) async fn odd_payees(
    store: &Store,
    scope: &Scope,
    since: Moment,
) -> Result<Vec<Payee>, StoreError> {
    let [bureaus, enterprise] = sight(scope);
    let values = [bureaus, enterprise, since.0.into()];
    read(store, ODD_PAYEES, &values, a_payee).await
}

/// As [`odd_payees`], of all bureaus.
///
/// # Errors
/// What the database says.
pub(crate) async fn all_odd_payees(store: &Store, since: Moment) -> Result<Vec<Payee>, StoreError> {
    let select = "SELECT body FROM payees WHERE id IN \
         (SELECT id FROM payees WHERE account IN (SELECT account FROM payees \
         WHERE account IS NOT NULL GROUP BY account HAVING COUNT(*) > 1) \
         UNION SELECT id FROM payees WHERE changed_at >= $1) ORDER BY id";
    read(store, select, &[since.0.into()], a_payee).await
}

/// The moment since which a change lies fewer than so many days back: a day earlier than need be,
/// wherever the day begins.
pub(crate) fn days_back(now: Moment, days: u16) -> Moment {
    const DAY: i64 = 86_400_000_000;
    let back = i64::from(days).saturating_add(1).saturating_mul(DAY);
    Moment(now.0.saturating_sub(back))
}

/// What bars an enterprise from awards, if anything does.
///
/// # Errors
/// What the database says.
pub(crate) async fn bar(store: &Store, uscc: Uscc) -> Result<Option<Bar>, StoreError> {
    let select = "SELECT body FROM bars WHERE id = $1";
    Ok(read(store, select, &[uscc.as_str().into()], a_bar)
        .await?
        .pop())
}
