//! Every guard refuses with its number, and changes nothing (the fixture looks).

use PayoutState as S;

use super::town::*;
use crate::payouts::*;

/// What is refused: the number, the town before, the step.
type Case = (u16, Town, fn(&mut Town) -> Carried);

#[test]
fn each_number_once() {
    let mut seen = std::collections::BTreeSet::new();
    let all = [people(), names(), states(), money(), days(), paths()];
    for (code, mut town, step) in all.into_iter().flatten() {
        let refusal = step(&mut town).expect_err(&format!("{code} is not refused"));
        assert_eq!(refusal.code(), code, "{refusal}");
        assert!(!refusal.to_string().is_empty());
        assert_eq!(refusal.is_trespass(), code < 200);
        seen.insert(code);
    }
    let expected = [
        101..=109,
        201..=202,
        204..=210,
        301..=310,
        312..=312,
        401..=406,
        501..=508,
        601..=607,
        701..=703,
    ];
    assert!(seen.into_iter().eq(expected.into_iter().flatten()));
}

fn propose_as(town: &mut Town, actor: Actor) -> Carried {
    let payout = town.id();
    town.order(actor, Command::Propose { payout })
}

fn people() -> Vec<Case> {
    let computed = || Town::at(S::Computed);
    vec![
        (101, computed(), |town| {
            propose_as(town, Actor::User(user_id("nobody")))
        }),
        (102, computed(), |town| {
            let user = user_id("MK");
            town.user("SEC", Command::Suspend { user }).unwrap();
            town.propose()
        }),
        (103, computed(), |town| {
            propose_as(town, Actor::User(user_id("CK")))
        }),
        (104, computed(), |town| propose_as(town, Actor::System)),
        (105, computed(), |town| {
            let mut stranger = user("X", "X", &[Role::Maker]);
            stranger.bureau = BureauId::new("邻县财政局");
            town.set_up(stranger);
            propose_as(town, Actor::User(user_id("X")))
        }),
        (106, Town::at(S::Proposed), |town| {
            town.set_up(user("MK-C", "MK", &[Role::Checker]));
            let (payout, recomputed) = (town.id(), town.payout().award_digest());
            town.user("MK-C", Command::Check { payout, recomputed })
        }),
        (107, Town::at(S::Checked), |town| {
            let mut small = user("AP3", "AP3", &[Role::Approver]);
            small.approves_up_to = Some(fen(AWARD - 1));
            town.set_up(small);
            let payout = town.id();
            town.user("AP3", Command::Approve { payout })
        }),
        (108, computed(), |town| {
            let (user, of) = (user_id("CK"), user_id("MK"));
            propose_as(town, Actor::Delegate { user, of })
        }),
        (109, Town::new(), |town| {
            let user = user("SEC-M", "SEC", &[Role::Maker]);
            town.system(Command::SetUp { user })
        }),
    ]
}

fn names() -> Vec<Case> {
    vec![
        (201, Town::new(), Town::propose),
        (202, Town::new(), |town| town.begin("B9")),
        (204, Town::new(), |town| {
            let motion = MotionId::new("M9");
            town.user("CK", Command::SignMotion { motion })
        }),
        (205, Town::new(), |town| {
            let mut award = award(0, "2025", 1);
            award.line = BudgetLineId::new("2099");
            town.system(Command::Entitle(Box::new(award)))
        }),
        (206, Town::at(S::Confirmed), |town| {
            let mut batch = town.new_batch(BATCH);
            batch.payer = PayerId::new("别处");
            town.user("PMK", Command::MakeBatch(batch))
        }),
        (207, Town::at(S::Paid), |town| {
            let (payout, claim, line) = (town.id(), 1, digest("no line"));
            town.system(Command::Recover {
                payout,
                claim,
                line,
            })
        }),
        (208, Town::new(), |town| {
            town.motion(&["MK2", "CK"], grant("财预〔2026〕1号", 7))
        }),
        (209, Town::at(S::Sent), |town| town.answer(2, accepted())),
        (210, Town::at(S::Paid), |town| {
            let action = Action::WriteOff {
                payout: town.id(),
                claim: 1,
                amount: fen(1),
                document: "核销决定".to_owned(),
            };
            town.motion(&["AP1", "AP2"], action)
        }),
    ]
}

