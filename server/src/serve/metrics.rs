//! What can be counted: `/metrics` in the text format of Prometheus.

use std::fmt;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::store::database::Database;

/// The upper bounds of the latency histogram, in seconds.
const BOUNDS: [f64; 12] = [
    0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0,
];

/// The type of the answer to `/metrics`.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: String,
}

type Histograms = Family<Route, Histogram, fn() -> Histogram>;

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Answered, Counter>,
    seconds: Histograms,
    turned_away: Family<Reason, Counter>,
    jobs: Family<State, Gauge>,
    deliveries: Family<State, Gauge>,
    memory: Gauge,
    descriptors: Gauge,
    /// Numbers that other parts of the program tell when they are asked.
    watched: Mutex<Vec<Watched>>,
    /// Connections that are open.
    pub(super) connections: Gauge,
}

/// A number that is asked for.
struct Watched {
    gauge: Gauge,
    ask: Box<dyn Fn() -> i64 + Send + Sync>,
}

impl fmt::Debug for Watched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.gauge.fmt(formatter)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let new: fn() -> Histogram = || Histogram::new(BOUNDS);
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("zhida")),
            requests: Family::default(),
            seconds: Family::new_with_constructor(new),
            turned_away: Family::default(),
            jobs: Family::default(),
            deliveries: Family::default(),
            memory: Gauge::default(),
            descriptors: Gauge::default(),
            watched: Mutex::default(),
            connections: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = self.requests.clone();
        registry.register(
            "requests",
            "Answered, by route template and status",
            requests,
        );
        let seconds = self.seconds.clone();
        registry.register("request_seconds", "Time until an answer begins", seconds);
        registry.register(
            "turned_away",
            "Connections and requests refused or cut, by reason",
            self.turned_away.clone(),
        );
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register("jobs", "Jobs, by state", self.jobs.clone());
        let deliveries = self.deliveries.clone();
        registry.register("deliveries", "Deliveries of messages, by state", deliveries);
        registry.register("memory_bytes", "Resident memory", self.memory.clone());
        let descriptors = self.descriptors.clone();
        registry.register("open_files", "Open file descriptors", descriptors);
    }

    /// A number that another part of the program tells when it is asked.
    pub(crate) fn watch(
        &self,
        name: &str,
        help: &str,
        ask: impl Fn() -> i64 + Send + Sync + 'static,
    ) {
        let (gauge, ask) = (self.gauge(name, help), Box::new(ask));
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.push(Watched { gauge, ask });
    }

    /// A number that another part of the program sets.
    pub(crate) fn gauge(&self, name: &str, help: &str) -> Gauge {
        let gauge = Gauge::default();
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register(name, help, gauge.clone());
        gauge
    }

    /// A request was answered.
    pub(super) fn answered(
        &self,
        method: &'static str,
        route: &Arc<str>,
        status: u16,
        time: Duration,
    ) {
        let labels = Answered {
            method,
            route: Arc::clone(route),
            status,
        };
        self.requests.get_or_create(&labels).inc();
        let route = Route {
            route: Arc::clone(route),
        };
        self.seconds
            .get_or_create(&route)
            .observe(time.as_secs_f64());
    }

    /// A connection or a request was turned away.
    pub(super) fn turned_away(&self, reason: &'static str) {
        self.turned_away.get_or_create(&Reason { reason }).inc();
    }

    /// All of it, as text.
    pub(super) async fn text(&self, database: Option<&Database>) -> String {
        if let Some(database) = database {
            count(database, JOBS, &self.jobs).await;
            count(database, DELIVERIES, &self.deliveries).await;
        }
        for Watched { gauge, ask } in &*self.watched.lock().unwrap_or_else(PoisonError::into_inner)
        {
            gauge.set(ask());
        }
        self.memory.set(resident().unwrap_or(0));
        self.descriptors.set(descriptors().unwrap_or(0));
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a string cannot fail.
        let _ = text::encode(&mut text, &registry);
        text
    }
}

/// How many jobs are in each state.
const JOBS: &str = "SELECT state, count(*) AS n FROM jobs GROUP BY state";
/// How many deliveries are in each state.
const DELIVERIES: &str = "SELECT state, count(*) AS n FROM deliveries GROUP BY state";

async fn count(database: &Database, query: &'static str, gauges: &Family<State, Gauge>) {
    // A database that does not answer is what /readyz is for; old numbers would be wrong here.
    gauges.clear();
    for row in database.fetch(query, &[]).await.unwrap_or_default() {
        if let (Ok(state), Ok(count)) = (row.text("state"), row.int("n")) {
            let state = state.to_owned();
            gauges.get_or_create(&State { state }).set(count);
        }
    }
}

/// What the process has in memory, in bytes; only Linux tells.
fn resident() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// How many files and connections the process has open; only Linux tells.
fn descriptors() -> Option<i64> {
    i64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}
