use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use qualify_domain::id::FormId;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Signs with the newest key, and knows what the older ones signed.
pub(crate) struct Signer(Vec<Hmac<Sha256>>);

impl Signer {
    /// The signer of these keys, separated by commas, the newest first; none if there is none.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub(crate) fn new(secret: &SecretString) -> Option<Self> {
        let keys = secret.expose_secret().split(',').map(str::trim).filter(|key| !key.is_empty());
        let macs: Vec<_> =
            keys.map(|key| Hmac::new_from_slice(key.as_bytes()).expect("a key of any length fits")).collect();
        (!macs.is_empty()).then_some(Self(macs))
    }

    /// A token for a form that is shown now.
    #[expect(clippy::expect_used, reason = "a machine that gives no randomness cannot keep forms apart")]
    pub(crate) fn issue(&self, form: FormId, now: Timestamp) -> String {
        let mut nonce = [0; 12];
        getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
        let claim = format!("v1.{}.{}", now.as_millisecond(), URL_SAFE_NO_PAD.encode(nonce));
        let signature = over(&self.0[0], form, &claim).finalize().into_bytes();
        format!("{claim}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// When the token was issued, if it is ours and of that form.
    pub(crate) fn read(&self, token: &str, form: FormId) -> Option<Timestamp> {
        let (claim, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // Compared in constant time by the library (WEB-10).
        let ours = |key: &Hmac<Sha256>| over(key, form, claim).verify_slice(&signature).is_ok();
        if !self.0.iter().any(ours) {
            return None;
        }
        let (issued_at, _nonce) = claim.strip_prefix("v1.")?.split_once('.')?;
        Timestamp::from_millisecond(issued_at.parse().ok()?).ok()
    }
}

fn over(key: &Hmac<Sha256>, form: FormId, claim: &str) -> Hmac<Sha256> {
    key.clone().chain_update(form.0.as_bytes()).chain_update(claim)
}
