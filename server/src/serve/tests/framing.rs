//! S16, S21: requests that could be read in two ways, that are too large, or that are no requests.

use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Server, UPLOAD_MAX, quick, rest, status};

/// A second request, hidden in what one reading takes for the body of the first.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: t\r\n\r\n";

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_not_answered() {
    let server = Server::start(quick()).await;
    let length = HIDDEN.len();
    let chunked = "Transfer-Encoding: chunked";
    for fields in [
        format!("Content-Length: {length}\r\n{chunked}"),
        format!("{chunked}\r\nContent-Length: {length}"),
        format!("content-length: {length}\r\nTRANSFER-ENCODING: chunked"),
        format!("Content-Length: 0\r\nContent-Length: {length}"),
        format!("Content-Length: {length}\r\nContent-Length: {length}"),
        format!("Content-Length: 0, {length}"),
        format!("Content-Length: +{length}"),
        format!("Content-Length: -1\r\nX: {length}"),
        format!("Content-Length : {length}"),
        format!("{chunked}, identity"),
        "Transfer-Encoding: identity, chunked".to_owned(),
        "Transfer-Encoding: xchunked".to_owned(),
        "Transfer-Encoding:\u{b}chunked".to_owned(),
        format!("{chunked}\r\n{chunked}"),
        format!("{chunked}\r\nTransfer-Encoding: identity"),
        format!("X: y\r\n {chunked}\r\nContent-Length: {length}"),
        format!("X: y\n{chunked}"),
        format!("X: y\rContent-Length: {length}"),
        "Host: other".to_owned(),
    ] {
        let request =
            format!("POST /deaf HTTP/1.1\r\nHost: t\r\n{fields}\r\n\r\n0\r\n\r\n{HIDDEN}");
        let answer = server.exchange(request.as_bytes()).await;
        assert_eq!(status(&answer), 400, "{fields:?}: {answer}");
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{fields:?}: {answer}"
        );
    }
    let old = format!("POST /deaf HTTP/1.0\r\n{chunked}\r\n\r\n0\r\n\r\n{HIDDEN}");
    assert_eq!(status(&server.exchange(old.as_bytes()).await), 400);
    assert_eq!(server.seen.hidden.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_second_request_that_could_be_read_in_two_ways_ends_the_connection() {
    let server = Server::start(quick()).await;
    let request = format!(
        "GET /hello HTTP/1.1\r\nHost: t\r\n\r\nPOST /deaf HTTP/1.1\r\nHost: t\r\n\
         Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"
    );
    let answer = server.exchange(request.as_bytes()).await;
    assert_eq!(server.seen.hidden.load(Ordering::SeqCst), 0, "{answer}");
}

#[tokio::test]
async fn requests_in_a_row_are_answered_in_a_row() {
    let server = Server::start(quick()).await;
    let post = |text: &str| {
        format!(
            "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        )
    };
    let chunked = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3;ext=\"a;b\"\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let last = "GET /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    let requests = [
        post("first"),
        post("second"),
        chunked.to_owned(),
        last.to_owned(),
    ]
    .concat();
    let answer = server.exchange(requests.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 4, "{answer}");
    let place = |word: &str| {
        answer
            .find(word)
            .unwrap_or_else(|| panic!("{word}: {answer}"))
    };
    assert!(place("first") < place("second"), "{answer}");
    assert!(place("second") < place("abcde"), "{answer}");
    assert!(place("abcde") < place("hello"), "{answer}");
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let mut settings = quick();
    settings.limits.body_bytes = 1_000;
    let server = Server::start(settings).await;
    let post = |route: &str, length: usize| {
        let body = "x".repeat(length);
        format!(
            "POST {route} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    };
    let upload_max = usize::try_from(UPLOAD_MAX).unwrap();
    for (request, expected) in [
        (post("/echo", 1_000), 200),
        (post("/echo", 1_001), 413),
        (post("/upload", upload_max), 200),
        (post("/upload", upload_max + 1), 413),
    ] {
        let answer = server.exchange(request.as_bytes()).await;
        assert_eq!(
            status(&answer),
            expected,
            "{} bytes: {answer}",
            request.len()
        );
    }
    // A length that nobody announced counts as it comes.
    let chunks = "64\r\n".to_owned() + &"y".repeat(100) + "\r\n";
    let head = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
    let request = head.to_owned() + &chunks.repeat(11) + "0\r\n\r\n";
    assert_eq!(status(&server.exchange(request.as_bytes()).await), 413);
    // Nothing of a body that was announced too large is asked for.
    let mut stream = server.connect().await;
    let request = "POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n\
                   Content-Length: 9999999999\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert_eq!(status(&answer), 413, "{answer}");

    let target = format!("/hello?{}", "q".repeat(4_096));
    assert_eq!(status(&server.get(&target).await), 414);
    let fields = |count: usize, length: usize| {
        let value = "v".repeat(length);
        let fields: Vec<String> = (0..count).map(|n| format!("X-{n}: {value}\r\n")).collect();
        format!(
            "GET /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{}\r\n",
            fields.concat()
        )
    };
    for (count, length, expected) in [(60, 10, 200), (65, 10, 431), (1, 17_000, 431)] {
        let request = fields(count, length);
        let answer = server.exchange(request.as_bytes()).await;
        assert_eq!(status(&answer), expected, "{count} × {length}: {answer}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let server = Server::start(quick()).await;
    for (request, expected) in [
        ("GET /hello HTTP/1.1\r\n\r\n", 400),
        ("GET /hello HTTP/1.1\r\nHost: a\u{1}b\r\n\r\n", 400),
        ("GET /hello HTTP/3.0\r\nHost: t\r\n\r\n", 400),
        ("GET  /hello HTTP/1.1\r\nHost: t\r\n\r\n", 400),
        ("G@T /hello HTTP/1.1\r\nHost: t\r\n\r\n", 400),
        ("GET /hello HTTP/1.1\r\nHost: t\r\nX\u{0}: y\r\n\r\n", 400),
        (
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\r\n\r\n",
            400,
        ),
        (
            "TRACE /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
            405,
        ),
        (
            "OPTIONS * HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
            405,
        ),
        (
            "CONNECT t:80 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
            405,
        ),
        (
            "PURGE /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
            405,
        ),
        (
            "GET /hidden HTTP/1.1\r\nHost: t\r\nX-HTTP-Method-Override: DELETE\r\nConnection: close\r\n\r\n",
            200,
        ),
    ] {
        let answer = server.exchange(request.as_bytes()).await;
        assert_eq!(status(&answer), expected, "{request:?}: {answer}");
    }
}

#[tokio::test]
async fn only_its_own_names_are_answered() {
    let mut settings = quick();
    settings.hosts = vec!["zhida.example.gov.cn".to_owned()];
    let server = Server::start(settings).await;
    for (host, expected) in [
        ("zhida.example.gov.cn", 200),
        ("ZHIDA.example.gov.cn:8443", 200),
        ("evil.example.com", 421),
        ("zhida.example.gov.cn.evil.example.com", 421),
        ("127.0.0.1", 421),
    ] {
        let request = format!("GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = server.exchange(request.as_bytes()).await;
        assert_eq!(status(&answer), expected, "{host}: {answer}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_taken_for_whole() {
    let server = Server::start(quick()).await;
    let mut stream = server.connect().await;
    let request = "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf";
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert_ne!(status(&answer), 200, "{answer}");
}
