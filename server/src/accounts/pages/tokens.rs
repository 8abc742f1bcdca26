//! One's own API tokens.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Form;
use axum::response::Response;
use serde::Deserialize;

use super::first::said;
use super::{Come, accounts, clock_time, own};
use crate::accounts::{By, NewToken, TokenScope};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html, see_other};

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::post("/account/tokens", Access::SignedIn, make).stepped_up(),
        Place::post("/account/revoke-token", Access::SignedIn, revoke),
    ]
}

/// A token as it is asked for: title, days, and one field for each scope.
type Asked = BTreeMap<String, String>;

/// A token that is shown once.
#[derive(Template)]
#[template(path = "accounts/token_made.html")]
struct MadePage {
    page: Page,
    text: String,
    title: String,
    expires: String,
}

async fn make(ask: Ask, come: Come, Form(asked): Form<Asked>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let chosen = |scope: &TokenScope| asked.contains_key(&format!("scope-{}", scope.word()));
    let said_of = |name: &str| asked.get(name).map_or("", |text| text.trim());
    let new = NewToken {
        title: said_of("title").to_owned(),
        scopes: TokenScope::ALL.into_iter().filter(chosen).collect(),
        days: said_of("days").parse().unwrap_or(0),
    };
    let account = session.user.id.as_str();
    let made = accounts(&ask)
        .make_token(By::Session(&session), account, &new, ask.at)
        .await;
    match made {
        Ok((text, line)) => html(&MadePage {
            page: ask.page(Section::Account, "新的访问令牌"),
            text,
            title: line.title,
            expires: clock_time(line.expires_at),
        }),
        Err(error) => {
            let (status, wrong) = said(error)?;
            let mut page = own::shown(&ask, &come, Some(wrong)).await?;
            *page.status_mut() = status;
            Ok(page)
        }
    }
}

#[derive(Deserialize)]
struct Which {
    name: String,
}

async fn revoke(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    accounts(&ask)
        .revoke_token(By::Session(&session), &which.name, ask.at)
        .await?;
    Ok(see_other("/account"))
}
