//! S16: clients that take their time. The limits here are a tenth of the usual ones.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use super::support::{LARGE, LONG, Server, quick, rest, status};

/// Longer than any limit of [`quick`] together with the looks at a connection.
const CUT_MAX: Duration = Duration::from_secs(6);

/// Sends a byte now and then until the server has had enough.
async fn drip(stream: &mut TcpStream, every: Duration) -> (String, Duration) {
    let begun = Instant::now();
    let (mut from, mut to) = stream.split();
    let mut answer = Vec::new();
    let feed = async {
        loop {
            sleep(every).await;
            if to.write_all(b"a").await.is_err() {
                return std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = from.read_to_end(&mut answer) => {}
        () = feed => {}
        () = sleep(LONG) => panic!("not cut"),
    }
    (
        String::from_utf8_lossy(&answer).into_owned(),
        begun.elapsed(),
    )
}

#[tokio::test]
async fn a_head_that_takes_too_long_is_cut() {
    let server = Server::start(quick()).await;
    for start in ["", "GET /hello HTTP/1.1\r\nX-A: ", "PRI * HTTP/2.0\r\n"] {
        let mut stream = server.connect().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        let (answer, time) = drip(&mut stream, Duration::from_millis(300)).await;
        assert!(time < CUT_MAX, "{start:?}: {time:?}");
        assert_ne!(status(&answer), 200, "{answer}");
    }
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let server = Server::start(quick()).await;
    let begun = Instant::now();
    let mut silent = server.connect().await;
    assert_eq!(rest(&mut silent).await, "");
    let mut kept = server.connect().await;
    kept.write_all(b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(status(&rest(&mut kept).await), 200);
    assert!(begun.elapsed() < CUT_MAX * 2);
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_refused() {
    let server = Server::start(quick()).await;
    let head = "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n";
    let mut stream = server.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let (answer, time) = drip(&mut stream, Duration::from_millis(200)).await;
    assert_eq!(status(&answer), 408, "{answer}");
    assert!(time >= Duration::from_secs(1) && time < CUT_MAX, "{time:?}");
    assert!(
        answer.to_ascii_lowercase().contains("connection: close"),
        "{answer}"
    );
}

#[tokio::test]
async fn an_honest_slow_line_is_not_cut() {
    let mut settings = quick();
    settings.limits.rate_bytes_min = 1_000;
    // Less than the upload takes: an answer has its time once the body is there.
    settings.limits.answer_seconds = 1;
    let server = Server::start(settings).await;
    let mut stream = server.connect().await;
    let head =
        "POST /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 6000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    // Three seconds in all, thrice the patience, at twice the least rate.
    for _ in 0..30 {
        sleep(Duration::from_millis(100)).await;
        stream.write_all(&[b'b'; 200]).await.unwrap();
    }
    assert_eq!(status(&rest(&mut stream).await), 200);
}

#[tokio::test]
async fn who_does_not_read_is_cut() {
    let server = Server::start(quick()).await;
    // A small window, so that the system takes little off the server's hands.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    stream
        .write_all(b"GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
        .await
        .unwrap();
    let begun = Instant::now();
    let mut read = 0;
    let mut buffer = [0; 512];
    // A drip on the reading side: far below the least rate.
    while begun.elapsed() < LONG {
        sleep(Duration::from_millis(500)).await;
        match timeout(Duration::from_secs(1), stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(count)) => read += count,
            Err(_) => {}
        }
        let metrics = server.get("/metrics").await;
        if metrics.contains("zhida_turned_away_total{reason=\"slow reader\"} 1") {
            assert!(begun.elapsed() < CUT_MAX, "{:?}", begun.elapsed());
            assert!(read < LARGE);
            return;
        }
    }
    panic!("not cut");
}

#[tokio::test]
async fn who_reads_at_an_honest_rate_gets_all() {
    let server = Server::start(quick()).await;
    let mut stream = server.connect().await;
    let request = "GET /large HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = 0;
    let mut buffer = vec![0; 1 << 20];
    let begun = Instant::now();
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        if count == 0 {
            break;
        }
        read += count;
        // Slower than the idle limit in all, never below the least rate.
        if begun.elapsed() < Duration::from_secs(4) {
            sleep(Duration::from_millis(50)).await;
        }
    }
    assert!(read > LARGE, "{read}");
}

/// How many connections stand idle beside the honest client; in CI, and where the system allows
/// fewer open files, there are fewer.
fn idle_count() -> usize {
    let wanted = match std::env::var("ZHIDA_IDLE_CONNECTIONS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) if std::env::var_os("CI").is_some() => 1_000,
        Err(_) => 5_000,
    };
    // Both ends are in this process.
    let files = crate::serve::signals::descriptors_max().unwrap_or(1_024);
    wanted.min(files.saturating_sub(600) / 2)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest_clients_are_quick_beside_thousands_that_are_not() {
    let mut settings = quick();
    settings.limits.connections = 20_000;
    settings.limits.connections_per_address = 20_000;
    settings.limits.header_seconds = 10;
    settings.limits.idle_seconds = 12;
    let server = Server::start(settings).await;
    let count = idle_count();
    let mut slow = Vec::with_capacity(count);
    let mut times = Vec::new();
    let begun = Instant::now();
    for number in 0..count {
        let mut stream = server.connect().await;
        let start = match number % 3 {
            0 => "",
            1 => "GET /hello HTTP/1.1\r\nX-Slow: ",
            _ => "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n",
        };
        stream.write_all(start.as_bytes()).await.unwrap();
        slow.push(stream);
        if number % 10 == 0 {
            times.push(honest(&server).await);
        }
    }
    while begun.elapsed() < Duration::from_secs(8) {
        times.push(honest(&server).await);
        sleep(Duration::from_millis(10)).await;
    }
    times.sort();
    let p99 = times[times.len() * 99 / 100];
    eprintln!(
        "{count} slow connections, {} honest requests, p99 {p99:?}",
        times.len()
    );
    assert!(times.len() > 100);
    assert!(p99 < Duration::from_millis(500), "{p99:?}");
    // All of them are cut in the end.
    let deadline = Duration::from_secs(40);
    for mut stream in slow {
        let left = deadline.saturating_sub(begun.elapsed());
        let mut buffer = Vec::new();
        let ended = timeout(left, stream.read_to_end(&mut buffer)).await;
        assert!(ended.is_ok(), "a slow connection was not cut");
    }
}

async fn honest(server: &Server) -> Duration {
    let begun = Instant::now();
    assert_eq!(status(&server.get("/hello").await), 200);
    begun.elapsed()
}

#[tokio::test]
async fn places_are_bounded() {
    let mut settings = quick();
    settings.limits.connections_per_address = 5;
    let server = Server::start(settings).await;
    let mut held = Vec::new();
    for _ in 0..5 {
        let mut stream = server.connect().await;
        stream
            .write_all(b"GET /wait HTTP/1.1\r\nHost: t\r\n\r\n")
            .await
            .unwrap();
        server.seen.waiting.notified().await;
        held.push(stream);
    }
    assert_eq!(server.get("/hello").await, "");
    drop(held.pop());
    let begun = Instant::now();
    while server.get("/hello").await.is_empty() {
        assert!(begun.elapsed() < CUT_MAX, "the place was not given back");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A frame of HTTP/2 (RFC 9113, 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}

/// Asks for these paths at once, with a window of so many bytes for each answer.
async fn ask(server: &Server, paths: &[&str], window: u32) -> TcpStream {
    // SETTINGS_INITIAL_WINDOW_SIZE is 4 (RFC 9113, 6.5.2).
    let settings = [&[0, 4][..], &window.to_be_bytes()].concat();
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &settings));
    for (stream, path) in (1u32..).step_by(2).zip(paths) {
        // Indexed: GET, http; literal: the path and the authority (RFC 7541, 6 and appendix A).
        let length = u8::try_from(path.len()).unwrap();
        let path = path.as_bytes();
        let fields = [&[0x82, 0x86, 0x04, length][..], path, &[0x01, 1], b"t"].concat();
        bytes.extend(frame(1, 5, stream, &fields));
    }
    let mut stream = server.connect().await;
    stream.write_all(&bytes).await.unwrap();
    stream
}

#[tokio::test]
async fn who_takes_no_answer_has_no_more_worked_on() {
    let mut settings = quick();
    settings.limits.patience_seconds = 10;
    settings.limits.answers = 3;
    let server = Server::start(settings).await;
    let reached = || server.seen.hidden.load(Ordering::SeqCst);
    // Of the six bytes of an answer none is taken, one, or all but the last.
    for window in [0, 1, 5] {
        let before = reached();
        let withheld = ask(&server, &["/hidden"; 40], window).await;
        sleep(Duration::from_millis(500)).await;
        assert_eq!(reached(), before + 3, "a window of {window}");
        assert_eq!(status(&server.get("/hello").await), 200);
        drop(withheld);
        sleep(Duration::from_millis(500)).await;
    }
    let before = reached();
    // Those who wait for news keep nobody from anything.
    let paths = [&["/news"; 5][..], &["/hidden"; 40]].concat();
    let _taking = ask(&server, &paths, 65_535).await;
    timeout(LONG, async {
        while reached() < before + 40 {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("whoever takes answers has all of them");
}

/// A frame that comes: its kind, its flags, and what is in it; none when the server has gone. Asked
/// whether it is still there, the client says so.
async fn next_frame(stream: &mut TcpStream) -> Option<(u8, u8, Vec<u8>)> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).await.ok()?;
        // PING is 6, and 1 stands for an answer to it (RFC 9113, 6.7).
        match (head[3], head[4]) {
            (6, 0) => stream.write_all(&frame(6, 1, 0, &payload)).await.ok()?,
            (kind, flags) => return Some((kind, flags, payload)),
        }
    }
}

#[tokio::test]
async fn who_takes_a_byte_of_each_answer_is_cut() {
    let server = Server::start(quick()).await;
    for path in ["/hidden", "/sized/100000"] {
        // Something else goes on meanwhile, so that the connection is not idle.
        let mut stream = ask(&server, &["/wait", path, path], 1).await;
        let begun = Instant::now();
        let ended = timeout(CUT_MAX, async {
            while next_frame(&mut stream).await.is_some() {}
        });
        assert!(ended.await.is_ok(), "{path} was not cut");
        assert!(begun.elapsed() >= Duration::from_secs(1), "{path}");
    }
    assert_eq!(status(&server.get("/hello").await), 200);
}

#[tokio::test]
async fn a_small_window_that_is_opened_steadily_gets_all() {
    const WINDOW: u32 = 4_096;
    const STEPS: u32 = 24;
    let mut settings = quick();
    settings.limits.patience_seconds = 2;
    settings.limits.rate_bytes_min = 8_192;
    let server = Server::start(settings).await;
    // 96 KiB in seven seconds: more than patience and idleness together, were it handed over at
    // one go. The last window opens just as far as the answer goes.
    let mut stream = ask(&server, &["/sized/98304"], WINDOW).await;
    let (mut got, mut opened) = (0usize, 1u32);
    let taken = timeout(LONG, async {
        while let Some((kind, flags, payload)) = next_frame(&mut stream).await {
            if kind != 0 {
                continue;
            }
            got += payload.len();
            // END_STREAM is 1 (RFC 9113, 6.1).
            if flags & 1 == 1 {
                return;
            }
            if got >= usize::try_from(WINDOW * opened).unwrap() && opened < STEPS {
                sleep(Duration::from_millis(300)).await;
                opened += 1;
                // WINDOW_UPDATE is 8 (RFC 9113, 6.9): of the answer, and of the connection.
                let more = WINDOW.to_be_bytes();
                let bytes = [frame(8, 0, 1, &more), frame(8, 0, 0, &more)].concat();
                stream.write_all(&bytes).await.unwrap();
            }
        }
    });
    taken.await.expect("all of it comes");
    assert_eq!(got, 98_304);
}

#[tokio::test]
async fn a_trusted_proxy_asks_for_many() {
    let mut settings = quick();
    settings.limits.patience_seconds = 10;
    settings.limits.answers = 3;
    settings.behind_proxy = true;
    settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    let server = Server::start(settings).await;
    let _slow_client_of_it = ask(&server, &["/hidden"; 40], 0).await;
    let reached = || server.seen.hidden.load(Ordering::SeqCst);
    timeout(LONG, async {
        while reached() < 40 {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("one of its clients keeps no other waiting");
}
