use qualify_domain::{access::Who, connection::ConnectionEvent};
use qualify_ports::storage::{ConnectionCursor, LiveSession, PlatformTask, Slice};

use crate::{Error, SignedIn};

/// How many entries of the log a page has.
const PAGE: u16 = 25;

/// A session that goes on.
#[derive(Clone, Debug)]
pub struct SignedInAt {
    /// The session.
    pub session: LiveSession,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// A part of the connection log, newest first.
pub type History = Slice<ConnectionEvent, ConnectionCursor>;

impl super::Sessions {
    /// The member's sessions that go on, the one that asks first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn list(&self, member: &SignedIn) -> Result<Vec<SignedInAt>, Error> {
        let Who::Member(user, this) = member.actor.who() else { return Ok(Vec::new()) };
        let mut tx = self.storage.platform(PlatformTask::ReadConnections).await?;
        let live = tx.sessions().live(user, self.clock.now()).await?;
        let mut sessions: Vec<_> =
            live.into_iter().map(|session| SignedInAt { is_this: session.id == this, session }).collect();
        sessions.sort_by_key(|session| !session.is_this);
        Ok(sessions)
    }

    /// When and from where the member's account was used in the last 90 days (RET-4).
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn history(&self, member: &SignedIn, before: Option<ConnectionCursor>) -> Result<History, Error> {
        let mut tx = self.storage.platform(PlatformTask::ReadConnections).await?;
        Ok(tx.connections().page(member.user, before, PAGE, self.clock.now()).await?)
    }
}
