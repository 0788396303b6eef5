use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Target,
    breach::{Breach, Closed, CnilTold, Incident},
    id::{BreachId, OrganizationId, UserId},
};
use qualify_ports::storage::{
    BreachCount, BreachNotice, BreachStore, Concerned, Named, ServiceBreachStore, StorageError,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::{PlatformWork, Work},
    values::{instant, optional, timestamp, value},
};

/// A row of either log.
struct BreachRow {
    id: Uuid,
    happened: String,
    categories: String,
    people: Option<i64>,
    effects: String,
    measures: String,
    aware_at: OffsetDateTime,
    logged_at: OffsetDateTime,
    author_id: Option<Uuid>,
    cnil_told_at: Option<OffsetDateTime>,
    late_because: Option<String>,
    people_told_at: Option<OffsetDateTime>,
    closed_at: Option<OffsetDateTime>,
    untold_because: Option<String>,
}

impl TryFrom<BreachRow> for Breach {
    type Error = StorageError;

    fn try_from(row: BreachRow) -> Result<Self, StorageError> {
        let incident = Incident {
            happened: value(&row.happened)?,
            categories: value(&row.categories)?,
            people: row.people.map(u32::try_from).transpose().map_err(|_| corrupt("number of people"))?,
            effects: value(&row.effects)?,
            measures: value(&row.measures)?,
        };
        let (late, untold) = (optional(row.late_because.as_deref())?, optional(row.untold_because.as_deref())?);
        let cnil = row.cnil_told_at.map(timestamp).transpose()?.map(|at| CnilTold { at, late_because: late });
        let closed = row.closed_at.map(timestamp).transpose()?.map(|at| Closed { at, untold_because: untold });
        Ok(Self {
            id: BreachId(row.id),
            incident,
            aware_at: timestamp(row.aware_at)?,
            logged_at: timestamp(row.logged_at)?,
            author: row.author_id.map(UserId),
            cnil,
            people_told_at: row.people_told_at.map(timestamp).transpose()?,
            closed,
        })
    }
}

/// What changes of a breach, as its row keeps it.
struct Changing<'b> {
    cnil_told_at: Option<OffsetDateTime>,
    late_because: Option<&'b str>,
    people_told_at: Option<OffsetDateTime>,
    closed_at: Option<OffsetDateTime>,
    untold_because: Option<&'b str>,
}

impl<'b> From<&'b Breach> for Changing<'b> {
    fn from(breach: &'b Breach) -> Self {
        let (cnil, closed) = (breach.cnil.as_ref(), breach.closed.as_ref());
        Self {
            cnil_told_at: cnil.map(|told| instant(told.at)),
            late_because: cnil.and_then(|told| told.late_because.as_deref()),
            people_told_at: breach.people_told_at.map(instant),
            closed_at: closed.map(|closed| instant(closed.at)),
            untold_because: closed.and_then(|closed| closed.untold_because.as_deref()),
        }
    }
}

#[async_trait]
impl BreachStore for Work {
    async fn list(&mut self) -> Result<Vec<Breach>, StorageError> {
        let rows = sqlx::query_as!(
            BreachRow,
            "SELECT id, happened, categories, people, effects, measures, aware_at, logged_at, author_id, cnil_told_at,
                late_because, people_told_at, closed_at, untold_because
            FROM breaches WHERE organization_id = $1 ORDER BY aware_at DESC, id DESC",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Breach::try_from).collect()
    }

    async fn find(&mut self, id: BreachId) -> Result<Option<Breach>, StorageError> {
        let row = sqlx::query_as!(
            BreachRow,
            "SELECT id, happened, categories, people, effects, measures, aware_at, logged_at, author_id, cnil_told_at,
                late_because, people_told_at, closed_at, untold_because
            FROM breaches WHERE organization_id = $1 AND id = $2 FOR UPDATE",
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Breach::try_from).transpose()
    }

    async fn insert(&mut self, breach: &Breach) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO breaches (organization_id, id, happened, categories, people, effects, measures, aware_at,
                logged_at, author_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            self.organization,
            breach.id.0,
            &*breach.incident.happened,
            &*breach.incident.categories,
            breach.incident.people.map(i64::from),
            &*breach.incident.effects,
            &*breach.incident.measures,
            instant(breach.aware_at),
            instant(breach.logged_at),
            breach.author.map(|author| author.0),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Breach(breach.id), &["new"]);
        Ok(())
    }

    async fn keep(&mut self, breach: &Breach) -> Result<(), StorageError> {
        let changing = Changing::from(breach);
        sqlx::query!(
            "UPDATE breaches SET cnil_told_at = $3, late_because = $4, people_told_at = $5, closed_at = $6,
                untold_because = $7, happened = $8, categories = $9, people = $10, effects = $11, measures = $12
            WHERE organization_id = $1 AND id = $2",
            self.organization,
            breach.id.0,
            changing.cnil_told_at,
            changing.late_because,
            changing.people_told_at,
            changing.closed_at,
            changing.untold_because,
            &*breach.incident.happened,
            &*breach.incident.categories,
            breach.incident.people.map(i64::from),
            &*breach.incident.effects,
            &*breach.incident.measures,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Breach(breach.id), &["state"]);
        Ok(())
    }

