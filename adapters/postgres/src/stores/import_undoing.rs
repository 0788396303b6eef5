//! What an import did to leads, kept until it can no longer be undone.

use std::{collections::HashMap, fmt};

use qualify_domain::{
    id::{ImportId, LeadId},
    import::Fate,
    lead::Lead,
    person::Person,
    property::Properties,
    text::{Phone, Tag},
};
use qualify_ports::storage::{LeadStore, StorageError, ToUndo};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{
    error::failed,
    tx::Work,
    values::{optional, phone, values},
};

/// What was known of a person.
#[derive(Serialize, Deserialize)]
pub(super) struct Before {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    phone_e164: Option<String>,
    company: Option<String>,
    properties: Properties,
    tags: Vec<String>,
}

/// What was known hides itself.
impl fmt::Debug for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Before([redacted])")
    }
}

impl Before {
    pub(super) fn of(lead: &Lead) -> Self {
        Self {
            name: lead.name.as_deref().map(str::to_owned),
            email: lead.email.as_deref().map(str::to_owned),
            phone: lead.phone.as_ref().map(|phone| phone.written().to_owned()),
            phone_e164: lead.phone.as_ref().and_then(Phone::e164).map(str::to_owned),
            company: lead.company.as_deref().map(str::to_owned),
            properties: lead.properties.clone(),
            tags: lead.tags.iter().map(ToString::to_string).collect(),
        }
    }

    fn known(self) -> Result<(Person, Vec<Tag>), StorageError> {
        let person = Person {
            name: optional(self.name.as_deref())?,
            email: optional(self.email.as_deref())?,
            phone: phone(self.phone, self.phone_e164),
            company: optional(self.company.as_deref())?,
            properties: self.properties,
        };
        Ok((person, values(&self.tags)?))
    }
}

/// A lead is worked on if its timeline has an entry that came after the import's own, or if it has a task.
pub(super) async fn to_undo(
    work: &mut Work,
    id: ImportId,
    after: Option<LeadId>,
    limit: u16,
) -> Result<Vec<ToUndo>, StorageError> {
    let rows = sqlx::query!(
        r#"SELECT c.lead_id, c.before AS "before: Json<Before>", l.version <> c.version AS "is_changed!",
            c.before IS NULL AND (EXISTS (
                SELECT FROM activities AS a
                WHERE a.organization_id = $1 AND a.lead_id = c.lead_id AND a.at > c.changed_at
            ) OR EXISTS (SELECT FROM tasks AS t WHERE t.organization_id = $1 AND t.lead_id = c.lead_id)) AS "is_used!"
        FROM import_changes AS c JOIN leads AS l ON l.organization_id = $1 AND l.id = c.lead_id
        WHERE c.organization_id = $1 AND c.import_id = $2 AND ($3::uuid IS NULL OR c.lead_id > $3)
            AND ($5::uuid[] IS NULL OR l.owner_id = ANY ($5) OR l.owner_id IS NULL)
        ORDER BY c.lead_id LIMIT $4 FOR UPDATE OF l"#,
        work.organization,
        id.0,
        after.map(|lead| lead.0),
        i64::from(limit),
        work.owners.as_deref() as _,
    )
    .fetch_all(&mut *work.sql)
    .await
    .map_err(failed)?;
    let ids: Vec<_> = rows.iter().map(|row| LeadId(row.lead_id)).collect();
    let mut leads: HashMap<_, _> = work.all(&ids).await?.into_iter().map(|lead| (lead.id, lead)).collect();
    let mut found = Vec::new();
    for row in rows {
        if let Some(lead) = leads.remove(&LeadId(row.lead_id)) {
            let before = row.before.map(|Json(before)| before.known()).transpose()?;
            found.push(ToUndo { lead, fate: Fate::of(before.is_none(), row.is_changed, row.is_used), before });
        }
    }
    Ok(found)
}

pub(super) async fn keep_fates(work: &mut Work, id: ImportId, fates: &[(LeadId, Fate)]) -> Result<(), StorageError> {
    let leads: Vec<_> = fates.iter().map(|(lead, _)| lead.0).collect();
    let kept: Vec<_> = fates.iter().map(|(_, fate)| stored(*fate).map(str::to_owned)).collect();
    sqlx::query!(
        "UPDATE import_changes AS c SET kept = fate.kept FROM unnest($3::uuid[], $4::text[]) AS fate (lead, kept)
        WHERE c.organization_id = $1 AND c.import_id = $2 AND c.lead_id = fate.lead",
        work.organization,
        id.0,
        &leads,
        &kept as _,
    )
    .execute(&mut *work.sql)
    .await
    .map_err(failed)?;
    Ok(())
}

/// What is kept of a fate; of a lead that is gone nothing is.
const fn stored(fate: Fate) -> Option<&'static str> {
    match fate {
        Fate::Restored => Some("restored"),
        Fate::ChangedLater => Some("changed_later"),
        Fate::Used => Some("used"),
        Fate::Removed => None,
    }
}
