use std::{sync::Arc, thread, time::Duration};

use async_trait::async_trait;
use base64::{
    Engine,
    alphabet::BCRYPT,
    engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD},
};
use hmac::{Hmac, Mac};
use qualify_domain::password::Password;
use qualify_ports::{
    BoxError,
    passwords::{PasswordError, PasswordHash, Passwords},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha384;
use tokio::{sync::Semaphore, time::timeout};
use unicode_normalization::UnicodeNormalization;

use crate::{key_ring::Key, key_ring::KeyRing, random};

/// The cost where nobody sets one (AUTH-1).
pub const DEFAULT_COST: u32 = 12;
/// The lowest cost that protects real people (AUTH-1).
pub const MIN_COST: u32 = 10;
/// The highest: at 17 a sign-in takes several seconds.
const MAX_COST: u32 = 16;
/// Tests and demonstrations have no passwords worth a wait.
const QUICK_COST: u32 = 4;
/// How every hash begins.
const SCHEME: &str = "$2b$";
/// Who waits longer for a free processor is told to come back (AUTH-6).
const PATIENCE: Duration = Duration::from_secs(2);

/// Passwords as `bcrypt(base64(HMAC-SHA-384(pepper, NFKC(password))))` (AUTH-1).
///
/// The pepper is derived from the key ring: a copy of the database alone is not enough to try passwords.
pub struct Bcrypt {
    cost: u32,
    /// The newest first; never empty.
    peppers: Vec<Pepper>,
    /// Stands in for the hash of an account that is not there (AUTH-5).
    dummy: String,
    permits: Arc<Semaphore>,
}

/// The cost is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cost {0} is not between {MIN_COST} and {MAX_COST}")]
pub struct CostError(pub u32);

struct Pepper {
    id: String,
    mac: Hmac<Sha384>,
}

/// One comparison: what is compared with which hash, and whether a match would count.
struct Trial {
    secret: SecretString,
    hash: String,
    counts: bool,
}

impl Bcrypt {
    /// Hashes at that cost.
    ///
    /// # Errors
    /// [`CostError`] if the cost would not protect, or nobody could sign in.
    pub fn new(keys: &KeyRing, cost: u32) -> Result<Self, CostError> {
        if (MIN_COST..=MAX_COST).contains(&cost) { Ok(Self::at(keys, cost)) } else { Err(CostError(cost)) }
    }

    /// Hashes at the lowest cost there is: for tests and demonstrations.
    pub fn quick(keys: &KeyRing) -> Self {
        Self::at(keys, QUICK_COST)
    }

    fn at(keys: &KeyRing, cost: u32) -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost,
            peppers: keys.keys().iter().map(Pepper::of).collect(),
            dummy: dummy(cost),
            permits: Arc::new(Semaphore::new(processors.saturating_sub(1).max(1))),
        }
    }

    fn trial(&self, password: &Password, stored: Option<&PasswordHash>) -> Trial {
        let known = stored.and_then(|stored| {
            let pepper = self.peppers.iter().find(|pepper| pepper.id == stored.pepper)?;
            Some(Trial { secret: pepper.mix(password), hash: stored.hash.clone(), counts: true })
        });
        known.unwrap_or_else(|| Trial {
            secret: self.peppers[0].mix(password),
            hash: self.dummy.clone(),
            counts: false,
        })
    }

    /// Runs the work on a thread that may be busy for long, once a processor is free for it.
    async fn work<T, F>(&self, work: F) -> Result<T, PasswordError>
    where
        T: Send + 'static,
        F: FnOnce() -> bcrypt::BcryptResult<T> + Send + 'static,
    {
        let waiting = timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned());
        let permit = waiting.await.map_err(|_| PasswordError::Busy)?.map_err(failed)?;
        let done = tokio::task::spawn_blocking(move || {
            // Kept until the work is over, also when the one who asked has gone away.
            let _permit = permit;
            work()
        });
        done.await.map_err(failed)?.map_err(failed)
    }
}

