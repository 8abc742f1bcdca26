//! Everything that needs several people: carried out by different ones, refused to fewer.

use PayoutState as S;

use super::edges_after::second_confirmed;
use super::town::*;
use crate::payouts::*;

fn claim(town: &mut Town) {
    let action = claw_back(town.id());
    town.motion(&["MK", "CK", "AP1"], action).unwrap();
}

fn claw_back(payout: PayoutId) -> Action {
    let terms = ClaimTerms {
        amount: fen(100),
        document: "追回决定".to_owned(),
        due: day(2026, 12, 1),
        is_prior_year: false,
        returns_to_budget: false,
    };
    Action::Clawback { payout, terms }
}

/// A town in which each kind of action can be carried out, and the action.
fn ready() -> Vec<(Town, Action)> {
    let id = Town::new().id();
    let batch = || BatchId::new(BATCH);
    let line = |name: &str| BankLine::id_of(&PayerId::new(PAYER), name);
    let with = |state, change: &dyn Fn(&mut Town)| {
        let mut town = Town::at(state);
        change(&mut town);
        town
    };
    let rejects = |town: &mut Town| drop(town.answer(1, rejected()).unwrap());
    let silent = |town: &mut Town| {
        let payout = town.id();
        town.system(Command::MarkUnknown { payout }).unwrap();
    };
    let asks = |town: &mut Town| {
        let duplicate = fact(FactKind::Duplicate, None, "DUPL");
        town.answer(1, duplicate).unwrap();
    };
    let comes = |town: &mut Town| {
        claim(town);
        town.stray("C1", 60).unwrap();
    };
    let cancels = |town: &mut Town| {
        town.stray("S1", 60).unwrap();
        town.stray("S2", -60).unwrap();
    };
    let two = |town: &mut Town| {
        claim(town);
        second_confirmed(town);
    };
    let over = |town: &mut Town| town.now = at(day(2026, 5, 6), 9, 0, 0);
    let nothing = |_: &mut Town| {};
    let text = || "依据".to_owned();
    vec![
        (Town::new(), grant("财预〔2026〕2号", 5)),
        (
            with(S::OnNotice, &|town| drop(town.object().unwrap())),
            Action::ResolveObjection {
                payout: id.clone(),
                objection: 1,
                finding: Finding::Unfounded,
                text: digest("finding"),
            },
        ),
        (Town::new(), change_payee(0, "6222000000000018")),
        (
            with(S::Sealed, &nothing),
            Action::VoidBatch {
                batch: batch(),
                reason: text(),
            },
        ),
        (
            with(S::Sending, &nothing),
            Action::HandOver {
                batch: batch(),
                statement: digest("statement"),
            },
        ),
        (
            with(S::Sent, &silent),
            Action::RuleUnknown {
                payout: id.clone(),
                attempt: 1,
                outcome: Outcome::Rejected,
                on: day(2026, 3, 27),
                evidence: digest("letter"),
            },
        ),
        (
            with(S::Sent, &asks),
            Action::CloseQuestion {
                payout: id.clone(),
                attempt: 1,
                question: Question::Duplicate,
                counts: false,
                evidence: digest("letter"),
            },
        ),
        (
            with(S::Sent, &rejects),
            Action::Reissue {
                payout: id.clone(),
                cause: text(),
            },
        ),
        (
            with(S::Sent, &rejects),
            Action::Cancel {
                payout: id.clone(),
                reason: text(),
            },
        ),
        (with(S::Paid, &nothing), claw_back(id.clone())),
        (
            with(S::Paid, &two),
            Action::Offset {
                payout: id.clone(),
                claim: 1,
                against: award(0, "2026", 1).key.payout_id(),
                amount: fen(100),
                law: text(),
            },
        ),
        (
            with(S::Paid, &claim),
            Action::WriteOff {
                payout: id.clone(),
                claim: 1,
                amount: fen(100),
                document: text(),
            },
        ),
        (
            Town::new(),
            Action::Bar {
                uscc: uscc(2),
                until: day(2027, 1, 1),
                document: text(),
            },
        ),
        (
            with(S::AwaitPayee, &|town| {
                let (uscc, reason) = (uscc(0), text());
                let of = Some(bureau());
                let block = Command::BlockPayee { uscc, reason, of };
                town.user("CK", block).unwrap();
            }),
            Action::UnblockPayee {
                uscc: uscc(0),
                reason: text(),
                of: Some(bureau()),
            },
        ),
        (
            with(S::Paid, &|town| {
                claim(town);
                town.answer(1, returned(AWARD, "T1")).unwrap();
            }),
            Action::WithdrawClaim {
                payout: id.clone(),
                claim: 1,
                amount: fen(100),
                document: text(),
            },
        ),
        (
            with(S::Paid, &comes),
            Action::MatchClaim {
                line: line("C1"),
                payout: id,
                claim: 1,
            },
        ),
        (
            with(S::Paid, &cancels),
            Action::MatchReversal {
                line: line("S1"),
                other: line("S2"),
            },
        ),
        (
            with(S::Paid, &over),
            Action::ClosePeriod {
                bureau: bureau(),
                until: day(2026, 3, 31),
            },
        ),
    ]
}

