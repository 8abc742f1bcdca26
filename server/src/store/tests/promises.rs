//! The promises of the payouts, shown on the store: under many at once, behind the back of the
//! program, in any order.

use std::collections::BTreeMap;

use zhida_engine::payouts::{Books, BudgetLineId, FactKind, LedgerAccount, PayoutState};

use super::books::{Dice, requests, sound, store};
use super::support::month::{self, LINE, Script};
use super::support::{self, Place};
use crate::store::database::Database;
use crate::store::error::StoreError;
use crate::store::{Answered, Request, Store};

on_both_databases!(
    p1_the_database_refuses_a_second_payment_whoever_writes,
    p5_sixty_four_approvers_never_overdraw,
);

#[test]
fn p5_never_overdrawn_when_repeatable_read() {
    support::on_postgres_at("repeatable read", p5_sixty_four_approvers_never_overdraw);
}

#[test]
fn p5_never_overdrawn_when_serializable() {
    support::on_postgres_at("serializable", p5_sixty_four_approvers_never_overdraw);
}

/// A statement behind the back of the program; what the database says to it.
async fn refused(database: &Database, statement: &'static str) -> String {
    let written: Result<(), StoreError> = database
        .write(|mut transaction| async move { transaction.execute(statement, &[]).await.map(drop) })
        .await;
    written.unwrap_err().to_string().to_lowercase()
}

async fn p1_the_database_refuses_a_second_payment_whoever_writes(place: &Place) {
    let store = store(place).await;
    let mut script = Script::default();
    script.opening(1_000_000);
    script.taken(0..2);
    script.checked(0..2);
    script.approved(0..2);
    script.shown(0..2);
    script.confirmed(0..2);
    script.sent("批", &[0, 1]);
    let answers = store.submit(&requests(&script.orders)).await.unwrap();
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Answered::Done { .. }))
    );
    let database = &store.database;
    // A second instruction beside one that is alive, under any number and name.
    let second = "INSERT INTO attempts SELECT payout, number + 1, end_to_end_id || 'X', batch, \
         amount, 1 FROM attempts";
    assert!(refused(database, second).await.contains("unique"));
    // The name of an instruction is never used again.
    let same_name = "INSERT INTO attempts SELECT payout, number + 1, end_to_end_id, batch, \
         amount, 0 FROM attempts";
    assert!(refused(database, same_name).await.contains("unique"));
    // A second payout of one entitlement.
    let same_key = "INSERT INTO payouts (id, bureau, measure, uscc, period, supplement, line, \
         exclusive, state, amount, since, body) SELECT id || 'X', bureau, measure, uscc, period, \
         supplement, line, exclusive, state, amount, since, body FROM payouts";
    assert!(refused(database, same_key).await.contains("unique"));
    // Two of which only one may be paid.
    let both = "UPDATE payouts SET exclusive = 'one of two'";
    assert!(refused(database, both).await.contains("unique"));
    // The same message to the bank for another batch.
    let same_message = "INSERT INTO batches SELECT id || 'X', bureau, message_id, state, body \
         FROM batches";
    assert!(refused(database, same_message).await.contains("unique"));
    // More promised than granted; sums that do not add up; below nothing.
    for overdraw in [
        "UPDATE budget_lines SET available = available - 2000000, reserved = reserved + 2000000",
        "UPDATE budget_lines SET committed = committed + 1",
        "UPDATE budget_lines SET spent = spent + 1, available = available - 1, granted = -1",
    ] {
        assert!(
            refused(database, overdraw).await.contains("check"),
            "{overdraw}"
        );
    }
    // What was posted, logged, answered or kept stays.
    for change in [
        "UPDATE postings SET fen = fen + 1",
        "DELETE FROM postings",
        "UPDATE events SET at = at + 1",
        "DELETE FROM events",
        "UPDATE replies SET at = at + 1",
        "DELETE FROM replies",
        "UPDATE payout_changes SET is_alone = 1",
        "DELETE FROM payout_changes",
    ] {
        assert!(
            refused(database, change).await.contains("append-only"),
            "{change}"
        );
    }
    assert_eq!(store.verify(None).await.unwrap().fault, None);
}

