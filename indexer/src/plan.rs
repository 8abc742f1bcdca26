//! A question as a tantivy query: what must be found, where, and what ranks higher.
//!
//! Queries are built from terms only. The query parser of tantivy is never used: it refuses
//! ordinary Chinese punctuation and turns every Chinese word into a phrase.

use std::ops::Bound;

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, Occur,
    PhraseQuery, Query as TantivyQuery, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Score, Term};

use crate::cut::{covering_grams, units};
use crate::entry::Delivery;
use crate::fields::{Fields, NATIONAL, day, region_term};
use crate::number;
use crate::query::{Query, Reach, RegionFilter};
use crate::question::{Part, Question};
use crate::word::Word;

/// Own names say most about an entry, descriptions more than the running text.
const HEADING: Score = 4.0;
const ABOUT: Score = 2.0;
const POLICY_TITLE: Score = 1.5;
const TEXT: Score = 1.0;
/// What is delivered in the way that was typed: below own names, above texts that mention it.
const DELIVERED: Score = 3.0;
/// A word found in a second field adds a little.
const SECOND_FIELD: Score = 0.2;
/// What was typed ranks before what means the same, and that before its pieces.
const SYNONYM: Score = 0.8;
const PIECES: Score = 0.4;
/// Words standing together as they were typed.
const TOGETHER_IN_HEADING: Score = 3.0;
const TOGETHER: Score = 1.0;
/// An own name typed in full.
const WHOLE_HEADING: Score = 100.0;
/// A number or an id outranks every sum of words; whose own it is comes before what belongs to it.
const EXACT_OWN: Score = 20_000.0;
const EXACT: Score = 10_000.0;

type Boxed = Box<dyn TantivyQuery>;

/// A dimension whose filter can be left out, to count what the other choices would bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    Kind,
    Region,
    Topic,
    Delivery,
    Issuer,
}

/// Builds queries for the fields of an index.
pub(crate) struct Plan<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) question: &'a Question,
}

