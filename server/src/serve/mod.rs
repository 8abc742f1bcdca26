//! The running server: everything between the wire and the router.
//!
//! # Shape
//! [`Listening::open`] takes the address, [`Listening::serve`] answers until it is told to stop.
//! The router is handed over ready; what is here knows no route but `/healthz`, `/readyz` and
//! `/metrics`. Every wait has an end and every size a bound: docs/serving.md lists them.

mod activity;
mod answer;
mod body;
mod connection;
mod error;
mod head;
mod health;
pub(crate) mod logs;
mod metrics;
mod network;
mod patience;
mod rate;
mod reply;
mod request;
pub(crate) mod settings;
mod signals;
mod stream;
#[cfg(test)]
mod tests;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::store::database::Database;
use answer::Around;
#[cfg(test)]
pub(crate) use body::BodyLimit;
pub(crate) use body::allow_body;
use connection::{Ground, Places};
pub(crate) use error::ServeError;
pub(crate) use metrics::Metrics;
pub(crate) use network::Network;
pub(crate) use request::ClientAddress;
pub(crate) use settings::ServeSettings;
pub(crate) use signals::stop_signal;
use tls::Certificate;

/// How many descriptors are left for files and the database.
const FILES_LEFT: usize = 256;
/// How long nothing is accepted after the system refused to.
const REFUSED_WAIT: Duration = Duration::from_millis(100);

/// What the server is given beside the router.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    /// What `/readyz` and `/metrics` ask.
    pub(crate) database: Option<Database>,
    /// What is counted; other parts of the program may count in it too.
    pub(crate) metrics: Arc<Metrics>,
}

/// An address that is being listened on.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: TcpListener,
    settings: ServeSettings,
    certificate: Option<Arc<Certificate>>,
    token: Option<String>,
}

/// How the server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// How many connections had not finished in time and were cut.
    pub(crate) cut: usize,
}

impl Listening {
    /// Checks the settings, reads certificate and token, and takes the address.
    ///
    /// # Errors
    /// [`ServeError`] naming the setting, the file or the address.
    pub(crate) async fn open(mut settings: ServeSettings) -> Result<Self, ServeError> {
        settings.check()?;
        let certificate = settings.tls.clone().map(Certificate::read).transpose()?;
        let token = settings.metrics_token_file.as_ref();
        let token = token.map(|path| token_of(path)).transpose()?;
        if let Some(descriptors) = signals::descriptors_max() {
            let most = descriptors.saturating_sub(FILES_LEFT).max(1);
            settings.limits.connections = settings.limits.connections.min(most);
        }
        let address = settings.listen;
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|source| ServeError::Listen { address, source })?;
        Ok(Self {
            listener,
            settings,
            certificate,
            token,
        })
    }

    /// Where it listens; with port 0 in the settings, the port that the system gave.
    ///
    /// # Errors
    /// [`ServeError::Listen`] when the system does not say.
    pub(crate) fn address(&self) -> Result<SocketAddr, ServeError> {
        let address = self.settings.listen;
        let bound = self.listener.local_addr();
        bound.map_err(|source| ServeError::Listen { address, source })
    }

    /// Answers until it is told to stop; then finishes what was begun, and cuts what takes longer
    /// than the settings allow.
    ///
    /// # Errors
    /// [`ServeError::Setting`] when TLS cannot be set up, [`ServeError::Signal`] when the system
    /// does not let the server wait for SIGHUP.
    pub(crate) async fn serve(
        self,
        router: Router,
        parts: Parts,
        stop: impl Future<Output = ()>,
    ) -> Result<Ended, ServeError> {
        let Self {
            listener,
            settings,
            certificate,
            token,
        } = self;
        let limits = settings.limits.clone();
        let shutdown = Duration::from_secs(settings.shutdown_seconds);
        let tls = certificate
            .as_ref()
            .map(Certificate::acceptor)
            .transpose()?;
        let mut background = JoinSet::new();
        if let Some(certificate) = certificate {
            background.spawn(signals::reload_on_hangup(certificate)?);
        }
        let Parts { database, metrics } = parts;
        let around = Arc::new(Around::new(router, settings, metrics, database, token));
        let (stopper, stopping) = watch::channel(false);
        let ground = Ground {
            around: Arc::clone(&around),
            tls,
            builder: connection::builder(&limits),
            stopping,
        };
        let places = Places::new(limits.connections, limits.connections_per_address);
        let mut connections = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = stop.as_mut() => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Err(_) => sleep(REFUSED_WAIT).await,
                    Ok((stream, peer)) => match places.take(peer.ip(), &around.settings) {
                        Err(reason) => around.metrics.turned_away(reason),
                        Ok(seat) => {
                            let ground = ground.clone();
                            connections.spawn(connection::serve(ground, stream, peer, seat));
                        }
                    },
                },
            }
        }
        around.health.stop();
        drop(listener);
        // Those that are gone already need not be told.
        let _ = stopper.send(true);
        let finish = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(shutdown, finish).await;
        let cut = connections.len();
        connections.shutdown().await;
        Ok(Ended { cut })
    }
}

fn token_of(path: &std::path::Path) -> Result<String, ServeError> {
    let failed = |problem: &dyn ToString| ServeError::file("口令文件", path, problem.to_string());
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    let token = text.trim();
    match token.len() >= 16 {
        true => Ok(token.to_owned()),
        false => Err(failed(&"口令至少 16 个字符")),
    }
}
