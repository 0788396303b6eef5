use base64::Engine;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://crm.example.com";
const NOW: i64 = 1_800_000_000;

#[test]
fn auth_11_a_link_has_256_bits_that_only_the_installation_can_derive_and_derives_again() {
    let (ring, other) = (KeyRing::generate(), KeyRing::generate());
    let jwt = Jwt::new(&ring, ISSUER).unwrap();
    let secret = jwt.derive("reset/1");
    assert_eq!(URL_SAFE_NO_PAD.decode(secret.expose_secret()).unwrap().len(), 32);
    assert_eq!(secret.expose_secret(), jwt.derive("reset/1").expose_secret());
    assert_ne!(secret.expose_secret(), jwt.derive("reset/2").expose_secret());
    assert_ne!(secret.expose_secret(), jwt.derive("sign_up/1").expose_secret());
    assert_ne!(secret.expose_secret(), Jwt::new(&other, ISSUER).unwrap().derive("reset/1").expose_secret());
}

#[test]
fn auth_11_a_link_that_an_older_key_derived_is_derived_again_after_the_ring_got_a_newer_one() {
    let (older, newer) = (KeyRing::generate(), KeyRing::generate());
    let secret = Jwt::new(&older, ISSUER).unwrap().derive("reset/1");
    let digest = sha256(secret.expose_secret());
    let both = format!("{},{}", newer.text().expose_secret(), older.text().expose_secret());
    let both = Jwt::new(&KeyRing::parse(&both.into()).unwrap(), ISSUER).unwrap();
    assert_ne!(both.derive("reset/1").expose_secret(), secret.expose_secret());
    assert_eq!(both.derive_again("reset/1", &digest).unwrap().expose_secret(), secret.expose_secret());
    assert!(both.derive_again("reset/2", &digest).is_none());
    assert!(Jwt::new(&newer, ISSUER).unwrap().derive_again("reset/1", &digest).is_none(), "the key is gone");
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn claims() -> AccessClaims {
    let id = |n: u32| format!("00000000-0000-7000-8000-{n:012}");
    AccessClaims {
        user: id(1).parse().unwrap(),
        session: id(2).parse().unwrap(),
        organization: id(3).parse().unwrap(),
        refresh: id(4).parse().unwrap(),
        issued_at: at(NOW),
        expires_at: at(NOW + 600),
    }
}

fn part(token: &str, i: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(i).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// A token that is genuine but for what the closures change.
struct Forge {
    jwt: Jwt,
    header: Value,
    claims: Value,
}

impl Forge {
    fn new() -> Self {
        let jwt = Jwt::new(&KeyRing::generate(), ISSUER).unwrap();
        let token = jwt.sign(&claims()).unwrap();
        let (header, claims) = (part(token.expose_secret(), 0), part(token.expose_secret(), 1));
        Self { jwt, header, claims }
    }

    fn signed(&self) -> String {
        let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encoded(&self.header), encoded(&self.claims));
        let keys = self.jwt.keys();
        let key = &keys[0].signs;
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    fn read(&self) -> Result<AccessClaims, TokenError> {
        self.jwt.read(&self.signed(), at(NOW + 60))
    }

    fn with_header(name: &str, value: Value) -> Result<AccessClaims, TokenError> {
        let mut forge = Self::new();
        forge.header[name] = value;
        forge.read()
    }

    fn with_claim(name: &str, value: Value) -> Result<AccessClaims, TokenError> {
        let mut forge = Self::new();
        forge.claims[name] = value;
        forge.read()
    }
}

#[test]
fn ses_1_a_token_says_who_for_ten_minutes_and_nothing_else() {
    let forge = Forge::new();
    assert_eq!(forge.header["alg"], "EdDSA");
    assert_eq!(forge.header["typ"], "at+jwt");
    assert_eq!(forge.header.as_object().unwrap().len(), 3);
    let mut names: Vec<&str> = forge.claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "jti", "nbf", "org", "rid", "sid", "sub"]);
    assert_eq!(forge.claims["exp"].as_i64(), Some(NOW + 600));
    assert_eq!(forge.read(), Ok(claims()), "the forge alone breaks nothing");
}

#[test]
fn ses_1_no_two_tokens_are_the_same() {
    let jwt = Jwt::new(&KeyRing::generate(), ISSUER).unwrap();
    let (one, other) = (jwt.sign(&claims()).unwrap(), jwt.sign(&claims()).unwrap());
    assert_ne!(part(one.expose_secret(), 1)["jti"], part(other.expose_secret(), 1)["jti"]);
}

