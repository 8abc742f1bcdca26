//! `/console/publications/{id}`: what was proposed, and what it would do, for whoever decides.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Form, Path, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Digest, MotionId, PersonId, PolicyRecord, Publication, Role};
use zhida_policies::measure::library::Library;
use zhida_policies::values::Date;

use super::acts::{Done, answered};
use super::policies::{LawArticle, articles};
use crate::publishing::changes::{self, Changed};
use crate::publishing::{self, Draft, Effect, Proposal, Standing};
use crate::store::Within;
use crate::views::law::LawBlock;
use crate::views::rules::Rule;
use crate::views::seen::Seen;
use crate::views::times;
use crate::web::{Ask, Page, Scope, Section, WebFault, act, html};

/// A proposal in a list.
pub(super) struct Waiting {
    /// Its name.
    pub(super) id: String,
    /// What it is called.
    pub(super) title: String,
    /// Whether the policy is to end.
    pub(super) is_end: bool,
    /// From which day.
    pub(super) from: String,
    /// Who asks.
    pub(super) by: String,
    /// Why.
    pub(super) reason: String,
    /// Where it stands.
    pub(super) standing: &'static str,
    /// How that looks.
    pub(super) tone: &'static str,
    /// Who returned it, and why.
    pub(super) ended: String,
}

/// How many proposals that are over are listed.
const OVER_MAX: u32 = 10;
/// How many that wait for an approval are.
const OPEN_MAX: u32 = 200;

impl Waiting {
    fn of(one: &Proposal) -> Self {
        let asked = &one.publication;
        let first = one.motion.signatures.first();
        let ended = one.motion.ended.as_ref();
        Self {
            id: one.motion.id.to_string(),
            title: asked.title.clone(),
            is_end: asked.text.is_none(),
            from: asked.from.map_or_else(String::new, |day| day.to_string()),
            by: first.map_or_else(String::new, |first| {
                format!("{} {}", first.person, times::minute(first.at))
            }),
            reason: asked.reason.clone(),
            standing: one.standing().chinese(),
            tone: match one.standing() {
                Standing::Open => "wait",
                Standing::Approved => "good",
                Standing::Returned => "none",
            },
            ended: ended.map_or_else(String::new, |ended| {
                format!(
                    "{} {}:{}",
                    ended.person,
                    times::minute(ended.at),
                    ended.reason
                )
            }),
        }
    }
}

/// Names in one line.
pub(super) fn names(persons: &BTreeSet<PersonId>) -> String {
    let names: Vec<&str> = persons.iter().map(PersonId::as_str).collect();
    names.join("、")
}

fn within(ask: &Ask) -> Result<Within, WebFault> {
    Ok(match &ask.session()?.scope {
        Scope::Bureaus(bureaus) => Within::Bureaus(bureaus.clone()),
        Scope::Enterprise(uscc) => Within::Enterprise(*uscc),
    })
}

/// The proposals within sight: those that are open, and the last that are over; of one policy, or
/// of all.
pub(super) async fn waiting(ask: &Ask, policy: Option<&str>) -> Result<Vec<Waiting>, WebFault> {
    let (store, within) = (&ask.server.store, within(ask)?);
    let mut all = publishing::open_proposals(store, &within, policy, OPEN_MAX).await?;
    all.extend(publishing::past_proposals(store, &within, policy, OVER_MAX).await?);
    Ok(all.iter().map(Waiting::of).collect())
}

async fn found(ask: &Ask, id: &str) -> Result<Proposal, WebFault> {
    let id = MotionId::new(id);
    let found = publishing::proposal(&ask.server.store, &within(ask)?, &id).await?;
    found.ok_or_else(WebFault::missing)
}

#[derive(Template)]
#[template(path = "console/publication.html")]
struct PublicationPage {
    page: Page,
    done: Done,
    asked: Waiting,
    policy: String,
    bureau: String,
    digest: String,
    authors: String,
    signed: Vec<String>,
    is_open: bool,
    /// Whether whoever looks has written or proposed it.
    is_involved: bool,
    may_approve: bool,
    may_return: bool,
    /// What it would do; for one that is open.
    effect: Option<std::sync::Arc<Effect>>,
    rules: Vec<Rule>,
    articles: Vec<LawArticle>,
    changes: Vec<Changed>,
    is_first: bool,
    /// The versions whose place it takes before their day.
    replaces: String,
}