/// How many callers there are, and how many payouts each brings through.
const CALLERS: usize = 64;
const EACH: usize = 2;

async fn p5_sixty_four_approvers_never_overdraw(place: &Place) {
    let store = store(place).await;
    let all = CALLERS * EACH;
    let asked: i64 = (0..all).map(|number| month::amount(number).fen()).sum();
    let granted = asked * 6 / 10;
    let mut opening = Script::default();
    opening.opening(granted);
    opening.taken(0..all);
    store.submit(&requests(&opening.orders)).await.unwrap();
    let reader = tokio::spawn(watch(store.database.clone(), granted));
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let writer = store.writer.clone();
        callers.push(tokio::spawn(async move {
            let mut approved = 0;
            for number in caller * EACH..(caller + 1) * EACH {
                let mut script = Script::default();
                script.checked(number..number + 1);
                script.approved(number..number + 1);
                for (place, (_, order)) in script.orders.into_iter().enumerate() {
                    let key = format!("{number}/{place}");
                    let answers = writer.submit(vec![Request { key, order }]).await.unwrap();
                    let is_done = matches!(answers[..], [Answered::Done { .. }]);
                    approved += usize::from(is_done && place == 2);
                }
            }
            approved
        }));
    }
    let mut approved = 0;
    for caller in callers {
        approved += caller.await.unwrap();
    }
    reader.abort();
    assert!(reader.await.is_err_and(|error| error.is_cancelled()));
    let books = everything(&store).await;
    let of_state = |state| {
        books
            .payouts()
            .filter(move |payout| payout.state() == state)
    };
    let promised = of_state(PayoutState::Approved).map(|payout| payout.amount.fen());
    let (number, promised) = (
        of_state(PayoutState::Approved).count(),
        promised.sum::<i64>(),
    );
    assert_eq!((number, approved + number), (approved, 2 * approved));
    // As much as there is, less than the next one would take.
    assert!(promised <= granted, "{promised} of {granted}");
    assert!(
        granted - promised < month::amount(all).fen(),
        "{promised} of {granted}"
    );
    let line = books.line(&BudgetLineId::new(LINE)).unwrap();
    assert_eq!(line.balance(LedgerAccount::Committed), promised);
    assert_eq!(line.balance(LedgerAccount::Reserved), 0);
    sound(&store, &books).await;
}

/// All payouts and the line, as the tables have them.
async fn everything(store: &Store) -> Books {
    let mut books = Books::new();
    for table in [
        "SELECT body FROM users",
        "SELECT body FROM bureaus",
        "SELECT body FROM budget_lines",
        "SELECT body FROM payers",
        "SELECT body FROM payees",
        "SELECT body FROM payouts",
        "SELECT body FROM notices",
        "SELECT body FROM batches",
        "SELECT body FROM motions",
    ] {
        for row in store.database.fetch(table, &[]).await.unwrap() {
            books.put(serde_json::from_str(row.text("body").unwrap()).unwrap());
        }
    }
    books
}

/// The line and the payouts agree whenever somebody looks, and nothing is below nothing.
async fn watch(database: Database, granted: i64) {
    let of_line = "SELECT granted, available, reserved, committed, spent FROM budget_lines \
         WHERE granted > 0";
    let of_payouts = "SELECT state, CAST(sum(amount) AS BIGINT) AS fen FROM payouts GROUP BY state";
    loop {
        let mut reader = database.read().await.unwrap();
        let line = reader.fetch_one(of_line, &[]).await.unwrap().unwrap();
        let sums = reader.fetch(of_payouts, &[]).await.unwrap();
        reader.rollback().await;
        let sums: BTreeMap<&str, i64> = sums
            .iter()
            .map(|row| (row.text("state").unwrap(), row.int("fen").unwrap()))
            .collect();
        let sum = |state| sums.get(state).copied().unwrap_or(0);
        let [available, reserved, committed] =
            ["available", "reserved", "committed"].map(|column| line.int(column).unwrap());
        assert!(available >= 0 && reserved >= 0 && committed >= 0);
        assert_eq!(available + reserved + committed, granted);
        assert_eq!(reserved, sum("PROPOSED") + sum("CHECKED"));
        assert_eq!(committed, sum("APPROVED"));
    }
}

