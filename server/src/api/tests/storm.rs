//! Clients that go away in the middle: what they asked for is done whole or not at all, and
//! nothing stays behind that stands in the way of others.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use zhida_engine::payouts::{LedgerAccount, Role};

use super::town::{OWN, Town, who};
use crate::store::{Kind, Rows, Within};
use crate::web::testing::{CSRF, WHO};

/// How many clients come.
const CLIENTS: u64 = 200;
/// How often each asks and goes away.
const ROUNDS: u64 = 5;

fn request(who: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{WHO}: {who}\r\nx-csrf-token: {CSRF}\r\n\
         content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Asks and goes away after so many milliseconds.
async fn gone_after(address: std::net::SocketAddr, bytes: Vec<u8>, pause: u64) {
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return;
    };
    // Some go away in the middle of what they say.
    let said = if pause.is_multiple_of(7) {
        bytes.len() / 2
    } else {
        bytes.len()
    };
    let _nobody_listens = stream.write_all(&bytes[..said]).await;
    tokio::time::sleep(Duration::from_millis(pause)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_away_leaves_nothing_half_done() {
    let town = Town::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = town.site.router.clone();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let maker = who(Role::Maker, &town.own);
    let checker = who(Role::Checker, &town.own);
    let propose = json!({"which": {"payouts": [town.own.payouts[3]]}}).to_string();
    let back = json!({"which": {"payouts": [town.own.payouts[3]]}, "reason": "重报"}).to_string();
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let (maker, checker) = (maker.clone(), checker.clone());
        let (propose, back) = (propose.clone(), back.clone());
        clients.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                // Known from the numbers, and all over the fifty milliseconds.
                let pause = (client * 31 + round * 17) % 51;
                let key = format!("{client}-{round}");
                let bytes = if (client + round).is_multiple_of(2) {
                    request(&maker, "/api/v1/payouts/propose", &key, &propose)
                } else {
                    request(&checker, "/api/v1/payouts/send-back", &key, &back)
                };
                gone_after(address, bytes, pause).await;
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    // Whoever stays is served, at once.
    let begun = std::time::Instant::now();
    let got = town.get(&maker, "/api/v1/payouts").await;
    assert_eq!(got.status.as_u16(), 200);
    let write = json!({"which": {"payouts": [town.own.payouts[2]]}, "reason": "重报"});
    let got = town
        .post(&checker, "/api/v1/payouts/send-back", &write)
        .await;
    assert_eq!(got.status.as_u16(), 200, "{got:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    serving.abort();
    // The books are what the log comes to, and in balance.
    let store = &town.site.server.store;
    let found = store.verify(None).await.unwrap();
    assert_eq!(found.fault, None);
    let own = Within::Bureaus([zhida_engine::payouts::BureauId::new(OWN)].into());
    for thing in store
        .page(Kind::Lines, &own, &Rows::default())
        .await
        .unwrap()
    {
        let zhida_engine::payouts::Thing::Line(line) = thing else {
            continue;
        };
        let granted = line.balance(LedgerAccount::Granted).saturating_neg();
        let parts = [
            LedgerAccount::Available,
            LedgerAccount::Reserved,
            LedgerAccount::Committed,
            LedgerAccount::Spent,
        ];
        let sum: i64 = parts.iter().map(|account| line.balance(*account)).sum();
        assert_eq!(granted, sum, "{}", line.id);
    }
}
