//! Step-up: a member proves once more who they are (AUTH-16).

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Role,
    audit::{Action, EntryFilter, SecurityKind},
    circumstances::Circumstances,
    connection::ConnectionKind,
    recovery_code::RecoveryCode,
    totp::{STEP_SECONDS, TotpCode},
};
use qualify_ports::vault::TotpSecret;
use qualify_usecases::{Broken, Confirmation, Error, Granted, PasskeyAnswer, SignIn, SignedIn};
use secrecy::{ExposeSecret, SecretString};

use crate::world::{Home, PASSWORD, World, granted};

const OWNER: &str = "owner@north.example";

/// Somebody in a session of theirs.
struct Seat {
    tokens: Granted,
    member: SignedIn,
}

impl Seat {
    async fn take(world: &World, email: &str) -> Self {
        let command =
            SignIn { email: email.to_owned(), password: SecretString::from(PASSWORD), from: Circumstances::default() };
        let tokens = granted(world.app.accounts.sign_in(command).await.unwrap());
        let member = world.app.access.member(tokens.access.expose_secret()).await.unwrap().unwrap();
        Self { tokens, member }
    }

    /// When they last proved who they are, as the next request reads it.
    async fn proven_at(&self, world: &World) -> Timestamp {
        let member = world.app.access.member(self.tokens.access.expose_secret()).await.unwrap();
        member.unwrap().proof.0
    }

    async fn confirm(&self, world: &World, password: &str, code: &str) -> Result<(), Error> {
        let (password, from) = (SecretString::from(password), Circumstances::default());
        let command = Confirmation { password, code: code.to_owned(), from };
        world.app.accounts.confirm(&self.member, command).await
    }
}

async fn north() -> (World, Home, Seat) {
    let world = World::new().await;
    let home = world.found("North").await;
    let seat = Seat::take(&world, OWNER).await;
    (world, home, seat)
}

/// An authenticator app of the one who sits there, and their recovery codes.
async fn guarded(world: &World, seat: &Seat) -> (TotpSecret, Vec<RecoveryCode>) {
    let factors = &world.app.second_factors;
    factors.begin_totp(&seat.member).await.unwrap();
    let app = factors.totp_set_up(&seat.member).await.unwrap().secret;
    let shown = TotpCode::parse(&code(world, &app)).unwrap();
    let codes = factors.confirm_totp(&seat.member, shown, &Circumstances::default()).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(STEP_SECONDS));
    (app, codes)
}

fn code(world: &World, app: &TotpSecret) -> String {
    let step = u64::try_from(world.ports.clock.now().as_second() / STEP_SECONDS).unwrap();
    format!("{:06}", world.ports.vault.totp(app, step))
}

fn is(refused: Result<(), Error>, broken: Broken) {
    let error = refused.unwrap_err();
    assert!(matches!(error, Error::Rule(found) if found == broken), "{error:?} is not {broken:?}");
}

#[tokio::test]
async fn auth_16_signing_in_is_a_proof_and_the_password_another_where_it_is_all_there_is() {
    let (world, _, seat) = north().await;
    let first = seat.proven_at(&world).await;
    assert_eq!(seat.member.proof.0, first);
    world.clock.advance(SignedDuration::from_mins(9));
    is(seat.confirm(&world, "a long walk along the rover", "").await, Broken::WrongCredentials);
    assert_eq!(seat.proven_at(&world).await, first, "a wrong password proves nothing");
    seat.confirm(&world, PASSWORD, "").await.unwrap();
    assert!(seat.proven_at(&world).await >= first + SignedDuration::from_mins(9));
}

#[tokio::test]
async fn auth_16_a_proof_is_one_of_its_own_session() {
    let (world, _, seat) = north().await;
    let other = Seat::take(&world, OWNER).await;
    let before = other.proven_at(&world).await;
    world.clock.advance(SignedDuration::from_mins(5));
    seat.confirm(&world, PASSWORD, "").await.unwrap();
    assert_eq!(other.proven_at(&world).await, before);
}

