//! What those who run the server rely on: probes, metrics, rates, and a clean end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::support::{Server, quick, rest, status};
use crate::serve::{Listening, Metrics, Parts, ServeError, ServeSettings};
use crate::store::StoreError;
use crate::store::database::{Address, Database};
use crate::store::faults::Faults;

#[tokio::test]
async fn metrics_name_routes_not_targets() {
    let metrics = Arc::new(Metrics::default());
    metrics.watch("hash_pool_room", "How many more hashes may wait", || 3);
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&Address::Sqlite(folder.path().join("db")))
        .await
        .unwrap();
    ask_for_a_job(&database).await.unwrap();
    let (database, metrics) = (Some(database), metrics);
    let server = Server::start_with(quick(), Parts { database, metrics }).await;
    for person in ["91420600MA4900001X", "91420600MA4900002X"] {
        server.get(&format!("/people/{person}?token=secret")).await;
    }
    server.get("/unknown/91420600MA4900003X").await;
    server
        .exchange(b"GARBAGE /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        .await;
    let text = server.get("/metrics").await;
    assert_eq!(status(&text), 200);
    for line in [
        "zhida_requests_total{method=\"GET\",route=\"/people/{id}\",status=\"200\"} 2",
        "zhida_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "zhida_requests_total{method=\"other\",route=\"none\",status=\"405\"} 1",
        "zhida_request_seconds_count{route=\"/people/{id}\"} 2",
        "zhida_hash_pool_room 3",
        "zhida_jobs{state=\"queued\"} 1",
        "zhida_turned_away_total{reason=\"request\"} 1",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    for name in [
        "zhida_connections ",
        "zhida_memory_bytes ",
        "zhida_open_files ",
    ] {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let value: i64 = line
            .unwrap_or_else(|| panic!("{name} in {text}"))
            .parse()
            .unwrap();
        assert!(value > 0, "{name}{value}");
    }
    assert!(!text.contains("9142"), "{text}");
}

async fn ask_for_a_job(database: &Database) -> Result<(), StoreError> {
    use crate::store::jobs::{self, NewJob};
    let (id, kind, arguments) = ("j", "sweep", "{}");
    let job = NewJob {
        id,
        kind,
        arguments,
    };
    let ask = |mut transaction| async move { jobs::ask(&mut transaction, job, 1).await.map(drop) };
    database.write(ask).await
}

#[tokio::test]
async fn behind_a_proxy_metrics_ask_for_the_word() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "0123456789abcdef-word\n").unwrap();
    let mut settings = quick();
    settings.behind_proxy = true;
    settings.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    settings.metrics_token_file = Some(path.clone());
    let server = Server::start(settings.clone()).await;
    let ask =
        |word: &str| format!("GET /metrics HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{word}\r\n");
    for (fields, expected) in [
        ("", 404),
        ("X-Forwarded-For: 127.0.0.1\r\n", 404),
        ("Authorization: Bearer wrong\r\n", 404),
        ("Authorization: Bearer 0123456789abcdef-word\r\n", 200),
    ] {
        let answer = server.exchange(ask(fields).as_bytes()).await;
        assert_eq!(status(&answer), expected, "{fields}");
    }
    std::fs::write(&path, "short").unwrap();
    let refused = Listening::open(settings).await.unwrap_err();
    assert!(matches!(refused, ServeError::File { .. }), "{refused}");
}

#[tokio::test]
async fn not_ready_when_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::Sqlite(folder.path().join("db"));
    // The third step of a write is its commit: nobody knows whether it is there.
    let database = Database::open_with(&address, Faults::failing_at(7))
        .await
        .unwrap();
    let parts = Parts {
        database: Some(database.clone()),
        ..Parts::default()
    };
    let server = Server::start_with(quick(), parts).await;
    let answer = server.get("/readyz").await;
    assert_eq!(status(&answer), 200, "{answer}");
    for _ in 0..10 {
        let _ = ask_for_a_job(&database).await;
    }
    assert!(database.closed().is_some());
    // The last answer holds for a moment.
    let begun = Instant::now();
    let answer = loop {
        let answer = server.get("/readyz").await;
        if status(&answer) != 200 {
            break answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(10));
        sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(status(&answer), 503);
    assert!(answer.contains("只读"), "{answer}");
    assert_eq!(status(&server.get("/healthz").await), 200);
    let closed = Database::open(&Address::Sqlite(folder.path().join("other")))
        .await
        .unwrap();
    closed.close().await;
    let parts = Parts {
        database: Some(closed),
        ..Parts::default()
    };
    let server = Server::start_with(quick(), parts).await;
    let answer = server.get("/readyz").await;
    assert_eq!(status(&answer), 503);
    assert!(answer.contains("数据库没有应答"), "{answer}");
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let mut settings = quick();
    settings.rates.address_per_second = 1_000;
    settings.rates.address_burst = 1_000;
    settings.rates.session_per_second = 1;
    settings.rates.session_burst = 3;
    let server = Server::start(settings).await;
    let as_session = async |cookie: &str| {
        let request = format!(
            "GET /hello HTTP/1.1\r\nHost: t\r\nCookie: a=b; __Host-session={cookie}\r\n\
             Connection: close\r\n\r\n"
        );
        server.exchange(request.as_bytes()).await
    };
    for _ in 0..3 {
        assert_eq!(status(&as_session("one").await), 200);
    }
    let answer = as_session("one").await;
    assert_eq!(status(&answer), 429, "{answer}");
    assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
    assert_eq!(status(&as_session("two").await), 200);
    assert_eq!(status(&server.get("/hello").await), 200);
}

