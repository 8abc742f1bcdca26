//! The transitions of PAYOUTS.md part 2 once a file has left: what banks say, what comes back, what
//! is claimed, and how it ends.

use PayoutState as S;

use super::edges::{VALUES, edge, one, unknown, value, void};
use super::town::*;
use crate::payouts::*;

/// From each of the states that wait for an answer.
fn waiting() -> Vec<Town> {
    let mut towns = vec![Town::at(S::Sent), Town::at(S::Accepted)];
    let mut silent = Town::at(S::Sent);
    unknown(&mut silent);
    towns.push(silent);
    towns
}

#[test]
fn what_banks_say() {
    for town in waiting() {
        let from = town.state().unwrap();
        if from != S::Accepted {
            edge(
                "19",
                town.clone(),
                |town| one(town.answer(1, accepted())),
                from,
                S::Accepted,
                "–",
            );
        }
        if from != S::Unknown {
            edge("20", town.clone(), unknown, from, S::Unknown, "–");
        }
        edge(
            "21",
            town.clone(),
            |town| one(town.answer(1, booked("D1"))),
            from,
            S::Paid,
            "F: TRANSIT +a, CASH −a · B: SPENT +a, COMMITTED −a",
        );
        edge(
            "22",
            town.clone(),
            |town| one(town.answer(1, rejected())),
            from,
            S::Rejected,
            "F: TRANSIT +a, PAYABLE −a",
        );
        edge(
            "22, DUPL is no rejection",
            town,
            |town| {
                let effects = one(town.answer(1, fact(FactKind::Duplicate, None, "DUPL")));
                assert!(town.payout().has_questions());
                effects
            },
            from,
            from,
            "–",
        );
    }
}

fn rule(town: &mut Town, outcome: Outcome) -> Vec<Effects> {
    let action = Action::RuleUnknown {
        payout: town.id(),
        attempt: 1,
        outcome,
        on: day(2026, 3, 26),
        evidence: digest("letter"),
    };
    one(town.motion(&["RC1", "RC2"], action))
}

#[test]
fn the_unknown_is_ruled_on() {
    let silent = || {
        let mut town = Town::at(S::Sent);
        unknown(&mut town);
        town
    };
    edge(
        "23, paid",
        silent(),
        |town| rule(town, Outcome::Paid),
        S::Unknown,
        S::Paid,
        "F: TRANSIT +a, CASH −a · B: SPENT +a, COMMITTED −a",
    );
    edge(
        "23, not paid",
        silent(),
        |town| rule(town, Outcome::Rejected),
        S::Unknown,
        S::Rejected,
        "F: TRANSIT +a, PAYABLE −a",
    );
}

fn reissue(town: &mut Town) -> Vec<Effects> {
    let (payout, cause) = (town.id(), "账户已更正".to_owned());
    one(town.motion(&["MK", "CK"], Action::Reissue { payout, cause }))
}

fn cancel(town: &mut Town) -> Vec<Effects> {
    let (payout, reason) = (town.id(), "企业注销".to_owned());
    one(town.motion(&["MK", "CK", "AP1"], Action::Cancel { payout, reason }))
}

fn with(state: PayoutState, facts: &[BankFact]) -> Town {
    let mut town = Town::at(state);
    for fact in facts {
        town.answer(1, fact.clone()).unwrap();
    }
    town
}

#[test]
fn returned_and_paid_again() {
    edge(
        "24, all of it",
        Town::at(S::Paid),
        |town| one(town.answer(1, returned(AWARD, "T1"))),
        S::Paid,
        S::Returned,
        "F: CASH +a, RETURNED −a · B: COMMITTED +a, SPENT −a",
    );
    // A part return keeps the item in PAID with an open part (notes below the table).
    edge(
        "24, a part",
        Town::at(S::Paid),
        |town| one(town.answer(1, returned(value('r'), "T1"))),
        S::Paid,
        S::Paid,
        "F: CASH +r, RETURNED −r · B: COMMITTED +r, SPENT −r",
    );
    edge(
        "25, refused",
        with(S::Sent, &[rejected()]),
        reissue,
        S::Rejected,
        S::Reissue,
        "–",
    );
    edge(
        "25, returned",
        with(S::Paid, &[returned(AWARD, "T1")]),
        reissue,
        S::Returned,
        S::Reissue,
        "F: RETURNED +a, PAYABLE −a",
    );
    edge(
        "25, a part",
        with(S::Paid, &[returned(value('r'), "T1")]),
        reissue,
        S::Paid,
        S::Reissue,
        "F: RETURNED +r, PAYABLE −r",
    );
    let mut changed = with(S::Paid, &[returned(AWARD, "T1")]);
    changed
        .motion(&["EN0", "CK"], change_payee(0, "6222000000000018"))
        .unwrap();
    edge(
        "25, another account",
        changed.clone(),
        reissue,
        S::Returned,
        S::AwaitPayee,
        "F: RETURNED +a, PAYABLE −a",
    );
    // The expense is recognised once: a new confirmation posts nothing.
    reissue(&mut changed);
    edge(
        "25 and 10 again",
        changed,
        |town| one(town.confirm()),
        S::AwaitPayee,
        S::Reissue,
        "–",
    );
    let mut again = with(S::Paid, &[returned(AWARD, "T1")]);
    reissue(&mut again);
    edge(
        "26",
        again,
        |town| one(town.make_batch("B2")),
        S::Reissue,
        S::Batched,
        "–",
    );
}