#[test]
fn ses_1_an_older_key_of_the_ring_still_reads_and_a_dropped_one_does_not() {
    let (old, new) = (KeyRing::generate(), KeyRing::generate());
    let both = format!("{},{}", new.text().expose_secret(), old.text().expose_secret());
    let token = Jwt::new(&old, ISSUER).unwrap().sign(&claims()).unwrap();
    let rotated = Jwt::new(&KeyRing::parse(&both.into()).unwrap(), ISSUER).unwrap();
    assert_eq!(rotated.read(token.expose_secret(), at(NOW)), Ok(claims()));
    let fresh = rotated.sign(&claims()).unwrap();
    let dropped = Jwt::new(&new, ISSUER).unwrap();
    assert_eq!(dropped.read(fresh.expose_secret(), at(NOW)), Ok(claims()), "the newest key signs");
    assert_eq!(dropped.read(token.expose_secret(), at(NOW)), Err(TokenError::Invalid));
}

#[test]
fn ses_1_key_material_in_the_header_is_refused() {
    let public = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    assert_eq!(Forge::with_header("jwk", public), Err(TokenError::Invalid));
    for name in ["jku", "x5u", "x5t", "x5t#S256", "nonce", "cty"] {
        assert_eq!(Forge::with_header(name, json!("https://example.com/key")), Err(TokenError::Invalid), "{name}");
    }
    for name in ["x5c", "crit"] {
        assert_eq!(Forge::with_header(name, json!(["exp"])), Err(TokenError::Invalid), "{name}");
    }
}

#[test]
fn ses_2_a_token_ends_five_seconds_after_its_time() {
    let forge = Forge::new();
    let read = |now| forge.jwt.read(&forge.signed(), at(now));
    assert!(read(NOW + 605).is_ok());
    assert_eq!(read(NOW + 606), Err(TokenError::Expired));
}

#[test]
fn ses_2_a_token_begins_at_most_five_seconds_before_its_time() {
    let forge = Forge::new();
    let read = |now| forge.jwt.read(&forge.signed(), at(now));
    assert!(read(NOW - 5).is_ok());
    assert_eq!(read(NOW - 6), Err(TokenError::Invalid));
}

#[test]
fn ses_2_each_claim_is_required() {
    for name in ["iss", "aud", "sub", "sid", "org", "rid", "iat", "nbf", "exp", "jti"] {
        let mut forge = Forge::new();
        forge.claims.as_object_mut().unwrap().remove(name).unwrap();
        assert_eq!(forge.read(), Err(TokenError::Invalid), "without {name}");
        assert_eq!(Forge::with_claim(name, Value::Null), Err(TokenError::Invalid), "null as {name}");
    }
}

#[test]
fn ses_2_another_issuer_audience_or_type_is_refused() {
    assert_eq!(Forge::with_claim("iss", json!("https://evil.example.com")), Err(TokenError::Invalid));
    assert_eq!(Forge::with_claim("iss", json!([ISSUER])), Err(TokenError::Invalid));
    assert_eq!(Forge::with_claim("aud", json!("another")), Err(TokenError::Invalid));
    assert_eq!(Forge::with_claim("aud", json!([AUDIENCE, "another"])), Err(TokenError::Invalid));
    assert_eq!(Forge::with_claim("sub", json!("somebody")), Err(TokenError::Invalid));
    assert_eq!(Forge::with_claim("exp", json!("tomorrow")), Err(TokenError::Invalid));
    assert_eq!(Forge::with_claim("exp", json!(-1)), Err(TokenError::Invalid));
    for kind in ["JWT", "at+JWT", "rt+jwt", ""] {
        assert_eq!(Forge::with_header("typ", json!(kind)), Err(TokenError::Invalid), "{kind}");
    }
}

#[test]
fn ses_2_an_unknown_or_missing_key_id_is_refused() {
    assert_eq!(Forge::with_header("kid", json!("unknown")), Err(TokenError::Invalid));
    let mut forge = Forge::new();
    forge.header.as_object_mut().unwrap().remove("kid").unwrap();
    assert_eq!(forge.read(), Err(TokenError::Invalid));
}

#[test]
fn ses_2_no_other_algorithm_is_accepted() {
    let genuine = Forge::new();
    for algorithm in ["none", "None", "HS256", "RS256", "ES256"] {
        let mut forge = Forge::new();
        forge.header["alg"] = json!(algorithm);
        assert_eq!(forge.read(), Err(TokenError::Invalid), "{algorithm} in an Ed25519 token");
    }
    let body = genuine.signed().split('.').nth(1).unwrap().to_owned();
    let mut header = genuine.header.clone();
    header["alg"] = json!("none");
    let unsigned = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(header.to_string()));
    assert_eq!(genuine.jwt.read(&unsigned, at(NOW)), Err(TokenError::Invalid));
}

#[test]
fn ses_2_the_public_key_is_no_secret_to_sign_with() {
    let Forge { jwt, mut header, claims } = Forge::new();
    let keys = jwt.keys();
    let public = keys[0].verifies.try_get_as_bytes().unwrap();
    header["alg"] = json!("HS256");
    let header: Header = serde_json::from_value(header).unwrap();
    let forged = encode(&header, &claims, &EncodingKey::from_secret(public)).unwrap();
    assert_eq!(jwt.read(&forged, at(NOW)), Err(TokenError::Invalid));
}