#[tokio::test]
async fn an_address_has_its_rate_whatever_session_it_names() {
    let mut settings = quick();
    settings.rates.address_per_second = 1;
    settings.rates.address_burst = 5;
    let server = Server::start(settings).await;
    let mut answered = 0;
    for number in 0..50 {
        let request = format!(
            "GET /hello HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: 10.0.0.{number}\r\n\
             Authorization: Bearer {number}\r\nConnection: close\r\n\r\n"
        );
        answered += usize::from(status(&server.exchange(request.as_bytes()).await) == 200);
    }
    assert!((5..=10).contains(&answered), "{answered}");
    // Load balancers are not limited.
    for _ in 0..20 {
        assert_eq!(status(&server.get("/healthz").await), 200);
    }
}

#[tokio::test]
async fn what_was_begun_is_finished_and_nothing_new_begins() {
    let mut settings = quick();
    settings.shutdown_seconds = 20;
    let server = Server::start(settings).await;
    let (address, seen) = (server.address, Arc::clone(&server.seen));
    let mut waiting = server.connect().await;
    waiting
        .write_all(b"GET /wait HTTP/1.1\r\nHost: t\r\n\r\n")
        .await
        .unwrap();
    seen.waiting.notified().await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")
        .await
        .unwrap();
    idle.readable().await.unwrap();
    let begun = Instant::now();
    let ended = server.stop();
    assert_eq!(status(&rest(&mut idle).await), 200);
    while TcpStream::connect(address).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(5), "it still listens");
        sleep(Duration::from_millis(20)).await;
    }
    assert!(!ended.is_finished());
    seen.go_on.notify_one();
    let answer = rest(&mut waiting).await;
    assert!(answer.ends_with("waited"), "{answer}");
    assert_eq!(ended.await.unwrap().cut, 0);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn what_takes_too_long_to_finish_is_cut() {
    let server = Server::start(quick()).await;
    let mut waiting = server.connect().await;
    waiting
        .write_all(b"GET /wait HTTP/1.1\r\nHost: t\r\n\r\n")
        .await
        .unwrap();
    server.seen.waiting.notified().await;
    let begun = Instant::now();
    let ended = server.stop().await.unwrap();
    assert_eq!(ended.cut, 1);
    let time = begun.elapsed();
    assert!(
        time >= Duration::from_secs(1) && time < Duration::from_secs(5),
        "{time:?}"
    );
    assert_eq!(rest(&mut waiting).await, "");
}

#[tokio::test]
async fn in_the_clear_only_on_this_machine() {
    for (text, word) in [
        ("listen = '0.0.0.0:0'", "TLS"),
        ("listen = '[::]:0'", "TLS"),
        ("behind_proxy = true", "trusted_proxies"),
        ("trusted_proxies = ['10.0.0.1']", "behind_proxy"),
        ("[limits]\nheader_seconds = 0", "limits.header_seconds"),
        ("[limits]\nheader_bytes = 100", "8192"),
        ("[limits]\nuri_bytes = 20000", "header_bytes"),
    ] {
        let settings: ServeSettings = toml::from_str(text).unwrap();
        let refused = Listening::open(settings).await.unwrap_err().to_string();
        assert!(refused.contains(word), "{text}: {refused}");
    }
    for wrong in [
        "listen = 'x'",
        "trusted_proxies = ['10.0.0.0/99']",
        "limit = 1",
    ] {
        assert!(toml::from_str::<ServeSettings>(wrong).is_err(), "{wrong}");
    }
    let proxied = "listen = '0.0.0.0:0'\nbehind_proxy = true\ntrusted_proxies = ['10.0.0.1']";
    let settings: ServeSettings = toml::from_str(proxied).unwrap();
    let listening = Listening::open(settings).await.unwrap();
    let taken = format!(
        "listen = '127.0.0.1:{}'",
        listening.address().unwrap().port()
    );
    let settings: ServeSettings = toml::from_str(&taken).unwrap();
    let _held = Listening::open(settings.clone()).await;
    let refused = Listening::open(settings).await.unwrap_err();
    assert!(matches!(refused, ServeError::Listen { .. }), "{refused}");
}

#[test]
fn the_documented_defaults_are_those_of_the_program() {
    #[derive(serde::Deserialize)]
    struct File {
        serve: ServeSettings,
    }
    let text = include_str!("../../../../docs/serving.md");
    let (_, rest) = text.split_once("```toml\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    let file: File = toml::from_str(block).unwrap();
    let defaults = ServeSettings::default();
    assert_eq!(format!("{:?}", file.serve), format!("{defaults:?}"));
    // Each of them is there: a name that was left out would not be seen to differ.
    let shown = format!("{defaults:?}");
    let names = shown
        .split(['{', ','])
        .filter_map(|part| part.split_once(':'));
    for (name, _) in names {
        let name = name.trim();
        assert!(
            name.is_empty() || block.contains(name),
            "{name} is not documented"
        );
    }
}
