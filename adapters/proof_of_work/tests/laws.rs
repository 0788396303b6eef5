//! The proof of work keeps the laws of spam checks, and its own.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeMap;

use altcha::{Challenge, Payload, SolveChallengeOptions, solve_challenge};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use qualify_domain::spam::SpamReason::{self, WorkInvalid, WorkMissing};
use qualify_laws::spam::{SpamRig, form, noon, verdict};
use qualify_ports::{
    plugin::Settings,
    spam::{Attempt, SpamCheck, SpamFieldKind},
};
use qualify_proof_of_work::SPAM;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn signed_with(secret: &str) -> SpamRig {
    let settings = Settings::new("proof-of-work", []).with("secret", secret).with("cost", "1");
    SpamRig { check: (SPAM.build)(settings.with("max_minutes", "10")).unwrap(), answer: |_, puzzle| solved(&puzzle) }
}

fn rig() -> SpamRig {
    signed_with("a secret")
}

qualify_laws::spam_check_laws!(async { rig() });

/// What the visitor's browser sends for a puzzle.
fn solved(puzzle: &str) -> String {
    if puzzle.is_empty() {
        return String::new();
    }
    let challenge: Challenge = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(puzzle).unwrap()).unwrap();
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).unwrap().unwrap();
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&Payload { challenge, solution }).unwrap())
}

fn puzzle(check: &dyn SpamCheck, number: u128) -> String {
    check.value("_work", &form(number, true), noon())
}

async fn judged(check: &dyn SpamCheck, work: &str, after: SignedDuration) -> Vec<SpamReason> {
    verdict(check, &form(1, true), &BTreeMap::from([("_work", work.to_owned())]), after).await
}

/// The work with its solution's or puzzle's JSON changed.
fn forged(work: &str, change: impl Fn(&mut serde_json::Value)) -> String {
    let mut value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(work).unwrap()).unwrap();
    change(&mut value);
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn a_puzzle_is_given_where_the_form_asks_for_work_and_each_is_another() {
    let check = rig().check;
    let [field] = check.fields() else { panic!("one field") };
    assert_eq!((field.name, field.kind), ("_work", SpamFieldKind::Work));
    assert_eq!(check.value("_work", &form(1, false), noon()), "");
    assert_ne!(puzzle(&*check, 1), puzzle(&*check, 1));
}

#[tokio::test]
async fn work_counts_only_where_the_form_asks_for_it() {
    let rig = rig();
    for fields in [BTreeMap::new(), BTreeMap::from([("_work", String::new())])] {
        assert_eq!(verdict(&*rig.check, &form(1, false), &fields, MINUTE).await, []);
        assert_eq!(verdict(&*rig.check, &form(1, true), &fields, MINUTE).await, [WorkMissing]);
    }
    let unsolved = puzzle(&*rig.check, 1);
    assert_eq!(judged(&*rig.check, &unsolved, MINUTE).await, [WorkMissing], "a browser without scripts");
}

#[tokio::test]
async fn work_is_good_for_its_form_for_ten_minutes() {
    let rig = rig();
    let work = solved(&puzzle(&*rig.check, 1));
    assert_eq!(judged(&*rig.check, &work, SignedDuration::from_mins(10)).await, []);
    assert_eq!(judged(&*rig.check, &work, SignedDuration::from_secs(601)).await, [WorkInvalid]);
    assert_eq!(judged(&*rig.check, &solved(&puzzle(&*rig.check, 2)), MINUTE).await, [WorkInvalid], "another form's");
    let other = signed_with("another secret");
    assert_eq!(judged(&*other.check, &work, MINUTE).await, [WorkInvalid]);
    let rotated = signed_with("another secret, a secret");
    assert_eq!(judged(&*rotated.check, &work, MINUTE).await, [], "what the former key signed");
}

#[tokio::test]
async fn what_was_made_easier_or_not_done_is_seen() {
    let rig = rig();
    let work = solved(&puzzle(&*rig.check, 1));
    let changes: [fn(&mut serde_json::Value); 4] = [
        |work| work["solution"]["counter"] = 4_000_000_000_u32.into(),
        |work| work["challenge"]["parameters"]["keyPrefix"] = "".into(),
        |work| work["challenge"]["parameters"]["data"]["at"] = 1_900_000_000_000_i64.into(),
        |work| drop(work["challenge"].as_object_mut().unwrap().remove("signature")),
    ];
    for change in changes {
        assert_eq!(judged(&*rig.check, &forged(&work, change), MINUTE).await, [WorkInvalid]);
    }
}

#[test]
fn the_same_work_bears_the_same_mark() {
    let rig = rig();
    let [work, other] = [1, 1].map(|number| solved(&puzzle(&*rig.check, number)));
    let mark = |work: &str, asks: bool| {
        let fields = BTreeMap::from([("_work", work.to_owned())]);
        rig.check.mark(&Attempt { form: &form(1, asks), received_at: noon(), fields: &fields })
    };
    let again = forged(&work, |work| work["solution"]["time"] = 7.into());
    assert!(mark(&work, true).is_some() && mark(&work, true) == mark(&again, true));
    assert_ne!(mark(&work, true), mark(&other, true));
    assert_eq!((mark(&work, false), mark("nonsense", true)), (None, None));
}

#[test]
fn there_is_no_check_without_a_secret() {
    let settings = Settings::new("proof-of-work", [("secret".to_owned(), " ,".to_owned())]);
    assert_eq!((SPAM.build)(settings).err().unwrap().to_string(), "`proof-of-work.secret` is empty");
}
