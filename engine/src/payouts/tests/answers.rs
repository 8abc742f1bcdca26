//! R9: what is known of a payment depends on the set of what banks said, not on the order, the
//! number of files, or how often they said it.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use zhida_policies::values::Money;

use PayoutState as S;

use super::town::*;
use crate::payouts::*;

/// One line of an answer for one of the attempts.
type Line = (u32, BankFact);

/// All that a bank can say of an attempt, true or not.
fn line(attempts: u32) -> impl Strategy<Value = Line> {
    let kinds = prop_oneof![
        3 => Just(FactKind::Accepted),
        1 => Just(FactKind::Unclear),
        2 => Just(FactKind::Rejected),
        4 => Just(FactKind::Booked),
        4 => Just(FactKind::Returned),
        1 => Just(FactKind::Duplicate),
    ];
    let amounts = prop_oneof![
        6 => Just(Some(AWARD)),
        2 => (1..AWARD).prop_map(Some),
        1 => Just(Some(AWARD + 1)),
        1 => Just(Some(AWARD - 1)),
        1 => Just(Some(0)),
        1 => Just(None),
    ];
    let accounts = prop_oneof![
        4 => Just(None),
        4 => Just(Some("6222000000000000".to_owned())),
        1 => Just(Some("6222000000000018".to_owned())),
    ];
    (1..=attempts, kinds, amounts, accounts, 0..4u8, 26..29i8).prop_map(
        |(attempt, kind, amount, account, reference, on)| {
            let mut fact = fact(kind, amount, &format!("{kind:?}{reference}"));
            fact.account = account;
            fact.on = Some(day(2026, 3, on));
            (attempt, fact)
        },
    )
}

/// A town whose payout has been sent once, or was refused once and has been sent again.
fn sent(attempts: u32) -> Town {
    let mut town = Town::at(S::Sent);
    if attempts == 2 {
        town.answer(1, rejected()).unwrap();
        let (payout, cause) = (town.id(), "更正".to_owned());
        town.motion(&["MK", "CK"], Action::Reissue { payout, cause })
            .unwrap();
        town.send("B2");
    }
    town
}

/// Says every line, some more than once; everything is taken in.
fn hear(town: &Town, lines: &[Line]) -> Books {
    let mut books = town.books.clone();
    for (attempt, fact) in lines {
        let order = Order {
            actor: Actor::System,
            at: town.now,
            command: Command::Answer {
                instruction: town.id().end_to_end_id(*attempt),
                fact: fact.clone(),
                source: digest("answers"),
            },
        };
        books.execute(&order).unwrap();
    }
    books
}

/// What must hold of any set of facts.
fn look(town: &Town, books: &Books, lines: &[Line]) {
    assert_eq!(books.imbalances(), []);
    let payout = books.payout(&town.id()).unwrap();
    // Never more than the award is moved or on its way, but for what lies in 未达.
    let on_its_way: i64 = payout
        .attempts
        .iter()
        .filter(|attempt| attempt.state().is_in_transit())
        .map(|attempt| attempt.amount.fen())
        .sum();
    assert!(payout.moved().fen() + payout.open_return().fen() + on_its_way <= AWARD);
    let unmatched: i64 = books
        .lines()
        .map(|line| line.balance(LedgerAccount::Unmatched))
        .sum();
    let cash: i64 = books
        .lines()
        .map(|line| line.balance(LedgerAccount::Cash))
        .sum();
    assert!(-cash - unmatched <= AWARD, "{cash} {unmatched}");
    for attempt in &payout.attempts {
        let of = |kind| {
            let facts = lines.iter().filter(move |(number, fact)| {
                *number == attempt.number && fact.kind == kind && agrees(fact)
            });
            facts.map(|(_, fact)| fact)
        };
        let is_booked = of(FactKind::Booked).next().is_some();
        let is_refused = of(FactKind::Rejected).next().is_some() || attempt.is_replaced;
        let questions = attempt.questions();
        if is_booked && is_refused {
            assert!(questions.contains(&Question::Contradiction));
        }
        if is_booked {
            // What was debited is never payable again by a refusal.
            assert!(!matches!(attempt.state(), AttemptState::Rejected));
        }
        if !is_booked && of(FactKind::Returned).next().is_some() {
            let question = Question::ReturnedUnpaid;
            assert!(questions.contains(&question));
        }
        for (_, fact) in lines.iter().filter(|(number, _)| *number == attempt.number) {
            assert!(attempt.facts.contains(fact), "both facts are kept");
            if !agrees(fact) {
                assert!(questions.contains(&Question::Mismatch(fact.clone())));
            }
        }
    }
    no_payment_while_asked(town, books);
}

