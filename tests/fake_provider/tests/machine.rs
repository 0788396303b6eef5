//! The provider of the tests does what the real one does, on a clock that only the test moves.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;

use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use jiff::SignedDuration;
use qualify_fake_provider::{AfterFailures, Config, FakeProvider, Fault};
use serde_json::{Value, json};
use tokio::net::TcpStream;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const KEY: &str = "a key for tests";

async fn provider() -> FakeProvider {
    FakeProvider::start(Config::default()).await.unwrap()
}

async fn ask(provider: &FakeProvider, method: &str, target: &str, key: &str, body: Value) -> (u16, Value) {
    let address = provider.url().trim_start_matches("http://");
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder().method(method).uri(target).header("host", address);
    let request = request.header("authorization", format!("Bearer {key}"));
    let request = request.body(Full::new(Bytes::from(body.to_string()))).unwrap();
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
}

async fn get(provider: &FakeProvider, target: &str) -> (u16, Value) {
    ask(provider, "GET", target, KEY, Value::Null).await
}

async fn subscribed(provider: &FakeProvider, reference: &str) -> u64 {
    let body = json!({"data": {
        "type": "checkouts",
        "attributes": {"checkout_data": {"email": "jo@example.com", "custom": {"reference": reference}}},
        "relationships": {"store": {"data": {"id": "7"}}, "variant": {"data": {"id": "102"}}},
    }});
    assert_eq!(ask(provider, "POST", "/v1/checkouts", KEY, body).await.0, 201);
    provider.pay(reference).unwrap()
}

fn status(provider: &FakeProvider) -> String {
    provider.subscriptions()[0].status.clone()
}

fn events(provider: &FakeProvider) -> Vec<String> {
    provider.take_deliveries().into_iter().map(|delivery| delivery.event).collect()
}

#[tokio::test]
async fn bil_10_whoever_has_no_key_is_told_nothing() {
    let provider = provider().await;
    let id = subscribed(&provider, "one").await;
    let target = format!("/v1/subscriptions/{id}");
    let (status, body) = ask(&provider, "GET", &target, "another key", Value::Null).await;
    assert_eq!((status, body["errors"][0]["status"].as_str()), (401, Some("401")));
    let (status, body) = get(&provider, &target).await;
    assert_eq!((status, body["data"]["attributes"]["card_last_four"].as_str()), (200, Some("4242")));
    assert_eq!(get(&provider, "/v1/subscriptions/1").await.0, 404);
}

#[tokio::test]
async fn bil_10_more_than_300_questions_in_a_minute_are_too_many() {
    let provider = provider().await;
    for _ in 0..300 {
        assert_eq!(get(&provider, "/v1/subscriptions").await.0, 200);
    }
    assert_eq!(get(&provider, "/v1/subscriptions").await.0, 429);
    provider.fail(Some(Fault::Down));
    assert_eq!(get(&provider, "/v1/subscriptions").await.0, 503);
    assert_eq!(provider.calls(), 302);
}

#[tokio::test]
async fn bil_10_events_come_in_pairs() {
    let provider = provider().await;
    let id = subscribed(&provider, "one").await;
    assert_eq!(
        events(&provider),
        ["order_created", "subscription_created", "subscription_payment_success", "subscription_updated"]
    );
    provider.fail_payments(id);
    provider.advance(DAY * 31);
    assert_eq!(events(&provider), ["subscription_payment_failed", "subscription_updated"]);
    provider.recover(id);
    assert_eq!(
        events(&provider),
        ["subscription_payment_success", "subscription_payment_recovered", "subscription_updated"]
    );
    assert!(provider.cancel(id) && provider.resume(id));
    provider.pause(id, "void");
    provider.unpause(id);
    let told: BTreeSet<_> = events(&provider).into_iter().collect();
    assert!(
        told.is_superset(&["cancelled", "resumed", "paused", "unpaused"].map(|it| format!("subscription_{it}")).into())
    );
}

