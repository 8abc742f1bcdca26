//! Where else to be told, and of what.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::holder;
use crate::messages::causes::topic_of_bureau;
use crate::messages::channel::{ADDRESS, Channels, MAIL};
use crate::messages::inbox::{self, Contact, Tongue};
use crate::messages::outbox::Holder;
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html, see_other};

/// The most contacts of one holder.
const CONTACTS_MAX: usize = 10;

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/inbox/settings", Access::SignedIn, show),
        Place::post("/inbox/contacts", Access::SignedIn, add),
        Place::post("/inbox/contacts/remove", Access::SignedIn, remove),
        Place::post("/inbox/topics", Access::SignedIn, subscribe),
    ]
}

/// A contact as the page shows it.
struct ContactRow {
    channel: String,
    name: String,
    address: String,
    is_english: bool,
    /// What signs what is sent to an address of one's own.
    secret: Option<String>,
}

/// A topic as the page shows it.
struct TopicRow {
    topic: String,
    name: String,
    is_on: bool,
}

#[derive(Template)]
#[template(path = "messages/settings.html")]
struct SettingsPage {
    page: Page,
    channels: Vec<(String, String)>,
    contacts: Vec<ContactRow>,
    topics: Vec<TopicRow>,
    wrong: Option<String>,
}

type Ways = Option<Extension<Arc<Channels>>>;

async fn show(ask: Ask, ways: Ways) -> Result<Response, WebFault> {
    page(&ask, ways.as_deref(), None).await
}

async fn page(
    ask: &Ask,
    ways: Option<&Arc<Channels>>,
    wrong: Option<String>,
) -> Result<Response, WebFault> {
    let holder = holder(ask)?;
    let database = &ask.server.store.database;
    let chosen = inbox::topics(database, &holder).await?;
    let topics = ask.server.bureaus.iter().map(|bureau| {
        let topic = topic_of_bureau(&bureau.id());
        TopicRow {
            is_on: chosen.contains(&topic),
            name: bureau.bureau.clone(),
            topic,
        }
    });
    let topics = topics.collect();
    let contacts = inbox::contacts(database, &holder).await?;
    let row = |contact: Contact| ContactRow {
        name: name_of(&contact.channel),
        secret: ways
            .filter(|_| contact.channel == ADDRESS)
            .and_then(|ways| ways.secret_of(&contact.address)),
        is_english: contact.tongue == Tongue::English,
        channel: contact.channel,
        address: contact.address,
    };
    let names = ways.map_or_else(Vec::new, |ways| ways.names());
    let is_wrong = wrong.is_some();
    let mut response = html(&SettingsPage {
        page: ask.page(Section::Portal, "通知方式和订阅"),
        channels: names
            .into_iter()
            .map(|name| (name.to_owned(), name_of(name)))
            .collect(),
        contacts: contacts.into_iter().map(row).collect(),
        topics,
        wrong,
    })?;
    if is_wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What a channel is called on pages.
pub(super) fn name_of(channel: &str) -> String {
    match channel {
        MAIL => "电子邮件".to_owned(),
        ADDRESS => "自己的系统(网址)".to_owned(),
        gateway => gateway.to_owned(),
    }
}

/// A clerk reads for an enterprise; where else it is told is for the enterprise to say.
fn own_holder(ask: &Ask) -> Result<Holder, WebFault> {
    match ask.session()?.assists {
        Some(_) => Err(WebFault::forbidden()),
        None => holder(ask),
    }
}

#[derive(Deserialize)]
struct Given {
    channel: String,
    address: String,
    #[serde(default)]
    language: String,
}

async fn add(ask: Ask, ways: Ways, Form(given): Form<Given>) -> Result<Response, WebFault> {
    let holder = own_holder(&ask)?;
    let address = given.address.trim().to_owned();
    let Some(Extension(ways)) = ways else {
        return Err(WebFault::missing());
    };
    let database = &ask.server.store.database;
    let checked = ways.check(&given.channel, &address);
    let count = inbox::contacts(database, &holder).await?.len();
    let wrong = match checked {
        Err(error) => Some(error.to_string()),
        Ok(()) if count >= CONTACTS_MAX => Some(format!("最多 {CONTACTS_MAX} 个联系方式")),
        Ok(()) if address.len() > 500 => Some("地址太长".to_owned()),
        Ok(()) => None,
    };
    if wrong.is_some() {
        return page(&ask, Some(&ways), wrong).await;
    }
    let contact = Contact {
        channel: given.channel,
        address,
        tongue: match given.language.as_str() {
            "en" => Tongue::English,
            _ => Tongue::Chinese,
        },
    };
    let mut transaction = database.begin().await?;
    inbox::add_contact(&mut transaction, &holder, &contact, ask.at.0).await?;
    transaction.commit().await?;
    Ok(see_other("/inbox/settings"))
}

async fn remove(ask: Ask, Form(given): Form<Given>) -> Result<Response, WebFault> {
    let holder = own_holder(&ask)?;
    let mut transaction = ask.server.store.database.begin().await?;
    let contact = (given.channel.as_str(), given.address.as_str());
    let found = inbox::remove_contact(&mut transaction, &holder, contact, ask.at.0).await?;
    transaction.commit().await?;
    match found {
        true => Ok(see_other("/inbox/settings")),
        false => Err(WebFault::missing()),
    }
}

#[derive(Deserialize)]
struct Chosen {
    topic: String,
    /// `on` or `off`.
    state: String,
}

async fn subscribe(ask: Ask, Form(chosen): Form<Chosen>) -> Result<Response, WebFault> {
    let holder = own_holder(&ask)?;
    let mut bureaus = ask.server.bureaus.iter();
    if !bureaus.any(|bureau| topic_of_bureau(&bureau.id()) == chosen.topic) {
        return Err(WebFault::missing());
    }
    let mut transaction = ask.server.store.database.begin().await?;
    if chosen.state == "on" {
        inbox::subscribe(&mut transaction, &holder, &chosen.topic, ask.at.0).await?;
    } else {
        inbox::unsubscribe(&mut transaction, &holder, &chosen.topic).await?;
    }
    transaction.commit().await?;
    Ok(see_other("/inbox/settings"))
}
