//! R6: who may do which two steps of one matter. All pairs of steps of one life, in all the ways
//! in which one person can stand behind both.

use super::town::*;
use crate::payouts::*;

/// A step that a person does in the life of a payout, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    AskAccount,
    AgreeAccount,
    Propose,
    Check,
    Approve,
    ApproveSecond,
    CheckFinding,
    ApproveFinding,
    Confirm,
    MakeBatch,
    Seal,
    BeginSending,
    SayHandedOver,
    AgreeHandedOver,
}

use self::Step as P;

const STEPS: [Step; 14] = [
    P::AskAccount,
    P::AgreeAccount,
    P::Propose,
    P::Check,
    P::Approve,
    P::ApproveSecond,
    P::CheckFinding,
    P::ApproveFinding,
    P::Confirm,
    P::MakeBatch,
    P::Seal,
    P::BeginSending,
    P::SayHandedOver,
    P::AgreeHandedOver,
];

/// Pairs that two persons must do, from the actors of PAYOUTS.md part 2 (by number there) and
/// promise P4. Everything else one person may do.
const FORBIDDEN: [(Step, Step, &str); 36] = [
    (P::Propose, P::Check, "MK ≠ CK"),
    (P::Propose, P::Approve, "MK ≠ AP"),
    (P::Propose, P::ApproveSecond, "MK ≠ AP"),
    (P::Check, P::Approve, "CK ≠ AP"),
    (P::Check, P::ApproveSecond, "CK ≠ AP"),
    (P::Approve, P::ApproveSecond, "4: a second AP"),
    (P::Propose, P::CheckFinding, "8: CK of the maker's award"),
    (P::Propose, P::ApproveFinding, "8: AP ∉ {MK, CK}"),
    (P::Check, P::ApproveFinding, "8: AP ∉ {MK, CK}"),
    (P::CheckFinding, P::ApproveFinding, "8: CK + AP"),
    (P::MakeBatch, P::Seal, "14: PMK ≠ PCK"),
    (P::Seal, P::BeginSending, "PMK ≠ PCK"),
    (P::Seal, P::SayHandedOver, "PMK ≠ PCK"),
    (P::MakeBatch, P::AgreeHandedOver, "PMK ≠ PCK"),
    (P::BeginSending, P::AgreeHandedOver, "PMK ≠ PCK"),
    (P::SayHandedOver, P::AgreeHandedOver, "17: two persons"),
    (P::Approve, P::Seal, "no AP is PCK"),
    (P::ApproveSecond, P::Seal, "no AP is PCK"),
    (P::Approve, P::AgreeHandedOver, "no AP is PCK"),
    (P::ApproveSecond, P::AgreeHandedOver, "no AP is PCK"),
    (P::AskAccount, P::AgreeAccount, "P4: own change"),
    (P::AskAccount, P::MakeBatch, "10: not changed by PMK"),
    (P::AskAccount, P::Seal, "10: not changed by PCK"),
    (P::AskAccount, P::BeginSending, "R18: release"),
    (P::AgreeAccount, P::MakeBatch, "10: not changed by PMK"),
    (P::AgreeAccount, P::Seal, "10: not changed by PCK"),
    (P::AgreeAccount, P::BeginSending, "R18: release"),
    (P::AskAccount, P::Confirm, "P4: own change"),
    (P::AgreeAccount, P::Confirm, "P4: own change"),
    (P::Propose, P::Confirm, "EN is none of MK, CK, AP"),
    (P::Check, P::Confirm, "EN is none of MK, CK, AP"),
    (P::Approve, P::Confirm, "EN is none of MK, CK, AP"),
    (P::ApproveSecond, P::Confirm, "EN is none of MK, CK, AP"),
    (P::Confirm, P::MakeBatch, "EN is neither PMK nor PCK"),
    (P::Confirm, P::Seal, "EN is neither PMK nor PCK"),
    (P::Confirm, P::BeginSending, "EN is neither PMK nor PCK"),
];

/// In which way one person stands behind both steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// One account that holds both roles.
    SameUser,
    /// Two accounts of one person.
    TwoAccounts,
    /// He does the second step in the place of another one, who has lent him the role.
    ForAnother,
    /// Another one, to whom he has lent the role, does the second step in his place.
    ThroughAnother,
    /// His account gets the role of the second step, and loses that of the first, in between.
    RoleChanged,
    /// He is suspended after the first step, and a new account is set up for him.
    Renamed,
}

const WAYS: [Way; 6] = [
    Way::SameUser,
    Way::TwoAccounts,
    Way::ForAnother,
    Way::ThroughAnother,
    Way::RoleChanged,
    Way::Renamed,
];

