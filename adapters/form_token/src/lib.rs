//! A signed token in each form that is shown: it tells when the page was made, and that it was ours.
//!
//! Machines send forms at once, or send a page they kept for months; people need a few seconds and come within a day.
//! The token is `v1.<milliseconds since 1970>.<nonce>.<signature>`; no two are the same.

mod token;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{form::Form, spam::SpamReason};
use qualify_ports::{
    plugin::{Adapter, BuildError, Key, Kind, Settings},
    spam::{Attempt, SpamCheck, SpamError, SpamField, SpamFieldKind},
};

use self::token::Signer;

/// A signed token in each form that is shown.
pub const SPAM: Adapter<dyn SpamCheck> =
    Adapter { name: "form-token", keys: KEYS, build: |settings| Ok(Arc::new(FormToken::build(&settings)?)) };

const KEYS: &[Key] = &[
    Key { name: "secret", about: "Signs the tokens; the newest key first.", default: None, kind: Kind::Derived },
    Key {
        name: "min_seconds",
        about: "A form that is sent sooner after it was shown is quarantined.",
        default: Some("2"),
        kind: Kind::Number(0, 60),
    },
    Key {
        name: "max_hours",
        about: "A form that is sent later after it was shown is quarantined.",
        default: Some("24"),
        kind: Kind::Number(1, 720),
    },
];

const FIELD: SpamField = SpamField { name: "_token", kind: SpamFieldKind::Hidden };

/// Signs and reads form tokens.
pub struct FormToken {
    signer: Signer,
    min: SignedDuration,
    max: SignedDuration,
}

impl FormToken {
    fn build(settings: &Settings) -> Result<Self, BuildError> {
        Ok(Self {
            signer: Signer::new(settings.secret("secret")?).ok_or_else(|| settings.fault("secret", "is empty"))?,
            min: SignedDuration::from_secs(settings.get::<u32>("min_seconds")?.into()),
            max: SignedDuration::from_hours(settings.get::<u32>("max_hours")?.into()),
        })
    }

    fn judge(&self, attempt: &Attempt<'_>) -> Option<SpamReason> {
        let form = attempt.form;
        let Some(token) = attempt.fields.get(FIELD.name).filter(|token| !token.is_empty()) else {
            return form.settings.requires_token.then_some(SpamReason::TokenMissing);
        };
        let Some(issued_at) = self.signer.read(token, form.id) else {
            return Some(SpamReason::TokenForged);
        };
        match attempt.received_at.duration_since(issued_at) {
            age if age < self.min => Some(SpamReason::TooFast),
            age if age > self.max => Some(SpamReason::TooOld),
            _ => None,
        }
    }
}

#[async_trait]
impl SpamCheck for FormToken {
    fn fields(&self) -> &'static [SpamField] {
        &[FIELD]
    }

    fn value(&self, _field: &str, form: &Form, now: Timestamp) -> String {
        self.signer.issue(form.id, now)
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<Vec<SpamReason>, SpamError> {
        Ok(self.judge(attempt).into_iter().collect())
    }
}
