//! Authenticator apps, recovery codes, and the second step of signing in.

use jiff::SignedDuration;
use qualify_domain::{
    circumstances::Circumstances,
    recovery_code::RecoveryCode,
    totp::{STEP_SECONDS, TotpCode},
};
use qualify_ports::{storage::PlatformTask, vault::TotpSecret};
use qualify_usecases::{Broken, Error, Granted, SecondStep, SignIn, SignInOutcome, SignedIn};
use secrecy::{ExposeSecret, SecretString};

use crate::world::{Home, PASSWORD, World};

const OWNER: &str = "owner@north.example";

/// The owner of an organization with an authenticator app and ten recovery codes.
struct Guarded {
    world: World,
    home: Home,
    app: TotpSecret,
    codes: Vec<RecoveryCode>,
}

impl Guarded {
    async fn new() -> Self {
        let world = World::new().await;
        let home = world.found("North").await;
        let factors = &world.app.second_factors;
        factors.begin_totp(&home.owner).await.unwrap();
        let app = factors.totp_set_up(&home.owner).await.unwrap().secret;
        let shown = TotpCode::parse(&code(&world, &app)).unwrap();
        let codes = factors.confirm_totp(&home.owner, shown, &Circumstances::default()).await.unwrap();
        let guarded = Self { world, home, app, codes };
        guarded.wait_for_the_next_code();
        guarded
    }

    fn owner(&self) -> &SignedIn {
        &self.home.owner
    }

    fn wait_for_the_next_code(&self) {
        self.world.clock.advance(SignedDuration::from_secs(STEP_SECONDS));
    }

    fn code(&self) -> String {
        code(&self.world, &self.app)
    }

    /// A code that is wrong at any moment near this one.
    fn wrong_code(&self) -> String {
        let step = step(&self.world);
        let right: Vec<u32> = (step - 3..step + 4).map(|step| self.world.ports.vault.totp(&self.app, step)).collect();
        let wrong = (0..10).find(|code| !right.contains(code)).unwrap();
        format!("{wrong:06}")
    }

    async fn challenge(&self) -> SecretString {
        let command =
            SignIn { email: OWNER.to_owned(), password: SecretString::from(PASSWORD), from: Circumstances::default() };
        let outcome = self.world.app.accounts.sign_in(command).await.unwrap();
        let SignInOutcome::Challenged(challenged) = outcome else { unreachable!("the password alone was enough") };
        challenged.reference
    }

    async fn answer(&self, reference: &SecretString, code: &str) -> Result<Granted, Error> {
        let reference = reference.clone();
        let command = SecondStep { reference, code: code.to_owned(), from: Circumstances::default() };
        self.world.app.accounts.sign_in_second(command).await
    }

    /// A new challenge, and one answer to it.
    async fn come_in(&self, code: &str) -> Result<Granted, Error> {
        let reference = self.challenge().await;
        self.answer(&reference, code).await
    }
}

fn step(world: &World) -> u64 {
    u64::try_from(world.ports.clock.now().as_second() / STEP_SECONDS).unwrap()
}

fn code(world: &World, app: &TotpSecret) -> String {
    format!("{:06}", world.ports.vault.totp(app, step(world)))
}

fn is(refused: Result<Granted, Error>, broken: Broken) {
    let error = refused.unwrap_err();
    assert!(matches!(error, Error::Rule(found) if found == broken), "{error:?} is not {broken:?}");
}

#[tokio::test]
async fn auth_13_an_account_with_an_app_gets_a_session_for_its_code_only() {
    let guarded = Guarded::new().await;
    let reference = guarded.challenge().await;
    is(guarded.answer(&reference, &guarded.wrong_code()).await, Broken::WrongCode);
    let granted = guarded.answer(&reference, &guarded.code()).await.unwrap();
    let member = guarded.world.app.access.member(granted.access.expose_secret()).await.unwrap().unwrap();
    assert_eq!(member.user, guarded.owner().user);
}

#[tokio::test]
async fn auth_13_a_code_is_refused_the_second_time() {
    let guarded = Guarded::new().await;
    let code = guarded.code();
    guarded.come_in(&code).await.unwrap();
    is(guarded.come_in(&code).await, Broken::WrongCode);
    guarded.wait_for_the_next_code();
    is(guarded.come_in(&code).await, Broken::WrongCode);
    guarded.come_in(&guarded.code()).await.unwrap();
}

