//! Where somebody is signed in, and when and from where their account was used. Everybody sees their own only.

mod end;
mod list;

use std::sync::Arc;

use qualify_domain::{
    audit::{SecurityEvent, SecurityKind},
    circumstances::Circumstances,
    connection::{ConnectionEvent, ConnectionKind},
    id::{SessionId, UserId},
};
use qualify_ports::{
    storage::{PlatformTx, Storage, StorageError},
    time::{Clock, Ids},
};

pub use self::list::{History, SignedInAt};
use crate::Ports;

/// Where somebody is signed in.
#[derive(Clone)]
pub struct Sessions {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Sessions {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), ids: ports.ids.clone() }
    }

    /// Ends all sessions of a user but one, in the unit of work that has a reason to: another password, another factor, a
    /// membership that ended (SES-8). Tells how many.
    pub(crate) async fn end_in(
        &self,
        tx: &mut dyn PlatformTx,
        user: UserId,
        except: Option<SessionId>,
        from: &Circumstances,
    ) -> Result<usize, StorageError> {
        let now = self.clock.now();
        let ended = tx.sessions().revoke_all(user, except, now).await?;
        for session in &ended {
            self.tell(tx, user, *session, from).await?;
        }
        Ok(ended.len())
    }

    /// Writes down that a session was ended from elsewhere.
    async fn tell(
        &self,
        tx: &mut dyn PlatformTx,
        user: UserId,
        session: SessionId,
        from: &Circumstances,
    ) -> Result<(), StorageError> {
        let now = self.clock.now();
        let entry = ConnectionEvent {
            id: self.ids.next(),
            user,
            session: Some(session),
            kind: ConnectionKind::Revoked,
            at: now,
            from: from.clone(),
        };
        tx.connections().append(&entry).await?;
        tx.security().tell(user, &SecurityEvent::by(SecurityKind::SessionRevoked, user, Some(session)), now).await
    }
}
