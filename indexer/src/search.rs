//! Runs a query: scores, counts, pages, and gives up parts of the question one by one.

use std::collections::{BTreeMap, BTreeSet};

use tantivy::collector::sort_key::{SortBySimilarityScore, SortByString};
use tantivy::collector::{Collector, Count, TopDocs};
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;
use tantivy::{Order, Searcher, Term};

use crate::answer::{Answer, Facets, Hit, Matching};
use crate::count::TermCounts;
use crate::entry::{Delivery, Kind};
use crate::error::Error;
use crate::fields::{Fields, NATIONAL, names};
use crate::highlight;
use crate::index::Index;
use crate::plan::{Dimension, Plan, filtered};
use crate::query::Query;
use crate::question::Question;

const LIMIT_USUAL: usize = 10;

/// The counted fields, in the order of [`facets`].
const COUNTED: [&str; 5] = [
    names::REGION,
    names::TOPIC,
    names::ISSUER,
    names::DELIVERY,
    names::KIND,
];

/// What the scores rest on.
///
/// Tantivy only estimates the average length of a field once documents were deleted, and the
/// same library would rank differently after an update than after a rebuild. Usual lengths
/// instead of averages also keep the score of an entry when others come.
struct Statistics<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self
            .fields
            .usual_length(field)
            .saturating_mul(self.total_num_docs()?.max(1)))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        self.searcher.total_num_docs()
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.searcher.doc_freq(term)
    }
}

impl Index {
    /// Answers a question. No text is an error; what is not understood is looked for as words.
    ///
    /// If nothing has all that was asked, entries with all but one part are found, then those
    /// with half of them; [`Answer::matching`] says so. Texts in quotation marks are never
    /// given up.
    ///
    /// # Errors
    /// [`Error::Tantivy`] or [`Error::Entry`] when the index cannot be read.
    pub fn search(&self, query: &Query) -> Result<Answer, Error> {
        let question = Question::read(&query.text, &self.lexicon);
        let plan = Plan {
            fields: &self.fields,
            question: &question,
        };
        let searcher = self.reader.searcher();
        let asked = question.parts.len();
        let half = asked.div_ceil(2);
        let mut answer = self.page(&searcher, &plan, query, asked)?;
        for required in BTreeSet::from([asked.saturating_sub(1), half])
            .into_iter()
            .rev()
        {
            if answer.total > 0 || required == 0 || required >= asked {
                continue;
            }
            answer = self.page(&searcher, &plan, query, required)?;
            answer.matching = Matching::Some { required, asked };
        }
        if question.whole.is_empty() {
            answer.matching = Matching::Everything;
        }
        Ok(answer)
    }

    pub(crate) fn page(
        &self,
        searcher: &Searcher,
        plan: &Plan<'_>,
        query: &Query,
        required: usize,
    ) -> Result<Answer, Error> {
        let limit = if query.limit == 0 {
            LIMIT_USUAL
        } else {
            query.limit.min(Query::LIMIT_MAX)
        };
        let offset = usize::try_from(searcher.num_docs()).map_or(0, |all| query.offset.min(all));
        let order = (
            SortBySimilarityScore,
            (SortByString::for_field(names::KEY), Order::Asc),
        );
        let top = TopDocs::with_limit(limit)
            .and_offset(offset)
            .order_by(order);
        let matching = filtered(plan.matching(required), plan.filters(query, None));
        let (total, found, counts) =
            self.collect(searcher, &*matching, &(Count, top, TermCounts(COUNTED)))?;
        let needles = plan.question.needles();
        let mut hits = Vec::with_capacity(found.len());
        for (_, address) in found {
            let entry = self.entry(searcher, address)?;
            hits.push(Hit {
                heading: highlight::whole(&entry.heading(), &needles),
                snippet: highlight::best(&entry.text, &needles),
                entry,
            });
        }
        let mut facets = facets(counts);
        self.count_other_choices(searcher, plan, query, required, &mut facets)?;
        Ok(Answer {
            total,
            matching: Matching::All,
            hits,
            facets,
        })
    }

    fn collect<C: Collector>(
        &self,
        searcher: &Searcher,
        matching: &dyn tantivy::query::Query,
        collector: &C,
    ) -> tantivy::Result<C::Fruit> {
        let statistics = Statistics {
            searcher,
            fields: &self.fields,
        };
        searcher.search_with_statistics_provider(matching, collector, &statistics)
    }

    /// Counts a filtered dimension as if its own filter were not set, so that a page can show
    /// what the other choices would bring.
    fn count_other_choices(
        &self,
        searcher: &Searcher,
        plan: &Plan<'_>,
        query: &Query,
        required: usize,
        facets: &mut Facets,
    ) -> Result<(), Error> {
        let set = [
            (Dimension::Kind, !query.kinds.is_empty()),
            (Dimension::Region, query.region.is_some()),
            (Dimension::Topic, !query.topics.is_empty()),
            (Dimension::Delivery, !query.deliveries.is_empty()),
            (Dimension::Issuer, !query.issuers.is_empty()),
        ];
        for (dimension, _) in set.into_iter().filter(|(_, set)| *set) {
            let filters = plan.filters(query, Some(dimension));
            let matching = filtered(plan.matching(required), filters);
            let other = self::facets(searcher.search(&*matching, &TermCounts(COUNTED))?);
            match dimension {
                Dimension::Kind => facets.kinds = other.kinds,
                Dimension::Region => facets.regions = other.regions,
                Dimension::Topic => facets.topics = other.topics,
                Dimension::Delivery => facets.deliveries = other.deliveries,
                Dimension::Issuer => facets.issuers = other.issuers,
            }
        }
        Ok(())
    }
}

/// Counts of terms as what the terms stand for.
fn facets([mut regions, topics, issuers, deliveries, kinds]: [BTreeMap<String, u64>; 5]) -> Facets {
    if let Some(national) = regions.remove(NATIONAL) {
        regions.insert(String::new(), national);
    }
    let of = |counts: &BTreeMap<String, u64>, code: &str| counts.get(code).copied();
    Facets {
        regions,
        topics,
        issuers,
        deliveries: Delivery::ALL
            .into_iter()
            .filter_map(|way| Some((way, of(&deliveries, way.code())?)))
            .collect(),
        kinds: Kind::ALL
            .into_iter()
            .filter_map(|kind| Some((kind, of(&kinds, kind.code())?)))
            .collect(),
    }
}