#[test]
fn ses_2_a_changed_or_cut_token_is_refused() {
    let forge = Forge::new();
    let token = forge.signed();
    for i in (0..token.len()).step_by(11).filter(|i| token.as_bytes()[*i] != b'.') {
        let mut bytes = token.clone().into_bytes();
        bytes[i] = if bytes[i] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(forge.jwt.read(&changed, at(NOW)), Err(TokenError::Invalid), "changed at {i}");
    }
    for cut in ["", ".", "..", "a.b.c", &token[..token.len() - 4], token.rsplit_once('.').unwrap().0] {
        assert_eq!(forge.jwt.read(cut, at(NOW)), Err(TokenError::Invalid), "{cut:?}");
    }
    assert_eq!(forge.jwt.read(&format!("{token}.x"), at(NOW)), Err(TokenError::Invalid));
}

#[test]
fn ses_2_a_token_of_another_installation_is_refused() {
    let forge = Forge::new();
    let mut other = Forge::new();
    other.header["kid"] = forge.header["kid"].clone();
    assert_eq!(forge.jwt.read(&other.signed(), at(NOW)), Err(TokenError::Invalid));
}

#[test]
fn ses_5_a_secret_has_256_bits_and_is_kept_as_its_digest() {
    let jwt = Jwt::new(&KeyRing::generate(), ISSUER).unwrap();
    let (one, other) = (jwt.secret(), jwt.secret());
    assert_ne!(one.expose_secret(), other.expose_secret());
    assert_eq!(URL_SAFE_NO_PAD.decode(one.expose_secret()).unwrap().len(), 32);
    assert_eq!(jwt.digest("abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
}

fn signing_key(jwt: &Jwt) -> SigningKey {
    let (kid, ring_key) = jwt.name_key();
    SigningKey { kid, ring_key, created_at: at(NOW), signs_from: at(NOW) }
}

#[test]
fn ses_3_all_processes_derive_the_same_keys_from_their_names() {
    let ring = KeyRing::generate();
    let (one, other) = (Jwt::new(&ring, ISSUER).unwrap(), Jwt::new(&ring, ISSUER).unwrap());
    let (first, second) = (signing_key(&one), signing_key(&one));
    let before = one.sign(&claims()).unwrap();
    one.adopt(&[&second, &first]).unwrap();
    let token = one.sign(&claims()).unwrap();
    assert_eq!(part(token.expose_secret(), 0)["kid"], second.kid.as_str());
    assert_eq!(other.read(token.expose_secret(), at(NOW)), Err(TokenError::Invalid), "not heard of yet");
    other.adopt(&[&first, &second]).unwrap();
    assert_eq!(other.read(token.expose_secret(), at(NOW)), Ok(claims()));
    assert_eq!(other.read(before.expose_secret(), at(NOW)), Err(TokenError::Invalid), "no longer in force");
}

#[test]
fn ses_3_the_rings_own_key_stays_in_force_under_its_name() {
    let jwt = Jwt::new(&KeyRing::generate(), ISSUER).unwrap();
    let before = jwt.sign(&claims()).unwrap();
    let (_, ring_key) = jwt.name_key();
    let own = SigningKey { kid: ring_key, ..signing_key(&jwt) };
    jwt.adopt(&[&signing_key(&jwt), &own]).unwrap();
    assert_eq!(jwt.read(before.expose_secret(), at(NOW)), Ok(claims()));
}

#[test]
fn ses_3_a_key_of_another_ring_is_left_out_and_never_the_last_one() {
    let (jwt, stranger) =
        (Jwt::new(&KeyRing::generate(), ISSUER).unwrap(), Jwt::new(&KeyRing::generate(), ISSUER).unwrap());
    let foreign = signing_key(&stranger);
    assert!(!jwt.knows(&foreign.ring_key) && stranger.knows(&foreign.ring_key));
    jwt.adopt(&[&foreign]).unwrap();
    let token = jwt.sign(&claims()).unwrap();
    assert_eq!(jwt.read(token.expose_secret(), at(NOW)), Ok(claims()));
}

#[test]
fn a_keyed_digest_is_the_installations_own() {
    let ring = KeyRing::generate();
    let digest = |ring: &KeyRing| Jwt::new(ring, ISSUER).unwrap().keyed_digest("anna@example.com");
    assert_eq!(digest(&ring), digest(&ring));
    assert_ne!(digest(&ring), digest(&KeyRing::generate()));
    assert_ne!(digest(&ring), Jwt::new(&ring, ISSUER).unwrap().digest("anna@example.com"));
}
