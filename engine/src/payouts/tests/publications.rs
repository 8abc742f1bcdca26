//! Policies are put in force by two people, and by nobody else.

use std::collections::BTreeSet;

use super::town::*;
use crate::payouts::*;

const POLICY: &str = "industry-2025";

fn publication(base: Option<&str>, text: Option<&str>) -> Publication {
    Publication {
        bureau: bureau(),
        policy: POLICY.to_owned(),
        title: "惠企若干措施".to_owned(),
        base: base.map(digest),
        text: text.map(digest),
        from: None,
        reason: "按市政府常务会议修订".to_owned(),
        authors: BTreeSet::new(),
        replaces: BTreeSet::new(),
    }
}

fn propose(town: &mut Town, id: &str, by: &str, publication: Publication) -> Carried {
    let command = Command::OpenMotion {
        motion: MotionId::new(id),
        action: Box::new(Action::PublishPolicy(Box::new(publication))),
    };
    town.user(by, command)
}

fn enact(town: &mut Town, id: &str, by: &str, edition: u32) -> Carried {
    let command = Command::Enact {
        motion: MotionId::new(id),
        edition,
        library: digest("all policies"),
    };
    town.user(by, command)
}

fn publish(town: &mut Town, id: &str, publication: Publication) {
    let edition = town.books.edition();
    propose(town, id, "MK", publication).unwrap();
    enact(town, id, "AP1", edition).unwrap();
}

fn texts(town: &Town) -> Vec<Option<Digest>> {
    let record = town.books.policy(POLICY);
    let versions = record.map(|record| record.versions.clone());
    let versions = versions.unwrap_or_default().into_iter();
    versions.map(|version| version.text).collect()
}

fn code(carried: Carried) -> u16 {
    carried.unwrap_err().code()
}

#[test]
fn a_maker_proposes_an_approver_approves_and_each_version_stays() {
    let mut town = Town::at(PayoutState::Computed);
    let before = town.books.digest();
    propose(
        &mut town,
        "PUB-1",
        "MK",
        publication(Some("old"), Some("new")),
    )
    .unwrap();
    assert!(town.books.policy(POLICY).is_none());
    let effects = enact(&mut town, "PUB-1", "AP1", 0).unwrap();
    assert!(effects.postings.is_empty(), "no money moves");
    assert_ne!(town.books.digest(), before);
    publish(&mut town, "PUB-2", publication(Some("new"), None));
    publish(&mut town, "PUB-3", publication(None, Some("again")));
    assert_eq!(
        texts(&town),
        [Some(digest("new")), None, Some(digest("again"))]
    );
    let record = town.books.policy(POLICY).unwrap();
    let first = &record.versions[0];
    assert_eq!(record.text(0), Some(&digest("old")));
    assert_eq!(record.text(1), Some(&digest("new")));
    assert_eq!((record.text(2), record.text(4)), (None, None));
    assert_eq!((first.number, first.from), (1, town.now.business_date()));
    let roles: Vec<Role> = first.signatures.iter().map(|one| one.role).collect();
    assert_eq!(roles, [Role::Maker, Role::Approver]);
    assert_eq!(town.books.edition(), 3);
}

