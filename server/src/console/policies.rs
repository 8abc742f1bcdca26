//! `/console/policies`: the policies with their law text and rules, earlier versions, and drafts.

use std::path::PathBuf;

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::replay::Seal;
use zhida_policies::document::PolicyStatus;
use zhida_policies::measure::library::{Library, Policy};
use zhida_policies::render::{Colours, render};

use super::acts::{Done, Scratch};
use super::changes::{self, Changed};
use crate::arguments::Common;
use crate::failure::Failure;
use crate::library;
use crate::materials::{self, MaterialKind};
use crate::output::Output;
use crate::report;
use crate::views::law::{LawBlock, blocks};
use crate::views::times;
use crate::web::{Ask, Page, Section, Server, WebFault, html, see_other};

/// Where drafts lie, below the data folder.
const DRAFTS: &str = "drafts";
/// The longest text of a policy that is taken, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How many faults are shown.
const FAULTS_SHOWN: usize = 40;

/// Where the draft of a policy lies; ids that could lead elsewhere have none.
fn draft_path(server: &Server, id: &str) -> Option<PathBuf> {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || one == '-';
    let is_name = !id.is_empty() && id.chars().all(is_plain);
    is_name.then(|| server.folder.join(DRAFTS).join(format!("{id}.md")))
}

/// The drafts that people have saved, by name.
pub(super) fn drafts(server: &Server) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(server.folder.join(DRAFTS));
    let paths = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mut found: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    found.sort();
    found
}

/// The library with drafts in the place of what they replace.
///
/// # Errors
/// The faults of the drafts.
pub(super) fn with_drafts(common: &Common, drafts: &[PathBuf]) -> Result<Library, Failure> {
    if drafts.is_empty() {
        return library::sound(common, &mut Output::kept());
    }
    library::sound_with(common, drafts, &mut Output::kept())
}

/// One policy of the list.
struct Row {
    id: String,
    title: String,
    number: String,
    issuer: String,
    effective: String,
    expires: String,
    measures: usize,
    status: &'static str,
    has_draft: bool,
}

#[derive(Template)]
#[template(path = "console/policies.html")]
struct PoliciesPage {
    page: Page,
    q: String,
    digest: String,
    rows: Vec<Row>,
}

/// What is looked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
}

/// The list.
pub(super) async fn show(ask: Ask, Query(wanted): Query<Wanted>) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let typed = wanted.q.trim();
    let all = published.library.policies.iter();
    let found = all.filter(|policy| {
        let number = policy.document_number.as_deref().unwrap_or_default();
        policy.title.contains(typed) || policy.id.contains(typed) || number.contains(typed)
    });
    let rows = found.map(|policy| row(&ask.server, &published.library, policy));
    html(&PoliciesPage {
        page: ask.page(Section::Console, "政策"),
        rows: rows.collect(),
        digest: published.digest.clone(),
        q: wanted.q,
    })
}

fn row(server: &Server, library: &Library, policy: &Policy) -> Row {
    let of = |place: usize| {
        library
            .policies
            .get(place)
            .is_some_and(|one| one.id == policy.id)
    };
    let measures = library.measures.iter().filter(|one| of(one.policy.0));
    Row {
        id: policy.id.to_string(),
        title: policy.title.clone(),
        number: policy.document_number.clone().unwrap_or_default(),
        issuer: policy.issuer.clone().unwrap_or_default(),
        effective: policy.effective.to_string(),
        expires: policy
            .expires
            .map_or_else(String::new, |day| day.to_string()),
        measures: measures.count(),
        status: match policy.status {
            PolicyStatus::Published => "现行",
            PolicyStatus::Draft => "草案",
            PolicyStatus::Archived => "存档",
        },
        has_draft: draft_path(server, &policy.id).is_some_and(|path| path.exists()),
    }
}

/// One article of the law.
struct LawArticle {
    heading: String,
    blocks: Vec<LawBlock>,
}

