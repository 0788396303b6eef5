//! Where the payment provider tells that something happened, from the outside.

use std::sync::Arc;

use qualify_integration::{Answer, Client, House, Plan};
use qualify_laws::till::{FOREIGN, Till};
use reqwest::Method;

const PATH: &str = "/webhooks/billing";
/// What may be sent at most.
const MOST: usize = 1024 * 1024;

/// An installation whose provider answers nothing.
async fn billed() -> House {
    let till = Till::default();
    till.open().is_away = true;
    House::built(Plan { billing: Some(Arc::new(till)), ..Plan::default() }).await
}

async fn tell(client: &Client, signature: Option<&str>, body: impl Into<Vec<u8>>) -> Answer {
    let mut request = client.request(Method::POST, PATH).header("content-type", "application/json");
    if let Some(signature) = signature {
        request = request.header("x-signature", signature);
    }
    client.ask(request.body(body.into())).await
}

async fn kept(house: &House) -> i64 {
    house.count("SELECT count(*) FROM billing_hints").await
}

#[tokio::test]
async fn bil_1_what_is_not_signed_is_refused_and_nothing_of_it_is_kept() {
    let house = billed().await;
    let client = house.client();
    for signature in [None, Some(""), Some("bad")] {
        assert_eq!(tell(&client, signature, Till::told(1, "s1")).await.status, 401, "{signature:?}");
    }
    // It is looked at only after that.
    assert_eq!(tell(&client, None, [0xff_u8]).await.status, 401);
    assert_eq!(tell(&client, Some("good"), [0xff_u8]).await.status, 400);
    assert_eq!(kept(&house).await, 0);
}

#[tokio::test]
async fn bil_2_a_webhook_is_answered_once_it_is_kept_and_the_same_again_is_kept_once() {
    let house = billed().await;
    let client = house.client();
    for _ in 0..2 {
        let answer = tell(&client, Some("good"), Till::told(1, "s1")).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, ""));
        assert_eq!(answer.set_cookies().len(), 0);
        assert_eq!(kept(&house).await, 1);
    }
    assert_eq!(tell(&client, Some("good"), Till::told(2, "s1")).await.status, 200);
    assert_eq!(kept(&house).await, 2);
}

#[tokio::test]
async fn bil_6_what_is_of_another_store_is_taken_and_not_kept() {
    let house = billed().await;
    let foreign = format!("{}|{FOREIGN}", Till::told(1, "s1"));
    assert_eq!(tell(&house.client(), Some("good"), foreign).await.status, 200, "so that it is not sent again");
    assert_eq!(kept(&house).await, 0);
}

#[tokio::test]
async fn web_5_a_webhook_that_is_too_long_is_refused_whoever_signed_it() {
    let house = billed().await;
    let client = house.client();
    let most = tell(&client, Some("bad"), vec![b'a'; MOST]).await;
    assert_eq!(most.status, 401, "it is read");
    let long = tell(&client, Some("good"), vec![b'a'; MOST + 1]).await;
    assert_eq!(long.status, 413, "{}", long.text());
    assert_eq!(kept(&house).await, 0);
}

#[tokio::test]
async fn where_nobody_pays_no_webhook_is_taken() {
    let house = House::open().await;
    assert_eq!(tell(&house.client(), Some("good"), Till::told(1, "s1")).await.status, 404);
    assert_eq!(kept(&house).await, 0);
}
