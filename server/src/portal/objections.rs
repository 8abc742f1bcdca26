//! Objections from outside: a letter to the bureau's makers, answered with a number.

use askama::Template;
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::Notice;

use super::notices;
use crate::views::letters::{self, Letter, LetterState, NewLetter};
use crate::views::payout_steps::day;
use crate::views::public::{self, is_running};
use crate::web::{Access, Ask, Page, Place, Section, Visitor, WebFault, html, see_other};

/// The longest letter.
const TEXT_CHARACTERS_MAX: usize = 4_000;
/// The longest name or contact.
const LINE_CHARACTERS_MAX: usize = 100;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/objections/new/{notice}", Access::Public, write),
        Place::post("/objections/new/{notice}", Access::Public, send),
        Place::get("/objections/{number}", Access::Public, follow),
    ]
}

/// What was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
struct Filled {
    #[serde(default)]
    key: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    text: String,
}

/// What is wrong, field by field.
#[derive(Clone, Debug, Default)]
struct Faults {
    name: String,
    contact: String,
    about: String,
    text: String,
}

impl Faults {
    fn any(&self) -> bool {
        let all = [&self.name, &self.contact, &self.about, &self.text];
        all.iter().any(|fault| !fault.is_empty())
    }
}

#[derive(Template)]
#[template(path = "portal/objection.html")]
struct ObjectionPage {
    page: Page,
    id: String,
    title: String,
    until: String,
    filled: Filled,
    faults: Faults,
    has_faults: bool,
    text_max: usize,
    is_own: bool,
}

/// A notice that can be objected to now.
async fn open_notice(ask: &Ask, id: &str) -> Result<Notice, WebFault> {
    let notice = notices::find(ask, id).await?;
    if is_running(&notice, ask.at.business_date()) {
        return Ok(notice);
    }
    Err(WebFault::refused(
        None,
        format!(
            "公示已于 {} 结束,不能再提出异议;可以直接联系发布单位",
            notice.until
        ),
    ))
}

async fn write(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let notice = open_notice(&ask, &id).await?;
    page(&ask, &notice, Filled::default(), Faults::default()).await
}

async fn page(
    ask: &Ask,
    notice: &Notice,
    filled: Filled,
    faults: Faults,
) -> Result<Response, WebFault> {
    let sheet = public::sheet(&ask.server.store, notice).await?;
    let has_faults = faults.any();
    let shown = ObjectionPage {
        page: ask.page(Section::Portal, "提出异议"),
        id: notice.id.to_string(),
        title: sheet.map_or_else(String::new, |sheet| sheet.title),
        until: notice.until.to_string(),
        filled,
        has_faults,
        faults,
        text_max: TEXT_CHARACTERS_MAX,
        is_own: own_enterprise(ask).is_some(),
    };
    let mut response = html(&shown)?;
    if has_faults {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn own_enterprise(ask: &Ask) -> Option<zhida_policies::values::Uscc> {
    match &ask.visitor {
        Visitor::Person(session) => session.enterprise(),
        Visitor::Nobody => None,
    }
}

impl Filled {
    fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        let length = |text: &str| text.trim().chars().count();
        if length(&self.name) > LINE_CHARACTERS_MAX {
            faults.name = format!("请不超过 {LINE_CHARACTERS_MAX} 个字");
        }
        if length(&self.contact) > LINE_CHARACTERS_MAX {
            faults.contact = format!("请不超过 {LINE_CHARACTERS_MAX} 个字");
        }
        if length(&self.about) > LINE_CHARACTERS_MAX {
            faults.about = format!("请不超过 {LINE_CHARACTERS_MAX} 个字");
        }
        match length(&self.text) {
            0 => faults.text = "请写明对哪里有异议、为什么".to_owned(),
            long if long > TEXT_CHARACTERS_MAX => {
                faults.text = format!("写了 {long} 个字,请不超过 {TEXT_CHARACTERS_MAX} 个字");
            }
            _ => {}
        }
        faults
    }

    /// At a length that can be shown again.
    fn shortened(mut self) -> Self {
        let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        self.name = cut(&self.name, LINE_CHARACTERS_MAX);
        self.contact = cut(&self.contact, LINE_CHARACTERS_MAX);
        self.about = cut(&self.about, LINE_CHARACTERS_MAX);
        self.text = cut(&self.text, TEXT_CHARACTERS_MAX);
        self
    }
}

async fn send(
    ask: Ask,
    Path(id): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, WebFault> {
    let notice = open_notice(&ask, &id).await?;
    let faults = filled.faults();
    if faults.any() {
        return page(&ask, &notice, filled.shortened(), faults).await;
    }
    let text = match filled.about.trim() {
        "" => filled.text.trim().to_owned(),
        about => format!("涉及企业:{about}\n{}", filled.text.trim()),
    };
    let letter = NewLetter {
        key: filled.key.clone(),
        bureau: notice.bureau.clone(),
        notice: Some(notice.id.clone()),
        payout: None,
        enterprise: own_enterprise(&ask),
        name: filled.name.trim().to_owned(),
        contact: filled.contact.trim().to_owned(),
        text,
    };
    let kept = letters::keep(&ask.server.store, &letter, ask.at).await?;
    Ok(see_other(&format!("/objections/{}", kept.id)))
}

#[derive(Template)]
#[template(path = "portal/letter.html")]
struct LetterPage {
    page: Page,
    letter: Letter,
    at: String,
    state: &'static str,
    badge: &'static str,
}

/// Whoever has the number sees where the letter stands.
async fn follow(ask: Ask, Path(number): Path<String>) -> Result<Response, WebFault> {
    let letter = letters::find(&ask.server.store, number.trim()).await?;
    let letter = letter.ok_or_else(WebFault::missing)?;
    html(&LetterPage {
        page: ask.page(Section::Portal, "异议办理情况"),
        at: day(letter.at),
        state: letter.state.chinese(),
        badge: match letter.state {
            LetterState::New => "wait",
            LetterState::Registered => "",
            LetterState::Answered => "good",
        },
        letter,
    })
}
