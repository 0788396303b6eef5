//! A little work that the sender's computer does before the form is sent: nothing to a person, dear to who sends thousands.
//!
//! The puzzle is ALTCHA's, version 2 (<https://altcha.org/docs/v2/proof-of-work-captcha/>): find the counter whose PBKDF2
//! key begins with a zero byte, 256 tries on average. It is signed by us, bound to its form, good for some minutes and for
//! one submission; nobody else is asked about anything. The field holds the puzzle, and comes back with the solution in
//! its place, both as base64url over JSON.

use std::{collections::BTreeMap, sync::Arc, thread};

use altcha::{Challenge, CreateChallengeOptions, Payload, VerifySolutionOptions, create_challenge, verify_solution};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{form::Form, spam::SpamReason};
use qualify_ports::{
    plugin::{Adapter, BuildError, Key, Kind, Settings},
    spam::{Attempt, SpamCheck, SpamError, SpamField, SpamFieldKind},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Semaphore;

/// A little work that the sender's computer does.
pub const SPAM: Adapter<dyn SpamCheck> =
    Adapter { name: "proof-of-work", keys: KEYS, build: |settings| Ok(Arc::new(ProofOfWork::build(&settings)?)) };

const KEYS: &[Key] = &[
    Key { name: "secret", about: "Signs the puzzles; the newest key first.", default: None, kind: Kind::Derived },
    Key {
        name: "cost",
        about: "PBKDF2 iterations of one try; a puzzle takes 256 tries on average.",
        default: Some("5000"),
        kind: Kind::Number(1, 100_000),
    },
    Key {
        name: "max_minutes",
        about: "A puzzle that is solved later after it was given is no good.",
        default: Some("10"),
        kind: Kind::Number(1, 10),
    },
];

const FIELD: SpamField = SpamField { name: "_work", kind: SpamFieldKind::Work };
/// What a puzzle says of itself: for which form it was given, and when.
const FORM: &str = "form";
const GIVEN_AT: &str = "at";

/// Gives puzzles and judges solutions.
pub struct ProofOfWork {
    secrets: Arc<[SecretString]>,
    cost: u32,
    max: SignedDuration,
    /// So many solutions are tried at once: one for each processor.
    permits: Arc<Semaphore>,
}

impl ProofOfWork {
    fn build(settings: &Settings) -> Result<Self, BuildError> {
        let secrets = settings.secret("secret")?;
        let keys = secrets.expose_secret().split(',').map(str::trim).filter(|key| !key.is_empty());
        let secrets: Vec<SecretString> = keys.map(SecretString::from).collect();
        if secrets.is_empty() {
            return Err(settings.fault("secret", "is empty"));
        }
        Ok(Self {
            secrets: secrets.into(),
            cost: settings.get("cost")?,
            max: SignedDuration::from_mins(settings.get::<u32>("max_minutes")?.into()),
            permits: Arc::new(Semaphore::new(thread::available_parallelism().map_or(1, usize::from))),
        })
    }

    #[expect(clippy::expect_used, reason = "the parameters are ours, and an HMAC takes a key of any length")]
    fn puzzle(&self, form: &Form, now: Timestamp) -> String {
        let about = [(FORM, form.id.to_string().into()), (GIVEN_AT, now.as_millisecond().into())];
        let challenge = create_challenge(CreateChallengeOptions {
            cost: self.cost,
            data: Some(about.map(|(name, value): (&str, Value)| (name.to_owned(), value)).into()),
            hmac_signature_secret: Some(self.secrets[0].expose_secret().to_owned()),
            ..CreateChallengeOptions::default()
        });
        let challenge = serde_json::to_vec(&challenge.expect("a puzzle of ours can be made"));
        URL_SAFE_NO_PAD.encode(challenge.expect("a puzzle is JSON"))
    }

    async fn judge(&self, attempt: &Attempt<'_>) -> Result<Option<SpamReason>, SpamError> {
        if !attempt.form.settings.requires_work {
            return Ok(None);
        }
        let Some(work) = sent(attempt) else { return Ok(Some(SpamReason::WorkMissing)) };
        let is_done = match read(&work) {
            Some(payload) if self.is_timely(&payload.challenge, attempt) => self.is_solved(payload).await?,
            _ => false,
        };
        Ok((!is_done).then_some(SpamReason::WorkInvalid))
    }

    /// Whether the puzzle says that it is of this form, and fresh.
    fn is_timely(&self, challenge: &Challenge, attempt: &Attempt<'_>) -> bool {
        let empty = BTreeMap::new();
        let about = challenge.parameters.data.as_ref().unwrap_or(&empty);
        let form = about.get(FORM).and_then(Value::as_str);
        let given_at = about.get(GIVEN_AT).and_then(Value::as_i64).and_then(|at| Timestamp::from_millisecond(at).ok());
        let is_fresh = given_at.is_some_and(|at| attempt.received_at.duration_since(at) <= self.max);
        is_fresh && form == Some(&*attempt.form.id.to_string())
    }

    /// Whether the puzzle is ours, and its solution right: a matter of thousands of hashes, on a thread that nobody waits
    /// for.
    async fn is_solved(&self, Payload { challenge, solution }: Payload) -> Result<bool, SpamError> {
        let secrets = Arc::clone(&self.secrets);
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|error| SpamError(error.into()))?;
        let solved = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            secrets.iter().any(|secret| {
                let options = VerifySolutionOptions::new(&challenge, &solution, secret.expose_secret());
                verify_solution(options).is_ok_and(|result| result.verified)
            })
        });
        // What breaks the trial is no solution.
        Ok(solved.await.unwrap_or(false))
    }
}

/// The work that was sent, where any was: a puzzle that came back as it was given is none.
fn sent(attempt: &Attempt<'_>) -> Option<String> {
    let work = attempt.fields.get(FIELD.name).map(|work| work.trim()).filter(|work| !work.is_empty())?;
    let is_puzzle = decoded(work).is_some_and(|bytes| serde_json::from_slice::<Challenge>(&bytes).is_ok());
    (!is_puzzle).then(|| work.to_owned())
}

fn read(work: &str) -> Option<Payload> {
    serde_json::from_slice(&decoded(work)?).ok()
}

fn decoded(work: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(work).ok()
}

#[async_trait]
impl SpamCheck for ProofOfWork {
    fn fields(&self) -> &'static [SpamField] {
        &[FIELD]
    }

    fn value(&self, _field: &str, form: &Form, now: Timestamp) -> String {
        if form.settings.requires_work { self.puzzle(form, now) } else { String::new() }
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<Vec<SpamReason>, SpamError> {
        Ok(self.judge(attempt).await?.into_iter().collect())
    }

    /// The puzzle's signature: whoever solves one may send one submission.
    fn mark(&self, attempt: &Attempt<'_>) -> Option<String> {
        attempt.form.settings.requires_work.then(|| read(&sent(attempt)?)?.challenge.signature)?
    }
}
