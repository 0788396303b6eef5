use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{OrganizationId, UserId},
    profile::Profile,
    text::Email,
    user::User,
    zone::Zone,
};
use qualify_ports::{
    passwords::PasswordHash,
    storage::{Account, AccountStore, Home, StorageError},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    tx::PlatformWork,
    values::{instant, timestamp, value, values},
};

fn user(
    id: Uuid,
    [first_name, last_name, email, language]: [&str; 4],
    created_at: OffsetDateTime,
) -> Result<User, StorageError> {
    Ok(User {
        id: UserId(id),
        first_name: value(first_name)?,
        last_name: value(last_name)?,
        email: value(email)?,
        language: value(language)?,
        created_at: timestamp(created_at)?,
    })
}

#[async_trait]
impl AccountStore for PlatformWork {
    async fn find(&mut self, email: &Email) -> Result<Option<Account>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT u.id, u.first_name, u.last_name, u.email, u.language, u.created_at, p.hash, p.pepper
            FROM users AS u JOIN passwords AS p ON p.user_id = u.id
            WHERE u.email_norm = lower($1 COLLATE "und-x-icu") COLLATE "C""#,
            &**email,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(|row| {
            let texts = [&*row.first_name, &*row.last_name, &*row.email, &*row.language];
            let password = PasswordHash { hash: row.hash, pepper: row.pepper };
            Ok(Account { user: user(row.id, texts, row.created_at)?, password })
        })
        .transpose()
    }

    async fn account(&mut self, id: UserId) -> Result<Option<Account>, StorageError> {
        let Some(user) = self.user(id).await? else { return Ok(None) };
        let row = sqlx::query!("SELECT hash, pepper FROM passwords WHERE user_id = $1", id.0)
            .fetch_optional(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(row.map(|row| Account { user, password: PasswordHash { hash: row.hash, pepper: row.pepper } }))
    }

    async fn user(&mut self, id: UserId) -> Result<Option<User>, StorageError> {
        let row = sqlx::query!(
            "SELECT id, first_name, last_name, email, language, created_at FROM users WHERE id = $1",
            id.0
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(|row| user(row.id, [&row.first_name, &row.last_name, &row.email, &row.language], row.created_at))
            .transpose()
    }

    async fn replace_password(
        &mut self,
        user: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StorageError> {
        let replaced = sqlx::query!(
            "UPDATE passwords SET hash = $4, pepper = $5 WHERE user_id = $1 AND hash = $2 AND pepper = $3",
            user.0,
            old.hash,
            old.pepper,
            new.hash,
            new.pepper,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(replaced.rows_affected() == 1)
    }

    async fn holds_password(&mut self, user: UserId, hash: &PasswordHash) -> Result<bool, StorageError> {
        let held = sqlx::query_scalar!(
            "SELECT user_id FROM passwords WHERE user_id = $1 AND hash = $2 AND pepper = $3 FOR SHARE",
            user.0,
            hash.hash,
            hash.pepper,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(held.is_some())
    }

    async fn insert(&mut self, account: &Account) -> Result<(), StorageError> {
        let Account { user, password } = account;
        sqlx::query!(
            "INSERT INTO users (id, first_name, last_name, email, language, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)",
            user.id.0,
            &*user.first_name,
            &*user.last_name,
            &*user.email,
            user.language.code(),
            instant(user.created_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "INSERT INTO passwords (user_id, hash, pepper) VALUES ($1, $2, $3)",
            user.id.0,
            password.hash,
            password.pepper,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn change_profile(&mut self, user: UserId, profile: &Profile) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE users SET first_name = $2, last_name = $3, language = $4, theme = $5, time_zone = $6 WHERE id = $1",
            user.0,
            &*profile.first_name,
            &*profile.last_name,
            profile.language.code(),
            profile.theme.code(),
            profile.time_zone.map(Zone::name),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn set_password(&mut self, user: UserId, password: &PasswordHash) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE passwords SET hash = $2, pepper = $3 WHERE user_id = $1",
            user.0,
            password.hash,
            password.pepper,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn set_email(&mut self, user: UserId, email: &Email) -> Result<(), StorageError> {
        sqlx::query!("UPDATE users SET email = $2, mail_refused_at = NULL WHERE id = $1", user.0, &**email)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn mark_mail(&mut self, email: &Email, refused_at: Option<Timestamp>) -> Result<(), StorageError> {
        sqlx::query!(
            r#"UPDATE users SET mail_refused_at = $2
            WHERE email_norm = lower($1 COLLATE "und-x-icu") COLLATE "C"
                AND (mail_refused_at IS NULL) = ($2::timestamptz IS NOT NULL)"#,
            &**email,
            refused_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn organizations(&mut self, user: UserId) -> Result<Vec<OrganizationId>, StorageError> {
        let ids = sqlx::query_scalar!(
            r#"SELECT organization AS "id!" FROM organizations_of($1) WITH ORDINALITY AS o (organization, place)
            ORDER BY organization = (
                SELECT current_organization_id FROM sessions WHERE user_id = $1
                ORDER BY coalesce(switched_at, created_at) DESC, id DESC LIMIT 1
            ) DESC NULLS LAST, place"#,
            user.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(ids.into_iter().map(OrganizationId).collect())
    }

    async fn homes(&mut self, user: UserId) -> Result<Vec<Home>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT home AS "home!", name AS "name!", roles AS "roles!", is_sole_owner AS "is_sole_owner!",
                closed_at IS NOT NULL AS "is_closed!"
            FROM homes_of($1) ORDER BY joined_at, home"#,
            user.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(Home {
                    organization: OrganizationId(row.home),
                    name: value(&row.name)?,
                    roles: values(&row.roles)?,
                    is_sole_owner: row.is_sole_owner,
                    is_closed: row.is_closed,
                })
            })
            .collect()
    }
}
