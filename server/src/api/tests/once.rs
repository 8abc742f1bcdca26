//! The same thing twice through HTTP: done once, answered the same.

use axum::http::StatusCode;
use serde_json::json;
use zhida_engine::payouts::Role;

use super::client::Client;
use super::town::{Town, who};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_under_one_key_is_done_once_and_answered_the_same() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    let maker = who(Role::Maker, &town.own);
    let body = json!({"which": {"payouts": [town.own.payouts[3]]}});
    let key = [("idempotency-key", "one")];
    let first = client
        .call(&maker, "post_payouts_propose", &key, Some(&body))
        .await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    assert_eq!(first.json()["done"], 1);
    let size = town.log_size().await;
    for _ in 0..9 {
        let again = client
            .call(&maker, "post_payouts_propose", &key, Some(&body))
            .await;
        assert_eq!((again.status, &again.text), (first.status, &first.text));
    }
    // The same body in other letters is another request.
    let other = json!({"which": {"payouts": [town.own.payouts[3]], "all": false}});
    let refused = client
        .call(&maker, "post_payouts_propose", &key, Some(&other))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    // And so is the same body elsewhere.
    let refused = client
        .call(&maker, "post_payouts_approve", &key, Some(&body))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(town.log_size().await, size);
    // A key belongs to whoever sent it.
    let checker = who(Role::Checker, &town.own);
    let others = client
        .call(&checker, "post_payouts_propose", &key, Some(&body))
        .await;
    assert_eq!(others.status, StatusCode::FORBIDDEN, "{others:?}");
    assert_eq!(others.json()["refusal"], 103);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_under_a_key_stays_the_same_refusal() {
    let town = Town::new().await;
    let client = Client::new(&town).await;
    let approver = who(Role::Approver, &town.own);
    let body = json!({"which": {"payouts": [town.own.payouts[3]]}});
    let key = [("idempotency-key", "no")];
    let first = client
        .call(&approver, "post_payouts_approve", &key, Some(&body))
        .await;
    assert_eq!(first.status, StatusCode::CONFLICT, "{first:?}");
    assert_eq!(first.json()["refusal"], 301);
    let size = town.log_size().await;
    let again = client
        .call(&approver, "post_payouts_approve", &key, Some(&body))
        .await;
    assert_eq!((again.status, again.text), (first.status, first.text));
    assert_eq!(town.log_size().await, size);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_under_one_key_or_under_none_do_it_once() {
    let town = Town::new().await;
    let maker = who(Role::Maker, &town.own);
    let body = json!({"which": {"payouts": [town.own.payouts[3]]}});
    let bytes = || body.to_string().into_bytes();
    let path = "/api/v1/payouts/propose";
    let key = [("idempotency-key", "crowd")];
    let all = (0..20).map(|_| town.post_with(&maker, path, &key, bytes()));
    let mut replies = Vec::new();
    for got in futures_joined(all).await {
        assert_eq!(got.status, StatusCode::OK, "{got:?}");
        replies.push(got.text);
    }
    replies.dedup();
    assert_eq!(replies.len(), 1, "all are told the same");
    // Without a key each asks by itself, and finds it done.
    let none: Vec<_> = (0..10)
        .map(|_| town.post_with(&maker, path, &[], bytes()))
        .collect();
    for got in futures_joined(none).await {
        assert_eq!(got.status, StatusCode::CONFLICT, "{got:?}");
        assert_eq!(got.json()["refusal"], 301);
    }
    // Twice inside one call: once done, once refused.
    let twice = json!({"which": {"payouts": [town.own.payouts[2], town.own.payouts[2]]},
        "reason": "重报"});
    let checker = who(Role::Checker, &town.own);
    let got = town
        .post(&checker, "/api/v1/payouts/send-back", &twice)
        .await;
    assert_eq!(got.status, StatusCode::OK, "{got:?}");
    let told = got.json();
    assert_eq!((&told["done"], &told["refused"]), (&json!(1), &json!(1)));
    assert_eq!(told["is_whole"], false);
}

/// All of them at the same time.
async fn futures_joined<F: Future>(all: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = all.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        let mut is_ready = true;
        for (work, place) in waiting.iter_mut().zip(done.iter_mut()) {
            if place.is_none() {
                match work.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *place = Some(output),
                    std::task::Poll::Pending => is_ready = false,
                }
            }
        }
        match is_ready {
            true => std::task::Poll::Ready(done.iter_mut().filter_map(Option::take).collect()),
            false => std::task::Poll::Pending,
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_none_is_refused() {
    let town = Town::new().await;
    let maker = who(Role::Maker, &town.own);
    let body = json!({"which": {"all": true}}).to_string().into_bytes();
    let long = "k".repeat(101);
    for key in ["", " ", "a b", "\u{7f}", long.as_str()] {
        let headers = [("idempotency-key", key)];
        let path = "/api/v1/payouts/propose";
        let got = town.post_with(&maker, path, &headers, body.clone()).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{key:?}");
    }
}
