use std::sync::{Arc, PoisonError, RwLock};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey as Ed25519Key, pkcs8::EncodePrivateKey};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use qualify_domain::{
    id::{OrganizationId, RefreshId, SessionId, UserId},
    signing_key::SigningKey,
};
use qualify_ports::tokens::{AccessClaims, TokenError, Tokens};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    key_ring::{Key, KeyRing},
    random,
};

/// The kind of token; no other signed text of ours can be taken for one (SES-1).
const TYPE: &str = "at+jwt";
/// For whom the token is.
const AUDIENCE: &str = "qualify";
/// Two clocks may differ by this many seconds (SES-2).
const LEEWAY: i64 = 5;

/// Access tokens as JWT, signed with Ed25519 (SES-1).
pub struct Jwt {
    issuer: String,
    ring: KeyRing,
    /// The one that signs first; never empty.
    keys: RwLock<Arc<[TokenKey]>>,
    validation: Validation,
    mac: Hmac<Sha256>,
}

struct TokenKey {
    /// The only header a token of this key may have: algorithm, type and key id, nothing else.
    header: Header,
    signs: EncodingKey,
    verifies: DecodingKey,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    org: OrganizationId,
    rid: RefreshId,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

impl Jwt {
    /// Signs in the name of `issuer`, the address of the installation: with the ring's newest key, until it is told of
    /// keys made since.
    ///
    /// # Errors
    /// [`TokenError::Unsigned`] if no signing key can be made.
    pub fn new(keys: &KeyRing, issuer: impl Into<String>) -> Result<Self, TokenError> {
        let issuer = issuer.into();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        // The library asks the system for the time; `read` is told it, and checks both claims itself.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let own = keys.keys().iter().map(|key| TokenKey::of(key, &key.id)).collect::<Result<_, _>>()?;
        let secret = keys.keys()[0].derive("keyed-digest");
        let mac = Hmac::new_from_slice(secret.expose_secret()).map_err(|_| TokenError::Unsigned)?;
        Ok(Self { issuer, ring: keys.again(), keys: RwLock::new(own), validation, mac })
    }

    fn keys(&self) -> Arc<[TokenKey]> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tokens for Jwt {
    fn sign(&self, claims: &AccessClaims) -> Result<SecretString, TokenError> {
        let issued_at = claims.issued_at.as_second();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: claims.user,
            sid: claims.session,
            org: claims.organization,
            rid: claims.refresh,
            iat: issued_at,
            nbf: issued_at,
            exp: claims.expires_at.as_second(),
            jti: random::text::<16>(),
        };
        let keys = self.keys();
        let key = &keys[0];
        encode(&key.header, &claims, &key.signs).map(Into::into).map_err(|_| TokenError::Unsigned)
    }

    fn read(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        let keys = self.keys();
        let key = keys.iter().find(|key| key.header == header).ok_or(TokenError::Invalid)?;
        let read = decode::<Claims>(token, &key.verifies, &self.validation).map_err(|_| TokenError::Invalid)?;
        read.claims.at(now)
    }

    fn secret(&self) -> SecretString {
        random::text::<32>().into()
    }

    fn digest(&self, text: &str) -> [u8; 32] {
        sha256(text)
    }

    fn keyed_digest(&self, text: &str) -> [u8; 32] {
        self.mac.clone().chain_update(text).finalize().into_bytes().into()
    }

    fn derive(&self, seed: &str) -> SecretString {
        derived(&self.ring.keys()[0], seed)
    }

    fn derive_again(&self, seed: &str, digest: &[u8; 32]) -> Option<SecretString> {
        let by_each_key = self.ring.keys().iter().map(|key| derived(key, seed));
        by_each_key.into_iter().find(|secret| sha256(secret.expose_secret()) == *digest)
    }

    fn name_key(&self) -> (String, String) {
        (random::text::<9>(), self.ring.keys()[0].id.clone())
    }

    fn knows(&self, ring_key: &str) -> bool {
        self.ring.keys().iter().any(|key| key.id == ring_key)
    }

    fn adopt(&self, keys: &[&SigningKey]) -> Result<(), TokenError> {
        let of = |key: &&SigningKey| {
            let from = self.ring.keys().iter().find(|known| known.id == key.ring_key)?;
            Some(TokenKey::of(from, &key.kid))
        };
        let adopted: Arc<[TokenKey]> = keys.iter().filter_map(of).collect::<Result<_, _>>()?;
        if !adopted.is_empty() {
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = adopted;
        }
        Ok(())
    }
}

/// 256 bits for one purpose: the key makes another key from the seed, and shows nothing of itself.
fn derived(key: &Key, seed: &str) -> SecretString {
    URL_SAFE_NO_PAD.encode(key.derive(&format!("one-time/{seed}")).expose_secret()).into()
}

/// SHA-256 of a text.
pub fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl TokenKey {
    /// The key of that name, derived from a key of the ring. The ring's key itself stands behind its own name.
    fn of(key: &Key, kid: &str) -> Result<Self, TokenError> {
        let purpose = if kid == key.id { "access-token".to_owned() } else { format!("access-token/{kid}") };
        let signing = Ed25519Key::from_bytes(key.derive(&purpose).expose_secret());
        let der = signing.to_pkcs8_der().map_err(|_| TokenError::Unsigned)?;
        let public = URL_SAFE_NO_PAD.encode(signing.verifying_key().as_bytes());
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(kid.to_owned());
        Ok(Self {
            header,
            signs: EncodingKey::from_ed_der(der.as_bytes()),
            verifies: DecodingKey::from_ed_components(&public).map_err(|_| TokenError::Unsigned)?,
        })
    }
}

impl Claims {
    /// What the claims say, if they hold at `now`.
    fn at(self, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let (now, at) = (now.as_second(), |second| Timestamp::from_second(second).map_err(|_| TokenError::Invalid));
        if self.exp < now - LEEWAY {
            return Err(TokenError::Expired);
        }
        if self.nbf > now + LEEWAY {
            return Err(TokenError::Invalid);
        }
        Ok(AccessClaims {
            user: self.sub,
            session: self.sid,
            organization: self.org,
            refresh: self.rid,
            issued_at: at(self.iat)?,
            expires_at: at(self.exp)?,
        })
    }
}

#[cfg(test)]
mod tests;