fn seat(at: usize) -> String {
    format!("seat {at}")
}

fn newcomer(name: &str, person: &str, roles: &[Role]) -> User {
    let mut newcomer = user(name, person, roles);
    newcomer.enterprise = roles.contains(&Role::Enterprise).then(|| uscc(0));
    newcomer
}

/// One person on two of the seats.
#[derive(Clone, Copy, Debug)]
enum Way {
    SameUser,
    TwoAccounts,
    ForAnother,
    RoleChanged,
}

#[track_caller]
fn refuse_two_seats(town: &Town, action: &Action, seats: (usize, usize), way: Way) {
    let mut town = town.clone();
    let roles = action.roles();
    let (first, second) = seats;
    let mut actors = Vec::new();
    for (at, role) in roles.iter().enumerate() {
        town.set_up(newcomer(&seat(at), &seat(at), &[*role]));
        actors.push(Actor::User(user_id(&seat(at))));
    }
    let start: &[Role] = match way {
        Way::SameUser => &[roles[first], roles[second]],
        Way::TwoAccounts | Way::ForAnother | Way::RoleChanged => &[roles[first]],
    };
    town.set_up(newcomer("X", "X", start));
    actors[first] = Actor::User(user_id("X"));
    actors[second] = match way {
        Way::SameUser | Way::RoleChanged => Actor::User(user_id("X")),
        Way::TwoAccounts => {
            town.set_up(newcomer("X2", "X", &[roles[second]]));
            Actor::User(user_id("X2"))
        }
        Way::ForAnother => {
            let lent = Delegation {
                of: user_id(&seat(second)),
                to: user_id("X"),
                role: roles[second],
                from: day(2026, 1, 1),
                until: day(2026, 12, 31),
            };
            let of = lent.of.clone();
            town.user(of.as_str(), Command::Delegate(lent)).unwrap();
            let user = user_id("X");
            Actor::Delegate { user, of }
        }
    };
    let motion = MotionId::new("the motion");
    for (at, actor) in actors.into_iter().enumerate() {
        if at == second && matches!(way, Way::RoleChanged) {
            let user = newcomer("X", "X", &[roles[second]]);
            let change = Action::SetUser { user };
            town.motion(&["SEC", "AUD"], change).unwrap();
        }
        let command = if at == 0 {
            Command::OpenMotion {
                motion: motion.clone(),
                action: Box::new(action.clone()),
            }
        } else {
            Command::SignMotion {
                motion: motion.clone(),
            }
        };
        let carried = town.order(actor, command);
        if at == second {
            let refusal = carried.expect_err(&format!("{action:?} {seats:?} {way:?}"));
            assert_eq!(refusal.code(), 106, "{action:?} {seats:?} {way:?}");
            return;
        }
        carried.unwrap();
    }
}