/// A line that agrees with what was ordered: PAYOUTS.md edges 19, 21, 24.
fn agrees(fact: &BankFact) -> bool {
    let is_account = fact.account.as_deref().unwrap_or("6222000000000000") == "6222000000000000";
    let is_amount = match (fact.kind, fact.amount.map(Money::fen)) {
        (FactKind::Booked, amount) => amount == Some(AWARD),
        (FactKind::Returned, amount) => amount.is_some_and(|fen| 0 < fen && fen <= AWARD),
        (_, amount) => amount.is_none_or(|fen| fen == AWARD),
    };
    is_account && is_amount
}

/// Contradictions never become payable by themselves, nor by two people before they are closed.
fn no_payment_while_asked(town: &Town, books: &Books) {
    let payout = books.payout(&town.id()).unwrap();
    if !payout.has_questions() {
        return;
    }
    let mut town = Town {
        books: books.clone(),
        ..town.clone()
    };
    let (payout, cause) = (town.id(), "更正".to_owned());
    let action = Action::Reissue { payout, cause };
    assert!(town.motion(&["MK", "CK"], action).is_err());
    assert!(town.make_batch("B3").is_err());
    let (payout, reason) = (town.id(), "不付".to_owned());
    let action = Action::Cancel { payout, reason };
    assert!(town.motion(&["MK", "CK", "AP1"], action).is_err());
    assert!(town.settle_year().is_err());
}

fn orders(attempts: u32, sets: u32, orders_of_each: usize) {
    let town = sent(attempts);
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(sets)
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let lines = prop::collection::vec(line(attempts), 1..12);
    let shuffles = prop::collection::vec(any::<u64>(), orders_of_each);
    runner
        .run(&(lines, shuffles), |(lines, shuffles)| {
            let books = hear(&town, &lines);
            look(&town, &books, &lines);
            let expected = books.digest();
            for seed in shuffles {
                let books = hear(&town, &shuffled(&lines, seed));
                prop_assert_eq!(&books.digest(), &expected);
            }
            Ok(())
        })
        .unwrap();
}

/// The lines in another order, each once to three times.
fn shuffled(lines: &[Line], seed: u64) -> Vec<Line> {
    let mut state = seed;
    let mut next = move |below: usize| {
        // splitmix64: any mixing will do.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(below).unwrap()).unwrap()
    };
    let mut all = lines.to_vec();
    for line in lines {
        for _ in 0..next(3) {
            all.push(line.clone());
        }
    }
    for at in (1..all.len()).rev() {
        all.swap(at, next(at + 1));
    }
    all
}

#[test]
fn one_set_one_digest_after_one_attempt() {
    orders(1, 150, 8);
}

#[test]
fn one_set_one_digest_after_two_attempts() {
    orders(2, 150, 8);
}

/// One set with every kind of contradiction, in a thousand orders.
#[test]
fn a_thousand_orders_of_one_set() {
    let town = sent(2);
    let mut wrong = booked("D9");
    wrong.amount = Some(fen(AWARD + 1));
    let mut elsewhere = booked("D8");
    elsewhere.account = Some("6222000000000018".to_owned());
    let lines = [
        (1, booked("D1")),
        (1, booked("D2")),
        (1, rejected()),
        (1, returned(7, "T1")),
        (2, accepted()),
        (2, fact(FactKind::Unclear, None, "U1")),
        (2, booked("D3")),
        (2, rejected()),
        (2, returned(AWARD - 1, "T2")),
        (2, returned(1, "T3")),
        (2, returned(5, "T4")),
        (2, fact(FactKind::Duplicate, None, "DUPL")),
        (2, wrong),
        (2, elsewhere),
    ];
    let first = hear(&town, &lines);
    look(&town, &first, &lines);
    for seed in 0..1_000 {
        let books = hear(&town, &shuffled(&lines, seed));
        assert_eq!(books.digest(), first.digest(), "seed {seed}");
    }
}