/// A text that was swept with, other than the present one.
struct Version {
    sha256: String,
    sweep: String,
    at: String,
}

/// What a check of a text came to.
#[derive(Default)]
struct Checked {
    faults: Vec<String>,
    more: usize,
    is_sound: bool,
    /// Of each measure its examples, those that fail and what they say.
    examples: Vec<(String, usize, usize)>,
}

#[derive(Template)]
#[template(path = "console/policy.html")]
struct PolicyPage {
    page: Page,
    done: Done,
    policy: Row,
    articles: Vec<LawArticle>,
    versions: Vec<Version>,
    text: String,
    is_draft: bool,
    checked: Option<Checked>,
    changes: Vec<Changed>,
    may_save: bool,
}

/// One policy with its editor.
pub(super) async fn one(
    ask: Ask,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, WebFault> {
    let path = draft_path(&ask.server, &id).ok_or_else(WebFault::missing)?;
    let draft = tokio::fs::read_to_string(&path).await.ok();
    page(&ask, &id, (draft, done), None).await
}

async fn page(
    ask: &Ask,
    id: &str,
    (draft, done): (Option<String>, Done),
    checked: Option<Checked>,
) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let policy = library.policies.iter().find(|policy| &*policy.id == id);
    let policy = policy.ok_or_else(WebFault::missing)?;
    let file = library.files.iter().find(|file| file.id == policy.file);
    let file = file.ok_or_else(WebFault::missing)?;
    let page = ask.page(Section::Console, policy.title.clone());
    let articles = policy.articles.iter().map(|article| LawArticle {
        heading: article.heading.clone(),
        blocks: blocks(&article.text),
    });
    let is_draft = draft.is_some();
    let text = draft.unwrap_or_else(|| file.text.to_string());
    html(&PolicyPage {
        policy: row(&ask.server, library, policy),
        articles: articles.collect(),
        versions: versions(ask, &file.path, &file.text).await?,
        changes: changes::between(&file.text, &text),
        may_save: page.is_any(&[zhida_engine::payouts::Role::Maker]),
        is_draft,
        text,
        checked,
        done,
        page,
    })
}

/// The texts of a file that registered sweeps were made of, the last first.
async fn versions(ask: &Ask, path: &str, text: &str) -> Result<Vec<Version>, WebFault> {
    let present = zhida_engine::payouts::Digest::of(text.as_bytes());
    let mut found: Vec<Version> = Vec::new();
    for sweep in materials::list(&ask.server.store, MaterialKind::Sweep).await? {
        let Ok((seal, _)) = Seal::open(&ask.server.folder.join(&sweep.folder)) else {
            continue;
        };
        let sealed = seal.policy_texts.iter().find(|sealed| sealed.path == path);
        let Some(sealed) = sealed.filter(|sealed| sealed.sha256 != present.as_str()) else {
            continue;
        };
        if found.iter().all(|version| version.sha256 != sealed.sha256) {
            found.push(Version {
                sha256: sealed.sha256.clone(),
                sweep: sweep.digest,
                at: times::minute(zhida_engine::payouts::Moment(sweep.at)),
            });
        }
    }
    Ok(found)
}

#[derive(Template)]
#[template(path = "console/policy_difference.html")]
struct DifferencePage {
    page: Page,
    id: String,
    title: String,
    sha256: String,
    changes: Vec<Changed>,
}

