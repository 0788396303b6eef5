//! The laws of [`SpamCheck`].

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    form::{Form, FormField, FormSettings, KnownPerson, LegalBasis, Notice},
    id::{FormId, PublicFormId},
    language::Language,
    spam::SpamReason,
};
use qualify_ports::spam::{Attempt, SpamCheck, SpamFieldKind};
use uuid::Uuid;

/// A spam check under test. Every check has the same other end: a form in a browser.
pub struct SpamRig {
    /// The check.
    pub check: std::sync::Arc<dyn SpamCheck>,
    /// What a browser sends back for what a field holds.
    pub answer: fn(SpamFieldKind, String) -> String,
}

/// A form of that number, as visitors fill it; strict, if it asks for all that a page adds.
pub fn form(number: u128, is_strict: bool) -> Form {
    Form {
        id: FormId(Uuid::from_u128(number)),
        public_id: PublicFormId(Uuid::from_u128(number << 64)),
        version: 1,
        settings: FormSettings {
            name: "Contact".parse().expect("a name"),
            language: Language::English,
            allowed_origins: vec![],
            thank_you: None,
            legal_basis: LegalBasis::LegitimateInterest,
            notice: Notice::of("We answer.".parse().expect("a purpose")),
            consent_wording: None,
            requires_token: is_strict,
            requires_work: is_strict,
            purposes: vec![],
            known_person: KnownPerson::Append,
            fields: FormField::usual(),
        },
        created_at: Timestamp::UNIX_EPOCH,
    }
}

/// An instant at which forms are shown.
pub fn noon() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("an instant")
}

/// What a browser sends back that fills nothing people cannot see.
pub fn untouched(rig: &SpamRig, form: &Form, shown_at: Timestamp) -> BTreeMap<&'static str, String> {
    let value = |name| rig.check.value(name, form, shown_at);
    rig.check.fields().iter().map(|field| (field.name, (rig.answer)(field.kind, value(field.name)))).collect()
}

/// What the check says of these fields, so long after the form was shown.
pub async fn verdict(
    check: &dyn SpamCheck,
    form: &Form,
    fields: &BTreeMap<&'static str, String>,
    after: SignedDuration,
) -> Vec<SpamReason> {
    let attempt = Attempt { form, received_at: noon() + after, fields };
    check.check(&attempt).await.expect("the check can be made")
}

/// A person who takes a minute to fill a form is never taken for a machine.
pub async fn lets_people_pass(rig: &SpamRig) {
    let check = &*rig.check;
    for is_strict in [false, true] {
        let form = form(1, is_strict);
        let fields = untouched(rig, &form, noon());
        assert_eq!(verdict(check, &form, &fields, SignedDuration::from_mins(1)).await, []);
    }
}

/// A form of the customer's own, without our fields, passes unless the form asks for them.
pub async fn lets_a_form_without_our_fields_pass(rig: &SpamRig) {
    let fields = BTreeMap::new();
    assert_eq!(verdict(&*rig.check, &form(1, false), &fields, SignedDuration::from_mins(1)).await, []);
}

/// The fields a check adds can stand in any form: known names, no markup, nothing to see.
#[expect(clippy::unused_async, reason = "each law is awaited")]
pub async fn its_fields_can_stand_in_any_form(rig: &SpamRig) {
    assert!(!rig.check.fields().is_empty());
    for field in rig.check.fields() {
        let value = rig.check.value(field.name, &form(1, true), noon());
        let plain = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
        assert!(plain(field.name, "_-"), "{}", field.name);
        assert!(plain(&value, "._-") && value.len() <= 1_024, "{value}");
        assert!(!["name", "email", "phone", "message", "consent"].contains(&field.name), "{}", field.name);
        assert_eq!(field.kind == SpamFieldKind::Trap, value.is_empty(), "only a trap is empty");
    }
}

/// Whatever a machine sends is judged, never an error.
pub async fn judges_nonsense(rig: &SpamRig) {
    let check = &*rig.check;
    let form = form(1, true);
    let names: Vec<&'static str> = untouched(rig, &form, noon()).into_keys().collect();
    for nonsense in [" ", ".", "v1...", "\0", "v1.1.1.1", "v1.99999999999999999999.a.b", "é", &"a.".repeat(50_000)] {
        let fields = names.iter().map(|name| (*name, nonsense.to_owned())).collect();
        let reasons = verdict(check, &form, &fields, SignedDuration::from_mins(1)).await;
        assert_eq!(reasons.len(), 1, "{nonsense:?}");
    }
}

/// The same fields, sent again, are judged alike: a visitor who presses the button twice is no machine.
pub async fn judges_the_same_alike(rig: &SpamRig) {
    let check = &*rig.check;
    let form = form(1, true);
    let fields = untouched(rig, &form, noon());
    for minutes in [1, 2, 9] {
        assert_eq!(verdict(check, &form, &fields, SignedDuration::from_mins(minutes)).await, []);
    }
}

/// One test for each law of a spam check. Takes an expression that makes a [`SpamRig`], awaited for each test.
#[macro_export]
macro_rules! spam_check_laws {
    ($rig:expr) => {
        $crate::laws! { spam, $rig =>
            lets_people_pass,
            lets_a_form_without_our_fields_pass,
            its_fields_can_stand_in_any_form,
            judges_nonsense,
            judges_the_same_alike,
        }
    };
}
