//! A settlement in parts: each part is opened on its own, up to the funds; the funds are shared
//! among all parts; then each part is closed on its own.
//!
//! That comes to what one settlement of all parts comes to, as long as no rule before the funds
//! looks beyond one enterprise. The lines of a part stay in the caches while it is worked on, and
//! parts can be opened and closed by different workers.

use std::sync::atomic::{AtomicBool, Ordering};

use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Cap, HighestOf};

use crate::awards::book::Book;
use crate::awards::change::Split;
use crate::awards::funds::{Drawn, FundOf, Granting, by_fund, give, share};
use crate::awards::line::Rule;
use crate::awards::packed::PackedLines;
use crate::awards::payments::number;
use crate::awards::readings::place;
use crate::awards::settled::{FundUse, Problem, Settled};
use crate::awards::{
    CapLimits, Lines, Rulebook, SettleError, Settlement, caps, close, earlier, groups, payable_from,
};
use crate::column::RowDecision;

/// How far the rules of a library look beyond one enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not at all: enterprises may be settled apart.
    Alone,
    /// Only the funds do, which come after all rules over one enterprise.
    Funds,
    /// Places, or caps or groups over several enterprises, do.
    Others,
}

impl Reach {
    /// How far those of a library look.
    #[must_use]
    pub fn of(library: &Library) -> Self {
        let is_alone = |cap: &Cap| cap.by.is_none();
        let has_places = library
            .measures
            .iter()
            .any(|measure| measure.places.is_some());
        let groups = library.highest_of.iter();
        if has_places
            || !library.caps.iter().all(is_alone)
            || groups
                .map(|group: &HighestOf| &group.by)
                .any(Option::is_some)
        {
            return Self::Others;
        }
        if FundOf::new(library).drawn().is_empty() {
            Self::Alone
        } else {
            Self::Funds
        }
    }
}

/// A part of a settlement, up to the funds.
pub(crate) struct Opened {
    lines: PackedLines,
    book: Book,
    /// By fund, what draws on it.
    draws: Vec<Vec<Drawn>>,
    /// What the funds grant, each with how many splits stand before its own.
    grants: Vec<(Rule, u32, Vec<Granting>)>,
}

/// What the funds came to for all parts.
#[derive(Default)]
pub(crate) struct SharedFunds {
    /// In the order of the library.
    pub(crate) uses: Vec<FundUse>,
    /// What has to be looked at, beside what the parts know themselves.
    pub(crate) problems: Vec<Problem>,
    splits: Vec<Split>,
}

impl Rulebook {
    /// The limits of caps for enterprises with these decisions, which stand by row.
    pub(crate) fn limits(
        &self,
        settlement: &Settlement<'_>,
        decisions: &[RowDecision],
    ) -> CapLimits {
        CapLimits::read(settlement, &self.caps, decisions)
    }
}

impl Lines {
    /// Steps 6 to 9, by limits that were read for these enterprises.
    pub(crate) fn open(
        self,
        settlement: &Settlement<'_>,
        rulebook: &Rulebook,
        limits: &CapLimits,
    ) -> Result<Opened, SettleError> {
        if let Some(error) = self.failed.or_else(|| self.check(settlement.library)) {
            return Err(error);
        }
        let mut lines = self.lines;
        let mut book = Book::of(&lines);
        earlier::apply(settlement, &rulebook.own_payments, &mut lines, &mut book);
        groups::apply(settlement, &rulebook.groups, &mut lines, &mut book);
        caps::apply(settlement, &rulebook.caps, limits, &mut lines, &mut book);
        Ok(Opened {
            draws: rulebook.fund_of.draws(|_| true, 0, &lines),
            lines: PackedLines::of(lines),
            book,
            grants: Vec::new(),
        })
    }
}

/// Step 10 for parts in their order: what each gets of the funds is kept with it. Nothing where the
/// caller asked to stop.
pub(crate) fn share_among(
    settlement: &Settlement<'_>,
    rulebook: &Rulebook,
    cancel: &AtomicBool,
    parts: &mut [&mut Opened],
) -> Option<Result<SharedFunds, SettleError>> {
    let fund_of = &rulebook.fund_of;
    let draws = parts.iter_mut().map(|part| std::mem::take(&mut part.draws));
    let asked = by_fund(&fund_of.drawn(), draws.collect());
    if asked
        .iter()
        .any(|asking| asking.awards() >= place(u32::MAX))
    {
        return Some(Err(SettleError::TooMany));
    }
    let granted = share(settlement, fund_of, cancel, asked);
    if cancel.load(Ordering::Relaxed) {
        return None;
    }
    let mut shared = SharedFunds::default();
    for granted in granted {
        let (rule, splits) = (granted.rule(), number(shared.splits.len()));
        for (part, grants) in parts.iter_mut().zip(granted.parts) {
            if !grants.is_empty() {
                part.grants.push((rule, splits, grants));
            }
        }
        shared.splits.extend(granted.book.splits);
        shared.problems.extend(granted.book.problems);
        shared.uses.push(granted.used);
    }
    Some(Ok(shared))
}

impl Opened {
    /// Steps 10 and 11, and what all of it comes to. The funds are those of all parts, and not told
    /// again here.
    pub(crate) fn close(self, settlement: &Settlement<'_>, shared: &SharedFunds) -> Settled {
        let Self {
            lines,
            mut book,
            grants,
            ..
        } = self;
        let mut lines = lines.unpack();
        let before = number(book.splits.len());
        book.splits.extend_from_slice(&shared.splits);
        for (rule, splits, grants) in grants {
            give(
                rule,
                before + splits,
                grants.iter(),
                (0, &mut lines),
                &mut book,
            );
        }
        payable_from::apply(settlement, &mut lines, &mut book);
        close(settlement.library, lines, book, Vec::new())
    }
}
