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
use crate::{Access, Ports};

/// Forms, for members.
#[derive(Clone)]
pub struct Forms {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    access: Access,
}

impl Forms {
    pub(crate) fn new(ports: &Ports, access: Access) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), ids: ports.ids.clone(), access }
    }
}
