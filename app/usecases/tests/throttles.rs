//! Guesses at passwords are held off, and the owner is not.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use futures::future::join_all;
use jiff::SignedDuration;
use qualify_domain::{circumstances::Circumstances, password::Password};
use qualify_ports::passwords::{PasswordError, PasswordHash, Passwords};
use qualify_usecases::{App, Broken, Error, Ports, SignIn};
use secrecy::SecretString;

use crate::world::{PASSWORD, World};

const OWNER: &str = "owner@north.example";

/// Compares without effort, and counts how often.
struct Counting {
    asked: AtomicUsize,
    busy: bool,
}

#[async_trait]
impl Passwords for Counting {
    async fn hash(&self, _: &Password) -> Result<PasswordHash, PasswordError> {
        Ok(PasswordHash { hash: String::new(), pepper: String::new() })
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PasswordError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.busy {
            return Err(PasswordError::Busy);
        }
        Ok(hash.is_some() && password.expose() == PASSWORD)
    }
}

/// The same world, with passwords that are compared quickly.
fn counting(world: &World, busy: bool) -> (App, Arc<Counting>) {
    let passwords = Arc::new(Counting { asked: AtomicUsize::new(0), busy });
    (App::new(&Ports { passwords: passwords.clone(), ..world.ports.clone() }), passwords)
}

fn from(ip: impl Into<IpAddr>) -> Circumstances {
    Circumstances::of(Some(ip.into()), "Firefox/145.0 (Linux)")
}

fn home() -> Circumstances {
    from([192, 0, 2, 7])
}

/// An address of its own, in a neighbourhood of its own.
fn elsewhere(n: u32) -> Circumstances {
    from(Ipv4Addr::from(0x0b00_0000 + (n << 8)))
}

async fn attempt(app: &App, email: &str, password: &str, from: Circumstances) -> Result<(), Error> {
    let command = SignIn { email: email.to_owned(), password: SecretString::from(password), from };
    app.accounts.sign_in(command).await.map(drop)
}

async fn guess(app: &App, email: &str, from: Circumstances) -> Error {
    attempt(app, email, "a guess at the password", from).await.unwrap_err()
}

fn seconds(error: &Error) -> u64 {
    match error {
        Error::TooOften(seconds) => *seconds,
        _ => 0,
    }
}

#[tokio::test]
async fn auth_7_the_sixth_failure_makes_wait_and_a_success_begins_anew() {
    let world = World::new().await;
    world.found("North").await;
    for n in 0..6 {
        assert_eq!(seconds(&guess(&world.app, OWNER, elsewhere(n)).await), 0, "failure {n}");
    }
    assert_eq!(seconds(&attempt(&world.app, OWNER, PASSWORD, elsewhere(9)).await.unwrap_err()), 2);
    world.clock.advance(SignedDuration::from_secs(2));
    attempt(&world.app, OWNER, PASSWORD, elsewhere(9)).await.unwrap();
    for n in 10..16 {
        assert_eq!(seconds(&guess(&world.app, OWNER, elsewhere(n)).await), 0, "failure {n}");
    }
}

#[tokio::test]
async fn auth_7_an_address_is_counted_whether_it_has_an_account_or_not_and_however_it_is_written() {
    let world = World::new().await;
    world.found("North").await;
    let mut answers = Vec::new();
    for email in [OWNER, "nobody@north.example"] {
        let spellings = [email.to_owned(), email.to_uppercase(), format!(" {email} ")];
        let mut told = Vec::new();
        for n in 0..8 {
            let error = guess(&world.app, &spellings[n % 3], elsewhere(u32::try_from(n).unwrap())).await;
            told.push(error.to_string());
        }
        answers.push(told);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0][7].contains("too often"), "{answers:?}");
}