#[async_trait]
impl Passwords for Bcrypt {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PasswordError> {
        let (pepper, cost) = (&self.peppers[0], self.cost);
        let secret = pepper.mix(password);
        let hash = self.work(move || bcrypt::non_truncating_hash(secret.expose_secret(), cost)).await?;
        Ok(PasswordHash { hash, pepper: pepper.id.clone() })
    }

    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PasswordError> {
        let Trial { secret, hash, counts } = self.trial(password, hash);
        let matches = self.work(move || bcrypt::non_truncating_verify(secret.expose_secret(), &hash)).await?;
        Ok(matches && counts)
    }

    fn is_current(&self, hash: &PasswordHash) -> bool {
        hash.pepper == self.peppers[0].id && hash.hash.starts_with(&format!("{SCHEME}{:02}$", self.cost))
    }
}

impl Pepper {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn of(key: &Key) -> Self {
        let pepper = key.derive("password-pepper");
        let mac = Hmac::new_from_slice(pepper.expose_secret()).expect("a key of 32 bytes fits");
        Self { id: key.id.clone(), mac }
    }

    /// 64 characters whatever the password's length: bcrypt itself would cut at 72 bytes and stop at a NUL.
    fn mix(&self, password: &Password) -> SecretString {
        let normal: SecretString = password.expose().nfkc().collect::<String>().into();
        let mixed = self.mac.clone().chain_update(normal.expose_secret()).finalize();
        STANDARD.encode(mixed.into_bytes()).into()
    }
}

/// A hash that no password has, as costly to compare with as a real one.
fn dummy(cost: u32) -> String {
    let base64 = GeneralPurpose::new(&BCRYPT, NO_PAD);
    format!("{SCHEME}{cost:02}${}{}", base64.encode(random::bytes::<16>()), base64.encode(random::bytes::<23>()))
}