fn reissue(town: &mut Town) -> Carried {
    let (payout, cause) = (town.id(), "已更正".to_owned());
    town.motion(&["MK", "CK"], Action::Reissue { payout, cause })
}

fn states() -> Vec<Case> {
    vec![
        (301, Town::at(S::Computed), Town::check),
        (302, Town::at(S::Sent), |town| {
            let payout = town.id();
            town.system(Command::MarkUnknown { payout }).unwrap();
            let action = Action::RuleUnknown {
                payout: town.id(),
                attempt: 2,
                outcome: Outcome::Paid,
                on: day(2026, 3, 26),
                evidence: digest("letter"),
            };
            town.motion(&["RC1", "RC2"], action)
        }),
        (303, Town::at(S::Sent), |town| town.begin(BATCH)),
        (304, Town::new(), |town| {
            let motion = MotionId::new("M1");
            town.user("CK2", Command::SignMotion { motion })
        }),
        (305, Town::at(S::Paid), Town::entitle),
        (306, Town::new(), |town| {
            for (period, measure) in [("2025", "one"), ("2025", "two")] {
                let mut award = award(0, period, 5);
                award.key.measure = measure.to_owned();
                award.exclusive = Some("就高不重复".to_owned());
                let carried = town.system(Command::Entitle(Box::new(award)));
                if measure == "two" {
                    return carried;
                }
                carried.unwrap();
            }
            town.entitle()
        }),
        (307, Town::at(S::Paid), |town| {
            let mut more = award(0, "2025", 5);
            more.key.supplement = 1;
            more.origin.paid_before = fen(AWARD - 1);
            town.system(Command::Entitle(Box::new(more)))
        }),
        (308, Town::at(S::Sent), |town| {
            town.answer(1, fact(FactKind::Duplicate, None, "DUPL"))
                .unwrap();
            town.answer(1, rejected()).unwrap();
            reissue(town)
        }),
        (309, Town::at(S::Sent), reissue),
        (310, Town::at(S::Paid), |town| {
            let (payout, reason) = (town.id(), "不付了".to_owned());
            town.motion(&["MK", "CK", "AP1"], Action::Cancel { payout, reason })
        }),
    ]
}

fn money() -> Vec<Case> {
    vec![
        (401, Town::new(), |town| {
            town.system(Command::Entitle(Box::new(award(0, "2025", 0))))
        }),
        (402, Town::new(), |town| {
            town.motion(&["MK", "CK"], grant("财预〔2026〕2号", i64::MAX))
        }),
        (403, Town::new(), |town| {
            let award = award(0, "2025", GRANT + 1);
            town.system(Command::Entitle(Box::new(award))).unwrap();
            town.propose()
        }),
        (404, Town::at(S::Batched), |town| {
            let mut command = town.seal_command(BATCH);
            if let Command::Seal { totals, .. } = &mut command {
                totals.total = fen(AWARD + 1);
            }
            town.user("PCK", command)
        }),
        (405, Town::at(S::Paid), |town| {
            let terms = ClaimTerms {
                amount: fen(AWARD + 1),
                document: "追回决定".to_owned(),
                due: day(2026, 12, 1),
                is_prior_year: false,
                returns_to_budget: false,
            };
            let payout = town.id();
            town.motion(&["MK", "CK", "AP1"], Action::Clawback { payout, terms })
        }),
        (406, Town::at(S::Proposed), |town| {
            let (payout, recomputed) = (town.id(), digest("another award"));
            town.user("CK", Command::Check { payout, recomputed })
        }),
    ]
}

