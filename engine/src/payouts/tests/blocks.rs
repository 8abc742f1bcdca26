//! Payments to an enterprise that a bureau stops, and lets go on.

use super::town::{BATCH, Carried, Town, at, award, bureau, day, digest, uscc, user};
use crate::payouts::actor::Role;
use crate::payouts::books::Thing;
use crate::payouts::command::Command;
use crate::payouts::ids::{BudgetLineId, BureauId};
use crate::payouts::motion::Action;
use crate::payouts::payee::{Block, Payee};
use crate::payouts::refusal::Refusal;
use crate::payouts::stage::PayoutState as S;

fn block(of: Option<BureauId>) -> Command {
    Command::BlockPayee {
        uscc: uscc(0),
        reason: "涉诉".to_owned(),
        of,
    }
}

fn lift(of: Option<BureauId>) -> Action {
    Action::UnblockPayee {
        uscc: uscc(0),
        reason: "解除冻结".to_owned(),
        of,
    }
}

#[track_caller]
fn refused(carried: Carried, code: u16) -> String {
    let refusal = carried.unwrap_err();
    assert_eq!(refusal.code(), code, "{refusal}");
    refusal.to_string()
}

/// One person stops money; two let it go on.
#[test]
fn a_block_is_lifted_by_two() {
    let mut town = Town::at(S::AwaitPayee);
    let lift = || lift(Some(bureau()));
    let names = ["MK", "CK"];
    refused(town.motion(&names, lift()), 207);
    town.user("CK", block(Some(bureau()))).unwrap();
    refused(town.confirm(), 602);
    // The maker alone, and one who stopped it and would sign for both, change nothing.
    town.motion(&["MK"], lift()).unwrap();
    refused(town.confirm(), 602);
    let both = user("X", "X", &[Role::Maker, Role::Checker]);
    town.set_up(both);
    refused(town.motion(&["X", "X"], lift()), 106);
    refused(town.confirm(), 602);
    town.motion(&names, lift()).unwrap();
    town.confirm().unwrap();
}

/// A town in which another bureau owes the same enterprise something, with two people of it.
fn two_bureaus() -> (Town, BureauId) {
    let mut town = Town::at(S::AwaitPayee);
    let other = BureauId::new("邻县财政局");
    let line = BudgetLineId::new("邻县/奖补");
    town.system(Command::SetLine {
        line: line.clone(),
        bureau: other.clone(),
        fiscal_year: 2026,
    })
    .unwrap();
    let mut theirs = award(0, "2025", 5);
    theirs.key.bureau = other.clone();
    theirs.line = line;
    theirs.origin.award = digest("theirs");
    town.system(Command::Entitle(Box::new(theirs))).unwrap();
    for (name, role) in [("MK8", Role::Maker), ("CK8", Role::Checker)] {
        let mut person = user(name, name, &[role]);
        person.bureau = other.clone();
        town.set_up(person);
    }
    (town, other)
}

/// The account is one, so a block stops all payments; but it is lifted by whoever set it, and its
/// reason is theirs.
#[test]
fn a_block_belongs_to_its_bureau() {
    let (mut town, other) = two_bureaus();
    let theirs = ["MK8", "CK8"];
    town.user("CK8", block(Some(other.clone()))).unwrap();
    refused(town.confirm(), 602);
    // Nobody here lifts it, in their own name or in that of the other bureau.
    refused(town.motion(&["MK", "CK"], lift(Some(bureau()))), 207);
    refused(town.motion(&["MK", "CK"], lift(Some(other.clone()))), 105);
    refused(town.motion(&["MK", "CK"], lift(None)), 207);
    refused(town.user("CK", block(Some(other.clone()))), 105);
    // Both stop it, and each lets go of its own.
    town.user("CK", block(Some(bureau()))).unwrap();
    refused(town.confirm(), 602);
    town.motion(&theirs, lift(Some(other.clone()))).unwrap();
    refused(town.confirm(), 602);
    assert_eq!(town.books.payee(&uscc(0)).unwrap().block_of(&other), None);
    town.motion(&["MK", "CK"], lift(Some(bureau()))).unwrap();
    town.confirm().unwrap();
}

/// Orders of earlier programs named no bureau: whoever paid the enterprise lifted the block.
#[test]
fn a_block_of_an_old_log_belongs_to_nobody() {
    let (mut town, other) = two_bureaus();
    town.user("CK8", block(None)).unwrap();
    let payee = town.books.payee(&uscc(0)).unwrap();
    for bureau in [bureau(), other] {
        assert_eq!(payee.block_of(&bureau), Some(Block::Nobodys("涉诉")));
    }
    // It is kept as it always was.
    let kept = serde_json::to_value(payee).unwrap();
    assert_eq!(kept["blocked"], "涉诉");
    assert!(kept.get("blocks").is_none(), "{kept}");
    let order = serde_json::to_string(&block(None)).unwrap();
    assert!(!order.contains("of"), "{order}");
    // So is the answer, which the log holds.
    let told = refused(town.confirm(), 602);
    assert!(told.contains("涉诉"), "{told}");
    town.motion(&["MK", "CK"], lift(None)).unwrap();
    town.confirm().unwrap();
}

/// Officials of the bureau read why, those of others that somebody did, and enterprises neither.
#[test]
fn a_reason_is_told_to_its_bureau() {
    let mut town = Town::at(S::AwaitPayee);
    town.user("CK", block(Some(bureau()))).unwrap();
    let told = refused(town.confirm(), 602);
    assert!(
        !told.contains("涉诉") && told.contains("办理单位"),
        "{told}"
    );
    for (of, is_told) in [(bureau(), true), (BureauId::new("邻县财政局"), false)] {
        let mut town = Town::at(S::Computed);
        let payee = Payee {
            blocks: [(of, "涉诉".to_owned())].into(),
            ..Payee::new(uscc(0))
        };
        town.books.put(Thing::Payee(payee));
        let told = refused(town.propose(), 602);
        assert_eq!(told.contains("涉诉"), is_told, "{told}");
        assert_eq!(told.contains("其他单位"), !is_told, "{told}");
    }
}

/// Who may not confirm does not run out of time, and begins anew once it may.
#[test]
fn a_block_stops_the_time_to_confirm() {
    let mut town = Town::at(S::AwaitPayee);
    for _ in 0..2 {
        let payout = town.id();
        town.system(Command::Remind { payout }).unwrap();
    }
    town.user("CK", block(Some(bureau()))).unwrap();
    // Sixty days after the notice ended on 2026-03-25.
    town.now = at(day(2026, 5, 25), 0, 0, 0);
    let expire = |town: &mut Town| {
        let payout = town.id();
        town.system(Command::Expire { payout })
    };
    refused(expire(&mut town), 602);
    town.motion(&["MK", "CK"], lift(Some(bureau()))).unwrap();
    assert_eq!(town.payout().confirm_until, Some(day(2026, 7, 24)));
    assert_eq!(town.payout().reminders, 0);
    let refusal = expire(&mut town).unwrap_err();
    assert!(matches!(refusal, Refusal::NotExpired { .. }), "{refusal}");
    town.confirm().unwrap();
}

/// A batch that is sealed stays: it is taken apart, or leaves once all of it may be paid.
#[test]
fn a_sealed_batch_does_not_leave_with_a_blocked_payment() {
    let mut town = Town::at(S::Sealed);
    town.user("CK", block(Some(bureau()))).unwrap();
    refused(town.begin(BATCH), 602);
    assert_eq!(town.state(), Some(S::Sealed));
    town.motion(&["MK", "CK"], lift(Some(bureau()))).unwrap();
    town.begin(BATCH).unwrap();
}
