//! What visitors send.

mod list;
mod meter;
mod release;
mod submit;
mod unseal;

use std::sync::Arc;

use qualify_domain::form::Form;
use qualify_ports::{
    spam::{SpamCheck, SpamField},
    storage::Storage,
    time::{Clock, Ids},
    tokens::Tokens,
};

use self::meter::Meters;
pub use self::{
    list::SubmissionList,
    submit::{Receipt, Submit},
};
use crate::{Ports, billing::Room};

/// What visitors send.
#[derive(Clone)]
pub struct Submissions {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
    spam: Arc<[Arc<dyn SpamCheck>]>,
    meters: Meters,
    room: Room,
}

impl Submissions {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            tokens: ports.tokens.clone(),
            spam: ports.spam.clone(),
            meters: Meters::new(ports.storage.clone(), ports.payments.provider.clone()),
            room: Room::new(ports),
        }
    }

    /// The fields that the spam checks add to each form.
    pub fn spam_fields(&self) -> impl Iterator<Item = &'static SpamField> {
        self.spam.iter().flat_map(|check| check.fields())
    }

    /// The same, each with what it holds in a form that is shown now.
    pub fn filled_spam_fields(&self, form: &Form) -> Vec<(&'static SpamField, String)> {
        let now = self.clock.now();
        let of_check = |check: &'_ Arc<dyn SpamCheck>| {
            let check = check.clone();
            check.fields().iter().map(move |field| (field, check.value(field.name, form, now)))
        };
        self.spam.iter().flat_map(of_check).collect()
    }
}
