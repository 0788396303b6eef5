use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::login_throttle::Tally;
use qualify_ports::storage::{StorageError, ThrottleStore};

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{instant, timestamp},
};

#[async_trait]
impl ThrottleStore for PlatformWork {
    async fn hold(&mut self, keys: &[[u8; 32]], unused: Timestamp) -> Result<Vec<Tally>, StorageError> {
        let wanted: Vec<Vec<u8>> = keys.iter().map(|key| key.to_vec()).collect();
        // What is there already is locked by being written as it is, in the order of the keys: nobody waits in a circle.
        let rows = sqlx::query!(
            "INSERT INTO throttles AS held (key, failures, times, expires_at)
            SELECT DISTINCT key, 0, '{}'::timestamptz[], $2::timestamptz FROM unnest($1::bytea[]) AS key ORDER BY key
            ON CONFLICT (key) DO UPDATE SET failures = held.failures
            RETURNING key, failures, times",
            &wanted,
            instant(unused),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let mut held = HashMap::new();
        for row in rows {
            let failures = u32::try_from(row.failures).map_err(|_| corrupt("count"))?;
            let times = row.times.into_iter().map(timestamp).collect::<Result<_, _>>()?;
            held.insert(row.key, Tally { failures, times });
        }
        keys.iter().map(|key| held.get(&key[..]).cloned().ok_or_else(|| corrupt("tally"))).collect()
    }

    async fn keep(&mut self, key: &[u8; 32], tally: &Tally, expiry: Option<Timestamp>) -> Result<(), StorageError> {
        let times: Vec<_> = tally.times.iter().copied().map(instant).collect();
        sqlx::query!(
            "UPDATE throttles SET failures = $2, times = $3, expires_at = $4 WHERE key = $1",
            &key[..],
            i32::try_from(tally.failures).unwrap_or(i32::MAX),
            &times,
            expiry.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn forget(&mut self, key: &[u8; 32]) -> Result<(), StorageError> {
        sqlx::query!("DELETE FROM throttles WHERE key = $1", &key[..]).execute(&mut *self.sql).await.map_err(failed)?;
        Ok(())
    }
}
