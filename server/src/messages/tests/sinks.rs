//! Servers that take what they are sent and keep it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::messages::settings::{AddressSettings, MailSettings, MailTls, WebhookSettings};
use crate::messages::{Channels, MessageSettings};

/// What came to a sink, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<String>>>);

impl Kept {
    fn keep(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    pub(super) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A mail server: what it answers to RCPT, and the mails that it took.
pub(super) async fn mail(rcpt: &'static str) -> (SocketAddr, Kept) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, kept) = (listener.local_addr().unwrap(), Kept::default());
    let mails = kept.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mails = mails.clone();
            tokio::spawn(async move { talk(stream, rcpt, &mails).await });
        }
    });
    (address, kept)
}

async fn talk(stream: TcpStream, rcpt: &'static str, kept: &Kept) {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    let mut mail = String::new();
    to.write_all(b"220 sink\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.split(' ').next().unwrap() {
            "EHLO" => "250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8",
            "RCPT" => rcpt,
            "DATA" => {
                to.write_all(b"354 go on\r\n").await.unwrap();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                kept.keep(std::mem::take(&mut mail));
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 good",
        };
        to.write_all(format!("{answer}\r\n").as_bytes())
            .await
            .unwrap();
    }
}

/// A web server that answers every request in one way, and the requests that it took.
pub(super) async fn web(answer: &'static str) -> (SocketAddr, Kept) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, kept) = (listener.local_addr().unwrap(), Kept::default());
    let requests = kept.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let requests = requests.clone();
            tokio::spawn(async move { take(stream, answer, &requests).await });
        }
    });
    (address, kept)
}

async fn take(mut stream: TcpStream, answer: &'static str, kept: &Kept) {
    let mut bytes = Vec::new();
    let mut part = [0; 4_096];
    let text = loop {
        let count = stream.read(&mut part).await.unwrap();
        if count == 0 {
            return;
        }
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut lines = head.lines();
        let length = lines.find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            break text;
        }
    };
    kept.keep(text);
    let reply = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(reply.as_bytes()).await.unwrap();
}

/// A listener that nobody must reach: how often somebody did.
pub(super) async fn trap() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, hits) = (
        listener.local_addr().unwrap(),
        Arc::new(AtomicUsize::new(0)),
    );
    let counted = Arc::clone(&hits);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, hits)
}

/// The secret of the tests.
pub(super) const SECRET: &str = "0123456789abcdef-secret";

/// Settings with a mail server and a gateway on this machine.
pub(super) fn settings(
    folder: &Path,
    mail: Option<SocketAddr>,
    web: Option<SocketAddr>,
) -> MessageSettings {
    let secret_file = folder.join("secret");
    std::fs::write(&secret_file, SECRET).unwrap();
    let mut settings = MessageSettings {
        mail: mail.map(|address| MailSettings {
            host: "127.0.0.1".to_owned(),
            port: address.port(),
            tls: MailTls::None,
            user: None,
            password_file: None,
            from: "直达 <zhida@example.gov.cn>".to_owned(),
            ca_file: None,
        }),
        addresses: Some(AddressSettings {
            secret_file: secret_file.clone(),
        }),
        tries_max: 3,
        ..MessageSettings::default()
    };
    if let Some(address) = web {
        let host = format!("127.0.0.1:{}", address.port());
        settings.webhooks.push(WebhookSettings {
            name: "短信".to_owned(),
            url: format!("http://{host}/send"),
            secret_file,
        });
        settings.outbound.private_hosts.push(host);
    }
    settings.outbound.timeout_seconds = 2;
    settings
}

pub(super) fn channels(settings: &MessageSettings) -> Arc<Channels> {
    Arc::new(Channels::new(settings).unwrap())
}