/// R10: silence, then two people rule that it was not paid, then the bank says that it was: once.
#[test]
fn paid_after_all() {
    let mut town = sent(1);
    let payout = town.id();
    town.system(Command::MarkUnknown { payout }).unwrap();
    let rule = Action::RuleUnknown {
        payout: town.id(),
        attempt: 1,
        outcome: Outcome::Rejected,
        on: day(2026, 3, 26),
        evidence: digest("letter"),
    };
    town.motion(&["RC1", "RC2"], rule).unwrap();
    assert_eq!(town.state(), Some(S::Rejected));

    // Before anybody has decided what follows, the late debit is the payment.
    let mut early = town.clone();
    early.answer(1, booked("D1")).unwrap();
    assert_eq!(early.state(), Some(S::Paid));
    assert_eq!(early.balance(LedgerAccount::Cash), -AWARD);

    // After a second attempt it lies in 未达, and the second one is not sent.
    let (payout, cause) = (town.id(), "更正".to_owned());
    town.motion(&["MK", "CK"], Action::Reissue { payout, cause })
        .unwrap();
    town.make_batch("B2").unwrap();
    town.seal("B2").unwrap();
    town.answer(1, booked("D1")).unwrap();
    assert_eq!(town.balance(LedgerAccount::Unmatched), AWARD);
    assert_eq!(town.balance(LedgerAccount::Spent), 0);
    assert_eq!(town.begin("B2").unwrap_err().code(), 308);
    close_and_count(&mut town);
}

/// Two reconcilers find that the late debit is the payment: the second attempt is void, and what
/// lay in 未达 is what was owed.
fn close_and_count(town: &mut Town) {
    let close = |question: Question, counts| Action::CloseQuestion {
        payout: Town::new().id(),
        attempt: 1,
        question,
        counts,
        evidence: digest("statement"),
    };
    let late = || close(Question::PaidAfterReplacement, true);
    // Not while the second one may still be sent.
    let refusal = town.motion(&["RC1", "RC2"], late()).unwrap_err();
    assert_eq!(refusal.code(), 309);
    let (batch, reason) = (BatchId::new("B2"), "已由首次支付付讫".to_owned());
    town.motion(&["PMK", "PCK"], Action::VoidBatch { batch, reason })
        .unwrap();
    assert_eq!(town.balance(LedgerAccount::Unmatched), AWARD);
    assert_eq!(town.make_batch("B3").unwrap_err().code(), 308);
    town.motion(&["RC1", "RC2"], late()).unwrap();
    assert_eq!(town.state(), Some(S::Paid));
    assert_eq!(town.balance(LedgerAccount::Unmatched), 0);
    assert_eq!(town.balance(LedgerAccount::Cash), -AWARD);
    assert_eq!(town.balance(LedgerAccount::Spent), AWARD);
    town.motion(&["RC1", "RC2"], close(Question::Contradiction, false))
        .unwrap();
    assert_eq!(town.make_batch("B3").unwrap_err().code(), 301);
}

/// What is given up may still be paid by the bank: it is taken in, as disputed.
#[test]
fn paid_after_it_was_given_up_or_set_off() {
    let mut town = sent(1);
    town.answer(1, rejected()).unwrap();
    let (payout, reason) = (town.id(), "企业注销".to_owned());
    town.motion(&["MK", "CK", "AP1"], Action::Cancel { payout, reason })
        .unwrap();
    town.answer(1, booked("D1")).unwrap();
    assert_eq!(town.state(), Some(S::Cancelled));
    assert_eq!(town.balance(LedgerAccount::Unmatched), AWARD);
    assert_eq!(town.balance(LedgerAccount::Committed), 0);
    assert!(town.payout().has_questions());
    // It comes back: nothing is left anywhere.
    town.answer(1, returned(AWARD, "T1")).unwrap();
    assert_eq!(town.balance(LedgerAccount::Unmatched), 0);
    assert_eq!(town.balance(LedgerAccount::Cash), 0);
}

/// The bank returns what the enterprise has given back for a claim as well.
#[test]
fn back_twice() {
    let mut town = Town::at(S::Paid);
    let terms = ClaimTerms {
        amount: fen(AWARD),
        document: "追回决定".to_owned(),
        due: day(2026, 12, 1),
        is_prior_year: false,
        returns_to_budget: true,
    };
    let payout = town.id();
    town.motion(&["MK", "CK", "AP1"], Action::Clawback { payout, terms })
        .unwrap();
    town.stray("C1", AWARD).unwrap();
    let (payout, claim) = (town.id(), 1);
    let line = BankLine::id_of(&PayerId::new(PAYER), "C1");
    town.system(Command::Recover {
        payout,
        claim,
        line,
    })
    .unwrap();
    assert_eq!(town.balance(LedgerAccount::Spent), 0);
    town.answer(1, returned(AWARD, "T1")).unwrap();
    assert_eq!(town.balance(LedgerAccount::Unmatched), -AWARD);
    assert_eq!(town.balance(LedgerAccount::Returned), 0);
    assert_eq!(town.balance(LedgerAccount::Cash), AWARD);
    assert!(town.payout().has_questions());
    let (payout, cause) = (town.id(), "重发".to_owned());
    assert!(
        town.motion(&["MK", "CK"], Action::Reissue { payout, cause })
            .is_err()
    );
}

