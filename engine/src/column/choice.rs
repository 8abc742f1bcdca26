//! Values of which a condition chooses one: 如果, 分档, decision tables.
//!
//! Where a condition is not known, a value that all possible choices share is known all the
//! same, exactly as the reference interpreter says.

use crate::column::bitmap::{Mask, push_bits};
use crate::column::dictionary::YES;
use crate::column::evaluator::Evaluator;
use crate::column::lane::{BEYOND, KNOWN, Lane, UNDEFINED, UNKNOWN};
use crate::column::value::state_of;
use crate::plan::{Kind, NodeId};

/// A row that may hold has been met.
const ANY: u8 = 1;
/// A value is known, and stands in the lane.
const SOME_KNOWN: u8 = 1 << 1;
/// A value is unknown.
const SOME_UNKNOWN: u8 = 1 << 2;
/// A value is undefined, or differs from the first that is known.
const APART: u8 = 1 << 3;
/// A test was unknown, rather than without value.
const MISSING: u8 = 1 << 4;
/// The reference must decide.
const LEFT: u8 = 1 << 5;

/// What is known so far of rows whose choice is not sure: the signs above, for each row.
struct Possible(Vec<u8>);

impl Possible {
    fn new(count: usize) -> Self {
        Self(vec![0; count])
    }

    fn has(&self, at: usize, sign: u8) -> bool {
        self.0[at] & sign != 0
    }

    /// Takes note of a value; the first that is known is kept in the lane.
    fn note(&mut self, lane: &mut Lane, at: usize, value: &Lane, place: usize) {
        self.0[at] |= ANY;
        self.0[at] |= match value.states[place] {
            KNOWN if !self.has(at, SOME_KNOWN) => {
                lane.copy(at, value, place);
                SOME_KNOWN
            }
            KNOWN if self.has(at, APART) => 0,
            KNOWN => match lane.equal(at, value, place) {
                Some(true) => 0,
                Some(false) => APART,
                None => LEFT,
            },
            UNKNOWN => SOME_UNKNOWN,
            UNDEFINED => APART,
            _ => LEFT,
        };
    }

    fn test(&mut self, at: usize, state: u8) {
        self.0[at] |= match state {
            UNKNOWN => ANY | MISSING,
            BEYOND => ANY | LEFT,
            _ => ANY,
        };
    }

    /// The state of a row where nothing else can be chosen, or where something can.
    fn state(&self, at: usize, is_complete: bool) -> u8 {
        let may_agree = is_complete && !self.has(at, APART);
        if self.has(at, LEFT) {
            BEYOND
        } else if may_agree && !self.has(at, SOME_UNKNOWN) {
            KNOWN
        } else if may_agree || self.has(at, MISSING) {
            UNKNOWN
        } else {
            UNDEFINED
        }
    }
}

impl Evaluator<'_, '_> {
    pub(super) fn lane_if(
        &mut self,
        kind: Kind,
        condition: NodeId,
        then: NodeId,
        otherwise: NodeId,
        rows: &[u32],
    ) -> Lane {
        let conditions = self.lane(condition, rows);
        let mut lane = self.new_lane(kind, rows.len());
        let mut possible = Possible::new(rows.len());
        for (branch, wanted) in [(then, 1), (otherwise, 0)] {
            let mut places = self.new_list();
            let mut chosen = self.new_list();
            for (at, row) in rows.iter().enumerate() {
                if conditions.states[at] != KNOWN || conditions.values.get(at) == wanted {
                    places.push(at as u32);
                    chosen.push(*row);
                }
            }
            if !chosen.is_empty() {
                let values = self.lane_as(branch, &chosen, kind);
                for (place, at) in places.iter().enumerate() {
                    let at = *at as usize;
                    if conditions.states[at] == KNOWN {
                        lane.copy(at, &values, place);
                    } else {
                        possible.test(at, conditions.states[at]);
                        possible.note(&mut lane, at, &values, place);
                    }
                }
                self.free_lane(values);
            }
            self.free_list(places);
            self.free_list(chosen);
        }
        for at in 0..rows.len() {
            if conditions.states[at] != KNOWN {
                lane.states[at] = possible.state(at, true);
            }
        }
        self.free_lane(conditions);
        lane
    }

