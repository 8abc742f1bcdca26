//! One connection, from its handshake to its end.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use prometheus_client::metrics::gauge::Gauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{self, Instant, MissedTickBehavior, timeout};
use tokio_rustls::TlsAcceptor;

use crate::serve::activity::{Activity, Verdict};
use crate::serve::answer::{Around, NO_ROUTE, Wire, answer};
use crate::serve::metrics::Metrics;
use crate::serve::network::site;
use crate::serve::settings::{Limits, ServeSettings};
use crate::serve::stream::{Refused, Watched};

/// How often a connection is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long a connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(3);
/// Under pressure, how long a connection may stand without a request.
const IDLE_UNDER_PRESSURE: Duration = Duration::from_secs(3);

/// How many connections there are, in all and of each address.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    most: usize,
    of_address: Mutex<HashMap<IpAddr, usize>>,
    of_address_max: usize,
}

/// A connection's place; gone, another may have it.
#[derive(Debug)]
pub(super) struct Seat {
    places: Arc<Places>,
    /// Where it counts; none for a trusted proxy.
    address: Option<IpAddr>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(most: usize, of_address_max: usize) -> Arc<Self> {
        Arc::new(Self {
            all: Arc::new(Semaphore::new(most)),
            most,
            of_address: Mutex::default(),
            of_address_max,
        })
    }

    /// A place for a connection; the reason where there is none.
    pub(super) fn take(
        self: &Arc<Self>,
        peer: IpAddr,
        settings: &ServeSettings,
    ) -> Result<Seat, &'static str> {
        let mut proxies = settings.trusted_proxies.iter();
        let is_proxy = settings.behind_proxy && proxies.any(|network| network.holds(peer));
        if settings.behind_proxy && !is_proxy && settings.tls.is_none() && !peer.is_loopback() {
            return Err("not the proxy");
        }
        let permit = Arc::clone(&self.all).try_acquire_owned();
        let permit = permit.map_err(|_| "all places taken")?;
        let address = (!is_proxy).then(|| site(peer));
        if let Some(address) = address {
            let mut counts = self.counts();
            let count = counts.entry(address).or_insert(0);
            if *count >= self.of_address_max {
                return Err("places of the address taken");
            }
            *count = count.saturating_add(1);
        }
        Ok(Seat {
            places: Arc::clone(self),
            address,
            _permit: permit,
        })
    }

    /// Whether few places are left.
    fn is_under_pressure(&self) -> bool {
        self.all.available_permits() < self.most.checked_div(4).unwrap_or(0)
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, usize>> {
        let counts = self.of_address.lock();
        counts.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// How many requests are worked on at once: a trusted proxy asks for many clients, of whom one
    /// that takes its time does not keep the others waiting.
    fn answers(&self, limits: &Limits) -> usize {
        let of_proxy = usize::try_from(limits.streams).unwrap_or(usize::MAX);
        match self.address {
            Some(_) => limits.answers.max(1),
            None => limits.answers.max(of_proxy),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut counts = self.places.counts();
        if let Some(count) = counts.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

/// What a connection is given.
#[derive(Clone)]
pub(super) struct Ground {
    pub(super) around: Arc<Around>,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) builder: Arc<auto::Builder<TokioExecutor>>,
    pub(super) stopping: watch::Receiver<bool>,
}

/// Records what the library refused itself, as other requests are.
fn refused(metrics: Arc<Metrics>, client: IpAddr) -> Refused {
    Box::new(move |status, id| {
        metrics.turned_away("framing");
        metrics.answered("other", &NO_ROUTE.into(), status, Duration::ZERO);
        let span = tracing::info_span!(target: "zhida::requests", "request", id);
        let (client, millis) = (client.to_canonical().to_string(), 0u64);
        tracing::info!(
            target: "zhida::requests", parent: &span, method = "other", route = NO_ROUTE, status,
            millis, client, "请求"
        );
    })
}

/// How requests are read.
pub(super) fn builder(limits: &Limits) -> Arc<auto::Builder<TokioExecutor>> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header())
        .max_buf_size(limits.header_bytes)
        .max_headers(limits.header_fields)
        .half_close(false)
        // Replies that the library writes itself are seen whole.
        .writev(false);
    let list = u32::try_from(limits.header_bytes).unwrap_or(u32::MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(list)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(64)
        .keep_alive_interval(limits.idle())
        .keep_alive_timeout(limits.header());
    Arc::new(builder)
}

/// Serves a connection to its end.
pub(super) async fn serve(ground: Ground, stream: TcpStream, peer: SocketAddr, seat: Seat) {
    let metrics = Arc::clone(&ground.around.metrics);
    let _counted = Counted::one(metrics.connections.clone());
    // A small answer is not kept back for more to come.
    let _ = stream.set_nodelay(true);
    match ground.tls.clone() {
        None => speak(ground, stream, peer, false, &seat).await,
        Some(acceptor) => {
            let header = ground.around.settings.limits.header();
            match timeout(header, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => speak(ground, stream, peer, true, &seat).await,
                Ok(Err(_)) | Err(_) => metrics.turned_away("handshake"),
            }
        }
    }
}

/// A connection that is open, as the metrics count it.
struct Counted(Gauge);

impl Counted {
    fn one(open: Gauge) -> Self {
        open.inc();
        Self(open)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

async fn speak<S>(ground: Ground, stream: S, peer: SocketAddr, is_tls: bool, seat: &Seat)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let Ground {
        around,
        builder,
        mut stopping,
        ..
    } = ground;
    let limits = around.settings.limits.clone();
    let activity = Arc::new(Activity::new(around.patience()));
    let wire = Arc::new(Wire {
        peer: peer.ip(),
        is_tls,
        activity: Arc::clone(&activity),
        room: Arc::new(Semaphore::new(seat.answers(&limits))),
    });
    let refused = refused(Arc::clone(&around.metrics), peer.ip());
    let watch = (Arc::clone(&activity), limits.header_bytes);
    let watched = Watched::new(stream, is_tls, watch, refused);
    let metrics = Arc::clone(&around.metrics);
    let service =
        service_fn(move |request| answer(Arc::clone(&around), Arc::clone(&wire), request));
    let connection = builder.serve_connection(TokioIo::new(watched), service);
    let mut connection = std::pin::pin!(connection);
    let mut look = time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut goodbye: Option<Instant> = None;
    let mut is_stopping = *stopping.borrow();
    if is_stopping {
        connection.as_mut().graceful_shutdown();
    }
    loop {
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = look.tick() => {}
            changed = stopping.changed(), if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
                if changed.is_err() {
                    return;
                }
            }
        }
        if goodbye.is_some_and(|until| Instant::now() >= until) {
            return;
        }
        let idle_max = match seat.places.is_under_pressure() {
            true => limits.idle().min(IDLE_UNDER_PRESSURE),
            false => limits.idle(),
        };
        match activity.verdict(idle_max) {
            Verdict::Fine => {}
            Verdict::Idle => {
                if goodbye.is_none() {
                    goodbye = Instant::now().checked_add(GOODBYE);
                    connection.as_mut().graceful_shutdown();
                }
            }
            Verdict::Stalled => {
                metrics.turned_away("slow reader");
                return;
            }
        }
    }
}
