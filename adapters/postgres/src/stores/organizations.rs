use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    access::{Permission, Role},
    audit::{FieldChange, Target},
    closing::{Closing, ClosingNotice, Ending},
    id::{OrganizationId, UserId},
    mfa_policy::MfaPolicy,
    organization::{Member, Membership, Organization},
    slug::Slug,
};
use qualify_ports::storage::{MemberStore, OrganizationStore, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, timestamp, value, values},
};

#[async_trait]
impl OrganizationStore for Work {
    async fn own(&mut self) -> Result<Organization, StorageError> {
        let id = self.organization;
        let row = sqlx::query!("SELECT name, language FROM organizations WHERE organization_id = $1", id)
            .fetch_optional(&mut *self.sql)
            .await
            .map_err(failed)?
            .ok_or_else(|| corrupt("organization"))?;
        Ok(Organization { id: OrganizationId(id), name: value(&row.name)?, language: value(&row.language)? })
    }

    async fn mfa_policy(&mut self) -> Result<MfaPolicy, StorageError> {
        let policy =
            sqlx::query_scalar!("SELECT mfa_policy FROM organizations WHERE organization_id = $1", self.organization)
                .fetch_one(&mut *self.sql)
                .await
                .map_err(failed)?;
        value(&policy)
    }

    async fn set_mfa_policy(&mut self, policy: MfaPolicy, now: Timestamp) -> Result<(), StorageError> {
        let since = (policy != MfaPolicy::Off).then(|| instant(now));
        let changed = sqlx::query!(
            "UPDATE organizations SET mfa_policy = $2, mfa_since = $3 WHERE organization_id = $1 AND mfa_policy <> $2",
            self.organization,
            policy.code(),
            since,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if changed.rows_affected() > 0 {
            self.touched(Target::Organization(OrganizationId(self.organization)), &["mfa_policy"]);
        }
        Ok(())
    }

    async fn insert(&mut self, organization: &Organization, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO organizations (organization_id, name, language, created_at, slug)
            VALUES ($1, $2, $3, $4, free_slug($5, $6))",
            organization.id.0,
            &*organization.name,
            organization.language.code(),
            instant(now),
            &*Slug::of_name(&organization.name),
            Slug::tail(organization.id.0),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Organization(organization.id), &["new"]);
        Ok(())
    }

    async fn closing(&mut self) -> Result<Option<Closing>, StorageError> {
        let row =
            sqlx::query!("SELECT closed_at, ending FROM organizations WHERE organization_id = $1", self.organization)
                .fetch_one(&mut *self.sql)
                .await
                .map_err(failed)?;
        closing(row.closed_at, row.ending.as_deref())
    }

