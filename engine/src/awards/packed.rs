//! Lines that wait: nearly all say no more than what their award is, and take little room.

use zhida_policies::values::Money;

use crate::awards::claim::{Claim, ClaimState};
use crate::awards::line::{Line, Sums};
use crate::awards::payments::number;

/// Lines in their order.
pub(super) struct PackedLines {
    heads: Vec<Head>,
    /// Those that say more, by their places.
    others: Vec<(u32, Line)>,
}

/// What every line has.
struct Head {
    row: u32,
    measure: u32,
    base: i64,
}

impl PackedLines {
    pub(super) fn of(lines: Vec<Line>) -> Self {
        let head = |line: &Line| Head {
            row: line.row,
            measure: line.measure,
            base: line.base,
        };
        let heads = lines.iter().map(head).collect();
        let more = lines.iter().filter(|line| !is_whole(line)).count();
        let mut others = Vec::with_capacity(more);
        let pairs = (0..).zip(lines);
        others.extend(pairs.filter(|(_, line)| !is_whole(line)));
        Self { heads, others }
    }

    /// The lines as they were.
    pub(super) fn unpack(self) -> Vec<Line> {
        let mut others = self.others.into_iter().peekable();
        let line = |(at, head): (usize, &Head)| {
            let other = others.next_if(|(other, _)| *other == number(at));
            other.map_or_else(|| head.whole(), |(_, line)| line)
        };
        self.heads.iter().enumerate().map(line).collect()
    }
}

impl Head {
    /// The line of an award that no step has changed.
    fn whole(&self) -> Line {
        let award = Money::from_fen(self.base);
        Line::new(&Claim {
            row: self.row,
            measure: self.measure,
            state: ClaimState::Eligible,
            least: award,
            greatest: award,
        })
    }
}

/// Whether a line is that of an award that no step has changed.
fn is_whole(line: &Line) -> bool {
    line.sums == Sums::point(line.base)
        && line.state == ClaimState::Eligible
        && line.paid == 0
        && line.stands
        && line.sure
        && line.may
        && line.doubt.is_none()
        && line.changes.is_empty()
        && line.reason.is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::awards::change::{Doubt, Step};
    use crate::decision::Reason;

    fn lines() -> impl Strategy<Value = Line> {
        let state = prop_oneof![
            4 => Just(ClaimState::Eligible),
            1 => Just(ClaimState::Undetermined),
            1 => Just(ClaimState::Ceiling),
            1 => Just(ClaimState::Error),
        ];
        let ends = prop_oneof![3 => Just(0i64), 1 => 0..3i64];
        (state, 0..3i64, ends, 0..12u8).prop_map(|(state, least, more, change)| {
            let mut line = Line::new(&Claim {
                row: 7,
                measure: 300,
                state,
                least: Money::from_fen(least),
                greatest: Money::from_fen(least + more),
            });
            match change {
                0 => line.paid = 1,
                1 => line.stands ^= true,
                2 => line.sure ^= true,
                3 => line.may ^= true,
                4 => {
                    let step = Step::Funds;
                    line.doubt = Some(Doubt { step, rule: 2 });
                }
                5 => line.changes = 1..2,
                6 => line.reason = Some(Reason::CapUsedUp),
                7 => line.sums.amount += 1,
                8 => line.base += 1,
                _ => {}
            }
            line
        })
    }

    proptest! {
        #[test]
        fn lines_come_out_as_they_were(lines in prop::collection::vec(lines(), 0..40)) {
            let packed = PackedLines::of(lines.clone());
            prop_assert_eq!(packed.unpack(), lines);
        }
    }

    #[test]
    fn an_award_that_nothing_has_changed_takes_little_room() {
        let line = |fen: i64| {
            Line::new(&Claim {
                row: 1,
                measure: 2,
                state: ClaimState::Eligible,
                least: Money::from_fen(fen),
                greatest: Money::from_fen(fen),
            })
        };
        let packed = PackedLines::of([0, 1, i64::MAX].map(line).to_vec());
        assert!(packed.others.is_empty());
    }
}
