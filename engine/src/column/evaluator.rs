//! One worker: the answers and values of nodes for the morsel at hand.

use crate::column::bitmap::Mask;
use crate::column::bound::Bound;
use crate::column::lane::Lane;
use crate::column::source::{Source, is_known};
use crate::column::truths::Truths;
use crate::plan::{Kind, NodeId};

/// The rows that a lane is worked out for at a time.
pub(super) const CHUNK: usize = 1024;

/// The rows, or the records, that nodes are about.
#[derive(Default)]
pub(super) struct Domain {
    /// The place of the first in its column; a multiple of 64.
    pub(super) base: usize,
    /// How many.
    pub(super) count: usize,
    /// The row of each record.
    pub(super) parents: Vec<u32>,
    epoch: u64,
}

/// Values kept for the morsel.
#[derive(Default)]
pub(super) struct Kept {
    epoch: u64,
    pub(super) valid: Vec<u64>,
    pub(super) lane: Lane,
}

/// One worker.
pub(super) struct Evaluator<'e, 's> {
    pub(super) bound: &'e Bound<'s>,
    pub(super) domains: Vec<Domain>,
    pub(super) truths: Vec<Truths>,
    pub(super) kept: Vec<Kept>,
    /// The nodes with answers in this morsel, and answers that wait for another node.
    answered: Vec<NodeId>,
    spare: Vec<Truths>,
    lanes: Vec<Lane>,
    masks: Vec<Mask>,
    lists: Vec<Vec<u32>>,
    pub(super) epoch: u64,
    /// How many rows the reference interpreter has evaluated.
    pub(super) reference_rows: u64,
    /// How often each condition was asked for and how often it was false.
    pub(super) seen: Vec<(u64, u64)>,
}

impl<'e, 's> Evaluator<'e, 's> {
    pub(super) fn new(bound: &'e Bound<'s>) -> Self {
        let nodes = bound.plan.graph().nodes().len();
        let mut truths = Vec::new();
        truths.resize_with(nodes, Truths::default);
        let mut kept = Vec::new();
        kept.resize_with(nodes, Kept::default);
        let mut domains = Vec::new();
        domains.resize_with(bound.lists.len() + 1, Domain::default);
        Self {
            bound,
            domains,
            truths,
            kept,
            answered: Vec::new(),
            spare: Vec::new(),
            lanes: Vec::new(),
            masks: Vec::new(),
            lists: Vec::new(),
            epoch: 0,
            reference_rows: 0,
            seen: vec![(0, 0); nodes],
        }
    }

    /// Turns to another morsel.
    pub(super) fn begin(&mut self, start: usize, rows: usize) {
        self.epoch += 1;
        // A library has many more nodes than one morsel asks for.
        for node in self.answered.drain(..) {
            self.spare
                .push(std::mem::take(&mut self.truths[node.index()]));
        }
        let domain = &mut self.domains[0];
        (domain.base, domain.count, domain.epoch) = (start, rows, self.epoch);
    }

    pub(super) fn kind(&self, node: NodeId) -> Kind {
        self.bound.kind(node)
    }

    /// How many words the rows of a node's domain have.
    pub(super) fn words(&mut self, node: NodeId) -> usize {
        let domain = self.bound.domains[node.index()];
        self.enter(domain);
        self.domains[domain].count.div_ceil(64)
    }

    /// The place of the first row or record of a node's domain.
    pub(super) fn base(&mut self, node: NodeId) -> usize {
        let domain = self.bound.domains[node.index()];
        self.enter(domain);
        self.domains[domain].base
    }

