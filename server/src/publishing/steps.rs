//! Proposed by one, approved by another, or given back: the same for pages, programs and the
//! command line.

use std::collections::BTreeSet;

use serde_json::json;
use zhida_engine::payouts::{
    Action, Actor, Command, Digest, Motion, MotionId, MotionState, PersonId, Publication, Subject,
    User,
};
use zhida_policies::document::{Document, FrontMatter, PolicyStatus};
use zhida_policies::values::Date;

use super::check::Findings;
use super::drafts::Draft;
use super::shelf::{Shelf, is_name};
use super::whose::may_rule;
use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, told};
use crate::publishing::examine;
use crate::store::Answered;

/// How often an approval is checked again where others publish meanwhile.
const TRIES_MAX: u32 = 5;

/// What somebody wants to become of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Which policy.
    pub(crate) policy: String,
    /// Its new text; nothing where it is to end.
    pub(crate) text: Option<String>,
    /// From which day; from the day of the approval where nothing is said.
    pub(crate) from: Option<Date>,
    /// Why.
    pub(crate) reason: String,
    /// Who has written at the text besides whoever asks and those who wrote at the draft.
    pub(crate) authors: BTreeSet<PersonId>,
    /// Which versions it takes the place of that do not hold yet.
    pub(crate) replaces: BTreeSet<u32>,
}

/// Asks for a publication; its text is frozen by its digest.
///
/// # Errors
/// A text that is not sound; what the books say.
pub(crate) fn propose(
    desk: &mut Desk,
    common: &Common,
    wanted: Wanted,
    output: &mut Output,
) -> Result<Status, Failure> {
    let user = user(desk)?;
    let today = desk.at.business_date();
    let opening = Shelf::open(&desk.store, common, today);
    let shelf = desk.handle().block_on(opening)?;
    let known = shelf.last(&wanted.policy)?.map(<[u8]>::to_vec);
    let read = wanted.text.as_deref().or_else(|| {
        let known = known.as_deref()?;
        std::str::from_utf8(known).ok()
    });
    let front = front(&wanted.policy, read)?;
    if wanted.text.is_some() && front.status != PolicyStatus::Published {
        return Err(Failure::refused(
            format!("政策“{}”的文首不是 status: published", wanted.policy),
            "草案定稿后请改为 status: published,或去掉这一行",
        ));
    }
    let mut texts = shelf.known(&wanted.policy, today)?;
    texts.extend(wanted.text.as_deref().map(str::as_bytes));
    may_rule(desk, &user.bureau, &texts)?;
    let mut authors = wanted.authors;
    if wanted.text.is_some() {
        let draft = Draft::find(&desk.store, &user.bureau, &wanted.policy);
        let draft = desk.wait(draft)?;
        authors.extend(draft.into_iter().flat_map(|draft| draft.authors));
        authors.insert(user.person);
    }
    let text = wanted
        .text
        .as_deref()
        .map(|text| Digest::of(text.as_bytes()));
    let publication = Publication {
        bureau: user.bureau,
        policy: wanted.policy,
        title: front.title.value,
        base: known.as_deref().map(Digest::of),
        text,
        from: wanted.from,
        reason: wanted.reason.trim().to_owned(),
        authors,
        replaces: wanted.replaces,
    };
    let bytes = wanted.text.map(String::into_bytes);
    let found = try_out(&shelf, (&publication, bytes.as_deref()), common, desk)?;
    if !found.is_sound {
        return Err(unsound(&found, "改正后重新提出", output)?);
    }
    // Both texts stay: what is changed, and what it is changed into.
    let name = format!("{}.md", publication.policy);
    for bytes in [known, bytes].into_iter().flatten() {
        desk.wait(desk.store.keep("policy", &name, &bytes, desk.at))?;
    }
    desk.open_motion(output, Action::PublishPolicy(Box::new(publication)))
}

