use qualify_domain::{
    access::{Actor, Duty, Permission, TenantScope},
    audit::Target,
    id::LeadId,
    inventory::Subject,
    person_copy::{Card, Colleague, Redaction},
    text::Email,
};
use qualify_ports::storage::{HeldRow, Meaning};
use serde_json::{Map, Value};

use super::{Found, Row, object, read, text};
use crate::{Error, export_limits::people};

impl super::PersonCopies {
    /// The copy of what is kept of the person of these leads, as a ZIP. That it was made is in the trail before it goes.
    /// Of one person, whoever asks gets it three times a day; of many, one after the other (DSR-13).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if one of them is not there; [`Error::TooOften`];
    /// [`Broken::ExportRuns`](crate::Broken::ExportRuns) while another export runs.
    pub async fn of_leads(&self, actor: &Actor, leads: &[LeadId]) -> Result<Vec<u8>, Error> {
        let scope = actor.permit(Permission::CopyPerson)?;
        let people = people(&mut *self.storage.tenant(&scope).await?, leads).await?;
        let running = self.limits.person(&scope, &people).await?;
        let outcome = self.copied(&scope, leads, None).await;
        self.limits.end(running, outcome).await
    }

    /// The copy of what is kept of whoever has this address, in the organization in which `visitor` is. The caller has made
    /// sure that the address is theirs. They get it three times a day.
    ///
    /// # Errors
    /// [`Error::NotFound`] if nothing is kept of that address; [`Error::TooOften`];
    /// [`Broken::ExportRuns`](crate::Broken::ExportRuns) while another export runs.
    pub async fn of_address(&self, visitor: &Actor, address: &Email) -> Result<Vec<u8>, Error> {
        #[expect(clippy::disallowed_methods, reason = "somebody who has proven an address gets what is kept of it")]
        let product = Actor::product(visitor.organization(), Duty::CopyPerson);
        let scope = product.permit(Permission::CopyPerson)?;
        let running = self.limits.person(&scope, &[address.normalized()]).await?;
        let outcome = self.found_copied(&scope, address).await;
        self.limits.end(running, outcome).await
    }

    async fn found_copied(&self, scope: &TenantScope, address: &Email) -> Result<Vec<u8>, Error> {
        let leads = self.storage.tenant(scope).await?.people().leads_of(address).await?;
        self.copied(scope, &leads, Some(address)).await
    }

    async fn copied(&self, scope: &TenantScope, leads: &[LeadId], address: Option<&Email>) -> Result<Vec<u8>, Error> {
        let mut tx = self.storage.tenant(scope).await?;
        let held = tx.people().of_leads(leads, address).await?;
        let is_all = held.iter().filter(|row| row.table == "leads").count() == leads.len();
        if held.is_empty() || !is_all {
            return Err(Error::NotFound("lead"));
        }
        let meanings = tx.people().meanings(leads).await?;
        let bytes = found(held, meanings)?.zipped(self.clock.now())?;
        for lead in leads {
            tx.audit().tell(Target::Lead(*lead), Vec::new());
        }
        if leads.is_empty() {
            // What came and became no lead.
            let own = tx.organizations().own().await?;
            tx.audit().tell(Target::Organization(own.id), Vec::new());
        }
        tx.commit().await?;
        Ok(bytes)
    }
}

/// What was read, with the names of others kept apart.
fn found(held: Vec<HeldRow>, meanings: Vec<Meaning>) -> Result<Found, Error> {
    let (mut organization, mut colleagues, mut meant) = (String::new(), Vec::new(), Map::new());
    for Meaning { kind, id, says } in meanings {
        let says = object(&says)?;
        match kind.as_str() {
            "organization" => text(&says, "name").clone_into(&mut organization),
            "member" => colleagues.push(colleague(id, &says)),
            _ => {
                let things = meant.entry(kind).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(things) = things {
                    things.insert(id, Value::Object(says));
                }
            }
        }
    }
    let mut rows = Vec::with_capacity(held.len());
    for row in held {
        let (table, columns) = read(row)?;
        rows.push(Row { table, columns, organization: None });
    }
    let addresses = rows.iter().flat_map(|row| [text(&row.columns, "email"), text(&row.columns, "norm")]);
    let redaction = Redaction::new(&colleagues, addresses.filter(|address| !address.is_empty()));
    let cards = rows.iter().filter(|row| row.table == "leads").map(|row| card(&row.columns)).collect();
    Ok(Found { subject: Subject::Lead, organization, rows, meanings: meant, redaction, cards })
}

fn colleague(id: String, says: &Map<String, Value>) -> Colleague {
    let roles = says.get("roles").and_then(Value::as_array).into_iter().flatten();
    let role = roles.filter_map(Value::as_str).collect::<Vec<_>>().join("/");
    let said = |what| text(says, what).to_owned();
    Colleague { id, role, first_name: said("first"), last_name: said("last"), email: said("email") }
}

fn card(lead: &Map<String, Value>) -> Card {
    let said = |column| text(lead, column).to_owned();
    Card { name: said("name"), email: said("email"), phone: said("phone"), company: said("company") }
}
