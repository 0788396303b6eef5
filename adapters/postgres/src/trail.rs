//! What a unit of work leaves in the audit trail: written by the unit of work itself, so that no use case can forget it.

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    access::{TenantScope, Who},
    audit::{AuditActor, FieldChange, Target, Trace},
    id::SessionId,
};
use qualify_ports::{storage::StorageError, time::Clock};
use serde::Serialize;
use sqlx::{PgConnection, types::Json};

use crate::{error::failed, values::instant};

/// What a unit of work has done so far, and for whom.
pub(crate) struct Trail {
    clock: Arc<dyn Clock>,
    who: Who,
    action: &'static str,
    trace: Trace,
    touched: Vec<(Target, Vec<FieldChange>)>,
}

/// One thing that was touched, as the database takes it.
#[derive(Serialize)]
struct Touch {
    kind: Option<&'static str>,
    id: Option<uuid::Uuid>,
    changes: Vec<String>,
}

impl Trail {
    pub(crate) fn of(scope: &TenantScope, clock: Arc<dyn Clock>) -> Self {
        let touched = scope.looks_at().map(|target| (target, Vec::new())).into_iter().collect();
        Self { clock, who: scope.who(), action: scope.permission().code(), trace: scope.trace(), touched }
    }

    /// The time by the clock of this unit of work.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Remembers that something was changed; the same thing twice is one.
    pub(crate) fn touch(&mut self, target: Target, changes: Vec<FieldChange>) {
        match self.touched.iter_mut().find(|(known, _)| *known == target) {
            Some((_, known)) => {
                for change in changes {
                    if !known.contains(&change) {
                        known.push(change);
                    }
                }
            }
            None => self.touched.push((target, changes)),
        }
    }

    /// Whether the look itself is to be kept before anything is shown.
    pub(crate) fn is_look(&self) -> bool {
        self.trace == Trace::Look
    }

    /// Appends what is to be kept: the last thing before the commit, because the chain is locked from here on.
    pub(crate) async fn keep(self, sql: &mut PgConnection) -> Result<(), StorageError> {
        let mut touched: Vec<_> = self.touched.into_iter().map(Touch::from).collect();
        match self.trace {
            Trace::Nothing => return Ok(()),
            Trace::Touched if touched.is_empty() => return Ok(()),
            // A command that names nothing is kept all the same.
            Trace::Look | Trace::Command if touched.is_empty() => touched.push(Touch::nothing()),
            Trace::Look | Trace::Command | Trace::Touched => {}
        }
        let actor = AuditActor::from(self.who);
        sqlx::query!(
            "SELECT append_audit($1, $2, $3, $4, $5, $6)",
            instant(self.clock.now()),
            actor.kind(),
            actor.id(),
            session(self.who).map(|session| session.0),
            self.action,
            Json(touched) as _,
        )
        .execute(sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}

impl Touch {
    fn nothing() -> Self {
        Self { kind: None, id: None, changes: Vec::new() }
    }
}

impl From<(Target, Vec<FieldChange>)> for Touch {
    fn from((target, changes): (Target, Vec<FieldChange>)) -> Self {
        let changes = changes.iter().map(ToString::to_string).collect();
        Self { kind: Some(target.kind()), id: Some(target.id()), changes }
    }
}

fn session(who: Who) -> Option<SessionId> {
    match who {
        Who::Member(_, session) => Some(session),
        Who::Visitor(_) | Who::Asker | Who::ApiKey(_) | Who::Support(_) | Who::Product(_) => None,
    }
}