#[test]
fn a_returned_part_is_paid_in_a_second_attempt() {
    let mut town = with(S::Paid, &[returned(value('r'), "T1")]);
    reissue(&mut town);
    town.send("B2");
    assert_eq!(town.payout().alive().unwrap().amount, fen(value('r')));
    let second = fact(FactKind::Booked, Some(value('r')), "D2");
    let effects = one(town.answer(2, second));
    let expected = "F: TRANSIT +r, CASH −r · B: SPENT +r, COMMITTED −r";
    assert_eq!(postings(&effects), written(expected, &VALUES));
    assert_eq!(town.state(), Some(S::Paid));
    assert_eq!(town.balance(LedgerAccount::Cash), -AWARD);
    assert_eq!(town.balance(LedgerAccount::Spent), AWARD);
    assert_eq!(town.balance(LedgerAccount::Payable), 0);
    assert_eq!(town.balance(LedgerAccount::Returned), 0);
}

#[test]
fn given_up_after_the_bank() {
    edge(
        "27, refused",
        with(S::Sent, &[rejected()]),
        cancel,
        S::Rejected,
        S::Cancelled,
        "F: PAYABLE +a, EXPENSE −a · B: AVAILABLE +a, COMMITTED −a",
    );
    edge(
        "27, returned",
        with(S::Paid, &[returned(AWARD, "T1")]),
        cancel,
        S::Returned,
        S::Cancelled,
        "F: RETURNED +a, EXPENSE −a · B: AVAILABLE +a, COMMITTED −a",
    );
    // What was paid of it stays paid.
    edge(
        "27, a part",
        with(S::Paid, &[returned(value('r'), "T1")]),
        cancel,
        S::Paid,
        S::Paid,
        "F: RETURNED +r, EXPENSE −r · B: AVAILABLE +r, COMMITTED −r",
    );
    // Before the enterprise has confirmed, nothing is owed yet.
    edge(
        "5, once approved",
        Town::at(S::AwaitPayee),
        cancel,
        S::AwaitPayee,
        S::Cancelled,
        "B: AVAILABLE +a, COMMITTED −a",
    );
}

fn claw_back(town: &mut Town, is_prior_year: bool, returns_to_budget: bool) -> Vec<Effects> {
    let terms = ClaimTerms {
        amount: fen(value('c')),
        document: "追回决定1号".to_owned(),
        due: day(2026, 12, 1),
        is_prior_year,
        returns_to_budget,
    };
    let payout = town.id();
    one(town.motion(&["MK", "CK", "AP1"], Action::Clawback { payout, terms }))
}

fn claimed(returns_to_budget: bool) -> Town {
    let mut town = Town::at(S::Paid);
    claw_back(&mut town, false, returns_to_budget);
    town
}

/// The movement and its match are one step of the table.
fn recover(town: &mut Town, amount: i64) -> Vec<Effects> {
    let mut all = one(town.stray("C1", amount));
    let line = BankLine::id_of(&PayerId::new(PAYER), "C1");
    let payout = town.id();
    all.extend(one(town.system(Command::Recover {
        payout,
        claim: 1,
        line,
    })));
    all
}