/// Thirty orders of one set of answers, some told twice: one end.
#[test]
fn p9_the_order_of_answers_does_not_matter() {
    support::on_sqlite(async |place| {
        let count = 6;
        let mut before = Script::default();
        before.opening(100_000_000);
        before.taken(0..count);
        before.checked(0..count);
        before.approved(0..count);
        before.shown(0..count);
        before.confirmed(0..count);
        before.sent("批", &(0..count).collect::<Vec<usize>>());
        let first = before.orders.len();
        let kinds = [
            (0, FactKind::Booked),
            (1, FactKind::Rejected),
            (1, FactKind::Booked),
            (2, FactKind::Booked),
            (2, FactKind::Returned),
            (3, FactKind::Returned),
            (4, FactKind::Accepted),
            (4, FactKind::Duplicate),
            (4, FactKind::Unclear),
            (5, FactKind::Accepted),
            (5, FactKind::Booked),
        ];
        for (number, kind) in kinds {
            before.told(number, 1, month::fact(number, kind, "R"));
        }
        let at = before.orders[first].1.at;
        let mut answers = before.orders.split_off(first);
        for (_, order) in &mut answers {
            order.at = at;
        }
        let mut dice = Dice(9);
        let mut digests = Vec::new();
        for round in 0..30 {
            let mut told = answers.clone();
            for number in 0..dice.below(4) {
                let (_, order) = told[dice.below(told.len())].clone();
                told.push((format!("又 {number}"), order));
            }
            for place in (1..told.len()).rev() {
                told.swap(place, dice.below(place + 1));
            }
            let folder = place.folder.path().join(format!("round {round}"));
            let store = Store::create(&folder, None, "zhida/test").await.unwrap();
            store.submit(&requests(&before.orders)).await.unwrap();
            for part in requests(&told).chunks(1 + dice.below(7)) {
                store.submit(part).await.unwrap();
            }
            let found = store.verify(None).await.unwrap();
            assert_eq!(found.fault, None);
            digests.push(found.books);
            store.close().await;
        }
        assert!(digests.iter().all(|digest| *digest == digests[0]));
        // Nothing that was answered in halves or against itself can be paid again.
        let mut books = Books::new();
        for (_, order) in before.orders.iter().chain(&answers) {
            books.execute(order).unwrap();
        }
        assert_eq!(books.digest(), digests[0]);
        for (number, state) in [
            (1, PayoutState::Paid),
            (3, PayoutState::Unknown),
            (4, PayoutState::Accepted),
        ] {
            let payout = books.payout(&month::payout(number)).unwrap();
            assert_eq!(payout.state(), state, "{number}");
            assert!(payout.has_questions());
        }
    });
}

/// A file is frozen with its batch: sealing again is refused, and the bytes stay the same.
#[test]
fn p10_a_sealed_batch_keeps_its_bytes() {
    support::on_sqlite(async |place| {
        let store = store(place).await;
        let mut script = Script::month(6);
        let place_of_seal = script.orders.iter().position(|(_, order)| {
            matches!(order.command, zhida_engine::payouts::Command::Seal { .. })
        });
        script.orders.truncate(place_of_seal.unwrap() + 1);
        let last = script.orders.last().unwrap().1.clone();
        let digest = store
            .keep("payment", "批0.xml", b"bytes", last.at)
            .await
            .unwrap();
        store.submit(&requests(&script.orders)).await.unwrap();
        let again = Request {
            key: "again".to_owned(),
            order: last,
        };
        let answers = store.submit(&[again]).await.unwrap();
        assert!(
            matches!(answers[..], [Answered::Refused { .. }]),
            "{answers:?}"
        );
        assert_eq!(store.fetch(&digest).await.unwrap(), b"bytes");
        let out = place.folder.path().join("out");
        store.place(&out, "批0.xml", b"bytes").await.unwrap();
        assert!(store.place(&out, "批0.xml", b"other").await.is_err());
        assert_eq!(std::fs::read(out.join("批0.xml")).unwrap(), b"bytes");
    });
}
