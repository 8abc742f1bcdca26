//! Reminders before the time to confirm is over.

use zhida_engine::payouts::Moment;
use zhida_policies::values::Date;

use super::on_both;
use super::told::{enterprise, store};
use crate::messages::inbox::{self, Tongue};
use crate::messages::reminders::{days, due, remind};
use crate::store::tests::support::Place;
use crate::store::tests::support::month::{self, Script};
use crate::store::{Answered, Store};

on_both!(each_reminder_is_sent_on_its_day_and_once);

#[test]
fn reminders_cut_the_time_into_equal_parts() {
    let (from, until) = (Date::constant(2026, 1, 1), Date::constant(2026, 3, 2));
    // 60 days: thirds are 20 days.
    let thirds = [Date::constant(2026, 1, 21), Date::constant(2026, 2, 10)];
    assert_eq!(days(from, until, 2), thirds);
    assert_eq!(days(from, until, 1), [Date::constant(2026, 1, 31)]);
    assert_eq!(days(from, until, 0), []);
    // More reminders than days: all in time.
    assert!(
        days(from, Date::constant(2026, 1, 3), 5)
            .iter()
            .all(|day| *day <= until)
    );
    assert_eq!(days(until, from, 2), [until, until]);
}

fn at(month: i8, day: i8) -> Moment {
    // Nine in the morning in Beijing is one in the morning UTC.
    let time = Date::constant(2026, month, day)
        .at(1, 0, 0, 0)
        .in_tz("UTC")
        .unwrap();
    Moment(time.timestamp().as_microsecond())
}

async fn sent(store: &Store) -> usize {
    let items = inbox::list(&store.database, &enterprise(0), Tongue::Chinese, None, 100).await;
    let items = items.unwrap().into_iter();
    items.filter(|item| item.kind == "payout.reminder").count()
}

/// The notice is over on 14 March, 60 days remain until 13 May, one reminder: 13 April.
async fn each_reminder_is_sent_on_its_day_and_once(place: &Place) {
    let mut script = Script::default();
    script.opening(100_000_000);
    script.taken(0..1);
    script.checked(0..1);
    script.approved(0..1);
    script.shown(0..1);
    let store = store(place, script).await;
    assert!(due(&store, at(4, 12)).await.unwrap().is_empty());
    let first = due(&store, at(4, 13)).await.unwrap();
    assert_eq!(first.len(), 1);
    assert!(first[0].key.contains(month::payout(0).as_str()));
    assert_eq!(sent(&store).await, 0);
    // Two processes that both found it due send it once.
    let answers = remind(&store, at(4, 13)).await.unwrap();
    assert!(
        matches!(answers[..], [Answered::Done { .. }]),
        "{answers:?}"
    );
    assert_eq!(store.submit(&first).await.unwrap(), answers);
    assert_eq!(remind(&store, at(4, 13)).await.unwrap(), []);
    assert_eq!(remind(&store, at(5, 20)).await.unwrap(), []);
    assert_eq!(sent(&store).await, 1);
}