impl Plan<'_> {
    /// Everything that has all quoted phrases and at least `required` parts of the question.
    pub(crate) fn matching(&self, required: usize) -> Boxed {
        if self.question.is_empty() {
            // A question made of nothing but punctuation finds nothing; no question, all.
            return if self.question.whole.is_empty() {
                Box::new(AllQuery)
            } else {
                Box::new(EmptyQuery)
            };
        }
        let mut clauses: Vec<(Occur, Boxed)> = Vec::new();
        for phrase in &self.question.phrases {
            clauses.push((Occur::Must, self.phrase(phrase)));
        }
        let parts: Vec<Boxed> = self
            .question
            .parts
            .iter()
            .map(|part| self.part(part))
            .collect();
        if required >= parts.len() {
            clauses.extend(parts.into_iter().map(|part| (Occur::Must, part)));
        } else {
            let some = BooleanQuery::union_with_minimum_required_clauses(parts, required);
            clauses.push((Occur::Must, Box::new(some)));
        }
        for stretch in &self.question.stretches {
            let heading = together(self.fields.heading_grams, stretch);
            clauses.push((Occur::Should, boost(heading, TOGETHER_IN_HEADING)));
            let anywhere = together(self.fields.grams, stretch);
            clauses.push((Occur::Should, boost(anywhere, TOGETHER)));
        }
        Box::new(any_of(vec![
            Box::new(BooleanQuery::new(clauses)),
            self.exact(),
        ]))
    }

    /// What carries the whole question as its id, its document number or its name.
    fn exact(&self) -> Boxed {
        let whole = &self.question.whole;
        let mut hits = vec![
            constant(self.fields.own_identifier, whole, EXACT_OWN),
            constant(self.fields.identifier, whole, EXACT),
            constant(self.fields.heading_whole, whole, WHOLE_HEADING),
        ];
        hits.extend(
            number::bare_key(whole)
                .into_iter()
                .flat_map(|key| self.by_number(&key)),
        );
        Box::new(any_of(hits))
    }

    fn by_number(&self, key: &str) -> [Boxed; 2] {
        [
            constant(self.fields.number_of_policy, key, EXACT_OWN),
            constant(self.fields.number, key, EXACT),
        ]
    }

    /// A text that must occur exactly so.
    fn phrase(&self, text: &str) -> Boxed {
        Box::new(any_of(vec![
            together(self.fields.grams, text),
            boost(together(self.fields.heading_grams, text), HEADING),
        ]))
    }

    fn part(&self, part: &Part) -> Boxed {
        match part {
            Part::Number { key, text } => {
                let mut found = vec![together(self.fields.grams, text)];
                found.extend(self.by_number(key));
                Box::new(any_of(found))
            }
            Part::Identifier { id, words } => {
                let words = words.iter().map(|word| self.word(word)).collect();
                Box::new(any_of(vec![
                    constant(self.fields.own_identifier, id, EXACT_OWN),
                    constant(self.fields.identifier, id, EXACT),
                    Box::new(all_of(words)),
                ]))
            }
            Part::Word(word) => self.meaning(word),
            Part::Unknown(text) => {
                let singles = text.chars().map(|c| self.gram(&c.to_string())).collect();
                Box::new(DisjunctionMaxQuery::new(vec![
                    self.phrase(text),
                    boost(Box::new(all_of(singles)), PIECES),
                ]))
            }
        }
    }

    /// A word, or what means the same, or all of its pieces.
    fn meaning(&self, word: &Word) -> Boxed {
        let mut meanings = vec![self.word(&word.text)];
        // What is delivered in the way that was typed comes before texts that only mention it.
        for way in Delivery::ALL {
            if way.name() == word.text {
                meanings.push(boost(term(self.fields.delivery, way.code()), DELIVERED));
            }
        }
        meanings.extend(
            word.synonyms
                .iter()
                .map(|other| boost(self.word(other), SYNONYM)),
        );
        if !word.pieces.is_empty() {
            let piece = |any: &Vec<String>| -> Boxed {
                Box::new(DisjunctionMaxQuery::new(
                    any.iter().map(|one| self.word(one)).collect(),
                ))
            };
            let pieces = all_of(word.pieces.iter().map(piece).collect());
            meanings.push(boost(Box::new(pieces), PIECES));
        }
        Box::new(DisjunctionMaxQuery::new(meanings))
    }

    /// A word in any field. A single character is never a word of the full cut: grams have it.
    fn word(&self, word: &str) -> Boxed {
        if word.chars().nth(1).is_none() && !word.is_ascii() {
            return self.gram(word);
        }
        let fields = self.fields;
        let places = [
            (fields.heading, HEADING),
            (fields.about, ABOUT),
            (fields.policy_title, POLICY_TITLE),
            (fields.text, TEXT),
        ];
        let found = places.map(|(field, weight)| boost(term(field, word), weight));
        Box::new(DisjunctionMaxQuery::with_tie_breaker(
            Vec::from(found),
            SECOND_FIELD,
        ))
    }

    fn gram(&self, gram: &str) -> Boxed {
        let heading = boost(term(self.fields.heading_grams, gram), HEADING);
        let found = vec![heading, term(self.fields.grams, gram)];
        Box::new(DisjunctionMaxQuery::with_tie_breaker(found, SECOND_FIELD))
    }

    /// All filters of a query but one.
    pub(crate) fn filters(&self, query: &Query, without: Option<Dimension>) -> Vec<Boxed> {
        let fields = self.fields;
        let kinds: Vec<&str> = query.kinds.iter().map(|kind| kind.code()).collect();
        let deliveries: Vec<&str> = query.deliveries.iter().map(|way| way.code()).collect();
        let topics: Vec<&str> = query.topics.iter().map(String::as_str).collect();
        let issuers: Vec<&str> = query.issuers.iter().map(String::as_str).collect();
        let mut filters: Vec<Boxed> = [
            (Dimension::Kind, fields.kind, kinds),
            (Dimension::Topic, fields.topic, topics),
            (Dimension::Delivery, fields.delivery, deliveries),
            (Dimension::Issuer, fields.issuer, issuers),
        ]
        .into_iter()
        .filter(|(dimension, _, wanted)| Some(*dimension) != without && !wanted.is_empty())
        .map(|(_, field, wanted)| -> Boxed {
            Box::new(any_of(
                wanted.into_iter().map(|one| term(field, one)).collect(),
            ))
        })
        .collect();
        if let Some(region) = &query.region
            && without != Some(Dimension::Region)
        {
            filters.push(self.region(region));
        }
        if let Some(date) = query.valid_on {
            let began = Term::from_field_i64(fields.effective, day(date));
            let ends = Term::from_field_i64(fields.expires, day(date));
            filters.push(Box::new(RangeQuery::new(
                Bound::Unbounded,
                Bound::Included(began),
            )));
            filters.push(Box::new(RangeQuery::new(
                Bound::Included(ends),
                Bound::Unbounded,
            )));
        }
        filters
    }

    fn region(&self, filter: &RegionFilter) -> Boxed {
        let inside: Boxed = if filter.code.is_empty() && filter.reach != Reach::Inside {
            Box::new(AllQuery)
        } else {
            term(self.fields.region, region_term(&filter.code))
        };
        let mut wanted = vec![inside];
        let own = |code: &str| term(self.fields.own_region, region_term(code));
        match filter.reach {
            Reach::Inside => {}
            Reach::InsideAndNational => wanted.push(own(NATIONAL)),
            Reach::InsideAndAbove => {
                wanted.push(own(NATIONAL));
                wanted.extend(filter.above.iter().map(|code| own(code)));
            }
        }
        Box::new(any_of(wanted))
    }
}

/// Puts filters, which do not score, before a query.
pub(crate) fn filtered(matching: Boxed, filters: Vec<Boxed>) -> Boxed {
    if filters.is_empty() {
        return matching;
    }
    let mut clauses = vec![(Occur::Must, matching)];
    for filter in filters {
        clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(filter, 0.0))));
    }
    Box::new(BooleanQuery::new(clauses))
}

fn any_of(queries: Vec<Boxed>) -> BooleanQuery {
    BooleanQuery::union(queries)
}

fn all_of(queries: Vec<Boxed>) -> BooleanQuery {
    BooleanQuery::intersection(queries)
}

fn boost(query: Boxed, weight: Score) -> Boxed {
    Box::new(BoostQuery::new(query, weight))
}

fn term(field: Field, text: &str) -> Boxed {
    let term = Term::from_field_text(field, text);
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

fn constant(field: Field, text: &str, score: Score) -> Boxed {
    Box::new(ConstScoreQuery::new(term(field, text), score))
}

/// A text as grams at the distances it has them.
fn together(field: Field, text: &str) -> Boxed {
    let grams = covering_grams(&units(text));
    let start = grams.first().map_or(0, |(_, characters)| characters.start);
    let mut terms: Vec<(usize, Term)> = Vec::with_capacity(grams.len());
    for (bytes, characters) in grams {
        let gram = text.get(bytes).unwrap_or_default();
        terms.push((
            characters.start.saturating_sub(start),
            Term::from_field_text(field, gram),
        ));
    }
    match terms.as_slice() {
        [] => Box::new(EmptyQuery),
        [(_, only)] => Box::new(TermQuery::new(only.clone(), IndexRecordOption::WithFreqs)),
        [_, _, ..] => Box::new(PhraseQuery::new_with_offset(terms)),
    }
}
