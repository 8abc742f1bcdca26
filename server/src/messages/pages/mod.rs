//! Pages of messages: the inbox, where else to be told, and what did not arrive.

mod deliveries;
mod settings;
mod shown;

use zhida_engine::payouts::Moment;

use crate::messages::inbox::Tongue;
use crate::messages::outbox::Holder;
use crate::web::{Ask, Language, Place, WebFault};

/// The routes.
pub(crate) fn places() -> Vec<Place> {
    [shown::places(), settings::places(), deliveries::places()]
        .into_iter()
        .flatten()
        .collect()
}

/// Whose messages a visitor reads: those of the enterprise that it acts for, or its own.
fn holder(ask: &Ask) -> Result<Holder, WebFault> {
    let session = ask.session()?;
    Ok(match session.enterprise() {
        Some(uscc) => Holder::Enterprise(uscc),
        None => Holder::User(session.user.id.clone()),
    })
}

fn tongue(ask: &Ask) -> Tongue {
    match ask.language {
        Language::Chinese => Tongue::Chinese,
        Language::English => Tongue::English,
    }
}

/// A moment in Beijing, to the minute.
fn minute(at: i64) -> String {
    let utc = jiff::Timestamp::from_microsecond(at).unwrap_or_default();
    let beijing = utc.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
    let date = Moment(at).business_date();
    format!("{date} {:02}:{:02}", beijing.hour(), beijing.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_those_of_beijing() {
        // 1 January 2026, 16:30 UTC.
        assert_eq!(minute(1_767_285_000_000_000), "2026-01-02 00:30");
    }
}
