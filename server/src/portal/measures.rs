//! The directory of measures, and a guide to each.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use zhida_engine::explain::words;
use zhida_policies::measure::Measure;
use zhida_policies::measure::example::{Example, ExampleValue, Expected};
use zhida_policies::measure::library::Library;
use zhida_policies::syntax::keywords::{Meaning, chinese};
use zhida_policies::syntax::words::Delivery;

use super::parts::encoded;
use crate::table::{count, money};
use crate::views::law::{LawBlock, blocks};
use crate::views::rules::{Rule, policy_of, reads, shown};
use crate::views::sentences::Speaker;
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// Measures on one page of the directory.
const MEASURES: usize = 30;
/// Examples that a guide shows.
const EXAMPLES: usize = 12;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/measures", Access::Public, directory),
        Place::get("/measures/{policy}/{measure}", Access::Public, guide),
    ]
}

/// What the directory is narrowed to.
#[derive(Clone, Debug, Default)]
struct Narrowed {
    region: String,
    owner: String,
    topic: String,
    delivery: String,
    page: usize,
}

/// One line of the directory.
struct Line {
    id: String,
    name: String,
    policy: String,
    region: String,
    issuer: String,
    delivery: &'static str,
    cadence: String,
    validity: String,
}

/// One choice of a filter.
struct Choice {
    value: String,
    name: String,
    is_taken: bool,
}

#[derive(Template)]
#[template(path = "portal/measures.html")]
struct Directory {
    page: Page,
    total: String,
    lines: Vec<Line>,
    regions: Vec<Choice>,
    owners: Vec<Choice>,
    topics: Vec<Choice>,
    deliveries: Vec<Choice>,
    previous: Option<String>,
    next: Option<String>,
}

/// How the directory writes a way of delivery in its address.
const DELIVERIES: [(&str, Option<Delivery>); 4] = [
    ("no-application", Some(Delivery::NoApplication)),
    ("instant", Some(Delivery::Instant)),
    ("application", Some(Delivery::Application)),
    ("all", None),
];

impl Narrowed {
    fn of(pairs: &[(String, String)]) -> Self {
        let value = |key: &str| {
            let found = pairs.iter().find(|(name, _)| name == key);
            let text = found.map_or("", |(_, value)| value.trim());
            text.chars().take(60).collect::<String>()
        };
        let page = value("page").parse().unwrap_or(1usize);
        Self {
            region: value("region"),
            owner: value("owner"),
            topic: value("topic"),
            delivery: value("delivery"),
            page: page.clamp(1, 1000),
        }
    }

    fn delivery(&self) -> Option<Delivery> {
        let mut known = DELIVERIES.iter();
        let found = known.find(|(name, _)| *name == self.delivery);
        found.map_or(Some(Delivery::NoApplication), |(_, delivery)| *delivery)
    }

    fn holds(&self, library: &Library, measure: &Measure) -> bool {
        let Some(policy) = policy_of(library, measure) else {
            return false;
        };
        let is_there = self.region.is_empty() || measure.region.as_str() == self.region;
        let owner = policy.issuer.as_deref().unwrap_or_default();
        is_there
            && (self.owner.is_empty() || owner == self.owner)
            && (self.topic.is_empty() || policy.topics.contains(&self.topic))
            && self
                .delivery()
                .is_none_or(|wanted| wanted == measure.delivery)
    }

    fn address(&self, page: usize) -> String {
        let page = page.to_string();
        let pairs = [
            ("region", self.region.as_str()),
            ("owner", self.owner.as_str()),
            ("topic", self.topic.as_str()),
            ("delivery", self.delivery.as_str()),
            ("page", page.as_str()),
        ];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        super::parts::address("/measures", pairs)
    }
}

async fn directory(
    ask: Ask,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let narrowed = Narrowed::of(&pairs);
    let all = library.measures.iter();
    let held: Vec<&Measure> = all.filter(|one| narrowed.holds(library, one)).collect();
    let last = held.len().div_ceil(MEASURES).max(1);
    let page = narrowed.page.min(last);
    let skipped = page.saturating_sub(1).saturating_mul(MEASURES);
    let shown = held.iter().skip(skipped).take(MEASURES);
    let title = match narrowed.delivery() {
        Some(Delivery::NoApplication) => "免申即享目录",
        Some(Delivery::Instant | Delivery::Application) | None => "惠企事项目录",
    };
    html(&Directory {
        page: ask.page(Section::Portal, title),
        total: count(held.len()),
        lines: shown.map(|measure| line(library, measure)).collect(),
        regions: regions(library, &narrowed.region),
        owners: of_policies(library, &narrowed.owner, |policy| {
            policy.issuer.iter().cloned().collect()
        }),
        topics: of_policies(library, &narrowed.topic, |policy| policy.topics.clone()),
        deliveries: deliveries(&narrowed),
        previous: (page > 1).then(|| narrowed.address(page.saturating_sub(1))),
        next: (page < last).then(|| narrowed.address(page.saturating_add(1))),
    })
}

fn deliveries(narrowed: &Narrowed) -> Vec<Choice> {
    let choice = |(value, delivery): &(&str, Option<Delivery>)| Choice {
        value: (*value).to_owned(),
        name: match delivery {
            Some(delivery) => chinese(Meaning::Delivery(*delivery)).to_owned(),
            None => "全部方式".to_owned(),
        },
        is_taken: narrowed.delivery() == *delivery,
    };
    DELIVERIES.iter().map(choice).collect()
}