#[tokio::test]
async fn auth_16_a_password_is_never_enough_where_there_is_a_second_factor() {
    let (world, _, seat) = north().await;
    let (app, codes) = guarded(&world, &seat).await;
    let before = seat.proven_at(&world).await;
    assert!(matches!(seat.confirm(&world, PASSWORD, " ").await, Err(Error::Invalid(_))));
    assert!(matches!(seat.confirm(&world, PASSWORD, "12345").await, Err(Error::Invalid(_))));
    let wrong = code(&world, &app).chars().rev().collect::<String>();
    let wrong = if wrong == code(&world, &app) { "000001".to_owned() } else { wrong };
    is(seat.confirm(&world, PASSWORD, &wrong).await, Broken::WrongCredentials);
    assert_eq!(seat.proven_at(&world).await, before);
    seat.confirm(&world, PASSWORD, &code(&world, &app)).await.unwrap();
    is(seat.confirm(&world, PASSWORD, &code(&world, &app)).await, Broken::WrongCredentials);
    seat.confirm(&world, PASSWORD, codes[3].expose()).await.unwrap();
    is(seat.confirm(&world, PASSWORD, codes[3].expose()).await, Broken::WrongCredentials);
    assert!(seat.proven_at(&world).await > before);
}

#[tokio::test]
async fn auth_16_a_right_code_without_the_password_proves_nothing_and_is_not_used_up() {
    let (world, _, seat) = north().await;
    let (app, codes) = guarded(&world, &seat).await;
    for code in [&code(&world, &app), codes[0].expose()] {
        let before = seat.proven_at(&world).await;
        is(seat.confirm(&world, "a long walk along the rover", code).await, Broken::WrongCredentials);
        assert_eq!(seat.proven_at(&world).await, before);
        seat.confirm(&world, PASSWORD, code).await.unwrap();
    }
}

#[tokio::test]
async fn auth_16_auth_7_wrong_proofs_are_counted_like_wrong_sign_ins_and_under_the_same_key() {
    let (world, _, seat) = north().await;
    for n in 0..6 {
        let password = format!("a guess at a password {n}");
        is(seat.confirm(&world, &password, "").await, Broken::WrongCredentials);
    }
    let held = seat.confirm(&world, PASSWORD, "").await;
    assert!(matches!(held, Err(Error::TooOften(1..=2))), "{held:?}");
    let command =
        SignIn { email: OWNER.to_owned(), password: SecretString::from(PASSWORD), from: Circumstances::default() };
    let door = world.app.accounts.sign_in(command).await;
    assert!(matches!(door, Err(Error::TooOften(_))), "{door:?}");
    world.clock.advance(SignedDuration::from_secs(2));
    seat.confirm(&world, PASSWORD, "").await.unwrap();
    is(seat.confirm(&world, "and the count begins anew", "").await, Broken::WrongCredentials);
    seat.confirm(&world, PASSWORD, "").await.unwrap();
}

#[tokio::test]
async fn auth_16_log_3_a_failure_stands_in_the_log_of_connections_and_in_the_audit_trail() {
    let (world, home, seat) = north().await;
    is(seat.confirm(&world, "a long walk along the rover", "").await, Broken::WrongCredentials);
    let history = world.app.sessions.history(&seat.member, None).await.unwrap();
    let failure = history.items.iter().find(|event| event.kind == ConnectionKind::Failure).unwrap();
    assert!(failure.session.is_some(), "it tells in which session");
    let filter = EntryFilter { action: Some(Action::Security(SecurityKind::StepUpFailed)), ..EntryFilter::default() };
    let trail = world.app.audit.list(&home.owner.actor, &filter, None).await.unwrap();
    assert_eq!(trail.entries.items.len(), 1);
}

#[tokio::test]
async fn auth_16_an_answer_to_another_question_or_of_another_member_confirms_nothing() {
    let (world, home, seat) = north().await;
    world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let agent = Seat::take(&world, "agent@north.example").await;
    let (app, before) = (&world.app, seat.proven_at(&world).await);
    let at_the_door = app.accounts.ask_passkey(&Circumstances::default()).await.unwrap();
    let agents = app.accounts.ask_own_passkey(&agent.member, &Circumstances::default()).await.unwrap();
    let own = app.accounts.ask_own_passkey(&seat.member, &Circumstances::default()).await.unwrap();
    let used = own.reference.clone();
    let answers = [
        (at_the_door.reference, Broken::ChallengeOver),
        (agents.reference, Broken::ChallengeOver),
        (own.reference, Broken::Passkey(qualify_ports::passkeys::PasskeyError::Wrong)),
        (used, Broken::ChallengeOver),
    ];
    for (reference, expected) in answers {
        let answer = PasskeyAnswer { reference, answer: "{}".to_owned() };
        is(app.accounts.confirm_passkey(&seat.member, answer, &Circumstances::default()).await, expected);
    }
    assert_eq!(seat.proven_at(&world).await, before);
}
