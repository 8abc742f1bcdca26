//! Bodies: those of requests are limited in size and time, those of answers are watched.

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

use crate::serve::activity::Activity;
use crate::serve::patience::Patience;

/// How much of a body a request may have. Found among the extensions of a request; a route that
/// takes uploads raises it before it reads.
#[derive(Clone, Debug)]
pub(crate) struct BodyLimit(Arc<Counted>);

#[derive(Debug)]
struct Counted {
    bytes_max: AtomicU64,
    cut: AtomicU8,
    moved_at: Mutex<Instant>,
}

/// Why a body was cut.
const TOO_LARGE: u8 = 1;
const TOO_SLOW: u8 = 2;
/// The peer ended in the middle.
const BROKEN: u8 = 3;

impl BodyLimit {
    pub(super) fn new(bytes_max: u64) -> Self {
        Self(Arc::new(Counted {
            bytes_max: AtomicU64::new(bytes_max),
            cut: AtomicU8::new(0),
            moved_at: Mutex::new(Instant::now()),
        }))
    }

    /// Lets the body of this request have so many bytes.
    pub(crate) fn raise(&self, bytes_max: u64) {
        self.0.bytes_max.fetch_max(bytes_max, Ordering::SeqCst);
    }

    /// The status of the answer, where the body was cut.
    pub(super) fn cut(&self) -> Option<StatusCode> {
        match self.0.cut.load(Ordering::SeqCst) {
            TOO_LARGE => Some(StatusCode::PAYLOAD_TOO_LARGE),
            TOO_SLOW => Some(StatusCode::REQUEST_TIMEOUT),
            BROKEN => Some(StatusCode::BAD_REQUEST),
            _ => None,
        }
    }

    /// When the last part came, or the request itself.
    pub(super) fn moved_at(&self) -> Instant {
        let moved_at = self.0.moved_at.lock();
        *moved_at.unwrap_or_else(PoisonError::into_inner)
    }

    fn moved(&self) {
        let moved_at = self.0.moved_at.lock();
        *moved_at.unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn exceeded_by(&self, bytes: u64) -> bool {
        bytes > self.0.bytes_max.load(Ordering::SeqCst)
    }

    fn mark(&self, cut: u8) {
        // The first reason stays.
        let _ = self
            .0
            .cut
            .compare_exchange(0, cut, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// Lets the bodies of a route have so many bytes: a layer for `from_fn_with_state`.
pub(crate) async fn allow_body(
    State(bytes_max): State<usize>,
    request: Request,
    next: Next,
) -> Response {
    // Without the extension the router runs outside of the server, as in tests of its own.
    if let Some(limit) = request.extensions().get::<BodyLimit>() {
        limit.raise(u64::try_from(bytes_max).unwrap_or(u64::MAX));
    }
    next.run(request).await
}

/// The body of a request.
pub(super) struct Incoming<B> {
    body: B,
    limit: BodyLimit,
    received: u64,
    patience: Patience,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<B> Incoming<B>
where
    B: HttpBody<Data = Bytes, Error = hyper::Error> + Send + Unpin + 'static,
{
    /// As a body for the router.
    pub(super) fn limited(body: B, limit: BodyLimit, patience: Patience) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        Body::new(Self {
            body,
            limit,
            received: 0,
            patience,
            waiting: None,
        })
    }

    fn cut(&self, why: u8) -> axum::Error {
        self.limit.mark(why);
        let kind = match why {
            TOO_LARGE => std::io::ErrorKind::FileTooLarge,
            _ => std::io::ErrorKind::TimedOut,
        };
        axum::Error::new(std::io::Error::from(kind))
    }

    /// Whether the client has used up its patience.
    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        let patience = &self.patience;
        let (_, alarm) = self.waiting.get_or_insert_with(|| {
            let left = patience.left_after(std::time::Duration::ZERO);
            (Instant::now(), Box::pin(tokio::time::sleep(left)))
        });
        alarm.as_mut().poll(context).is_ready()
    }
}

impl<B> HttpBody for Incoming<B>
where
    B: HttpBody<Data = Bytes, Error = hyper::Error> + Send + Unpin + 'static,
{
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let announced = this.received.saturating_add(this.body.size_hint().lower());
        if this.limit.exceeded_by(announced) {
            return Poll::Ready(Some(Err(this.cut(TOO_LARGE))));
        }
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) else {
            return match this.is_late(context) {
                true => Poll::Ready(Some(Err(this.cut(TOO_SLOW)))),
                false => Poll::Pending,
            };
        };
        if let Some((since, _)) = this.waiting.take() {
            this.patience.waited(since.elapsed());
        }
        Poll::Ready(match frame {
            None => None,
            Some(Err(error)) => {
                this.limit.mark(BROKEN);
                Some(Err(axum::Error::new(error)))
            }
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                this.patience.moved(bytes);
                this.limit.moved();
                let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
                this.received = this.received.saturating_add(bytes);
                match this.limit.exceeded_by(this.received) {
                    true => Some(Err(this.cut(TOO_LARGE))),
                    false => Some(Ok(frame)),
                }
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request that is being answered; gone, the answer is handed over or nobody wants it.
#[derive(Debug)]
pub(super) struct Flight {
    activity: Arc<Activity>,
    number: u64,
    room: Option<OwnedSemaphorePermit>,
}

impl Flight {
    pub(super) fn begin(activity: &Arc<Activity>) -> Self {
        Self {
            activity: Arc::clone(activity),
            number: activity.begin(),
            room: None,
        }
    }

    /// Waits for room, and keeps it until the answer is handed over.
    pub(super) async fn take(&mut self, room: Arc<Semaphore>) {
        // Nobody closes the semaphore.
        self.room = room.acquire_owned().await.ok();
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.activity.end(self.number);
    }
}

/// How much of an answer is handed over at once: no more than patience makes good again.
const PART_BYTES_MAX: usize = 16 * 1024;

/// The body of an answer.
///
/// # Shape
/// Over HTTP/2 a part that was handed over waits there until the window of the client lets it go,
/// and the next one is asked for when all before it has gone and one byte more may go. So an
/// answer goes in small parts, of which the last is one byte: who asks for it has taken all the
/// rest. Handed over whole, it would count as taken as soon as there is room for a single byte.
pub(super) struct Outgoing {
    body: Body,
    /// What is still to be handed over of the last frame of the body.
    rest: Bytes,
    flight: Flight,
}

impl Outgoing {
    pub(super) fn new(body: Body, flight: Flight) -> Self {
        let rest = Bytes::new();
        Self { body, rest, flight }
    }

    /// The next part of what there is.
    fn part(&mut self) -> Bytes {
        let most = match self.rest.len() {
            length @ 2..=PART_BYTES_MAX if self.body.is_end_stream() => length.saturating_sub(1),
            length => length.min(PART_BYTES_MAX),
        };
        self.rest.split_to(most)
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let Flight {
            activity,
            number,
            room,
        } = &mut this.flight;
        activity.asked(*number);
        if this.rest.is_empty() {
            let frame = Pin::new(&mut this.body).poll_frame(context);
            if frame.is_pending() {
                // The client has room for more than there is: it waits for news, as of a job.
                *room = None;
            }
            let Poll::Ready(Some(Ok(frame))) = frame else {
                activity.unready(*number);
                return frame;
            };
            match frame.into_data() {
                Ok(data) => this.rest = data,
                Err(trailers) => {
                    activity.offered(*number, 0);
                    return Poll::Ready(Some(Ok(trailers)));
                }
            }
        }
        let (activity, number) = (Arc::clone(activity), *number);
        let part = this.part();
        activity.offered(number, part.len());
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}
