//! What made the changes of a list so: the figures of their causes, as the leaves and the file of
//! the list say them.

use std::fmt::Write as _;

use zhida_policies::values::Money;

use crate::awards::{Cause, Split, Step};
use crate::decision::Reason;
use crate::sweep::award_row::{AwardList, at, rule_id};
use crate::sweep::canonical::Canonical;

/// How many causes are looked up before their figures are written again.
const CAUSES_KNOWN: usize = 256;

/// The figures of causes, of which many come again and again in one settlement.
pub(crate) struct KnownFigures {
    /// By the place that a cause names, as far as there is room.
    known: Vec<Known>,
    /// Beyond them, where there is none.
    other: Known,
    has_text: bool,
}

/// The figures of the last cause of its place.
#[derive(Default)]
struct Known {
    cause: Option<Cause>,
    figures: Figures,
    /// The code of the text among those of a block.
    code: Option<u32>,
}

/// The figures of a cause as they are written.
pub(crate) struct Written<'k> {
    /// As they stand in the leaf, before the weight.
    pub(crate) leaf: &'k [u8],
    /// The weight, which nearly every change of its kind has for itself, and by what it was
    /// multiplied.
    pub(crate) weight: Option<(u64, u64)>,
    /// As they stand in the file, without the weight: `name=number`, apart by blanks; empty where
    /// there is no file.
    pub(crate) text: &'k str,
    /// Where the code of the text among those of a block is kept.
    pub(crate) code: &'k mut Option<u32>,
}

impl KnownFigures {
    /// None yet; with texts where they go to a file.
    pub(crate) fn new(has_text: bool) -> Self {
        let mut known = Vec::new();
        known.resize_with(CAUSES_KNOWN, Known::default);
        Self {
            known,
            other: Known::default(),
            has_text,
        }
    }

    /// Begins with the changes of another settlement: the places that causes name are those of one.
    pub(crate) fn begin_settlement(&mut self) {
        let known = self.known.iter_mut().chain([&mut self.other]);
        known.for_each(|known| known.cause = None);
    }

    /// The figures of a cause.
    pub(crate) fn of(&mut self, list: AwardList<'_>, cause: Cause) -> Written<'_> {
        let (common, weight) = match cause {
            Cause::Weighted { split, weight } => {
                (Cause::Weighted { split, weight: 0 }, Some(weight))
            }
            Cause::PaidThisPeriod(_)
            | Cause::PaidOtherYears(_)
            | Cause::NoPlace { .. }
            | Cause::NoRank
            | Cause::NotHighest { .. }
            | Cause::TopUp(_)
            | Cause::Part(_)
            | Cause::UsedUp(_)
            | Cause::Stopped(_)
            | Cause::NoWeight
            | Cause::NoLimit(_)
            | Cause::LimitsDiffer
            | Cause::BelowPayableFrom { .. } => (cause, None),
        };
        let known = self.known.get_mut(place_of(common) % CAUSES_KNOWN);
        let known = known.unwrap_or(&mut self.other);
        if known.cause != Some(common) {
            known.cause = Some(common);
            known.code = None;
            known.figures.begin(self.has_text);
            known.figures.write(list, common);
        }
        Written {
            leaf: known.figures.leaf.bytes(),
            weight: weight.map(|weight| (weight, known.figures.scale)),
            text: &known.figures.text,
            code: &mut known.code,
        }
    }
}

/// What tells causes apart that come beside each other.
fn place_of(cause: Cause) -> usize {
    match cause {
        Cause::Part(split)
        | Cause::UsedUp(split)
        | Cause::Stopped(split)
        | Cause::Weighted { split, .. } => at(split),
        Cause::NotHighest { winner } => at(winner),
        Cause::PaidThisPeriod(paid) | Cause::PaidOtherYears(paid) | Cause::TopUp(paid) => {
            usize::try_from(paid.fen()).unwrap_or(0)
        }
        Cause::NoPlace { above, .. } => at(above),
        Cause::NoRank
        | Cause::NoWeight
        | Cause::NoLimit(_)
        | Cause::LimitsDiffer
        | Cause::BelowPayableFrom { .. } => 0,
    }
}

/// Figures in the order in which they are written.
#[derive(Default)]
struct Figures {
    leaf: Canonical,
    text: String,
    /// By what weights were multiplied; it stands behind the weight in the leaf.
    scale: u64,
    has_text: bool,
}

impl Figures {
    fn begin(&mut self, has_text: bool) {
        self.leaf.clear();
        self.text.clear();
        self.scale = 1;
        self.has_text = has_text;
    }

    fn write(&mut self, list: AwardList<'_>, cause: Cause) {
        let settled = list.settled;
        match cause {
            Cause::PaidThisPeriod(paid) | Cause::PaidOtherYears(paid) | Cause::TopUp(paid) => {
                self.money("paid_fen", paid);
            }
            Cause::NoPlace { above, tied } => {
                self.number("above", above.into());
                self.number("tied", tied.into());
            }
            Cause::NotHighest { winner } => {
                if let Some(other) = settled.awards.get(at(winner)) {
                    let measure = rule_id(list.library, Step::Places, other.measure);
                    self.winner(list.snapshot.uscc(at(other.row)), other.measure, measure);
                }
            }
            Cause::Part(split) | Cause::UsedUp(split) | Cause::Stopped(split) => {
                if let Some(split) = settled.splits.get(at(split)) {
                    self.split(split);
                }
            }
            Cause::Weighted { split, .. } => {
                if let Some(split) = settled.splits.get(at(split)) {
                    self.split(split);
                    self.scale = split.scale;
                    self.say("scale", split.scale.into());
                }
            }
            Cause::NoLimit(reason) => self.number("reason", Reason::from(reason).code().into()),
            Cause::BelowPayableFrom { threshold } => self.money("payable_from_fen", threshold),
            Cause::NoRank | Cause::NoWeight | Cause::LimitsDiffer => {}
        }
    }

    fn split(&mut self, split: &Split) {
        self.money("limit_fen", split.limit);
        self.money("paid_fen", split.paid);
        self.money("room_fen", split.room);
        self.number("claimed", split.claimed);
        self.number("awards", split.awards.into());
    }

    /// The award that is higher: its enterprise, and its measure by place and name.
    fn winner(&mut self, uscc: &str, place: u32, measure: &str) {
        self.leaf.text(uscc);
        self.leaf.number(place.into());
        if self.has_text {
            self.text.extend(["winner=", uscc, " ", measure]);
        }
    }

    fn money(&mut self, name: &str, money: Money) {
        self.number(name, money.fen().into());
    }

    fn number(&mut self, name: &str, number: i128) {
        self.leaf.wide(number);
        self.say(name, number);
    }

    /// Writes a number into the text.
    fn say(&mut self, name: &str, number: i128) {
        if !self.has_text {
            return;
        }
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        // Writing into a text does not fail, and is much faster for numbers of 64 bits.
        let _written = match i64::try_from(number) {
            Ok(number) => write!(self.text, "{name}={number}"),
            Err(_) => write!(self.text, "{name}={number}"),
        };
    }
}
