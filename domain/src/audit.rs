//! The audit trail: who did what to what, and when, in one chain per organization. It holds ids and codes, never a
//! word of anybody: erasing a person leaves the event and nothing that tells who it was.

mod action;
mod change;
mod entry;
mod security;
mod target;
mod walk;

pub use self::{
    action::{Action, Trace},
    change::Change,
    entry::{AuditActor, Entry, EntryFilter},
    security::{SecurityEvent, SecurityKind},
    target::Target,
    walk::{Break, Mark, Walk},
};