    async fn close(&mut self, closing: Closing) -> Result<(), StorageError> {
        let closed = sqlx::query!(
            "UPDATE organizations SET closed_at = $2, purge_due_at = $3, closing_told = 0, ending = $4
            WHERE organization_id = $1 AND closed_at IS NULL",
            self.organization,
            instant(closing.closed_at),
            instant(closing.purge_due_at()),
            closing.ending.code(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if closed.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        self.touched(Target::Organization(OrganizationId(self.organization)), &["closed"]);
        Ok(())
    }

    async fn reopen(&mut self, endings: &[Ending], now: Timestamp) -> Result<(), StorageError> {
        let endings: Vec<String> = endings.iter().map(|ending| ending.code().to_owned()).collect();
        // A purge holds the row while it works: whether one has begun is asked once the row is ours.
        sqlx::query!("SELECT FROM organizations WHERE organization_id = $1 FOR UPDATE", self.organization)
            .fetch_optional(&mut *self.sql)
            .await
            .map_err(failed)?;
        let reopened = sqlx::query!(
            "UPDATE organizations SET closed_at = NULL, purge_due_at = NULL, ending = NULL, end_confirmed_at = NULL
            WHERE organization_id = $1 AND ending = ANY ($3)
                AND (purge_due_at > $2 OR ending <> 'asked' AND NOT purge_has_begun())",
            self.organization,
            instant(now),
            &endings,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if reopened.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        self.touched(Target::Organization(OrganizationId(self.organization)), &["reopened"]);
        Ok(())
    }

    async fn confirm_end(&mut self, at: Option<Timestamp>) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE organizations SET end_confirmed_at = $2
            WHERE organization_id = $1 AND ending IN ('trial', 'subscription') AND end_confirmed_at IS DISTINCT FROM $2",
            self.organization,
            at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn tell_closing(&mut self, notice: ClosingNotice) -> Result<bool, StorageError> {
        let told = sqlx::query!(
            "UPDATE organizations SET closing_told = $2
            WHERE organization_id = $1 AND closed_at IS NOT NULL AND closing_told < $2",
            self.organization,
            notice.number(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(told.rows_affected() == 1)
    }
}

/// The end of an organization, as its row tells it.
pub(crate) fn closing(
    closed_at: Option<OffsetDateTime>,
    ending: Option<&str>,
) -> Result<Option<Closing>, StorageError> {
    let Some(closed_at) = closed_at else { return Ok(None) };
    let ending = ending.and_then(Ending::of_code).ok_or_else(|| corrupt("ending of an organization"))?;
    Ok(Some(Closing { closed_at: timestamp(closed_at)?, ending }))
}

struct MemberRow {
    user_id: Uuid,
    roles: Vec<String>,
    joined_at: OffsetDateTime,
    first_name: String,
    last_name: String,
    email: String,
    language: String,
    mail_refused_at: Option<OffsetDateTime>,
}

impl TryFrom<MemberRow> for Member {
    type Error = StorageError;

    fn try_from(row: MemberRow) -> Result<Self, StorageError> {
        Ok(Self {
            membership: Membership { user: UserId(row.user_id), roles: values(&row.roles)? },
            joined_at: timestamp(row.joined_at)?,
            first_name: value(&row.first_name)?,
            last_name: value(&row.last_name)?,
            email: value(&row.email)?,
            language: value(&row.language)?,
            mail_refused_at: row.mail_refused_at.map(timestamp).transpose()?,
        })
    }
}

#[async_trait]
impl MemberStore for Work {
    async fn list(&mut self) -> Result<Vec<Member>, StorageError> {
        let rows = sqlx::query_as!(
            MemberRow,
            r#"SELECT user_id AS "user_id!", roles AS "roles!", joined_at AS "joined_at!",
                first_name AS "first_name!", last_name AS "last_name!", email AS "email!", language AS "language!",
                mail_refused_at
            FROM members_with_profile() ORDER BY joined_at, user_id"#
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Member::try_from).collect()
    }

    async fn find(&mut self, user: UserId) -> Result<Option<Member>, StorageError> {
        let row = sqlx::query_as!(
            MemberRow,
            r#"SELECT user_id AS "user_id!", roles AS "roles!", joined_at AS "joined_at!",
                first_name AS "first_name!", last_name AS "last_name!", email AS "email!", language AS "language!",
                mail_refused_at
            FROM members_with_profile() WHERE user_id = $1"#,
            user.0
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Member::try_from).transpose()
    }

    async fn insert(&mut self, membership: &Membership, now: Timestamp) -> Result<(), StorageError> {
        let roles: Vec<String> = membership.roles.iter().map(|role| role.code().to_owned()).collect();
        sqlx::query!(
            "INSERT INTO memberships (organization_id, user_id, roles, joined_at) VALUES ($1, $2, $3, $4)",
            self.organization,
            membership.user.0,
            &roles,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.changed(Target::Member(membership.user), vec![FieldChange::between("roles", "", roles.join(","))]);
        Ok(())
    }

    async fn hold(&mut self) -> Result<(), StorageError> {
        // Not FOR UPDATE: whatever refers to the organization may go on being written meanwhile.
        sqlx::query!(
            "SELECT organization_id FROM organizations WHERE organization_id = $1 FOR NO KEY UPDATE",
            self.organization,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn change_roles(&mut self, user: UserId, roles: &[Role]) -> Result<(), StorageError> {
        let roles: Vec<String> = roles.iter().map(|role| role.code().to_owned()).collect();
        let former = sqlx::query_scalar!(
            "UPDATE memberships AS m SET roles = $3 FROM memberships AS former
            WHERE m.organization_id = $1 AND m.user_id = $2 AND former.organization_id = $1 AND former.user_id = $2
            RETURNING former.roles",
            self.organization,
            user.0,
            &roles,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?
        .ok_or(StorageError::Stale)?;
        let change = FieldChange::between("roles", former.join(","), roles.join(","));
        self.changed(Target::Member(user), vec![change]);
        Ok(())
    }

    async fn grants(&mut self) -> Result<Vec<(UserId, Vec<Permission>)>, StorageError> {
        let rows = sqlx::query!(
            "SELECT user_id, grants FROM memberships WHERE organization_id = $1 AND grants <> '{}'",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(|row| Ok((UserId(row.user_id), values(&row.grants)?))).collect()
    }

    async fn set_grants(&mut self, user: UserId, grants: &[Permission]) -> Result<(), StorageError> {
        let grants: Vec<String> = grants.iter().map(|permission| permission.code().to_owned()).collect();
        let former = sqlx::query_scalar!(
            "UPDATE memberships AS m SET grants = $3 FROM memberships AS former
            WHERE m.organization_id = $1 AND m.user_id = $2 AND former.organization_id = $1 AND former.user_id = $2
            RETURNING former.grants",
            self.organization,
            user.0,
            &grants,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?
        .ok_or(StorageError::Stale)?;
        self.changed(Target::Member(user), vec![FieldChange::between("grants", former.join(","), grants.join(","))]);
        Ok(())
    }

    async fn remove(&mut self, user: UserId, now: Timestamp) -> Result<(), StorageError> {
        let removed = sqlx::query!(
            "DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2",
            self.organization,
            user.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if removed.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        sqlx::query!("SELECT end_sessions_here($1, $2)", user.0, instant(now))
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        self.touched(Target::Member(user), &["removed"]);
        Ok(())
    }

    async fn erase_own_account(&mut self) -> Result<bool, StorageError> {
        sqlx::query_scalar!(r#"SELECT erase_account() AS "gone!""#).fetch_one(&mut *self.sql).await.map_err(failed)
    }
}
