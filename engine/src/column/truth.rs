//! Truth nodes: bits for whole words of rows, worked out at most once for each row.

use crate::column::bitmap::Mask;
use crate::column::bound::Prepared;
use crate::column::dictionary::{self, BEYOND_BIT, UNDEFINED_BIT, UNKNOWN_BIT, YES};
use crate::column::evaluator::{CHUNK, Evaluator};
use crate::column::kernel::arch::vectored;
use crate::column::kernel::compare::within_word;
use crate::column::lane::{KNOWN, UNDEFINED, UNKNOWN};
use crate::column::source::Source;
use crate::column::truths::{Answers, Truths};
use crate::plan::{Kind, NodeId, Op, Written};

/// Which operand decides a junction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Junction {
    /// `且`: a false one.
    All,
    /// `或`: a true one.
    Any,
}

impl Evaluator<'_, '_> {
    /// Makes sure that the answers of a node are there for the rows of a mask.
    pub(super) fn truth(&mut self, node: NodeId, mask: &Mask) {
        let words = mask.words.len();
        let mut truths = self.take_truths(node, words);
        let mut need = self.new_mask(words);
        if truths.lacking(mask, &mut need) {
            self.fill(node, &mut truths, &mut need);
        }
        self.free_mask(need);
        self.truths[node.index()] = truths;
    }

    fn fill(&mut self, node: NodeId, truths: &mut Truths, need: &mut Mask) {
        match self.bound.op(node) {
            Op::Truth(value) => {
                let yes = if *value { u64::MAX } else { 0 };
                set_all(truths, need, Answers::plain(yes));
            }
            Op::Unknown => set_all(
                truths,
                need,
                Answers {
                    unknown: u64::MAX,
                    ..Answers::default()
                },
            ),
            Op::Undefined => set_all(
                truths,
                need,
                Answers {
                    undefined: u64::MAX,
                    ..Answers::default()
                },
            ),
            Op::Column(_) | Op::Field(..) => self.fill_bits(node, truths, need),
            Op::Not(operand) => {
                self.truth(*operand, need);
                let operand = &self.truths[operand.index()];
                for word in need.range() {
                    let mut answers = operand.word(word);
                    answers.yes = !answers.not_false();
                    truths.set(word, need.words[word], answers);
                }
            }
            Op::And(operands) => self.fill_junction(Junction::All, operands, truths, need),
            Op::Or(operands) => self.fill_junction(Junction::Any, operands, truths, need),
            Op::Within(subject, _) => match &self.bound.prepared[node.index()] {
                Prepared::Intervals(intervals) => {
                    self.fill_within(*subject, intervals, truths, need);
                }
                _ => self.fill_from_lane(node, truths, need),
            },
            Op::Holds(set, member) => self.fill_holds(*set, *member, truths, need),
            Op::Dictionary(subject, _) => match &self.bound.prepared[node.index()] {
                Prepared::Words(entries) => self.fill_words(*subject, entries, truths, need),
                _ => self.fill_from_lane(node, truths, need),
            },
            Op::Missing(operand) => self.fill_missing(*operand, truths, need),
            Op::Lift(_, operand) => self.fill_lifted(node, *operand, truths, need),
            Op::Reference(written) => self.fill_reference(written, truths, need),
            _ => self.fill_from_lane(node, truths, need),
        }
    }

    /// The operands one after the other, each only for the rows that are still open.
    fn fill_junction(
        &mut self,
        junction: Junction,
        operands: &[NodeId],
        truths: &mut Truths,
        need: &mut Mask,
    ) {
        let words = need.words.len();
        let mut open = self.new_mask(words);
        open.words.copy_from_slice(&need.words);
        (open.from, open.to) = (need.from, need.to);
        // Rows that some operand leaves unsure, kept in the place of the answers.
        for word in need.range() {
            truths.set(word, need.words[word], Answers::default());
        }
        for operand in operands {
            if !open.trim() {
                break;
            }
            self.truth(*operand, &open);
            let operand = &self.truths[operand.index()];
            for word in open.range() {
                let answers = operand.word(word);
                let decided = match junction {
                    Junction::All => !answers.not_false(),
                    Junction::Any => answers.yes,
                };
                let rows = open.words[word];
                if answers.unsure() & rows != 0 {
                    let old = truths.word(word);
                    let unsure = Answers {
                        yes: 0,
                        unknown: old.unknown | (answers.unknown & rows),
                        undefined: old.undefined | (answers.undefined & rows),
                        beyond: old.beyond | (answers.beyond & rows),
                    };
                    truths.set(word, rows, unsure);
                }
                open.words[word] = rows & !decided;
            }
        }
        for word in need.range() {
            let (rows, left) = (need.words[word], open.words[word]);
            let noted = truths.word(word);
            let beyond = noted.beyond & left;
            let unknown = noted.unknown & left & !beyond;
            let undefined = noted.undefined & left & !beyond & !unknown;
            let yes = match junction {
                Junction::All => left & !(beyond | unknown | undefined),
                Junction::Any => rows & !left,
            };
            let answers = Answers {
                yes,
                unknown,
                undefined,
                beyond,
            };
            truths.set(word, rows, answers);
        }
        self.free_mask(open);
    }