/// One proposal.
pub(super) async fn one(
    ask: Ask,
    Path(id): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, WebFault> {
    let proposal = found(&ask, &id).await?;
    let (motion, asked) = (&proposal.motion, &proposal.publication);
    let is_open = proposal.standing() == Standing::Open;
    let seen = Seen::of(&ask).await?;
    let effect = match is_open {
        true => Some(publishing::effect(&ask.server, motion, asked, &seen).await?),
        false => None,
    };
    let base = replaced_text(&ask, asked).await?;
    let before = text(&ask, base.as_ref()).await?;
    let after = text(&ask, asked.text.as_ref()).await?;
    let session = ask.session()?;
    let page = ask.page(Section::Console, asked.title.clone());
    let person = &session.user.person;
    let is_own = session.user.bureau == motion.bureau;
    let has_signed = motion.signatures.iter().any(|one| one.person == *person);
    let is_involved = has_signed || asked.authors.contains(person);
    let signed = motion.signatures.iter().map(|one| {
        let at = times::minute(one.at);
        format!("{} {} {at}", one.role.chinese(), one.person)
    });
    html(&PublicationPage {
        may_approve: is_open && is_own && !is_involved && page.is_any(&[Role::Approver]),
        may_return: is_open && is_own && (has_signed || page.is_any(&[Role::Approver])),
        rules: effect
            .as_ref()
            .map_or_else(Vec::new, |effect| rules_of(&effect.library, &asked.policy)),
        articles: articles(if after.is_empty() { &before } else { &after }),
        changes: changes::between(&before, &after),
        is_first: base.is_none(),
        replaces: numbers(&asked.replaces),
        asked: Waiting::of(&proposal),
        policy: asked.policy.clone(),
        bureau: asked.bureau.to_string(),
        digest: asked
            .text
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        authors: names(&asked.authors),
        signed: signed.collect(),
        is_open,
        is_involved,
        effect,
        done,
        page,
    })
}

/// The text that holds where a proposal is to hold: what it was made against, or, where it takes
/// the place of versions that do not hold yet, the last one before them.
async fn replaced_text(ask: &Ask, asked: &Publication) -> Result<Option<Digest>, WebFault> {
    if asked.replaces.is_empty() {
        return Ok(asked.base.clone());
    }
    let is_own = |bureau: &_| *bureau == asked.bureau;
    let record = publishing::record(&ask.server.store, is_own, &asked.policy).await?;
    Ok(record.and_then(|record| record.before(&asked.replaces).cloned()))
}

/// Numbers of versions in one line.
fn numbers(versions: &BTreeSet<u32>) -> String {
    let numbers: Vec<String> = versions.iter().map(u32::to_string).collect();
    numbers.join("、")
}

/// A kept text; nothing where there is none.
async fn text(ask: &Ask, digest: Option<&Digest>) -> Result<String, WebFault> {
    let Some(digest) = digest else {
        return Ok(String::new());
    };
    let bytes = ask.server.store.fetch(digest).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn rules_of(library: &Library, policy: &str) -> Vec<Rule> {
    let place = library.policies.iter().position(|one| *one.id == *policy);
    let own = library
        .measures
        .iter()
        .filter(|measure| Some(measure.policy.0) == place);
    own.map(|measure| Rule::of(library, measure)).collect()
}

/// What a form asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    key: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    from: String,
    /// The digest of the draft that was looked at.
    #[serde(default)]
    seen: String,
    /// The versions that did not hold yet, by number, where their place is to be taken.
    #[serde(default)]
    replaces: String,
}

impl Asked {
    /// Which versions are replaced: of those that were shown, the ones that begin later.
    async fn replaces(&self, ask: &Ask, policy: &str) -> Result<BTreeSet<u32>, WebFault> {
        let typed = self.replaces.split(',').filter(|number| !number.is_empty());
        let numbers = typed.map(str::parse::<u32>);
        let numbers: Result<BTreeSet<u32>, _> = numbers.collect();
        let mut numbers =
            numbers.map_err(|_| WebFault::bad("没有这样的版本", "请从政策的页面重新提出"))?;
        let from = self.from()?.unwrap_or_else(|| ask.at.business_date());
        let own = &ask.session()?.user.bureau;
        let is_own = |bureau: &_| bureau == own;
        let record = publishing::record(&ask.server.store, is_own, policy).await?;
        let versions = record.iter().flat_map(|record| &record.versions);
        for earlier in versions.filter(|version| version.from <= from) {
            numbers.remove(&earlier.number);
        }
        Ok(numbers)
    }

    fn key(&self) -> Option<String> {
        (!self.key.is_empty()).then(|| self.key.clone())
    }

    fn reason(&self) -> Result<String, WebFault> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(WebFault::bad("没有填写“理由”", "请填写后重新提交"));
        }
        Ok(reason.to_owned())
    }

    fn from(&self) -> Result<Option<Date>, WebFault> {
        let typed = self.from.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let day = crate::command::day(typed);
        day.map(Some)
            .map_err(|reason| WebFault::bad(reason, "不填则自批准之日起施行"))
    }
}