impl Step {
    fn role(self) -> Role {
        match self {
            P::AskAccount | P::Propose => Role::Maker,
            P::AgreeAccount | P::Check | P::CheckFinding => Role::Checker,
            P::Approve | P::ApproveSecond | P::ApproveFinding => Role::Approver,
            P::Confirm => Role::Clerk,
            P::MakeBatch | P::BeginSending | P::SayHandedOver => Role::PaymentMaker,
            P::Seal | P::AgreeHandedOver => Role::PaymentChecker,
        }
    }

    /// The account of the person who does this step and no other one.
    fn own(self) -> String {
        format!("{self:?}")
    }
}

fn name_of(actor: &Actor) -> UserId {
    match actor {
        Actor::User(user) | Actor::Delegate { user, .. } => user.clone(),
        Actor::System | Actor::Assisted { .. } => panic!("people act here"),
    }
}

fn perform(town: &mut Town, step: Step, actor: Actor) -> Carried {
    let payout = town.id();
    let open = |name: &str, action: Action| Command::OpenMotion {
        motion: MotionId::new(name),
        action: Box::new(action),
    };
    let sign = |name: &str| Command::SignMotion {
        motion: MotionId::new(name),
    };
    let command = match step {
        P::AskAccount => open("account", change_payee(0, "6222000000000018")),
        P::AgreeAccount => sign("account"),
        P::Propose => Command::Propose { payout },
        P::Check => {
            let recomputed = town.payout().award_digest();
            Command::Check { payout, recomputed }
        }
        P::Approve | P::ApproveSecond => Command::Approve { payout },
        P::CheckFinding => {
            town.publish().unwrap();
            town.object().unwrap();
            let (objection, finding, text) = (1, Finding::Unfounded, digest("finding"));
            let action = Action::ResolveObjection {
                payout,
                objection,
                finding,
                text,
            };
            open("finding", action)
        }
        P::ApproveFinding => sign("finding"),
        P::Confirm => {
            town.end_notice().unwrap();
            let payee_version = 2;
            let command = Command::Confirm {
                payout,
                payee_version,
            };
            let actor = match actor {
                Actor::User(clerk) => Actor::Assisted {
                    clerk,
                    enterprise: uscc(0),
                    asked_by: PersonId::new("法定代表人"),
                },
                other => other,
            };
            return town.order(actor, command);
        }
        P::MakeBatch => Command::MakeBatch(town.new_batch(BATCH)),
        P::Seal => town.seal_command(BATCH),
        P::BeginSending => {
            let batch = BatchId::new(BATCH);
            Command::BeginSending { batch }
        }
        P::SayHandedOver => {
            let (batch, statement) = (BatchId::new(BATCH), digest("statement"));
            open("hand over", Action::HandOver { batch, statement })
        }
        P::AgreeHandedOver => sign("hand over"),
    };
    town.order(actor, command)
}

/// The town in which each step has its own person, and two approvers must sign.
fn crowd() -> Town {
    let mut town = Town::new();
    for step in STEPS {
        let name = step.own();
        town.set_up(user(&name, &name, &[step.role()]));
    }
    town.system(configure(Some(AWARD))).unwrap();
    town.entitle().unwrap();
    town
}

fn lend(town: &mut Town, of: &str, to: &str, role: Role) {
    let lent = Delegation {
        of: user_id(of),
        to: user_id(to),
        role,
        from: day(2026, 1, 1),
        until: day(2026, 12, 31),
    };
    town.user(of, Command::Delegate(lent)).unwrap();
}

/// Who does the two steps; `between` happens after the first.
fn two(town: &mut Town, way: Way, first: Step, second: Step) -> (Actor, Actor) {
    let both = [first.role(), second.role()];
    let user_of = |name: &str| Actor::User(user_id(name));
    match way {
        Way::SameUser => town.set_up(user("X", "X", &both)),
        Way::TwoAccounts => {
            town.set_up(user("X", "X", &both[..1]));
            town.set_up(user("X2", "X", &both[1..]));
            return (user_of("X"), user_of("X2"));
        }
        Way::ForAnother => {
            town.set_up(user("X", "X", &both[..1]));
            lend(town, &second.own(), "X", second.role());
            let (user, of) = (user_id("X"), user_id(&second.own()));
            return (user_of("X"), Actor::Delegate { user, of });
        }
        Way::ThroughAnother => {
            town.set_up(user("X", "X", &both));
            town.set_up(user("Z", "Z", &[]));
            lend(town, "X", "Z", second.role());
            let (user, of) = (user_id("Z"), user_id("X"));
            return (user_of("X"), Actor::Delegate { user, of });
        }
        Way::RoleChanged => town.set_up(user("X", "X", &both[..1])),
        Way::Renamed => {
            town.set_up(user("X", "X", &both[..1]));
            return (user_of("X"), user_of("X-new"));
        }
    }
    (user_of("X"), user_of("X"))
}

