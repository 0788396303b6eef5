use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    circumstances::Circumstances,
    connection::ConnectionEvent,
    id::{ConnectionId, UserId},
};

use super::{Slice, StorageError};

/// The place after an entry of the log.
pub type ConnectionCursor = (Timestamp, ConnectionId);

/// When and from where accounts were used.
#[async_trait]
pub trait ConnectionLog: Send {
    /// Keeps an entry.
    async fn append(&mut self, event: &ConnectionEvent) -> Result<(), StorageError>;

    /// One entry that is still shown at `now`.
    async fn find(&mut self, id: ConnectionId, now: Timestamp) -> Result<Option<ConnectionEvent>, StorageError>;

    /// A part of a user's log, newest first, of what is still shown at `now` (RET-4).
    async fn page(
        &mut self,
        user: UserId,
        before: Option<ConnectionCursor>,
        limit: u16,
        now: Timestamp,
    ) -> Result<Slice<ConnectionEvent, ConnectionCursor>, StorageError>;

    /// From where the user signed in lately, each once, of what is still shown at `now`.
    async fn places(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Circumstances>, StorageError>;
}
