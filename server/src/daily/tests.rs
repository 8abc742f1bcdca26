//! Each day is done once, whatever the clock does.

use zhida_engine::payouts::PayoutState;

use super::*;
use crate::store::tests::support::month::Script;
use crate::store::{Answered, PayoutFilter, Request};
use crate::web::testing::Site;

#[test]
fn times_of_the_day_are_read_strictly() {
    let read = |text: &str| DayTime::try_from(text.to_owned());
    assert_eq!(read("00:10"), Ok(DayTime(10)));
    assert_eq!(read("23:59"), Ok(DayTime(1_439)));
    for text in ["", "24:00", "0:10", "00:60", "00:1", "+1:00", "00:10:00"] {
        assert!(read(text).is_err(), "{text}");
    }
}

/// A day begins ten minutes after midnight in Beijing: 16:10 UTC of the day before.
#[test]
fn a_day_begins_at_its_time_in_beijing() {
    let at = |text: &str| {
        let at: jiff::Timestamp = text.parse().unwrap();
        let day = DailySettings::default().day(Moment(at.as_microsecond()));
        day.to_string()
    };
    assert_eq!(at("2026-07-01T16:09:59Z"), "2026-07-01");
    assert_eq!(at("2026-07-01T16:10:00Z"), "2026-07-02");
}

fn set(site: &Site, at: &str) {
    let at: jiff::Timestamp = at.parse().unwrap();
    site.server.clock.set(Moment(at.as_microsecond()));
}

async fn looked(site: &Site) -> Option<String> {
    let done = look(&site.server, DailySettings::default()).await;
    done.unwrap().map(|day| day.to_string())
}

async fn standing(site: &Site) -> PayoutState {
    let filter = PayoutFilter::default();
    site.server.store.payouts(&filter).await.unwrap()[0].state()
}

/// The last day of the notice of [`with_a_notice`]: nine days from 2 March.
const UNTIL: Date = Date::constant(2026, 3, 11);

/// One payout on a notice.
async fn with_a_notice() -> Site {
    let site = Site::new("2026-03-01T00:00:00Z", Vec::new(), None, Vec::new()).await;
    let mut script = Script::default();
    script.opening(100_000_000);
    script.taken(0..1);
    script.checked(0..1);
    script.approved(0..1);
    script.shown(0..1);
    // All but the end of the notice.
    script.orders.pop();
    for (number, (_, order)) in script.orders.into_iter().enumerate() {
        let key = format!("{number}");
        let answers = site.server.store.submit(&[Request { key, order }]).await;
        assert!(
            matches!(answers.as_deref(), Ok([Answered::Done { .. }])),
            "{answers:?}"
        );
    }
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_done_once_across_restarts_and_clocks_that_jump() {
    let site = with_a_notice().await;
    let until = UNTIL;
    // On the last day of the notice nothing is over; on the next it is.
    set(&site, &format!("{until}T01:00:00Z"));
    assert_eq!(looked(&site).await, Some(until.to_string()));
    assert_eq!(standing(&site).await, PayoutState::OnNotice);
    assert_eq!(looked(&site).await, None, "the same day");
    // Half past four in the afternoon UTC is half past midnight of the next day in Beijing.
    set(&site, &format!("{until}T16:30:00Z"));
    let next = until.tomorrow().unwrap();
    assert_eq!(looked(&site).await, Some(next.to_string()));
    assert_eq!(standing(&site).await, PayoutState::AwaitPayee);
    // Back by a day: that day is done.
    set(&site, &format!("{until}T01:00:00Z"));
    assert_eq!(looked(&site).await, None);
    // Back by weeks, and forth again: whichever clock was right, no day is left out, and nothing
    // is done twice.
    let size = site.server.store.head(site.server.clock.now()).await;
    let size = size.unwrap().size;
    for day in ["2026-02-01".to_owned(), next.to_string()] {
        set(&site, &format!("{day}T01:00:00Z"));
        assert_eq!(looked(&site).await, Some(day));
        let now = site.server.clock.now();
        assert_eq!(site.server.store.head(now).await.unwrap().size, size);
        assert_eq!(standing(&site).await, PayoutState::AwaitPayee);
    }
    // Ahead by days: one day, not those between.
    let later = next.checked_add(jiff::Span::new().days(9)).unwrap();
    set(&site, &format!("{later}T01:00:00Z"));
    assert_eq!(looked(&site).await, Some(later.to_string()));
    assert_eq!(looked(&site).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_was_broken_off_is_gone_on_with_and_nothing_is_done_twice() {
    let site = with_a_notice().await;
    let next = UNTIL.tomorrow().unwrap();
    set(&site, &format!("{next}T01:00:00Z"));
    // The verb ran, and the process ended before the day was written down.
    let (server, now) = (Arc::clone(&site.server), site.server.clock.now());
    let ran = tokio::task::spawn_blocking(move || tick(&server, now, next)).await;
    ran.unwrap().unwrap();
    let head = site.server.store.head(now).await.unwrap();
    assert_eq!(looked(&site).await, Some(next.to_string()));
    assert_eq!(site.server.store.head(now).await.unwrap().size, head.size);
    assert_eq!(standing(&site).await, PayoutState::AwaitPayee);
}

#[tokio::test]
async fn where_it_is_off_nothing_is_done() {
    let site = with_a_notice().await;
    let next = UNTIL.tomorrow().unwrap();
    set(&site, &format!("{next}T01:00:00Z"));
    let off = DailySettings {
        is_on: false,
        ..DailySettings::default()
    };
    run(Arc::clone(&site.server), off).await;
    assert_eq!(standing(&site).await, PayoutState::OnNotice);
}
