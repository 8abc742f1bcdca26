//! `/console/policies`: the policies with their law text and rules, their versions, and drafts.

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Digest, Moment, PolicyRecord, Role};
use zhida_engine::replay::Seal;
use zhida_policies::document::{Document, PolicyStatus};
use zhida_policies::measure::library::{Library, Policy};

use super::acts::Done;
use super::publications::{self, Waiting};
use crate::materials::{self, MaterialKind};
use crate::publishing::changes::{self, Changed};
use crate::publishing::{self, Draft, Findings, Saved, examine, is_name, texts_with};
use crate::views::law::{LawBlock, blocks};
use crate::views::times;
use crate::web::{Ask, Page, Section, WebFault, html, see_other};

/// The longest text of a policy that is taken, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What stands in the address of a policy that has no name yet.
const NEW: &str = "new";
/// What a new policy begins with.
const BEGINNING: &str = include_str!("../../templates/console/policy.md");

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
    /// Drafts of policies that are not in force yet.
    fresh: Vec<Draft>,
    waiting: Vec<Waiting>,
    may_save: bool,
    /// Why the policies of today are not in force; nothing where they are.
    problem: String,
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
    let library = &published.library;
    let typed = wanted.q.trim();
    let found = library.policies.iter().filter(|policy| {
        let number = policy.document_number.as_deref().unwrap_or_default();
        policy.title.contains(typed) || policy.id.contains(typed) || number.contains(typed)
    });
    let own = &ask.session()?.user.bureau;
    let mut drafts = publishing::drafts(&ask.server.store, own).await?;
    let rows = found.map(|policy| {
        let mut drafts = drafts.iter();
        let has_draft = drafts.any(|draft| *draft.policy == *policy.id);
        row(library, policy, has_draft)
    });
    let rows = rows.collect();
    let is_known = |id: &str| library.policies.iter().any(|policy| *policy.id == *id);
    drafts.retain(|draft| !is_known(&draft.policy));
    let page = ask.page(Section::Console, "政策");
    html(&PoliciesPage {
        waiting: publications::waiting(&ask, None).await?,
        may_save: page.is_any(&[Role::Maker]),
        page,
        rows,
        fresh: drafts,
        digest: published.digest.clone(),
        problem: ask.server.in_step().problem.unwrap_or_default(),
        q: wanted.q,
    })
}

fn row(library: &Library, policy: &Policy, has_draft: bool) -> Row {
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
        has_draft,
    }
}

/// One article of the law.
pub(super) struct LawArticle {
    /// Its heading.
    pub(super) heading: String,
    /// What it says.
    pub(super) blocks: Vec<LawBlock>,
}

/// The articles of a text, its rules left out.
pub(super) fn articles(text: &str) -> Vec<LawArticle> {
    let document = Document::read(text).document;
    let articles = document.articles().iter().map(|article| LawArticle {
        heading: article.heading.clone(),
        blocks: blocks(&article.text),
    });
    articles.collect()
}

/// A text that was swept with, other than the present one.
struct Version {
    sha256: String,
    sweep: String,
    at: String,
}

/// One published version, as the page of its policy lists it.
struct Published {
    number: u32,
    from: String,
    is_now: bool,
    is_end: bool,
    /// Another version took its place before its day.
    is_replaced: bool,
    reason: String,
    people: String,
    at: String,
}

#[derive(Template)]
#[template(path = "console/policy.html")]
struct PolicyPage {
    page: Page,
    done: Done,
    id: String,
    title: String,
    /// As it is in force; nothing for one that is not.
    policy: Option<Row>,
    articles: Vec<LawArticle>,
    versions: Vec<Version>,
    published: Vec<Published>,
    waiting: Vec<Waiting>,
    text: String,
    draft: Option<DraftLine>,
    /// The digest of the draft that whoever writes has seen; nothing where there was none.
    seen: String,
    /// Somebody saved another draft meanwhile: who and when.
    moved: Option<DraftLine>,
    /// Whether the text on the page is the draft, so that it may be proposed.
    is_draft: bool,
    /// The versions that do not hold yet, which a change may take the place of.
    coming: Vec<Coming>,
    checked: Option<Findings>,
    changes: Vec<Changed>,
    may_save: bool,
    today: String,
}

