//! Who is to be reminded to confirm, and when.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{Actor, Command, Moment, Order, Payout, PayoutState, Subject};
use zhida_policies::values::{Date, Duration, Uscc};

use crate::messages::kind::Kind;
use crate::store::database::Database;
use crate::store::{Answered, PayoutFilter, Request, Store, StoreError};

/// The days on which an enterprise is reminded: they cut the time that it has into equal parts.
///
/// # Shape
/// `count` days between the day from which it may confirm and the last day, the later ones nearer
/// to the end; none of them after the last day.
pub(crate) fn days(from: Date, until: Date, count: u16) -> Vec<Date> {
    let span = from
        .until(until)
        .map_or(0, |span| i64::from(span.get_days()));
    let span = span.max(0);
    let parts = i64::from(count).saturating_add(1);
    let day = |number: u16| {
        let number = i64::from(number);
        let after = span.saturating_mul(number).checked_div(parts).unwrap_or(0);
        Duration::from_days(after).after(from).unwrap_or(until)
    };
    (1..=count).map(day).collect()
}

/// Whether an unconfirmed payout needs a reminder at this moment.
///
/// # Shape
/// One reminder is due for each of the [`days`] that has come and for which none was sent yet, but
/// never two on one day: after a standstill they follow day by day, and the time to confirm
/// does not
/// end before the last was sent.
pub(crate) fn is_due(
    payout: &Payout,
    count: u16,
    reminded_last: Option<Moment>,
    now: Moment,
) -> bool {
    let Some(until) = payout.confirm_until else {
        return false;
    };
    if payout.state() != PayoutState::AwaitPayee || payout.reminders >= count {
        return false;
    }
    let today = now.business_date();
    let was_today = reminded_last.is_some_and(|at| at.business_date() >= today);
    let days = days(payout.since.business_date(), until, count);
    let next = days.get(usize::from(payout.reminders));
    !was_today && next.is_some_and(|next| today >= *next)
}

/// Which confirmations need a reminder now: the orders, each under a key that sends it once.
///
/// # Errors
/// What the database says.
pub(crate) async fn due(store: &Store, now: Moment) -> Result<Vec<Request>, StoreError> {
    let filter = PayoutFilter {
        states: vec![PayoutState::AwaitPayee],
        ..PayoutFilter::default()
    };
    let reminded = reminded(&store.database).await?;
    let mut counts = BTreeMap::new();
    let mut due = Vec::new();
    let mut waiting = store.payouts(&filter).await?;
    let blocked = blocked(store, &waiting).await?;
    // Who is blocked cannot confirm: its time begins anew once it may be paid again.
    waiting.retain(|payout| !blocked.contains(&payout.key.uscc));
    for payout in waiting {
        let bureau = &payout.key.bureau;
        if !counts.contains_key(bureau) {
            let subject = Subject::Settings(bureau.clone());
            let books = store.see(&[subject]).await?;
            // A bureau that has decided nothing reminds nobody.
            let rules = books.settings(bureau).rules;
            counts.insert(bureau.clone(), rules.map_or(0, |rules| rules.reminders));
        }
        let count = counts.get(bureau).copied().unwrap_or(0);
        let last = reminded.get(payout.id.as_str()).copied();
        if is_due(&payout, count, last, now) {
            let number = payout.reminders.saturating_add(1);
            // A confirmation that is asked for anew begins anew, since another day.
            let key = format!("remind:{}:{}:{number}", payout.id, payout.since.0);
            let command = Command::Remind { payout: payout.id };
            let (actor, at) = (Actor::System, now);
            let order = Order { actor, at, command };
            due.push(Request { key, order });
        }
    }
    Ok(due)
}

/// The enterprises of these payouts to which some bureau lets nothing be paid.
///
/// # Errors
/// What the database says.
pub(crate) async fn blocked(
    store: &Store,
    payouts: impl IntoIterator<Item = &Payout>,
) -> Result<BTreeSet<Uscc>, StoreError> {
    let enterprises: BTreeSet<Uscc> = payouts.into_iter().map(|payout| payout.key.uscc).collect();
    let subjects = enterprises.iter().map(|uscc| Subject::Payee(*uscc));
    let books = store.see(&subjects.collect::<Vec<Subject>>()).await?;
    let is_blocked = |uscc: &Uscc| {
        books
            .payee(uscc)
            .is_some_and(|payee| !payee.blocks.is_empty())
    };
    Ok(enterprises.into_iter().filter(is_blocked).collect())
}

/// Sends the reminders that are due; asking again at once sends none.
///
/// # Errors
/// What the database says.
pub(crate) async fn remind(store: &Store, now: Moment) -> Result<Vec<Answered>, StoreError> {
    let due = due(store, now).await?;
    store.submit(&due).await
}

/// When each payout was last reminded of.
async fn reminded(database: &Database) -> Result<BTreeMap<String, Moment>, StoreError> {
    let query = "SELECT about, max(at) AS at FROM messages \
         WHERE kind = $1 AND about IS NOT NULL GROUP BY about";
    let rows = database
        .fetch(query, &[Kind::Reminder.name().into()])
        .await?;
    let pair = |row: &crate::store::database::Row| {
        Ok((row.text("about")?.to_owned(), Moment(row.int("at")?)))
    };
    rows.iter().map(pair).collect()
}
