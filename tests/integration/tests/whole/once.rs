//! However often it is sent, one submission.

use jiff::SignedDuration;
use qualify_integration::House;
use serde_json::json;

use crate::capture::{post_form, post_json, receipt};

#[tokio::test]
async fn web_11_one_key_is_one_lead_and_one_receipt_and_other_words_under_it_are_a_conflict() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = house.client();
    let anna = json!({"name": "Anna", "email": "anna@example.com", "message": "Hello"});
    let first = receipt(&post_json(&client, &north.public_id, Some("order-4711"), &anna).await);
    let second = receipt(&post_json(&client, &north.public_id, Some("order-4711"), &anna).await);
    assert_eq!(first, second);
    let other = json!({"name": "Anna", "email": "anna@example.com", "message": "Something else"});
    let conflict = post_json(&client, &north.public_id, Some("order-4711"), &other).await;
    assert_eq!(conflict.status, 409, "{}", conflict.text());
    assert_eq!(conflict.header("content-type"), "application/problem+json");
    assert!(!conflict.json()["detail"].as_str().unwrap().is_empty());
    north.wait_for_leads(1).await;
    house.settle().await;
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 1);
}

#[tokio::test]
async fn web_11_a_hidden_sid_is_a_key_for_forms_without_headers() {
    let house = House::open().await;
    let north = house.found("North").await;
    let fields = [("email", "anna@example.com"), ("message", "Hello"), ("_sid", "abc")];
    for _ in 0..2 {
        assert_eq!(post_form(&house.client(), &north.public_id, &fields).await.status, 303);
    }
    let other = [("email", "anna@example.com"), ("message", "Other words & <b>"), ("_sid", "abc")];
    let conflict = post_form(&house.client(), &north.public_id, &other).await;
    assert_eq!(conflict.status, 409);
    assert!(
        conflict.text().contains("Other words &#38; &#60;b&#62;"),
        "what was typed is still there: {}",
        conflict.text()
    );
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 1);
}

#[tokio::test]
async fn web_11_the_same_key_is_one_submission_even_if_the_form_token_was_fetched_anew() {
    let house = House::open().await;
    let north = house.found("North").await;
    let mut client = house.client();
    for _ in 0..2 {
        let token = client.get(&format!("/f/{}", north.public_id)).await.hidden("_token").unwrap();
        house.let_somebody_type();
        let body = json!({"email": "anna@example.com", "_token": token});
        receipt(&post_json(&client, &north.public_id, Some("k"), &body).await);
    }
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 1);
}

#[tokio::test]
async fn without_a_key_the_same_words_within_a_minute_are_one_and_both_are_answered_as_success() {
    let house = House::open().await;
    let north = house.found("North").await;
    let body = json!({"email": "anna@example.com", "message": "Hello"});
    let first = receipt(&post_json(&house.client(), &north.public_id, None, &body).await);
    let second = receipt(&post_json(&house.client(), &north.public_id, None, &body).await);
    assert_eq!(first, second);
    house.clock.advance(SignedDuration::from_secs(61));
    let third = receipt(&post_json(&house.client(), &north.public_id, None, &body).await);
    assert_ne!(first, third);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn web_11_a_hundred_at_once_with_one_key_are_one_submission() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = house.client();
    let body = json!({"email": "anna@example.com"});
    let tries = (0..100).map(|_| post_json(&client, &north.public_id, Some("k"), &body));
    let receipts: std::collections::BTreeSet<_> = futures::future::join_all(tries).await.iter().map(receipt).collect();
    assert_eq!(receipts.len(), 1);
    house.settle().await;
    assert_eq!(house.count("SELECT count(*) FROM submissions").await, 1);
    assert_eq!(north.leads().await.len(), 1);
    assert_eq!(house.mails.to(&north.owner.email).len(), 1);
}