#[tokio::test]
async fn auth_13_of_two_who_send_one_code_at_once_one_comes_in() {
    let guarded = Guarded::new().await;
    let (one, other, code) = (guarded.challenge().await, guarded.challenge().await, guarded.code());
    let (one, other) = tokio::join!(guarded.answer(&one, &code), guarded.answer(&other, &code));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
}

#[tokio::test]
async fn auth_13_a_challenge_is_over_after_five_tries() {
    let guarded = Guarded::new().await;
    let reference = guarded.challenge().await;
    for _ in 0..5 {
        is(guarded.answer(&reference, &guarded.wrong_code()).await, Broken::WrongCode);
    }
    is(guarded.answer(&reference, &guarded.code()).await, Broken::ChallengeOver);
    guarded.come_in(&guarded.code()).await.unwrap();
}

#[tokio::test]
async fn auth_13_what_cannot_be_a_code_is_no_try() {
    let guarded = Guarded::new().await;
    let reference = guarded.challenge().await;
    for _ in 0..10 {
        let refused = guarded.answer(&reference, "12345").await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }
    guarded.answer(&reference, &guarded.code()).await.unwrap();
}

#[tokio::test]
async fn auth_13_a_challenge_is_over_after_five_minutes() {
    let guarded = Guarded::new().await;
    let reference = guarded.challenge().await;
    guarded.world.clock.advance(SignedDuration::from_mins(5));
    is(guarded.answer(&reference, &guarded.code()).await, Broken::ChallengeOver);
}

#[tokio::test]
async fn auth_13_a_challenge_is_good_for_one_session() {
    let guarded = Guarded::new().await;
    let (reference, other) = (guarded.challenge().await, guarded.challenge().await);
    guarded.answer(&reference, &guarded.code()).await.unwrap();
    guarded.wait_for_the_next_code();
    is(guarded.answer(&reference, &guarded.code()).await, Broken::ChallengeOver);
    is(guarded.answer(&other, &guarded.code()).await, Broken::ChallengeOver);
    is(guarded.answer(&SecretString::from("made up"), &guarded.code()).await, Broken::ChallengeOver);
}

#[tokio::test]
async fn auth_13_a_hundred_wrong_codes_in_a_row_disable_the_app_and_not_the_question() {
    let guarded = Guarded::new().await;
    for _ in 0..20 {
        let reference = guarded.challenge().await;
        for _ in 0..5 {
            is(guarded.answer(&reference, &guarded.wrong_code()).await, Broken::WrongCode);
        }
    }
    is(guarded.come_in(&guarded.code()).await, Broken::AppDisabled);
    assert!(guarded.world.app.second_factors.view(guarded.owner()).await.unwrap().app_disabled);
    guarded.come_in(guarded.codes[0].expose()).await.unwrap();
    let mails = guarded.world.work().await;
    assert!(mails.iter().any(|mail| mail.subject.contains("disabled")), "the user is told");
}

#[tokio::test]
async fn auth_13_the_secret_lies_sealed_in_the_storage() {
    let guarded = Guarded::new().await;
    let mut tx = guarded.world.ports.storage.platform(PlatformTask::SecureAccount).await.unwrap();
    let kept = tx.second_factors().totp(guarded.owner().user).await.unwrap().unwrap();
    let secret = guarded.app.expose_secret();
    assert!(!kept.secret.bytes.windows(secret.len()).any(|part| part == secret));
    assert!(guarded.world.ports.vault.open(&kept.secret, "totp/somebody else").is_err());
}

#[tokio::test]
async fn auth_13_an_app_that_has_not_shown_its_code_asks_nobody() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.app.second_factors.begin_totp(&home.owner).await.unwrap();
    world.sign_in(OWNER).await;
    let wrong = TotpCode::parse("000000").unwrap();
    let refused = world.app.second_factors.confirm_totp(&home.owner, wrong, &Circumstances::default()).await;
    assert!(matches!(refused, Err(Error::Rule(Broken::WrongCode))), "{refused:?}");
    world.sign_in(OWNER).await;
}

