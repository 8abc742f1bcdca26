//! Signing in by an outside identity service: OpenID Connect, authorization code with PKCE.
//!
//! # Shape
//! A [`Service`] is one provider as the settings have it: it says where a browser goes, and what
//! a code that comes back is worth ([`Verified`]). [`visit`] keeps who went and has not come back;
//! [`enter`] finds the account that is linked to whoever came. A service says who somebody is, and
//! never what he may do: roles stand in the books alone.
//! # Source
//! OpenID Connect Core 1.0, Discovery 1.0 and RP-Initiated Logout 1.0; RFC 6749, 7636 (PKCE),
//! 9207 (who answered) and 9700 (what goes wrong).

mod claims;
mod discovery;
mod enter;
mod keys;
mod refusal;
mod service;
mod settings;
#[cfg(test)]
mod tests;
mod token;
mod visit;
mod wire;

pub(crate) use enter::Entered;
pub(crate) use refusal::{ServiceRefusal, WhyNot};
pub(crate) use service::{Service, Services};
pub(crate) use settings::ServiceSettings;
pub(crate) use visit::{Answer, Errand};
