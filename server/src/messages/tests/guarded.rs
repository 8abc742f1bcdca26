//! S17: addresses that lead to where only this server can go.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::sinks::{self, channels, settings};
use crate::messages::channel::{Letter, Outcome};
use crate::messages::outbound::{Outbound, Resolver};
use crate::messages::settings::OutboundSettings;
use crate::messages::{ADDRESS, Channels};

fn letter(address: &str) -> Letter {
    Letter {
        id: "1".to_owned(),
        kind: "job.done".to_owned(),
        about: None,
        address: address.to_owned(),
        language: "zh".to_owned(),
        subject: "s".to_owned(),
        body: "b".to_owned(),
        at: 1,
        now: 2,
    }
}

fn outbound(hosts: &[&str], private_hosts: &[&str]) -> Outbound {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let settings = OutboundSettings {
        hosts: own(hosts),
        private_hosts: own(private_hosts),
        timeout_seconds: 2,
        ca_file: None,
    };
    Outbound::new(&settings).unwrap()
}

/// Answers one after the other, and how often it was asked.
fn answers(answers: Vec<Vec<SocketAddr>>) -> (Resolver, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let resolver: Resolver = Arc::new(move |_, _| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        let answer = answers
            .get(number)
            .or(answers.last())
            .cloned()
            .unwrap_or_default();
        Box::pin(async move { Ok(answer) })
    });
    (resolver, asked)
}

#[tokio::test]
async fn no_address_reaches_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let (trap, hits) = sinks::trap().await;
    let port = trap.port();
    let mut settings = settings(folder.path(), None, None);
    settings.outbound.hosts = vec!["hook.example.gov.cn".to_owned()];
    let channels = channels(&settings);
    for address in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        format!("https://0x7f.1:{port}/"),
        format!("https://0177.0.0.1:{port}/"),
        format!("https://2130706433:{port}/"),
        format!("https://127.1:{port}/"),
        format!("https://0:{port}/"),
        format!("https://localhost:{port}/"),
        format!("https://localhost.:{port}/"),
        format!("https://LOCALHOST:{port}/"),
        format!("https://①②⑦.0.0.1:{port}/"),
        format!("https://127。0。0。1:{port}/"),
        format!("https://hook.example.gov.cn@127.0.0.1:{port}/"),
        format!("https://hook.example.gov.cn:x@127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}#@hook.example.gov.cn/"),
        format!("https://127.0.0.1:{port}\\@hook.example.gov.cn/"),
        format!("https://hook.example.gov.cn:{port}/"),
        format!("https://hook.example.gov.cn.127.0.0.1.nip.io:{port}/"),
        format!("https://hook.example.gov.cn%2eevil.example.com:{port}/"),
        format!("http://hook.example.gov.cn:{port}/"),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://metadata.google.internal/".to_owned(),
        "https://10.0.0.1/".to_owned(),
        "https://192.168.0.1/".to_owned(),
        "https://172.16.0.1/".to_owned(),
        "https://[fe80::1]/".to_owned(),
        "https://[fd00::1]/".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("gopher://127.0.0.1:{port}/_GET"),
        format!("ftp://127.0.0.1:{port}/"),
        format!("//127.0.0.1:{port}/"),
        "https:///".to_owned(),
        String::new(),
    ] {
        assert!(channels.check(ADDRESS, &address).is_err(), "{address}");
        let outcome = channels.send(ADDRESS, &letter(&address)).await;
        assert!(
            matches!(outcome, Outcome::Never(_)),
            "{address}: {outcome:?}"
        );
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_with_an_address_that_is_not_public_is_not_asked() {
    let (trap, hits) = sinks::trap().await;
    let public: SocketAddr = "1.1.1.1:443".parse().unwrap();
    for inner in [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.9.8.7",
        "172.31.0.1",
        "192.168.3.4",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "fe80::1",
        "fd12::1",
        "ff02::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
    ] {
        let inner = SocketAddr::new(inner.parse().unwrap(), trap.port());
        // Alone, and behind a public one.
        for answer in [vec![inner], vec![public, inner]] {
            let (resolver, _) = answers(vec![answer]);
            let guard = outbound(&["hook.example.gov.cn"], &[]).resolving(resolver);
            let target = guard.check("https://hook.example.gov.cn/").unwrap();
            assert!(guard.admit(&target).await.is_err(), "{inner}");
        }
    }
    let (resolver, _) = answers(vec![vec![public, "[2606:4700::1111]:443".parse().unwrap()]]);
    let guard = outbound(&["hook.example.gov.cn"], &[]).resolving(resolver);
    let target = guard.check("https://hook.example.gov.cn./").unwrap();
    let (_, url) = guard.admit(&target).await.unwrap();
    assert_eq!(url.as_str(), "https://hook.example.gov.cn/");
    let (resolver, _) = answers(vec![vec![]]);
    let guard = outbound(&["hook.example.gov.cn"], &[]).resolving(resolver);
    assert!(guard.admit(&target).await.is_err());
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

/// Sends to a name that the resolver knows.
async fn send(folder: &std::path::Path, guard: Outbound, address: &str) -> Outcome {
    let settings = settings(folder, None, None);
    let channels = Channels::with(&settings, guard).unwrap();
    channels.send(ADDRESS, &letter(address)).await
}

#[tokio::test]
async fn an_answer_that_changes_after_the_look_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (sink, requests) = sinks::web("204 Good").await;
    let (trap, hits) = sinks::trap().await;
    let (resolver, asked) = answers(vec![vec![sink], vec![trap]]);
    let host = format!("rebind.test:{}", sink.port());
    let guard = outbound(&[], &[&host]).resolving(resolver);
    let outcome = send(folder.path(), guard, &format!("http://{host}/")).await;
    assert_eq!(outcome, Outcome::Sent);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!((requests.all().len(), hits.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (trap, hits) = sinks::trap().await;
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Again",
        "308 Moved",
    ] {
        let answer = format!("{status}\r\nLocation: http://{trap}/");
        let (sink, requests) = sinks::web(Box::leak(answer.into_boxed_str())).await;
        let (resolver, _) = answers(vec![vec![sink]]);
        let host = format!("hook.test:{}", sink.port());
        let guard = outbound(&[], &[&host]).resolving(resolver);
        let outcome = send(folder.path(), guard, &format!("http://{host}/")).await;
        assert!(matches!(outcome, Outcome::Later(_)), "{outcome:?}");
        assert_eq!(requests.all().len(), 1);
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (trap, hits) = sinks::trap().await;
    let (resolver, _) = answers(vec![vec![trap]]);
    let host = format!("hook.test:{}", trap.port());
    let guard = outbound(&[], &[&host]).resolving(resolver);
    let begun = std::time::Instant::now();
    let outcome = send(folder.path(), guard, &format!("http://{host}/")).await;
    assert!(matches!(outcome, Outcome::Later(_)), "{outcome:?}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(10));
    assert_eq!(hits.load(Ordering::SeqCst), 1);
}