/// Who has written at a draft, and who saved it last.
struct DraftLine {
    authors: String,
    user: String,
    at: String,
}

impl DraftLine {
    fn of(draft: &Draft) -> Self {
        Self {
            authors: publications::names(&draft.authors),
            user: draft.user.clone(),
            at: times::minute(draft.at),
        }
    }
}

/// A version that does not hold yet.
struct Coming {
    number: u32,
    from: String,
}

impl Coming {
    fn of(record: &PolicyRecord, at: Moment) -> Vec<Self> {
        let coming = record.coming(at.business_date()).into_iter();
        let coming = coming.map(|version| Self {
            number: version.number,
            from: version.from.to_string(),
        });
        coming.collect()
    }
}

/// What somebody typed, and what is said of it.
struct Tried {
    text: String,
    /// The digest of the draft that it was written over.
    seen: String,
    /// What a check found.
    checked: Option<Findings>,
    /// Somebody saved this meanwhile.
    moved: Option<Box<Draft>>,
}

/// One policy with its editor.
pub(super) async fn one(
    ask: Ask,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, WebFault> {
    page(&ask, &id, None, done).await
}

/// The page of a policy; `tried` is a text that was typed and not saved.
async fn page(ask: &Ask, id: &str, tried: Option<Tried>, done: Done) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let library = &published.library;
    let (store, session) = (&ask.server.store, ask.session()?);
    let policy = library.policies.iter().find(|policy| *policy.id == *id);
    let file = policy.and_then(|policy| library.files.iter().find(|file| file.id == policy.file));
    let draft = Draft::find(store, &session.user.bureau, id).await?;
    let sees = |bureau: &_| session.scope.sees_bureau(bureau);
    let record = publishing::record(store, sees, id).await?;
    let is_known = policy.is_some() || draft.is_some() || record.is_some() || id == NEW;
    if !is_known {
        return Err(WebFault::missing());
    }
    let now = file.map_or("", |file| &*file.text);
    let digest = |draft: &Draft| draft.digest().to_string();
    let tried = tried.unwrap_or_else(|| Tried {
        text: match &draft {
            Some(draft) => draft.text.clone(),
            None if id == NEW => BEGINNING.to_owned(),
            None => now.to_owned(),
        },
        seen: draft.as_ref().map_or_else(String::new, digest),
        checked: None,
        moved: None,
    });
    let text = tried.text;
    let title = policy.map(|policy| policy.title.clone());
    let title = title.or_else(|| draft.as_ref().map(|draft| draft.title.clone()));
    let title = title.or_else(|| record.as_ref().map(|record| record.title.clone()));
    let title = title.unwrap_or_else(|| "新政策".to_owned());
    let page = ask.page(Section::Console, title.clone());
    let versions = match file {
        Some(file) => versions(ask, &file.path, &file.text).await?,
        None => Vec::new(),
    };
    html(&PolicyPage {
        policy: policy.map(|policy| row(library, policy, draft.is_some())),
        articles: articles(&text),
        versions,
        coming: record
            .as_ref()
            .map_or_else(Vec::new, |record| Coming::of(record, ask.at)),
        published: record.map_or_else(Vec::new, |record| listed(&record, ask.at)),
        waiting: publications::waiting(ask, Some(id)).await?,
        changes: match now.is_empty() {
            true => Vec::new(),
            false => changes::between(now, &text),
        },
        may_save: page.is_any(&[Role::Maker]),
        is_draft: draft.as_ref().is_some_and(|draft| draft.text == text),
        draft: draft.as_ref().map(DraftLine::of),
        seen: tried.seen,
        moved: tried.moved.as_deref().map(DraftLine::of),
        today: ask.at.business_date().to_string(),
        id: id.to_owned(),
        title,
        text,
        checked: tried.checked,
        done,
        page,
    })
}

