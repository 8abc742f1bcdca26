//! Just below, at and just above: amounts, days, people's limits, and clocks that are wrong.

use PayoutState as S;

use super::town::*;
use crate::payouts::*;

fn code(carried: Carried) -> Option<u16> {
    carried.err().map(|refusal| refusal.code())
}

#[test]
fn days_are_those_of_beijing() {
    let midnight = at(day(2027, 1, 1), 0, 0, 0);
    for (moment, date) in [
        (midnight, day(2027, 1, 1)),
        (Moment(midnight.0 - 1), day(2026, 12, 31)),
        (at(day(2028, 2, 29), 0, 0, 0), day(2028, 2, 29)),
        (at(day(2028, 2, 29), 23, 59, 59), day(2028, 2, 29)),
        (at(day(2028, 3, 1), 0, 0, 0), day(2028, 3, 1)),
        (Moment(0), day(1970, 1, 1)),
        (Moment(16 * 3_600 * 1_000_000), day(1970, 1, 2)),
        (Moment(16 * 3_600 * 1_000_000 - 1), day(1970, 1, 1)),
        (Moment(-8 * 3_600 * 1_000_000 - 1), day(1969, 12, 31)),
        // 2^31 seconds: 2038-01-19 03:14:08 UTC is 11:14:08 in Beijing.
        (Moment(2_147_483_648_000_000), day(2038, 1, 19)),
        (at(day(2100, 2, 28), 23, 59, 59), day(2100, 2, 28)),
        (at(day(2100, 3, 1), 0, 0, 0), day(2100, 3, 1)),
    ] {
        assert_eq!(moment.business_date(), date, "{moment:?}");
    }
    // The ends of the scale are days, too.
    assert!(Moment(i64::MIN).business_date() < Moment(i64::MAX).business_date());
}

/// The money of a year is paid in that year: on its last day, and not a second later.
#[test]
fn the_last_second_of_a_year() {
    let last = at(day(2026, 12, 31), 23, 59, 59);
    let mut town = Town::at(S::Confirmed);
    town.now = last;
    town.make_batch(BATCH).unwrap();
    let mut late = town.clone();
    town.seal(BATCH).unwrap();
    assert_eq!(town.state(), Some(S::Sealed));
    // The day that the file asks for has passed when it would be frozen.
    late.now = Moment(last.0 + 1_000_000);
    assert_eq!(code(late.seal(BATCH)), Some(605));
    // An answer of the next year is of this instruction all the same.
    town.begin(BATCH).unwrap();
    town.sent(BATCH).unwrap();
    town.now = at(day(2027, 1, 4), 9, 0, 0);
    town.answer(1, booked("D1")).unwrap();
    assert_eq!(town.balance(LedgerAccount::Spent), AWARD);
}

/// A clock that goes back closes nothing, opens nothing, and books nothing into a closed period.
#[test]
fn a_clock_that_goes_back() {
    let mut town = Town::at(S::OnNotice);
    town.now = at(day(2026, 3, 25), 0, 0, 0);
    let payout = town.id();
    town.system(Command::EndNotice { payout }).unwrap();
    // One day back: the notice is over all the same, and nobody can object any more.
    town.now = at(day(2026, 3, 24), 0, 0, 0);
    assert_eq!(code(town.object()), Some(301));
    town.confirm().unwrap();
    let mut town = Town::at(S::Settled);
    for (moment, refused) in [
        (at(day(1970, 1, 1), 8, 0, 0), Some(701)),
        (at(day(2026, 4, 30), 23, 59, 59), Some(701)),
        (at(day(2026, 5, 1), 0, 0, 0), None),
    ] {
        town.now = moment;
        assert_eq!(code(town.answer(1, returned(5, "T1"))), refused);
    }
    // A period closes after its last day, once, and only forwards.
    let close = |town: &mut Town, until| {
        let bureau = bureau();
        code(town.motion(&["RC1", "AP1"], Action::ClosePeriod { bureau, until }))
    };
    town.now = at(day(2026, 5, 31), 23, 59, 59);
    assert_eq!(close(&mut town, day(2026, 5, 31)), Some(503));
    assert_eq!(close(&mut town, day(2026, 4, 30)), Some(208));
    town.now = at(day(2026, 6, 1), 0, 0, 0);
    assert_eq!(close(&mut town, day(2026, 5, 31)), None);
}

#[test]
fn amounts() {
    // 100 billion yuan is the most; see `entitle`.
    const MOST: i64 = 10_000_000_000_000;
    for (amount, refused) in [
        (i64::MIN, Some(401)),
        (-1, Some(401)),
        (0, Some(401)),
        (1, None),
        (MOST, None),
        (MOST + 1, Some(401)),
        (i64::MAX, Some(401)),
    ] {
        let mut town = Town::new();
        let award = award(0, "2025", amount);
        let carried = town.system(Command::Entitle(Box::new(award)));
        assert_eq!(code(carried), refused, "{amount}");
        let carried = town.motion(&["MK", "CK"], grant("财预〔2026〕3号", amount));
        let refused = match amount {
            i64::MAX => Some(402),
            _ if amount <= 0 => Some(401),
            _ => None,
        };
        assert_eq!(code(carried), refused, "grant of {amount}");
    }
    // The budget covers it to the fen.
    for (amount, refused) in [(GRANT, None), (GRANT + 1, Some(403))] {
        let mut town = Town::new();
        let award = award(0, "2025", amount);
        town.system(Command::Entitle(Box::new(award))).unwrap();
        assert_eq!(code(town.propose()), refused, "{amount}");
    }
    // A movement of any size is kept, as far as it can be booked.
    for (amount, refused) in [(i64::MAX, None), (i64::MIN, Some(402)), (0, Some(401))] {
        assert_eq!(code(Town::new().stray("S1", amount)), refused, "{amount}");
    }
}

