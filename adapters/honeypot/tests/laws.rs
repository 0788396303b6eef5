//! The honeypot keeps the laws of spam checks, and its own.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use qualify_domain::spam::SpamReason;
use qualify_honeypot::SPAM;
use qualify_laws::spam::{SpamRig, form, noon, untouched, verdict};
use qualify_ports::{
    plugin::Settings,
    spam::{SpamField, SpamFieldKind},
};

fn rig() -> SpamRig {
    SpamRig { check: (SPAM.build)(Settings::default()).unwrap(), answer: |_, value| value }
}

qualify_laws::spam_check_laws!(async { rig() });

#[tokio::test]
async fn whoever_fills_the_trap_is_a_machine() {
    let (rig, form) = (rig(), form(1, false));
    let mut fields = untouched(&rig, &form, noon());
    fields.insert("website", "https://spam.example.com".to_owned());
    assert_eq!(verdict(&*rig.check, &form, &fields, jiff::SignedDuration::ZERO).await, [SpamReason::Honeypot]);
}

#[tokio::test]
async fn the_trap_is_one_field_that_people_do_not_see() {
    let check = rig().check;
    assert_eq!(check.fields(), [SpamField { name: "website", kind: SpamFieldKind::Trap }]);
    assert_eq!(check.value("website", &form(1, false), noon()), "");
}