#[tokio::test]
async fn auth_13_an_app_in_use_is_not_replaced_unseen() {
    let guarded = Guarded::new().await;
    let factors = &guarded.world.app.second_factors;
    assert!(matches!(factors.begin_totp(guarded.owner()).await, Err(Error::Conflict(_))));
    assert!(matches!(factors.totp_set_up(guarded.owner()).await, Err(Error::NotFound(_))), "its secret stays unseen");
    guarded.come_in(&guarded.code()).await.unwrap();
}

#[tokio::test]
async fn auth_13_without_the_app_the_password_is_enough_again_and_the_codes_are_gone() {
    let guarded = Guarded::new().await;
    guarded.world.app.second_factors.remove_totp(guarded.owner(), &Circumstances::default()).await.unwrap();
    guarded.world.sign_in(OWNER).await;
    let left = guarded.world.app.second_factors.view(guarded.owner()).await.unwrap().factors;
    assert_eq!((left.totp, left.recovery_codes), (false, 0));
}

#[tokio::test]
async fn auth_14_ten_codes_each_good_for_one_sign_in() {
    let guarded = Guarded::new().await;
    assert_eq!(guarded.codes.len(), 10);
    guarded.come_in(&guarded.codes[3].written().to_lowercase()).await.unwrap();
    is(guarded.come_in(guarded.codes[3].expose()).await, Broken::WrongCode);
    let left = guarded.world.app.second_factors.view(guarded.owner()).await.unwrap().factors.recovery_codes;
    assert_eq!(left, 9);
    guarded.come_in(guarded.codes[4].expose()).await.unwrap();
}

#[tokio::test]
async fn auth_14_of_two_who_use_one_code_at_once_one_comes_in() {
    let guarded = Guarded::new().await;
    let (one, other, code) = (guarded.challenge().await, guarded.challenge().await, guarded.codes[0].expose());
    let (one, other) = tokio::join!(guarded.answer(&one, code), guarded.answer(&other, code));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
}

#[tokio::test]
async fn auth_14_a_code_of_somebody_else_opens_nothing() {
    let guarded = Guarded::new().await;
    let other = guarded.world.found("South").await;
    let factors = &guarded.world.app.second_factors;
    factors.begin_totp(&other.owner).await.unwrap();
    let app = factors.totp_set_up(&other.owner).await.unwrap().secret;
    let shown = TotpCode::parse(&code(&guarded.world, &app)).unwrap();
    let codes = factors.confirm_totp(&other.owner, shown, &Circumstances::default()).await.unwrap();
    is(guarded.come_in(codes[0].expose()).await, Broken::WrongCode);
    is(guarded.come_in(&code(&guarded.world, &app)).await, Broken::WrongCode);
}

#[tokio::test]
async fn auth_14_new_codes_end_the_earlier_ones() {
    let guarded = Guarded::new().await;
    let codes = guarded
        .world
        .app
        .second_factors
        .replace_recovery_codes(guarded.owner(), &Circumstances::default())
        .await
        .unwrap();
    is(guarded.come_in(guarded.codes[0].expose()).await, Broken::WrongCode);
    guarded.come_in(codes[0].expose()).await.unwrap();
}

#[tokio::test]
async fn auth_14_nobody_without_a_second_factor_gets_recovery_codes() {
    let world = World::new().await;
    let home = world.found("North").await;
    let refused = world.app.second_factors.replace_recovery_codes(&home.owner, &Circumstances::default()).await;
    assert!(matches!(refused, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn auth_14_a_used_code_is_told_by_mail_with_what_is_left() {
    let guarded = Guarded::new().await;
    guarded.world.work().await;
    guarded.come_in(guarded.codes[0].expose()).await.unwrap();
    let mails = guarded.world.work().await;
    let told: Vec<_> = mails.iter().map(|mail| (mail.to.to_string(), mail.subject.as_str())).collect();
    assert_eq!(told, [(OWNER.to_owned(), "A recovery code was used")]);
    assert!(mails[0].text.contains("Left: 9"), "{}", mails[0].text);
    assert!(!mails[0].text.contains(guarded.codes[0].expose()));
}
