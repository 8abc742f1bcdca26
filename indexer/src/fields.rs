//! The schema, and how an entry becomes a document of the index.

use std::sync::Arc;

use jiff::civil::Date;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{TantivyDocument, Term};

use crate::cut::{Grams, Words};
use crate::entry::{Entry, Subject};
use crate::error::Error;
use crate::lexicon::Lexicon;
use crate::normal::Normal;
use crate::number;

/// Changes whenever the schema or the content of a field changes: indexes are then rebuilt.
pub(crate) const SCHEMA_VERSION: u32 = 1;

const WORDS: &str = "zhida_words";
const GRAMS: &str = "zhida_grams";

/// Stands for the whole country among the codes of regions.
pub(crate) const NATIONAL: &str = "0";

/// Names of the fields that are counted.
pub(crate) mod names {
    pub(crate) const KEY: &str = "key";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const REGION: &str = "region";
    pub(crate) const TOPIC: &str = "topic";
    pub(crate) const DELIVERY: &str = "delivery";
    pub(crate) const ISSUER: &str = "issuer";
}

/// All fields of the index.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) schema: Schema,
    /// The whole entry as JSON.
    pub(crate) entry: Field,
    /// The stable order of entries.
    key: Field,
    /// For deleting what belongs to a policy.
    pub(crate) policy: Field,
    /// Own ids: of a policy its id, of a measure its id, alone and after the policy's.
    pub(crate) own_identifier: Field,
    /// The id of the policy.
    pub(crate) identifier: Field,
    /// Document numbers of the policy itself, and of everything that belongs to it.
    pub(crate) number_of_policy: Field,
    pub(crate) number: Field,
    /// Own name as a whole, as words and as grams.
    pub(crate) heading_whole: Field,
    pub(crate) heading: Field,
    pub(crate) heading_grams: Field,
    /// Other texts as words.
    pub(crate) policy_title: Field,
    pub(crate) text: Field,
    pub(crate) about: Field,
    /// Everything that can be read of an entry, as grams.
    pub(crate) grams: Field,
    /// Filters. `region` holds every region that contains the entry, `own_region` only its own.
    pub(crate) kind: Field,
    pub(crate) region: Field,
    pub(crate) own_region: Field,
    pub(crate) topic: Field,
    pub(crate) delivery: Field,
    pub(crate) issuer: Field,
    pub(crate) effective: Field,
    pub(crate) expires: Field,
}

impl Fields {
    /// The schema of this version.
    pub(crate) fn new() -> Self {
        let mut schema = Schema::builder();
        let words = || text_options(WORDS);
        let grams = || text_options(GRAMS);
        Self {
            entry: schema.add_text_field("entry", STORED),
            key: schema.add_text_field(names::KEY, STRING | FAST),
            policy: schema.add_text_field("policy", STRING),
            own_identifier: schema.add_text_field("own_identifier", STRING),
            identifier: schema.add_text_field("identifier", STRING),
            number_of_policy: schema.add_text_field("number_of_policy", STRING),
            number: schema.add_text_field("number", STRING),
            heading_whole: schema.add_text_field("heading_whole", STRING),
            heading: schema.add_text_field("heading", words()),
            heading_grams: schema.add_text_field("heading_grams", grams()),
            policy_title: schema.add_text_field("policy_title", words()),
            text: schema.add_text_field("text", words()),
            about: schema.add_text_field("about", words()),
            grams: schema.add_text_field("grams", grams()),
            kind: schema.add_text_field(names::KIND, STRING | FAST),
            region: schema.add_text_field(names::REGION, STRING | FAST),
            own_region: schema.add_text_field("own_region", STRING),
            topic: schema.add_text_field(names::TOPIC, STRING | FAST),
            delivery: schema.add_text_field(names::DELIVERY, STRING | FAST),
            issuer: schema.add_text_field(names::ISSUER, STRING | FAST),
            effective: schema.add_i64_field("effective", INDEXED | FAST),
            expires: schema.add_i64_field("expires", INDEXED | FAST),
            schema: schema.build(),
        }
    }

    /// Teaches an index to cut the fields of this schema.
    pub(crate) fn register(index: &tantivy::Index, lexicon: &Arc<Lexicon>) {
        index.tokenizers().register(WORDS, Words(lexicon.clone()));
        index.tokenizers().register(GRAMS, Grams);
    }

