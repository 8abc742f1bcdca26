//! What people are told: an inbox in the application, and deliveries by mail and webhook.
//!
//! # Shape
//! A message is made in the transaction of its cause ([`enqueue`]; orders do it by
//! themselves), with its text in both languages as it was then. It goes into the inbox of
//! everybody it is for, and into
//! the outbox for each address that those have given. The [`Courier`] carries the outbox, at least
//! once each. docs/messages.md tells the rest.

mod carry;
mod causes;
mod channel;
mod courier;
mod error;
pub(crate) mod inbox;
mod jobs;
mod kind;
mod outbound;
mod outbox;
pub(crate) mod pages;
pub(crate) mod reminders;
mod secret;
mod settings;
mod templates;
#[cfg(test)]
mod tests;

pub(crate) use carry::carry;
pub(crate) use causes::{PolicyNews, of_order, topic_of_bureau};
pub(crate) use channel::Channels;
#[cfg(test)]
pub(crate) use channel::{ADDRESS, MAIL};
pub(crate) use courier::Courier;
#[cfg(test)]
pub(crate) use courier::Round;
#[cfg(test)]
pub(crate) use error::MessageError;
pub(crate) use jobs::{follow_job, tell_job};
#[cfg(test)]
pub(crate) use kind::Kind;
#[cfg(feature = "openid")]
pub(crate) use outbound::tls_trusting;
pub(crate) use outbox::{Audience, Holder, NewMessage, enqueue, enqueue_for};
pub(crate) use settings::MessageSettings;
pub(crate) use templates::Templates;
