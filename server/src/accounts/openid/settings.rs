//! Which services people may sign in by: the parts `[identity."name"]` of the installation file.

use std::path::PathBuf;

use serde::Deserialize;

use crate::accounts::openid::keys::Algorithm;

/// One service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceSettings {
    /// What people call it; stands on the button.
    pub(crate) label: String,
    /// Whom it knows.
    #[serde(rename = "for")]
    pub(crate) people: People,
    /// Its address, exactly as it calls itself.
    pub(crate) issuer: String,
    /// What it calls this installation.
    pub(crate) client_id: String,
    /// The file with the secret that it gave this installation.
    pub(crate) secret_file: PathBuf,
    /// The address of this installation, as browsers reach it.
    pub(crate) site: String,
    /// What it is asked for.
    #[serde(default = "scopes")]
    pub(crate) scopes: Vec<String>,
    /// By which algorithms it may sign.
    #[serde(default = "algorithms")]
    pub(crate) algorithms: Vec<Algorithm>,
    /// Names, besides that of the issuer, under which it is reached; with a port where it is not
    /// that of the scheme.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// The claim that says who somebody is, for ever.
    #[serde(default = "person_claim")]
    pub(crate) person_claim: String,
    /// The claim that carries the credit code of an enterprise.
    pub(crate) enterprise_claim: Option<String>,
    /// The claim with the name of a person.
    #[serde(default = "name_claim")]
    pub(crate) name_claim: String,
    /// The bureau for which accounts of enterprises are made when they come for the first time;
    /// without it none are made.
    pub(crate) create_in: Option<String>,
    /// What it says where it has seen a second factor; without it nobody is taken at his word.
    #[serde(default)]
    pub(crate) second_factor: SecondFactorSettings,
    /// How long each question to it may take.
    #[serde(default = "timeout_seconds")]
    pub(crate) timeout_seconds: u64,
    /// How far its clock and ours may disagree.
    #[serde(default = "leeway_seconds")]
    pub(crate) leeway_seconds: u32,
    /// Certificates to be trusted besides those that browsers trust.
    pub(crate) ca_file: Option<PathBuf>,
}

/// Whom a service knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum People {
    /// Those who work in bureaus.
    Officials,
    /// Those who act for enterprises.
    Enterprises,
}

/// What stands for a second factor: one of the classes, or one of the methods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SecondFactorSettings {
    /// Values of the claim `acr`.
    pub(crate) acr: Vec<String>,
    /// Values of the claim `amr`.
    pub(crate) amr: Vec<String>,
}

impl SecondFactorSettings {
    /// Whether the service can stand for a second factor at all.
    pub(crate) fn is_set(&self) -> bool {
        !(self.acr.is_empty() && self.amr.is_empty())
    }
}

fn scopes() -> Vec<String> {
    vec!["openid".to_owned()]
}

fn algorithms() -> Vec<Algorithm> {
    vec![Algorithm::Rs256]
}

fn person_claim() -> String {
    "sub".to_owned()
}

fn name_claim() -> String {
    "name".to_owned()
}

const fn timeout_seconds() -> u64 {
    5
}

const fn leeway_seconds() -> u32 {
    60
}
