//! The form token keeps the laws of spam checks, and its own.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use qualify_domain::spam::SpamReason::{self, TokenForged, TokenMissing, TooFast, TooOld};
use qualify_form_token::SPAM;
use qualify_laws::spam::{SpamRig, form, noon, untouched, verdict};
use qualify_ports::{
    plugin::Settings,
    spam::{SpamCheck, SpamFieldKind},
};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn signed_with(secret: &str) -> SpamRig {
    let settings = Settings::new("form-token", []).with("secret", secret).with("min_seconds", "2");
    SpamRig { check: (SPAM.build)(settings.with("max_hours", "24")).unwrap(), answer: |_, value| value }
}

fn rig() -> SpamRig {
    signed_with("a secret")
}

qualify_laws::spam_check_laws!(async { rig() });

fn token(check: &dyn SpamCheck) -> String {
    check.value("_token", &form(1, false), noon())
}

async fn judged(check: &dyn SpamCheck, token: &str, after: SignedDuration) -> Vec<SpamReason> {
    verdict(check, &form(1, false), &BTreeMap::from([("_token", token.to_owned())]), after).await
}

#[test]
fn a_token_is_hidden_and_tells_when_it_was_issued() {
    let check = rig().check;
    let [field] = check.fields() else { panic!("one field") };
    assert_eq!((field.name, field.kind), ("_token", SpamFieldKind::Hidden));
    let value = token(&*check);
    let parts: Vec<&str> = value.split('.').collect();
    assert_eq!((parts.len(), parts[0], parts[1]), (4, "v1", "1800000000000"));
}

#[test]
fn no_two_tokens_are_the_same() {
    let rig = rig();
    let tokens: BTreeSet<String> = (0..100).map(|_| token(&*rig.check)).collect();
    assert_eq!(tokens.len(), 100);
}

#[tokio::test]
async fn a_missing_token_counts_only_where_the_form_asks_for_it() {
    let rig = rig();
    for fields in [BTreeMap::new(), BTreeMap::from([("_token", String::new())])] {
        assert_eq!(verdict(&*rig.check, &form(1, false), &fields, MINUTE).await, []);
        assert_eq!(verdict(&*rig.check, &form(1, true), &fields, MINUTE).await, [TokenMissing]);
    }
}

#[tokio::test]
async fn the_token_of_another_form_is_forged() {
    let rig = rig();
    let fields = untouched(&rig, &form(2, false), noon());
    assert_eq!(verdict(&*rig.check, &form(1, false), &fields, MINUTE).await, [TokenForged]);
}

#[tokio::test]
async fn a_token_changed_anywhere_is_forged() {
    let rig = rig();
    let genuine = token(&*rig.check);
    for i in 0..genuine.len() {
        let mut bytes = genuine.clone().into_bytes();
        bytes[i] = if bytes[i] == b'1' { b'2' } else { b'1' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(judged(&*rig.check, &changed, MINUTE).await, [TokenForged], "changed at {i}");
    }
    assert_eq!(judged(&*rig.check, &genuine, MINUTE).await, [], "the test changes, not the token");
}

#[tokio::test]
async fn a_token_signed_with_another_secret_is_forged() {
    let stranger = token(&*signed_with("another secret").check);
    assert_eq!(judged(&*rig().check, &stranger, MINUTE).await, [TokenForged]);
}

#[tokio::test]
async fn a_rotated_secret_still_knows_the_tokens_of_the_former_one() {
    let former = token(&*rig().check);
    assert_eq!(judged(&*signed_with("a new secret,a secret").check, &former, MINUTE).await, []);
    assert_eq!(judged(&*signed_with("a new secret").check, &former, MINUTE).await, [TokenForged]);
}

#[tokio::test]
async fn sent_within_two_seconds_is_too_fast() {
    let rig = rig();
    let token = token(&*rig.check);
    for (millis, reasons) in [(-1_000, vec![TooFast]), (0, vec![TooFast]), (1_999, vec![TooFast]), (2_000, vec![])] {
        assert_eq!(judged(&*rig.check, &token, SignedDuration::from_millis(millis)).await, reasons, "{millis} ms");
    }
}

#[tokio::test]
async fn sent_after_a_day_is_too_old() {
    let rig = rig();
    let (token, day) = (token(&*rig.check), SignedDuration::from_hours(24));
    assert_eq!(judged(&*rig.check, &token, day).await, []);
    assert_eq!(judged(&*rig.check, &token, day + SignedDuration::from_millis(1)).await, [TooOld]);
}

#[test]
fn a_check_without_a_secret_is_not_built() {
    let settings = Settings::new("form-token", [("secret".to_owned(), " ,".to_owned())]);
    assert_eq!((SPAM.build)(settings).err().unwrap().to_string(), "`form-token.secret` is empty");
}