/// The published versions of a policy, the last first.
fn listed(record: &PolicyRecord, at: Moment) -> Vec<Published> {
    let now = record.on(at.business_date()).map(|version| version.number);
    let versions = record.versions.iter().rev().map(|version| {
        let signed = version.signatures.iter();
        let people: Vec<String> = signed.map(|signed| signed.person.to_string()).collect();
        let last = version.signatures.last();
        Published {
            number: version.number,
            from: version.from.to_string(),
            is_now: now == Some(version.number),
            is_end: version.text.is_none(),
            is_replaced: record.was_replaced(version.number),
            reason: version.reason.clone(),
            people: people.join("、"),
            at: last.map_or_else(String::new, |last| times::minute(last.at)),
        }
    });
    versions.collect()
}

/// The texts of a file that registered sweeps were made of, the last first.
async fn versions(ask: &Ask, path: &str, text: &str) -> Result<Vec<Version>, WebFault> {
    let present = Digest::of(text.as_bytes());
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
                at: times::minute(Moment(sweep.at)),
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
    #[serde(default)]
    seen: String,
}

/// The name under which a text is kept: that of its address, or what a new one calls itself.
fn name_of(id: &str, text: &str) -> Result<String, WebFault> {
    let name = match id {
        NEW => {
            let document = Document::read(text).document;
            let front = document.front_matter();
            front.map_or_else(String::new, |front| front.id.value.clone())
        }
        _ => id.to_owned(),
    };
    if is_name(&name) {
        return Ok(name);
    }
    Err(WebFault::bad(
        "新政策的文首没有可用的 id",
        "id 用字母、数字、- 和 _,如 xiangyang-industry-2025",
    ))
}

/// Checks a text together with all policies and runs the examples; nothing is kept.
pub(super) async fn check(
    ask: Ask,
    Path(id): Path<String>,
    Form(written): Form<Written>,
) -> Result<Response, WebFault> {
    let text = written.text.replace("\r\n", "\n");
    let found = checked(&ask, &name_of(&id, &text)?, &text).await?;
    let tried = Tried {
        text,
        seen: written.seen,
        checked: Some(found),
        moved: None,
    };
    page(&ask, &id, Some(tried), Done::default()).await
}

/// Saves a text as the draft of its policy. Where somebody saved another one meanwhile, it says
/// who and when, and keeps what was typed on the page.
pub(super) async fn save(
    ask: Ask,
    Path(id): Path<String>,
    Form(written): Form<Written>,
) -> Result<Response, WebFault> {
    let text = written.text.replace("\r\n", "\n");
    let name = name_of(&id, &text)?;
    let user = &ask.session()?.user;
    let store = &ask.server.store;
    let is_known = |policy: &Policy| *policy.id == *name;
    if id != NEW
        && !ask.server.published().library.policies.iter().any(is_known)
        && Draft::find(store, &user.bureau, &name).await?.is_none()
        && publishing::record(store, |bureau| *bureau == user.bureau, &name)
            .await?
            .is_none()
    {
        return Err(WebFault::missing());
    }
    let seen = (!written.seen.is_empty()).then(|| Digest::new(&written.seen));
    let saved = Draft::save(store, user, (&name, &text), seen.as_ref(), ask.at).await?;
    let Saved::Not(other) = saved else {
        return Ok(see_other(&format!("/console/policies/{name}?done=1")));
    };
    let tried = Tried {
        text,
        // Who saves again has been told of it.
        seen: other.digest().to_string(),
        checked: None,
        moved: Some(other),
    };
    let mut response = page(&ask, &name, Some(tried), Done::default()).await?;
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}

async fn checked(ask: &Ask, id: &str, text: &str) -> Result<Findings, WebFault> {
    let (server, today) = (std::sync::Arc::clone(&ask.server), ask.at.business_date());
    let changed = [(id.to_owned(), text.to_owned())];
    let id = id.to_owned();
    let checking = tokio::task::spawn_blocking(move || {
        let common = server.common();
        let texts = texts_with(&common, &changed)?;
        examine(texts, &id, &common, today)
    });
    let (_, found) = checking.await.map_err(WebFault::broken)??;
    Ok(found)
}
