//! One row of the payable list: an award with what its steps changed.

use std::fmt::Write as _;

use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use crate::awards::{Award, Cause, Change, ClaimState, Settled, Split, Standing, Step};
use crate::decision::Reason;
use crate::snapshot::Snapshot;

/// The awards of a settlement that the list holds, in their order.
pub(crate) struct AwardList<'a> {
    library: &'a Library,
    snapshot: &'a Snapshot,
    settled: &'a Settled,
    /// The places of the awards that have an amount or a change.
    places: Vec<usize>,
}

/// One row of the list.
pub(crate) struct AwardRow<'a> {
    pub(crate) uscc: &'a str,
    pub(crate) measure: &'a Measure,
    pub(crate) award: &'a Award,
    pub(crate) shares: Vec<ShareRow<'a>>,
    pub(crate) instalments: Vec<InstalmentRow>,
    pub(crate) changes: Vec<ChangeRow<'a>>,
}

/// Who bears which part of what may be paid.
pub(crate) struct ShareRow<'a> {
    pub(crate) bearer: &'a str,
    pub(crate) amount: Money,
}

/// A part of what may be paid that falls due on its own.
pub(crate) struct InstalmentRow {
    /// Its number, from 1.
    pub(crate) number: u16,
    pub(crate) amount: Money,
    pub(crate) is_due: bool,
    pub(crate) is_conditional: bool,
}

/// One change by one rule.
pub(crate) struct ChangeRow<'a> {
    /// The number of the step.
    pub(crate) step: u8,
    /// The cap, fund, group or measure.
    pub(crate) rule: &'a str,
    pub(crate) cause: &'static str,
    pub(crate) before: Money,
    pub(crate) after: Money,
    /// The figures that made it so: `name=number`, apart by blanks.
    pub(crate) figures: String,
}

impl<'a> AwardList<'a> {
    pub(crate) fn new(library: &'a Library, snapshot: &'a Snapshot, settled: &'a Settled) -> Self {
        let awards = settled.awards.iter().enumerate();
        let places = awards
            .filter(|(_, award)| is_listed(award))
            .map(|(place, _)| place);
        Self {
            library,
            snapshot,
            settled,
            places: places.collect(),
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Some of the rows.
    pub(crate) fn rows(
        &self,
        range: std::ops::Range<usize>,
    ) -> impl Iterator<Item = AwardRow<'a>> + '_ {
        let places = self.places.get(range).unwrap_or_default();
        places.iter().filter_map(|place| self.row(*place))
    }

    fn row(&self, place: usize) -> Option<AwardRow<'a>> {
        let award = self.settled.awards.get(place)?;
        let measure = self.library.measures.get(at(award.measure))?;
        let stated = measure.shares.iter();
        let shares = stated.zip(award.shares(measure));
        let changes = self.settled.changes_of(award).iter();
        Some(AwardRow {
            uscc: self.snapshot.uscc(at(award.row)),
            measure,
            award,
            shares: shares
                .map(|(share, amount)| ShareRow {
                    bearer: &share.bearer,
                    amount,
                })
                .collect(),
            instalments: instalments(award, measure),
            changes: changes.map(|change| self.change(change)).collect(),
        })
    }

    fn change(&self, change: &Change) -> ChangeRow<'a> {
        let mut figures = String::new();
        // Writing into a text does not fail.
        let _written = self.write_figures(change, &mut figures);
        ChangeRow {
            step: change.step.number(),
            rule: rule_id(self.library, change.step, change.rule),
            cause: cause_word(change.cause),
            before: change.before,
            after: change.after,
            figures,
        }
    }

