use std::fmt::Write;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    access::Who,
    audit::{Action, Link, Mark, Target},
    id::{ApiKeyId, OrganizationId, SupportGrantId, UserId},
};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditActor {
    /// A member.
    Member(UserId),
    /// A program, with an API key.
    ApiKey(ApiKeyId),
    /// Somebody from support, by a grant.
    Support(SupportGrantId),
    /// The product itself, for somebody.
    Product,
    /// Somebody who did not prove who they are.
    Nobody,
}

impl AuditActor {
    /// The stable name of its kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Member(_) => "member",
            Self::ApiKey(_) => "api_key",
            Self::Support(_) => "support",
            Self::Product => "product",
            Self::Nobody => "nobody",
        }
    }

    /// Its id, if it has one.
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Member(UserId(id)) | Self::ApiKey(ApiKeyId(id)) | Self::Support(SupportGrantId(id)) => Some(id),
            Self::Product | Self::Nobody => None,
        }
    }

    /// What the trail kept, as it was; none for a kind that is no more.
    pub fn restore(kind: &str, id: Option<Uuid>) -> Option<Self> {
        match (kind, id) {
            ("member", Some(id)) => Some(Self::Member(UserId(id))),
            ("api_key", Some(id)) => Some(Self::ApiKey(ApiKeyId(id))),
            ("support", Some(id)) => Some(Self::Support(SupportGrantId(id))),
            ("product", None) => Some(Self::Product),
            ("nobody", None) => Some(Self::Nobody),
            _ => None,
        }
    }
}

impl From<Who> for AuditActor {
    fn from(who: Who) -> Self {
        match who {
            Who::Member(user, _) => Self::Member(user),
            Who::ApiKey(key) => Self::ApiKey(key),
            Who::Support(grant) => Self::Support(grant),
            Who::Visitor(_) | Who::Asker => Self::Nobody,
            Who::Product(_) => Self::Product,
        }
    }
}

/// One entry of an organization's trail, as it is kept. Codes stay texts: an entry outlives the program that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose trail.
    pub organization: OrganizationId,
    /// Its place, from 1 without a gap.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// The kind of who did it.
    pub actor_kind: String,
    /// Who did it.
    pub actor: Option<Uuid>,
    /// In which session.
    pub session: Option<Uuid>,
    /// What was done.
    pub action: String,
    /// The kind of what it was done to.
    pub target_kind: Option<String>,
    /// What it was done to.
    pub target: Option<Uuid>,
    /// How often, where the same is counted instead of kept again.
    pub times: i32,
    /// What changed.
    pub changes: Vec<String>,
    /// The digest of the entry before.
    pub previous: [u8; 32],
    /// The digest of this one.
    pub hash: [u8; 32],
}

impl Entry {
    /// The text whose SHA-256 is the entry's hash: a line for each part, the hash before it first. No part can hold a
    /// line's end, so no two entries have the same text.
    pub fn text(&self) -> String {
        let mut text = hex(&self.previous);
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        for part in [
            self.organization.to_string(),
            self.sequence.to_string(),
            self.at.as_microsecond().to_string(),
            self.actor_kind.clone(),
            id(self.actor),
            id(self.session),
            self.action.clone(),
            self.target_kind.clone().unwrap_or_default(),
            id(self.target),
            self.times.to_string(),
            self.changes.join(" "),
        ] {
            text.push('\n');
            text.push_str(&part);
        }
        text
    }

    /// Who did it; none for a kind this program does not know.
    pub fn who(&self) -> Option<AuditActor> {
        AuditActor::restore(&self.actor_kind, self.actor)
    }

    /// What was done; none if this program does not know it.
    pub fn what(&self) -> Option<Action> {
        Action::of_code(&self.action)
    }

    /// What it was done to, if this program knows the kind.
    pub fn on(&self) -> Option<Target> {
        Target::restore(self.target_kind.as_deref()?, self.target?)
    }
}

impl Link for Entry {
    fn mark(&self) -> Mark {
        Mark { sequence: self.sequence, hash: self.hash }
    }

    fn previous(&self) -> [u8; 32] {
        self.previous
    }

    fn text(&self) -> String {
        self.text()
    }
}

/// Which entries to look at. What is not set does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Done by this member.
    pub actor: Option<UserId>,
    /// This action.
    pub action: Option<Action>,
    /// Done to the thing of this id.
    pub target: Option<Uuid>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

impl EntryFilter {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
