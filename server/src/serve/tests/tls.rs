//! TLS: versions, the protocols above it, and a certificate that is changed while it runs.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};
use signal_hook::consts::SIGHUP;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::support::{Server, quick, rest, status};
use crate::serve::settings::TlsSettings;
use crate::serve::{Listening, ServeError, ServeSettings};

/// Writes a new certificate; its roots.
fn certificate(folder: &Path) -> RootCertStore {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.join("certificate.pem"), cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    roots
}

fn settings(folder: &Path) -> ServeSettings {
    let mut settings = quick();
    settings.tls = Some(TlsSettings {
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
    });
    settings
}

async fn connect(
    server: &Server,
    roots: &RootCertStore,
    version: &'static SupportedProtocolVersion,
    protocol: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots.clone())
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, server.connect().await)
        .await
}

#[tokio::test]
async fn both_versions_and_a_header_that_keeps_browsers_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let roots = certificate(folder.path());
    let server = Server::start(settings(folder.path())).await;
    for (version, expected) in [
        (&version::TLS12, ProtocolVersion::TLSv1_2),
        (&version::TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let mut stream = connect(&server, &roots, version, "http/1.1").await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(expected));
        let request = b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let answer = rest(&mut stream).await;
        assert_eq!(status(&answer), 200, "{answer}");
        let hsts = "strict-transport-security: max-age=63072000; includeSubDomains\r\n";
        assert!(answer.contains(hsts), "{answer}");
    }
    // Replies of the library too.
    let mut stream = connect(&server, &roots, &version::TLS13, "http/1.1")
        .await
        .unwrap();
    stream.write_all(b"nonsense\r\n\r\n").await.unwrap();
    let answer = rest(&mut stream).await;
    assert_eq!(status(&answer), 400, "{answer}");
    assert!(answer.contains("strict-transport-security: "), "{answer}");
    // In the clear, and in old TLS: a TLS 1.0 hello.
    assert!(!server.get("/hello").await.contains("hello"));
    let old = b"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x01";
    let hello = [&old[..], &[7; 32], b"\x00\x00\x04\x00\x2f\x00\x35\x01\x00"].concat();
    let mut stream = server.connect().await;
    stream.write_all(&hello).await.unwrap();
    let mut reply = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut reply).await;
    // An alert (21), not a ServerHello (22).
    assert!(reply.is_empty() || reply[0] == 21, "{reply:?}");
}

#[tokio::test]
async fn http_2_answers_many_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let roots = certificate(folder.path());
    let server = Server::start(settings(folder.path())).await;
    let stream = connect(&server, &roots, &version::TLS13, "h2")
        .await
        .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    drop(stream);
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/hello", server.address.port());
    let answer = client.get(&url).send().await.unwrap();
    assert!(answer.headers().contains_key("strict-transport-security"));
    assert_eq!(answer.text().await.unwrap(), "hello");
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let server = Server::start(settings(folder.path())).await;
    let mut stream = server.connect().await;
    stream.write_all(b"\x16\x03\x01\x00").await.unwrap();
    let begun = Instant::now();
    rest(&mut stream).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_new_certificate_is_read_on_hangup() {
    let folder = tempfile::tempdir().unwrap();
    let old = certificate(folder.path());
    let server = Server::start(settings(folder.path())).await;
    assert!(connect(&server, &old, &version::TLS13, "h2").await.is_ok());
    // What cannot be used changes nothing.
    let key = fs::read(folder.path().join("key.pem")).unwrap();
    fs::write(folder.path().join("key.pem"), "no key").unwrap();
    signal_hook::low_level::raise(SIGHUP).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(connect(&server, &old, &version::TLS13, "h2").await.is_ok());
    fs::write(folder.path().join("key.pem"), key).unwrap();
    let new = certificate(folder.path());
    signal_hook::low_level::raise(SIGHUP).unwrap();
    let begun = Instant::now();
    while connect(&server, &new, &version::TLS13, "h2").await.is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "the old one is still shown"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(connect(&server, &old, &version::TLS13, "h2").await.is_err());
}

#[tokio::test]
async fn files_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let other = tempfile::tempdir().unwrap();
    certificate(other.path());
    fs::copy(other.path().join("key.pem"), folder.path().join("key.pem")).unwrap();
    for (name, text) in [
        ("key.pem", None),
        ("key.pem", Some("x")),
        ("certificate.pem", Some("")),
    ] {
        if let Some(text) = text {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let refused = Listening::open(settings(folder.path())).await.unwrap_err();
        assert!(matches!(refused, ServeError::File { .. }), "{refused}");
        assert!(refused.to_string().contains(name), "{refused}");
    }
}
