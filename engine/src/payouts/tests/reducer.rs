//! Orders carried out on whole books and on the part of them that the subjects name.
//!
//! The reducer does what a store does: it loads what each subject's documentation names and
//! nothing else. Both must give the same, refusals included.

use std::collections::BTreeSet;

use zhida_policies::values::Uscc;

use crate::payouts::*;

/// Carries out an order and looks at the laws that hold after every order.
#[track_caller]
pub(super) fn execute(books: &mut Books, order: &Order) -> Result<Effects, Refusal> {
    let mut part = reduced(books, order);
    let before = books.clone();
    let on_part = part.execute(order);
    let on_whole = books.execute(order);
    assert_eq!(
        on_part, on_whole,
        "the subjects are not enough for {order:?}"
    );
    match &on_whole {
        Ok(effects) => check(books, effects),
        Err(_) => assert_eq!(*books, before, "a refused order changed something"),
    }
    on_whole
}

/// What holds after every order: nothing out of balance, every order in balance.
#[track_caller]
fn check(books: &Books, effects: &Effects) {
    assert_eq!(books.imbalances(), []);
    let lines: BTreeSet<_> = effects.postings.iter().map(|one| &one.line).collect();
    for line in lines {
        for ledger in [Ledger::Budget, Ledger::Money] {
            let of_line = effects.postings.iter().filter(|one| one.line == *line);
            let of_ledger = of_line.filter(|one| one.account.ledger() == ledger);
            assert_eq!(of_ledger.map(|one| one.fen).sum::<i64>(), 0, "{effects:?}");
        }
    }
    for line in books.lines() {
        for account in LedgerAccount::ALL {
            assert!(
                !account.is_never_negative() || line.balance(account) >= 0,
                "{} is overdrawn",
                account.name()
            );
        }
    }
}

/// The books without what the order does not name.
fn reduced(books: &Books, order: &Order) -> Books {
    let mut part = Books::new();
    for subject in order.subjects() {
        load(books, &mut part, &subject);
    }
    part
}

fn load(books: &Books, part: &mut Books, subject: &Subject) {
    match subject {
        Subject::User(id) => {
            for lent in &books.delegations {
                if lent.of == *id || lent.to == *id {
                    part.put(Thing::Delegation(lent.clone()));
                }
            }
            if let Some(user) = books.user(id) {
                load_person(books, part, &user.person);
            }
        }
        Subject::Person(person) => load_person(books, part, person),
        Subject::Payout(id) => load_payout(books, part, id),
        Subject::Exclusive(group) => {
            let of_group = |payout: &&Payout| payout.exclusive.as_ref() == Some(group);
            for payout in books.payouts().filter(of_group) {
                load_payout(books, part, &payout.id);
            }
        }
        Subject::Instruction(name) => {
            if let Some((payout, _)) = books.instruction(name) {
                load_payout(books, part, &payout.id);
            }
            load_strays(books, part, name);
        }
        Subject::Enterprise(uscc) => load_enterprise(books, part, uscc),
        Subject::Payee(uscc) => load_payee(books, part, uscc),
        Subject::Batch(id) => {
            if let Some(batch) = books.batch(id) {
                for (payout, number) in &batch.items {
                    load_payout(books, part, payout);
                    for name in payout.instructions(*number) {
                        load_strays(books, part, &name);
                    }
                }
                part.put(Thing::Batch(batch.clone()));
            }
        }
        Subject::Notice(id) => {
            part_of(part, books.notice(id).cloned().map(Thing::Notice));
        }
        Subject::Motion(id) => {
            if let Some(motion) = books.motion(id) {
                part.put(Thing::Motion(Box::new(motion.clone())));
                for subject in motion.action.subjects() {
                    load(books, part, &subject);
                }
            }
        }
        Subject::Line(id) => load_line(books, part, id),
        Subject::Payer(id) => load_payer(books, part, id),
        Subject::BankLine(id) => {
            if let Some(line) = books.bank_line(id) {
                load_payer(books, part, &line.payer);
                part.put(Thing::BankLine(line.clone()));
            }
        }
        Subject::Settings(bureau) => load_settings(books, part, bureau),
        Subject::Policies => {
            for record in books.policies() {
                part.put(Thing::Policy(Box::new(record.clone())));
            }
        }
    }
}

fn part_of(part: &mut Books, thing: Option<Thing>) {
    if let Some(thing) = thing {
        part.put(thing);
    }
}

fn load_strays(books: &Books, part: &mut Books, name: &EndToEndId) {
    for line in books.strays.get(name).into_iter().flatten() {
        load(books, part, &Subject::BankLine(line.clone()));
    }
}

fn load_person(books: &Books, part: &mut Books, person: &PersonId) {
    for user in books.users().filter(|user| user.person == *person) {
        part.put(Thing::User(user.clone()));
    }
}

fn load_payout(books: &Books, part: &mut Books, id: &PayoutId) {
    if let Some(payout) = books.payout(id) {
        part.put(Thing::Payout(Box::new(payout.clone())));
        load_line(books, part, &payout.line);
        load_settings(books, part, &payout.key.bureau);
        load_payee(books, part, &payout.key.uscc);
    }
}

fn load_enterprise(books: &Books, part: &mut Books, uscc: &Uscc) {
    for payout in books.payouts().filter(|payout| payout.key.uscc == *uscc) {
        load_payout(books, part, &payout.id);
        for attempt in &payout.attempts {
            if attempt.phase == AttemptPhase::Batched {
                part_of(part, books.batch(&attempt.batch).cloned().map(Thing::Batch));
            }
        }
    }
}

fn load_payee(books: &Books, part: &mut Books, uscc: &Uscc) {
    part_of(part, books.payee(uscc).cloned().map(Thing::Payee));
    part_of(part, books.bars.get(uscc).cloned().map(Thing::Bar));
}

fn load_line(books: &Books, part: &mut Books, id: &BudgetLineId) {
    if let Some(line) = books.line(id) {
        load_settings(books, part, &line.bureau);
        part.put(Thing::Line(line.clone()));
    }
}

fn load_payer(books: &Books, part: &mut Books, id: &PayerId) {
    if let Some(payer) = books.payer(id) {
        load_line(books, part, &payer.suspense);
        part.put(Thing::Payer(payer.clone()));
    }
}

fn load_settings(books: &Books, part: &mut Books, bureau: &BureauId) {
    let settings = books.settings.get(bureau).cloned();
    part_of(part, settings.map(Thing::Settings));
}
