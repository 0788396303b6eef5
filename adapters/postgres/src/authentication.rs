//! Who asks, what they are and how far they reach, in one round trip.

use jiff::Timestamp;
use qualify_domain::{
    id::{OrganizationId, SessionId, UserId},
    mfa_policy::MfaStanding,
    profile::Profile,
    step_up::Proof,
    support::OpenToSupport,
    team::Colleagues,
};
use qualify_ports::storage::{Authenticated, StorageError};
use sqlx::{PgPool, types::Json};
use time::OffsetDateTime;

use crate::{
    error::failed,
    stores::{billing::StoredGrounds, organizations::closing},
    values::{instant, timestamp, value, values},
};

/// Reads a member beside their session, on a connection that lives: a dead one is dropped when it shows.
pub(crate) async fn authenticate(
    pool: &PgPool,
    user: UserId,
    session: SessionId,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Option<Authenticated>, StorageError> {
    let mut left = pool.options().get_max_connections();
    let row = loop {
        let row = sqlx::query!(
            r#"SELECT organization_id AS "organization_id!", roles AS "roles!", grants, colleagues,
                proved_at AS "proved_at!", policy AS "policy!", since, joined_at AS "joined_at!",
                is_guarded AS "is_guarded!", is_later AS "is_later!", first_name AS "first_name!",
                last_name AS "last_name!", email AS "email!", language AS "language!", theme AS "theme!", time_zone,
                organization AS "organization!", organization_zone, closed_at,
                support_of($1, $2, $3) AS "support?: Vec<Option<OffsetDateTime>>",
                grounds_of($1, $2) AS "grounds?: Json<StoredGrounds>"
            FROM authenticate($1, $2, $3)"#,
            user.0,
            session.0,
            instant(now),
        )
        .fetch_optional(pool)
        .await;
        match row {
            Err(sqlx::Error::Io(_)) if left > 0 => left -= 1,
            row => break row.map_err(failed)?,
        }
    };
    let Some(row) = row.filter(|row| row.organization_id == organization.0) else { return Ok(None) };
    // A zone that the list of zones no longer knows is no reason to keep its member out.
    Ok(Some(Authenticated {
        roles: values(&row.roles)?,
        grants: values(&row.grants.unwrap_or_default())?,
        colleagues: row
            .colleagues
            .map_or(Colleagues::Everybody, |ids| Colleagues::Only(ids.into_iter().map(UserId).collect())),
        proof: Proof(timestamp(row.proved_at)?),
        mfa: MfaStanding {
            policy: value(&row.policy)?,
            since: row.since.map(timestamp).transpose()?,
            joined_at: timestamp(row.joined_at)?,
            is_guarded: row.is_guarded,
            is_later: row.is_later,
        },
        profile: Profile {
            first_name: value(&row.first_name)?,
            last_name: value(&row.last_name)?,
            language: value(&row.language)?,
            theme: value(&row.theme)?,
            time_zone: row.time_zone.and_then(|name| name.parse().ok()),
        },
        email: value(&row.email)?,
        organization: value(&row.organization)?,
        organization_zone: row.organization_zone.and_then(|name| name.parse().ok()),
        closing: closing(row.closed_at, row.grounds.as_ref().and_then(|stored| stored.0.ending.as_deref()))?,
        grounds: row.grounds.map(|stored| stored.0.grounds()).transpose()?.flatten(),
        support: row.support.as_deref().map(open_to_support).transpose()?.flatten(),
    }))
}

/// Until when, and since when somebody is in.
fn open_to_support(times: &[Option<OffsetDateTime>]) -> Result<Option<OpenToSupport>, StorageError> {
    let [Some(until), since] = times else { return Ok(None) };
    Ok(Some(OpenToSupport { until: timestamp(*until)?, since: since.map(timestamp).transpose()? }))
}
