//! Where requests may go. Somebody who may name an address must not reach what only this server
//! can reach.
//!
//! # Shape
//! A host must be named in the settings. Its name is resolved once; where one of its addresses is
//! not public, nothing is sent, unless the settings name it as private. The connection goes to the
//! addresses that were looked at and to no others; redirects are not followed, and no proxy of the
//! environment is used.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::messages::error::MessageError;
use crate::messages::settings::OutboundSettings;
use crate::serve::Network;

/// What is not public: this host, private networks, links, tests, relays into them.
///
/// # Source
/// IANA special-purpose address registries (RFC 6890 and its updates).
const NOT_PUBLIC: [&str; 26] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    // Holds the unspecified and the loopback address.
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

/// What finds the addresses of a name.
pub(super) type Resolver = Arc<dyn Fn(String, u16) -> Resolving + Send + Sync>;
/// Addresses that are being found.
pub(super) type Resolving = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// The guard of all requests.
#[derive(Clone)]
pub(crate) struct Outbound {
    hosts: Vec<String>,
    private_hosts: Vec<String>,
    not_public: Vec<Network>,
    timeout: Duration,
    tls: ClientConfig,
    resolver: Resolver,
}

/// An address that may be asked.
#[derive(Clone, Debug)]
pub(super) struct Target {
    url: Url,
    host: String,
    port: u16,
    is_private: bool,
}

impl Outbound {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`MessageError::File`] when certificates cannot be read, [`MessageError::Setting`] when a
    /// host is no name.
    pub(crate) fn new(settings: &OutboundSettings) -> Result<Self, MessageError> {
        let resolver: Resolver = Arc::new(|host, port| {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
        });
        let not_public: Result<Vec<Network>, String> =
            NOT_PUBLIC.iter().map(|network| network.parse()).collect();
        let not_public =
            not_public.map_err(|problem| MessageError::setting("outbound", problem))?;
        let name = |host: &String| host.trim_end_matches('.').to_ascii_lowercase();
        Ok(Self {
            hosts: settings.hosts.iter().map(name).collect(),
            private_hosts: settings.private_hosts.iter().map(name).collect(),
            not_public,
            timeout: Duration::from_secs(settings.timeout_seconds.max(1)),
            tls: tls_trusting(settings.ca_file.as_deref())?,
            resolver,
        })
    }

    /// The same, with other answers to names.
    #[cfg(test)]
    pub(super) fn resolving(mut self, resolver: Resolver) -> Self {
        self.resolver = resolver;
        self
    }

    /// Whether the address may be asked, as far as it can be told without asking for its name.
    ///
    /// # Errors
    /// [`MessageError::Address`] saying why not.
    pub(super) fn check(&self, address: &str) -> Result<Target, MessageError> {
        let refused = |why| Err(MessageError::Address(why));
        let Ok(url) = Url::parse(address) else {
            return refused("网址写得不对");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refused("网址里不能有用户名和密码");
        }
        // Reading the address as browsers do has made 0x7f.1 and 2130706433 to 127.0.0.1.
        let Some(host) = url.host_str().map(|host| host.trim_end_matches('.')) else {
            return refused("网址里没有主机");
        };
        let (host, default) = (host.to_ascii_lowercase(), url.scheme() == "https");
        let Some(port) = url.port_or_known_default() else {
            return refused("只能用 https");
        };
        let is_named = |names: &[String]| {
            let with_port = format!("{host}:{port}");
            let has_default =
                (url.scheme(), port) == ("https", 443) || (url.scheme(), port) == ("http", 80);
            names
                .iter()
                .any(|name| *name == with_port || (has_default && *name == host))
        };
        let is_private = is_named(&self.private_hosts);
        if !is_private && !is_named(&self.hosts) {
            return refused("主机不在允许的名单里");
        }
        if !(default || (is_private && url.scheme() == "http")) {
            return refused("只能用 https");
        }
        Ok(Target {
            host,
            port,
            is_private,
            url,
        })
    }

    /// A client that reaches this target and nothing else.
    ///
    /// # Errors
    /// [`MessageError::Address`] when its name has no address or one that is not public.
    pub(super) async fn admit(&self, target: &Target) -> Result<(Client, Url), MessageError> {
        let host = target.host.trim_matches(['[', ']']).to_owned();
        let found = match host.parse::<IpAddr>() {
            Ok(address) => Ok(vec![SocketAddr::new(address, target.port)]),
            Err(_) => {
                let resolving = (self.resolver)(host.clone(), target.port);
                tokio::time::timeout(self.timeout, resolving)
                    .await
                    .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
            }
        };
        let addresses = found.unwrap_or_default();
        if addresses.is_empty() {
            return Err(MessageError::Address("查不到主机的地址"));
        }
        let is_public = |address: &SocketAddr| self.is_public(address.ip());
        if !target.is_private && !addresses.iter().all(is_public) {
            return Err(MessageError::Address("主机的地址不在公网"));
        }
        let client = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .resolve_to_addrs(&target.host, &addresses)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(self.timeout)
            .connect_timeout(self.timeout)
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|_| MessageError::Address("无法建立连接"))?;
        let mut url = target.url.clone();
        // As it was looked up: a dot at the end would be another name.
        url.set_host(Some(&target.host))
            .map_err(|_| MessageError::Address("网址写得不对"))?;
        Ok((client, url))
    }

    fn is_public(&self, address: IpAddr) -> bool {
        !self.not_public.iter().any(|network| network.holds(address))
    }
}

/// TLS 1.2 and 1.3 with the roots that browsers trust, and an installation's own.
///
/// # Errors
/// [`MessageError::File`] when the installation's own cannot be read.
pub(crate) fn tls_trusting(ca_file: Option<&Path>) -> Result<ClientConfig, MessageError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca_file {
        let failed = |problem: String| MessageError::File {
            what: "CA 证书",
            path: path.to_owned(),
            problem,
        };
        let found = CertificateDer::pem_file_iter(path).map_err(|e| failed(e.to_string()))?;
        for certificate in found {
            let certificate = certificate.map_err(|e| failed(e.to_string()))?;
            roots.add(certificate).map_err(|e| failed(e.to_string()))?;
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| MessageError::setting("outbound", error))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