fn failed(error: impl Into<BoxError>) -> PasswordError {
    PasswordError::Failed(error.into())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn password(raw: &str) -> Password {
        Password::parse(raw.to_owned()).unwrap()
    }

    fn cost(hash: &str) -> u32 {
        hash.parse::<bcrypt::HashParts>().unwrap().get_cost()
    }

    #[tokio::test]
    async fn auth_1_a_password_is_known_again_and_another_is_not() {
        let bcrypt = Bcrypt::quick(&KeyRing::generate());
        let hash = bcrypt.hash(&password("correct horse battery")).await.unwrap();
        assert!(bcrypt.verify(&password("correct horse battery"), Some(&hash)).await.unwrap());
        assert!(!bcrypt.verify(&password("correct horse batterz"), Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn auth_1_the_hash_is_bcrypt_over_a_peppered_password() {
        let keys = KeyRing::parse(&"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned().into()).unwrap();
        let stored = Bcrypt::quick(&keys).hash(&password("correct horse battery")).await.unwrap();
        assert!(stored.hash.starts_with("$2b$04$"));
        assert_eq!(stored.pepper, keys.keys()[0].id);

        let pepper = keys.keys()[0].derive("password-pepper");
        let mac = Hmac::<Sha384>::new_from_slice(pepper.expose_secret()).unwrap();
        let mixed = STANDARD.encode(mac.chain_update("correct horse battery").finalize().into_bytes());
        assert!(bcrypt::verify(mixed, &stored.hash).unwrap());
        assert!(!bcrypt::verify("correct horse battery", &stored.hash).unwrap(), "not without the pepper");
    }

    #[tokio::test]
    async fn auth_1_every_character_of_a_long_password_counts() {
        let bcrypt = Bcrypt::quick(&KeyRing::generate());
        let long = "\u{1F600}".repeat(127);
        let hash = bcrypt.hash(&password(&format!("{long}a"))).await.unwrap();
        assert!(bcrypt.verify(&password(&format!("{long}a")), Some(&hash)).await.unwrap());
        assert!(!bcrypt.verify(&password(&format!("{long}b")), Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn auth_1_a_password_is_the_same_however_a_keyboard_composes_it() {
        let bcrypt = Bcrypt::quick(&KeyRing::generate());
        let hash = bcrypt.hash(&password("mot de passe été")).await.unwrap();
        assert!(bcrypt.verify(&password("mot de passe e\u{301}te\u{301}"), Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn auth_1_an_older_pepper_still_verifies_and_a_lost_one_does_not() {
        let (old, new) = (KeyRing::generate(), KeyRing::generate());
        let rotated = format!("{},{}", new.text().expose_secret(), old.text().expose_secret());
        let rotated = Bcrypt::quick(&KeyRing::parse(&rotated.into()).unwrap());
        let chosen = password("correct horse battery");
        let hash = Bcrypt::quick(&old).hash(&chosen).await.unwrap();
        assert!(rotated.verify(&chosen, Some(&hash)).await.unwrap());
        assert!(!Bcrypt::quick(&new).verify(&chosen, Some(&hash)).await.unwrap());
        let renamed = PasswordHash { pepper: new.keys()[0].id.clone(), ..hash };
        assert!(!rotated.verify(&chosen, Some(&renamed)).await.unwrap(), "the pepper's id is not only a name");
    }

    #[tokio::test]
    async fn auth_4_a_hash_of_another_cost_scheme_or_pepper_is_not_current() {
        let (old, new) = (KeyRing::generate(), KeyRing::generate());
        let (before, after) = (Bcrypt::at(&old, 4), Bcrypt::at(&old, 5));
        let hash = before.hash(&password("correct horse battery")).await.unwrap();
        assert!(before.is_current(&hash));
        assert!(!after.is_current(&hash), "another cost");
        let scheme = PasswordHash { hash: hash.hash.replace("$2b$", "$2y$"), ..hash.clone() };
        assert!(!before.is_current(&scheme), "another scheme");
        let ring = format!("{},{}", new.text().expose_secret(), old.text().expose_secret());
        let rotated = Bcrypt::at(&KeyRing::parse(&ring.into()).unwrap(), 4);
        assert!(!rotated.is_current(&hash), "an older pepper");
        assert!(rotated.verify(&password("correct horse battery"), Some(&hash)).await.unwrap(), "which still verifies");
    }

    #[test]
    fn auth_1_a_cost_that_does_not_protect_is_refused() {
        let keys = KeyRing::generate();
        assert_eq!(Bcrypt::new(&keys, 9).err(), Some(CostError(9)));
        assert_eq!(Bcrypt::new(&keys, 17).err(), Some(CostError(17)));
        assert_eq!(Bcrypt::new(&keys, MIN_COST).ok().map(|bcrypt| cost(&bcrypt.dummy)), Some(10));
        assert_eq!(Bcrypt::new(&keys, DEFAULT_COST).ok().map(|bcrypt| cost(&bcrypt.dummy)), Some(12));
    }

    #[tokio::test]
    async fn auth_5_an_unknown_account_costs_one_comparison_at_the_current_cost() {
        let bcrypt = Bcrypt::quick(&KeyRing::generate());
        let chosen = password("correct horse battery");
        let known = bcrypt.hash(&chosen).await.unwrap();
        let lost = PasswordHash { pepper: "lost".into(), ..known.clone() };
        for stored in [None, Some(&lost)] {
            let trial = bcrypt.trial(&chosen, stored);
            assert_eq!((cost(&trial.hash), trial.counts), (cost(&known.hash), false));
            assert_eq!(trial.secret.expose_secret().len(), 64);
            assert!(!bcrypt.verify(&chosen, stored).await.unwrap());
        }
    }

    #[tokio::test]
    async fn auth_5_a_match_with_the_dummy_would_not_count() {
        let mut bcrypt = Bcrypt::quick(&KeyRing::generate());
        let chosen = password("correct horse battery");
        bcrypt.dummy = bcrypt.hash(&chosen).await.unwrap().hash;
        assert!(!bcrypt.verify(&chosen, None).await.unwrap());
    }

    #[tokio::test]
    async fn auth_5_medians_of_known_and_unknown_accounts_differ_by_at_most_5_percent() {
        const ROUNDS: usize = 20;
        let bcrypt = Bcrypt::at(&KeyRing::generate(), 6);
        let hash = bcrypt.hash(&password("correct horse battery")).await.unwrap();
        let wrong = password("wrong horse battery");
        let mut seen = Vec::new();
        // A real difference shows in every round; the noise of a busy machine does not.
        for _ in 0..ROUNDS {
            let (mut known, mut unknown) = (Vec::new(), Vec::new());
            for _ in 0..15 {
                for (stored, times) in [(Some(&hash), &mut known), (None, &mut unknown)] {
                    let start = Instant::now();
                    assert!(!bcrypt.verify(&wrong, stored).await.unwrap());
                    times.push(start.elapsed());
                }
            }
            known.sort();
            unknown.sort();
            let ratio = known[7].as_secs_f64() / unknown[7].as_secs_f64();
            seen.push(ratio);
            if (0.95..=1.05).contains(&ratio) {
                return;
            }
        }
        panic!("known and unknown accounts take different times: {seen:?}");
    }

    #[tokio::test]
    async fn auth_6_who_waits_two_seconds_for_a_processor_is_told_it_is_busy() {
        let bcrypt = Bcrypt::quick(&KeyRing::generate());
        let all = u32::try_from(bcrypt.permits.available_permits()).unwrap();
        let taken = bcrypt.permits.acquire_many(all).await.unwrap();
        let start = Instant::now();
        let refused = bcrypt.verify(&password("correct horse battery"), None).await;
        assert!(matches!(refused, Err(PasswordError::Busy)));
        assert!(start.elapsed() >= PATIENCE);
        drop(taken);
        assert!(bcrypt.verify(&password("correct horse battery"), None).await.is_ok());
    }

    #[tokio::test]
    async fn auth_6_hashing_leaves_a_processor_to_the_others() {
        let processors = thread::available_parallelism().unwrap().get();
        let bcrypt = Bcrypt::quick(&KeyRing::generate());
        assert_eq!(bcrypt.permits.available_permits(), (processors - 1).max(1));
    }

    #[tokio::test]
    async fn rel_5_no_more_hashes_run_at_once_than_leave_a_processor_and_none_on_the_servers_thread() {
        let bcrypt = Arc::new(Bcrypt::quick(&KeyRing::generate()));
        let most = bcrypt.permits.available_permits();
        let (began, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let ends = Arc::new(std::sync::Mutex::new(ends));
        let crowd = (0..most + 20).map(|_| {
            let (bcrypt, began, ends) = (bcrypt.clone(), began.clone(), ends.clone());
            let hashing = move || {
                began.send(thread::current().id()).unwrap();
                ends.lock().unwrap().recv().unwrap();
                Ok(())
            };
            tokio::spawn(async move { bcrypt.work(hashing).await })
        });
        let crowd: Vec<_> = crowd.collect();
        for _ in 0..most {
            assert_ne!(heard.recv().await.unwrap(), thread::current().id());
        }
        assert_eq!(bcrypt.permits.available_permits(), 0);
        assert!(heard.try_recv().is_err(), "nobody else has begun, and this thread is free to say so");
        for _ in &crowd {
            end.send(()).unwrap();
        }
        for asked in crowd {
            let answer = asked.await.unwrap();
            assert!(matches!(answer, Ok(()) | Err(PasswordError::Busy)), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn auth_6_work_whose_asker_has_gone_still_holds_its_processor() {
        let bcrypt = Bcrypt::quick(&KeyRing::generate());
        let all = bcrypt.permits.available_permits();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let asked = bcrypt.work(move || {
            begun.send(()).unwrap();
            ends.recv().unwrap();
            Ok(())
        });
        tokio::select! {
            _ = asked => panic!("the work ended before it was told to"),
            started = has_begun => started.unwrap(),
        }
        assert_eq!(bcrypt.permits.available_permits(), all - 1);
        end.send(()).unwrap();
        let freed = timeout(Duration::from_secs(30), bcrypt.permits.acquire_many(u32::try_from(all).unwrap()));
        assert!(freed.await.is_ok());
    }
}