#[test]
fn tiers_and_second_approvers() {
    for (limit, refused) in [(AWARD - 1, Some(107)), (AWARD, None), (AWARD + 1, None)] {
        let mut town = Town::at(S::Checked);
        let mut approver = user("AP3", "AP3", &[Role::Approver]);
        approver.approves_up_to = Some(fen(limit));
        town.set_up(approver);
        let payout = town.id();
        let carried = town.user("AP3", Command::Approve { payout });
        assert_eq!(code(carried), refused, "{limit}");
        // A borrowed role is worth no more than its owner's, and no more than the borrower's.
        let mut town = Town::at(S::Checked);
        let mut lender = user("AP3", "AP3", &[Role::Approver]);
        lender.approves_up_to = Some(fen(limit));
        town.set_up(lender);
        let lent = Delegation {
            of: user_id("AP3"),
            to: user_id("AP2"),
            role: Role::Approver,
            from: day(2026, 1, 1),
            until: day(2026, 12, 31),
        };
        town.user("AP3", Command::Delegate(lent)).unwrap();
        let (payout, user, of) = (town.id(), user_id("AP2"), user_id("AP3"));
        let carried = town.order(Actor::Delegate { user, of }, Command::Approve { payout });
        assert_eq!(code(carried), refused, "{limit} lent");
    }
    for (from, needs_second) in [(AWARD - 1, true), (AWARD, true), (AWARD + 1, false)] {
        let mut town = Town::at(S::Checked);
        town.system(configure(Some(from))).unwrap();
        town.approve().unwrap();
        if !needs_second {
            assert_eq!(town.state(), Some(S::Approved), "{from}");
            continue;
        }
        assert_eq!(town.state(), Some(S::Checked), "{from}");
        assert_eq!(code(town.approve()), Some(106));
        let payout = town.id();
        town.user("AP2", Command::Approve { payout }).unwrap();
        assert_eq!(town.state(), Some(S::Approved), "{from}");
    }
}

/// In force today, or awarded while it was (edge 4).
#[test]
fn the_time_of_a_policy() {
    let inside = day(2025, 6, 30);
    let (before, after) = (day(2024, 12, 31), day(2026, 3, 16));
    for (award_date, effective, expires, refused) in [
        (inside, day(2025, 1, 1), Some(day(2025, 12, 31)), None),
        (inside, day(2025, 6, 30), Some(day(2025, 6, 30)), None),
        (before, day(2025, 1, 1), None, None),
        (before, day(2025, 1, 1), Some(day(2026, 3, 16)), None),
        (before, day(2025, 1, 1), Some(day(2026, 3, 15)), Some(501)),
        (after, day(2025, 1, 1), Some(day(2025, 12, 31)), Some(501)),
        (inside, day(2026, 3, 17), None, Some(503)),
        (inside, day(2026, 3, 16), None, None),
    ] {
        let mut town = Town::new();
        let mut one = award(0, "2025", 5);
        one.terms.award_date = award_date;
        one.terms.effective = effective;
        one.terms.expires = expires;
        town.system(Command::Entitle(Box::new(one))).unwrap();
        town.propose().unwrap();
        town.check().unwrap();
        let label = format!("{award_date} {effective} {expires:?}");
        assert_eq!(code(town.approve()), refused, "{label}");
    }
}

#[test]
fn the_length_of_a_notice() {
    for (from, until, working_days, refused) in [
        (day(2026, 3, 17), day(2026, 3, 24), 5, None),
        (day(2026, 3, 16), day(2026, 3, 23), 5, None),
        (day(2026, 3, 15), day(2026, 3, 23), 5, Some(503)),
        (day(2026, 3, 17), day(2026, 3, 24), 4, Some(502)),
        (day(2026, 3, 17), day(2026, 3, 17), 5, Some(503)),
        // Four days hold no five working days, whatever the calendar says.
        (day(2026, 3, 17), day(2026, 3, 21), 5, Some(503)),
        (day(2026, 3, 17), day(2026, 3, 22), 5, None),
    ] {
        let mut town = Town::at(S::Approved);
        let mut notice = town.notice("N1");
        (notice.from, notice.until) = (from, until);
        notice.working_days = working_days;
        let carried = town.user("MK", Command::Publish(notice));
        assert_eq!(code(carried), refused, "{from} to {until}, {working_days}");
    }
}

