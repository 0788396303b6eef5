//! What an organization says of itself: name, language, place, working hours, holidays.

mod change;
mod holidays;
mod view;

use std::sync::Arc;

use qualify_ports::storage::Storage;

pub use self::view::OrganizationFile;
use crate::Ports;

/// What an organization says of itself.
#[derive(Clone)]
pub struct Settings {
    storage: Arc<dyn Storage>,
}

impl Settings {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone() }
    }
}
