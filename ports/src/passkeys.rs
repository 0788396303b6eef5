//! Checks what an authenticator signs (WebAuthn): passkeys.

use qualify_domain::{id::UserId, user::User};

/// A ceremony between the browser's authenticator and us that has begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// What the browser is asked, as JSON.
    pub options: String,
    /// What has to be known to judge the answer. It holds the challenge: whoever keeps it uses it once.
    pub state: Vec<u8>,
}

/// A passkey as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// By what the authenticator knows it; unique in the world.
    pub id: Vec<u8>,
    /// The public key, and what never changes.
    pub key: Vec<u8>,
    /// What changes with each use, the counter of signatures among it.
    pub state: Vec<u8>,
}

/// Why an answer was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// This installation has no domain name, which passkeys are bound to.
    #[error("passkeys need an installation with a domain name")]
    Unavailable,
    /// It is not the right answer.
    #[error("the answer of the authenticator is not right")]
    Wrong,
    /// The counter of signatures went back: the passkey may have been copied.
    #[error("the authenticator's counter went back")]
    CounterRegressed,
}

/// Checks what an authenticator signs. The user is always verified by their authenticator (AUTH-14).
pub trait Passkeys: Send + Sync {
    /// Whether there can be passkeys here at all.
    fn available(&self) -> bool;

    /// Asks for a new passkey of the user, on another authenticator than the known ones.
    ///
    /// # Errors
    /// [`PasskeyError::Unavailable`].
    fn begin_registration(&self, user: &User, known: &[Vec<u8>]) -> Result<Begun, PasskeyError>;

    /// The passkey in the answer.
    ///
    /// # Errors
    /// [`PasskeyError`].
    fn finish_registration(&self, state: &[u8], answer: &str) -> Result<Credential, PasskeyError>;

    /// Asks for any passkey of ours: the authenticator knows whose it is.
    ///
    /// # Errors
    /// [`PasskeyError::Unavailable`].
    fn begin_assertion(&self) -> Result<Begun, PasskeyError>;

    /// Which passkey an answer claims to come from. Nothing is proven yet.
    ///
    /// # Errors
    /// [`PasskeyError::Wrong`].
    fn claimed(&self, answer: &str) -> Result<Vec<u8>, PasskeyError>;

    /// Judges the answer by the kept passkey of that user, and tells its new state.
    ///
    /// # Errors
    /// [`PasskeyError`].
    fn finish_assertion(
        &self,
        state: &[u8],
        answer: &str,
        user: UserId,
        kept: &Credential,
    ) -> Result<Vec<u8>, PasskeyError>;
}