#[test]
fn nobody_approves_what_he_proposed_wrote_or_may_not() {
    let mut town = Town::at(PayoutState::Computed);
    town.set_up(user("BOTH", "BOTH", &[Role::Maker, Role::Approver]));
    town.set_up(user("AP1B", "BOTH", &[Role::Approver]));
    let mut written = publication(Some("old"), Some("new"));
    written.authors = BTreeSet::from([PersonId::new("BOTH"), PersonId::new("AP2")]);
    propose(&mut town, "PUB-1", "BOTH", written.clone()).unwrap();
    // The same account under another role, another account of the person, another author.
    for who in ["BOTH", "AP1B", "AP2"] {
        assert_eq!(code(enact(&mut town, "PUB-1", who, 0)), 106, "{who}");
    }
    for who in ["CK", "MK2", "RC1", "AU", "SEC"] {
        assert_eq!(code(enact(&mut town, "PUB-1", who, 0)), 103, "{who}");
    }
    // An author who borrows the role of somebody else is an author still.
    let lent = Delegation {
        of: user_id("AP1"),
        to: user_id("AP2"),
        role: Role::Approver,
        from: day(2026, 1, 1),
        until: day(2026, 12, 31),
    };
    town.user("AP1", Command::Delegate(lent)).unwrap();
    let order = Order {
        actor: Actor::Delegate {
            user: user_id("AP2"),
            of: user_id("AP1"),
        },
        at: town.now,
        command: Command::Enact {
            motion: MotionId::new("PUB-1"),
            edition: 0,
            library: digest("all"),
        },
    };
    assert_eq!(town.books.decide(&order).unwrap_err().code(), 106);
    assert!(texts(&town).is_empty());
    enact(&mut town, "PUB-1", "AP1", 0).unwrap();
    assert_eq!(texts(&town).len(), 1);
    // Only a maker proposes.
    assert_eq!(code(propose(&mut town, "PUB-2", "AP1", written)), 103);
}

#[test]
fn the_usual_signature_is_not_enough_and_no_other_motion_is_enacted() {
    let mut town = Town::at(PayoutState::Confirmed);
    propose(
        &mut town,
        "PUB-1",
        "MK",
        publication(Some("old"), Some("new")),
    )
    .unwrap();
    let motion = MotionId::new("PUB-1");
    assert_eq!(code(town.user("AP1", Command::SignMotion { motion })), 314);
    let motion = MotionId::new("PUB-2");
    let action = Action::Cancel {
        payout: town.id(),
        reason: "重复".to_owned(),
    };
    let action = Box::new(action);
    town.user("MK", Command::OpenMotion { motion, action })
        .unwrap();
    assert_eq!(code(enact(&mut town, "PUB-2", "CK", 0)), 207);
    assert_eq!(code(enact(&mut town, "PUB-9", "AP1", 0)), 204);
    enact(&mut town, "PUB-1", "AP1", 0).unwrap();
    assert_eq!(code(enact(&mut town, "PUB-1", "AP2", 1)), 304);
}

#[test]
fn what_was_overtaken_is_out_of_date() {
    let mut town = Town::at(PayoutState::Computed);
    propose(
        &mut town,
        "PUB-1",
        "MK",
        publication(Some("old"), Some("new")),
    )
    .unwrap();
    propose(
        &mut town,
        "PUB-2",
        "MK2",
        publication(Some("old"), Some("other")),
    )
    .unwrap();
    enact(&mut town, "PUB-1", "AP1", 0).unwrap();
    // Neither with the check of before, nor with one of now: its base is gone.
    assert_eq!(code(enact(&mut town, "PUB-2", "AP2", 0)), 313);
    assert_eq!(code(enact(&mut town, "PUB-2", "AP2", 1)), 313);
    // A check that did not know of another policy's version has to be made again.
    let mut beside = publication(None, Some("beside"));
    beside.policy = "another".to_owned();
    propose(&mut town, "PUB-3", "MK", beside).unwrap();
    assert_eq!(code(enact(&mut town, "PUB-3", "AP1", 0)), 313);
    enact(&mut town, "PUB-3", "AP1", 1).unwrap();
    assert_eq!(texts(&town), [Some(digest("new"))]);
    // Nor is what is out of date proposed.
    let late = propose(
        &mut town,
        "PUB-4",
        "MK",
        publication(Some("old"), Some("x")),
    );
    assert_eq!(code(late), 313);
}