    fn fill_bits(&mut self, node: NodeId, truths: &mut Truths, need: &Mask) {
        let first = self.base(node) / 64;
        let source = self.bound.source(node);
        for word in need.range() {
            let answers = match source {
                Some(source @ Source::Bits { yes, .. }) => {
                    let known = source.known_word(first + word);
                    Answers {
                        yes: yes.get(first + word).copied().unwrap_or(0) & known,
                        unknown: !known,
                        ..Answers::default()
                    }
                }
                _ => Answers {
                    unknown: u64::MAX,
                    ..Answers::default()
                },
            };
            truths.set(word, u64::MAX, answers);
        }
    }

    /// A 64-bit column against constants: whole words at once.
    fn fill_within(
        &mut self,
        subject: NodeId,
        intervals: &[(i64, i64)],
        truths: &mut Truths,
        need: &Mask,
    ) {
        let base = self.base(subject);
        let Some(source @ Source::Narrow { values, .. }) = self.bound.source(subject) else {
            return;
        };
        let Source::Narrow { known, .. } = source else {
            return;
        };
        vectored(
            #[inline(always)]
            || {
                for word in need.range() {
                    if need.words[word] == 0 {
                        continue;
                    }
                    let start = base + word * 64;
                    let values = &values[start..values.len().min(start + 64)];
                    let inside = intervals.iter().fold(0, |inside, interval| {
                        inside | within_word(values, *interval)
                    });
                    let known = known.as_ref().map_or(u64::MAX, |known| known[start / 64]);
                    let answers = Answers {
                        yes: inside & known,
                        unknown: !known,
                        ..Answers::default()
                    };
                    truths.set(word, u64::MAX, answers);
                }
            },
        );
    }

    fn fill_holds(&mut self, set: NodeId, member: usize, truths: &mut Truths, need: &Mask) {
        let first = self.base(set) / 64;
        let source = self.bound.source(set);
        for word in need.range() {
            let answers = match source {
                Some(source @ Source::Sets { members, .. }) => {
                    let known = source.known_word(first + word);
                    let held = members.get(member).and_then(|bits| bits.get(first + word));
                    Answers {
                        yes: held.copied().unwrap_or(0) & known,
                        unknown: !known,
                        ..Answers::default()
                    }
                }
                _ => Answers {
                    unknown: u64::MAX,
                    ..Answers::default()
                },
            };
            truths.set(word, u64::MAX, answers);
        }
    }

    /// A dictionary: one look-up for each row.
    fn fill_words(&mut self, subject: NodeId, entries: &[u8], truths: &mut Truths, need: &Mask) {
        let base = self.base(subject);
        let missing = entries.last().copied().unwrap_or(BEYOND_BIT);
        let Some(source @ Source::Words { keys, .. }) = self.bound.source(subject) else {
            let mut answers = Answers::default();
            (0..64).for_each(|bit| answers.add(bit, missing));
            set_all(truths, need, answers);
            return;
        };
        let is_plain = entries.iter().rev().skip(1).all(|entry| *entry <= YES);
        for word in need.range() {
            if need.words[word] == 0 {
                continue;
            }
            let start = base + word * 64;
            let keys = &keys[start..keys.len().min(start + 64)];
            let known = source.known_word(start / 64);
            let mut answers = Answers::default();
            if is_plain && known == u64::MAX {
                for (bit, key) in keys.iter().enumerate() {
                    answers.yes |= u64::from(entries[*key as usize]) << bit;
                }
            } else {
                for (bit, key) in (0u32..).zip(keys) {
                    let entry = if known >> bit & 1 == 1 {
                        entries[*key as usize]
                    } else {
                        missing
                    };
                    answers.add(bit, entry);
                }
            }
            truths.set(word, u64::MAX, answers);
        }
    }

