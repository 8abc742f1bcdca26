//! Every numbered transition of PAYOUTS.md part 2: states and postings as the table there has
//! them, copied from its last column. Where the table is silent the line says why.

use PayoutState as S;

use super::town::*;
use crate::payouts::*;

struct Edge {
    name: &'static str,
    /// What stands before the step.
    town: Town,
    /// The step; several orders where the table counts them as one.
    step: fn(&mut Town) -> Vec<Effects>,
    from: Option<PayoutState>,
    to: Option<PayoutState>,
    postings: &'static str,
}

/// Amounts by the letters of the table: what is granted, awarded, returned, claimed, what comes
/// back, what a bank moved unasked.
pub(super) const VALUES: [(char, i64); 8] = [
    ('g', 5_000_000),
    ('a', AWARD),
    ('r', 1_000_001),
    ('c', 2_000_003),
    ('p', 1_500_007),
    ('i', 700_009),
    ('x', 123_456),
    ('n', 20_000_000),
];

pub(super) fn value(letter: char) -> i64 {
    VALUES.iter().find(|(name, _)| *name == letter).unwrap().1
}

#[track_caller]
fn check(edge: Edge) {
    let Edge {
        name,
        mut town,
        step,
        from,
        to,
        postings: expected,
    } = edge;
    assert_eq!(town.state(), from, "before edge {name}");
    let effects = step(&mut town);
    assert_eq!(town.state(), to, "after edge {name}");
    assert_eq!(
        postings(&effects),
        written(expected, &VALUES),
        "postings of edge {name}"
    );
}

pub(super) fn edge(
    name: &'static str,
    town: Town,
    step: fn(&mut Town) -> Vec<Effects>,
    from: PayoutState,
    to: PayoutState,
    postings: &'static str,
) {
    check(Edge {
        name,
        town,
        step,
        from: Some(from),
        to: Some(to),
        postings,
    });
}

pub(super) fn one(carried: Carried) -> Vec<Effects> {
    vec![carried.unwrap()]
}

#[test]
fn from_grant_to_approval() {
    check(Edge {
        name: "0",
        town: Town::bare(),
        step: |town| one(town.motion(&["MK", "CK"], grant("财预〔2026〕9号", value('g')))),
        from: None,
        to: None,
        postings: "B: AVAILABLE +g, GRANTED −g",
    });
    check(Edge {
        name: "1",
        town: Town::new(),
        step: |town| one(town.entitle()),
        from: None,
        to: Some(S::Computed),
        postings: "–",
    });
    edge(
        "2",
        Town::at(S::Computed),
        |town| one(town.propose()),
        S::Computed,
        S::Proposed,
        "B: RESERVED +a, AVAILABLE −a",
    );
    edge(
        "3",
        Town::at(S::Proposed),
        |town| one(town.check()),
        S::Proposed,
        S::Checked,
        "–",
    );
    edge(
        "4",
        Town::at(S::Checked),
        |town| one(town.approve()),
        S::Checked,
        S::Approved,
        "B: COMMITTED +a, RESERVED −a",
    );
}

#[test]
fn sent_back_or_given_up_before_approval() {
    for (state, name) in [
        (S::Proposed, "CK"),
        (S::Checked, "CK"),
        (S::Proposed, "AP1"),
        (S::Checked, "AP1"),
    ] {
        for (to, drops) in [(S::Computed, false), (S::Cancelled, true)] {
            let mut town = Town::at(state);
            let (payout, reason) = (town.id(), "材料有误".to_owned());
            let command = if drops {
                Command::Drop { payout, reason }
            } else {
                Command::SendBack { payout, reason }
            };
            let effects = one(town.user(name, command));
            assert_eq!(town.state(), Some(to), "5 by {name}");
            let expected = written("B: AVAILABLE +a, RESERVED −a", &VALUES);
            assert_eq!(postings(&effects), expected, "5 by {name}");
        }
    }
}

fn resolve(town: &mut Town, finding: Finding) -> Vec<Effects> {
    let (payout, text) = (town.id(), digest("finding"));
    let action = Action::ResolveObjection {
        payout,
        objection: 1,
        finding,
        text,
    };
    one(town.motion(&["CK", "AP1"], action))
}