    async fn notices(&mut self) -> Result<Vec<BreachNotice>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT id AS "id!", happened AS "happened!", categories AS "categories!", people, effects AS "effects!",
                measures AS "measures!", aware_at AS "aware_at!", logged_at AS "logged_at!", cnil_told_at, late_because,
                people_told_at, closed_at, untold_because, told_at
            FROM breaches_here() ORDER BY aware_at DESC, id DESC"#,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let notices = rows.into_iter().map(|row| {
            let told_at = row.told_at.map(timestamp).transpose()?;
            let breach = BreachRow {
                id: row.id,
                happened: row.happened,
                categories: row.categories,
                people: row.people,
                effects: row.effects,
                measures: row.measures,
                aware_at: row.aware_at,
                logged_at: row.logged_at,
                author_id: None,
                cnil_told_at: row.cnil_told_at,
                late_because: row.late_because,
                people_told_at: row.people_told_at,
                closed_at: row.closed_at,
                untold_because: row.untold_because,
            };
            Ok(BreachNotice { breach: breach.try_into()?, told_at })
        });
        notices.collect()
    }

    async fn mark_told(&mut self, id: BreachId, at: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE breach_notices SET told_at = $3 WHERE organization_id = $1 AND breach_id = $2 AND told_at IS NULL",
            self.organization,
            id.0,
            instant(at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}

#[async_trait]
impl ServiceBreachStore for PlatformWork {
    async fn list(&mut self) -> Result<Vec<Breach>, StorageError> {
        let rows = sqlx::query_as!(
            BreachRow,
            "SELECT id, happened, categories, people, effects, measures, aware_at, logged_at, NULL::uuid AS author_id,
                cnil_told_at, late_because, people_told_at, closed_at, untold_because
            FROM service_breaches ORDER BY aware_at DESC, id DESC",
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Breach::try_from).collect()
    }

    async fn find(&mut self, id: BreachId) -> Result<Option<Breach>, StorageError> {
        let row = sqlx::query_as!(
            BreachRow,
            "SELECT id, happened, categories, people, effects, measures, aware_at, logged_at, NULL::uuid AS author_id,
                cnil_told_at, late_because, people_told_at, closed_at, untold_because
            FROM service_breaches WHERE id = $1 FOR UPDATE",
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Breach::try_from).transpose()
    }

    async fn insert(&mut self, breach: &Breach) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO service_breaches (id, happened, categories, people, effects, measures, aware_at, logged_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            breach.id.0,
            &*breach.incident.happened,
            &*breach.incident.categories,
            breach.incident.people.map(i64::from),
            &*breach.incident.effects,
            &*breach.incident.measures,
            instant(breach.aware_at),
            instant(breach.logged_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn keep(&mut self, breach: &Breach) -> Result<(), StorageError> {
        let changing = Changing::from(breach);
        sqlx::query!(
            "UPDATE service_breaches SET cnil_told_at = $2, late_because = $3, people_told_at = $4, closed_at = $5,
                untold_because = $6, happened = $7, categories = $8, people = $9, effects = $10, measures = $11
            WHERE id = $1",
            breach.id.0,
            changing.cnil_told_at,
            changing.late_because,
            changing.people_told_at,
            changing.closed_at,
            changing.untold_because,
            &*breach.incident.happened,
            &*breach.incident.categories,
            breach.incident.people.map(i64::from),
            &*breach.incident.effects,
            &*breach.incident.measures,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn concern(&mut self, id: BreachId, concerned: &Concerned, now: Timestamp) -> Result<Named, StorageError> {
        let meant = match concerned {
            Concerned::All => None,
            Concerned::These(organizations) => {
                Some(organizations.iter().map(|OrganizationId(id)| *id).collect::<Vec<_>>())
            }
        };
        let named = sqlx::query!(
            r#"SELECT known AS "known!", added AS "added!" FROM name_concerned($1, $2, $3)"#,
            id.0,
            meant.as_deref() as _,
            instant(now),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(Named { known: count(named.known)?, added: count(named.added)? })
    }

    async fn tell_revised(&mut self, id: BreachId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!("SELECT tell_revised($1, $2) AS told", id.0, instant(now))
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn count(&mut self, id: BreachId) -> Result<BreachCount, StorageError> {
        let row = sqlx::query!(r#"SELECT concerned AS "concerned!", told AS "told!" FROM concerned_by($1)"#, id.0)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(BreachCount { concerned: count(row.concerned)?, told: count(row.told)? })
    }
}

fn count(rows: i64) -> Result<u64, StorageError> {
    u64::try_from(rows).map_err(|_| corrupt("count"))
}