fn between(town: &mut Town, way: Way, second: Step) {
    let changed = match way {
        Way::SameUser | Way::TwoAccounts | Way::ForAnother | Way::ThroughAnother => return,
        Way::RoleChanged => user("X", "X", &[second.role()]),
        Way::Renamed => {
            let user = user_id("X");
            town.user("SEC", Command::Suspend { user }).unwrap();
            self::user("X-new", "X", &[second.role()])
        }
    };
    let action = Action::SetUser { user: changed };
    town.motion(&["SEC", "AUD"], action).unwrap();
}

/// One life in which one person does two steps: refused at the second, or carried out whole.
#[track_caller]
fn live(way: Way, first: Step, second: Step) {
    let label = format!("{first:?} and {second:?}, {way:?}");
    let rule = FORBIDDEN
        .iter()
        .find(|(one, other, _)| (*one, *other) == (first, second));
    let mut town = crowd();
    let (does_first, does_second) = two(&mut town, way, first, second);
    for step in STEPS {
        let own = Actor::User(user_id(&step.own()));
        if step == second {
            between(&mut town, way, second);
        }
        let actor = match step {
            _ if step == first => does_first.clone(),
            _ if step == second => does_second.clone(),
            _ => own,
        };
        let is_lent = matches!(actor, Actor::Delegate { .. });
        let carried = perform(&mut town, step, actor.clone());
        if step != second {
            carried.unwrap_or_else(|refusal| panic!("{label}: {step:?}: {refusal}"));
            continue;
        }
        // A mandate of an enterprise is nobody's to lend.
        let code = match (rule, step) {
            (_, P::Confirm) if is_lent => Some(104),
            (Some(_), _) => Some(106),
            (None, _) => None,
        };
        match (code, carried) {
            (None, Ok(_)) => {}
            (None, Err(refusal)) => panic!("{label} is allowed: {refusal}"),
            (Some(code), Ok(_)) => panic!("{label} is carried out; {code} {rule:?}"),
            (Some(code), Err(refusal)) => {
                assert_eq!(refusal.code(), code, "{label}: {refusal}");
                assert!(refusal.is_trespass());
                assert_ne!(name_of(&actor), user_id("nobody"));
                return;
            }
        }
    }
    assert_eq!(town.state(), Some(PayoutState::Sent), "{label}");
}

#[test]
fn every_pair_of_steps_in_every_way() {
    let mut lives = 0;
    for (at, first) in STEPS.into_iter().enumerate() {
        for second in STEPS.into_iter().skip(at + 1) {
            for way in WAYS {
                live(way, first, second);
                lives += 1;
            }
        }
    }
    assert_eq!(lives, 14 * 13 / 2 * 6);
}

/// The account changes late: after the approval, and once more before the sealing.
#[test]
fn a_late_change_of_account_blocks_the_payers_too() {
    for (changers, code) in [
        (["MK", "CK"], None),
        (["PX", "CK"], Some(106)),
        (["MK", "PX"], Some(106)),
    ] {
        for seals in [false, true] {
            let mut town = Town::at(PayoutState::Confirmed);
            let role = if seals {
                Role::PaymentChecker
            } else {
                Role::PaymentMaker
            };
            town.set_up(user("PX", "PX", &[role, Role::Maker, Role::Checker]));
            town.motion(&changers, change_payee(0, "6222000000000018"))
                .unwrap();
            town.confirm().unwrap();
            let carried = if seals {
                town.make_batch(BATCH).unwrap();
                let command = town.seal_command(BATCH);
                town.user("PX", command)
            } else {
                let batch = town.new_batch(BATCH);
                town.user("PX", Command::MakeBatch(batch))
            };
            assert_eq!(carried.err().map(|refusal| refusal.code()), code);
        }
    }
}

