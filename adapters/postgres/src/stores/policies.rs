use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    language::Language,
    policy_version::PolicyVersion,
    subprocessor::{Announced, Purpose, Subprocessor, Transfer},
};
use qualify_ports::storage::{PolicyStore, StorageError};
use time::OffsetDateTime;

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{date, day, digest, instant, timestamp, value},
};

struct PolicyRow {
    language: String,
    number: i32,
    hash: Vec<u8>,
    text: String,
    effective_from: OffsetDateTime,
}

impl TryFrom<PolicyRow> for PolicyVersion {
    type Error = StorageError;

    fn try_from(row: PolicyRow) -> Result<Self, StorageError> {
        Ok(Self {
            language: value(&row.language)?,
            number: u32::try_from(row.number).map_err(|_| corrupt("number"))?,
            hash: digest(&row.hash)?,
            text: row.text,
            effective_from: timestamp(row.effective_from)?,
        })
    }
}

struct SubprocessorRow {
    name: String,
    purpose: String,
    country: String,
    transfer: String,
    since: time::Date,
}

impl TryFrom<SubprocessorRow> for Subprocessor {
    type Error = StorageError;

    fn try_from(row: SubprocessorRow) -> Result<Self, StorageError> {
        Ok(Self {
            name: row.name,
            purpose: Purpose::from_code(&row.purpose).ok_or_else(|| corrupt("purpose"))?,
            country: row.country,
            transfer: Transfer::from_code(&row.transfer).ok_or_else(|| corrupt("transfer"))?,
            since: day(row.since)?,
        })
    }
}

struct AnnouncedRow {
    name: String,
    purpose: String,
    country: String,
    transfer: String,
    since: time::Date,
    announced_at: Option<OffsetDateTime>,
}

impl TryFrom<AnnouncedRow> for Announced {
    type Error = StorageError;

    fn try_from(row: AnnouncedRow) -> Result<Self, StorageError> {
        let announced_at = row.announced_at.map(timestamp).transpose()?;
        let (name, purpose, country, transfer) = (row.name, row.purpose, row.country, row.transfer);
        let row = SubprocessorRow { name, purpose, country, transfer, since: row.since };
        Ok(Self { subprocessor: row.try_into()?, announced_at })
    }
}

#[async_trait]
impl PolicyStore for PlatformWork {
    async fn hold(&mut self) -> Result<(), StorageError> {
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('policy_versions')) AS held")
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn newest(&mut self, language: Language) -> Result<Option<PolicyVersion>, StorageError> {
        let row = sqlx::query_as!(
            PolicyRow,
            "SELECT language, number, hash, text, effective_from FROM policy_versions
            WHERE language = $1 ORDER BY number DESC LIMIT 1",
            language.code(),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(PolicyVersion::try_from).transpose()
    }

    async fn version(&mut self, language: Language, number: u32) -> Result<Option<PolicyVersion>, StorageError> {
        let row = sqlx::query_as!(
            PolicyRow,
            "SELECT language, number, hash, text, effective_from FROM policy_versions
            WHERE language = $1 AND number = $2",
            language.code(),
            i32::try_from(number).unwrap_or(i32::MAX),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(PolicyVersion::try_from).transpose()
    }

    async fn versions(&mut self) -> Result<Vec<PolicyVersion>, StorageError> {
        let rows = sqlx::query_as!(
            PolicyRow,
            "SELECT language, number, hash, text, effective_from FROM policy_versions
            ORDER BY effective_from DESC, number DESC, language",
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(PolicyVersion::try_from).collect()
    }

    async fn publish(&mut self, version: &PolicyVersion) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO policy_versions (language, number, hash, text, effective_from) VALUES ($1, $2, $3, $4, $5)",
            version.language.code(),
            i32::try_from(version.number).unwrap_or(i32::MAX),
            version.hash.as_slice(),
            version.text,
            instant(version.effective_from),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn subprocessors(&mut self) -> Result<Vec<Announced>, StorageError> {
        let rows = sqlx::query_as!(
            AnnouncedRow,
            "SELECT name, purpose, country, transfer, since, announced_at FROM subprocessors
            WHERE left_at IS NULL ORDER BY announcement DESC, since DESC",
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Announced::try_from).collect()
    }

    async fn left_since(&mut self, since: Timestamp) -> Result<Vec<Announced>, StorageError> {
        let rows = sqlx::query_as!(
            AnnouncedRow,
            "SELECT name, purpose, country, transfer, since, announced_at FROM subprocessors
            WHERE left_at > $1 ORDER BY left_at DESC, announcement DESC, since DESC",
            instant(since),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Announced::try_from).collect()
    }

    async fn announced(&mut self, announcement: u32) -> Result<Vec<Subprocessor>, StorageError> {
        let rows = sqlx::query_as!(
            SubprocessorRow,
            "SELECT name, purpose, country, transfer, since FROM subprocessors
            WHERE announcement = $1 ORDER BY since, name, purpose",
            i32::try_from(announcement).unwrap_or(i32::MAX),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Subprocessor::try_from).collect()
    }

    async fn announce(&mut self, new: &[Subprocessor], at: Option<Timestamp>) -> Result<(), StorageError> {
        let number =
            sqlx::query_scalar!(r#"SELECT coalesce(max(announcement), 0) + 1 AS "number!" FROM subprocessors"#)
                .fetch_one(&mut *self.sql)
                .await
                .map_err(failed)?;
        for one in new {
            sqlx::query!(
                "INSERT INTO subprocessors (announcement, name, purpose, country, transfer, since, announced_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)",
                number,
                one.name,
                one.purpose.code(),
                one.country,
                one.transfer.code(),
                date(one.since),
                at.map(instant),
            )
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        }
        if let Some(at) = at {
            sqlx::query!("SELECT tell_owners($1, $2) AS told", number, instant(at))
                .execute(&mut *self.sql)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }

    async fn withdraw(&mut self, gone: &[Subprocessor], at: Timestamp) -> Result<(), StorageError> {
        for one in gone {
            sqlx::query!(
                "UPDATE subprocessors SET left_at = $5
                WHERE name = $1 AND purpose = $2 AND country = $3 AND transfer = $4 AND left_at IS NULL",
                one.name,
                one.purpose.code(),
                one.country,
                one.transfer.code(),
                instant(at),
            )
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        }
        Ok(())
    }

    async fn take_back(&mut self, back: &[Subprocessor]) -> Result<(), StorageError> {
        for one in back {
            sqlx::query!(
                "UPDATE subprocessors SET left_at = NULL
                WHERE (announcement, name, purpose, country, transfer, since) = (
                    SELECT announcement, name, purpose, country, transfer, since FROM subprocessors
                    WHERE name = $1 AND purpose = $2 AND country = $3 AND transfer = $4 AND left_at IS NOT NULL
                    ORDER BY left_at DESC, announcement DESC, since DESC LIMIT 1
                )",
                one.name,
                one.purpose.code(),
                one.country,
                one.transfer.code(),
            )
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        }
        Ok(())
    }
}