    fn fill_missing(&mut self, operand: NodeId, truths: &mut Truths, need: &mut Mask) {
        if let Some(source) = self.bound.source(operand) {
            let first = self.base(operand) / 64;
            let source = match source {
                // A column without any known value.
                Source::Nothing => None,
                source => Some(source),
            };
            for word in need.range() {
                let known = source.map_or(0, |source| source.known_word(first + word));
                truths.set(word, u64::MAX, Answers::plain(!known));
            }
            return;
        }
        if self.kind(operand) == Kind::Truth {
            self.truth(operand, need);
            let operand = &self.truths[operand.index()];
            for word in need.range() {
                let mut answers = operand.word(word);
                answers.yes = std::mem::take(&mut answers.unknown);
                truths.set(word, need.words[word], answers);
            }
            return;
        }
        self.for_chunks(need, |evaluator, rows| {
            let lane = evaluator.lane(operand, rows);
            let entries = rows.iter().enumerate().map(|(at, row)| {
                let entry = match lane.states[at] {
                    KNOWN => 0,
                    UNKNOWN => YES,
                    UNDEFINED => UNDEFINED_BIT,
                    _ => BEYOND_BIT,
                };
                (*row, entry)
            });
            truths.set_rows(entries);
            evaluator.free_lane(lane);
        });
    }

    /// The answers of the enterprises, seen from their records.
    fn fill_lifted(&mut self, node: NodeId, operand: NodeId, truths: &mut Truths, need: &Mask) {
        let domain = self.bound.domains[node.index()];
        self.enter(domain);
        let mut rows = self.new_list();
        for place in records(need) {
            let row = self.domains[domain].parents[place as usize];
            if rows.last() != Some(&row) {
                rows.push(row);
            }
        }
        let mut mask = self.new_mask(0);
        mask.set_rows(self.domains[0].count.div_ceil(64), &rows);
        self.truth(operand, &mask);
        let entries = records(need).map(|place| {
            let row = self.domains[domain].parents[place as usize];
            (place, self.truths[operand.index()].entry(row))
        });
        truths.set_rows(entries);
        self.free_mask(mask);
        self.free_list(rows);
    }

    fn fill_reference(&mut self, written: &Written, truths: &mut Truths, need: &Mask) {
        let entries = records(need).map(|row| {
            let entry = dictionary::entry(&self.evaluate_by_reference(written, row));
            (row, entry)
        });
        truths.set_rows(entries);
    }

    /// Nodes that compare or choose values: chunks of rows at a time.
    fn fill_from_lane(&mut self, node: NodeId, truths: &mut Truths, need: &Mask) {
        self.for_chunks(need, |evaluator, rows| {
            let lane = evaluator.lane_of_op(node, rows);
            let entries = rows.iter().enumerate().map(|(at, row)| {
                let entry = match lane.states[at] {
                    KNOWN => u8::from(lane.values.get(at) != 0) * YES,
                    UNKNOWN => UNKNOWN_BIT,
                    UNDEFINED => UNDEFINED_BIT,
                    _ => BEYOND_BIT,
                };
                (*row, entry)
            });
            truths.set_rows(entries);
            evaluator.free_lane(lane);
        });
    }

    /// The rows of a mask, some at a time.
    pub(super) fn for_chunks(&mut self, mask: &Mask, mut action: impl FnMut(&mut Self, &[u32])) {
        let mut rows = self.new_list();
        mask.push_rows(&mut rows);
        for chunk in rows.chunks(CHUNK) {
            action(self, chunk);
        }
        self.free_list(rows);
    }
}

fn records(mask: &Mask) -> impl Iterator<Item = u32> + '_ {
    mask.range().flat_map(|index| {
        let mut word = mask.words[index];
        std::iter::from_fn(move || {
            (word != 0).then(|| {
                let bit = word.trailing_zeros();
                word &= word - 1;
                (index * 64) as u32 + bit
            })
        })
    })
}

fn set_all(truths: &mut Truths, need: &Mask, answers: Answers) {
    for word in need.range() {
        truths.set(word, u64::MAX, answers);
    }
}
