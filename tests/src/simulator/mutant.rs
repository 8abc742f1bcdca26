//! Planted bugs: each breaks one promise, and the simulator must find it.

use zhida_engine::payouts::{
    Actor, AttemptPhase, Books, Command, Effects, FactKind, LedgerAccount, Order, PayoutId,
    PersonId, Refusal, Thing,
};

/// A bug that somebody might make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// An attempt without an answer is struck out, and the next one gets a new name (P1).
    SecondAttempt,
    /// The keys of requests live in memory only (P1).
    KeyForgotten,
    /// One posting of a payment is left out (P2).
    PostingDropped,
    /// The second account of a person counts as another person (P4).
    PersonsUnknown,
    /// Whoever acts in another's place is not remembered (P4).
    DelegateUnseen,
    /// An approver may approve any amount (P4).
    TierUnchecked,
    /// One approver is enough for every amount (P4).
    SecondApproverForgotten,
    /// A lent role stays lent after its last day (P4).
    LentForEver,
    /// The role of whoever acts is not looked at (P4).
    RoleUnchecked,
    /// A sweep with an old ledger is as good as any (P1).
    BlindSweep,
    /// A proposal does not look at what is available (P5).
    BalanceUnchecked,
    /// The log is written and the tables are not (P6).
    GroupTorn,
    /// One table is left out of a transaction (P6).
    ThingNotStored,
    /// "Done" is said before it is written (P7).
    AcknowledgedBeforeCommit,
    /// An old entry is changed on the disk (P8).
    EntryEdited,
    /// An old entry is changed, and the whole chain after it (P8).
    EntryEditedAndChained,
    /// No answer in time counts as refused (P9).
    SilenceIsRefusal,
    /// Of two answers that contradict each other the later one counts (P9).
    LastAnswerCounts,
    /// A file that is sent again carries the time of the sending (P10).
    FileMadeAgain,
}

/// What an order does, with the planted bug where there is one.
pub(crate) fn decide(
    mutant: Option<Mutant>,
    books: &Books,
    order: &Order,
) -> Result<Effects, Refusal> {
    match (mutant, &order.command, &order.actor) {
        (Some(Mutant::DelegateUnseen), _, Actor::Delegate { of, .. }) => {
            let (actor, order) = (Actor::User(of.clone()), order.clone());
            books.decide(&Order { actor, ..order })
        }
        (Some(Mutant::PersonsUnknown), Command::SetUp { user }, _) => {
            let mut user = user.clone();
            user.person = PersonId::new(user.id.as_str());
            let (command, order) = (Command::SetUp { user }, order.clone());
            books.decide(&Order { command, ..order })
        }
        (Some(Mutant::TierUnchecked), Command::Approve { .. }, _) => {
            let decided = books.decide(order);
            decided.or_else(|refusal| without_tier(books, order, refusal))
        }
        (Some(Mutant::SecondApproverForgotten), Command::Approve { payout }, _) => {
            with_one_approver(books, order, payout)
        }
        (Some(Mutant::LentForEver), _, Actor::Delegate { .. }) => {
            let decided = books.decide(order);
            decided.or_else(|refusal| with_longer_loan(books, order, refusal))
        }
        (Some(Mutant::RoleUnchecked), _, Actor::User(_)) => {
            let decided = books.decide(order);
            decided.or_else(|refusal| with_role(books, order, refusal))
        }
        (Some(Mutant::BlindSweep), Command::Entitle(award), _) => {
            let decided = books.decide(order);
            decided.or_else(|_| {
                let mut award = award.clone();
                award.knows.clear();
                let (command, order) = (Command::Entitle(award), order.clone());
                books.decide(&Order { command, ..order })
            })
        }
        (Some(Mutant::SecondAttempt), Command::MakeBatch(batch), _) => {
            let decided = books.decide(order);
            decided.or_else(|_| with_struck_out(books, order, &batch.payouts))
        }
        (Some(Mutant::BalanceUnchecked), Command::Propose { .. }, _) => {
            let decided = books.decide(order);
            decided.or_else(|refusal| without_balance(books, order, refusal))
        }
        (Some(Mutant::LastAnswerCounts), Command::Answer { fact, .. }, _)
            if fact.kind == FactKind::Rejected =>
        {
            without_debit(books, order)
        }
        (Some(Mutant::PostingDropped), Command::Answer { .. }, _) => {
            books.decide(order).map(dropped)
        }
        _ => books.decide(order),
    }
}