/// Nobody grants himself, administrators have no business rights, and what is lent cannot be
/// lent on or lent to them.
#[test]
fn rights_do_not_grow() {
    let grant = |names: &[&str], user: User| {
        let mut town = Town::new();
        let carried = town.motion(names, Action::SetUser { user });
        carried.map_err(|refusal| refusal.code()).map(drop)
    };
    let fresh = || user("new", "new", &[Role::Maker]);
    assert_eq!(grant(&["SEC", "AUD"], fresh()), Ok(()));
    assert_eq!(grant(&["SEC", "SEC2"], fresh()), Err(103));
    assert_eq!(grant(&["SEC", "SEC"], fresh()), Err(103));
    assert_eq!(grant(&["MK", "AUD"], fresh()), Err(103));
    // For himself, with this or another account.
    assert_eq!(grant(&["SEC", "AUD"], user("SEC", "SEC", &[])), Err(106));
    assert_eq!(grant(&["SEC", "AUD"], user("A2", "AUD", &[])), Err(106));
    // Roles that exclude each other, over all accounts of a person.
    let exclude = [
        user("SYS", "SYS", &[Role::SystemAdministrator, Role::Maker]),
        user("SYS2", "SYS", &[Role::Approver]),
        user("MK", "MK", &[Role::Maker, Role::AuditAdministrator]),
        user("AU2", "AU", &[Role::Checker]),
        user("SYS2", "SYS", &[Role::SecurityAdministrator]),
    ];
    for user in exclude {
        assert_eq!(grant(&["SEC", "AUD"], user.clone()), Err(109), "{user:?}");
    }
    // An account never passes to another person, or to another bureau.
    assert_eq!(
        grant(&["SEC", "AUD"], user("MK", "CK", &[Role::Maker])),
        Err(208)
    );

    let mut town = Town::new();
    let lent = |of: &str, to: &str, role| Delegation {
        of: user_id(of),
        to: user_id(to),
        role,
        from: day(2026, 3, 1),
        until: day(2026, 3, 31),
    };
    for (by, delegation, code) in [
        ("MK", lent("CK", "MK", Role::Checker), 104),
        ("CK", lent("CK", "MK", Role::Approver), 103),
        ("SEC", lent("SEC", "SEC2", Role::SecurityAdministrator), 104),
        ("AU", lent("AU", "MK", Role::Auditor), 104),
        ("MK", lent("MK", "SEC", Role::Maker), 104),
        ("MK", lent("MK", "AU", Role::Maker), 104),
        ("EN0", lent("EN0", "MK", Role::Enterprise), 104),
    ] {
        let refusal = town.user(by, Command::Delegate(delegation)).unwrap_err();
        assert_eq!(refusal.code(), code, "{refusal}");
    }
    // What is lent to one who becomes an auditor later is of no use to him.
    town.set_up(user("Z", "Z", &[]));
    town.user("MK", Command::Delegate(lent("MK", "Z", Role::Maker)))
        .unwrap();
    let on = user("Z", "Z", &[Role::Auditor]);
    town.motion(&["SEC", "AUD"], Action::SetUser { user: on })
        .unwrap();
    town.entitle().unwrap();
    let (payout, user, of) = (town.id(), user_id("Z"), user_id("MK"));
    let refusal = town
        .order(Actor::Delegate { user, of }, Command::Propose { payout })
        .unwrap_err();
    assert_eq!(refusal.code(), 104);
    // Who borrowed it cannot lend it on.
    let refusal = town
        .user("Z", Command::Delegate(lent("Z", "CK", Role::Maker)))
        .unwrap_err();
    assert_eq!(refusal.code(), 103);
}

#[test]
fn a_delegation_holds_from_its_first_to_its_last_day() {
    let mut town = Town::at(PayoutState::Proposed);
    let lent = Delegation {
        of: user_id("CK"),
        to: user_id("CK2"),
        role: Role::Checker,
        from: day(2026, 3, 20),
        until: day(2026, 3, 22),
    };
    town.user("CK", Command::Delegate(lent.clone())).unwrap();
    let command = Command::Check {
        payout: town.id(),
        recomputed: town.payout().award_digest(),
    };
    let actor = Actor::Delegate {
        user: user_id("CK2"),
        of: user_id("CK"),
    };
    for (moment, code) in [
        (at(day(2026, 3, 19), 23, 59, 59), Some(108)),
        (at(day(2026, 3, 20), 0, 0, 0), None),
        (at(day(2026, 3, 22), 23, 59, 59), None),
        (at(day(2026, 3, 23), 0, 0, 0), Some(108)),
    ] {
        let mut town = town.clone();
        town.now = moment;
        let carried = town.order(actor.clone(), command.clone());
        assert_eq!(carried.err().map(|refusal| refusal.code()), code);
    }
    // Taken back, or its lender suspended: over at once.
    let mut over = town.clone();
    over.now = at(day(2026, 3, 20), 9, 0, 0);
    over.user("CK", Command::EndDelegation(lent)).unwrap();
    let refusal = over.order(actor.clone(), command.clone()).unwrap_err();
    assert_eq!(refusal.code(), 108);
    town.now = at(day(2026, 3, 20), 9, 0, 0);
    let user = user_id("CK");
    town.user("SEC", Command::Suspend { user }).unwrap();
    assert_eq!(town.order(actor, command).unwrap_err().code(), 102);
}