    /// The value of the first row whose test holds.
    pub(super) fn lane_first(
        &mut self,
        kind: Kind,
        table: &[(NodeId, NodeId)],
        rows: &[u32],
    ) -> Lane {
        let mut lane = self.new_lane(kind, rows.len());
        let mut possible = Possible::new(rows.len());
        let (mut open, places) = self.open_rows(table, rows);
        for (test, value) in table {
            if !open.trim() {
                break;
            }
            self.truth(*test, &open);
            let mut hits = self.new_list();
            for word in open.range() {
                let answers = self.truths[test.index()].word(word);
                push_bits(word, answers.not_false() & open.words[word], &mut hits);
            }
            if !hits.is_empty() {
                let values = self.lane_as(*value, &hits, kind);
                for (place, row) in hits.iter().enumerate() {
                    let at = places[*row as usize] as usize;
                    let entry = self.truths[test.index()].entry(*row);
                    let holds = entry == YES;
                    if holds && !possible.has(at, ANY) {
                        lane.copy(at, &values, place);
                    } else {
                        possible.note(&mut lane, at, &values, place);
                        possible.test(at, state_of(entry));
                        if holds {
                            lane.states[at] = possible.state(at, true);
                        }
                    }
                    if holds {
                        open.words[*row as usize / 64] &= !(1 << (row % 64));
                    }
                }
                self.free_lane(values);
            }
            self.free_list(hits);
        }
        for word in open.range() {
            let mut left = self.new_list();
            push_bits(word, open.words[word], &mut left);
            for row in &left {
                let at = places[*row as usize] as usize;
                lane.states[at] = possible.state(at, false);
            }
            self.free_list(left);
        }
        self.free_mask(open);
        self.free_list(places);
        lane
    }

    /// The rows as a mask, and the place of each row in the list.
    pub(super) fn open_rows(
        &mut self,
        table: &[(NodeId, NodeId)],
        rows: &[u32],
    ) -> (Mask, Vec<u32>) {
        // Rows of one domain: that of any test that is not a constant.
        let nodes = table.iter().flat_map(|(test, value)| [*test, *value]);
        let about = nodes
            .into_iter()
            .find(|node| !self.bound.op(*node).is_constant());
        let words = match about {
            Some(node) => self.words(node),
            None => rows.last().map_or(0, |last| *last as usize / 64 + 1),
        };
        let mut open = self.new_mask(0);
        open.set_rows(words, rows);
        let mut places = self.new_list();
        places.resize(words * 64, 0);
        for (at, row) in rows.iter().enumerate() {
            places[*row as usize] = at as u32;
        }
        (open, places)
    }

    /// The value of the only row whose test holds.
    pub(super) fn lane_unique(
        &mut self,
        kind: Kind,
        table: &[(NodeId, NodeId)],
        rows: &[u32],
    ) -> Lane {
        let mut lane = self.new_lane(kind, rows.len());
        let mut possible = Possible::new(rows.len());
        let mut certain = vec![0u32; rows.len()];
        let (open, places) = self.open_rows(table, rows);
        for (test, value) in table {
            self.truth(*test, &open);
            let mut hits = self.new_list();
            for word in open.range() {
                let answers = self.truths[test.index()].word(word);
                push_bits(word, answers.yes & open.words[word], &mut hits);
                let mut unsure = answers.unsure() & open.words[word];
                while unsure != 0 {
                    let row = word * 64 + unsure.trailing_zeros() as usize;
                    unsure &= unsure - 1;
                    let at = places[row] as usize;
                    let entry = self.truths[test.index()].entry(row as u32);
                    possible.test(at, state_of(entry));
                }
            }
            if !hits.is_empty() {
                let values = self.lane_as(*value, &hits, kind);
                for (place, row) in hits.iter().enumerate() {
                    let at = places[*row as usize] as usize;
                    certain[at] += 1;
                    lane.copy(at, &values, place);
                }
                self.free_lane(values);
            }
            self.free_list(hits);
        }
        for (at, certain) in certain.into_iter().enumerate() {
            if possible.has(at, LEFT) {
                lane.states[at] = BEYOND;
            } else if certain > 1 {
                lane.states[at] = UNDEFINED;
            } else if possible.has(at, ANY) {
                lane.states[at] = possible.state(at, false);
            } else if certain == 0 {
                lane.states[at] = UNDEFINED;
            }
        }
        self.free_mask(open);
        self.free_list(places);
        lane
    }
}