/// What was said against an award is answered, also when the award begins anew.
#[test]
fn objections_outlive_the_award() {
    let mut town = Town::at(S::OnNotice);
    town.object().unwrap();
    let (payout, reason) = (town.id(), "重新核算".to_owned());
    town.motion(&["MK", "CK", "AP1"], Action::Cancel { payout, reason })
        .unwrap();
    assert_eq!(code(town.object()), Some(301));
    town.entitle().unwrap();
    town.propose().unwrap();
    town.check().unwrap();
    town.approve().unwrap();
    let notice = town.notice("N2");
    town.user("MK", Command::Publish(notice)).unwrap();
    assert_eq!(town.state(), Some(S::Objected));
    assert_eq!(code(town.end_notice()), Some(506));
    town.now = at(day(2026, 3, 18), 9, 0, 0);
    town.object().unwrap();
    let numbers = |town: &Town| -> Vec<(u32, bool)> {
        let objections = town.payout().objections.iter();
        let open = objections.map(|one| (one.number, one.is_open()));
        open.collect()
    };
    assert_eq!(numbers(&town), [(1, true), (2, true)]);
    for (objection, state) in [(1, S::Objected), (2, S::OnNotice)] {
        let action = Action::ResolveObjection {
            payout: town.id(),
            objection,
            finding: Finding::Unfounded,
            text: digest("finding"),
        };
        town.motion(&["CK", "AP1"], action).unwrap();
        assert_eq!(town.state(), Some(state));
    }
}

#[test]
fn accounts_that_no_bank_could_take() {
    let cases: [(fn(&mut PayeeDetails), Option<u16>); 9] = [
        (|_| {}, None),
        (|one| one.cnaps = "313651027012".to_owned(), None),
        (|one| one.cnaps = "313522004114".to_owned(), Some(601)),
        (|one| one.cnaps = "31352200411".to_owned(), Some(601)),
        (|one| one.account = "6.222E+18".to_owned(), Some(601)),
        (|one| one.account = String::new(), Some(601)),
        (|one| one.account = "3500-0000-0000-0001".to_owned(), None),
        (|one| one.name = "=示例机械有限公司".to_owned(), Some(601)),
        (|one| one.name = "示例\u{200b}机械".to_owned(), Some(601)),
    ];
    for (change, refused) in cases {
        let mut town = Town::bare();
        let mut changed = details("6222000000000000");
        change(&mut changed);
        let action = Action::ChangePayee {
            uscc: uscc(0),
            details: changed.clone(),
        };
        let carried = town.motion(&["EN0", "CK"], action);
        assert_eq!(code(carried), refused, "{changed:?}");
    }
    // The name of the account is that of the enterprise, however it is typed.
    for (name, refused) in [
        ("示例机械有限公司", None),
        ("示例 机械有限公司", None),
        ("示例机械有限责任公司", Some(601)),
    ] {
        let mut town = Town::at(S::AwaitPayee);
        let mut changed = details("6222000000000018");
        changed.name = name.to_owned();
        let action = Action::ChangePayee {
            uscc: uscc(0),
            details: changed,
        };
        town.motion(&["EN0", "CK"], action).unwrap();
        assert_eq!(code(town.confirm()), refused, "{name}");
    }
}

/// What one bureau has stays its own.
#[test]
fn another_bureau() {
    let mut town = Town::at(S::Confirmed);
    let other = BureauId::new("邻县财政局");
    let line = BudgetLineId::new("邻县/未达");
    let fiscal_year = 2026;
    let bureau = other.clone();
    town.system(Command::SetLine {
        line: line.clone(),
        bureau,
        fiscal_year,
    })
    .unwrap();
    let mut theirs = payer();
    theirs.id = PayerId::new("邻县零余额");
    theirs.bureau = other.clone();
    // The suspense account of another bureau is no place for its money.
    assert_eq!(
        code(town.system(Command::SetPayer(theirs.clone()))),
        Some(205)
    );
    theirs.suspense = line;
    town.system(Command::SetPayer(theirs.clone())).unwrap();
    // Where money lies in 未达, the account keeps its place.
    let mut moved = theirs.clone();
    moved.suspense = BudgetLineId::new(SUSPENSE);
    assert_eq!(code(town.system(Command::SetPayer(moved))), Some(208));
    let mut stranger = user("P9", "P9", &[Role::PaymentMaker]);
    stranger.bureau = other;
    town.set_up(stranger);
    let mut batch = town.new_batch("B9");
    batch.payer = theirs.id;
    let carried = town.user("P9", Command::MakeBatch(batch));
    assert_eq!(code(carried), Some(201));
}

/// The same movement twice changes nothing; another one of the same name is asked about.
#[test]
fn the_name_of_a_movement() {
    let mut town = Town::new();
    town.stray("S1", 5).unwrap();
    assert_eq!(town.stray("S1", 5).unwrap(), Effects::default());
    assert_eq!(code(town.stray("S1", 6)), Some(208));
    // So is an answer: nothing is touched.
    let mut town = Town::at(S::Paid);
    assert_eq!(town.answer(1, booked("D1")).unwrap(), Effects::default());
}
