use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    access::{Permission, Role},
    circumstances::Circumstances,
    closing::Closing,
    id::{OrganizationId, RefreshId, SessionId, UserId},
    mfa_policy::MfaStanding,
    profile::Profile,
    session::{RefreshToken, Session},
    step_up::Proof,
    subscription::Grounds,
    support::OpenToSupport,
    team::Colleagues,
    text::{Email, Name},
    zone::Zone,
};

use super::StorageError;

/// A member whose session is alive, as read in this very request (SES-4).
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// What they are in the organization.
    pub roles: Vec<Role>,
    /// What is granted to them on top of that.
    pub grants: Vec<Permission>,
    /// Whose leads their teams reach.
    pub colleagues: Colleagues,
    /// When they last proved who they are.
    pub proof: Proof,
    /// How they stand to what the organization asks for beside a password.
    pub mfa: MfaStanding,
    /// What they chose for themselves.
    pub profile: Profile,
    /// Their address.
    pub email: Email,
    /// The organization's name.
    pub organization: Name,
    /// Where the organization reads clocks, if it says.
    pub organization_zone: Option<Zone>,
    /// The organization's end, if it ends.
    pub closing: Option<Closing>,
    /// From what follows what the organization may do; none if nothing is kept about its payments.
    pub grounds: Option<Grounds>,
    /// Whether the organization is open to support.
    pub support: Option<OpenToSupport>,
}

/// A session that goes on, as its user sees it.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used last, to within the life of an access token.
    pub seen_at: Timestamp,
    /// From where it was used last.
    pub from: Circumstances,
}

/// Sessions and their tokens.
#[async_trait]
pub trait SessionStore: Send {
    /// Keeps a new session with its first refresh token, and ends the user's oldest sessions above the limit.
    async fn insert(&mut self, session: &Session, first: &RefreshToken) -> Result<(), StorageError>;

    /// The live session and the token of that digest.
    async fn find(
        &mut self,
        digest: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<(Session, RefreshToken)>, StorageError>;

    /// Puts `new` in the place of `old`; false if another request did so first (SES-5).
    async fn rotate(
        &mut self,
        session: SessionId,
        old: RefreshId,
        new: &RefreshToken,
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Puts `new` in the place of `lost`, the successor of `old` that never reached its browser; false if it did after
    /// all, or another request did so first (SES-6).
    async fn replace(
        &mut self,
        session: SessionId,
        old: RefreshId,
        lost: RefreshId,
        new: &RefreshToken,
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Remembers that the browser has the token, because it came back with what was given beside it.
    async fn acknowledge(&mut self, token: RefreshId, now: Timestamp) -> Result<(), StorageError>;

    /// The sessions of a user that go on, the latest used first.
    async fn live(&mut self, user: UserId, now: Timestamp) -> Result<Vec<LiveSession>, StorageError>;

    /// Ends a user's session; false if they have none of that id that goes on.
    async fn revoke_own(&mut self, user: UserId, session: SessionId, now: Timestamp) -> Result<bool, StorageError>;

    /// Ends all sessions of a user but one, and tells which.
    async fn revoke_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StorageError>;

    /// Ends a session.
    async fn revoke(&mut self, session: SessionId, now: Timestamp) -> Result<(), StorageError>;

    /// Keeps that a user proved anew who they are in a session of theirs (AUTH-16).
    async fn prove(&mut self, user: UserId, session: SessionId, now: Timestamp) -> Result<(), StorageError>;

    /// Lets a user's session that goes on show another organization; none if they do not belong to it.
    async fn show(
        &mut self,
        user: UserId,
        session: SessionId,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Option<Session>, StorageError>;

    /// Keeps that the member was urged to set up a second factor and said "later".
    async fn mfa_later(&mut self, session: SessionId, now: Timestamp) -> Result<(), StorageError>;
}
