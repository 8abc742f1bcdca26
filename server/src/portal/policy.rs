//! A policy: its law text beside the rules that follow from it.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use zhida_engine::explain::words;
use zhida_policies::measure::library::{Library, Policy};
use zhida_policies::measure::{PolicyId, Validity};

use crate::views::law::{LawBlock, blocks};
use crate::views::rules::{Rule, validity};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![Place::get("/policies/{id}", Access::Public, policy)]
}

/// One article with what follows from it.
struct ArticleView {
    place: usize,
    heading: String,
    is_chapter: bool,
    blocks: Vec<LawBlock>,
    rules: Vec<Rule>,
}

#[derive(Template)]
#[template(path = "portal/policy.html")]
struct PolicyPage {
    page: Page,
    title: String,
    facts: Vec<(&'static str, String)>,
    topics: Vec<String>,
    source: Option<String>,
    introduction: Vec<LawBlock>,
    articles: Vec<ArticleView>,
    /// Rules that stand under no article.
    others: Vec<Rule>,
    replaced_by: Vec<(String, String)>,
    replaces: Vec<(String, String)>,
}

async fn policy(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let policies = library.policies.iter().enumerate();
    let found = policies.into_iter().find(|(_, policy)| *policy.id == *id);
    let (place, policy) = found.ok_or_else(WebFault::missing)?;
    let rules = |article: Option<usize>| -> Vec<Rule> {
        let own = library
            .measures
            .iter()
            .filter(|measure| measure.policy == PolicyId(place) && measure.article == article);
        own.map(|measure| Rule::of(library, measure)).collect()
    };
    let articles = policy.articles.iter().enumerate();
    let articles = articles.filter(|(_, article)| article.level >= 2);
    let articles = articles.map(|(number, article)| ArticleView {
        place: number,
        heading: article.heading.clone(),
        is_chapter: article.text.trim().is_empty(),
        blocks: blocks(&article.text),
        rules: rules(Some(number)),
    });
    let introduction = policy.articles.iter().filter(|article| article.level < 2);
    let introduction = introduction.flat_map(|article| blocks(&article.text));
    let titled = |policy: &Policy| (policy.id.to_string(), policy.title.clone());
    let all = library.policies.iter();
    html(&PolicyPage {
        page: ask.page(Section::Portal, policy.title.clone()),
        title: policy.title.clone(),
        facts: facts(library, policy),
        topics: policy.topics.clone(),
        source: policy
            .source
            .clone()
            .filter(|source| source.starts_with("http")),
        introduction: introduction.collect(),
        articles: articles.collect(),
        others: rules(None),
        replaced_by: all
            .clone()
            .filter(|other| other.supersedes.iter().any(|old| **old == *policy.id))
            .map(titled)
            .collect(),
        replaces: all
            .filter(|other| policy.supersedes.iter().any(|old| **old == *other.id))
            .map(titled)
            .collect(),
    })
}

fn facts(library: &Library, policy: &Policy) -> Vec<(&'static str, String)> {
    let days = Validity {
        from: policy.effective,
        to: policy.expires,
    };
    let all = [
        ("文号", policy.document_number.clone()),
        ("发文单位", policy.issuer.clone()),
        ("适用地区", Some(words::region(library, policy.region))),
        ("发布日期", policy.published.map(|day| day.to_string())),
        ("有效期", Some(validity(days))),
    ];
    let known = all.into_iter();
    known
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