/// Approves a proposal after a check of all policies with it; what then holds is for whoever asked
/// to put in force.
///
/// # Errors
/// What stands in the way; what the books say.
pub(crate) fn approve(
    desk: &mut Desk,
    common: &Common,
    motion: &MotionId,
    output: &mut Output,
) -> Result<Status, Failure> {
    let mut tries = 0u32;
    loop {
        tries = tries.saturating_add(1);
        let books = desk.see(&[Subject::Motion(motion.clone()), Subject::Policies])?;
        let asked = books.motion(motion).cloned();
        let asked = asked.ok_or_else(|| no_proposal(motion))?;
        let Action::PublishPolicy(publication) = &asked.action else {
            return Err(no_proposal(motion));
        };
        let command = match asked.state {
            MotionState::Open => {
                let (edition, library) = checked(desk, common, publication, output)?;
                Command::Enact {
                    motion: motion.clone(),
                    edition,
                    library,
                }
            }
            // Asked again by whoever approved it: the same order has the same answer.
            MotionState::Carried | MotionState::Withdrawn => again(&books, &asked)?,
        };
        let answered = desk.give(vec![command])?;
        let is_overtaken =
            |answer: &Answered| matches!(answer, Answered::Refused { code: 313, .. });
        if answered.iter().any(is_overtaken) && tries < TRIES_MAX {
            let now = desk.see(&[Subject::Policies])?;
            let last = now.policy(&publication.policy).and_then(|all| all.last());
            let is_own = last.is_some_and(|last| last.text != publication.base);
            // Others published something else meanwhile: what was checked is checked again.
            if !is_own && now.edition() != books.edition() {
                continue;
            }
        }
        let status = told(output, asked.action.chinese(), &answered)?;
        if status == Status::Done {
            give_up_draft(desk, publication)?;
        }
        return Ok(status);
    }
}

/// Takes a proposal back, or returns it to whoever made it.
///
/// # Errors
/// What the books say.
pub(crate) fn give_back(
    desk: &mut Desk,
    motion: &MotionId,
    reason: &str,
    output: &mut Output,
) -> Result<Status, Failure> {
    let books = desk.see(&[Subject::Motion(motion.clone())])?;
    let asked = books.motion(motion);
    let is_one = asked.is_some_and(|asked| matches!(asked.action, Action::PublishPolicy(_)));
    if !is_one {
        return Err(no_proposal(motion));
    }
    let command = Command::WithdrawMotion {
        motion: motion.clone(),
        reason: reason.to_owned(),
    };
    let answered = desk.give(vec![command])?;
    told(output, "退回", &answered)
}

/// The order that approved a motion that was carried.
fn again(books: &zhida_engine::payouts::Books, asked: &Motion) -> Result<Command, Failure> {
    let versions = books.policies().flat_map(|record| &record.versions);
    let mut versions = versions.filter(|version| version.motion == asked.id);
    match versions.next() {
        Some(version) => Ok(Command::Enact {
            motion: asked.id.clone(),
            edition: version.edition,
            library: version.library.clone(),
        }),
        None => Err(Failure::refused(
            format!("提议 {} 已退回或撤回", asked.id),
            "如仍需发布,请重新提出",
        )),
    }
}

/// Checks all policies with a proposal; how many publications that check knew, and its digest.
fn checked(
    desk: &Desk,
    common: &Common,
    publication: &Publication,
    output: &mut Output,
) -> Result<(u32, Digest), Failure> {
    let today = desk.at.business_date();
    let opening = Shelf::open(&desk.store, common, today);
    let shelf = desk.handle().block_on(opening)?;
    let base = shelf.last(&publication.policy)?.map(Digest::of);
    if base != publication.base {
        return Err(Failure::refused(
            format!(
                "[313] 政策“{}”的提议已过期:提出以后现行文本已经改变",
                publication.policy
            ),
            "请退回,对照现行文本重新提出",
        ));
    }
    let text = publication.text.as_ref();
    let bytes = text.map(|text| desk.wait(desk.store.fetch(text)));
    let bytes = bytes.transpose()?;
    // Where a bureau acts may have changed since it proposed.
    let mut texts = shelf.known(&publication.policy, today)?;
    texts.extend(bytes.as_deref());
    may_rule(desk, &publication.bureau, &texts)?;
    let found = try_out(&shelf, (publication, bytes.as_deref()), common, desk)?;
    if !found.is_sound {
        return Err(unsound(&found, "退回,改正后重新提出", output)?);
    }
    Ok((shelf.edition, Digest::new(found.digest)))
}

