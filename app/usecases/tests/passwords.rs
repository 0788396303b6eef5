//! Another password, and a better hash of the same (AUTH-4, SES-8).

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::SignedDuration;
use qualify_domain::{
    audit::{Action, EntryFilter, SecurityKind},
    circumstances::Circumstances,
    id::UserId,
    password::{NewPassword, OwnWords, Password},
    totp::{STEP_SECONDS, TotpCode},
};
use qualify_ports::{
    passwords::{PasswordError, PasswordHash, Passwords},
    storage::{PlatformTask, Storage},
};
use qualify_usecases::{App, Broken, ChangePassword, Error, Ports, SecondStep, SignIn, SignInOutcome, SignedIn};
use secrecy::SecretString;

use crate::world::{Home, PASSWORD, World};

const OWNER: &str = "owner@north.example";
const OTHER: &str = "three herons over the marsh";

fn change(current: &str, new: &str) -> ChangePassword {
    let new = NewPassword::choose(new.to_owned(), &OwnWords::of(&[])).unwrap();
    ChangePassword { current: SecretString::from(current), new, from: Circumstances::default() }
}

async fn attempt(app: &App, password: &str) -> Result<SignInOutcome, Error> {
    let (email, password) = (OWNER.to_owned(), SecretString::from(password));
    app.accounts.sign_in(SignIn { email, password, from: Circumstances::default() }).await
}

fn is_wrong<T: std::fmt::Debug>(outcome: &Result<T, Error>) {
    assert!(matches!(outcome, Err(Error::Rule(Broken::WrongCredentials))), "{outcome:?}");
}

async fn north() -> (World, Home) {
    let world = World::new().await;
    let home = world.found("North").await;
    (world, home)
}

async fn live(world: &World, member: &SignedIn) -> usize {
    world.app.sessions.list(member).await.unwrap().len()
}

#[tokio::test]
async fn ses_8_another_password_ends_the_other_sessions_and_the_old_password() {
    let (world, home) = north().await;
    let elsewhere = world.sign_in(OWNER).await;
    assert_eq!(live(&world, &home.owner).await, 2);
    world.app.accounts.change_password(&home.owner, change(PASSWORD, OTHER)).await.unwrap();
    let left = world.app.sessions.list(&home.owner).await.unwrap();
    assert_eq!((left.len(), left[0].is_this), (1, true), "the one that changed it goes on");
    assert_eq!(elsewhere.user, home.owner.user);
    is_wrong(&attempt(&world.app, PASSWORD).await);
    attempt(&world.app, OTHER).await.unwrap();
}

#[tokio::test]
async fn another_password_is_told_by_mail_and_in_the_audit_trail() {
    let (world, home) = north().await;
    world.app.accounts.change_password(&home.owner, change(PASSWORD, OTHER)).await.unwrap();
    let mails = world.work().await;
    let told: Vec<_> = mails.iter().map(|mail| (mail.to.to_string(), mail.subject.as_str())).collect();
    assert_eq!(told, [(OWNER.to_owned(), "Your password was changed")]);
    let filter =
        EntryFilter { action: Some(Action::Security(SecurityKind::PasswordChanged)), ..EntryFilter::default() };
    let trail = world.app.audit.list(&home.owner.actor, &filter, None).await.unwrap();
    assert_eq!(trail.entries.items.len(), 1);
}