/// Asks for the saved draft of a policy to be published, as it was looked at.
pub(super) async fn propose(
    ask: Ask,
    Path(policy): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, WebFault> {
    let own = &ask.session()?.user.bureau;
    let draft = Draft::find(&ask.server.store, own, &policy).await?;
    let draft = draft.ok_or_else(WebFault::missing)?;
    if draft.digest() != Digest::new(&asked.seen) {
        let (user, at) = (&draft.user, times::minute(draft.at));
        let mut fault = WebFault::refused(
            None,
            format!("草案已由 {user} 于 {at} 另存,与您看到的不同,没有提出"),
        );
        fault.help = "请回到政策的页面,看过现在的草案再提出".to_owned();
        return Err(fault);
    }
    let wanted = publishing::Wanted {
        from: asked.from()?,
        reason: asked.reason()?,
        replaces: asked.replaces(&ask, &policy).await?,
        policy,
        text: Some(draft.text),
        authors: draft.authors,
    };
    ask_for(&ask, asked.key(), wanted, "提出发布").await
}

/// Asks for a policy to end.
pub(super) async fn end(
    ask: Ask,
    Path(policy): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, WebFault> {
    let published = ask.server.published();
    let own = &ask.session()?.user.bureau;
    let is_own = |bureau: &_| bureau == own;
    let record = publishing::record(&ask.server.store, is_own, &policy).await?;
    let is_to_be = |record: &PolicyRecord| record.last().is_some_and(|last| last.text.is_some());
    let mut policies = published.library.policies.iter();
    if !policies.any(|one| *one.id == *policy) && !record.as_ref().is_some_and(is_to_be) {
        return Err(WebFault::missing());
    }
    let wanted = publishing::Wanted {
        from: asked.from()?,
        reason: asked.reason()?,
        replaces: asked.replaces(&ask, &policy).await?,
        policy,
        text: None,
        authors: BTreeSet::new(),
    };
    ask_for(&ask, asked.key(), wanted, "提出废止").await
}

async fn ask_for(
    ask: &Ask,
    key: Option<String>,
    wanted: publishing::Wanted,
    title: &'static str,
) -> Result<Response, WebFault> {
    let back = format!("/console/policies/{}", wanted.policy);
    let acted = act(ask, key, move |desk, common, output| {
        publishing::propose(desk, common, wanted, output)
    })
    .await?;
    let of = |name: &str| {
        let mut values = acted.values.iter();
        values.find_map(|value| value.get(name)?.as_str().map(str::to_owned))
    };
    let back = of("motion").map_or(back, |motion| format!("/console/publications/{motion}"));
    answered(ask, title, &back, &acted)
}

/// Approves a proposal; it is in force when the reply comes.
pub(super) async fn approve(
    ask: Ask,
    Path(id): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, WebFault> {
    found(&ask, &id).await?;
    let motion = MotionId::new(id.clone());
    let acted = act(&ask, asked.key(), move |desk, common, output| {
        publishing::approve(desk, common, &motion, output)
    })
    .await?;
    put_in_force(&ask).await?;
    let back = format!("/console/publications/{id}");
    answered(&ask, "批准发布", &back, &acted)
}

/// Puts in force what was approved; enterprises are told afterwards.
async fn put_in_force(ask: &Ask) -> Result<(), WebFault> {
    let server = std::sync::Arc::clone(&ask.server);
    let put = tokio::task::spawn_blocking(move || publishing::put_in_force(&server));
    put.await.map_err(WebFault::broken)??;
    Ok(())
}

/// Returns a proposal, or takes it back.
pub(super) async fn give_back(
    ask: Ask,
    Path(id): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, WebFault> {
    found(&ask, &id).await?;
    let (motion, reason) = (MotionId::new(id.clone()), asked.reason()?);
    let acted = act(&ask, asked.key(), move |desk, _, output| {
        publishing::give_back(desk, &motion, &reason, output)
    })
    .await?;
    answered(
        &ask,
        "退回提议",
        &format!("/console/publications/{id}"),
        &acted,
    )
}

/// Which other version one is compared with.
#[derive(Debug, Deserialize)]
pub(super) struct Beside {
    with: Option<u32>,
}

#[derive(Template)]
#[template(path = "console/policy_version.html")]
struct VersionPage {
    page: Page,
    policy: String,
    title: String,
    number: u32,
    from: String,
    reason: String,
    is_end: bool,
    digest: String,
    with: u32,
    others: Vec<u32>,
    changes: Vec<Changed>,
    text: String,
}

/// One version of a policy, beside another.
pub(super) async fn version(
    ask: Ask,
    Path((policy, number)): Path<(String, String)>,
    Query(beside): Query<Beside>,
) -> Result<Response, WebFault> {
    let session = ask.session()?;
    let sees = |bureau: &_| session.scope.sees_bureau(bureau);
    let record = publishing::record(&ask.server.store, sees, &policy).await?;
    let record = record.ok_or_else(WebFault::missing)?;
    let number: u32 = number.parse().map_err(|_| WebFault::missing())?;
    let found = record.versions.iter().find(|one| one.number == number);
    let found = found.ok_or_else(WebFault::missing)?;
    let with = beside.with.unwrap_or_else(|| number.saturating_sub(1));
    let others = (0..=u32::try_from(record.versions.len()).unwrap_or(u32::MAX))
        .filter(|other| *other != number);
    let before = text(&ask, record.text(with)).await?;
    let now = text(&ask, found.text.as_ref()).await?;
    html(&VersionPage {
        page: ask.page(Section::Console, record.title.clone()),
        title: record.title.clone(),
        number,
        from: found.from.to_string(),
        reason: found.reason.clone(),
        is_end: found.text.is_none(),
        digest: found
            .text
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        with,
        others: others.collect(),
        changes: changes::between(&before, &now),
        text: now,
        policy,
    })
}
