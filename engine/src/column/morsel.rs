//! All measures over one morsel.

use crate::column::bitmap::{Mask, push_bits};
use crate::column::bound::Bound;
use crate::column::evaluator::Evaluator;
use crate::column::kernel::arch::vectored;
use crate::column::known::{Found, KnownAward, by_row};
use crate::column::reference::unknown_parts;
use crate::column::region::Whereabouts;
use crate::column::result::{MeasureCounts, RowDecision, UnknownParts};
use crate::decision::{Decision, Reason};
use crate::plan::NodeId;

/// What one worker has counted.
pub(super) struct Worker<'e, 's> {
    pub(super) evaluator: Evaluator<'e, 's>,
    pub(super) counts: Vec<MeasureCounts>,
    /// How many decisions of each measure were left to the reference interpreter.
    pub(super) referred: Vec<u64>,
    /// The scopes that reach into the morsel, each with its rows.
    whereabouts: Vec<Whereabouts>,
    /// The measures to look at, in the order of the library, with the place of their rows.
    applicable: Vec<(usize, usize)>,
    masks: Masks,
    /// The decisions of the morsel, measure by measure.
    pub(super) found: Vec<RowDecision>,
    /// The known awards of undetermined decisions, measure by measure.
    pub(super) known: Vec<KnownAward>,
}

/// The rows of one measure by what is known of them.
#[derive(Default)]
pub(super) struct Masks {
    /// Not excluded and not ineligible so far.
    pub(super) open: Mask,
    /// Something is unknown.
    pub(super) unknown: Mask,
    /// Something is without value.
    pub(super) undefined: Mask,
    /// Left to the reference interpreter.
    pub(super) beyond: Mask,
}

