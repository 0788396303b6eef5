//! Many who sign in at once take nothing from anybody else (REL-5).

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use qualify_crypto::{Bcrypt, KeyRing};
use qualify_domain::password::Password;
use qualify_integration::{Answer, House, Plan};
use qualify_ports::passwords::{PasswordError, PasswordHash, Passwords};
use reqwest::Method;
use serde_json::json;
use tokio::{sync::Semaphore, task::JoinHandle};

/// As many as the rule speaks of.
const CROWD: usize = 200;

/// Compares as usual, until it is told to hold everybody; then nobody is answered before they are let go.
struct Held {
    usual: Bcrypt,
    holds: AtomicBool,
    is_busy: AtomicBool,
    waiting: AtomicUsize,
    gate: Semaphore,
}

impl Held {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            usual: Bcrypt::quick(&KeyRing::generate()),
            holds: AtomicBool::new(false),
            is_busy: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            gate: Semaphore::new(0),
        })
    }
}

#[async_trait]
impl Passwords for Held {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PasswordError> {
        self.usual.hash(password).await
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PasswordError> {
        if self.is_busy.load(Ordering::SeqCst) {
            return Err(PasswordError::Busy);
        }
        if self.holds.load(Ordering::SeqCst) {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let _ = self.gate.acquire().await;
        }
        self.usual.verify(password, hash).await
    }
}

/// Somebody unknown who signs in, each from a neighbourhood of their own.
fn knock(house: &House, n: usize) -> JoinHandle<Answer> {
    let client = house.client();
    tokio::spawn(async move {
        let (email, from) = (format!("guest{n}@crowd.example"), format!("10.{n}.0.1"));
        let request = client.request(Method::POST, "/sign-in").header("accept", "text/html");
        let request = request.header("origin", client.base()).header("x-forwarded-for", from);
        client.ask(request.form(&[("email", &*email), ("password", "nobody has this one")])).await
    })
}

#[tokio::test]
async fn rel_5_while_every_sign_in_waits_for_its_hash_all_other_routes_answer() {
    let held = Held::new();
    let plan = Plan { passwords: Some(held.clone()), trusted_proxies: 1, ..Plan::default() };
    let house = House::built(plan).await;
    let mut north = house.found("North").await;
    held.holds.store(true, Ordering::SeqCst);
    let crowd: Vec<_> = (0..CROWD).map(|n| knock(&house, n)).collect();
    let answered = || crowd.iter().filter(|knock| knock.is_finished()).count();
    while held.waiting.load(Ordering::SeqCst) + answered() < CROWD {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let waiting = held.waiting.load(Ordering::SeqCst);
    assert!(waiting > 50, "{waiting} wait: more than there are processors, and than there are connections");

    // None of these would ever be answered if those who wait held what they need.
    assert_eq!(north.owner.client.get("/leads").await.status, 200);
    assert_eq!(north.owner.client.get("/settings/security").await.status, 200);
    let visitor = house.client();
    let form = visitor.request(Method::POST, &format!("/f/{}", north.public_id)).header("accept", "application/json");
    assert_eq!(visitor.ask(form.json(&json!({"email": "lead@example.com"}))).await.status, 201);
    for path in ["/healthz", "/readyz", "/sign-in", "/privacy"] {
        assert_eq!(house.client().get(path).await.status, 200, "{path}");
    }
    assert_eq!(crowd.iter().filter(|knock| !knock.is_finished()).count(), waiting, "the crowd waits still");

    held.gate.close();
    for knock in crowd {
        let answer = knock.await.unwrap();
        assert!(answer.set_cookies().is_empty() && answer.status >= 400, "{}", answer.status);
    }
}

#[tokio::test]
async fn rel_5_who_would_wait_too_long_for_a_hash_is_told_when_to_come_back() {
    let held = Held::new();
    let house = House::built(Plan { passwords: Some(held.clone()), trusted_proxies: 1, ..Plan::default() }).await;
    held.is_busy.store(true, Ordering::SeqCst);
    let refused = knock(&house, 1).await.unwrap();
    assert_eq!((refused.status, refused.header("retry-after")), (503, "1"));
    held.is_busy.store(false, Ordering::SeqCst);
    assert_eq!(knock(&house, 1).await.unwrap().status, 401);
}