#[test]
fn notice_and_objection() {
    edge(
        "6",
        Town::at(S::Approved),
        |town| one(town.publish()),
        S::Approved,
        S::OnNotice,
        "–",
    );
    edge(
        "7",
        Town::at(S::OnNotice),
        |town| one(town.object()),
        S::OnNotice,
        S::Objected,
        "–",
    );
    let objected = || {
        let mut town = Town::at(S::OnNotice);
        town.object().unwrap();
        town
    };
    edge(
        "8, unfounded",
        objected(),
        |town| resolve(town, Finding::Unfounded),
        S::Objected,
        S::OnNotice,
        "–",
    );
    // As edge 5, of what is committed by then.
    edge(
        "8, founded",
        objected(),
        |town| resolve(town, Finding::Founded),
        S::Objected,
        S::Cancelled,
        "B: AVAILABLE +a, COMMITTED −a",
    );
    // As 5 and 2: the old amount is free in one transaction, the new one is proposed again.
    edge(
        "8, changed",
        objected(),
        |town| {
            let changed = award(0, "2025", value('n'));
            let mut all = resolve(town, Finding::Changed(Box::new(changed)));
            assert_eq!(town.state(), Some(S::Computed));
            all.extend(one(town.propose()));
            all
        },
        S::Objected,
        S::Proposed,
        "B: AVAILABLE +a, COMMITTED −a · B: RESERVED +n, AVAILABLE −n",
    );
    edge(
        "9",
        Town::at(S::OnNotice),
        |town| one(town.end_notice()),
        S::OnNotice,
        S::AwaitPayee,
        "–",
    );
}

#[test]
fn confirmed_declined_expired() {
    edge(
        "10",
        Town::at(S::AwaitPayee),
        |town| one(town.confirm()),
        S::AwaitPayee,
        S::Confirmed,
        "F: EXPENSE +a, PAYABLE −a",
    );
    edge(
        "11, declined",
        Town::at(S::AwaitPayee),
        |town| {
            let payout = town.id();
            one(town.user("EN0", Command::Decline { payout }))
        },
        S::AwaitPayee,
        S::Declined,
        "B: AVAILABLE +a, COMMITTED −a",
    );
    edge(
        "11, expired",
        Town::at(S::AwaitPayee),
        |town| {
            for _ in 0..2 {
                let payout = town.id();
                town.system(Command::Remind { payout }).unwrap();
            }
            // Sixty days after the notice ended on 2026-03-25.
            town.now = at(day(2026, 5, 25), 0, 0, 0);
            let payout = town.id();
            one(town.system(Command::Expire { payout }))
        },
        S::AwaitPayee,
        S::Expired,
        "B: AVAILABLE +a, COMMITTED −a",
    );
}

pub(super) fn void(town: &mut Town) -> Vec<Effects> {
    let (batch, reason) = (BatchId::new(BATCH), "文件未离开本机".to_owned());
    one(town.motion(&["PMK", "PCK"], Action::VoidBatch { batch, reason }))
}

#[test]
fn batched_sealed_sent() {
    edge(
        "12",
        Town::at(S::Confirmed),
        |town| one(town.make_batch(BATCH)),
        S::Confirmed,
        S::Batched,
        "–",
    );
    edge(
        "13",
        Town::at(S::Batched),
        |town| {
            let (batch, payouts) = (BatchId::new(BATCH), vec![town.id()]);
            one(town.user("PMK", Command::Unbatch { batch, payouts }))
        },
        S::Batched,
        S::Confirmed,
        "–",
    );
    edge(
        "14",
        Town::at(S::Batched),
        |town| one(town.seal(BATCH)),
        S::Batched,
        S::Sealed,
        "F: PAYABLE +a, TRANSIT −a",
    );
    edge(
        "15",
        Town::at(S::Sealed),
        void,
        S::Sealed,
        S::Confirmed,
        "F: TRANSIT +a, PAYABLE −a",
    );
    edge(
        "16",
        Town::at(S::Sealed),
        |town| one(town.begin(BATCH)),
        S::Sealed,
        S::Sending,
        "–",
    );
    edge(
        "17, receipt",
        Town::at(S::Sending),
        |town| one(town.sent(BATCH)),
        S::Sending,
        S::Sent,
        "–",
    );
    edge(
        "17, statement",
        Town::at(S::Sending),
        |town| {
            let (batch, statement) = (BatchId::new(BATCH), digest("handed over"));
            one(town.motion(&["PMK", "PCK"], Action::HandOver { batch, statement }))
        },
        S::Sending,
        S::Sent,
        "–",
    );
    edge(
        "18",
        Town::at(S::Sending),
        unknown,
        S::Sending,
        S::Unknown,
        "–",
    );
}

pub(super) fn unknown(town: &mut Town) -> Vec<Effects> {
    let payout = town.id();
    one(town.system(Command::MarkUnknown { payout }))
}
