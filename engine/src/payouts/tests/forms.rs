//! Orders and things as text: what the log and the store keep.

use super::edges_after::second_confirmed;
use super::town::*;
use crate::payouts::*;

/// A year with nearly every kind of order in it.
fn busy() -> Town {
    let mut town = Town::at(PayoutState::Paid);
    town.answer(1, returned(1_000, "T1")).unwrap();
    let terms = ClaimTerms {
        amount: fen(5),
        document: "追回决定".to_owned(),
        due: day(2026, 12, 1),
        is_prior_year: false,
        returns_to_budget: true,
    };
    let payout = town.id();
    town.motion(&["MK", "CK", "AP1"], Action::Clawback { payout, terms })
        .unwrap();
    second_confirmed(&mut town);
    town.stray("C1", 77).unwrap();
    let lent = Delegation {
        of: user_id("CK"),
        to: user_id("CK2"),
        role: Role::Checker,
        from: day(2026, 6, 1),
        until: day(2026, 6, 30),
    };
    town.user("CK", Command::Delegate(lent)).unwrap();
    let uscc = uscc(2);
    let (until, document) = (day(2027, 1, 1), "限制决定".to_owned());
    let bar = Action::Bar {
        uscc,
        until,
        document,
    };
    town.motion(&["MK", "CK"], bar).unwrap();
    town.system(configure(Some(1))).unwrap();
    town
}

#[test]
fn orders_and_things_survive_as_json() {
    let town = busy();
    for order in &town.carried {
        let text = serde_json::to_string(order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), *order);
    }
    let mut copy = Books::new();
    let mut kinds = std::collections::BTreeSet::new();
    for thing in town.books.things() {
        let text = serde_json::to_string(&thing).unwrap();
        let kind = text.split('"').nth(1).unwrap().to_owned();
        kinds.insert(kind);
        let back: Thing = serde_json::from_str(&text).unwrap();
        assert_eq!(back, thing);
        copy.put(back);
    }
    let all = [
        "BankLine",
        "Bar",
        "Batch",
        "Delegation",
        "Line",
        "Motion",
        "Notice",
        "Payee",
        "Payer",
        "Payout",
        "Settings",
        "User",
    ];
    assert!(kinds.iter().eq(all), "{kinds:?}");
    assert_eq!(copy, town.books);
    assert_eq!(copy.digest(), town.books.digest());
}

#[test]
fn the_log_alone_gives_the_same_books() {
    let town = busy();
    let mut replayed = Books::new();
    for order in &town.carried {
        replayed.execute(order).unwrap();
    }
    assert_eq!(replayed, town.books);
    assert_eq!(replayed.digest(), town.books.digest());
    // The digest is of everything: any other books have another.
    let (last, rest) = town.carried.split_last().unwrap();
    let mut shorter = Books::new();
    for order in rest {
        shorter.execute(order).unwrap();
    }
    assert_ne!(shorter.digest(), town.books.digest());
    assert!(matches!(last.command, Command::Configure { .. }));
    assert_ne!(Books::new().digest(), Digest::of(b""));
}

/// The bytes of an order are what its digest in the log is of: they must not change.
#[test]
fn the_text_of_an_order_is_fixed() {
    let order = Order {
        actor: Actor::Delegate {
            user: user_id("CK2"),
            of: user_id("CK"),
        },
        at: Moment(1_773_626_400_000_000),
        command: Command::Answer {
            instruction: EndToEndId::new("E1"),
            fact: returned(105, "T1"),
            source: Digest::new("00"),
        },
    };
    let expected = concat!(
        r#"{"actor":{"Delegate":{"user":"CK2","of":"CK"}},"at":1773626400000000,"#,
        r#""command":{"Answer":{"instruction":"E1","fact":{"kind":"Returned","#,
        r#""amount":"1.05","account":null,"reference":"T1","reason":null,"on":"2026-03-26"},"#,
        r#""source":"00"}}}"#
    );
    assert_eq!(serde_json::to_string(&order).unwrap(), expected);
}

/// Names never change: a bank knows them. Computed outside with `sha256sum` and `base32` over
/// each part behind its length in eight bytes.
#[test]
fn names_are_derived_from_what_they_name() {
    let key = award(0, "2025", 1).key;
    let payout = key.payout_id();
    assert_eq!(payout.as_str(), PAYOUT);
    assert_eq!(payout.end_to_end_id(1).as_str(), FIRST);
    assert_eq!(payout.end_to_end_id(2).as_str(), SECOND);
    assert_eq!(BatchId::new("B1").message_id().as_str(), MESSAGE);
    for name in [PAYOUT, FIRST, SECOND, MESSAGE] {
        assert!(name.len() <= 35 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}

const PAYOUT: &str = "PYGFLKJS6YGN3EH5V57VTJTTEE";
const FIRST: &str = "E6IOGCGAR5YZRT43IZPWESTKAA";
const SECOND: &str = "E6MG6OWWQNLUT7H4VH6IN35P2Q";
const MESSAGE: &str = "BOGB3BRS4HSSSFVGRDD2K2HXUE";
