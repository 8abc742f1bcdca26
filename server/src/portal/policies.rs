//! Searching policies, articles and measures.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use zhida_indexer::{Answer, Delivery, Hit, Kind, Matching, Query as Search, Reach, Subject};
use zhida_policies::measure::Validity;
use zhida_policies::measure::library::Library;
use zhida_policies::values::date::parse_date;

use super::parts::{Stretch, address, encoded, stretches};
use crate::region;
use crate::table::count;
use crate::views::rules::validity;
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// Results on one page.
const RESULTS: usize = 10;
/// Pages that can be turned to.
const PAGES_MAX: usize = 100;
/// A longer question is cut.
const QUESTION_CHARACTERS_MAX: usize = 200;
/// Choices of a filter that are listed.
const CHOICES_MAX: usize = 12;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![Place::get("/policies", Access::Public, search)]
}

/// What was asked for, as it stood in the address.
#[derive(Clone, Debug, Default)]
struct Asked {
    text: String,
    region: String,
    topics: Vec<String>,
    deliveries: Vec<String>,
    kinds: Vec<String>,
    valid_on: String,
    page: usize,
}

impl Asked {
    fn of(pairs: &[(String, String)]) -> Self {
        let mut asked = Self {
            page: 1,
            ..Self::default()
        };
        for (key, value) in pairs {
            let value = value.trim().to_owned();
            if value.is_empty() {
                continue;
            }
            match key.as_str() {
                "q" => asked.text = value.chars().take(QUESTION_CHARACTERS_MAX).collect(),
                "region" => asked.region = value.chars().take(20).collect(),
                "topic" => asked.topics.push(value),
                "delivery" => asked.deliveries.push(value),
                "kind" => asked.kinds.push(value),
                "valid_on" => asked.valid_on = value.chars().take(10).collect(),
                "page" => asked.page = value.parse().unwrap_or(1).clamp(1, PAGES_MAX),
                _ => {}
            }
        }
        asked
    }

    /// The address of another page of the same question.
    fn address(&self, page: usize) -> String {
        let page = page.to_string();
        let mut pairs = vec![
            ("q", self.text.as_str()),
            ("region", self.region.as_str()),
            ("valid_on", self.valid_on.as_str()),
        ];
        pairs.extend(self.topics.iter().map(|topic| ("topic", topic.as_str())));
        pairs.extend(self.deliveries.iter().map(|one| ("delivery", one.as_str())));
        pairs.extend(self.kinds.iter().map(|kind| ("kind", kind.as_str())));
        pairs.push(("page", &page));
        pairs.retain(|(_, value)| !value.is_empty());
        address("/policies", pairs)
    }
}

/// One choice of a filter.
struct Choice {
    value: String,
    name: String,
    count: String,
    is_taken: bool,
}

/// One result.
struct Found {
    kind: &'static str,
    path: String,
    heading: Vec<Stretch>,
    policy: String,
    about: String,
    amounts: Vec<String>,
    before: bool,
    after: bool,
    snippet: Vec<Stretch>,
}

#[derive(Template)]
#[template(path = "portal/policies.html")]
struct Results {
    page: Page,
    asked: Asked,
    fault: String,
    total: String,
    partly: Option<(usize, usize)>,
    found: Vec<Found>,
    kinds: Vec<Choice>,
    deliveries: Vec<Choice>,
    topics: Vec<Choice>,
    regions: Vec<Choice>,
    previous: Option<String>,
    next: Option<String>,
}

async fn search(
    ask: Ask,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let asked = Asked::of(&pairs);
    let mut faults: Vec<String> = Vec::new();
    let question = question(&published.library, &asked, &mut faults);
    let answer = {
        let published = std::sync::Arc::clone(&published);
        let ran = tokio::task::spawn_blocking(move || published.index.search(&question));
        ran.await.map_err(WebFault::broken)?
    };
    let answer = answer.map_err(WebFault::broken)?;
    let partly = match answer.matching {
        Matching::Some { required, asked } => Some((required, asked)),
        Matching::All | Matching::Everything => None,
    };
    let last = answer.total.div_ceil(RESULTS).min(PAGES_MAX);
    let title = match asked.text.as_str() {
        "" => "查政策".to_owned(),
        text => format!("“{text}”的查询结果"),
    };
    html(&Results {
        page: ask.page(Section::Portal, title),
        fault: faults.join(";"),
        total: count(answer.total),
        partly,
        found: answer
            .hits
            .iter()
            .map(|hit| found(&published.library, hit))
            .collect(),
        kinds: kinds(&answer, &asked),
        deliveries: deliveries(&answer, &asked),
        topics: topics(&answer, &asked),
        regions: regions(&published.library, &answer, &asked),
        previous: (asked.page > 1).then(|| asked.address(asked.page.saturating_sub(1))),
        next: (asked.page < last).then(|| asked.address(asked.page.saturating_add(1))),
        asked,
    })
}

