//! A field that people neither see nor reach: whoever fills it is a machine.

use std::sync::Arc;

use async_trait::async_trait;
use qualify_domain::spam::SpamReason;
use qualify_ports::{
    plugin::Adapter,
    spam::{Attempt, SpamCheck, SpamError, SpamField, SpamFieldKind},
};

/// A field that people neither see nor reach.
pub const SPAM: Adapter<dyn SpamCheck> = Adapter { name: "honeypot", keys: &[], build: |_| Ok(Arc::new(Honeypot)) };

/// A name that machines like to fill, and that no field of a form bears.
const FIELD: SpamField = SpamField { name: "website", kind: SpamFieldKind::Trap };

/// A field that people neither see nor reach.
#[derive(Clone, Copy, Debug)]
pub struct Honeypot;

#[async_trait]
impl SpamCheck for Honeypot {
    fn fields(&self) -> &'static [SpamField] {
        &[FIELD]
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<Vec<SpamReason>, SpamError> {
        let filled = attempt.fields.get(FIELD.name).is_some_and(|value| !value.is_empty());
        Ok(if filled { vec![SpamReason::Honeypot] } else { vec![] })
    }
}
