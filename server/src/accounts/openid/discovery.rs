//! What a service says about itself.
//!
//! # Source
//! OpenID Connect Discovery 1.0, parts 3 and 4; RFC 8414; RFC 9207 part 3.

use std::net::IpAddr;

use reqwest::Url;
use serde::Deserialize;

use crate::accounts::openid::refusal::WhyNot;
use crate::accounts::openid::settings::ServiceSettings;

/// The document as it is sent; what is not used is not read.
#[derive(Debug, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    end_session_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
}

/// Where a service is asked for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoints {
    /// Where browsers go.
    pub(super) authorize: Url,
    /// Where a code is exchanged.
    pub(super) token: Url,
    /// Where its keys are.
    pub(super) keys: Url,
    /// Where more is said about a person.
    pub(super) person: Option<Url>,
    /// Where browsers go to sign out.
    pub(super) end: Option<Url>,
    /// Whether it says who it is with every answer.
    pub(super) tells_issuer: bool,
    /// Whether it wants our secret in the form and not in the header.
    pub(super) secret_in_form: bool,
}

impl Endpoints {
    /// Reads the document.
    pub(super) fn read(bytes: &[u8], settings: &ServiceSettings) -> Result<Self, WhyNot> {
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|_| WhyNot::Answer("说明文件读不出来或缺少必要的项"))?;
        if document.issuer != settings.issuer {
            return Err(WhyNot::Answer("说明文件里的 issuer 与配置不同"));
        }
        let methods = document.code_challenge_methods_supported;
        if methods.is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
            return Err(WhyNot::Answer("不支持 PKCE S256"));
        }
        let ways = document.token_endpoint_auth_methods_supported;
        let has = |way: &str| ways.iter().flatten().any(|known| known == way);
        let is_basic = ways.is_none() || has("client_secret_basic");
        if !is_basic && !has("client_secret_post") {
            return Err(WhyNot::Answer("不支持用客户端密钥换取凭证"));
        }
        let place = |address: &str| endpoint(address, settings);
        let maybe = |address: Option<String>| address.as_deref().map(place).transpose();
        Ok(Self {
            authorize: place(&document.authorization_endpoint)?,
            token: place(&document.token_endpoint)?,
            keys: place(&document.jwks_uri)?,
            person: maybe(document.userinfo_endpoint)?,
            end: maybe(document.end_session_endpoint)?,
            tells_issuer: document.authorization_response_iss_parameter_supported,
            secret_in_form: !is_basic,
        })
    }
}

/// An address of the service: by TLS, and at a host that the settings know.
fn endpoint(address: &str, settings: &ServiceSettings) -> Result<Url, WhyNot> {
    let refused = WhyNot::Answer("说明文件里的地址不在配置的主机上");
    let url = secure_url(address).ok_or_else(|| refused.clone())?;
    let issuer = secure_url(&settings.issuer).ok_or_else(|| refused.clone())?;
    let is_own = (url.scheme(), host(&url)) == (issuer.scheme(), host(&issuer));
    // A name in the settings stands for TLS.
    let is_known = url.scheme() == "https" && settings.hosts.contains(&host(&url));
    match is_own || is_known {
        true => Ok(url),
        false => Err(refused),
    }
}

/// The host of an address, with its port where it is not that of the scheme.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// An address by TLS, or of this very machine; without a name, a password or a fragment.
pub(super) fn secure_url(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_secure && is_plain).then_some(url)
}

/// Where the document lies.
pub(super) fn document_url(issuer: &str) -> Option<Url> {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    secure_url(&format!("{base}/.well-known/openid-configuration"))
}