#[tokio::test]
async fn bil_10_time_renews_fails_and_ends_subscriptions() {
    let provider = provider().await;
    let id = subscribed(&provider, "one").await;
    provider.advance(DAY * 62);
    assert_eq!((status(&provider).as_str(), provider.bills().len()), ("active", 4), "an order and three months");
    provider.fail_payments(id);
    provider.advance(DAY * 31);
    assert_eq!(status(&provider), "past_due");
    provider.advance(DAY * 14);
    assert_eq!(status(&provider), "unpaid");
    assert!(provider.cancel(id), "what is owed ends at once");
    provider.advance(SignedDuration::from_secs(1));
    assert_eq!(status(&provider), "expired");
    assert!(!provider.resume(id) && !provider.cancel(id), "what has expired stays so");
}

#[tokio::test]
async fn bil_10_what_is_cancelled_runs_until_its_end() {
    let provider = provider().await;
    let id = subscribed(&provider, "one").await;
    assert!(provider.cancel(id));
    let end = provider.subscriptions()[0].ends_at.unwrap();
    provider.advance(end.duration_since(provider.now()) - SignedDuration::from_secs(1));
    assert_eq!(status(&provider), "cancelled");
    provider.advance(SignedDuration::from_secs(1));
    assert_eq!(status(&provider), "expired");
}

#[tokio::test]
async fn bil_10_a_store_may_end_what_is_never_paid() {
    let config = Config { after_failures: AfterFailures::Expired, ..Config::default() };
    let provider = FakeProvider::start(config).await.unwrap();
    let id = subscribed(&provider, "one").await;
    provider.fail_payments(id);
    provider.advance(DAY * 60);
    assert_eq!(status(&provider), "expired");
}

#[tokio::test]
async fn bil_10_what_is_not_taken_comes_again_after_5_25_and_125_seconds() {
    let provider = provider().await;
    subscribed(&provider, "one").await;
    let first = provider.take_deliveries().swap_remove(1);
    let (mut last, mut waited) = (first.clone(), Vec::new());
    for wait in [5, 25, 125] {
        provider.answered(&last, 500);
        provider.advance(SignedDuration::from_secs(wait - 1));
        assert_eq!(provider.take_deliveries(), []);
        provider.advance(SignedDuration::from_secs(1));
        last = provider.take_deliveries().pop().unwrap();
        waited.push(last.body == first.body && last.signature == first.signature);
    }
    assert_eq!(waited, [true; 3]);
    provider.answered(&last, 500);
    provider.answered(&first, 200);
    provider.advance(DAY);
    assert_eq!(provider.take_deliveries(), [], "and then never again");
}

#[tokio::test]
async fn bil_10_links_end_after_a_day() {
    let provider = provider().await;
    let id = subscribed(&provider, "one").await;
    let (_, body) = get(&provider, &format!("/v1/subscriptions/{id}")).await;
    let link = body["data"]["attributes"]["urls"]["customer_portal"].as_str().unwrap().to_owned();
    let target = link.strip_prefix(provider.url()).unwrap();
    assert_eq!(get(&provider, target).await.0, 200);
    assert_eq!(get(&provider, &target.replace("/billing", "/elsewhere")).await.0, 403);
    provider.advance(DAY);
    assert_eq!(get(&provider, target).await.0, 403);
}

#[tokio::test]
async fn bil_10_it_is_the_same_each_time() {
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let provider = provider().await;
        let id = subscribed(&provider, "one").await;
        provider.fail_payments(id);
        provider.advance(DAY * 100);
        let bodies = provider.take_deliveries().into_iter().map(|delivery| String::from_utf8(delivery.body).unwrap());
        // Only the port differs, and what is signed with it.
        let told: Vec<Value> = bodies.map(|body| serde_json::from_str(&body).unwrap()).collect();
        let bare = told.into_iter().map(|mut body| {
            body["data"]["attributes"].as_object_mut().unwrap().remove("urls");
            body.to_string()
        });
        seen.insert(bare.collect::<Vec<_>>());
    }
    assert_eq!(seen.len(), 1);
}