/// A bank that speaks of what nobody has sent: kept, asked about, and never sent after that.
#[test]
fn told_before_it_was_sent() {
    for fact in [accepted(), rejected(), booked("D1")] {
        // In an open batch: not sealed any more, but it may leave the batch.
        let mut town = Town::at(S::Batched);
        town.answer(1, fact.clone()).unwrap();
        assert_eq!(town.state(), Some(S::Batched));
        assert!(town.payout().has_questions());
        assert_eq!(town.seal(BATCH).unwrap_err().code(), 308);
        let (batch, payouts) = (BatchId::new(BATCH), vec![town.id()]);
        town.user("PMK", Command::Unbatch { batch, payouts })
            .unwrap();
        assert_eq!(town.make_batch("B2").unwrap_err().code(), 308);
        let disputed = if fact.kind == FactKind::Booked {
            AWARD
        } else {
            0
        };
        assert_eq!(town.balance(LedgerAccount::Unmatched), disputed);
        assert_eq!(town.balance(LedgerAccount::Committed), AWARD);

        // Sealed: neither sent nor void; but people may say that it has left after all.
        let mut town = Town::at(S::Sealed);
        town.answer(1, fact.clone()).unwrap();
        assert!(town.begin(BATCH).is_err());
        let (batch, reason) = (BatchId::new(BATCH), "没发".to_owned());
        let void = Action::VoidBatch { batch, reason };
        assert!(town.motion(&["PMK", "PCK"], void).is_err());
        let (batch, statement) = (BatchId::new(BATCH), digest("statement"));
        let hand_over = Action::HandOver { batch, statement };
        town.motion(&["PMK", "PCK"], hand_over).unwrap();
        let expected = match fact.kind {
            FactKind::Accepted => S::Accepted,
            FactKind::Rejected => S::Rejected,
            _ => S::Paid,
        };
        assert_eq!(town.state(), Some(expected));
    }
    // Without a word of the bank a sealed file is sent the usual way.
    let mut town = Town::at(S::Sealed);
    let (batch, statement) = (BatchId::new(BATCH), digest("statement"));
    let hand_over = Action::HandOver { batch, statement };
    let refusal = town.motion(&["PMK", "PCK"], hand_over).unwrap_err();
    assert_eq!(refusal.code(), 303);
}

/// What two people have closed is open again when the bank says more of the same.
#[test]
fn news_opens_a_question_again() {
    let mut town = Town::at(S::Paid);
    town.answer(1, booked("D2")).unwrap();
    let close = || Action::CloseQuestion {
        payout: Town::new().id(),
        attempt: 1,
        question: Question::BookedTwice,
        counts: false,
        evidence: digest("statement"),
    };
    town.motion(&["RC1", "RC2"], close()).unwrap();
    assert!(!town.payout().has_questions());
    town.answer(1, booked("D2")).unwrap();
    assert!(!town.payout().has_questions(), "the same line is no news");
    town.answer(1, booked("D3")).unwrap();
    assert!(town.payout().has_questions());
}

/// One movement told by two files in other words is one movement.
#[test]
fn the_same_movement_in_other_words() {
    let mut town = Town::at(S::Paid);
    let mut told = booked("D1");
    told.reason = Some("支付成功".to_owned());
    town.answer(1, told).unwrap();
    assert!(!town.payout().has_questions());
    let part = returned(5, "T1");
    let mut again = part.clone();
    again.reason = Some("户名不符".to_owned());
    town.answer(1, part).unwrap();
    town.answer(1, again).unwrap();
    assert_eq!(town.payout().open_return(), fen(5));
    assert!(!town.payout().has_questions());
    // Told with two amounts: the greater one is counted, and people are asked.
    town.answer(1, returned(6, "T1")).unwrap();
    assert_eq!(town.payout().open_return(), fen(6));
    assert!(town.payout().has_questions());
}