impl<'e, 's> Worker<'e, 's> {
    pub(super) fn new(bound: &'e Bound<'s>) -> Self {
        Self {
            evaluator: Evaluator::new(bound),
            counts: vec![MeasureCounts::default(); bound.plan.measures().len()],
            referred: vec![0; bound.plan.measures().len()],
            whereabouts: Vec::new(),
            applicable: Vec::new(),
            masks: Masks::default(),
            found: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Decides all measures for the rows of one morsel.
    pub(super) fn evaluate(&mut self, start: usize, rows: usize) -> Found {
        self.evaluator.begin(start, rows);
        self.found.clear();
        self.known.clear();
        let bound = self.evaluator.bound;
        let mut applicable = std::mem::take(&mut self.applicable);
        let mut whereabouts = std::mem::take(&mut self.whereabouts);
        applicable.clear();
        let mut used = 0;
        for scope in bound.scopes.reaching(start, rows) {
            if whereabouts.len() == used {
                whereabouts.push(Whereabouts::default());
            }
            let into = &mut whereabouts[used];
            if bound.scopes.whereabouts(scope, start, rows, into) {
                applicable.extend(scope.measures.iter().map(|measure| (*measure, used)));
                used += 1;
            }
        }
        applicable.sort_unstable();
        for (measure, place) in &applicable {
            self.measure(*measure, &whereabouts[*place]);
        }
        (self.applicable, self.whereabouts) = (applicable, whereabouts);
        Found {
            decisions: by_row(&self.found, start, rows, |decision| decision.row),
            known: by_row(&self.known, start, rows, |known| known.row),
        }
    }

    fn measure(&mut self, measure: usize, whereabouts: &Whereabouts) {
        let bound = self.evaluator.bound;
        let plan = &bound.plan.measures()[measure];
        let mut masks = std::mem::take(&mut self.masks);
        masks.begin(whereabouts);
        for exception in &plan.exceptions {
            self.judge(*exception, &mut masks, Part::Exception);
        }
        // An exception that is not known in columns may hold: a false condition decides nothing.
        let mut referred = self.evaluator.new_list();
        masks.take_beyond(&mut referred);
        let applicable = masks.open.count();
        if let Some(paid) = bound.paid_before.get(&measure) {
            let start = self.evaluator.domains[0].base as u32;
            let end = start + self.evaluator.domains[0].count as u32;
            let from = paid.partition_point(|row| *row < start);
            for row in paid[from..].iter().take_while(|row| **row < end) {
                let row = row - start;
                masks.open.words[row as usize / 64] &= !(1 << (row % 64));
            }
        }
        if let Some(candidates) = &bound.candidates {
            candidates.exclude(measure, self.evaluator.domains[0].base, &mut masks.open);
        }
        self.conditions(&plan.conditions, &mut masks);
        self.counts[measure].ineligible += applicable - masks.open.count();
        self.awards(measure, &mut masks, whereabouts, &mut referred);
        for row in &referred {
            self.refer(measure, *row);
        }
        self.evaluator.free_list(referred);
        self.masks = masks;
    }

    /// The conditions, the most telling for its cost first, until no row is left.
    fn conditions(&mut self, conditions: &[NodeId], masks: &mut Masks) {
        if conditions.len() == 1 {
            self.judge(conditions[0], masks, Part::Condition);
            return;
        }
        let mut order: Vec<(u64, NodeId)> = conditions
            .iter()
            .map(|condition| (self.evaluator.rank(*condition), *condition))
            .collect();
        order.sort();
        for (_, condition) in order {
            if !masks.open.trim() {
                return;
            }
            self.judge(condition, masks, Part::Condition);
        }
    }

    fn judge(&mut self, node: NodeId, masks: &mut Masks, part: Part) {
        if !masks.open.trim() {
            return;
        }
        self.evaluator.truth(node, &masks.open);
        let truths = &self.evaluator.truths[node.index()];
        let (mut seen, mut left) = (0u32, 0u32);
        vectored(
            #[inline(always)]
            || {
                for word in masks.open.range() {
                    let rows = masks.open.words[word];
                    let answers = truths.word(word);
                    let unsure = answers.unsure() & rows;
                    let open = match part {
                        Part::Exception => rows & !answers.yes,
                        Part::Condition => rows & answers.not_false(),
                    };
                    if unsure != 0 {
                        masks.unknown.words[word] |= answers.unknown & rows;
                        masks.undefined.words[word] |= answers.undefined & rows;
                        masks.beyond.words[word] |= answers.beyond & rows;
                    }
                    seen += rows.count_ones();
                    left += open.count_ones();
                    masks.open.words[word] = open;
                }
            },
        );
        let stats = &mut self.evaluator.seen[node.index()];
        stats.0 += u64::from(seen);
        stats.1 += u64::from(seen - left);
    }

    /// The rows that are left: awards, unknowns and errors.
    fn awards(
        &mut self,
        measure: usize,
        masks: &mut Masks,
        whereabouts: &Whereabouts,
        referred: &mut Vec<u32>,
    ) {
        if !masks.open.trim() {
            return;
        }
        let mut sure = self.evaluator.new_list();
        let mut unsure = self.evaluator.new_list();
        for word in masks.open.range() {
            let open = masks.open.words[word];
            let beyond = open & masks.beyond.words[word];
            let unknown = open & masks.unknown.words[word] & !beyond;
            let undefined = open & masks.undefined.words[word] & !beyond & !unknown;
            push_bits(word, open & !(beyond | unknown | undefined), &mut sure);
            push_bits(word, unknown, &mut unsure);
            push_bits(word, beyond | undefined, referred);
        }
        self.award_rows(measure, &sure, referred);
        self.undetermined_rows(measure, &unsure, whereabouts, referred);
        self.evaluator.free_list(sure);
        self.evaluator.free_list(unsure);
    }

    /// Rows where a fact is missing for the region, an exception or a condition.
    fn undetermined_rows(
        &mut self,
        measure: usize,
        rows: &[u32],
        whereabouts: &Whereabouts,
        referred: &mut Vec<u32>,
    ) {
        if rows.is_empty() {
            return;
        }
        let bound = self.evaluator.bound;
        let plan = &bound.plan.measures()[measure];
        let mut parts = vec![UnknownParts::default(); rows.len()];
        for (parts, row) in parts.iter_mut().zip(rows) {
            let unknown = whereabouts.unknown.words[*row as usize / 64];
            if unknown >> (row % 64) & 1 == 1 {
                *parts = parts.with(UnknownParts::REGION);
            }
        }
        let words = self.evaluator.domains[0].count.div_ceil(64);
        let mut mask = self.evaluator.new_mask(0);
        mask.set_rows(words, rows);
        let nodes = plan.exceptions.iter().chain(&plan.conditions);
        for (place, node) in nodes.enumerate() {
            self.evaluator.truth(*node, &mask);
            let truths = &self.evaluator.truths[node.index()];
            for (parts, row) in parts.iter_mut().zip(rows) {
                let answers = truths.word(*row as usize / 64);
                if answers.unknown >> (row % 64) & 1 == 1 {
                    *parts = parts.with(UnknownParts::part(place));
                }
            }
        }
        self.evaluator.free_mask(mask);
        self.unknown_awards(measure, rows, &mut parts, referred);
    }

    /// One row that the columns cannot decide, or whose error needs its reason.
    pub(super) fn refer(&mut self, measure: usize, row: u32) {
        let bound = self.evaluator.bound;
        self.evaluator.reference_rows += 1;
        self.referred[measure] += 1;
        let row = self.evaluator.domains[0].base + row as usize;
        let facts = bound.snapshot.row(row);
        let checked = &bound.plan.library().measures[measure];
        let decision = bound
            .interpreter
            .decide(checked, &facts, bound.plan.context());
        self.counts[measure].count(&decision);
        let (row, place) = (row as u32, measure as u32);
        match &decision {
            Decision::NotApplicable(_) | Decision::Ineligible(_) => {}
            Decision::Eligible { award, .. } => {
                self.found
                    .push(RowDecision::eligible(row, place, award.fen()));
            }
            Decision::Undetermined(_) => {
                let parts =
                    unknown_parts(&bound.interpreter, checked, &facts, bound.plan.context());
                self.found
                    .push(RowDecision::undetermined(row, place, parts));
            }
            Decision::Error(error) => {
                let reason = Reason::from(error.kind);
                self.found.push(RowDecision::error(row, place, reason));
            }
        }
    }
}

/// What a node is to its measure.
#[derive(Clone, Copy)]
enum Part {
    Exception,
    Condition,
}

impl Masks {
    fn begin(&mut self, whereabouts: &Whereabouts) {
        let words = whereabouts.inside.words.len();
        self.open.reset(words);
        self.unknown.reset(words);
        self.undefined.reset(words);
        self.beyond.reset(words);
        let places = [
            &whereabouts.inside,
            &whereabouts.unknown,
            &whereabouts.beyond,
        ];
        for mask in places {
            for word in mask.range() {
                self.open.words[word] |= mask.words[word];
            }
        }
        (self.open.from, self.open.to) = (0, words);
        self.unknown
            .words
            .copy_from_slice(&whereabouts.unknown.words);
        self.beyond.words.copy_from_slice(&whereabouts.beyond.words);
        self.open.trim();
    }

    /// Takes out the rows that the reference must decide.
    fn take_beyond(&mut self, rows: &mut Vec<u32>) {
        for word in self.open.range() {
            let beyond = self.open.words[word] & self.beyond.words[word];
            if beyond != 0 {
                push_bits(word, beyond, rows);
                self.open.words[word] &= !beyond;
            }
        }
    }
}

impl Evaluator<'_, '_> {
    /// How dear a condition is for each row that it sorts out; the lower the earlier.
    fn rank(&self, node: NodeId) -> u64 {
        let (seen, out) = self.seen[node.index()];
        let cost = u64::from(self.bound.plan.graph().get(node).cost).max(1);
        // Before anything is known, half of all rows are thought to be sorted out.
        let (seen, out) = (seen.saturating_add(128), out.saturating_add(64));
        cost.saturating_mul(1024).saturating_mul(seen) / out
    }
}