fn days() -> Vec<Case> {
    vec![
        (501, Town::new(), |town| {
            let mut late = award(0, "2025", 5);
            late.terms.award_date = day(2026, 1, 1);
            late.terms.expires = Some(day(2025, 12, 31));
            town.system(Command::Entitle(Box::new(late))).unwrap();
            town.propose().unwrap();
            town.check().unwrap();
            town.approve()
        }),
        (502, Town::at(S::Approved), |town| {
            let mut notice = town.notice("N1");
            notice.working_days = 4;
            town.user("MK", Command::Publish(notice))
        }),
        (503, Town::at(S::Approved), |town| {
            let mut notice = town.notice("N1");
            notice.until = notice.from;
            town.user("MK", Command::Publish(notice))
        }),
        (504, Town::at(S::OnNotice), |town| {
            town.now = at(day(2026, 3, 24), 23, 59, 59);
            let payout = town.id();
            town.system(Command::EndNotice { payout })
        }),
        (505, Town::at(S::OnNotice), |town| {
            town.now = at(day(2026, 3, 25), 0, 0, 0);
            town.object()
        }),
        (506, Town::at(S::OnNotice), |town| {
            town.object().unwrap();
            town.end_notice()
        }),
        (507, Town::at(S::AwaitPayee), |town| {
            town.now = at(day(2026, 12, 1), 0, 0, 0);
            let payout = town.id();
            town.system(Command::Expire { payout })
        }),
        (508, Town::at(S::AwaitPayee).without_rules(), |town| {
            town.now = at(day(2026, 12, 1), 0, 0, 0);
            let payout = town.id();
            town.system(Command::Expire { payout })
        }),
    ]
}

fn bar(at: u32, until: zhida_policies::values::Date) -> Action {
    Action::Bar {
        uscc: uscc(at),
        until,
        document: "限制决定".to_owned(),
    }
}

fn paths() -> Vec<Case> {
    vec![
        (601, Town::at(S::AwaitPayee), |town| {
            let (payout, payee_version) = (town.id(), 2);
            town.user(
                "EN0",
                Command::Confirm {
                    payout,
                    payee_version,
                },
            )
        }),
        (602, Town::at(S::AwaitPayee), |town| {
            let (uscc, reason) = (uscc(0), "涉诉".to_owned());
            let of = Some(bureau());
            let block = Command::BlockPayee { uscc, reason, of };
            town.user("CK", block).unwrap();
            town.confirm()
        }),
        (312, Town::at(S::Sealed), |town| {
            town.told_too_early(2, &booked("D1")).unwrap();
            town.begin(BATCH)
        }),
        (603, Town::new(), |town| {
            town.motion(&["MK", "CK"], bar(0, day(2026, 3, 16)))
                .unwrap();
            town.entitle()
        }),
        (607, Town::new(), |town| {
            town.motion(&["MK", "CK"], bar(0, day(2026, 6, 30)))
                .unwrap();
            town.motion(&["MK", "CK"], bar(0, day(2026, 6, 29)))
        }),
        (604, Town::at(S::Confirmed), |town| {
            let mut batch = town.new_batch(BATCH);
            batch.payouts = vec![town.id(), town.id()];
            town.user("PMK", Command::MakeBatch(batch))
        }),
        (605, Town::at(S::Confirmed), |town| {
            let mut batch = town.new_batch(BATCH);
            batch.execution = day(2027, 1, 1);
            town.user("PMK", Command::MakeBatch(batch))
        }),
        (606, Town::at(S::Batched), |town| {
            let mut command = town.seal_command(BATCH);
            if let Command::Seal { files, .. } = &mut command {
                files.clear();
            }
            town.user("PCK", command)
        }),
        (701, Town::at(S::Settled), |town| {
            town.now = at(day(2026, 4, 30), 23, 59, 59);
            town.answer(1, returned(5, "T1"))
        }),
        (702, Town::at(S::Paid), |town| {
            let payout = town.id();
            town.system(Command::Settle { payout })
        }),
        (703, Town::at(S::Proposed), |town| {
            let (payout, reason) = (town.id(), " ".to_owned());
            town.user("CK", Command::SendBack { payout, reason })
        }),
    ]
}

