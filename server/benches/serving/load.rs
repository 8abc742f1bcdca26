//! Many clients at once, each on a connection of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{Asked, Connection};
use crate::figures::Figures;

/// How many clients there are.
pub(crate) const CONNECTIONS: usize = 32;

/// Every client asks again as soon as it is answered.
pub(crate) async fn as_many_as_possible(
    address: SocketAddr,
    asked: &[Asked],
    span: Duration,
) -> Figures {
    every(address, asked, span, |_| None).await
}

/// The clients together ask so many times a second, whether or not they were answered in time: an
/// answer is as late as it comes after the moment when its question was due.
pub(crate) async fn at_a_rate(
    address: SocketAddr,
    asked: &[Asked],
    rate: f64,
    span: Duration,
) -> Figures {
    let due = move |number: usize| Some(Duration::from_secs_f64(number as f64 / rate));
    every(address, asked, span, due).await
}

async fn every(
    address: SocketAddr,
    asked: &[Asked],
    span: Duration,
    due: impl Fn(usize) -> Option<Duration> + Copy + 'static,
) -> Figures {
    let asked: Arc<[Asked]> = asked.into();
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(address).await);
    }
    let begun = Instant::now();
    let local = tokio::task::LocalSet::new();
    let mut clients = JoinSet::new();
    for (client, mut connection) in connections.into_iter().enumerate() {
        let asked = Arc::clone(&asked);
        clients.spawn_local_on(
            async move {
                let mut found = Figures::default();
                let mut number = client;
                loop {
                    let at = due(number).map(|after| begun + after);
                    if at.unwrap_or_else(Instant::now) >= begun + span {
                        return found;
                    }
                    if let Some(at) = at {
                        tokio::time::sleep_until(at.into()).await;
                    }
                    let since = at.unwrap_or_else(Instant::now);
                    // Another client's questions come in between, so that no two ask alike.
                    let one = &asked[number.wrapping_mul(7919) % asked.len()];
                    let wrong = ask(&mut connection, one).await;
                    found.answered(since.elapsed(), wrong);
                    number += CONNECTIONS;
                }
            },
            &local,
        );
    }
    local
        .run_until(async {
            let mut all = Figures::default();
            while let Some(found) = clients.join_next().await {
                all = all.and(found.unwrap());
            }
            all
        })
        .await
        .over(begun.elapsed())
}

async fn ask(connection: &mut Connection, asked: &Asked) -> Option<String> {
    let answer = match connection.ask(&asked.request).await {
        Ok(answer) => answer,
        Err(error) => return Some(error.to_string()),
    };
    let body = connection.body(&answer);
    let is_right = answer.status == 200 && *body == *asked.body;
    (!is_right).then(|| {
        let request = String::from_utf8_lossy(&asked.request).into_owned();
        let body = String::from_utf8_lossy(body).into_owned();
        format!("{request}{}\n{body}", answer.head)
    })
}