    /// Makes the records of a list ready for this morsel.
    pub(super) fn enter(&mut self, domain: usize) {
        if domain == 0 || self.domains[domain].epoch == self.epoch {
            return;
        }
        let (start, rows) = (self.domains[0].base, self.domains[0].count);
        let records = &mut self.domains[domain];
        records.epoch = self.epoch;
        records.parents.clear();
        (records.base, records.count) = (0, 0);
        let Some(Source::Records { offsets, known, .. }) =
            self.bound.sources.get(self.bound.lists[domain - 1])
        else {
            return;
        };
        if offsets.len() <= start + rows {
            return;
        }
        let (first, last) = (offsets[start] as usize, offsets[start + rows] as usize);
        records.base = first / 64 * 64;
        records.count = last - records.base;
        records.parents.resize(first - records.base, 0);
        for row in 0..rows {
            let end = offsets[start + row + 1] as usize - records.base;
            debug_assert!(is_known(known, start + row) || end >= records.parents.len());
            records.parents.resize(end, row as u32);
        }
    }

    /// The records of a row, as places in their domain.
    pub(super) fn records_of(&self, domain: usize, row: u32) -> std::ops::Range<u32> {
        let Some(Source::Records { offsets, known, .. }) =
            self.bound.sources.get(self.bound.lists[domain - 1])
        else {
            return 0..0;
        };
        let at = self.domains[0].base + row as usize;
        if offsets.len() <= at + 1 || !is_known(known, at) {
            return 0..0;
        }
        let base = self.domains[domain].base as i32;
        (offsets[at] - base) as u32..(offsets[at + 1] - base) as u32
    }

    /// The first record of each row and the one behind its last, as places in their domain.
    pub(super) fn push_ranges(&self, domain: usize, rows: &[u32], ranges: &mut Vec<u32>) {
        let start = self.domains[0].base;
        let base = self.domains[domain].base as i32;
        match self.bound.sources.get(self.bound.lists[domain - 1]) {
            Some(Source::Records { offsets, known, .. })
                if offsets.len() > start + self.domains[0].count =>
            {
                ranges.extend(rows.iter().flat_map(|row| {
                    let at = start + *row as usize;
                    let first = (offsets[at] - base) as u32;
                    let end = (offsets[at + 1] - base) as u32;
                    [first, if is_known(known, at) { end } else { first }]
                }));
            }
            _ => ranges.resize(rows.len() * 2, 0),
        }
    }

    /// The values kept of a node in this morsel.
    pub(super) fn take_kept(&mut self, node: NodeId) -> Kept {
        let words = self.words(node);
        let kind = self.kind(node);
        let mut kept = std::mem::take(&mut self.kept[node.index()]);
        if kept.epoch != self.epoch || kept.valid.len() != words {
            kept.epoch = self.epoch;
            kept.valid.clear();
            kept.valid.resize(words, 0);
            kept.lane.reset(kind, words * 64);
        }
        kept
    }

    /// The answers of a node so far; those of an earlier morsel are forgotten.
    pub(super) fn take_truths(&mut self, node: NodeId, words: usize) -> Truths {
        let mut truths = std::mem::take(&mut self.truths[node.index()]);
        if !truths.is_of(self.epoch) {
            truths = self.spare.pop().unwrap_or_default();
            self.answered.push(node);
        }
        truths.prepare(self.epoch, words, self.bound.op(node).is_constant());
        truths
    }

    pub(super) fn new_lane(&mut self, kind: Kind, count: usize) -> Lane {
        let mut lane = self.lanes.pop().unwrap_or_default();
        lane.reset(kind, count);
        lane
    }

    pub(super) fn free_lane(&mut self, lane: Lane) {
        self.lanes.push(lane);
    }

    pub(super) fn new_mask(&mut self, words: usize) -> Mask {
        let mut mask = self.masks.pop().unwrap_or_default();
        mask.reset(words);
        mask
    }

    pub(super) fn free_mask(&mut self, mask: Mask) {
        self.masks.push(mask);
    }

    pub(super) fn new_list(&mut self) -> Vec<u32> {
        let mut list = self.lists.pop().unwrap_or_default();
        list.clear();
        list
    }

    pub(super) fn free_list(&mut self, list: Vec<u32>) {
        self.lists.push(list);
    }
}
