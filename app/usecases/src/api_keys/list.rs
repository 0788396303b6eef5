use qualify_domain::{
    access::{Actor, Permission},
    api_key::{ApiKey, KeyState},
    organization::Member,
};

use crate::Error;

/// The keys of an organization, and the members who made them.
#[derive(Debug)]
pub struct KeyList {
    /// Each key, newest first, and whether it works.
    pub keys: Vec<(ApiKey, KeyState)>,
    /// The members.
    pub members: Vec<Member>,
}

impl super::ApiKeys {
    /// The organization's keys, without their secrets.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<KeyList, Error> {
        let scope = actor.permit(Permission::ManageApiKeys)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let (keys, members) = (tx.api_keys().list().await?, tx.members().list().await?);
        let now = self.clock.now();
        let state = |key: &ApiKey| {
            let maker = members.iter().find(|member| member.membership.user == key.made_by);
            key.state(now, maker.map(|member| &*member.membership.roles).unwrap_or_default())
        };
        let keys = keys.into_iter().map(|key| (key.clone(), state(&key))).collect();
        Ok(KeyList { keys, members })
    }
}