/// What is asked of the index; what cannot be read is said and left out.
fn question(library: &Library, asked: &Asked, faults: &mut Vec<String>) -> Search {
    let region = match asked.region.as_str() {
        "" => None,
        typed => match region::filter(&library.codes, typed, Reach::InsideAndAbove) {
            Ok(filter) => Some(filter),
            Err(_) => {
                faults.push(format!(
                    "没有“{typed}”这个地区,没有按地区筛选;请写地区代码或全称"
                ));
                None
            }
        },
    };
    let valid_on = match asked.valid_on.as_str() {
        "" => None,
        typed => match parse_date(typed) {
            Ok(day) => Some(day),
            Err(_) => {
                faults.push(format!(
                    "“{typed}”不是日期,没有按日期筛选;请写成 2025-03-01"
                ));
                None
            }
        },
    };
    let kinds = Kind::ALL.into_iter();
    let deliveries = Delivery::ALL.into_iter();
    Search {
        text: asked.text.clone(),
        kinds: kinds
            .filter(|kind| has(&asked.kinds, kind.code()))
            .collect(),
        region,
        topics: asked.topics.clone(),
        deliveries: deliveries
            .filter(|delivery| has(&asked.deliveries, delivery.code()))
            .collect(),
        issuers: Vec::new(),
        valid_on,
        offset: asked.page.saturating_sub(1).saturating_mul(RESULTS),
        limit: RESULTS,
    }
}

fn has(taken: &[String], value: &str) -> bool {
    taken.iter().any(|one| one == value)
}

fn found(library: &Library, hit: &Hit) -> Found {
    let entry = &hit.entry;
    let policy = encoded(&entry.policy_id);
    let (kind, path) = match &entry.subject {
        Subject::Policy => ("政策", format!("/policies/{policy}")),
        Subject::Article { label, heading } => {
            let anchor = article_place(library, &entry.policy_id, label, heading);
            let anchor = anchor.map_or_else(String::new, |place| format!("#a{place}"));
            ("条款", format!("/policies/{policy}{anchor}"))
        }
        Subject::Measure { id, .. } => ("事项", format!("/measures/{policy}/{}", encoded(id))),
    };
    let place = entry
        .places
        .last()
        .map_or("全国", |place| place.name.as_str());
    let days = match (entry.effective, entry.expires) {
        (Some(from), to) => validity(Validity { from, to }),
        (None, _) => String::new(),
    };
    let delivery = entry.delivery.map_or("", Delivery::name);
    let parts = [
        place,
        &entry.document_number,
        &entry.issuer,
        delivery,
        &days,
    ];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Found {
        kind,
        path,
        heading: stretches(&hit.heading),
        policy: match entry.kind() {
            Kind::Policy => String::new(),
            Kind::Article | Kind::Measure => entry.policy_title.clone(),
        },
        about: parts.join(" · "),
        amounts: entry.amounts.iter().take(5).cloned().collect(),
        before: hit.snippet.cut_before,
        after: hit.snippet.cut_after,
        snippet: stretches(&hit.snippet),
    }
}

fn article_place(library: &Library, policy: &str, label: &str, heading: &str) -> Option<usize> {
    let policy = library.policies.iter().find(|one| *one.id == *policy)?;
    policy
        .articles
        .iter()
        .position(|article| article.label == label && article.heading.trim_end().ends_with(heading))
}

fn kinds(answer: &Answer, asked: &Asked) -> Vec<Choice> {
    let choice = |kind: Kind| Choice {
        value: kind.code().to_owned(),
        name: match kind {
            Kind::Policy => "政策",
            Kind::Article => "条款",
            Kind::Measure => "事项",
        }
        .to_owned(),
        count: count(answer.facets.kinds.get(&kind).copied().unwrap_or(0)),
        is_taken: has(&asked.kinds, kind.code()),
    };
    Kind::ALL.into_iter().map(choice).collect()
}

fn deliveries(answer: &Answer, asked: &Asked) -> Vec<Choice> {
    let choice = |delivery: Delivery| Choice {
        value: delivery.code().to_owned(),
        name: delivery.name().to_owned(),
        count: count(
            answer
                .facets
                .deliveries
                .get(&delivery)
                .copied()
                .unwrap_or(0),
        ),
        is_taken: has(&asked.deliveries, delivery.code()),
    };
    Delivery::ALL.into_iter().map(choice).collect()
}

fn topics(answer: &Answer, asked: &Asked) -> Vec<Choice> {
    let mut all: Vec<(&String, &u64)> = answer.facets.topics.iter().collect();
    all.sort_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
    let (taken, free): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|(topic, _)| has(&asked.topics, topic));
    let shown = taken.into_iter().chain(free.into_iter().take(CHOICES_MAX));
    let choice = |(topic, number): (&String, &u64)| Choice {
        value: topic.clone(),
        name: topic.clone(),
        count: count(number),
        is_taken: has(&asked.topics, topic),
    };
    shown.map(choice).collect()
}

/// Provinces and cities that hold something, by name.
fn regions(library: &Library, answer: &Answer, asked: &Asked) -> Vec<Choice> {
    let tree = library.codes.regions();
    let counted = answer.facets.regions.iter();
    let shown = counted.filter(|(code, _)| code.len() <= 4 && !code.is_empty());
    let choice = |(code, number): (&String, &u64)| {
        let name = tree.name(code).unwrap_or(code);
        Choice {
            value: code.clone(),
            name: if code.len() > 2 {
                format!("\u{3000}{name}")
            } else {
                name.to_owned()
            },
            count: count(number),
            is_taken: asked.region == *code,
        }
    };
    let mut choices: Vec<Choice> = shown.map(choice).collect();
    // What is filtered by stays to be seen, also where nothing is found in it.
    if !asked.region.is_empty() && choices.iter().all(|choice| !choice.is_taken) {
        choices.push(Choice {
            value: asked.region.clone(),
            name: tree.name(&asked.region).unwrap_or(&asked.region).to_owned(),
            count: count(0),
            is_taken: true,
        });
    }
    choices
}
