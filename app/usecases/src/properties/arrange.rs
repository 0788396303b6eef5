use qualify_domain::{
    access::{Actor, Permission},
    id::PropertyId,
};

use crate::{Error, order::complete};

impl super::Properties {
    /// Moves a property by one place, towards the beginning or the end; at an end it stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn shift(&self, actor: &Actor, id: PropertyId, earlier: bool) -> Result<(), Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut order: Vec<_> = tx.properties().list().await?.iter().map(|property| property.id).collect();
        let place = order.iter().position(|other| *other == id).ok_or(Error::NotFound("property"))?;
        let other = if earlier { place.saturating_sub(1) } else { (place + 1).min(order.len() - 1) };
        order.swap(place, other);
        tx.properties().arrange(&order).await?;
        Ok(tx.commit().await?)
    }

    /// Puts all properties in an order, with those taken out of use.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] if it is not all of them, each once.
    pub async fn arrange(&self, actor: &Actor, order: &[PropertyId]) -> Result<(), Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let known: Vec<_> = tx.properties().list().await?.iter().map(|property| property.id).collect();
        complete(order, &known)?;
        tx.properties().arrange(order).await?;
        Ok(tx.commit().await?)
    }
}