#[tokio::test]
async fn auth_7_many_guesses_at_once_are_counted_one_by_one_before_a_password_is_looked_at() {
    let world = World::new().await;
    world.found("North").await;
    let (app, passwords) = counting(&world, false);
    let guesses = join_all((0..60).map(|n| guess(&app, OWNER, elsewhere(n)))).await;
    assert_eq!(guesses.iter().filter(|error| seconds(error) > 0).count(), 54);
    assert_eq!(passwords.asked.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn auth_6_a_try_the_product_was_too_busy_for_is_not_counted() {
    let world = World::new().await;
    world.found("North").await;
    let (busy, _) = counting(&world, true);
    for _ in 0..30 {
        let error = attempt(&busy, OWNER, PASSWORD, home()).await.unwrap_err();
        assert!(matches!(error, Error::Limit), "{error:?}");
    }
    attempt(&world.app, OWNER, PASSWORD, home()).await.unwrap();
}

#[tokio::test]
async fn auth_8_where_the_owner_was_before_they_are_counted_apart() {
    let world = World::new().await;
    world.found("North").await;
    let (app, _) = counting(&world, false);
    attempt(&app, OWNER, PASSWORD, home()).await.unwrap();
    for n in 0..6 {
        guess(&app, OWNER, elsewhere(n)).await;
    }
    assert!(seconds(&guess(&app, OWNER, elsewhere(7)).await) > 0);
    attempt(&app, OWNER, PASSWORD, from([192, 0, 2, 200])).await.unwrap();
    assert!(seconds(&guess(&app, OWNER, elsewhere(7)).await) > 0, "the owner's success frees no stranger");
}

#[tokio::test]
async fn auth_9_a_source_may_fail_twenty_times_in_fifteen_minutes_whatever_it_guesses_at() {
    let world = World::new().await;
    world.found("North").await;
    let (app, passwords) = counting(&world, false);
    for n in 0..20 {
        assert_eq!(seconds(&guess(&app, &format!("a{n}@example.com"), home()).await), 0);
    }
    let refused = guess(&app, "another@example.com", home()).await;
    assert!((890..=900).contains(&seconds(&refused)), "{refused:?}");
    assert_eq!(passwords.asked.load(Ordering::SeqCst), 20);
    attempt(&app, OWNER, PASSWORD, elsewhere(1)).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(15));
    assert_eq!(seconds(&guess(&app, "another@example.com", home()).await), 0);
}

#[tokio::test]
async fn auth_9_a_neighbourhood_may_fail_a_hundred_times_an_hour() {
    let world = World::new().await;
    let (app, _) = counting(&world, false);
    for n in 0..100_u8 {
        assert_eq!(seconds(&guess(&app, &format!("a{n}@example.com"), from([198, 51, 100, n])).await), 0);
    }
    assert!(seconds(&guess(&app, "b@example.com", from([198, 51, 100, 200])).await) > 3_000);
    assert_eq!(seconds(&guess(&app, "b@example.com", from([198, 51, 101, 200])).await), 0);
}

#[tokio::test]
async fn auth_9_those_who_sign_in_well_never_use_up_their_networks_tries() {
    let world = World::new().await;
    world.found("North").await;
    let (app, _) = counting(&world, false);
    for _ in 0..60 {
        attempt(&app, OWNER, PASSWORD, home()).await.unwrap();
    }
}

#[tokio::test]
async fn auth_10_an_account_that_waits_answers_the_right_password_as_any_other() {
    let world = World::new().await;
    world.found("North").await;
    let (app, passwords) = counting(&world, false);
    for n in 0..6 {
        let error = guess(&app, OWNER, elsewhere(n)).await;
        assert!(matches!(error, Error::Rule(Broken::WrongCredentials)), "{error:?}");
    }
    let asked = passwords.asked.load(Ordering::SeqCst);
    let right = attempt(&app, OWNER, PASSWORD, elsewhere(7)).await.unwrap_err();
    let wrong = guess(&app, OWNER, elsewhere(8)).await;
    assert_eq!(right.to_string(), wrong.to_string());
    assert_eq!(passwords.asked.load(Ordering::SeqCst), asked, "no password was looked at");
}

#[tokio::test]
async fn rel_4_ten_thousand_distributed_guesses_in_a_day_are_at_most_a_hundred_and_the_owner_still_comes_in() {
    let world = World::new().await;
    world.found("North").await;
    let (app, passwords) = counting(&world, false);
    attempt(&app, OWNER, PASSWORD, home()).await.unwrap();
    let before = passwords.asked.load(Ordering::SeqCst);
    for wave in 0..1_000 {
        // Ten at once from ten networks, each 8.64 s after the one before on average.
        world.clock.advance(SignedDuration::from_millis(86_400));
        join_all((0..10).map(|n| guess(&app, OWNER, elsewhere(wave * 10 + n)))).await;
        if wave % 100 == 99 {
            attempt(&app, OWNER, PASSWORD, from([192, 0, 2, 8])).await.unwrap();
        }
    }
    let verified = passwords.asked.load(Ordering::SeqCst) - before - 10;
    assert!((90..=100).contains(&verified), "{verified} guesses were looked at");
    world.clock.advance(SignedDuration::from_hours(24 * 7));
    assert!(seconds(&attempt(&app, OWNER, PASSWORD, elsewhere(0)).await.unwrap_err()) > 0, "for good");
}
