//! Leads: what members see of them and do with them.

mod add;
mod assign;
mod board;
mod change;
mod count_mine;
mod create;
mod duplicates;
mod erase;
mod export;
pub(crate) mod found;
pub(crate) mod list;
mod merge;
pub(crate) mod move_to;
mod note;
mod open;
mod read;
pub(crate) mod sheet;
mod start;
mod timeline;
mod undo_merge;
mod watch;

use std::sync::Arc;

use qualify_ports::{
    live::Live,
    storage::Storage,
    time::{Clock, Ids},
    tokens::Tokens,
};

pub use self::{
    add::{AddLead, Added},
    assign::AssignLead,
    board::{Board, BoardColumn, ShowBoard},
    change::{ChangeLead, Seen},
    create::{CreateLead, Created, IfKnown},
    duplicates::Duplicate,
    export::LeadParts,
    list::{LeadList, ListLeads, ListNames, MOST_COUNTED},
    merge::{MergeLeads, MergePreview, Merged, SeenPair},
    move_to::{MoveLead, TransferLead},
    note::{NoteKind, NoteLead},
    open::LeadFile,
    start::{FirstOwner, LeadChoices, LeadStart},
    timeline::Timeline,
    undo_merge::Separated,
};
pub(crate) use self::{
    erase::{At, Prepared, TRIES, again_if_stale},
    found::found,
};
use crate::{Ports, export_limits::ExportLimits};

/// Leads.
#[derive(Clone)]
pub struct Leads {
    storage: Arc<dyn Storage>,
    live: Arc<dyn Live>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
    limits: ExportLimits,
}

impl Leads {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            live: ports.live.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            tokens: ports.tokens.clone(),
            limits: ExportLimits::new(ports),
        }
    }
}
