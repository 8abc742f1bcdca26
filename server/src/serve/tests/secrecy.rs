//! S18: what the records of requests hold, and what they never do.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::layer::SubscriberExt;

use super::support::{Server, quick, status};
use crate::serve::logs::{self, LogLevel};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What must not be found in any record.
const SECRETS: [&str; 8] = [
    "6222020200112233445",
    "91420600MA4900001X",
    "session-of-somebody",
    "token-of-a-program",
    "password-typed-in",
    "secret-query",
    "secret of the handler",
    "injected",
];

#[tokio::test]
async fn records_hold_no_secrets_and_one_line_each() {
    let kept = Kept::default();
    let made = kept.clone();
    let layer = logs::layer(LogLevel::Info, move || made.clone());
    let subscriber = tracing_subscriber::registry().with(layer);
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start(quick()).await;
    let body = "account=6222020200112233445&password=password-typed-in";
    let head = "Host: t\r\nCookie: __Host-session=session-of-somebody\r\n\
                Authorization: Bearer token-of-a-program\r\nX-Request-Id: injected\r\n\
                User-Agent: a%0d%0ainjected\r\nConnection: close\r\n";
    let requests = [
        format!("GET /people/91420600MA4900001X?q=secret-query HTTP/1.1\r\n{head}\r\n"),
        format!("GET /6222020200112233445%0d%0ainjected HTTP/1.1\r\n{head}\r\n"),
        format!("GET /panic?q=secret-query HTTP/1.1\r\n{head}\r\n"),
        format!(
            "POST /echo?q=secret-query HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ),
        format!("POST /echo HTTP/1.1\r\n{head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
    ];
    let mut numbers = Vec::new();
    for request in &requests {
        let answer = server.exchange(request.as_bytes()).await;
        assert_ne!(status(&answer), 0);
        let (_, rest) = answer.split_once("x-request-id: ").unwrap();
        numbers.push(rest.lines().next().unwrap().to_owned());
    }
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let records: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (number, route) in numbers
        .iter()
        .zip(["/people/{id}", "none", "/panic", "/echo", "none"])
    {
        let of_request = |record: &&serde_json::Value| {
            record["span"]["id"] == number.as_str() && record["message"] == "请求"
        };
        let found: Vec<_> = records.iter().filter(of_request).collect();
        let [record] = found[..] else {
            panic!("{} records of {number} in {text}", found.len())
        };
        assert_eq!(record["route"], route, "{record}");
        assert_eq!(record["client"], "127.0.0.1");
        assert!(
            record["status"].is_u64() && record["millis"].is_u64(),
            "{record}"
        );
    }
}
