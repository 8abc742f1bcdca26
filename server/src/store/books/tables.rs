//! Where each kind of thing is kept.

use zhida_engine::payouts::{
    AttemptState, Batch, BatchState, BudgetLine, Delegation, Digest, LedgerAccount, Motion,
    MotionState, Payee, Payout, Thing, account_number as number,
};

use crate::store::database::{Transaction, Value};
use crate::store::error::StoreError;

/// The rows of one table that are to be put in the place of those of the same names.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// One table.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(super) delete: &'static str,
    /// The rows of these names.
    pub(super) named: &'static str,
    /// How many rows there are.
    pub(super) count: &'static str,
    /// The names behind one of them, in their order, so many.
    pub(super) keys_after: &'static str,
    /// All rows.
    pub(crate) select: &'static str,
}

macro_rules! table {
    ($name:literal, $key:literal, [$($column:literal),*]) => {
        Table {
            name: $name,
            columns: &[$($column),*],
            delete: concat!(
                "DELETE FROM ", $name, " WHERE ", $key,
                " IN (SELECT value FROM json_each($1))"
            ),
            named: concat!(
                "SELECT * FROM ", $name, " WHERE ", $key,
                " IN (SELECT value FROM json_each($1))"
            ),
            select: concat!("SELECT * FROM ", $name),
            count: concat!("SELECT COUNT(*) AS count FROM ", $name),
            keys_after: concat!(
                "SELECT DISTINCT ", $key, " AS key FROM ", $name, " WHERE ", $key,
                " > $1 ORDER BY ", $key, " LIMIT $2"
            ),
        }
    };
}

pub(super) use table;

/// All tables of things, attempts and papers apart.
pub(crate) const TABLES: [Table; 13] = [
    table!("users", "id", ["id", "person", "bureau", "body"]),
    table!("delegations", "id", ["id", "of_user", "to_user", "body"]),
    table!("bureaus", "id", ["id", "body"]),
    table!(
        "budget_lines",
        "id",
        [
            "id",
            "bureau",
            "granted",
            "available",
            "reserved",
            "committed",
            "spent",
            "body"
        ]
    ),
    table!("payers", "id", ["id", "bureau", "body"]),
    table!(
        "payees",
        "id",
        ["id", "account", "version", "changed_at", "body"]
    ),
    table!("bars", "id", ["id", "body"]),
    table!(
        "payouts",
        "id",
        [
            "id",
            "bureau",
            "measure",
            "uscc",
            "period",
            "supplement",
            "line",
            "exclusive",
            "state",
            "amount",
            "since",
            "next_step",
            "is_questioned",
            "is_claimed",
            "body"
        ]
    ),
    table!("notices", "id", ["id", "bureau", "body"]),
    table!(
        "batches",
        "id",
        ["id", "bureau", "message_id", "state", "body"]
    ),
    table!(
        "motions",
        "id",
        ["id", "bureau", "state", "kind", "about", "asked_at", "body"]
    ),
    table!("bank_lines", "id", ["id", "payer", "instruction", "body"]),
    table!("policies", "id", ["id", "bureau", "versions", "body"]),
];

/// The attempts of payouts, by payout.
pub(crate) const ATTEMPTS: Table = table!(
    "attempts",
    "payout",
    [
        "payout",
        "number",
        "end_to_end_id",
        "batch",
        "amount",
        "is_alive"
    ]
);

/// The place of a thing's table, its name and its row.
pub(crate) fn row(thing: &Thing) -> Result<(usize, String, Vec<Value>), StoreError> {
    let (table, name, mut row) = match thing {
        Thing::User(user) => (
            0,
            user.id.to_string(),
            vec![text(&user.id), text(&user.person), text(&user.bureau)],
        ),
        Thing::Delegation(lent) => {
            let id = delegation_id(lent);
            let row = vec![text(&id), text(&lent.of), text(&lent.to)];
            (1, id, row)
        }
        Thing::Settings(settings) => (2, settings.bureau.to_string(), vec![text(&settings.bureau)]),
        Thing::Line(line) => (3, line.id.to_string(), line_row(line)),
        Thing::Payer(payer) => (
            4,
            payer.id.to_string(),
            vec![text(&payer.id), text(&payer.bureau)],
        ),
        Thing::Payee(payee) => (5, payee.uscc.to_string(), payee_row(payee)),
        Thing::Bar(bar) => (6, bar.uscc.to_string(), vec![text(&bar.uscc)]),
        Thing::Payout(payout) => (7, payout.id.to_string(), payout_row(payout)),
        Thing::Notice(notice) => (
            8,
            notice.id.to_string(),
            vec![text(&notice.id), text(&notice.bureau)],
        ),
        Thing::Batch(batch) => (9, batch.id.to_string(), batch_row(batch)),
        Thing::Motion(motion) => (10, motion.id.to_string(), motion_row(motion)),
        Thing::BankLine(line) => (
            11,
            line.id.to_string(),
            vec![
                text(&line.id),
                text(&line.payer),
                line.instruction.as_ref().map(ToString::to_string).into(),
            ],
        ),
        Thing::Policy(record) => (
            12,
            record.policy.clone(),
            vec![
                text(&record.policy),
                text(&record.bureau),
                Value::Int(i64::try_from(record.versions.len()).unwrap_or(i64::MAX)),
            ],
        ),
    };
    row.push(body(thing)?.into());
    Ok((table, name, row))
}

