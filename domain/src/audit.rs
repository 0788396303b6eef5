//! The audit trail: who did what to what, and when, in one chain per organization. It holds ids and codes, never a
//! word of anybody: erasing a person leaves the event and nothing that tells who it was.

mod action;
mod entry;
mod field_change;
mod security;
mod target;
mod walk;

pub use self::{
    action::{Action, Trace},
    entry::{AuditActor, Entry, EntryFilter, hex},
    field_change::FieldChange,
    security::{SecurityEvent, SecurityKind},
    target::Target,
    walk::{Break, Link, Mark, Walk},
};
