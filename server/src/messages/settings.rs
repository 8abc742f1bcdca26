//! By which ways messages leave the house: `[messages]` of the installation file.

use std::path::PathBuf;

use serde::Deserialize;

/// All of them; without any, messages stay in the inboxes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MessageSettings {
    /// The mail server.
    pub(crate) mail: Option<MailSettings>,
    /// Gateways: text messages, an office's own systems.
    #[serde(rename = "webhook")]
    pub(crate) webhooks: Vec<WebhookSettings>,
    /// Whether holders may give addresses of their own systems.
    pub(crate) addresses: Option<AddressSettings>,
    /// Where requests may go at all.
    pub(crate) outbound: OutboundSettings,
    /// After how many tries a delivery is given up.
    pub(crate) tries_max: u32,
}

/// A mail server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailSettings {
    /// Its name; its certificate must be for it.
    pub(crate) host: String,
    /// Its port.
    #[serde(default = "submission")]
    pub(crate) port: u16,
    /// How the connection is kept secret.
    #[serde(default)]
    pub(crate) tls: MailTls,
    /// Who signs in.
    pub(crate) user: Option<String>,
    /// The file with the password.
    pub(crate) password_file: Option<PathBuf>,
    /// The sender, as `名称 <address>`.
    pub(crate) from: String,
    /// Certificates to be trusted besides those that browsers trust.
    pub(crate) ca_file: Option<PathBuf>,
}

/// How a connection to a mail server is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailTls {
    /// By STARTTLS; nothing is sent without it.
    #[default]
    Required,
    /// From the first byte on.
    Wrapper,
    /// Not at all: only to a server on this machine.
    None,
}

/// A gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookSettings {
    /// The name of the channel; `mail` and `url` are taken.
    pub(crate) name: String,
    /// Where it is reached.
    pub(crate) url: String,
    /// The file with the secret that signs.
    pub(crate) secret_file: PathBuf,
}

/// Addresses of holders' own systems.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressSettings {
    /// The file with the secret from which that of each address is made.
    pub(crate) secret_file: PathBuf,
}

/// Where requests may go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OutboundSettings {
    /// Names, with a port where it is not that of the scheme. Others are never asked.
    pub(crate) hosts: Vec<String>,
    /// Those among them that may lie in a private network, and may be asked in the clear.
    pub(crate) private_hosts: Vec<String>,
    /// How long a request may take in all.
    pub(crate) timeout_seconds: u64,
    /// Certificates to be trusted besides those that browsers trust.
    pub(crate) ca_file: Option<PathBuf>,
}

impl Default for MessageSettings {
    fn default() -> Self {
        Self {
            mail: None,
            webhooks: Vec::new(),
            addresses: None,
            outbound: OutboundSettings::default(),
            tries_max: 15,
        }
    }
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            private_hosts: Vec::new(),
            timeout_seconds: 10,
            ca_file: None,
        }
    }
}

fn submission() -> u16 {
    587
}