#[test]
fn claimed_back() {
    edge(
        "28, same year",
        Town::at(S::Paid),
        |town| claw_back(town, false, false),
        S::Paid,
        S::Paid,
        "F: CLAWBACK +c, EXPENSE −c",
    );
    let mut settled = Town::at(S::Settled);
    settled.now = at(day(2027, 2, 1), 9, 0, 0);
    edge(
        "28, a later year",
        settled,
        |town| claw_back(town, true, false),
        S::Settled,
        S::Settled,
        "F: CLAWBACK +c, PRIOR −c",
    );
    edge(
        "29",
        claimed(false),
        |town| recover(town, value('p')),
        S::Paid,
        S::Paid,
        "F: CASH +p, CLAWBACK −p",
    );
    edge(
        "29, back to the budget",
        claimed(true),
        |town| recover(town, value('p')),
        S::Paid,
        S::Paid,
        "F: CASH +p, CLAWBACK −p · B: AVAILABLE +p, SPENT −p",
    );
    // The budget of a year that is over takes nothing back ("same year, if rule says so").
    let mut late = claimed(true);
    late.now = at(day(2027, 1, 1), 0, 0, 0);
    edge(
        "29, a later year",
        late,
        |town| recover(town, value('p')),
        S::Paid,
        S::Paid,
        "F: CASH +p, CLAWBACK −p",
    );
    // Interest is above what is claimed.
    edge(
        "29, with interest",
        claimed(false),
        |town| recover(town, value('c') + value('i')),
        S::Paid,
        S::Paid,
        "F: CASH +c, CLAWBACK −c · F: CASH +i, INTEREST −i",
    );
}

#[test]
fn set_against_another_or_written_off() {
    // What is set against a claim is spent of the other award: SPENT is the sum of what is paid
    // or set off (balance checks below the table).
    let mut two = claimed(false);
    second_confirmed(&mut two);
    edge(
        "30",
        two,
        |town| {
            let action = Action::Offset {
                payout: town.id(),
                claim: 1,
                against: award(0, "2026", AWARD).key.payout_id(),
                amount: fen(value('p')),
                law: "条例第三十条".to_owned(),
            };
            one(town.motion(&["MK", "CK", "AP1"], action))
        },
        S::Paid,
        S::Paid,
        "F: PAYABLE +p, CLAWBACK −p · B: SPENT +p, COMMITTED −p",
    );
    edge(
        "31",
        claimed(false),
        |town| {
            let action = Action::WriteOff {
                payout: town.id(),
                claim: 1,
                amount: fen(value('p')),
                document: "核销决定1号".to_owned(),
            };
            one(town.motion(&["AP1", "AP2"], action))
        },
        S::Paid,
        S::Paid,
        "F: LOSS +p, CLAWBACK −p",
    );
}

fn take_back(town: &mut Town, amount: i64) -> Carried {
    let action = Action::WithdrawClaim {
        payout: town.id(),
        claim: 1,
        amount: fen(amount),
        document: "撤回追回决定1号".to_owned(),
    };
    town.motion(&["MK", "CK", "AP1"], action)
}

/// The bank returned what was claimed: there is nothing left to claim, and nothing was lost.
#[test]
fn a_claim_on_money_that_the_bank_returned_is_taken_back() {
    // Nothing came back: the claim stands.
    let mut stands = claimed(false);
    assert_eq!(take_back(&mut stands, 1).unwrap_err().code(), 405);
    let mut town = claimed(false);
    town.answer(1, returned(AWARD, "T1")).unwrap();
    let too_much = take_back(&mut town.clone(), value('c') + 1);
    assert_eq!(too_much.unwrap_err().code(), 405);
    edge(
        "28, taken back",
        town.clone(),
        |town| one(take_back(town, value('c'))),
        S::Returned,
        S::Returned,
        "F: EXPENSE +c, CLAWBACK −c",
    );
    take_back(&mut town, value('c')).unwrap();
    assert!(town.payout().claims[0].open().is_zero());
    // A part that the enterprise still has stays claimed.
    let mut part = claimed(false);
    let left = value('c') - 7;
    part.answer(1, returned(AWARD - left, "T1")).unwrap();
    assert_eq!(take_back(&mut part, 8).unwrap_err().code(), 405);
    take_back(&mut part, 7).unwrap();
    assert_eq!(part.payout().claims[0].open(), fen(left));
    // What was taken back may be claimed again, no more than what is there.
    assert_eq!(take_back(&mut part, 1).unwrap_err().code(), 405);
}

