use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    digest::Digests,
    id::{EventId, UserId},
    mail_lane::{Bucket, Pace},
    zone::Zone,
};

use super::StorageError;

/// How mails go to one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberPace {
    /// Those that are sent at once.
    pub pace: Pace<EventId>,
    /// Those that are sent once a day.
    pub digests: Digests,
}

/// How many mails the organization sent lately, and to whom. Who asks holds what is told until the end of their work; a
/// member's comes before the organization's, so that nobody waits in a circle.
#[async_trait]
pub trait MailPaces: Send {
    /// How mails go to a member.
    async fn member(&mut self, member: UserId, now: Timestamp) -> Result<MemberPace, StorageError>;

    /// Where a member reads clocks: where they chose, or else where the organization is; none if nobody chose.
    async fn zone(&mut self, member: UserId) -> Result<Option<Zone>, StorageError>;

    /// Keeps how mails go to a member.
    async fn keep_member(&mut self, member: UserId, pace: &MemberPace) -> Result<(), StorageError>;

    /// The organization's bucket.
    async fn organization(&mut self, now: Timestamp) -> Result<Bucket, StorageError>;

    /// Keeps the organization's bucket.
    async fn keep_organization(&mut self, bucket: Bucket) -> Result<(), StorageError>;
}