/// The whole thing as canonical JSON.
pub(super) fn body(thing: &Thing) -> Result<String, StoreError> {
    serde_json::to_string(thing).map_err(|error| StoreError::Integrity(error.to_string()))
}

/// A thing out of its row.
pub(crate) fn thing(body: &str) -> Result<Thing, StoreError> {
    serde_json::from_str(body)
        .map_err(|error| StoreError::Integrity(format!("数据库里的一条记录读不出来:{error}")))
}

/// The rows of a payout's attempts.
pub(crate) fn attempt_rows(payout: &Payout) -> Vec<Vec<Value>> {
    let rows = payout.attempts.iter().map(|attempt| {
        vec![
            text(&payout.id),
            Value::Int(attempt.number.into()),
            text(&attempt.end_to_end_id),
            text(&attempt.batch),
            attempt.amount.fen().into(),
            // Paid is alive for good: nothing may be sent beside it but what came back.
            Value::Int(i64::from(
                attempt.state().is_alive() || attempt.state() == AttemptState::Paid,
            )),
        ]
    });
    rows.collect()
}

/// Puts rows in the place of those of the same names.
pub(super) async fn replace(
    transaction: &mut Transaction,
    table: &Table,
    rows: &Rows,
) -> Result<(), StoreError> {
    if rows.names.is_empty() {
        return Ok(());
    }
    let names = list(&rows.names);
    transaction.execute(table.delete, &[names.into()]).await?;
    transaction
        .insert_many(table.name, table.columns, &rows.rows)
        .await
}

/// Texts as the JSON list that statements take.
pub(crate) fn list<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    serde_json::to_string(&texts).unwrap_or_else(|_| "[]".to_owned())
}

/// What makes a delegation the same one.
pub(super) fn delegation_id(lent: &Delegation) -> String {
    let text = serde_json::to_vec(lent).unwrap_or_default();
    Digest::of(&text).to_string()
}

fn text(value: &impl ToString) -> Value {
    Value::Text(value.to_string())
}

fn line_row(line: &BudgetLine) -> Vec<Value> {
    let mut row = vec![text(&line.id), text(&line.bureau)];
    row.push(line.balance(LedgerAccount::Granted).saturating_neg().into());
    let accounts = [
        LedgerAccount::Available,
        LedgerAccount::Reserved,
        LedgerAccount::Committed,
        LedgerAccount::Spent,
    ];
    row.extend(accounts.map(|account| Value::Int(line.balance(account))));
    row
}

fn payout_row(payout: &Payout) -> Vec<Value> {
    let key = &payout.key;
    vec![
        text(&payout.id),
        text(&key.bureau),
        key.measure.as_str().into(),
        text(&key.uscc),
        key.period.as_str().into(),
        Value::Int(key.supplement.into()),
        text(&payout.line),
        payout.exclusive.clone().into(),
        payout.state().name().into(),
        payout.amount.fen().into(),
        payout.since.0.into(),
        payout.next_step().name().into(),
        Value::Int(payout.has_questions().into()),
        Value::Int((!payout.claims.is_empty()).into()),
    ]
}

/// The account in force by its number, how often it was changed, and when it was last: the first
/// one of an enterprise is no change.
fn payee_row(payee: &Payee) -> Vec<Value> {
    let current = payee.current();
    let changed = current.filter(|current| current.number > 1);
    let changed = changed.and_then(|current| current.signatures.iter().map(|one| one.at.0).max());
    vec![
        text(&payee.uscc),
        current
            .map(|current| number(&current.details.account))
            .into(),
        Value::Int(current.map_or(0, |current| current.number.into())),
        changed.into(),
    ]
}

fn batch_row(batch: &Batch) -> Vec<Value> {
    vec![
        text(&batch.id),
        text(&batch.bureau),
        text(&batch.message_id),
        batch_state(batch.state).into(),
    ]
}

fn batch_state(state: BatchState) -> &'static str {
    match state {
        BatchState::Open => "OPEN",
        BatchState::Sealed => "SEALED",
        BatchState::Sending => "SENDING",
        BatchState::Sent => "SENT",
        BatchState::Voided => "VOIDED",
    }
}

/// What it asks for, of which policy where it is to publish one, and when it was asked for first.
fn motion_row(motion: &Motion) -> Vec<Value> {
    let about = motion.action.policy().map(str::to_owned);
    let asked = motion.signatures.first().map(|first| first.at.0);
    vec![
        text(&motion.id),
        text(&motion.bureau),
        motion_state(motion.state).into(),
        motion.action.word().into(),
        about.into(),
        asked.into(),
    ]
}

/// How the state of a motion stands in its column.
pub(crate) fn motion_state(state: MotionState) -> &'static str {
    match state {
        MotionState::Open => "OPEN",
        MotionState::Carried => "CARRIED",
        MotionState::Withdrawn => "WITHDRAWN",
    }
}
