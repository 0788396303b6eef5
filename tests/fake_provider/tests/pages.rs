//! People pay at the provider's pages, and let time pass at its desk.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use qualify_fake_provider::{Config, FakeProvider, Watch};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Duration, sleep, timeout},
};

const HOME: &str = "http://127.0.0.1:9/settings/billing/return";

/// A clock that somebody else winds, too.
struct Wound(AtomicI64);

impl Watch for Wound {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::Relaxed)).unwrap()
    }

    fn advance(&self, time: SignedDuration) {
        self.0.fetch_add(time.as_secs(), Ordering::Relaxed);
    }
}

/// A status, where to go on, and a page.
type Answer = (u16, String, String);

async fn ask(provider: &FakeProvider, method: &str, target: &str, headers: &[(&str, &str)], body: String) -> Answer {
    let address = provider.url().trim_start_matches("http://");
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let target = target.strip_prefix(provider.url()).unwrap_or(target);
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let location = head.headers.get("location").map(|to| to.to_str().unwrap().to_owned());
    (head.status.as_u16(), location.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

async fn look(provider: &FakeProvider, target: &str) -> Answer {
    ask(provider, "GET", target, &[], String::new()).await
}

async fn press(provider: &FakeProvider, target: &str, button: &str) -> Answer {
    ask(provider, "POST", target, &[("origin", provider.url())], format!("do={button}")).await
}

async fn api(provider: &FakeProvider, method: &str, target: &str, body: Value) -> Value {
    let key = format!("Bearer {}", provider.config().key);
    serde_json::from_str(&ask(provider, method, target, &[("authorization", &key)], body.to_string()).await.2).unwrap()
}

/// Where a checkout is paid.
async fn checkout(provider: &FakeProvider, reference: &str) -> String {
    let ends_at = provider.now() + SignedDuration::from_hours(24);
    let body = json!({"data": {
        "type": "checkouts",
        "attributes": {
            "checkout_data": {"email": "<jo>@example.com", "custom": {"reference": reference}},
            "product_options": {"redirect_url": HOME},
            "expires_at": ends_at.to_string(),
        },
        "relationships": {"store": {"data": {"id": "7"}}, "variant": {"data": {"id": "102"}}},
    }});
    let made = api(provider, "POST", "/v1/checkouts", body).await;
    made["data"]["attributes"]["url"].as_str().unwrap().to_owned()
}

async fn subscribed(provider: &FakeProvider) -> u64 {
    let url = checkout(provider, "one").await;
    assert_eq!(press(provider, &url, "pay").await.1, HOME);
    provider.subscriptions()[0].id
}

fn status(provider: &FakeProvider) -> String {
    provider.subscriptions()[0].status.clone()
}

#[tokio::test]
async fn a_checkout_is_paid_once_and_in_time() {
    let provider = FakeProvider::start(Config::default()).await.unwrap();
    let url = checkout(&provider, "one").await;
    let (code, _, page) = look(&provider, &url).await;
    assert_eq!(code, 200);
    assert!(page.contains("Qualify Team") && page.contains("€49.00") && page.contains("€58.80"), "{page}");
    assert!(page.contains("&lt;jo&gt;@example.com") && !page.contains("<jo>"), "{page}");
    assert_eq!(press(&provider, &url, "leave").await.1, HOME);
    assert_eq!(provider.subscriptions().len(), 0, "whoever leaves has bought nothing");
    assert_eq!(press(&provider, &url, "pay").await.1, HOME);
    press(&provider, &url, "pay").await;
    assert_eq!(provider.subscriptions().len(), 1);
    assert!(look(&provider, &url).await.2.contains("paid already"));

    let late = checkout(&provider, "two").await;
    provider.advance(SignedDuration::from_hours(24));
    assert_eq!(press(&provider, &late, "pay").await.0, 403);
    assert_eq!(provider.subscriptions().len(), 1);
}

#[tokio::test]
async fn what_the_links_lead_to_can_be_used() {
    let provider = FakeProvider::start(Config::default()).await.unwrap();
    let id = subscribed(&provider).await;
    let told = api(&provider, "GET", &format!("/v1/subscriptions/{id}"), Value::Null).await;
    let url = |name: &str| told["data"]["attributes"]["urls"][name].as_str().unwrap().to_owned();
    let (portal, card) = (url("customer_portal"), url("update_payment_method"));
    press(&provider, &portal, "cancel").await;
    assert_eq!(status(&provider), "cancelled");
    press(&provider, &portal, "resume").await;
    assert_eq!(status(&provider), "active");
    provider.fail_payments(id);
    assert!(look(&provider, &card).await.2.contains("this card is not good"));
    press(&provider, &card, "card").await;
    assert!(look(&provider, &card).await.2.contains("This card is good"));
    let invoices = api(&provider, "GET", "/v1/subscription-invoices", Value::Null).await;
    let invoice = invoices["data"][0]["attributes"]["urls"]["invoice_url"].as_str().unwrap();
    assert!(look(&provider, invoice).await.2.contains("€58.80"));
}

#[tokio::test]
async fn at_the_desk_time_passes_for_all_who_go_by_the_clock() {
    let watch = Arc::new(Wound(AtomicI64::new(1_795_953_600)));
    let provider = FakeProvider::start_by(watch.clone(), Config::default()).await.unwrap();
    let id = subscribed(&provider).await;
    let subscription = format!("/desk/subscriptions/{id}");
    press(&provider, &subscription, "fail").await;
    for wait in ["720", "24", "a century"] {
        assert_eq!(press(&provider, "/desk/time", wait).await.1, "/desk");
    }
    assert_eq!((watch.now(), status(&provider).as_str()), (provider.now(), "past_due"));
    assert_eq!(watch.now().as_second(), 1_795_953_600 + 31 * 86_400);
    press(&provider, &subscription, "unpause").await;
    assert_eq!(status(&provider), "past_due", "what is not offered is not done");
    press(&provider, &subscription, "recover").await;
    press(&provider, &subscription, "refund").await;
    press(&provider, &subscription, "void").await;
    assert_eq!(status(&provider), "paused");
    let refunded = provider.bills().iter().filter(|bill| bill.status == "refunded").count();
    assert_eq!(refunded, 1);
    watch.advance(SignedDuration::from_hours(1));
    assert_eq!(watch.now(), provider.now(), "it follows the clock, whoever winds it");
    let (code, _, page) = look(&provider, "/desk").await;
    assert!(code == 200 && page.contains("paused (void)"), "{page}");
}

#[tokio::test]
async fn pages_of_others_press_nothing() {
    let provider = FakeProvider::start(Config::default()).await.unwrap();
    let then = provider.now();
    for headers in [[("origin", "http://evil.example")], [("origin", "null")], [("host", "evil.example")]] {
        assert_eq!(ask(&provider, "POST", "/desk/time", &headers, "do=24".to_owned()).await.0, 403);
    }
    assert_eq!(provider.now(), then);
}

/// Answers whatever comes with that status, and tells the first line.
async fn answer(listener: &TcpListener, status: u16) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut heard = vec![0; 64 * 1024];
    let length = stream.read(&mut heard).await.unwrap();
    let said = format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(said.as_bytes()).await.unwrap();
    String::from_utf8_lossy(&heard[..length]).into_owned()
}

#[tokio::test]
async fn it_carries_its_webhooks_and_the_desk_says_what_became_of_them() {
    let provider = FakeProvider::start(Config::default()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    subscribed(&provider).await;
    let hearing = async {
        let first = answer(&listener, 500).await;
        assert!(first.starts_with("POST /hear HTTP/1.1") && first.to_lowercase().contains("x-signature: "), "{first}");
        for _ in 0..3 {
            answer(&listener, 200).await;
        }
        provider.advance(SignedDuration::from_secs(5));
        assert!(answer(&listener, 200).await.contains("order_created"), "it comes again");
        press(&provider, "/desk/webhooks", "lose").await;
        let id = provider.subscriptions()[0].id;
        provider.cancel(id);
        loop {
            let page = look(&provider, "/desk").await.2;
            if page.contains("4 answered 200, 1 answered 500, 2 lost. 0 waiting.") {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let heard = async {
        tokio::select! {
            () = provider.carry(port, "/hear") => {}
            () = hearing => {}
        }
    };
    timeout(Duration::from_secs(20), heard).await.unwrap();
}
