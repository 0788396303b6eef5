//! What visitors send.

mod release;
mod submit;

use std::sync::Arc;

use qualify_domain::id::PublicFormId;
use qualify_ports::{
    spam::{SpamCheck, SpamField},
    storage::Storage,
    time::{Clock, Ids},
    tokens::Tokens,
};

pub use self::submit::{Receipt, Submit};
use crate::Ports;

/// What visitors send.
#[derive(Clone)]
pub struct Submissions {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
    spam: Arc<[Arc<dyn SpamCheck>]>,
}

impl Submissions {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            tokens: ports.tokens.clone(),
            spam: ports.spam.clone(),
        }
    }

    /// The fields that the spam checks add to a form which is shown now.
    pub fn spam_fields(&self, form: PublicFormId) -> Vec<SpamField> {
        let now = self.clock.now();
        self.spam.iter().flat_map(|check| check.fields(form, now)).collect()
    }
}