/// What changed since a text that was swept with.
pub(super) async fn difference(
    ask: Ask,
    Path((id, sweep)): Path<(String, String)>,
) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let policy = library.policies.iter().find(|policy| *policy.id == *id);
    let policy = policy.ok_or_else(WebFault::missing)?;
    let file = library.files.iter().find(|file| file.id == policy.file);
    let file = file.ok_or_else(WebFault::missing)?;
    let sweeps = materials::list(&ask.server.store, MaterialKind::Sweep).await?;
    let sweep = sweeps.into_iter().find(|one| one.digest == sweep);
    let folder = ask
        .server
        .folder
        .join(&sweep.ok_or_else(WebFault::missing)?.folder);
    let (seal, _) = Seal::open(&folder).map_err(WebFault::broken)?;
    let sealed = seal
        .policy_texts
        .iter()
        .find(|sealed| sealed.path == file.path);
    let sealed = sealed.ok_or_else(WebFault::missing)?;
    let earlier = folder
        .join(zhida_engine::replay::INPUTS_FOLDER)
        .join(sealed.file_name());
    let earlier = tokio::fs::read_to_string(earlier)
        .await
        .map_err(WebFault::broken)?;
    html(&DifferencePage {
        page: ask.page(Section::Console, "政策文本的差别"),
        title: policy.title.clone(),
        sha256: sealed.sha256.clone(),
        changes: changes::between(&earlier, &file.text),
        id,
    })
}

/// A text that somebody has written.
#[derive(Debug, Deserialize)]
pub(super) struct Written {
    text: String,
}

/// Checks a text and runs its examples; nothing is kept.
pub(super) async fn check(
    ask: Ask,
    Path(id): Path<String>,
    Form(written): Form<Written>,
) -> Result<Response, WebFault> {
    let text = written.text.replace("\r\n", "\n");
    let checked = checked(&ask, &id, &text).await?;
    page(&ask, &id, (Some(text), Done::default()), Some(checked)).await
}

/// Saves a text as the draft of its policy.
pub(super) async fn save(
    ask: Ask,
    Path(id): Path<String>,
    Form(written): Form<Written>,
) -> Result<Response, WebFault> {
    let path = draft_path(&ask.server, &id).ok_or_else(WebFault::missing)?;
    let published = ask.server.published();
    let mut policies = published.library.policies.iter();
    if !policies.any(|policy| *policy.id == *id) {
        return Err(WebFault::missing());
    }
    let text = written.text.replace("\r\n", "\n");
    let folder = ask.server.folder.join(DRAFTS);
    tokio::fs::create_dir_all(&folder)
        .await
        .map_err(WebFault::broken)?;
    tokio::fs::write(&path, &text)
        .await
        .map_err(WebFault::broken)?;
    // Who wrote what stands in the log for ever.
    let name = format!("{id} {}", ask.session()?.user.id);
    ask.server
        .store
        .keep("draft", &name, text.as_bytes(), ask.at)
        .await?;
    Ok(see_other(&format!("/console/policies/{id}?done=1")))
}

async fn checked(ask: &Ask, id: &str, text: &str) -> Result<Checked, WebFault> {
    let path = draft_path(&ask.server, id).ok_or_else(WebFault::missing)?;
    let scratch = Scratch::new(&ask.server)?;
    let file = scratch.path().join(path.file_name().unwrap_or_default());
    tokio::fs::write(&file, text)
        .await
        .map_err(WebFault::broken)?;
    let (server, today) = (std::sync::Arc::clone(&ask.server), ask.at.business_date());
    let checking = tokio::task::spawn_blocking(move || {
        let found = library::check_paths(&server.common, &[file], today)?;
        let mut faults: Vec<String> = found
            .faults()
            .map(|fault| render(&found.library, fault, Colours::Plain))
            .collect();
        let more = faults.len().saturating_sub(FAULTS_SHOWN);
        faults.truncate(FAULTS_SHOWN);
        let mut is_sound = found.faults().all(|fault| fault.code.is_warning());
        let mut examples = Vec::new();
        for measure in found.measures() {
            let outcomes = report::examples(&found.library, measure);
            let failed = outcomes.iter().filter(|outcome| outcome.fault.is_some());
            let failed = failed.count();
            is_sound &= failed == 0;
            examples.push((measure.name.clone(), outcomes.len(), failed));
        }
        Ok::<_, Failure>(Checked {
            faults,
            more,
            is_sound,
            examples,
        })
    });
    let checked = checking.await.map_err(WebFault::broken)??;
    drop(scratch);
    Ok(checked)
}
