//! The keys that sign access tokens change, and nobody notices.

use std::sync::Arc;

use jiff::SignedDuration;
use qualify_crypto::{Jwt, KeyRing};
use qualify_domain::circumstances::Circumstances;
use qualify_usecases::{App, Granted, Ports, SignIn, SigningKeys};
use secrecy::{ExposeSecret, SecretString};

use crate::world::{PASSWORD, World, granted};

/// One process of several in front of the same storage, with the same key ring.
struct Process {
    app: App,
    keys: SigningKeys,
}

impl Process {
    fn start(world: &World, ring: &KeyRing) -> Self {
        let tokens = Arc::new(Jwt::new(ring, "https://crm.example.com").unwrap());
        let ports = Ports { tokens, ..world.ports.clone() };
        Self { app: App::new(&ports), keys: SigningKeys::new(&ports) }
    }

    async fn sign_in(&self) -> Granted {
        let email = "owner@north.example".to_owned();
        let command = SignIn { email, password: SecretString::from(PASSWORD), from: Circumstances::default() };
        granted(self.app.accounts.sign_in(command).await.unwrap())
    }

    async fn knows(&self, granted: &Granted) -> bool {
        self.app.access.member(granted.access.expose_secret()).await.unwrap().is_some()
    }

    async fn renews(&self, granted: &Granted) -> bool {
        let secret = granted.refresh.as_ref().unwrap().expose_secret();
        self.app.accounts.refresh(secret, &Circumstances::default()).await.unwrap().is_some()
    }
}

async fn two(world: &World) -> (Process, Process) {
    world.found("North").await;
    let ring = KeyRing::generate();
    let (one, other) = (Process::start(world, &ring), Process::start(world, &ring));
    one.keys.tend().await.unwrap();
    other.keys.tend().await.unwrap();
    (one, other)
}

fn kid(granted: &Granted) -> String {
    granted.access.expose_secret().split('.').next().unwrap().to_owned()
}

#[tokio::test]
async fn ses_3_what_was_signed_before_the_first_key_was_written_down_still_counts() {
    let world = World::new().await;
    world.found("North").await;
    let process = Process::start(&world, &KeyRing::generate());
    let before = process.sign_in().await;
    process.keys.tend().await.unwrap();
    assert!(process.knows(&before).await);
}

#[tokio::test]
async fn ses_3_a_rotation_reaches_every_process_and_no_token_is_refused_on_the_way() {
    let world = World::new().await;
    let (one, other) = two(&world).await;
    let before = one.sign_in().await;
    one.keys.rotate(false).await.unwrap();
    one.keys.tend().await.unwrap();
    let unheard = one.sign_in().await;
    assert_eq!(kid(&unheard), kid(&before), "nobody signs with what others have not heard of");
    assert!(other.knows(&unheard).await);

    world.clock.advance(SignedDuration::from_secs(61));
    other.keys.tend().await.unwrap();
    one.keys.tend().await.unwrap();
    let after = other.sign_in().await;
    assert_ne!(kid(&after), kid(&before));
    assert!(one.knows(&after).await && one.knows(&before).await && other.knows(&before).await);
}

#[tokio::test]
async fn ses_3_after_ninety_days_one_of_many_processes_makes_the_next_key() {
    let world = World::new().await;
    let (one, other) = two(&world).await;
    let before = kid(&one.sign_in().await);
    world.clock.advance(SignedDuration::from_hours(90 * 24));
    let (first, second) = tokio::join!(one.keys.tend(), other.keys.tend());
    first.and(second).unwrap();
    world.clock.advance(SignedDuration::from_secs(61));
    one.keys.tend().await.unwrap();
    other.keys.tend().await.unwrap();
    let (here, there) = (one.sign_in().await, other.sign_in().await);
    assert_eq!(kid(&here), kid(&there));
    assert_ne!(kid(&here), before);
}

#[tokio::test]
async fn ses_3_in_an_emergency_nothing_that_was_signed_counts_and_nobody_signs_in_anew() {
    let world = World::new().await;
    let (one, other) = two(&world).await;
    let before = one.sign_in().await;
    one.keys.rotate(true).await.unwrap();
    one.keys.tend().await.unwrap();
    other.keys.tend().await.unwrap();
    assert!(!one.knows(&before).await && !other.knows(&before).await);
    assert!(other.renews(&before).await, "the browser is given new tokens on its next click");
    assert!(one.knows(&other.sign_in().await).await);
}

#[tokio::test]
async fn ses_3_a_clock_that_was_set_back_signs_nobody_out() {
    let world = World::new().await;
    let (one, other) = two(&world).await;
    one.keys.rotate(false).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(-48));
    one.keys.tend().await.unwrap();
    other.keys.tend().await.unwrap();
    assert!(other.knows(&one.sign_in().await).await);
}

#[tokio::test]
async fn ses_3_a_ring_without_the_key_behind_a_signing_key_makes_its_own() {
    let world = World::new().await;
    two(&world).await;
    let process = Process::start(&world, &KeyRing::generate());
    process.keys.tend().await.unwrap();
    assert!(process.knows(&process.sign_in().await).await);
}
