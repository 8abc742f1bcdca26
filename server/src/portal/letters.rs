//! Letters with objections, at the desk of the bureau's makers: registered against a payout, or
//! answered.

use askama::Template;
use axum::extract::{Form, Path};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Command, PayoutId, Role, Subject};

use crate::output::Output;
use crate::payouts::desk::{Desk, told};
use crate::table::money;
use crate::views::letters::{self, Letter, LetterState};
use crate::views::payout_steps::day;
use crate::views::public;
use crate::web::{Access, Ask, Page, Place, Section, WebFault, act, html, see_other};

/// Who deals with letters.
const MAKERS: Access = Access::Roles(&[Role::Maker]);
/// The longest answer.
const ANSWER_CHARACTERS_MAX: usize = 2_000;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/console/letters", Access::OFFICIALS, list),
        Place::get("/console/letters/{id}", Access::OFFICIALS, show),
        Place::post("/console/letters/{id}/register", MAKERS, register),
        Place::post("/console/letters/{id}/answer", MAKERS, answer),
    ]
}

/// One letter in the list.
struct Line {
    id: String,
    at: String,
    name: String,
    begins: String,
    state: &'static str,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "portal/letters.html")]
struct Letters {
    page: Page,
    lines: Vec<Line>,
}

/// Who wrote, or that nobody said so.
fn by(letter: &Letter) -> String {
    match (letter.name.as_str(), &letter.enterprise) {
        ("", None) => "匿名".to_owned(),
        ("", Some(uscc)) => uscc.clone(),
        (name, None) => name.to_owned(),
        (name, Some(uscc)) => format!("{name}({uscc})"),
    }
}

async fn list(ask: Ask) -> Result<Response, WebFault> {
    let scope = ask.session()?.scope.clone();
    let letters = letters::within(&ask.server.store, &scope).await?;
    let line = |letter: &Letter| Line {
        id: letter.id.clone(),
        at: day(letter.at),
        name: by(letter),
        begins: letter.text.chars().take(60).collect(),
        state: letter.state.chinese(),
        is_new: letter.state == LetterState::New,
    };
    html(&Letters {
        page: ask.page(Section::Console, "异议来信"),
        lines: letters.iter().map(line).collect(),
    })
}

/// A letter to a bureau within sight; of others nothing is told.
async fn find(ask: &Ask, id: &str) -> Result<Letter, WebFault> {
    let scope = &ask.session()?.scope;
    let found = letters::find(&ask.server.store, id).await?;
    let found = found.filter(|letter| scope.sees_bureau(&letter.bureau));
    found.ok_or_else(WebFault::missing)
}

#[derive(Template)]
#[template(path = "portal/letter_desk.html")]
struct LetterDesk {
    page: Page,
    letter: Letter,
    name: String,
    at: String,
    paragraphs: Vec<String>,
    state: &'static str,
    is_open: bool,
    payouts: Vec<(String, String)>,
}

async fn show(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let letter = find(&ask, &id).await?;
    let payouts = payouts(&ask, &letter).await?;
    html(&LetterDesk {
        page: ask.page(Section::Console, "异议来信"),
        name: by(&letter),
        at: day(letter.at),
        paragraphs: letter.text.lines().map(str::to_owned).collect(),
        state: letter.state.chinese(),
        is_open: letter.state == LetterState::New,
        payouts,
        letter,
    })
}

/// The payouts of the notice that a letter is about: number, and what people read.
async fn payouts(ask: &Ask, letter: &Letter) -> Result<Vec<(String, String)>, WebFault> {
    let store = &ask.server.store;
    let notice = match &letter.notice {
        Some(notice) => public::notice(store, notice).await?,
        None => None,
    };
    let Some(notice) = notice else {
        return Ok(Vec::new());
    };
    let subjects: Vec<Subject> = notice
        .payouts
        .iter()
        .cloned()
        .map(Subject::Payout)
        .collect();
    let books = store.see(&subjects).await?;
    let found = notice.payouts.iter().filter_map(|id| books.payout(id));
    Ok(found
        .map(|payout| {
            let amount = money(payout.amount);
            let text = format!("{} {amount} 元 {}", payout.enterprise, payout.key.uscc);
            (payout.id.to_string(), text)
        })
        .collect())
}

/// Against which payout, or what is answered.
#[derive(Deserialize)]
struct Decided {
    #[serde(default)]
    key: String,
    #[serde(default)]
    payout: String,
    #[serde(default)]
    answer: String,
}

/// Registers the objection against one payout of the notice: from here on it is one of the books.
async fn register(
    ask: Ask,
    Path(id): Path<String>,
    Form(decided): Form<Decided>,
) -> Result<Response, WebFault> {
    let letter = find(&ask, &id).await?;
    refuse_closed(&letter)?;
    let known = payouts(&ask, &letter).await?;
    if !known.iter().any(|(payout, _)| *payout == decided.payout) {
        return Err(WebFault::bad("没有选这份公示里的兑付", "请从名单里选一笔"));
    }
    let payout = PayoutId::new(&decided.payout);
    let (by, paper) = (by(&letter), letter.text.clone().into_bytes());
    let name = format!("{}.txt", letter.id);
    let verb = move |desk: &mut Desk, _: &_, output: &mut Output| {
        let text = desk.wait(desk.store.keep("paper", &name, &paper, desk.at))?;
        let answered = desk.give(vec![Command::Object { payout, by, text }])?;
        told(output, "登记异议", &answered)
    };
    act(&ask, Some(decided.key), verb).await?.whole()?;
    let state = LetterState::Registered;
    letters::settle(&ask.server.store, &letter.id, state, "").await?;
    Ok(see_other(&format!("/console/letters/{}", letter.id)))
}

/// Answers a letter that is no objection to a payout; who has its number reads the answer.
async fn answer(
    ask: Ask,
    Path(id): Path<String>,
    Form(decided): Form<Decided>,
) -> Result<Response, WebFault> {
    let letter = find(&ask, &id).await?;
    refuse_closed(&letter)?;
    let answer = decided.answer.trim();
    let length = answer.chars().count();
    if length == 0 || length > ANSWER_CHARACTERS_MAX {
        return Err(WebFault::bad(
            format!("答复有 {length} 个字"),
            format!("请写 1 到 {ANSWER_CHARACTERS_MAX} 个字"),
        ));
    }
    let state = LetterState::Answered;
    letters::settle(&ask.server.store, &letter.id, state, answer).await?;
    Ok(see_other(&format!("/console/letters/{}", letter.id)))
}

fn refuse_closed(letter: &Letter) -> Result<(), WebFault> {
    match letter.state {
        LetterState::New => Ok(()),
        LetterState::Registered | LetterState::Answered => Err(WebFault::refused(
            None,
            format!("这封来信{}", letter.state.chinese()),
        )),
    }
}
