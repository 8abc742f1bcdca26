//! S20: what every answer carries, whoever gives it.

use super::support::{Server, quick, status};

/// Every one of them, on every answer.
const ALWAYS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-store"),
];

fn fields(answer: &str) -> Vec<(String, &str)> {
    let (head, _) = answer.split_once("\r\n\r\n").expect("a head");
    let lines = head.lines().skip(1);
    lines
        .map(|line| line.split_once(": ").expect("a field"))
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect()
}

fn field<'a>(answer: &'a str, name: &str) -> Vec<&'a str> {
    let fields = fields(answer).into_iter();
    fields
        .filter(|(found, _)| found == name)
        .map(|(_, value)| value)
        .collect()
}

#[track_caller]
fn check(answer: &str, expected: u16, cache: &str) {
    assert_eq!(status(answer), expected, "{answer}");
    for (name, value) in ALWAYS {
        let value = if name == "cache-control" {
            cache
        } else {
            value
        };
        assert_eq!(field(answer, name), [value], "{name} of {answer}");
    }
    let [id] = field(answer, "x-request-id")[..] else {
        panic!("no number in {answer}")
    };
    assert_eq!(id.len(), 20, "{answer}");
    for (name, value) in fields(answer) {
        assert!(
            !["server", "via", "x-powered-by"].contains(&name.as_str()),
            "{answer}"
        );
        let told = value.to_ascii_lowercase();
        for banner in ["hyper", "axum", "zhida/", "rust", "tower"] {
            assert!(!told.contains(banner), "{name}: {value}");
        }
    }
}

#[tokio::test]
async fn every_status_carries_the_headers() {
    let mut settings = quick();
    settings.limits.answer_seconds = 1;
    let server = Server::start(settings).await;
    for expected in [
        200, 201, 302, 400, 401, 403, 404, 409, 410, 415, 422, 500, 501, 503,
    ] {
        let answer = server.get(&format!("/status/{expected}")).await;
        check(&answer, expected, "no-store");
    }
    check(&server.get("/asset").await, 200, "public, max-age=60");
    check(&server.get("/kept").await, 200, "no-store");
    check(&server.get("/nowhere").await, 404, "no-store");
    check(&server.get("/echo").await, 405, "no-store");
    check(&server.get("/healthz").await, 200, "no-store");
    check(&server.get("/wait").await, 503, "no-store");
    let long = "a".repeat(5_000);
    check(&server.get(&format!("/{long}")).await, 414, "no-store");
    let many = "X: y\r\n".repeat(100);
    for (request, expected) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\n{many}\r\n"), 431),
        (
            format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(20_000)),
            431,
        ),
        (
            "PROPFIND / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".to_owned(),
            405,
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999\r\n\r\n".to_owned(),
            413,
        ),
        (
            "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
                .to_owned(),
            400,
        ),
    ] {
        let answer = server.exchange(request.as_bytes()).await;
        check(&answer, expected, "no-store");
    }
}

#[tokio::test]
async fn a_reply_of_the_library_after_a_good_request_carries_them_too() {
    let server = Server::start(quick()).await;
    let mut stream = server.connect().await;
    let request = b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, request)
        .await
        .unwrap();
    let mut first = vec![0; 4_096];
    let count = tokio::io::AsyncReadExt::read(&mut stream, &mut first)
        .await
        .unwrap();
    check(&String::from_utf8_lossy(&first[..count]), 200, "no-store");
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"nonsense\r\n\r\n")
        .await
        .unwrap();
    check(&super::support::rest(&mut stream).await, 400, "no-store");
}

#[tokio::test]
async fn a_panic_is_a_plain_500_with_its_number() {
    let server = Server::start(quick()).await;
    let answer = server.get("/panic").await;
    check(&answer, 500, "no-store");
    assert!(!answer.contains("secret"), "{answer}");
    let [id] = field(&answer, "x-request-id")[..] else {
        panic!("{answer}")
    };
    assert!(answer.ends_with(&format!("请求编号:{id}\n")), "{answer}");
    check(&server.get("/hello").await, 200, "no-store");
}

#[tokio::test]
async fn programs_are_told_as_problem_json() {
    let server = Server::start(quick()).await;
    let request = "PURGE /api/v1/x HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    let answer = server.exchange(request.as_bytes()).await;
    check(&answer, 405, "no-store");
    assert_eq!(
        field(&answer, "content-type"),
        ["application/problem+json; charset=utf-8"]
    );
    assert_eq!(
        field(&answer, "allow"),
        ["GET, HEAD, POST, PUT, PATCH, DELETE"]
    );
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let problem: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["status"], 405);
    let id = field(&answer, "x-request-id")[0];
    assert_eq!(problem["instance"], format!("urn:zhida:request:{id}"));
}
