//! A server of its own for a test, and a client that writes the bytes itself.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::routing::{get, post};
use hyper::body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::serve::{BodyLimit, Ended, Listening, Parts, ServeSettings};

/// Longer than anything here takes.
pub(super) const LONG: Duration = Duration::from_secs(30);
/// What the route for uploads allows.
pub(super) const UPLOAD_MAX: u64 = 300_000;
/// How much `/large` sends.
pub(super) const LARGE: usize = 64 << 20;

/// What the routes of the test share with it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// How often the route that must not be reached was.
    pub(super) hidden: AtomicU64,
    /// How often `/wait` began.
    pub(super) waiting: Notify,
    /// Lets `/wait` go on.
    pub(super) go_on: Notify,
}

/// A server that is running.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) seen: Arc<Seen>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Ended>,
}

impl Server {
    /// With settings on a port of its own.
    pub(super) async fn start(settings: ServeSettings) -> Self {
        Self::start_with(settings, Parts::default()).await
    }

    pub(super) async fn start_with(mut settings: ServeSettings, parts: Parts) -> Self {
        settings.listen.set_port(0);
        let listening = Listening::open(settings).await.unwrap();
        let address = listening.address().unwrap();
        let seen = Arc::new(Seen::default());
        let router = routes(&seen);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            listening.serve(router, parts, stopped).await.unwrap()
        });
        Self {
            address,
            seen,
            stop,
            task,
        }
    }

    /// Tells it to stop; what it comes to.
    pub(super) fn stop(self) -> JoinHandle<Ended> {
        self.stop.send(()).unwrap();
        self.task
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and reads until the server ends the connection.
    pub(super) async fn exchange(&self, request: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The server may refuse before everything was sent.
        let _ = stream.write_all(request).await;
        rest(&mut stream).await
    }

    /// One request on a connection of its own.
    pub(super) async fn get(&self, target: &str) -> String {
        let request = format!("GET {target} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
        self.exchange(request.as_bytes()).await
    }
}

/// Quick limits, and rates that nobody reaches.
pub(super) fn quick() -> ServeSettings {
    let mut settings = ServeSettings {
        shutdown_seconds: 1,
        ..ServeSettings::default()
    };
    settings.limits.header_seconds = 1;
    settings.limits.idle_seconds = 2;
    settings.limits.patience_seconds = 1;
    settings.rates.address_per_second = 0;
    settings
}

/// What the server says until it ends the connection.
pub(super) async fn rest(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(LONG, stream.read_to_end(&mut bytes))
        .await
        .expect("the server closes");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The status of an answer; 0 where there is none.
pub(super) fn status(answer: &str) -> u16 {
    let word = answer
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    word.map_or(0, |word| word.parse().unwrap())
}

fn routes(seen: &Arc<Seen>) -> Router {
    let (hidden, waiting) = (Arc::clone(seen), Arc::clone(seen));
    Router::new()
        .route("/hello", get(async || "hello"))
        .route("/echo", post(async |body: Bytes| body))
        .route("/deaf", post(async || "heard nothing"))
        .route("/upload", post(upload))
        .route("/status/{status}", get(of_status))
        .route(
            "/asset",
            get(async || ([(CACHE_CONTROL, "public, max-age=60")], "asset")),
        )
        .route(
            "/kept",
            get(async || ([(CACHE_CONTROL, "max-age=60")], "kept")),
        )
        .route("/people/{id}", get(async || "person"))
        .route(
            "/panic",
            get(async || -> &'static str { panic!("secret of the handler") }),
        )
        .route("/large", get(async || Body::from(vec![b'x'; LARGE])))
        .route(
            "/sized/{bytes}",
            get(async |Path(bytes): Path<usize>| Body::from(vec![b'x'; bytes])),
        )
        .route("/news", get(async || Body::new(News(false))))
        .route(
            "/hidden",
            get(async move || {
                hidden.hidden.fetch_add(1, Ordering::SeqCst);
                "hidden"
            }),
        )
        .route(
            "/wait",
            get(async move || {
                waiting.waiting.notify_one();
                waiting.go_on.notified().await;
                "waited"
            }),
        )
}

async fn upload(request: Request) -> Result<String, StatusCode> {
    let limit = request.extensions().get::<BodyLimit>().unwrap().clone();
    limit.raise(UPLOAD_MAX);
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await;
    let length = body.map(|bytes| bytes.len());
    length
        .map(|length| length.to_string())
        .map_err(|_| StatusCode::IM_A_TEAPOT)
}

async fn of_status(Path(status): Path<u16>) -> StatusCode {
    StatusCode::from_u16(status).unwrap()
}

/// A body that says one thing and then waits for ever.
struct News(bool);

impl axum::body::HttpBody for News {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"news")))))
    }
}
