use qualify_domain::{
    access::{Actor, Forbidden, Permission},
    id::ViewId,
    text::Name,
    view::{MOST_VIEWS, View, ViewSettings, ViewWish, keeper},
    violation::{Rule, Violations},
};
use qualify_ports::storage::{StorageError, TenantTx};

use crate::Error;

/// What to change of a view. What is none stays.
#[derive(Clone, Debug, Default)]
pub struct ChangeView {
    /// What to call it.
    pub name: Option<Name>,
    /// Whether everybody is to see it.
    pub shared: Option<bool>,
    /// How leads are to be looked at.
    pub settings: Option<ViewSettings>,
    /// The version of the view that was looked at; none changes whatever is there.
    pub version: Option<i32>,
}

impl super::Views {
    /// Keeps a new view.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Conflict`] if there is one of that name; [`Error::Invalid`] if there are too many, and
    /// for a property that is gone.
    pub async fn make(&self, actor: &Actor, wish: ViewWish) -> Result<View, Error> {
        let ViewWish { name, shared, settings } = wish;
        let scope = actor.permit(keeper(shared))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let view = View {
            id: self.ids.next(),
            version: 1,
            name,
            private_of: if shared { None } else { scope.user() },
            settings,
            created_at: self.clock.now(),
        };
        if !shared && view.private_of.is_none() {
            return Err(Forbidden(Permission::KeepViews).into());
        }
        view.settings.check(&tx.properties().list().await?)?;
        room_for(&mut *tx, &view).await?;
        tx.views().insert(&view, scope.user()).await.map_err(same_name)?;
        tx.commit().await?;
        Ok(view)
    }

    /// Changes a view.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if it is locked to the actor; [`Error::NotFound`]; [`Error::Conflict`] if there is another of
    /// that name; [`Error::Stale`]; [`Error::Invalid`] for a property that is gone.
    pub async fn change(&self, actor: &Actor, id: ViewId, change: ChangeView) -> Result<View, Error> {
        let before = self.open(actor, id).await?;
        let shared = change.shared.unwrap_or(before.is_shared());
        // Whoever makes a view everybody's needs what keeping those takes, and so does whoever takes it back.
        let kept = actor.permit(before.keeper())?;
        let scope = if shared { actor.permit(keeper(shared))? } else { kept };
        let mut tx = self.storage.tenant(&scope).await?;
        let mut view = tx.views().find(id).await?.ok_or(Error::NotFound("view"))?;
        if shared != view.is_shared() {
            view.private_of = if shared { None } else { scope.user() };
            room_for(&mut *tx, &view).await?;
        }
        view.version = change.version.unwrap_or(view.version);
        view.name = change.name.unwrap_or(view.name);
        if let Some(settings) = change.settings {
            // What is gone meanwhile stays where it is not touched.
            if (&settings.filter, &settings.columns) != (&view.settings.filter, &view.settings.columns) {
                settings.check(&tx.properties().list().await?)?;
            }
            view.settings = settings;
        }
        tx.views().update(&view).await.map_err(same_name)?;
        tx.commit().await?;
        view.version += 1;
        Ok(view)
    }
}

fn same_name(error: StorageError) -> Error {
    if matches!(error, StorageError::Conflict) { Error::Conflict("view") } else { error.into() }
}

/// Whether there is room for one more of its kind.
async fn room_for(tx: &mut dyn TenantTx, view: &View) -> Result<(), Error> {
    let views = tx.views().list().await?;
    let alike = views.iter().filter(|other| other.private_of == view.private_of && other.id != view.id).count();
    if alike < MOST_VIEWS {
        return Ok(());
    }
    Err(Violations::one("name", Rule::TooMany(MOST_VIEWS)).into())
}