/// The list below the table: nothing that may have left the house is batched again, nothing that
/// was paid becomes refused, and what people could try instead is refused as well.
#[test]
fn not_allowed() {
    let unknown = || {
        let mut town = Town::at(S::Sent);
        let payout = town.id();
        town.system(Command::MarkUnknown { payout }).unwrap();
        town
    };
    let towns = [
        Town::at(S::Sealed),
        Town::at(S::Sending),
        Town::at(S::Sent),
        Town::at(S::Accepted),
        unknown(),
    ];
    for town in towns {
        let state = town.state();
        let attempt = |step: &dyn Fn(&mut Town) -> Carried, code: u16| {
            let mut town = town.clone();
            let refusal = step(&mut town).unwrap_err();
            assert_eq!(refusal.code(), code, "{state:?}: {refusal}");
        };
        attempt(&|town| town.make_batch("B2"), 309);
        attempt(&reissue, 309);
        attempt(
            &|town| {
                let (payout, reason) = (town.id(), "不付了".to_owned());
                town.motion(&["MK", "CK", "AP1"], Action::Cancel { payout, reason })
            },
            309,
        );
        attempt(
            &|town| {
                let (batch, payouts) = (BatchId::new(BATCH), vec![town.id()]);
                town.user("PMK", Command::Unbatch { batch, payouts })
            },
            303,
        );
        attempt(&|town| town.entitle(), 305);
        if state != Some(S::Sealed) {
            attempt(
                &|town| {
                    let (batch, reason) = (BatchId::new(BATCH), "没发".to_owned());
                    town.motion(&["PMK", "PCK"], Action::VoidBatch { batch, reason })
                },
                303,
            );
            attempt(&|town| town.begin(BATCH), 303);
        }
    }
    let mut paid = Town::at(S::Paid);
    let effects = paid.answer(1, rejected()).unwrap();
    assert_eq!(effects.postings, []);
    assert_eq!(paid.state(), Some(S::Paid));
    let questions = paid.payout().attempts[0].questions();
    assert!(questions.contains(&Question::Contradiction));
    assert_eq!(paid.make_batch("B2").unwrap_err().code(), 301);
    // Settled only once the dispute is closed.
    assert_eq!(paid.settle_year().unwrap_err().code(), 308);
}

#[test]
fn an_amount_that_was_put_in_beside_the_leaf_is_found_by_the_checker() {
    let honest = award(0, "2025", AWARD);
    let recomputed = honest.digest();
    type Forge = fn(&mut Award);
    let forged: [Forge; 4] = [
        |award| award.amount = fen(AWARD + 1),
        |award| award.enterprise.push('一'),
        |award| award.terms.notice_days = 0,
        |award| award.origin.paid_before = fen(1),
    ];
    for forge in forged {
        let mut town = Town::new();
        let mut award = honest.clone();
        forge(&mut award);
        town.system(Command::Entitle(Box::new(award))).unwrap();
        town.propose().unwrap();
        let (payout, recomputed) = (town.id(), recomputed.clone());
        let checked = town.user("CK", Command::Check { payout, recomputed });
        assert!(
            matches!(checked, Err(Refusal::NotRecomputed(_))),
            "{checked:?}"
        );
    }
}

/// Nothing that rests on a rule of the bureau is done before the bureau has said the rule.
#[test]
fn a_bureau_that_has_decided_nothing_binds_nobody() {
    let without = |state| Town::at(state).without_rules();
    assert_eq!(Books::new().settings(&bureau()).rules, None);
    let mut checked = without(S::Checked);
    assert_eq!(checked.approve().unwrap_err().code(), 508);
    let mut shown = without(S::OnNotice);
    let refusal = shown.end_notice().unwrap_err();
    assert_eq!(refusal.code(), 508);
    assert!(refusal.to_string().contains("确认期限"), "{refusal}");
    // With the rules it goes on.
    shown.system(configure(None)).unwrap();
    shown.end_notice().unwrap();
    assert_eq!(shown.state(), Some(S::AwaitPayee));
}

