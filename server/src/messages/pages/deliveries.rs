//! What did not arrive, for those who run the installation.

use askama::Template;
use axum::extract::Form;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::Role;

use super::minute;
use super::settings::name_of;
use crate::messages::inbox::{self, DeadLetter};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html, see_other};

/// How many are shown.
const SHOWN: u32 = 200;
/// Who runs the installation.
const RUNS_IT: Access = Access::Roles(&[Role::SystemAdministrator]);
const PATH: &str = "/administration/deliveries";

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get(PATH, RUNS_IT, list),
        Place::post(PATH, RUNS_IT, revive),
    ]
}

/// A delivery that was given up, without what it said: that is for its holder.
struct Row {
    message: String,
    holder: String,
    channel: String,
    /// What the channel is called.
    way: String,
    address: String,
    tries: i64,
    problem: String,
    at: String,
}

#[derive(Template)]
#[template(path = "messages/deliveries.html")]
struct Deliveries {
    page: Page,
    rows: Vec<Row>,
    waiting: u64,
}

async fn list(ask: Ask) -> Result<Response, WebFault> {
    let database = &ask.server.store.database;
    let rows = inbox::dead_letters(database, SHOWN).await?;
    html(&Deliveries {
        page: ask.page(Section::Administration, "没有送达的消息"),
        rows: rows.into_iter().map(row).collect(),
        waiting: inbox::waiting(database).await?,
    })
}

fn row(letter: DeadLetter) -> Row {
    Row {
        address: masked(&letter.address),
        way: name_of(&letter.channel),
        at: minute(letter.at),
        problem: letter.problem.unwrap_or_default(),
        tries: letter.tries,
        message: letter.message,
        holder: letter.holder,
        channel: letter.channel,
    }
}

/// An address without its middle: enough to tell which of several it is.
fn masked(address: &str) -> String {
    let letters: Vec<char> = address.chars().collect();
    match letters.as_slice() {
        [a, b, c, .., y, z] if letters.len() > 7 => format!("{a}{b}{c}…{y}{z}"),
        [a, ..] => format!("{a}…"),
        [] => String::new(),
    }
}

#[derive(Deserialize)]
struct Again {
    message: String,
    holder: String,
    channel: String,
}

async fn revive(ask: Ask, Form(again): Form<Again>) -> Result<Response, WebFault> {
    let of = (
        again.message.as_str(),
        again.holder.as_str(),
        again.channel.as_str(),
    );
    let mut transaction = ask.server.store.database.begin().await?;
    let found = inbox::revive(&mut transaction, of, ask.at.0).await?;
    transaction.commit().await?;
    match found {
        true => Ok(see_other(PATH)),
        false => Err(WebFault::missing()),
    }
}