    /// The document of an entry.
    pub(crate) fn document(&self, entry: &Entry) -> Result<TantivyDocument, Error> {
        let mut document = TantivyDocument::new();
        let mut add = |field: Field, text: &str| {
            if !text.is_empty() {
                document.add_text(field, text);
            }
        };
        add(self.entry, &serde_json::to_string(entry)?);
        add(self.key, &entry.key());
        add(self.policy, &entry.policy_id);
        add(self.identifier, &Normal::text_of(&entry.policy_id));
        let own_identifiers = own_identifiers(entry);
        for identifier in &own_identifiers {
            add(self.own_identifier, &Normal::text_of(identifier));
        }
        for key in number::keys(&entry.document_number) {
            add(self.number, &key);
            if entry.subject == Subject::Policy {
                add(self.number_of_policy, &key);
            }
        }
        let heading = entry.heading();
        add(self.heading_whole, &Normal::text_of(heading.trim()));
        add(self.heading, &heading);
        add(self.heading_grams, &heading);
        if entry.subject != Subject::Policy {
            add(self.policy_title, &entry.policy_title);
        }
        add(self.text, &entry.text);
        let about = about(entry);
        for text in about.iter().chain(&own_identifiers) {
            add(self.about, text);
        }
        for text in [&heading, &entry.policy_title, &entry.text]
            .into_iter()
            .chain(&about)
        {
            add(self.grams, text);
        }
        self.add_filters(entry, &mut add);
        document.add_i64(self.effective, entry.effective.map_or(i64::MIN, day));
        document.add_i64(self.expires, entry.expires.map_or(i64::MAX, day));
        Ok(document)
    }

    fn add_filters(&self, entry: &Entry, add: &mut impl FnMut(Field, &str)) {
        add(self.kind, entry.kind().code());
        for place in &entry.places {
            add(self.region, &place.code);
        }
        if entry.places.is_empty() {
            add(self.region, NATIONAL);
        }
        add(self.own_region, region_term(entry.region()));
        for topic in &entry.topics {
            add(self.topic, topic);
        }
        if let Some(delivery) = entry.delivery {
            add(self.delivery, delivery.code());
        }
        add(self.issuer, &entry.issuer);
    }

    /// How many tokens a field usually has, for the scores.
    pub(crate) fn usual_length(&self, field: Field) -> u64 {
        let lengths = [
            (self.heading, 8),
            (self.heading_grams, 16),
            (self.policy_title, 16),
            (self.about, 24),
            (self.text, 120),
            (self.grams, 300),
        ];
        lengths
            .into_iter()
            .find(|(one, _)| *one == field)
            .map_or(1, |(_, length)| length)
    }

    /// The term that all documents of a policy share.
    pub(crate) fn policy_term(&self, policy_id: &str) -> Term {
        Term::from_field_text(self.policy, policy_id)
    }
}

fn own_identifiers(entry: &Entry) -> Vec<String> {
    match &entry.subject {
        Subject::Policy => vec![entry.policy_id.clone()],
        Subject::Article { .. } => Vec::new(),
        Subject::Measure { id, .. } => vec![id.clone(), format!("{}/{id}", entry.policy_id)],
    }
}

/// What describes an entry beside its texts.
fn about(entry: &Entry) -> Vec<String> {
    let mut about: Vec<String> = entry
        .places
        .iter()
        .map(|place| place.name.clone())
        .collect();
    about.extend(entry.topics.iter().cloned());
    about.push(entry.issuer.clone());
    about.extend(entry.delivery.map(|delivery| delivery.name().to_owned()));
    about.extend(entry.amounts.iter().cloned());
    about.push(entry.document_number.clone());
    match &entry.subject {
        Subject::Policy | Subject::Article { .. } => {}
        Subject::Measure { article, .. } => about.push(article.clone()),
    }
    about
}

/// The term of a region's code.
pub(crate) fn region_term(code: &str) -> &str {
    if code.is_empty() { NATIONAL } else { code }
}

/// A day as a number in the order of days: 20250301.
pub(crate) fn day(date: Date) -> i64 {
    let year = i64::from(date.year()).saturating_mul(10_000);
    let month = i64::from(date.month()).saturating_mul(100);
    year.saturating_add(month)
        .saturating_add(i64::from(date.day()))
}

fn text_options(tokenizer: &str) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_keep_their_order() {
        let days = [
            date(-1, 1, 1),
            date(1999, 12, 31),
            date(2025, 1, 31),
            date(2025, 2, 1),
        ];
        assert!(days.map(day).is_sorted());
        assert_eq!(day(date(2025, 3, 1)), 20_250_301);
    }
}