#[test]
fn a_version_holds_from_a_day_that_is_not_over_and_not_before_the_last() {
    let mut town = Town::at(PayoutState::Computed);
    let today = town.now.business_date();
    let mut late = publication(Some("old"), Some("new"));
    late.from = today.yesterday().ok();
    assert_eq!(code(propose(&mut town, "PUB-1", "MK", late)), 503);
    let month = jiff::Span::new().days(30);
    let ahead = today.checked_add(month).unwrap();
    let mut planned = publication(Some("old"), Some("new"));
    planned.from = Some(ahead);
    publish(&mut town, "PUB-2", planned);
    let record = town.books.policy(POLICY).unwrap().clone();
    assert!(record.on(ahead.yesterday().unwrap()).is_none());
    assert_eq!(record.on(ahead).unwrap().text, Some(digest("new")));
    // What would hold before the planned one would be undone by it unseen.
    let sooner = publication(Some("new"), Some("sooner"));
    assert_eq!(code(propose(&mut town, "PUB-3", "MK", sooner)), 503);
    // The same text again, an end of what has none, and a change without a reason.
    let mut same = publication(Some("new"), Some("new"));
    same.from = Some(ahead);
    assert_eq!(code(propose(&mut town, "PUB-4", "MK", same)), 208);
    let mut silent = publication(Some("new"), None);
    silent.reason = " ".to_owned();
    assert_eq!(code(propose(&mut town, "PUB-5", "MK", silent)), 703);
}

/// The texts that hold today and on a later day.
fn on_both(town: &Town, later: zhida_policies::values::Date) -> [Option<Digest>; 2] {
    let record = town.books.policy(POLICY).unwrap();
    [town.now.business_date(), later].map(|day| record.on(day).unwrap().text.clone())
}

#[test]
fn what_does_not_hold_yet_gives_way_to_what_names_it() {
    let mut town = Town::at(PayoutState::Computed);
    let today = town.now.business_date();
    let [month, year] = [30, 365].map(|days| {
        let days = jiff::Span::new().days(days);
        today.checked_add(days).unwrap()
    });
    let from = |day, mut publication: Publication, replaces: &[u32]| {
        publication.from = Some(day);
        publication.replaces = replaces.iter().copied().collect();
        publication
    };
    publish(&mut town, "PUB-1", publication(Some("old"), Some("now")));
    let planned = publication(Some("now"), Some("next"));
    publish(&mut town, "PUB-2", from(month, planned, &[]));
    let last = publication(Some("next"), Some("last"));
    publish(&mut town, "PUB-3", from(year, last, &[]));
    // All that would hold later is named, and nothing that would not.
    let mended = publication(Some("last"), Some("mended"));
    let all: [&[u32]; 5] = [&[], &[2], &[3], &[1, 2, 3], &[2, 3, 4]];
    for wrong in all {
        let proposed = propose(&mut town, "PUB-4", "MK", from(today, mended.clone(), wrong));
        assert_eq!(code(proposed), 503, "{wrong:?}");
    }
    let late = from(year, mended.clone(), &[3]);
    assert_eq!(code(propose(&mut town, "PUB-4", "MK", late)), 503);
    let between = from(month, mended.clone(), &[2, 3]);
    assert_eq!(code(propose(&mut town, "PUB-4", "MK", between)), 503);
    let record = town.books.policy(POLICY).unwrap();
    let before = |replaced: &[u32]| record.before(&replaced.iter().copied().collect()).cloned();
    assert_eq!(before(&[2, 3]), Some(digest("now")));
    assert_eq!(before(&[1, 2, 3]), Some(digest("old")));
    publish(&mut town, "PUB-5", from(today, mended, &[2, 3]));
    assert_eq!(
        on_both(&town, year),
        [Some(digest("mended")), Some(digest("mended"))]
    );
    let record = town.books.policy(POLICY).unwrap();
    assert!(record.coming(today).is_empty());
    let replaced = [1, 2, 3, 4].map(|number| record.was_replaced(number));
    assert_eq!(replaced, [false, true, true, false]);
    // What was replaced does not come back by itself: a later version needs to name nothing.
    let next = publication(Some("mended"), Some("next"));
    publish(&mut town, "PUB-6", from(month, next, &[]));
    // It is taken back by the text that holds, and brought forward by its own.
    let mut back = from(today, publication(Some("next"), Some("mended")), &[5]);
    publish(&mut town, "PUB-7", back.clone());
    assert_eq!(
        on_both(&town, year),
        [Some(digest("mended")), Some(digest("mended"))]
    );
    back.base = Some(digest("mended"));
    assert_eq!(code(propose(&mut town, "PUB-8", "MK", back)), 503);
    let next = publication(Some("mended"), Some("next"));
    publish(&mut town, "PUB-9", from(month, next, &[]));
    let sooner = publication(Some("next"), Some("next"));
    publish(&mut town, "PUB-10", from(today, sooner, &[7]));
    assert_eq!(
        on_both(&town, month),
        [Some(digest("next")), Some(digest("next"))]
    );
}

