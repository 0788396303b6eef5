use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::URL_SAFE_NO_PAD},
};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;

use crate::random;

/// Base64 as `openssl rand -base64 32` writes it; a missing `=` at the end is forgiven.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The secret keys of an installation, the newest first.
#[derive(Debug)]
pub struct KeyRing(Vec<Key>);

/// One key of the ring.
#[derive(Debug)]
pub(crate) struct Key {
    /// A name that tells nothing about the key itself.
    pub(crate) id: String,
    bits: SecretBox<[u8; 32]>,
}

/// Why a text is no key ring. Keys are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// No key at all.
    #[error("holds no key; make one with: openssl rand -base64 32")]
    Empty,
    /// Not base64.
    #[error("key {0} is not base64; make one with: openssl rand -base64 32")]
    NotBase64(usize),
    /// Another length than 32 bytes.
    #[error("key {0} has {1} bytes instead of 32; make one with: openssl rand -base64 32")]
    WrongLength(usize, usize),
    /// The same key twice.
    #[error("key {0} stands there twice")]
    Repeated(usize),
}

impl KeyRing {
    /// Reads base64 keys of 32 bytes, separated by commas, the newest first.
    ///
    /// # Errors
    /// [`KeyRingError`] for the first key that is none. It never shows the key.
    pub fn parse(text: &SecretString) -> Result<Self, KeyRingError> {
        if text.expose_secret().trim().is_empty() {
            return Err(KeyRingError::Empty);
        }
        let mut keys: Vec<Key> = Vec::new();
        for (i, raw) in text.expose_secret().split(',').enumerate() {
            let bytes = BASE64.decode(raw.trim()).map_err(|_| KeyRingError::NotBase64(i + 1))?;
            let length = bytes.len();
            let key = Key::new(bytes.try_into().map_err(|_| KeyRingError::WrongLength(i + 1, length))?);
            if keys.iter().any(|other| other.id == key.id) {
                return Err(KeyRingError::Repeated(i + 1));
            }
            keys.push(key);
        }
        Ok(Self(keys))
    }

    /// A ring of one new key.
    pub fn generate() -> Self {
        Self(vec![Key::new(random::bytes())])
    }

    /// The ring as [`KeyRing::parse`] reads it.
    pub fn text(&self) -> SecretString {
        let keys: Vec<String> = self.0.iter().map(|key| BASE64.encode(key.bits.expose_secret())).collect();
        keys.join(",").into()
    }

    /// A secret for one purpose: made from each key, separated by commas, the newest first.
    ///
    /// Who signs takes the first; who verifies tries them all, so that a rotation breaks nothing that is under way.
    pub fn derive(&self, purpose: &str) -> SecretString {
        let derived: Vec<String> =
            self.0.iter().map(|key| URL_SAFE_NO_PAD.encode(key.derive(purpose).expose_secret())).collect();
        derived.join(",").into()
    }

    /// The same ring once more.
    pub(crate) fn again(&self) -> Self {
        Self(self.0.iter().map(|key| Key::new(*key.bits.expose_secret())).collect())
    }

    /// The keys, the newest first; never empty.
    pub(crate) fn keys(&self) -> &[Key] {
        &self.0
    }
}

impl Key {
    fn new(bits: [u8; 32]) -> Self {
        let mut key = Self { id: String::new(), bits: SecretBox::new(Box::new(bits)) };
        key.id = URL_SAFE_NO_PAD.encode(&key.derive("key-id").expose_secret()[..9]);
        key
    }

    /// HKDF-SHA-256 of the key for one purpose.
    #[expect(clippy::expect_used, reason = "HKDF-SHA-256 refuses only outputs of more than 8,160 bytes")]
    pub(crate) fn derive(&self, purpose: &str) -> SecretBox<[u8; 32]> {
        SecretBox::init_with_mut(|derived: &mut [u8; 32]| {
            let hkdf = Hkdf::<Sha256>::new(None, self.bits.expose_secret());
            hkdf.expand_multi_info(&[b"qualify/1/", purpose.as_bytes()], derived).expect("32 bytes can be derived");
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const NEW: &str = "/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v4=";

    fn ring(text: &str) -> Result<KeyRing, KeyRingError> {
        KeyRing::parse(&text.to_owned().into())
    }

    #[test]
    fn a_ring_reads_several_keys_newest_first() {
        let both = ring(&format!(" {NEW} ,{OLD}\n")).unwrap();
        let ids: Vec<&str> = both.keys().iter().map(|key| key.id.as_str()).collect();
        assert_eq!(ids, [&ring(NEW).unwrap().keys()[0].id, &ring(OLD).unwrap().keys()[0].id]);
        assert!(ring(OLD.trim_end_matches('=')).is_ok(), "a missing = is forgiven");
    }

    #[test]
    fn a_fault_names_the_key_and_the_way_out() {
        assert_eq!(ring(" \n").unwrap_err(), KeyRingError::Empty);
        assert_eq!(ring(&format!("{OLD},")).unwrap_err(), KeyRingError::WrongLength(2, 0));
        assert_eq!(ring("c2hvcnQ=").unwrap_err(), KeyRingError::WrongLength(1, 5));
        assert_eq!(ring(&format!("{OLD},not base64!")).unwrap_err(), KeyRingError::NotBase64(2));
        assert_eq!(ring(&format!("{OLD},{NEW},{OLD}")).unwrap_err(), KeyRingError::Repeated(3));
        let shown = ring("c2hvcnQ=").unwrap_err().to_string();
        assert!(shown.contains("openssl rand -base64 32") && !shown.contains("c2hv"), "{shown}");
    }

    #[test]
    fn a_generated_ring_can_be_kept_and_read_again() {
        let (one, other) = (KeyRing::generate(), KeyRing::generate());
        let again = KeyRing::parse(&one.text()).unwrap();
        assert_eq!(one.derive("a").expose_secret(), again.derive("a").expose_secret());
        assert_ne!(one.text().expose_secret(), other.text().expose_secret());
    }

    #[test]
    fn each_purpose_and_each_key_gives_another_secret() {
        let both = ring(&format!("{NEW},{OLD}")).unwrap();
        let mut derived = vec![both.keys()[0].id.clone(), both.keys()[1].id.clone()];
        for purpose in ["form-token", "access-token"] {
            derived.extend(both.derive(purpose).expose_secret().split(',').map(str::to_owned));
        }
        assert_eq!(derived.len(), 6);
        derived.sort();
        derived.dedup();
        assert_eq!(derived.len(), 6);
    }

    #[test]
    fn a_derived_secret_stays_the_same_for_good() {
        // Everything stored or handed out hangs on these values: a change would break every installation.
        let old = ring(OLD).unwrap();
        assert_eq!(old.keys()[0].id, "tTyEZTu18KNj");
        assert_eq!(old.derive("form-token").expose_secret(), "R5lxZja9OAFnfFaZnyz7G-qqwzzPkYBy7ZPJ2bazHBo");
    }

    #[test]
    fn log_1_a_ring_never_shows_its_keys() {
        let shown = format!("{:?}", ring(OLD).unwrap());
        assert!(!shown.contains("AAEC") && !shown.contains("[0, 1, 2"), "{shown}");
    }
}
