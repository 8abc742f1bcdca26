//! What orders and policies give cause to tell.

use std::collections::BTreeMap;

use zhida_engine::payouts::{
    Books, BureauId, Command, Effects, Moment, Order, Payout, PayoutState, Thing,
};
use zhida_policies::values::{Date, Money, Uscc};

use crate::messages::kind::Kind;
use crate::messages::outbox::{Audience, Holder, NewMessage};

type Words = BTreeMap<&'static str, String>;

/// What an order gives cause to tell: the books are as before it.
pub(crate) fn of_order(
    books: &Books,
    order: &Order,
    effects: &Effects,
    sequence: u64,
) -> Vec<NewMessage> {
    let mut messages = Vec::new();
    for thing in &effects.things {
        let Thing::Payout(after) = thing else {
            continue;
        };
        let before = books.payout(&after.id);
        let rules = books.settings(&after.key.bureau).rules;
        let of = rules.map_or(0, |rules| rules.reminders);
        for (kind, own) in told(before, after, order, of) {
            let mut words = words(after);
            words.extend(own);
            messages.push(NewMessage {
                key: format!("{}:{sequence}:{}", kind.name(), after.id),
                kind,
                words,
                about: Some(after.id.to_string()),
                audience: Audience::Holders(vec![Holder::Enterprise(after.key.uscc)]),
                at: order.at,
            });
        }
    }
    messages
}

/// What became of a payout that its enterprise wants to know.
fn told(
    before: Option<&Payout>,
    after: &Payout,
    order: &Order,
    reminders: u16,
) -> Vec<(Kind, Words)> {
    let Some(before) = before else {
        return Vec::new();
    };
    let mut told = objections(before, after);
    let (was, is) = (before.state(), after.state());
    if let Command::Remind { .. } = order.command {
        let words = Words::from([
            ("until", day(after.confirm_until)),
            ("number", after.reminders.to_string()),
            ("of", reminders.max(after.reminders).to_string()),
        ]);
        told.push((Kind::Reminder, words));
    }
    let returned = after
        .open_return()
        .fen()
        .saturating_sub(before.open_return().fen());
    if returned > 0 {
        let returned = Money::from_fen(returned).grouped().to_string();
        told.push((Kind::Returned, Words::from([("returned", returned)])));
    }
    if was != is {
        told.extend(arrived(was, is, after, returned > 0));
    }
    for claim in after.claims.iter().skip(before.claims.len()) {
        let words = Words::from([
            ("claimed", claim.terms.amount.grouped().to_string()),
            ("due", claim.terms.due.to_string()),
            ("document", claim.terms.document.clone()),
        ]);
        told.push((Kind::Clawback, words));
    }
    told
}

/// What a payout that came to another state gives cause to tell.
fn arrived(
    was: PayoutState,
    is: PayoutState,
    after: &Payout,
    came_back: bool,
) -> Option<(Kind, Words)> {
    match is {
        PayoutState::OnNotice if was == PayoutState::Approved => {
            let words = Words::from([("until", day(after.notice_until))]);
            Some((Kind::Notice, words))
        }
        PayoutState::AwaitPayee => {
            let words = Words::from([("until", day(after.confirm_until))]);
            Some((Kind::Confirm, words))
        }
        PayoutState::Paid if !came_back => {
            let paid = after.moved().grouped().to_string();
            Some((Kind::Paid, Words::from([("paid", paid)])))
        }
        PayoutState::Rejected => Some((Kind::Rejected, Words::new())),
        PayoutState::Expired => Some((Kind::Expired, Words::new())),
        PayoutState::OnNotice
        | PayoutState::Paid
        | PayoutState::Computed
        | PayoutState::Proposed
        | PayoutState::Checked
        | PayoutState::Approved
        | PayoutState::Objected
        | PayoutState::Confirmed
        | PayoutState::Batched
        | PayoutState::Sealed
        | PayoutState::Sending
        | PayoutState::Sent
        | PayoutState::Accepted
        | PayoutState::Unknown
        | PayoutState::Returned
        | PayoutState::Reissue
        | PayoutState::Settled
        | PayoutState::Declined
        | PayoutState::Cancelled => None,
    }
}

/// A day in words; nothing where there is none.
fn day(date: Option<Date>) -> String {
    date.map_or_else(String::new, |date| date.to_string())
}

/// The objections that were answered.
fn objections(before: &Payout, after: &Payout) -> Vec<(Kind, Words)> {
    let pairs = before.objections.iter().zip(&after.objections);
    let answered = pairs.filter(|(before, after)| before.is_open() && !after.is_open());
    answered
        .map(|(_, objection)| {
            let mut words = Words::from([("number", objection.number.to_string())]);
            let kind = if after.state() == PayoutState::Cancelled {
                Kind::ObjectionFounded
            } else if after.amount != before.amount {
                words.insert("before", before.amount.grouped().to_string());
                Kind::ObjectionChanged
            } else {
                Kind::ObjectionUnfounded
            };
            (kind, words)
        })
        .collect()
}

fn words(payout: &Payout) -> Words {
    Words::from([
        ("enterprise", payout.enterprise.clone()),
        ("title", payout.terms.title.clone()),
        ("document", payout.terms.document.clone()),
        ("amount", payout.amount.grouped().to_string()),
        ("bureau", payout.key.bureau.to_string()),
        ("payout", payout.id.to_string()),
    ])
}

/// A policy that was published.
#[derive(Clone, Debug)]
pub(crate) struct PolicyNews {
    /// Its name in the library; each version of it has its own.
    pub(crate) version: String,
    /// What people call it.
    pub(crate) title: String,
    /// Who issued it.
    pub(crate) issuer: String,
    /// Its document number.
    pub(crate) document: String,
    /// Since when it is in force.
    pub(crate) effective: String,
}

impl PolicyNews {
    /// For whoever has subscribed to the topic: for policies that any enterprise may use.
    pub(crate) fn universal(&self, topic: &str, at: Moment) -> NewMessage {
        let audience = Audience::Topic(topic.to_owned());
        self.message(Kind::PolicyUniversal, topic, audience, at)
    }

    /// For the enterprises that it may apply to, as a sweep or the prospective index found them.
    pub(crate) fn special(&self, matching: &[Uscc], at: Moment) -> NewMessage {
        let holders = matching.iter().copied().map(Holder::Enterprise).collect();
        let audience = Audience::Holders(holders);
        self.message(Kind::PolicySpecial, "special", audience, at)
    }

    /// For whoever has subscribed to the topic: the policy ends.
    pub(crate) fn ended(&self, topic: &str, at: Moment) -> NewMessage {
        let audience = Audience::Topic(topic.to_owned());
        self.message(Kind::PolicyEnded, topic, audience, at)
    }

    fn message(&self, kind: Kind, to: &str, audience: Audience, at: Moment) -> NewMessage {
        NewMessage {
            key: format!("{}:{}:{to}", kind.name(), self.version),
            kind,
            words: Words::from([
                ("title", self.title.clone()),
                ("issuer", self.issuer.clone()),
                ("document", self.document.clone()),
                ("effective", self.effective.clone()),
            ]),
            about: Some(self.version.clone()),
            audience,
            at,
        }
    }
}

/// The topic of all that a bureau publishes for any enterprise.
pub(crate) fn topic_of_bureau(bureau: &BureauId) -> String {
    format!("bureau:{bureau}")
}
