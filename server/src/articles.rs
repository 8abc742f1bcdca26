//! What a search can find in a library: its policies, articles and measures.

use zhida_indexer::{Delivery, Entry, Subject};
use zhida_policies::document::{Article, LineIndex};
use zhida_policies::measure::library::{Library, Policy};
use zhida_policies::measure::{Measure, PolicyId};
use zhida_policies::syntax::words;
use zhida_policies::vocabulary::{FactType, Vocabulary};

use crate::figures::figures;
use crate::region;

/// Everything that can be found.
pub(crate) fn entries(library: &Library) -> Vec<Entry> {
    let policies = library.policies.iter().enumerate();
    policies
        .flat_map(|(index, policy)| of_policy(library, PolicyId(index), policy))
        .collect()
}

/// Words that search should not cut: names of facts and members, topics and measures.
pub(crate) fn words(library: &Library) -> Vec<String> {
    let mut words = Vec::new();
    of_vocabulary(&library.vocabulary, &mut words);
    for policy in &library.policies {
        words.extend(policy.topics.iter().cloned());
    }
    words.sort();
    words.dedup();
    words
}

fn of_vocabulary(vocabulary: &Vocabulary, words: &mut Vec<String>) {
    for (_, fact) in vocabulary.facts() {
        words.push(fact.name.clone());
        match &fact.fact_type {
            FactType::Set(members) | FactType::Enum(members) => {
                words.extend(members.iter().cloned());
            }
            FactType::List(fields) => words.extend(fields.iter().map(|field| field.name.clone())),
            FactType::Money
            | FactType::Number
            | FactType::Boolean
            | FactType::Date
            | FactType::Text
            | FactType::Code(_) => {}
        }
    }
}

fn of_policy(library: &Library, id: PolicyId, policy: &Policy) -> Vec<Entry> {
    let file = usize::try_from(policy.file.0)
        .ok()
        .and_then(|file| library.files.get(file));
    let text = file.map_or("", |file| &*file.text);
    let lines = LineIndex::new(text);
    let line_of = |byte: usize| {
        let line = lines.position(text, byte).line;
        u32::try_from(line).unwrap_or(u32::MAX)
    };
    let introduction = policy.articles.iter().filter(|article| article.level < 2);
    let introduction: Vec<&str> = introduction.map(|article| article.text.as_str()).collect();
    let base = Entry {
        policy_id: policy.id.to_string(),
        policy_title: policy.title.clone(),
        subject: Subject::Policy,
        text: introduction.join("\n").trim().to_owned(),
        document_number: policy.document_number.clone().unwrap_or_default(),
        issuer: policy.issuer.clone().unwrap_or_default(),
        places: region::places(&library.codes, policy.region),
        topics: policy.topics.clone(),
        delivery: None,
        effective: Some(policy.effective),
        expires: policy.expires,
        amounts: Vec::new(),
        file: file.map_or_else(String::new, |file| file.path.clone()),
        line: 1,
    };
    let mut entries = vec![base.clone()];
    for article in policy.articles.iter().filter(|article| article.level >= 2) {
        entries.push(Entry {
            subject: Subject::Article {
                label: article.label.clone(),
                heading: own_heading(article),
            },
            text: article.text.clone(),
            line: line_of(article.span.start),
            ..base.clone()
        });
    }
    for measure in library
        .measures
        .iter()
        .filter(|measure| measure.policy == id)
    {
        let line = line_of(measure.span.range().start);
        entries.push(of_measure(measure, policy, line, &base));
    }
    entries
}

fn of_measure(measure: &Measure, policy: &Policy, line: u32, base: &Entry) -> Entry {
    let article = measure.article.and_then(|index| policy.articles.get(index));
    let id = measure.id.0.rsplit('/').next().unwrap_or_default();
    let mut amounts = figures(&measure.award.text);
    for condition in &measure.conditions {
        amounts.extend(figures(&condition.text));
    }
    amounts.dedup();
    Entry {
        subject: Subject::Measure {
            article: article.map_or_else(String::new, |article| article.label.clone()),
            id: id.to_owned(),
            name: measure.name.clone(),
        },
        text: article.map_or_else(String::new, |article| article.text.clone()),
        delivery: Some(delivery(measure.delivery)),
        effective: Some(measure.validity.from),
        expires: measure.validity.to,
        amounts,
        line,
        ..base.clone()
    }
}

/// The heading without the label that it begins with.
fn own_heading(article: &Article) -> String {
    let heading = article.heading.strip_prefix(article.label.as_str());
    heading.unwrap_or(&article.heading).trim().to_owned()
}

/// The same word in the notation and in the index.
fn delivery(word: words::Delivery) -> Delivery {
    match word {
        words::Delivery::NoApplication => Delivery::NoApplication,
        words::Delivery::Instant => Delivery::Instant,
        words::Delivery::Application => Delivery::Application,
    }
}
