//! Forms, for members.

mod change;
mod create;
mod editions;
mod fields;
mod list;
mod open;
mod rotate;
mod written;

use std::sync::Arc;

use qualify_ports::{
    storage::Storage,
    time::{Clock, Ids},
};

pub use self::{
    create::CreateForm,
    editions::{EditionFile, FormHistory},
    fields::FieldsFile,
    open::FormFile,
    written::{WrittenBox, WrittenForm, WrittenNotice},
};
use crate::{Access, Ports, billing::Room};

/// Forms, for members.
#[derive(Clone)]
pub struct Forms {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    access: Access,
    room: Room,
}

impl Forms {
    pub(crate) fn new(ports: &Ports, access: Access) -> Self {
        let (storage, clock, ids) = (ports.storage.clone(), ports.clock.clone(), ports.ids.clone());
        Self { storage, clock, ids, access, room: Room::new(ports) }
    }
}
