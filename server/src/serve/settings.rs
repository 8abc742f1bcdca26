//! What an installation decides about its server: `[serve]` of the installation file, and flags.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use crate::serve::error::ServeError;
use crate::serve::network::Network;

/// Where the server listens when nobody says otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8470);

/// How the server listens, and what it allows its clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServeSettings {
    /// Address and port.
    pub(crate) listen: SocketAddr,
    /// Certificate and key; without them it speaks plain HTTP.
    pub(crate) tls: Option<TlsSettings>,
    /// Whether a proxy in front of it holds the certificate.
    pub(crate) behind_proxy: bool,
    /// The addresses of that proxy: only they may say who the client is.
    pub(crate) trusted_proxies: Vec<Network>,
    /// The names under which it is reached; others are refused. Empty: any.
    pub(crate) hosts: Vec<String>,
    /// A file with the word that `/metrics` asks for from elsewhere than this machine.
    pub(crate) metrics_token_file: Option<PathBuf>,
    /// How long requests may finish after the server was told to stop.
    pub(crate) shutdown_seconds: u64,
    /// Times and sizes.
    pub(crate) limits: Limits,
    /// How many requests one address and one session may send.
    pub(crate) rates: Rates,
}

/// PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsSettings {
    /// The chain, the server's own certificate first.
    pub(crate) certificate: PathBuf,
    /// Its key.
    pub(crate) key: PathBuf,
}

/// Times in seconds, sizes in bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Connections in all.
    pub(crate) connections: usize,
    /// Connections of one address; those of trusted proxies are not counted.
    pub(crate) connections_per_address: usize,
    /// How long a handshake or the head of a request may take.
    pub(crate) header_seconds: u64,
    /// How long a connection may stand without a request.
    pub(crate) idle_seconds: u64,
    /// How long a client may let the server wait for a body, or for room to write, on top of what
    /// `rate_bytes_min` allows.
    pub(crate) patience_seconds: u64,
    /// Below this many bytes a second a client uses up its patience.
    pub(crate) rate_bytes_min: u64,
    /// How long the answer to a request may take to begin.
    pub(crate) answer_seconds: u64,
    /// The longest target of a request.
    pub(crate) uri_bytes: usize,
    /// The largest head of a request.
    pub(crate) header_bytes: usize,
    /// The most fields in it.
    pub(crate) header_fields: usize,
    /// The largest body, where a route does not allow more.
    pub(crate) body_bytes: u64,
    /// The most requests at once on one HTTP/2 connection.
    pub(crate) streams: u32,
    /// How many of them are worked on at once. The others wait until the client has taken an
    /// answer: whoever takes none keeps that many in memory, and no more work begins for it.
    pub(crate) answers: usize,
}

/// Requests a second, and how many may come at once; 0 a second means no limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rates {
    /// Of one address (IPv6: one /64).
    pub(crate) address_per_second: u32,
    /// At once.
    pub(crate) address_burst: u32,
    /// Of one session or token.
    pub(crate) session_per_second: u32,
    /// At once.
    pub(crate) session_burst: u32,
}

impl Default for ServeSettings {
    fn default() -> Self {
        Self {
            listen: LISTEN,
            tls: None,
            behind_proxy: false,
            trusted_proxies: Vec::new(),
            hosts: Vec::new(),
            metrics_token_file: None,
            shutdown_seconds: 20,
            limits: Limits::default(),
            rates: Rates::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 8_192,
            connections_per_address: 256,
            header_seconds: 10,
            idle_seconds: 12,
            patience_seconds: 10,
            rate_bytes_min: 4_096,
            answer_seconds: 60,
            uri_bytes: 4_096,
            header_bytes: 16_384,
            header_fields: 64,
            body_bytes: 1_048_576,
            streams: 64,
            answers: 8,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            address_per_second: 100,
            address_burst: 400,
            session_per_second: 30,
            session_burst: 120,
        }
    }
}

/// What the command line says instead of the installation file.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "服务选项")]
pub(crate) struct ServeArguments {
    /// 监听地址和端口
    #[arg(long, value_name = "地址:端口")]
    pub(crate) listen: Option<SocketAddr>,
    /// TLS 证书链(PEM)
    #[arg(long, value_name = "文件", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// TLS 私钥(PEM)
    #[arg(long, value_name = "文件", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// 由前面的反向代理负责 TLS
    #[arg(long)]
    pub(crate) behind_proxy: bool,
    /// 可信代理的地址或网段,可重复
    #[arg(long = "trusted-proxy", value_name = "网段")]
    pub(crate) trusted_proxies: Vec<Network>,
}

impl ServeSettings {
    /// The settings with what the command line says instead.
    pub(crate) fn with(mut self, arguments: &ServeArguments) -> Self {
        if let Some(listen) = arguments.listen {
            self.listen = listen;
        }
        if let (Some(certificate), Some(key)) = (&arguments.tls_certificate, &arguments.tls_key) {
            let (certificate, key) = (certificate.clone(), key.clone());
            self.tls = Some(TlsSettings { certificate, key });
        }
        self.behind_proxy |= arguments.behind_proxy;
        self.trusted_proxies
            .extend_from_slice(&arguments.trusted_proxies);
        self
    }

    /// Refuses what would put passwords on a wire, or could not work.
    ///
    /// # Errors
    /// [`ServeError::Setting`] naming the setting.
    pub(crate) fn check(&self) -> Result<(), ServeError> {
        let wrong = |name, problem: &str| Err(ServeError::setting(name, problem));
        if self.tls.is_none() && !self.behind_proxy && !self.listen.ip().is_loopback() {
            return wrong(
                "listen",
                "没有 TLS 证书时只能监听本机;请配置 [serve.tls],或写 behind_proxy 和可信代理",
            );
        }
        if self.behind_proxy && self.trusted_proxies.is_empty() {
            return wrong("trusted_proxies", "behind_proxy 时要写明可信代理的地址");
        }
        if !self.behind_proxy && !self.trusted_proxies.is_empty() {
            return wrong("trusted_proxies", "只在 behind_proxy 时有意义");
        }
        let limits = &self.limits;
        let positive: [(&'static str, u64); 8] = [
            ("limits.connections", size(limits.connections)),
            (
                "limits.connections_per_address",
                size(limits.connections_per_address),
            ),
            ("limits.header_seconds", limits.header_seconds),
            ("limits.idle_seconds", limits.idle_seconds),
            ("limits.patience_seconds", limits.patience_seconds),
            ("limits.rate_bytes_min", limits.rate_bytes_min),
            ("limits.answer_seconds", limits.answer_seconds),
            ("limits.streams", limits.streams.into()),
        ];
        for (name, value) in positive {
            if value == 0 {
                return wrong(name, "应大于 0");
            }
        }
        if limits.header_bytes < 8_192 || limits.header_bytes > 1_048_576 {
            return wrong("limits.header_bytes", "应在 8192 和 1048576 之间");
        }
        if limits.uri_bytes < 256 || limits.uri_bytes >= limits.header_bytes {
            return wrong("limits.uri_bytes", "应不小于 256,且小于 header_bytes");
        }
        Ok(())
    }
}

impl Limits {
    /// How long a head may take.
    pub(crate) fn header(&self) -> Duration {
        Duration::from_secs(self.header_seconds)
    }

    /// How long a connection may stand without a request.
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }

    /// How long an answer may take to begin.
    pub(crate) fn answer(&self) -> Duration {
        Duration::from_secs(self.answer_seconds)
    }
}

fn size(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
