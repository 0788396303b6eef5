use qualify_domain::{
    access::{Actor, Duty, Permission},
    audit::Target,
    inventory::Subject,
    person_copy::{Card, Redaction},
};
use qualify_ports::storage::{Home, PlatformTask};
use serde_json::Map;

use super::{Found, Row, read, text};
use crate::{Error, SignedIn};

impl super::PersonCopies {
    /// The copy of what is kept of a member, in all their organizations, as a ZIP. Each organization's trail keeps that it
    /// was made. They get it three times a day, while no other export runs in one of these (DSR-13).
    ///
    /// # Errors
    /// [`Error::TooOften`]; [`Broken::ExportRuns`](crate::Broken::ExportRuns); [`Error::Failed`] if the storage does.
    pub async fn of_user(&self, member: &SignedIn) -> Result<Vec<u8>, Error> {
        let mut tx = self.storage.platform(PlatformTask::ShowOrganizations).await?;
        let homes = tx.accounts().homes(member.user).await?;
        drop(tx);
        let organizations: Vec<_> = homes.iter().map(|home| home.organization).collect();
        let running = self.limits.account(member.user, &organizations).await?;
        let outcome = self.of_homes(member, homes).await;
        self.limits.end(running, outcome).await
    }

    async fn of_homes(&self, member: &SignedIn, homes: Vec<Home>) -> Result<Vec<u8>, Error> {
        let mut tx = self.storage.platform(PlatformTask::CopyAccount).await?;
        let held = tx.held().of_user(member.user).await?;
        drop(tx);
        let mut rows = Vec::with_capacity(held.len());
        for row in held {
            let (table, columns) = read(row)?;
            rows.push(Row { table, columns, organization: None });
        }
        for home in homes {
            rows.extend(self.at_home(member, &home).await?);
        }
        let cards = rows.iter().filter(|row| row.table == "users").map(card).collect();
        let found = Found {
            subject: Subject::User,
            organization: String::new(),
            rows,
            meanings: Map::new(),
            redaction: Redaction::default(),
            cards,
        };
        found.zipped(self.clock.now())
    }

    /// What one of their organizations keeps of them.
    async fn at_home(&self, member: &SignedIn, home: &Home) -> Result<Vec<Row>, Error> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the member gets what is kept of them in an organization of theirs"
        )]
        let product = Actor::product(home.organization, Duty::CopyPerson);
        let scope = product.permit(Permission::CopyPerson)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let held = tx.people().of_member(member.user).await?;
        tx.audit().tell(Target::Member(member.user), Vec::new());
        tx.commit().await?;
        let mut rows = Vec::with_capacity(held.len());
        for row in held {
            let (table, columns) = read(row)?;
            rows.push(Row { table, columns, organization: Some(home.name.to_string()) });
        }
        Ok(rows)
    }
}

fn card(user: &Row) -> Card {
    let said = |column| text(&user.columns, column);
    let name = format!("{} {}", said("first_name"), said("last_name"));
    Card { name, email: said("email").to_owned(), ..Card::default() }
}
