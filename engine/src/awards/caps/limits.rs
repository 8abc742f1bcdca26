//! The limits of caps.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rayon::prelude::*;
use zhida_policies::measure::Cap;
use zhida_policies::measure::expression::{ExprKind, Value};

use crate::awards::Settlement;
use crate::awards::line::Line;
use crate::awards::readings::{Figure, Question, Readings, place};
use crate::awards::rows::{RowBits, Rows};
use crate::awards::together::{Over, Overs};
use crate::column::RowDecision;

/// Something by which limits are asked for: an award, or a decision before it is one.
pub(crate) trait Asking: Sync {
    /// The row of the enterprise.
    fn row(&self) -> u32;

    /// The place of the measure.
    fn measure(&self) -> usize;

    /// Whether it may come to money: without, no limit is asked for.
    fn may_have_money(&self) -> bool;
}

impl Asking for Line {
    fn row(&self) -> u32 {
        self.row
    }

    fn measure(&self) -> usize {
        place(self.measure)
    }

    fn may_have_money(&self) -> bool {
        self.sums.greatest > 0
    }
}

impl Asking for RowDecision {
    fn row(&self) -> u32 {
        self.row
    }

    fn measure(&self) -> usize {
        self.measure()
    }

    /// It is kept because it may.
    fn may_have_money(&self) -> bool {
        true
    }
}

/// The limits of all caps for some enterprises.
pub(crate) struct CapLimits {
    limits: Vec<Limits>,
    least: LeastLimits,
}

impl CapLimits {
    /// What is asked for by these, which stand by row.
    pub(in crate::awards) fn read<A: Asking>(
        settlement: &Settlement<'_>,
        caps: &Overs,
        asking: &[A],
    ) -> Self {
        let limits = Limits::read_all(settlement, &caps.all, asking);
        Self {
            least: LeastLimits::of(&settlement.library.caps, &limits, asking),
            limits,
        }
    }

    /// The limits of a cap.
    pub(super) fn of(&self, rule: usize) -> &Limits {
        &self.limits[rule]
    }

    /// The least limit of an enterprise among the caps over one enterprise each.
    pub(super) fn least(&self, row: u32) -> i64 {
        self.least.of_row(row)
    }
}

/// The least limit of each enterprise among the rules over one enterprise each.
struct LeastLimits {
    rows: Rows,
    /// By place; nothing for a limit that is not known.
    fen: Vec<i64>,
}

impl LeastLimits {
    fn of<A: Asking>(caps: &[Cap], limits: &[Limits], asking: &[A]) -> Self {
        let alone = || caps.iter().zip(limits).filter(|(cap, _)| cap.by.is_none());
        let same = alone().filter_map(|(_, limits)| match limits {
            Limits::Constant(figure) => Some(figure.whole().unwrap_or(0)),
            Limits::ByRow(..) | Limits::Fen(..) => None,
        });
        let same = same.min().unwrap_or(i64::MAX);
        let mut rows = RowBits::over(ends(asking));
        if alone().next().is_some() {
            asking.iter().for_each(|one| rows.set(one.row()));
        }
        let rows = Rows::new([rows].iter());
        let mut least = vec![same; rows.list().len()];
        for (_, limits) in alone() {
            if let Limits::Fen(asked, fen, _) = limits {
                for (row, fen) in asked.list().iter().zip(fen) {
                    if let Some(least) = rows.find(*row).and_then(|at| least.get_mut(at)) {
                        // What stands for a limit that is not known is below zero.
                        *least = (*least).min((*fen).max(0));
                    }
                }
            }
        }
        Self { rows, fen: least }
    }

    fn of_row(&self, row: u32) -> i64 {
        let at = self.rows.find(row);
        at.and_then(|at| self.fen.get(at)).copied().unwrap_or(0)
    }
}

/// The first and the last row of those that ask, which stand by row.
fn ends<A: Asking>(asking: &[A]) -> RangeInclusive<u32> {
    let ends = asking.first().zip(asking.last());
    ends.map_or(0..=0, |(first, last)| first.row()..=last.row())
}

/// The limit of one cap for each enterprise that needs it.
pub(super) enum Limits {
    /// The same for everybody.
    Constant(Figure),
    /// By row.
    ByRow(Rows, Vec<Figure>),
    /// By row, for a rule over one enterprise each: whole fen, not below zero, and [`OTHER`] for a
    /// limit that is not known, which stands apart.
    Fen(Rows, Vec<i64>, BTreeMap<u32, Figure>),
}

