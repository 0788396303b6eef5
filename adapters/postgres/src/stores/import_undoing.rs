//! How what an import did is undone.

use qualify_domain::id::{ImportId, LeadId};
use qualify_ports::storage::{StorageError, Undone};
use uuid::Uuid;

use crate::{error::failed, tx::Work};

impl Work {
    /// One statement says what each lead of the part comes to, two do it. A lead that is worked on has an entry in its
    /// timeline that came after the import's own.
    pub(super) async fn undo_part(
        &mut self,
        id: ImportId,
        after: Option<LeadId>,
        limit: u16,
    ) -> Result<Undone, StorageError> {
        let fates = sqlx::query!(
            r#"SELECT c.lead_id, c.before IS NULL AS "is_new!", l.version <> c.version AS "is_changed!",
                c.before IS NULL AND (EXISTS (
                    SELECT FROM activities AS a
                    WHERE a.organization_id = $1 AND a.lead_id = c.lead_id AND a.at > c.changed_at
                ) OR EXISTS (SELECT FROM tasks AS t WHERE t.organization_id = $1 AND t.lead_id = c.lead_id)) AS "is_used!"
            FROM import_changes AS c JOIN leads AS l ON l.organization_id = $1 AND l.id = c.lead_id
            WHERE c.organization_id = $1 AND c.import_id = $2 AND ($3::uuid IS NULL OR c.lead_id > $3)
                AND ($5::uuid[] IS NULL OR l.owner_id = ANY ($5) OR l.owner_id IS NULL)
            ORDER BY c.lead_id LIMIT $4 FOR UPDATE OF l"#,
            self.organization,
            id.0,
            after.map(|lead| lead.0),
            i64::from(limit),
            self.owners.as_deref() as _,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let of = |wanted: &str| -> Vec<Uuid> {
            let fate = |changed: bool, used: bool, new: bool| match (changed, used, new) {
                (true, ..) => "changed_later",
                (false, true, _) => "used",
                (false, false, true) => "removed",
                (false, false, false) => "restored",
            };
            let wanted = fates.iter().filter(|row| fate(row.is_changed, row.is_used, row.is_new) == wanted);
            wanted.map(|row| row.lead_id).collect()
        };
        let (restored, removed) = (of("restored"), of("removed"));
        let (changed, used) = (of("changed_later"), of("used"));
        self.restore(id, &restored).await?;
        sqlx::query!("DELETE FROM leads WHERE organization_id = $1 AND id = ANY ($2)", self.organization, &removed)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        for (kept, leads) in [("restored", &restored), ("changed_later", &changed), ("used", &used)] {
            sqlx::query!(
                "UPDATE import_changes SET kept = $4
                WHERE organization_id = $1 AND import_id = $2 AND lead_id = ANY ($3)",
                self.organization,
                id.0,
                leads,
                kept,
            )
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        }
        Ok(Undone {
            restored: restored.len() as u64,
            removed: removed.len() as u64,
            changed_later: changed.len() as u64,
            used: used.len() as u64,
            next: fates.last().filter(|_| fates.len() == usize::from(limit)).map(|row| LeadId(row.lead_id)),
        })
    }

    async fn restore(&mut self, id: ImportId, leads: &[Uuid]) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE leads AS l SET version = l.version + 1, name = c.before ->> 'name', email = c.before ->> 'email',
                phone = c.before ->> 'phone', phone_e164 = c.before ->> 'phone_e164', company = c.before ->> 'company',
                properties = c.before -> 'properties',
                tags = ARRAY(SELECT jsonb_array_elements_text(c.before -> 'tags'))
            FROM import_changes AS c
            WHERE l.organization_id = $1 AND l.id = ANY ($3) AND c.organization_id = $1 AND c.import_id = $2
                AND c.lead_id = l.id",
            self.organization,
            id.0,
            leads,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
