//! API keys: with one a program acts in an organization, as far as the key's role and scopes go.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use crate::{
    access::{Actor, Permission, Role},
    id::{ApiKeyId, UserId},
    text::Name,
    violation::{Rule, Violations},
};

/// What every key begins with, so that a key that leaked is recognised for what it is.
pub const PREFIX: &str = "qck_";
/// A key lives this many days unless its maker says otherwise.
pub const USUAL_DAYS: u16 = 90;
/// A key lives at most this many days.
pub const MOST_DAYS: u16 = 365;
/// The last use of a key is known to this measure only: a key that reads a thousand times an hour writes once.
pub const USE_KNOWN_TO: SignedDuration = SignedDuration::from_hours(1);
/// The lives on offer, in days.
pub const LIVES: [u16; 4] = [30, USUAL_DAYS, 180, MOST_DAYS];

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $code:literal => [$($permission:ident),+]),+ $(,)?) => {
        /// What a key is for. Closed: none opens members' rights, sessions, keys or anything else that is a credential.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum KeyScope {
            $($(#[$doc])* $name),+
        }

        impl KeyScope {
            /// Every scope.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The permissions it lets through, where the key's role grants them.
            pub const fn permissions(self) -> &'static [Permission] {
                match self { $(Self::$name => &[$(Permission::$permission),+]),+ }
            }
        }
    };
}

scopes! {
    /// See leads.
    LeadsRead = "leads:read" => [ReadLeads],
    /// Make leads, change them, write into their timelines, give them to members, move them to another stage, one by one or
    /// many at once; stop one's own long work.
    LeadsWrite = "leads:write" => [CreateLead, ChangeLead, NoteLead, AssignLead, QualifyLead, RunJobs],
    /// Find leads of one person and merge them, which shows what is known of both; undo that.
    LeadsMerge = "leads:merge" => [ReadLeads, MergeLeads],
    /// Change where leads can stand, why they are given up, and what else is known of them.
    LeadsShape = "leads:shape" => [ReadLeads, ShapeLeads],
    /// Take leads away as a file, at once or prepared in the background.
    LeadsExport = "leads:export" => [ExportLeads, RunJobs],
    /// Take leads in from a file, and undo that.
    LeadsImport = "leads:import" => [ImportLeads],
    /// Keep views of the list for everybody.
    ViewsWrite = "views:write" => [ReadLeads, ManageViews],
    /// Change the rules by which leads are scored, and see what others would do.
    ScoreWrite = "score:write" => [ReadLeads, ManageScore],
    /// See forms.
    FormsRead = "forms:read" => [ReadForms],
    /// Make forms, change how they are set and what they ask.
    FormsWrite = "forms:write" => [ReadForms, ManageForms],
    /// See what forms received, let it out of quarantine or delete it there.
    SubmissionsWrite = "submissions:write" => [ReadForms, ReadSubmissions, ReleaseSubmission],
    /// See webhooks and what they were told; pause, try, replay and remove them. Never make one, nor see its secret.
    WebhooksRun = "webhooks:run" => [RunWebhooks],
    /// See members.
    MembersRead = "members:read" => [ReadMembers],
}

impl KeyScope {
    /// The scope that lets a permission through, if one does.
    pub fn of(permission: Permission) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.permissions().contains(&permission))
    }
}

impl FromStr for KeyScope {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.iter().copied().find(|scope| scope.code() == code).ok_or(Rule::NotAChoice)
    }
}

impl fmt::Display for KeyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A key, without its secret: that is shown once, and kept as a digest only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is called.
    pub name: Name,
    /// What it is in the organization.
    pub role: Role,
    /// What it is for; never empty.
    pub scopes: Vec<KeyScope>,
    /// Who made it.
    pub made_by: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was last used, to the measure of [`USE_KNOWN_TO`].
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What a member wants a key to be.
#[derive(Clone, Debug)]
pub struct KeyWish {
    /// What to call it.
    pub name: Name,
    /// What it is to be in the organization.
    pub role: Role,
    /// What it is to be for.
    pub scopes: Vec<KeyScope>,
    /// How many days it is to live.
    pub days: u16,
}