/// A decision of a shorter time neither ends nor hides the longer one.
#[test]
fn a_later_bar_does_not_shorten_the_first() {
    let mut town = Town::new();
    town.motion(&["MK", "CK"], bar(0, day(2026, 6, 30)))
        .unwrap();
    for until in [day(2026, 3, 17), day(2026, 6, 30)] {
        let refusal = town.motion(&["MK", "CK"], bar(0, until)).unwrap_err();
        assert_eq!(refusal.code(), 607, "{refusal}");
    }
    town.now = at(day(2026, 6, 30), 12, 0, 0);
    assert_eq!(town.entitle().unwrap_err().code(), 603);
    town.motion(&["MK", "CK"], bar(0, day(2026, 7, 2))).unwrap();
    town.now = at(day(2026, 7, 2), 12, 0, 0);
    assert_eq!(town.entitle().unwrap_err().code(), 603);
    town.now = at(day(2026, 7, 3), 0, 0, 0);
    town.entitle().unwrap();
}

/// A bank that names no day: the money had moved when it said so, and is settled once that day
/// lies in a closed period.
#[test]
fn a_payment_without_a_day_settles_by_the_day_it_was_told() {
    let mut town = Town::at(S::Sent);
    let mut undated = booked("D1");
    undated.on = None;
    town.now = at(day(2026, 5, 2), 9, 0, 0);
    town.answer(1, undated).unwrap();
    assert_eq!(town.settle_year().unwrap_err().code(), 702);
    town.now = at(day(2026, 6, 2), 9, 0, 0);
    let (bureau, until) = (bureau(), day(2026, 5, 31));
    town.motion(&["RC1", "AP1"], Action::ClosePeriod { bureau, until })
        .unwrap();
    let payout = town.id();
    town.system(Command::Settle { payout }).unwrap();
    assert_eq!(town.state(), Some(S::Settled));
}

/// S18: whatever is printed for debugging shows no account in full.
#[test]
fn debug_shows_the_last_four_digits_only() {
    const PAYEE: &str = "6222000000001234";
    let mut town = Town::bare();
    for number in [0, 1] {
        town.motion(&["MK", "CK"], change_payee(number, PAYEE))
            .unwrap();
    }
    town.motion(&["MK", "CK"], grant("财预〔2026〕1号", GRANT))
        .unwrap();
    town.bring_to(S::Paid);
    let mut told = booked("D2");
    told.account = Some(PAYEE.to_owned());
    town.answer(1, told).unwrap();
    let alarms = town.books.payee_alarms(day(2026, 3, 30), 30);
    assert!(!alarms.is_empty());
    let texts = [
        format!("{:?}", town.books),
        format!("{:#?}", town.carried),
        format!("{alarms:?}"),
    ];
    for text in texts {
        assert!(text.contains("****1234"), "{text}");
        for account in [PAYEE, payer().account.as_str()] {
            assert!(!text.contains(account), "{account} in {text}");
        }
    }
}

/// R16: books of yesterday, and what the bank says today of a payment that they do not know.
#[test]
fn books_that_are_older_than_a_payment_do_not_pay_again() {
    for attempt in 1..=3 {
        let mut town = Town::at(S::Confirmed);
        town.told_too_early(attempt, &booked("D1")).unwrap();
        assert_eq!(town.balance(LedgerAccount::Unmatched), AWARD);
        assert_eq!(town.balance(LedgerAccount::Cash), -AWARD);
        town.make_batch(BATCH).unwrap();
        town.seal(BATCH).unwrap();
        let refusal = town.begin(BATCH).unwrap_err();
        assert_eq!(refusal.code(), 312, "attempt {attempt}: {refusal}");
        if attempt > 1 {
            continue;
        }
        // The same statement once more, now that the instruction is known again: it moved once.
        town.answer(1, booked("D1")).unwrap();
        assert_eq!(town.balance(LedgerAccount::Unmatched), 0);
        assert_eq!(town.balance(LedgerAccount::Cash), -AWARD);
        assert_eq!(town.begin(BATCH).unwrap_err().code(), 301);
        // Two people say that it left the house.
        let (batch, statement) = (BatchId::new(BATCH), digest("statement"));
        town.motion(&["PMK", "PCK"], Action::HandOver { batch, statement })
            .unwrap();
        assert_eq!(town.state(), Some(S::Paid));
        assert!(!town.payout().has_questions());
    }
}