/// Checks all policies with a change, on each day from which they would hold so; the first
/// findings that stand in the way, or those of the first day.
fn try_out(
    shelf: &Shelf,
    (publication, text): (&Publication, Option<&[u8]>),
    common: &Common,
    desk: &Desk,
) -> Result<Findings, Failure> {
    let today = desk.at.business_date();
    let from = publication.from.unwrap_or(today).max(today);
    let mut first = None;
    for day in shelf.days_from(from) {
        let texts = shelf.on_with(day, &publication.policy, text)?;
        let (_, found) = examine(texts, &publication.policy, common, day)?;
        if !found.is_sound {
            return Ok(found);
        }
        if first.is_none() {
            first = Some(found);
        }
    }
    Ok(first.unwrap_or_default())
}

/// Tells the faults one by one, and refuses.
fn unsound(found: &Findings, help: &str, output: &mut Output) -> Result<Failure, Failure> {
    for fault in &found.faults {
        match output.form() {
            Form::Json => output.json(&json!({"fault": fault}))?,
            Form::People => output.line(fault)?,
        }
    }
    Ok(Failure::refused(
        found.problem(),
        format!("有错误的政策不能发布;请检查文本,逐处看清,{help}"),
    ))
}

fn no_proposal(motion: &MotionId) -> Failure {
    Failure::usage(
        format!("没有政策发布提议 {motion}"),
        "请用 zhida policy proposals 查看有哪些",
    )
}

/// What a text says of itself, under the name that it must have.
fn front(policy: &str, text: Option<&str>) -> Result<FrontMatter, Failure> {
    if !is_name(policy) {
        return Err(Failure::usage(
            format!("“{policy}”不能作政策编号"),
            "政策编号用字母、数字、- 和 _,如 xiangyang-industry-2025",
        ));
    }
    let text = text.ok_or_else(|| {
        Failure::usage(format!("没有政策“{policy}”"), "请核对编号;新政策须给出全文")
    })?;
    let document = Document::read(text).document;
    let front = document.front_matter().cloned().ok_or_else(|| {
        Failure::refused(
            format!("政策“{policy}”的文首读不出来"),
            "请先检查草案,改正文首的错误",
        )
    })?;
    if front.id.value != policy {
        return Err(Failure::refused(
            format!("文首的 id 是“{}”,要发布的是“{policy}”", front.id.value),
            "政策编号不能更改;新政策请另建草案",
        ));
    }
    Ok(front)
}

/// The user who asks.
fn user(desk: &Desk) -> Result<User, Failure> {
    let id = match &desk.actor {
        Actor::User(user) | Actor::Delegate { user, .. } => user.clone(),
        Actor::Assisted { .. } | Actor::System => {
            return Err(Failure::refused(
                "政策须由经办人本人提出",
                "请登录,或用 --as 写明账号",
            ));
        }
    };
    let books = desk.see(&[Subject::User(id.clone())])?;
    let user = books.user(&id).cloned();
    user.ok_or_else(|| Failure::usage(format!("没有账号“{id}”"), "请核对账号"))
}

fn give_up_draft(desk: &Desk, publication: &Publication) -> Result<(), Failure> {
    let Some(text) = &publication.text else {
        return Ok(());
    };
    let bytes = desk.wait(desk.store.fetch(text))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (bureau, policy) = (&publication.bureau, &publication.policy);
    desk.wait(Draft::drop(&desk.store, bureau, policy, &text))
}
