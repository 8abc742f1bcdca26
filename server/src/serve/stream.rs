//! The bytes of a connection: watched for heads that are framed twice and for clients that take
//! nothing, and with the security headers on the few replies that the HTTP library writes itself.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::serve::activity::Activity;
use crate::serve::head::{self, Head};
use crate::serve::reply;

/// How HTTP/2 begins; its framing is binary and has one reading only.
const HTTP_2: &[u8] = b"PRI * HTTP/2.0";
/// How the HTTP library answers what it cannot parse.
const REFUSED: &[u8] = b"HTTP/1.1 4";

/// Is told of replies that the library gave.
pub(super) type Refused = Box<dyn Fn(u16, &str) + Send + Sync>;

/// A stream that is watched.
pub(super) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
    /// The head that is being read.
    head: Vec<u8>,
    head_max: usize,
    /// After how many requests a head was last seen whole.
    seen_after: Option<u64>,
    is_binary: bool,
    is_tls: bool,
    /// Is told the status and the number of each reply that the library gave.
    refused: Refused,
    /// A reply of the library, with our headers: its bytes, how many went out, how many it had.
    instead: Option<(Vec<u8>, usize, usize)>,
}

impl<S> Watched<S> {
    pub(super) fn new(
        stream: S,
        is_tls: bool,
        (activity, head_max): (Arc<Activity>, usize),
        refused: Refused,
    ) -> Self {
        Self {
            stream,
            activity,
            head: Vec::new(),
            head_max,
            seen_after: None,
            is_binary: false,
            is_tls,
            refused,
            instead: None,
        }
    }

    /// Looks at the head of a request, where one is being read.
    fn look(&mut self, read: &[u8]) {
        let Some(after) = self.activity.quiet_after() else {
            self.head.clear();
            return;
        };
        if self.is_binary || self.seen_after == Some(after) {
            return;
        }
        let room = self.head_max.saturating_sub(self.head.len());
        self.head.extend(read.iter().take(room));
        if after == 0 && self.head.starts_with(HTTP_2) {
            self.is_binary = true;
            self.head = Vec::new();
            return;
        }
        if let Head::Whole(problem) = head::examine(&self.head) {
            self.seen_after = Some(after);
            self.head.clear();
            if let Some(problem) = problem {
                self.activity.malformed(problem);
            }
        }
    }

    /// The reply of the library to a request that never reached us, as we would have written it.
    fn own_reply(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let is_ours = self.is_binary || self.activity.quiet_after().is_none();
        if is_ours || !bytes.starts_with(REFUSED) || bytes.len() > 512 {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let status = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
        let (id, reply) = reply::raw(status, self.is_tls);
        (self.refused)(status, &id);
        Some(reply)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or(&[]);
        if !read.is_empty() {
            this.look(read);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    fn write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => {
                self.activity.blocked();
                Poll::Pending
            }
            Poll::Ready(Ok(count)) => {
                self.activity.wrote(count);
                Poll::Ready(Ok(count))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.instead.is_none() {
            let own = this.own_reply(bytes);
            this.instead = own.map(|own| (own, 0, bytes.len()));
        }
        while let Some((own, out, stands_for)) = this.instead.take() {
            let rest = own.get(out..).unwrap_or(&[]).to_vec();
            if rest.is_empty() {
                return Poll::Ready(Ok(stands_for));
            }
            let written = this.write(context, &rest);
            let more = match &written {
                Poll::Ready(Ok(count)) => *count,
                Poll::Ready(Err(_)) | Poll::Pending => 0,
            };
            this.instead = Some((own, out.saturating_add(more), stands_for));
            if let Err(error) = ready!(written) {
                return Poll::Ready(Err(error));
            }
        }
        this.write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_flush(context) {
            Poll::Pending => {
                this.activity.blocked();
                Poll::Pending
            }
            Poll::Ready(Ok(())) => {
                this.activity.wrote(0);
                this.activity.flushed();
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
