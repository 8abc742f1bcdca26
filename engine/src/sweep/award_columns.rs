//! The columns of a block of the payable list while rows are added.

use parquet::errors::ParquetError;
use zhida_policies::values::Money;

use crate::awards::{Award, Change, ClaimState, Standing, Step};
use crate::decision::Reason;
use crate::sweep::award_row::{
    AwardRow, InstalmentRow, ShareRow, StatedFunds, at, cause_word, rule_id, standing_word,
    state_word,
};
use crate::sweep::figures::Written;
use crate::sweep::pages::{Codes, Group, Levels};
use crate::sweep::runs::Runs;
use crate::sweep::words::{Fewer, Places, Texts};

/// The columns of a block.
pub(crate) struct Columns<'a> {
    stated: &'a StatedFunds<'a>,
    /// The last rows of which only measure and base were added so far.
    plain: usize,
    uscc: Runs,
    measure: Places,
    state: Fewer<u8>,
    standing: Fewer<u8>,
    base: Vec<i64>,
    amount: Vec<i64>,
    payable: Vec<i64>,
    least: Vec<i64>,
    greatest: Amounts,
    paid: Vec<i64>,
    reason: Fewer<u16>,
    has_reason: Vec<bool>,
    shares: Shares,
    instalments: Instalments,
    changes: Changes,
}

/// Amounts or other numbers of which some are absent.
#[derive(Default)]
struct Amounts {
    valid: Vec<bool>,
    numbers: Vec<i64>,
}

#[derive(Default)]
struct Shares {
    lengths: Vec<u32>,
    bearer: Texts,
    fen: Vec<i64>,
}

#[derive(Default)]
struct Instalments {
    lengths: Vec<u32>,
    number: Fewer<u16>,
    fen: Vec<i64>,
    due: Vec<bool>,
    conditional: Vec<bool>,
}

struct Changes {
    lengths: Vec<u32>,
    step: Fewer<u8>,
    rule: Places,
    cause: Fewer<u8>,
    before: Vec<i64>,
    after: Vec<i64>,
    figures: Codes,
    /// The bits of numbers that may take all 64.
    weight: Amounts,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(stated: &'a StatedFunds<'a>, rows: usize) -> Self {
        let amounts = || Vec::with_capacity(rows);
        let library = stated.library;
        let measures = library.measures.len();
        let rules = [
            library.caps.len(),
            library.funds.len(),
            library.highest_of.len(),
        ];
        let rules = rules.into_iter().fold(measures, usize::saturating_add);
        Self {
            stated,
            plain: 0,
            uscc: Runs::default(),
            measure: Places::new(measures, rows),
            state: Fewer::with_capacity(rows),
            standing: Fewer::with_capacity(rows),
            base: amounts(),
            amount: amounts(),
            payable: amounts(),
            least: amounts(),
            greatest: Amounts {
                valid: Vec::with_capacity(rows),
                numbers: amounts(),
            },
            paid: amounts(),
            reason: Fewer::default(),
            has_reason: Vec::with_capacity(rows),
            shares: Shares {
                lengths: Vec::with_capacity(rows),
                ..Shares::default()
            },
            instalments: Instalments {
                lengths: Vec::with_capacity(rows),
                ..Instalments::default()
            },
            changes: Changes {
                lengths: Vec::with_capacity(rows),
                step: Fewer::default(),
                rule: Places::new(rules, 0),
                cause: Fewer::default(),
                before: Vec::new(),
                after: Vec::new(),
                figures: Codes::default(),
                weight: Amounts::default(),
            },
        }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.base.len()
    }

    /// Begins an enterprise with so many rows.
    pub(crate) fn enterprise(&mut self, uscc: &str, rows: usize) {
        self.uscc.add(uscc, rows);
    }

    /// Adds a row without lists in which the award is final and all amounts are the base.
    ///
    /// Nearly all rows are such: what they have in common is added for many of them at once.
    #[inline]
    pub(crate) fn plain(&mut self, award: &Award) {
        self.measure(award);
        self.base.push(award.base.fen());
        self.plain = self.plain.saturating_add(1);
    }