/// Another award of the first enterprise, confirmed.
pub(super) fn second_confirmed(town: &mut Town) -> PayoutId {
    let other = award(0, "2026", AWARD);
    let payout = other.key.payout_id();
    let id = || payout.clone();
    let recomputed = other.digest();
    town.system(Command::Entitle(Box::new(other))).unwrap();
    town.user("MK", Command::Propose { payout: id() }).unwrap();
    let check = Command::Check {
        payout: id(),
        recomputed,
    };
    town.user("CK", check).unwrap();
    town.user("AP1", Command::Approve { payout: id() }).unwrap();
    let mut notice = town.notice("N2");
    notice.payouts = vec![id()];
    notice.from = town.now.business_date();
    notice.until = day(2026, 12, 1).min(day(2026, 5, 31));
    town.user("MK", Command::Publish(notice)).unwrap();
    town.now = at(day(2026, 6, 1), 9, 0, 0);
    town.system(Command::EndNotice { payout: id() }).unwrap();
    let payee_version = town.books.payee(&uscc(0)).unwrap().versions.len();
    let confirm = Command::Confirm {
        payout: id(),
        payee_version: u32::try_from(payee_version).unwrap(),
    };
    town.user("EN0", confirm).unwrap();
    payout
}

#[test]
fn what_nobody_ordered() {
    for (sign, expected) in [
        (1, "F: CASH +x, UNMATCHED −x"),
        (-1, "F: CASH −x, UNMATCHED +x"),
    ] {
        let mut town = Town::new();
        let effects = one(town.stray("S1", sign * value('x')));
        assert_eq!(postings(&effects), written(expected, &VALUES), "32");
    }
    // A movement and its reversal leave nothing in 未达.
    let mut town = Town::new();
    town.stray("S1", value('x')).unwrap();
    town.stray("S2", -value('x')).unwrap();
    let payer = PayerId::new(PAYER);
    let action = Action::MatchReversal {
        line: BankLine::id_of(&payer, "S1"),
        other: BankLine::id_of(&payer, "S2"),
    };
    town.motion(&["RC1", "RC2"], action).unwrap();
    for account in LedgerAccount::ALL {
        let kept = match account {
            LedgerAccount::Granted => -GRANT,
            LedgerAccount::Available => GRANT,
            _ => 0,
        };
        assert_eq!(town.balance(account), kept, "{}", account.name());
    }
}

#[test]
fn settled() {
    let mut town = Town::at(S::Paid);
    let bureau = bureau();
    let until = day(2026, 4, 30);
    town.now = at(day(2026, 5, 6), 9, 0, 0);
    town.motion(&["RC1", "AP1"], Action::ClosePeriod { bureau, until })
        .unwrap();
    edge(
        "33",
        town,
        |town| {
            let payout = town.id();
            one(town.system(Command::Settle { payout }))
        },
        S::Paid,
        S::Settled,
        "–",
    );
}

#[test]
fn a_supplement_pays_the_difference() {
    let mut town = Town::at(S::Paid);
    let mut more = award(0, "2025", 4_000_000);
    more.key.supplement = 1;
    more.origin.paid_before = fen(AWARD);
    let payout = more.key.payout_id();
    assert_ne!(payout, town.id());
    town.system(Command::Entitle(Box::new(more))).unwrap();
    let effects = town.user("MK", Command::Propose { payout }).unwrap();
    let expected = written("B: RESERVED +a, AVAILABLE −a", &[('a', 4_000_000)]);
    assert_eq!(postings(&[effects]), expected);
}

#[test]
fn an_account_that_changes_is_confirmed_again() {
    for state in [S::Confirmed, S::Batched] {
        let mut town = Town::at(state);
        town.motion(&["EN0", "CK"], change_payee(0, "6222000000000018"))
            .unwrap();
        assert_eq!(town.state(), Some(S::AwaitPayee), "{state:?}");
        town.confirm().unwrap();
        assert_eq!(town.state(), Some(S::Confirmed), "{state:?}");
    }
    // A sealed file is not affected; once it is void, the new account must be confirmed.
    let mut town = Town::at(S::Sealed);
    town.motion(&["EN0", "CK"], change_payee(0, "6222000000000018"))
        .unwrap();
    assert_eq!(town.state(), Some(S::Sealed));
    let frozen = town.payout().attempts[0].payee.clone().unwrap();
    assert_eq!(frozen.account, "6222000000000000");
    void(&mut town);
    assert_eq!(town.state(), Some(S::AwaitPayee));
    town.confirm().unwrap();
    town.send("B2");
    let frozen = town.payout().attempts[1].payee.clone().unwrap();
    assert_eq!(frozen.account, "6222000000000018");
}