    fn write_figures(&self, change: &Change, text: &mut String) -> std::fmt::Result {
        match change.cause {
            Cause::PaidThisPeriod(paid) | Cause::PaidOtherYears(paid) | Cause::TopUp(paid) => {
                write!(text, "paid_fen={}", paid.fen())
            }
            Cause::NoPlace { above, tied } => write!(text, "above={above} tied={tied}"),
            Cause::NotHighest { winner } => {
                let Some(other) = self.settled.awards.get(at(winner)) else {
                    return Ok(());
                };
                let measure = rule_id(self.library, Step::Places, other.measure);
                write!(
                    text,
                    "winner={} {measure}",
                    self.snapshot.uscc(at(other.row))
                )
            }
            Cause::Part(split) | Cause::UsedUp(split) | Cause::Stopped(split) => {
                match self.settled.splits.get(at(split)) {
                    Some(split) => write_split(split, text),
                    None => Ok(()),
                }
            }
            Cause::Weighted { split, weight } => match self.settled.splits.get(at(split)) {
                Some(split) => {
                    write_split(split, text)?;
                    write!(text, " weight={weight} scale={}", split.scale)
                }
                None => Ok(()),
            },
            Cause::NoLimit(reason) => write!(text, "reason={}", Reason::from(reason).code()),
            Cause::BelowPayableFrom { threshold } => {
                write!(text, "payable_from_fen={}", threshold.fen())
            }
            Cause::NoRank | Cause::NoWeight | Cause::LimitsDiffer => Ok(()),
        }
    }
}

impl AwardRow<'_> {
    /// The most that the award can become; nothing where nothing bounds it.
    pub(crate) fn greatest(&self) -> Option<Money> {
        Some(self.award.greatest).filter(|greatest| *greatest != Money::MAX)
    }

    /// The fund that pays.
    pub(crate) fn fund(&self) -> Option<&str> {
        self.measure.fund.as_ref().map(|fund| &*fund.0)
    }
}

fn is_listed(award: &Award) -> bool {
    !award.base.is_zero() || !award.amount.is_zero() || !award.changes.is_empty()
}

fn write_split(split: &Split, text: &mut String) -> std::fmt::Result {
    write!(
        text,
        "limit_fen={} paid_fen={} room_fen={} claimed={} awards={}",
        split.limit.fen(),
        split.paid.fen(),
        split.room.fen(),
        split.claimed,
        split.awards
    )
}

/// The parts of what may be paid; nothing where it is paid at once.
fn instalments(award: &Award, measure: &Measure) -> Vec<InstalmentRow> {
    if measure.instalments.is_empty() {
        return Vec::new();
    }
    let parts = award.instalments(measure);
    let parts = parts.iter().zip(&measure.instalments).zip(1u16..);
    parts
        .map(|((due, stated), number)| InstalmentRow {
            number,
            amount: due.amount,
            is_due: due.is_due,
            is_conditional: stated.condition.is_some(),
        })
        .collect()
}

/// The name of a rule in files: that of the cap, fund or group, else of the measure.
pub(crate) fn rule_id(library: &Library, step: Step, rule: u32) -> &str {
    let rule = at(rule);
    let id = match step {
        Step::Caps => library.caps.get(rule).map(|cap| &cap.id),
        Step::Funds => library.funds.get(rule).map(|fund| &fund.id),
        Step::HighestOf => library.highest_of.get(rule).map(|group| &group.id),
        Step::EarlierPayments | Step::Places | Step::PayableFrom => {
            library.measures.get(rule).map(|measure| &measure.id)
        }
    };
    id.map_or("", |id| &id.0)
}

/// The word for what was decided.
pub(crate) const fn state_word(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Eligible => "eligible",
        ClaimState::Ceiling => "ceiling",
        ClaimState::Undetermined => "undetermined",
        ClaimState::Error => "error",
    }
}

/// The word for how firm an award is.
pub(crate) const fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Final => "final",
        Standing::MayRise => "may_rise",
        Standing::MayFall => "may_fall",
        Standing::Open => "open",
    }
}

/// The word for why an award changed.
const fn cause_word(cause: Cause) -> &'static str {
    match cause {
        Cause::PaidThisPeriod(_) => "paid_this_period",
        Cause::PaidOtherYears(_) => "paid_other_years",
        Cause::NoPlace { .. } => "no_place",
        Cause::NoRank => "no_rank",
        Cause::NotHighest { .. } => "not_highest",
        Cause::TopUp(_) => "top_up",
        Cause::Part(_) => "part",
        Cause::UsedUp(_) => "used_up",
        Cause::Stopped(_) => "stopped",
        Cause::Weighted { .. } => "weighted",
        Cause::NoWeight => "no_weight",
        Cause::NoLimit(_) => "no_limit",
        Cause::LimitsDiffer => "limits_differ",
        Cause::BelowPayableFrom { .. } => "below_payable_from",
    }
}

fn at(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
