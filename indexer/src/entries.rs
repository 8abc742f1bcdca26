//! The entries of a checked library, and the words of its vocabulary.

use std::collections::BTreeSet;

use zhida_policies::document::{Article, LineIndex};
use zhida_policies::measure::expression::{Expr, ExprKind, Value};
use zhida_policies::measure::library::{Library, Policy, SourceFile};
use zhida_policies::measure::{BindingKind, Measure};
use zhida_policies::syntax::words;
use zhida_policies::values::Region;
use zhida_policies::vocabulary::{FactType, Vocabulary};

use crate::entry::{Delivery, Entry, Place, Subject};

/// Everything that can be found in a library: each policy, its articles and its measures.
///
/// # Shape
/// In the order of the library: a policy, then its articles, then its measures. The text before
/// the first clause, and the one under a heading that repeats the title, is the text of the
/// policy itself. A measure carries the text of the article that it stands under.
/// # Source
/// DESIGN.md part 4.
#[must_use]
pub fn entries_of(library: &Library) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, policy) in library.policies.iter().enumerate() {
        let file = library.files.iter().find(|file| file.id == policy.file);
        let Some(file) = file else { continue };
        let lines = LineIndex::new(&file.text);
        let line = |byte: usize| {
            let line = lines.position(&file.text, byte).line;
            u32::try_from(line).unwrap_or(u32::MAX)
        };
        let base = entry_of_policy(library, policy, file);
        let articles = policy.articles.iter();
        let clauses = articles.filter(|article| !is_introduction(policy, article));
        let measures = library.measures.iter();
        let own = measures.filter(|measure| measure.policy.0 == index);
        entries.push(base.clone());
        entries.extend(clauses.map(|article| {
            let line = line(article.span.start);
            entry_of_article(&base, article, line)
        }));
        entries.extend(own.map(|measure| {
            let line = line(measure.span.range().start);
            entry_of_measure(&base, policy, file, measure, line)
        }));
    }
    entries
}

/// The names of all facts and fields and the members of all sets: the words with which a
/// [`crate::Lexicon`] cuts the texts of policies that use this vocabulary.
#[must_use]
pub fn words_of(vocabulary: &Vocabulary) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for (_, fact) in vocabulary.facts() {
        words.insert(fact.name.clone());
        words.extend(fact.fact_type.members().iter().cloned());
        if let FactType::List(fields) = &fact.fact_type {
            for field in fields {
                words.insert(field.name.clone());
                words.extend(field.field_type.members().iter().cloned());
            }
        }
    }
    words
}

fn is_introduction(policy: &Policy, article: &Article) -> bool {
    article.level == 0 || article.heading == policy.title
}

fn entry_of_policy(library: &Library, policy: &Policy, file: &SourceFile) -> Entry {
    let introduction: Vec<&str> = policy
        .articles
        .iter()
        .filter(|article| is_introduction(policy, article))
        .map(|article| article.text.as_str())
        .filter(|text| !text.is_empty())
        .collect();
    Entry {
        policy_id: policy.id.to_string(),
        policy_title: policy.title.clone(),
        subject: Subject::Policy,
        text: introduction.join("\n\n"),
        document_number: policy.document_number.clone().unwrap_or_default(),
        issuer: policy.issuer.clone().unwrap_or_default(),
        places: places_of(library, policy.region),
        topics: policy.topics.clone(),
        delivery: None,
        effective: Some(policy.effective),
        expires: policy.expires,
        amounts: Vec::new(),
        file: file.path.clone(),
        line: 1,
    }
}

/// The regions that contain a region, from the province down to itself.
fn places_of(library: &Library, region: Region) -> Vec<Place> {
    let regions = library.codes.regions();
    let mut places: Vec<Place> = regions
        .lineage(region.as_str())
        .filter(|code| !code.as_str().is_empty())
        .map(|code| Place {
            name: regions.name(code.as_str()).unwrap_or_default().to_owned(),
            code: code.as_str().to_owned(),
        })
        .collect();
    places.reverse();
    places
}

fn entry_of_article(base: &Entry, article: &Article, line: u32) -> Entry {
    // The label of a part of a clause already holds its heading: 第八条 (一)设备.
    let heading = if article.label.ends_with(&article.heading) {
        ""
    } else {
        let own = article.heading.strip_prefix(&article.label);
        own.unwrap_or(&article.heading).trim()
    };
    Entry {
        subject: Subject::Article {
            label: article.label.clone(),
            heading: heading.to_owned(),
        },
        text: article.text.clone(),
        line,
        ..base.clone()
    }
}

fn entry_of_measure(
    base: &Entry,
    policy: &Policy,
    file: &SourceFile,
    measure: &Measure,
    line: u32,
) -> Entry {
    let article = measure.article.and_then(|at| policy.articles.get(at));
    let own_id = measure.id.0.rsplit('/').next().unwrap_or_default();
    Entry {
        subject: Subject::Measure {
            article: article.map_or_else(String::new, |article| article.label.clone()),
            id: own_id.to_owned(),
            name: measure.name.clone(),
        },
        text: article.map_or_else(String::new, |article| article.text.clone()),
        delivery: Some(match measure.delivery {
            words::Delivery::NoApplication => Delivery::NoApplication,
            words::Delivery::Instant => Delivery::Instant,
            words::Delivery::Application => Delivery::Application,
        }),
        effective: Some(measure.validity.from),
        expires: measure.validity.to,
        amounts: amounts_of(file, measure),
        line,
        ..base.clone()
    }
}

/// The sums and rates of a measure as its author wrote them, each once, in the order written.
fn amounts_of(file: &SourceFile, measure: &Measure) -> Vec<String> {
    let lets = measure.bindings.iter();
    let lets = lets.filter(|binding| binding.kind == BindingKind::Let);
    let expressions = lets.map(|binding| &binding.expression);
    let mut amounts: Vec<String> = Vec::new();
    for expression in expressions.chain([&measure.award.expression]) {
        expression.visit(&mut |part| {
            let written = written_amount(file, part);
            amounts.extend(written.filter(|text| !amounts.contains(text)));
        });
    }
    amounts
}

/// A literal of money, or a number with `%` or `‰`, as written.
fn written_amount(file: &SourceFile, part: &Expr) -> Option<String> {
    let ExprKind::Literal(value) = &part.kind else {
        return None;
    };
    let written = file.text.get(part.span.range())?.trim();
    let is_rate = written.ends_with(['%', '‰', '％']);
    let is_amount = match value {
        Value::Money(amount) => !amount.is_zero(),
        Value::Number(_) => is_rate,
        Value::Boolean(_)
        | Value::Date(_)
        | Value::Duration(_)
        | Value::Text(_)
        | Value::Set(_)
        | Value::Sequence(_)
        | Value::Test(_) => false,
    };
    is_amount.then(|| written.to_owned())
}
