//! A connection that stays open, and what is asked over it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A request, and the answer that was looked at.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The request as it is sent.
    pub(crate) request: Arc<[u8]>,
    /// The body that must come.
    pub(crate) body: Arc<[u8]>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its head.
    pub(crate) head: String,
    /// Where its body lies in the buffer.
    body: std::ops::Range<usize>,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The text of a request for a page.
pub(crate) fn get(target: &str, cookie: Option<&str>) -> Arc<[u8]> {
    let cookie = cookie.map_or_else(String::new, |cookie| format!("Cookie: {cookie}\r\n"));
    let text = format!("GET {target} HTTP/1.1\r\nHost: zhida.test\r\n{cookie}\r\n");
    text.into_bytes().into()
}

/// The text of a request that sends a form.
pub(crate) fn post(target: &str, pairs: &[(&str, &str)]) -> Arc<[u8]> {
    let pairs = pairs.iter();
    let pairs = pairs.map(|(key, value)| format!("{key}={}", encoded(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let length = body.len();
    let text = format!(
        "POST {target} HTTP/1.1\r\nHost: zhida.test\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    text.into_bytes().into()
}

/// A text as a part of an address.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Connection {
    /// Opens one, from an address of its own: each client has a rate of its own, as in life.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        static CLIENTS: AtomicU16 = AtomicU16::new(0);
        let [high, low] = CLIENTS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let own = Ipv4Addr::new(127, 1, high, low.max(1));
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(own.into(), 0)).unwrap();
        let stream = socket.connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let buffer = Vec::with_capacity(256 * 1024);
        Self { stream, buffer }
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> std::io::Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut answer: Option<Answer> = None;
        loop {
            if let Some(answer) = answer.take_if(|found| self.buffer.len() >= found.body.end) {
                return Ok(answer);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if answer.is_none() {
                answer = self.head();
            }
        }
    }

    /// The body of the last answer.
    pub(crate) fn body(&self, answer: &Answer) -> &[u8] {
        &self.buffer[answer.body.clone()]
    }

    fn head(&self) -> Option<Answer> {
        let end = self
            .buffer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(self.buffer[..end].to_vec()).unwrap();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().unwrap())
        });
        let from = end + 4;
        Some(Answer {
            status: head.get(9..12).unwrap().parse().unwrap(),
            head,
            body: from..from + length.unwrap_or(0),
        })
    }
}