/// Whether a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It works.
    Live,
    /// Its time is over.
    Expired,
    /// Somebody revoked it.
    Revoked,
    /// It would have more rights than its maker has by now.
    Withheld,
}

impl KeyState {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Withheld => "withheld",
        }
    }
}

impl ApiKey {
    /// Makes a key for a member who may do everything it could.
    ///
    /// # Errors
    /// All that is wrong with the wish: no scope, a life that is not on offer, a role with more rights than its maker's.
    pub fn make(id: ApiKeyId, wish: KeyWish, maker: &Actor, now: Timestamp) -> Result<Self, Violations> {
        let KeyWish { name, role, mut scopes, days } = wish;
        scopes.sort_unstable();
        scopes.dedup();
        let mut faults = Violations::default();
        if !maker.covers(role) {
            faults.add("role", Rule::NotAChoice);
        }
        if scopes.is_empty() {
            faults.add("scopes", Rule::Required);
        }
        if !LIVES.contains(&days) {
            faults.add("days", Rule::NotAChoice);
        }
        let expires_at = now + SignedDuration::from_hours(24 * i64::from(days));
        let key = maker.user().map(|made_by| Self {
            id,
            name,
            role,
            scopes,
            made_by,
            created_at: now,
            expires_at,
            last_used_at: None,
            revoked_at: None,
        });
        faults.or(key)
    }

    /// Whether it works at `now`, while its maker has these roles.
    pub fn state(&self, now: Timestamp, maker: &[Role]) -> KeyState {
        match self.revoked_at {
            Some(_) => KeyState::Revoked,
            None if now >= self.expires_at => KeyState::Expired,
            None if !self.role.is_covered_by(maker) => KeyState::Withheld,
            None => KeyState::Live,
        }
    }

