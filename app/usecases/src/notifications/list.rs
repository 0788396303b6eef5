use qualify_domain::{
    access::{Actor, Permission},
    organization::Member,
};
use qualify_ports::storage::{NotificationCursor, NotificationRow, Slice};

use crate::Error;

/// How many notifications a part of the list has.
const PAGE: u16 = 50;
/// Above this many, unread notifications are "many".
const COUNTED: u16 = 100;

/// A part of a member's notifications, and the names that stand in it.
#[derive(Debug)]
pub struct NotificationList {
    /// The notifications, newest first.
    pub notifications: Slice<NotificationRow, NotificationCursor>,
    /// The members who may have done it.
    pub members: Vec<Member>,
    /// How many are unread, 100 standing for more.
    pub unread: u16,
}

impl super::Notifications {
    /// A part of the actor's own notifications, newest first: those whose leads they may see.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the actor is no member.
    pub async fn list(&self, actor: &Actor, after: Option<NotificationCursor>) -> Result<NotificationList, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let member = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(NotificationList {
            notifications: tx.notifications().page(member, after, PAGE).await?,
            members: tx.members().list().await?,
            unread: tx.notifications().unread(member, COUNTED).await?,
        })
    }

    /// How many of the actor's own notifications are unread, 100 standing for more.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the actor is no member.
    pub async fn unread(&self, actor: &Actor) -> Result<u16, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let member = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.notifications().unread(member, COUNTED).await?)
    }
}
