//! Who sent a request and how, and what is refused before any route sees it.

use std::fmt::Write;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::{ACCEPT, AUTHORIZATION, COOKIE, HOST, HeaderMap};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Version};

use crate::serve::reply::Form;
use crate::serve::settings::ServeSettings;

/// The number of a request: in the answer, in the log, and for people to name it.
#[derive(Clone, Debug)]
#[expect(dead_code, reason = "handlers that record something name it")]
pub(crate) struct RequestId(pub(crate) Arc<str>);

/// Where the client is, proxies apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// How the client came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// By TLS, to this server or to the proxy in front of it.
    Tls,
    /// In the clear: on this machine only.
    Plain,
}

/// The methods that there are. No route answers others, whatever a header says.
pub(super) const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];
/// What proxies write, and clients could.
const FORWARDED: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-prefix",
    "x-real-ip",
];

/// A number that nobody can guess.
pub(super) fn number() -> String {
    let mut bytes = [0; 10];
    // Without randomness from the system nothing else would run; the number is no secret.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Who sent a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender {
    pub(super) address: IpAddr,
    pub(super) carrier: Carrier,
}

impl Sender {
    /// Reads who the client is, and takes away what only proxies may say.
    pub(super) fn read(
        headers: &mut HeaderMap,
        peer: IpAddr,
        is_tls: bool,
        settings: &ServeSettings,
    ) -> Self {
        let is_trusted = |address: IpAddr| {
            let mut networks = settings.trusted_proxies.iter();
            settings.behind_proxy && networks.any(|network| network.holds(address))
        };
        let mut sender = Self {
            address: peer.to_canonical(),
            carrier: if is_tls { Carrier::Tls } else { Carrier::Plain },
        };
        if is_trusted(peer) {
            for address in forwarded(headers) {
                // What cannot be read ends the chain: nobody vouches for what lies before.
                let Some(address) = address else { break };
                sender.address = address;
                if !is_trusted(address) {
                    break;
                }
            }
            let proto = headers.get("x-forwarded-proto");
            if proto.is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https")) {
                sender.carrier = Carrier::Tls;
            }
        }
        for name in FORWARDED {
            headers.remove(name);
        }
        sender
    }
}

/// The addresses that proxies wrote, the last first.
fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let lines = headers.get_all("x-forwarded-for").iter();
    let texts = lines.filter_map(|line| line.to_str().ok());
    let addresses: Vec<Option<IpAddr>> = texts
        .flat_map(|line| line.split(','))
        .map(|text| text.trim().parse().ok().map(|ip: IpAddr| ip.to_canonical()))
        .collect();
    addresses.into_iter().rev()
}

/// What is refused before any route sees it.
pub(super) fn refuse(parts: &Parts, settings: &ServeSettings) -> Result<(), StatusCode> {
    if !METHODS.contains(&parts.method) {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    let target = parts
        .uri
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    if target > settings.limits.uri_bytes {
        return Err(StatusCode::URI_TOO_LONG);
    }
    let size = parts.headers.iter().fold(0usize, |size, (name, value)| {
        let line = name.as_str().len().saturating_add(value.len());
        size.saturating_add(line).saturating_add(4)
    });
    if size > settings.limits.header_bytes {
        return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let named = parts.headers.get(HOST).map(|host| host.to_str());
    let named = match named {
        Some(Ok(host)) => Some(host),
        Some(Err(_)) => return Err(StatusCode::BAD_REQUEST),
        None => parts.uri.authority().map(|authority| authority.as_str()),
    };
    if named.is_none() && parts.version == Version::HTTP_11 {
        return Err(StatusCode::BAD_REQUEST);
    }
    let host = named.map_or("", without_port);
    let mut hosts = settings.hosts.iter();
    if !settings.hosts.is_empty() && !hosts.any(|name| name.eq_ignore_ascii_case(host)) {
        return Err(StatusCode::MISDIRECTED_REQUEST);
    }
    Ok(())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

/// What makes a session or a token one client; never kept, only hashed.
pub(super) fn session(headers: &HeaderMap) -> Option<&[u8]> {
    if let Some(token) = headers.get(AUTHORIZATION) {
        return Some(token.as_bytes());
    }
    let lines = headers.get_all(COOKIE).iter();
    let mut cookies = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    cookies.find_map(|cookie| cookie.trim_ascii().strip_prefix(b"__Host-"))
}

/// In which form the client wants to be told.
pub(super) fn form(parts: &Parts) -> Form {
    let accept = parts
        .headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok());
    let accepts_json = accept.is_some_and(|accept| {
        accept.contains("application/json") || accept.contains("application/problem+json")
    });
    match accepts_json || parts.uri.path().starts_with("/api/") {
        true => Form::Problem,
        false => Form::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(peer: &str, chain: &[&str], behind_proxy: bool) -> Sender {
        let mut headers = HeaderMap::new();
        for line in chain {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        let settings = ServeSettings {
            behind_proxy,
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            ..ServeSettings::default()
        };
        let sender = Sender::read(&mut headers, peer.parse().unwrap(), false, &settings);
        assert!(headers.is_empty(), "{headers:?}");
        sender
    }

    #[test]
    fn only_trusted_proxies_say_who_the_client_is() {
        for (peer, chain, behind_proxy, expected) in [
            // Anybody can write the header.
            ("203.0.113.5", &["1.2.3.4"][..], true, "203.0.113.5"),
            ("10.0.0.1", &["1.2.3.4"], false, "10.0.0.1"),
            ("10.0.0.1", &["1.2.3.4"], true, "1.2.3.4"),
            // What the client wrote itself stands first and is not believed.
            ("10.0.0.1", &["127.0.0.1, 1.2.3.4"], true, "1.2.3.4"),
            (
                "10.0.0.1",
                &["127.0.0.1", "1.2.3.4, 10.0.0.9"],
                true,
                "1.2.3.4",
            ),
            ("10.0.0.1", &["nonsense, 10.0.0.2"], true, "10.0.0.2"),
            ("10.0.0.1", &[], true, "10.0.0.1"),
            ("::ffff:10.0.0.1", &["::ffff:1.2.3.4"], true, "1.2.3.4"),
        ] {
            let found = sender(peer, chain, behind_proxy);
            assert_eq!(
                found.address,
                expected.parse::<IpAddr>().unwrap(),
                "{chain:?}"
            );
            let is_believed = behind_proxy && peer.contains("10.0.0.1");
            assert_eq!(found.carrier == Carrier::Tls, is_believed, "{peer}");
        }
    }

    #[test]
    fn numbers_differ() {
        let numbers: std::collections::BTreeSet<String> = (0..1000).map(|_| number()).collect();
        assert_eq!(numbers.len(), 1000);
    }
}