    /// Whether a use at `now` is worth keeping: the one before is too long ago for [`USE_KNOWN_TO`].
    pub fn is_use_news(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|before| now.duration_since(before) >= USE_KNOWN_TO)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests make actors")]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::{OrganizationId, SessionId},
        team::Colleagues,
    };

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn member(role: Role) -> Actor {
        let ids = (OrganizationId(Uuid::nil()), UserId(Uuid::nil()), SessionId(Uuid::nil()));
        Actor::member(ids.0, ids.1, ids.2, &[role], Colleagues::Everybody)
    }

    fn keyed(role: Role, scopes: &[KeyScope]) -> Actor {
        Actor::api_key(OrganizationId(Uuid::nil()), ApiKeyId(Uuid::nil()), role, scopes, Colleagues::Everybody)
    }

    fn wish(role: Role) -> KeyWish {
        KeyWish { name: Name::parse("Website").unwrap(), role, scopes: vec![KeyScope::LeadsRead], days: USUAL_DAYS }
    }

    fn make(wish: KeyWish, maker: Role) -> Result<ApiKey, Vec<(String, Rule)>> {
        ApiKey::make(ApiKeyId(Uuid::nil()), wish, &member(maker), NOW)
            .map_err(|faults| faults.iter().map(|fault| (fault.field.to_string(), fault.rule)).collect())
    }

    #[test]
    fn rls_13_a_key_may_do_what_both_its_role_and_its_scopes_allow() {
        for role in Role::ALL {
            for scope in KeyScope::ALL {
                let key = keyed(role, &[*scope]);
                for permission in Permission::ALL {
                    let granted = member(role).may(*permission) && scope.permissions().contains(permission);
                    assert_eq!(key.may(*permission), granted, "{role} {scope} {permission:?}");
                }
            }
            assert!(Permission::ALL.iter().all(|permission| !keyed(role, &[]).may(*permission)), "{role}");
        }
    }

    #[test]
    fn rls_13_no_key_can_make_or_read_a_credential() {
        let mightiest = keyed(Role::Owner, KeyScope::ALL);
        for permission in [
            Permission::ManageApiKeys,
            Permission::ManageWebhooks,
            Permission::ManageMembers,
            Permission::ManageOrganization,
            Permission::ManageTeams,
            Permission::TransferOwnership,
            Permission::SecureAccount,
            Permission::ChangeProfile,
            Permission::ReadAudit,
            Permission::ExportAudit,
        ] {
            assert!(!mightiest.may(permission), "{permission:?}");
        }
    }

    #[test]
    fn rls_13_a_key_has_no_more_rights_than_its_maker() {
        assert!(make(wish(Role::Owner), Role::Owner).is_ok());
        assert_eq!(make(wish(Role::Owner), Role::Admin).unwrap_err(), [("role".to_owned(), Rule::NotAChoice)]);
        assert!(make(wish(Role::Manager), Role::Admin).is_ok());
        assert!(make(wish(Role::Manager), Role::Agent).is_err(), "a wider reach is more, too");
    }

    #[test]
    fn a_key_ends_after_a_year_at_most() {
        let mut longest = wish(Role::Agent);
        longest.days = MOST_DAYS;
        let key = make(longest.clone(), Role::Owner).unwrap();
        assert_eq!(key.expires_at, NOW + SignedDuration::from_hours(24 * 365));
        longest.days += 1;
        assert_eq!(make(longest, Role::Owner).unwrap_err(), [("days".to_owned(), Rule::NotAChoice)]);
    }

    #[test]
    fn a_key_is_for_something() {
        let nothing = KeyWish { scopes: vec![], ..wish(Role::Agent) };
        assert_eq!(make(nothing, Role::Owner).unwrap_err(), [("scopes".to_owned(), Rule::Required)]);
        let twice = KeyWish {
            scopes: vec![KeyScope::FormsRead, KeyScope::LeadsRead, KeyScope::FormsRead],
            ..wish(Role::Agent)
        };
        assert_eq!(make(twice, Role::Owner).unwrap().scopes, [KeyScope::LeadsRead, KeyScope::FormsRead]);
    }

    #[test]
    fn a_key_works_until_it_expires_or_is_revoked() {
        let key = make(wish(Role::Agent), Role::Owner).unwrap();
        let just_before = key.expires_at - SignedDuration::from_secs(1);
        assert_eq!(key.state(just_before, &[Role::Owner]), KeyState::Live);
        assert_eq!(key.state(key.expires_at, &[Role::Owner]), KeyState::Expired);
        let revoked = ApiKey { revoked_at: Some(NOW), ..key };
        assert_eq!(revoked.state(NOW, &[Role::Owner]), KeyState::Revoked);
    }

    #[test]
    fn rls_13_a_key_rests_while_its_maker_has_fewer_rights() {
        let key = make(wish(Role::Manager), Role::Admin).unwrap();
        assert_eq!(key.state(NOW, &[Role::Viewer, Role::Manager]), KeyState::Live);
        assert_eq!(key.state(NOW, &[Role::Agent]), KeyState::Withheld);
        assert_eq!(key.state(NOW, &[]), KeyState::Withheld);
    }

    #[test]
    fn the_use_of_a_key_is_known_to_the_hour() {
        let mut key = make(wish(Role::Agent), Role::Owner).unwrap();
        assert!(key.is_use_news(NOW));
        key.last_used_at = Some(NOW);
        assert!(!key.is_use_news(NOW + SignedDuration::from_mins(59)));
        assert!(key.is_use_news(NOW + USE_KNOWN_TO));
        assert!(!key.is_use_news(NOW - USE_KNOWN_TO), "a clock that was set back writes nothing");
    }

    #[test]
    fn a_scope_comes_back_from_its_code() {
        for scope in KeyScope::ALL {
            assert_eq!(scope.code().parse(), Ok(*scope));
            for permission in scope.permissions() {
                let first = KeyScope::of(*permission).unwrap();
                assert!(first == *scope || first.permissions().contains(permission), "{permission:?}");
            }
        }
        assert_eq!("leads:erase".parse::<KeyScope>(), Err(Rule::NotAChoice));
    }
}