#[tokio::test]
async fn auth_7_a_wrong_current_password_changes_nothing_and_is_counted() {
    let (world, home) = north().await;
    for n in 0..6 {
        is_wrong(&world.app.accounts.change_password(&home.owner, change(&format!("not this one {n}"), OTHER)).await);
    }
    let held = world.app.accounts.change_password(&home.owner, change(PASSWORD, OTHER)).await;
    assert!(matches!(held, Err(Error::TooOften(_))), "{held:?}");
    world.clock.advance(SignedDuration::from_secs(2));
    attempt(&world.app, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn of_two_who_change_a_password_at_once_one_does() {
    let (world, home) = north().await;
    let accounts = &world.app.accounts;
    let (one, two) = tokio::join!(
        accounts.change_password(&home.owner, change(PASSWORD, OTHER)),
        accounts.change_password(&home.owner, change(PASSWORD, "a kettle hums in the attic")),
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
    is_wrong(&attempt(&world.app, PASSWORD).await);
}

#[tokio::test]
async fn ses_8_a_sign_in_that_was_half_done_under_the_old_password_is_over() {
    let (world, home) = north().await;
    let factors = &world.app.second_factors;
    factors.begin_totp(&home.owner).await.unwrap();
    let app = factors.totp_set_up(&home.owner).await.unwrap().secret;
    let code = || {
        let step = u64::try_from(world.ports.clock.now().as_second() / STEP_SECONDS).unwrap();
        format!("{:06}", world.ports.vault.totp(&app, step))
    };
    let shown = TotpCode::parse(&code()).unwrap();
    factors.confirm_totp(&home.owner, shown, &Circumstances::default()).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(STEP_SECONDS));
    let outcome = attempt(&world.app, PASSWORD).await.unwrap();
    let SignInOutcome::Challenged(challenged) = outcome else { unreachable!("there is a second factor") };
    world.app.accounts.change_password(&home.owner, change(PASSWORD, OTHER)).await.unwrap();
    let answer = SecondStep { reference: challenged.reference, code: code(), from: Circumstances::default() };
    let refused = world.app.accounts.sign_in_second(answer).await;
    assert!(matches!(refused, Err(Error::Rule(Broken::ChallengeOver))), "{refused:?}");
}

/// Compares without effort; finds only its own hashes current, and can be too busy to make one.
struct Anew {
    busy: bool,
}

#[async_trait]
impl Passwords for Anew {
    async fn hash(&self, _: &Password) -> Result<PasswordHash, PasswordError> {
        if self.busy { Err(PasswordError::Busy) } else { Ok(anew()) }
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PasswordError> {
        Ok(hash.is_some() && password.expose() == PASSWORD)
    }

    fn is_current(&self, hash: &PasswordHash) -> bool {
        *hash == anew()
    }
}

fn anew() -> PasswordHash {
    PasswordHash { hash: "made anew".to_owned(), pepper: "the newest".to_owned() }
}

async fn kept(storage: &dyn Storage, user: UserId) -> PasswordHash {
    let mut tx = storage.platform(PlatformTask::SignIn).await.unwrap();
    tx.accounts().account(user).await.unwrap().unwrap().password
}

#[tokio::test]
async fn auth_4_a_successful_sign_in_hashes_anew_what_was_hashed_in_an_older_way() {
    let (world, home) = north().await;
    let before = kept(&*world.ports.storage, home.owner.user).await;
    let app = |busy| App::new(&Ports { passwords: Arc::new(Anew { busy }), ..world.ports.clone() });
    is_wrong(&attempt(&app(false), "a long walk along the rover").await);
    assert!(kept(&*world.ports.storage, home.owner.user).await == before, "a failure changes nothing");
    attempt(&app(true), PASSWORD).await.unwrap();
    assert!(kept(&*world.ports.storage, home.owner.user).await == before, "too busy now; nobody is kept out for it");
    attempt(&app(false), PASSWORD).await.unwrap();
    assert!(kept(&*world.ports.storage, home.owner.user).await == anew());
    attempt(&app(true), PASSWORD).await.unwrap();
    assert!(kept(&*world.ports.storage, home.owner.user).await == anew(), "once is enough");
}

/// Finds a password right, and while it does so somebody gives the account another.
struct Overtaken {
    storage: Arc<dyn Storage>,
    user: Mutex<Option<UserId>>,
    is_current: bool,
}

#[async_trait]
impl Passwords for Overtaken {
    async fn hash(&self, _: &Password) -> Result<PasswordHash, PasswordError> {
        Ok(anew())
    }

    async fn verify(&self, _: &Password, hash: Option<&PasswordHash>) -> Result<bool, PasswordError> {
        let user = self.user.lock().unwrap().take();
        if let (Some(user), Some(hash)) = (user, hash) {
            let mut tx = self.storage.platform(PlatformTask::SecureAccount).await.unwrap();
            let other = PasswordHash { hash: "another".to_owned(), pepper: "pepper".to_owned() };
            assert!(tx.accounts().replace_password(user, hash, &other).await.unwrap());
            tx.commit().await.unwrap();
        }
        Ok(true)
    }

    fn is_current(&self, _: &PasswordHash) -> bool {
        self.is_current
    }
}

#[tokio::test]
async fn auth_4_ses_8_a_password_that_is_changed_while_it_is_compared_opens_nothing() {
    for is_current in [true, false] {
        let (world, home) = north().await;
        let (storage, user) = (world.ports.storage.clone(), Mutex::new(Some(home.owner.user)));
        let passwords = Arc::new(Overtaken { storage, user, is_current });
        let app = App::new(&Ports { passwords, ..world.ports.clone() });
        let sessions = live(&world, &home.owner).await;
        is_wrong(&attempt(&app, PASSWORD).await);
        assert_eq!(live(&world, &home.owner).await, sessions);
        assert_eq!(kept(&*world.ports.storage, home.owner.user).await.hash, "another", "it is not overwritten");
        attempt(&app, PASSWORD).await.unwrap();
    }
}
