use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use qualify_domain::{hook::written_secret, recovery_code::CODE_BYTES, totp::DIGITS};
use qualify_ports::vault::{HookSecret, Sealed, TotpSecret, Unopened, Vault};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;
use totp_rs::{Builder, Secret};

use crate::{key_ring::KeyRing, random};

/// Bytes of a nonce: long enough to be drawn at random for each seal.
const NONCE: usize = 24;

/// Seals with XChaCha20-Poly1305 under keys derived from the ring; the newest seals, all of them open.
pub struct SealedVault {
    /// The newest first; never empty.
    keys: Vec<VaultKey>,
}

struct VaultKey {
    id: String,
    cipher: XChaCha20Poly1305,
}

impl SealedVault {
    /// A vault under the ring's keys.
    pub fn new(keys: &KeyRing) -> Self {
        let of = |key: &crate::key_ring::Key| VaultKey {
            id: key.id.clone(),
            cipher: XChaCha20Poly1305::new(key.derive("vault").expose_secret().into()),
        };
        Self { keys: keys.keys().iter().map(of).collect() }
    }
}

impl SealedVault {
    #[expect(clippy::expect_used, reason = "the cipher refuses only messages of more than 256 GiB")]
    fn sealed(&self, secret: &[u8], owner: &str) -> Sealed {
        let (key, nonce) = (&self.keys[0], random::bytes::<NONCE>());
        let payload = Payload { msg: secret, aad: owner.as_bytes() };
        let ciphertext = key.cipher.encrypt(&XNonce::from(nonce), payload).expect("a short message is sealed");
        Sealed { key: key.id.clone(), bytes: [&nonce[..], &ciphertext].concat() }
    }

    fn opened<const N: usize>(&self, sealed: &Sealed, owner: &str) -> Result<SecretBox<[u8; N]>, Unopened> {
        let key = self.keys.iter().find(|key| key.id == sealed.key).ok_or(Unopened)?;
        let (nonce, ciphertext) = sealed.bytes.split_first_chunk::<NONCE>().ok_or(Unopened)?;
        let payload = Payload { msg: ciphertext, aad: owner.as_bytes() };
        let opened = key.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Unopened)?;
        let bytes = <[u8; N]>::try_from(opened.as_slice()).map_err(|_| Unopened)?;
        Ok(SecretBox::new(Box::new(bytes)))
    }
}

impl Vault for SealedVault {
    fn seal(&self, secret: &TotpSecret, owner: &str) -> Sealed {
        self.sealed(secret.expose_secret(), owner)
    }

    fn open(&self, sealed: &Sealed, owner: &str) -> Result<TotpSecret, Unopened> {
        self.opened(sealed, owner)
    }

    fn seal_hook(&self, secret: &HookSecret, owner: &str) -> Sealed {
        self.sealed(secret.expose_secret(), owner)
    }

    fn open_hook(&self, sealed: &Sealed, owner: &str) -> Result<HookSecret, Unopened> {
        self.opened(sealed, owner)
    }

    fn hook_secret(&self) -> HookSecret {
        SecretBox::init_with(random::bytes)
    }

    fn written_hook_secret(&self, secret: &HookSecret) -> SecretString {
        written_secret(&STANDARD.encode(secret.expose_secret())).into()
    }

    fn sign_hook(&self, secret: &HookSecret, text: &str) -> String {
        signature(secret.expose_secret(), text)
    }

    fn totp_secret(&self) -> TotpSecret {
        SecretBox::init_with(random::bytes)
    }

    fn totp(&self, secret: &TotpSecret, step: u64) -> u32 {
        code(secret, step, u8::try_from(DIGITS).unwrap_or_default())
    }

    fn recovery_bits(&self) -> [u8; CODE_BYTES] {
        random::bytes()
    }
}

/// HMAC-SHA-256 in base 64.
#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn signature(secret: &[u8], text: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length fits");
    STANDARD.encode(mac.chain_update(text).finalize().into_bytes())
}

/// The code of a step, as RFC 6238 computes it with HMAC-SHA-1.
fn code(secret: &TotpSecret, step: u64, digits: u8) -> u32 {
    let secret = Secret::new_stack(*secret.expose_secret());
    let totp = Builder::new().with_secret(secret).with_digits(digits).with_step_duration(1).build_noncompliant();
    totp.generate(step).to_string().parse().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(keys: &str) -> SealedVault {
        SealedVault::new(&KeyRing::parse(&keys.to_owned().into()).unwrap())
    }

    const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const NEW: &str = "/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v4=";

    #[test]
    fn auth_13_codes_are_those_of_rfc_6238() {
        let secret = SecretBox::new(Box::new(*b"12345678901234567890"));
        let vectors = [
            (59_u64, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ];
        for (second, eight_digits) in vectors {
            assert_eq!(code(&secret, second / 30, 8), eight_digits, "at {second}");
            assert_eq!(vault(OLD).totp(&secret, second / 30), eight_digits % 1_000_000, "at {second}");
        }
    }

    #[test]
    fn auth_13_a_sealed_secret_shows_nothing_and_opens_for_its_owner_only() {
        let vault = vault(OLD);
        let secret = vault.totp_secret();
        let sealed = vault.seal(&secret, "totp of anna");
        let bytes = secret.expose_secret();
        assert!(!sealed.bytes.windows(8).any(|window| bytes.windows(8).any(|part| part == window)));
        assert_eq!(vault.open(&sealed, "totp of anna").unwrap().expose_secret(), bytes);
        assert_eq!(vault.open(&sealed, "totp of ben").err(), Some(Unopened));
        for i in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[i] ^= 1;
            assert_eq!(vault.open(&changed, "totp of anna").err(), Some(Unopened), "byte {i}");
        }
        assert_ne!(vault.seal(&secret, "totp of anna"), sealed, "each seal has its own nonce");
    }

    #[test]
    fn web_12_a_signature_is_that_of_standard_webhooks() {
        // The vector that libraries of Standard Webhooks are tested with.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let text = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        assert_eq!(signature(&secret, text), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let vault = vault(OLD);
        let secret = SecretBox::new(Box::new([7; 32]));
        assert_eq!(vault.sign_hook(&secret, text), signature(&[7; 32], text));
        let written = vault.written_hook_secret(&secret);
        assert_eq!(written.expose_secret(), "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
        let sealed = vault.seal_hook(&secret, "webhook 1");
        assert!(!sealed.bytes.windows(8).any(|window| window == [7; 8]));
        assert_eq!(vault.open_hook(&sealed, "webhook 1").unwrap().expose_secret(), &[7; 32]);
        assert_eq!(vault.open_hook(&sealed, "webhook 2").err(), Some(Unopened));
        assert_ne!(vault.hook_secret().expose_secret(), vault.hook_secret().expose_secret());
    }

    #[test]
    fn web_10_a_newer_key_seals_and_an_older_one_still_opens() {
        let (old, both) = (vault(OLD), vault(&format!("{NEW},{OLD}")));
        let secret = old.totp_secret();
        let sealed = old.seal(&secret, "o");
        assert_eq!(both.open(&sealed, "o").unwrap().expose_secret(), secret.expose_secret());
        let again = both.seal(&secret, "o");
        assert_ne!(again.key, sealed.key);
        assert_eq!(old.open(&again, "o").err(), Some(Unopened), "a key that is gone opens nothing");
    }

    #[test]
    fn auth_13_auth_14_no_secret_is_made_twice() {
        let vault = vault(OLD);
        assert_ne!(vault.totp_secret().expose_secret(), vault.totp_secret().expose_secret());
        assert_ne!(vault.recovery_bits(), vault.recovery_bits());
    }
}
