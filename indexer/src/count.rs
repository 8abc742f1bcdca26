//! Counts the hits of a search by region, topic, way of delivery, kind and issuer.

use std::collections::BTreeMap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

/// Counts how often each term of some fields occurs among the hits.
pub(crate) struct TermCounts<const N: usize>(pub(crate) [&'static str; N]);

/// For each field its terms with their counts.
pub(crate) type Counts<const N: usize> = [BTreeMap<String, u64>; N];

impl<const N: usize> Collector for TermCounts<N> {
    type Fruit = Counts<N>;
    type Child = SegmentCounts<N>;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentCounts<N>> {
        let mut columns = [const { None }; N];
        for (column, name) in columns.iter_mut().zip(self.0) {
            *column = segment.fast_fields().str(name)?.map(|terms| {
                let counts = vec![0; terms.num_terms()];
                (terms, counts)
            });
        }
        Ok(SegmentCounts { columns })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(
        &self,
        segments: Vec<tantivy::Result<Counts<N>>>,
    ) -> tantivy::Result<Counts<N>> {
        let mut total = [const { BTreeMap::new() }; N];
        for segment in segments {
            for (total, counts) in total.iter_mut().zip(segment?) {
                for (term, count) in counts {
                    let sum: &mut u64 = total.entry(term).or_default();
                    *sum = sum.saturating_add(count);
                }
            }
        }
        Ok(total)
    }
}

/// The counts of one segment, by the ordinals of its terms.
pub(crate) struct SegmentCounts<const N: usize> {
    columns: [Option<(StrColumn, Vec<u64>)>; N],
}

impl<const N: usize> SegmentCollector for SegmentCounts<N> {
    type Fruit = tantivy::Result<Counts<N>>;

    fn collect(&mut self, doc: DocId, _: Score) {
        for (terms, counts) in self.columns.iter_mut().flatten() {
            for ordinal in terms.term_ords(doc) {
                let count = usize::try_from(ordinal)
                    .ok()
                    .and_then(|at| counts.get_mut(at));
                if let Some(count) = count {
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    fn harvest(self) -> Self::Fruit {
        let mut all = [const { BTreeMap::new() }; N];
        for (out, column) in all.iter_mut().zip(self.columns) {
            let Some((terms, counts)) = column else {
                continue;
            };
            for (ordinal, count) in (0..).zip(counts).filter(|(_, count)| *count > 0) {
                let mut term = String::new();
                if terms.ord_to_str(ordinal, &mut term)? {
                    out.insert(term, count);
                }
            }
        }
        Ok(all)
    }
}
