//! What made-up sweeps find payable.

use std::collections::BTreeMap;

use zhida_engine::payouts::{
    Award, Books, Digest, EntitlementKey, KnownPayment, Origin, Payout, PayoutState, Terms,
};
use zhida_policies::values::{Date, Money, Uscc};

use super::cast::Cast;
use super::clock::after;
use crate::simulator::dice::Dice;

/// One sweep over some enterprises: a measure of a bureau for the period of the day.
pub(crate) fn sweep(cast: &Cast, books: &Books, today: Date, dice: &mut Dice) -> Vec<Award> {
    let mut awards = Vec::new();
    let bureau = dice.pick(&cast.bureaus).unwrap();
    let measure = dice.below(7);
    let year = today.year() - i16::from(dice.chance(150));
    let lines: Vec<_> = cast
        .lines
        .iter()
        .filter(|(id, of, fiscal)| {
            of == bureau && *fiscal == today.year() && !id.as_str().ends_with("未达")
        })
        .collect();
    let Some((line, ..)) = dice.pick(&lines).copied().cloned() else {
        return awards;
    };
    let paid = (LIMITED.contains(&measure)).then(|| paid(books));
    let sweep = Digest::of(format!("sweep {today} {measure} {}", dice.below(9)).as_bytes());
    for enterprise in &cast.enterprises {
        if !dice.chance(500) {
            continue;
        }
        let period = match measure {
            0 => format!("{year}#{}", 1 + dice.below(3)),
            1 => format!("{year}-{:02}", today.month()),
            _ => year.to_string(),
        };
        let exclusive = (measure >= 5).then(|| format!("{}|{period}", enterprise.uscc));
        let mut key = EntitlementKey {
            bureau: bureau.clone(),
            measure: format!("政策/{measure}"),
            uscc: enterprise.uscc,
            period,
            supplement: 0,
        };
        let before = supplement(books, &mut key, dice);
        let amount = match dice.below(20) {
            0 => dice.within(1, 99),
            1 => dice.within(1_000_000, 9_000_000),
            _ => dice.within(10_000, 600_000),
        };
        awards.push(Award {
            knows: paid.as_ref().map_or_else(Vec::new, |paid| {
                let is_stale = dice.chance(150);
                LIMITED
                    .map(|other| known(paid, &key, other, is_stale))
                    .collect()
            }),
            origin: origin(&sweep, &key, amount, before),
            terms: terms(today, dice),
            key,
            enterprise: enterprise.name.clone(),
            line: line.clone(),
            amount: Money::from_fen(amount),
            exclusive,
        });
    }
    awards
}

/// The measures that share one limit, so that each must know what was paid for the others.
const LIMITED: std::ops::Range<usize> = 2..5;

/// What every enterprise was paid for every measure and has kept.
type Paid = BTreeMap<(Uscc, String), i64>;

fn paid(books: &Books) -> Paid {
    let mut paid = Paid::new();
    for payout in books.payouts() {
        let of = (payout.key.uscc, payout.key.measure.clone());
        *paid.entry(of).or_default() += payout.kept().fen();
    }
    paid
}

/// What a sweep knows of another measure; one with an old ledger knows half of it.
fn known(paid: &Paid, key: &EntitlementKey, measure: usize, is_stale: bool) -> KnownPayment {
    let measure = format!("政策/{measure}");
    let fen = paid.get(&(key.uscc, measure.clone())).copied().unwrap_or(0);
    let fen = if is_stale { fen / 2 } else { fen };
    let paid = Money::from_fen(fen);
    KnownPayment { measure, paid }
}

/// What was paid for the period already makes the next award a supplement; some sweeps know less
/// than they should.
fn supplement(books: &Books, key: &mut EntitlementKey, dice: &mut Dice) -> Money {
    let mut before = 0;
    while let Some(paid) = books.payout(&key.payout_id()) {
        if !is_paid(paid) || !dice.chance(600) {
            break;
        }
        before += paid.kept().fen();
        key.supplement += 1;
    }
    Money::from_fen(if dice.chance(50) { before / 2 } else { before })
}

fn is_paid(payout: &Payout) -> bool {
    matches!(payout.state(), PayoutState::Paid | PayoutState::Settled)
}

fn origin(sweep: &Digest, key: &EntitlementKey, amount: i64, before: Money) -> Origin {
    let award = format!(
        "{} {} {} {amount} {sweep}",
        key.measure, key.uscc, key.period
    );
    Origin {
        sweep: sweep.clone(),
        root: sweep.clone(),
        award: Digest::of(award.as_bytes()),
        policies: sweep.clone(),
        snapshot: sweep.clone(),
        paid_before: before,
        seal: None,
    }
}

fn terms(today: Date, dice: &mut Dice) -> Terms {
    let expires = match dice.below(10) {
        0 => Some(after(today, -dice.within(1, 20))),
        1 => Some(after(today, dice.within(1, 20))),
        _ => None,
    };
    Terms {
        title: "示例奖励".to_owned(),
        document: "示例〔2026〕1号".to_owned(),
        award_date: after(today, -dice.within(0, 30)),
        effective: after(today, -dice.within(20, 300)),
        expires,
        notice_days: 5 + u16::try_from(dice.below(3)).unwrap(),
    }
}
