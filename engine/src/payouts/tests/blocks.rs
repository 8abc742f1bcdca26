//! Payments to an enterprise that a bureau stops, and lets go on.

use super::town::{Carried, Town, award, bureau, digest, uscc, user};
use crate::payouts::actor::Role;
use crate::payouts::command::Command;
use crate::payouts::ids::{BudgetLineId, BureauId};
use crate::payouts::motion::Action;
use crate::payouts::payee::Block;
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
    let told = refused(town.confirm(), 602);
    assert!(
        !told.contains("涉诉") && told.contains("其他单位"),
        "{told}"
    );
    // Nobody here lifts it, in their own name or in that of the other bureau.
    refused(town.motion(&["MK", "CK"], lift(Some(bureau()))), 207);
    refused(town.motion(&["MK", "CK"], lift(Some(other.clone()))), 105);
    refused(town.motion(&["MK", "CK"], lift(None)), 207);
    refused(town.user("CK", block(Some(other.clone()))), 105);
    // Both stop it, and each lets go of its own.
    town.user("CK", block(Some(bureau()))).unwrap();
    let told = refused(town.confirm(), 602);
    assert!(told.contains("涉诉"), "{told}");
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
    refused(town.confirm(), 602);
    town.motion(&["MK", "CK"], lift(None)).unwrap();
    town.confirm().unwrap();
}