#[test]
fn an_approval_names_what_does_not_hold_yet_on_its_own_day() {
    let mut town = Town::at(PayoutState::Computed);
    let today = town.now.business_date();
    publish(&mut town, "PUB-1", publication(Some("old"), Some("now")));
    let mut planned = publication(Some("now"), Some("next"));
    planned.from = today.tomorrow().ok();
    publish(&mut town, "PUB-2", planned);
    let mut mended = publication(Some("next"), Some("mended"));
    mended.replaces = BTreeSet::from([2]);
    propose(&mut town, "PUB-3", "MK", mended).unwrap();
    // Its day has come: it holds, and is no longer a version that nobody goes by.
    town.now = Moment(town.now.0 + 86_400_000_000);
    assert_eq!(code(enact(&mut town, "PUB-3", "AP1", 2)), 503);
    // A proposal without a word of it is kept as it always was.
    let kept = serde_json::to_string(&publication(Some("old"), Some("new"))).unwrap();
    assert!(!kept.contains("replaces"), "{kept}");
}

#[test]
fn what_is_returned_says_by_whom_and_why() {
    let mut town = Town::at(PayoutState::Computed);
    propose(
        &mut town,
        "PUB-1",
        "MK",
        publication(Some("old"), Some("new")),
    )
    .unwrap();
    let withdraw = |reason: &str| Command::WithdrawMotion {
        motion: MotionId::new("PUB-1"),
        reason: reason.to_owned(),
    };
    assert_eq!(code(town.user("AP1", withdraw(""))), 703);
    town.user("AP1", withdraw("第三档与原文不符")).unwrap();
    let motion = town.books.motion(&MotionId::new("PUB-1")).unwrap();
    let ended = motion.ended.as_ref().unwrap();
    assert_eq!(motion.state, MotionState::Withdrawn);
    assert_eq!(ended.reason, "第三档与原文不符");
    assert_eq!(ended.person, PersonId::new("AP1"));
    assert_eq!(code(enact(&mut town, "PUB-1", "AP1", 0)), 304);
}

#[test]
fn another_bureau_does_not_change_a_policy() {
    let mut town = Town::at(PayoutState::Computed);
    publish(&mut town, "PUB-1", publication(Some("old"), Some("new")));
    let mut stranger = user("MK3", "MK3", &[Role::Maker]);
    stranger.bureau = BureauId::new("邻市财政局");
    town.set_up(stranger);
    let mut theirs = publication(Some("new"), Some("theirs"));
    assert_eq!(
        code(propose(&mut town, "PUB-2", "MK3", theirs.clone())),
        105
    );
    theirs.bureau = BureauId::new("邻市财政局");
    assert_eq!(code(propose(&mut town, "PUB-3", "MK3", theirs)), 207);
}

#[test]
fn the_orders_alone_come_to_the_same_books() {
    let mut town = Town::at(PayoutState::Computed);
    publish(&mut town, "PUB-1", publication(Some("old"), Some("new")));
    let mut again = Books::new();
    for order in &town.carried {
        again.execute(order).unwrap();
    }
    assert_eq!(again.digest(), town.books.digest());
    let mut put = Books::new();
    for thing in town.books.things() {
        put.put(thing);
    }
    assert_eq!(put.digest(), town.books.digest());
    // A part with what an order names decides as the whole does.
    let order = Order {
        actor: Actor::User(user_id("AP1")),
        at: town.now,
        command: Command::Enact {
            motion: MotionId::new("PUB-1"),
            edition: 1,
            library: digest("all"),
        },
    };
    assert!(
        order
            .subjects()
            .contains(&Subject::Motion(MotionId::new("PUB-1")))
    );
    let motion = town.books.motion(&MotionId::new("PUB-1")).unwrap();
    assert_eq!(motion.action.subjects(), [Subject::Policies]);
}