    fn measure(&mut self, award: &Award) {
        let library = self.stated.library;
        self.measure.push(at(award.measure), || {
            rule_id(library, Step::PayableFrom, award.measure)
        });
    }

    /// Adds what the last plain rows have in common.
    fn complete(&mut self) {
        let rows = self.base.len();
        let plain = std::mem::take(&mut self.plain);
        if plain == 0 {
            return;
        }
        let base = self.base.get(rows.saturating_sub(plain)..);
        let base = base.unwrap_or_default();
        for amounts in [&mut self.amount, &mut self.payable, &mut self.least] {
            amounts.extend_from_slice(base);
        }
        self.greatest.valid.resize(rows, true);
        self.greatest.numbers.extend_from_slice(base);
        let (number, word) = state_word(ClaimState::Eligible);
        self.state.extend(number, plain, |words| words.text(word));
        let (number, word) = standing_word(Standing::Final);
        self.standing
            .extend(number, plain, |words| words.text(word));
        self.paid.resize(rows, 0);
        self.has_reason.resize(rows, false);
        self.shares.lengths.resize(rows, 0);
        self.instalments.lengths.resize(rows, 0);
        self.changes.lengths.resize(rows, 0);
    }

    /// Makes room for so many more changes.
    pub(crate) fn reserve_changes(&mut self, more: usize) {
        let to = &mut self.changes;
        to.before.reserve(more);
        to.after.reserve(more);
        to.weight.valid.reserve(more);
        for codes in [
            &mut to.step.column.codes,
            &mut to.rule.column.codes,
            &mut to.cause.column.codes,
            &mut to.figures.codes,
        ] {
            codes.reserve(more);
        }
    }

    /// Adds a row whose lists, if it has any, follow.
    pub(crate) fn row(&mut self, row: &AwardRow<'_>) {
        self.complete();
        let award = row.award;
        self.measure(award);
        let (number, word) = state_word(award.state);
        self.state.push(number, |words| words.text(word));
        let (number, word) = standing_word(row.standing);
        self.standing.push(number, |words| words.text(word));
        self.base.push(award.base.fen());
        self.amount.push(award.amount.fen());
        self.payable.push(row.payable.fen());
        self.least.push(award.least.fen());
        let greatest = row.greatest().map(Money::fen);
        self.greatest.valid.push(greatest.is_some());
        self.greatest.numbers.extend(greatest);
        self.paid.push(award.paid.fen());
        let reason = award.reason.map(Reason::code);
        self.has_reason.push(reason.is_some());
        if let Some(reason) = reason {
            self.reason
                .push(reason, |numbers| numbers.number(reason.into()));
        }
        let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        self.shares.lengths.push(length(row.shares.len()));
        self.instalments.lengths.push(length(row.instalments.len()));
        self.changes.lengths.push(length(row.changes.len()));
    }

    pub(crate) fn share(&mut self, share: &ShareRow<'_>) {
        self.shares.bearer.push(share.bearer);
        self.shares.fen.push(share.amount.fen());
    }

    pub(crate) fn instalment(&mut self, part: &InstalmentRow) {
        let to = &mut self.instalments;
        let number = part.number;
        to.number
            .push(number, |numbers| numbers.number(number.into()));
        to.fen.push(part.amount.fen());
        to.due.push(part.is_due);
        to.conditional.push(part.is_conditional);
    }

    pub(crate) fn change(&mut self, change: &Change, figures: Written<'_>) {
        let (to, library) = (&mut self.changes, self.stated.library);
        let step = change.step.number();
        to.step.push(step, |numbers| numbers.number(step.into()));
        // The rules of all steps in one row: caps, funds, groups, measures.
        let (caps, funds) = (library.caps.len(), library.funds.len());
        let before = match change.step {
            Step::Caps => 0,
            Step::Funds => caps,
            Step::HighestOf => caps.saturating_add(funds),
            Step::EarlierPayments | Step::Places | Step::PayableFrom => caps
                .saturating_add(funds)
                .saturating_add(library.highest_of.len()),
        };
        to.rule.push(before.saturating_add(at(change.rule)), || {
            rule_id(library, change.step, change.rule)
        });
        let (number, word) = cause_word(change.cause);
        to.cause.push(number, |words| words.text(word));
        to.before.push(change.before.fen());
        to.after.push(change.after.fen());
        to.push_figures(figures);
    }

