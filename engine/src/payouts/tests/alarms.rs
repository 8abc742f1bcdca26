//! R18: accounts that several enterprises share, or that were changed a short time ago.

use std::collections::BTreeSet;

use super::town::*;
use crate::payouts::*;

#[test]
fn shared_and_recent() {
    let mut town = Town::new();
    let today = town.now.business_date();
    assert_eq!(town.books.payee_alarms(today, 30), []);

    // The same number, written with dashes, for another enterprise.
    town.motion(&["EN1", "CK"], change_payee(1, "6222-0000-0000-0000"))
        .unwrap();
    let shared = PayeeAlarm::Shared {
        account: "6222000000000000".to_owned(),
        enterprises: BTreeSet::from([uscc(0), uscc(1)]),
    };
    assert_eq!(town.books.payee_alarms(today, 30), [shared]);

    // A change ends the sharing, and is itself looked at for thirty days.
    town.now = at(day(2026, 4, 1), 23, 59, 59);
    town.motion(&["EN1", "CK"], change_payee(1, "6222000000000018"))
        .unwrap();
    let recent = PayeeAlarm::Recent {
        enterprise: uscc(1),
        version: 2,
        changed: day(2026, 4, 1),
    };
    for (today, is_recent) in [
        (day(2026, 4, 1), true),
        (day(2026, 4, 30), true),
        (day(2026, 5, 1), false),
        // A clock that went back does not hide it.
        (day(2026, 3, 31), true),
    ] {
        let expected: Vec<PayeeAlarm> = is_recent.then(|| recent.clone()).into_iter().collect();
        assert_eq!(town.books.payee_alarms(today, 30), expected, "{today}");
    }
}