#[test]
fn two_seats_are_two_persons() {
    for (town, action) in ready() {
        let roles = action.roles();
        for second in 1..roles.len() {
            for first in 0..second {
                for way in [
                    Way::SameUser,
                    Way::TwoAccounts,
                    Way::ForAnother,
                    Way::RoleChanged,
                ] {
                    refuse_two_seats(&town, &action, (first, second), way);
                }
            }
        }
        let mut town = town;
        let mut names = Vec::new();
        for (at, role) in roles.iter().enumerate() {
            town.set_up(newcomer(&seat(at), &seat(at), &[*role]));
            names.push(seat(at));
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let label = format!("{action:?}");
        town.motion(&names, action)
            .unwrap_or_else(|refusal| panic!("{label}: {refusal}"));
    }
}

/// Every seat asks for its role: somebody with all the others is not enough.
#[test]
fn each_seat_needs_its_role() {
    for (town, action) in ready() {
        for (at, role) in action.roles().iter().enumerate() {
            let mut town = town.clone();
            let mut names = Vec::new();
            for (seated, needed) in action.roles().iter().enumerate() {
                let others = [
                    Role::Maker,
                    Role::Checker,
                    Role::Approver,
                    Role::PaymentMaker,
                    Role::PaymentChecker,
                    Role::Reconciler,
                ];
                let given: Vec<Role> = if seated == at {
                    // A maker may stand for an enterprise.
                    let stands_in =
                        |other: &Role| *role == Role::Enterprise && *other == Role::Maker;
                    let others = others.into_iter();
                    others
                        .filter(|other| other != role && !stands_in(other))
                        .collect()
                } else {
                    vec![*needed]
                };
                town.set_up(newcomer(&seat(seated), &seat(seated), &given));
                names.push(seat(seated));
            }
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let refusal = town.motion(&names, action.clone()).unwrap_err();
            assert_eq!(refusal.code(), 103, "{action:?} seat {at}: {refusal}");
        }
    }
}

/// What is asked for is looked at when it is asked for and again when the last one signs.
#[test]
fn guards_hold_when_it_is_done() {
    let mut town = Town::at(S::Sent);
    town.answer(1, rejected()).unwrap();
    let (payout, cause) = (town.id(), "更正".to_owned());
    let open = Command::OpenMotion {
        motion: MotionId::new("late"),
        action: Box::new(Action::Reissue { payout, cause }),
    };
    town.user("MK", open).unwrap();
    town.answer(1, booked("D1")).unwrap();
    let motion = MotionId::new("late");
    let refusal = town.user("CK", Command::SignMotion { motion }).unwrap_err();
    assert_eq!(refusal.code(), 301, "{refusal}");
    // It stays open, may be turned down, and then it has ended.
    let withdraw = || Command::WithdrawMotion {
        motion: MotionId::new("late"),
        reason: "银行已付款".to_owned(),
    };
    assert_eq!(town.user("MK2", withdraw()).unwrap_err().code(), 103);
    town.user("MK", withdraw()).unwrap();
    assert_eq!(town.user("MK", withdraw()).unwrap_err().code(), 304);
}

/// A motion keeps the signatures of its own people, not those of another with the same content.
#[test]
fn the_account_names_those_who_signed_for_it() {
    let mut town = Town::bare();
    for (asks, agrees) in [("MK", "CK"), ("MK2", "CK2")] {
        town.motion(&[asks, agrees], change_payee(0, "6222000000000000"))
            .unwrap();
    }
    let payee = town.books.payee(&uscc(0)).unwrap();
    let signed = |at: usize| -> Vec<&str> {
        let signatures = payee.versions[at].signatures.iter();
        signatures
            .map(|signature| signature.user.as_str())
            .collect()
    };
    assert_eq!(signed(0), ["MK", "CK"]);
    assert_eq!(signed(1), ["MK2", "CK2"]);
}
