//! Access tokens that are genuine but for one fault, sent to the door: each is sent to sign in, none is our fault (SES-2).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use jiff::SignedDuration;
use qualify_integration::{Answer, House, Organization};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::Sha256;

const ACCESS: &str = "__Host-qc_at";

/// A genuine token taken apart, and the key that signed it.
struct Forge {
    header: Value,
    claims: Value,
    key: SigningKey,
}

impl Forge {
    fn of(house: &House, north: &Organization) -> Self {
        let token = &north.owner.client.cookies()[ACCESS];
        let part =
            |n| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap();
        let bits = URL_SAFE_NO_PAD.decode(house.keys.derive("access-token").expose_secret()).unwrap();
        Self { header: part(0), claims: part(1), key: SigningKey::from_bytes(&bits.try_into().unwrap()) }
    }

    fn message(&self) -> String {
        let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        format!("{}.{}", encoded(&self.header), encoded(&self.claims))
    }

    fn signed(&self) -> String {
        let message = self.message();
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()).to_bytes());
        format!("{message}.{signature}")
    }

    fn with_header(&self, name: &str, value: Value) -> Self {
        let mut header = self.header.clone();
        header[name] = value;
        Self { header, claims: self.claims.clone(), key: self.key.clone() }
    }

    fn with_claim(&self, name: &str, value: Value) -> Self {
        let mut claims = self.claims.clone();
        claims[name] = value;
        Self { header: self.header.clone(), claims, key: self.key.clone() }
    }

    fn without(&self, name: &str) -> Self {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name).unwrap();
        Self { header: self.header.clone(), claims, key: self.key.clone() }
    }

    /// Signed as if the public key were a shared secret.
    fn by_mac(&self, alg: &str) -> String {
        let message = self.with_header("alg", json!(alg)).message();
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.verifying_key().as_bytes()).unwrap();
        mac.update(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

async fn present(house: &House, token: &str) -> Answer {
    let client = house.client();
    let request = client.request(Method::GET, "/leads").header("accept", "text/html");
    client.ask(request.header("cookie", format!("{ACCESS}={token}"))).await
}

async fn assert_signed_out(house: &House, token: &str, about: &str) {
    let answer = present(house, token).await;
    let sent = answer.location().starts_with("/sign-in");
    assert!(answer.status == 303 && sent, "{about}: {} {}", answer.status, answer.text());
}

#[tokio::test]
async fn ses_2_every_fault_of_a_token_is_answered_with_the_sign_in() {
    let house = House::open().await;
    let (north, south) = (house.found("North").await, house.found("South").await);
    let forge = Forge::of(&house, &north);
    assert_eq!(present(&house, &forge.signed()).await.status, 200, "the forge alone breaks nothing");
    for claim in ["iss", "aud", "sub", "sid", "org", "rid", "iat", "nbf", "exp", "jti"] {
        assert_signed_out(&house, &forge.without(claim).signed(), &format!("without {claim}")).await;
        for nonsense in [json!(null), json!(""), json!("x\u{0}"), json!(-1), json!([]), json!(1e300)] {
            let told = present(&house, &forge.with_claim(claim, nonsense.clone()).signed()).await;
            // A name of the token may be any text, and it may have been issued long ago.
            let fine = (claim == "jti" && nonsense.is_string()) || (claim == "iat" && nonsense == -1);
            assert_eq!(told.status, if fine { 200 } else { 303 }, "{claim} {nonsense}");
        }
    }
    let other = forge.with_claim("org", json!(south.id.to_string()));
    for (about, faulty) in [
        ("another issuer", forge.with_claim("iss", json!("https://evil.example"))),
        ("another audience", forge.with_claim("aud", json!("others"))),
        ("another user", forge.with_claim("sub", json!(south.owner.user.to_string()))),
        ("another organization", other),
        ("another type", forge.with_header("typ", json!("JWT"))),
        ("an unknown key", forge.with_header("kid", json!("nobody"))),
        ("no key", forge.with_header("kid", Value::Null)),
        ("a key in its header", forge.with_header("jwk", json!({"kty": "OKP"}))),
        ("not begun yet", forge.with_claim("nbf", json!(forge.claims["nbf"].as_i64().unwrap() + 600))),
    ] {
        assert_signed_out(&house, &faulty.signed(), about).await;
    }
    let unsigned = forge.with_header("alg", json!("none")).message();
    let stranger =
        Forge { key: SigningKey::from_bytes(&[7; 32]), ..forge.with_header("typ", forge.header["typ"].clone()) };
    for (about, token) in [
        ("no signature", format!("{unsigned}.")),
        ("nothing after the claims", unsigned),
        ("HS256 with the public key", forge.by_mac("HS256")),
        ("a MAC under our own algorithm", forge.by_mac("EdDSA")),
        ("somebody else's signature", stranger.signed()),
        ("four parts", format!("{}.x", forge.signed())),
    ] {
        assert_signed_out(&house, &token, about).await;
    }
}

#[tokio::test]
async fn ses_2_a_token_opens_for_five_seconds_after_its_time_and_not_for_six() {
    let house = House::open().await;
    let north = house.found("North").await;
    let forge = Forge::of(&house, &north);
    let now = house.ports.clock.now().as_second();
    // The clock goes on while it is asked: what ended a minute ago has no such seam.
    for (ended, opens) in [(600, true), (60, true), (-2, true), (-7, false), (-60, false)] {
        let token = forge.with_claim("exp", json!(now + ended)).signed();
        let answer = present(&house, &token).await;
        assert_eq!(answer.status == 200, opens, "{ended}: {}", answer.status);
    }
    house.clock.advance(SignedDuration::from_secs(-3_600));
    let early = present(&house, &forge.signed()).await;
    assert_eq!(early.status, 303, "with a clock an hour back the token has not begun: the refresh token helps");
    let mut browser = north.owner.client.clone();
    assert_eq!(browser.get("/leads").await.status, 200, "and nobody is signed out by it");
}