fn line(library: &Library, measure: &Measure) -> Line {
    let rule = Rule::of(library, measure);
    let policy = policy_of(library, measure);
    Line {
        id: rule.id,
        name: rule.name,
        policy: policy.map_or_else(String::new, |policy| policy.title.clone()),
        region: rule.region,
        issuer: policy
            .and_then(|policy| policy.issuer.clone())
            .unwrap_or_default(),
        delivery: rule.delivery,
        cadence: rule.cadence,
        validity: rule.validity,
    }
}

fn regions(library: &Library, taken: &str) -> Vec<Choice> {
    let codes = library.measures.iter().map(|measure| measure.region);
    let codes: std::collections::BTreeSet<_> = codes.collect();
    let codes = codes.into_iter().filter(|region| !region.is_nation());
    let choice = |region: zhida_policies::values::Region| Choice {
        value: region.as_str().to_owned(),
        name: words::region(library, region),
        is_taken: region.as_str() == taken,
    };
    codes.map(choice).collect()
}

fn of_policies(
    library: &Library,
    taken: &str,
    of: impl Fn(&zhida_policies::measure::library::Policy) -> Vec<String>,
) -> Vec<Choice> {
    let all = library.policies.iter().flat_map(of);
    let all: std::collections::BTreeSet<String> = all.collect();
    let choice = |name: String| Choice {
        is_taken: name == taken,
        value: name.clone(),
        name,
    };
    all.into_iter().map(choice).collect()
}

/// One example of the policy file.
struct ExampleView {
    facts: Vec<(String, String)>,
    expected: String,
}

#[derive(Template)]
#[template(path = "portal/guide.html")]
struct Guide {
    page: Page,
    rule: Rule,
    policy_id: String,
    policy: String,
    document: String,
    article: Option<(usize, String)>,
    law: Vec<LawBlock>,
    examples: Vec<ExampleView>,
    examples_left: usize,
    offices: Vec<Office>,
    calculator: String,
    is_free: bool,
}

/// Who answers for payments of a measure.
struct Office {
    name: String,
    contact: String,
    notice_days: u16,
    confirm_days: u16,
}

async fn guide(
    ask: Ask,
    Path((policy, own)): Path<(String, String)>,
) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let measure = library.measure(&format!("{policy}/{own}"));
    let measure = measure.ok_or_else(WebFault::missing)?;
    let policy = policy_of(library, measure).ok_or_else(WebFault::missing)?;
    let article = measure.article.and_then(|place| {
        let article = policy.articles.get(place)?;
        Some((place, article))
    });
    let fund = measure.fund.as_ref().map(|fund| &*fund.0);
    let bureaus = ask.server.bureaus.iter();
    let offices = bureaus.filter(|bureau| bureau.line_of(fund).is_some());
    let examples = measure.examples.iter().take(EXAMPLES);
    html(&Guide {
        page: ask.page(Section::Portal, format!("{}办事指南", measure.name)),
        rule: Rule::of(library, measure),
        policy_id: encoded(&policy.id),
        policy: policy.title.clone(),
        document: policy.document_number.clone().unwrap_or_default(),
        article: article.map(|(place, article)| (place, article.heading.clone())),
        law: article.map_or_else(Vec::new, |(_, article)| blocks(&article.text)),
        examples: examples.map(|one| example(library, measure, one)).collect(),
        examples_left: measure.examples.len().saturating_sub(EXAMPLES),
        offices: offices
            .map(|bureau| Office {
                name: bureau.bureau.clone(),
                contact: bureau.contact.clone(),
                notice_days: bureau.notice_days,
                confirm_days: bureau.confirm_days,
            })
            .collect(),
        calculator: format!("/calculator/{}", measure.id),
        is_free: measure.delivery == Delivery::NoApplication,
    })
}

fn example(library: &Library, measure: &Measure, example: &Example) -> ExampleView {
    let speaker = Speaker::new(library, measure);
    // What the rule does not read only tells examples apart in their file.
    let read = reads(measure);
    let given = example
        .facts
        .iter()
        .filter(|fact| read.contains(&fact.read));
    let mut facts: Vec<(String, String)> = given
        .map(|fact| {
            let value = match &fact.value {
                ExampleValue::Value(value) => shown(library, fact.read, value),
                ExampleValue::Records(records) => format!("{} 条", records.len()),
                ExampleValue::Missing => "缺数据".to_owned(),
            };
            (speaker.fact(fact.read), value)
        })
        .collect();
    for paid in &example.paid {
        facts.push(("此前已付".to_owned(), format!("{} 元", money(paid.amount))));
    }
    let expected = match &example.expected {
        Expected::Award(award) => format!("{} 元", money(*award)),
        Expected::Ineligible => "不符合条件".to_owned(),
        Expected::NotApplicable => "不适用".to_owned(),
        Expected::Undetermined(missing) => {
            let names = missing.iter().map(|missing| {
                let fact = library.vocabulary.fact(missing.fact);
                fact.name.as_str()
            });
            let names: Vec<&str> = names.collect();
            match names.is_empty() {
                true => "待核".to_owned(),
                false => format!("待核,缺{}", names.join("、")),
            }
        }
        Expected::Error => "须人工核定".to_owned(),
    };
    ExampleView { facts, expected }
}