/// Decides as if nobody had a limit.
fn without_tier(original: &Books, order: &Order, refusal: Refusal) -> Result<Effects, Refusal> {
    let Refusal::AboveTier { user, .. } = &refusal else {
        return Err(refusal);
    };
    let mut books = original.clone();
    let mut user = books.user(user).cloned().ok_or(refusal)?;
    user.approves_up_to = None;
    books.put(Thing::User(user));
    books.decide(order)
}

/// Decides as if no amount needed a second approver.
fn with_one_approver(
    original: &Books,
    order: &Order,
    payout: &PayoutId,
) -> Result<Effects, Refusal> {
    let mut books = original.clone();
    if let Some(payout) = original.payout(payout) {
        let mut settings = books.settings(&payout.key.bureau);
        if let Some(rules) = &mut settings.rules {
            rules.second_approver_from = None;
        }
        books.put(Thing::Settings(settings));
    }
    books.decide(order)
}

/// Decides as if what was lent once were lent still.
fn with_longer_loan(original: &Books, order: &Order, refusal: Refusal) -> Result<Effects, Refusal> {
    let Refusal::NotDelegated { of, user, role } = &refusal else {
        return Err(refusal);
    };
    let mut lent = original.things().filter_map(|thing| match thing {
        Thing::Delegation(lent) => Some(lent),
        _ => None,
    });
    let lent = lent.find(|lent| (&lent.of, &lent.to, &lent.role) == (of, user, role));
    let mut lent = lent.ok_or(refusal)?;
    let mut books = original.clone();
    let today = order.at.business_date();
    (lent.from, lent.until) = (today, today);
    books.put(Thing::Delegation(lent));
    books.decide(order)
}

/// Decides as if whoever acts had the role that is asked for.
fn with_role(original: &Books, order: &Order, refusal: Refusal) -> Result<Effects, Refusal> {
    let Refusal::NotTheRole { user, role } = &refusal else {
        return Err(refusal);
    };
    let mut books = original.clone();
    let mut able = books.user(user).cloned().ok_or_else(|| refusal.clone())?;
    able.roles.insert(*role);
    books.put(Thing::User(able));
    books.decide(order)
}

/// Decides as if no attempt of these payouts had ever been made.
fn with_struck_out(
    original: &Books,
    order: &Order,
    payouts: &[PayoutId],
) -> Result<Effects, Refusal> {
    let mut books = original.clone();
    for id in payouts {
        let Some(mut payout) = books.payout(id).cloned() else {
            continue;
        };
        for attempt in &mut payout.attempts {
            if matches!(attempt.phase, AttemptPhase::Sending | AttemptPhase::Sent) {
                attempt.phase = AttemptPhase::Voided;
            }
        }
        books.put(Thing::Payout(Box::new(payout)));
    }
    books.decide(order)
}

/// Decides as if the budget line had plenty.
fn without_balance(original: &Books, order: &Order, refusal: Refusal) -> Result<Effects, Refusal> {
    const PLENTY: i64 = 1_000_000_000_000;
    let Refusal::NotEnoughBudget { line, .. } = &refusal else {
        return Err(refusal);
    };
    let mut books = original.clone();
    let mut rich = books.line(line).cloned().ok_or(refusal)?;
    *rich.balances.entry(LedgerAccount::Available).or_default() += PLENTY;
    books.put(Thing::Line(rich));
    let mut effects = books.decide(order)?;
    for thing in &mut effects.things {
        if let Thing::Line(line) = thing {
            *line.balances.entry(LedgerAccount::Available).or_default() -= PLENTY;
        }
    }
    Ok(effects)
}

/// Decides as if the bank had never said that it paid.
fn without_debit(original: &Books, order: &Order) -> Result<Effects, Refusal> {
    let Command::Answer { instruction, .. } = &order.command else {
        return original.decide(order);
    };
    let mut books = original.clone();
    let found = books.instruction(instruction);
    if let Some((mut payout, number)) = found.map(|(payout, number)| (payout.clone(), number)) {
        for attempt in &mut payout.attempts {
            if attempt.number == number {
                attempt.facts.retain(|fact| fact.kind != FactKind::Booked);
            }
        }
        books.put(Thing::Payout(Box::new(payout)));
    }
    books.decide(order)
}

/// Leaves out the posting to the bank account, and the balance with it.
fn dropped(mut effects: Effects) -> Effects {
    let cash = effects
        .postings
        .iter()
        .position(|posting| posting.account == LedgerAccount::Cash);
    let Some(cash) = cash else {
        return effects;
    };
    let posting = effects.postings.remove(cash);
    for thing in &mut effects.things {
        if let Thing::Line(line) = thing
            && line.id == posting.line
        {
            *line.balances.entry(LedgerAccount::Cash).or_default() -= posting.fen;
        }
    }
    effects
}
