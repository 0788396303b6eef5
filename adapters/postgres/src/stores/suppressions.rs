use async_trait::async_trait;
use qualify_domain::suppression::{AddressHash, Suppression};
use qualify_ports::storage::{StorageError, SuppressionStore};

use crate::{
    error::failed,
    tx::Work,
    values::{digest, instant, timestamp, value},
};

#[async_trait]
impl SuppressionStore for Work {
    async fn find(&mut self, address: AddressHash) -> Result<Option<Suppression>, StorageError> {
        Ok(SuppressionStore::all(self, &[address]).await?.pop())
    }

    async fn all(&mut self, addresses: &[AddressHash]) -> Result<Vec<Suppression>, StorageError> {
        let addresses: Vec<Vec<u8>> = addresses.iter().map(|address| address.0.to_vec()).collect();
        let rows = sqlx::query!(
            "SELECT address, ground, since FROM suppressions WHERE organization_id = $1 AND address = ANY ($2)",
            self.organization,
            &addresses,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                let (address, ground) = (AddressHash(digest(&row.address)?), value(&row.ground)?);
                Ok(Suppression { address, ground, since: timestamp(row.since)? })
            })
            .collect()
    }

    async fn keep(&mut self, suppression: &Suppression) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO suppressions (organization_id, address, ground, since) VALUES ($1, $2, $3, $4)
            ON CONFLICT (organization_id, address) DO UPDATE SET
                ground = CASE WHEN suppressions.ground = 'erasure' OR suppressions.since > EXCLUDED.since
                        AND EXCLUDED.ground <> 'erasure'
                    THEN suppressions.ground ELSE EXCLUDED.ground END,
                since = greatest(suppressions.since, EXCLUDED.since)",
            self.organization,
            &suppression.address.0[..],
            suppression.ground.code(),
            instant(suppression.since),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
