//! The necessary terms in tantivy: one document for each measure.

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::{AllQuery, BooleanQuery, Occur, Query, TermSetQuery};
use tantivy::schema::{FAST, Field, INDEXED, STRING, Schema};
use tantivy::{
    DocId, IndexReader, IndexWriter, ReloadPolicy, Score, SegmentOrdinal, SegmentReader,
    TantivyDocument, Term,
};
use zhida_policies::values::Region;

use crate::error::Error;
use crate::prospect::set::MeasureSet;
use crate::prospect::terms::{Judged, Number};
use crate::prospect::whereabouts::Whereabouts;

/// Memory for documents that are not written yet.
const WRITER_BYTES: usize = 32 << 20;
/// The column with the place of a measure in the library.
const MEASURE: &str = "measure";
/// The term of every measure of a functional zone. No region has it as its code.
const ANY_ZONE: &str = "zone";

/// What is indexed of one measure.
pub(super) struct Posting {
    pub(super) region: Region,
    pub(super) is_zone: bool,
    pub(super) clauses: Vec<Number>,
}

/// The index.
pub(super) struct Postings {
    reader: IndexReader,
    region: Field,
    clause: Field,
    measures: usize,
}

impl Postings {
    /// Indexes the measures of a library, in its order.
    pub(super) fn build(postings: &[Posting]) -> Result<Self, Error> {
        let mut schema = Schema::builder();
        let region = schema.add_text_field("region", STRING);
        let clause = schema.add_u64_field("clause", INDEXED);
        let measure = schema.add_u64_field(MEASURE, FAST);
        let index = tantivy::Index::create_in_ram(schema.build());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES)?;
        for (place, posting) in (0_u64..).zip(postings) {
            let mut document = TantivyDocument::new();
            document.add_u64(measure, place);
            document.add_text(region, code_term(posting.region));
            if posting.is_zone {
                document.add_text(region, ANY_ZONE);
            }
            for number in &posting.clauses {
                document.add_u64(clause, u64::from(*number));
            }
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            reader,
            region,
            clause,
            measures: postings.len(),
        })
    }

    /// The measures of the regions that have none of the refuted clauses.
    pub(super) fn candidates(
        &self,
        whereabouts: &Whereabouts,
        judged: &Judged<'_>,
    ) -> Result<MeasureSet, Error> {
        let mut clauses = vec![(Occur::Must, self.within(whereabouts))];
        let terms: Vec<Term> = judged
            .refuted()
            .map(|number| Term::from_field_u64(self.clause, u64::from(number)))
            .collect();
        if !terms.is_empty() {
            clauses.push((Occur::MustNot, Box::new(TermSetQuery::new(terms))));
        }
        let query = BooleanQuery::new(clauses);
        let collector = Places {
            measures: self.measures,
        };
        Ok(self.reader.searcher().search(&query, &collector)?)
    }

    fn within(&self, whereabouts: &Whereabouts) -> Box<dyn Query> {
        match whereabouts {
            Whereabouts::Anywhere => Box::new(AllQuery),
            Whereabouts::Within { regions, any_zone } => {
                let codes = regions.iter().map(|region| code_term(*region));
                let zone = any_zone.then(|| ANY_ZONE.to_owned());
                let terms = codes.chain(zone);
                let terms = terms.map(|text| Term::from_field_text(self.region, &text));
                Box::new(TermSetQuery::new(terms))
            }
        }
    }
}

/// The term of a region; the nation's code is empty and no term.
fn code_term(region: Region) -> String {
    format!("={region}")
}

/// Collects the places of the measures found.
struct Places {
    measures: usize,
}

impl Collector for Places {
    type Fruit = MeasureSet;
    type Child = SegmentPlaces;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentPlaces> {
        Ok(SegmentPlaces {
            places: segment.fast_fields().u64(MEASURE)?,
            found: MeasureSet::none(self.measures),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<MeasureSet>) -> tantivy::Result<MeasureSet> {
        let mut all = MeasureSet::none(self.measures);
        for segment in segments {
            all.insert_all(&segment);
        }
        Ok(all)
    }
}

struct SegmentPlaces {
    places: Column<u64>,
    found: MeasureSet,
}

impl SegmentCollector for SegmentPlaces {
    type Fruit = MeasureSet;

    fn collect(&mut self, document: DocId, _: Score) {
        for place in self.places.values_for_doc(document) {
            self.found
                .insert(usize::try_from(place).unwrap_or(usize::MAX));
        }
    }

    fn harvest(self) -> MeasureSet {
        self.found
    }
}