    /// The columns in the order of the schema.
    pub(crate) fn write(&mut self, group: &mut Group<'_>) -> Result<(), ParquetError> {
        self.complete();
        let all = Levels::required(self.rows());
        group.runs(&all, &self.uscc)?;
        group.codes(&all, &self.measure.column)?;
        group.codes(&all, &self.state.column)?;
        group.codes(&all, &self.standing.column)?;
        // Without limits most amounts are the same.
        group.amounts(&all, &self.base)?;
        let mut done = vec![(4, &self.base)];
        for (place, amounts) in [(5, &self.amount), (6, &self.payable), (7, &self.least)] {
            if let Some((same, _)) = done.iter().find(|(_, other)| *other == amounts) {
                group.again(*same)?;
            } else {
                group.amounts_beside(&all, None, amounts)?;
                done.push((place, amounts));
            }
        }
        let Amounts { valid, numbers } = &self.greatest;
        group.amounts_beside(&Levels::optional(valid), Some(valid), numbers)?;
        group.amounts(&all, &self.paid)?;
        self.funds(group)?;
        group.codes(&Levels::optional(&self.has_reason), &self.reason.column)?;
        self.shares.write(group)?;
        self.instalments.write(group)?;
        self.changes.write(group)
    }

    /// The column of the funds, which are those of the measures.
    fn funds(&self, group: &mut Group<'_>) -> Result<(), ParquetError> {
        let stated = self.stated;
        if stated.funds.is_empty() {
            return group.codes(&Levels::none(self.rows()), &Codes::default());
        }
        let mut column = Places::new(stated.funds.len(), self.rows());
        let mut has_fund = Vec::with_capacity(self.rows());
        for measure in self.measure.rows() {
            let fund = stated.fund_of.get(measure).copied().flatten();
            has_fund.push(fund.is_some());
            if let Some(fund) = fund {
                column.push(fund, || stated.funds.get(fund).copied().unwrap_or(""));
            }
        }
        group.codes(&Levels::optional(&has_fund), &column.column)
    }
}

impl Shares {
    fn write(&self, group: &mut Group<'_>) -> Result<(), ParquetError> {
        let levels = Levels::lists(&self.lengths);
        group.codes(&levels, &self.bearer.column)?;
        group.amounts(&levels, &self.fen)
    }
}

impl Instalments {
    fn write(&self, group: &mut Group<'_>) -> Result<(), ParquetError> {
        let levels = Levels::lists(&self.lengths);
        group.codes(&levels, &self.number.column)?;
        group.amounts(&levels, &self.fen)?;
        group.flags(&levels, &self.due)?;
        group.flags(&levels, &self.conditional)
    }
}

impl Changes {
    fn push_figures(&mut self, figures: Written<'_>) {
        let dictionary = &mut self.figures.dictionary;
        let code = *(figures.code).get_or_insert_with(|| dictionary.text(figures.text));
        self.figures.codes.push(code);
        let weight = figures.weight.map(|(weight, _)| weight.cast_signed());
        self.weight.valid.push(weight.is_some());
        self.weight.numbers.extend(weight);
    }

    fn write(&self, group: &mut Group<'_>) -> Result<(), ParquetError> {
        let levels = Levels::lists(&self.lengths);
        group.codes(&levels, &self.step.column)?;
        group.codes(&levels, &self.rule.column)?;
        group.codes(&levels, &self.cause.column)?;
        group.amounts(&levels, &self.before)?;
        group.amounts(&levels, &self.after)?;
        group.codes(&levels, &self.figures)?;
        let levels = Levels::optional_in_lists(&self.lengths, &self.weight.valid);
        group.amounts(&levels, &self.weight.numbers)
    }
}