/// What stands for a limit that is not known.
const OTHER: i64 = -1;

impl Limits {
    fn read_all<A: Asking>(settlement: &Settlement<'_>, overs: &[Over], asking: &[A]) -> Vec<Self> {
        let mut asked: Vec<Vec<usize>> = vec![Vec::new(); settlement.library.measures.len()];
        let caps = settlement.library.caps.iter();
        for (rule, (over, cap)) in overs.iter().zip(caps).enumerate() {
            if constant(cap).is_none() {
                let measures = over.measures.iter();
                measures.for_each(|(measure, _)| asked[place(*measure)].push(rule));
            }
        }
        let rows = if asked.iter().all(Vec::is_empty) {
            vec![Rows::default(); overs.len()]
        } else {
            rows_asked(&asked, overs.len(), asking)
        };
        let read = |((cap, over), rows): ((&Cap, &Over), Rows)| {
            if let Some(limit) = constant(cap) {
                return Self::Constant(limit);
            }
            let question = Question {
                expression: &cap.limit,
                bindings: &cap.bindings,
            };
            let listed = rows.list();
            let readings = settlement.readings;
            match over.by {
                Some(_) => Self::ByRow(rows, readings.figures(question, &listed)),
                None => Self::of_single(rows, &listed, readings, question),
            }
        };
        let caps = settlement.library.caps.par_iter().zip(overs);
        caps.zip(rows).map(read).collect()
    }

    /// The limits of a rule that never compares those of several enterprises.
    fn of_single(
        rows: Rows,
        listed: &[u32],
        readings: &dyn Readings,
        question: Question<'_>,
    ) -> Self {
        let wholes = readings.wholes(question, listed);
        let open = |(row, whole): (&u32, &Option<i64>)| whole.is_none().then_some(*row);
        let open: Vec<u32> = listed.iter().zip(&wholes).filter_map(open).collect();
        let others = open.iter().copied().zip(readings.figures(question, &open));
        let others = others.collect();
        let fen = wholes.into_iter().map(|whole| whole.unwrap_or(OTHER));
        Self::Fen(rows, fen.collect(), others)
    }

    /// Whether enterprises can come to different limits.
    pub(super) fn is_by_row(&self) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::ByRow(..) | Self::Fen(..) => true,
        }
    }

    /// The known limit of a rule over one enterprise each, of which this is the row.
    pub(super) fn known_fen(&self, row: u32) -> Option<i64> {
        let fen = match self {
            Self::Constant(figure) => figure.whole()?,
            Self::ByRow(..) => return None,
            Self::Fen(rows_asked, fen, _) => fen[rows_asked.find(row)?],
        };
        (fen != OTHER).then_some(fen)
    }

    /// The limit of an enterprise; none was read for one without money.
    pub(super) fn of(&self, row: u32) -> Option<Cow<'_, Figure>> {
        match self {
            Self::Constant(figure) => Some(Cow::Borrowed(figure)),
            Self::ByRow(rows, figures) => rows.find(row).map(|at| Cow::Borrowed(&figures[at])),
            Self::Fen(rows, fen, others) => match fen[rows.find(row)?] {
                OTHER => others.get(&row).map(Cow::Borrowed),
                fen => Some(Cow::Owned(Figure::Whole(fen))),
            },
        }
    }
}

/// Lines that one thread looks at in one go.
const CHUNK: usize = if cfg!(test) { 3 } else { 1 << 16 };

/// For each rule the rows with money that it asks of; `asked` are the rules by measure.
fn rows_asked<A: Asking>(asked: &[Vec<usize>], rules: usize, asking: &[A]) -> Vec<Rows> {
    let chunks: Vec<Vec<RowBits>> = asking
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut bits = vec![RowBits::over(ends(chunk)); rules];
            for one in chunk.iter().filter(|one| one.may_have_money()) {
                for rule in &asked[one.measure()] {
                    bits[*rule].set(one.row());
                }
            }
            bits
        })
        .collect();
    let all = |rule: usize| Rows::new(chunks.iter().map(|chunk| &chunk[rule]));
    (0..rules).into_par_iter().map(all).collect()
}

/// The limit of a cap that is written as an amount.
fn constant(cap: &Cap) -> Option<Figure> {
    let ExprKind::Literal(Value::Money(fen)) = &cap.limit.kind else {
        return None;
    };
    fen.to_i64().map(Figure::Whole)
}
