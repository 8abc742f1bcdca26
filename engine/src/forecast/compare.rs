//! How what two sets of policies would cost differs: who gains, who loses, and how much.

use serde::Serialize;

use crate::awards::Award;
use crate::forecast::groups::Groups;
use crate::forecast::{Amounts, Dimension, Head, Priced, Scope};
use crate::sweep::TotalFen;

/// Enterprises whose money moves one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// How many.
    pub enterprises: u64,
    /// By how much together; never below zero.
    pub amount: TotalFen,
}

impl Moved {
    fn add(&mut self, fen: i128) {
        self.enterprises += 1;
        self.amount.merge(TotalFen::of(fen));
    }
}

/// One set of policies beside another.
///
/// # Shape
/// `after.amount − before.amount = winners.amount − losers.amount`. An enterprise wins or loses by
/// all its money in the line together, as things stand.
/// # Units
/// Fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Under the policies compared with.
    pub before: Amounts,
    /// Under the policies asked about.
    pub after: Amounts,
    /// Enterprises that get more.
    pub winners: Moved,
    /// Enterprises that get less.
    pub losers: Moved,
    /// Enterprises that get the same, which is not nothing.
    pub unchanged: u64,
}

impl Difference {
    /// What the policies asked about cost more; below zero where they cost less.
    #[must_use]
    pub fn change(&self) -> TotalFen {
        TotalFen::of(self.after.amount.fen() - self.before.amount.fen())
    }

    /// Whether nothing differs: neither money nor what is open.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.before == self.after
            && self.winners == Moved::default()
            && self.losers == Moved::default()
    }

    /// Counts one enterprise.
    fn enterprise(&mut self, before: i128, after: i128) {
        match after - before {
            0 if after == 0 => {}
            0 => self.unchanged += 1,
            more @ 1.. => self.winners.add(more),
            less => self.losers.add(-less),
        }
    }
}

/// How what two sets of policies would cost differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Everything.
    pub whole: Difference,
    /// The same by each dimension asked for.
    pub tables: Vec<DifferenceTable>,
}

/// A comparison by one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DifferenceTable {
    /// The dimension.
    pub dimension: Dimension,
    /// The lines in which something differs.
    pub lines: Vec<DifferenceLine>,
    /// How many lines are the same.
    pub same: u64,
}

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DifferenceLine {
    /// What it is about.
    #[serde(flatten)]
    pub head: Head,
    /// How it differs.
    #[serde(flatten)]
    pub difference: Difference,
}

impl Comparison {
    /// Compares what two sets of policies come to on the same snapshot.
    #[must_use]
    pub fn new(
        scope: &Scope<'_>,
        before: &Priced<'_>,
        after: &Priced<'_>,
        dimensions: &[Dimension],
    ) -> Self {
        let tables = dimensions.iter();
        let tables = tables.map(|dimension| table(*dimension, scope, before, after));
        Self {
            whole: whole(before, after),
            tables: tables.collect(),
        }
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_nothing() && self.tables.iter().all(|table| table.lines.is_empty())
    }
}

fn whole(before: &Priced<'_>, after: &Priced<'_>) -> Difference {
    let mut whole = Difference::default();
    enterprises(before, after, |before, after| {
        let mut sums = [0i128; 2];
        for (sum, (awards, amounts)) in sums
            .iter_mut()
            .zip([(before, &mut whole.before), (after, &mut whole.after)])
        {
            for award in awards {
                amounts.merge(&Amounts::of(award));
                *sum += i128::from(award.amount.fen());
            }
        }
        let [before, after] = sums;
        whole.enterprise(before, after);
    });
    whole
}

fn table(
    dimension: Dimension,
    scope: &Scope<'_>,
    before: &Priced<'_>,
    after: &Priced<'_>,
) -> DifferenceTable {
    let groups = Groups::of(dimension, scope, &[before, after]);
    let mut differences = vec![Difference::default(); groups.heads.len()];
    // The money of one enterprise by line, before and after.
    let mut own: Vec<(u32, i128, i128)> = Vec::new();
    enterprises(before, after, |left, right| {
        own.clear();
        let sides = [(0, left, before.library), (1, right, after.library)];
        for (side, awards, library) in sides {
            for award in awards {
                for (line, part) in groups.parts(side, award, library) {
                    let fen = part.amount.fen();
                    own.push(if side == 0 {
                        (line, fen, 0)
                    } else {
                        (line, 0, fen)
                    });
                    if let Some(difference) = at(&mut differences, line) {
                        let sum = if side == 0 {
                            &mut difference.before
                        } else {
                            &mut difference.after
                        };
                        sum.merge(&part);
                    }
                }
            }
        }
        own.sort_unstable_by_key(|(line, ..)| *line);
        for same in own.chunk_by(|left, right| left.0 == right.0) {
            let sum = |(_, before, after): (u32, i128, i128), part: &(u32, i128, i128)| {
                (part.0, before + part.1, after + part.2)
            };
            let (line, before, after) = same.iter().fold((0, 0, 0), sum);
            if let Some(difference) = at(&mut differences, line) {
                difference.enterprise(before, after);
            }
        }
    });
    let lines = groups.heads.into_iter().zip(differences);
    let (same, lines): (Vec<_>, Vec<_>) =
        lines.partition(|(_, difference)| difference.is_nothing());
    let concerned = same.iter().filter(|(_, same)| !same.before.is_nothing());
    let mut lines: Vec<DifferenceLine> = lines
        .into_iter()
        .map(|(head, difference)| DifferenceLine { head, difference })
        .collect();
    lines.sort_by(|left, right| left.head.cmp(&right.head));
    DifferenceTable {
        dimension,
        lines,
        same: u64::try_from(concerned.count()).unwrap_or(u64::MAX),
    }
}

fn at(differences: &mut [Difference], line: u32) -> Option<&mut Difference> {
    differences.get_mut(usize::try_from(line).ok()?)
}

/// The awards of each enterprise that has any, before and after, by row.
fn enterprises(before: &Priced<'_>, after: &Priced<'_>, mut each: impl FnMut(&[Award], &[Award])) {
    let same = |left: &Award, right: &Award| left.row == right.row;
    let mut left = before.settled.awards.chunk_by(same).peekable();
    let mut right = after.settled.awards.chunk_by(same).peekable();
    let row =
        |awards: Option<&&[Award]>| awards.and_then(|awards| awards.first()).map(|one| one.row);
    loop {
        let (here, there) = (row(left.peek()), row(right.peek()));
        let Some(next) = here.into_iter().chain(there).min() else {
            return;
        };
        let mine = left.next_if(|awards| row(Some(awards)) == Some(next));
        let other = right.next_if(|awards| row(Some(awards)) == Some(next));
        each(mine.unwrap_or_default(), other.unwrap_or_default());
    }
}
